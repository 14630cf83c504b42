package board

import "github.com/denkwand/denkwand/protocol"

// perspective is a group that people speak for. It is never deleted: notes keep theirs.
type perspective struct {
	ID      protocol.ID `json:"id"`
	Label   string      `json:"label"`
	Colour  uint8       `json:"colour"`
	Pattern uint8       `json:"pattern"`
}

func (p *perspective) weight() int { return 96 + written(p.Label) }

func (s *State) perspectiveAdd(op *protocol.PerspectiveAdd) protocol.Code {
	if s.used(op.Perspective) {
		return protocol.CodeTaken
	}
	if len(s.perspectiveOrder) >= protocol.MaxPerspectives {
		return protocol.CodeBoardFull
	}
	colour, pattern, ok := s.freePair(op.Colour, op.Pattern)
	if !ok {
		return protocol.CodeTaken
	}
	at := len(s.perspectiveOrder)
	for i, p := range s.perspectiveOrder {
		if p.ID == op.After {
			at = i + 1
		}
	}
	p := &perspective{ID: op.Perspective, Label: op.Label, Colour: colour, Pattern: pattern}
	s.perspectives[p.ID] = p
	s.perspectiveOrder = append(s.perspectiveOrder, nil)
	copy(s.perspectiveOrder[at+1:], s.perspectiveOrder[at:])
	s.perspectiveOrder[at] = p
	s.size += p.weight()
	s.emit(protocol.Change{Perspective: s.wholePerspective(at)})
	if at+1 < len(s.perspectiveOrder) {
		after := protocol.Ref(p.ID)
		next := s.perspectiveOrder[at+1].ID
		s.emit(protocol.Change{Perspective: &protocol.PerspectiveChange{ID: next, After: &after}})
	}
	return ""
}

// wholePerspective returns the perspective at a place of the order.
func (s *State) wholePerspective(at int) *protocol.PerspectiveChange {
	p := s.perspectiveOrder[at]
	label, colour, pattern := p.Label, p.Colour, p.Pattern
	var after protocol.Ref
	if at > 0 {
		after = protocol.Ref(s.perspectiveOrder[at-1].ID)
	}
	return &protocol.PerspectiveChange{ID: p.ID, Label: &label, Colour: &colour, Pattern: &pattern, After: &after}
}

// freePair returns the first pair of colour and pattern that no perspective has and that is the wished one where a wish
// is not 0. The k-th pair has the k-th colour and the k-th pattern, each round of eight colours starting one pattern
// later, so that the 64 pairs all come and neighbours differ in both.
func (s *State) freePair(colour, pattern uint8) (c, p uint8, ok bool) {
	for k := range protocol.Colours * protocol.Patterns {
		c = uint8(k%protocol.Colours) + 1
		p = uint8((k+k/protocol.Colours)%protocol.Patterns) + 1
		if (colour == 0 || colour == c) && (pattern == 0 || pattern == p) && s.pairOwner(c, p) == nil {
			return c, p, true
		}
	}
	return 0, 0, false
}

func (s *State) pairOwner(colour, pattern uint8) *perspective {
	for _, p := range s.perspectiveOrder {
		if p.Colour == colour && p.Pattern == pattern {
			return p
		}
	}
	return nil
}

func (s *State) perspectiveRename(op *protocol.PerspectiveRename) protocol.Code {
	p := s.perspectives[op.Perspective]
	if p == nil {
		return protocol.CodeMissing
	}
	if p.Label == op.Label {
		return ""
	}
	s.size += written(op.Label) - written(p.Label)
	label := op.Label
	p.Label = label
	s.emit(protocol.Change{Perspective: &protocol.PerspectiveChange{ID: p.ID, Label: &label}})
	return ""
}

// perspectiveRecolour keeps the pair of colour and pattern unique: it is what tells perspectives apart.
func (s *State) perspectiveRecolour(op *protocol.PerspectiveRecolour) protocol.Code {
	p := s.perspectives[op.Perspective]
	if p == nil {
		return protocol.CodeMissing
	}
	switch s.pairOwner(op.Colour, op.Pattern) {
	case p:
		return ""
	case nil:
	default:
		return protocol.CodeTaken
	}
	colour, pattern := op.Colour, op.Pattern
	p.Colour, p.Pattern = colour, pattern
	s.emit(protocol.Change{Perspective: &protocol.PerspectiveChange{ID: p.ID, Colour: &colour, Pattern: &pattern}})
	return ""
}
