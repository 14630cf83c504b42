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

func TestSealThenRead(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	for _, n := range []int{1, 3, 2} {
		if end := r.seal(h.more(n, 50)...); end != h.head {
			t.Fatalf("Seal = %+v, want %+v", end, h.head)
		}
	}
	if end := r.end(); end != h.head {
		t.Fatalf("End = %+v, want %+v", end, h.head)
	}
	r.wantGroups(0, h.all)
	for i, g := range h.all {
		r.wantGroups(g.Last, h.all[i+1:])
	}
	r.wantGroups(h.head.Seq+100, nil)
	want := []string{"seg/00000000000000000001", strings.TrimPrefix(slotName(testBoard, h.all[1].First), testBoard.String()+"/1/"),
		strings.TrimPrefix(slotName(testBoard, h.all[4].First), testBoard.String()+"/1/")}
	if got := r.names("1/"); !slices.Equal(got, want) {
		t.Fatalf("objects %q, want %q", got, want)
	}
}

func TestGroupsBeginsOnlyAtAGroupsEnd(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.seal(h.more(30, 5)...)
	for _, g := range h.all {
		for after := g.First; after < g.Last; after++ {
			if got, err := r.groups(after); !errors.Is(err, ErrPosition) || len(got) != 0 {
				t.Fatalf("Groups(after %d), inside [%d-%d] = %d groups, %v; want ErrPosition", after, g.First, g.Last, len(got), err)
			}
		}
	}
}

func TestGroupsCanBeLeft(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.sealEach(h.more(3, 5))
	seen := 0
	for _, err := range r.Groups(t.Context(), testBoard, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Fatalf("saw %d groups, want 2", seen)
	}
}

func TestSealRefusesWhatIsNotLinked(t *testing.T) {
	r := newRig(t)
	spoil := func(f func(g []journal.Group)) []journal.Group {
		groups := newHistory(1).more(3, 20)
		f(groups)
		return groups
	}
	for what, groups := range map[string][]journal.Group{
		"nothing":           {},
		"a body changed":    spoil(func(g []journal.Group) { g[1].Body[0] ^= 1 }),
		"a time changed":    spoil(func(g []journal.Group) { g[2].Time++ }),
		"a chain changed":   spoil(func(g []journal.Group) { g[0].Chain[0] ^= 1 }),
		"the order changed": spoil(func(g []journal.Group) { g[0], g[1] = g[1], g[0] }),
		"one left out":      slices.Delete(newHistory(1).more(3, 20), 1, 2),
		"epoch goes back":   spoil(func(g []journal.Group) { g[0].Epoch = 2 }),
		"seq 0":             spoil(func(g []journal.Group) { g[0].First = 0 }),
		"body too large":    newHistory(1).more(1, journal.MaxGroupBytes+1),
	} {
		if _, err := r.Seal(t.Context(), testBoard, groups); err == nil {
			t.Errorf("%s: Seal succeeded", what)
		}
	}
	if got := r.names("1/"); len(got) != 0 {
		t.Fatalf("objects %q after refusals", got)
	}
}

func TestSealAdoptsItsOwnChain(t *testing.T) {
	for _, c := range []struct {
		what       string
		there      []int // groups per slot before
		from, to   int   // the groups that are sealed now
		slotsAfter int
	}{
		{"the same again", []int{3}, 0, 3, 1},
		{"the one there is longer", []int{5}, 0, 2, 1},
		{"the one there is shorter", []int{2}, 0, 5, 2},
		{"what is there begins before", []int{4}, 2, 6, 2},
		{"inside one slot", []int{6}, 2, 4, 1},
		{"inside an older slot", []int{3, 3}, 1, 2, 2},
		{"across slots", []int{2, 2, 2}, 1, 6, 3},
		{"across slots and on", []int{2, 2}, 1, 6, 3},
		{"nothing new at the end", []int{2, 2}, 3, 4, 2},
	} {
		t.Run(c.what, func(t *testing.T) {
			r, h := newRig(t), newHistory(1)
			h.more(6, 30)
			have := 0
			for _, n := range c.there {
				r.seal(h.all[have : have+n]...)
				have += n
			}
			end := r.seal(h.all[c.from:c.to]...)
			if want := h.all[max(have, c.to)-1].Head(); end != want {
				t.Errorf("Seal = %+v, want %+v", end, want)
			}
			if got := r.names("1/seg/"); len(got) != c.slotsAfter {
				t.Errorf("%d slots, want %d: %q", len(got), c.slotsAfter, got)
			}
			r.wantGroups(0, h.all[:max(have, c.to)])
		})
	}
}

