package archive

import (
	"errors"
	"testing"
	"time"
	"unsafe"

	"github.com/denkwand/denkwand/server/journal"
)

// nap is a board whose second slot is merged with the first and deleted while somebody sleeps who has listed both and
// reads this one next. Then sealers that slept as well make slots again under these names, which the pack hides.
type nap struct {
	*rig
	past, winner, loser *history // the first slot, what is true, and a chain that was left
	kept                int      // slots that are not merged
	slept               bool
}

func newNap(t *testing.T) *nap {
	n := &nap{rig: newRig(t), past: newHistory(1)}
	n.packRun = 2
	n.past.more(2, 20)
	n.winner, n.loser = n.past.branch(2), n.past.branch(3)
	n.winner.more(2, 20)
	n.loser.more(8, 20)
	n.seal(n.past.all...)
	n.seal(n.winner.all[2])
	return n
}

// sleeper returns an archive that sleeps when it first reads one of the slots.
func (n *nap) sleeper(reads journal.Group, again ...[]journal.Group) *Archive {
	a := n.on(&hooked{Store: n.store, get: func(name string) {
		if n.slept || name != slotName(testBoard, reads.First) {
			return
		}
		n.slept = true
		n.pack()
		n.clock.advance(packHideTime)
		n.pack()
		if got := n.names("1/seg/"); len(got) != n.kept {
			n.t.Errorf("slots %q, want all but %d merged and deleted", got, n.kept)
		}
		for _, groups := range again {
			blob := encodeSegment(kindSegment, testBoard, n.clock.now().UnixMilli(), groups)
			if err := n.store.Create(n.t.Context(), slotName(testBoard, groups[0].First), blob); err != nil {
				n.t.Error(err)
			}
		}
	}})
	a.packRun = n.packRun
	return a
}

// What a sealer reads under an old listing's name is no reason to call anything durable, to go on behind it, or to say
// that there is a fork.
func TestSealBelievesNoOldListing(t *testing.T) {
	for what, c := range map[string]struct {
		again  func(n *nap) []journal.Group // what another sleeper puts into the slot
		seals  func(n *nap) []journal.Group
		want   error
		groups int // of the winner's that stand there afterwards
	}{
		"a chain that was left": {
			func(n *nap) []journal.Group { return n.loser.all[2:4] },
			func(n *nap) []journal.Group { return n.loser.all[2:4] },
			ErrFork, 3,
		},
		"its own chain, and a group that is hidden": {
			func(n *nap) []journal.Group { return n.winner.all[2:4] },
			func(n *nap) []journal.Group { return n.winner.all[2:4] },
			nil, 4,
		},
		"a chain that was left, and a group behind it": {
			func(n *nap) []journal.Group { return n.loser.all[2:9] },
			func(n *nap) []journal.Group { return n.loser.all[2:10] },
			ErrFork, 3,
		},
		"another chain than its own": {
			func(n *nap) []journal.Group { return n.loser.all[2:4] },
			func(n *nap) []journal.Group { return n.winner.all[2:4] },
			nil, 4,
		},
	} {
		t.Run(what, func(t *testing.T) {
			n := newNap(t)
			end, err := n.sleeper(n.winner.all[2], c.again(n)).Seal(t.Context(), testBoard, c.seals(n))
			if !errors.Is(err, c.want) || err == nil && end != n.winner.head || !n.slept {
				t.Errorf("Seal = %+v, %v (slept: %v); want %v", end, err, n.slept, c.want)
			}
			n.wantGroups(0, n.winner.all[:c.groups])
		})
	}
}

// A packer that slept merges nothing that it read under an old listing's names, and does not take it for damage.
func TestPackBelievesNoOldListing(t *testing.T) {
	for what, again := range map[string]func(n *nap) [][]journal.Group{
		"a chain that was left": func(n *nap) [][]journal.Group { return [][]journal.Group{n.past.all, n.loser.all[2:10]} },
		"slots that do not follow each other": func(n *nap) [][]journal.Group {
			return [][]journal.Group{n.past.all, behindOnAnotherChain(n.past)}
		},
		"a chain that was left, behind a slot that is still in use": func(n *nap) [][]journal.Group {
			n.seal(n.winner.all[3])
			n.packBytes = 2 * frameLen(n.past.all[0]) // the first slot alone, the others together
			n.kept = 1
			left := &history{rng: n.loser.rng, head: n.winner.all[2].Head()}
			return [][]journal.Group{n.winner.all[2:3], left.more(6, 20)}
		},
	} {
		t.Run(what, func(t *testing.T) {
			n := newNap(t)
			groups := again(n)
			want, err := n.groups(0)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.sleeper(n.past.all[0], groups...).Pack(t.Context(), testBoard); err != nil || !n.slept {
				t.Errorf("Pack = %v (slept: %v), want nil", err, n.slept)
			}
			n.pack()
			if got := n.names("1/"); len(got) != n.kept+1 {
				t.Errorf("objects %q, want only the true pack and %d slots", got, n.kept)
			}
			n.wantGroups(0, want)
			if end := n.end(); end != want[len(want)-1].Head() {
				t.Errorf("End = %+v, want %+v", end, want[len(want)-1].Head())
			}
		})
	}
}

// A store that takes long to read the slots gets its packs nevertheless, and real damage is told.
func TestPackOfASlowStore(t *testing.T) {
	for _, damaged := range []bool{false, true} {
		n := newNap(t)
		if damaged {
			name := slotName(testBoard, n.winner.all[2].First)
			n.overwrite(name, encodeSegment(kindSegment, testBoard, 0, behindOnAnotherChain(n.past)))
		}
		a := n.on(&hooked{Store: n.store, get: func(string) { n.clock.advance(freshFor) }})
		a.packRun = 2
		if err := a.Pack(t.Context(), testBoard); damaged != errors.Is(err, ErrDamaged) || !damaged && err != nil {
			t.Errorf("damaged %v: Pack = %v", damaged, err)
		}
		if got := n.names("1/pack/"); len(got) == 0 != damaged {
			t.Errorf("damaged %v: packs %q", damaged, got)
		}
	}
}

func TestAgeOfAListing(t *testing.T) {
	listed := time.Now()
	for what, c := range map[string]struct {
		now  time.Time
		want bool
	}{
		"at once":                            {listed, true},
		"just in time":                       {listed.Add(freshFor), true},
		"too late":                           {listed.Add(freshFor + 1), false},
		"the machine slept":                  {setClock(t, listed, freshFor+time.Second), false},
		"the clock was set back":             {setClock(t, listed, -time.Second), false},
		"the clock was set back, and later":  {setClock(t, listed.Add(time.Hour), -time.Hour), false},
		"the clock was set ahead for little": {setClock(t, listed, time.Second), true},
	} {
		a := New(nil, func() time.Time { return c.now }, nil)
		if got := a.fresh(listed); got != c.want {
			t.Errorf("%s: fresh = %v, want %v", what, got, c.want)
		}
	}
}

// setClock returns the time with its wall clock moved by whole seconds and its monotonic clock as it was: what time.Now
// gives when the machine has slept or the clock was set. No function of package time does that, so it reaches into the
// seconds of a Time that has both, and looks whether it met them.
func setClock(t *testing.T, at time.Time, by time.Duration) time.Time {
	t.Helper()
	set := at
	*(*uint64)(unsafe.Pointer(&set)) += uint64(int64(by/time.Second) << 30)
	if set.Sub(at) != 0 || set.Round(0).Sub(at.Round(0)) != by {
		t.Fatalf("%v is not %v with its wall clock moved by %v", set, at, by)
	}
	return set
}
