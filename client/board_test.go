package client

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/denkwand/denkwand/protocol"
)

func TestDoAndDoSaved(t *testing.T) {
	s := newScripted(t)
	b, conn := s.open(s.options())
	ctx := testContext(t)
	first, err := b.Submit(title("a"))
	if err != nil {
		t.Fatal(err)
	}
	receive[*protocol.Submit](conn)
	conn.send(&protocol.Own{Acked: 1})
	if r, err := first.Wait(ctx); err != nil || r != (Result{Writer: writerID, N: 1}) {
		t.Fatalf("acked as %+v %v", r, err)
	}
	select {
	case <-first.Saved():
		t.Fatal("saved before the server said so")
	default:
	}
	conn.send(&protocol.Own{Saved: 1})
	if _, err := first.WaitSaved(ctx); err != nil {
		t.Fatal(err)
	}
	second, _ := b.Submit(title("b"))
	receive[*protocol.Submit](conn)
	conn.send(&protocol.Own{Acked: 2, Refused: []protocol.Refused{{N: 2, Parts: []protocol.Code{"", protocol.CodeGone}}}})
	var refused *RefusedError
	if _, err := second.WaitSaved(ctx); !errors.As(err, &refused) || refused.Parts[1] != protocol.CodeGone {
		t.Fatalf("a refused part is %v", err)
	}
	if second.GiveUp() {
		t.Fatal("gave up what is acked")
	}
}

// What is given up and does not go with a new writer is not waited for.
func TestGivenUpBeforeANewWriterIsSettled(t *testing.T) { // W11
	s := newScripted(t)
	b, conn := s.open(s.options())
	p, _ := b.Submit(title("a"))
	receive[*protocol.Submit](conn)
	if !p.GiveUp() {
		t.Fatal("too late to give up")
	}
	conn.bye(protocol.CodeWriterUnknown, 1)
	conn, _ = s.accept()
	conn.welcome(protocol.WriterInfo{ID: protocol.ID{8}, Secret: "new"}, "h/5")
	var refused *RefusedError
	if _, err := p.WaitSaved(testContext(t)); !errors.As(err, &refused) || refused.Code != protocol.CodeVoid {
		t.Fatalf("it is %v, want void", err)
	}
	select {
	case <-p.Saved():
	case <-testContext(t).Done():
		t.Fatal("Saved is not told")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.pending); n != 0 {
		t.Fatalf("%d ops are kept", n)
	}
}

func TestDoTimesOutWithoutFailing(t *testing.T) { // W8
	s := newScripted(t)
	b, conn := s.open(s.options())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Do(ctx, title("a")); !errors.Is(err, context.Canceled) {
		t.Fatalf("Do: %v", err)
	}
	receive[*protocol.Submit](conn)
	if len(b.Outbox()) != 1 {
		t.Fatal("the op is not in the outbox any more")
	}
}

func TestReconnectAndResume(t *testing.T) {
	s := newScripted(t)
	b, conn := s.open(s.options())
	p, _ := b.Submit(title("a"))
	receive[*protocol.Submit](conn)
	x := int64(64)
	conn.send(&protocol.Changes{Seq: 6, At: "h/6", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, X: &x}}}})
	eventually(t, b, "moved", func() bool {
		var moved bool
		b.View(func(v *View) { n, _ := v.Note(noteID); moved = n.X == x })
		return moved
	})
	_ = conn.ws.CloseNow()
	conn, hello := s.accept()
	if hello.At != "h/6" || hello.Writer != "secret" {
		t.Fatalf("hello is %+v, want the newest position and the writer's secret", hello)
	}
	conn.send(&protocol.Welcome{Version: 1, Board: boardID, Me: meID, Role: protocol.RoleViewer, Writer: &protocol.WriterInfo{ID: writerID, Last: 1}})
	if again := receive[*protocol.Submit](conn); again.N != 1 {
		t.Fatalf("resent as number %d, want 1", again.N)
	}
	conn.send(&protocol.Own{Acked: 1, Saved: 1})
	if _, err := p.WaitSaved(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if _, role := b.Me(); role != protocol.RoleViewer {
		t.Fatalf("role %v, want viewer", role)
	}
}

func TestRewindOnALiveConnection(t *testing.T) { // A3
	s := newScripted(t)
	b, conn := s.open(s.options())
	p, _ := b.Submit(title("a"))
	receive[*protocol.Submit](conn)
	conn.send(&protocol.Own{Acked: 1}, &protocol.Rewind{Code: protocol.CodeRewound, Message: "back"})
	conn.welcome(protocol.WriterInfo{ID: writerID}, "g/5")
	if again := receive[*protocol.Submit](conn); again.N != 1 || len(again.Ops) != 1 {
		t.Fatalf("resent %+v, want number 1", again)
	}
	conn.send(&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeGone}}})
	var refused *RefusedError
	<-p.Saved()
	if _, err := p.Result(); !errors.As(err, &refused) {
		t.Fatalf("the outcome after the rewind is %v, want the refusal", err)
	}
	for n := range b.Notices() {
		if rewound, ok := n.(Rewound); ok {
			if rewound.Message != "back" {
				t.Fatalf("told %+v", rewound)
			}
			return
		}
	}
}

