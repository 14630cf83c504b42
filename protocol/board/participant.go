package board

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/denkwand/denkwand/protocol"
)

// participant is a person on the board.
type participant struct {
	ID          protocol.ID   `json:"id"`
	Token       hash          `json:"token"`
	Name        string        `json:"name"`
	Colour      uint8         `json:"colour"`
	Perspective protocol.ID   `json:"perspective,omitzero"`
	Links       []protocol.ID `json:"links"` // it came by, first one first
	Left        bool          `json:"left,omitempty"`
	Removed     bool          `json:"removed,omitempty"` // by somebody else
	Writers     []*writer     `json:"writers,omitempty"` // oldest first
	Pruned      []*writer     `json:"pruned,omitempty"`  // oldest first
	Records     []*record     `json:"records,omitempty"` // oldest first

	role protocol.Role // derived from the links
}

func (p *participant) weight() int { return 256 + written(p.Name) + idSize*len(p.Links) }

func (p *participant) cameBy(link protocol.ID) bool {
	for _, id := range p.Links {
		if id == link {
			return true
		}
	}
	return false
}

// Role returns what a participant may do. It is RoleNone for who is unknown, has left, or has no link that was not
// withdrawn.
func (s *State) Role(id protocol.ID) protocol.Role {
	if p := s.people[id]; p != nil {
		return p.role
	}
	return protocol.RoleNone
}

// ParticipantByToken finds a participant by the SHA-256 of its token, also one who has left: Role and Removed say whether
// it may still come in, and why not.
func (s *State) ParticipantByToken(token [32]byte) (protocol.ID, bool) {
	p := s.tokens[token]
	if p == nil {
		return protocol.ID{}, false
	}
	return p.ID, true
}

// Removed reports whether a participant has left for good, and whether somebody else removed it.
func (s *State) Removed(id protocol.ID) (left, removed bool) {
	p := s.people[id]
	if p == nil {
		return false, false
	}
	return p.Left, p.Removed
}

// judge gives p the role its links give it.
func (s *State) judge(p *participant) {
	role := s.roleOf(p)
	if role == p.role {
		return
	}
	p.role = role
	s.emit(protocol.Change{Participant: &protocol.ParticipantChange{ID: p.ID, Role: &role}})
}

func (s *State) roleOf(p *participant) protocol.Role {
	role := protocol.RoleNone
	if p.Left {
		return role
	}
	for _, id := range p.Links {
		role = max(role, s.gives(id))
	}
	return role
}

func (s *State) judgeAll() {
	for _, p := range s.order {
		s.judge(p)
	}
}

func (s *State) participantJoin(op *protocol.ParticipantJoin) protocol.Code {
	l := s.links[op.Link]
	if l == nil {
		return protocol.CodeLinkUnknown
	}
	if s.used(op.Participant) || s.tokens[hash(op.Token)] != nil {
		return protocol.CodeTaken // before the link is looked at: joining twice is not the link's fault
	}
	if code := l.state().Holds(s.turn.entry.Time); code != "" {
		return code
	}
	if !op.Perspective.IsZero() && s.perspectives[op.Perspective] == nil {
		return protocol.CodeMissing
	}
	if len(s.people) >= protocol.MaxParticipants {
		return protocol.CodeBoardFull
	}
	p := &participant{ID: op.Participant, Token: hash(op.Token), Name: s.freeName(op.Name), Colour: op.Colour,
		Perspective: op.Perspective, Links: []protocol.ID{l.ID}, role: l.Role}
	if p.Colour == 0 {
		p.Colour = uint8(len(s.order)%protocol.Colours) + 1
	}
	s.people[p.ID], s.tokens[p.Token], s.names[p.Name] = p, p, p
	s.order = append(s.order, p)
	s.size += p.weight()
	s.take(l)
	s.emit(protocol.Change{Participant: p.whole()})
	return ""
}

func (p *participant) whole() *protocol.ParticipantChange {
	name, colour, perspective, role, left := p.Name, p.Colour, protocol.Ref(p.Perspective), p.role, p.Left
	return &protocol.ParticipantChange{ID: p.ID, Name: &name, Colour: &colour, Perspective: &perspective, Role: &role,
		Left: &left}
}

