// Package storetest is the contract of a store: every implementation passes Run unchanged.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/denkwand/denkwand/server/store"
)

// Run checks the contract. open returns an empty store for one test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"what was created is read back", testReadBack},
		{"a name is taken once", testTakenOnce},
		{"of racing creators one wins", testRace},
		{"a deleted name is free again", testDelete},
		{"names are validated", testNames},
		{"a blob over the limit is refused", testTooLarge},
		{"the caller owns its bytes", testOwnership},
		{"a list is sorted and complete", testList},
		{"a list can be left early", testListLeft},
		{"a list beside creators and deleters holds what stands", testListBusy},
		{"a cancelled context changes nothing", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func testReadBack(t *testing.T, s store.Store) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	blobs := map[string][]byte{
		"empty":                            {},
		"one":                              {0},
		"deep/er/still/and/on":             []byte("deep"),
		"A-z_0.9/x..y":                     all,
		"large":                            bytes.Repeat(all, 1<<20/256),
		strings.Repeat("n", 200):           []byte("longest segment"),
		strings.Repeat("f/", 98) + "last":  []byte("deepest"),
		"board/1/seg/00000000000000000001": []byte("slot"),
	}
	for name, blob := range blobs {
		create(t, s, name, blob)
	}
	for name, blob := range blobs {
		if got := get(t, s, name); !bytes.Equal(got, blob) {
			t.Errorf("Get(%q) = %d bytes, want the %d written", name, len(got), len(blob))
		}
	}
	for _, name := range []string{"none", "deep", "deep/er", "deep/er/none", "empty/below"} {
		if _, err := s.Get(t.Context(), name); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("Get(%q) = %v, want ErrNotExist", name, err)
		}
	}
}

func testTakenOnce(t *testing.T, s store.Store) {
	create(t, s, "a/b", []byte("first"))
	for _, blob := range []string{"second, and longer", "", "first"} {
		if err := s.Create(t.Context(), "a/b", []byte(blob)); !errors.Is(err, store.ErrExists) {
			t.Fatalf("Create of a taken name with %q = %v, want ErrExists", blob, err)
		}
	}
	if got := get(t, s, "a/b"); string(got) != "first" {
		t.Fatalf("after refused creates the blob is %q, want %q", got, "first")
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"a/b"}) {
		t.Fatalf("List = %q: refused creates left something", got)
	}
}

func testRace(t *testing.T, s store.Store) {
	const rounds, racers = 20, 12
	for round := range rounds {
		name := fmt.Sprintf("race-%d/slot", round) // the folder is new too
		start := make(chan struct{})
		results := make([]error, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				<-start
				results[i] = s.Create(t.Context(), name, racerBlob(round, i))
			})
		}
		close(start)
		wg.Wait()
		winner := -1
		for i, err := range results {
			switch {
			case err == nil && winner < 0:
				winner = i
			case err == nil:
				t.Fatalf("round %d: racers %d and %d both created %s", round, winner, i, name)
			case !errors.Is(err, store.ErrExists):
				t.Fatalf("round %d: racer %d got %v, want ErrExists", round, i, err)
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody created %s", round, name)
		}
		if !bytes.Equal(get(t, s, name), racerBlob(round, winner)) {
			t.Fatalf("round %d: the blob is not the winner's", round)
		}
	}
	if got := list(t, s, ""); len(got) != rounds {
		t.Fatalf("List has %d names, want %d: losers left something", len(got), rounds)
	}
}

func racerBlob(round, racer int) []byte {
	return bytes.Repeat([]byte{byte(round), byte(racer)}, 1000+racer)
}

func testDelete(t *testing.T, s store.Store) {
	create(t, s, "d/one", []byte("1"))
	create(t, s, "d/two", []byte("2"))
	for range 2 { // a name that is not there is no error
		if err := s.Delete(t.Context(), "d/one"); err != nil {
			t.Fatalf("Delete = %v", err)
		}
	}
	for _, name := range []string{"never/was", "d", "d/two/below"} {
		if err := s.Delete(t.Context(), name); err != nil {
			t.Fatalf("Delete(%q) of nothing = %v", name, err)
		}
	}
	if _, err := s.Get(t.Context(), "d/one"); !errors.Is(err, store.ErrNotExist) {
		t.Fatalf("Get of a deleted name = %v, want ErrNotExist", err)
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"d/two"}) {
		t.Fatalf("List = %q, want only d/two", got)
	}
	create(t, s, "d/one", []byte("again"))
	if got := get(t, s, "d/one"); string(got) != "again" {
		t.Fatalf("the name created again holds %q", got)
	}
}

func testNames(t *testing.T, s store.Store) {
	create(t, s, "inside/secret", []byte("kept"))
	for _, name := range []string{
		"", "/", "/inside/secret", "inside/", "inside//secret", "..", "../x", "inside/../inside/secret", "./inside/secret",
		".hidden", "inside/.hidden", "in side", "inside\\secret", "inside/sécret", "inside/secret\x00", "a\nb",
		strings.Repeat("n", store.MaxName+1),
	} {
		if err := s.Create(t.Context(), name, []byte("x")); !errors.Is(err, store.ErrName) {
			t.Errorf("Create(%q) = %v, want ErrName", name, err)
		}
		if _, err := s.Get(t.Context(), name); !errors.Is(err, store.ErrName) {
			t.Errorf("Get(%q) = %v, want ErrName", name, err)
		}
		if err := s.Delete(t.Context(), name); !errors.Is(err, store.ErrName) {
			t.Errorf("Delete(%q) = %v, want ErrName", name, err)
		}
	}
	for _, prefix := range []string{"..", "../", "/", "inside//", ".", "inside/.", "in side", strings.Repeat("n", store.MaxName+1)} {
		var err error
		yields := 0
		for _, e := range s.List(t.Context(), prefix) {
			yields, err = yields+1, e
		}
		if yields != 1 || !errors.Is(err, store.ErrName) {
			t.Errorf("List(%q) yielded %d times, last %v; want ErrName once", prefix, yields, err)
		}
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"inside/secret"}) {
		t.Fatalf("List = %q after refused names", got)
	}
}

