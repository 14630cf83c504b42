package sim

import (
	"fmt"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/hub"
)

// conn is one connection between a client and the server, as TCP makes one: in each direction messages arrive in order
// and late, or not at all from some moment on; and either end learns that it broke when it learns it.
type conn struct {
	w      *world
	name   string
	client *client
	era    int // of the journal that the server had when it took the connection

	up, down line
	broken   bool // nothing that is sent from now on arrives

	// The client's end.
	closed bool

	// The server's end.
	hello  *protocol.Hello
	member *hub.Member
	life   int // of the room that member is of
	gone   bool
	heard  time.Time
	out    outbox
}

// line is one direction.
type line struct {
	clear time.Time // when what was sent has arrived
	lost  bool      // what is on its way is lost, too
}

// String names the connection in the trace.
func (c *conn) String() string { return c.name }

func (w *world) dial(cl *client) *conn {
	cl.dials++
	c := &conn{w: w, name: fmt.Sprintf("%s#%d", cl.name, cl.dials), client: cl, era: w.journal.era(), heard: w.now}
	c.out = outbox{conn: c}
	w.server.conns = append(w.server.conns, c)
	c.watchSilence()
	return c
}

// send puts a message of some bytes onto a line; arrive is called when it is there.
func (c *conn) send(l *line, bytes int, arrive func()) {
	w := c.w
	if c.broken {
		return
	}
	delay, rate := w.around(w.profile.delay), 10e6
	if w.calm {
		delay = min(delay, 5*time.Millisecond)
	} else if w.now.Before(c.client.sluggish) {
		rate = 2e3
	}
	at := later(w.now.Add(delay), l.clear).Add(time.Duration(float64(bytes) / rate * float64(time.Second)))
	l.clear = at
	w.at(at, func() {
		if !l.lost {
			arrive()
		}
	})
}

// toServer sends a message up.
func (c *conn) toServer(payload []byte) {
	c.send(&c.up, len(payload), func() {
		if !c.gone {
			c.w.server.receive(c, payload)
		}
	})
}

// break cuts the connection. Each end notices after a while, or by the other's silence; what is on its way arrives or
// does not.
func (c *conn) cut(clientSees, serverSees time.Duration) {
	w := c.w
	if c.broken {
		return
	}
	c.broken = true
	c.up.lost, c.down.lost = w.chance(0.5), w.chance(0.5)
	w.stats.Cuts++
	w.note("%v is cut, up lost %v, down lost %v", c, c.up.lost, c.down.lost)
	w.after(clientSees, func() { c.client.ended(c, errCut) })
	w.after(serverSees, func() { w.server.noticed(c) })
}

// hangUp is the client closing its end, which the server sees behind all that was sent before. What the server has sent
// is not read any more.
func (c *conn) hangUp() {
	c.closed = true
	c.send(&c.up, 0, func() { c.w.server.noticed(c) })
}

// serverDied is the process at the other end gone: the client reads what had been sent, or nothing, and then the end, or
// silence.
func (c *conn) serverDied() {
	c.gone, c.broken = true, true
	c.down.lost = c.down.lost || c.w.chance(0.3)
	wait := c.w.upTo(100 * time.Millisecond)
	if c.w.chance(0.1) {
		wait = time.Minute
	}
	c.w.at(later(c.down.clear, c.w.now).Add(wait), func() { c.client.ended(c, errCut) })
}

// watchSilence ends a connection that sends nothing (C7).
func (c *conn) watchSilence() {
	c.w.at(c.heard.Add(readTimeout), func() {
		switch {
		case c.gone:
		case c.w.now.Sub(c.heard) >= readTimeout:
			c.w.server.noticed(c)
		default:
			c.watchSilence()
		}
	})
}

// outbox is the server's bounded queue for one connection (hub.Sink): what hub.Outbox does, in virtual time.
type outbox struct {
	conn    *conn
	queue   []waiting
	live    int // bytes that count against the limit, on their way included
	flying  int // bytes on their way
	closing *protocol.Bye
}

type waiting struct {
	frame   *hub.Frame
	signal  bool
	catchUp bool
}

func isSignal(f *hub.Frame) bool {
	const head = `{"type":"signal"`
	p := f.Payload()
	return !f.Binary() && len(p) > len(head) && string(p[:len(head)]) == head
}

// Queue adds frames (hub.Sink).
func (o *outbox) Queue(frames ...*hub.Frame) {
	w, limit := o.conn.w, o.conn.w.profile.outbox
	if w.calm {
		limit = hub.DefaultOutbox
	}
	waits := o.live > 0 // what comes in one call is taken whole when nothing waits
	for _, f := range frames {
		if o.closing != nil {
			return
		}
		signal := isSignal(f)
		if size := len(f.Payload()); waits && o.live+size > limit {
			o.dropSignals()
			if signal || w.bug.dropsNewest {
				continue
			}
			if o.live+size > limit {
				o.slow()
				return
			}
		}
		o.live += len(f.Payload())
		o.queue = append(o.queue, waiting{frame: f, signal: signal})
	}
	o.pump()
}

func (o *outbox) dropSignals() {
	kept := o.queue[:0]
	for _, q := range o.queue {
		if q.signal {
			o.live -= len(q.frame.Payload())
			continue
		}
		kept = append(kept, q)
	}
	o.queue = kept
}

// slow drops what waits and says why (C11).
func (o *outbox) slow() {
	code := protocol.CodeSlow
	o.conn.w.stats.Slow++
	o.conn.w.note("%v is slow", o.conn)
	o.queue = nil
	o.Close(&protocol.Bye{Code: code, Close: code.Close(), Message: code.Sentence()})
}

// CatchUp adds what a connection begins with (hub.Sink).
func (o *outbox) CatchUp(frames ...*hub.Frame) {
	if o.closing != nil {
		return
	}
	for _, f := range frames {
		o.queue = append(o.queue, waiting{frame: f, catchUp: true})
	}
	o.pump()
}

// Close queues the last frame (hub.Sink). The server's end is closed when it is on its way.
func (o *outbox) Close(bye *protocol.Bye) {
	if o.closing != nil {
		return
	}
	o.closing = bye
	o.conn.w.note("%v gets bye %s", o.conn, bye.Code)
	o.queue = append(o.queue, waiting{frame: hub.NewFrame(bye), catchUp: true})
	o.pump()
}

// pump sends what the window has room for.
func (o *outbox) pump() {
	c := o.conn
	for len(o.queue) > 0 && o.flying <= c.w.profile.window {
		q := o.queue[0]
		o.queue = o.queue[1:]
		size := len(q.frame.Payload())
		o.flying += size
		c.send(&c.down, size, func() {
			o.flying -= size
			if !q.catchUp {
				o.live -= size
			}
			c.w.bug.arrives(c, q.frame)
			o.pump()
		})
	}
	if len(o.queue) == 0 && o.closing != nil && !c.gone {
		c.w.after(0, func() { c.w.server.noticed(c) })
	}
}
