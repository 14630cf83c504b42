package redis

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// open opens a journal on the server, by default one that waits longer than others do: the machine may be busy. It closes
// with the test, if it was not closed before.
func open(t testing.TB, server *redistest.Server, o Options) *Journal {
	t.Helper()
	o.URL, o.Store = server.URL(), cmp.Or(o.Store, "store")
	o.Try, o.Budget = cmp.Or(o.Try, 2*time.Second), cmp.Or(o.Budget, 4*time.Second)
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// start opens a new board at epoch 1.
func start(t testing.TB, j *Journal) (protocol.ID, journal.Head) {
	t.Helper()
	board, at := protocol.RandomID(), journal.Head{Epoch: 1}
	if err := j.Open(ctx, board, at); err != nil {
		t.Fatal(err)
	}
	return board, at
}

type outcome struct {
	group journal.Group
	err   error
}

// begin appends one entry without waiting.
func begin(j *Journal, board protocol.ID, at journal.Head, body string) <-chan outcome {
	answer := make(chan outcome, 1)
	d := journal.Draft{Epoch: at.Epoch, Seen: at.Seq, Count: 1, Body: []byte(body), Time: time.Now().UnixMilli()}
	j.Append(board, d, func(g journal.Group, err error) { answer <- outcome{g, err} })
	return answer
}

// add appends one entry and waits.
func add(t testing.TB, j *Journal, board protocol.ID, at journal.Head, body string) (journal.Group, error) {
	t.Helper()
	return wait(t, begin(j, board, at, body))
}

func wait(t testing.TB, answer <-chan outcome) (journal.Group, error) {
	t.Helper()
	select {
	case o := <-answer:
		return o.group, o.err
	case <-time.After(patience):
		t.Fatal("no answer to an append")
		panic("unreachable")
	}
}

// mustAdd appends n groups behind the head, which moves.
func mustAdd(t testing.TB, j *Journal, board protocol.ID, at *journal.Head, n int) []journal.Group {
	t.Helper()
	var groups []journal.Group
	for range n {
		g, err := add(t, j, board, *at, fmt.Sprintf("entry %d", at.Seq+1))
		if err != nil {
			t.Fatal(err)
		}
		if !g.Follows(*at) {
			t.Fatalf("%+v does not follow %+v", g, *at)
		}
		groups, *at = append(groups, g), g.Head()
	}
	return groups
}

// readAll reads the log behind a head and checks that it is whole.
func readAll(t testing.TB, j *Journal, board protocol.ID, at journal.Head) []journal.Group {
	t.Helper()
	groups, err := j.Read(ctx, board, at.Seq, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if !g.Follows(at) || g.Chain != journal.Link(at.Chain, at.Seq, g.Last, g.Time, sha256.Sum256(g.Body)) {
			t.Fatalf("%+v does not follow %+v", g, at)
		}
		at = g.Head()
	}
	if head, err := j.Head(ctx, board); err != nil || head != at {
		t.Fatalf("head %+v, %v; the log ends at %+v", head, err, at)
	}
	return groups
}

// counts returns how often each body stands in the log.
func counts(groups []journal.Group) map[string]int {
	found := map[string]int{}
	for _, g := range groups {
		found[string(g.Body)]++
	}
	return found
}

// until waits for a condition that others bring about.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}
