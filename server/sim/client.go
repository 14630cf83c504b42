package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/hub"
)

// person is a participant, who may have several clients.
type person struct {
	id    protocol.ID
	name  string
	token string
	wild  bool     // took back ops without knowing which
	done  []number // ops that the board has, by any client
}

// client is one tab: a program with a client core, a disk that outlives it, and a connection now and then.
type client struct {
	w      *world
	name   string
	person *person
	index  int
	watch  bool

	core     *sdk.Core // nil: the program does not run
	programs int
	disk     disk
	conn     *conn
	dials    int
	wakes    int       // the newest wake-up; earlier ones are void
	sluggish time.Time // until when its connection is slow

	tickets map[sdk.Ticket]*submission // of this program
	unsaved []*submission              // of this program, in order
	closed  *sdk.ClosedError           // sent away for good
	seen    protocol.Role
	losses  []loss
	last    *submission
}

// disk is what a program keeps so that another can go on.
type disk struct {
	secret string
	outbox []sdk.Queued
}

// loss is a time at which the client was told that the board no longer knows its outbox.
type loss struct {
	era      int // of the connection that showed it
	restored bool
}

var (
	errCut  = errors.New("sim: the connection broke")
	errDown = errors.New("sim: nobody answers")
)

func (c *client) start() {
	w := c.w
	core, err := sdk.NewCore(sdk.CoreOptions{Token: c.person.token, WriterSecret: c.disk.secret, Outbox: c.disk.outbox,
		Watch: c.watch, IDs: w.die, Jitter: w.rng.Float64})
	if err != nil {
		w.fail("%s cannot go on with what is on its disk: %v", c.name, err)
		return
	}
	c.core, c.tickets, c.unsaved, c.closed = core, map[sdk.Ticket]*submission{}, nil, nil
	c.programs++
}

// connect makes a connection, or finds that nobody answers.
func (c *client) connect() {
	w := c.w
	if c.core == nil {
		c.start()
	}
	if c.core == nil || c.conn != nil || c.closed != nil {
		return
	}
	if !w.server.up {
		c.retry(sdk.Cause{Err: errDown})
		return
	}
	c.conn = w.dial(c)
	w.note("%v connects", c.conn)
	c.core.Start(w.now)
	c.take()
}

// retry tells the core that there is no connection, and comes back when it says.
func (c *client) retry(cause sdk.Cause) {
	wait, again := c.core.Closed(cause, c.w.now)
	c.take()
	if again {
		program := c.programs
		c.w.after(wait, func() {
			if c.programs == program && c.core != nil {
				c.connect()
			}
		})
	}
}

// ended is the client's end learning that the connection is no more.
func (c *client) ended(conn *conn, err error) {
	if conn.closed {
		return
	}
	conn.closed = true
	if c.conn == conn {
		c.conn = nil
		c.retry(sdk.Cause{Err: err})
	}
}

// got is a message that arrived.
func (c *client) got(conn *conn, f *hub.Frame) {
	w := c.w
	if conn.closed || c.conn != conn {
		return
	}
	w.secrets.watch(f, c)
	if f.Binary() {
		base, err := protocol.DecodeBase(f.Payload())
		if err != nil {
			w.fail("%v cannot read a base: %v", conn, err)
			return
		}
		w.secrets.base(base, c)
		w.note("%v < base %d/%d at %d", conn, base.Part, base.Of, base.Seq)
		c.core.ReceiveBase(base, w.now)
		c.take()
		return
	}
	frame, err := protocol.DecodeServerFrame(f.Payload())
	if err != nil {
		w.fail("%v cannot read what the server sent: %v: %s", conn, err, f.Payload())
		return
	}
	if frame = w.bug.tells(c, frame); frame == nil {
		return
	}
	w.note("%v < %s", conn, brief(frame))
	c.core.Receive(frame, w.now)
	c.take()
}

// brief says what matters of a frame.
func brief(f protocol.Frame) string {
	switch f := f.(type) {
	case *protocol.Changes:
		return fmt.Sprintf("changes to %d", f.Seq)
	case *protocol.Own:
		return fmt.Sprintf("own acked %d refused %v", f.Acked, f.Refused)
	case *protocol.Welcome:
		var last uint64
		if f.Writer != nil {
			last = f.Writer.Last
		}
		return fmt.Sprintf("welcome as %s, last %d, base %d", f.Role, last, f.Base)
	case *protocol.NotNow:
		return fmt.Sprintf("notnow %d %s %d ms", f.N, f.Code, f.Retry)
	case *protocol.Submit:
		return fmt.Sprintf("submit %d–%d", f.N, f.N+uint64(len(f.Ops))-1)
	case *protocol.Bye:
		return fmt.Sprintf("bye %s", f.Code)
	}
	return f.Type()
}

// take does what the core wants done, after every call of it.
func (c *client) take() {
	w := c.w
	out := c.core.Take(w.now)
	c.keep(out)
	for _, n := range out.Notices {
		c.noticed(n)
	}
	if conn := c.conn; conn != nil {
		for _, f := range out.Frames {
			if _, ping := f.(*protocol.Ping); !ping {
				w.note("%v > %s", conn, brief(f))
			}
			conn.toServer(protocol.AppendFrame(nil, f))
		}
		if out.Hangup {
			c.conn = nil
			conn.hangUp()
			c.retry(sdk.Cause{})
			return
		}
	}
	c.wake()
}

