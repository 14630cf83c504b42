package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/hub"
)

// How long a peer may take. A client pings every 5 s.
const (
	helloWithin = 10 * time.Second // from the handshake to hello
	idleAtMost  = 20 * time.Second // between two messages
	bodyWithin  = 10 * time.Second // from a message's first byte to its last
	openWithin  = 30 * time.Second // for the board to open
)

// socket is a connection by WebSocket. Browsers cannot set headers on it: whoever it is says so in the first frame, and
// no cookie is ever looked at.
func (a *API) socket(w http.ResponseWriter, r *http.Request) {
	id, err := protocol.ParseID(r.PathValue("board"))
	if err != nil {
		writeProblem(w, http.StatusNotFound, protocol.CodeBoardUnknown.Err())
		return
	}
	leave, ok := a.arrive(w, r)
	if !ok {
		return
	}
	t, err := accept(w, r, protocol.Subprotocol)
	if err != nil {
		leave()
		return
	}
	bearer := Bearer{r.Header.Get("Authorization")}.token().Reveal()
	// In a goroutine of its own, so that net/http's memory for the request is given back.
	go func() {
		defer leave()
		a.serveSocket(id, t, bearer)
	}()
}

func (a *API) serveSocket(id protocol.ID, t socketTransport, bearer string) {
	limit := a.hub.Limits().Frame
	buf := make([]byte, 0, smallBuffer)
	buf, frame, code := a.readFrame(t, buf, limit, helloWithin)
	hello, isHello := frame.(*protocol.Hello)
	switch {
	case t.conn.Subprotocol() != protocol.Subprotocol:
		code = protocol.CodeProtocol
	case code == "" && frame == nil, code == "" && !isHello:
		code = protocol.CodeHelloFirst
	}
	if code != "" {
		a.hub.TurnAway(t, hub.WebSocket, code)
		return
	}
	if bearer != "" {
		hello.Token = bearer
	}
	ctx, cancel := context.WithTimeout(context.Background(), openWithin)
	conn, err := a.hub.Join(ctx, id, hello, t, hub.WebSocket)
	cancel()
	if err != nil {
		return // it was told why
	}
	defer conn.Leave()
	for {
		buf, frame, code = a.readFrame(t, buf, limit, idleAtMost)
		switch {
		case code != "":
			conn.Refuse(code)
			<-conn.Done() // the peer reads why before Leave cuts it
			return
		case frame == nil:
			return
		}
		conn.Receive(frame)
		if cap(buf) > keepBuffer {
			buf = make([]byte, 0, smallBuffer)
		}
	}
}

// keepBuffer is how much of a reading buffer an idle connection keeps.
const keepBuffer = 4 << 10

// readFrame reads the next frame. A code says what is wrong with it; neither frame nor code means that the peer is gone.
func (a *API) readFrame(t socketTransport, buf []byte, limit int, idle time.Duration) ([]byte, protocol.Frame, protocol.Code) {
	buf, binary, err := t.readMessage(buf, limit, idle, bodyWithin)
	switch {
	case err != nil:
		return buf, nil, ""
	case binary:
		return buf, nil, protocol.CodeBinary
	case len(buf) > limit:
		return buf, nil, protocol.CodeFrameTooLarge
	}
	frame, err := protocol.DecodeClientFrame(buf)
	if err != nil {
		return buf, nil, codeOf(err)
	}
	return buf, frame, ""
}

func codeOf(err error) protocol.Code {
	var coded *protocol.Error
	if errors.As(err, &coded) {
		return coded.Code
	}
	return protocol.CodeMalformed
}

func hasCode(err error, code protocol.Code) bool {
	var coded *protocol.Error
	return errors.As(err, &coded) && coded.Code == code
}
