package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
)

// Replayer is a board's meaning as Verify needs it. A new one is at genesis.
type Replayer interface {
	// Load replaces the state by a snapshot's.
	Load(state []byte) error
	// Apply plays the group that follows. It keeps no reference to the body.
	Apply(g journal.Group) error
	// State returns what a snapshot taken here would hold, byte for byte.
	State() []byte
}

// Report is what Verify found. The board is sound when there are no Problems.
type Report struct {
	Board     protocol.ID
	Head      journal.Head // the end of what was replayed
	Groups    uint64       // replayed
	Entries   uint64       // in them
	Slots     int          // read, hidden ones too
	Packs     int          // read
	Snapshots int          // reproduced byte for byte
	Ahead     int          // valid snapshots above the archive's end: the journal holds what they need
	Problems  []Damage
}

// Verify reads every object of the board and replays its groups from genesis; each snapshot on the way must come out
// byte for byte. Behind damage it goes on from the next snapshot, so that one call finds all there is to find. It
// changes nothing. The error is of the store or ErrNoBoard; then the report is of no use.
func Verify(ctx context.Context, s store.Store, board protocol.ID, replay Replayer) (Report, error) {
	v := &verifying{
		archive: New(s, time.Now, slog.New(slog.DiscardHandler)),
		ctx:     ctx, board: board, replay: replay,
		report: Report{Board: board, Head: genesis},
	}
	for _, step := range []func() error{v.key, v.strays, v.objects, v.snapshots, v.replayAll} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	return v.report, nil
}

// verifying is one call of Verify.
type verifying struct {
	archive *Archive
	ctx     context.Context
	board   protocol.ID
	replay  Replayer
	report  Report

	snaps []journal.Head // of the valid snapshots, by seq
}

func (v *verifying) problem(name, what, next string) { v.add(Damage{name, what, next}) }

// add takes a problem into the report, once: the replay stops at what the objects have shown already, and a hole looks
// smaller from a snapshot inside it.
func (v *verifying) add(d Damage) {
	if !slices.ContainsFunc(v.report.Problems, func(p Damage) bool {
		return p.Name == d.Name && (p.What == d.What || p.Next == nextHole && d.Next == nextHole)
	}) {
		v.report.Problems = append(v.report.Problems, d)
	}
}

// note takes an error that is the board's into the report and returns one that is the store's.
func (v *verifying) note(err error) error {
	var d *Damage
	var n *newer
	switch {
	case errors.As(err, &d):
		v.add(*d)
		return nil
	case errors.As(err, &n):
		v.problem(n.name, n.Error(), "verify with the newer version")
		return nil
	}
	return err
}

func (v *verifying) key() error {
	_, err := v.archive.Key(v.ctx, v.board)
	return v.note(err)
}

// strays reports names that mean nothing here.
func (v *verifying) strays() error {
	for name, err := range v.archive.store.List(v.ctx, boardPrefix(v.board)) {
		if err != nil {
			return err
		}
		seg, isSeg := strings.CutPrefix(name, kindSegment.prefix(v.board))
		pack, isPack := strings.CutPrefix(name, kindPack.prefix(v.board))
		snap, isSnap := strings.CutPrefix(name, kindSnapshot.prefix(v.board))
		ok := name == keyName(v.board)
		switch {
		case isSeg:
			first, valid := parseSeq(seg)
			ok = valid && first >= 1
		case isPack:
			_, _, ok = parseRange(pack)
		case isSnap:
			_, ok = parseSeq(snap)
		}
		if !ok {
			v.problem(name, "no object has such a name", "find out what put it there; nothing reads it")
		}
	}
	return nil
}

// objects reads slots and packs in the order of their seqs and checks that they join into one chain.
func (v *verifying) objects() error {
	view, err := v.archive.look(v.ctx, v.board)
	if err != nil {
		return err
	}
	all := slices.Concat(view.slots, view.packs)
	slices.SortFunc(all, func(x, y object) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(y.last, x.last)) // the pack that reaches furthest first
	})
	joined := &genesis // nil behind an object that could not be read: where it ends is not known
	for _, o := range all {
		s, err := v.archive.read(v.ctx, v.board, o)
		if errors.Is(err, store.ErrNotExist) {
			// Merged since it was listed, or lost: the replay, which lists again, finds out.
			joined = nil
			continue
		}
		if err != nil {
			if err := v.note(err); err != nil {
				return err
			}
			joined = nil
			continue
		}
		if o.kind == kindPack {
			v.report.Packs++
			if err := v.hidden(view, o, s); err != nil {
				return err
			}
		} else {
			v.report.Slots++
		}
		joined = v.join(o, s, joined)
	}
	return nil
}

// join checks that an object continues what was read so far, and returns how far that reaches with it.
func (v *verifying) join(o object, s *segment, joined *journal.Head) *journal.Head {
	end := s.head()
	switch {
	case joined == nil:
	case o.first > joined.Seq+1:
		v.add(*hole(o, joined.Seq+1))
	case o.first == joined.Seq+1:
		if !follows(s.groups[0], *joined) {
			v.add(*broken(o, o.first))
		}
	case o.kind == kindSegment:
		v.problem(o.name, fmt.Sprintf("it begins inside what reaches to seq %d", joined.Seq),
			"keep a copy of it and look whether its groups are wanted; a sealer that does this is wrong")
		return joined
	case end.Seq <= joined.Seq:
		return joined // a smaller pack of another process; it was checked in itself
	default:
		if chain, ok := s.chainAt(joined.Seq); !ok || chain != joined.Chain {
			v.problem(o.name, "it overlaps a pack of another history", nextRestore)
			return joined
		}
	}
	return &end
}

