package archive

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
)

// tally is the smallest state machine whose state depends on every group.
type tally struct {
	seq    uint64
	digest [sha256.Size]byte
	poison uint64 // the group that cannot be played
}

func (r *tally) Load(state []byte) error {
	if len(state) != 8+sha256.Size {
		return fmt.Errorf("%d bytes", len(state))
	}
	r.seq = binary.BigEndian.Uint64(state)
	copy(r.digest[:], state[8:])
	return nil
}

func (r *tally) Apply(g journal.Group) error {
	if r.poison != 0 && g.First == r.poison {
		return errors.New("poison")
	}
	r.seq = g.Last
	r.digest = sha256.Sum256(append(r.digest[:], g.Body...))
	return nil
}

func (r *tally) State() []byte {
	return append(binary.BigEndian.AppendUint64(nil, r.seq), r.digest[:]...)
}

// snapshotAt plays the history up to its group i and keeps a snapshot behind it.
func (r *rig) snapshotAt(h *history, i int) {
	r.t.Helper()
	var m tally
	for _, g := range h.all[:i+1] {
		if err := m.Apply(g); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.PutSnapshot(r.t.Context(), testBoard, h.all[i].Head(), m.State()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) verify(m *tally) Report {
	r.t.Helper()
	report, err := Verify(r.t.Context(), r.store, testBoard, m)
	if err != nil {
		r.t.Fatalf("Verify = %v", err)
	}
	return report
}

// wellKept is a board with slots, packs that hide slots, and snapshots: groups 0-7 packed, 4-7 with their slots still
// there, 8-11 in slots.
func wellKept(t *testing.T) (*rig, *history) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 4
	h.more(12, 30)
	r.sealEach(h.all[:4])
	r.pack()
	r.clock.advance(packHideTime)
	r.sealEach(h.all[4:8])
	r.pack() // deletes the first four slots, hides the second four
	r.packRun = 100
	r.sealEach(h.all[8:12])
	for _, i := range []int{2, 5, 9} {
		r.snapshotAt(h, i)
	}
	if got := len(r.names("1/seg/")); got != 8 {
		t.Fatalf("%d slots, want 8", got)
	}
	return r, h
}

func TestVerifyASoundBoard(t *testing.T) {
	r, h := wellKept(t)
	ahead := h.branch(5)
	ahead.more(3, 10)
	r.snapshotAt(ahead, 14) // the journal has what is below it
	got := r.verify(&tally{})
	if len(got.Problems) != 0 {
		t.Fatalf("problems %v", got.Problems)
	}
	want := Report{Board: testBoard, Head: h.head, Groups: 12, Entries: h.head.Seq, Slots: 8, Packs: 2, Snapshots: 3, Ahead: 1}
	got.Problems = nil
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("report %+v, want %+v", got, want)
	}
}