func TestComeBackCodes(t *testing.T) { // C9, C11
	for _, code := range []protocol.Code{protocol.CodeSlow, protocol.CodeRestart, protocol.CodeUnavailable} {
		t.Run(string(code), func(t *testing.T) {
			s := newScripted(t)
			b, conn := s.open(s.options())
			conn.bye(code, 1)
			conn, _ = s.accept()
			conn.send(&protocol.Welcome{Version: 1, Board: boardID, Me: meID, Writer: &protocol.WriterInfo{ID: writerID}})
			eventually(t, b, "live again", func() bool { state, _ := b.State(); return state == Live })
		})
	}
}

func TestFinalCodes(t *testing.T) { // C9
	s := newScripted(t)
	b, conn := s.open(s.options())
	p, _ := b.Submit(title("a"))
	receive[*protocol.Submit](conn)
	conn.bye(protocol.CodeRemoved, 0)
	var closed *ClosedError
	if _, err := p.Wait(testContext(t)); !errors.As(err, &closed) || closed.Code != protocol.CodeRemoved || closed.Close != 4508 {
		t.Fatalf("waiting ends with %v, want removed", err)
	}
	if _, err := b.Submit(title("b")); !errors.As(err, &closed) {
		t.Fatalf("Submit: %v", err)
	}
	if left := b.Outbox(); len(left) != 1 || left[0].N != 1 {
		t.Fatalf("the outbox is %+v", left)
	}
	if err := b.Close(testContext(t)); !errors.As(err, &closed) {
		t.Fatalf("Close says %v, want that something is not saved and why", err)
	}
}

func TestDialFailures(t *testing.T) {
	s := newScripted(t)
	s.answer("GET /api/v1/boards/"+boardID.String()+"/socket", 404, `{"code":"board_unknown","detail":"There is no such board."}`)
	var closed *ClosedError
	if _, err := Dial(testContext(t), s.options()); !errors.As(err, &closed) || closed.Code != protocol.CodeBoardUnknown {
		t.Fatalf("Dial of no board: %v", err)
	}
	s.answer("GET /api/v1/boards/"+boardID.String()+"/socket", 503, `{"code":"too_many","retry":1}`)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, s.options()); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Dial of a full server: %v", err)
	}
	opts := s.options()
	opts.Server = "example.org"
	if _, err := Dial(testContext(t), opts); !errors.As(err, &closed) {
		t.Fatalf("Dial of no address: %v", err)
	}
	opts = s.options()
	opts.Outbox = []Queued{{N: 2, Op: title("a")}, {N: 4, Op: title("b")}}
	if _, err := Dial(testContext(t), opts); err == nil {
		t.Fatal("Dial took an outbox with a hole")
	}
}

func TestBadMessagesEndTheConnectionOnly(t *testing.T) {
	for name, spoil := range map[string]func(*scriptedConn){
		"no JSON": func(c *scriptedConn) { _ = c.ws.Write(context.Background(), websocket.MessageText, []byte("{")) },
		"no gzip": func(c *scriptedConn) { _ = c.ws.Write(context.Background(), websocket.MessageBinary, []byte("{")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t)
			_, conn := s.open(s.options())
			_ = conn.ws.Write(context.Background(), websocket.MessageText, []byte(`{"type":"news","from":"a later version"}`)) // F3
			spoil(conn)
			s.accept()
		})
	}
}

func TestCloseFlushes(t *testing.T) {
	s := newScripted(t)
	b, conn := s.open(s.options())
	if shown, err := b.Edit(noteID, "hello", "hello you"); err != nil || shown != "hello you" {
		t.Fatalf("Edit: %q %v", shown, err)
	}
	closed := make(chan error)
	go func() { closed <- b.Close(testContext(t)) }()
	op := receive[*protocol.Submit](conn).Ops[0].Op.(*protocol.NoteText)
	select {
	case err := <-closed:
		t.Fatalf("closed before the text was saved: %v", err)
	default:
	}
	conn.send(&protocol.Changes{Seq: 6, At: "h/6", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID,
		Edit: &protocol.TextEdit{Base: op.Base, Rev: op.Rev, Runs: op.Runs}}}}}, &protocol.Own{Acked: 1, Saved: 1})
	if _, _, err := conn.ws.Read(testContext(t)); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Fatalf("the connection ended with %v, want a normal closure", err)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if state, err := b.State(); state != Closed || !errors.Is(err, ErrClosed) {
		t.Fatalf("state %v %v", state, err)
	}
	if _, err := b.Submit(title("a")); !errors.Is(err, ErrClosed) {
		t.Fatalf("Submit after Close: %v", err)
	}
}

