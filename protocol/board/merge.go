package board

import "github.com/denkwand/denkwand/protocol"

// Merge takes what a later change of the same object overwrites out of the earlier ones, and changes with nothing left
// out of the list: ten moves of a note become the last. Applied in order the result leads where the whole list leads.
// Order stays, and text edits stay one by one. The list and the changes in it are left as they are.
func Merge(changes []Projected) []Projected {
	if len(changes) < 2 {
		return changes
	}
	later := make(map[object]*overwritten, len(changes))
	kept := make([]Projected, len(changes))
	at := len(kept)
	for i := len(changes) - 1; i >= 0; i-- {
		if c, left := strip(changes[i].c, later); left {
			at--
			kept[at] = Projected{c}
		}
	}
	return kept[at:]
}

// object names what a change is about.
type object struct {
	noun uint8
	id   protocol.ID
}

// overwritten says what later changes of an object set.
type overwritten struct {
	fields uint32
	gone   bool // deleted later: nothing before it matters
}

// strip returns a change without what is overwritten later, and notes what it sets itself.
func strip(c protocol.Change, later map[object]*overwritten) (protocol.Change, bool) {
	noun, id := subject(c)
	o := later[object{noun, id}]
	if o == nil {
		o = &overwritten{}
		later[object{noun, id}] = o
	}
	if o.gone {
		return c, false
	}
	f := fields{o: o}
	switch {
	case c.Board != nil:
		c.Board = f.board(*c.Board)
	case c.Participant != nil:
		c.Participant = f.participant(*c.Participant)
	case c.Perspective != nil:
		c.Perspective = f.perspective(*c.Perspective)
	case c.Note != nil:
		c.Note = f.note(*c.Note)
	case c.Cluster != nil:
		c.Cluster = f.cluster(*c.Cluster)
	case c.Area != nil:
		c.Area = f.area(*c.Area)
	case c.Connector != nil:
		c.Connector = f.connector(*c.Connector)
	case c.Link != nil:
		c.Link = f.link(*c.Link)
	}
	return c, f.left
}

func subject(c protocol.Change) (uint8, protocol.ID) {
	switch {
	case c.Participant != nil:
		return 1, c.Participant.ID
	case c.Perspective != nil:
		return 2, c.Perspective.ID
	case c.Note != nil:
		return 3, c.Note.ID
	case c.Cluster != nil:
		return 4, c.Cluster.ID
	case c.Area != nil:
		return 5, c.Area.ID
	case c.Connector != nil:
		return 6, c.Connector.ID
	case c.Link != nil:
		return 7, c.Link.ID
	}
	return 0, protocol.ID{}
}

// fields goes through the fields of one change, each at a bit of its own.
type fields struct {
	o    *overwritten
	bit  uint32
	left bool // something of the change stays
}

// once clears a field that is overwritten later; one that stays overwrites the earlier ones.
func once[T any](f *fields, field **T) {
	f.bit++
	if *field == nil {
		return
	}
	mask := uint32(1) << f.bit
	if f.o.fields&mask != 0 {
		*field = nil
		return
	}
	f.o.fields |= mask
	f.left = true
}

// deleted notes that the object goes with this change.
func (f *fields) deleted(yes bool) {
	if yes {
		f.o.gone, f.left = true, true
	}
}

func (f *fields) board(c protocol.BoardChange) *protocol.BoardChange {
	f.deleted(c.Deleted)
	once(f, &c.Title)
	once(f, &c.Question)
	once(f, &c.Language)
	once(f, &c.Background)
	once(f, &c.Created)
	return &c
}

func (f *fields) participant(c protocol.ParticipantChange) *protocol.ParticipantChange {
	once(f, &c.Name)
	once(f, &c.Colour)
	once(f, &c.Perspective)
	once(f, &c.Role)
	once(f, &c.Left)
	return &c
}

// perspective leaves After alone: it is an instruction as much as a value, and means what it says only in its turn.
func (f *fields) perspective(c protocol.PerspectiveChange) *protocol.PerspectiveChange {
	f.left = c.After != nil
	once(f, &c.Label)
	once(f, &c.Colour)
	once(f, &c.Pattern)
	return &c
}

// note leaves texts alone: each edit is made on the one before.
func (f *fields) note(c protocol.NoteChange) *protocol.NoteChange {
	f.deleted(c.Deleted)
	f.left = f.left || c.Text != nil || c.Edit != nil
	once(f, &c.X)
	once(f, &c.Y)
	once(f, &c.W)
	once(f, &c.H)
	once(f, &c.Colour)
	once(f, &c.Tags)
	once(f, &c.Perspective)
	once(f, &c.Author)
	once(f, &c.Cluster)
	once(f, &c.Ring)
	once(f, &c.Front)
	once(f, &c.Created)
	return &c
}

func (f *fields) cluster(c protocol.ClusterChange) *protocol.ClusterChange {
	f.deleted(c.Deleted)
	once(f, &c.Title)
	once(f, &c.Order)
	once(f, &c.Created)
	return &c
}

func (f *fields) area(c protocol.AreaChange) *protocol.AreaChange {
	f.deleted(c.Deleted)
	once(f, &c.Form)
	once(f, &c.Title)
	once(f, &c.X)
	once(f, &c.Y)
	once(f, &c.W)
	once(f, &c.H)
	once(f, &c.Rings)
	once(f, &c.Front)
	return &c
}

func (f *fields) connector(c protocol.ConnectorChange) *protocol.ConnectorChange {
	f.deleted(c.Deleted)
	once(f, &c.From)
	once(f, &c.To)
	once(f, &c.Label)
	return &c
}

func (f *fields) link(c protocol.LinkChange) *protocol.LinkChange {
	once(f, &c.Role)
	once(f, &c.Label)
	once(f, &c.Expires)
	once(f, &c.Uses)
	once(f, &c.Used)
	once(f, &c.Password)
	once(f, &c.Revoked)
	once(f, &c.Created)
	return &c
}
