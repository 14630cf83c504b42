package sim

import (
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/hub"
	"github.com/denkwand/denkwand/server/journal"
)

// server is the process and the hub around the board's room, without goroutines: it opens the room when somebody comes,
// drops it when it ends, and reads connections.
type server struct {
	w       *world
	up      bool
	room    *hub.Room // nil: the board is not open
	life    int       // counts rooms; what concerns an earlier one is dropped
	opening bool
	leaving bool // draining
	waiting []*conn
	conns   []*conn // that the process has
	step    bool    // a step is due
	metrics hub.Metrics
}

// readTimeout is how long a connection may send nothing (C7).
const readTimeout = 20 * time.Second

func newServer(w *world) *server { return &server{w: w, up: true} }

// effects do what one room wants done.
type effects struct {
	s    *server
	life int
}

// deliver calls do with the room, unless that is another by now.
func (e effects) deliver(do func(r *hub.Room, now time.Time)) {
	if e.s.life == e.life && e.s.room != nil {
		do(e.s.room, e.s.w.now)
		e.s.kick()
	}
}

func (e effects) Append(d journal.Draft) {
	e.s.w.journal.append(d, func(g journal.Group, err error) {
		e.deliver(func(r *hub.Room, now time.Time) { r.Appended(now, g, err) })
	})
}

func (e effects) Read(after uint64) {
	e.s.w.journal.read(after, func(groups []journal.Group, err error) {
		e.deliver(func(r *hub.Room, now time.Time) { r.Caught(now, groups, err) })
	})
}

func (e effects) Encode(job *hub.BaseJob) {
	w := e.s.w
	w.after(w.around(w.profile.encode), func() {
		job.Run()
		e.deliver(func(r *hub.Room, now time.Time) { r.Encoded(now, job) })
	})
}

// open begins to open the board, unless it is open or being opened.
func (s *server) open() {
	if s.opening || s.room != nil || !s.up {
		return
	}
	s.opening = true
	s.life++
	life := s.life
	s.w.after(s.w.around(s.w.profile.load), func() {
		if s.life == life && s.up {
			s.opened()
		}
	})
}

func (s *server) opened() {
	w := s.w
	state, head := replayed(w, w.bug.replays(w.journal.groups))
	if w.chance(0.5) {
		again, err := board.Load(state.AppendSnapshot(nil))
		if err != nil {
			w.fail("the state's own snapshot cannot be loaded: %v", err)
			return
		}
		state = again
	}
	if head.Seq != w.journal.head.Seq {
		head = w.journal.head // only a planted bug replays less
	}
	w.note("open at %d", head.Seq)
	s.opening, s.leaving = false, false
	s.room = hub.NewRoom(hub.Opening{Board: w.wall.board, State: state, Head: head, Key: w.wall.key,
		Config: w.profile.config, Effects: effects{s, s.life}, Rand: w.die, Metrics: &s.metrics}, w.now)
	waiting := s.waiting
	s.waiting = nil
	for _, c := range waiting {
		s.attach(c)
	}
	s.kick()
}

// kick lets the room act on what came in: at once or after a little, together with what comes meanwhile.
func (s *server) kick() {
	if s.step {
		return
	}
	s.step = true
	var wait time.Duration
	if s.w.chance(s.w.profile.lag) {
		wait = s.w.upTo(3 * time.Millisecond)
	}
	s.w.after(wait, s.stepNow)
}

