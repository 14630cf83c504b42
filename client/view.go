package client

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// View is a client's copy of a board: what its role may see, at position At. It holds only what the server told; nothing in
// it is predicted. The zero View is an empty board. It is not safe for concurrent use.
type View struct {
	seq   uint64
	at    string
	cover Cover

	participants map[protocol.ID]*Participant
	perspectives []*Perspective // in their order
	notes        map[protocol.ID]*Note
	clusters     map[protocol.ID]*Cluster
	areas        map[protocol.ID]*Area
	connectors   map[protocol.ID]*Connector
	links        map[protocol.ID]*Link
}

// Seq returns the number of the last entry the view knows of.
func (v *View) Seq() uint64 { return v.seq }

// At returns the position of the view, to resume from; empty if it has none.
func (v *View) At() string { return v.at }

// Cover returns what the board says about itself.
func (v *View) Cover() Cover { return v.cover }

// Participant returns a participant, false if there is none of that id.
func (v *View) Participant(id protocol.ID) (Participant, bool) { return get(v.participants, id) }

// Participants returns all who ever joined, by id.
func (v *View) Participants() []Participant { return sorted(v.participants, byID) }

// Perspective returns a perspective, false if there is none of that id.
func (v *View) Perspective(id protocol.ID) (Perspective, bool) {
	if i := v.perspectiveIndex(id); i >= 0 {
		return *v.perspectives[i], true
	}
	return Perspective{}, false
}

// Perspectives returns the perspectives in their order.
func (v *View) Perspectives() []Perspective {
	out := make([]Perspective, len(v.perspectives))
	for i, p := range v.perspectives {
		out[i] = *p
	}
	return out
}

// Note returns a note, false if there is none of that id.
func (v *View) Note(id protocol.ID) (Note, bool) { return get(v.notes, id) }

// Notes returns the notes as they lie, the lowest first.
func (v *View) Notes() []Note {
	return sorted(v.notes, func(a, b *Note) int { return cmp.Or(cmp.Compare(a.Front, b.Front), compareID(a.ID, b.ID)) })
}

// NotesIn returns the notes of a cluster as they lie, the lowest first; of the zero id those in no cluster.
func (v *View) NotesIn(cluster protocol.ID) []Note {
	return slices.DeleteFunc(v.Notes(), func(n Note) bool { return n.Cluster != cluster })
}

// Cluster returns a cluster, false if there is none of that id.
func (v *View) Cluster(id protocol.ID) (Cluster, bool) { return get(v.clusters, id) }

// Clusters returns the clusters in order of creation.
func (v *View) Clusters() []Cluster {
	return sorted(v.clusters, func(a, b *Cluster) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), compareID(a.ID, b.ID))
	})
}

// Area returns a frame or target, false if there is none of that id.
func (v *View) Area(id protocol.ID) (Area, bool) { return get(v.areas, id) }

// Areas returns the areas as they lie, the lowest first.
func (v *View) Areas() []Area {
	return sorted(v.areas, func(a, b *Area) int { return cmp.Or(cmp.Compare(a.Front, b.Front), compareID(a.ID, b.ID)) })
}

// Connector returns a connector, false if there is none of that id.
func (v *View) Connector(id protocol.ID) (Connector, bool) { return get(v.connectors, id) }

// Connectors returns the connectors, by id.
func (v *View) Connectors() []Connector { return sorted(v.connectors, byID) }

// Link returns a link, false if there is none of that id or the role may not see links.
func (v *View) Link(id protocol.ID) (Link, bool) { return get(v.links, id) }

// Links returns the links, by id; none for a role that may not see them.
func (v *View) Links() []Link { return sorted(v.links, byID) }

// Changes yields the changes that make this view of an empty one: board, perspectives in their order, participants, areas,
// clusters, notes, connectors and links by id; fields that are zero left out.
func (v *View) Changes() iter.Seq[protocol.Change] {
	return func(yield func(protocol.Change) bool) {
		if v.cover != (Cover{}) && !yield(v.cover.change()) {
			return
		}
		var after protocol.ID
		for _, p := range v.perspectives {
			if !yield(p.change(after)) {
				return
			}
			after = p.ID
		}
		_ = each(v.participants, yield) && each(v.areas, yield) && each(v.clusters, yield) &&
			each(v.notes, yield) && each(v.connectors, yield) && each(v.links, yield)
	}
}

// Encode returns a canonical dump: Changes in canonical JSON, one a line. Two views are of the same state exactly when
// their dumps are equal; position and Seq are not in it.
func (v *View) Encode() []byte {
	var out []byte
	for c := range v.Changes() {
		out = append(protocol.AppendChange(out, &c), '\n')
	}
	return out
}

type object interface {
	id() protocol.ID
	change() protocol.Change
}

func get[T any](m map[protocol.ID]*T, id protocol.ID) (T, bool) {
	if t, ok := m[id]; ok {
		return *t, true
	}
	var none T
	return none, false
}

func sorted[T any](m map[protocol.ID]*T, compare func(a, b *T) int) []T {
	refs := slices.SortedFunc(maps.Values(m), compare)
	out := make([]T, len(refs))
	for i, t := range refs {
		out[i] = *t
	}
	return out
}

func each[T object](m map[protocol.ID]T, yield func(protocol.Change) bool) bool {
	for _, t := range slices.SortedFunc(maps.Values(m), byID) {
		if !yield(t.change()) {
			return false
		}
	}
	return true
}

func byID[T object](a, b T) int { return compareID(a.id(), b.id()) }

func compareID(a, b protocol.ID) int { return bytes.Compare(a[:], b[:]) }
