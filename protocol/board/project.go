package board

import "github.com/denkwand/denkwand/protocol"

// Audience is a group of people who may see the same of a board.
type Audience uint8

// Audiences of a board. Each is sent one and the same encoding.
const (
	AudienceBoard        Audience = iota // viewers and contributors
	AudienceFacilitators                 // facilitators and owners, who see links too
	Audiences            = 2
)

// AudienceOf returns the audience a role belongs to.
func AudienceOf(r protocol.Role) Audience {
	if r >= protocol.RoleFacilitator {
		return AudienceFacilitators
	}
	return AudienceBoard
}

// Projected is what an audience may see of a change. Project, Merge and Base make it, and nothing else does: what leaves
// the server is of this type.
type Projected struct{ c protocol.Change }

// Change returns the change as it goes over the wire. What it points to is shared; nobody may write to it.
func (p Projected) Change() protocol.Change { return p.c }

// Project returns what an audience may see of a change, and false when that is nothing.
func Project(c Change, a Audience) (Projected, bool) {
	if c.c.Link != nil && a != AudienceFacilitators {
		return Projected{}, false
	}
	//lint:ignore S1016 a conversion would work wherever the two types are known; this is the one place that makes it
	return Projected{c.c}, true
}
