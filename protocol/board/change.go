package board

import "github.com/denkwand/denkwand/protocol"

// Change says which fields of one object became what. It is not projected yet: only Project makes of it what may leave
// the server. It holds values, and stays what it is when the state moves on.
type Change struct{ c protocol.Change }

// emit tells a change of the entry that is being applied.
func (s *State) emit(c protocol.Change) {
	s.turn.changes = append(s.turn.changes, Change{c})
}

// noteCell holds the hot fields of a note's change in one piece of memory.
type noteCell struct {
	c          protocol.NoteChange
	x, y, w, h int64
	ringRef    protocol.Ref
}

func (c *noteCell) place(n *note) {
	c.x, c.y = n.X, n.Y
	c.c.X, c.c.Y = &c.x, &c.y
}

func (c *noteCell) size(n *note) {
	c.w, c.h = n.W, n.H
	c.c.W, c.c.H = &c.w, &c.h
}

func (c *noteCell) ring(n *note) {
	c.ringRef = protocol.Ref(n.Ring)
	c.c.Ring = &c.ringRef
}

func (c *noteCell) change(id protocol.ID) protocol.Change {
	c.c.ID = id
	return protocol.Change{Note: &c.c}
}
