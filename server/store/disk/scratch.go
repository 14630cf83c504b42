package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// scratchName cannot begin a name, so nothing in it is ever listed.
const scratchName = ".tmp"

// scratch is this store's own folder for temporary files. Its owner holds a lock on it for life; a folder whose lock is
// free belongs to nobody any more.
type scratch struct {
	folder string
	lock   *os.File
}

// openScratch makes a scratch folder below parent and removes the abandoned ones. It holds the parent's lock meanwhile,
// or another opener could take a folder that is not locked yet for an abandoned one.
func openScratch(parent string) (*scratch, error) {
	if err := os.MkdirAll(parent, folderPerm); err != nil {
		return nil, err
	}
	door, err := lock(parent, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer door.Close()
	old, err := os.ReadDir(parent)
	if err != nil {
		return nil, err
	}
	for _, entry := range old {
		path := filepath.Join(parent, entry.Name())
		held, err := lock(path, syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue // its owner lives
		}
		if err != nil {
			return nil, err
		}
		err = os.RemoveAll(path)
		held.Close()
		if err != nil {
			return nil, err
		}
	}
	s := &scratch{folder: filepath.Join(parent, rand.Text())}
	if err := os.Mkdir(s.folder, folderPerm); err != nil {
		return nil, err
	}
	if s.lock, err = lock(s.folder, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *scratch) file(serial uint64) string {
	return filepath.Join(s.folder, strconv.FormatUint(serial, 10))
}

func (s *scratch) close() error {
	return errors.Join(os.RemoveAll(s.folder), s.lock.Close())
}

// lock opens a file or folder and takes its flock; closing it gives the lock back.
func lock(path string, how int) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
