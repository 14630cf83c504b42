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

// replica is a state that sealing takes along what it seals, beside the room's: the room does not stall, and replay is
// proved to work on the way.
type replica struct {
	Moment
	entries, size int  // since the last snapshot; size in bytes of journal
	lastSize      int  // bytes of that snapshot; 0: there is none
	proved        bool // that a snapshot loads, once a sealing: each is the same code on much the same state
}

// A board so busy that one sealing covers keepEntries keeps its replica for the next: it need not be loaded, nor what
// was just sealed be unpacked again, every few seconds. Any other is given up, and so are those beyond maxKept.
const (
	keepEntries = 5000
	maxKept     = 16
)

// take returns the board's replica, for the caller alone, if it stands at head; else nil.
func (h *History) take(id protocol.ID, head journal.Head) *replica {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.kept[id]
	delete(h.kept, id)
	if r == nil || r.Head != head {
		return nil
	}
	r.proved = false
	return r
}

func (h *History) keep(id protocol.ID, r *replica) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.kept) < maxKept {
		h.kept[id] = r
	}
}

// Seal moves what the journal holds of the board into the archive, lets the journal forget what was read back from
// there, and writes a snapshot and a pack when they are due. Running it twice, also at once, does no harm.
func (h *History) Seal(ctx context.Context, id protocol.ID) error {
	begin, err := h.archive.End(ctx, id)
	if err != nil {
		return err
	}
	end, r := begin, h.take(id, begin)
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
		for _, g := range groups {
			if r == nil || g.Last > end.Seq {
				break
			}
			if err := h.follow(ctx, id, r, g); err != nil {
				return err
			}
		}
	}
	if r == nil || r.Head != end { // or others sealed meanwhile
		if r, err = h.catchUp(ctx, id, end); err != nil {
			return err
		}
	}
	if end.Seq-begin.Seq >= keepEntries {
		h.keep(id, r)
	}
	return h.archive.Pack(ctx, id)
}

// catchUp replays the sealed entries since the last snapshot.
func (h *History) catchUp(ctx context.Context, id protocol.ID, end journal.Head) (*replica, error) {
	for from := end.Seq; ; {
		m, size, err := h.snapshot(ctx, id, from)
		if err != nil {
			return nil, err
		}
		r, start := &replica{Moment: m, lastSize: size}, m.Head.Seq
		err = h.followAll(ctx, id, r)
		if !isForeign(err) || start == 0 || r.Head.Seq != start {
			return r, err
		}
		from = start - 1 // of a history that was given up
	}
}

func (h *History) followAll(ctx context.Context, id protocol.ID, r *replica) error {
	for g, err := range h.archive.Groups(ctx, id, r.Head.Seq) {
		if err == nil {
			err = h.follow(ctx, id, r, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// follow takes the replica one sealed group further, and writes a snapshot if one is due.
func (h *History) follow(ctx context.Context, id protocol.ID, r *replica, g journal.Group) error {
	if err := r.apply(g, ^uint64(0), nil); err != nil {
		return fmt.Errorf("board %s: %w", id, err)
	}
	r.entries += int(g.Last - g.First + 1)
	r.size += len(g.Body)
	if !archive.SnapshotDue(r.entries, r.size, r.lastSize) {
		return nil
	}
	blob := r.State.AppendSnapshot(make([]byte, 0, r.lastSize))
	if !r.proved {
		if _, err := board.Load(blob); err != nil {
			return fmt.Errorf("board %s: the snapshot of entry %d would not load: %w", id, r.Head.Seq, err)
		}
		r.proved = true
	}
	if err := h.archive.PutSnapshot(ctx, id, r.Head, blob); err != nil {
		return err
	}
	r.lastSize, r.entries, r.size = len(blob), 0, 0
	return nil
}
