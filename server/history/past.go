package history

import (
	"context"
	"errors"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/journal"
)

// At returns the board's state behind entry seq: one snapshot and the entries since. ErrNoMoment beyond the head.
func (h *History) At(ctx context.Context, id protocol.ID, seq uint64) (*board.State, error) {
	if _, err := h.archive.Key(ctx, id); err != nil {
		return nil, err
	}
	m, err := h.replay(ctx, id, seq, seq, nil)
	if err != nil {
		return nil, err
	}
	if m.State.Seq() != seq {
		return nil, ErrNoMoment
	}
	return m.State, nil
}

// AtTime returns the board as it was at a time (unix milliseconds): behind the last entry that is not later.
// ErrNoMoment before the first entry.
func (h *History) AtTime(ctx context.Context, id protocol.ID, unixMilli int64) (*board.State, error) {
	if _, err := h.archive.Key(ctx, id); err != nil {
		return nil, err
	}
	m, err := h.snapshotBefore(ctx, id, unixMilli)
	if err != nil {
		return nil, err
	}
	for g, err := range h.Groups(ctx, id, m.Head.Seq) {
		if err != nil {
			return nil, err
		}
		if g.Time > unixMilli {
			break
		}
		if err := m.apply(g, g.Last, nil); err != nil {
			return nil, err
		}
	}
	if m.State.Seq() == 0 {
		return nil, ErrNoMoment
	}
	return m.State, nil
}

// snapshotBefore halves the list of snapshots until the newest that is not later than the time is found. Times never
// decrease along it.
func (h *History) snapshotBefore(ctx context.Context, id protocol.ID, unixMilli int64) (Moment, error) {
	seqs, err := h.archive.Snapshots(ctx, id)
	if err != nil {
		return Moment{}, err
	}
	best, found := uint64(0), false
	for len(seqs) > 0 {
		mid := len(seqs) / 2
		head, _, err := h.archive.Snapshot(ctx, id, seqs[mid])
		switch {
		case errors.Is(err, archive.ErrNoSnapshot):
			seqs = seqs[mid+1:] // damaged, and so are those before it
		case err != nil:
			return Moment{}, err
		case head.Time <= unixMilli:
			best, found, seqs = head.Seq, true, seqs[mid+1:]
		default:
			seqs = seqs[:mid]
		}
	}
	if !found {
		return genesis(), nil
	}
	m, _, err := h.snapshot(ctx, id, best)
	return m, err
}

// Step is one entry of the past as an audience may see it.
type Step struct {
	Entry   protocol.Entry
	Verdict board.Verdict
	Changes []board.Projected
}

// Steps calls each for the entries from..to (both included) that exist, in order, until it returns false. Entries that
// changed only what the audience does not see are passed over.
func (h *History) Steps(ctx context.Context, id protocol.ID, from, to uint64, audience board.Audience, each func(Step) bool) error {
	if from == 0 || to < from {
		return nil
	}
	if _, err := h.archive.Key(ctx, id); err != nil {
		return err
	}
	_, err := h.replay(ctx, id, from-1, to, func(e protocol.Entry, v board.Verdict, changes []board.Change) bool {
		if e.Seq < from {
			return true
		}
		step := Step{Entry: e, Verdict: v}
		for _, c := range changes {
			if p, ok := board.Project(c, audience); ok {
				step.Changes = append(step.Changes, p)
			}
		}
		if len(step.Changes) == 0 && len(changes) > 0 {
			return true // that it happened is as hidden as what it did
		}
		return each(step)
	})
	return err
}

// Replay replays one board for the archive's verification. It implements archive.Replayer.
type Replay struct{ m Moment }

// NewReplay begins at the beginning.
func NewReplay() *Replay { return &Replay{m: genesis()} }

// Load begins at a snapshot's state instead.
func (r *Replay) Load(state []byte) error {
	s, err := board.Load(state)
	if err != nil {
		return err
	}
	r.m.State = s
	return nil
}

// Apply takes the replay one group further.
func (r *Replay) Apply(g journal.Group) error { return r.m.apply(g, ^uint64(0), nil) }

// State returns the canonical encoding of where the replay stands.
func (r *Replay) State() []byte { return r.m.State.AppendSnapshot(nil) }

// IsUnknownBoard reports whether an error says that the board was never created.
func IsUnknownBoard(err error) bool { return errors.Is(err, archive.ErrNoBoard) }
