package client

import (
	"fmt"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// Apply folds changes into the view, in order. An error means that the view is not the state the changes were made for
// (a text edit on another revision): it must be thrown away and the whole state taken anew.
func (v *View) Apply(changes ...protocol.Change) error {
	for i := range changes {
		if err := v.apply(&changes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (v *View) apply(c *protocol.Change) error {
	switch {
	case c.Note != nil:
		return v.applyNote(c.Note)
	case c.Board != nil:
		v.cover.apply(c.Board)
	case c.Participant != nil:
		entry(&v.participants, c.Participant.ID, Participant{ID: c.Participant.ID}).apply(c.Participant)
	case c.Perspective != nil:
		v.applyPerspective(c.Perspective)
	case c.Cluster != nil:
		if c.Cluster.Deleted {
			delete(v.clusters, c.Cluster.ID)
			return nil
		}
		entry(&v.clusters, c.Cluster.ID, Cluster{ID: c.Cluster.ID}).apply(c.Cluster)
	case c.Area != nil:
		if c.Area.Deleted {
			delete(v.areas, c.Area.ID)
			return nil
		}
		entry(&v.areas, c.Area.ID, Area{ID: c.Area.ID}).apply(c.Area)
	case c.Connector != nil:
		if c.Connector.Deleted {
			delete(v.connectors, c.Connector.ID)
			return nil
		}
		entry(&v.connectors, c.Connector.ID, Connector{ID: c.Connector.ID}).apply(c.Connector)
	case c.Link != nil:
		entry(&v.links, c.Link.ID, Link{ID: c.Link.ID}).apply(c.Link)
	}
	return nil // a change of an object this build does not know is passed over (F3)
}

// entry returns the object of this id, made from fresh if it is new.
func entry[T any](m *map[protocol.ID]*T, id protocol.ID, fresh T) *T {
	if *m == nil {
		*m = make(map[protocol.ID]*T)
	}
	t, ok := (*m)[id]
	if !ok {
		t = &fresh
		(*m)[id] = t
	}
	return t
}

func (v *View) applyNote(c *protocol.NoteChange) error {
	if c.Deleted {
		delete(v.notes, c.ID)
		return nil
	}
	n := entry(&v.notes, c.ID, Note{ID: c.ID})
	if c.Edit != nil {
		if c.Edit.Base != n.Rev {
			return fmt.Errorf("client: note %s: an edit on revision %s, the copy has %s", c.ID, c.Edit.Base, n.Rev)
		}
		after, err := text.Apply(n.Text, c.Edit.Runs.Change)
		if err != nil {
			return fmt.Errorf("client: note %s: %w", c.ID, err)
		}
		n.Text, n.Rev = after, c.Edit.Rev
	}
	n.apply(c)
	return nil
}

func (v *View) perspectiveIndex(id protocol.ID) int {
	return slices.IndexFunc(v.perspectives, func(p *Perspective) bool { return p.ID == id })
}

func (v *View) applyPerspective(c *protocol.PerspectiveChange) {
	i, after := v.perspectiveIndex(c.ID), c.After
	if i < 0 {
		i = len(v.perspectives)
		v.perspectives = append(v.perspectives, &Perspective{ID: c.ID})
		if after == nil {
			after = new(protocol.Ref) // of a new object an absent field is zero: it comes first
		}
	}
	p := v.perspectives[i]
	set(&p.Label, c.Label)
	set(&p.Colour, c.Colour)
	set(&p.Pattern, c.Pattern)
	if after == nil {
		return
	}
	v.perspectives = slices.Delete(v.perspectives, i, i+1)
	to := v.perspectiveIndex(protocol.ID(*after)) + 1
	v.perspectives = slices.Insert(v.perspectives, to, p)
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

func setRef(field *protocol.ID, to *protocol.Ref) {
	if to != nil {
		*field = protocol.ID(*to)
	}
}

func (b *Cover) apply(c *protocol.BoardChange) {
	set(&b.Title, c.Title)
	set(&b.Question, c.Question)
	set(&b.Language, c.Language)
	set(&b.Background, c.Background)
	set(&b.Created, c.Created)
	b.Deleted = b.Deleted || c.Deleted
}

func (p *Participant) apply(c *protocol.ParticipantChange) {
	set(&p.Name, c.Name)
	set(&p.Colour, c.Colour)
	setRef(&p.Perspective, c.Perspective)
	set(&p.Role, c.Role)
	set(&p.Left, c.Left)
}

func (n *Note) apply(c *protocol.NoteChange) {
	set(&n.X, c.X)
	set(&n.Y, c.Y)
	set(&n.W, c.W)
	set(&n.H, c.H)
	set(&n.Text, c.Text)
	set(&n.Rev, c.Rev)
	set(&n.Colour, c.Colour)
	set(&n.Tags, c.Tags)
	setRef(&n.Perspective, c.Perspective)
	setRef(&n.Author, c.Author)
	setRef(&n.Cluster, c.Cluster)
	setRef(&n.Ring, c.Ring)
	set(&n.Front, c.Front)
	set(&n.Created, c.Created)
}

func (cl *Cluster) apply(c *protocol.ClusterChange) {
	set(&cl.Title, c.Title)
	set(&cl.Order, c.Order)
	set(&cl.Created, c.Created)
}

func (a *Area) apply(c *protocol.AreaChange) {
	set(&a.Form, c.Form)
	set(&a.Title, c.Title)
	set(&a.X, c.X)
	set(&a.Y, c.Y)
	set(&a.W, c.W)
	set(&a.H, c.H)
	set(&a.Rings, c.Rings)
	set(&a.Front, c.Front)
}

func (co *Connector) apply(c *protocol.ConnectorChange) {
	set(&co.From, c.From)
	set(&co.To, c.To)
	set(&co.Label, c.Label)
}

func (l *Link) apply(c *protocol.LinkChange) {
	set(&l.Role, c.Role)
	set(&l.Label, c.Label)
	set(&l.Expires, c.Expires)
	set(&l.Uses, c.Uses)
	set(&l.Used, c.Used)
	set(&l.Password, c.Password)
	set(&l.Revoked, c.Revoked)
	set(&l.Created, c.Created)
}
