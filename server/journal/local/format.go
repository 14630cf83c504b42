package local

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// The bytes of a journal file. All numbers are little-endian; DESIGN.md tells why each field is there.
//
//	file    = header (512), the same header again (512), commit…, zeros up to the made size
//	header  = magic 8, file id 8, number 8, made size 8, previous file's id 8, its end 8, first commit 8, zeros, crc 4
//	commit  = index unit, record unit… (as many as the index lists); one write and one fdatasync
//	unit    = crc 4 (of all that follows in it), length 4, file id 8, commit number 8, kind 4, place 2, records 2, payload
//	index   = (board 16, epoch 8, first 8, last 8, length 4, crc 4) per record of the commit
//	record  = board 16, epoch 8, first 8, last 8, time 8, previous chain 20, chain 20, body
const (
	fileMagic   = "DENKJRN1"
	headerSize  = 512
	dataStart   = 2 * headerSize
	unitSize    = 32 // bytes of a unit before its payload
	entrySize   = 48
	recordSize  = 88 // bytes of a record's payload before the body
	markSize    = unitSize + entrySize + unitSize + recordSize
	maxRecords  = 4096 // in one commit
	maxUnitSize = unitSize + maxRecords*entrySize + recordSize + journal.MaxGroupBytes
)

// kind says what a unit is: four letters, so that a hex dump can be read.
type kind uint32

const (
	kindIndex kind = 'i' | 'n'<<8 | 'd'<<16 | 'x'<<24 // what the commit holds
	kindGroup kind = 'g' | 'r'<<8 | 'u'<<16 | 'p'<<24 // a group of entries
	kindOpen  kind = 'o' | 'p'<<8 | 'e'<<16 | 'n'<<24 // a board's log begins at this head: last is its seq, first one more
	kindWorn  kind = 'w' | 'o'<<8 | 'r'<<16 | 'n'<<24 // a board's log is damaged behind this head, and stays so until it begins anew
	kindMark  kind = 'm' | 'a'<<8 | 'r'<<16 | 'k'<<24 // no board: all before it was durable when the journal was closed
)

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// fileHeader stands twice at the start of a file, so that one bad sector does not take the file with it.
type fileHeader struct {
	id      uint64 // random: blocks of another file's life never count
	number  uint64 // the file's name
	size    int64  // bytes the file was made with; a shorter one has lost its end
	prevID  uint64 // id of file number-1, 0 in the first
	prevEnd int64  // bytes of file number-1 that count, 0 if its end could not be told
	first   uint64 // number of the file's first commit
}

func (h fileHeader) encode() []byte {
	b := make([]byte, 0, headerSize)
	b = append(b, fileMagic...)
	for _, v := range []uint64{h.id, h.number, uint64(h.size), h.prevID, uint64(h.prevEnd), h.first} {
		b = le.AppendUint64(b, v)
	}
	b = append(b, make([]byte, headerSize-4-len(b))...)
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return append(b, b...)
}

// decodeHeader reads the first whole copy and reports how many of the two are whole.
func decodeHeader(b []byte) (h fileHeader, whole int) {
	for at := dataStart - headerSize; at >= 0; at -= headerSize {
		if len(b) < at+headerSize {
			continue
		}
		c := b[at : at+headerSize]
		if string(c[:8]) != fileMagic || le.Uint32(c[headerSize-4:]) != crc32.Checksum(c[:headerSize-4], castagnoli) {
			continue
		}
		whole++
		h = fileHeader{id: le.Uint64(c[8:]), number: le.Uint64(c[16:]), size: int64(le.Uint64(c[24:])),
			prevID: le.Uint64(c[32:]), prevEnd: int64(le.Uint64(c[40:])), first: le.Uint64(c[48:])}
	}
	return h, whole
}

// record is a record unit's content without its place in a file.
type record struct {
	kind  kind
	board protocol.ID
	group journal.Group // Body aliases the bytes it was read from
}

func (r record) size() int { return unitSize + recordSize + len(r.group.Body) }

// headRecord is the record of a board's log beginning at the head (kindOpen) or ending there (kindWorn).
func headRecord(k kind, board protocol.ID, at journal.Head) record {
	return record{kind: k, board: board, group: journal.Group{
		Epoch: at.Epoch, First: at.Seq + 1, Last: at.Seq, Time: at.Time, Chain: at.Chain,
	}}
}

