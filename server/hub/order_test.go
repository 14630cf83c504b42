package hub

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

func TestNotNow(t *testing.T) {
	pour := func(g *rig, m *Member, count int) {
		ops := make([]protocol.Op, count)
		for i := range ops {
			ops[i] = &protocol.Void{}
		}
		g.send(m, 1, ops...)
	}
	tests := []struct {
		name   string
		config Config
		do     func(g *rig, m *Member)
		n      uint64
		want   protocol.Code
	}{
		{"too many outstanding", Config{}, func(g *rig, m *Member) { pour(g, m, 65) }, 65, protocol.CodeBusy},
		{"a connection too fast", Config{Limits: protocol.Limits{Burst: 10}}, func(g *rig, m *Member) { pour(g, m, 11) }, 11, protocol.CodeRateLimited},
		{"a board too fast", Config{BoardOps: 6}, func(g *rig, m *Member) { pour(g, m, 6) }, 6, protocol.CodeRateLimited},
		{"too much waits", Config{Backlog: 200}, func(g *rig, m *Member) { g.hold = true; pour(g, m, 20) }, 6, protocol.CodeBusy},
		{"draining", Config{}, func(g *rig, m *Member) { g.r.Drain(); pour(g, m, 1) }, 1, protocol.CodeDraining},
		{"the journal refuses", Config{}, func(g *rig, m *Member) {
			g.fail = []error{fmt.Errorf("disk: %w", journal.ErrRefused)}
			pour(g, m, 3)
		}, 1, protocol.CodeStorageFull},
		{"the journal is closed", Config{}, func(g *rig, m *Member) { g.fail = []error{journal.ErrClosed}; pour(g, m, 3) }, 1, protocol.CodeDraining},
		{"whether it was written is unknown, and it was not", Config{}, func(g *rig, m *Member) {
			g.fail = []error{journal.ErrUnknown}
			pour(g, m, 3)
		}, 1, protocol.CodeStorageFull},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newRig(t, test.config)
			s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
			test.do(g, m)
			g.run()
			no := all[*protocol.NotNow](s)
			if len(no) != 1 || no[0].N != test.n || no[0].Code != test.want || no[0].Retry <= 0 || no[0].Message == "" {
				t.Fatalf("notnow %+v", no)
			}
			if s.bye != nil {
				t.Fatalf("bye %+v", s.bye)
			}
		})
	}
}

func TestAfterNotNowNothingIsTakenBeforeItsNumber(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	a, b := g.note(), g.note()
	g.fail = []error{journal.ErrRefused}
	g.submit(m, 1, a)
	g.now = g.now.Add(10 * time.Second) // what is refused is not remembered longer than it is told
	before := g.head.Seq
	g.submit(m, 2, b)
	if g.head.Seq != before {
		t.Fatal("number 2 went into the log before number 1")
	}
	g.submit(m, 1, a, b)
	if own := last[*protocol.Own](s); own == nil || own.Acked != 2 || own.Refused != nil {
		t.Fatalf("own %+v", own)
	}
}

func TestAJournalThatRefusesIsAskedLessAndLess(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	var waits []int64
	for range 12 {
		g.fail = []error{journal.ErrRefused}
		g.submit(m, 1, &protocol.Void{})
		no := last[*protocol.NotNow](s)
		waits = append(waits, no.Retry)
		g.now = g.now.Add(time.Duration(no.Retry+1) * time.Millisecond)
	}
	if waits[0] < 50 || waits[0] > 150 || waits[11] < 2500 || waits[11] > 7500 {
		t.Fatalf("waits %v ms", waits)
	}
	g.submit(m, 1, &protocol.Void{})
	if own := last[*protocol.Own](s); own == nil || own.Acked != 1 {
		t.Fatalf("own %+v: it does not go on when the journal does", own)
	}
	g.fail = []error{journal.ErrRefused}
	full := make([]protocol.Op, protocol.MaxOutstanding)
	for i := range full {
		full[i] = &protocol.Void{}
	}
	g.submit(m, 2, full...)
	if again := last[*protocol.NotNow](s); again.N != 2 || again.Retry > 150 {
		t.Fatalf("%+v: what was long ago is held against it", again)
	}
	g.now = g.now.Add(time.Second)
	g.submit(m, 2, full...) // none of them is outstanding any more
	if own := last[*protocol.Own](s); own.Acked != 65 {
		t.Fatalf("own %+v", own)
	}
}

func TestALostAnswerIsFoundInTheLog(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.fail = []error{errWritten}
	g.submit(m, 1, g.note())
	if own := last[*protocol.Own](s); own == nil || own.Acked != 1 || last[*protocol.NotNow](s) != nil {
		t.Fatalf("own %+v", own)
	}
	g.wantCopy(s, board.AudienceBoard)
}

func TestAGroupThatLandsLateIsReadFirst(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.hold = true
	note := g.note()
	g.submit(m, 1, note)
	late := g.drafts[0]
	g.drafts = nil
	g.r.Appended(g.now, journal.Group{}, journal.ErrUnknown) // and reading on finds nothing
	g.run()
	no := last[*protocol.NotNow](s)
	g.write(late) // but then it lands
	g.hold = false
	g.now = g.now.Add(time.Duration(no.Retry+1) * time.Millisecond)
	g.submit(m, 1, note, g.note())
	if own := last[*protocol.Own](s); own == nil || own.Acked != 2 || own.Refused != nil {
		t.Fatalf("own %+v", own)
	}
	g.wantCopy(s, board.AudienceBoard)
}

func TestErrorsThatEndTheRoom(t *testing.T) {
	tests := []struct {
		err  error
		want protocol.Code
	}{
		{journal.ErrDamaged, protocol.CodeQuarantined},
		{journal.ErrCold, protocol.CodeUnavailable},
		{journal.ErrEpoch, protocol.CodeUnavailable},
		{journal.ErrRegressed, protocol.CodeUnavailable},
		{errors.New("anything"), protocol.CodeUnavailable},
	}
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			g := newRig(t, Config{})
			s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
			g.fail = []error{test.err}
			var answered error
			g.r.ServerOp(protocol.ID{}, &protocol.BoardTitle{Title: "x"}, func(o Outcome) { answered = o.Err })
			g.submit(m, 1, &protocol.Void{})
			s.wantBye(test.want)
			var coded *protocol.Error
			if end := g.r.Ended(); end == nil || end.Code != test.want || !errors.As(answered, &coded) || coded.Code != test.want {
				t.Errorf("ended %+v, answered %v", end, answered)
			}
			late, _ := g.attach(person{token: "x"}, protocol.Hello{})
			late.wantBye(test.want)
		})
	}
}

func TestAServersOpWaitsForAFrozenBoard(t *testing.T) {
	g := newRig(t, Config{})
	_, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.fail = []error{journal.ErrRefused}
	g.submit(m, 1, &protocol.Void{})
	until := g.r.frozenUntil
	if o := g.op(protocol.ID{}, &protocol.BoardTitle{Title: "x"}); o.Seq == 0 || g.now.Before(until) {
		t.Errorf("%+v before the journal was to be asked again", o)
	}
}
