package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// note is a sticky note. The fields ending in At say which op made the field what it is, by its Seq: an undo looks there
// whether somebody changed it since.
type note struct {
	ID          protocol.ID `json:"id"`
	Author      protocol.ID `json:"author,omitzero"`
	Created     int64       `json:"created,omitempty"`
	X           int64       `json:"x"`
	Y           int64       `json:"y"`
	W           int64       `json:"w"`
	H           int64       `json:"h"`
	Text        string      `json:"text,omitempty"`
	Rev         protocol.ID `json:"rev"`
	Colour      uint8       `json:"colour,omitempty"` // 0: its perspective's
	Tags        []string    `json:"tags,omitempty"`
	Perspective protocol.ID `json:"perspective,omitzero"`
	Cluster     protocol.ID `json:"cluster,omitzero"`
	Ring        protocol.ID `json:"ring,omitzero"`
	Front       int64       `json:"front"`

	LifeAt    uint64 `json:"lifeAt,omitempty"` // made, deleted or brought back; 0: its making was undone
	PlaceAt   uint64 `json:"placeAt"`
	SizeAt    uint64 `json:"sizeAt"`
	TextAt    uint64 `json:"textAt"`
	ColourAt  uint64 `json:"colourAt"`
	TagsAt    uint64 `json:"tagsAt"`
	ClusterAt uint64 `json:"clusterAt"`
	FrontAt   uint64 `json:"frontAt"`
	// Shared says that somebody other than its author wrote in it, clustered it or joined it to something: its making
	// cannot be undone any more.
	Shared bool `json:"shared,omitempty"`

	Oldest   *origin    `json:"oldest,omitempty"`  // where History begins; nil: at Rev
	History  []revision `json:"history,omitempty"` // last text changes, oldest first
	textSize int        // bytes of History
}

func (n *note) weight() int {
	size := 400 + written(n.Text) + n.textSize
	for _, tag := range n.Tags {
		size += 3 + written(tag)
	}
	return size
}

// centre returns the point that decides which ring a note lies in.
func (n *note) centre() (x, y int64) { return n.X + n.W/2, n.Y + n.H/2 }

// note returns a living note, or why there is none.
func (s *State) note(id protocol.ID) (*note, protocol.Code) {
	if n := s.notes[id]; n != nil {
		return n, ""
	}
	return nil, s.absent(id)
}

// shares marks a note as one that somebody other than its author has a part in.
func (s *State) shares(n *note) {
	if n.Author != s.author() {
		n.Shared = true
	}
}

func (s *State) noteCreate(op *protocol.NoteCreate) protocol.Code {
	if code := s.room(op.Note); code != "" {
		return code
	}
	n := &note{ID: op.Note, Author: s.author(), Created: s.turn.entry.Time, X: op.X, Y: op.Y, W: op.W, H: op.H,
		Text: op.Text, Rev: op.Rev, Colour: op.Colour, Tags: op.Tags, Front: int64(s.seq),
		LifeAt: s.seq, PlaceAt: s.seq, SizeAt: s.seq, TextAt: s.seq, ColourAt: s.seq, TagsAt: s.seq, ClusterAt: s.seq,
		FrontAt: s.seq}
	colour := uint8(1)
	if by := s.turn.by; by != nil {
		n.Perspective, colour = by.Perspective, by.Colour
	}
	switch {
	case !n.Perspective.IsZero():
		n.Colour = 0
	case n.Colour == 0:
		n.Colour = colour
	}
	if c := s.clusters[op.Cluster]; c != nil {
		n.Cluster = c.ID // a cluster that went meanwhile must not cost the text: the note is free then
		s.joins(c)
	}
	s.replaces(old{Field: noteLife, Object: n.ID, Now: s.seq})
	s.size += n.weight()
	s.placeNote(n)
	return ""
}

// placeNote puts a note that is whole onto the board and tells all of it.
func (s *State) placeNote(n *note) {
	s.notes[n.ID] = n
	if c := s.clusters[n.Cluster]; c != nil {
		c.notes[n.ID] = struct{}{}
	}
	n.Ring = s.ringOf(n)
	s.emit(protocol.Change{Note: n.whole()})
}

