package local

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// asideSuffix is what the name of a file gets that no sound board needs but that holds something of a damaged one.
const asideSuffix = ".damaged"

// wornRecord says that the board is quarantined behind its head, whatever else the log holds of it in its epochs so far.
func wornRecord(id protocol.ID, b *board) record {
	return headRecord(kindWorn, id, journal.Head{Epoch: b.epoch, Seq: b.head.Seq, Chain: b.head.Chain, Time: b.head.Time})
}

// carry writes anew, in the current file, that boards are quarantined whose damage alone holds closed files, so that
// these can go: one damaged board would fill the disk for all. It is the writer's, after each roll; if it fails, the boards
// hold their files until the next.
func (j *Journal) carry() {
	for records := range slices.Chunk(j.heldByDamage(), maxRecords) {
		spots := make([]int64, len(records))
		if j.write(records, spots) != nil {
			return
		}
		j.publish(records, spots)
	}
	_ = j.deleteFiles() // what cannot be deleted or moved now is tried again with the next Trim
}

// heldByDamage returns the record of each quarantined board that needs a file older than all that sound boards need. A
// board in quarantine because anything may have been lost is none of them: with that file goes its quarantine.
func (j *Journal) heldByDamage() []record {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return nil
	}
	needed := j.active.header.number
	for _, b := range j.boards {
		if pin := b.pin(); pin != 0 && b.worn == nil {
			needed = min(needed, pin)
		}
	}
	var records []record
	for id, b := range j.boards {
		if b.wornAlone() && b.pin() < needed {
			records = append(records, wornRecord(id, b))
		}
	}
	return records
}

// holdsDamaged reports whether the file holds something of a board that is still quarantined. j.mu is held.
func (j *Journal) holdsDamaged(number uint64) bool {
	for _, b := range j.boards {
		if slices.Contains(b.remains, number) {
			return true
		}
	}
	return false
}

// wornAlone reports whether the board is damaged and known to be: its quarantine can be written down.
func (b *board) wornAlone() bool { return b.worn != nil && !b.worn.damage.All }

// stay takes a record of quarantine: what stands before it in the log is not read any more.
func (b *board) stay(at journal.Head, w *wound) {
	*b = board{head: at, base: at.Seq, epoch: at.Epoch, worn: w, remains: b.remains}
}

// remain notes that the file holds something of the damaged board.
func (b *board) remain(file uint64) {
	if !slices.Contains(b.remains, file) {
		b.remains = append(b.remains, file)
	}
}

// remainAll notes the files of the groups that are held and, unless a record of quarantine is all it is, of the damage.
func (b *board) remainAll() {
	for _, s := range b.spans {
		b.remain(s.file)
	}
	if b.worn != nil && !b.worn.damage.before {
		b.remain(b.worn.damage.file)
	}
}

// stays takes a record of quarantine into the index.
func (s *scan) stays(u unit, r record, offset int64) {
	d := s.before
	if d == nil || d.Commit != u.number || d.file != s.image.number {
		d = s.damaged(offset, u.number, "quarantined before, because of a file that may be set aside by now")
		d.before = true
		s.before = d
	}
	b := s.boards[r.board]
	b.remainAll()
	b.stay(r.group.Head(), nil)
	s.quarantine(entry{board: r.board, epoch: r.group.Epoch}, d)
}
