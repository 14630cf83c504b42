package hub

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/protocol/text"
	"github.com/denkwand/denkwand/server/journal"
)

// again connects with what a connection that ended had.
func (g *rig) again(p person, before *seat) (*seat, *Member) {
	g.t.Helper()
	s := &seat{t: g.t, copy: before.copy, secret: before.secret}
	hello := protocol.Hello{Version: protocol.Version, Token: p.token.Reveal(), Writer: s.secret, At: before.copy.at}
	m, code := g.r.Attach(g.now, s, &hello)
	if g.run(); code != "" || last[*protocol.Welcome](s) == nil {
		g.t.Fatalf("not let in again: %s", code)
	}
	return s, m
}

func TestResumeBringsExactlyWhatWasMissed(t *testing.T) {
	g := newRig(t, Config{})
	ann, ben := g.invite(protocol.RoleContributor), g.invite(protocol.RoleContributor)
	a, ma := g.enter(ann, protocol.Hello{})
	_, mb := g.enter(ben, protocol.Hello{})
	g.submit(mb, 1, g.note())
	g.r.Detach(ma)
	g.submit(mb, 2, g.note())
	g.submit(mb, 3, g.note(), g.note())
	s, _ := g.again(ann, a)
	if w := last[*protocol.Welcome](s); w.Base != 0 || s.bases != 0 || len(all[*protocol.Changes](s)) != 2 {
		t.Fatalf("welcome %+v, %d changes frames", w, len(all[*protocol.Changes](s)))
	}
	g.wantCopy(s, board.AudienceBoard)
}

func TestPositionsThatCannotGoOnGetABase(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	a, m := g.enter(ann, protocol.Hello{})
	g.submit(m, 1, g.note())
	here, _ := parsePosition(a.copy.at)
	above, forked, epoch, off := here, here, here, here
	above.seq++
	forked.mac[0] ^= 1
	epoch.epoch++
	off.seq--
	tests := []struct {
		name, at string
		resumes  bool
	}{
		{"the head", here.String(), true},
		{"above the head", above.String(), false},
		{"another chain at the same seq", forked.String(), false},
		{"another epoch", epoch.String(), false},
		{"between two flushes", off.String(), false},
		{"the other audience's", g.r.at(board.AudienceFacilitators), false},
		{"no position", "x", false},
		{"padding", here.String() + "=", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, hello := range []protocol.Hello{{Watch: true}, {}, {Writer: a.secret}} {
				hello.At = test.at
				before := g.r.metrics.Rewinds.Load()
				s, m := g.enter(ann, hello)
				g.r.Detach(m)
				if got := last[*protocol.Welcome](s).Base == 0; got != test.resumes {
					t.Errorf("%+v: resumes: %v", hello, got)
				}
				rewinds := g.r.metrics.Rewinds.Load() - before
				if _, first := s.frames[0].(*protocol.Rewind); first == test.resumes || int(rewinds) != len(all[*protocol.Rewind](s)) {
					t.Errorf("%+v: first comes %s, %d rewinds are counted", hello, s.frames[0].Type(), rewinds)
				}
			}
		})
	}
}

func TestPingOffTheHistoryRewinds(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.submit(m, 1, g.note())
	ping := func(at string) {
		s.frames = nil
		g.r.Ping(g.now, m, &protocol.Ping{At: at})
		g.run()
	}
	ping(s.copy.at)
	if pong := last[*protocol.Pong](s); pong == nil || pong.Time != g.now.UnixMilli() || last[*protocol.Rewind](s) != nil {
		t.Fatalf("%v", s.frames)
	}
	if ping(""); last[*protocol.Pong](s) == nil {
		t.Fatal("no pong for a ping without a position")
	}
	p, _ := parsePosition(s.copy.at)
	p.mac[7] ^= 1
	s.copy.objects["note lost"] = map[string]any{"id": "lost"}
	ping(p.String())
	var order []string
	for _, f := range s.frames {
		order = append(order, f.Type())
	}
	if len(order) < 2 || !slices.Equal(order[:2], []string{"rewind", "welcome"}) || last[*protocol.Welcome](s).Base == 0 {
		t.Fatal(order)
	}
	g.wantCopy(s, board.AudienceBoard)
	g.submit(m, 2, g.note())
	g.wantCopy(s, board.AudienceBoard)
}