// The server of this test reads nothing, so it never answers the close frame.
func TestCloseIsBoundedByItsContext(t *testing.T) {
	s := newScripted(t)
	b, _ := s.open(s.options())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := b.Close(ctx); err != nil {
		t.Fatalf("Close with nothing unsaved: %v", err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Fatalf("Close took %v, its context 50 ms", took)
	}
}

func TestWatchingOnly(t *testing.T) {
	s := newScripted(t)
	opts := s.options()
	opts.Watch = true
	b, _ := s.open(opts)
	if _, err := b.Submit(title("a")); !errors.Is(err, ErrWatching) {
		t.Fatalf("Submit: %v", err)
	}
	if _, err := b.Edit(noteID, "hello", "x"); !errors.Is(err, ErrWatching) {
		t.Fatalf("Edit: %v", err)
	}
}

func TestSignalsBothWays(t *testing.T) { // C8
	s := newScripted(t)
	b, conn := s.open(s.options())
	x := int64(3)
	if err := b.Signal(protocol.Signal{Kind: protocol.SignalCursor, X: &x, Y: &x}); err != nil {
		t.Fatal(err)
	}
	if got := receive[*protocol.Signals](conn).Signals; len(got) != 1 || *got[0].X != 3 {
		t.Fatalf("the server got %+v", got)
	}
	conn.send(&protocol.Signals{Signals: []protocol.Signal{{Kind: protocol.SignalHere, From: meID}}})
	if got := <-b.Signals(); got.Kind != protocol.SignalHere || got.From != meID {
		t.Fatalf("the program got %+v", got)
	}
	if here := b.Here(); len(here) != 1 || here[0] != meID {
		t.Fatalf("here are %v", here)
	}
}

func TestAProgramThatReadsNothingHoldsNothingUp(t *testing.T) {
	s := newScripted(t)
	opts := s.options()
	var warnings func() int
	opts.Logger, warnings = countWarnings()
	b, conn := s.open(opts)
	many := make([]protocol.Signal, 3*signalRoom)
	for i := range many {
		many[i] = protocol.Signal{Kind: protocol.SignalGone, From: protocol.ID{byte(i), byte(i >> 8), 1}}
	}
	conn.send(&protocol.Signals{Signals: many})
	for i := range 2 * noticeRoom {
		if _, err := b.Submit(title("a")); err != nil {
			t.Fatal(err)
		}
		n := uint64(i + 1)
		receive[*protocol.Submit](conn)
		conn.send(&protocol.Own{Acked: n, Saved: n})
	}
	if err := b.Flush(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if got := warnings(); got != 0 {
		t.Fatalf("%d warnings about notices nobody asked for", got)
	}
	if got := len(b.Notices()); got != noticeRoom {
		t.Fatalf("%d notices wait, want %d", got, noticeRoom)
	}
	if first := <-b.Signals(); first.From != many[len(many)-signalRoom].From {
		t.Fatalf("the oldest signal kept is %v, want the newest %d of them", first.From, signalRoom)
	}
}

func TestDroppedNoticesAreToldOnceAConnection(t *testing.T) {
	s := newScripted(t)
	opts := s.options()
	var warnings func() int
	opts.Logger, warnings = countWarnings()
	b, conn := s.open(opts)
	b.Notices()
	roles := func(conn *scriptedConn) { // more of them than there is room for
		for i := range 2 * noticeRoom {
			role := []protocol.Role{protocol.RoleViewer, protocol.RoleFacilitator}[i%2]
			conn.send(&protocol.Own{Role: &role})
		}
		owner := protocol.RoleOwner
		conn.send(&protocol.Own{Role: &owner})
		eventually(t, b, "owner", func() bool { _, role := b.Me(); return role == owner })
	}
	for want := 1; want <= 2; want++ {
		roles(conn)
		if got := warnings(); got != want {
			t.Fatalf("%d warnings on %d connections", got, want)
		}
		_ = conn.ws.CloseNow()
		conn, _ = s.accept()
		conn.send(&protocol.Welcome{Version: 1, Board: boardID, Me: meID, Writer: &protocol.WriterInfo{ID: writerID}})
	}
}

// countWarnings returns a logger and how often it was warned.
func countWarnings() (*slog.Logger, func() int) {
	var n warningCount
	return slog.New(&n), func() int { return int(n.Load()) }
}

type warningCount struct{ atomic.Int64 }

func (n *warningCount) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (n *warningCount) WithAttrs([]slog.Attr) slog.Handler           { return n }
func (n *warningCount) WithGroup(string) slog.Handler                { return n }

func (n *warningCount) Handle(context.Context, slog.Record) error {
	n.Add(1)
	return nil
}
