package model

import (
	"cmp"
	"errors"
	"slices"
)

// name is an object's. A slot's has the first seq alone (M2), but for planted faults; a pack's has the last too.
type name struct {
	pack               bool
	first, epoch, last int
}

// object is a segment as it stands in the store: whole groups, linked to each other.
type object struct {
	name    name
	groups  []group
	created int // when
}

func (o *object) head() head  { return headOf(o.groups) }
func (o *object) prev() chain { return o.groups[0].prev }

// store has objects that are created once, and the epochs that were minted.
type store struct {
	objects []*object // by name
	minted  int       // highest epoch; all below it are minted too
}

// listing is a board's objects as they were at some time.
type listing struct {
	at    int
	slots []name // that no pack hides
	packs []name
	veil  []name // slots that a pack hides
}

func compareNames(a, b name) int {
	return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.last, b.last))
}

// list is M5, for readers: a pack hides the slots that begin in its range.
func (w *world) list() listing {
	l := listing{at: w.now}
	for _, o := range w.store.objects {
		if o.name.pack {
			l.packs = append(l.packs, o.name)
		}
	}
	for _, o := range w.store.objects {
		switch hides := func(p name) bool { return p.first <= o.name.first && o.name.first <= p.last }; {
		case o.name.pack:
		case slices.ContainsFunc(l.packs, hides):
			l.veil = append(l.veil, o.name)
		default:
			l.slots = append(l.slots, o.name)
		}
	}
	return l
}

// end returns the name of the object that holds the end.
func (l listing) end() (end name, ok bool) {
	for _, p := range l.packs {
		if p.last > end.last {
			end, ok = p, true
		}
	}
	if n := len(l.slots); n > 0 && l.slots[n-1].first > end.last {
		return l.slots[n-1], true
	}
	return end, ok
}

// get returns an object, nil if it is not there.
func (s *store) get(n name) *object {
	for _, o := range s.objects {
		if o.name == n {
			return o
		}
	}
	return nil
}

// create is M3: a name is taken once. It reports whether this call took it.
func (w *world) create(o *object) bool {
	s := &w.store
	for k, present := range s.objects {
		if present.name == o.name {
			if w.breaks(PutReplaces) {
				s.objects[k] = o
				w.ledger.census(w, false)
				return true
			}
			return false
		}
	}
	s.objects = append(s.objects, o)
	slices.SortStableFunc(s.objects, func(a, b *object) int { return compareNames(a.name, b.name) })
	return true
}

func (s *store) delete(n name) {
	s.objects = slices.DeleteFunc(s.objects, func(o *object) bool { return o.name == n })
}

// mint is M11: an epoch is a create-only object of the store, so none comes twice whatever the sequencer forgets. It
// reports whether this call minted it.
func (s *store) mint(epoch int) bool {
	if epoch <= s.minted {
		return false
	}
	s.minted = epoch
	return true
}

var (
	errHole   = errors.New("the store has a hole")
	errBroken = errors.New("an object of the store does not follow the one before it")
)

// load reads the board's log from the store alone.
func (w *world) load() ([]group, error) {
	l := w.list()
	var log []group
	for at := (head{}); ; at = headOf(log) {
		o := w.store.holding(l, at)
		if o == nil {
			for _, n := range slices.Concat(l.slots, l.packs) {
				if n.first > at.seq+1 {
					return log, errHole
				}
			}
			return log, nil
		}
		for _, g := range behind(o.groups, at.seq) {
			if g.prev != at.chain || g.first != at.seq+1 {
				return log, errBroken
			}
			log, at = append(log, g), g.head()
		}
	}
}

// holding returns the object that should hold the group behind a position: the pack that reaches furthest, else the slot
// that begins there. With a planted name there may be several, of which one that follows is taken, the newest.
func (s *store) holding(l listing, at head) *object {
	var best name
	for _, p := range l.packs {
		if p.first <= at.seq+1 && p.last > at.seq && p.last > best.last {
			best = p
		}
	}
	if best.last > 0 {
		return s.get(best)
	}
	var found *object
	for _, n := range l.slots {
		if n.first != at.seq+1 {
			continue
		}
		if o := s.get(n); found == nil || o.prev() == at.chain {
			found = o
		}
	}
	return found
}
