package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

func open(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func names(t *testing.T, s *Store) []string {
	t.Helper()
	var all []string
	for name, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	return all
}

func scratchFiles(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(folder, scratchName), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBlobsSurviveReopening(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := open(t, folder)
	if err := s.Create(t.Context(), "a/b/c", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), "a/b/d", nil); err == nil {
		t.Error("Create on a closed store succeeded")
	}
	got, err := open(t, folder).Get(t.Context(), "a/b/c")
	if err != nil || string(got) != "kept" {
		t.Fatalf("Get after reopening = %q, %v", got, err)
	}
}

func TestNobodyElseReads(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	if err := open(t, folder).Create(t.Context(), "a/b", []byte("x")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		stat, err := e.Info()
		if err == nil && stat.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, stat.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Fatal("Open of a file succeeded")
	}
}

func TestOpenRemovesWhatACrashLeft(t *testing.T) {
	folder := t.TempDir()
	left := filepath.Join(folder, scratchName, "dead")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(left, "7"), filepath.Join(folder, scratchName, "stray")} {
		if err := os.WriteFile(path, []byte("half a blob"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, folder)
	if files := scratchFiles(t, folder); len(files) != 0 {
		t.Errorf("left behind: %q", files)
	}
	if got := names(t, s); len(got) != 0 {
		t.Errorf("List = %q", got)
	}
}

// A second process on the folder cleans up while the first is in the middle of a write.
func TestOpenSparesALivingStoresFiles(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder)
	written, goOn := make(chan struct{}), make(chan struct{})
	first.write = func(f *os.File, blob []byte) error {
		err := writeSynced(f, blob)
		close(written)
		<-goOn
		return err
	}
	result := make(chan error)
	go func() { result <- first.Create(t.Context(), "slow", []byte("whole")) }()
	<-written
	second := open(t, folder)
	if got := names(t, second); len(got) != 0 {
		t.Errorf("List = %q before the blob is whole", got)
	}
	close(goOn)
	if err := <-result; err != nil {
		t.Fatalf("Create beside an opening store = %v", err)
	}
	if got, err := second.Get(t.Context(), "slow"); err != nil || string(got) != "whole" {
		t.Fatalf("Get = %q, %v", got, err)
	}
	if files := scratchFiles(t, folder); len(files) != 0 {
		t.Errorf("left behind: %q", files)
	}
}

// Two processes race for names; link(2) decides between them as between goroutines.
func TestTwoStoresOneFolder(t *testing.T) {
	folder := t.TempDir()
	stores := []*Store{open(t, folder), open(t, folder), open(t, folder)}
	for round := range 30 {
		name := fmt.Sprintf("r/%d", round)
		won := make([]bool, len(stores))
		var wg sync.WaitGroup
		for i, s := range stores {
			wg.Go(func() {
				err := s.Create(t.Context(), name, []byte{byte(i)})
				won[i] = err == nil
				if err != nil && !errors.Is(err, store.ErrExists) {
					t.Errorf("Create = %v", err)
				}
			})
		}
		wg.Wait()
		winner := slices.Index(won, true)
		if winner < 0 || slices.Contains(won[winner+1:], true) {
			t.Fatalf("round %d: winners %v, want exactly one", round, won)
		}
		if got, err := stores[0].Get(t.Context(), name); err != nil || got[0] != byte(winner) {
			t.Fatalf("round %d: blob %v, %v; want the winner's", round, got, err)
		}
	}
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"no space", syscall.ENOSPC, store.ErrFull},
		{"no quota", syscall.EDQUOT, store.ErrFull},
		{"fsync fails", syscall.EIO, syscall.EIO},
	} {
		s := open(t, folder)
		s.write = func(f *os.File, blob []byte) error {
			if _, err := f.Write(blob[:len(blob)/2]); err != nil {
				t.Error(err)
			}
			return &fs.PathError{Op: "write", Path: f.Name(), Err: c.err}
		}
		if err := s.Create(t.Context(), "a/b", []byte("blob")); !errors.Is(err, c.want) {
			t.Errorf("%s: Create = %v, want %v", c.name, err, c.want)
		}
		if got := names(t, s); len(got) != 0 {
			t.Errorf("%s: List = %q", c.name, got)
		}
		if files := scratchFiles(t, folder); len(files) != 0 {
			t.Errorf("%s: left behind %q", c.name, files)
		}
		s.write = writeSynced
		name := "then/" + strings.ReplaceAll(c.name, " ", "-")
		if err := s.Create(t.Context(), name, []byte("blob")); err != nil {
			t.Errorf("%s: Create once there is space = %v", c.name, err)
		}
		if err := s.Delete(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
}

// After a folder failed to sync, a second sync may succeed without the entry being on disk: no promise may rest on it.
func TestAFolderThatFailsToSyncEndsTheStore(t *testing.T) {
	folder := t.TempDir()
	s, other := open(t, folder), open(t, folder)
	if err := s.Create(t.Context(), "a/before", []byte("x")); err != nil {
		t.Fatal(err)
	}
	s.syncDir = func(string) error {
		if err := other.Create(t.Context(), "a/b", []byte("y")); !errors.Is(err, store.ErrExists) {
			t.Errorf("Create by another store meanwhile = %v, want ErrExists", err)
		}
		return syscall.EIO
	}
	if err := s.Create(t.Context(), "a/b", []byte("x")); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Create = %v, want EIO", err)
	}
	s.syncDir = syncFolder
	for _, name := range []string{"a/b", "a/before", "other"} {
		if err := s.Create(t.Context(), name, nil); !errors.Is(err, syscall.EIO) || errors.Is(err, store.ErrExists) {
			t.Errorf("Create(%q) after the failure = %v, want EIO", name, err)
		}
	}
	if err := s.Delete(t.Context(), "a/before"); !errors.Is(err, syscall.EIO) {
		t.Errorf("Delete after the failure = %v, want EIO", err)
	}
	// The other store synced the folder and was told that a/b is durable: it may count on it.
	for _, name := range []string{"a/b", "a/before"} {
		if got, err := s.Get(t.Context(), name); err != nil || string(got) != "x" {
			t.Errorf("Get(%q) = %q, %v; reading goes on", name, got, err)
		}
	}
	if err := open(t, folder).Create(t.Context(), "a/b", []byte("y")); !errors.Is(err, store.ErrExists) {
		t.Errorf("Create by a new store = %v, want ErrExists", err)
	}
}

