package archive

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/disk"
)

func TestPackHidesAndLaterDeletes(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	h.more(20, 30)
	r.sealEach(h.all[:15])
	r.pack()
	if got := r.names("1/pack/"); len(got) != 0 {
		t.Fatalf("packs %q of 15 slots, want none", got)
	}
	r.sealEach(h.all[15:16])
	r.pack()
	pack := strings.TrimPrefix(packName(testBoard, 1, h.all[15].Last), testBoard.String()+"/1/")
	if got := r.names("1/pack/"); !slices.Equal(got, []string{pack}) {
		t.Fatalf("packs %q, want %q", got, pack)
	}
	r.clock.advance(packHideTime - time.Second)
	r.pack()
	if got := r.names("1/seg/"); len(got) != 16 {
		t.Fatalf("%d slots before the day is over, want 16", len(got))
	}
	r.wantGroups(0, h.all[:16])
	r.clock.advance(time.Second)
	r.sealEach(h.all[16:])
	r.pack()
	if got := r.names("1/seg/"); len(got) != 4 {
		t.Fatalf("%d slots after a day, want only the 4 that are not packed", len(got))
	}
	r.wantGroups(0, h.all)
	for i, g := range h.all {
		r.wantGroups(g.Last, h.all[i+1:])
	}
	if end := r.end(); end != h.head {
		t.Fatalf("End = %+v, want %+v", end, h.head)
	}
}

func TestPackEndsWhereASlotEnded(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 3
	var ends []uint64
	for range 14 {
		ends = append(ends, r.seal(h.more(1+h.rng.IntN(3), 60)...).Seq)
	}
	r.packBytes = 9 * frameLen(h.all[0]) // a few slots each
	r.pack()
	v, err := r.look(t.Context(), testBoard)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.packs) < 2 {
		t.Fatalf("packs %v, want several", v.packs)
	}
	for _, p := range v.packs {
		if !slices.Contains(ends, p.last) || p.first != 1 && !slices.Contains(ends, p.first-1) {
			t.Errorf("pack %d to %d cuts a slot; slots end at %v", p.first, p.last, ends)
		}
		if s, err := r.read(t.Context(), testBoard, p); err != nil || len(s.groups) > 9 {
			t.Errorf("pack %d to %d: %v, %d groups", p.first, p.last, err, len(s.groups))
		}
	}
	r.wantGroups(0, h.all)
}

// A run of slots of which no two fit together is left alone.
func TestPackLeavesLargeSlots(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun, r.packBytes = 3, 150
	r.sealEach(h.more(5, 60))
	r.pack()
	if got := r.names("1/"); len(got) != 5 {
		t.Fatalf("objects %q, want the five slots", got)
	}
}

