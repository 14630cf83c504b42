package protocol

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Entry is a sequenced op: what the client said, and what the server knows about it.
type Entry struct {
	Seq    uint64 // position in the board's order, from 1 without holes
	Time   int64  // unix milliseconds, of the group it came in; never decreases
	Author ID     // participant; zero: the server
	Writer ID     // outbox it came from; zero: the server's, which has no numbers
	N      uint64 // the writer's number; 0 without a writer
	Op     Op
}

// AppendEntry appends an entry to a group's body: its length, author, writer, n and the op in canonical JSON. Seq and
// time stand in the group, which the journal numbers.
func AppendEntry(body []byte, author, writer ID, n uint64, op Op) []byte {
	const width = 2 // of most lengths
	start := len(body)
	body = append(slices.Grow(body, 256), make([]byte, width)...)
	body = append(body, author[:]...)
	body = append(body, writer[:]...)
	body = binary.AppendUvarint(body, n)
	body = AppendOp(body, op)
	var length [binary.MaxVarintLen64]byte
	return slices.Replace(body, start, start+width, binary.AppendUvarint(length[:0], uint64(len(body)-start-width))...)
}

// DecodeEntries reads a group's body. The entries are numbered from first and carry the group's time. An entry of a
// kind that this build does not know is an error: it must never be skipped.
func DecodeEntries(body []byte, first uint64, unixMilli int64) ([]Entry, error) {
	var entries []Entry
	for len(body) > 0 {
		size, width := binary.Uvarint(body)
		if width <= 0 || size > uint64(len(body)-width) {
			return nil, fmt.Errorf("entry %d: cut short", first+uint64(len(entries)))
		}
		rec := body[width : width+int(size)]
		body = body[width+int(size):]
		e := Entry{Seq: first + uint64(len(entries)), Time: unixMilli}
		if len(rec) < 2*len(e.Author)+1 {
			return nil, fmt.Errorf("entry %d: too short", e.Seq)
		}
		rec = rec[copy(e.Author[:], rec):]
		rec = rec[copy(e.Writer[:], rec):]
		n, width := binary.Uvarint(rec)
		if width <= 0 {
			return nil, fmt.Errorf("entry %d: no number", e.Seq)
		}
		e.N = n
		op, err := DecodeOp(rec[width:])
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		e.Op = op
		entries = append(entries, e)
	}
	return entries, nil
}
