package model

import "slices"

// instance is a server that has the board open.
type instance struct {
	id      int
	life    int  // counts its starts
	up      bool // not killed
	stopped bool // by SIGSTOP: it does nothing, and what it had begun goes on later
	cut     bool // off from the sequencer, not from the store

	epoch   int
	log     []group // from the beginning, each behind a verified chain
	state   state
	durable int     // the store has the log up to here
	pending []entry // kept until the log has them: submitted here, or held from a chain that was left
	flight  *request
	hints   []group
	chores  []*chore
	mending *mending // the board takes nothing here until it is done
}

func (i *instance) head() head {
	h := headOf(i.log)
	h.epoch = i.epoch
	return h
}

func (i *instance) canSend() bool { return i.flight == nil && i.mending == nil && !i.cut }

func (i *instance) awake() bool { return i.up && !i.stopped }

// follow applies a group whose place behind the log was verified.
func (w *world) follow(i *instance, g group) {
	i.log = append(i.log, g)
	w.note("%d follows %d–%d %v", i.id, g.first, g.last, g.entries)
	for k, e := range g.entries {
		w.apply(&i.state, e, g.first+k)
	}
	w.settlePending(i)
	w.tellAll(i)
}

// settlePending is M14, its end: an entry is kept until the log has its number.
func (w *world) settlePending(i *instance) {
	i.pending = slices.DeleteFunc(i.pending, func(e entry) bool { return e.n < i.state.next[e.w] })
}

// keep adds entries to what waits for the log, in order, each once.
func (w *world) keep(i *instance, entries ...entry) {
	for _, e := range entries {
		if e.n >= i.state.next[e.w] && !slices.Contains(i.pending, e) {
			i.pending = append(i.pending, e)
		}
	}
}

// send sends the next group, one at a time. What must wait for a number that is nowhere here is left out, mostly.
func (w *world) send(i *instance) {
	if !i.canSend() {
		return
	}
	next, raw := i.state.next, !w.calm && w.chance(20)
	var batch []entry
	for _, e := range i.pending {
		if e.n == next[e.w] || raw {
			batch = append(batch, e)
			next[e.w] = e.n + 1
		}
		if len(batch) == 3 {
			break
		}
	}
	if len(batch) == 0 {
		return
	}
	i.flight = &request{from: i, life: i.life, epoch: i.epoch, seen: i.head().seq, entries: batch}
	w.requests = append(w.requests, i.flight)
	if w.breaks(HeldOnce) {
		i.pending = slices.DeleteFunc(i.pending, func(e entry) bool { return slices.Contains(batch, e) })
	}
}

// hear takes the answer to an append; nil is a lost one. What was sent stays pending, so it is sent again if reading on
// from the head does not find it.
func (w *world) hear(i *instance, r *request) {
	if r != nil {
		w.note("%d hears %d: %v", i.id, r.answer, r.entries)
	}
	i.flight = nil
	if r == nil {
		w.read(i)
		return
	}
	switch r.answer {
	case answeredOK:
		w.took(i, r.group)
	case answeredEpoch, answeredCold, answeredRegressed:
		w.read(i)
	}
}

// took is M10 for one's own append: it is acked when it is applied behind a verified chain. If its previous chain is not
// my head, what is missing is read first.
func (w *world) took(i *instance, g group) {
	if i.mending != nil {
		return
	}
	follows := g.prev == i.head().chain && g.epoch == i.epoch
	if follows || w.breaks(AckBlind) && g.first == i.head().seq+1 {
		w.follow(i, g)
		return
	}
	w.read(i)
}

// hint is M10 for a published group: it is applied if its previous chain is my head, and is worth nothing otherwise.
func (w *world) hint(i *instance, g group) {
	if i.mending != nil {
		return
	}
	follows := g.prev == i.head().chain && g.epoch == i.epoch
	if follows || w.breaks(HintBlind) && g.first == i.head().seq+1 {
		w.follow(i, g)
	}
}

// read is M10 for the head and the stream: every link is verified; what the stream no longer has is read from the store.
// What cannot be followed starts a repair.
func (w *world) read(i *instance) {
	q := &w.seqr
	if i.mending != nil || i.cut {
		return
	}
	if q.open && q.head.epoch > i.epoch {
		w.mend(i, "a later epoch")
		return
	}
	if !q.open || q.head.epoch < i.epoch || q.head.seq < i.head().seq {
		w.mend(i, "cold or gone back")
		return
	}
	if i.head().seq < q.base.seq {
		log, err := w.load()
		if err != nil || !has(log, i.head().seq, i.head().chain) {
			w.mend(i, "not on the store's chain")
			return
		}
		for _, g := range behind(log, i.head().seq) {
			w.follow(i, g)
		}
	}
	for _, g := range behind(q.stream, i.head().seq) {
		follows := g.prev == i.head().chain
		if g.first != i.head().seq+1 || !follows && !w.breaks(ReadBlind) {
			w.mend(i, "foreign stream")
			return
		}
		w.follow(i, g)
	}
	if i.head().seq != q.head.seq || i.head().chain != q.head.chain {
		w.mend(i, "foreign head")
		return
	}
	w.learnDurable(i, q.durable)
}

// learnDurable is M7 for whoever learns a watermark: it counts if one's own log has that chain there.
func (w *world) learnDurable(i *instance, at head) {
	onChain := has(i.log, at.seq, at.chain) || w.breaks(DurableBySeq) && at.seq <= i.head().seq
	if onChain && at.seq > i.durable {
		i.durable = at.seq
		w.tellAll(i)
	}
}

// start brings an instance up with nothing in its memory.
func (w *world) start(i *instance) {
	*i = instance{id: i.id, life: i.life + 1, up: true}
	w.note("%d starts", i.id)
	w.mend(i, "opening")
}

// kill takes everything that the instance had in memory. What it sent is on its way all the same.
func (w *world) kill(i *instance) {
	w.stats.Kills++
	w.note("%d is killed", i.id)
	*i = instance{id: i.id, life: i.life + 1}
	for _, c := range w.clients {
		if c.at == i {
			c.at = nil
		}
	}
	w.ledger.census(w, true)
}
