package board

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// TestEveryKindHasARule: a kind without one would stop the board that meets it.
func TestEveryKindHasARule(t *testing.T) {
	for _, kind := range protocol.Kinds {
		r := rules[reflect.TypeOf(kind.New())]
		if r == nil {
			t.Errorf("no rule for %s", kind.Name)
			continue
		}
		if r.kind != kind.Name || r.server != kind.Server {
			t.Errorf("the rule for %s is for %s, server %v", kind.Name, r.kind, r.server)
		}
	}
	if len(rules) != len(protocol.Kinds) {
		t.Errorf("%d rules for %d kinds", len(rules), len(protocol.Kinds))
	}
}

// TestApplyTakesTheNextEntryOnly: a hole or a repeat in the order is the caller's mistake and must not pass as a board.
func TestApplyTakesTheNextEntryOnly(t *testing.T) {
	for _, seq := range []uint64{0, 2} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("entry %d was applied to an empty board", seq)
				}
			}()
			New().Apply(protocol.Entry{Seq: seq, Op: &protocol.BoardDelete{}})
		}()
	}
}

func TestAudienceOf(t *testing.T) {
	want := map[protocol.Role]Audience{
		protocol.RoleNone: AudienceBoard, protocol.RoleViewer: AudienceBoard, protocol.RoleContributor: AudienceBoard,
		protocol.RoleFacilitator: AudienceFacilitators, protocol.RoleOwner: AudienceFacilitators,
	}
	for role, audience := range want {
		if got := AudienceOf(role); got != audience {
			t.Errorf("%v belongs to %d, want %d", role, got, audience)
		}
	}
}

