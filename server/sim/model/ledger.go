package model

import (
	"fmt"
	"slices"
)

// record is what became of one op, by its body.
type record struct {
	w, n    int
	voided  bool // its author gave it up
	acked   bool // its author was told so
	saved   bool
	fragile bool // the sequencer lost it, by a fault, before the store had it
	gone    bool // acked, and nobody has it any more
	excused bool // because all who had it are gone
}

// ledger is what authors did and were told, to be held against the store in the end.
type ledger struct{ records []record }

func (l *ledger) record(w, n int) (body int) {
	l.records = append(l.records, record{w: w, n: n})
	return len(l.records)
}

func (l *ledger) of(e entry) *record { return &l.records[max(e.body, -e.body)-1] }

// mine sets an entry's body.
func mine(have []bool, e entry) { have[max(e.body, -e.body)-1] = true }

// stored returns which ops the store or the sequencer has, so that they take effect. An entry that repeats, or whose
// number is not due, is no copy; but where store and sequencer do not agree, whoever repairs takes all that is in the
// stream.
func (l *ledger) stored(w *world) []bool {
	have := make([]bool, len(l.records))
	log, agree := w.current()
	if !agree {
		log, _ = w.load()
		for _, g := range w.seqr.stream {
			for _, e := range g.entries {
				mine(have, e)
			}
		}
	}
	for _, e := range w.replay(log).effects {
		mine(have, e.entry)
	}
	return have
}

// ordered notes which ops a group that was just appended makes safe from the loss of instances and clients.
func (l *ledger) ordered(w *world, g group) {
	log, agree := w.current()
	if !agree {
		for _, e := range g.entries {
			l.of(e).fragile = false
		}
		return
	}
	for _, e := range w.replay(log).effects {
		if e.seq >= g.first {
			l.of(e.entry).fragile = false
		}
	}
}

// weaken notes what a fault of the sequencer left to those who have it in memory.
func (l *ledger) weaken(w *world) {
	have := l.stored(w)
	for k := range l.records {
		if !have[k] {
			l.records[k].fragile = true
		}
	}
}

// census finds what is acked and nowhere any more. That is excused only if a fault took the last copy, and an earlier one
// the sequencer's: what the sequencer holds needs no instance and no client.
func (l *ledger) census(w *world, fault bool) {
	have := l.stored(w)
	for _, i := range w.instances {
		for _, e := range i.state.effects {
			mine(have, e.entry)
		}
		for _, e := range i.pending {
			mine(have, e)
		}
	}
	for _, c := range w.clients {
		for _, e := range c.outbox {
			mine(have, e)
		}
	}
	for k := range l.records {
		if r := &l.records[k]; r.acked && !have[k] && !r.gone {
			r.gone, r.excused = true, fault && r.fragile
			w.note("nobody has op %d any more, excused %v", k+1, r.excused)
		}
	}
}

// judge holds the store's log, read by a fresh reader, against what authors were told.
func (w *world) judge() {
	log, err := w.load()
	if err != nil {
		w.fail("%v", err)
		return
	}
	s := w.replay(log)
	times := make([]int, len(w.ledger.records))
	var next [maxWriters]int
	for _, e := range s.effects {
		r := w.ledger.of(e.entry)
		if times[max(e.body, -e.body)-1]++; times[max(e.body, -e.body)-1] == 2 {
			w.fail("op %d is doubled", e.body)
		}
		if e.n != next[e.w] {
			w.fail("writer %d: number %d stands where %d should", e.w, e.n, next[e.w])
		}
		next[e.w] = e.n + 1
		if e.body < 0 && !r.voided {
			w.fail("op %d is void and was not given up", -e.body)
		}
	}
	for k, r := range w.ledger.records {
		switch {
		case times[k] > 0:
		case r.saved:
			w.fail("op %d (%d of writer %d) was saved and is lost", k+1, r.n, r.w)
		case r.acked && !r.excused && !w.ledger.stuck(r):
			w.fail("op %d (%d of writer %d) was acked and is lost", k+1, r.n, r.w)
		}
	}
	w.converged(log, s)
}

// stuck reports whether a number before the op's was lost with all who had it: then the op can never take effect, though
// somebody may hold it still.
func (l *ledger) stuck(r record) bool {
	return slices.ContainsFunc(l.records, func(o record) bool { return o.w == r.w && o.n < r.n && o.excused })
}

// converged compares what instances and clients have with the store's.
func (w *world) converged(log []group, s state) {
	if w.over {
		return
	}
	for _, i := range w.instances {
		if i.up && (i.head().chain != headOf(log).chain || !slices.Equal(i.state.effects, s.effects)) {
			w.fail("instance %d is at %d and not in the state of the store's %d", i.id, i.head().seq, headOf(log).seq)
		}
	}
	for _, c := range w.clients {
		if c.open && !slices.Equal(c.view, s.effects) {
			w.fail("client %d does not see the board as it is", c.w)
		}
	}
}

// fail notes a promise that did not hold.
func (w *world) fail(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
	w.note("VIOLATION "+format, args...)
}
