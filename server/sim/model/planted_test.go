//go:build !race

package model

import (
	"strings"
	"testing"
)

// plantedSeeds is how many seeds at most may pass before a broken rule is found.
const plantedSeeds = 4000

// TestPlantedAreFound breaks each rule and plays until its sign is seen. There are no goroutines here, so the race detector
// would only make the search slower.
func TestPlantedAreFound(t *testing.T) {
	for _, p := range Planted {
		t.Run(p.Name, func(t *testing.T) {
			for seed := uint64(1); seed <= plantedSeeds; seed++ {
				r := Run(seed, p.Faults, false)
				for _, v := range r.Violations {
					if strings.Contains(v, p.Sign) {
						t.Logf("seed %d: %s", seed, v)
						return
					}
				}
			}
			t.Errorf("%d seeds did not find it: %s", plantedSeeds, p.Wrong)
		})
	}
}
