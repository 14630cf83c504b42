package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/hub"
)

// How long a peer may take, if nothing else is set.
const (
	helloWithin = 10 * time.Second
	idleWithin  = 20 * time.Second
	bodyWithin  = 10 * time.Second
)

// openWithin is how long a connection waits for its board to open.
const openWithin = 30 * time.Second

// socket is a connection by WebSocket. Browsers cannot set headers on it: whoever it is says so in the first frame, and
// no cookie is ever looked at.
func (a *API) socket(w http.ResponseWriter, r *http.Request) {
	id, err := protocol.ParseID(r.PathValue("board"))
	if err != nil {
		writeProblem(w, problemOf(protocol.CodeBoardUnknown.Err()))
		return
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		writeProblem(w, newProblem(http.StatusUpgradeRequired, protocol.CodeBadRequest.Errorf("this address speaks WebSocket")))
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
	if t.conn.Subprotocol() != protocol.Subprotocol {
		a.hub.TurnAway(t, hub.WebSocket, protocol.CodeProtocol)
		return
	}
	limits := a.hub.Limits()
	pace := newPace(limits)
	t.wire.pinged = pace.wait
	buf := make([]byte, 0, smallBuffer)
	buf, frame, code := a.readFrame(t, buf, limits.Frame, a.cfg.HelloWithin)
	hello, isHello := frame.(*protocol.Hello)
	switch {
	case code == "" && !isHello:
		code = protocol.CodeHelloFirst
	case code == "" && hello.Version != protocol.Version:
		code = protocol.CodeProtocol // a client of another protocol would read what it gets wrongly
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
		pace.wait(conn.Done())
		buf, frame, code = a.readFrame(t, buf, limits.Frame, a.cfg.IdleWithin)
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

// pace bounds how many messages and pings of a peer are looked at: whoever sends more is read from more slowly, and
// waits at its own end. What clients may do fits, so what answers them is the room's rates and their codes.
type pace struct{ limiter *rate.Limiter }

func newPace(l protocol.Limits) pace {
	return pace{rate.NewLimiter(rate.Limit(l.Ops+l.Signals), l.Burst+l.Signals)}
}

// wait returns when the next message may be looked at, or done is closed.
func (p pace) wait(done <-chan struct{}) {
	delay := p.limiter.Reserve().Delay()
	if delay == 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}

// keepBuffer is how much of a reading buffer an idle connection keeps.
const keepBuffer = 4 << 10

// readFrame reads the next frame. A code says what is wrong with it; neither frame nor code means that the peer is gone.
func (a *API) readFrame(t socketTransport, buf []byte, limit int, idle time.Duration) ([]byte, protocol.Frame, protocol.Code) {
	buf, binary, err := t.readMessage(buf, limit, idle, a.cfg.BodyWithin)
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
