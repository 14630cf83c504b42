package board

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

// session is what of a recorded workshop the outcome depends on.
type session struct {
	Title, Question, Language string
	Perspectives              []struct{ Key, Label string }
	Participants              []struct{ Key, Perspective string }
	Rings                     []struct{ Key, Label string }
	Clusters                  []struct{ Key, Title string }
	Notes                     []struct{ Key, Text, Participant, Ring, Cluster string }
}

// TestSeedSession plays a real workshop and must come to its outcome.
func TestSeedSession(t *testing.T) {
	var in session
	var want protocol.Tally
	readJSON(t, "testdata/seed-session/denk-werksessie.json", &in)
	readJSON(t, "testdata/seed-session/expected-outcome.json", &want)

	s, names := New(), namer{}
	do := func(author string, op protocol.Op) {
		t.Helper()
		e := protocol.Entry{Seq: s.Seq() + 1, Op: op}
		if author != "" {
			e.Author = names.id(author)
		}
		if v, _ := s.Apply(e); !v.OK() {
			t.Fatalf("%s: %v", op.Kind(), v)
		}
	}
	do("", &protocol.BoardCreate{Title: in.Title, Question: in.Question, Language: in.Language, Recovery: secretOf("code")})
	do("", &protocol.LinkCreate{Link: names.id("link"), Secret: secretOf("link"), Role: protocol.RoleContributor})
	for _, p := range in.Perspectives {
		do("", &protocol.PerspectiveAdd{Perspective: names.id(p.Key), Label: p.Label})
	}
	for _, p := range in.Participants {
		do("", &protocol.ParticipantJoin{Participant: names.id(p.Key), Token: secretOf(p.Key), Link: names.id("link"),
			Name: p.Key, Perspective: names.id(p.Perspective)})
	}
	target := &protocol.AreaCreate{Area: names.id("target"), Form: protocol.FormTarget}
	middle := map[string]int64{} // between a ring and the one inside it
	for i, r := range in.Rings {
		size := int64(i+1) * 400 * protocol.Unit
		target.Rings = append(target.Rings, protocol.Ring{ID: names.id(r.Key), Label: r.Label, Size: size})
		middle[r.Key] = size - 200*protocol.Unit
	}
	do("", target)
	clustered := map[string][]protocol.ID{}
	const side = 100 * protocol.Unit
	for _, n := range in.Notes {
		do(n.Participant, &protocol.NoteCreate{Note: names.id(n.Key), X: 99 * side, Y: 99 * side, W: side, H: side,
			Text: n.Text, Rev: names.id("rev " + n.Key)})
		do(n.Participant, &protocol.NoteMove{Note: names.id(n.Key), X: middle[n.Ring] - side/2, Y: -side / 2})
		clustered[n.Cluster] = append(clustered[n.Cluster], names.id(n.Key))
	}
	for _, c := range in.Clusters {
		do("p01", &protocol.ClusterCreate{Cluster: names.id(c.Key), Title: c.Title, Notes: clustered[c.Key]})
	}

	got := s.Tally()
	for i := range got.Clusters {
		got.Clusters[i].Key = names.text(got.Clusters[i].Key)
		checkCells(t, &got.Clusters[i].Counts)
		got.Clusters[i].Counts = names.keyed(got.Clusters[i].Counts)
	}
	checkCells(t, &got.Unclustered)
	checkCells(t, &got.Total)
	got.Unclustered, got.Total = names.keyed(got.Unclustered), names.keyed(got.Total)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcome\n%v\nwant\n%v", got, want)
	}
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// keyed is the counts with names for ids, without cells.
func (nm namer) keyed(c protocol.Counts) protocol.Counts {
	rename := func(of map[string]int64) map[string]int64 {
		out := map[string]int64{}
		for id, n := range of {
			out[nm.text(id)] = n
		}
		return out
	}
	return protocol.Counts{Notes: c.Notes, ByPerspective: rename(c.ByPerspective), ByRing: rename(c.ByRing)}
}

// checkCells: where every note has a perspective and a ring, the cells add up to both.
func checkCells(t *testing.T, c *protocol.Counts) {
	t.Helper()
	rings := map[string]int64{}
	for perspective, cells := range c.Cells {
		sum := int64(0)
		for ring, n := range cells {
			rings[ring] += n
			sum += n
		}
		if sum != c.ByPerspective[perspective] {
			t.Errorf("%s: cells add up to %d of %d", perspective, sum, c.ByPerspective[perspective])
		}
	}
	if !reflect.DeepEqual(rings, c.ByRing) {
		t.Errorf("cells add up to %v, rings are %v", rings, c.ByRing)
	}
}
