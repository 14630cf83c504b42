//go:build !race

// The race detector would make these a hundred times slower and finds nothing in them: they run on one goroutine.

package archive

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
)

// eachSpoiled calls f with every truncation and every single-bit flip of b. f must not keep what it is given.
func eachSpoiled(b []byte, f func(what string, spoiled []byte)) {
	for n := range b {
		f(fmt.Sprintf("cut to %d of %d bytes", n, len(b)), b[:n])
	}
	f("a byte longer", append(slices.Clone(b), 0))
	c := slices.Clone(b)
	for i := range c {
		for bit := range 8 {
			c[i] ^= 1 << bit
			f(fmt.Sprintf("bit %d of byte %d flipped", bit, i), c)
			c[i] ^= 1 << bit
		}
	}
}

// Through the store and every door that reads, on small objects.
func TestEveryTruncationAndFlipIsReported(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 2
	h.more(4, 24)
	r.sealEach(h.all[:2])
	r.pack()
	r.clock.advance(packHideTime)
	r.pack()
	r.packRun = 100
	r.seal(h.all[2:3]...)
	r.seal(h.all[3])
	for _, c := range []struct {
		name   string
		before []journal.Group // what may still be read
	}{
		{packName(testBoard, 1, h.all[1].Last), nil},
		{slotName(testBoard, h.all[2].First), h.all[:2]},
		{slotName(testBoard, h.all[3].First), h.all[:3]},
	} {
		good := r.bytes(c.name)
		eachSpoiled(good, func(what string, spoiled []byte) {
			r.overwrite(c.name, spoiled)
			got, err := r.groups(0)
			var d *Damage
			if !errors.As(err, &d) || d.Name != c.name || d.Next == "" || !sameGroups(got, c.before) {
				t.Fatalf("%s %s: Groups = %s, %v; want %s and Damage of it", c.name, what, ranges(got), err, ranges(c.before))
			}
		})
		r.overwrite(c.name, good)
	}
	r.wantGroups(0, h.all)
}

func TestEveryTruncationAndFlipOfASnapshotIsReported(t *testing.T) {
	r := newRig(t)
	head := journal.Head{Epoch: 3, Seq: 9, Chain: journal.Chain{1, 2, 3}, Time: 77}
	r.putSnapshot(journal.Head{Epoch: 3, Seq: 5}, "older")
	r.putSnapshot(head, "the state of a small board, the state of a small board")
	name := snapName(testBoard, 9)
	good := r.bytes(name)
	eachSpoiled(good, func(what string, spoiled []byte) {
		r.overwrite(name, spoiled)
		r.log.Reset()
		got, state, err := r.Snapshot(t.Context(), testBoard, 100)
		if err != nil || got.Seq != 5 || string(state) != "older" {
			t.Fatalf("%s: Snapshot = %+v, %q, %v; want the older one", what, got, state, err)
		}
		if !bytes.Contains(r.log.Bytes(), []byte(name)) {
			t.Fatalf("%s: not reported", what)
		}
	})
	r.overwrite(name, good)
	r.wantSnapshot(100, head, "the state of a small board, the state of a small board")
}

// On objects of a real size, through the decoders alone.
func TestEveryTruncationAndFlipOfALargeObjectIsReported(t *testing.T) {
	h := newHistory(1)
	h.more(12, 2048)
	segment := encodeSegment(kindSegment, testBoard, 1, h.all)
	eachSpoiled(segment, func(what string, spoiled []byte) {
		if s, err := decodeSegment(kindSegment, testBoard, spoiled); err == nil {
			t.Fatalf("segment %s: decoded %s", what, ranges(s.groups))
		}
	})
	var state []byte
	for _, g := range h.all {
		state = append(state, g.Body...)
	}
	snapshot := encodeSnapshot(testBoard, h.head, state)
	eachSpoiled(snapshot, func(what string, spoiled []byte) {
		if head, _, err := decodeSnapshot(testBoard, h.head.Seq, spoiled); err == nil {
			t.Fatalf("snapshot %s: decoded at %d", what, head.Seq)
		}
	})
	if len(segment) < 8<<10 || len(snapshot) < 8<<10 {
		t.Fatalf("objects of %d and %d bytes are too small to show anything", len(segment), len(snapshot))
	}
}

// The checksum over all is not the only guard: with it made right again, no flip inside may panic or give a segment
// whose groups are not linked, or another state. (A flip that only a header's time or a slot's own epochs would show
// is left to the comparisons between objects.)
func TestEveryFlipUnderARightChecksum(t *testing.T) {
	h := newHistory(1)
	h.more(3, 40)
	good := encodeSegment(kindSegment, testBoard, 1, h.all)
	eachSpoiled(good[:len(good)-4], func(what string, spoiled []byte) {
		s, err := decodeSegment(kindSegment, testBoard, appendSum(slices.Clone(spoiled)))
		if err == nil && !sameGroups(s.groups, h.all) {
			t.Fatalf("segment %s: decoded other groups %s", what, ranges(s.groups))
		}
	})
	state := []byte("a state, a state, a state, a state")
	head := journal.Head{Epoch: 1, Seq: 4}
	eachSpoiled(encodeSnapshot(testBoard, head, state), func(what string, spoiled []byte) {
		_, got, err := decodeSnapshot(testBoard, 4, appendSum(slices.Clone(spoiled[:max(0, len(spoiled)-4)])))
		if err == nil && !bytes.Equal(got, state) {
			t.Fatalf("snapshot %s: decoded %q", what, got)
		}
	})
}
