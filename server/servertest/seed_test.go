package servertest_test

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/demo"
	"github.com/denkwand/denkwand/server/servertest"
)

func expected(t *testing.T) protocol.Tally {
	t.Helper()
	b, err := os.ReadFile("../demo/testdata/expected-outcome.json")
	if err != nil {
		t.Fatal(err)
	}
	var want protocol.Tally
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

func sameOutcome(t *testing.T, got, want protocol.Tally) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		g, _ := demo.JSON(got)
		w, _ := demo.JSON(want)
		t.Errorf("outcome:\n%s\nwant:\n%s", g, w)
	}
}

// TestSeedSession plays the workshop by 16 clients over real sockets.
func TestSeedSession(t *testing.T) {
	s := servertest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	played, err := demo.Play(ctx, demo.Seed(), demo.Options{Server: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	sameOutcome(t, played.ByKey(), expected(t))
}
