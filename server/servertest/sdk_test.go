package servertest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/servertest"
)

// sdk is the Go SDK on a real server: a board, its owner, and the owner's live copy.
type sdk struct {
	t     *testing.T
	ctx   context.Context
	url   string
	made  client.Created
	owner client.Membership
	board *client.Board
}

func newSDK(t *testing.T) *sdk {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	server := servertest.Start(t)
	s := &sdk{t: t, ctx: ctx, url: server.URL}
	s.made, s.owner = server.Board()
	s.board = s.dial(s.owner)
	return s
}

// dial opens the board. What is open when the test ends is cut.
func (s *sdk) dial(m client.Membership) *client.Board {
	s.t.Helper()
	b, err := client.Dial(s.ctx, m.Options())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = b.Close(ended)
	})
	return b
}

func (s *sdk) do(op protocol.Op) {
	s.t.Helper()
	if _, err := s.board.DoSaved(s.ctx, op); err != nil {
		s.t.Fatalf("%s: %v", op.Kind(), err)
	}
}

func (s *sdk) note(text string) protocol.ID {
	s.t.Helper()
	id := protocol.RandomID()
	s.do(&protocol.NoteCreate{Note: id, Rev: protocol.RandomID(), W: 200 * protocol.Unit, H: 120 * protocol.Unit, Text: text})
	return id
}

// when waits until the board is as the condition says.
func (s *sdk) when(b *client.Board, what string, condition func() bool) {
	s.t.Helper()
	woken, stop := b.Watch()
	defer stop()
	for !condition() {
		select {
		case <-woken:
		case <-s.ctx.Done():
			s.t.Fatalf("never %s", what)
		}
	}
}

func wantProblem(t *testing.T, err error, status int, code protocol.Code) {
	t.Helper()
	var problem *client.ProblemError
	if !errors.As(err, &problem) || problem.Status != status || problem.Code != code {
		t.Errorf("refused as %v, want %d %s", err, status, code)
	}
}

