package local

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Recovery says what Open found. It is for the caller to log: Damage at the highest level.
type Recovery struct {
	Files  int      // journal files read
	Boards int      // boards with a log here, damaged ones included
	Groups int      // groups held
	Tear   *Tear    // an append that a crash cut short, nil if there was none
	Damage []Damage // durable bytes that are gone or changed
}

// Tear is the end of the newest file that did not become durable before a crash. Nobody had been told of it; it was cut.
type Tear struct {
	File   string
	Offset int64  // where the log ends now
	Bytes  int64  // how much was cut
	Commit uint64 // number of the torn commit
}

// Damage is a place that had been durable and is not whole any more. Without boards, nothing but a copy was lost.
type Damage struct {
	File   string
	Offset int64         // near here
	Commit uint64        // first commit concerned, 0 if unknown
	Boards []protocol.ID // quarantined because of it
	All    bool          // boards not listed in the journal may have had their log there: they answer ErrDamaged too
	What   string

	file   uint64 // number of File
	before bool   // no damage here: a record that keeps boards in quarantine
}

func (d Damage) String() string {
	return fmt.Sprintf("%s, offset %d, commit %d: %s (boards: %v, unlisted ones too: %t)", d.File, d.Offset, d.Commit, d.What, d.Boards, d.All)
}

// image is one journal file's bytes.
type image struct {
	number uint64
	name   string
	data   []byte
}

// scan reads journal files, oldest first, into the index. It touches no disk.
type scan struct {
	boards map[protocol.ID]*board
	report Recovery
	damage []*Damage
	all    *Damage // the last damage that may concern any board, nil if there is none
	before *Damage // the last commit with records of quarantine, nil if there is none

	// The file being read.
	image  image
	header fileHeader
	end    int64  // behind the last whole commit
	next   uint64 // number of the commit expected at end
	cur    commit
}

// commit collects the whole units found of one commit.
type commit struct {
	number  uint64
	offset  int64
	index   unit // kind 0 if it was not found
	records []unit
	offsets []int64
}

// place is where the log goes on: the newest file's end.
type place struct {
	header fileHeader
	end    int64 // 0 if it cannot be told
	next   uint64
	dirty  int64 // bytes from end on that must be zeroed first
	closed bool  // the file is damaged in a way that the log must go on in a new one
}

// source is a journal file that is read when its turn comes: all of them together may not fit into memory.
type source struct {
	number uint64
	name   string
	head   []byte                 // its first bytes, where the headers are: they tell how the file before it ends
	read   func() ([]byte, error) // all of it, valid until the next source is read
}

// recoverFiles rebuilds the index from all journal files, oldest first.
func recoverFiles(sources []source) (*scan, place, error) {
	s := &scan{boards: map[protocol.ID]*board{}}
	var at place
	for i, f := range sources {
		var following *fileHeader
		if i+1 < len(sources) && sources[i+1].number == f.number+1 {
			if h, whole := decodeHeader(sources[i+1].head); whole > 0 {
				following = &h
			}
		}
		data, err := f.read()
		if err != nil {
			return s, at, err
		}
		at = s.file(image{number: f.number, name: f.name, data: data}, following, i+1 == len(sources))
	}
	s.finish()
	return s, at, nil
}

// file reads the next file. following is the header of the one after it, nil if that is unreadable or last is true.
func (s *scan) file(f image, following *fileHeader, last bool) place {
	before := s.image
	beforeHeader := s.header
	s.image = f
	s.report.Files++
	header, whole := decodeHeader(f.data)
	s.header = header
	if before.number != 0 && f.number != before.number+1 {
		s.lost(0, 0, fmt.Sprintf("journal files %d to %d are missing", before.number+1, f.number-1))
	}
	switch {
	case whole == 0 || header.number != f.number:
		s.header = fileHeader{number: f.number}
		s.lost(0, 0, "both copies of the file's header are gone")
		return place{header: s.header, next: s.next, closed: true}
	case whole == 1:
		s.damaged(0, 0, "one copy of the file's header is gone")
	}
	if before.number == f.number-1 && beforeHeader.id != 0 && header.prevID != 0 && header.prevID != beforeHeader.id {
		s.lost(0, 0, "the file before it is not the one it was written behind")
	}
	return s.body(following, last)
}

