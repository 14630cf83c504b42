package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// maxCameBy is how many links are remembered that a participant came by.
const maxCameBy = 16

// link is an invitation.
type link struct {
	ID       protocol.ID   `json:"id"`
	Secret   hash          `json:"secret"`
	Role     protocol.Role `json:"role"`
	Label    string        `json:"label,omitempty"`
	Expires  int64         `json:"expires,omitempty"`
	Uses     int64         `json:"uses,omitempty"`
	Used     int64         `json:"used,omitempty"`
	Password string        `json:"password,omitempty"`
	Revoked  bool          `json:"revoked,omitempty"`
	Created  int64         `json:"created,omitempty"`
	By       protocol.ID   `json:"by,omitzero"`
}

// LinkState is what the board knows of a link. Secret and Password never leave the server.
type LinkState struct {
	ID       protocol.ID
	Secret   [32]byte // SHA-256
	Role     protocol.Role
	Label    string
	Expires  int64  // unix milliseconds; 0: never
	Uses     int64  // people it lets in; 0: any number
	Used     int64  // people it has let in
	Password string // argon2id string; empty: none
	Revoked  bool
	Created  int64       // unix milliseconds
	By       protocol.ID // participant who made it; zero: the server
}

// Holds returns why the link lets nobody in at a moment, or "" if it does.
func (l LinkState) Holds(unixMilli int64) protocol.Code {
	switch {
	case l.Revoked:
		return protocol.CodeLinkRevoked
	case l.Expires != 0 && unixMilli >= l.Expires:
		return protocol.CodeLinkExpired
	case l.Uses != 0 && l.Used >= l.Uses:
		return protocol.CodeLinkFull
	}
	return ""
}

func (l *link) state() LinkState {
	return LinkState{ID: l.ID, Secret: l.Secret, Role: l.Role, Label: l.Label, Expires: l.Expires, Uses: l.Uses,
		Used: l.Used, Password: l.Password, Revoked: l.Revoked, Created: l.Created, By: l.By}
}

func (l *link) weight() int { return 256 + written(l.Label) + written(l.Password) }

// Link returns a link, withdrawn ones too.
func (s *State) Link(id protocol.ID) (LinkState, bool) { return found(s.links[id]) }

// LinkBySecret finds a link by the SHA-256 of its secret.
func (s *State) LinkBySecret(secret [32]byte) (LinkState, bool) { return found(s.linkSecrets[secret]) }

func found(l *link) (LinkState, bool) {
	if l == nil {
		return LinkState{}, false
	}
	return l.state(), true
}

// RecoveryHash returns the SHA-256 of the owner's recovery code that works now.
func (s *State) RecoveryHash() [32]byte { return s.wall.Recovery }

// linkCreateNeeds: who may invite may invite up to a facilitator; only owners make owners.
func (s *State) linkCreateNeeds(op *protocol.LinkCreate) protocol.Role {
	return max(protocol.RoleFacilitator, op.Role)
}

func (s *State) linkCreate(op *protocol.LinkCreate) protocol.Code {
	if s.used(op.Link) || s.linkSecrets[hash(op.Secret)] != nil {
		return protocol.CodeTaken
	}
	if len(s.links) >= protocol.MaxLinks {
		return protocol.CodeBoardFull
	}
	s.addLink(&link{ID: op.Link, Secret: hash(op.Secret), Role: op.Role, Label: op.Label, Expires: op.Expires,
		Uses: op.Uses, Password: op.Password, Created: s.turn.entry.Time, By: s.author()})
	return ""
}

func (s *State) addLink(l *link) {
	s.links[l.ID], s.linkSecrets[l.Secret] = l, l
	s.linkOrder = append(s.linkOrder, l)
	s.size += l.weight()
	s.emit(protocol.Change{Link: l.whole()})
}

func (l *link) whole() *protocol.LinkChange {
	v := *l
	password := v.Password != ""
	return &protocol.LinkChange{ID: v.ID, Role: &v.Role, Label: &v.Label, Expires: &v.Expires, Uses: &v.Uses,
		Used: &v.Used, Password: &password, Revoked: &v.Revoked, Created: &v.Created}
}

