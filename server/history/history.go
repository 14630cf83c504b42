// Package history reads a board's whole past as one: what the archive holds, then what only the journal holds yet,
// replayed by protocol/board. A room that opens, a request that looks back and the sealing of what is past all read
// through it, and none of them knows where the archive ends.
package history

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/journal"
)

// readBytes is how much of the journal is read at a time.
const readBytes = 4 << 20

// ErrNoMoment says that the board has no such Seq.
var ErrNoMoment = errors.New("history: the board has no such moment")

// History reads boards. Its methods may be called from any goroutine.
type History struct {
	archive *archive.Archive
	journal journal.Journal
	log     *slog.Logger

	mu   sync.Mutex // protects the following
	kept map[protocol.ID]*replica
}

// New returns the history of the boards in an archive and the journal before it.
func New(a *archive.Archive, j journal.Journal, log *slog.Logger) *History {
	return &History{archive: a, journal: j, log: log, kept: map[protocol.ID]*replica{}}
}

// Moment is a board's state behind one entry.
type Moment struct {
	State *board.State
	Head  journal.Head // of the last whole group that is in State; behind it State may be some entries further
}

// genesis is where every board begins: nothing applied.
func genesis() Moment { return Moment{State: board.New(), Head: journal.Head{Epoch: 1}} }

// Create makes the board exist, empty, with its key: its first group can be appended then.
func (h *History) Create(ctx context.Context, id protocol.ID, key []byte) error {
	if err := h.archive.CreateBoard(ctx, id, key); err != nil {
		return err
	}
	err := h.journal.Open(ctx, id, genesis().Head)
	if errors.Is(err, journal.ErrEpoch) {
		return nil // an earlier try got this far
	}
	return err
}

// Open returns the board's newest state, its head and its key, with the journal ready to append behind the head.
// archive.ErrNoBoard if it was never created; any other error says that it could not be read, never that it is empty.
// journal.ErrDamaged and archive.ErrDamaged stay until somebody repairs the board.
func (h *History) Open(ctx context.Context, id protocol.ID) (Moment, []byte, error) {
	key, err := h.archive.Key(ctx, id)
	if errors.Is(err, archive.ErrNoBoard) {
		err = h.absent(ctx, id, err)
	}
	if err != nil {
		return Moment{}, nil, err
	}
	m, err := h.Latest(ctx, id)
	if err != nil {
		return Moment{}, nil, err
	}
	head, err := h.journal.Head(ctx, id)
	switch {
	case errors.Is(err, journal.ErrCold) && m.Head.Seq == 0:
		// Whoever made the board was told so after its log was opened: the log is lost, or nobody knows the board.
		err = fmt.Errorf("%w: it was made, and neither the journal nor the archive has an entry of it%s", journal.ErrDamaged, nextBackup)
	case errors.Is(err, journal.ErrCold):
		err = h.journal.Open(ctx, id, m.Head)
	case err == nil && head != m.Head:
		err = fmt.Errorf("%w: the journal ends at entry %d, and the archive with what follows it at %d%s", journal.ErrDamaged, head.Seq, m.Head.Seq, nextBackup)
	}
	if err != nil {
		return Moment{}, nil, fmt.Errorf("board %s: %w", id, err)
	}
	return m, key, nil
}

// nextBackup is the operator's next step when archive and journal do not belong together.
const nextBackup = "; one of them is from another backup, or lost: put the data directory back as a whole, from one backup"

