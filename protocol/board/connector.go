package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// connector is an arrow between two objects.
type connector struct {
	ID      protocol.ID `json:"id"`
	Author  protocol.ID `json:"author,omitzero"`
	From    protocol.ID `json:"from"`
	To      protocol.ID `json:"to"`
	Label   string      `json:"label,omitempty"`
	LifeAt  uint64      `json:"lifeAt,omitempty"`
	LabelAt uint64      `json:"labelAt"`
	Shared  bool        `json:"shared,omitempty"` // somebody other than its author labelled it
}

func (c *connector) weight() int { return 192 + written(c.Label) }

func (s *State) connectorCreate(op *protocol.ConnectorCreate) protocol.Code {
	if code := s.room(op.Connector); code != "" {
		return code
	}
	for _, end := range [...]protocol.ID{op.From, op.To} {
		if !s.endLives(end) {
			return s.absent(end)
		}
	}
	c := &connector{ID: op.Connector, Author: s.author(), From: op.From, To: op.To, Label: op.Label,
		LifeAt: s.seq, LabelAt: s.seq}
	s.replaces(old{Field: connectorLife, Object: c.ID, Now: s.seq})
	s.size += c.weight()
	s.sharesEnd(c.From)
	s.sharesEnd(c.To)
	s.placeConnector(c)
	return ""
}

// sharesEnd marks an object as one that somebody other than its author has a part in.
func (s *State) sharesEnd(id protocol.ID) {
	if n := s.notes[id]; n != nil {
		s.shares(n)
	} else if c := s.clusters[id]; c != nil {
		s.joins(c)
	} else if a := s.areas[id]; a != nil {
		s.reworks(a)
	}
}

func (s *State) placeConnector(c *connector) {
	s.connectors[c.ID] = c
	addTo(s.arrows, c.From, c.ID)
	addTo(s.arrows, c.To, c.ID)
	s.emit(protocol.Change{Connector: c.whole()})
}

func (c *connector) whole() *protocol.ConnectorChange {
	v := *c
	return &protocol.ConnectorChange{ID: v.ID, From: &v.From, To: &v.To, Label: &v.Label}
}

func (s *State) connector(id protocol.ID) (*connector, protocol.Code) {
	if c := s.connectors[id]; c != nil {
		return c, ""
	}
	return nil, s.absent(id)
}

func (s *State) connectorLabel(op *protocol.ConnectorLabel) protocol.Code {
	c, code := s.connector(op.Connector)
	if code != "" {
		return code
	}
	if c.Author != s.author() {
		c.Shared = true
	}
	s.labelConnector(c, op.Label, s.seq)
	return ""
}

func (s *State) labelConnector(c *connector, label string, stamp uint64) {
	s.replaces(old{Field: connectorLabel, Object: c.ID, Before: c.LabelAt, Now: stamp, Text: c.Label})
	c.LabelAt = stamp
	if c.Label == label {
		return
	}
	s.size += written(label) - written(c.Label)
	c.Label = label
	s.emit(protocol.Change{Connector: &protocol.ConnectorChange{ID: c.ID, Label: &label}})
}

func (s *State) connectorDelete(op *protocol.ConnectorDelete) protocol.Code {
	c, code := s.connector(op.Connector)
	if code != "" {
		return code
	}
	s.deleteConnector(c, s.seq)
	return ""
}

func (s *State) deleteConnector(c *connector, stamp uint64) {
	s.replaces(old{Field: connectorLife, Object: c.ID, Before: c.LifeAt, Now: stamp, A: 1})
	c.LifeAt = stamp
	delete(s.connectors, c.ID)
	takeFrom(s.arrows, c.From, c.ID)
	takeFrom(s.arrows, c.To, c.ID)
	s.entomb(c.ID, &tombstone{Connector: c})
	s.emit(protocol.Change{Connector: &protocol.ConnectorChange{ID: c.ID, Deleted: true}})
}

// deleteArrows deletes the connectors at an object that goes, and returns which of them can be brought back with it.
func (s *State) deleteArrows(object protocol.ID) []protocol.ID {
	arrows := s.arrows[object].sorted()
	for _, id := range arrows {
		s.deleteConnector(s.connectors[id], s.seq)
	}
	return slices.Clone(arrows[max(0, len(arrows)-maxDead):])
}

func (s *State) restoreConnector(c *connector, stamp uint64) {
	s.exhume(c.ID)
	s.replaces(old{Field: connectorLife, Object: c.ID, Before: c.LifeAt, Now: stamp})
	c.LifeAt = stamp
	s.placeConnector(c)
}

// restoreArrows brings back those connectors whose other end is there, as far as there is room.
func (s *State) restoreArrows(arrows []protocol.ID, stamp uint64) {
	for _, id := range arrows {
		t := s.dead[id]
		if t == nil || t.Connector == nil || s.space() != "" {
			continue
		}
		if c := t.Connector; s.endLives(c.From) && s.endLives(c.To) {
			s.restoreConnector(c, stamp)
		}
	}
}