func (s *server) stepNow() {
	s.step = false
	r, w := s.room, s.w
	if r == nil {
		return
	}
	r.Step(w.now)
	if s.leaving && r.Settled() {
		r.Finish(w.now, time.Second)
	}
	if end := r.Ended(); end != nil {
		w.note("room ended: %s %s", end.Code, end.Reason)
		if end.Code == protocol.CodeQuarantined {
			w.fail("the board was quarantined: %s", end.Reason)
		}
		s.room, s.leaving = nil, false
		return
	}
	if next := r.Next(); !next.IsZero() {
		life := s.life
		w.at(later(next, w.now), func() {
			if s.life == life {
				s.kick()
			}
		})
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// hello is a connection's first frame.
func (s *server) hello(c *conn, hello *protocol.Hello) {
	c.hello = hello
	if s.room != nil {
		s.attach(c)
		return
	}
	s.waiting = append(s.waiting, c)
	s.open()
}

func (s *server) attach(c *conn) {
	if c.gone {
		return
	}
	hello := *c.hello
	hello.At = s.w.bug.position(c, hello.At)
	m, code := s.room.Attach(s.w.now, &c.out, &hello)
	if c.member = m; m == nil {
		s.w.note("%v turned away: %s", c, code)
	}
	c.life = s.life
	s.kick()
}

// receive reads a message of a connection.
func (s *server) receive(c *conn, payload []byte) {
	c.heard = s.w.now
	f, err := protocol.DecodeClientFrame(payload)
	if err != nil {
		s.w.fail("the server cannot read what a client sent: %v: %s", err, payload)
		return
	}
	if hello, ok := f.(*protocol.Hello); ok && c.hello == nil {
		s.hello(c, hello)
		return
	}
	if c.member == nil || s.room == nil || c.life != s.life {
		return // it was sent away
	}
	s.room.Receive(s.w.now, c.member, s.w.bug.received(c, f))
	s.kick()
}

// noticed is a connection whose end the server has seen.
func (s *server) noticed(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	s.conns = slices.DeleteFunc(s.conns, func(o *conn) bool { return o == c })
	s.waiting = slices.DeleteFunc(s.waiting, func(o *conn) bool { return o == c })
	if c.member != nil && s.room != nil && c.life == s.life {
		s.room.Detach(c.member)
		s.kick()
	}
}

// serverOp appends an op of the server's, on behalf of the author if that is not zero.
func (s *server) serverOp(author protocol.ID, op protocol.Op) {
	if s.room == nil {
		return
	}
	s.w.note("server: %s", op.Kind())
	s.room.ServerOp(author, op, func(hub.Outcome) {})
	s.kick()
}

// crash ends the process: what it held in memory is gone, connections break.
func (s *server) crash(down time.Duration) {
	w := s.w
	w.note("server crashes")
	w.stats.Restarts++
	s.up, s.room, s.opening, s.leaving, s.waiting = false, nil, false, false, nil
	s.life++
	w.journal.crash()
	for _, c := range slices.Clone(s.conns) {
		c.serverDied()
	}
	s.conns = nil
	w.after(down, func() {
		w.note("server is up")
		s.up = true
	})
}

// drain lets the board leave memory in good order.
func (s *server) drain() {
	if s.room != nil {
		s.w.note("drain")
		s.leaving = true
		s.room.Drain()
		s.kick()
	}
}

// unload is the hub dropping an idle board.
func (s *server) unload() {
	if s.room == nil {
		return
	}
	if _, idle := s.room.IdleSince(); idle {
		s.w.note("unload")
		s.room = nil
		s.life++
	}
}

// atRest reports whether nothing is under way.
func (s *server) atRest() bool {
	return s.up && !s.opening && len(s.waiting) == 0 && (s.room == nil || s.room.Settled() && s.room.Next().IsZero())
}

// replayed returns what a log makes of an empty board.
func replayed(w *world, log []journal.Group) (*board.State, journal.Head) {
	state, head := board.New(), journal.Head{Epoch: 1}
	for _, g := range log {
		if !g.Follows(head) {
			w.fail("the journal's group %d–%d does not follow what is before it", g.First, g.Last)
		}
		head = g.Head()
	}
	if err := entries(log, func(e protocol.Entry) { state.Apply(e) }); err != nil {
		w.fail("the journal cannot be read: %v", err)
	}
	return state, head
}
