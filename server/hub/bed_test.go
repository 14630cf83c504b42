package hub

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/local"
)

// bed is a hub over a real journal, with what stands around it in one piece: boards are loaded by replaying the
// journal, sealing only counts.
type bed struct {
	*Hub
	t       *testing.T
	journal *local.Journal
	metrics *Metrics

	mu      sync.Mutex
	loads   int
	seals   map[protocol.ID]int
	loading func(protocol.ID) error // asked before a load; may be nil
	sealing func(protocol.ID) error // asked before a sealing; may be nil
	poison  map[protocol.ID]bool    // boards whose state is not what the head says: Apply panics
}

func newBed(t *testing.T, c Config) *bed {
	t.Helper()
	j, _, err := local.Open(local.Options{Dir: t.TempDir(), FileSize: 1 << 20, Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{t: t, journal: j, metrics: new(Metrics), seals: map[protocol.ID]int{}, poison: map[protocol.ID]bool{}}
	b.Hub = New(Options{Journal: j, Loader: b, Keeper: b, Config: c, Metrics: b.metrics,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	return b
}

// close drains and closes everything, for the end of a test.
func (b *bed) close() {
	b.t.Helper()
	if err := b.Drain(context.Background()); err != nil {
		b.t.Error(err)
	}
	if err := b.journal.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *bed) Load(ctx context.Context, id protocol.ID) (*board.State, journal.Head, []byte, error) {
	b.mu.Lock()
	b.loads++
	loading, poison := b.loading, b.poison[id]
	b.mu.Unlock()
	if loading != nil {
		if err := loading(id); err != nil {
			return nil, journal.Head{}, nil, err
		}
	}
	head, err := b.journal.Head(ctx, id)
	if errors.Is(err, journal.ErrCold) {
		return nil, journal.Head{}, nil, ErrNoBoard
	} else if err != nil {
		return nil, journal.Head{}, nil, err
	}
	state := board.New()
	groups, err := b.journal.Read(ctx, id, 0, 64<<20)
	if err != nil {
		return nil, journal.Head{}, nil, err
	}
	for i, g := range groups {
		if poison && i == len(groups)-1 {
			break
		}
		entries, err := protocol.DecodeEntries(g.Body, g.First, g.Time)
		if err != nil {
			return nil, journal.Head{}, nil, err
		}
		for _, e := range entries {
			state.Apply(e)
		}
	}
	return state, head, testKey, nil
}

func (b *bed) Seal(_ context.Context, id protocol.ID) error {
	b.mu.Lock()
	b.seals[id]++
	sealing := b.sealing
	b.mu.Unlock()
	if sealing != nil {
		return sealing(id)
	}
	return nil
}

// set changes what a load or a sealing meets.
func (b *bed) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *bed) loaded() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.loads
}

func (b *bed) sealed(id protocol.ID) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seals[id]
}

// wall is a board with a contributor's link and one owner.
type wall struct {
	id    protocol.ID
	link  protocol.ID
	owner person
}

func (b *bed) wall() wall {
	b.t.Helper()
	w := wall{id: protocol.RandomID(), link: protocol.RandomID()}
	if err := b.journal.Open(context.Background(), w.id, journal.Head{Epoch: 1}); err != nil {
		b.t.Fatal(err)
	}
	b.op(w.id, &protocol.BoardCreate{Recovery: hashOf("recovery")})
	top := protocol.RandomID()
	b.op(w.id, &protocol.LinkCreate{Link: top, Secret: hashOf("owner"), Role: protocol.RoleOwner})
	b.op(w.id, &protocol.LinkCreate{Link: w.link, Secret: hashOf("link"), Role: protocol.RoleContributor})
	w.owner = b.person(w.id, top)
	return w
}

func (b *bed) op(id protocol.ID, op protocol.Op) Outcome {
	b.t.Helper()
	o, err := b.ServerOp(context.Background(), id, protocol.ID{}, op)
	if err != nil || !o.Verdict.OK() {
		b.t.Fatalf("%s: %+v, %v", op.Kind(), o.Verdict, err)
	}
	return o
}

func (b *bed) person(id, link protocol.ID) person {
	b.t.Helper()
	p := person{id: protocol.RandomID(), token: auth.Secret(protocol.RandomID().String())}
	hash := p.token.Hash()
	b.op(id, &protocol.ParticipantJoin{Participant: p.id, Token: hash[:], Link: link, Name: p.id.String()})
	return p
}

// guest is a person with a connection through the hub.
type guest struct {
	person
	wall protocol.ID
	pipe *pipe
	conn *Conn
	seat *seat // of the connection before
	n    uint64
}

// join connects, or connects again with what was held.
func (b *bed) join(w wall, p person, before *seat) (*guest, error) {
	g := &guest{person: p, wall: w.id, pipe: newPipe(), seat: before}
	hello := &protocol.Hello{Version: protocol.Version, Token: p.token.Reveal()}
	if before != nil {
		hello.Writer, hello.At = before.secret, before.copy.at
	}
	conn, err := b.Join(context.Background(), w.id, hello, g.pipe, WebSocket)
	g.conn = conn
	return g, err
}

func (b *bed) mustJoin(w wall, p person, before *seat) *guest {
	b.t.Helper()
	g, err := b.join(w, p, before)
	if err != nil {
		b.t.Fatal(err)
	}
	b.until("a welcome", func() bool { return last[*protocol.Welcome](g.now(b.t)) != nil })
	return g
}

// now returns what arrived so far.
func (g *guest) now(t *testing.T) *seat {
	t.Helper()
	if g.seat == nil {
		return g.pipe.seat(t, nil)
	}
	before := *g.seat // a copy of its copy: frames are replayed from the start each time
	before.copy = newReplica()
	before.copy.at, before.copy.seq = g.seat.copy.at, g.seat.copy.seq
	for key, object := range g.seat.copy.objects {
		fields := map[string]any{}
		for name, value := range object {
			fields[name] = value
		}
		before.copy.objects[key] = fields
	}
	return g.pipe.seat(t, &before)
}

func (g *guest) submit(ops ...protocol.Op) {
	s := &protocol.Submit{N: g.n + 1}
	for _, op := range ops {
		s.Ops = append(s.Ops, protocol.AnyOp{Op: op})
		g.n++
	}
	g.conn.Receive(s)
}

func randomNote() *protocol.NoteCreate {
	return &protocol.NoteCreate{Note: protocol.RandomID(), Rev: protocol.RandomID(), W: 100 * protocol.Unit, H: 100 * protocol.Unit}
}

// until waits for a condition: in a bubble time passes by itself, elsewhere the machine's.
func (b *bed) until(what string, holds func() bool) {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain for %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

func codeOf(err error) protocol.Code {
	var coded *protocol.Error
	if errors.As(err, &coded) {
		return coded.Code
	}
	return ""
}
