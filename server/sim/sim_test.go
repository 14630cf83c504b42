package sim

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seeds  = flag.Uint64("seeds", 0, "seeds to play; 0: 1,000, or 100 with the race detector")
	one    = flag.Uint64("seed", 0, "play this seed alone and print what happened")
	mutant = flag.String("mutant", "", "plant this bug (see Mutants)")
)

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400) // runs are short and make much garbage
	os.Exit(m.Run())
}

// played is how many seeds are played when nobody says.
func played() uint64 {
	switch {
	case *seeds > 0:
		return *seeds
	case raceEnabled:
		return 100
	case testing.Short():
		return 100
	}
	return 1000
}

// TestSimulation plays seeds and holds each against the promises.
func TestSimulation(t *testing.T) {
	if *one != 0 {
		r := Run(Options{Seed: *one, Mutant: *mutant})
		t.Logf("%+v", r.Stats)
		report(t, r)
		return
	}
	var stats Stats
	began, n := time.Now(), played()
	failed := 0
	playAll(1, n, *mutant, func(r *Result) bool {
		stats.Add(r.Stats)
		if len(r.Violations) > 0 {
			failed++
			report(t, r)
		}
		return failed < 10
	})
	took := time.Since(began)
	t.Logf("%d seeds in %v, %.0f a second: %+v", n, took.Round(time.Millisecond), float64(n)/took.Seconds(), stats)
}

// playAll plays the seeds on all cores and hands over the results in order; until done says no.
func playAll(first, n uint64, mutant string, done func(*Result) bool) {
	results := make([]chan *Result, n)
	for i := range results {
		results[i] = make(chan *Result, 1)
	}
	var next atomic.Uint64
	var stop atomic.Bool
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for !stop.Load() {
				i := next.Add(1) - 1
				if i >= n {
					return
				}
				results[i] <- Run(Options{Seed: first + i, Mutant: mutant})
			}
		})
	}
	for i := range results {
		if !done(<-results[i]) {
			break
		}
	}
	stop.Store(true)
	workers.Wait()
}

func report(t *testing.T, r *Result) {
	t.Helper()
	if len(r.Violations) == 0 {
		return
	}
	again := fmt.Sprintf("go test -count=1 -run TestSimulation ./server/sim -seed %d", r.Seed)
	if *mutant != "" {
		again += " -mutant " + *mutant
	}
	tail := r.Tail
	if *one == 0 && len(tail) > 30 {
		tail = tail[len(tail)-30:]
	}
	t.Errorf("seed %d:\n  %s\nthe last that happened:\n  %s\nagain: %s", r.Seed, strings.Join(r.Violations, "\n  "),
		strings.Join(tail, "\n  "), again)
}

// TestFoundSeeds plays what has found a bug before.
func TestFoundSeeds(t *testing.T) {
	for _, found := range []struct {
		seed uint64
		bug  string
	}{
		{3, "an edit was applied twice to a draft that was made of parked typing when it arrived"},
		{14, "an outbox that made room for newer ones was submitted again though the board had some of it"},
		{41, "a connection was told acked for what an earlier one had in flight, before it was told a refusal"},
		{119, "typing that a new writer did not take over waited for ever"},
		{1323, "an outbox that was never welcomed was taken for numbers that its writer had used"},
		{4889, "typing in a note that came back waited, after a reconnect, for an ack that was not told again"},
		{5476, "a new writer was given ops that the one out of use had, since one given up before them held their acks back"},
		{5559, "each op that was given up too late took a connection of its own, after ever longer waits"},
		{5619, "typing behind a change that was saved was never submitted"},
	} {
		if r := Run(Options{Seed: found.seed}); len(r.Violations) > 0 {
			t.Errorf("again: %s", found.bug)
			report(t, r)
		}
	}
}
