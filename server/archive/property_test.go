package archive

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/disk"
	"github.com/denkwand/denkwand/server/store/storetest"
)

// Whatever is sealed, merged, deleted and reopened in whatever order: the archive gives the groups that were sealed.
func TestAnyOrderOfChoresGivesTheSameGroups(t *testing.T) {
	top, runs := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		reopen := memoryStore()
		if rapid.IntRange(0, 19).Draw(rt, "0 is on disk, which takes its time") == 0 {
			folder := filepath.Join(top, strconv.Itoa(runs))
			defer os.RemoveAll(folder)
			var closeLast func()
			reopen, closeLast = diskStore(rt, folder)
			defer func() { closeLast() }()
		}
		s := reopen()
		c := newClock()
		h := newHistory(rapid.Uint64().Draw(rt, "seed"))
		open := func() *Archive {
			a := (&rig{clock: c, log: &bytes.Buffer{}}).on(s)
			a.packRun = rapid.IntRange(2, 4).Draw(rt, "slots that make a pack")
			a.packBytes = rapid.IntRange(300, 1500).Draw(rt, "bytes of a pack")
			a.slotBytes = rapid.IntRange(200, 600).Draw(rt, "bytes of a slot")
			return a
		}
		a := open()
		ctx := t.Context()
		if err := a.CreateBoard(ctx, testBoard, testKey); err != nil {
			rt.Fatal(err)
		}
		sealed := 0 // groups
		check := func(rt *rapid.T) {
			got, err := collect(ctx, a, 0)
			if err != nil || !sameGroups(got, h.all[:sealed]) {
				rt.Fatalf("Groups gave %s, %v; want %s", ranges(got), err, ranges(h.all[:sealed]))
			}
			want := genesis
			if sealed > 0 {
				want = h.all[sealed-1].Head()
				from := rapid.IntRange(0, sealed-1).Draw(rt, "from")
				got, err := collect(ctx, a, h.all[from].Last)
				if err != nil || !sameGroups(got, h.all[from+1:sealed]) {
					rt.Fatalf("Groups from %d gave %s, %v", h.all[from].Last, ranges(got), err)
				}
			}
			if end, err := a.End(ctx, testBoard); err != nil || end != want {
				rt.Fatalf("End = %+v, %v; want %+v", end, err, want)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": check,
			"seal": func(rt *rapid.T) {
				h.more(rapid.IntRange(1, 4).Draw(rt, "groups"), rapid.IntRange(0, 80).Draw(rt, "body"))
				from := max(0, sealed-rapid.IntRange(0, 5).Draw(rt, "again"))
				if end, err := a.Seal(ctx, testBoard, h.all[from:]); err != nil || end != h.head {
					rt.Fatalf("Seal = %+v, %v; want %+v", end, err, h.head)
				}
				sealed = len(h.all)
			},
			"fork": func(rt *rapid.T) {
				if sealed == 0 {
					return
				}
				fork := newHistory(h.rng.Uint64())
				from := rapid.IntRange(0, sealed-1).Draw(rt, "from")
				if from > 0 {
					fork.head = h.all[from-1].Head()
				}
				fork.more(rapid.IntRange(1, 3).Draw(rt, "groups"), 50)
				if _, err := a.Seal(ctx, testBoard, fork.all); !errors.Is(err, ErrFork) {
					rt.Fatalf("Seal of a fork at %d = %v, want ErrFork", fork.all[0].First, err)
				}
			},
			"pack": func(rt *rapid.T) {
				if err := a.Pack(ctx, testBoard); err != nil {
					rt.Fatal(err)
				}
			},
			"a day goes by": func(*rapid.T) { c.advance(25 * time.Hour) },
			"reopen": func(rt *rapid.T) {
				s = reopen()
				a = open()
			},
		})
		if report, err := Verify(ctx, s, testBoard, &tally{}); err != nil || len(report.Problems) > 0 || report.Groups != uint64(sealed) {
			rt.Fatalf("Verify = %+v, %v; want %d groups and no problems", report, err, sealed)
		}
	})
}

// memoryStore and diskStore return how to open a store, and to open it again.
func memoryStore() func() store.Store {
	m := storetest.NewMemory()
	return func() store.Store { return m }
}

func diskStore(rt *rapid.T, folder string) (reopen func() store.Store, closeLast func()) {
	var s *disk.Store
	closeLast = func() {
		if s != nil {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
		}
	}
	return func() store.Store {
		closeLast()
		var err error
		if s, err = disk.Open(folder); err != nil {
			rt.Fatal(err)
		}
		return s
	}, closeLast
}
