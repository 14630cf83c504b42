package hub

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// bubble runs a test with a bed on virtual time.
func bubble(t *testing.T, c Config, test func(t *testing.T, b *bed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, c)
		defer b.close()
		test(t, b)
	})
}

func TestPeopleSeeEachOther(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		ann := b.mustJoin(w, b.person(w.id, w.link), nil)
		ben := b.mustJoin(w, b.person(w.id, w.link), nil)
		ann.submit(randomNote(), randomNote())
		b.until("acks", func() bool { own := last[*protocol.Own](ann.now(t)); return own != nil && own.Acked == 2 })
		var want string
		err := b.View(t.Context(), w.id, func(s *board.State, h journal.Head) {
			if want = truth(t, s, board.AudienceBoard).String(); s.Seq() != h.Seq {
				t.Errorf("state at %d, head at %d", s.Seq(), h.Seq)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		b.until("equal copies", func() bool { return ann.now(t).copy.String() == want && ben.now(t).copy.String() == want })
		ann.conn.Leave()
		b.until("gone", func() bool {
			got := last[*protocol.Signals](ben.now(t))
			return got != nil && got.Signals[0].Kind == protocol.SignalGone
		})
		if ben.conn.Receive(&protocol.Hello{}); b.metrics.Ops.Load() == 0 {
			t.Error("nothing was counted")
		}
		<-ben.conn.Done()
		ben.now(t).wantBye(protocol.CodeProtocol)
	})
}

func TestRefuseSaysWhy(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		g := b.mustJoin(w, w.owner, nil)
		g.conn.Refuse(protocol.CodeMalformed)
		<-g.conn.Done()
		g.now(t).wantBye(protocol.CodeMalformed)
		g.conn.Leave()
	})
}

func TestErrorsOfOpening(t *testing.T) {
	tests := []struct {
		err  error
		want protocol.Code
		back bool // to come back
		ever bool // and then it opens
	}{
		{ErrNoBoard, protocol.CodeBoardUnknown, false, true},
		{errors.New("the store is away"), protocol.CodeUnavailable, true, true},
		{journal.ErrDamaged, protocol.CodeQuarantined, false, false},
	}
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			bubble(t, Config{Idle: time.Second}, func(t *testing.T, b *bed) {
				w := b.wall()
				b.until("an empty hub", func() bool { return b.metrics.Boards.Load() == 0 })
				b.set(func() { b.loading = func(protocol.ID) error { return fmt.Errorf("loading: %w", test.err) } })
				g, err := b.join(w, w.owner, nil)
				if codeOf(err) != test.want {
					t.Fatalf("%v", err)
				}
				b.until("the transport's end", func() bool { _, closed := g.pipe.ended(); return closed })
				s := g.now(t)
				if s.wantBye(test.want); (s.bye.Retry > 0) != test.back {
					t.Errorf("retry %d", s.bye.Retry)
				}
				if _, err := b.ServerOp(t.Context(), w.id, protocol.ID{}, &protocol.BoardTitle{}); codeOf(err) != test.want {
					t.Errorf("an op: %v", err)
				}
				b.set(func() { b.loading = nil })
				if _, err := b.join(w, w.owner, nil); (err == nil) != test.ever {
					t.Errorf("later: %v", err)
				}
				if reason, set := b.Quarantined()[w.id]; set == test.ever || set && reason == "" {
					t.Errorf("quarantined %v: %q", set, reason)
				}
			})
		})
	}
}

func TestLoaderThatPanicsQuarantinesItsBoard(t *testing.T) {
	bubble(t, Config{Idle: time.Second}, func(t *testing.T, b *bed) {
		w := b.wall()
		b.until("an empty hub", func() bool { return b.metrics.Boards.Load() == 0 })
		b.set(func() { b.loading = func(protocol.ID) error { panic("an entry no state can take") } })
		if _, err := b.join(w, w.owner, nil); codeOf(err) != protocol.CodeQuarantined {
			t.Fatal(err)
		}
	})
}

