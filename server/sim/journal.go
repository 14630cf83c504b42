package sim

import (
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// memory is the board's journal. It keeps to the contract of journal.Journal for one board, and uses all that the
// contract allows: it is slow, refuses, answers that the outcome is unknown (with the group written, not written, or
// written later), writes a group twice, and reads in pieces or not at all. A restore puts an older backup in its place.
type memory struct {
	w      *world
	groups []journal.Group
	head   journal.Head
	begun  int // groups the run began with: no backup is older

	mode  journalMode
	until time.Time // of mode; zero: for good
	skew  time.Duration

	flights []*flight // not answered
	late    []journal.Draft

	// What restores took back: what stood in the journal when each era but the current one ended, and how many entries
	// of that remained.
	ended [][]journal.Group
	cuts  []uint64
}

// flight is an append that was not answered.
type flight struct {
	draft   journal.Draft
	group   journal.Group
	written bool
	dead    bool // the process that wanted the answer is gone
}

// journalMode is how the journal behaves: odds per append.
type journalMode struct {
	delay                              time.Duration
	refuse, kept, lost, late, twice    float64
	readFails, readSlow, readsInPieces float64
}

var calmJournal = journalMode{delay: time.Millisecond}

func newMemory(w *world) *memory {
	return &memory{w: w, head: journal.Head{Epoch: 1}, mode: w.profile.journal}
}

// trouble sets the mode for a while, or for good with zero.
func (m *memory) trouble(mode journalMode, d time.Duration) {
	m.mode, m.until = mode, time.Time{}
	if d > 0 {
		m.until = m.w.now.Add(d)
	}
}

func (m *memory) now() journalMode {
	if !m.until.IsZero() && m.w.now.After(m.until) {
		m.mode, m.until = m.w.profile.journal, time.Time{}
	}
	return m.mode
}

// era counts the restores: entries of one era have a place in one order.
func (m *memory) era() int { return len(m.ended) }

// log returns the groups that an era had at its end.
func (m *memory) log(era int) []journal.Group {
	if era < len(m.ended) {
		return m.ended[era]
	}
	return m.groups
}

// write gives a draft its place.
func (m *memory) write(d journal.Draft) journal.Group {
	at := max(m.head.Time, min(m.w.now.Add(m.skew).UnixMilli(), d.Time+journal.MaxTimeLead))
	last := m.head.Seq + uint64(d.Count)
	g := journal.Group{Epoch: m.head.Epoch, First: m.head.Seq + 1, Last: last, Time: at, Prev: m.head.Chain, Body: d.Body,
		Chain: journal.Link(m.head.Chain, m.head.Seq, last, at, sha256.Sum256(d.Body))}
	m.groups, m.head = append(m.groups, g), g.Head()
	m.w.note("journal %d–%d", g.First, g.Last)
	return g
}

// append decides what becomes of a draft, and tells done.
func (m *memory) append(d journal.Draft, done func(journal.Group, error)) {
	w, mode := m.w, m.now()
	f := &flight{draft: d}
	m.flights = append(m.flights, f)
	writes, answers := w.around(mode.delay), w.around(mode.delay/2)
	answer := func(err error) {
		if m.flights = slices.DeleteFunc(m.flights, func(o *flight) bool { return o == f }); !f.dead {
			done(f.group, err)
		}
	}
	write := func() {
		if !f.dead {
			f.group, f.written = m.write(d), true
		}
	}
	switch p := w.rng.Float64(); {
	case p < mode.refuse:
		w.stats.Refused++
		w.after(writes, func() { answer(journal.ErrRefused) })
	case p < mode.refuse+mode.lost:
		w.stats.Unknown++
		w.after(writes, func() { answer(journal.ErrUnknown) })
	case p < mode.refuse+mode.lost+mode.kept:
		w.stats.Unknown++
		w.after(writes, func() {
			write()
			w.after(answers, func() {
				f.group = journal.Group{}
				answer(journal.ErrUnknown)
			})
		})
	case p < mode.refuse+mode.lost+mode.kept+mode.late:
		w.stats.Unknown++
		w.after(writes, func() { answer(journal.ErrUnknown) })
		m.late = append(m.late, d)
		w.after(writes+w.around(400*time.Millisecond), func() { m.land(d) })
	default:
		twice := w.chance(mode.twice)
		w.after(writes, func() {
			write()
			if twice && !f.dead {
				w.stats.Twice++
				again := m.write(d)
				if w.chance(0.5) {
					f.group = again
				}
			}
			m.w.bug.wrote(m, f)
			w.after(answers, func() { answer(nil) })
		})
	}
}

// land writes a group that nobody waits for any more, unless a restore came between.
func (m *memory) land(d journal.Draft) {
	for i := range m.late {
		if &m.late[i].Body[0] == &d.Body[0] {
			m.late = slices.Delete(m.late, i, i+1)
			m.w.stats.Delayed++
			m.w.note("lands late:")
			m.write(d)
			return
		}
	}
}

// errRead is a journal that could not be read.
var errRead = errors.New("sim: the journal cannot be read")

func (m *memory) read(after uint64, done func([]journal.Group, error)) {
	w, mode := m.w, m.now()
	delay := w.around(mode.delay)
	if w.chance(mode.readSlow) {
		delay += w.upTo(2 * time.Second)
	}
	w.after(delay, func() {
		if w.chance(mode.readFails) {
			done(nil, errRead)
			return
		}
		from := slices.IndexFunc(m.groups, func(g journal.Group) bool { return g.First > after })
		if from < 0 {
			done(nil, nil)
			return
		}
		groups := slices.Clone(m.groups[from:])
		if len(groups) > 1 && w.chance(mode.readsInPieces) {
			groups = groups[:1+w.rng.IntN(len(groups))]
		}
		done(groups, nil)
	})
}

// crash is the end of the process: what is on its way is written or not, and nobody hears of it.
func (m *memory) crash() {
	for _, f := range m.flights {
		if !f.written && m.w.chance(0.5) {
			f.group, f.written = m.write(f.draft), true
		}
		f.dead = true
	}
	m.flights = nil
	m.w.bug.crashed(m)
}

// restore puts an older backup in the journal's place: its first k groups.
func (m *memory) restore(k int) {
	m.ended = append(m.ended, m.groups)
	m.groups = slices.Clone(m.groups[:k])
	m.head = m.groups[k-1].Head()
	m.cuts = append(m.cuts, m.head.Seq)
	m.late = nil
	m.w.stats.Restores++
	m.w.note("restored to %d", m.head.Seq)
}

// survives reports whether what an era had at seq is in the journal now.
func (m *memory) survives(era int, seq uint64) bool {
	return !slices.ContainsFunc(m.cuts[era:], func(cut uint64) bool { return cut < seq })
}

// entries yields what a log holds.
func entries(log []journal.Group, yield func(protocol.Entry)) error {
	for _, g := range log {
		list, err := protocol.DecodeEntries(g.Body, g.First, g.Time)
		if err != nil {
			return err
		}
		for _, e := range list {
			yield(e)
		}
	}
	return nil
}
