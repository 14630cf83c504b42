package board

import (
	"bytes"

	"github.com/denkwand/denkwand/protocol"
)

// cluster is a group of notes with a title. Which notes are in it stands in the notes.
type cluster struct {
	ID      protocol.ID `json:"id"`
	Author  protocol.ID `json:"author,omitzero"`
	Created int64       `json:"created,omitempty"`
	Title   string      `json:"title,omitempty"`
	Order   int64       `json:"order"` // clusters count up in order of creation
	LifeAt  uint64      `json:"lifeAt,omitempty"`
	TitleAt uint64      `json:"titleAt"`
	Shared  bool        `json:"shared,omitempty"` // somebody other than its author named it, put notes in, or joined it

	notes idSet // index
}

func (c *cluster) weight() int { return 192 + written(c.Title) }

func compareIDs(a, b protocol.ID) int { return bytes.Compare(a[:], b[:]) }

// cluster returns a living cluster, or why there is none.
func (s *State) cluster(id protocol.ID) (*cluster, protocol.Code) {
	if c := s.clusters[id]; c != nil {
		return c, ""
	}
	return nil, s.absent(id)
}

// joins marks a cluster as one that somebody other than its author has a part in.
func (s *State) joins(c *cluster) {
	if c.Author != s.author() {
		c.Shared = true
	}
}

// putNote moves a note into a cluster, or with zero out of the one it is in.
func (s *State) putNote(n *note, to protocol.ID, stamp uint64) {
	s.replaces(old{Field: noteCluster, Object: n.ID, Before: n.ClusterAt, Now: stamp, Ref: n.Cluster})
	n.ClusterAt = stamp
	if n.Cluster == to {
		return
	}
	if c := s.clusters[n.Cluster]; c != nil {
		delete(c.notes, n.ID)
	}
	n.Cluster = to
	if c := s.clusters[to]; c != nil {
		c.notes[n.ID] = struct{}{}
	}
	ref := protocol.Ref(to)
	s.emit(protocol.Change{Note: &protocol.NoteChange{ID: n.ID, Cluster: &ref}})
}

// gather puts those of the notes that live into a cluster, and returns how many there were.
func (s *State) gather(c *cluster, notes []protocol.ID) int {
	gathered := 0
	for _, id := range notes {
		if n := s.notes[id]; n != nil {
			s.putNote(n, c.ID, s.seq)
			s.shares(n)
			gathered++
		}
	}
	return gathered
}

func (s *State) clusterCreate(op *protocol.ClusterCreate) protocol.Code {
	if code := s.room(op.Cluster); code != "" {
		return code
	}
	s.made++
	c := &cluster{ID: op.Cluster, Author: s.author(), Created: s.turn.entry.Time, Title: op.Title, Order: s.made,
		LifeAt: s.seq, TitleAt: s.seq, notes: idSet{}}
	s.replaces(old{Field: clusterLife, Object: c.ID, Now: s.seq})
	s.size += c.weight()
	s.placeCluster(c)
	s.gather(c, op.Notes)
	return ""
}

func (s *State) placeCluster(c *cluster) {
	s.clusters[c.ID] = c
	s.emit(protocol.Change{Cluster: c.whole()})
}

func (c *cluster) whole() *protocol.ClusterChange {
	v := *c
	return &protocol.ClusterChange{ID: v.ID, Title: &v.Title, Order: &v.Order, Created: &v.Created}
}

func (s *State) clusterRename(op *protocol.ClusterRename) protocol.Code {
	c, code := s.cluster(op.Cluster)
	if code != "" {
		return code
	}
	s.joins(c)
	s.titleCluster(c, op.Title, s.seq)
	return ""
}

func (s *State) titleCluster(c *cluster, title string, stamp uint64) {
	s.replaces(old{Field: clusterTitle, Object: c.ID, Before: c.TitleAt, Now: stamp, Text: c.Title})
	c.TitleAt = stamp
	if c.Title == title {
		return
	}
	s.size += written(title) - written(c.Title)
	c.Title = title
	s.emit(protocol.Change{Cluster: &protocol.ClusterChange{ID: c.ID, Title: &title}})
}

// clusterMove moves all notes of a cluster or none.
func (s *State) clusterMove(op *protocol.ClusterMove) protocol.Code {
	c, code := s.cluster(op.Cluster)
	if code != "" {
		return code
	}
	for id := range c.notes { // refused for one or for another, it is the same
		n := s.notes[id]
		if !inRange(n.X+op.DX) || !inRange(n.Y+op.DY) {
			return protocol.CodeOutOfRange
		}
	}
	for _, id := range c.notes.sorted() {
		n := s.notes[id]
		s.moveNote(n, n.X+op.DX, n.Y+op.DY, s.seq)
	}
	return ""
}

func inRange(v int64) bool { return v >= -protocol.MaxCoord && v <= protocol.MaxCoord }

func (s *State) clusterAssign(op *protocol.ClusterAssign) protocol.Code {
	c, code := s.cluster(op.Cluster)
	if code != "" {
		return code
	}
	if s.gather(c, op.Notes) == 0 {
		return protocol.CodeMissing
	}
	s.joins(c)
	return ""
}

func (s *State) clusterUnassign(op *protocol.ClusterUnassign) protocol.Code {
	freed := 0
	for _, id := range op.Notes {
		if n := s.notes[id]; n != nil {
			s.putNote(n, protocol.ID{}, s.seq)
			freed++
		}
	}
	if freed == 0 {
		return protocol.CodeMissing
	}
	return ""
}

func (s *State) clusterMerge(op *protocol.ClusterMerge) protocol.Code {
	into, code := s.cluster(op.Cluster)
	if code != "" {
		return code
	}
	from, code := s.cluster(op.From)
	if code != "" {
		return code
	}
	if s.gather(into, from.notes.sorted()) > 0 {
		s.joins(into)
	}
	s.deleteCluster(from, s.seq)
	return ""
}

func (s *State) clusterDelete(op *protocol.ClusterDelete) protocol.Code {
	c, code := s.cluster(op.Cluster)
	if code != "" {
		return code
	}
	for _, id := range c.notes.sorted() {
		s.putNote(s.notes[id], protocol.ID{}, s.seq)
	}
	s.deleteCluster(c, s.seq)
	return ""
}

// deleteCluster takes a cluster that has no notes off the board, and the connectors at it first.
func (s *State) deleteCluster(c *cluster, stamp uint64) {
	arrows := s.deleteArrows(c.ID)
	s.replaces(old{Field: clusterLife, Object: c.ID, Before: c.LifeAt, Now: stamp, A: 1})
	c.LifeAt = stamp
	delete(s.clusters, c.ID)
	s.entomb(c.ID, &tombstone{Cluster: c, Arrows: arrows})
	s.emit(protocol.Change{Cluster: &protocol.ClusterChange{ID: c.ID, Deleted: true}})
}

func (s *State) restoreCluster(c *cluster, stamp uint64) {
	s.exhume(c.ID)
	s.replaces(old{Field: clusterLife, Object: c.ID, Before: c.LifeAt, Now: stamp})
	c.LifeAt = stamp
	s.placeCluster(c)
}
