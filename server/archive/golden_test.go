package archive

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
)

// What testdata/v1-* hold: goldenHistory's first three groups, and a snapshot behind them.
func goldenHistory() *history {
	h := newHistory(2026)
	h.head = journal.Head{Epoch: 3, Seq: 40, Chain: journal.Chain{1, 2, 3}, Time: 1_800_000_000_000}
	h.more(3, 60)
	return h
}

const goldenState = "the state behind the golden groups"

func golden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Objects of the first version are read for ever. These files are never written again.
func TestGoldenObjects(t *testing.T) {
	h := goldenHistory()
	for name, k := range map[string]kind{"v1-segment": kindSegment, "v1-pack": kindPack} {
		s, err := decodeSegment(k, testBoard, golden(t, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !sameGroups(s.groups, h.all) || s.created != 1_800_000_000_000 {
			t.Errorf("%s holds %s created %d, want %s", name, ranges(s.groups), s.created, ranges(h.all))
		}
	}
	head, state, err := decodeSnapshot(testBoard, h.head.Seq, golden(t, "v1-snapshot"))
	if err != nil || head != h.head || string(state) != goldenState {
		t.Errorf("v1-snapshot holds %+v, %q, %v; want %+v, %q", head, state, err, h.head, goldenState)
	}
}
