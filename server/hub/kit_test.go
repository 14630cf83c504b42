package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/protocol/text"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/journal"
)

// die is a seeded source of ids.
type die struct{ *rand.ChaCha8 }

func seeded(seed byte) die { return die{rand.NewChaCha8([32]byte{seed})} }

func ptr[T any](v T) *T { return &v }

// seat is the way out of a test's connection: what it got, and the copy of the board that makes.
type seat struct {
	t      testing.TB
	frames []protocol.Frame
	bases  int
	bye    *protocol.Bye
	copy   *replica
	secret string // resume secret of its writer
}

func (s *seat) Queue(frames ...*Frame)   { s.take(frames) }
func (s *seat) CatchUp(frames ...*Frame) { s.take(frames) }
func (s *seat) Close(bye *protocol.Bye)  { s.bye = bye }

func (s *seat) take(frames []*Frame) {
	s.t.Helper()
	if s.bye != nil {
		s.t.Error("a frame behind bye")
	}
	for _, f := range frames {
		if f.Binary() {
			s.bases++
		} else if got, err := protocol.DecodeServerFrame(f.Payload()); err != nil {
			s.t.Fatalf("%s: %v", f.Payload(), err)
		} else {
			s.frames = append(s.frames, got)
			if w, ok := got.(*protocol.Welcome); ok && w.Writer != nil && w.Writer.Secret != "" {
				s.secret = w.Writer.Secret
			}
		}
		s.copy.take(s.t, f)
	}
}

// last returns the newest frame of a type, nil if there was none.
func last[T protocol.Frame](s *seat) (found T) {
	for _, f := range s.frames {
		if f, ok := f.(T); ok {
			found = f
		}
	}
	return found
}

func all[T protocol.Frame](s *seat) (found []T) {
	for _, f := range s.frames {
		if f, ok := f.(T); ok {
			found = append(found, f)
		}
	}
	return found
}

func (s *seat) wantBye(code protocol.Code) {
	s.t.Helper()
	if s.bye == nil || s.bye.Code != code || s.bye.Close != code.Close() {
		s.t.Fatalf("bye %+v, want %s", s.bye, code)
	}
}

// replica is a board as a client holds it: what changes and bases make of nothing. Every field is JSON.
type replica struct {
	objects map[string]map[string]any
	at      string
	seq     uint64
	moment  []protocol.Change // of frames without a position
}

func newReplica() *replica { return &replica{objects: map[string]map[string]any{}} }

func (r *replica) take(t testing.TB, f *Frame) {
	t.Helper()
	if f.Binary() {
		b, err := protocol.DecodeBase(f.Payload())
		if err != nil {
			t.Fatal(err)
		}
		if b.Part == 1 {
			r.objects = map[string]map[string]any{}
		}
		r.apply(t, b.Changes)
		if b.Part == b.Of {
			r.at, r.seq = b.At, b.Seq
		}
		return
	}
	got, err := protocol.DecodeServerFrame(f.Payload())
	if err != nil {
		t.Fatal(err)
	}
	c, ok := got.(*protocol.Changes)
	if !ok {
		if len(r.moment) > 0 {
			t.Errorf("%s within a moment", got.Type())
		}
		return
	}
	if c.Seq <= r.seq {
		t.Errorf("changes up to %d behind %d", c.Seq, r.seq)
	}
	if size := len(f.Payload()); size > protocol.MaxChanges {
		t.Errorf("a frame of %d bytes", size)
	}
	if r.moment = append(r.moment, c.Changes...); c.At != "" {
		r.apply(t, r.moment)
		r.at, r.seq, r.moment = c.At, c.Seq, nil
	}
}

func (r *replica) apply(t testing.TB, changes []protocol.Change) {
	t.Helper()
	for _, c := range changes {
		var nouns map[string]map[string]any
		if err := json.Unmarshal(protocol.AppendChange(nil, &c), &nouns); err != nil {
			t.Fatal(err)
		}
		for noun, fields := range nouns {
			key := fmt.Sprint(noun, " ", fields["id"])
			object := r.objects[key]
			if object == nil {
				object = map[string]any{}
				r.objects[key] = object
			}
			if fields["deleted"] == true && noun != "board" {
				delete(r.objects, key)
				continue
			}
			if c.Note != nil && c.Note.Edit != nil {
				e := c.Note.Edit
				if object["rev"] != e.Base.String() {
					t.Fatalf("an edit on %s, the copy has %v", e.Base, object["rev"])
				}
				before, _ := object["text"].(string)
				after, err := text.Apply(before, e.Runs.Change)
				if err != nil {
					t.Fatal(err)
				}
				object["text"], object["rev"] = after, e.Rev.String()
				delete(fields, "edit")
			}
			for name, value := range fields {
				object[name] = value
			}
		}
	}
}

