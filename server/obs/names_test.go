package obs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/server/hub"
)

// TestNamesOfMetrics: every number has a sentence, counters are named as such, and no label tells boards or people apart.
func TestNamesOfMetrics(t *testing.T) {
	m := new(hub.Metrics)
	m.AppendNanos.Store(1_500_000_000)
	_, text := ask(Admin(m, hub.New(hub.Options{Metrics: m}), ""), "/metrics", "localhost", "")
	find := func(pattern string) [][]string { return regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) }
	helps, kinds, labels := find(`# HELP (denkwand_\w+) ?(.*)`), find(`# TYPE (denkwand_\w+) (\w+)`), find(`denkwand_\w+\{([^}]*)\}`)
	if len(helps) < 20 || len(kinds) != len(helps) || len(labels) < 4 {
		t.Fatalf("%d sentences, %d types, %d labelled", len(helps), len(kinds), len(labels))
	}
	for _, h := range helps {
		if len(h[2]) < 10 || !strings.HasSuffix(h[2], ".") {
			t.Errorf("%s is explained by %q", h[1], h[2])
		}
	}
	for _, k := range kinds {
		if (k[2] == "counter") != strings.HasSuffix(k[1], "_total") {
			t.Errorf("%s is a %s", k[1], k[2])
		}
	}
	for _, l := range labels {
		if !regexp.MustCompile(`^code="[a-z_]+"$`).MatchString(l[1]) {
			t.Errorf("labels %s", l[1])
		}
	}
	if !strings.Contains(text, "denkwand_append_seconds_total 1.5\n") {
		t.Error("nanoseconds are not told in seconds")
	}
}
