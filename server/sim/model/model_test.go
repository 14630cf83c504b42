package model

import (
	"flag"
	"strings"
	"testing"
	"time"
)

var (
	seeds   = flag.Uint64("seeds", 0, "seeds to play; 0: 4,000, or 200 with the race detector")
	one     = flag.Uint64("seed", 0, "play this seed alone and print what happened")
	planted = flag.String("planted", "", "with this rule broken (see Planted)")
)

// played is how many seeds are played when nobody says.
func played() uint64 {
	switch {
	case *seeds > 0:
		return *seeds
	case raceEnabled || testing.Short():
		return 200
	}
	return 4000
}

// broken is what the flag says.
func broken(t *testing.T) Fault {
	for _, p := range Planted {
		if p.Name == *planted {
			return p.Faults
		}
	}
	if *planted != "" {
		t.Fatalf("no rule is broken by the name of %q", *planted)
	}
	return 0
}

// TestModel plays seeds with all rules as they should be. None may lose.
func TestModel(t *testing.T) {
	faults := broken(t)
	if *one != 0 {
		r := Run(*one, faults, true)
		t.Logf("%+v\n%s", r.Stats, strings.Join(r.Trace, "\n"))
		if len(r.Violations) > 0 {
			t.Errorf("%s", strings.Join(r.Violations, "\n"))
		}
		return
	}
	var stats Stats
	began, failed := time.Now(), 0
	for seed := uint64(1); seed <= played() && failed < 10; seed++ {
		r := Run(seed, faults, false)
		stats.Add(r.Stats)
		if len(r.Violations) > 0 {
			failed++
			t.Errorf("seed %d: %s\nagain: go test -count=1 -v -run TestModel ./server/sim/model -seed %d -planted=%s", seed,
				strings.Join(r.Violations, "; "), seed, *planted)
		}
	}
	t.Logf("%d seeds in %v: %+v", played(), time.Since(began).Round(time.Millisecond), stats)
	for name, n := range map[string]int{"failovers": stats.Failovers, "wipes": stats.Wipes, "kills": stats.Kills, "stops": stats.Stops,
		"cuts": stats.Cuts, "disasters": stats.Disasters, "repairs": stats.Repairs, "rewinds": stats.Rewinds, "slots": stats.Slots,
		"packs": stats.Packs, "late puts": stats.Late, "days": stats.Days, "lost with all who had them": stats.Excused} {
		if n == 0 {
			t.Errorf("no %s in any schedule", name)
		}
	}
}

// TestSameSeedSameSchedule: everything that happens follows from the seed.
func TestSameSeedSameSchedule(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b, c := Run(seed, 0, true), Run(seed, 0, true), Run(seed+1000, 0, true)
		if strings.Join(a.Trace, "\n") != strings.Join(b.Trace, "\n") {
			t.Errorf("seed %d is two schedules", seed)
		}
		if strings.Join(a.Trace, "\n") == strings.Join(c.Trace, "\n") {
			t.Errorf("seeds %d and %d are one schedule", seed, seed+1000)
		}
	}
}

// TestFoundSeeds plays what chance found of rules whose lack seldom shows, with the rule and without.
func TestFoundSeeds(t *testing.T) {
	for _, found := range []struct {
		seed  uint64
		fault Fault
		lacks string
	}{
		{2540, DurableBySeq, "what was sealed of a chain that was left was counted for the one that was taken up"},
		{4695, StreamUnread, "a repairer deleted a stream that it had not read"},
		{4059, TrimEarly, "the stream was trimmed above the watermark"},
	} {
		if r := Run(found.seed, 0, false); len(r.Violations) > 0 {
			t.Errorf("seed %d: %v", found.seed, r.Violations)
		}
		if r := Run(found.seed, found.fault, false); len(r.Violations) == 0 {
			t.Errorf("seed %d does not show any more: %s", found.seed, found.lacks)
		}
	}
}