// String writes the copy so that equal boards are equal text: zero values are left out.
func (r *replica) String() string {
	var lines []string
	for key, object := range r.objects {
		kept := map[string]any{}
		for name, value := range object {
			list, isList := value.([]any)
			if value != "" && value != float64(0) && value != false && value != nil && (!isList || len(list) > 0) {
				kept[name] = value
			}
		}
		b, _ := json.Marshal(kept)
		lines = append(lines, key+" "+string(b))
	}
	slices.Sort(lines)
	return string(bytes.Join(func() (all [][]byte) {
		for _, l := range lines {
			all = append(all, []byte(l))
		}
		return
	}(), []byte("\n")))
}

// truth is the copy that a state's base makes.
func truth(t testing.TB, s *board.State, a board.Audience) *replica {
	t.Helper()
	r := newReplica()
	var changes []protocol.Change
	for p := range s.Base(a) {
		changes = append(changes, p.Change())
	}
	r.apply(t, changes)
	return r
}

// person is a participant of a test's board.
type person struct {
	id    protocol.ID
	token auth.Secret
}

// rig is one room with a journal, a clock and a die of the test's own, all in one goroutine.
type rig struct {
	t    testing.TB
	r    *Room
	rand die
	now  time.Time
	log  []journal.Group
	head journal.Head

	drafts []journal.Draft
	reads  []uint64
	jobs   []*BaseJob
	fail   []error // answers to the next appends; nil: it goes well
	hold   bool    // appends are not answered

	links map[protocol.Role]protocol.ID
}

var testKey = bytes.Repeat([]byte{7}, 32)

// newRig opens a board with a link of each role.
func newRig(t testing.TB, c Config) *rig {
	t.Helper()
	g := &rig{t: t, rand: seeded(1), now: time.UnixMilli(1_700_000_000_000), head: journal.Head{Epoch: 1},
		links: map[protocol.Role]protocol.ID{}}
	g.open(c, board.New())
	g.op(protocol.ID{}, &protocol.BoardCreate{Title: "t", Recovery: hashOf("recovery")})
	for role := protocol.RoleViewer; role <= protocol.RoleOwner; role++ {
		g.links[role] = protocol.NewID(g.rand)
		g.op(protocol.ID{}, &protocol.LinkCreate{Link: g.links[role], Secret: hashOf(role.String()), Role: role})
	}
	return g
}

func (g *rig) open(c Config, s *board.State) {
	g.r = NewRoom(Opening{Board: protocol.NewID(seeded(9)), State: s, Head: g.head, Key: testKey, Config: NewConfig(c),
		Effects: g, Rand: g.rand, Metrics: new(Metrics)}, g.now)
}

func hashOf(secret string) []byte { h := sha256.Sum256([]byte(secret)); return h[:] }

func (g *rig) Append(d journal.Draft) { g.drafts = append(g.drafts, d) }
func (g *rig) Read(after uint64)      { g.reads = append(g.reads, after) }
func (g *rig) Encode(job *BaseJob)    { g.jobs = append(g.jobs, job) }

// write gives a draft its place.
func (g *rig) write(d journal.Draft) journal.Group {
	at := max(g.head.Time, g.now.UnixMilli())
	last := g.head.Seq + uint64(d.Count)
	group := journal.Group{Epoch: 1, First: g.head.Seq + 1, Last: last, Time: at, Prev: g.head.Chain, Body: d.Body,
		Chain: journal.Link(g.head.Chain, g.head.Seq, last, at, sha256.Sum256(d.Body))}
	g.log, g.head = append(g.log, group), group.Head()
	return group
}

