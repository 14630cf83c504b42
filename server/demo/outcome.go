package demo

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/denkwand/denkwand/protocol"
)

// ByKey returns the outcome as a session file's author would write it: with the file's keys for the ids, and without
// cells.
func (p Played) ByKey() protocol.Tally {
	out := protocol.Tally{
		Clusters: make([]protocol.ClusterTally, len(p.Outcome.Clusters)), Unclustered: p.rename(p.Outcome.Unclustered), Total: p.rename(p.Outcome.Total),
	}
	for i, c := range p.Outcome.Clusters {
		out.Clusters[i] = protocol.ClusterTally{Key: p.Names.key(c.Key), Title: c.Title, Counts: p.rename(c.Counts)}
	}
	return out
}

func (p Played) rename(c protocol.Counts) protocol.Counts {
	out := protocol.Counts{Notes: c.Notes, ByPerspective: map[string]int64{}, ByRing: map[string]int64{}}
	for id, n := range c.ByPerspective {
		out.ByPerspective[p.Names.key(id)] = n
	}
	for id, n := range c.ByRing {
		out.ByRing[p.Names.key(id)] = n
	}
	return out
}

// JSON writes an outcome, with its maps in order.
func JSON(t protocol.Tally) ([]byte, error) {
	return json.Marshal(t, json.Deterministic(true), jsontext.WithIndent(" "))
}
