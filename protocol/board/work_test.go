package board

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// crowd is a board with an owner who has one writer, for tests that need a lot of everything.
type crowd struct {
	t    testing.TB
	s    *State
	n    uint64
	ids  uint64
	last []Change
	pad  int // bytes that the board is said to have beside its own
}

func newCrowd(t testing.TB) *crowd {
	c := &crowd{t: t, s: New()}
	for _, e := range []protocol.Entry{
		{Op: &protocol.BoardCreate{Title: "T", Recovery: secretOf("code")}},
		{Op: &protocol.LinkCreate{Link: idOf("link"), Secret: secretOf("link"), Role: protocol.RoleOwner}},
		{Op: &protocol.ParticipantJoin{Participant: idOf("noor"), Token: secretOf("noor"), Link: idOf("link"), Name: "Noor"}},
		{Author: idNoor, Op: &protocol.WriterRegister{Writer: idNoor1, Secret: secretOf("noor.1")}},
	} {
		c.apply(e)
	}
	return c
}

func (c *crowd) id() protocol.ID {
	c.ids++
	var id protocol.ID
	id[0] = 0xc0
	binary.BigEndian.PutUint64(id[8:], c.ids*0x9e3779b97f4a7c15)
	return id
}

func (c *crowd) apply(e protocol.Entry) Verdict {
	e.Seq = c.s.Seq() + 1
	v, changes := c.s.Apply(e)
	c.last = changes
	return v
}

// try does an op under the writer's next number.
func (c *crowd) try(op protocol.Op) Verdict {
	c.n++
	return c.apply(protocol.Entry{Author: idNoor, Writer: idNoor1, N: c.n, Op: op})
}

func (c *crowd) do(op protocol.Op) {
	c.t.Helper()
	if v := c.try(op); !v.OK() {
		c.t.Fatalf("%s: %s", op.Kind(), verdictText(v))
	}
}

func (c *crowd) batch(n int, part func(i int) protocol.Op) Verdict {
	b := &protocol.Batch{}
	for i := range n {
		b.Ops = append(b.Ops, protocol.AnyOp{Op: part(i)})
	}
	return c.try(b)
}

// note makes a note; cluster may be zero.
func (c *crowd) note(cluster protocol.ID, words string) *note {
	id := c.id()
	c.do(&protocol.NoteCreate{Note: id, W: 4096, H: 4096, Rev: c.id(), Cluster: cluster, Text: words})
	return c.s.notes[id]
}

// reloads checks that the state is read again as it is (Load itself holds what it read against what it was given), and
// that its size is not far from what it says.
func (c *crowd) reloads() {
	c.t.Helper()
	snapshot := c.s.AppendSnapshot(nil)
	again, err := Load(snapshot)
	if err != nil {
		c.t.Fatalf("the state is not read again: %v", err)
	}
	size := c.s.Size() - c.pad
	if again.Size() != size {
		c.t.Fatalf("%d bytes, read again %d", size, again.Size())
	}
	if most := size + size/4 + 4096; len(snapshot) > most {
		c.t.Errorf("a snapshot of %d bytes, and the size says %d", len(snapshot), size)
	}
}

// comb is a change of a text of base units that inserts n letters, step units apart, the first at from.
func comb(t testing.TB, base, n, from, step int) protocol.Runs {
	t.Helper()
	var b strings.Builder
	at := 0
	for i := range n {
		if next := from + i*step; next > at {
			fmt.Fprintf(&b, "%d,", next-at)
			at = next
		}
		b.WriteString(`"x",`)
	}
	fmt.Fprintf(&b, "%d", base-at)
	c, err := text.Parse([]byte("[" + b.String() + "]"))
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Runs{Change: c}
}

func parse(t testing.TB, change string) protocol.Runs {
	t.Helper()
	c, err := text.Parse([]byte(change))
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Runs{Change: c}
}

// TestUndoOfTooManyRuns: two changes of one text in a batch, whose opposite has more runs than a change may have. The
// text cannot be undone then, everything else of the batch can, and the state can be read.
func TestUndoOfTooManyRuns(t *testing.T) {
	c := newCrowd(t)
	n := c.note(protocol.ID{}, strings.Repeat("a", 1000))
	base, first, second, third := n.Rev, c.id(), c.id(), c.id()
	ops := []protocol.Op{
		&protocol.NoteText{Note: n.ID, Base: base, Rev: first, Runs: comb(t, 1000, 120, 1, 1)},
		&protocol.NoteMove{Note: n.ID, X: 77},
		&protocol.NoteText{Note: n.ID, Base: first, Rev: second, Runs: comb(t, 1120, 120, 500, 1)},
		&protocol.NoteText{Note: n.ID, Base: second, Rev: third, Runs: parse(t, `["y",1240]`)},
	}
	if v := c.batch(len(ops), func(i int) protocol.Op { return ops[i] }); !v.OK() {
		t.Fatal(verdictText(v))
	}
	c.reloads()
	if got := text.Len16(n.Text); got != 1241 {
		t.Fatalf("the text has %d units", got)
	}
	c.do(&protocol.Undo{N: c.n})
	if n.X != 0 || n.Rev != third {
		t.Errorf("undone to x=%d, rev %v", n.X, n.Rev)
	}
	c.reloads()
	if v := c.batch(2, func(i int) protocol.Op { // nothing else in it
		base, at := n.Rev, 1
		if i == 1 {
			base, at = first, 500
		} else {
			first = c.id()
			return &protocol.NoteText{Note: n.ID, Base: base, Rev: first, Runs: comb(t, 1241, 120, at, 1)}
		}
		return &protocol.NoteText{Note: n.ID, Base: base, Rev: c.id(), Runs: comb(t, 1361, 120, at, 1)}
	}); !v.OK() {
		t.Fatal(verdictText(v))
	}
	if v := c.try(&protocol.Undo{N: c.n}); v.Code != protocol.CodeNothingToUndo {
		t.Errorf("undoing nothing: %s", verdictText(v))
	}
	c.reloads()
}