func (n *note) whole() *protocol.NoteChange {
	v := *n
	perspective, author := protocol.Ref(v.Perspective), protocol.Ref(v.Author)
	cluster, ring := protocol.Ref(v.Cluster), protocol.Ref(v.Ring)
	return &protocol.NoteChange{ID: v.ID, X: &v.X, Y: &v.Y, W: &v.W, H: &v.H, Text: &v.Text, Rev: &v.Rev,
		Colour: &v.Colour, Tags: &v.Tags, Perspective: &perspective, Author: &author, Cluster: &cluster, Ring: &ring,
		Front: &v.Front, Created: &v.Created}
}

func (s *State) noteMove(op *protocol.NoteMove) protocol.Code {
	n, code := s.note(op.Note)
	if code != "" {
		return code
	}
	s.moveNote(n, op.X, op.Y, s.seq)
	return ""
}

// moveNote puts a note at a place, and into the ring there.
func (s *State) moveNote(n *note, x, y int64, stamp uint64) {
	if s.setPlace(n, x, y, stamp) {
		c := &noteCell{}
		c.place(n)
		s.settle(n, c)
		s.emit(c.change(n.ID))
	}
}

func (s *State) setPlace(n *note, x, y int64, stamp uint64) (moved bool) {
	s.replaces(old{Field: notePlace, Object: n.ID, Before: n.PlaceAt, Now: stamp, A: n.X, B: n.Y})
	n.PlaceAt = stamp
	moved = n.X != x || n.Y != y
	n.X, n.Y = x, y
	return moved
}

func (s *State) noteResize(op *protocol.NoteResize) protocol.Code {
	n, code := s.note(op.Note)
	if code != "" {
		return code
	}
	resized, moved := s.setSize(n, op.W, op.H, s.seq), s.setPlace(n, op.X, op.Y, s.seq)
	if !resized && !moved {
		return ""
	}
	c := &noteCell{}
	if moved {
		c.place(n)
	}
	if resized {
		c.size(n)
	}
	s.settle(n, c)
	s.emit(c.change(n.ID))
	return ""
}

func (s *State) setSize(n *note, w, h int64, stamp uint64) (resized bool) {
	s.replaces(old{Field: noteSize, Object: n.ID, Before: n.SizeAt, Now: stamp, A: n.W, B: n.H})
	n.SizeAt = stamp
	resized = n.W != w || n.H != h
	n.W, n.H = w, h
	return resized
}

// resizeNote gives a note a size, and the ring it lies in with it.
func (s *State) resizeNote(n *note, w, h int64, stamp uint64) {
	if s.setSize(n, w, h, stamp) {
		c := &noteCell{}
		c.size(n)
		s.settle(n, c)
		s.emit(c.change(n.ID))
	}
}

// settle gives a note the ring it lies in.
func (s *State) settle(n *note, c *noteCell) {
	if ring := s.ringOf(n); ring != n.Ring {
		n.Ring = ring
		c.ring(n)
	}
}

// noteRecolour is for boards without perspectives: with them a colour says who speaks.
func (s *State) noteRecolour(op *protocol.NoteRecolour) protocol.Code {
	if len(s.perspectiveOrder) > 0 {
		return protocol.CodeHasPerspectives
	}
	n, code := s.note(op.Note)
	if code != "" {
		return code
	}
	s.colourNote(n, op.Colour, s.seq)
	return ""
}

func (s *State) colourNote(n *note, colour uint8, stamp uint64) {
	s.replaces(old{Field: noteColour, Object: n.ID, Before: n.ColourAt, Now: stamp, A: int64(n.Colour)})
	n.ColourAt = stamp
	if n.Colour != colour {
		n.Colour = colour
		s.emit(protocol.Change{Note: &protocol.NoteChange{ID: n.ID, Colour: &colour}})
	}
}

func (s *State) noteTag(op *protocol.NoteTag) protocol.Code {
	n, code := s.note(op.Note)
	if code != "" {
		return code
	}
	s.tagNote(n, op.Tags, s.seq)
	return ""
}

