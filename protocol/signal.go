package protocol

// Kinds of signals. A signal is never journaled and may be dropped; the latest of a kind from one connection wins.
const (
	SignalCursor    = "cursor"    // where the pointer is: x, y
	SignalSelection = "selection" // what is selected: objects
	SignalDrag      = "drag"      // what is being dragged, before the drop is an op: places
	SignalTyping    = "typing"    // which note is being written: objects (one), none when done
	SignalLaser     = "laser"     // a pointer to look at: x, y
	SignalReaction  = "reaction"  // an emoji, at a note or the board: emoji, objects (at most one)
	SignalHere      = "here"      // from the server: the participant has a connection
	SignalGone      = "gone"      // from the server: the participant's last connection ended
)

// SignalKinds lists them all.
var SignalKinds = []string{SignalCursor, SignalSelection, SignalDrag, SignalTyping, SignalLaser, SignalReaction, SignalHere, SignalGone}

// Signal is one of them. Which members a kind has stands beside its name.
type Signal struct {
	Kind    string  `json:"kind"`
	From    ID      `json:"from,omitzero"` // participant; set by the server
	X       *int64  `json:"x,omitempty"`
	Y       *int64  `json:"y,omitempty"`
	Objects []ID    `json:"objects,omitempty"`
	Places  []Place `json:"places,omitempty"`
	Emoji   string  `json:"emoji,omitempty"` // at most 16 UTF-16 units
}

// Place is where a dragged object is shown.
type Place struct {
	ID ID    `json:"id"`
	X  int64 `json:"x"`
	Y  int64 `json:"y"`
}

// Check holds a client's signal against the rules.
func (s *Signal) Check() error {
	if !s.From.IsZero() {
		return CodeServerKind.Errorf("from is the server's")
	}
	if (s.X == nil) != (s.Y == nil) {
		return CodeMalformed.Errorf("x and y come together")
	}
	if s.X != nil {
		if err := checkPlace(*s.X, *s.Y); err != nil {
			return err
		}
	}
	if len(s.Places) > MaxList {
		return CodeListTooLong.Err()
	}
	for _, p := range s.Places {
		if err := checkPlace(p.X, p.Y); err != nil {
			return err
		}
	}
	if s.Emoji != "" && (Length16(s.Emoji) > 16 || checkLine(s.Emoji, 16) != nil) {
		return CodeTextInvalid.Errorf("an emoji")
	}
	if err := checkIDs(s.Objects); err != nil {
		return err
	}
	place, places, one := s.X != nil, len(s.Places) > 0, len(s.Objects) <= 1
	switch s.Kind {
	case SignalCursor, SignalLaser:
		if !place || places || len(s.Objects) > 0 || s.Emoji != "" {
			return CodeMalformed.Errorf("%s has x and y", s.Kind)
		}
	case SignalSelection:
		if place || places || s.Emoji != "" {
			return CodeMalformed.Errorf("selection has objects")
		}
	case SignalDrag:
		if place || len(s.Objects) > 0 || s.Emoji != "" {
			return CodeMalformed.Errorf("drag has places")
		}
	case SignalTyping:
		if place || places || !one || s.Emoji != "" {
			return CodeMalformed.Errorf("typing has at most one object")
		}
	case SignalReaction:
		if place || places || !one || s.Emoji == "" {
			return CodeMalformed.Errorf("reaction has an emoji and at most one object")
		}
	case SignalHere, SignalGone:
		return CodeServerKind.Errorf("%s", s.Kind)
	default:
		return CodeUnknownKind.Errorf("signal %q", s.Kind)
	}
	return nil
}
