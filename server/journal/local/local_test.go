package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// TestRollAndDelete: a file goes when no board needs it, and never before an older one.
func TestRollAndDelete(t *testing.T) {
	w := newWall(t)
	ctx := context.Background()
	a, b, c := testID(1), testID(2), testID(3)
	for _, id := range []protocol.ID{a, b, c} {
		w.begin(id)
	}
	w.add(b, 100) // in the first file only
	old := w.heads[b]
	for len(w.rolled) < 3 {
		w.add(a, 3000)
		w.add(c, 10)
	}
	for range 2 {
		<-w.rolled
	}
	if got := <-w.rolled; !slices.Equal(got, []protocol.ID{a, b, c}) || !slices.Equal(w.Pinned(), got) {
		t.Fatalf("to be sealed: %v, then %v", got, w.Pinned())
	}
	trim := func(id protocol.ID) {
		t.Helper()
		if err := w.Trim(ctx, id, 1, w.heads[id].Seq); err != nil {
			t.Fatal(err)
		}
	}
	trim(a)
	trim(c)
	if got := w.files(); len(got) != 4 {
		t.Fatalf("board %s still needs the oldest file, and files are %v", b, got)
	}
	trim(b)
	if got := w.files(); !slices.Equal(got, []string{"00000004.log"}) {
		t.Fatalf("files %v", got)
	}
	if got := w.Pinned(); len(got) != 0 {
		t.Fatalf("pinned %v", got)
	}
	w.add(b, 20)
	groups, err := w.Read(ctx, b, old.Seq, 1000)
	if err != nil || len(groups) != 1 || !groups[0].Follows(old) {
		t.Fatalf("behind what was trimmed: %v, %v", groups, err)
	}
	w.restart()
	groups, err = w.Read(ctx, b, old.Seq, 1000)
	if err != nil || len(groups) != 1 || !groups[0].Follows(old) {
		t.Fatalf("behind what was trimmed, after a restart: %v, %v", groups, err)
	}
}

// TestColdAfterTrim: once its last file is gone a board is unknown after a restart, and begins where the archive ends.
func TestColdAfterTrim(t *testing.T) {
	w := newWall(t)
	ctx := context.Background()
	a, b := testID(1), testID(2)
	w.begin(a)
	w.begin(b)
	w.add(a, 100)
	for len(w.rolled) == 0 {
		w.add(b, 3000)
	}
	archived := w.heads[a]
	for _, id := range []protocol.ID{a, b} {
		if err := w.Trim(ctx, id, 1, w.heads[id].Seq); err != nil {
			t.Fatal(err)
		}
	}
	w.restart()
	_, err := w.Head(ctx, a)
	w.want("head", err, journal.ErrCold)
	if _, here := w.Boards()[a]; here {
		t.Error("the board is listed")
	}
	if err := w.Open(ctx, a, archived); err != nil {
		t.Fatal(err)
	}
	w.add(a, 5)
	groups, err := w.Read(ctx, a, archived.Seq, 1000)
	if err != nil || len(groups) != 1 || !groups[0].Follows(archived) {
		t.Fatalf("behind the archive: %v, %v", groups, err)
	}
	if got := w.Boards()[a]; got != w.heads[a] {
		t.Errorf("listed at %+v, want %+v", got, w.heads[a])
	}
}

