package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"golang.org/x/sys/unix"
)

// faulty is a disk that fails when it is told to.
type faulty struct {
	kernel
	dir string

	mu        sync.Mutex
	quota     int64 // bytes all files of dir may have together, 0 for no limit
	failSyncs int   // the next so many
	failWrite error // of the next write, which stops half-way
	synced    []string
	failed    []string
}

func (d *faulty) allocate(f *os.File, size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	used := int64(0)
	err := filepath.WalkDir(d.dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && name != f.Name() {
			info, statErr := e.Info()
			used, err = used+info.Size(), statErr
		}
		return err
	})
	if err == nil && d.quota > 0 && used+size > d.quota {
		return unix.ENOSPC
	}
	return errors.Join(err, d.kernel.allocate(f, size))
}

func (d *faulty) write(f *os.File, b []byte, offset int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.failWrite; err != nil {
		d.failWrite = nil
		return errors.Join(err, d.kernel.write(f, b[:len(b)/2], offset))
	}
	return d.kernel.write(f, b, offset)
}

func (d *faulty) sync(f *os.File) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := strings.TrimSuffix(filepath.Base(f.Name()), ".new")
	if d.failSyncs > 0 {
		d.failSyncs--
		d.failed = append(d.failed, name)
		return unix.EIO
	}
	d.synced = append(d.synced, name)
	return d.kernel.sync(f)
}

func (d *faulty) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// wall is a journal on a faulty disk, with what was acknowledged.
type wall struct {
	*testing.T
	*Journal
	options Options
	disk    *faulty
	heads   map[protocol.ID]journal.Head
	rolled  chan []protocol.ID
}

const testFileSize = 16 << 10

func newWall(t *testing.T) *wall {
	w := &wall{T: t, disk: &faulty{dir: t.TempDir()}, heads: map[protocol.ID]journal.Head{}, rolled: make(chan []protocol.ID, 100)}
	w.options = Options{Dir: w.disk.dir, FileSize: testFileSize, Ballast: testFileSize, disk: w.disk,
		OnRoll: func(boards []protocol.ID) { w.rolled <- boards }}
	w.start()
	t.Cleanup(func() { _ = w.Journal.Close() })
	return w
}

func (w *wall) start() Recovery {
	w.Helper()
	j, report, err := Open(w.options)
	if err != nil {
		w.Fatal(err)
	}
	w.Journal = j
	return report
}

// restart closes and opens again, and expects nothing unusual.
func (w *wall) restart() {
	w.Helper()
	if err := w.Close(); err != nil {
		w.Fatal(err)
	}
	if report := w.start(); len(report.Damage) > 0 || report.Tear != nil {
		w.Fatalf("after an orderly end: %+v", report)
	}
}

func (w *wall) begin(id protocol.ID) {
	w.Helper()
	w.heads[id] = journal.Head{Epoch: 1}
	if err := w.Open(context.Background(), id, w.heads[id]); err != nil {
		w.Fatal(err)
	}
}

// try appends one entry of the given bytes and waits.
func (w *wall) try(id protocol.ID, bytes int) error {
	answer := make(chan error, 1)
	d := journal.Draft{Epoch: w.heads[id].Epoch, Seen: w.heads[id].Seq, Count: 1, Body: make([]byte, bytes), Time: time.Now().UnixMilli()}
	w.Append(id, d, func(g journal.Group, err error) {
		if err == nil {
			w.heads[id] = g.Head()
		}
		answer <- err
	})
	return <-answer
}

func (w *wall) add(id protocol.ID, bytes int) {
	w.Helper()
	if err := w.try(id, bytes); err != nil {
		w.Fatal(err)
	}
}

// check reads every board from the first group that is held to the head that was acknowledged.
func (w *wall) check() {
	w.Helper()
	for id, want := range w.heads {
		got, err := w.Head(context.Background(), id)
		if err != nil || got != want {
			w.Fatalf("board %s: head %+v, %v; want %+v", id, got, err, want)
		}
		groups, err := w.Read(context.Background(), id, 0, 1<<30)
		if err != nil {
			w.Fatalf("board %s: %v", id, err)
		}
		at := journal.Head{Epoch: 1}
		for _, g := range groups {
			if !g.Follows(at) {
				w.Fatalf("%+v does not follow %+v", g, at)
			}
			at = g.Head()
		}
		if at != want {
			w.Fatalf("board %s: the log ends at %+v, want %+v", id, at, want)
		}
	}
}

