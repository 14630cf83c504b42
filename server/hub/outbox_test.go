package hub

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

func textFrame(size int) *Frame { return NewTextFrame(bytes.Repeat([]byte{'x'}, size)) }

func signalFrame() *Frame {
	return NewFrame(&protocol.Signals{Signals: []protocol.Signal{{Kind: protocol.SignalCursor, X: ptr(int64(1)), Y: ptr(int64(2))}}})
}

func TestFrameHeaders(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 0xffff, 0x10000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			for _, f := range []*Frame{textFrame(size), newBaseFrame(bytes.Repeat([]byte{'x'}, size))} {
				p := newPipe()
				p.got = f.Bytes(WebSocket)
				got := p.frames(t)
				if len(got) != 1 || got[0].Binary() != f.Binary() || len(got[0].Payload()) != size || !bytes.Equal(got[0].Payload(), f.Payload()) {
					t.Fatalf("read back as %d frames", len(got))
				}
			}
		})
	}
}

func TestFrameOnAnEventStream(t *testing.T) {
	if got := string(NewTextFrame([]byte(`{"type":"pong"}`)).Bytes(EventStream)); got != "data: {\"type\":\"pong\"}\n\n" {
		t.Errorf("%q", got)
	}
	want := "event: base\ndata: " + base64.StdEncoding.EncodeToString([]byte{1, 2, 3, 4}) + "\n\n"
	if got := string(newBaseFrame([]byte{1, 2, 3, 4}).Bytes(EventStream)); got != want {
		t.Errorf("%q", got)
	}
}

func TestWhatIsQueuedGoesOutInOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFlusher(nil)
		p := newPipe()
		o := NewOutbox(p, WebSocket, 0, f, new(Metrics))
		o.Queue(textFrame(10), textFrame(20))
		o.Queue(textFrame(30))
		synctest.Wait()
		if p.writes != 0 {
			t.Fatal("written before the kick")
		}
		f.Kick()
		synctest.Wait()
		if got := p.frames(t); p.writes != 1 || len(got) != 3 || len(got[2].Payload()) != 30 {
			t.Fatalf("%d writes of %d frames", p.writes, len(got))
		}
		f.Stop()
		o.Queue(textFrame(40)) // a writer of its own comes
		synctest.Wait()
		if len(p.frames(t)) != 4 {
			t.Fatal("lost behind the flusher's end")
		}
		o.Cut()
	})
}

func TestFullSocketHasAWriterUntilItIsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, m, p := NewFlusher(nil), new(Metrics), newPipe()
		defer f.Stop()
		p.window = 5
		o := NewOutbox(p, WebSocket, 0, f, m)
		other := newPipe()
		o2 := NewOutbox(other, WebSocket, 0, f, m)
		o.Queue(textFrame(100), textFrame(joinBytes+5))
		o2.Queue(textFrame(7))
		f.Kick()
		synctest.Wait()
		if m.Writers.Load() != 1 || len(other.frames(t)) != 1 {
			t.Fatalf("%d writers, the other has %d frames", m.Writers.Load(), len(other.frames(t)))
		}
		o.Queue(textFrame(3))
		p.open(-1)
		synctest.Wait()
		if got := p.frames(t); len(got) != 3 || len(got[1].Payload()) != joinBytes+5 || m.Writers.Load() != 0 {
			t.Fatalf("%d frames, %d writers", len(got), m.Writers.Load())
		}
		o.Cut()
		o2.Cut()
	})
}

func TestOverTheBoundSignalsGoFirstThenTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, m, p := NewFlusher(nil), new(Metrics), newPipe()
		defer f.Stop()
		p.window = 3 // inside the first frame
		o := NewOutbox(p, WebSocket, 1000, f, m)
		o.Queue(textFrame(500))
		f.Kick()
		synctest.Wait()
		for range 10 {
			o.Queue(signalFrame())
		}
		o.Queue(textFrame(400)) // in place of the signals
		if m.Slow.Load() != 0 {
			t.Fatal("slow although signals could go")
		}
		o.CatchUp(textFrame(5000)) // does not count
		if o.Queue(textFrame(200)); m.Slow.Load() != 1 {
			t.Fatal("not slow")
		}
		o.Queue(textFrame(1))
		p.open(-1)
		synctest.Wait()
		got := p.frames(t)
		if len(got) != 2 || len(got[0].Payload()) != 500 || !strings.Contains(string(got[1].Payload()), `"slow"`) {
			t.Fatalf("%d frames", len(got))
		}
		if code, closed := p.ended(); !closed || code != protocol.CodeSlow.Close() {
			t.Fatalf("closed %v with %d", closed, code)
		}
		<-o.Done()
	})
}

func TestOnlyOneBaseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := new(Metrics), newPipe()
		p.window = 0
		o := NewOutbox(p, WebSocket, 1000, nil, m)
		o.CatchUp(textFrame(5000))
		p.open(-1)
		synctest.Wait()
		p.open(0)
		o.CatchUp(textFrame(5000)) // the one before has arrived
		if m.Slow.Load() != 0 {
			t.Fatal("slow with one base")
		}
		if o.CatchUp(textFrame(5000)); m.Slow.Load() != 1 {
			t.Fatal("two bases wait")
		}
		o.Cut()
	})
}

func TestPeerThatTakesNothingIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipe()
		p.window = 0
		o := NewOutbox(p, WebSocket, 0, nil, new(Metrics))
		began := time.Now()
		o.Queue(textFrame(10))
		<-o.Done()
		if took := time.Since(began); took != writeDeadline {
			t.Errorf("after %v", took)
		}
		synctest.Wait()
		if code, closed := p.ended(); !closed || code != 0 {
			t.Errorf("closed %v with %d", closed, code)
		}
	})
}

func TestBrokenTransportEndsTheOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := NewFlusher(nil), newPipe()
		defer f.Stop()
		p.broken = errors.New("reset")
		o := NewOutbox(p, WebSocket, 0, f, new(Metrics))
		o.Queue(textFrame(10))
		f.Kick()
		<-o.Done()
		o.Queue(textFrame(10))
		o.Close(byeOf(protocol.CodeRestart, 0))
	})
}

func TestByeIsTheLastFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipe()
		o := NewOutbox(p, WebSocket, 0, nil, new(Metrics))
		o.Queue(textFrame(10))
		o.Close(byeOf(protocol.CodeRestart, time.Second))
		o.Queue(textFrame(10))
		<-o.Done()
		synctest.Wait()
		got := p.frames(t)
		if len(got) != 2 || string(got[1].Payload()) != string(protocol.AppendFrame(nil, byeOf(protocol.CodeRestart, time.Second))) {
			t.Fatalf("%d frames", len(got))
		}
		if code, _ := p.ended(); code != protocol.CodeRestart.Close() {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestFlusherReportsWhatAFanOutTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		f := NewFlusher(func(d time.Duration) { took = append(took, d) })
		o := NewOutbox(sleepy{newPipe()}, WebSocket, 0, f, new(Metrics))
		o.Queue(textFrame(1))
		f.Kick()
		f.Stop()
		if len(took) != 1 || took[0] != 7*time.Millisecond {
			t.Errorf("%v", took)
		}
		o.Cut()
	})
}

// sleepy takes 7 ms for a write.
type sleepy struct{ *pipe }

func (s sleepy) TryWrite(b []byte) (int, error) {
	<-time.After(7 * time.Millisecond)
	return s.pipe.TryWrite(b)
}

func TestSlowKeepsTheFrameThatIsBegun(t *testing.T) {
	f := NewFlusher(nil)
	o := NewOutbox(newPipe(), WebSocket, 1000, f, new(Metrics))
	o.Queue(textFrame(500), textFrame(400))
	o.mu.Lock()
	o.begun = 3 // between two writes
	o.slow()
	kept := len(o.queue)
	o.mu.Unlock()
	if kept != 2 || len(o.queue[0].frame.Payload()) != 500 {
		t.Errorf("%d frames, of which the last is bye", kept)
	}
	f.Stop()
	<-o.Done()
}

func TestWhatOneFlushBringsNeverClosesAnIdleConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, m, p := NewFlusher(nil), new(Metrics), newPipe()
		defer f.Stop()
		p.window = 3
		o := NewOutbox(p, WebSocket, 1000, f, m)
		o.Queue(textFrame(900), textFrame(900), textFrame(900))
		f.Kick()
		synctest.Wait()
		if m.Slow.Load() != 0 {
			t.Fatal("slow although nothing waited")
		}
		if o.Queue(textFrame(1)); m.Slow.Load() != 1 {
			t.Fatal("not slow with three times the bound waiting")
		}
		o.Cut()
	})
}