func TestApplyThatPanicsQuarantinesOneBoardAlone(t *testing.T) {
	bubble(t, Config{Idle: time.Second}, func(t *testing.T, b *bed) {
		bad, good := b.wall(), b.wall()
		b.person(bad.id, bad.link) // the entry that the poisoned state will lack
		b.until("an empty hub", func() bool { return b.metrics.Boards.Load() == 0 })
		b.set(func() { b.poison[bad.id] = true })
		first := b.mustJoin(good, good.owner, nil)
		watcher, err := b.Join(t.Context(), bad.id, &protocol.Hello{Version: 1, Token: bad.owner.token.Reveal(), Watch: true}, newPipe(), WebSocket)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.ServerOp(t.Context(), bad.id, protocol.ID{}, &protocol.BoardTitle{Title: "x"})
		if codeOf(err) != protocol.CodeQuarantined {
			t.Fatalf("the op: %v", err)
		}
		<-watcher.Done()
		b.until("its end", func() bool { return len(b.Quarantined()) == 1 })
		b.set(func() { b.poison[bad.id] = false }) // even a good state is not opened in this process
		g, err := b.join(bad, bad.owner, nil)
		if codeOf(err) != protocol.CodeQuarantined {
			t.Fatalf("later: %v", err)
		}
		g.seat = nil
		b.until("bye", func() bool { _, closed := g.pipe.ended(); return closed })
		g.now(t).wantBye(protocol.CodeQuarantined)
		first.submit(randomNote())
		b.until("the other board's ack", func() bool { own := last[*protocol.Own](first.now(t)); return own != nil && own.Acked == 1 })
		if b.sealed(bad.id) > 1 {
			t.Error("a quarantined board was sealed")
		}
	})
}

func TestPanicsOfViewsAreTheirCallers(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		func() {
			defer func() {
				if p := recover(); p != "mine" {
					t.Errorf("recovered %v", p)
				}
			}()
			t.Error(b.View(t.Context(), w.id, func(*board.State, journal.Head) { panic("mine") }))
		}()
		b.mustJoin(w, w.owner, nil)
	})
}

// panicky panics when frames are queued.
type panicky struct{ Sink }

func (panicky) Queue(...*Frame) { panic("a mistake in the room") }

func TestRoomThatPanicsIsSetAsideAndAnswersAll(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		g := b.mustJoin(w, w.owner, nil)
		g.conn.member.sink = panicky{g.conn.member.sink} // in the next flush
		if _, err := b.ServerOp(t.Context(), w.id, protocol.ID{}, &protocol.BoardTitle{Title: "x"}); err != nil {
			t.Errorf("what was decided before: %v", err)
		}
		b.until("quarantine", func() bool { return len(b.Quarantined()) == 1 })
		if _, err := b.join(w, w.owner, nil); codeOf(err) != protocol.CodeQuarantined {
			t.Error(err)
		}
		<-g.conn.Done()
		g.now(t).wantBye(protocol.CodeQuarantined)
	})
}

func TestWhoWaitsForARoomThatPanicsIsAnswered(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		l, err := b.tell(t.Context(), w.id, func(*Room, time.Time) { panic("before any answer") })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := await(t.Context(), l, make(chan int)); codeOf(err) != protocol.CodeUnavailable {
			t.Error(err)
		}
	})
}

func TestBoardsNobodyUsesLeaveMemory(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		g := b.mustJoin(w, w.owner, nil)
		g.submit(randomNote())
		<-time.After(10 * time.Minute)
		if b.metrics.Boards.Load() != 1 {
			t.Fatal("it left while somebody was there")
		}
		seat := g.now(t)
		g.conn.Leave()
		<-time.After(59 * time.Second)
		if b.metrics.Boards.Load() != 1 {
			t.Fatal("it left at once")
		}
		<-time.After(2 * time.Second)
		if b.metrics.Boards.Load() != 0 || b.sealed(w.id) != 1 {
			t.Fatalf("%d boards, sealed %d times", b.metrics.Boards.Load(), b.sealed(w.id))
		}
		again := b.mustJoin(w, w.owner, seat)
		if welcome := last[*protocol.Welcome](again.now(t)); welcome.Base != 0 || welcome.Writer.Last != 1 {
			t.Errorf("welcome %+v", welcome)
		}
	})
}

