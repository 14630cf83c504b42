package hub

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

func TestNewcomerGetsWriterBaseAndLiveChanges(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	s, m := g.enter(ann, protocol.Hello{})
	w := last[*protocol.Welcome](s)
	if w.Me != ann.id || w.Role != protocol.RoleContributor || w.Writer == nil || w.Writer.Secret == "" || w.Writer.Last != 0 {
		t.Fatalf("welcome %+v", w)
	}
	if w.Base != s.bases || s.bases == 0 || !slices.Equal(w.Here, []protocol.ID{ann.id}) || w.Limits != DefaultLimits {
		t.Fatalf("welcome %+v with %d parts", w, s.bases)
	}
	if _, isWelcome := s.frames[0].(*protocol.Welcome); !isWelcome {
		t.Fatalf("first frame %s", s.frames[0].Type())
	}
	g.submit(m, 1, g.note(), g.note())
	if own := last[*protocol.Own](s); own == nil || own.Acked != 2 || own.Saved != 2 || own.Refused != nil {
		t.Fatalf("own %+v", own)
	}
	g.wantCopy(s, board.AudienceBoard)
}

func TestAudienceFrameComesBeforeOwn(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	s.frames = nil
	g.submit(m, 1, g.note())
	var order []string
	for _, f := range s.frames {
		if f.Type() != "signal" {
			order = append(order, f.Type())
		}
	}
	if !slices.Equal(order, []string{"changes", "own"}) {
		t.Fatal(order)
	}
}

func TestAttachRefuses(t *testing.T) {
	g := newRig(t, Config{Connections: 3})
	ann, ben := g.invite(protocol.RoleContributor), g.invite(protocol.RoleContributor)
	gone, lost := g.invite(protocol.RoleContributor), g.invite(protocol.RoleViewer)
	g.op(gone.id, &protocol.ParticipantLeave{})
	g.op(protocol.ID{}, &protocol.LinkCreate{Link: protocol.NewID(g.rand), Secret: hashOf("x"), Role: protocol.RoleViewer})
	owner := g.invite(protocol.RoleOwner)
	g.op(owner.id, &protocol.LinkRevoke{Link: g.links[protocol.RoleViewer]})
	s, _ := g.enter(ann, protocol.Hello{})
	secret := last[*protocol.Welcome](s).Writer.Secret
	tests := []struct {
		name  string
		who   person
		hello protocol.Hello
		want  protocol.Code
	}{
		{"a token nobody has", person{token: "x"}, protocol.Hello{}, protocol.CodeTokenUnknown},
		{"who has left", gone, protocol.Hello{}, protocol.CodeTokenUnknown},
		{"whose link was withdrawn", lost, protocol.Hello{}, protocol.CodeAccessLost},
		{"a writer nobody has", ann, protocol.Hello{Writer: "x"}, protocol.CodeWriterUnknown},
		{"someone else's writer", ben, protocol.Hello{Writer: secret}, protocol.CodeWriterUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := g.attach(test.who, test.hello)
			s.wantBye(test.want)
		})
	}
	g.enter(ben, protocol.Hello{Watch: true})
	g.enter(ben, protocol.Hello{Watch: true})
	s, _ = g.attach(ben, protocol.Hello{Watch: true})
	if s.wantBye(protocol.CodeTooMany); s.bye.Retry == 0 {
		t.Error("too_many without a time to come back")
	}
	if g.r.Members() != 3 {
		t.Errorf("%d members", g.r.Members())
	}
}

