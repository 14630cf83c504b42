// Package sim plays one board in virtual time: the real room, the real state machine and the real client core, with a
// journal, connections and disks that are simulated and fail in every way the real ones may. All that happens follows
// from one seed, so whatever is found can be played again. DESIGN.md beside this file says what is simulated, what is
// checked and how to read a failure.
package sim

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Options say what to play.
type Options struct {
	Seed   uint64
	Mutant string // name of a planted bug, empty for none: see Mutants
}

// Result is what became of a run.
type Result struct {
	Seed       uint64
	Trace      [sha256.Size]byte // digest of everything that happened, in order
	Violations []string          // promises that did not hold; empty: all is well
	Tail       []string          // the last things that happened, for whoever looks into a violation
	Stats      Stats
}

// Stats count what a run had in it, so that a test can tell that the runs together had everything.
type Stats struct {
	Events, Ops, Entries             int
	Restarts, Restores               int // of the server, of an older backup
	Cuts, Crashes, Slow              int // connections, client programs, connections that could not keep up
	Lost, Rewound, Resumed, GivenUp  int // outboxes that became new writers; rewinds and resumes; ops given up
	Unknown, Refused, Twice, Delayed int // appends with an unknown outcome, refused, written twice, landed late
	Closed, Words                    int // clients sent away for good; words typed
}

// Add adds the counts of another run.
func (s *Stats) Add(o Stats) {
	s.Events += o.Events
	s.Ops += o.Ops
	s.Entries += o.Entries
	s.Restarts += o.Restarts
	s.Restores += o.Restores
	s.Cuts += o.Cuts
	s.Crashes += o.Crashes
	s.Slow += o.Slow
	s.Lost += o.Lost
	s.Rewound += o.Rewound
	s.Resumed += o.Resumed
	s.GivenUp += o.GivenUp
	s.Unknown += o.Unknown
	s.Refused += o.Refused
	s.Twice += o.Twice
	s.Delayed += o.Delayed
	s.Closed += o.Closed
	s.Words += o.Words
}

// Times of a run, virtual.
const (
	noticing = 25 * time.Second // after which everybody has noticed what broke
	healing  = 3 * time.Minute  // in which everything must have come to rest then
	lastSave = 20 * time.Second // in which one more op of everybody must be saved then
	lastWay  = 12 * time.Second // in which what is on its way has arrived, also where much waits
	pollGap  = 100 * time.Millisecond
)

// maxEvents ends a run that never does.
const maxEvents = 2_000_000

// tailLines is how much of the trace is kept.
const tailLines = 200

// begins is the moment at which every run begins.
var begins = time.Unix(1_790_000_000, 0)

// world is one run. Everything in it is touched by one goroutine.
type world struct {
	seed    uint64
	rng     *rand.Rand
	die     *rand.ChaCha8 // what ids are drawn from
	now     time.Time
	events  eventHeap
	order   uint64
	profile profile
	bug     bug
	calm    bool // no more faults
	over    bool // no more acting

	journal *memory
	server  *server
	people  []*person
	clients []*client
	links   []invitation
	wall    wall
	ledger  ledger
	secrets secrets

	digest     hash.Hash
	lines      []string
	violations []string
	stats      Stats
}

// event is something that will happen.
type event struct {
	at    time.Time
	order uint64
	do    func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = event{}
	*h = (*h)[:last]
	return e
}

// Run plays a seed to its end. It panics for a mutant that it does not know.
func Run(o Options) (r *Result) {
	w := newWorld(o)
	defer func() {
		if p := recover(); p != nil {
			w.fail("panic: %v\n%s", p, debug.Stack())
		}
		r = w.result()
	}()
	w.play()
	return nil // set above
}

func newWorld(o Options) *world {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], o.Seed)
	die := rand.NewChaCha8(key)
	key[31] = 1
	w := &world{seed: o.Seed, rng: rand.New(rand.NewChaCha8(key)), die: die, now: begins, bug: bugNamed(o.Mutant),
		digest: sha256.New(), ledger: newLedger(), secrets: newSecrets()}
	w.profile = w.drawProfile()
	w.journal = newMemory(w)
	w.server = newServer(w)
	return w
}

func (w *world) result() *Result {
	r := &Result{Seed: w.seed, Violations: w.violations, Tail: w.lines, Stats: w.stats}
	w.digest.Sum(r.Trace[:0])
	return r
}

