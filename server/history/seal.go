package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/journal"
)

// Seal moves what the journal holds of the board into the archive, lets the journal forget what was read back from
// there, and writes a snapshot and a pack when they are due. Running it twice, also at once, does no harm.
func (h *History) Seal(ctx context.Context, id protocol.ID) error {
	end, err := h.archive.End(ctx, id)
	if err != nil {
		return err
	}
	for {
		groups, err := h.journal.Read(ctx, id, end.Seq, readBytes)
		if errors.Is(err, journal.ErrCold) || err == nil && len(groups) == 0 {
			break
		}
		if err != nil {
			return fmt.Errorf("seal board %s: %w", id, err)
		}
		// Seal reads back what it wrote: only what the store gives again may be forgotten.
		sealed, err := h.archive.Seal(ctx, id, groups)
		if err != nil {
			return fmt.Errorf("seal board %s: %w", id, err)
		}
		if sealed.Seq <= end.Seq {
			return fmt.Errorf("seal board %s: the archive still ends at %d", id, sealed.Seq)
		}
		end = sealed
		if err := h.journal.Trim(ctx, id, end.Epoch, end.Seq); err != nil {
			return fmt.Errorf("trim board %s: %w", id, err)
		}
	}
	if err := h.takeSnapshot(ctx, id, end); err != nil {
		return err
	}
	return h.archive.Pack(ctx, id)
}

// takeSnapshot replays the sealed entries since the last snapshot and, when they outweigh it, writes the next. It works
// beside the room on a state of its own: the room does not stall, and replay is proved to work on the way.
func (h *History) takeSnapshot(ctx context.Context, id protocol.ID, end journal.Head) error {
	for from := end.Seq; ; {
		m, size, err := h.snapshot(ctx, id, from)
		if err != nil {
			return err
		}
		start := m.Head.Seq
		err = h.snapshotsSince(ctx, id, &m, size)
		if !isForeign(err) || start == 0 || m.Head.Seq != start {
			return err
		}
		from = start - 1 // of a history that was given up
	}
}

// snapshotsSince writes the snapshots that are due behind the last, which weighs lastSize.
func (h *History) snapshotsSince(ctx context.Context, id protocol.ID, m *Moment, lastSize int) error {
	var blob []byte
	proved := false
	entries, size := 0, 0
	for g, err := range h.archive.Groups(ctx, id, m.Head.Seq) {
		if err != nil {
			return err
		}
		if err := m.apply(g, ^uint64(0), nil); err != nil {
			return fmt.Errorf("board %s: %w", id, err)
		}
		entries += int(g.Last - g.First + 1)
		size += len(g.Body)
		if archive.SnapshotDue(entries, size, lastSize) {
			blob = m.State.AppendSnapshot(blob[:0])
			if !proved { // one a sealing: each is the same code on much the same state
				if _, err := board.Load(blob); err != nil {
					return fmt.Errorf("board %s: the snapshot of entry %d would not load: %w", id, m.Head.Seq, err)
				}
				proved = true
			}
			if err := h.archive.PutSnapshot(ctx, id, m.Head, blob); err != nil {
				return err
			}
			lastSize, entries, size = len(blob), 0, 0
		}
	}
	return nil
}
