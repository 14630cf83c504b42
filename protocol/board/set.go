package board

import (
	"maps"
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// idSet is an index of ids. Whatever is in it, one goes in or out in the same time: thousands of notes that leave one
// cluster, or connectors that leave one note, take as much as each of them alone would.
type idSet map[protocol.ID]struct{}

// sorted returns the ids in order, as a list of its own. Nothing that matters may depend on the set's own order.
func (ids idSet) sorted() []protocol.ID { return slices.SortedFunc(maps.Keys(ids), compareIDs) }

// addTo puts an id into the set that an index has for an object.
func addTo(index map[protocol.ID]idSet, object, id protocol.ID) {
	if index[object] == nil {
		index[object] = idSet{}
	}
	index[object][id] = struct{}{}
}

// takeFrom takes an id out of the set that an index has for an object, and an empty set out of the index.
func takeFrom(index map[protocol.ID]idSet, object, id protocol.ID) {
	delete(index[object], id)
	if len(index[object]) == 0 {
		delete(index, object)
	}
}
