package board

import (
	"slices"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

// TestMerge says how little is left of a flush. That it means the same is TestMergeKeepsMeaning's.
func TestMerge(t *testing.T) {
	nm := namer{}
	n1, n2, c1 := nm.id("n1"), nm.id("n2"), protocol.Ref(nm.id("c1"))
	at := func(note protocol.ID, x int64) protocol.Change {
		return protocol.Change{Note: &protocol.NoteChange{ID: note, X: &x}}
	}
	into := func(note protocol.ID, x int64) protocol.Change {
		return protocol.Change{Note: &protocol.NoteChange{ID: note, X: &x, Cluster: &c1}}
	}
	edit := protocol.Change{Note: &protocol.NoteChange{ID: n1, Edit: &protocol.TextEdit{Base: n1, Rev: n2}}}
	gone := protocol.Change{Note: &protocol.NoteChange{ID: n1, Deleted: true}}
	tests := []struct {
		name string
		in   []protocol.Change
		want []string
	}{
		{"nothing", nil, nil},
		{"moves of one note", []protocol.Change{at(n1, 1), at(n1, 2), at(n1, 3)}, []string{"note n1 x=3"}},
		{"moves of two notes", []protocol.Change{at(n1, 1), at(n2, 2), at(n1, 3), at(n2, 4)}, []string{"note n1 x=3", "note n2 x=4"}},
		{"a field that nothing overwrites", []protocol.Change{into(n1, 1), at(n2, 2), at(n1, 3)},
			[]string{"note n1 cluster=c1", "note n2 x=2", "note n1 x=3"}},
		{"edits", []protocol.Change{edit, at(n1, 1), edit}, []string{"note n1 edit=n1→n2[]", "note n1 x=1", "note n1 edit=n1→n2[]"}},
		{"a note that goes", []protocol.Change{at(n1, 1), edit, at(n2, 2), gone}, []string{"note n2 x=2", "note n1 deleted=true"}},
		{"a note that comes back", []protocol.Change{at(n1, 1), gone, at(n1, 2), at(n1, 3)},
			[]string{"note n1 deleted=true", "note n1 x=3"}},
	}
	for _, tt := range tests {
		var in []Projected
		for _, c := range tt.in {
			in = append(in, Projected{c})
		}
		var got []string
		for _, p := range Merge(in) {
			got = append(got, nm.change(p.Change()))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
