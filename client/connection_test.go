package client

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

func TestClosing(t *testing.T) { // C9, C10
	for _, tt := range []struct {
		name  string
		bye   *protocol.Bye
		cause Cause
		wait  time.Duration
		again bool
	}{
		{name: "told when", bye: &protocol.Bye{Code: protocol.CodeSlow, Close: 4002, Retry: 700}, wait: 875 * time.Millisecond, again: true},
		{name: "not told when", bye: &protocol.Bye{Code: protocol.CodeRestart, Close: 4004}, wait: 250 * time.Millisecond, again: true},
		{name: "no bye", cause: Cause{Close: 4002}, wait: 250 * time.Millisecond, again: true},
		{name: "broken", cause: Cause{Err: errors.New("reset")}, wait: 250 * time.Millisecond, again: true},
		{name: "removed", bye: &protocol.Bye{Code: protocol.CodeRemoved, Close: 4508}},
		{name: "unknown but final", cause: Cause{Close: 4777}},
		{name: "too large", cause: Cause{Close: 1009}},
		{name: "refused upgrade", cause: Cause{Code: protocol.CodeBoardUnknown}},
		{name: "refused upgrade for now", cause: Cause{Code: protocol.CodeTooMany, Retry: time.Second}, wait: 1250 * time.Millisecond, again: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			b.submit(title("a"))
			if tt.bye != nil {
				b.get(tt.bye)
			}
			wait, again := b.core.Closed(tt.cause, b.now)
			if wait != tt.wait || again != tt.again {
				t.Fatalf("wait %v again %v, want %v %v", wait, again, tt.wait, tt.again)
			}
			if len(b.core.Outbox()) != 1 {
				t.Fatal("the outbox cannot be read")
			}
			if state, err := b.core.State(); !again {
				var closed *ClosedError
				if state != Closed || !errors.As(err, &closed) {
					t.Fatalf("state %v %v, want closed", state, err)
				}
				if _, err := b.core.Submit(title("b")); !errors.As(err, &closed) {
					t.Fatalf("Submit says %v", err)
				}
			}
		})
	}
}

// A connection that is replaced once may be this program's own, whose hello was held up on its way: it comes back. Twice
// within a minute is another program with the same outbox.
func TestReplacedTwiceStops(t *testing.T) { // C9, W1
	for _, tt := range []struct {
		name    string
		between time.Duration
		again   bool
	}{
		{name: "by another program", between: time.Minute - time.Millisecond},
		{name: "by its own now and then", between: time.Minute, again: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			b.submit(title("a"))
			replaced := func() bool {
				b.get(&protocol.Bye{Code: protocol.CodeReplaced, Close: protocol.CodeReplaced.Close()})
				_, again := b.core.Closed(Cause{}, b.now)
				b.take()
				return again
			}
			if !replaced() {
				t.Fatal("stops for one replacement")
			}
			b.now = b.now.Add(tt.between)
			b.start()
			b.welcome(protocol.WriterInfo{ID: writerID}, 0)
			if again := replaced(); again != tt.again {
				t.Fatalf("comes back %v, want %v", again, tt.again)
			}
			state, err := b.core.State()
			var closed *ClosedError
			if stopped := state == Closed && errors.As(err, &closed) && closed.Code == protocol.CodeReplaced; stopped == tt.again {
				t.Fatalf("%v: %v", state, err)
			}
			if len(b.core.Outbox()) != 1 {
				t.Fatal("the outbox cannot be read")
			}
		})
	}
}

func TestBackoffGrows(t *testing.T) { // C10
	b := newTable(t, CoreOptions{Jitter: func() float64 { return 1 }})
	var waits []time.Duration
	for range 8 {
		wait, _ := b.core.Closed(Cause{}, b.now)
		waits = append(waits, wait)
	}
	want := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second}
	if !slices.Equal(waits, want) {
		t.Fatalf("waits %v, want %v", waits, want)
	}
}

// A hall that was refused in one moment does not come back in one moment, and nobody sooner than told.
func TestToldTimesAreSpread(t *testing.T) {
	for jitter, want := range map[float64]time.Duration{0: 2 * time.Second, 0.5: 2500 * time.Millisecond, 0.98: 2980 * time.Millisecond} {
		b := newTable(t, CoreOptions{Jitter: func() float64 { return jitter }})
		if wait, _ := b.core.Closed(Cause{Code: protocol.CodeTooMany, Retry: 2 * time.Second}, b.now); wait != want {
			t.Errorf("at %v: comes back after %v, want %v", jitter, wait, want)
		}
	}
}

func TestPingAndSilence(t *testing.T) { // C7
	b := live(t)
	b.pass(pingEvery)
	if ping, ok := b.sent[0].(*protocol.Ping); !ok || ping.At != "h/5" {
		t.Fatalf("sent %+v, want a ping with the position", b.sent)
	}
	b.get(&protocol.Pong{})
	b.pass(silence - time.Millisecond)
	if b.bye {
		t.Fatal("hung up too early")
	}
	b.pass(time.Millisecond)
	if !b.bye {
		t.Fatal("still there after 12 s of silence")
	}
}

func TestOutOfOrder(t *testing.T) { // C3
	for name, f := range map[string]protocol.Frame{"changes": &protocol.Changes{}, "own": &protocol.Own{}, "pong": &protocol.Pong{}} {
		b := newTable(t, CoreOptions{})
		b.start()
		if b.get(f); !b.bye {
			t.Errorf("%s before welcome was taken", name)
		}
	}
}

func TestABadEditTakesTheBoardAnew(t *testing.T) { // M3
	b := live(t)
	b.get(&protocol.Changes{Seq: 6, At: "h/6", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID,
		Edit: &protocol.TextEdit{Base: protocol.ID{99}, Rev: protocol.ID{98}}}}}})
	if !b.bye {
		t.Fatal("an edit on another revision was taken")
	}
	b.core.Closed(Cause{}, b.now)
	b.sent = nil
	b.start()
	if hello := b.sent[0].(*protocol.Hello); hello.At != "" {
		t.Fatalf("resumes from %q, want nothing", hello.At)
	}
}

func TestSignalsAreTheLatestOfAKind(t *testing.T) { // C8
	b := live(t)
	cursor := func(x int64) protocol.Signal { return protocol.Signal{Kind: protocol.SignalCursor, X: &x, Y: &x} }
	for x := range int64(10) {
		if err := b.core.Signal(cursor(x)); err != nil {
			t.Fatal(err)
		}
		b.take()
	}
	b.pass(time.Second)
	var xs []int64
	for _, f := range b.sent {
		if s, ok := f.(*protocol.Signals); ok {
			for _, s := range s.Signals {
				xs = append(xs, *s.X)
			}
		}
	}
	if !slices.Equal(xs, []int64{0, 9}) {
		t.Fatalf("cursors %v, want the first at once and then the last", xs)
	}
	if err := b.core.Signal(protocol.Signal{Kind: protocol.SignalHere}); err == nil {
		t.Fatal("took a signal that is the server's")
	}
}