func TestTailIsBoundedAndOlderGetsABase(t *testing.T) {
	g := newRig(t, Config{BoardOps: 1e6, ParticipantOps: 1e6, Limits: protocol.Limits{Ops: 1e6, Burst: 1e6}})
	ann := g.invite(protocol.RoleContributor)
	a, ma := g.enter(ann, protocol.Hello{})
	_, mb := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	n := g.note()
	g.submit(mb, 1, n)
	g.r.Detach(ma)
	for i := range uint64(maxTail + 5) {
		g.submit(mb, 2+i, &protocol.NoteMove{Note: n.Note, X: int64(i)})
	}
	tail := &g.r.streams[board.AudienceBoard]
	if len(tail.tail) > maxTail || tail.bytes > maxTailBytes {
		t.Fatalf("a tail of %d frames, %d bytes", len(tail.tail), tail.bytes)
	}
	s, _ := g.again(ann, a)
	if last[*protocol.Welcome](s).Base == 0 || last[*protocol.Rewind](s) != nil {
		t.Error("went on from before the tail, or is told that it never was")
	}
	g.wantCopy(s, board.AudienceBoard)
}

func TestBaseIsSharedUntilItsTailOutweighsIt(t *testing.T) {
	g := newRig(t, Config{})
	g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	writer, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	for i := range uint64(20) {
		g.submit(m, 1+i, g.note())
		s, _ := g.enter(g.invite(protocol.RoleViewer), protocol.Hello{Watch: true})
		g.wantCopy(s, board.AudienceBoard)
	}
	if made := g.r.metrics.Bases.Load(); made != 1 {
		t.Errorf("%d bases for 22 people", made)
	}
	big := g.note()
	g.submit(m, 21, big)
	rev := big.Rev
	for i := range uint64(12) {
		edit := &protocol.NoteText{Note: big.Note, Base: rev, Rev: protocol.NewID(g.rand)}
		edit.Runs.Change, _ = text.Diff(strings.Repeat("x", int(i)*800), strings.Repeat("x", int(i+1)*800), 0)
		rev = edit.Rev
		g.now = g.now.Add(time.Second)
		g.submit(m, 22+i, edit)
	}
	for range 70 { // names and joins weigh too
		g.invite(protocol.RoleViewer)
	}
	for i := range 60 {
		g.now = g.now.Add(time.Second)
		g.submit(m, last[*protocol.Own](writer).Acked+1, &protocol.NoteTag{Note: big.Note, Tags: longTags(i)})
	}
	s, _ := g.enter(g.invite(protocol.RoleViewer), protocol.Hello{Watch: true})
	if made := g.r.metrics.Bases.Load(); made != 2 {
		t.Errorf("%d bases behind a tail of %d bytes", made, g.r.streams[board.AudienceBoard].bytes)
	}
	g.wantCopy(s, board.AudienceBoard)
}

func longTags(salt int) (tags []string) {
	for i := range protocol.MaxTags {
		tags = append(tags, fmt.Sprint(salt, " ", i, strings.Repeat("t", 50)))
	}
	return tags
}

func TestBaseThatIsEncodedWhileTheBoardGoesOn(t *testing.T) {
	g := newRig(t, Config{})
	_, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.r.streams[board.AudienceBoard].base = nil
	s, _ := g.attach(g.invite(protocol.RoleViewer), protocol.Hello{Watch: true})
	job := g.jobs[0]
	g.jobs = nil
	g.submit(m, 1, g.note())
	if len(s.frames) != 0 {
		t.Fatal("a frame before the welcome")
	}
	g.submit(m, 2, g.note())
	job.Run()
	g.r.Encoded(g.now, job)
	g.submit(m, 3, g.note())
	g.wantCopy(s, board.AudienceBoard)
}

