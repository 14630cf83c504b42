package model

import "slices"

// sequencer is what Redis holds of the board. Values are immutable but for appending, so a copy is what a replica has.
type sequencer struct {
	open    bool // false: nothing is held of the board
	head    head
	base    head    // the position that the stream begins behind
	durable head    // the store has the board up to here
	stream  []group // behind base, up to head
}

// replicas is how many earlier states a failover may go back to.
const replicas = 40

// answer is what the append script said.
type answer int

const (
	unanswered answer = iota
	answeredOK
	answeredCold
	answeredEpoch
	answeredRegressed
)

// request is an append on its way: to the sequencer, or back.
type request struct {
	from    *instance
	life    int
	epoch   int // that the caller believes in
	seen    int // highest seq that the caller has seen
	entries []entry
	answer  answer
	group   group // of an OK
}

// writes is called before every write: the state before is what a stale replica may have.
func (w *world) writes() {
	if len(w.earlier) == replicas {
		w.earlier = slices.Delete(w.earlier, 0, 1)
	}
	old := w.seqr
	old.stream = slices.Clip(old.stream)
	w.earlier = append(w.earlier, old)
}

// appendScript is M1: it refuses a board that is not there, another epoch, and a head below what the caller has seen; it
// gives the group its place and its link, and publishes it.
func (w *world) appendScript(r *request) {
	q := &w.seqr
	switch {
	case !q.open && w.breaks(NoFence):
		w.writes()
		*q = sequencer{open: true, head: head{epoch: r.epoch}, base: head{epoch: r.epoch}}
	case !q.open:
		r.answer = answeredCold
		return
	case q.head.epoch != r.epoch && !w.breaks(NoFence):
		r.answer = answeredEpoch
		return
	case q.head.seq < r.seen && !w.breaks(NoFence):
		r.answer = answeredRegressed
		return
	}
	w.writes()
	g := newGroup(q.head, r.entries, w.now)
	q.stream, q.head = append(q.stream, g), g.head()
	w.ledger.ordered(w, g)
	r.answer, r.group = answeredOK, g
	w.note("appended %d–%d of %d: %v", g.first, g.last, r.from.id, g.entries)
	for _, i := range w.instances {
		if i.up && len(i.hints) < 8 {
			i.hints = append(i.hints, g)
		}
	}
}

// openScript is M13: it begins an epoch only in the place of exactly that head which the repairer read up to (or of
// nothing, if that was what it found). What stood behind would be deleted unread.
func (w *world) openScript(epoch int, base, seen head, cold bool) bool {
	q := &w.seqr
	if q.open && q.head.epoch >= epoch {
		return false
	}
	if (q.open == cold || q.open && q.head != seen) && !w.breaks(OpenBlind) {
		return false
	}
	w.writes()
	base.epoch = epoch
	*q = sequencer{open: true, head: base, base: base, durable: base}
	w.ledger.weaken(w)
	w.ledger.census(w, false)
	return true
}

// durableScript is M7, at the sequencer: the watermark goes up only on the sequencer's own chain.
func (w *world) durableScript(at head) bool {
	q := &w.seqr
	if !q.open || q.head.epoch != at.epoch || at.seq > q.head.seq || at.seq < q.durable.seq {
		return false
	}
	if !has(q.stream, at.seq, at.chain) && q.base.chain != at.chain && !w.breaks(DurableBlind) {
		return false
	}
	w.writes()
	q.durable = at
	return true
}

// trimScript is M8: the stream loses only what the watermark covers.
func (w *world) trimScript(at head) {
	q := &w.seqr
	if !q.open || q.head.epoch != at.epoch || at.seq > q.durable.seq && !w.breaks(TrimEarly) {
		return
	}
	rest := behind(q.stream, at.seq)
	if cut := len(q.stream) - len(rest); cut > 0 {
		w.writes()
		q.base = q.stream[cut-1].head()
		q.base.epoch = q.head.epoch
		q.stream = rest
		w.ledger.census(w, false)
	}
}

// failover promotes a replica that lacks the last k writes.
func (w *world) failover(k int) {
	if k = min(k, len(w.earlier)); k == 0 {
		return
	}
	w.stats.Failovers++
	w.note("failover: %d writes lost", k)
	at := len(w.earlier) - k
	w.seqr, w.earlier = w.earlier[at], w.earlier[:at]
	w.sequencerFailed()
}

// wipe is a restart of the sequencer that finds nothing on its disk.
func (w *world) wipe() {
	w.stats.Wipes++
	w.note("wipe")
	w.seqr, w.earlier = sequencer{}, nil
	w.sequencerFailed()
}

func (w *world) sequencerFailed() {
	w.ledger.weaken(w)
	w.ledger.census(w, true)
}