func TestWriterNumbers(t *testing.T) {
	tests := []struct {
		name    string
		n       uint64 // behind 1 and 2, which are a note's creation and its front
		op      func(g *rig, note protocol.ID) protocol.Op
		acked   uint64
		refused []protocol.Refused
	}{
		{"the next", 3, func(g *rig, n protocol.ID) protocol.Op { return &protocol.NoteFront{Note: n} }, 3, nil},
		{"repeated", 2, func(g *rig, n protocol.ID) protocol.Op { return &protocol.NoteFront{Note: n} }, 2, nil},
		{"repeated with another body", 2, func(g *rig, n protocol.ID) protocol.Op { return &protocol.NoteBack{Note: n} }, 2,
			[]protocol.Refused{{N: 2, Code: protocol.CodeConflict}}},
		{"skipped", 9, func(g *rig, n protocol.ID) protocol.Op { return &protocol.NoteFront{Note: n} }, 2,
			[]protocol.Refused{{N: 9, Code: protocol.CodeGap}}},
		{"wrong whatever the state", 3, func(g *rig, n protocol.ID) protocol.Op {
			return &protocol.NoteMove{Note: n, X: protocol.MaxCoord + 1}
		}, 3, []protocol.Refused{{N: 3, Code: protocol.CodeOutOfRange}}},
		{"given up", 3, func(g *rig, n protocol.ID) protocol.Op { return &protocol.Void{} }, 3,
			[]protocol.Refused{{N: 3, Code: protocol.CodeVoid}}},
		{"given up with a reason of one's own", 3, func(g *rig, n protocol.ID) protocol.Op {
			return &protocol.Void{Reason: protocol.CodeStale}
		}, 3, []protocol.Refused{{N: 3, Code: protocol.CodeVoid}}},
		{"a batch of good and bad", 3, func(g *rig, n protocol.ID) protocol.Op {
			return &protocol.Batch{Ops: []protocol.AnyOp{{Op: &protocol.NoteFront{Note: n}}, {Op: &protocol.NoteFront{Note: protocol.NewID(g.rand)}}}}
		}, 3, []protocol.Refused{{N: 3, Parts: []protocol.Code{"", protocol.CodeMissing}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newRig(t, Config{})
			s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
			note := g.note()
			g.submit(m, 1, note, &protocol.NoteFront{Note: note.Note})
			s.frames = nil
			g.submit(m, test.n, test.op(g, note.Note))
			own := last[*protocol.Own](s)
			if own == nil || own.Acked != test.acked || fmt.Sprint(own.Refused) != fmt.Sprint(test.refused) {
				t.Fatalf("own %+v, want acked %d and %v", own, test.acked, test.refused)
			}
			if s.bye != nil {
				t.Fatalf("bye %+v", s.bye)
			}
		})
	}
}

func TestAnOpThatIsWrongIsRepeatedWithItsOutcome(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	wrong := &protocol.NoteMove{Note: protocol.NewID(g.rand), X: protocol.MaxCoord + 1}
	for range 2 {
		s.frames = nil
		g.submit(m, 1, wrong)
		if own := last[*protocol.Own](s); own == nil || own.Acked != 1 || len(own.Refused) != 1 || own.Refused[0].Code != protocol.CodeOutOfRange {
			t.Fatalf("own %+v", own)
		}
	}
}

func TestWhatMustNotBeSubmittedCloses(t *testing.T) {
	tests := []struct {
		name  string
		watch bool
		n     uint64
		ops   []protocol.Op
		want  protocol.Code
	}{
		{"who only watches", true, 1, []protocol.Op{&protocol.Void{}}, protocol.CodeProtocol},
		{"number zero", false, 0, []protocol.Op{&protocol.Void{}}, protocol.CodeMalformed},
		{"no op", false, 1, nil, protocol.CodeMalformed},
		{"a number no JavaScript number holds", false, protocol.MaxN, []protocol.Op{&protocol.Void{}, &protocol.Void{}}, protocol.CodeMalformed},
		{"a server's kind", false, 1, []protocol.Op{&protocol.LinkCreate{}}, protocol.CodeServerKind},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newRig(t, Config{})
			s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{Watch: test.watch})
			g.submit(m, test.n, test.ops...)
			s.wantBye(test.want)
			if g.r.Members() != 0 {
				t.Error("still a member")
			}
		})
	}
}

