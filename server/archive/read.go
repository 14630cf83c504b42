package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
)

// object is a slot or a pack as its name tells it.
type object struct {
	name        string
	kind        kind
	first, last uint64 // last is 0 for a slot: only its content knows
}

// view is a board's objects as they were listed.
type view struct {
	slots  []object // those that no pack hides, by first seq
	hidden []object // the others, by first seq
	packs  []object // by first seq, then last
}

// look lists a board's objects. Slots come first: one that was deleted before they were listed had its pack before that.
func (a *Archive) look(ctx context.Context, board protocol.ID) (*view, error) {
	v := &view{}
	var slots []object
	for seq, err := range a.listSeqs(ctx, board, kindSegment) {
		if err != nil {
			return nil, err
		}
		if seq >= 1 {
			slots = append(slots, object{name: slotName(board, seq), kind: kindSegment, first: seq})
		}
	}
	prefix := kindPack.prefix(board)
	for name, err := range a.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if first, last, ok := parseRange(strings.TrimPrefix(name, prefix)); ok {
			v.packs = append(v.packs, object{name: name, kind: kindPack, first: first, last: last})
		}
	}
	var reach uint64 // the greatest last of the packs that begin at or before the slot
	packs := v.packs
	for _, slot := range slots {
		for len(packs) > 0 && packs[0].first <= slot.first {
			reach, packs = max(reach, packs[0].last), packs[1:]
		}
		if slot.first <= reach {
			v.hidden = append(v.hidden, slot)
		} else {
			v.slots = append(v.slots, slot)
		}
	}
	return v, nil
}

// freshFor is how old a listing may be and still be the reason for something. Slots are deleted a day after they were
// merged, so within it none that was free or in use in the listing can have been merged, deleted, and made again by a
// sealer that slept.
const freshFor = 10 * time.Second

// fresh reports whether a listing that began at the time is. The longer of what the two clocks measured counts: the
// monotonic one may stand still while the machine sleeps, the other one may be set back, and certainly was if it says
// that the listing lies ahead.
func (a *Archive) fresh(listed time.Time) bool {
	now := a.now()
	wall := now.Round(0).Sub(listed.Round(0))
	return wall >= 0 && max(wall, now.Sub(listed)) <= freshFor
}

// listSeqs yields the seqs that name a board's slots or snapshots, ascending.
func (a *Archive) listSeqs(ctx context.Context, board protocol.ID, k kind) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		prefix := k.prefix(board)
		for name, err := range a.store.List(ctx, prefix) {
			if err != nil {
				yield(0, err)
				return
			}
			if seq, ok := parseSeq(strings.TrimPrefix(name, prefix)); ok && !yield(seq, nil) {
				return
			}
		}
	}
}

// at returns the object that should hold the group with this seq, and whether there is one: the pack that reaches
// furthest, else the slot that begins nearest before it.
func (v *view) at(seq uint64) (object, bool) {
	var best object
	for _, p := range v.packs {
		if p.first <= seq && seq <= p.last && p.last > best.last {
			best = p
		}
	}
	if best.last > 0 {
		return best, true
	}
	i, found := slices.BinarySearchFunc(v.slots, seq, func(o object, seq uint64) int { return cmp.Compare(o.first, seq) })
	switch {
	case found:
		return v.slots[i], true
	case i > 0:
		return v.slots[i-1], true
	}
	return object{}, false
}

// end returns the object that holds the end, and whether there is one.
func (v *view) end() (object, bool) {
	var end object
	for _, p := range v.packs {
		if p.last > end.last {
			end = p
		}
	}
	if n := len(v.slots); n > 0 && v.slots[n-1].first > end.last {
		end = v.slots[n-1]
	}
	return end, end.name != ""
}

// behind returns the first object that begins above the seq, and whether there is one.
func (v *view) behind(seq uint64) (object, bool) {
	var next object
	for _, objects := range [][]object{v.slots, v.packs} {
		for _, o := range objects {
			if o.first > seq && (next.name == "" || o.first < next.first) {
				next = o
			}
		}
	}
	return next, next.name != ""
}

// read gets and verifies an object: Damage if it is not what its name says, store.ErrNotExist if it is gone.
func (a *Archive) read(ctx context.Context, board protocol.ID, o object) (*segment, error) {
	blob, err := a.store.Get(ctx, o.name)
	if err != nil {
		return nil, err
	}
	return openObject(board, o, blob)
}

func openObject(board protocol.ID, o object, blob []byte) (*segment, error) {
	s, err := decodeSegment(o.kind, board, blob)
	if err == nil && (s.first() != o.first || o.kind == kindPack && s.last() != o.last) {
		err = errors.New("it holds other seqs than its name says")
	}
	next := nextRestore
	if o.kind == kindPack {
		next = nextPack
	}
	return s, named(o.name, err, next)
}

