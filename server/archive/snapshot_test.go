package archive

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
)

func (r *rig) wantSnapshot(atMost uint64, head journal.Head, state string) {
	r.t.Helper()
	gotHead, got, err := r.Snapshot(r.t.Context(), testBoard, atMost)
	if err != nil || gotHead != head || string(got) != state {
		r.t.Fatalf("Snapshot(at most %d) = %+v, %q, %v; want %+v, %q", atMost, gotHead, got, err, head, state)
	}
}

func (r *rig) putSnapshot(head journal.Head, state string) {
	r.t.Helper()
	if err := r.PutSnapshot(r.t.Context(), testBoard, head, []byte(state)); err != nil {
		r.t.Fatalf("PutSnapshot(%d) = %v", head.Seq, err)
	}
}

func TestNewestSnapshotAtOrBelow(t *testing.T) {
	r := newRig(t)
	if _, _, err := r.Snapshot(t.Context(), testBoard, 100); !errors.Is(err, ErrNoSnapshot) {
		t.Fatalf("Snapshot of none = %v, want ErrNoSnapshot", err)
	}
	at := func(seq uint64) journal.Head {
		return journal.Head{Epoch: 3, Seq: seq, Chain: journal.Chain{byte(seq)}, Time: int64(seq) * 10}
	}
	r.putSnapshot(at(20), "twenty")
	r.putSnapshot(at(5), "")
	r.putSnapshot(at(9), "nine")
	r.wantSnapshot(1<<63, at(20), "twenty")
	r.wantSnapshot(20, at(20), "twenty")
	r.wantSnapshot(19, at(9), "nine")
	r.wantSnapshot(8, at(5), "")
	if _, _, err := r.Snapshot(t.Context(), testBoard, 4); !errors.Is(err, ErrNoSnapshot) {
		t.Fatalf("Snapshot(at most 4) = %v, want ErrNoSnapshot", err)
	}
}

func TestABadSnapshotIsDeletedAndTheNextOlderUsed(t *testing.T) {
	at := func(seq uint64) journal.Head { return journal.Head{Epoch: 1, Seq: seq} }
	for what, spoil := range map[string]func(r *rig, name string){
		"flipped":          func(r *rig, name string) { b := r.bytes(name); b[len(b)/2] ^= 1; r.overwrite(name, b) },
		"cut":              func(r *rig, name string) { b := r.bytes(name); r.overwrite(name, b[:len(b)-1]) },
		"empty":            func(r *rig, name string) { r.overwrite(name, nil) },
		"of another board": func(r *rig, name string) { r.overwrite(name, encodeSnapshot(otherBoard, at(9), nil)) },
		"of another seq":   func(r *rig, name string) { r.overwrite(name, encodeSnapshot(testBoard, at(8), nil)) },
		"another object": func(r *rig, name string) {
			r.overwrite(name, encodeSegment(kindSegment, testBoard, 0, newHistory(1).more(1, 9)))
		},
	} {
		r := newRig(t)
		r.putSnapshot(at(5), "five")
		r.putSnapshot(at(9), "nine")
		spoil(r, snapName(testBoard, 9))
		r.wantSnapshot(100, at(5), "five")
		if got := r.names("1/snap/"); len(got) != 1 {
			t.Errorf("%s: snapshots %q, want the bad one deleted", what, got)
		}
		if !strings.Contains(r.log.String(), snapName(testBoard, 9)) {
			t.Errorf("%s: the log does not name it: %q", what, r.log)
		}
	}
}

// A rollback to an older version must not cost the snapshots that the newer one wrote.
func TestANewerSnapshotIsPassedOver(t *testing.T) {
	r := newRig(t)
	r.putSnapshot(journal.Head{Seq: 5}, "five")
	b := encodeSnapshot(testBoard, journal.Head{Seq: 9}, []byte("nine"))
	b[5] = version + 1
	r.overwrite(snapName(testBoard, 9), appendSum(b[:len(b)-4]))
	r.wantSnapshot(100, journal.Head{Seq: 5}, "five")
	r.putSnapshot(journal.Head{Seq: 9}, "nine")
	if got := r.bytes(snapName(testBoard, 9)); got[5] != version+1 {
		t.Fatal("the newer version's snapshot was replaced")
	}
}

func TestPutSnapshotAgain(t *testing.T) {
	r := newRig(t)
	head := journal.Head{Epoch: 1, Seq: 9, Chain: journal.Chain{1}}
	other := journal.Head{Epoch: 2, Seq: 9, Chain: journal.Chain{2}}
	r.putSnapshot(head, "first")
	r.putSnapshot(head, "first again")
	r.wantSnapshot(9, head, "first")
	r.putSnapshot(other, "after a repair")
	r.wantSnapshot(9, other, "after a repair")
	b := r.bytes(snapName(testBoard, 9))
	b[20] ^= 1
	r.overwrite(snapName(testBoard, 9), b)
	r.putSnapshot(other, "whole again")
	r.wantSnapshot(9, other, "whole again")
}

func TestSnapshotDue(t *testing.T) {
	for _, c := range []struct {
		entries, bytes, last int
		want                 bool
	}{
		{0, 0, 0, false},
		{9999, 64<<10 - 1, 0, false},
		{10_000, 0, 1 << 20, true},
		{1, 64 << 10, 0, true},
		{1, 64 << 10, 64 << 10, true},
		{1, 64 << 10, 64<<10 + 1, false},
		{9999, 1<<20 - 1, 1 << 20, false},
		{9999, 1 << 20, 1 << 20, true},
	} {
		if got := SnapshotDue(c.entries, c.bytes, c.last); got != c.want {
			t.Errorf("SnapshotDue(%d, %d, %d) = %v, want %v", c.entries, c.bytes, c.last, got, c.want)
		}
	}
}

func TestSnapshotTooLarge(t *testing.T) {
	r := newRig(t)
	if err := r.PutSnapshot(t.Context(), testBoard, journal.Head{Seq: 1}, make([]byte, MaxSnapshot+1)); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("PutSnapshot = %v, want ErrTooLarge", err)
	}
	if got := r.names("1/"); len(got) != 0 {
		t.Fatalf("objects %q", got)
	}
}

// A state larger than the compressor's window, as large boards have.
func TestALargeSnapshot(t *testing.T) {
	state := bytes.Repeat([]byte("a note, a cluster, a vote; "), (maxWindow+maxWindow/4)/27)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		state[rng.IntN(len(state))] = byte(rng.Uint32())
	}
	head := journal.Head{Epoch: 1, Seq: 7}
	gotHead, got, err := decodeSnapshot(testBoard, 7, encodeSnapshot(testBoard, head, state))
	if err != nil || gotHead != head || !bytes.Equal(got, state) {
		t.Fatalf("decoded %+v, %d bytes, %v; want %+v, %d bytes", gotHead, len(got), err, head, len(state))
	}
}
