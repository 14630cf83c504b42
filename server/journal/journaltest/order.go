package journaltest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

func testCold(t *testing.T, b *bench) {
	id := protocol.RandomID()
	_, err := b.Head(ctx, id)
	wantError(t, "head", err, journal.ErrCold)
	_, err = b.append(id, draft(journal.Head{Epoch: 1}, 1, "x"))
	wantError(t, "append", err, journal.ErrCold)
	_, err = b.Read(ctx, id, 0, 1)
	wantError(t, "read", err, journal.ErrCold)
	wantError(t, "trim", b.Trim(ctx, id, 1, 0), journal.ErrCold)
}

func testOpen(t *testing.T, b *bench) {
	id, head := b.start()
	b.wantHead(id, head)
	b.mustAppend(id, &head, 2, "two")
	wantError(t, "the same epoch again", b.Open(ctx, id, journal.Head{Epoch: 1}), journal.ErrEpoch)
	b.wantHead(id, head)

	other := protocol.RandomID()
	at := journal.Head{Epoch: 3, Seq: 40, Chain: journal.Chain{7}, Time: 1000}
	if err := b.Open(ctx, other, at); err != nil {
		t.Fatal(err)
	}
	b.wantHead(other, at)
	wantError(t, "an earlier epoch", b.Open(ctx, other, journal.Head{Epoch: 2, Seq: 40}), journal.ErrEpoch)
	b.mustAppend(other, &at, 1, "forty-one")
	b.wantHead(other, at)
}

func testLaterEpoch(t *testing.T, b *bench) {
	id, head := b.start()
	old := b.fill(id, &head, 4)
	at := old[1].Head()
	at.Epoch = 2
	if err := b.Open(ctx, id, at); err != nil {
		t.Fatal(err)
	}
	b.wantHead(id, at)
	_, err := b.append(id, draft(head, 1, "late"))
	wantError(t, "append in the old epoch", err, journal.ErrEpoch)
	wantError(t, "trim in the old epoch", b.Trim(ctx, id, 1, 1), journal.ErrEpoch)
	b.wantLog(id, at, nil)
	base := at
	b.wantLog(id, base, b.fill(id, &at, 3))
}

func testOrder(t *testing.T, b *bench) {
	id, head := b.start()
	want := b.fill(id, &head, 20)
	want = append(want, b.mustAppend(id, &head, journal.MaxGroupEntries, "the longest"))
	want = append(want, b.mustAppend(id, &head, 1, ""))
	want = append(want, b.mustAppend(id, &head, 1, string(bytes.Repeat([]byte{0, 0xff}, journal.MaxGroupBytes/2))))
	b.wantLog(id, journal.Head{Epoch: 1}, want)

	// A caller who has seen less than the head still gets his place behind it: only the chain tells him.
	seen := draft(want[3].Head(), 1, "behind others")
	g, err := b.append(id, seen)
	if err != nil || g.First != head.Seq+1 || g.Prev != head.Chain {
		t.Fatalf("append of one who lags: %+v, %v", g, err)
	}
}

func testRefusals(t *testing.T, b *bench) {
	id, head := b.start()
	want := b.fill(id, &head, 3)
	ahead := draft(head, 1, "ahead")
	ahead.Seen = head.Seq + 1
	_, err := b.append(id, ahead)
	wantError(t, "a caller who has seen more", err, journal.ErrRegressed)
	for _, epoch := range []uint64{0, 2} {
		foreign := draft(head, 1, "foreign")
		foreign.Epoch = epoch
		_, err = b.append(id, foreign)
		wantError(t, fmt.Sprintf("epoch %d", epoch), err, journal.ErrEpoch)
	}
	b.wantLog(id, journal.Head{Epoch: 1}, want)
	b.mustAppend(id, &head, 1, "goes on")
}

func testLimits(t *testing.T, b *bench) {
	id, head := b.start()
	tests := []struct {
		count, bytes int
	}{{0, 1}, {-1, 1}, {journal.MaxGroupEntries + 1, 1}, {1, journal.MaxGroupBytes + 1}}
	for _, test := range tests {
		_, err := b.append(id, draft(head, test.count, string(make([]byte, test.bytes))))
		wantError(t, fmt.Sprintf("%d entries in %d bytes", test.count, test.bytes), err, journal.ErrRefused)
	}
	b.wantLog(id, head, nil)
	b.mustAppend(id, &head, journal.MaxGroupEntries, string(make([]byte, journal.MaxGroupBytes)))
}

