package hub

import (
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Conn is one connection to an open board, for the door that reads it. Its methods may be called from any goroutine and
// wait while very much waits for the board already, which holds the peer back.
type Conn struct {
	loop   *loop
	member *Member
	outbox *Outbox
}

// Receive passes on a frame that was read. When the connection has ended it does nothing.
func (c *Conn) Receive(f protocol.Frame) {
	c.loop.mail.put(func(r *Room, now time.Time) { r.Receive(now, c.member, f) }, false)
}

// Refuse ends the connection with a code because of what was read.
func (c *Conn) Refuse(code protocol.Code) {
	c.loop.mail.put(func(r *Room, _ time.Time) { r.Expel(c.member, code) }, false)
}

// Leave must be called when the peer is gone, or reading from it has ended. It cuts the connection.
func (c *Conn) Leave() {
	c.loop.mail.put(func(r *Room, _ time.Time) { r.Detach(c.member) }, true)
	c.outbox.Cut()
}

// Done is closed when the connection has ended from this side: what was to be sent is sent, and the transport is being
// closed.
func (c *Conn) Done() <-chan struct{} { return c.outbox.Done() }

// Participant returns who it is.
func (c *Conn) Participant() protocol.ID { return c.member.participant }