// freeName returns a name that nobody here has: the second Noor is "Noor 2".
func (s *State) freeName(name string) string {
	free := name
	for k := 2; s.names[free] != nil; k++ {
		suffix := " " + strconv.Itoa(k)
		free = shorten(name, protocol.MaxName-len(suffix)) + suffix
	}
	return free
}

// shorten cuts s to at most n UTF-16 units, between characters.
func shorten(s string, n int) string {
	for protocol.Length16(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimRight(s, " ")
}

// meant returns the participant an op is about: the one it names, or its author.
func (s *State) meant(id protocol.ID) (*participant, protocol.Code) {
	if id.IsZero() {
		id = s.author()
	}
	p := s.people[id]
	switch {
	case p == nil:
		return nil, protocol.CodeMissing
	case p.Left:
		return nil, protocol.CodeParticipantLeft
	}
	return p, ""
}

// aboutNeeds is the role it takes to set something of a participant: anybody here may set their own.
func (s *State) aboutNeeds(id protocol.ID) protocol.Role {
	if id.IsZero() || id == s.author() {
		return protocol.RoleViewer
	}
	return protocol.RoleFacilitator
}

func (s *State) participantRenameNeeds(op *protocol.ParticipantRename) protocol.Role {
	return s.aboutNeeds(op.Participant)
}

func (s *State) participantRename(op *protocol.ParticipantRename) protocol.Code {
	p, code := s.meant(op.Participant)
	if code != "" {
		return code
	}
	delete(s.names, p.Name) // one's own name is free for oneself
	name := s.freeName(op.Name)
	s.names[name] = p
	if name == p.Name {
		return ""
	}
	s.size += written(name) - written(p.Name)
	p.Name = name
	s.emit(protocol.Change{Participant: &protocol.ParticipantChange{ID: p.ID, Name: &name}})
	return ""
}

func (s *State) participantColour(op *protocol.ParticipantColour) protocol.Code {
	p, code := s.meant(protocol.ID{})
	if code != "" || p.Colour == op.Colour {
		return code
	}
	colour := op.Colour
	p.Colour = colour
	s.emit(protocol.Change{Participant: &protocol.ParticipantChange{ID: p.ID, Colour: &colour}})
	return ""
}

func (s *State) participantPerspectiveNeeds(op *protocol.ParticipantPerspective) protocol.Role {
	return s.aboutNeeds(op.Participant)
}

func (s *State) participantPerspective(op *protocol.ParticipantPerspective) protocol.Code {
	p, code := s.meant(op.Participant)
	if code != "" {
		return code
	}
	if !op.Perspective.IsZero() && s.perspectives[op.Perspective] == nil {
		return protocol.CodeMissing
	}
	if p.Perspective == op.Perspective {
		return ""
	}
	p.Perspective = op.Perspective
	ref := protocol.Ref(op.Perspective)
	s.emit(protocol.Change{Participant: &protocol.ParticipantChange{ID: p.ID, Perspective: &ref}})
	return ""
}

// participantLeaveNeeds: anybody may leave; a facilitator removes those below, an owner everybody.
func (s *State) participantLeaveNeeds(op *protocol.ParticipantLeave) protocol.Role {
	if op.Participant.IsZero() || op.Participant == s.author() {
		return protocol.RoleViewer
	}
	return min(max(protocol.RoleFacilitator, s.Role(op.Participant)+1), protocol.RoleOwner)
}

func (s *State) participantLeave(op *protocol.ParticipantLeave) protocol.Code {
	p, code := s.meant(op.Participant)
	if code != "" {
		return code
	}
	p.Left, p.Removed, p.role = true, p.ID != s.author(), protocol.RoleNone
	delete(s.names, p.Name)
	left, role := true, protocol.RoleNone
	s.emit(protocol.Change{Participant: &protocol.ParticipantChange{ID: p.ID, Role: &role, Left: &left}})
	return ""
}