// body reads the commits of the current file.
func (s *scan) body(following *fileHeader, last bool) place {
	data, limit, open := s.image.data, int64(len(s.image.data)), last
	until := uint64(0) // the commits below this one had been durable
	if following != nil {
		until = following.first
		open = following.prevEnd == 0
		if !open {
			limit = min(limit, following.prevEnd)
		}
	}
	s.end, s.next = dataStart, s.header.first
	s.cur = commit{number: s.next, offset: s.end}
	s.units(data[:limit])
	torn := s.close(open)
	if s.next < until && !open {
		s.lost(s.end, s.next, fmt.Sprintf("commits %d to %d are gone", s.next, until-1))
		s.next = until
	}
	at := place{header: s.header, end: s.end, next: s.next, closed: int64(len(data)) < s.header.size}
	if last {
		at.dirty = s.tail()
	}
	switch {
	case at.closed && s.short(open):
		at.end = 0
	case !last && (open || following == nil):
		s.lost(s.end, s.next, "the end of the file cannot be told")
	case torn || at.dirty > 0:
		s.report.Tear = &Tear{File: s.image.name, Offset: s.end, Bytes: at.dirty, Commit: s.next}
	}
	return at
}

// tail returns how many bytes from the end of the log on are not all zero.
func (s *scan) tail() int64 {
	return int64(len(bytes.TrimRight(s.image.data[min(s.end, int64(len(s.image.data))):], "\x00")))
}

// short reports a file that is shorter than it was made, and whether commits may be missing with its end. Zeros behind the
// last commit prove that there was none: a unit begins with its length and its file's id.
func (s *scan) short(open bool) (lost bool) {
	have := int64(len(s.image.data))
	what := fmt.Sprintf("the file is %d bytes long and was made with %d", have, s.header.size)
	if open && (have < s.end+unitSize || s.tail() > 0) {
		s.lost(have, s.next, what)
		return true
	}
	s.damaged(have, 0, what)
	return false
}

// units feeds every whole unit of the file to the current commit, and finishes a commit when one of a later commit shows
// that it had been durable.
func (s *scan) units(data []byte) {
	var id [8]byte
	binary.LittleEndian.PutUint64(id[:], s.header.id)
	for at := min(int64(dataStart), int64(len(data))); at < int64(len(data)); {
		u, ok := parseUnit(data[at:], s.header.id)
		if !ok {
			// Search on for the file's id: it is random and never leaves the disk, so no body can imitate a unit.
			i := bytes.Index(data[min(at+9, int64(len(data))):], id[:])
			if i < 0 {
				return
			}
			at += int64(i) + 1
			continue
		}
		if u.number > s.cur.number {
			s.close(false)
			if u.number > s.next {
				s.lost(s.end, s.next, fmt.Sprintf("commits %d to %d are gone", s.next, u.number-1))
				s.next = u.number
			}
			s.cur = commit{number: u.number, offset: at, records: s.cur.records[:0], offsets: s.cur.offsets[:0]}
		}
		if u.number == s.cur.number { // else: left over from a write that was refused and repeated under the same number
			if u.kind == kindIndex {
				s.cur.index = u
			} else {
				s.cur.records = append(s.cur.records, u)
				s.cur.offsets = append(s.cur.offsets, at)
			}
		}
		at += int64(len(u.bytes))
	}
}

// close takes the current commit into the index, if it is all there or may not be missing. In an open end an incomplete
// one is a tear: its records may have reached the disk in any order, so none counts.
func (s *scan) close(open bool) (torn bool) {
	c := &s.cur
	if c.number != s.next || (c.index.kind == 0 && len(c.records) == 0) {
		return false
	}
	missing, sorted := s.match(c)
	if open && (c.index.kind == 0 || len(missing) > 0 || !sorted) {
		return true
	}
	switch {
	case c.index.kind == 0 && (len(c.records) != c.records[0].records || !sorted):
		s.lost(c.offset, c.number, "the commit's index and some of its records are gone")
	case c.index.kind == 0:
		s.damaged(c.offset, c.number, "the commit's index is gone, all its records are there")
	}
	for i, u := range c.records {
		s.apply(u, c.offsets[i])
	}
	if len(missing) > 0 {
		d := s.damaged(c.offset, c.number, "a record is gone")
		for _, m := range missing {
			s.quarantine(m, d)
		}
	}
	s.next = c.number + 1
	s.end = c.offset
	if n := len(c.records); n > 0 {
		s.end = c.offsets[n-1] + int64(len(c.records[n-1].bytes))
	}
	return false
}

