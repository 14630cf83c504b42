package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

func testRead(t *testing.T, b *bench) {
	id, head := b.start()
	want := b.fill(id, &head, 10)
	size := len(want[0].Body)
	tests := []struct {
		after    int // group
		maxBytes int
		groups   int
	}{
		{0, 0, 1}, {0, 1, 1}, {0, size, 1}, {0, 2 * size, 2}, {0, 2*size + 1, 2}, {4, 3 * size, 3}, {8, 9 * size, 2}, {10, 9 * size, 0},
	}
	for _, test := range tests {
		after := uint64(0)
		if test.after > 0 {
			after = want[test.after-1].Last
		}
		got, err := b.Read(ctx, id, after, test.maxBytes)
		if err != nil {
			t.Fatalf("after group %d: %v", test.after, err)
		}
		// "About" maxBytes: a journal may count its own framing too, but it must come forward.
		if test.groups == 0 && len(got) != 0 || test.groups > 0 && (len(got) < 1 || len(got) > test.groups) {
			t.Errorf("after group %d, %d bytes: %d groups, want %d", test.after, test.maxBytes, len(got), test.groups)
		}
		sameGroups(t, got, want[test.after:test.after+len(got)])
	}
	var paged []journal.Group
	for after := uint64(0); after < head.Seq; after = paged[len(paged)-1].Last {
		page, err := b.Read(ctx, id, after, 3*size)
		if err != nil || len(page) == 0 {
			t.Fatalf("page after %d: %d groups, %v", after, len(page), err)
		}
		paged = append(paged, page...)
	}
	sameGroups(t, paged, want)
}

func testTrimmed(t *testing.T, b *bench) {
	id := protocol.RandomID()
	at := journal.Head{Epoch: 1, Seq: 9, Chain: journal.Chain{1}}
	if err := b.Open(ctx, id, at); err != nil {
		t.Fatal(err)
	}
	base := at
	g := b.mustAppend(id, &at, 3, "ten to twelve")
	for _, after := range []uint64{0, 8, 10, 11, 13, 1 << 62} {
		_, err := b.Read(ctx, id, after, 1<<20)
		wantError(t, fmt.Sprintf("after %d", after), err, journal.ErrTrimmed)
	}
	b.wantLog(id, base, []journal.Group{g})
}

func testTrim(t *testing.T, b *bench) {
	id, head := b.start()
	want := b.fill(id, &head, 12)
	wantError(t, "another epoch", b.Trim(ctx, id, 2, 1), journal.ErrEpoch)
	wantError(t, "above the head", b.Trim(ctx, id, 1, head.Seq+1), journal.ErrRegressed)
	b.wantLog(id, journal.Head{Epoch: 1}, want)

	check := func(from int) {
		t.Helper()
		b.wantLog(id, want[from-1].Head(), want[from:])
		got, err := b.Read(ctx, id, 0, 1<<20) // it may have forgotten or not, but it never skips
		if err == nil {
			sameGroups(t, got, want)
		} else {
			wantError(t, "what was trimmed", err, journal.ErrTrimmed)
		}
	}
	for _, upto := range []uint64{want[4].Last, want[4].Last, want[2].Last, want[4].Last + 1, 0} { // the fourth ends inside group 5
		if err := b.Trim(ctx, id, 1, upto); err != nil {
			t.Fatalf("trim up to %d: %v", upto, err)
		}
		check(5)
	}
	if err := b.Trim(ctx, id, 1, head.Seq); err != nil {
		t.Fatal(err)
	}
	b.wantLog(id, head, nil)
	base := head
	more := b.fill(id, &head, 2)
	b.wantLog(id, base, more)
	b.reopen()
	b.wantLog(id, base, more)
}

func testReopen(t *testing.T, b *bench) {
	a, headA := b.start()
	wantA := b.fill(a, &headA, 6)
	at := journal.Head{Epoch: 4, Seq: 100, Chain: journal.Chain{9, 9}, Time: 77}
	c := protocol.RandomID()
	if err := b.Open(ctx, c, at); err != nil {
		t.Fatal(err)
	}
	again := at
	again.Epoch = 5
	d, headD := b.start()
	b.fill(d, &headD, 3)
	reopened := journal.Head{Epoch: 2, Seq: 1, Chain: journal.Chain{3}}
	if err := b.Open(ctx, d, reopened); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.reopen()
		b.wantLog(a, journal.Head{Epoch: 1}, wantA)
		b.wantHead(c, at)
		b.wantLog(d, reopened, nil)
		wantA = append(wantA, b.mustAppend(a, &headA, 1, "more"))
	}
	if err := b.Open(ctx, c, again); err != nil {
		t.Fatal(err)
	}
	_, err := b.Head(ctx, protocol.RandomID())
	wantError(t, "a board never opened", err, journal.ErrCold)
}

func testCrash(t *testing.T, b *bench) {
	id, head := b.start()
	want := b.fill(id, &head, 5)
	for range 3 {
		b.crash()
		b.wantLog(id, journal.Head{Epoch: 1}, want)
		want = append(want, b.fill(id, &head, 2)...)
	}
	b.wantLog(id, journal.Head{Epoch: 1}, want)
}

func testCanceled(t *testing.T, b *bench) {
	id, head := b.start()
	want := b.fill(id, &head, 2)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, headErr := b.Head(gone, id)
	_, readErr := b.Read(gone, id, 0, 1)
	openErr := b.Open(gone, protocol.RandomID(), head)
	trimErr := b.Trim(gone, id, 1, head.Seq)
	for name, err := range map[string]error{"head": headErr, "read": readErr, "open": openErr, "trim": trimErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a canceled context: %v", name, err)
		}
	}
	b.wantLog(id, journal.Head{Epoch: 1}, want)
}
