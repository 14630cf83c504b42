package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/hub"
)

// streamTransport is an event stream as the hub sees it (hub.Transport): down only, always written by a goroutine that
// waits for the peer.
type streamTransport struct {
	w      http.ResponseWriter
	rc     *http.ResponseController
	closed chan struct{}
}

// TryWrite writes nothing: net/http cannot write without waiting.
func (t streamTransport) TryWrite([]byte) (int, error) { return 0, nil }

// Write writes all, waiting until the deadline.
func (t streamTransport) Write(p []byte, deadline time.Time) error {
	if err := t.rc.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if _, err := t.w.Write(p); err != nil {
		return err
	}
	return t.rc.Flush()
}

// Close ends a write that is going on. The stream ends when the handler returns; its last event said why.
func (t streamTransport) Close(int, string) {
	_ = t.rc.SetWriteDeadline(time.Unix(1, 0))
	close(t.closed)
}

// stream is a connection by server-sent events, for networks that do not let WebSockets through. The token comes in a
// header, which no foreign page can make a browser send.
func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	id, hello, err := streamHello(r)
	if err != nil {
		writeProblem(w, problemOf(err).Status, err)
		return
	}
	leave, ok := a.arrive(w, r)
	if !ok {
		return
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy must pass events on as they come
	w.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(w)
	if err := rc.Flush(); err != nil {
		return
	}
	t := streamTransport{w: w, rc: rc, closed: make(chan struct{})}
	ctx, cancel := context.WithTimeout(r.Context(), openWithin)
	conn, joinErr := a.hub.Join(ctx, id, hello, t, hub.EventStream)
	cancel()
	if joinErr == nil {
		select {
		case <-t.closed:
		case <-r.Context().Done():
		}
		conn.Leave()
	}
	<-t.closed // nobody may write to w when the handler has returned
}

// streamHello reads from headers what a hello frame says.
func streamHello(r *http.Request) (protocol.ID, *protocol.Hello, *protocol.Error) {
	id, err := protocol.ParseID(r.PathValue("board"))
	if err != nil {
		return id, nil, protocol.CodeBoardUnknown.Err()
	}
	version, err := strconv.Atoi(r.Header.Get("Denkwand-Version"))
	if err != nil {
		return id, nil, protocol.CodeBadRequest.Errorf("the header Denkwand-Version is missing")
	}
	hello := &protocol.Hello{
		Version: version, Token: Bearer{r.Header.Get("Authorization")}.token().Reveal(), At: r.Header.Get("Denkwand-At"),
	}
	if hello.Token == "" {
		return id, nil, protocol.CodeTokenUnknown.Err()
	}
	switch writer := r.Header.Get("Denkwand-Writer"); writer {
	case "":
		hello.Watch = true
	case "new":
	default:
		hello.Writer = writer
	}
	return id, hello, nil
}

// submit brings a frame up for a client whose connection is an event stream.
func (a *API) submit(w http.ResponseWriter, r *http.Request) {
	id, err := protocol.ParseID(r.PathValue("board"))
	if err != nil {
		writeProblem(w, http.StatusNotFound, protocol.CodeBoardUnknown.Err())
		return
	}
	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(a.cfg.Clock().Add(bodyWithin)); err != nil {
		writeProblem(w, http.StatusInternalServerError, protocol.CodeInternal.Err())
		return
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, int64(a.hub.Limits().Frame)+1))
	if err != nil {
		writeProblem(w, http.StatusBadRequest, protocol.CodeBadRequest.Err())
		return
	}
	if len(b) > a.hub.Limits().Frame {
		writeProblem(w, http.StatusRequestEntityTooLarge, protocol.CodeFrameTooLarge.Err())
		return
	}
	frame, err := protocol.DecodeClientFrame(b)
	if _, isHello := frame.(*protocol.Hello); err == nil && isHello {
		err = protocol.CodeProtocol.Err()
	}
	if err == nil {
		token := Bearer{r.Header.Get("Authorization")}.token()
		err = a.hub.Upward(r.Context(), id, token, auth.Secret(r.Header.Get("Denkwand-Writer")), frame)
	}
	if err != nil {
		p := new(Problem)
		if !errors.As(a.failed("pass a frame on", err), &p) {
			p = problemOf(err)
		}
		writeProblem(w, p.Status, &protocol.Error{Code: p.Code})
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