func TestJoinWhileTheBoardLeavesWaitsAndOpensIt(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *bed) {
		w := b.wall()
		release := make(chan struct{})
		b.set(func() { b.sealing = func(protocol.ID) error { <-release; return errors.New("the store is away") } })
		<-time.After(2 * time.Minute)
		joined := make(chan *guest)
		go func() { joined <- b.mustJoin(w, w.owner, nil) }()
		synctest.Wait()
		select {
		case <-joined:
			t.Fatal("joined a board that is leaving")
		default:
		}
		close(release)
		g := <-joined
		g.submit(randomNote())
		b.until("an ack", func() bool { return last[*protocol.Own](g.now(t)) != nil })
		if b.metrics.SealErrors.Load() != 1 {
			t.Error("the failed sealing is not counted")
		}
	})
}

func TestOneOpeningForAllWhoCome(t *testing.T) {
	bubble(t, Config{Idle: time.Second, ParticipantConnections: 50}, func(t *testing.T, b *bed) {
		w := b.wall()
		b.until("an empty hub", func() bool { return b.metrics.Boards.Load() == 0 })
		b.set(func() { b.loads = 0 })
		b.set(func() { b.loading = func(protocol.ID) error { <-time.After(time.Second); return nil } })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { b.mustJoin(w, w.owner, nil) })
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := b.View(ctx, w.id, func(*board.State, journal.Head) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who does not wait so long: %v", err)
		}
		all.Wait()
		if b.loaded() != 1 || b.metrics.Conns.Load() != 50 {
			t.Errorf("%d loads for %d connections", b.loaded(), b.metrics.Conns.Load())
		}
	})
}

func TestBoardsFull(t *testing.T) {
	bubble(t, Config{Boards: 2}, func(t *testing.T, b *bed) {
		one := b.wall()
		<-time.After(time.Second)
		two, three := b.wall(), b.wall() // each made room for itself
		if b.metrics.Boards.Load() != 2 || b.sealed(one.id) != 1 {
			t.Fatalf("%d boards", b.metrics.Boards.Load())
		}
		g2, g3 := b.mustJoin(two, two.owner, nil), b.mustJoin(three, three.owner, nil)
		if _, err := b.join(one, one.owner, nil); codeOf(err) != protocol.CodeBoardsFull {
			t.Fatalf("%v", err)
		}
		g3.conn.Leave()
		b.until("room", func() bool { g, err := b.join(one, one.owner, nil); return err == nil && g.conn != nil })
		if g2.now(t).bye != nil {
			t.Error("a board somebody used was closed")
		}
	})
}

func TestSealInTheBackground(t *testing.T) {
	bubble(t, Config{SealEntries: 10}, func(t *testing.T, b *bed) {
		w := b.wall()
		release := make(chan struct{})
		var at atomic.Int64
		sealing := func(protocol.ID) error {
			if at.Add(1) > 1 {
				t.Error("two sealings of a board at once")
			}
			<-release
			at.Add(-1)
			return nil
		}
		b.set(func() { b.sealing = sealing })
		for i := range 40 {
			b.op(w.id, &protocol.BoardTitle{Title: fmt.Sprint(i)})
		}
		if b.sealed(w.id) != 1 {
			t.Errorf("sealed %d times", b.sealed(w.id))
		}
		<-time.After(10 * time.Minute) // it wants to leave memory meanwhile, and to be sealed for that
		close(release)
		b.until("an empty hub", func() bool { return b.metrics.Boards.Load() == 0 })
		if b.sealed(w.id) != 2 {
			t.Errorf("sealed %d times", b.sealed(w.id))
		}
	})
}