func testTime(t *testing.T, b *bench) {
	const slack, hour = 5_000, 3_600_000 // milliseconds; slack for a journal on another machine
	id, head := b.start()
	at := func(callers int64) int64 {
		d := draft(head, 1, "x")
		d.Time = callers
		g, err := b.append(id, d)
		if err != nil {
			t.Fatal(err)
		}
		if !g.Follows(head) {
			t.Fatalf("%+v does not follow %+v", g, head)
		}
		head = g.Head()
		return g.Time
	}
	now := time.Now().UnixMilli()
	if got := at(now - hour); got != now-hour+journal.MaxTimeLead {
		t.Errorf("the journal's clock ran ahead of its caller's by %d ms", got-(now-hour))
	}
	if got := at(now + hour); got < now-slack || got > time.Now().UnixMilli()+slack {
		t.Errorf("a caller's clock an hour ahead became the group's time: %d, now %d", got, now)
	}
	before := head.Time
	if got := at(now - 2*hour); got != before {
		t.Errorf("time went from %d to %d", before, got)
	}
	later := protocol.RandomID()
	head = journal.Head{Epoch: 1, Time: now + hour}
	if err := b.Open(ctx, later, head); err != nil {
		t.Fatal(err)
	}
	id = later
	if got := at(now); got != now+hour {
		t.Errorf("time went back behind the head the log was opened at: %d", got)
	}
}

func testConcurrent(t *testing.T, b *bench) {
	const boards, groups = 16, 25
	var wait sync.WaitGroup
	ids := make([]protocol.ID, boards)
	logs := make([][]journal.Group, boards)
	for i := range boards {
		id, head := b.start()
		ids[i] = id
		wait.Add(1)
		var next func(n int)
		next = func(n int) {
			if n == groups {
				wait.Done()
				return
			}
			b.Append(id, draft(head, n%4+1, fmt.Sprintf("board %d group %d", i, n)), func(g journal.Group, err error) {
				if err != nil || !g.Follows(head) {
					t.Errorf("board %d: group %+v behind %+v: %v", i, g, head, err)
					wait.Done()
					return
				}
				head = g.Head()
				logs[i] = append(logs[i], g)
				next(n + 1)
			})
		}
		go next(0)
	}
	wait.Wait()
	for i, id := range ids {
		b.wantLog(id, journal.Head{Epoch: 1}, logs[i])
	}
	b.reopen()
	for i, id := range ids {
		b.wantLog(id, journal.Head{Epoch: 1}, logs[i])
	}
}

func testDone(t *testing.T, b *bench) {
	id, head := b.start()
	var calls atomic.Int32
	finished := make(chan error)
	b.Append(id, draft(head, 1, "first"), func(g journal.Group, err error) {
		calls.Add(1)
		if err != nil {
			finished <- err
			return
		}
		b.Append(id, draft(g.Head(), 1, "second"), func(_ journal.Group, err error) {
			calls.Add(1)
			finished <- err
		})
	})
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	got, err := b.Read(ctx, id, 0, 1<<20)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d groups, %v", len(got), err)
	}
	head = got[1].Head()
	b.mustAppend(id, &head, 1, "third")
	if n := calls.Load(); n != 2 {
		t.Errorf("done was called %d times for two appends", n)
	}
}

// testSecondAppend appends twice without waiting. Whether the first is still in flight is the journal's luck, so it gets
// many tries; two that both went through must both be answered.
func testSecondAppend(t *testing.T, b *bench) {
	id, head := b.start()
	panicked := false
	for range 1000 {
		answers := make(chan error, 2)
		taken := 0
		func() {
			defer func() { panicked = recover() != nil }()
			for taken < 2 {
				b.Append(id, draft(head, 1, "at once"), func(_ journal.Group, err error) { answers <- err })
				taken++
			}
		}()
		for range taken {
			if err := <-answers; err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if head, err = b.Head(ctx, id); err != nil {
			t.Fatal(err)
		}
		if panicked {
			break
		}
	}
	if !panicked {
		t.Error("a second append in flight was always taken")
	}
	b.mustAppend(id, &head, 1, "goes on")
}