func TestForkIsRefusedAndNothingOverwritten(t *testing.T) {
	past := newHistory(1)
	past.more(2, 30)
	there, fork := past.branch(2), past.branch(3)
	there.more(4, 30)
	fork.more(6, 30)
	for what, groups := range map[string][]journal.Group{
		"at the beginning":          newHistory(9).more(2, 30),
		"right behind the past":     fork.all[2:3],
		"with the past":             fork.all[1:4],
		"longer than what is there": fork.all,
		"behind its end":            behindOnAnotherChain(there),
	} {
		r := newRig(t)
		r.seal(there.all[:2]...)
		r.seal(there.all[2:]...)
		before := r.bytes(slotName(testBoard, there.all[2].First))
		if _, err := r.Seal(t.Context(), testBoard, groups); !errors.Is(err, ErrFork) {
			t.Errorf("%s: Seal = %v, want ErrFork", what, err)
		}
		r.wantGroups(0, there.all)
		if !slices.Equal(r.bytes(slotName(testBoard, there.all[2].First)), before) {
			t.Errorf("%s: the slot was overwritten", what)
		}
		if got := r.names("1/"); len(got) != 2 {
			t.Errorf("%s: objects %q, want the two before", what, got)
		}
	}
}

// behindOnAnotherChain returns a group that begins right behind the history's end with another past.
func behindOnAnotherChain(h *history) []journal.Group {
	other := newHistory(77)
	other.head = h.head
	other.head.Chain[0] ^= 1
	return other.more(1, 30)
}

func TestGapIsRefused(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	h.more(5, 10)
	if _, err := r.Seal(t.Context(), testBoard, h.all[1:]); !errors.Is(err, ErrGap) {
		t.Fatalf("Seal on an empty archive = %v, want ErrGap", err)
	}
	r.seal(h.all[:2]...)
	if _, err := r.Seal(t.Context(), testBoard, h.all[3:]); !errors.Is(err, ErrGap) {
		t.Fatalf("Seal = %v, want ErrGap", err)
	}
	r.wantGroups(0, h.all[:2])
}

func TestSealSplitsWhatIsTooLargeForASlot(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	h.more(10, 100)
	r.slotBytes = 4*frameLen(h.all[0]) - 1
	if end := r.seal(h.all...); end != h.head {
		t.Fatalf("Seal = %+v, want %+v", end, h.head)
	}
	if got := r.names("1/seg/"); len(got) != 4 {
		t.Fatalf("%d slots for ten groups, three to a slot, want 4", len(got))
	}
	r.wantGroups(0, h.all)
}

func TestRacingSealersOfOneChain(t *testing.T) {
	folder := t.TempDir()
	r, h := rigAt(t, folder), newHistory(1)
	h.more(60, 40)
	var wg sync.WaitGroup
	for step := 1; step <= 4; step++ { // each cuts the chain differently
		s, err := disk.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		a := r.on(s)
		wg.Go(func() {
			for from := 0; from < len(h.all); from += step {
				to := min(from+step, len(h.all))
				end, err := a.Seal(t.Context(), testBoard, h.all[from:to])
				if err != nil || end.Seq < h.all[to-1].Last {
					t.Errorf("sealer %d at %d: end %d, %v", step, from, end.Seq, err)
					return
				}
			}
		})
	}
	wg.Wait()
	r.wantGroups(0, h.all)
	if end := r.end(); end != h.head {
		t.Fatalf("End = %+v, want %+v", end, h.head)
	}
}

// Two histories race for every slot. Who has been told that a group stands there finds it there at the end.
func TestRacingForks(t *testing.T) {
	for round := range uint64(10) {
		r := newRig(t)
		histories := []*history{newHistory(round), newHistory(round + 100)}
		told := make([]int, 2)
		var wg sync.WaitGroup
		for i, h := range histories {
			h.more(4, 40)
			wg.Go(func() {
				for k := range h.all {
					_, err := r.Seal(t.Context(), testBoard, h.all[k:k+1])
					if errors.Is(err, ErrFork) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					told[i] = k + 1
				}
			})
		}
		wg.Wait()
		winner := 0
		if told[1] > 0 {
			winner = 1
		}
		if told[winner] != 4 || told[1-winner] != 0 {
			t.Fatalf("round %d: told %v, want all of one and none of the other", round, told)
		}
		r.wantGroups(0, histories[winner].all)
	}
}

// A put whose answer is lost: it may have landed or not.
func TestAmbiguousPut(t *testing.T) {
	lost := errors.New("the answer was lost")
	for _, c := range []struct {
		what   string
		create func(s store.Store, calls int, ctx context.Context, name string, blob []byte) error
		want   error
	}{
		{"it landed", func(s store.Store, calls int, ctx context.Context, name string, blob []byte) error {
			if err := s.Create(ctx, name, blob); err != nil {
				return err
			}
			return lost
		}, nil},
		{"it did not land", func(store.Store, int, context.Context, string, []byte) error { return lost }, lost},
		{"the store is full", func(store.Store, int, context.Context, string, []byte) error { return store.ErrFull }, store.ErrFull},
		{"it landed and cannot be called durable", func(s store.Store, calls int, ctx context.Context, name string, blob []byte) error {
			if calls == 1 {
				if err := s.Create(ctx, name, blob); err != nil {
					return err
				}
			}
			return lost
		}, lost},
	} {
		t.Run(c.what, func(t *testing.T) {
			r, h := newRig(t), newHistory(1)
			h.more(2, 20)
			calls := 0
			a := r.on(&hooked{Store: r.store, create: func(ctx context.Context, name string, blob []byte) error {
				calls++
				return c.create(r.store, calls, ctx, name, blob)
			}})
			end, err := a.Seal(t.Context(), testBoard, h.all)
			if !errors.Is(err, c.want) || err == nil && end != h.head {
				t.Fatalf("Seal = %+v, %v; want %v", end, err, c.want)
			}
			if end := r.seal(h.all...); end != h.head { // once the store is well
				t.Fatalf("Seal again = %+v, want %+v", end, h.head)
			}
			r.wantGroups(0, h.all)
		})
	}
}