// TestTextWorkIsBounded: a batch of changes that are each rewritten over most of the revisions that a note keeps.
func TestTextWorkIsBounded(t *testing.T) {
	grown := func(c *crowd, n *note) protocol.Runs {
		length := text.Len16(n.Text)
		return comb(c.t, length, 50, 1+len(n.History), length/60)
	}
	inAndOut := func(c *crowd, n *note) protocol.Runs {
		length := text.Len16(n.Text)
		if len(n.History)%2 == 0 {
			return comb(c.t, length, 127, 0, 20)
		}
		return parse(c.t, fmt.Sprintf("[%s-1,%d]", strings.Repeat("-1,20,", 126), length-127-126*20))
	}
	tests := []struct {
		name      string
		history   func(*crowd, *note) protocol.Runs
		revisions int
		edit      protocol.Runs // made on the first revision
		want      []protocol.Code
	}{
		{"a delete that grows around every insert", grown, maxRevisions - 1, parse(t, "[-3000]"),
			[]protocol.Code{protocol.CodeStale, protocol.CodeTooMuch}},
		{"changes as rich as they may be", inAndOut, maxRevisions - 28, comb(t, 3000, 127, 1, 20),
			[]protocol.Code{"", protocol.CodeTooMuch}},
	}
	for _, tt := range tests {
		c := newCrowd(t)
		n := c.note(protocol.ID{}, strings.Repeat("a", 3000))
		base := n.Rev
		for range tt.revisions {
			c.do(&protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: c.id(), Runs: tt.history(c, n)})
		}
		v := c.batch(protocol.MaxList, func(int) protocol.Op {
			return &protocol.NoteText{Note: n.ID, Base: base, Rev: c.id(), Runs: tt.edit}
		})
		if c.s.work > protocol.MaxWork {
			t.Errorf("%s: %d work", tt.name, c.s.work)
		}
		if got := slices.Compact(slices.Sorted(slices.Values(v.Parts))); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		c.reloads()
	}
}

// TestWholeBoardOps: whatever is done to all of a board goes, the second in a batch does not, and it can be undone.
func TestWholeBoardOps(t *testing.T) {
	const many = protocol.MaxObjects - 4
	cluster, other, hub, frame := idOf("c"), idOf("d"), idOf("hub"), idOf("frame")
	board := func(connectors bool) *crowd {
		c := newCrowd(t)
		c.do(&protocol.ClusterCreate{Cluster: cluster})
		c.do(&protocol.ClusterCreate{Cluster: other})
		c.do(&protocol.NoteCreate{Note: hub, W: 4096, H: 4096, Rev: c.id()})
		c.do(&protocol.AreaCreate{Area: frame, Form: protocol.FormFrame, W: 4096, H: 4096})
		for range many {
			if connectors {
				c.do(&protocol.ConnectorCreate{Connector: c.id(), From: hub, To: frame})
			} else {
				c.note(cluster, "")
			}
		}
		return c
	}
	notes, connectors := board(false), board(true)
	if v := notes.try(&protocol.ClusterMove{Cluster: cluster, DX: 1 << 26}); v.Code != protocol.CodeOutOfRange {
		t.Errorf("moved off the board: %s", verdictText(v))
	}
	tests := []struct {
		name     string
		on       *crowd
		op       protocol.Op
		restores int // changes of the undo
	}{
		{"move", notes, &protocol.ClusterMove{Cluster: cluster, DX: 1, DY: 1}, many},
		{"merge", notes, &protocol.ClusterMerge{Cluster: other, From: cluster}, many + 1},
		{"delete a cluster", notes, &protocol.ClusterDelete{Cluster: cluster}, many + 1},
		{"delete a note", connectors, &protocol.NoteDelete{Note: hub}, maxDead},
	}
	for _, tt := range tests {
		c := tt.on
		v := c.batch(3, func(i int) protocol.Op {
			if i == 1 {
				return &protocol.ClusterMove{Cluster: other, DX: 1}
			}
			return tt.op
		})
		if tt.op.Kind() == "cluster.move" && v.Parts[2] != protocol.CodeTooMuch {
			t.Errorf("%s: the second is %s", tt.name, verdictText(v))
		}
		if v.Code != "" || len(v.Parts) > 0 && v.Parts[0] != "" || len(c.last) < many || len(c.last) > many+1 {
			t.Errorf("%s: %s, %d changes", tt.name, verdictText(v), len(c.last))
		}
		if c.s.work < many || c.s.work > protocol.MaxWork {
			t.Errorf("%s: %d work", tt.name, c.s.work)
		}
		c.do(&protocol.Undo{N: c.n})
		if len(c.last) != tt.restores {
			t.Errorf("%s: undone in %d changes, want %d", tt.name, len(c.last), tt.restores)
		}
	}
	notes.reloads()
	connectors.reloads()
}