// What Create calls durable, or taken, has had its folder synced, and every folder above it, by this very store.
func TestFoldersAreSyncedBeforeThePromise(t *testing.T) {
	folder := t.TempDir()
	other := open(t, folder)
	s := open(t, folder)
	var synced []string
	s.syncDir = func(f string) error {
		rel, err := filepath.Rel(folder, f)
		synced = append(synced, rel)
		return errors.Join(err, syncFolder(f))
	}
	for _, c := range []struct {
		what string
		name string
		err  error
		want []string
	}{
		{"new folders", "a/b/c", nil, []string{".", "a", "a/b"}},
		{"known folders", "a/b/d", nil, []string{"a/b"}},
		{"a taken name", "a/b/c", store.ErrExists, []string{"a/b"}},
		{"a name another process made", "x/y", store.ErrExists, []string{".", "x"}},
	} {
		if c.name == "x/y" {
			if err := other.Create(t.Context(), c.name, nil); err != nil {
				t.Fatal(err)
			}
		}
		synced = nil
		if err := s.Create(t.Context(), c.name, nil); !errors.Is(err, c.err) {
			t.Fatalf("%s: Create = %v, want %v", c.what, err, c.err)
		}
		if !slices.Equal(synced, c.want) {
			t.Errorf("%s: synced %q, want %q", c.what, synced, c.want)
		}
	}
	synced = nil
	if err := s.Delete(t.Context(), "a/b/c"); err != nil || !slices.Equal(synced, []string{"a/b"}) {
		t.Errorf("Delete = %v and synced %q", err, synced)
	}
}

func TestCancelledBeforeTheLink(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx, cancel := context.WithCancel(t.Context())
	s.write = func(f *os.File, blob []byte) error { cancel(); return writeSynced(f, blob) }
	if err := s.Create(ctx, "a", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Fatalf("Create = %v, want context.Canceled", err)
	}
	if got := names(t, s); len(got) != 0 || len(scratchFiles(t, folder)) != 0 {
		t.Fatalf("List = %q, left behind %q", got, scratchFiles(t, folder))
	}
}

func TestForeignFilesAreNotNames(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	if err := s.Create(t.Context(), "a/b", nil); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "lost+found", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"lost+found/x/y", "a/.swp", "a/copy of b", ".hidden"} {
		if err := os.WriteFile(filepath.Join(folder, path), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(folder, "a", "link")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"a/b"}) {
		t.Fatalf("List = %q, want only a/b", got)
	}
	if _, err := s.Get(t.Context(), "a/link"); err == nil {
		t.Fatal("Get followed a symbolic link out of the folder")
	}
}

func TestNameUnderABlobOrOverAFolder(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Create(t.Context(), "a/b", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a/b/c"} {
		if err := s.Create(t.Context(), name, nil); !errors.Is(err, store.ErrName) {
			t.Errorf("Create(%q) = %v, want ErrName", name, err)
		}
	}
}

func TestManyFolders(t *testing.T) {
	s := open(t, t.TempDir())
	s.syncDir = func(string) error { return nil } // this test is about memory, not the disk
	for i := range maxKnown + 10 {
		if err := s.makeFolder(filepath.Join(s.root, "f", strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
		if len(s.known) > maxKnown {
			t.Fatalf("%d folders remembered, at most %d", len(s.known), maxKnown)
		}
	}
}
