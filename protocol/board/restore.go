package board

import "github.com/denkwand/denkwand/protocol"

const nothing = protocol.CodeNothingToUndo

// restoreAll restores the old values of a record. What was deleted comes back first, from the holders to what they hold;
// then fields get their values; then what was made goes, from what is held to its holders. It reports whether anything
// was restored, and if not, why.
func (s *State) restoreAll(r *record) (restored bool, reason protocol.Code) {
	reason = nothing
	for step := range steps {
		for k := len(r.Old) - 1; k >= 0; k-- {
			if r.Old[k].step() != step {
				continue
			}
			switch code := s.restore(r, &r.Old[k]); code {
			case "":
				restored = true
			case nothing:
			default:
				reason = code
			}
		}
	}
	return restored, reason
}

const steps = 7

// step is when an old value's turn comes.
func (o *old) step() int {
	depth := 0
	switch o.Field {
	case clusterLife, areaLife:
	case noteLife:
		depth = 1
	case connectorLife:
		depth = 2
	default:
		return 3
	}
	if o.A == 1 {
		return depth
	}
	return steps - 1 - depth
}

// restore brings one old value back if the field still is what the record's op made it.
func (s *State) restore(r *record, o *old) protocol.Code {
	switch o.Field {
	case boardTitle, boardQuestion, boardLanguage, boardBackground:
		if _, at, _ := s.wallText(o.Field); *at != o.Now {
			return nothing
		}
		return s.setWallText(o.Field, o.Text, o.Before)
	case noteLife, clusterLife, areaLife, connectorLife:
		return s.restoreLife(r, o)
	case clusterTitle:
		c := s.clusters[o.Object]
		if c == nil || c.TitleAt != o.Now {
			return nothing
		}
		s.titleCluster(c, o.Text, o.Before)
		return ""
	case connectorLabel:
		c := s.connectors[o.Object]
		if c == nil || c.LabelAt != o.Now {
			return nothing
		}
		s.labelConnector(c, o.Text, o.Before)
		return ""
	case areaTitle, areaPlace, areaSize, areaRings, areaFront:
		if a := s.areas[o.Object]; a != nil {
			return s.restoreOfArea(a, o)
		}
		return nothing
	}
	if n := s.notes[o.Object]; n != nil {
		return s.restoreOfNote(n, o)
	}
	return nothing
}

func (s *State) restoreOfNote(n *note, o *old) protocol.Code {
	switch o.Field {
	case noteText:
		return s.restoreText(n, o)
	case notePlace:
		if n.PlaceAt != o.Now {
			return nothing
		}
		s.moveNote(n, o.A, o.B, o.Before)
	case noteSize:
		if n.SizeAt != o.Now {
			return nothing
		}
		s.resizeNote(n, o.A, o.B, o.Before)
	case noteColour:
		if n.ColourAt != o.Now || len(s.perspectiveOrder) > 0 {
			return nothing
		}
		s.colourNote(n, uint8(o.A), o.Before)
	case noteTags:
		if n.TagsAt != o.Now {
			return nothing
		}
		s.tagNote(n, o.Tags, o.Before)
	case noteCluster:
		if n.ClusterAt != o.Now || !o.Ref.IsZero() && s.clusters[o.Ref] == nil {
			return nothing
		}
		s.putNote(n, o.Ref, o.Before)
	case noteFront:
		if n.FrontAt != o.Now {
			return nothing
		}
		s.layNote(n, o.A, o.Before)
	}
	return ""
}

func (s *State) restoreOfArea(a *area, o *old) protocol.Code {
	switch o.Field {
	case areaTitle:
		if a.TitleAt != o.Now {
			return nothing
		}
		s.titleArea(a, o.Text, o.Before)
	case areaPlace:
		if a.PlaceAt != o.Now {
			return nothing
		}
		s.moveArea(a, o.A, o.B, o.Before)
	case areaSize:
		if a.SizeAt != o.Now {
			return nothing
		}
		s.resizeArea(a, o.A, o.B, o.Before)
	case areaRings:
		if a.RingsAt != o.Now {
			return nothing
		}
		s.setRings(a, o.Rings, o.Before)
	case areaFront:
		if a.FrontAt != o.Now {
			return nothing
		}
		s.layArea(a, o.A, o.Before)
	}
	return ""
}

