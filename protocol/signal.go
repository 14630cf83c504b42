package protocol

import (
	"slices"
	"strings"
)

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

// SignalInfo describes a kind of signal to Check, the TypeScript generator and the tests.
type SignalInfo struct {
	Name string
	// Has names the members it has beside kind and from. Lists may be absent, others may not.
	Has []string
	// Objects is how many objects it may name, 0 if MaxList.
	Objects int
	// Server marks kinds that only the server sends.
	Server bool
}

// SignalKinds lists them all.
var SignalKinds = []SignalInfo{
	{Name: SignalCursor, Has: []string{"x", "y"}},
	{Name: SignalSelection, Has: []string{"objects"}},
	{Name: SignalDrag, Has: []string{"places"}},
	{Name: SignalTyping, Has: []string{"objects"}, Objects: 1},
	{Name: SignalLaser, Has: []string{"x", "y"}},
	{Name: SignalReaction, Has: []string{"objects", "emoji"}, Objects: 1},
	{Name: SignalHere, Server: true},
	{Name: SignalGone, Server: true},
}

func signalInfo(kind string) *SignalInfo {
	for i := range SignalKinds {
		if SignalKinds[i].Name == kind {
			return &SignalKinds[i]
		}
	}
	return nil
}

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

// Check holds a client's signal against the rules. The error is an *Error; its codes that close the connection do so.
func (s *Signal) Check() error {
	info := signalInfo(s.Kind)
	switch {
	case info == nil:
		return CodeUnknownKind.Errorf("signal %q", clip([]byte(s.Kind)))
	case info.Server:
		return CodeServerKind.Errorf("%s", s.Kind)
	case !s.From.IsZero():
		return CodeServerKind.Errorf("from is the server's")
	case s.X != nil != info.has("x") || s.Y != nil != info.has("y") || s.Emoji != "" != info.has("emoji") ||
		len(s.Objects) > 0 && !info.has("objects") || len(s.Places) > 0 && !info.has("places"):
		return CodeMalformed.Errorf("%s has %s", s.Kind, strings.Join(info.Has, ", "))
	case info.Objects > 0 && len(s.Objects) > info.Objects:
		return CodeMalformed.Errorf("%s has at most %d object", s.Kind, info.Objects)
	case len(s.Places) > MaxList:
		return CodeListTooLong.Errorf("%d places, at most %d", len(s.Places), MaxList)
	}
	if s.X != nil {
		if err := checkPlace(*s.X, *s.Y); err != nil {
			return err
		}
	}
	for _, p := range s.Places {
		if err := checkPlace(p.X, p.Y); err != nil {
			return err
		}
	}
	if checkLine(s.Emoji, MaxEmoji) != nil {
		return CodeTextInvalid.Errorf("an emoji")
	}
	return checkIDs(s.Objects)
}

func (i *SignalInfo) has(member string) bool { return slices.Contains(i.Has, member) }