// take counts one more person for a link.
func (s *State) take(l *link) {
	l.Used++
	used := l.Used
	s.emit(protocol.Change{Link: &protocol.LinkChange{ID: l.ID, Used: &used}})
}

// linkUse gives a participant who is here already the role of another link, if it is a higher one.
func (s *State) linkUse(op *protocol.LinkUse) protocol.Code {
	if a := s.author(); !a.IsZero() && a != op.Participant {
		return protocol.CodeForbidden
	}
	l, p := s.links[op.Link], s.people[op.Participant]
	switch {
	case l == nil:
		return protocol.CodeLinkUnknown
	case p == nil:
		return protocol.CodeMissing
	case p.Left:
		return protocol.CodeParticipantLeft
	case l.Revoked:
		return protocol.CodeLinkRevoked
	case p.cameBy(l.ID):
		return protocol.CodeUnchanged // coming back costs nothing, even when the link lets nobody new in
	}
	if code := l.state().Holds(s.turn.entry.Time); code != "" {
		return code
	}
	p.Links = append(p.Links, l.ID)
	s.size += idSize
	if len(p.Links) > maxCameBy {
		s.forgetLink(p)
	}
	s.take(l)
	s.judge(p)
	return ""
}

// forgetLink forgets that p came by a link, so that it may count as a new one there: the first of those, the last one
// excepted, that give the least.
func (s *State) forgetLink(p *participant) {
	least := 0
	for i := range p.Links[:len(p.Links)-1] {
		if s.gives(p.Links[i]) < s.gives(p.Links[least]) {
			least = i
		}
	}
	p.Links = slices.Delete(p.Links, least, least+1)
	s.size -= idSize
}

// gives returns the role that a link gives now.
func (s *State) gives(id protocol.ID) protocol.Role {
	if l := s.links[id]; !l.Revoked {
		return l.Role
	}
	return protocol.RoleNone
}

// linkRevokeNeeds: an owner's link takes an owner.
func (s *State) linkRevokeNeeds(op *protocol.LinkRevoke) protocol.Role {
	if l := s.links[op.Link]; l != nil && l.Role == protocol.RoleOwner {
		return protocol.RoleOwner
	}
	return protocol.RoleFacilitator
}

func (s *State) linkRevoke(op *protocol.LinkRevoke) protocol.Code {
	l := s.links[op.Link]
	switch {
	case l == nil:
		return protocol.CodeLinkUnknown
	case l.Revoked:
		return protocol.CodeUnchanged
	case l.Role == protocol.RoleOwner && !s.otherOwnerLink(l):
		return protocol.CodeLastOwner
	}
	s.revoke(l)
	s.judgeAll()
	return ""
}

// otherOwnerLink reports whether an owner can still come in when l is withdrawn.
func (s *State) otherOwnerLink(l *link) bool {
	for _, other := range s.linkOrder {
		if other != l && other.Role == protocol.RoleOwner && other.state().Holds(s.turn.entry.Time) == "" {
			return true
		}
	}
	return false
}

func (s *State) revoke(l *link) {
	l.Revoked = true
	yes := true
	s.emit(protocol.Change{Link: &protocol.LinkChange{ID: l.ID, Revoked: &yes}})
}

// linkRecover puts the board into the hands of whoever has the recovery code: a new owner link takes the place of all
// others. The code works once. Facilitators and participants stay as they are. It may go beyond the number of links a board may have, or a
// board could be locked out of.
func (s *State) linkRecover(op *protocol.LinkRecover) protocol.Code {
	if hash(op.Was) != s.wall.Recovery {
		return protocol.CodeLinkUnknown
	}
	if s.used(op.Link) || s.linkSecrets[hash(op.Secret)] != nil {
		return protocol.CodeTaken
	}
	s.wall.Recovery = hash(op.Recovery)
	s.addLink(&link{ID: op.Link, Secret: hash(op.Secret), Role: protocol.RoleOwner, Created: s.turn.entry.Time})
	for _, l := range s.linkOrder {
		if l.Role == protocol.RoleOwner && !l.Revoked && l.ID != op.Link {
			s.revoke(l)
		}
	}
	s.judgeAll()
	return ""
}
