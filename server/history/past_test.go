package history

import (
	"errors"
	"fmt"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/journal"
)

// TestAnyMomentIsCheap is P6: a state at any Seq of a long history costs one snapshot and a bounded number of entries.
func TestAnyMomentIsCheap(t *testing.T) {
	length := uint64(100_000)
	if raced {
		length = 20_000 // the detector has nothing to see here, and takes ten times as long
	}
	const (
		perGroup = journal.MaxGroupEntries
		bound    = 10_000 + perGroup // snapshots stand at ends of groups
	)
	b := newBed(t)
	b.begin()
	for b.head.Seq < length { // as a room has it sealed: whenever 5,000 entries came
		b.moves(5000/perGroup+1, perGroup)
		b.seal()
	}
	cost := func(seq uint64) (entries int, x int64) {
		t.Helper()
		b.store.reads()
		s, err := b.past.At(t.Context(), b.id, seq)
		if err != nil {
			t.Fatalf("at %d: %v", seq, err)
		}
		snapshots, segments := b.store.reads()
		if snapshots > 1 || segments > 3 {
			t.Errorf("at %d: %d snapshots and %d segments were read", seq, snapshots, segments)
		}
		m, err := b.past.replay(t.Context(), b.id, seq, seq, func(protocol.Entry, board.Verdict, []board.Change) bool { entries++; return true })
		if err != nil || m.State.Hash() != s.Hash() {
			t.Errorf("at %d: replayed twice, it differs: %v", seq, err)
		}
		return entries, b.x(s)
	}
	for _, seq := range []uint64{5, 100, 4999, 5000, 5001, 5060, 12_345, length / 2, length/2 + 1, length / 4 * 3, length - 64, length, b.head.Seq} {
		entries, x := cost(seq)
		if entries > bound || x != int64(seq) {
			t.Errorf("at %d: %d entries were replayed, and the note lies at %d", seq, entries, x)
		}
	}
	early, _ := cost(10_500)
	late, _ := cost(length - 9_500)
	if early > bound || late > bound {
		t.Errorf("%d entries early, %d late", early, late)
	}
	if _, err := b.past.At(t.Context(), b.id, b.head.Seq+1); !errors.Is(err, ErrNoMoment) {
		t.Errorf("beyond the head: %v", err)
	}
	// A moment by its time costs a few snapshots more, found by halving.
	b.store.reads()
	s, err := b.past.AtTime(t.Context(), b.id, 1_800_000_000_000+300*1000)
	if snapshots, segments := b.store.reads(); err != nil || snapshots > 9 || segments > 3 || s.Seq() != 4+298*perGroup {
		t.Errorf("by time: entry %d, %d snapshots, %d segments, %v", s.Seq(), snapshots, segments, err)
	}
}

func TestAtTime(t *testing.T) {
	b := newBed(t)
	begun := b.clock
	b.begin()        // entries 1, 2–4 at +1 s and +2 s
	b.moves(3, 2)    // 5–6, 7–8, 9–10 at +3 s to +5 s
	b.clock -= 3_000 // the clock jumps back: times never decrease
	b.moves(1, 1)    // 11 at +5 s
	for sealed := range 2 {
		for _, c := range []struct {
			after int64 // milliseconds after the beginning
			seq   uint64
		}{{1000, 1}, {1001, 1}, {1999, 1}, {2000, 4}, {2999, 4}, {3000, 6}, {3999, 6}, {4000, 8}, {4999, 8}, {5000, 11}, {5001, 11}, {1 << 40, 11}} {
			s, err := b.past.AtTime(t.Context(), b.id, begun+c.after)
			if err != nil || s.Seq() != c.seq {
				t.Errorf("sealed %d times, %d ms after the beginning: %v, %v; want entry %d", sealed, c.after, s, err, c.seq)
			}
		}
		for _, early := range []int64{begun + 999, begun, 1, 0, -1} {
			if _, err := b.past.AtTime(t.Context(), b.id, early); !errors.Is(err, ErrNoMoment) {
				t.Errorf("before the first entry (%d): %v", early, err)
			}
		}
		b.seal()
	}
	if _, err := b.past.AtTime(t.Context(), protocol.RandomID(), begun); !errors.Is(err, archive.ErrNoBoard) {
		t.Errorf("unknown board: %v", err)
	}
}

func TestSteps(t *testing.T) {
	b := newBed(t)
	b.begin()
	b.moves(40, 2)
	steps := func(from, to uint64, most int, a board.Audience) (seqs []uint64) {
		t.Helper()
		err := b.past.Steps(t.Context(), b.id, from, to, a, func(s Step) bool {
			seqs = append(seqs, s.Entry.Seq)
			return len(seqs) < most
		})
		if err != nil {
			t.Errorf("steps %d–%d: %v", from, to, err)
		}
		return seqs
	}
	for range 2 {
		for _, c := range []struct {
			from, to uint64
			most     int
			audience board.Audience
			want     string
		}{
			{1, 4, 9, board.AudienceFacilitators, "[1 2 3 4]"},
			{1, 4, 9, board.AudienceBoard, "[1 3 4]"}, // links are not theirs to know of
			{5, 5, 9, board.AudienceBoard, "[5]"},
			{6, 9, 9, board.AudienceBoard, "[6 7 8 9]"},
			{6, 1 << 62, 3, board.AudienceBoard, "[6 7 8]"}, // enough, and 60 groups are left
			{83, 1 << 62, 9, board.AudienceBoard, "[83 84]"},
			{85, 90, 9, board.AudienceBoard, "[]"},
			{0, 9, 9, board.AudienceBoard, "[]"},
			{9, 8, 9, board.AudienceBoard, "[]"},
		} {
			if got := fmt.Sprint(steps(c.from, c.to, c.most, c.audience)); got != c.want {
				t.Errorf("steps %d–%d: %s, want %s", c.from, c.to, got, c.want)
			}
		}
		b.seal()
	}
}
