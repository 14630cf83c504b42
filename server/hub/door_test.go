package hub

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
)

func TestAWriterComesThroughTheDoor(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		most   int // connections that get one
	}{
		{"a participant too fast", Config{ParticipantOps: 5, Limits: protocol.Limits{Burst: 5}}, 5},
		{"a board too fast", Config{BoardOps: 4}, 4},
		{"too much waits", Config{Backlog: 300}, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newRig(t, test.config)
			ann := g.invite(protocol.RoleContributor)
			g.hold = true // the journal stalls
			for range test.most {
				_, m := g.attach(ann, protocol.Hello{})
				if g.run(); m == nil {
					t.Fatal("sent away too early")
				}
				g.r.Detach(m) // and does not wait for its welcome
			}
			waiting := len(g.r.queue)
			for range 3 {
				s, _ := g.attach(ann, protocol.Hello{})
				if s.wantBye(protocol.CodeBusy); s.bye.Retry <= 0 {
					t.Errorf("come back after %d ms", s.bye.Retry)
				}
			}
			if len(g.r.queue) != waiting || g.r.Members() != 0 {
				t.Errorf("%d more wait, %d members", len(g.r.queue)-waiting, g.r.Members())
			}
			g.hold = false
			g.run()
			g.now = g.now.Add(time.Minute)
			g.enter(ann, protocol.Hello{})
		})
	}
}

func TestAWriterThatABoardHasNoRoomFor(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	g.hold = true
	s, _ := g.attach(ann, protocol.Hello{})
	waiting := g.r.queue[0]
	waiting.reply(Outcome{Verdict: board.Verdict{Code: protocol.CodeBoardFull}})
	if s.bye == nil || s.bye.Code != protocol.CodeBoardFull || s.bye.Close != protocol.CodeBusy.Close() || s.bye.Retry < 30_000 {
		t.Fatalf("bye %+v", s.bye)
	}
}

func TestServersOpsAreBoundedToo(t *testing.T) {
	g := newRig(t, Config{Backlog: 500})
	g.hold = true
	var refused *NotNow
	for i := 0; refused == nil; i++ {
		if i == 100 {
			t.Fatal("100 ops wait")
		}
		g.r.ServerOp(protocol.ID{}, &protocol.BoardTitle{Title: strings.Repeat("x", 50)}, func(o Outcome) { errors.As(o.Err, &refused) })
		g.run()
	}
	if refused.Code != protocol.CodeBusy || refused.Retry <= 0 || g.r.queued < 500 {
		t.Errorf("%+v with %d bytes waiting", refused, g.r.queued)
	}
	g.hold = false
	g.run()
	g.op(protocol.ID{}, &protocol.BoardTitle{Title: "later"})
}

// An op that one rate refuses must not be held against the others: its author waits, and then all are full.
func TestWhatIsRefusedCostsNothing(t *testing.T) {
	g := newRig(t, Config{ParticipantOps: 10, Limits: protocol.Limits{Ops: 5, Burst: 10}})
	ann := g.invite(protocol.RoleContributor)
	var first *NotNow
	for i := 0; i < 10; i++ { // the person's own rate is used up elsewhere
		g.r.Do(g.now, ann.id, protocol.ID{}, 0, []protocol.AnyOp{{Op: &protocol.Void{}}}, func(o Outcome) { errors.As(o.Err, &first) })
	}
	if first != nil {
		t.Fatalf("%+v", first)
	}
	conn, board := new(bucket), g.r.ops
	for range 20 {
		if no := g.r.refuse(g.now, ann.id, protocol.ID{}, 0, conn, 1); no == nil || no.Code != protocol.CodeRateLimited {
			t.Fatalf("%+v", no)
		}
	}
	if conn.owed != 0 || g.r.ops.owed != board.owed {
		t.Errorf("the connection owes %v, the board %v in place of %v", conn.owed, g.r.ops.owed, board.owed)
	}
}

func TestAGroupThatIsFullInBytesDoesNotWait(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	g.r.FannedOut(time.Second)
	g.r.pace.Flushed(g.now) // busy
	long := strings.Repeat("x", 10_000)
	for len(g.drafts) == 0 {
		note := g.note()
		note.Text = long
		g.r.ServerOp(ann.id, note, func(Outcome) {})
		if g.r.Step(g.now); len(g.r.queue) > 30 {
			t.Fatalf("%d bytes wait", g.r.queued)
		}
	}
	if size := len(g.drafts[0].Body); size < 240<<10 {
		t.Errorf("went with %d bytes", size)
	}
}

func TestConnectionsOfOneParticipant(t *testing.T) {
	g := newRig(t, Config{ParticipantConnections: 3})
	ann := g.invite(protocol.RoleContributor)
	first, _ := g.enter(ann, protocol.Hello{})
	g.enter(ann, protocol.Hello{Watch: true})
	g.enter(ann, protocol.Hello{})
	s, _ := g.attach(ann, protocol.Hello{Watch: true})
	if s.wantBye(protocol.CodeTooMany); s.bye.Retry == 0 {
		t.Error("too_many without a time to come back")
	}
	g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.enter(ann, protocol.Hello{Writer: first.secret}) // takes the place of the one it replaces
	first.wantBye(protocol.CodeReplaced)
}

func TestPingsBringNoBaseAfterBase(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	for range 20 { // a client whose copy goes wrong now and then
		g.r.Ping(g.now, m, &protocol.Ping{At: "off"})
		g.run()
		g.now = g.now.Add(5 * time.Second)
	}
	if s.bye != nil || len(all[*protocol.Rewind](s)) != 20 {
		t.Fatalf("%d rewinds, bye %+v", len(all[*protocol.Rewind](s)), s.bye)
	}
	s.frames = nil
	for range 20 {
		g.r.Ping(g.now, m, &protocol.Ping{At: "off"})
		g.run()
	}
	s.wantBye(protocol.CodeSlow)
	if got := len(all[*protocol.Rewind](s)); got != rewindBurst {
		t.Errorf("%d rewinds at once", got)
	}
}

func TestAPanicIsKeptForTheOperatorAlone(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.r.state = nil
	g.submit(m, 1, &protocol.Void{})
	end := g.r.Ended()
	if end == nil || !strings.Contains(end.Reason, "nil pointer") || !strings.Contains(end.Reason, "applyOne") {
		t.Fatalf("ended with %+v", end)
	}
	if s.wantBye(protocol.CodeQuarantined); s.bye.Message != protocol.CodeQuarantined.Sentence() {
		t.Errorf("told %q", s.bye.Message)
	}
}
