package local

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
)

// roll begins a new file, with room for a commit of the given size, behind the one with that header and end: end 0 says
// that the end of that file cannot be told. If the disk is full the ballast is given up, and nothing rolls before there is
// room to put it back.
func (j *Journal) roll(need int64, behind fileHeader, end int64) error {
	if j.wantBallast {
		if err := j.makeBallast(); err != nil {
			return err
		}
	}
	h := fileHeader{id: newFileID(), number: behind.number + 1, size: max(j.options.FileSize, dataStart+need+markSize),
		prevID: behind.id, prevEnd: end, first: j.next}
	f, named, err := createFile(j.options.disk, j.folder, h)
	if err != nil {
		if named { // it may be there after a crash and say that the old file ended here: the old one cannot go on
			j.giveUp(err)
		}
		if full(err) {
			j.dropBallast()
		}
		return err
	}
	j.active = f
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files = append(j.files, f)
	return nil
}

// rolled tells the caller which boards are to be sealed because their file closed.
func (j *Journal) rolled() {
	if j.options.OnRoll != nil {
		j.options.OnRoll(j.Pinned())
	}
}

// newFileID draws a file's id; 0 means none.
func newFileID() uint64 {
	for {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		if id := binary.LittleEndian.Uint64(b[:]); id != 0 {
			return id
		}
	}
}

func (j *Journal) ballastName() string { return filepath.Join(j.options.Dir, "ballast") }

// firstBallast makes the ballast at start. A full disk is not an error: reading goes on, and so does the current file.
func (j *Journal) firstBallast() error {
	if err := j.makeBallast(); err != nil && !full(err) {
		return err
	}
	return nil
}

// makeBallast makes the ballast if there is none. On a full disk it leaves none, to be made before the next roll.
func (j *Journal) makeBallast() (err error) {
	if j.options.Ballast < 0 {
		return nil
	}
	f, err := os.OpenFile(j.ballastName(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(j.options.disk.allocate(f, j.options.Ballast), f.Close())
	if j.wantBallast = err != nil; j.wantBallast {
		return errors.Join(err, os.Remove(j.ballastName()))
	}
	return nil
}

// dropBallast gives the ballast's room to deletes and markers.
func (j *Journal) dropBallast() {
	if j.options.Ballast >= 0 {
		_ = os.Remove(j.ballastName())
		j.wantBallast = true
	}
}