// commitSize returns the bytes of a commit with these records.
func commitSize(records []record) int64 {
	n := int64(unitSize + entrySize*len(records))
	for i := range records {
		n += int64(records[i].size())
	}
	return n
}

// appendCommit appends the records as commit number of file id. spots[i], if given, receives where record i begins,
// counted from the commit's first byte.
func appendCommit(b []byte, id, number uint64, records []record, spots []int64) []byte {
	start, index := len(b), len(b)
	b = appendUnitHead(b, id, number, kindIndex, 0, len(records))
	b = append(b, make([]byte, entrySize*len(records))...)
	sealUnit(b[start:])
	for i := range records {
		r, at := &records[i], len(b)
		b = appendUnitHead(b, id, number, r.kind, i, len(records))
		b = append(b, r.board[:]...)
		b = le.AppendUint64(b, r.group.Epoch)
		b = le.AppendUint64(b, r.group.First)
		b = le.AppendUint64(b, r.group.Last)
		b = le.AppendUint64(b, uint64(r.group.Time))
		b = append(b, r.group.Prev[:]...)
		b = append(b, r.group.Chain[:]...)
		b = append(b, r.group.Body...)
		sealUnit(b[at:])
		entry := b[index+unitSize+i*entrySize:]
		copy(entry, b[at+unitSize:at+unitSize+40])
		copy(entry[40:], b[at+4:at+8])
		copy(entry[44:], b[at:at+4])
		if spots != nil {
			spots[i] = int64(at - start)
		}
	}
	sealUnit(b[index : index+unitSize+entrySize*len(records)])
	return b
}

func appendUnitHead(b []byte, id, number uint64, k kind, place, records int) []byte {
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint64(b, id)
	b = le.AppendUint64(b, number)
	b = le.AppendUint32(b, uint32(k))
	b = le.AppendUint16(b, uint16(place))
	return le.AppendUint16(b, uint16(records))
}

// sealUnit sets the length and checksum of the unit that u is.
func sealUnit(u []byte) {
	le.PutUint32(u[4:], uint32(len(u)))
	le.PutUint32(u, crc32.Checksum(u[4:], castagnoli))
}

// unit is a whole unit as found in a file.
type unit struct {
	bytes   []byte
	number  uint64
	kind    kind
	place   int
	records int
}

func (u unit) crc() uint32 { return le.Uint32(u.bytes) }

// parseUnit reads the unit of file id that begins at b[0]. Anything but a whole one is not ok.
func parseUnit(b []byte, id uint64) (u unit, ok bool) {
	if len(b) < unitSize || le.Uint64(b[8:]) != id {
		return unit{}, false
	}
	n := int(le.Uint32(b[4:]))
	if n < unitSize || n > maxUnitSize || n > len(b) || le.Uint32(b) != crc32.Checksum(b[4:n], castagnoli) {
		return unit{}, false
	}
	u = unit{bytes: b[:n], number: le.Uint64(b[16:]), kind: kind(le.Uint32(b[24:])),
		place: int(le.Uint16(b[28:])), records: int(le.Uint16(b[30:]))}
	switch u.kind {
	case kindIndex:
		ok = n == unitSize+entrySize*u.records && u.records > 0
	case kindGroup, kindOpen, kindWorn, kindMark:
		ok = n >= unitSize+recordSize && u.place < u.records
	}
	return u, ok
}

// record decodes a record unit.
func (u unit) record() record {
	p := u.bytes[unitSize:]
	r := record{kind: u.kind, board: protocol.ID(p[:16]), group: journal.Group{
		Epoch: le.Uint64(p[16:]), First: le.Uint64(p[24:]), Last: le.Uint64(p[32:]), Time: int64(le.Uint64(p[40:])),
		Prev: journal.Chain(p[48:68]), Chain: journal.Chain(p[68:88]),
	}}
	if body := p[recordSize:]; len(body) > 0 {
		r.group.Body = body
	}
	return r
}

// entry is a line of an index unit: what the record at its place must be.
type entry struct {
	board protocol.ID
	epoch uint64
	crc   uint32
}

// entry returns line i of an index unit.
func (u unit) entry(i int) entry {
	p := u.bytes[unitSize+i*entrySize:]
	return entry{board: protocol.ID(p[:16]), epoch: le.Uint64(p[16:]), crc: le.Uint32(p[44:])}
}