// hidden checks that the slots in a pack's range are on its chain. A foreign one was put there after the real one was
// merged and deleted; nobody was told that it is durable, and the pack hides it.
func (v *verifying) hidden(view *view, p object, pack *segment) error {
	for _, o := range view.hidden {
		if o.first < p.first || o.first > p.last {
			continue
		}
		s, err := v.archive.read(v.ctx, v.board, o)
		if errors.Is(err, store.ErrNotExist) {
			continue // deleted since it was listed
		}
		if err != nil {
			if err := v.note(err); err != nil {
				return err
			}
			continue
		}
		v.report.Slots++
		if chain, ok := pack.chainAt(s.last()); !ok || chain != s.head().Chain {
			v.problem(o.name, "it is of another history than the pack that hides it",
				"keep a copy if its groups are of interest; it is deleted a day after its pack was written")
		}
	}
	return nil
}

// snapshots reads all snapshots for what is wrong with them in themselves.
func (v *verifying) snapshots() error {
	for seq, err := range v.archive.listSeqs(v.ctx, v.board, kindSnapshot) {
		if err != nil {
			return err
		}
		head, _, err := v.snapshot(seq)
		switch {
		case err == nil:
			v.snaps = append(v.snaps, head)
		case errors.Is(err, store.ErrNotExist):
		default:
			if err := v.note(err); err != nil {
				return err
			}
		}
	}
	return nil
}

const nextSnapshot = "delete it: it is a cache, and the next one is made from the groups"

func (v *verifying) snapshot(seq uint64) (journal.Head, []byte, error) {
	name := snapName(v.board, seq)
	blob, err := v.archive.store.Get(v.ctx, name)
	if err != nil {
		return journal.Head{}, nil, err
	}
	head, state, err := decodeSnapshot(v.board, seq, blob)
	return head, state, named(name, err, nextSnapshot)
}

// replayAll plays the groups from genesis, or from the snapshot at seq 0 of a board that began with a state, and
// behind each break from the next snapshot on.
func (v *verifying) replayAll() error {
	if len(v.snaps) > 0 && v.snaps[0].Seq == 0 {
		if ok, err := v.resume(v.snaps[0]); err != nil || !ok {
			return err
		}
	}
	for {
		err := v.replayOn()
		if err == nil {
			v.report.Ahead = len(v.snaps)
			return nil
		}
		if err := v.note(err); err != nil {
			return err
		}
		resumed := false
		for !resumed && len(v.snaps) > 0 {
			if resumed, err = v.resume(v.snaps[0]); err != nil {
				return err
			}
		}
		if !resumed {
			return nil
		}
	}
}

// replayOn plays from where the report stands until the end (nil), or until something is wrong.
func (v *verifying) replayOn() error {
	from := snapName(v.board, v.report.Head.Seq) // unless it is genesis; the archive compares everything else
	for g, err := range v.archive.Groups(v.ctx, v.board, v.report.Head.Seq) {
		if errors.Is(err, ErrPosition) {
			return &Damage{from, "no group ends there", nextSnapshot}
		}
		if err != nil {
			return err
		}
		if !follows(g, v.report.Head) {
			return &Damage{from, "the group behind it does not follow it", nextSnapshot}
		}
		if err := v.replay.Apply(g); err != nil {
			return &Damage{kindSegment.prefix(v.board), fmt.Sprintf("the group at seq %d cannot be played: %v", g.First, err),
				"compare with the version that wrote it; the board is readable up to there"}
		}
		v.report.Head = g.Head()
		v.report.Groups++
		v.report.Entries += g.Last - g.First + 1
		if err := v.reproduce(); err != nil {
			return err
		}
	}
	return nil
}

// reproduce compares the state with the snapshots that were taken here.
func (v *verifying) reproduce() error {
	for len(v.snaps) > 0 && v.snaps[0].Seq <= v.report.Head.Seq {
		head := v.snaps[0]
		v.snaps = v.snaps[1:]
		name := snapName(v.board, head.Seq)
		if head.Seq < v.report.Head.Seq {
			v.problem(name, "no group ends there", nextSnapshot)
			continue
		}
		_, state, err := v.snapshot(head.Seq)
		switch {
		case err != nil:
			if err := v.note(err); err != nil {
				return err
			}
		case head != v.report.Head:
			v.problem(name, "it is of another history", nextSnapshot)
		case !bytes.Equal(state, v.replay.State()):
			v.problem(name, "the replay of the groups gives another state",
				"keep a copy of both; delete the snapshot and compare with the version that wrote it")
		default:
			v.report.Snapshots++
		}
	}
	return nil
}

// resume goes on from a snapshot and reports whether it could.
func (v *verifying) resume(head journal.Head) (bool, error) {
	v.snaps = v.snaps[1:]
	_, state, err := v.snapshot(head.Seq)
	if err != nil {
		return false, v.note(err)
	}
	if err := v.replay.Load(state); err != nil {
		v.problem(snapName(v.board, head.Seq), fmt.Sprintf("it cannot be loaded: %v", err), nextSnapshot)
		return false, nil
	}
	v.report.Head = head
	return true, nil
}