// absent tells a board that was never created from one whose store is gone: the journal may know it still.
func (h *History) absent(ctx context.Context, id protocol.ID, unknown error) error {
	_, err := h.journal.Head(ctx, id)
	switch {
	case errors.Is(err, journal.ErrCold):
		return unknown
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: the journal has board %s, the store does not: the store is another one, not mounted, or lost", journal.ErrDamaged, id)
}

// Latest returns the newest state, replayed from the newest snapshot. It opens nothing for appending.
func (h *History) Latest(ctx context.Context, id protocol.ID) (Moment, error) {
	return h.replay(ctx, id, ^uint64(0), ^uint64(0), nil)
}

// visit is called with each entry that is applied, and what came of it; false ends the replay.
type visit func(protocol.Entry, board.Verdict, []board.Change) bool

var (
	errForeign = errors.New("does not follow the history before it") // a group, what was replayed before it
	errEnough  = errors.New("the visitor has seen enough")
)

// isForeign reports whether an error says that a place was not one of the board's history.
func isForeign(err error) bool {
	return errors.Is(err, errForeign) || errors.Is(err, archive.ErrPosition)
}

// replay takes the newest snapshot at or before one seq and applies what follows, up to another seq or the head. A
// snapshot of a history that was given up (its first group does not follow it) is passed over for an older one.
func (h *History) replay(ctx context.Context, id protocol.ID, from, upto uint64, each visit) (Moment, error) {
	for {
		m, _, err := h.snapshot(ctx, id, from)
		if err != nil {
			return Moment{}, err
		}
		start, first := m.Head.Seq, m.State.Seq()
		err = h.advance(ctx, id, &m, upto, each)
		if err == nil && start > 0 && m.State.Seq() == first { // nothing that followed has shown that it belongs here
			err = h.belongs(ctx, id, m.Head)
		}
		if isForeign(err) && start > 0 && m.Head.Seq == start {
			h.log.Warn("a snapshot is not of the board's history and is passed over", "board", id, "seq", start)
			from = start - 1
			continue
		}
		return m, err
	}
}

// belongs asks whether a snapshot's head is on the board's history: whether the next group follows it or, where there is
// none, it is the end. errForeign if not.
func (h *History) belongs(ctx context.Context, id protocol.ID, at journal.Head) error {
	for g, err := range h.Groups(ctx, id, at.Seq) {
		if err == nil && !g.Follows(at) {
			err = errForeign
		}
		return err
	}
	end, err := h.journal.Head(ctx, id)
	if errors.Is(err, journal.ErrCold) {
		end, err = h.archive.End(ctx, id)
	}
	switch {
	case err != nil:
		return err
	case end.Seq < at.Seq:
		return fmt.Errorf("board %s: %w: a snapshot stands at entry %d, and the archive and the journal end at %d%s", id, journal.ErrDamaged, at.Seq, end.Seq, nextBackup)
	case end != at:
		return errForeign
	}
	return nil
}

// advance applies entries up to seq or the head.
func (h *History) advance(ctx context.Context, id protocol.ID, m *Moment, seq uint64, each visit) error {
	if m.State.Seq() >= seq {
		return nil
	}
	for g, err := range h.Groups(ctx, id, m.Head.Seq) {
		if err != nil {
			return err
		}
		err := m.apply(g, seq, each)
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
		if g.Last >= seq {
			return nil
		}
	}
	return nil
}

// Groups yields the board's groups behind a Seq, which must be the end of one (or 0): in order, without holes, each
// chained to the one before. A break is an error and ends the sequence.
func (h *History) Groups(ctx context.Context, id protocol.ID, after uint64) iter.Seq2[journal.Group, error] {
	return func(yield func(journal.Group, error) bool) {
		at, stuck := after, false
		for {
			before := at
			for g, err := range h.archive.Groups(ctx, id, at) {
				if err != nil {
					yield(journal.Group{}, err)
					return
				}
				at = g.Last
				if !yield(g, nil) {
					return
				}
			}
			ended, err := h.tail(ctx, id, &at, yield)
			switch {
			case ended:
				return
			case errors.Is(err, journal.ErrTrimmed) && (at > before || !stuck):
				stuck = at == before // sealed and trimmed while we read, it stands in the archive now; but not twice
			case errors.Is(err, journal.ErrTrimmed):
				head, _ := h.journal.Head(ctx, id)
				err := fmt.Errorf("board %s: %w: the archive ends at entry %d, and what the journal holds, up to %d, does not follow it%s",
					id, journal.ErrDamaged, at, head.Seq, nextBackup)
				if at == after && at < head.Seq { // the caller's place may be that of another history
					err = fmt.Errorf("%w: it %w", err, errForeign)
				}
				yield(journal.Group{}, err)
				return
			default:
				yield(journal.Group{}, err)
				return
			}
		}
	}
}

// tail yields what the journal holds behind *at. It reports whether the sequence has ended: at the head, or because
// the consumer has enough.
func (h *History) tail(ctx context.Context, id protocol.ID, at *uint64, yield func(journal.Group, error) bool) (ended bool, err error) {
	for {
		groups, err := h.journal.Read(ctx, id, *at, readBytes)
		if errors.Is(err, journal.ErrCold) || err == nil && len(groups) == 0 {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		for _, g := range groups {
			*at = g.Last
			if !yield(g, nil) {
				return true, nil
			}
		}
	}
}

// snapshot returns the newest snapshot that is not beyond seq, and its size in bytes; or the beginning, and 0. A snapshot
// is a cache: one that this build cannot load costs time and no board.
func (h *History) snapshot(ctx context.Context, id protocol.ID, seq uint64) (Moment, int, error) {
	for {
		head, blob, err := h.archive.Snapshot(ctx, id, seq)
		if errors.Is(err, archive.ErrNoSnapshot) {
			return genesis(), 0, nil
		}
		if err != nil {
			return Moment{}, 0, err
		}
		state, err := board.Load(blob)
		if err == nil {
			return Moment{State: state, Head: head}, len(blob), nil
		}
		h.log.Error("a snapshot cannot be loaded and is passed over; the board opens from an older one", "board", id, "seq", head.Seq, "err", err)
		if head.Seq == 0 {
			return genesis(), 0, nil
		}
		seq = head.Seq - 1
	}
}

// apply takes the moment one group further, or as far into it as upto. Whoever wants to see each step gives each; errEnough
// when it wants no more. What is wrong with the group is a journal.ErrDamaged, and an errForeign too if it belongs elsewhere.
func (m *Moment) apply(g journal.Group, upto uint64, each visit) (err error) {
	if !g.Follows(m.Head) {
		return fmt.Errorf("%w: group %d–%d %w", journal.ErrDamaged, g.First, g.Last, errForeign)
	}
	entries, err := protocol.DecodeEntries(g.Body, g.First, g.Time)
	if err != nil {
		return fmt.Errorf("%w: group %d–%d: %w", journal.ErrDamaged, g.First, g.Last, err)
	}
	if n := uint64(len(entries)); n != g.Last-g.First+1 {
		return fmt.Errorf("%w: group %d–%d holds %d entries", journal.ErrDamaged, g.First, g.Last, n)
	}
	defer func() {
		// A panic here would come again with every try: it must cost this board only, and never look like less history.
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: entry %d cannot be applied: %v", journal.ErrDamaged, m.State.Seq()+1, r)
		}
	}()
	for _, e := range entries {
		if e.Seq <= m.State.Seq() {
			continue // a snapshot inside the group would be one; ours stand at ends
		}
		if e.Seq > upto {
			return nil
		}
		verdict, changes := m.State.Apply(e)
		if each != nil && !each(e, verdict, changes) {
			return errEnough
		}
	}
	m.Head = g.Head()
	return nil
}