func TestVerifyABoardThatBeganWithAState(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	h.more(3, 20)
	m := tally{seq: 0, digest: sha256.Sum256([]byte("imported"))}
	if err := r.PutSnapshot(t.Context(), testBoard, genesis, m.State()); err != nil {
		t.Fatal(err)
	}
	r.sealEach(h.all)
	for _, g := range h.all[:2] {
		if err := m.Apply(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.PutSnapshot(t.Context(), testBoard, h.all[1].Head(), m.State()); err != nil {
		t.Fatal(err)
	}
	if got := r.verify(&tally{}); len(got.Problems) != 0 || got.Groups != 3 || got.Snapshots != 1 {
		t.Fatalf("report %+v", got)
	}
}

func TestVerifyReports(t *testing.T) {
	sound, h := wellKept(t)
	slot := func(h *history, i int) string { return slotName(testBoard, h.all[i].First) }
	snap := func(h *history, i int) string { return snapName(testBoard, h.all[i].Last) }
	flip := func(r *rig, name string) {
		b := r.bytes(name)
		b[len(b)/2] ^= 1
		r.overwrite(name, b)
	}
	for _, c := range []struct {
		what   string
		spoil  func(r *rig, h *history) (name string) // returns the object that the problem is about
		says   string
		groups uint64 // still replayed
		poison int    // group that cannot be played
	}{
		{"flipped slot", func(r *rig, h *history) string { flip(r, slot(h, 8)); return slot(h, 8) }, "checksum", 8 + 2, 0},
		{"flipped last slot", func(r *rig, h *history) string { flip(r, slot(h, 11)); return slot(h, 11) }, "checksum", 11, 0},
		{"flipped hidden slot", func(r *rig, h *history) string { flip(r, slot(h, 5)); return slot(h, 5) }, "checksum", 12, 0},
		{"flipped pack", func(r *rig, h *history) string {
			name := packName(testBoard, h.all[0].First, h.all[3].Last)
			flip(r, name)
			return name
		}, "checksum", 6, 0}, // the snapshot behind group 2 leads into the pack again, the one behind 5 past it
		{"missing slot", func(r *rig, h *history) string { r.remove(slot(h, 8)); return slot(h, 9) }, "missing", 8 + 2, 0},
		{"missing pack", func(r *rig, h *history) string {
			r.remove(packName(testBoard, h.all[0].First, h.all[3].Last))
			return slotOrPack(h)
		}, "missing", 6, 0},
		{"slot of another board", func(r *rig, h *history) string {
			r.overwrite(slot(h, 8), encodeSegment(kindSegment, otherBoard, 0, h.all[8:9]))
			return slot(h, 8)
		}, "another board", 10, 0},
		{"slot under another name", func(r *rig, h *history) string {
			r.overwrite(slot(h, 8), r.bytes(slot(h, 9)))
			return slot(h, 8)
		}, "other seqs", 10, 0},
		{"foreign slot", func(r *rig, h *history) string {
			other := newHistory(4)
			other.head = h.all[9].Head()
			other.head.Chain[1] ^= 1
			r.overwrite(slot(h, 10), encodeSegment(kindSegment, testBoard, 0, other.more(1, 9)))
			r.remove(slot(h, 11))
			return slot(h, 10)
		}, "does not follow", 10, 0},
		{"orphan", func(r *rig, h *history) string {
			for i := range h.all[8:] {
				if g := h.all[8+i]; g.Last > g.First {
					other := newHistory(4)
					other.head = journal.Head{Epoch: 1, Seq: g.First}
					name := slotName(testBoard, g.First+1)
					r.overwrite(name, encodeSegment(kindSegment, testBoard, 0, other.more(1, 9)))
					return name
				}
			}
			r.t.Fatal("no group of two")
			return ""
		}, "begins inside", 12, 0},
		{"foreign hidden slot", func(r *rig, h *history) string {
			other := newHistory(4)
			other.head = h.all[4].Head()
			r.overwrite(slot(h, 5), encodeSegment(kindSegment, testBoard, 0, other.more(1, 9)))
			return slot(h, 5)
		}, "another history", 12, 0},
		{"pack of another history across a pack's end", func(r *rig, h *history) string {
			other := newHistory(4)
			other.head = h.all[0].Head()
			for other.head.Seq <= h.all[3].Last {
				other.more(1, 9)
			}
			name := packName(testBoard, other.all[0].First, other.head.Seq)
			r.overwrite(name, encodeSegment(kindPack, testBoard, 0, other.all))
			r.remove(slot(h, 4)) // hidden by it too, and of the other history
			return name
		}, "overlaps", 12, 0},
		{"flipped snapshot", func(r *rig, h *history) string { flip(r, snap(h, 5)); return snap(h, 5) }, "checksum", 12, 0},
		{"snapshot of another state", func(r *rig, h *history) string {
			m := tally{seq: 3}
			r.overwrite(snap(h, 5), encodeSnapshot(testBoard, h.all[5].Head(), m.State()))
			return snap(h, 5)
		}, "another state", 12, 0},
		{"snapshot of another chain", func(r *rig, h *history) string {
			head := h.all[5].Head()
			head.Chain[0] ^= 1
			r.overwrite(snap(h, 5), encodeSnapshot(testBoard, head, nil))
			return snap(h, 5)
		}, "another history", 12, 0},
		{"snapshot inside a group", func(r *rig, h *history) string {
			for _, g := range h.all {
				if g.Last > g.First {
					head := g.Head()
					head.Seq = g.First
					r.overwrite(snapName(testBoard, g.First), encodeSnapshot(testBoard, head, nil))
					return snapName(testBoard, g.First)
				}
			}
			r.t.Fatal("no group of two")
			return ""
		}, "no group ends there", 12, 0},
		{"key gone", func(r *rig, h *history) string { r.remove(keyName(testBoard)); return keyName(testBoard) }, "listed", 0, 0},
		{"stray", func(r *rig, h *history) string {
			name := testBoard.String() + "/1/seg/1"
			r.overwrite(name, nil)
			return name
		}, "no object has such a name", 12, 0},
		{"newer version", func(r *rig, h *history) string {
			b := r.bytes(slot(h, 8))
			b[5] = version + 1
			r.overwrite(slot(h, 8), appendSum(b[:len(b)-4]))
			return slot(h, 8)
		}, "newer", 10, 0},
		{"poison", func(r *rig, h *history) string { return kindSegment.prefix(testBoard) }, "cannot be played", 9 + 2, 9},
	} {
		t.Run(c.what, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(sound.folder)); err != nil {
				t.Fatal(err)
			}
			r := rigAt(t, folder)
			name := c.spoil(r, h)
			m := &tally{}
			if c.poison > 0 {
				m.poison = h.all[c.poison].First
			}
			got := r.verify(m)
			if len(got.Problems) == 0 {
				t.Fatalf("nothing reported: %+v", got)
			}
			p := got.Problems[0]
			if p.Name != name || !strings.Contains(p.What, c.says) || p.Next == "" {
				t.Errorf("problem %+v, want %q about %s", p, c.says, name)
			}
			for _, p := range got.Problems[1:] {
				t.Errorf("one fault was reported again: %+v", p)
			}
			if got.Groups != c.groups {
				t.Errorf("%d groups replayed, want %d", got.Groups, c.groups)
			}
		})
	}
}

// slotOrPack is the name of the second pack.
func slotOrPack(h *history) string {
	return packName(testBoard, h.all[4].First, h.all[7].Last)
}

func TestVerifyIsOfTheStoreOrTheBoard(t *testing.T) {
	r, _ := wellKept(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, r.store, testBoard, &tally{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify = %v, want context.Canceled", err)
	}
	if _, err := Verify(t.Context(), failing{r.store}, testBoard, &tally{}); !errors.Is(err, errAway) {
		t.Errorf("Verify = %v, want the store's error", err)
	}
}

func TestVerifyChangesNothing(t *testing.T) {
	r, h := wellKept(t)
	b := r.bytes(snapName(testBoard, h.all[5].Last))
	b[9] ^= 1
	r.overwrite(snapName(testBoard, h.all[5].Last), b)
	before := r.names("")
	if got := r.verify(&tally{}); len(got.Problems) == 0 {
		t.Fatal("nothing reported")
	}
	if after := r.names(""); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Fatalf("objects %q, before %q", after, before)
	}
	if _, err := os.Stat(r.path(snapName(testBoard, h.all[5].Last))); err != nil {
		t.Fatal(err)
	}
}
