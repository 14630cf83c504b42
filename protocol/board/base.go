package board

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// Base yields all that an audience may see of the board, as changes to an empty one, in an order a page can paint in:
// board, perspectives, participants, areas, clusters, notes, connectors, links. Of a deleted board it yields only that it
// is deleted; before board.create, nothing. The state must not be changed meanwhile; what is yielded may be kept.
func (s *State) Base(a Audience) iter.Seq[Projected] {
	return func(yield func(Projected) bool) {
		s.whole(func(c protocol.Change) bool {
			p, seen := Project(Change{c}, a)
			return !seen || yield(p)
		})
	}
}

// whole tells everything as changes until tell returns false.
func (s *State) whole(tell func(protocol.Change) bool) {
	if !s.wall.Exists {
		return
	}
	if s.wall.Deleted {
		tell(protocol.Change{Board: &protocol.BoardChange{Deleted: true}})
		return
	}
	more := tell(protocol.Change{Board: s.wall.whole()})
	for i := 0; more && i < len(s.perspectiveOrder); i++ {
		more = tell(protocol.Change{Perspective: s.wholePerspective(i)})
	}
	for i := 0; more && i < len(s.order); i++ {
		more = tell(protocol.Change{Participant: s.order[i].whole()})
	}
	more = more && each(sorted(s.areas), func(a *area) bool { return tell(protocol.Change{Area: a.whole()}) })
	more = more && each(s.clustersInOrder(), func(c *cluster) bool { return tell(protocol.Change{Cluster: c.whole()}) })
	more = more && each(sorted(s.notes), func(n *note) bool { return tell(protocol.Change{Note: n.whole()}) })
	more = more && each(sorted(s.connectors), func(c *connector) bool {
		return tell(protocol.Change{Connector: c.whole()})
	})
	for i := 0; more && i < len(s.linkOrder); i++ {
		more = tell(protocol.Change{Link: s.linkOrder[i].whole()})
	}
}

func each[T any](all []T, tell func(T) bool) bool {
	for _, v := range all {
		if !tell(v) {
			return false
		}
	}
	return true
}

// sorted returns the objects by id.
func sorted[T any](objects map[protocol.ID]T) []T {
	ids := slices.SortedFunc(maps.Keys(objects), compareIDs)
	out := make([]T, len(ids))
	for i, id := range ids {
		out[i] = objects[id]
	}
	return out
}

func (s *State) clustersInOrder() []*cluster {
	return slices.SortedFunc(maps.Values(s.clusters), func(a, b *cluster) int { return cmp.Compare(a.Order, b.Order) })
}
