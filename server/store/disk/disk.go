// Package disk keeps a store's blobs as files below one folder, a name's slashes being the folders'. A file appears
// under its name by link(2), which refuses a taken name (rename would overwrite it), after its bytes were synced.
// Several processes may have the same folder open.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/denkwand/denkwand/server/store"
)

const (
	filePerm   = 0o600
	folderPerm = 0o700
	maxKnown   = 4096 // folders remembered as durable; beyond it they are synced again
)

// Store is a store.Store in a folder. Close it to give back its lock.
type Store struct {
	root string
	temp *scratch

	serial atomic.Uint64 // names this store's temporary files

	mu     sync.Mutex
	known  map[string]bool // folders whose entry in every ancestor is durable
	broken error           // a folder could not be synced: what is durable is no longer known

	// What tests replace to see the disk fail.
	write   func(f *os.File, blob []byte) error
	syncDir func(folder string) error
}

var _ store.Store = (*Store)(nil)

// Open uses the folder, and makes it if it is missing (not readable by others). Temporary files that a crash left
// behind are removed; those of a process that still lives are not.
func Open(folder string) (*Store, error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("store folder %s: %w", folder, err)
	}
	s := &Store{root: root, known: map[string]bool{}, write: writeSynced, syncDir: syncFolder}
	if err := s.makeRoot(root); err != nil {
		return nil, fmt.Errorf("store folder %s: %w", folder, err)
	}
	if s.temp, err = openScratch(filepath.Join(root, scratchName)); err != nil {
		return nil, fmt.Errorf("store folder %s: %w", folder, err)
	}
	s.known[root] = true
	return s, nil
}

// Close gives back the lock on the store's temporary files. A Create after it fails.
func (s *Store) Close() error { return s.temp.close() }

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, name string, blob []byte) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	if len(blob) > store.MaxBlob {
		return fmt.Errorf("%w: %s has %d bytes", store.ErrTooLarge, name, len(blob))
	}
	if err := s.create(ctx, s.path(name), blob); err != nil {
		return fmt.Errorf("create %s: %w", name, answer(err))
	}
	return nil
}

func (s *Store) create(ctx context.Context, path string, blob []byte) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := s.makeFolder(folder); err != nil {
		return err
	}
	if taken, err := s.taken(path); taken || err != nil {
		return err // spares the bytes; the link below decides
	}
	temp := s.temp.file(s.serial.Add(1))
	if err := s.fill(temp, blob); err != nil {
		return err
	}
	defer os.Remove(temp) // a failure leaves it to the next Open
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Link(temp, path); err != nil {
		if taken, other := s.taken(path); taken {
			return other
		}
		return err
	}
	if err := s.syncDir(folder); err != nil {
		// After a failed sync the next one may succeed without the entry being on disk, so this store makes no more
		// promises until a new process looks at what is there. The name stays: another process may have seen it, synced
		// the folder itself and built on it.
		s.fail(err)
		return err
	}
	return nil
}

// taken reports whether something stands at path, and then what Create answers: ErrExists once the entry is durable,
// whoever made it.
func (s *Store) taken(path string) (bool, error) {
	stat, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if stat.IsDir() {
		return true, fmt.Errorf("%w: it is a folder of other names", store.ErrName)
	}
	if err := s.syncDir(filepath.Dir(path)); err != nil {
		s.fail(err)
		return true, err
	}
	return true, store.ErrExists
}

// fill writes a temporary file and syncs it.
func (s *Store) fill(temp string, blob []byte) error {
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, filePerm)
	if err != nil {
		return err
	}
	if err := errors.Join(s.write(f, blob), f.Close()); err != nil {
		os.Remove(temp) // what a failed sync leaves is never linked nor synced again
		return err
	}
	return nil
}

func writeSynced(f *os.File, blob []byte) error {
	if _, err := f.Write(blob); err != nil {
		return err
	}
	return f.Sync()
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	if err := store.CheckName(name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	blob, err := read(s.path(name))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return blob, nil
}

func read(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0) // a link could lead out of the folder
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, store.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	stat, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case stat.IsDir():
		return nil, store.ErrNotExist
	case stat.Size() > store.MaxBlob:
		return nil, fmt.Errorf("%w: %d bytes", store.ErrTooLarge, stat.Size())
	}
	blob := make([]byte, stat.Size())
	if _, err := io.ReadFull(f, blob); err != nil {
		return nil, err
	}
	return blob, nil
}

// Delete implements store.Store. Folders that become empty stay.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	if err := s.usable(ctx); err != nil {
		return err
	}
	path := s.path(name)
	if stat, err := os.Lstat(path); err == nil && stat.IsDir() {
		return nil // os.Remove would take an empty folder
	}
	err := os.Remove(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("delete %s: %w", name, answer(err))
	}
	// Also when it was gone already: whoever removed it may not have synced yet.
	err = s.syncDir(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		s.fail(err)
		return fmt.Errorf("delete %s: %w", name, err)
	}
	return nil
}

func (s *Store) path(name string) string { return filepath.Join(s.root, filepath.FromSlash(name)) }

// usable refuses what a cancelled context or a folder that once failed to sync forbids.
func (s *Store) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

func (s *Store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = fmt.Errorf("a folder could not be synced before (%w): check the disk and restart", err)
	}
}

// answer translates what the operating system says into the store's words.
func answer(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: a folder of it is a blob", store.ErrName)
	}
	return err
}

// makeRoot makes the root and the folders above it that are missing.
func (s *Store) makeRoot(folder string) error {
	if stat, err := os.Stat(folder); err == nil {
		if !stat.IsDir() {
			return &fs.PathError{Op: "open", Path: folder, Err: syscall.ENOTDIR}
		}
		return nil
	}
	parent := filepath.Dir(folder)
	if parent != folder {
		if err := s.makeRoot(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, folderPerm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.syncDir(parent)
}

// makeFolder makes a folder below the root, with those above it, and makes their entries durable: also of one that
// exists, for its maker may not have come to that yet.
func (s *Store) makeFolder(folder string) error {
	s.mu.Lock()
	known := s.known[folder]
	s.mu.Unlock()
	if known {
		return nil
	}
	parent := filepath.Dir(folder)
	if err := s.makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(folder, folderPerm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.syncDir(parent); err != nil {
		s.fail(err)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
		s.known[s.root] = true
	}
	s.known[folder] = true
	return nil
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
