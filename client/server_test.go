package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/denkwand/denkwand/protocol"
)

// scripted is a server on 127.0.0.1 whose sockets a test answers by hand, frame by frame, and whose other answers it sets.
type scripted struct {
	t      testing.TB
	http   *httptest.Server
	client *http.Client
	conns  chan *scriptedConn

	mu      sync.Mutex
	answers map[string]answer // by "METHOD path"
	asked   map[string]string // bodies
	tokens  map[string]string // Authorization headers
}

type answer struct {
	status int
	body   string
}

type scriptedConn struct {
	t  testing.TB
	ws *websocket.Conn
}

func newScripted(t testing.TB) *scripted {
	s := &scripted{t: t, conns: make(chan *scriptedConn), answers: map[string]answer{}, asked: map[string]string{}, tokens: map[string]string{}}
	s.http = httptest.NewServer(s)
	s.client = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

func (s *scripted) answer(call string, status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[call] = answer{status, body}
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.RequestURI()
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	a, ok := s.answers[call]
	s.asked[call], s.tokens[call] = string(body), r.Header.Get("Authorization")
	s.mu.Unlock()
	if ok {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/socket") {
		http.NotFound(w, r)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return
	}
	if ws.Subprotocol() != protocol.Subprotocol {
		s.t.Errorf("the client names subprotocol %q", ws.Subprotocol())
	}
	select {
	case s.conns <- &scriptedConn{t: s.t, ws: ws}:
	case <-r.Context().Done():
	case <-time.After(10 * time.Second):
		s.t.Error("nobody takes the connection")
	}
}

// accept waits for the next connection and its hello.
func (s *scripted) accept() (*scriptedConn, *protocol.Hello) {
	s.t.Helper()
	select {
	case c := <-s.conns:
		return c, receive[*protocol.Hello](c)
	case <-time.After(10 * time.Second):
		s.t.Fatal("no connection came")
		return nil, nil
	}
}

// receive reads frames until one of type F comes.
func receive[F protocol.Frame](c *scriptedConn) F {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		_, message, err := c.ws.Read(ctx)
		if err != nil {
			c.t.Fatalf("read: %v", err)
		}
		f, err := protocol.DecodeClientFrame(message)
		if err != nil {
			c.t.Fatalf("the client sent %s: %v", message, err)
		}
		if f, ok := f.(F); ok {
			return f
		}
	}
}

func (c *scriptedConn) send(frames ...protocol.Frame) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, f := range frames {
		if err := c.ws.Write(ctx, websocket.MessageText, protocol.AppendFrame(nil, f)); err != nil {
			c.t.Errorf("write: %v", err)
		}
	}
}

// welcome answers hello and brings a board with one note.
func (c *scriptedConn) welcome(w protocol.WriterInfo, at string) {
	c.t.Helper()
	text, rev := "hello", rev0
	parts, err := protocol.EncodeBase(5, at, []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, Text: &text, Rev: &rev}}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(&protocol.Welcome{Version: 1, Board: boardID, Me: meID, Role: protocol.RoleContributor, Writer: &w, Base: len(parts)})
	for _, part := range parts {
		if err := c.ws.Write(context.Background(), websocket.MessageBinary, part); err != nil {
			c.t.Errorf("write: %v", err)
		}
	}
}

func (c *scriptedConn) bye(code protocol.Code, retry int64) {
	c.send(&protocol.Bye{Code: code, Close: code.Close(), Message: code.Sentence(), Retry: retry})
	_ = c.ws.Close(websocket.StatusCode(code.Close()), string(code))
}

func (s *scripted) options() Options {
	return Options{Server: s.http.URL, Board: boardID, Token: "token", HTTPClient: s.client, BackoffMin: time.Millisecond, BackoffMax: 10 * time.Millisecond}
}

// open dials and welcomes.
func (s *scripted) open(opts Options) (*Board, *scriptedConn) {
	s.t.Helper()
	opened := make(chan *Board)
	go func() {
		b, err := Dial(testContext(s.t), opts)
		if err != nil {
			s.t.Errorf("Dial: %v", err)
		}
		opened <- b
	}()
	conn, _ := s.accept()
	conn.welcome(protocol.WriterInfo{ID: writerID, Secret: "secret"}, "h/5")
	b := <-opened
	if b == nil {
		s.t.FailNow()
	}
	s.t.Cleanup(func() { // what is not saved by now does not matter
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = b.Close(ctx)
	})
	return b, conn
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits until the board is as the condition says.
func eventually(t testing.TB, b *Board, what string, condition func() bool) {
	t.Helper()
	changed, stop := b.Watch()
	defer stop()
	deadline := time.After(10 * time.Second)
	for !condition() {
		select {
		case <-changed:
		case <-deadline:
			state, err := b.State()
			t.Fatalf("never %s (%v, %v)", what, state, err)
		}
	}
}

func mustJSON(t testing.TB, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