// keep writes the outbox to disk, before anything of it is sent. A lazy program lets ops that left the outbox stand there
// a while, which costs nothing but repeats.
func (c *client) keep(out sdk.Output) {
	if c.watch {
		return
	}
	_, secret := c.core.Writer()
	outbox := c.core.Outbox()
	if secret == c.disk.secret && c.w.profile.lazy && c.w.chance(0.7) && isTail(c.disk.outbox, outbox) {
		return
	}
	c.disk = disk{secret: secret, outbox: c.w.bug.persists(outbox, out)}
}

// isTail reports whether all of part is the end of whole.
func isTail(whole, part []sdk.Queued) bool {
	return len(part) <= len(whole) && slices.Equal(whole[len(whole)-len(part):], part)
}

// wake lets the core act when it has to by the clock.
func (c *client) wake() {
	c.wakes++
	next := c.core.Next()
	if next.IsZero() {
		return
	}
	wake, program := c.wakes, c.programs
	c.w.at(later(next, c.w.now), func() {
		if c.wakes == wake && c.programs == program && c.core != nil {
			c.take()
		}
	})
}

// crash ends the program; another goes on with what is on disk.
func (c *client) crash() {
	w := c.w
	if c.core == nil {
		return
	}
	w.stats.Crashes++
	w.note("%s crashes with %d ops on disk", c.name, len(c.disk.outbox))
	if conn := c.conn; conn != nil {
		c.conn = nil
		conn.hangUp()
	}
	c.core = nil
	c.programs++
	w.after(w.around(500*time.Millisecond), c.connect)
}

// era is the one that the client's connection, or the last one, belongs to.
func (c *client) era() int {
	if c.conn != nil {
		return c.conn.era
	}
	return c.w.journal.era()
}

// noticed is something the core tells its person.
func (c *client) noticed(n sdk.Notice) {
	w := c.w
	switch n := n.(type) {
	case sdk.Acked:
		w.ledger.acked(c, n)
	case sdk.Saved:
		w.ledger.saved(c, n)
	case sdk.TextRefused:
		w.note("%s: text refused: %s", c.name, n.Code)
		w.ledger.wordsRefused(c, n.Text)
	case sdk.WriterMade:
		w.secrets.writers[n.ID] = c
		w.secrets.owned[n.Secret] = c
	case sdk.WriterLost:
		w.stats.Lost++
		w.note("%s: writer lost, restored %v, %d unsaved", c.name, n.Restored, n.Unsaved)
		c.losses = append(c.losses, loss{era: c.era(), restored: n.Restored})
		if w.journal.era() == 0 && !w.ledger.pruned[c.person.id] {
			w.fail("%s was told that its outbox was lost, and no backup was restored", c.name)
		}
	case sdk.Rewound:
		w.stats.Rewound++
	case sdk.RoleChanged:
		c.seen = n.Role
	case sdk.StateChanged:
		c.stateChanged(n)
	}
}

// stateChanged holds the reasons for which a connection may end against those that there may be.
func (c *client) stateChanged(n sdk.StateChanged) {
	w := c.w
	w.note("%s: %s %v", c.name, n.State, n.Err)
	if n.State == sdk.Closed {
		w.stats.Closed++
		errors.As(n.Err, &c.closed)
		switch code := c.closed.Code; code {
		case protocol.CodeAccessLost, protocol.CodeRemoved, protocol.CodeTokenUnknown:
		default:
			w.fail("%s was sent away for good: %s", c.name, code)
		}
		return
	}
	var coded *protocol.Error
	switch {
	case n.Err == nil, errors.Is(n.Err, errCut), errors.Is(n.Err, errDown):
	case strings.Contains(n.Err.Error(), "heard nothing"), strings.Contains(n.Err.Error(), "needs a new writer"),
		strings.Contains(n.Err.Error(), "is asked anew"):
	case errors.As(n.Err, &coded):
		switch coded.Code {
		case protocol.CodeSlow, protocol.CodeReplaced, protocol.CodeRestart, protocol.CodeUnavailable,
			protocol.CodeWriterUnknown, protocol.CodeDraining, protocol.CodeBusy:
		default:
			w.fail("%s lost its connection: %v", c.name, n.Err)
		}
	default:
		w.fail("%s gave its connection up: %v", c.name, n.Err)
	}
}

// atRest reports whether the client has everything and everything of it is saved.
func (c *client) atRest() bool {
	if c.closed != nil {
		return true
	}
	if c.core == nil || c.conn == nil || c.core.Unsaved() > 0 || len(c.core.Outbox()) > 0 {
		return false
	}
	state, _ := c.core.State()
	return state == sdk.Live
}

func (c *client) describe() string {
	if c.core == nil {
		return c.name + " does not run"
	}
	state, err := c.core.State()
	out := fmt.Sprintf("%s is %v (%v), connected %v, %d unsaved, outbox", c.name, state, err, c.conn != nil, c.core.Unsaved())
	for _, q := range c.core.Outbox() {
		out += fmt.Sprintf(" %d %s", q.N, q.Op.Kind())
	}
	return out
}
