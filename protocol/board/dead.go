package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// maxDead is how many deleted objects can be brought back.
const maxDead = 1000

// tombstone keeps a deleted object as it was. Exactly one of the objects is set.
type tombstone struct {
	Note      *note         `json:"note,omitempty"`
	Cluster   *cluster      `json:"cluster,omitempty"`
	Area      *area         `json:"area,omitempty"`
	Connector *connector    `json:"connector,omitempty"`
	Arrows    []protocol.ID `json:"arrows,omitempty"` // connectors that went with it
}

func (t *tombstone) id() protocol.ID {
	switch {
	case t.Note != nil:
		return t.Note.ID
	case t.Cluster != nil:
		return t.Cluster.ID
	case t.Area != nil:
		return t.Area.ID
	}
	return t.Connector.ID
}

func (t *tombstone) weight() int { return idSize * len(t.Arrows) }

// objectWeight is what the object itself weighs, on the board or deleted.
func (t *tombstone) objectWeight() int {
	switch {
	case t.Note != nil:
		return t.Note.weight()
	case t.Cluster != nil:
		return t.Cluster.weight()
	case t.Area != nil:
		return t.Area.weight()
	}
	return t.Connector.weight()
}

// entomb keeps a deleted object among the last ones, and forgets what the oldest was. On a full board it forgets as many
// as it takes to be below the limit again: who deletes there wants room.
func (s *State) entomb(id protocol.ID, t *tombstone) {
	s.dead[id] = t
	s.deadOrder = append(s.deadOrder, id)
	s.size += t.weight()
	for len(s.deadOrder) > maxDead || s.full() && len(s.deadOrder) > 1 {
		s.forget(s.deadOrder[0])
		s.deadOrder = s.deadOrder[1:]
	}
}

// forget drops what is kept of a deleted object; its id stays taken.
func (s *State) forget(id protocol.ID) {
	t := s.dead[id]
	delete(s.dead, id)
	s.size -= t.weight() + t.objectWeight()
	s.bury(id)
	switch {
	case t.Note != nil:
		s.revisionQueue.live -= len(t.Note.History)
		s.revisionQueue.bytes -= t.Note.textSize
		t.Note.History = nil
	case t.Area != nil:
		for _, ring := range t.Area.Rings {
			delete(s.rings, ring.ID)
			s.bury(ring.ID)
		}
	}
}

// exhume takes a deleted object out of those that are kept, because it comes back.
func (s *State) exhume(id protocol.ID) {
	s.size -= s.dead[id].weight()
	delete(s.dead, id)
	at := slices.Index(s.deadOrder, id)
	s.deadOrder = slices.Delete(s.deadOrder, at, at+1)
}

// bury keeps an id taken though nothing else is known of it.
func (s *State) bury(id protocol.ID) {
	if _, there := s.gone[id]; !there {
		s.gone[id] = struct{}{}
		s.size += idSize
	}
}