// restoreLife makes an object live or not, as it was.
func (s *State) restoreLife(r *record, o *old) protocol.Code {
	lives := s.objectLives(o.Object)
	at := s.lifeAt(o.Object)
	switch {
	case at == nil && o.A == 1:
		return protocol.CodeStale // too many were deleted since
	case at == nil || *at != o.Now:
		return nothing
	case lives == (o.A == 1):
		// A batch deleted and brought back, or the other way round: only the stamp differs.
		s.replaces(old{Field: o.Field, Object: o.Object, Before: *at, Now: o.Before, A: o.A})
		*at = o.Before
		return ""
	case lives:
		return s.takeAway(r, o)
	}
	return s.bringBack(o)
}

// lifeAt is the stamp of an object's life, or nil if nothing is kept of it.
func (s *State) lifeAt(id protocol.ID) *uint64 {
	t := s.dead[id]
	if t == nil {
		t = &tombstone{Note: s.notes[id], Cluster: s.clusters[id], Area: s.areas[id], Connector: s.connectors[id]}
	}
	switch {
	case t.Note != nil:
		return &t.Note.LifeAt
	case t.Cluster != nil:
		return &t.Cluster.LifeAt
	case t.Area != nil:
		return &t.Area.LifeAt
	case t.Connector != nil:
		return &t.Connector.LifeAt
	}
	return nil
}

// bringBack restores an object that the op deleted, as it was.
func (s *State) bringBack(o *old) protocol.Code {
	if code := s.space(); code != "" {
		return code
	}
	switch t := s.dead[o.Object]; {
	case t.Note != nil:
		s.restoreNote(t, o.Before, !o.Ref.IsZero())
	case t.Cluster != nil:
		s.restoreCluster(t.Cluster, o.Before)
	case t.Area != nil:
		if !s.fits(t.Area) {
			return protocol.CodeBoardFull
		}
		s.restoreArea(t.Area, o.Before)
	case !s.endLives(t.Connector.From) || !s.endLives(t.Connector.To):
		return nothing
	default:
		s.restoreConnector(t.Connector, o.Before)
	}
	return ""
}

// takeAway deletes an object that the op made or brought back. One that it made goes unless somebody else has a part in
// it; one that it brought back goes unless anything of it was changed since, by whomever.
func (s *State) takeAway(r *record, o *old) protocol.Code {
	made := o.Before == 0
	if !made && s.joinedSince(o.Object, r.Seq) {
		return nothing
	}
	switch o.Field {
	case noteLife:
		n := s.notes[o.Object]
		if made && n.Shared || !made && (n.TextAt > r.Seq || n.ClusterAt > r.Seq) {
			return nothing
		}
		s.unrestoreNote(n, o)
	case clusterLife:
		c := s.clusters[o.Object]
		if len(c.notes) > 0 || made && c.Shared || !made && c.TitleAt > r.Seq {
			return nothing
		}
		s.deleteCluster(c, o.Before)
	case areaLife:
		a := s.areas[o.Object]
		if made && a.Shared || !made && a.changedAt() > r.Seq {
			return nothing
		}
		s.deleteArea(a, o.Before)
	case connectorLife:
		c := s.connectors[o.Object]
		if made && c.Shared || !made && c.LabelAt > r.Seq {
			return nothing
		}
		s.deleteConnector(c, o.Before)
	}
	return ""
}

// joinedSince reports whether a connector was drawn at an object after an entry.
func (s *State) joinedSince(object protocol.ID, seq uint64) bool {
	for id := range s.arrows[object] {
		if s.connectors[id].LifeAt > seq {
			return true
		}
	}
	return false
}