func TestLinkHolds(t *testing.T) {
	tests := []struct {
		name string
		link LinkState
		at   int64
		want protocol.Code
	}{
		{"for ever", LinkState{}, 1 << 40, ""},
		{"before its end", LinkState{Expires: 10}, 9, ""},
		{"at its end", LinkState{Expires: 10}, 10, protocol.CodeLinkExpired},
		{"not used up", LinkState{Uses: 2, Used: 1}, 0, ""},
		{"used up", LinkState{Uses: 2, Used: 2}, 0, protocol.CodeLinkFull},
		{"any number of uses", LinkState{Used: 99}, 0, ""},
		{"withdrawn, which says more than the rest", LinkState{Revoked: true, Expires: 10, Uses: 1, Used: 1}, 99, protocol.CodeLinkRevoked},
	}
	for _, tt := range tests {
		if got := tt.link.Holds(tt.at); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFindingPeople: what the door asks of the state.
func TestFindingPeople(t *testing.T) {
	w := newWorld(quiet{t}, rand.NewPCG(1, 1))
	s := w.s
	var token, secret [32]byte
	copy(token[:], secretOf("noor"))
	copy(secret[:], secretOf("noor.2"))
	if id, ok := s.ParticipantByToken(token); !ok || id != idOf("noor") {
		t.Errorf("noor's token finds %v, %v", id, ok)
	}
	if id, ok := s.WriterBySecret(secret); !ok || id != idOf("noor.2") {
		t.Errorf("noor.2's secret finds %v, %v", id, ok)
	}
	if got, ok := s.Writer(idOf("noor.2")); !ok || got != (WriterState{Participant: idOf("noor")}) {
		t.Errorf("noor.2 is %v, %v", got, ok)
	}
	copy(secret[:], secretOf("link-noor"))
	link, ok := s.LinkBySecret(secret)
	if byID, known := s.Link(idOf("link-noor")); !ok || !known || link != byID || link.Role != protocol.RoleContributor {
		t.Errorf("noor's link is %v by its secret and %v by its id", link, byID)
	}
	copy(secret[:], secretOf("code"))
	if s.RecoveryHash() != secret {
		t.Error("the recovery code's hash is another")
	}
	if _, ok := s.LinkBySecret(secret); ok {
		t.Error("the recovery code is a link")
	}
	w.server("noor", &protocol.ParticipantLeave{})
	w.server("", &protocol.ParticipantLeave{Participant: idOf("ben")})
	if id, ok := s.ParticipantByToken(token); !ok || s.Role(id) != protocol.RoleNone {
		t.Errorf("who left is not found by its token, or may still do something")
	}
	for name, want := range map[string][2]bool{"noor": {true, false}, "ben": {true, true}, "olga": {}, "nobody": {}} {
		if left, removed := s.Removed(idOf(name)); left != want[0] || removed != want[1] {
			t.Errorf("%s: left %v, removed %v", name, left, removed)
		}
	}
	if got := s.Role(idOf("noor")); got != protocol.RoleNone {
		t.Errorf("noor left and is %v", got)
	}
}

// TestNoSecretInWhatIsShown: hashes and writers stay on the server.
func TestNoSecretInWhatIsShown(t *testing.T) {
	w := newWorld(quiet{t}, rand.NewPCG(2, 2))
	snapshot := string(w.s.AppendSnapshot(nil))
	for _, secret := range []string{"noor", "noor.1", "link-noor"} {
		text, err := hash(secretOf(secret)).AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(snapshot, string(text)) {
			t.Errorf("the snapshot lacks the hash of %s: this test looks for the wrong thing", secret)
		}
		for a := range Audience(Audiences) {
			for key, fields := range baseView(w.s, a) {
				for name, value := range fields {
					if strings.Contains(value, string(text)) || strings.Contains(value, idOf("noor.1").String()) {
						t.Errorf("audience %d sees a secret in %s %s", a, key, name)
					}
				}
			}
		}
	}
}

// TestSizeBoundsWhatIsAdded: past the limit nothing is added, and everything else goes on.
func TestSizeBoundsWhatIsAdded(t *testing.T) {
	w := newWorld(quiet{t}, rand.NewPCG(3, 3))
	note := idOf("big")
	w.server("", &protocol.NoteCreate{Note: note, W: 6400, H: 6400, Rev: idOf("r")})
	w.s.size = protocol.MaxState + 1
	refused := []protocol.Op{
		&protocol.NoteCreate{Note: idOf("other"), W: 6400, H: 6400, Rev: idOf("r")},
		&protocol.ClusterCreate{Cluster: idOf("other")},
		&protocol.ConnectorCreate{Connector: idOf("other"), From: note, To: idOf("x")},
	}
	for _, op := range refused {
		if v := w.apply(protocol.Entry{Author: idOf("olga"), Op: op}); v.Code != protocol.CodeBoardFull {
			t.Errorf("%s: %v", op.Kind(), v)
		}
	}
	w.server("olga", &protocol.NoteMove{Note: note, X: 1})
	w.server("olga", &protocol.NoteDelete{Note: note})
}

// TestSizeIsNearTheSnapshot: the estimate is what the limit on a board's bytes rests on.
func TestSizeIsNearTheSnapshot(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(quiet{t}, rand.NewPCG(seed, 4))
		for range 300 {
			e := w.entry()
			w.remember(e, w.apply(e))
		}
		real := len(w.s.AppendSnapshot(nil))
		if w.s.Size() < real/2 || w.s.Size() > real*2 {
			t.Errorf("seed %d: estimated %d bytes, really %d", seed, w.s.Size(), real)
		}
	}
}

// TestBoardRevisionsAreBounded: the oldest text change of the board goes first, whichever note it is in.
func TestBoardRevisionsAreBounded(t *testing.T) {
	w := newWorld(quiet{t}, rand.NewPCG(5, 5))
	const perNote, notes = 100, 50
	at := uint64(0)
	for i := range notes {
		note := &protocol.NoteCreate{Note: idOf("n" + strings.Repeat("x", i)), W: 6400, H: 6400, Rev: w.rev()}
		w.server("", note)
		for range perNote {
			n := w.s.notes[note.Note]
			c, err := text.Diff(n.Text, w.word(), 0)
			if err != nil {
				t.Fatal(err)
			}
			w.server("", &protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: w.rev(), Runs: protocol.Runs{Change: c}})
		}
		at += perNote
		if want := min(at, maxBoardRevisions); uint64(w.s.revisionQueue.live) != want {
			t.Fatalf("%d changes kept of %d, want %d", w.s.revisionQueue.live, at, want)
		}
	}
	kept := 0
	for i := range notes {
		n := len(w.s.notes[idOf("n"+strings.Repeat("x", i))].History)
		if i < notes-1-maxBoardRevisions/perNote && n != 0 || i > notes-maxBoardRevisions/perNote && n != perNote {
			t.Errorf("note %d keeps %d", i, n)
		}
		kept += n
	}
	if kept != maxBoardRevisions {
		t.Errorf("%d kept in all", kept)
	}
	if s, err := Load(w.s.AppendSnapshot(nil)); err != nil || s.Hash() != w.s.Hash() || s.size != w.s.size {
		t.Errorf("the snapshot loads as another state: %v", err)
	}
}