// play is the run: faults and work, then healing, then one more op of everybody, then the verdict.
func (w *world) play() {
	w.found()
	for _, c := range w.clients {
		w.after(w.upTo(time.Second), c.connect)
		w.after(w.upTo(time.Second), c.act)
	}
	w.after(w.profile.gap, w.nemesis)
	w.until(w.now.Add(w.profile.length), func() bool { return false })

	w.heal()
	w.until(w.now.Add(noticing), func() bool { return false })
	if !w.until(w.now.Add(healing), w.atRest) {
		w.failUnrest()
		return
	}
	for _, c := range w.clients {
		c.lastOp()
	}
	if !w.until(w.now.Add(lastSave), func() bool { return w.atRest() && w.lastOpsSaved() }) {
		w.fail("an op that was submitted when all had healed was not saved")
		w.failUnrest()
		return
	}
	w.until(w.now.Add(lastWay), func() bool { return false })
	if !w.until(w.now.Add(lastSave), w.atRest) {
		w.failUnrest()
		return
	}
	w.judge()
}

// until lets things happen until a condition holds, looked at every so often, or until a moment; it reports the
// condition.
func (w *world) until(deadline time.Time, holds func() bool) bool {
	for len(w.violations) == 0 {
		if holds() {
			return true
		}
		next := w.now.Add(pollGap)
		for len(w.events) > 0 && !w.events[0].at.After(next) && len(w.violations) == 0 {
			e := heap.Pop(&w.events).(event)
			w.now = e.at
			e.do()
			if w.stats.Events++; w.stats.Events > maxEvents {
				w.fail("the run never comes to an end")
			}
		}
		if w.now = next; !w.now.Before(deadline) {
			return false
		}
	}
	return false
}

// heal ends all faults: what is broken is noticed and repaired by those concerned, nothing new breaks.
func (w *world) heal() {
	w.note("heal")
	w.calm, w.over = true, true
	w.journal.trouble(calmJournal, 0)
	for _, c := range w.clients {
		c.sluggish = time.Time{}
	}
}

// atRest reports whether everybody who is not sent away for good has everything, and the server nothing to do.
func (w *world) atRest() bool {
	if !w.server.atRest() || len(w.journal.late) > 0 {
		return false
	}
	for _, c := range w.clients {
		if !c.atRest() {
			return false
		}
	}
	return true
}

func (w *world) failUnrest() {
	if len(w.violations) > 0 {
		return
	}
	w.fail("not at rest: server %v, %d late groups", w.server.atRest(), len(w.journal.late))
	for _, c := range w.clients {
		if !c.atRest() {
			w.violations = append(w.violations, "not at rest: "+c.describe())
		}
	}
}

// ---- time, chance and trace

func (w *world) at(t time.Time, do func()) {
	w.order++
	heap.Push(&w.events, event{at: t, order: w.order, do: do})
}

func (w *world) after(d time.Duration, do func()) { w.at(w.now.Add(d), do) }

// upTo draws a duration below most.
func (w *world) upTo(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(w.rng.Int64N(int64(most)))
}

// around draws a duration with a mean: mostly below it, sometimes far above.
func (w *world) around(mean time.Duration) time.Duration {
	return min(time.Duration(w.rng.ExpFloat64()*float64(mean)), 8*mean)
}

func (w *world) chance(p float64) bool { return p > 0 && w.rng.Float64() < p }

func (w *world) newID() protocol.ID { return protocol.NewID(w.die) }

// pick draws one of a list, the zero value if there is none.
func pick[T any](w *world, list []T) (one T) {
	if len(list) == 0 {
		return one
	}
	return list[w.rng.IntN(len(list))]
}

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	line := fmt.Sprintf("%9.3f ", w.now.Sub(begins).Seconds()) + fmt.Sprintf(format, args...)
	w.digest.Write([]byte(line))
	w.digest.Write([]byte{'\n'})
	if w.lines = append(w.lines, line); len(w.lines) > 2*tailLines {
		w.lines = append(w.lines[:0], w.lines[tailLines:]...)
	}
}

// fail notes a promise that did not hold.
func (w *world) fail(format string, args ...any) {
	if len(w.violations) < 20 {
		w.violations = append(w.violations, fmt.Sprintf(format, args...))
	}
	w.note("VIOLATION "+format, args...)
}