func TestBaseStandsBetweenTwoFlushes(t *testing.T) {
	g := newRig(t, Config{})
	typist, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	ann := g.invite(protocol.RoleViewer)
	note := g.note()
	g.submit(m, 1, note)
	g.r.streams[board.AudienceBoard].base = nil
	edit := &protocol.NoteText{Note: note.Note, Base: note.Rev, Rev: protocol.NewID(g.rand)}
	edit.Runs.Change, _ = text.Diff("", "once", 0)
	g.r.FannedOut(time.Second) // the next flush is far
	g.send(m, 2, edit)
	g.now = g.r.Next() // the append is held back for it
	if due := g.r.pace.Due(); !g.now.Before(due) {
		t.Fatal("the append comes too late for the flush")
	}
	g.r.Step(g.now)
	g.answer(g.drafts[0])
	g.drafts = nil
	if g.r.Step(g.now); !g.r.unflushed() {
		t.Fatal("flushed already")
	}
	s, _ := g.attach(ann, protocol.Hello{Watch: true})
	g.run()
	g.wantCopy(s, board.AudienceBoard)
	g.wantCopy(typist, board.AudienceBoard)
}

func TestTailKeepsWhatComesBehindABaseInTheMaking(t *testing.T) {
	g := newRig(t, Config{BoardOps: 1e6, ParticipantOps: 1e6, Limits: protocol.Limits{Ops: 1e6, Burst: 1e6}})
	_, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	note := g.note()
	g.submit(m, 1, note)
	g.r.streams[board.AudienceBoard].base = nil
	s, _ := g.attach(g.invite(protocol.RoleViewer), protocol.Hello{Watch: true})
	jobs := g.jobs
	g.jobs = nil
	for i := range uint64(maxTail + 5) {
		g.submit(m, 2+i, g.note())
	}
	g.jobs = jobs
	g.run()
	g.wantCopy(s, board.AudienceBoard)

	g.submit(m, maxTail+7, g.note()) // and then it is cut again
	if tail := len(g.r.streams[board.AudienceBoard].tail); tail > maxTail {
		t.Errorf("a tail of %d frames", tail)
	}
	g.r.streams[board.AudienceBoard].base.bytes = 1 << 30 // no tail outweighs it, but this one begins behind it
	late, _ := g.enter(g.invite(protocol.RoleViewer), protocol.Hello{Watch: true})
	g.wantCopy(late, board.AudienceBoard)
}

func TestRoomThatIsOpenedAgainResumesItsClients(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	a, m := g.enter(ann, protocol.Hello{})
	old := a.copy.at
	g.submit(m, 1, g.note())
	state := g.r.State()
	g.r.Finish(g.now, time.Second)
	a.wantBye(protocol.CodeRestart)
	g.open(Config{}, state)
	s, m := g.again(ann, a)
	if last[*protocol.Welcome](s).Base != 0 {
		t.Error("a base for who was at the head")
	}
	late, _ := g.enter(ann, protocol.Hello{Watch: true, At: old})
	if last[*protocol.Welcome](late).Base == 0 || last[*protocol.Rewind](late) != nil {
		t.Error("went on from before what is remembered, or is told that it never was")
	}
	g.submit(m, 2, g.note())
	g.wantCopy(s, board.AudienceBoard)
}

// TestConvergence lets people write, leave, come back and change role at random; in the end all who may see the same
// see the same.
func TestConvergence(t *testing.T) {
	for seed := range byte(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { converge(t, seed) })
	}
}

type walker struct {
	person
	seat   *seat
	member *Member
	next   uint64
	box    []protocol.Op // not acked, the first has number next-len(box)
}

