package board

import "github.com/denkwand/denkwand/protocol"

// Tally counts the notes by cluster, perspective and ring: the workshop's outcome.
func (s *State) Tally() protocol.Tally {
	order := s.clustersInOrder()
	t := protocol.Tally{Clusters: make([]protocol.ClusterTally, len(order)), Unclustered: counts(), Total: counts()}
	of := make(map[protocol.ID]*protocol.Counts, len(order))
	for i, c := range order {
		t.Clusters[i] = protocol.ClusterTally{Key: c.ID.String(), Title: c.Title, Counts: counts()}
		of[c.ID] = &t.Clusters[i].Counts
	}
	for _, n := range s.notes { // sums do not depend on the order
		in := of[n.Cluster]
		if in == nil {
			in = &t.Unclustered
		}
		count(in, n)
		count(&t.Total, n)
	}
	return t
}

func counts() protocol.Counts {
	return protocol.Counts{ByPerspective: map[string]int64{}, ByRing: map[string]int64{}}
}

func count(c *protocol.Counts, n *note) {
	c.Notes++
	perspective, ring := n.Perspective.String(), n.Ring.String()
	if !n.Perspective.IsZero() {
		c.ByPerspective[perspective]++
	}
	if !n.Ring.IsZero() {
		c.ByRing[ring]++
	}
	if n.Perspective.IsZero() || n.Ring.IsZero() {
		return
	}
	if c.Cells == nil {
		c.Cells = map[string]map[string]int64{}
	}
	if c.Cells[perspective] == nil {
		c.Cells[perspective] = map[string]int64{}
	}
	c.Cells[perspective][ring]++
}
