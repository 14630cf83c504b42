package local

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// disk is what a journal asks of its disk that can fail under load: tests put a failing one in its place.
type disk interface {
	allocate(f *os.File, size int64) error // gives the file its blocks, so that appends find room
	write(f *os.File, b []byte, offset int64) error
	sync(f *os.File) error // contents and size, not times
}

// kernel is the real disk.
type kernel struct{}

func (kernel) allocate(f *os.File, size int64) error {
	err := error(unix.EINTR)
	for errors.Is(err, unix.EINTR) { // the runtime's own signals interrupt it
		err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	}
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return err
		}
	}
	return nil
}

func (kernel) write(f *os.File, b []byte, offset int64) error {
	_, err := f.WriteAt(b, offset)
	return err
}

func (kernel) sync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// full reports whether err says that there is no room.
func full(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// file is one journal file, open as long as the journal needs it.
type file struct {
	*os.File
	name   string // its path: the os.File may have been made under another
	header fileHeader
	end    int64 // behind the last durable commit
}

// room reports whether a commit of n bytes fits, and a mark behind it.
func (f *file) room(n int64) bool { return f.end+n+markSize <= f.header.size }

// path returns the name of a journal file.
func path(folder string, number uint64) string {
	return filepath.Join(folder, fmt.Sprintf("%08d.log", number))
}

// createFile makes a journal file: its blocks, header and name are durable when it returns. named tells, beside an
// error, that the name may exist.
func createFile(d disk, folder string, h fileHeader) (f *file, named bool, err error) {
	name := path(folder, h.number)
	temp := name + ".new"
	osFile, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, false, err
	}
	defer func() {
		if err != nil {
			_ = osFile.Close()
			if !named {
				_ = os.Remove(temp) // a rest of it is removed at the next start
			}
			err = fmt.Errorf("making journal file %s: %w", name, err)
		}
	}()
	if err = d.allocate(osFile, h.size); err != nil {
		return nil, false, err
	}
	if err = d.write(osFile, h.encode(), 0); err != nil {
		return nil, false, err
	}
	if err = d.sync(osFile); err != nil {
		return nil, false, err
	}
	if err = os.Rename(temp, name); err != nil {
		return nil, true, err
	}
	if err = syncFolder(folder); err != nil {
		return nil, true, err
	}
	return &file{File: osFile, name: name, header: h, end: dataStart}, true, nil
}

// syncFolder makes names in a folder durable.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// makeFolder makes a folder and its parents, names durable.
func makeFolder(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	parent := filepath.Dir(folder)
	if parent != folder {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

// listFiles returns the numbers of the journal files in order, and removes what a crash left of files in the making.
func listFiles(folder string) ([]uint64, error) {
	names, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, n := range names {
		if strings.HasSuffix(n.Name(), ".log.new") {
			if err := os.Remove(filepath.Join(folder, n.Name())); err != nil {
				return nil, err
			}
		}
		digits, isLog := strings.CutSuffix(n.Name(), ".log")
		if number, err := strconv.ParseUint(digits, 10, 64); isLog && err == nil && path(folder, number) == filepath.Join(folder, n.Name()) {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// openFile opens a journal file and reads its headers. What a failed fdatasync left in the page cache, marked clean, is
// not on the disk: so first everything goes down, then the cache is dropped, then the disk is asked.
func openFile(d disk, name string) (f *os.File, head []byte, err error) {
	if f, err = os.OpenFile(name, os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	if err = d.sync(f); err == nil {
		err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
	head = make([]byte, dataStart)
	if err == nil {
		var n int
		n, err = f.ReadAt(head, 0)
		head = head[:n]
	}
	if err != nil && !errors.Is(err, io.EOF) {
		_ = f.Close()
		return nil, nil, fmt.Errorf("reading journal file %s: %w", name, err)
	}
	return f, head, nil
}

// readAll reads all of a journal file, into the buffer if it is large enough.
func readAll(f *os.File, buffer []byte) ([]byte, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := slices.Grow(buffer[:0], int(stat.Size()))[:stat.Size()]
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, stat.Size()), data); err != nil {
		return nil, fmt.Errorf("reading journal file %s: %w", f.Name(), err)
	}
	return data, nil
}

// cut zeroes what lies behind the end of the log, durably, so that it never counts again.
func cut(d disk, f *os.File, end, dirty int64) error {
	zeros := make([]byte, min(dirty, 1<<20))
	for at := int64(0); at < dirty; at += int64(len(zeros)) {
		if err := d.write(f, zeros[:min(int64(len(zeros)), dirty-at)], end+at); err != nil {
			return err
		}
	}
	return d.sync(f)
}
