// Package hub holds the boards that are open in this instance: per board one room, in one goroutine, that lets
// connections in, gives ops to the journal, applies what comes back and sends each audience what became of it; and per
// connection one bounded outbox. DESIGN.md beside this file has the invariants.
//
// It knows no socket and no HTTP: a connection is a Transport, a client's message a protocol.Frame.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/journal"
)

// Loader opens a board from what is kept of it.
type Loader interface {
	// Load returns the state at the head of the board's log, the head, and the board's key. A board whose log is open
	// but empty has an empty state. ErrNoBoard if there is no such board; any other error means that it cannot be read
	// now, and never that it is empty. journal.ErrDamaged means that it must be repaired first.
	Load(ctx context.Context, board protocol.ID) (*board.State, journal.Head, []byte, error)
}

// Keeper keeps what boards have in the journal for good.
type Keeper interface {
	// Seal moves what the journal has of the board into the archive. The hub seals one board at most once at a time.
	Seal(ctx context.Context, board protocol.ID) error
}

// ErrNoBoard is what a Loader says about a board that does not exist.
var ErrNoBoard = errors.New("hub: no such board")

// Options are what a hub works with.
type Options struct {
	Journal journal.Journal
	Loader  Loader
	Keeper  Keeper
	Config  Config
	Metrics *Metrics     // nil: counted, but not to be read
	Log     *slog.Logger // nil: slog.Default()
	Rand    io.Reader    // read by several goroutines; nil: crypto/rand
}

// Hub is the boards that are open here. All methods may be called from any goroutine. Their errors are *protocol.Error
// with a code that may be told to whoever asked, *NotNow, or the context's.
type Hub struct {
	journal journal.Journal
	loader  Loader
	keeper  Keeper
	cfg     *Config
	metrics *Metrics
	log     *slog.Logger
	rand    io.Reader
	sealers chan struct{} // as many as may seal at once

	mu         sync.Mutex // protects the following
	slots      map[protocol.ID]*slot
	placed     int                    // slots that count against the cap: their boards are read
	quarantine map[protocol.ID]string // boards that are not opened again, with the reason
	outboxes   map[*Outbox]struct{}   // of connections that have not ended
	noOutboxes chan struct{}          // closed when there are none; set by a drain
	draining   bool
}

// slot is a board that is open, or being opened.
type slot struct {
	ready chan struct{} // closed when loop or err is set
	loop  *loop
	err   error
}