// genesis is the head of a board without groups.
var genesis = journal.Head{Epoch: 1}

// End returns the head that the archive's last group leaves behind: Epoch 1 and Seq 0 if it has none. The object that
// holds it is read and verified whole; the ones before it are not.
func (a *Archive) End(ctx context.Context, board protocol.ID) (journal.Head, error) {
	if _, err := a.Key(ctx, board); err != nil {
		return journal.Head{}, err
	}
	head, _, err := a.end(ctx, board)
	return head, err
}

// end is End for a board that exists, and the object that was read (nil for none).
func (a *Archive) end(ctx context.Context, board protocol.ID) (journal.Head, *object, error) {
	var gone string
	for {
		v, err := a.look(ctx, board)
		if err != nil {
			return journal.Head{}, nil, err
		}
		o, ok := v.end()
		if !ok {
			return genesis, nil, nil
		}
		s, err := a.read(ctx, board, o)
		if errors.Is(err, store.ErrNotExist) && o.name != gone {
			gone = o.name // a slot that was merged meanwhile; the next listing shows its pack
			continue
		}
		if err != nil {
			return journal.Head{}, nil, listedButGone(o, err)
		}
		return s.head(), &o, nil
	}
}

// listedButGone makes a name that is listed again after it could not be read an error that is not taken for an answer.
func listedButGone(o object, err error) error {
	if errors.Is(err, store.ErrNotExist) {
		return &Damage{o.name, "it is listed but cannot be read", nextRestore}
	}
	return err
}

// Groups yields the groups after the given seq, which is 0 or a group's end (else ErrPosition), to the archive's end,
// each verified to follow the one before it; what the first of them follows is the caller's to compare, unless after is
// 0. A hole, a break in the chain and an unreadable object are Damage and end it: nothing is ever skipped. After an
// error it yields nothing more. A seq behind the archive's end yields nothing. Bodies are read-only.
func (a *Archive) Groups(ctx context.Context, board protocol.ID, after uint64) iter.Seq2[journal.Group, error] {
	return func(yield func(journal.Group, error) bool) {
		_, err := a.Key(ctx, board)
		if err == nil {
			r := reading{archive: a, ctx: ctx, board: board, yield: yield, next: after + 1}
			if after == 0 {
				r.head = &genesis
			}
			err = r.run()
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(journal.Group{}, err)
		}
	}
}

// errStop says that the caller wants no more.
var errStop = errors.New("stop")

// reading is one call of Groups.
type reading struct {
	archive *Archive
	ctx     context.Context
	board   protocol.ID
	yield   func(journal.Group, error) bool

	next uint64        // the seq that must come
	head *journal.Head // what the group there must follow; nil before the first
}

func (r *reading) run() error {
	v, err := r.archive.look(r.ctx, r.board)
	if err != nil {
		return err
	}
	var last, gone string // the object just read; one that was listed and could not be found
	for {
		o, ok := v.at(r.next)
		if !ok || o.name == last {
			return r.over(v)
		}
		s, err := r.archive.read(r.ctx, r.board, o)
		if errors.Is(err, store.ErrNotExist) && o.name != gone {
			gone = o.name // merged and deleted meanwhile
			if v, err = r.archive.look(r.ctx, r.board); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return listedButGone(o, err)
		}
		if s.last() < r.next {
			return r.over(v)
		}
		if err := r.pass(o, s); err != nil {
			return err
		}
		last = o.name
	}
}

// pass yields an object's groups from next on.
func (r *reading) pass(o object, s *segment) error {
	for _, g := range s.groups {
		if g.Last < r.next {
			continue
		}
		if g.First != r.next && r.head == nil {
			return fmt.Errorf("%w: seq %d is inside the group %d to %d", ErrPosition, r.next-1, g.First, g.Last)
		}
		if r.head != nil && !follows(g, *r.head) {
			return broken(o, g.First)
		}
		if !r.yield(g, nil) {
			return errStop
		}
		head := g.Head()
		r.head, r.next = &head, g.Last+1
	}
	return nil
}

// over ends the reading where no object holds next: well, unless one begins behind it.
func (r *reading) over(v *view) error {
	behind, ok := v.behind(r.next)
	if !ok {
		return nil
	}
	return hole(behind, r.next)
}

// hole is the damage of an object that begins behind the seq that must come.
func hole(o object, next uint64) *Damage {
	return &Damage{o.name, fmt.Sprintf("seqs %d to %d before it are missing", next, o.first-1), nextHole}
}

// broken is the damage of an object whose group does not follow the one before it.
func broken(o object, seq uint64) *Damage {
	return &Damage{o.name, fmt.Sprintf("the group at seq %d does not follow the one before it", seq), nextRestore}
}