func TestSubmitBeforeWelcome(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.attach(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.send(m, 1, &protocol.Void{})
	s.wantBye(protocol.CodeProtocol)
	g.run() // the registration lands with nobody waiting
	if len(s.frames) != 0 {
		t.Errorf("%d frames", len(s.frames))
	}
}

func TestSecondConnectionOfAWriterReplacesTheFirst(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	first, m1 := g.enter(ann, protocol.Hello{})
	g.hold = true
	note := g.note()
	g.submit(m1, 1, note) // in flight when its connection is replaced
	second, m2 := g.attach(ann, protocol.Hello{Writer: last[*protocol.Welcome](first).Writer.Secret})
	first.wantBye(protocol.CodeReplaced)
	g.hold = false
	g.run()
	if w := last[*protocol.Welcome](second); w == nil || w.Writer.Secret != "" || w.Writer.ID != m1.Writer() {
		t.Fatalf("welcome %+v", w)
	}
	if own := last[*protocol.Own](second); own != nil {
		t.Fatalf("own %+v", own)
	}
	g.submit(m2, 1, note) // the client resends what was unknown to it
	if own := last[*protocol.Own](second); own == nil || own.Acked != 1 || own.Refused != nil {
		t.Fatalf("own %+v", own)
	}
	g.wantCopy(second, board.AudienceBoard)
}

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
		{"a board too fast", Config{BoardOps: 5}, func(g *rig, m *Member) { pour(g, m, 6) }, 6, protocol.CodeRateLimited},
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

func TestRevokingClosesThoseInside(t *testing.T) {
	g := newRig(t, Config{})
	owner := g.invite(protocol.RoleOwner)
	in, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	other, _ := g.enter(g.invite(protocol.RoleFacilitator), protocol.Hello{})
	before := len(all[*protocol.Changes](in))
	g.submit(m, 1, g.note())
	g.send(m, 2, g.note())
	g.op(owner.id, &protocol.LinkRevoke{Link: g.links[protocol.RoleContributor]})
	in.wantBye(protocol.CodeAccessLost)
	if own := last[*protocol.Own](in); own.Acked != 2 {
		t.Errorf("own %+v: what was decided before is not told", own)
	}
	if got := len(all[*protocol.Changes](in)); got != before+1 {
		t.Errorf("%d changes frames, the last with what came beside the revocation", got-before)
	}
	if other.bye != nil {
		t.Error("somebody else is sent away")
	}
	g.wantCopy(other, board.AudienceFacilitators)
}

func TestRemovedAndLeft(t *testing.T) {
	g := newRig(t, Config{})
	boss := g.invite(protocol.RoleFacilitator)
	ann, ben := g.invite(protocol.RoleContributor), g.invite(protocol.RoleContributor)
	a, _ := g.enter(ann, protocol.Hello{})
	b, m := g.enter(ben, protocol.Hello{})
	g.op(boss.id, &protocol.ParticipantLeave{Participant: ann.id})
	a.wantBye(protocol.CodeRemoved)
	g.submit(m, 1, &protocol.ParticipantLeave{})
	b.wantBye(protocol.CodeTokenUnknown)
	if own := last[*protocol.Own](b); own == nil || own.Acked != 1 {
		t.Errorf("own %+v", own)
	}
}

func TestDeletedBoard(t *testing.T) {
	g := newRig(t, Config{})
	owner := g.invite(protocol.RoleOwner)
	a, _ := g.enter(g.invite(protocol.RoleViewer), protocol.Hello{})
	b, m := g.enter(owner, protocol.Hello{})
	g.submit(m, 1, &protocol.BoardDelete{})
	a.wantBye(protocol.CodeBoardDeleted)
	b.wantBye(protocol.CodeBoardDeleted)
	if own := last[*protocol.Own](b); own == nil || own.Acked != 1 {
		t.Errorf("own %+v", own)
	}
}

func TestAnotherRoleOfAnotherAudienceBeginsAnew(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	s, m := g.enter(ann, protocol.Hello{})
	g.submit(m, 1, g.note())
	s.frames = nil
	g.op(protocol.ID{}, &protocol.LinkUse{Link: g.links[protocol.RoleFacilitator], Participant: ann.id})
	if last[*protocol.Rewind](s) == nil || last[*protocol.Welcome](s).Role != protocol.RoleFacilitator {
		t.Fatalf("frames %v", s.frames)
	}
	if own := last[*protocol.Own](s); own == nil || own.Role == nil || *own.Role != protocol.RoleFacilitator {
		t.Fatalf("own %+v", own)
	}
	g.wantCopy(s, board.AudienceFacilitators)
	g.submit(m, 2, g.note())
	g.wantCopy(s, board.AudienceFacilitators)

	s.frames = nil
	g.op(protocol.ID{}, &protocol.LinkUse{Link: g.links[protocol.RoleOwner], Participant: ann.id})
	if own := last[*protocol.Own](s); last[*protocol.Rewind](s) != nil || own == nil || *own.Role != protocol.RoleOwner {
		t.Fatalf("within an audience: %v", s.frames)
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

func TestWhatIsSentBeforeARewindIsSeenIsPassedOver(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.r.streams[board.AudienceBoard].base = nil
	g.r.Ping(g.now, m, &protocol.Ping{At: "off"})
	note := g.note()
	g.send(m, 1, note) // while the base is encoded
	g.r.Ping(g.now, m, &protocol.Ping{At: "off"})
	g.run()
	if s.bye != nil || len(all[*protocol.Rewind](s)) != 1 || last[*protocol.Own](s) != nil {
		t.Fatalf("bye %+v, %d rewinds", s.bye, len(all[*protocol.Rewind](s)))
	}
	g.submit(m, 1, note)
	g.wantCopy(s, board.AudienceBoard)
}

func TestNothingComesBeforeTheWelcome(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	first, m1 := g.enter(ann, protocol.Hello{})
	g.r.streams[board.AudienceBoard].base = nil
	g.send(m1, 1, g.note())
	s, m := g.attach(ann, protocol.Hello{Writer: first.secret})
	jobs := g.jobs
	g.jobs = nil
	g.r.Ping(g.now, m, &protocol.Ping{})
	g.fail = []error{journal.ErrRefused}
	g.run() // the replaced connection's op is refused
	if len(s.frames) != 0 {
		t.Fatalf("%s before the welcome", s.frames[0].Type())
	}
	g.jobs = jobs
	g.run()
	if _, first := s.frames[0].(*protocol.Welcome); !first {
		t.Fatalf("first %s", s.frames[0].Type())
	}
}
