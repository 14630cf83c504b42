package archive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
)

// sealTries bounds how often one Seal lists again although nothing has moved.
const sealTries = 5

// Seal makes the groups part of the archive and returns its end, which is at or behind the last of them, read back and
// verified. They must be linked to each other. Those that the archive has already, or that another sealer puts there
// meanwhile, are adopted if the chain is the same; else ErrFork, and nothing is overwritten. ErrGap if they begin behind
// the archive's end. After any other error some of them may stand in the archive: seal again.
func (a *Archive) Seal(ctx context.Context, board protocol.ID, groups []journal.Group) (journal.Head, error) {
	if err := linked(groups); err != nil {
		return journal.Head{}, err
	}
	if _, err := a.Key(ctx, board); err != nil {
		return journal.Head{}, err
	}
	for tries := 0; ; {
		end, err := a.lookAndTake(ctx, board, groups)
		if errors.Is(err, errLookAgain) {
			if tries++; tries == sealTries {
				return journal.Head{}, fmt.Errorf("archive: seq %d is still not certain after %d tries; next step: look whether the store is slow or loses objects", groups[len(groups)-1].Last, tries)
			}
			continue
		}
		if err != nil || end.Seq >= groups[len(groups)-1].Last {
			return end, err
		}
	}
}

// errLookAgain says that the archive must be listed again before anything is certain.
var errLookAgain = errors.New("look again")

// lookAndTake lists once, and takes at most one slot. It returns the archive's end if nothing is missing, else that of
// the slot.
func (a *Archive) lookAndTake(ctx context.Context, board protocol.ID, groups []journal.Group) (journal.Head, error) {
	listed := a.now()
	end, holder, err := a.end(ctx, board)
	if err != nil {
		return journal.Head{}, err
	}
	rest, err := a.missing(ctx, board, end, groups)
	if err == nil && len(rest) == 0 {
		err = a.settle(ctx, holder)
	}
	if !a.fresh(listed) {
		// What was read may be a sleeper's, under a name that a pack hides by now: then what it seems to add is lost,
		// and a slot behind it would begin where the archive does not end. It is no reason for a fork or a gap either.
		return journal.Head{}, errLookAgain
	}
	if err != nil {
		return journal.Head{}, err
	}
	if len(rest) == 0 {
		return end, nil
	}
	return a.take(ctx, board, listed, rest)
}

// linked checks what the caller hands over: at least one group, each following the one before it.
func linked(groups []journal.Group) error {
	if len(groups) == 0 {
		return errors.New("archive: no groups to seal")
	}
	first := groups[0]
	head := journal.Head{Epoch: first.Epoch, Seq: first.First - 1, Chain: first.Prev, Time: first.Time}
	for _, g := range groups {
		if g.First == 0 || !follows(g, head) {
			return fmt.Errorf("archive: the group at seq %d does not follow the one before it", g.First)
		}
		if len(g.Body) > journal.MaxGroupBytes {
			return fmt.Errorf("%w: the group at seq %d has %d bytes", ErrTooLarge, g.First, len(g.Body))
		}
		head = g.Head()
	}
	return nil
}

// missing returns the groups that the archive lacks, which begin right at its end.
func (a *Archive) missing(ctx context.Context, board protocol.ID, end journal.Head, groups []journal.Group) ([]journal.Group, error) {
	first, last := groups[0], groups[len(groups)-1]
	switch {
	case first.First > end.Seq+1:
		return nil, fmt.Errorf("%w: it ends at seq %d, they begin at %d", ErrGap, end.Seq, first.First)
	case first.First == end.Seq+1:
		if !follows(first, end) {
			return nil, fork(first.First)
		}
		return groups, nil
	case last.Last < end.Seq:
		return nil, a.compareInside(ctx, board, last)
	}
	for i, g := range groups {
		if g.Last == end.Seq && g.Chain == end.Chain {
			return groups[i+1:], nil
		}
	}
	return nil, fork(end.Seq)
}

// compareInside reports ErrFork unless the archive has this very group, somewhere before its end.
func (a *Archive) compareInside(ctx context.Context, board protocol.ID, g journal.Group) error {
	for present, err := range a.Groups(ctx, board, g.First-1) {
		if err != nil && !errors.Is(err, ErrPosition) {
			return err
		}
		if err == nil && present.Last == g.Last && present.Chain == g.Chain {
			return nil
		}
		break
	}
	return fork(g.First)
}

// settle has the store promise that the object that holds the end is durable: another process may have put it there
// a moment ago and be stopped before its own promise. Creating it again is how to ask.
func (a *Archive) settle(ctx context.Context, holder *object) error {
	blob, err := a.store.Get(ctx, holder.name)
	if errors.Is(err, store.ErrNotExist) {
		return nil // merged and deleted since it was read: it has been durable for a day
	}
	if err != nil {
		return err
	}
	_, err = a.put(ctx, holder.name, blob)
	return err
}

// take puts as many of the groups as fit into the slot at the first of them and returns the end of what stands there:
// those, or what another sealer of the same chain put there before.
func (a *Archive) take(ctx context.Context, board protocol.ID, listed time.Time, groups []journal.Group) (journal.Head, error) {
	groups = fitting(groups, a.slotBytes)
	slot := object{name: slotName(board, groups[0].First), kind: kindSegment, first: groups[0].First}
	blob, err := a.put(ctx, slot.name, encodeSegment(kindSegment, board, a.now().UnixMilli(), groups))
	if errors.Is(err, store.ErrNotExist) {
		return journal.Head{}, errLookAgain
	}
	if err != nil {
		return journal.Head{}, err
	}
	if !a.fresh(listed) {
		// The slot may have been used, merged and deleted since the listing: then a pack hides what stands there now.
		return journal.Head{}, errLookAgain
	}
	present, err := openObject(board, slot, blob)
	if err != nil {
		return journal.Head{}, err
	}
	if !sameChain(present.groups, groups) {
		return journal.Head{}, fork(slot.first)
	}
	return present.head(), nil
}

// fitting returns the longest run of the groups whose frames fit; the first always does.
func fitting(groups []journal.Group, limit int) []journal.Group {
	size := 0
	for i, g := range groups {
		if size += frameLen(g); size > limit {
			return groups[:i]
		}
	}
	return groups
}

// sameChain reports whether one of two runs that begin at the same seq is the beginning of the other. Equal chains at
// an equal seq mean equal history, so bytes need no comparing (and may differ with the compressor's version).
func sameChain(x, y []journal.Group) bool {
	if x[len(x)-1].Last > y[len(y)-1].Last {
		x, y = y, x
	}
	end := x[len(x)-1]
	chain, ok := chainAt(y, end.Last)
	return ok && chain == end.Chain
}

func fork(seq uint64) error {
	return fmt.Errorf("%w: at seq %d; next step: take up the archive's history and submit again what it lacks", ErrFork, seq)
}