// TestSDKReadsThePast: the steps that Changes tells, one page behind the other, make the state that State and the live
// copy show; State and StateAt show what was.
func TestSDKReadsThePast(t *testing.T) {
	s := newSDK(t)
	rest := s.owner.REST()
	s.note("een")
	var before uint64
	s.board.View(func(v *client.View) { before = v.Seq() })
	past, err := rest.State(s.ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	second := s.note("twee")
	missing := protocol.RandomID()
	if _, err := s.board.DoSaved(s.ctx, &protocol.NoteDelete{Note: missing}); err == nil {
		t.Fatal("deleted what is not there")
	}

	steps, folded := s.allSteps(rest)
	kinds := map[string]int{}
	for i, step := range steps {
		if step.Seq != uint64(i+1) {
			t.Fatalf("step %d has number %d", i+1, step.Seq)
		}
		kinds[step.Kind]++
		if step.Kind == "note.create" && protocol.ID(step.By) != s.owner.Participant {
			t.Errorf("the note was written by %v, not its author", step.By)
		}
		if (step.Kind == "note.delete") != (step.Code == protocol.CodeMissing) {
			t.Errorf("%s is told as %q", step.Kind, step.Code)
		}
	}
	if kinds["note.create"] != 2 || kinds["note.delete"] != 1 || kinds["board.create"] != 1 {
		t.Errorf("the past has %v", kinds)
	}
	now, err := rest.State(s.ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	var live []byte
	s.board.View(func(v *client.View) { live = v.Encode() })
	if string(folded.Encode()) != string(now.Encode()) || string(now.Encode()) != string(live) {
		t.Errorf("three copies differ:\nsteps\n%s\nstate\n%s\nlive\n%s", folded.Encode(), now.Encode(), live)
	}
	then, err := rest.State(s.ctx, before)
	if err != nil || string(then.Encode()) != string(past.Encode()) {
		t.Errorf("behind entry %d the board was not what it was: %v", before, err)
	}
	if _, ok := then.Note(second); ok {
		t.Error("the past has what came later")
	}
	at, err := rest.StateAt(s.ctx, time.UnixMilli(steps[len(steps)-1].Time))
	if err != nil || string(at.Encode()) != string(now.Encode()) {
		t.Errorf("at the last entry's time it is not what it is: %v", err)
	}
	_, err = rest.State(s.ctx, uint64(len(steps))+1000)
	wantProblem(t, err, http.StatusNotFound, protocol.CodeNoSuchMoment)
	_, err = rest.StateAt(s.ctx, time.UnixMilli(steps[0].Time-1))
	wantProblem(t, err, http.StatusNotFound, protocol.CodeNoSuchMoment)
}

// allSteps asks for the whole past, and folds it.
func (s *sdk) allSteps(rest *client.REST) ([]client.Step, *client.View) {
	s.t.Helper()
	var all []client.Step
	folded := new(client.View)
	for from := uint64(1); from != 0; {
		steps, next, err := rest.Changes(s.ctx, from)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, step := range steps {
			if err := folded.Apply(step.Changes...); err != nil {
				s.t.Fatal(err)
			}
		}
		all, from = append(all, steps...), next
	}
	return all, folded
}

func TestSDKCountsTheOutcome(t *testing.T) {
	s := newSDK(t)
	perspective, cluster := protocol.RandomID(), protocol.RandomID()
	s.do(&protocol.PerspectiveAdd{Perspective: perspective, Label: "Zorg"})
	first := s.note("zonder")
	s.do(&protocol.ParticipantPerspective{Perspective: perspective})
	second := s.note("met")
	s.note("los")
	s.do(&protocol.ClusterCreate{Cluster: cluster, Title: "Samen", Notes: []protocol.ID{first, second}})
	tally, err := s.owner.REST().Outcome(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(tally.Clusters) != 1 || tally.Clusters[0].Key != cluster.String() || tally.Clusters[0].Title != "Samen" ||
		tally.Clusters[0].Notes != 2 || tally.Clusters[0].ByPerspective[perspective.String()] != 1 {
		t.Errorf("clusters: %+v", tally.Clusters)
	}
	if tally.Total.Notes != 3 || tally.Total.ByPerspective[perspective.String()] != 2 || tally.Unclustered.Notes != 1 {
		t.Errorf("in all: %+v, in no cluster %+v", tally.Total, tally.Unclustered)
	}
}

func TestSDKMakesAndWithdrawsLinks(t *testing.T) {
	s := newSDK(t)
	rest := s.owner.REST()
	made, err := rest.CreateLink(s.ctx, client.NewLink{Role: protocol.RoleContributor, Label: "Groep 1", Uses: 5})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := client.Join(s.ctx, made.Link, client.JoinOptions{Name: "Noor"})
	if err != nil || guest.Role != protocol.RoleContributor {
		t.Fatalf("joined as %+v, %v", guest, err)
	}
	inside := s.dial(guest)
	link := func() client.Link {
		t.Helper()
		links, err := rest.Links(s.ctx)
		i := slices.IndexFunc(links, func(l client.Link) bool { return l.ID == made.ID })
		if err != nil || len(links) != 2 || i < 0 {
			t.Fatalf("links %+v, %v", links, err)
		}
		return links[i]
	}
	if l := link(); l.Role != protocol.RoleContributor || l.Label != "Groep 1" || l.Uses != 5 || l.Used != 1 || l.Revoked {
		t.Errorf("listed as %+v", l)
	}
	_, err = guest.REST().Links(s.ctx)
	wantProblem(t, err, http.StatusForbidden, protocol.CodeForbidden)
	wantProblem(t, guest.REST().RevokeLink(s.ctx, made.ID), http.StatusForbidden, protocol.CodeForbidden)

	if err := rest.RevokeLink(s.ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if !link().Revoked {
		t.Error("it is not listed as withdrawn")
	}
	var closed *client.ClosedError
	s.when(inside, "closed", func() bool { state, _ := inside.State(); return state == client.Closed })
	if _, err := inside.State(); !errors.As(err, &closed) || closed.Code != protocol.CodeAccessLost {
		t.Errorf("who was inside by it: %v", err)
	}
	_, err = client.Join(s.ctx, made.Link, client.JoinOptions{Name: "Sam"})
	wantProblem(t, err, http.StatusGone, protocol.CodeLinkRevoked)
}

func TestSDKRecoversABoard(t *testing.T) {
	s := newSDK(t)
	note := s.note("blijft")
	again, err := client.Recover(s.ctx, s.url, s.made.Board, s.made.Recovery)
	if err != nil {
		t.Fatal(err)
	}
	if again.Board != s.made.Board || again.Owner == s.made.Owner || again.Recovery == s.made.Recovery {
		t.Errorf("recovered %+v, made %+v", again, s.made)
	}
	if _, err := client.Recover(s.ctx, s.url, s.made.Board, s.made.Recovery); err == nil {
		t.Error("the code worked twice")
	}
	_, err = client.Join(s.ctx, s.made.Owner, client.JoinOptions{Name: "Vinder"})
	wantProblem(t, err, http.StatusGone, protocol.CodeLinkRevoked)
	m, err := client.Join(s.ctx, again.Owner, client.JoinOptions{Name: "Ilse"})
	if err != nil || m.Role != protocol.RoleOwner {
		t.Fatalf("by the new link: %+v, %v", m, err)
	}
	state, err := m.REST().State(s.ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := state.Note(note); !ok || n.Text != "blijft" {
		t.Errorf("the note is %+v", n)
	}
}

// TestSDKClosesInOrder: what was submitted and typed just before is saved, the server answers the goodbye at once, and
// the others are told.
func TestSDKClosesInOrder(t *testing.T) {
	s := newSDK(t)
	note := s.note("tijd")
	link, err := s.owner.REST().CreateLink(s.ctx, client.NewLink{Role: protocol.RoleContributor})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := client.Join(s.ctx, link.Link, client.JoinOptions{Name: "Noor"})
	if err != nil {
		t.Fatal(err)
	}
	leaving := s.dial(guest)
	s.when(s.board, "told who came", func() bool { return len(s.board.Here()) == 2 })
	if _, err := leaving.Edit(note, "tijd", "Meer tijd"); err != nil {
		t.Fatal(err)
	}
	op, err := leaving.Submit(&protocol.NoteMove{Note: note, X: 640, Y: 640})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := leaving.Close(s.ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v: the goodbye was not answered", took)
	}
	select {
	case <-op.Saved():
	default:
		t.Error("closed before the op was told saved")
	}
	if left := leaving.Outbox(); len(left) != 0 || leaving.Unsaved() != 0 {
		t.Errorf("left %+v", left)
	}
	s.when(s.board, "told who left", func() bool { return len(s.board.Here()) == 1 })
	state, err := s.owner.REST().State(s.ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := state.Note(note); n.Text != "Meer tijd" || n.X != 640 {
		t.Errorf("the note is %+v", n)
	}
}