// Two processes merge different runs: the packs overlap and are both right.
func TestOverlappingPacks(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 100
	r.sealEach(h.more(8, 30))
	early, err := r.look(t.Context(), testBoard)
	if err != nil {
		t.Fatal(err)
	}
	late := r.on(r.store)
	r.packRun = 6
	for _, run := range [][]object{early.slots[:7], early.slots[2:8], early.slots[:6], early.slots[:7]} {
		if err := r.merge(t.Context(), testBoard, r.clock.now(), run); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.names("1/pack/"); len(got) != 3 {
		t.Fatalf("packs %q, want 3: one was made twice", got)
	}
	for range 2 {
		r.wantGroups(0, h.all)
		for i, g := range h.all {
			r.wantGroups(g.Last, h.all[i+1:])
		}
		if got := r.verify(&tally{}); len(got.Problems) != 0 {
			t.Fatalf("problems %v", got.Problems)
		}
		r.clock.advance(packHideTime)
		if err := late.Pack(t.Context(), testBoard); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.names("1/seg/"); len(got) != 0 {
		t.Fatalf("slots %q are left", got)
	}
}

// The pack is all there is once its slots are gone, so a bad one keeps them.
func TestSlotsStayBehindADamagedPack(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 3
	r.sealEach(h.more(3, 30))
	r.pack()
	name := packName(testBoard, 1, h.head.Seq)
	good := r.bytes(name)
	bad := slices.Clone(good)
	bad[len(bad)-20] ^= 8
	r.overwrite(name, bad)
	r.clock.advance(2 * packHideTime)
	var d *Damage
	if err := r.Pack(t.Context(), testBoard); !errors.As(err, &d) || d.Name != name {
		t.Fatalf("Pack = %v, want Damage of the pack", err)
	}
	if got := r.names("1/seg/"); len(got) != 3 {
		t.Fatalf("slots %q, want all three", got)
	}
	if _, err := r.groups(0); !errors.As(err, &d) || d.Name != name {
		t.Fatalf("Groups = %v, want Damage of the pack", err)
	}
	r.remove(name) // the next step that the damage names
	r.wantGroups(0, h.all)
}

func TestPackNameTakenByAnotherHistory(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 3
	r.sealEach(h.more(3, 30))
	v, err := r.look(t.Context(), testBoard)
	if err != nil {
		t.Fatal(err)
	}
	other := newHistory(2)
	other.more(3, 30)
	for other.head.Seq != h.head.Seq {
		other = newHistory(other.rng.Uint64())
		other.more(3, 30)
	}
	name := packName(testBoard, 1, h.head.Seq)
	if err := r.store.Create(t.Context(), name, encodeSegment(kindPack, testBoard, 0, other.all)); err != nil {
		t.Fatal(err)
	}
	if err := r.merge(t.Context(), testBoard, r.clock.now(), v.slots); !errors.Is(err, ErrDamaged) {
		t.Fatalf("merge = %v, want ErrDamaged", err)
	}
}

func TestReadingWhilePacking(t *testing.T) {
	folder := t.TempDir()
	r, h := rigAt(t, folder), newHistory(1)
	r.packRun = 4
	r.sealEach(h.more(24, 30))
	s, err := disk.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reader := r.on(s)
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for last := false; !last; {
				select {
				case <-done:
					last = true
				default:
				}
				got, err := collect(t.Context(), reader, 0)
				if err != nil || !sameGroups(got, h.all) {
					t.Errorf("Groups gave %d groups, %v; want %d", len(got), err, len(h.all))
					return
				}
				if end, err := reader.End(t.Context(), testBoard); err != nil || end != h.head {
					t.Errorf("End = %+v, %v; want %+v", end, err, h.head)
					return
				}
			}
		})
	}
	for n := 4; n <= 24; n += 4 { // one pack at a time, its slots deleted at once
		v, err := r.look(t.Context(), testBoard)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.merge(t.Context(), testBoard, r.clock.now(), v.slots[:4]); err != nil {
			t.Fatal(err)
		}
		r.clock.advance(packHideTime)
		if v, err = r.look(t.Context(), testBoard); err != nil {
			t.Fatal(err)
		}
		if err := r.deleteHidden(t.Context(), testBoard, v); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	wg.Wait()
	if got := r.names("1/"); len(got) != 6 {
		t.Fatalf("objects %q, want six packs", got)
	}
}

// A reader has listed; before it reads on, slots are merged and deleted under it.
func TestSlotsGoUnderAReader(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 4
	r.sealEach(h.more(8, 30))
	var got []journal.Group
	for g, err := range r.Groups(t.Context(), testBoard, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, g); len(got) == 2 {
			r.pack()
			r.clock.advance(packHideTime)
			r.pack()
		}
	}
	if !sameGroups(got, h.all) {
		t.Fatalf("got %s, want %s", ranges(got), ranges(h.all))
	}
}

