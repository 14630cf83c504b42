package board

import "github.com/denkwand/denkwand/protocol"

const nothing = protocol.CodeNothingToUndo

// restore brings one old value back if the field still is what the record's op made it.
func (s *State) restore(r *record, o *old) protocol.Code {
	switch o.Field {
	case boardTitle, boardQuestion, boardLanguage, boardBackground:
		if _, at, _ := s.wallText(o.Field); *at != o.Now {
			return nothing
		}
		return s.setWallText(o.Field, o.Text, o.Before)
	case noteLife, clusterLife, areaLife, connectorLife:
		if o.A == 1 {
			return s.bringBack(o)
		}
		return s.takeAway(r, o)
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

// bringBack restores an object that the op deleted, as it was.
func (s *State) bringBack(o *old) protocol.Code {
	if s.objectLives(o.Object) {
		return nothing
	}
	t := s.dead[o.Object]
	if t == nil {
		return protocol.CodeStale // too many were deleted since
	}
	if t.lifeAt() != o.Now {
		return nothing
	}
	if code := s.space(); code != "" {
		return code
	}
	switch {
	case t.Note != nil:
		s.restoreNote(t, o.Before)
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

func (t *tombstone) lifeAt() uint64 {
	switch {
	case t.Note != nil:
		return t.Note.LifeAt
	case t.Cluster != nil:
		return t.Cluster.LifeAt
	case t.Area != nil:
		return t.Area.LifeAt
	}
	return t.Connector.LifeAt
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
		if n == nil || n.LifeAt != o.Now || made && n.Shared ||
			!made && (n.TextAt > r.Seq || n.ClusterAt > r.Seq) {
			return nothing
		}
		s.deleteNote(n, o.Before)
	case clusterLife:
		c := s.clusters[o.Object]
		if c == nil || c.LifeAt != o.Now || len(c.notes) > 0 || made && c.Shared || !made && c.TitleAt > r.Seq {
			return nothing
		}
		s.deleteCluster(c, o.Before)
	case areaLife:
		a := s.areas[o.Object]
		if a == nil || a.LifeAt != o.Now || made && a.Shared || !made && a.changedAt() > r.Seq {
			return nothing
		}
		s.deleteArea(a, o.Before)
	case connectorLife:
		c := s.connectors[o.Object]
		if c == nil || c.LifeAt != o.Now || made && c.Shared || !made && c.LabelAt > r.Seq {
			return nothing
		}
		s.deleteConnector(c, o.Before)
	}
	return ""
}

// joinedSince reports whether a connector was drawn at an object after an entry.
func (s *State) joinedSince(object protocol.ID, seq uint64) bool {
	for _, id := range s.arrows[object] {
		if s.connectors[id].LifeAt > seq {
			return true
		}
	}
	return false
}
