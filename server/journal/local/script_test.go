package local

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// script writes journal files in memory, remembering what lies where.
type script struct {
	heads   map[protocol.ID]journal.Head
	next    uint64
	images  []image
	headers []fileHeader
	commits []written
	fileAt  int64 // end of the last file
}

// written is one commit of a script.
type written struct {
	file       int // index into images
	start, end int64
	records    []record
	spots      []int64
}

func newScript(size int64) *script {
	s := &script{heads: map[protocol.ID]journal.Head{}, next: 1}
	s.file(size, dataStart)
	return s
}

// file begins a new file behind the present one.
func (s *script) file(size, prevEnd int64) {
	h := fileHeader{id: 0x1122334455667788 + uint64(len(s.images)), number: uint64(len(s.images) + 1), size: size, first: s.next}
	if n := len(s.headers); n > 0 {
		h.prevID, h.prevEnd = s.headers[n-1].id, prevEnd
	}
	data := make([]byte, size)
	copy(data, h.encode())
	s.headers = append(s.headers, h)
	s.images = append(s.images, image{number: h.number, name: fmt.Sprintf("%d.log", h.number), data: data})
	s.fileAt = dataStart
}

// roll closes the file and begins another.
func (s *script) roll(size int64) { s.file(size, s.fileAt) }

func (s *script) commit(records ...record) {
	spots := make([]int64, len(records))
	b := appendCommit(nil, s.headers[len(s.headers)-1].id, s.next, records, spots)
	f := len(s.images) - 1
	if n := copy(s.images[f].data[s.fileAt:], b); n != len(b) {
		panic("script: the file is too small")
	}
	s.commits = append(s.commits, written{file: f, start: s.fileAt, end: s.fileAt + int64(len(b)), records: records, spots: spots})
	s.fileAt += int64(len(b))
	s.next++
}

// recoverImages recovers from files in memory.
func recoverImages(images []image) (*scan, place) {
	sources := make([]source, len(images))
	var buffer []byte
	for i, f := range images {
		sources[i] = source{number: f.number, name: f.name, head: f.data[:min(dataStart, len(f.data))], read: func() ([]byte, error) {
			clear(buffer) // nothing may be left that points into the file before
			buffer = append(buffer[:0], f.data...)
			return buffer, nil
		}}
	}
	s, at, err := recoverFiles(sources)
	if err != nil {
		panic(err)
	}
	return s, at
}

// group makes the board's next group.
func (s *script) group(id protocol.ID, count int, body string) record {
	h := s.heads[id]
	g := journal.Group{Epoch: max(h.Epoch, 1), First: h.Seq + 1, Last: h.Seq + uint64(count), Time: h.Time + 3, Prev: h.Chain, Body: []byte(body)}
	g.Chain = journal.Link(g.Prev, h.Seq, g.Last, g.Time, sha256.Sum256(g.Body))
	s.heads[id] = g.Head()
	return record{kind: kindGroup, board: id, group: g}
}

// open makes the record of a log's begin.
func (s *script) open(id protocol.ID, at journal.Head) record {
	s.heads[id] = at
	return headRecord(kindOpen, id, at)
}

// state is what recovery of the whole gives.
func (s *script) state() map[protocol.ID]*board {
	scan, _ := recoverImages(s.images)
	return scan.boards
}

// before returns the script without its last commit.
func (s *script) before() *script {
	last := s.commits[len(s.commits)-1]
	images := slices.Clone(s.images)
	images[last.file].data = slices.Clone(images[last.file].data)
	clear(images[last.file].data[last.start:last.end])
	return &script{images: images, commits: s.commits[:len(s.commits)-1]}
}

// at returns which commit the byte belongs to, -1 if none.
func (s *script) at(file int, offset int64) int {
	return slices.IndexFunc(s.commits, func(c written) bool { return c.file == file && c.start <= offset && offset < c.end })
}

// owner returns the board whose record in the commit holds the byte, none if it is the index.
func (c written) owner(offset int64) (id protocol.ID) {
	for i, spot := range c.spots {
		if c.start+spot <= offset {
			id = c.records[i].board
		}
	}
	return id
}

func testID(i int) protocol.ID { return protocol.ID{0xaa, byte(i)} }

// story is a small journal with all that one can hold: boards that begin, begin again, go quiet, and a mark.
func story(s *script, weight int) {
	body := func(n int) string { return strings.Repeat("wall ", n*weight) }
	s.commit(s.open(testID(1), journal.Head{Epoch: 1}), s.open(testID(2), journal.Head{Epoch: 1}))
	s.commit(s.group(testID(1), 2, body(3)), s.group(testID(2), 1, body(1)))
	s.commit(s.open(testID(3), journal.Head{Epoch: 4, Seq: 70, Chain: journal.Chain{5}, Time: 9}), s.group(testID(1), 1, body(2)))
	s.commit(s.group(testID(3), 3, body(5)))
	s.commit(record{kind: kindMark})
	s.commit(s.group(testID(1), 1, body(1)), s.group(testID(3), 1, body(1)), s.group(testID(4), 64, body(9)))
	at := s.heads[testID(2)]
	at.Epoch = 2
	s.commit(s.open(testID(2), at), s.open(testID(5), journal.Head{Epoch: 1}))
	s.commit(s.group(testID(2), 1, body(4)), s.group(testID(4), 1, ""))
	s.commit(s.group(testID(2), 1, body(1)), s.group(testID(3), 2, body(2)), s.group(testID(1), 1, body(1)))
}

// sameGroup does not ask where: a block that landed in a second place holds the same group. The heads' chains tell the rest.
func sameGroup(a, b span) bool { return a.first == b.first && a.last == b.last && a.size == b.size }

// same reports whether two boards hold the same.
func same(a, b *board) bool {
	return a.head == b.head && a.base == b.base && a.worn == nil && b.worn == nil && slices.EqualFunc(a.spans, b.spans, sameGroup)
}

// prefixOf reports whether all groups that a holds are the first of those that b holds, or of an earlier history of it.
func prefixOf(a, b *board) bool {
	return a.head.Epoch < b.head.Epoch || (len(a.spans) <= len(b.spans) && slices.EqualFunc(a.spans, b.spans[:len(a.spans)], sameGroup))
}

// honest checks that no board passes for whole which is not: it has all of want, or it is quarantined behind a prefix, or it
// is not listed and the journal says that it does not know it.
func honest(t *testing.T, s *scan, want map[protocol.ID]*board) {
	t.Helper()
	for id, w := range want {
		b := s.boards[id]
		switch {
		case b == nil && s.all == nil:
			t.Fatalf("board %s is gone without a word", id)
		case b == nil || same(b, w):
		case b.worn == nil:
			t.Fatalf("board %s passes for whole: %+v, want %+v; report %+v", id, *b, *w, s.report)
		case !prefixOf(b, w):
			t.Fatalf("board %s holds what it never held: %+v, want %+v", id, *b, *w)
		}
	}
	for id := range s.boards {
		if want[id] == nil {
			t.Fatalf("board %s was never there", id)
		}
	}
}

// equal checks that the boards are exactly these and whole.
func equal(t *testing.T, s *scan, want map[protocol.ID]*board) {
	t.Helper()
	if len(s.boards) != len(want) {
		t.Fatalf("%d boards, want %d; report %+v", len(s.boards), len(want), s.report)
	}
	for id, w := range want {
		if b := s.boards[id]; b == nil || !same(b, w) {
			t.Fatalf("board %s: %+v, want %+v; report %+v", id, b, w, s.report)
		}
	}
}