// match sorts out which records of the commit the index names: others are dropped, missing ones returned. sorted is
// false if the records are not in order of their places.
func (s *scan) match(c *commit) (missing []entry, sorted bool) {
	if c.index.kind == 0 {
		for i, u := range c.records {
			if u.place != i {
				return nil, false
			}
		}
		return nil, true
	}
	kept := 0
	for i := range c.index.records {
		want := c.index.entry(i)
		found := -1
		for k := kept; k < len(c.records) && found < 0; k++ {
			if c.records[k].place == i && c.records[k].crc() == want.crc {
				found = k
			}
		}
		if found < 0 {
			missing = append(missing, want)
			continue
		}
		c.records[kept], c.offsets[kept] = c.records[found], c.offsets[found]
		kept++
	}
	c.records, c.offsets = c.records[:kept], c.offsets[:kept]
	return missing, true
}

// apply takes one record of a durable commit into the index.
func (s *scan) apply(u unit, offset int64) {
	r := u.record()
	if r.kind == kindMark {
		return
	}
	b, g := s.boards[r.board], r.group
	where := span{file: s.image.number, offset: offset, size: uint32(len(u.bytes)), first: g.First, last: g.Last}
	if b == nil {
		b = &board{}
		s.boards[r.board] = b
		if r.kind == kindGroup {
			b.begin(journal.Head{Epoch: g.Epoch, Seq: g.First - 1, Chain: g.Prev})
			if g.First > 1 && s.all != nil {
				s.quarantine(entry{board: r.board, epoch: g.Epoch}, s.all) // nothing shows that it was not longer
			}
		}
	}
	switch {
	case r.kind == kindOpen && g.Epoch > b.epoch:
		b.begin(g.Head())
	case r.kind == kindWorn && g.Epoch >= b.epoch:
		s.stays(u, r, offset)
	case b.worn != nil:
		b.epoch = max(b.epoch, g.Epoch)
		b.remain(s.image.number)
	case r.kind == kindGroup && b.follows(g):
		b.take(g, where)
	case g.Epoch == b.head.Epoch && g.Last == b.head.Seq && g.Chain == b.head.Chain:
		// The same record again: it was written anew when the file it stood in could not be synced.
	default:
		what := fmt.Sprintf("the board's log breaks: %d to %d of epoch %d does not follow %d of epoch %d",
			g.First, g.Last, g.Epoch, b.head.Seq, b.head.Epoch)
		d := b.unproven
		if d == nil {
			d = s.damaged(offset, u.number, what)
		}
		s.quarantine(entry{board: r.board, epoch: g.Epoch}, d)
	}
}

// damaged reports a damage that leaves every board it does not name as it is.
func (s *scan) damaged(offset int64, commit uint64, what string) *Damage {
	d := &Damage{File: s.image.name, Offset: offset, Commit: commit, What: what, file: s.image.number}
	s.damage = append(s.damage, d)
	return d
}

// lost reports a damage that may have taken any board's groups. A board stays in doubt until its next group shows that
// nothing lies between; those that never show it are quarantined.
func (s *scan) lost(offset int64, commit uint64, what string) {
	d := s.damaged(offset, commit, what)
	d.All = true
	s.all = d
	for _, b := range s.boards {
		if b.worn == nil && b.unproven == nil {
			b.unproven = d
		}
	}
}

// quarantine ends a board's log here: what follows of it in this epoch is not trusted.
func (s *scan) quarantine(e entry, d *Damage) {
	if e.board.IsZero() {
		return // a mark: nothing of a board
	}
	b := s.boards[e.board]
	if b == nil {
		b = &board{}
		b.begin(journal.Head{Epoch: e.epoch})
		s.boards[e.board] = b
	}
	b.epoch = max(b.epoch, e.epoch)
	b.unproven = nil
	if b.worn == nil {
		b.worn = &wound{damage: d, reason: fmt.Errorf("%w behind seq %d: %s, offset %d: %s",
			journal.ErrDamaged, b.head.Seq, d.File, d.Offset, d.What)}
	}
}

// finish quarantines the boards still in doubt and completes the report.
func (s *scan) finish() {
	for id, b := range s.boards {
		if b.unproven != nil {
			s.quarantine(entry{board: id, epoch: b.epoch}, b.unproven)
		}
		if b.worn != nil {
			b.remainAll()
			b.worn.damage.Boards = append(b.worn.damage.Boards, id)
		}
		s.report.Groups += len(b.spans)
	}
	s.report.Boards = len(s.boards)
	for _, d := range s.damage {
		if d.before && len(d.Boards) == 0 {
			continue // these boards are quarantined elsewhere, or not any more
		}
		slices.SortFunc(d.Boards, func(a, b protocol.ID) int { return bytes.Compare(a[:], b[:]) })
		s.report.Damage = append(s.report.Damage, *d)
	}
}
