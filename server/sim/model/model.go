// Package model plays schedules of one board on many instances: a sequencer that loses its tail or everything, a store
// of slots and packs, instances that are killed, stopped and cut off, and writers who send their outbox again. It is
// small and pure (one goroutine, virtual seconds, one seed) and knows nothing of the product's code: it tests the rules
// that the code is built from. DESIGN.md beside this file numbers them M1, M2, …; each is one function here, and most
// can be broken on purpose.
package model

import (
	"fmt"
	"math/rand/v2"
)

// Result is what became of a schedule.
type Result struct {
	Seed       uint64
	Violations []string // promises that did not hold; empty: all is well
	Trace      []string // what happened, if it was asked for
	Stats      Stats
}

// Stats count what schedules had in them.
type Stats struct {
	Steps, Ops, Acked, Saved, Excused               int
	Failovers, Wipes, Kills, Stops, Cuts, Disasters int
	Repairs, Rewinds, Slots, Packs, Late, Days      int
	Adopted, Foreign                                int
}

// Add adds the counts of another schedule.
func (s *Stats) Add(o Stats) {
	for _, sum := range []struct {
		to *int
		of int
	}{
		{&s.Steps, o.Steps}, {&s.Ops, o.Ops}, {&s.Acked, o.Acked}, {&s.Saved, o.Saved}, {&s.Excused, o.Excused},
		{&s.Failovers, o.Failovers}, {&s.Wipes, o.Wipes}, {&s.Kills, o.Kills}, {&s.Stops, o.Stops}, {&s.Cuts, o.Cuts},
		{&s.Disasters, o.Disasters}, {&s.Repairs, o.Repairs}, {&s.Rewinds, o.Rewinds}, {&s.Slots, o.Slots},
		{&s.Packs, o.Packs}, {&s.Late, o.Late}, {&s.Days, o.Days}, {&s.Adopted, o.Adopted}, {&s.Foreign, o.Foreign},
	} {
		*sum.to += sum.of
	}
}

// world is one schedule.
type world struct {
	rng     *rand.Rand
	planted Fault
	now     int  // seconds
	calm    bool // no more faults
	over    bool // all instances and clients are gone for good

	seqr      sequencer
	earlier   []sequencer // what a stale replica may have
	store     store
	requests  []*request // on their way to the sequencer
	answers   []*request // on their way back
	puts      []*put     // on their way to the store
	instances []*instance
	clients   []*client
	writers   int

	ledger     ledger
	violations []string
	traced     bool
	trace      []string
	stats      Stats
}

// Run plays one seed with some rules broken.
func Run(seed uint64, planted Fault, traced bool) Result {
	rng := rand.New(rand.NewPCG(seed, 10))
	w := newWorld(rng, planted, traced, 2+rng.IntN(2), 2+rng.IntN(3))
	w.schedule()
	if w.chance(15) {
		w.end()
	} else {
		w.settle()
	}
	w.judge()
	w.tidyUp()
	w.count()
	return Result{Seed: seed, Violations: w.violations, Trace: w.trace, Stats: w.stats}
}

func newWorld(rng *rand.Rand, planted Fault, traced bool, instances, clients int) *world {
	w := &world{rng: rng, planted: planted, traced: traced, store: store{minted: 1}}
	w.seqr = sequencer{open: true, head: head{epoch: 1}, base: head{epoch: 1}, durable: head{epoch: 1}}
	for id := range instances {
		i := &instance{id: id, up: true, epoch: 1}
		w.instances = append(w.instances, i)
	}
	for range clients {
		c := &client{w: w.writers, open: true}
		w.writers++
		w.clients = append(w.clients, c)
		w.write(c)
	}
	return w
}

// count fills in the stats that the end shows.
func (w *world) count() {
	for _, r := range w.ledger.records {
		w.stats.Ops++
		for _, s := range []struct {
			is bool
			of *int
		}{{r.acked, &w.stats.Acked}, {r.saved, &w.stats.Saved}, {r.excused, &w.stats.Excused}} {
			if s.is {
				*s.of++
			}
		}
	}
}

// chance is true in percent of the cases.
func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	if w.traced {
		w.trace = append(w.trace, fmt.Sprintf("%7d  ", w.now)+fmt.Sprintf(format, args...))
	}
}

// pick draws one of a list; the zero value if it is empty.
func pick[T any](w *world, list []T) (one T) {
	if len(list) > 0 {
		one = list[w.rng.IntN(len(list))]
	}
	return one
}

// draw takes one out of a list, in no order: what is on its way can overtake.
func draw[T any](w *world, list *[]T) (one T, ok bool) {
	if len(*list) == 0 {
		return one, false
	}
	k := w.rng.IntN(len(*list))
	one = (*list)[k]
	*list = append((*list)[:k], (*list)[k+1:]...)
	return one, true
}