func (s *State) tagNote(n *note, tags []string, stamp uint64) {
	s.replaces(old{Field: noteTags, Object: n.ID, Before: n.TagsAt, Now: stamp, Tags: n.Tags})
	n.TagsAt = stamp
	if slices.Equal(n.Tags, tags) {
		return
	}
	s.size -= n.weight()
	n.Tags = tags
	s.size += n.weight()
	s.emit(protocol.Change{Note: &protocol.NoteChange{ID: n.ID, Tags: &tags}})
}

func (s *State) noteFront(op *protocol.NoteFront) protocol.Code {
	return s.noteLies(op.Note, int64(s.seq))
}

func (s *State) noteBack(op *protocol.NoteBack) protocol.Code {
	return s.noteLies(op.Note, -int64(s.seq))
}

func (s *State) noteLies(id protocol.ID, front int64) protocol.Code {
	n, code := s.note(id)
	if code != "" {
		return code
	}
	s.layNote(n, front, s.seq)
	return ""
}

func (s *State) layNote(n *note, front int64, stamp uint64) {
	s.replaces(old{Field: noteFront, Object: n.ID, Before: n.FrontAt, Now: stamp, A: n.Front})
	n.FrontAt = stamp
	if n.Front != front {
		n.Front = front
		s.emit(protocol.Change{Note: &protocol.NoteChange{ID: n.ID, Front: &front}})
	}
}

func (s *State) noteDelete(op *protocol.NoteDelete) protocol.Code {
	n, code := s.note(op.Note)
	if code != "" {
		return code
	}
	s.deleteNote(n, s.seq)
	return ""
}

// deleteNote takes a note off the board. It remembers its cluster; the connectors at it go first.
func (s *State) deleteNote(n *note, stamp uint64) {
	arrows := s.deleteArrows(n.ID)
	s.replaces(old{Field: noteLife, Object: n.ID, Before: n.LifeAt, Now: stamp, A: 1})
	n.LifeAt = stamp
	if c := s.clusters[n.Cluster]; c != nil {
		delete(c.notes, n.ID)
	}
	delete(s.notes, n.ID)
	s.entomb(n.ID, &tombstone{Note: n, Arrows: arrows})
	s.emit(protocol.Change{Note: &protocol.NoteChange{ID: n.ID, Deleted: true}})
}

func (s *State) noteRestore(op *protocol.NoteRestore) protocol.Code {
	if s.notes[op.Note] != nil {
		return protocol.CodeUnchanged
	}
	t := s.dead[op.Note]
	if t == nil || t.Note == nil {
		return s.absent(op.Note)
	}
	if code := s.space(); code != "" {
		return code
	}
	s.restoreNote(t, s.seq, false)
	s.restoreArrows(t.Arrows, s.seq)
	return ""
}

// restoreNote brings a deleted note back as it was, into its cluster if that is still there and the note is not to be
// free. Should it be taken away again, it remembers the cluster it did not come back into.
func (s *State) restoreNote(t *tombstone, stamp uint64, free bool) {
	n := t.Note
	s.exhume(n.ID)
	life := old{Field: noteLife, Object: n.ID, Before: n.LifeAt, Now: stamp}
	n.LifeAt = stamp
	if !n.Cluster.IsZero() && (free || s.clusters[n.Cluster] == nil) {
		life.Ref, life.B = n.Cluster, int64(n.ClusterAt)
		n.Cluster, n.ClusterAt = protocol.ID{}, stamp // the same stamp when this is redone
	}
	s.replaces(life)
	s.placeNote(n)
}

// unrestoreNote takes a note away again that came back without its cluster. Redone, it comes back without it too.
func (s *State) unrestoreNote(n *note, o *old) {
	s.deleteNote(n, o.Before)
	if o.Ref.IsZero() {
		return
	}
	n.Cluster, n.ClusterAt = o.Ref, uint64(o.B)
	if r := s.turn.record; r != nil {
		r.Old[len(r.Old)-1].Ref = o.Ref
	}
}
