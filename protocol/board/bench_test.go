package board

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// benchBoard is a board of 10,000 notes and a target, with one writer.
func benchBoard(b *testing.B) (*State, []protocol.ID) {
	b.Helper()
	w := newWorld(quiet{b}, rand.NewPCG(8, 8))
	w.server("", &protocol.AreaCreate{Area: idOf("target"), Form: protocol.FormTarget, Rings: []protocol.Ring{
		{ID: idOf("in"), Label: "in", Size: 1 << 14}, {ID: idOf("out"), Label: "out", Size: 1 << 15}}})
	notes := make([]protocol.ID, 10_000)
	for i := range notes {
		notes[i] = w.rev()
		if v, _ := w.s.Apply(protocol.Entry{Seq: w.s.Seq() + 1, Op: &protocol.NoteCreate{Note: notes[i], X: int64(i), W: 6400,
			H: 6400, Rev: notes[i], Text: "a note as people write them"}}); !v.OK() {
			b.Fatal(v)
		}
	}
	return w.s, notes
}

// quiet logs nothing: telling each entry costs more than applying it.
type quiet struct{ testing.TB }

func (quiet) Logf(string, ...any) {}

func run(b *testing.B, s *State, op func(i int) protocol.Op) {
	b.ReportAllocs()
	n := uint64(0)
	for i := 0; b.Loop(); i++ {
		n++
		v, _ := s.Apply(protocol.Entry{Seq: s.Seq() + 1, Time: int64(i), Author: idNoor, Writer: idNoor1, N: n, Op: op(i)})
		if !v.OK() {
			b.Fatal(v)
		}
	}
}

var idNoor, idNoor1 = idOf("noor"), idOf("noor.1")

func BenchmarkApplyMove(b *testing.B) {
	s, notes := benchBoard(b)
	run(b, s, func(i int) protocol.Op {
		return &protocol.NoteMove{Note: notes[i%len(notes)], X: int64(i % 50_000), Y: int64(i % 3000)}
	})
}

func BenchmarkApplyText(b *testing.B) {
	s, notes := benchBoard(b)
	long, err := text.Parse([]byte(`[9,"x",18]`))
	if err != nil {
		b.Fatal(err)
	}
	short, err := text.Parse([]byte(`[9,-1,18]`))
	if err != nil {
		b.Fatal(err)
	}
	rev := protocol.ID{1}
	run(b, s, func(i int) protocol.Op {
		n := s.notes[notes[i/2%len(notes)]]
		binary.BigEndian.PutUint64(rev[8:], uint64(i))
		c := long
		if n.Rev[0] == 1 && len(n.Text) == 28 {
			c = short
		}
		return &protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: rev, Runs: protocol.Runs{Change: c}}
	})
}

// BenchmarkApplyCreate deletes what it made, so that the board does not fill up: it measures the two together.
func BenchmarkApplyCreate(b *testing.B) {
	s, _ := benchBoard(b)
	id := protocol.ID{2}
	run(b, s, func(i int) protocol.Op {
		if i%2 == 1 {
			return &protocol.NoteDelete{Note: id}
		}
		binary.BigEndian.PutUint64(id[8:], uint64(i))
		return &protocol.NoteCreate{Note: id, W: 6400, H: 6400, Rev: id, Text: "a note as people write them"}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	s, _ := benchBoard(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = s.AppendSnapshot(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkLoad(b *testing.B) {
	s, _ := benchBoard(b)
	snapshot := s.AppendSnapshot(nil)
	b.SetBytes(int64(len(snapshot)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(snapshot); err != nil {
			b.Fatal(err)
		}
	}
}
