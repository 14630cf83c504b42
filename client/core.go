package client

import (
	"cmp"
	"crypto/rand"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Times of the protocol (C7, C10, W1).
const (
	pingEvery  = 5 * time.Second
	silence    = 12 * time.Second
	gapRetry   = 100 * time.Millisecond // between a gap and going back to the number that is missing
	backoffMin = 500 * time.Millisecond
	backoffMax = 30 * time.Second

	replacedTwice = time.Minute // who is replaced again within it shares its outbox with another program (W1)
)

// CoreOptions are what a Core begins with. Token is required, the zero value of everything else is the default.
type CoreOptions struct {
	Token        string
	WriterSecret string        // resume secret of the outbox to continue; empty: a new one is made
	Outbox       []Queued      // what an earlier program left in that outbox; empty: nothing
	Watch        bool          // only watch: no writer, no ops
	BackoffMin   time.Duration // zero: 500 ms
	BackoffMax   time.Duration // zero: 30 s
	// IDs is where revision ids are drawn from; nil: crypto/rand.
	IDs io.Reader
	// Jitter returns a number in [0, 1) for the wait before coming back, and for how much longer than the server told, at
	// most half as long again; nil: math/rand/v2.
	Jitter func() float64
}

// Core is a client without goroutine, clock or network: frames, ops and the time go in, frames and notices come out. It
// keeps the outbox, the view, the notes being typed, and every rule of SPEC about them. It is not safe for concurrent use.
//
// Its user connects and calls Start; passes every message on to Receive or ReceiveBase; calls Take after every call
// and at Next, and sends what it returns in order; and when the connection ends calls Closed, which says when to
// connect again.
type Core struct {
	opts CoreOptions

	// The person.
	board, me protocol.ID
	role      protocol.Role
	limits    protocol.Limits
	here      map[protocol.ID]bool

	// The outbox and what is being typed.
	outbox  outbox
	tickets Ticket
	drafts  map[protocol.ID]*draft
	parked  map[protocol.ID]*parked

	// The copy.
	view    *View
	loading *loading          // a base that is not complete
	moment  []protocol.Change // of changes frames without a position: the rest of the moment follows
	told    uint64            // counts what a reader of the view may want to see

	// The connection.
	state     State
	err       error // why the state is not Live
	greeting  bool  // a welcome is due
	rewinding bool
	rewound   bool   // this connection was: what was submitted before may still be answered
	last      uint64 // the highest number the board had of the writer, by the last welcome
	heard     time.Time
	nextPing  time.Time
	hangup    bool  // the connection is of no use any more
	why       error // of hangup
	anew      bool  // come back at once
	restored  bool  // why the last writer was lost
	tries     int
	replaced  time.Time // when another connection took the writer last; zero: never
	bye       *protocol.Bye

	// What waits for Take.
	frames  []protocol.Frame
	notices []Notice
	got     []protocol.Signal
	signals signalQueue
}

type loading struct {
	view *View
	of   int
	got  int
}

// Output is what a Core wants done.
type Output struct {
	Frames  []protocol.Frame  // to send, in order
	Notices []Notice          // to tell
	Signals []protocol.Signal // received
	Hangup  bool              // close the connection, after the frames, and call Closed
}

// NewCore returns a Core that is offline. It fails when the outbox it is to continue is not one.
func NewCore(opts CoreOptions) (*Core, error) {
	opts.BackoffMin = cmp.Or(opts.BackoffMin, backoffMin)
	opts.BackoffMax = cmp.Or(opts.BackoffMax, backoffMax)
	if opts.IDs == nil {
		opts.IDs = rand.Reader
	}
	if opts.Jitter == nil {
		opts.Jitter = mathrand.Float64
	}
	c := &Core{opts: opts, view: new(View), drafts: make(map[protocol.ID]*draft),
		parked: make(map[protocol.ID]*parked), here: make(map[protocol.ID]bool)}
	c.limits = protocol.Limits{Frame: protocol.MaxFrame, Outstanding: protocol.MaxOutstanding, Signals: 40,
		NoteText: protocol.MaxNoteText}
	c.outbox = outbox{first: 1, secret: opts.WriterSecret}
	if err := c.restore(opts.Outbox); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Core) ticket() Ticket {
	c.tickets++
	return c.tickets
}

// View returns the copy of the board. It is only to be read, and changes with the next call.
func (c *Core) View() *View { return c.view }

// State returns where the connection is, and why it is not live: for Offline how the last one ended, for Closed a *ClosedError.
func (c *Core) State() (State, error) { return c.state, c.err }

// Me returns the participant and its role, zero before the first welcome.
func (c *Core) Me() (protocol.ID, protocol.Role) { return c.me, c.role }

// Board returns the board's id, zero before the first welcome.
func (c *Core) Board() protocol.ID { return c.board }

// Limits returns the server's limits, the protocol's before the first welcome.
func (c *Core) Limits() protocol.Limits { return c.limits }

// Writer returns the outbox's writer and its resume secret, zero before the board made one.
func (c *Core) Writer() (protocol.ID, string) { return c.outbox.writer, c.outbox.secret }

// Here returns the participants who have a connection, by id.
func (c *Core) Here() []protocol.ID {
	return slices.SortedFunc(maps.Keys(c.here), compareID)
}

// Submit puts an op into the outbox. The ticket is what Acked and Saved will name. The error is a *RefusedError for an op
// that can never be valid, ErrWatching, or why the board is closed.
func (c *Core) Submit(op protocol.Op) (Ticket, error) {
	if c.state == Closed {
		return 0, c.err
	}
	if c.opts.Watch {
		return 0, ErrWatching
	}
	e, err := c.enqueue(op)
	if err != nil {
		return 0, err
	}
	return e.ticket, nil
}

func (c *Core) enqueue(op protocol.Op) (*queued, error) {
	op, size, err := prepare(op, c.limits.Frame)
	if err != nil {
		return nil, err
	}
	e := &queued{ticket: c.ticket(), op: op, size: size}
	c.outbox.push(e)
	c.told++
	return e, nil
}

// GiveUp withdraws an op that has not been acked (W6). What became of it, an Acked notice says: refused as void, or what the
// board had done before it heard of this. It reports false when it is too late or the ticket names nothing in the outbox.
func (c *Core) GiveUp(t Ticket) bool {
	for _, e := range c.outbox.entries {
		if e.ticket != t || e.typing != nil {
			continue
		}
		if e.known || e.given != nil {
			return false
		}
		c.outbox.giveUp(e)
		return true
	}
	return false
}

// Unsaved returns how many ops, and notes with typing that is not submitted yet, are not durable.
func (c *Core) Unsaved() int {
	n := len(c.parked)
	for _, e := range c.outbox.entries {
		if e.ticket != 0 {
			n++
		}
	}
	for _, d := range c.drafts {
		if !d.typed.IsIdentity() {
			n++
		}
	}
	return n
}

// Signal sends a signal when the rate allows: of each kind the latest. It is dropped without a connection.
func (c *Core) Signal(s protocol.Signal) error {
	if err := s.Check(); err != nil {
		return refusalOf(err)
	}
	if c.state == Live {
		c.signals.put(s)
	}
	return nil
}

// Next returns when Take has something to do by the clock alone; the zero time if never.
func (c *Core) Next() time.Time {
	if c.state == Offline || c.state == Closed || c.hangup {
		return time.Time{}
	}
	next := c.heard.Add(silence)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if !c.greeting {
		sooner(c.nextPing)
		if c.loading == nil && c.outbox.sent < c.outbox.next()-1 && !c.outbox.hold.IsZero() {
			sooner(c.outbox.hold)
		}
		if len(c.signals.waiting) > 0 {
			sooner(c.signals.next)
		}
	}
	return next
}

// Take returns what is to be done now and forgets it.
func (c *Core) Take(now time.Time) Output {
	c.sendDrafts()
	if c.state == Connecting || c.state == Live {
		if now.Sub(c.heard) >= silence {
			c.hang(errSilence)
		}
		if !c.greeting && !c.hangup {
			c.pump(now)
		}
	}
	out := Output{Frames: c.frames, Notices: c.notices, Signals: c.got, Hangup: c.hangup}
	c.frames, c.notices, c.got = nil, nil, nil
	return out
}

// pump makes the frames that are due on a connection that has been welcomed.
func (c *Core) pump(now time.Time) {
	if !c.opts.Watch && c.loading == nil { // W9: behind the base
		window := protocol.MaxOutstanding
		if c.limits.Outstanding > 0 {
			window = min(window, c.limits.Outstanding)
		}
		c.frames = append(c.frames, c.outbox.submits(window, c.limits.Frame, now)...)
	}
	if signals := c.signals.take(c.limits.Signals, now); signals != nil {
		c.frames = append(c.frames, signals)
	}
	if !now.Before(c.nextPing) {
		ping := &protocol.Ping{}
		if c.loading == nil {
			ping.At = c.view.at
		}
		c.frames = append(c.frames, ping)
		c.nextPing = now.Add(pingEvery)
	}
}

func (c *Core) notify(n Notice) { c.notices = append(c.notices, n) }

func (c *Core) setState(s State, err error) {
	if c.state == s && err == nil && c.err == nil {
		return
	}
	c.state, c.err = s, err
	c.told++
	c.notify(StateChanged{State: s, Err: err})
}

func (c *Core) hang(err error) {
	if !c.hangup {
		c.hangup, c.why = true, err
	}
}
