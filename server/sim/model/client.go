package model

import "slices"

// client is one tab: a writer with its outbox.
type client struct {
	w      int
	open   bool    // not closed for good
	outbox []entry // M15: kept until saved
	next   int     // number of the next op
	at     *instance
	sent   int // numbers below were submitted on this connection
	acked  int // numbers below are acked on this chain
	saved  int // numbers below are saved
	pos    head
	view   []effect
}

// write puts an op into the outbox; the first is the writer's registration.
func (w *world) write(c *client) {
	e := entry{w: c.w, n: c.next, body: w.ledger.record(c.w, c.next)}
	c.next++
	c.outbox = append(c.outbox, e)
}

// connect is a welcome. What the client has from another chain is taken back, and its outbox is sent again.
func (w *world) connect(c *client, i *instance) {
	c.at = i
	if known := c.acked > 0; known && i.state.next[c.w] == 0 && w.breaks(WriterReplaced) && w.writers < maxWriters {
		w.becomeAnother(c)
	}
	c.acked, c.sent = i.state.next[c.w], i.state.next[c.w]
	w.tell(i, c)
}

// becomeAnother is what a client must not do (M16) when an instance does not know its writer.
func (w *world) becomeAnother(c *client) {
	c.w, c.next, c.saved = w.writers, 0, 0
	w.writers++
	for k := range c.outbox {
		c.outbox[k].w, c.outbox[k].n = c.w, c.next
		r := w.ledger.of(c.outbox[k])
		r.w, r.n = c.w, c.next
		c.next++
	}
}

// submit hands over what the outbox has next. An instance that mends says "not now".
func (w *world) submit(c *client) {
	i := c.at
	if i == nil || !i.awake() || i.mending != nil {
		return
	}
	for k := 0; k < 3; k++ {
		at := slices.IndexFunc(c.outbox, func(e entry) bool { return e.n >= c.sent })
		if at < 0 {
			return
		}
		w.keep(i, c.outbox[at])
		c.sent = c.outbox[at].n + 1
	}
}

// giveUp is M16: a number never means two things. Who gives an op up puts a void under its number, and whichever of both
// comes first in the log stands.
func (w *world) giveUp(c *client) {
	k := len(c.outbox) - 1
	if k < 0 || c.outbox[k].n == 0 || c.outbox[k].body < 0 || w.ledger.of(c.outbox[k]).acked {
		return
	}
	e := &c.outbox[k]
	c.sent = min(c.sent, e.n)
	r := w.ledger.of(*e)
	r.voided = true
	if w.breaks(NumberReused) {
		c.next = e.n
		c.outbox = c.outbox[:k]
		return
	}
	e.body = -e.body
}

// tellAll brings what an instance learnt to its clients.
func (w *world) tellAll(i *instance) {
	for _, c := range w.clients {
		if c.at == i && c.open {
			w.tell(i, c)
		}
	}
}

// tell is M17: a client's position is (epoch, seq, chain). If the chain is not the instance's, the client rewinds: it
// takes the state anew and submits its outbox again. Acked and saved are told as the writer's numbers.
func (w *world) tell(i *instance, c *client) {
	if !has(i.log, c.pos.seq, c.pos.chain) && !w.breaks(ResumeBySeq) {
		w.stats.Rewinds++
		c.view, c.pos = nil, head{}
		c.acked, c.sent = 0, i.state.next[c.w]
	}
	for _, e := range i.state.effects {
		if e.seq > c.pos.seq {
			c.view = append(c.view, e)
		}
	}
	c.pos = i.head()
	saved := c.saved
	for _, e := range i.state.effects {
		if e.w == c.w && e.seq <= i.durable {
			saved = max(saved, e.n+1)
		}
	}
	c.acked = max(c.acked, i.state.next[c.w])
	for _, e := range c.outbox {
		r := w.ledger.of(e)
		r.acked = r.acked || e.n < c.acked
		r.saved = r.saved || e.n < saved
	}
	c.saved = saved
	kept := c.saved
	if w.breaks(DroppedAtAck) {
		kept = c.acked
	}
	c.outbox = slices.DeleteFunc(c.outbox, func(e entry) bool { return e.n < kept })
}

// closeTab takes the client's outbox with it.
func (w *world) closeTab(c *client) {
	w.note("client %d closes", c.w)
	*c = client{w: c.w}
	w.ledger.census(w, true)
}
