package sim

import (
	"strings"
	"testing"
)

// mutantSeeds is how many seeds at most may pass before a planted bug is found.
const mutantSeeds = 400

// TestMutantsAreFound plants each bug and plays until a promise breaks.
func TestMutantsAreFound(t *testing.T) {
	for _, m := range Mutants {
		t.Run(m.Name, func(t *testing.T) {
			var found *Result
			playAll(1, mutantSeeds, m.Name, func(r *Result) bool {
				if strings.Contains(strings.Join(r.Violations, "\n"), m.Sign) && len(r.Violations) > 0 {
					found = r
				}
				return found == nil
			})
			if found == nil {
				t.Fatalf("%d seeds did not find it: %s", mutantSeeds, m.Bug)
			}
			t.Logf("seed %d: %s", found.Seed, found.Violations[0])
		})
	}
}

// TestSameSeedSameRun plays seeds twice: everything that happens follows from the seed.
func TestSameSeedSameRun(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		a, b := Run(Options{Seed: seed}), Run(Options{Seed: seed})
		if a.Trace != b.Trace || a.Stats != b.Stats {
			t.Errorf("seed %d is two runs: %x %+v and %x %+v", seed, a.Trace[:4], a.Stats, b.Trace[:4], b.Stats)
		}
		if c := Run(Options{Seed: seed + 1000}); c.Trace == a.Trace {
			t.Errorf("seeds %d and %d are one run", seed, seed+1000)
		}
	}
}

// TestUnknownMutant: a bug that is misspelt must not pass for one that is not found.
func TestUnknownMutant(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("took it")
		}
	}()
	Run(Options{Seed: 1, Mutant: "no such bug"})
}