func TestSlowConsumerComesBackToWhatItMissed(t *testing.T) {
	bubble(t, Config{Outbox: 20 << 10}, func(t *testing.T, b *bed) {
		w := b.wall()
		slow := b.mustJoin(w, b.person(w.id, w.link), nil)
		quick := b.mustJoin(w, b.person(w.id, w.link), nil)
		slow.pipe.open(500) // and then nothing more
		var kept *protocol.NoteCreate
		for b.metrics.Slow.Load() == 0 {
			kept = randomNote()
			quick.submit(kept, &protocol.NoteFront{Note: kept.Note})
			<-time.After(100 * time.Millisecond)
			if quick.n > 2000 {
				t.Fatal("an endless outbox")
			}
		}
		<-slow.conn.Done() // by the write's deadline
		slow.conn.Leave()
		again := b.mustJoin(w, slow.person, slow.now(t))
		quick.submit(randomNote())
		var want string
		b.until("the last ack", func() bool { return last[*protocol.Own](quick.now(t)).Acked == quick.n })
		if err := b.View(t.Context(), w.id, func(s *board.State, _ journal.Head) { want = truth(t, s, board.AudienceBoard).String() }); err != nil {
			t.Fatal(err)
		}
		b.until("equal copies", func() bool { return again.now(t).copy.String() == want && quick.now(t).copy.String() == want })
		if welcome := last[*protocol.Welcome](again.now(t)); welcome.Base != 0 {
			t.Error("a base although the tail has all that was missed")
		}
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		one, two := b.wall(), b.wall()
		var guests []*guest
		for i := range 30 {
			w := one
			if i%2 == 0 {
				w = two
			}
			guests = append(guests, b.mustJoin(w, b.person(w.id, w.link), nil))
		}
		stuck := b.mustJoin(one, one.owner, nil)
		stuck.pipe.open(0)
		for _, g := range guests {
			g.submit(randomNote())
		}
		began := time.Now()
		if err := b.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("took %v", took)
		}
		for i, g := range guests {
			s := g.now(t)
			if s.wantBye(protocol.CodeRestart); s.bye.Retry < 500 || s.bye.Retry > 1500 {
				t.Errorf("retry %d", s.bye.Retry)
			}
			if own, no := last[*protocol.Own](s), last[*protocol.NotNow](s); own == nil && (no == nil || no.Code != protocol.CodeDraining) {
				t.Errorf("guest %d: its op was neither acked nor refused", i)
			}
		}
		if code, closed := stuck.pipe.ended(); !closed || code != 0 {
			t.Errorf("who takes nothing: closed %v with %d", closed, code)
		}
		if b.sealed(one.id) != 1 || b.sealed(two.id) != 1 || b.metrics.Boards.Load() != 0 || b.metrics.Conns.Load() != 0 {
			t.Error("not everything is put away")
		}
		if _, err := b.join(one, one.owner, nil); codeOf(err) != protocol.CodeRestart {
			t.Errorf("later: %v", err)
		}
		b.close()
	})
}

func TestDrainKeepsItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		w := b.wall()
		release := make(chan struct{})
		b.set(func() { b.sealing = func(protocol.ID) error { <-release; return nil } })
		g := b.mustJoin(w, w.owner, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		if err := b.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		g.now(t).wantBye(protocol.CodeRestart)
		close(release)
		b.close()
	})
}

// TestStorm joins and leaves while boards leave memory under everybody's feet.
func TestStorm(t *testing.T) {
	bubble(t, Config{Idle: 2 * time.Millisecond, Boards: 3}, func(t *testing.T, b *bed) {
		var walls []wall
		for range 5 {
			walls = append(walls, b.wall())
		}
		const people, cycles = 10, 1000
		var joined, full atomic.Int64
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				dice := rand.New(rand.NewPCG(uint64(i), 1))
				for range cycles {
					w := walls[dice.IntN(len(walls))]
					hello := &protocol.Hello{Version: 1, Token: w.owner.token.Reveal(), Watch: true}
					conn, err := b.Join(t.Context(), w.id, hello, newPipe(), WebSocket)
					switch codeOf(err) {
					case "":
						joined.Add(1)
						if dice.IntN(2) == 0 {
							<-time.After(time.Duration(dice.IntN(4)) * time.Millisecond)
						}
						conn.Leave()
					case protocol.CodeBoardsFull:
						full.Add(1)
						<-time.After(time.Millisecond)
					default:
						t.Errorf("%v", err)
					}
				}
			})
		}
		all.Wait()
		if joined.Load()+full.Load() != people*cycles || joined.Load() < people*cycles/4 {
			t.Errorf("%d joined, %d found it full", joined.Load(), full.Load())
		}
		b.until("an empty hub", func() bool { return b.metrics.Boards.Load() == 0 })
		if b.metrics.Conns.Load() != 0 || b.loaded() < 10 {
			t.Errorf("%d connections left, %d loads", b.metrics.Conns.Load(), b.loaded())
		}
		b.Hub.mu.Lock()
		defer b.Hub.mu.Unlock()
		if left := len(b.Hub.outboxes); left != 0 {
			t.Errorf("%d outboxes left", left)
		}
	})
}