func testTooLarge(t *testing.T, s store.Store) {
	if err := s.Create(t.Context(), "large", make([]byte, store.MaxBlob+1)); !errors.Is(err, store.ErrTooLarge) {
		t.Fatalf("Create of MaxBlob+1 bytes = %v, want ErrTooLarge", err)
	}
	if got := list(t, s, ""); len(got) != 0 {
		t.Fatalf("List = %q after a refused blob", got)
	}
}

func testOwnership(t *testing.T, s store.Store) {
	blob := []byte("mine")
	create(t, s, "a", blob)
	blob[0] = 'X'
	got := get(t, s, "a")
	got[1] = 'X'
	if again := get(t, s, "a"); string(again) != "mine" {
		t.Fatalf("the stored blob is %q, want %q: it is shared with a caller", again, "mine")
	}
}

func testList(t *testing.T, s store.Store) {
	if got := list(t, s, ""); len(got) != 0 {
		t.Fatalf("List of an empty store = %q", got)
	}
	// "-" and "." sort before "/", digits and letters after it: folder by folder is not byte order.
	names := []string{
		"b/1/seg/00000000000000000001", "b/1/seg/00000000000000000065", "b/1/seg/00000000000000000009",
		"b/1/pack/1-2", "b/1/snap/5", "b/key", "b-/key", "b./key", "b0/key", "bb/key", "B/key", "a", "z/y/x/w",
	}
	for _, name := range names {
		create(t, s, name, []byte(name))
	}
	slices.Sort(names)
	for _, prefix := range []string{"", "b", "b/", "b/1", "b/1/", "b/1/seg/", "b/1/seg/0000000000000000000", "b/1/s", "B", "a", "a/", "zz", "b/1/seg/00000000000000000001", "none/at/all"} {
		var want []string
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		if got := list(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("List(%q) = %q, want %q", prefix, got, want)
		}
	}
}

func testListLeft(t *testing.T, s store.Store) {
	for i := range 5 {
		create(t, s, fmt.Sprintf("f%d/x", i), nil)
	}
	for stop := 1; stop <= 5; stop++ {
		seen := 0
		for _, err := range s.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen == stop {
				break
			}
		}
		if seen != stop {
			t.Fatalf("saw %d names, want %d", seen, stop)
		}
	}
}

func testListBusy(t *testing.T, s store.Store) {
	const stable, busy = 20, 100
	standing := func(i int) string { return fmt.Sprintf("p/s%03d", i) }
	coming := func(i int) string { return fmt.Sprintf("p/c%03d", i) }
	for i := range stable {
		create(t, s, standing(i), nil)
	}
	var created atomic.Int64 // coming(0) to coming(created-1) stand
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range busy {
			if err := s.Create(t.Context(), coming(i), nil); err != nil {
				t.Errorf("Create = %v", err)
			}
			created.Add(1)
		}
	})
	wg.Go(func() {
		for i := range busy {
			name := fmt.Sprintf("p/d%03d", i)
			if err := errors.Join(s.Create(t.Context(), name, nil), s.Delete(t.Context(), name)); err != nil {
				t.Errorf("create and delete = %v", err)
			}
		}
	})
	for done := false; !done; {
		before := int(created.Load())
		done = before == busy
		got := list(t, s, "p/")
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("List is not strictly ascending: %q", got)
		}
		for i := range stable {
			if _, found := slices.BinarySearch(got, standing(i)); !found {
				t.Fatalf("List lacks %s, which stood all the time", standing(i))
			}
		}
		for i := range before {
			if _, found := slices.BinarySearch(got, coming(i)); !found {
				t.Fatalf("List lacks %s, which was created before the call", coming(i))
			}
		}
		if t.Failed() {
			break
		}
	}
	wg.Wait()
	if got := list(t, s, "p/"); len(got) != stable+busy {
		t.Fatalf("at rest List has %d names, want %d", len(got), stable+busy)
	}
}

func testCancelled(t *testing.T, s store.Store) {
	create(t, s, "kept", []byte("kept"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Create(ctx, "new", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("Create = %v, want context.Canceled", err)
	}
	if _, err := s.Get(ctx, "kept"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get = %v, want context.Canceled", err)
	}
	if err := s.Delete(ctx, "kept"); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete = %v, want context.Canceled", err)
	}
	var err error
	for _, e := range s.List(ctx, "") {
		err = e
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("List ended with %v, want context.Canceled", err)
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("List = %q after cancelled calls, want only kept", got)
	}
}

func create(t *testing.T, s store.Store, name string, blob []byte) {
	t.Helper()
	if err := s.Create(t.Context(), name, blob); err != nil {
		t.Fatalf("Create(%q) = %v", name, err)
	}
}

func get(t *testing.T, s store.Store, name string) []byte {
	t.Helper()
	blob, err := s.Get(t.Context(), name)
	if err != nil {
		t.Fatalf("Get(%q) = %v", name, err)
	}
	return blob
}

func list(t *testing.T, s store.Store, prefix string) []string {
	t.Helper()
	var names []string
	for name, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("List(%q) = %v", prefix, err)
		}
		names = append(names, name)
	}
	return names
}
