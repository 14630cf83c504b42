package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
)

const (
	packRun      = 16             // adjacent slots that are worth merging
	packHideTime = 24 * time.Hour // how long merged slots stay behind their pack
)

// Pack tidies a board: it deletes the slots that a pack has hidden for a day, and merges runs of 16 and more adjacent
// slots into packs, which hide them. It may run at any time, also in several processes at once.
func (a *Archive) Pack(ctx context.Context, board protocol.ID) error {
	if _, err := a.Key(ctx, board); err != nil {
		return err
	}
	listed := a.now()
	v, err := a.look(ctx, board)
	if err != nil {
		return err
	}
	if err := a.deleteHidden(ctx, board, v); err != nil {
		return err
	}
	for _, run := range v.runs() {
		if err := a.merge(ctx, board, listed, run); err != nil {
			return err
		}
	}
	return nil
}

// runs cuts the visible slots where a pack lies between them.
func (v *view) runs() [][]object {
	var runs [][]object
	begin := 0
	for i := 1; i <= len(v.slots); i++ {
		if i == len(v.slots) || v.packBetween(v.slots[i-1].first, v.slots[i].first) {
			runs = append(runs, v.slots[begin:i])
			begin = i
		}
	}
	return runs
}

func (v *view) packBetween(first, next uint64) bool {
	return slices.ContainsFunc(v.packs, func(p object) bool { return first < p.first && p.first < next })
}

// merge writes packs for a run of adjacent slots, if it is long enough: each holds whole slots, as many as fit. What is
// left at the end waits until it is a run of its own. A pack ends where a slot ended, because sealers begin only there.
func (a *Archive) merge(ctx context.Context, board protocol.ID, listed time.Time, run []object) error {
	if len(run) < a.packRun {
		return nil
	}
	var groups []journal.Group
	slots, size := 0, 0
	for i, slot := range run {
		s, err := a.read(ctx, board, slot)
		if errors.Is(err, store.ErrNotExist) {
			return nil // another process has merged them and a day went by: the next call sees it
		}
		if err != nil {
			return err
		}
		if n := len(groups); n > 0 && !follows(s.groups[0], groups[n-1].Head()) {
			if used, err := a.inUse(ctx, board, listed, run[i-slots:i+1]); err != nil || !used {
				return err
			}
			return &Damage{slot.name, "it does not follow the slot before it", nextHole}
		}
		add := 0
		for _, g := range s.groups {
			add += frameLen(g)
		}
		if size+add > a.packBytes {
			if slots > 1 {
				if err := a.writePack(ctx, board, listed, run[i-slots:i], groups); err != nil {
					return err
				}
			}
			groups, slots, size = nil, 0, 0
		}
		groups, slots, size = append(groups, s.groups...), slots+1, size+add
	}
	if slots < a.packRun {
		return nil
	}
	return a.writePack(ctx, board, listed, run[len(run)-slots:], groups)
}

// inUse reports whether the slots, which have been read, held what belongs to the archive: those that a pack hid before
// that may hold a sleeper's groups. If their listing is old another one tells: a slot that no pack hides after it was
// read has never been deleted. So a store that takes long to read so many slots still gets its packs.
func (a *Archive) inUse(ctx context.Context, board protocol.ID, listed time.Time, slots []object) (bool, error) {
	if a.fresh(listed) {
		return true, nil
	}
	v, err := a.look(ctx, board)
	if err != nil {
		return false, err
	}
	for _, slot := range slots {
		if o, _ := v.at(slot.first); o != slot {
			return false, nil
		}
	}
	return true, nil
}

// writePack takes the pack's name, unless its slots are no longer in use: then the next call has another listing. Its
// time is read after its slots were, so each of them had been sealed by then. It may be put late: what it holds stays true.
func (a *Archive) writePack(ctx context.Context, board protocol.ID, listed time.Time, slots []object, groups []journal.Group) error {
	if used, err := a.inUse(ctx, board, listed, slots); err != nil || !used {
		return err
	}
	first, end := groups[0].First, groups[len(groups)-1].Head()
	pack := object{name: packName(board, first, end.Seq), kind: kindPack, first: first, last: end.Seq}
	blob, err := a.put(ctx, pack.name, encodeSegment(kindPack, board, a.now().UnixMilli(), groups))
	if err != nil {
		return listedButGone(pack, err)
	}
	present, err := openObject(board, pack, blob)
	if err != nil {
		return err
	}
	if present.head().Chain != end.Chain || present.prev != groups[0].Prev {
		return &Damage{pack.name, "it holds another history than the slots it hides", nextPack}
	}
	return nil
}

// deleteHidden deletes the slots whose pack is a day old. The pack is read and verified first: from then on it is all
// there is. The listing's age does not matter here: what a pack hides it hides for good.
func (a *Archive) deleteHidden(ctx context.Context, board protocol.ID, v *view) error {
	for _, p := range v.packs {
		var inside []object
		for _, slot := range v.hidden {
			if p.first <= slot.first && slot.first <= p.last {
				inside = append(inside, slot)
			}
		}
		if len(inside) == 0 {
			continue
		}
		pack, err := a.read(ctx, board, p)
		if err != nil {
			return listedButGone(p, err)
		}
		if a.now().Sub(time.UnixMilli(pack.created)) < packHideTime {
			continue
		}
		for _, slot := range inside {
			if err := a.store.Delete(ctx, slot.name); err != nil {
				return fmt.Errorf("archive: delete a merged slot: %w", err)
			}
		}
	}
	return nil
}