// What another sealer put there may not be durable yet: the store is asked before it is called so.
func TestSealAdoptsOnlyWhatTheStorePromises(t *testing.T) {
	for _, packed := range []bool{false, true} {
		r, h := newRig(t), newHistory(1)
		r.packRun = 2
		r.sealEach(h.more(3, 20))
		if packed {
			r.pack()
		}
		broken := errors.New("a folder could not be synced")
		var asked []string
		a := r.on(&hooked{Store: r.store, create: func(_ context.Context, name string, _ []byte) error {
			asked = append(asked, name)
			return broken
		}})
		for _, groups := range [][]journal.Group{h.all, h.all[:1], h.all[2:]} {
			asked = nil
			if end, err := a.Seal(t.Context(), testBoard, groups); !errors.Is(err, broken) {
				t.Errorf("Seal of what is there = %+v, %v; want the store's refusal", end, err)
			}
			want := slotName(testBoard, h.all[2].First)
			if packed {
				want = packName(testBoard, 1, h.head.Seq)
			}
			if len(asked) == 0 || asked[0] != want {
				t.Errorf("asked about %q, want %s", asked, want)
			}
		}
	}
}

// A sealer sleeps between choosing its slot and putting it. Meanwhile the slot is used, merged and, a day later, freed.
func TestSlowPutListsAgain(t *testing.T) {
	past := newHistory(1)
	past.more(2, 20)
	winner := past.branch(2)
	winner.more(4, 20)
	for _, c := range []struct {
		what  string
		slow  *history
		want  error
		slept time.Duration
	}{
		{"foreign", past.branch(3), ErrFork, 25 * time.Hour},
		{"the same chain", winner, nil, 25 * time.Hour},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := newRig(t)
			r.packRun = 2
			r.seal(past.all...)
			if len(c.slow.all) == len(past.all) {
				c.slow.more(1, 20)
			}
			asleep := true
			a := r.on(&hooked{Store: r.store, create: func(ctx context.Context, name string, blob []byte) error {
				if asleep {
					asleep = false
					r.sealEach(winner.all[2:])
					r.pack()
					r.clock.advance(c.slept)
					r.pack()
					if got := r.names("1/seg/"); len(got) != 0 {
						t.Errorf("slots %q, want all merged and deleted", got)
					}
				}
				return r.store.Create(ctx, name, blob)
			}})
			end, err := a.Seal(t.Context(), testBoard, c.slow.all[2:3])
			if !errors.Is(err, c.want) || err == nil && end != winner.head {
				t.Errorf("Seal = %+v, %v; want the end %+v, %v", end, err, winner.head, c.want)
			}
			if got := r.names("1/seg/"); len(got) != 1 {
				t.Errorf("slots %q: the sleeper's put should have landed", got)
			}
			r.wantGroups(0, winner.all) // what the sleeper put is hidden
			if end := r.end(); end != winner.head {
				t.Errorf("End = %+v, want %+v", end, winner.head)
			}
			r.pack()
			if got := r.names("1/seg/"); len(got) != 0 {
				t.Errorf("slots %q: the orphan should have gone", got)
			}
		})
	}
}

// A store that takes names and never shows them must not keep a sealer for ever.
func TestSealGivesUpOnAStoreThatLosesObjects(t *testing.T) {
	r := newRig(t)
	a := r.on(&hooked{Store: r.store, create: func(_ context.Context, name string, _ []byte) error {
		return store.ErrExists
	}})
	if _, err := a.Seal(t.Context(), testBoard, newHistory(1).more(1, 10)); err == nil || !strings.Contains(err.Error(), "not certain") {
		t.Fatalf("Seal = %v, want it to give up", err)
	}
}

func TestSealFindsADamagedSlot(t *testing.T) {
	r, h := newRig(t), newHistory(1)
	r.sealEach(h.more(2, 20))
	name := slotName(testBoard, h.all[1].First)
	b := r.bytes(name)
	b[len(b)/2] ^= 4
	r.overwrite(name, b)
	var d *Damage
	if _, err := r.Seal(t.Context(), testBoard, h.more(1, 20)); !errors.As(err, &d) || d.Name != name || d.Next == "" {
		t.Fatalf("Seal = %v, want Damage of %s", err, name)
	}
	if _, err := r.End(t.Context(), testBoard); !errors.Is(err, ErrDamaged) {
		t.Fatalf("End = %v, want ErrDamaged: a shorter end would be taken for the truth", err)
	}
}