// TestQuarantine: a board with a damaged record stops there, the others live; it can begin again at a later epoch.
func TestQuarantine(t *testing.T) {
	w := newWall(t)
	ctx := context.Background()
	a, b := testID(1), testID(2)
	w.begin(a)
	w.begin(b)
	w.add(a, 100)
	good := w.heads[a]
	w.add(b, 100)
	w.add(a, 111)
	w.add(b, 100)
	spot := w.boards[a].spans[1]
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, filepath.Join(w.options.Dir, "journal", "00000001.log"), spot.offset+unitSize+recordSize+7)
	for range 2 {
		report := w.start()
		if len(report.Damage) != 1 || !slices.Equal(report.Damage[0].Boards, []protocol.ID{a}) || report.Tear != nil {
			t.Fatalf("report %+v", report)
		}
		_, err := w.Head(ctx, a)
		w.want("head", err, journal.ErrDamaged)
		w.want("append", w.try(a, 1), journal.ErrDamaged)
		w.want("trim", w.Trim(ctx, a, 1, 1), journal.ErrDamaged)
		w.want("open at the same epoch", w.Open(ctx, a, good), journal.ErrDamaged)
		groups, err := w.Read(ctx, a, 0, 1<<20)
		if err != nil || len(groups) != 1 || groups[0].Head() != good {
			t.Fatalf("before the damage: %v, %v", groups, err)
		}
		_, err = w.Read(ctx, a, good.Seq, 1<<20)
		w.want("read beyond", err, journal.ErrDamaged)
		w.add(b, 10)
		if _, listed := w.Boards()[a]; listed {
			t.Error("the board is listed as sound")
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	w.heads[a] = journal.Head{Epoch: 2, Seq: good.Seq, Chain: good.Chain, Time: good.Time}
	if err := w.Open(ctx, a, w.heads[a]); err != nil {
		t.Fatal(err)
	}
	w.add(a, 10)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	report := w.start()
	if len(report.Damage) != 1 || len(report.Damage[0].Boards) != 0 {
		t.Fatalf("report %+v", report)
	}
	if got, err := w.Head(ctx, a); err != nil || got != w.heads[a] {
		t.Fatalf("head %+v, %v; want %+v", got, err, w.heads[a])
	}
}

// TestUnknownEnd: when the newest file cannot be read, boards that may have had their end there stay in quarantine over
// restarts, also those nobody knows of; new ones can begin.
func TestUnknownEnd(t *testing.T) {
	for name, ruin := range map[string]func(t *testing.T, file string){
		"headers gone": func(t *testing.T, file string) { spoil(t, file, 100); spoil(t, file, 700) },
		"cut short": func(t *testing.T, file string) {
			if err := os.Truncate(file, 2000); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWall(t)
			ctx := context.Background()
			a, fresh := testID(1), testID(9)
			w.begin(a)
			for range 5 {
				w.add(a, 500)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			ruin(t, filepath.Join(w.options.Dir, "journal", "00000001.log"))
			w.start()
			if err := w.Open(ctx, fresh, journal.Head{Epoch: 1}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				for _, id := range []protocol.ID{a, testID(8)} {
					_, err := w.Head(ctx, id)
					w.want("head", err, journal.ErrDamaged)
				}
				if head, err := w.Head(ctx, fresh); err != nil || head.Seq != 0 {
					t.Fatalf("the new board: %+v, %v", head, err)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if report := w.start(); len(report.Damage) == 0 || !report.Damage[len(report.Damage)-1].All {
					t.Fatalf("report %+v", report)
				}
			}
		})
	}
}

// TestTornEnd: what a crash left behind the last durable commit is cut, for good.
func TestTornEnd(t *testing.T) {
	w := newWall(t)
	a := testID(1)
	w.begin(a)
	w.add(a, 100)
	end := w.active.end
	name := w.active.name
	crashed := t.TempDir()
	if err := os.CopyFS(crashed, os.DirFS(w.options.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.options.Dir = crashed
	name = filepath.Join(crashed, "journal", filepath.Base(name))
	for _, offset := range []int64{end + 3, end + 5000} {
		spoil(t, name, offset)
	}
	report := w.start()
	if report.Tear == nil || report.Tear.Offset != end || report.Tear.Bytes != 5001 || len(report.Damage) > 0 {
		t.Fatalf("report %+v, tear %+v", report, report.Tear)
	}
	w.check()
	w.add(a, 10)
	w.restart()
	w.check()
}

// TestChangedUnderneath: a record that changes while the journal runs is not handed out.
func TestChangedUnderneath(t *testing.T) {
	w := newWall(t)
	a := testID(1)
	w.begin(a)
	w.add(a, 100)
	spoil(t, w.active.name, w.boards[a].spans[0].offset+unitSize+recordSize+1)
	_, err := w.Read(context.Background(), a, 0, 1000)
	w.want("read", err, journal.ErrDamaged)
}

// TestClock: the group's time is the clock's, at most 2 s ahead of the caller's and never less than before.
func TestClock(t *testing.T) {
	dir := t.TempDir()
	now := int64(1_000_000)
	j, _, err := Open(Options{Dir: dir, Ballast: -1, FileSize: 4 << 10, Clock: func() time.Time { return time.UnixMilli(now) }})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Open(context.Background(), testID(1), journal.Head{Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ clock, caller, want int64 }{
		{1_000_000, 1_000_000, 1_000_000},
		{1_000_500, 1_000_000, 1_000_500},
		{1_000_400, 1_000_400, 1_000_500}, // the clock went back
		{9_000_000, 1_001_000, 1_003_000}, // the clock jumped ahead
		{1_002_000, 1_002_000, 1_003_000},
		{1_005_000, 9_000_000, 1_005_000}, // the caller's jumped ahead
		{1_006_000, 0, 1_005_000},
	}
	for i, test := range tests {
		now = test.clock
		answer := make(chan journal.Group, 1)
		j.Append(testID(1), journal.Draft{Epoch: 1, Count: 1, Time: test.caller}, func(g journal.Group, _ error) { answer <- g })
		if got := (<-answer).Time; got != test.want {
			t.Errorf("append %d: time %d, want %d", i, got, test.want)
		}
	}
}

// TestClose: what was handed over before is written, what comes later is told that it is too late.
func TestClose(t *testing.T) {
	w := newWall(t)
	ctx := context.Background()
	var ids []protocol.ID
	for i := range 20 {
		ids = append(ids, testID(i+1))
		w.begin(ids[i])
	}
	var pending sync.WaitGroup
	errs := make([]error, len(ids))
	for i, id := range ids {
		pending.Add(1)
		w.Append(id, journal.Draft{Epoch: 1, Count: 1, Body: []byte("in time")}, func(_ journal.Group, err error) {
			errs[i] = err
			pending.Done()
		})
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	pending.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	w.want("append", w.try(ids[0], 1), journal.ErrClosed)
	w.want("open", w.Open(ctx, testID(99), journal.Head{Epoch: 1}), journal.ErrClosed)
	_, err := w.Head(ctx, ids[0])
	w.want("head", err, journal.ErrClosed)
	_, err = w.Read(ctx, ids[0], 0, 1)
	w.want("read", err, journal.ErrClosed)
	w.want("trim", w.Trim(ctx, ids[0], 1, 1), journal.ErrClosed)
	w.start()
	for _, id := range ids {
		if head, err := w.Head(ctx, id); err != nil || head.Seq != 1 {
			t.Errorf("board %s: %+v, %v", id, head, err)
		}
	}
}

// TestLargeCommit: a commit larger than a file gets a file of its own size.
func TestLargeCommit(t *testing.T) {
	w := newWall(t)
	a := testID(1)
	w.begin(a)
	w.add(a, journal.MaxGroupBytes)
	w.add(a, 1)
	w.check()
	w.restart()
	w.check()
}

// TestStartMemory: a start takes the memory of one file, however many there are.
func TestStartMemory(t *testing.T) {
	w := newWall(t)
	a := testID(1)
	w.begin(a)
	for len(w.rolled) < 30 {
		w.add(a, journal.MaxGroupBytes)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w.start()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4*journal.MaxGroupBytes {
		t.Errorf("%d files of %d bytes took %d bytes", len(w.files()), journal.MaxGroupBytes, got)
	}
	w.check()
}

// spoil changes one byte of a file.
func spoil(t *testing.T, name string, offset int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], offset); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x40
	if _, err := f.WriteAt(b[:], offset); err != nil {
		t.Fatal(err)
	}
}