// New returns a hub without boards.
func New(o Options) *Hub {
	if o.Metrics == nil {
		o.Metrics = new(Metrics)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return &Hub{
		journal: o.Journal, loader: o.Loader, keeper: o.Keeper, cfg: NewConfig(o.Config), metrics: o.Metrics,
		log: o.Log, rand: o.Rand, sealers: make(chan struct{}, maxSealers),
		slots: map[protocol.ID]*slot{}, quarantine: map[protocol.ID]string{}, outboxes: map[*Outbox]struct{}{},
	}
}

// Join attaches a connection to a board, which is opened if it is not. Hello has the participant's token, also where it
// came in a header. On an error the bye is on its way and the hub closes the transport by itself; otherwise frames go
// out as they come, the caller passes on what it reads and calls Leave in the end. The context only bounds how long the
// opening is waited for.
func (h *Hub) Join(ctx context.Context, id protocol.ID, hello *protocol.Hello, t Transport, e Encoding) (*Conn, error) {
	for {
		l, err := h.open(ctx, id)
		if err != nil {
			h.outbox(t, e, nil).Close(h.byeOf(err))
			return nil, err
		}
		c := &Conn{loop: l, outbox: h.outbox(t, e, l.flusher)}
		attached := make(chan protocol.Code, 1)
		attach := func(r *Room, now time.Time) {
			var code protocol.Code
			c.member, code = r.Attach(now, c.outbox, hello)
			attached <- code
		}
		if !l.mail.put(attach, false) {
			h.forget(c.outbox)
			<-l.gone
			continue
		}
		code, err := await(context.Background(), l, attached)
		if err == nil && code != "" {
			err = code.Err()
		}
		if err != nil {
			c.outbox.Close(h.byeOf(err)) // has no effect if the room sent one
			return nil, err
		}
		return c, nil
	}
}

// ServerOp appends an op of the server, on behalf of the author if that is not zero, and waits until it is decided and
// saved. With the context's error the outcome is not known.
func (h *Hub) ServerOp(ctx context.Context, id, author protocol.ID, op protocol.Op) (Outcome, error) {
	outcomes := make(chan Outcome, 1)
	l, err := h.tell(ctx, id, func(r *Room, _ time.Time) { r.ServerOp(author, op, func(o Outcome) { outcomes <- o }) })
	if err != nil {
		return Outcome{}, err
	}
	o, err := await(ctx, l, outcomes)
	if err != nil {
		return Outcome{}, err
	}
	return o, o.Err
}

// Do takes ops of a participant without a connection, the first with number n of the writer, and waits until they are
// decided and saved. A zero writer makes entries without numbers. Each outcome has an error of its own where its op was
// not decided. With the context's error the outcomes are not known.
func (h *Hub) Do(ctx context.Context, id, author, writer protocol.ID, n uint64, ops []protocol.AnyOp) ([]Outcome, error) {
	outcomes := make(chan Outcome, len(ops))
	l, err := h.tell(ctx, id, func(r *Room, now time.Time) {
		r.Do(now, author, writer, n, ops, func(o Outcome) { outcomes <- o })
	})
	if err != nil {
		return nil, err
	}
	all := make([]Outcome, 0, len(ops))
	for range ops {
		o, err := await(ctx, l, outcomes)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// View calls f with the board's state, to be read only and only meanwhile, and the head it stands at. The board waits:
// f must be quick. A panic in f is the caller's: it is raised again here.
func (h *Hub) View(ctx context.Context, id protocol.ID, f func(*board.State, journal.Head)) error {
	type sight struct {
		code     protocol.Code
		panicked any
	}
	seen := make(chan sight, 1)
	l, err := h.tell(ctx, id, func(r *Room, _ time.Time) {
		var s sight
		defer func() {
			s.panicked = recover()
			seen <- s
		}()
		if end := r.Ended(); end != nil {
			s.code = end.Code
			return
		}
		f(r.State(), r.Head())
	})
	if err != nil {
		return err
	}
	s, err := await(context.Background(), l, seen) // f may still run when ctx has ended
	switch {
	case err != nil:
		return err
	case s.panicked != nil:
		panic(s.panicked)
	case s.code != "":
		return s.code.Err()
	}
	return nil
}

// Upward passes on a frame of a client whose connection only leads down (EventStream): to the connection of the writer
// with this resume secret, which must be the token's participant's. hello_first if there is no such connection.
func (h *Hub) Upward(ctx context.Context, id protocol.ID, token, writer auth.Secret, f protocol.Frame) error {
	passed := make(chan protocol.Code, 1)
	l, err := h.tell(ctx, id, func(r *Room, now time.Time) { passed <- r.Upward(now, token, writer, f) })
	if err != nil {
		return err
	}
	code, err := await(ctx, l, passed)
	if err == nil && code != "" {
		err = code.Err()
	}
	return err
}

// tell has the board's room do something.
func (h *Hub) tell(ctx context.Context, id protocol.ID, m message) (*loop, error) {
	for {
		l, err := h.open(ctx, id)
		if err != nil {
			return nil, err
		}
		if l.mail.put(m, false) {
			return l, nil
		}
		<-l.gone
	}
}

// await returns the room's answer. A room that is gone without one had to be set aside in the midst of it.
func await[T any](ctx context.Context, l *loop, answers <-chan T) (T, error) {
	var none T
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return none, ctx.Err()
	case <-l.gone:
	}
	select {
	case a := <-answers:
		return a, nil
	default:
		return none, protocol.CodeUnavailable.Err()
	}
}

// outbox returns an outbox that the hub knows of until it has ended.
func (h *Hub) outbox(t Transport, e Encoding, f *Flusher) *Outbox {
	o := NewOutbox(t, e, h.cfg.Outbox, f, h.metrics)
	o.onClose = h.forget
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outboxes[o] = struct{}{}
	return o
}

func (h *Hub) forget(o *Outbox) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.outboxes, o)
	if len(h.outboxes) == 0 && h.noOutboxes != nil {
		close(h.noOutboxes)
		h.noOutboxes = nil
	}
}

// byeOf turns an error of opening into what the peer is told.
func (h *Hub) byeOf(err error) *protocol.Bye {
	code := protocol.CodeUnavailable
	var coded *protocol.Error
	if errors.As(err, &coded) {
		code = coded.Code
	}
	var retry time.Duration
	if c := code.Close(); c >= 4000 && c < 4500 {
		retry = time.Second + h.upTo(4*time.Second)
	}
	return byeOf(code, retry)
}
