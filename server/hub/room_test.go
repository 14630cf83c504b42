package hub

import (
	"fmt"
	"slices"
	"testing"

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
