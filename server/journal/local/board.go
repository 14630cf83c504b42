package local

import (
	"fmt"
	"sort"

	"github.com/denkwand/denkwand/server/journal"
)

// span is where one group's record lies.
type span struct {
	file        uint64
	offset      int64
	size        uint32
	first, last uint64
}

// body returns the bytes of the group's body.
func (s span) body() int { return int(s.size) - unitSize - recordSize }

// board is what the journal knows of one board: its head, and where the groups lie that it still holds.
type board struct {
	head  journal.Head
	base  uint64 // everything up to here is not held
	spans []span // the groups after base, in order
	worn  *wound // why the log cannot be trusted beyond head; nil if it can
	epoch uint64 // highest epoch ever seen; above head.Epoch only if worn

	remains []uint64 // if worn: the files that hold something of it, to be set aside instead of deleted

	unproven *Damage // while recovering: it may have had a group in the lost part, until its next group shows that it had not
}

// wound says why a board's log ends before its end.
type wound struct {
	damage *Damage
	reason error // wraps journal.ErrDamaged
}

// follows reports whether g is the next group of the board's log.
func (b *board) follows(g journal.Group) bool { return g.Epoch == b.head.Epoch && g.Follows(b.head) }

// take adds the group that lies at s as the new head.
func (b *board) take(g journal.Group, s span) {
	b.head = g.Head()
	b.spans = append(b.spans, s)
	b.unproven = nil
}

// begin starts the board's log at a head; what was held before belongs to another history.
func (b *board) begin(at journal.Head) { *b = board{head: at, base: at.Seq, epoch: at.Epoch} }

// after returns the index of the span that begins after the given seq: len(spans) if seq is the head.
func (b *board) after(seq uint64) (int, error) {
	if seq == b.head.Seq {
		return len(b.spans), nil
	}
	i := sort.Search(len(b.spans), func(i int) bool { return b.spans[i].first > seq })
	if i == len(b.spans) || b.spans[i].first != seq+1 {
		return 0, fmt.Errorf("%w: after %d; held are %d to %d", journal.ErrTrimmed, seq, b.base+1, b.head.Seq)
	}
	return i, nil
}

// trim forgets the groups that end at or before upto.
func (b *board) trim(upto uint64) {
	i := sort.Search(len(b.spans), func(i int) bool { return b.spans[i].last > upto })
	if i == 0 {
		return
	}
	b.base = b.spans[i-1].last
	b.spans = append([]span(nil), b.spans[i:]...) // a copy, so that the memory of the rest is given back
}

// pin returns the oldest file that the board needs, 0 if none.
func (b *board) pin() uint64 {
	switch {
	case len(b.spans) > 0:
		return b.spans[0].file
	case b.worn != nil:
		return b.worn.damage.file
	}
	return 0
}