func converge(t *testing.T, seed byte) {
	g := newRig(t, Config{Limits: protocol.Limits{Ops: 1e6, Burst: 1e6}, ParticipantOps: 1e6})
	g.rand = seeded(100 + seed)
	dice := rand.New(g.rand)
	var notes []protocol.ID
	people := make([]*walker, 6)
	for i := range people {
		role := protocol.RoleContributor
		if i == 0 {
			role = protocol.RoleFacilitator
		}
		w := &walker{person: g.invite(role), next: 1}
		w.seat, w.member = g.enter(w.person, protocol.Hello{})
		people[i] = w
	}
	for range 400 {
		w := people[dice.IntN(len(people))]
		switch roll := dice.IntN(100); {
		case roll < 8 && w.member != nil:
			g.r.Detach(w.member)
			w.member = nil
		case w.member == nil:
			w.comeBack(g)
		case roll < 12:
			g.fail = append(g.fail, []error{journal.ErrRefused, errWritten, journal.ErrUnknown}[dice.IntN(3)])
		case roll < 15:
			g.hold = !g.hold
			g.run()
		case roll < 17:
			g.op2(&protocol.LinkUse{Link: g.links[protocol.RoleFacilitator], Participant: w.id})
		default:
			w.act(g, dice, &notes)
		}
		if dice.IntN(3) == 0 {
			g.run()
			g.now = g.now.Add(time.Duration(dice.IntN(3000)) * time.Millisecond)
			for _, w := range people {
				w.read(g)
			}
		}
	}
	g.hold, g.fail = false, nil
	for range 50 { // until every outbox is empty
		g.run()
		g.now = g.now.Add(10 * time.Second)
		for _, w := range people {
			if w.member == nil {
				w.comeBack(g)
			}
			w.read(g)
		}
	}
	for i, w := range people {
		if len(w.box) > 0 {
			t.Fatalf("person %d still has %d ops from %d", i, len(w.box), w.next-uint64(len(w.box)))
		}
		g.wantCopy(w.seat, board.AudienceOf(g.r.State().Role(w.id)))
		if writer, ok := g.r.State().Writer(w.member.Writer()); !ok || writer.Last != w.next-1 {
			t.Fatalf("person %d: the board has %d of %d ops", i, writer.Last, w.next-1)
		}
	}
	if len(g.r.outstanding) > 0 {
		t.Errorf("outstanding for ever: %v", g.r.outstanding)
	}
	if len(notes) == 0 || g.r.State().Seq() < 50 {
		t.Fatal("nothing happened")
	}
}

// op2 appends without waiting.
func (g *rig) op2(op protocol.Op) { g.r.ServerOp(protocol.ID{}, op, func(Outcome) {}) }

func (w *walker) act(g *rig, dice *rand.Rand, notes *[]protocol.ID) {
	if len(w.box) >= protocol.MaxOutstanding {
		return
	}
	var op protocol.Op
	if len(*notes) == 0 || dice.IntN(4) == 0 {
		n := g.note()
		*notes = append(*notes, n.Note)
		op = n
	} else {
		note := (*notes)[dice.IntN(len(*notes))]
		switch dice.IntN(4) {
		case 0:
			op = &protocol.NoteFront{Note: note}
		case 1:
			op = &protocol.NoteDelete{Note: note}
		case 2:
			op = &protocol.NoteMove{Note: note, X: dice.Int64N(1000)}
		default:
			op = w.edit(g, note)
		}
	}
	w.box = append(w.box, op)
	w.next++
	g.send(w.member, w.next-1, op)
}

// edit types into the note as the person's copy has it.
func (w *walker) edit(g *rig, note protocol.ID) protocol.Op {
	object := w.seat.copy.objects["note "+note.String()]
	if object == nil {
		return &protocol.NoteFront{Note: note}
	}
	before, _ := object["text"].(string)
	var base protocol.ID
	if err := base.UnmarshalText([]byte(object["rev"].(string))); err != nil {
		g.t.Fatal(err)
	}
	edit := &protocol.NoteText{Note: note, Base: base, Rev: protocol.NewID(g.rand)}
	edit.Runs.Change, _ = text.Diff(before, before+"é", 0)
	return edit
}

// read does what a client does with what it got: drop what is acked, and resend.
func (w *walker) read(g *rig) {
	if w.member == nil {
		return
	}
	var from uint64
	for _, f := range w.seat.frames {
		switch f := f.(type) {
		case *protocol.Own:
			for first := w.next - uint64(len(w.box)); first <= f.Acked && len(w.box) > 0; first++ {
				w.box = w.box[1:]
			}
		case *protocol.NotNow:
			from = f.N
		case *protocol.Rewind:
			from = w.next - uint64(len(w.box))
		}
	}
	w.seat.frames = slices.DeleteFunc(w.seat.frames, func(f protocol.Frame) bool { return f.Type() != "welcome" })
	if first := w.next - uint64(len(w.box)); from != 0 && len(w.box) > 0 {
		g.now = g.now.Add(8 * time.Second) // longer than any retry
		g.send(w.member, first, w.box...)
	}
}

func (w *walker) comeBack(g *rig) {
	held := g.hold
	g.hold = false
	g.run()
	w.seat, w.member = g.again(w.person, w.seat)
	g.hold = held
	if len(w.box) > 0 {
		g.send(w.member, w.next-uint64(len(w.box)), w.box...)
	}
}
