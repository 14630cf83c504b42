package client

import "github.com/denkwand/denkwand/protocol"

// What follows turns objects back into the change that makes each: the other direction of fold.go.

func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func someRef(id protocol.ID) *protocol.Ref { return some(protocol.Ref(id)) }

func someList[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

func (b *Cover) change() protocol.Change {
	return protocol.Change{Board: &protocol.BoardChange{Title: some(b.Title), Question: some(b.Question),
		Language: some(b.Language), Background: some(b.Background), Created: some(b.Created), Deleted: b.Deleted}}
}

func (p *Perspective) change(after protocol.ID) protocol.Change {
	return protocol.Change{Perspective: &protocol.PerspectiveChange{ID: p.ID, Label: some(p.Label),
		Colour: some(p.Colour), Pattern: some(p.Pattern), After: someRef(after)}}
}

func (p *Participant) id() protocol.ID { return p.ID }

func (p *Participant) change() protocol.Change {
	return protocol.Change{Participant: &protocol.ParticipantChange{ID: p.ID, Name: some(p.Name), Colour: some(p.Colour),
		Perspective: someRef(p.Perspective), Role: some(p.Role), Left: some(p.Left)}}
}

func (n *Note) id() protocol.ID { return n.ID }

func (n *Note) change() protocol.Change {
	return protocol.Change{Note: &protocol.NoteChange{ID: n.ID, X: some(n.X), Y: some(n.Y), W: some(n.W), H: some(n.H),
		Text: some(n.Text), Rev: some(n.Rev), Colour: some(n.Colour), Tags: someList(n.Tags),
		Perspective: someRef(n.Perspective), Author: someRef(n.Author), Cluster: someRef(n.Cluster),
		Ring: someRef(n.Ring), Front: some(n.Front), Created: some(n.Created)}}
}

func (cl *Cluster) id() protocol.ID { return cl.ID }

func (cl *Cluster) change() protocol.Change {
	return protocol.Change{Cluster: &protocol.ClusterChange{ID: cl.ID, Title: some(cl.Title), Order: some(cl.Order),
		Created: some(cl.Created)}}
}

func (a *Area) id() protocol.ID { return a.ID }

func (a *Area) change() protocol.Change {
	return protocol.Change{Area: &protocol.AreaChange{ID: a.ID, Form: some(a.Form), Title: some(a.Title), X: some(a.X),
		Y: some(a.Y), W: some(a.W), H: some(a.H), Rings: someList(a.Rings), Front: some(a.Front)}}
}

func (co *Connector) id() protocol.ID { return co.ID }

func (co *Connector) change() protocol.Change {
	return protocol.Change{Connector: &protocol.ConnectorChange{ID: co.ID, From: some(co.From), To: some(co.To),
		Label: some(co.Label)}}
}

func (l *Link) id() protocol.ID { return l.ID }

func (l *Link) change() protocol.Change {
	return protocol.Change{Link: &protocol.LinkChange{ID: l.ID, Role: some(l.Role), Label: some(l.Label),
		Expires: some(l.Expires), Uses: some(l.Uses), Used: some(l.Used), Password: some(l.Password),
		Revoked: some(l.Revoked), Created: some(l.Created)}}
}
