// Package journaltest is the contract of journal.Journal. Every implementation passes it unchanged; where they may
// differ (when a trimmed group is really gone, what is still there after a crash beyond what was acknowledged) it accepts both.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Place is somewhere a journal lives. Its clock is the machine's.
type Place interface {
	// Open starts a journal on what the place holds.
	Open(t *testing.T) journal.Journal
	// Close stops it in order.
	Close(t *testing.T, j journal.Journal)
	// Crash ends it as a power cut or kill -9 would: what was acknowledged as durable stays, nothing else must.
	Crash(t *testing.T, j journal.Journal)
}

// Run runs the contract, each test on a new, empty place.
func Run(t *testing.T, newPlace func(t *testing.T) Place) {
	tests := []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"a board that was never opened is cold", testCold},
		{"open begins a log once per epoch", testOpen},
		{"a later epoch begins a new history", testLaterEpoch},
		{"groups are numbered without holes and linked", testOrder},
		{"refusals write nothing", testRefusals},
		{"limits of a group are refused", testLimits},
		{"time is monotone and clamped on both sides", testTime},
		{"boards are independent and concurrent", testConcurrent},
		{"done is called once and may append", testDone},
		{"a second append in flight panics", testSecondAppend},
		{"reading pages through the log", testRead},
		{"what is not held is said to be trimmed", testTrimmed},
		{"trim keeps what is above it and checks its caller", testTrim},
		{"a closed journal comes back as it was", testReopen},
		{"a crash keeps what was acknowledged", testCrash},
		{"a canceled context is not an answer", testCanceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			place := newPlace(t)
			b := &bench{T: t, place: place, Journal: place.Open(t)}
			defer func() { b.place.Close(t, b.Journal) }()
			test.run(t, b)
		})
	}
}

// bench is a journal under test with builders and checks.
type bench struct {
	*testing.T
	journal.Journal
	place Place
}

func (b *bench) reopen() {
	b.place.Close(b.T, b.Journal)
	b.Journal = b.place.Open(b.T)
}

func (b *bench) crash() {
	b.place.Crash(b.T, b.Journal)
	b.Journal = b.place.Open(b.T)
}

// start opens a new board at epoch 1, seq 0.
func (b *bench) start() (protocol.ID, journal.Head) {
	b.Helper()
	id, at := protocol.RandomID(), journal.Head{Epoch: 1}
	if err := b.Open(ctx, id, at); err != nil {
		b.Fatalf("opening a new board: %v", err)
	}
	return id, at
}

// append appends and waits.
func (b *bench) append(id protocol.ID, d journal.Draft) (journal.Group, error) {
	b.Helper()
	type outcome struct {
		group journal.Group
		err   error
	}
	answer := make(chan outcome, 1)
	b.Append(id, d, func(g journal.Group, err error) { answer <- outcome{g, err} })
	select {
	case o := <-answer:
		return o.group, o.err
	case <-time.After(patience):
		b.Fatal("no answer to an append")
		panic("unreachable")
	}
}

// mustAppend appends count entries behind the head and checks their place.
func (b *bench) mustAppend(id protocol.ID, head *journal.Head, count int, body string) journal.Group {
	b.Helper()
	g, err := b.append(id, draft(*head, count, body))
	if err != nil {
		b.Fatalf("append behind %+v: %v", *head, err)
	}
	if !g.Follows(*head) || g.Epoch != head.Epoch || g.Last != head.Seq+uint64(count) || string(g.Body) != body {
		b.Fatalf("group %+v is not %q, %d entries behind %+v", g, body, count, *head)
	}
	*head = g.Head()
	return g
}

// fill appends n groups of 1 to 3 entries.
func (b *bench) fill(id protocol.ID, head *journal.Head, n int) []journal.Group {
	b.Helper()
	var groups []journal.Group
	for i := range n {
		groups = append(groups, b.mustAppend(id, head, i%3+1, fmt.Sprintf("%s group %d", id, i)))
	}
	return groups
}

// wantHead checks the board's head.
func (b *bench) wantHead(id protocol.ID, want journal.Head) {
	b.Helper()
	if got, err := b.Head(ctx, id); err != nil || got != want {
		b.Fatalf("head %+v, %v; want %+v", got, err, want)
	}
}

// wantLog checks that the log behind `from` is these groups and ends at the head.
func (b *bench) wantLog(id protocol.ID, from journal.Head, want []journal.Group) {
	b.Helper()
	got, err := b.Read(ctx, id, from.Seq, 1<<30)
	if err != nil {
		b.Fatalf("reading after %d: %v", from.Seq, err)
	}
	sameGroups(b.T, got, want)
	at := from
	for _, g := range got {
		if !g.Follows(at) {
			b.Fatalf("group %+v does not follow %+v", g, at)
		}
		at = g.Head()
	}
	b.wantHead(id, at)
}

func sameGroups(t *testing.T, got, want []journal.Group) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d groups, want %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if !bytes.Equal(g.Body, w.Body) {
			t.Fatalf("group %d: body %q, want %q", i, g.Body, w.Body)
		}
		if g.Head() != w.Head() || g.First != w.First || g.Prev != w.Prev {
			t.Fatalf("group %d: %+v, want %+v", i, g, w)
		}
	}
}

// draft returns a draft behind the head, on the machine's clock.
func draft(head journal.Head, count int, body string) journal.Draft {
	return journal.Draft{Epoch: head.Epoch, Seen: head.Seq, Count: count, Body: []byte(body), Time: time.Now().UnixMilli()}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

var ctx = context.Background()

// patience is how long an answer may take before the test gives up.
const patience = 30 * time.Second