func (w *wall) want(what string, got, want error) {
	w.Helper()
	if !errors.Is(got, want) {
		w.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func (w *wall) files() (names []string) {
	w.Helper()
	entries, err := os.ReadDir(filepath.Join(w.options.Dir, "journal"))
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestSyncFails: after a failed fdatasync the file is never asked again; the groups go to a new one.
func TestSyncFails(t *testing.T) {
	w := newWall(t)
	a, b := testID(1), testID(2)
	w.begin(a)
	w.begin(b)
	w.add(a, 100)
	w.disk.set(func() { w.disk.failSyncs = 1; w.disk.synced = nil })
	w.add(a, 200)
	w.add(b, 300)
	w.disk.set(func() {
		if !slices.Equal(w.disk.failed, []string{"00000001.log"}) || slices.Contains(w.disk.synced, "00000001.log") {
			t.Errorf("failed %v, then synced %v", w.disk.failed, w.disk.synced)
		}
	})
	if boards := <-w.rolled; !slices.Equal(boards, []protocol.ID{a}) {
		t.Errorf("to be sealed: %v", boards)
	}
	if err := w.Unhealthy(); err != nil {
		t.Error(err)
	}
	w.check()
	w.restart()
	w.check()
	if got := w.files(); len(got) != 2 {
		t.Errorf("files %v", got)
	}
}

// TestSyncFailsTwice: then the outcome is unknown and nothing more is written until the journal is opened again.
func TestSyncFailsTwice(t *testing.T) {
	for name, fail := range map[string]func(*faulty){
		"the new file cannot be made":   func(d *faulty) { d.failSyncs = 2 },
		"the new file has no room":      func(d *faulty) { d.failSyncs = 1; d.quota = 1 },
		"the write fails, then another": func(d *faulty) { d.failWrite = unix.EIO; d.failSyncs = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWall(t)
			a, b := testID(1), testID(2)
			w.begin(a)
			w.begin(b)
			w.add(a, 100)
			w.disk.set(func() { fail(w.disk) })
			w.want("append", w.try(a, 200), journal.ErrUnknown)
			w.want("the board's next", w.try(a, 300), journal.ErrRefused)
			w.want("another board", w.try(b, 300), journal.ErrRefused)
			w.want("open", w.Open(context.Background(), testID(3), journal.Head{Epoch: 1}), journal.ErrRefused)
			if w.Unhealthy() == nil {
				t.Error("still healthy")
			}
			w.check()
			if err := w.Close(); err == nil {
				t.Error("closed as if all were well")
			}
			w.disk.set(func() { w.disk.failSyncs, w.disk.quota = 0, 0 })
			if report := w.start(); len(report.Damage) > 0 {
				t.Fatalf("damage %v", report.Damage)
			}
			head, err := w.Head(context.Background(), a)
			if err != nil || head.Seq < 1 || head.Seq > 2 {
				t.Fatalf("head %+v, %v: want the acknowledged group, and perhaps the unknown one", head, err)
			}
			w.heads[a] = head
			w.add(a, 10)
			w.add(b, 10)
			w.check()
		})
	}
}

// TestDiskFull: nothing is written, everything can be read, the ballast makes room for others; with room again it goes on
// by itself and the ballast is back.
func TestDiskFull(t *testing.T) {
	w := newWall(t)
	a := testID(1)
	w.begin(a)
	w.disk.set(func() { w.disk.quota = 2*testFileSize + 1<<10 }) // ballast and one file, and what the lock file takes
	for w.disk.quota > 0 {
		err := w.try(a, 3000)
		if err != nil {
			w.want("append on a full disk", err, journal.ErrRefused)
			w.want("its reason", err, unix.ENOSPC)
			break
		}
	}
	ballast := filepath.Join(w.options.Dir, "ballast")
	for range 3 {
		w.want("append on a full disk", w.try(a, 3000), journal.ErrRefused)
		if _, err := os.Stat(ballast); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("the ballast was not given up: %v", err)
		}
	}
	if err := w.Unhealthy(); err != nil {
		t.Errorf("a full disk heals by itself, but: %v", err)
	}
	w.check()
	w.add(a, 1) // there is still room in the file itself
	w.restart() // also on a full disk
	w.check()
	w.disk.set(func() { w.disk.quota = 3*testFileSize + 1<<10 })
	w.add(a, 3000)
	if info, err := os.Stat(ballast); err != nil || info.Size() != testFileSize {
		t.Errorf("the ballast is not back: %v", err)
	}
	w.check()
	if got := w.files(); len(got) != 2 {
		t.Errorf("files %v", got)
	}
}

// TestNoRoomInFile: a file system that copies on write may have no room for bytes that were allocated.
func TestNoRoomInFile(t *testing.T) {
	w := newWall(t)
	a, b := testID(1), testID(2)
	w.begin(a)
	w.begin(b)
	w.disk.set(func() { w.disk.failWrite = unix.ENOSPC })
	w.want("append", w.try(a, 4000), journal.ErrRefused)
	w.check()
	w.add(b, 10)
	w.check()
	w.disk.set(func() { w.disk.failWrite = unix.ENOSPC })
	w.want("append", w.try(a, 4000), journal.ErrRefused)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if report := w.start(); len(report.Damage) > 0 {
		t.Fatalf("damage %v", report.Damage)
	}
	w.check()
}

// TestRollFails: a file that could not be made refuses the groups; the next append tries again.
func TestRollFails(t *testing.T) {
	w := newWall(t)
	a := testID(1)
	w.begin(a)
	w.add(a, 12000)
	w.disk.set(func() { w.disk.failSyncs = 1 })
	w.want("append", w.try(a, 6000), journal.ErrRefused)
	w.check()
	w.add(a, 6000)
	w.check()
	w.restart()
	w.check()
	if got := w.files(); !slices.Equal(got, []string{"00000001.log", "00000002.log"}) {
		t.Errorf("files %v", got)
	}
}

// TestLock: a second process is told which directory it may not have, and who has it.
func TestLock(t *testing.T) {
	w := newWall(t)
	_, _, err := Open(w.options)
	if err == nil || !strings.Contains(err.Error(), w.options.Dir) || !strings.Contains(err.Error(), fmt.Sprintf("pid %d, boot ", os.Getpid())) {
		t.Fatalf("second open: %v", err)
	}
	nonce := func() string {
		text, err := os.ReadFile(filepath.Join(w.options.Dir, "lock"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := nonce()
	w.restart()
	if nonce() == first {
		t.Error("two starts have one nonce")
	}
}