// run lets everything happen that can, and time pass until nothing waits to be flushed.
func (g *rig) run() {
	g.t.Helper()
	for range 10_000 {
		g.r.Step(g.now)
		switch {
		case len(g.jobs) > 0:
			job := g.jobs[0]
			g.jobs = g.jobs[1:]
			job.Run()
			g.r.Encoded(g.now, job)
		case len(g.drafts) > 0 && !g.hold:
			d := g.drafts[0]
			g.drafts = g.drafts[1:]
			g.answer(d)
		case len(g.reads) > 0:
			after := g.reads[0]
			g.reads = g.reads[1:]
			var groups []journal.Group
			for _, group := range g.log {
				if group.First > after {
					groups = append(groups, group)
				}
			}
			g.r.Caught(g.now, groups, nil)
		case !g.r.Next().IsZero():
			if g.now.Before(g.r.Next()) {
				g.now = g.r.Next()
			}
		default:
			return
		}
	}
	g.t.Fatal("the room never rests")
}

func (g *rig) answer(d journal.Draft) {
	if len(g.fail) == 0 {
		g.r.Appended(g.now, g.write(d), nil)
		return
	}
	err := g.fail[0]
	g.fail = g.fail[1:]
	switch err {
	case nil:
		g.r.Appended(g.now, g.write(d), nil)
	case errWritten: // it stands in the log, but nobody says so
		g.write(d)
		g.r.Appended(g.now, journal.Group{}, journal.ErrUnknown)
	default:
		g.r.Appended(g.now, journal.Group{}, err)
	}
}

var errWritten = fmt.Errorf("written, and the answer lost")

// op appends an op of the server.
func (g *rig) op(author protocol.ID, op protocol.Op) Outcome {
	g.t.Helper()
	var got *Outcome
	g.r.ServerOp(author, op, func(o Outcome) { got = &o })
	g.run()
	if got == nil || got.Err != nil || !got.Verdict.OK() {
		g.t.Fatalf("%s: %+v", op.Kind(), got)
	}
	return *got
}

// invite lets a person onto the board.
func (g *rig) invite(role protocol.Role) person {
	g.t.Helper()
	p := person{id: protocol.NewID(g.rand), token: auth.NewSecret(g.rand)}
	hash := p.token.Hash()
	g.op(protocol.ID{}, &protocol.ParticipantJoin{Participant: p.id, Token: hash[:], Link: g.links[role],
		Name: "p" + p.id.String()})
	return p
}

// attach says hello without waiting.
func (g *rig) attach(p person, hello protocol.Hello) (*seat, *Member) {
	s := &seat{t: g.t, copy: newReplica()}
	hello.Version, hello.Token = protocol.Version, p.token.Reveal()
	m, code := g.r.Attach(g.now, s, &hello)
	if (m == nil) != (code != "") || (m == nil) != (s.bye != nil) {
		g.t.Fatalf("attach: member %v, code %q, bye %v", m, code, s.bye)
	}
	return s, m
}

// enter attaches and waits for the welcome.
func (g *rig) enter(p person, hello protocol.Hello) (*seat, *Member) {
	g.t.Helper()
	s, m := g.attach(p, hello)
	g.run()
	if m == nil || last[*protocol.Welcome](s) == nil {
		g.t.Fatalf("not let in: %+v", s.bye)
	}
	return s, m
}

// submit submits and lets it happen.
func (g *rig) submit(m *Member, n uint64, ops ...protocol.Op) {
	g.t.Helper()
	g.send(m, n, ops...)
	g.run()
}

func (g *rig) send(m *Member, n uint64, ops ...protocol.Op) {
	s := &protocol.Submit{N: n}
	for _, op := range ops {
		s.Ops = append(s.Ops, protocol.AnyOp{Op: op})
	}
	g.r.Submit(g.now, m, s)
}

// note makes the op that puts a note onto the board.
func (g *rig) note() *protocol.NoteCreate {
	return &protocol.NoteCreate{Note: protocol.NewID(g.rand), Rev: protocol.NewID(g.rand), W: 100 * protocol.Unit, H: 100 * protocol.Unit}
}

func (g *rig) wantCopy(s *seat, a board.Audience) {
	g.t.Helper()
	if got, want := s.copy.String(), truth(g.t, g.r.State(), a).String(); got != want {
		g.t.Fatalf("the copy is\n%s\nthe board is\n%s", got, want)
	}
}