// Between the two listings of a look, slots are merged and deleted.
func TestSlotsGoInTheMiddleOfALook(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 4
	r.sealEach(h.more(4, 30))
	listings := 0
	a := r.on(&hooked{Store: r.store, list: func(string) {
		if listings++; listings == 2 {
			r.pack()
			r.clock.advance(packHideTime)
			r.pack()
		}
	}})
	if end, err := a.End(t.Context(), testBoard); err != nil || end != h.head {
		t.Fatalf("End = %+v, %v; want %+v", end, err, h.head)
	}
	if listings < 2 || len(r.names("1/seg/")) != 0 {
		t.Fatalf("%d listings, slots %q: nothing was shown", listings, r.names("1/seg/"))
	}
	got, err := collect(t.Context(), a, 0)
	if err != nil || !sameGroups(got, h.all) {
		t.Fatalf("Groups gave %s, %v", ranges(got), err)
	}
}

// The slot at the end is merged and deleted between its listing and its reading.
func TestTheLastSlotGoesUnderEnd(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.packRun = 4
	r.sealEach(h.more(4, 30))
	gone := false
	a := r.on(&hooked{Store: r.store, get: func(name string) {
		if name == slotName(testBoard, h.all[3].First) && !gone {
			gone = true
			r.pack()
			r.clock.advance(packHideTime)
			r.pack()
		}
	}})
	if end, err := a.End(t.Context(), testBoard); err != nil || end != h.head || !gone {
		t.Fatalf("End = %+v, %v (slot gone: %v); want %+v", end, err, gone, h.head)
	}
}

// A name that is listed again and again but never found is a fault of the store, not an end.
func TestListedButNeverFoundIsDamage(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.sealEach(h.more(2, 30))
	name := slotName(testBoard, h.all[1].First)
	blind := r.on(blindTo{r.store, name})
	if _, err := blind.End(t.Context(), testBoard); !errors.Is(err, ErrDamaged) {
		t.Errorf("End = %v, want ErrDamaged", err)
	}
	if got, err := collect(t.Context(), blind, 0); !errors.Is(err, ErrDamaged) || len(got) != 1 {
		t.Errorf("Groups gave %s, %v; want the first and ErrDamaged", ranges(got), err)
	}
}

// blindTo lists a name and cannot find it.
type blindTo struct {
	store.Store
	name string
}

func (b blindTo) Get(ctx context.Context, name string) ([]byte, error) {
	if name == b.name {
		return nil, store.ErrNotExist
	}
	return b.Store.Get(ctx, name)
}

func TestHolesAreDamage(t *testing.T) {
	for _, packed := range []bool{false, true} {
		for missing := range 4 {
			r, h := newRig(t), newHistory(1)
			h.more(12, 30)
			var objects []string
			for i := 0; i < 12; i += 3 {
				r.packRun = 3
				r.sealEach(h.all[i : i+3])
				if packed {
					r.pack()
					r.clock.advance(packHideTime)
				}
			}
			if packed {
				r.pack()
			}
			objects = r.names("1/")
			per := len(objects) / 4
			for _, name := range objects[missing*per : (missing+1)*per] {
				r.remove(testBoard.String() + "/1/" + name)
			}
			got, err := r.groups(0)
			if missing == 3 { // nothing tells a lost end from one that never was; the journal does
				if err != nil || !sameGroups(got, h.all[:9]) {
					t.Errorf("packed %v, end missing: %d groups, %v", packed, len(got), err)
				}
				continue
			}
			var d *Damage
			if !errors.As(err, &d) || !strings.Contains(d.What, "missing") || d.Next == "" {
				t.Errorf("packed %v, part %d missing: Groups = %v, want Damage with a next step", packed, missing, err)
			}
			if !sameGroups(got, h.all[:missing*3]) {
				t.Errorf("packed %v, part %d missing: got %s before the hole", packed, missing, ranges(got))
			}
			if _, err := r.groups(h.all[missing*3].Last); !errors.Is(err, ErrDamaged) {
				t.Errorf("packed %v, part %d missing: Groups from inside the hole = %v, want ErrDamaged", packed, missing, err)
			}
		}
	}
}
