package local

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Trim implements journal.Journal: the groups are forgotten at once, and every file that no board needs any more is
// deleted, or set aside if it holds something of a damaged board, before it returns. Trims are not written down: after a restart the groups of files that are still there are
// held again.
func (j *Journal) Trim(ctx context.Context, id protocol.ID, epoch, upto uint64) error {
	if err := j.trim(ctx, id, epoch, upto); err != nil {
		return err
	}
	return j.deleteFiles()
}

func (j *Journal) trim(ctx context.Context, id protocol.ID, epoch, upto uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, err := j.board(ctx, id)
	switch {
	case err != nil:
		return err
	case b.worn != nil:
		return b.worn.reason
	case epoch != b.head.Epoch:
		return fmt.Errorf("%w: trimming epoch %d of board %s, current is %d", journal.ErrEpoch, epoch, id, b.head.Epoch)
	case upto > b.head.Seq:
		return fmt.Errorf("%w: trimming board %s up to %d, its head is %d", journal.ErrRegressed, id, upto, b.head.Seq)
	}
	before := b.pin()
	b.trim(upto)
	j.repin(before, b)
	return nil
}

// pin counts the boards that need a file. j.mu is held, or nobody else has the journal yet.
func (j *Journal) pin(number uint64, by int) {
	if number == 0 {
		return
	}
	if j.pins[number] += by; j.pins[number] == 0 {
		delete(j.pins, number)
	}
}

// repin moves a board's pin after a change. j.mu is held.
func (j *Journal) repin(before uint64, b *board) {
	if now := b.pin(); now != before {
		j.pin(before, -1)
		j.pin(now, 1)
	}
}

// deleteFiles deletes or sets aside the oldest files as long as no board needs them. Always the oldest first, each deletion durable
// before the next: a younger file that went before an older one would give the boards of both a head that is not theirs.
func (j *Journal) deleteFiles() error {
	j.deleting.Lock()
	defer j.deleting.Unlock()
	for {
		f, damaged := j.unneeded()
		if f == nil {
			return nil
		}
		err := error(nil)
		if damaged {
			err = os.Rename(f.name, f.name+asideSuffix)
		} else {
			err = os.Remove(f.name)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := syncFolder(j.folder); err != nil {
			return err
		}
		j.mu.Lock()
		j.files = j.files[1:]
		j.mu.Unlock()
		_ = f.Close() // it was only read since it was synced
	}
}

// unneeded returns the oldest file if it is closed and no board needs it, else nil. damaged says that it holds something of
// a quarantined board.
func (j *Journal) unneeded() (f *file, damaged bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	oldest := j.files[0]
	if j.closing || len(j.files) == 1 || j.pins[oldest.header.number] > 0 {
		return nil, false
	}
	return oldest, j.holdsDamaged(oldest.header.number)
}
