package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
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
	ending atomic.Bool
	closed chan struct{} // when nothing is written any more

	mu sync.Mutex // held while w is written to
}

// TryWrite writes nothing: net/http cannot write without waiting.
func (t *streamTransport) TryWrite([]byte) (int, error) { return 0, nil }

// Write writes all, waiting until the deadline.
func (t *streamTransport) Write(p []byte, deadline time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.rc.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if t.ending.Load() { // asked behind the deadline, which would stand over that of Close
		return net.ErrClosed
	}
	if _, err := t.w.Write(p); err != nil {
		return err
	}
	return t.rc.Flush()
}

// Close lets the handler return, which ends the stream; its last event said why. Code 0 ends a write that is going on.
func (t *streamTransport) Close(code int, _ string) {
	t.ending.Store(true)
	if code == 0 {
		_ = t.rc.SetWriteDeadline(time.Unix(1, 0))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.closed)
}

// stream is a connection by server-sent events, for networks that do not let WebSockets through. The token comes in a
// header, which no foreign page can make a browser send.
func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	id, hello, err := streamHello(r)
	if err != nil {
		writeProblem(w, problemOf(err))
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
	if err := errors.Join(rc.SetReadDeadline(time.Time{}), rc.Flush()); err != nil { // nothing more is read: it may last
		return
	}
	t := &streamTransport{w: w, rc: rc, closed: make(chan struct{})}
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
	if err != nil || version != protocol.Version {
		return id, nil, protocol.CodeBadRequest.Errorf("the header Denkwand-Version is not %d", protocol.Version)
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
	if err := a.upward(w, r); err != nil {
		writeProblem(w, a.failed("pass a frame on", err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (a *API) upward(w http.ResponseWriter, r *http.Request) error {
	id, err := protocol.ParseID(r.PathValue("board"))
	if err != nil {
		return protocol.CodeBoardUnknown.Err()
	}
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(a.cfg.BodyWithin)); err != nil {
		return err
	}
	limit := a.hub.Limits().Frame
	b, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	switch {
	case err != nil:
		return protocol.CodeBadRequest.Errorf("the body could not be read")
	case len(b) > limit:
		return protocol.CodeFrameTooLarge.Err()
	}
	frame, err := protocol.DecodeClientFrame(b)
	if err != nil {
		return err
	}
	if _, isHello := frame.(*protocol.Hello); isHello {
		return protocol.CodeProtocol.Err()
	}
	token := Bearer{r.Header.Get("Authorization")}.token()
	ctx, cancel := context.WithTimeout(r.Context(), openWithin)
	defer cancel()
	return a.hub.Upward(ctx, id, token, auth.Secret(r.Header.Get("Denkwand-Writer")), frame)
}
