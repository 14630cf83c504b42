package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// ringOf returns the ring a note lies in, or zero: the front target whose rings reach its centre has it.
func (s *State) ringOf(n *note) protocol.ID {
	x, y := n.centre()
	for _, t := range s.targets {
		if ring, ok := t.ringAt(x, y); ok {
			return ring
		}
	}
	return protocol.ID{}
}

// ringAt returns the smallest ring of a target that a point lies in, its edge included. A ring with half-width a is the
// ellipse with half-height 7a/10 around the target's centre: 49dx² + 100dy² <= 49a². Within the box that is looked at
// first, the sums stay below 2^53, exact in JavaScript too.
func (a *area) ringAt(x, y int64) (protocol.ID, bool) {
	dx, dy := abs(x-a.X), abs(y-a.Y)
	outer := a.Rings[len(a.Rings)-1].Size
	if dx > outer || dy > 7*outer/10 {
		return protocol.ID{}, false
	}
	distance := 49*dx*dx + 100*dy*dy
	if distance > 49*outer*outer {
		return protocol.ID{}, false
	}
	for i := range a.Rings {
		if size := a.Rings[i].Size; distance <= 49*size*size {
			return a.Rings[i].ID, true
		}
	}
	return protocol.ID{}, false
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// shifts notes that a target came, went or changed. The notes around it get their rings when the whole entry is done:
// looking at every note of the board is done once, however many targets a batch or an undo changes.
func (s *State) shifts(t *area) {
	if !slices.Contains(s.turn.shifted, t) {
		s.turn.shifted = append(s.turn.shifted, t)
	}
}

// settleAround gives rings anew to the notes that a change of these targets can concern: those that lie in one of their
// rings, as it was or as it is.
func (s *State) settleAround(targets []*area) {
	if len(targets) == 0 {
		return
	}
	living := slices.DeleteFunc(slices.Clone(targets), func(t *area) bool { return s.areas[t.ID] != t })
	var settled []*note
	for _, n := range s.notes {
		if !s.wasIn(targets, n) && !reached(living, n) {
			continue
		}
		if ring := s.ringOf(n); ring != n.Ring {
			n.Ring = ring
			settled = append(settled, n)
		}
	}
	slices.SortFunc(settled, func(a, b *note) int { return compareIDs(a.ID, b.ID) })
	for _, n := range settled {
		c := &noteCell{}
		c.ring(n)
		s.emit(c.change(n.ID))
	}
}

// wasIn reports whether a note lies in a ring that one of the targets has, or had.
func (s *State) wasIn(targets []*area, n *note) bool {
	if n.Ring.IsZero() {
		return false
	}
	t := s.rings[n.Ring]
	return t == nil || slices.Contains(targets, t)
}

// reached reports whether one of the targets has a ring where the note is.
func reached(targets []*area, n *note) bool {
	x, y := n.centre()
	for _, t := range targets {
		if _, within := t.ringAt(x, y); within {
			return true
		}
	}
	return false
}

// before is the order of targets: the front one first, of two with one Front the higher id.
func before(a, b *area) int {
	switch {
	case a.Front > b.Front:
		return -1
	case a.Front < b.Front:
		return 1
	}
	return compareIDs(b.ID, a.ID)
}

func (s *State) addTarget(t *area) {
	at, _ := slices.BinarySearchFunc(s.targets, t, before)
	s.targets = slices.Insert(s.targets, at, t)
}

func (s *State) removeTarget(t *area) {
	at := slices.Index(s.targets, t)
	s.targets = slices.Delete(s.targets, at, at+1)
}
