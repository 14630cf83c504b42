package redis

import (
	"context"
	"errors"
	"fmt"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Open implements journal.Journal. What it promises as durable is as durable as Redis's persistence: Check tells.
func (j *Journal) Open(ctx context.Context, board protocol.ID, at journal.Head) error {
	if at.Epoch == 0 {
		return fmt.Errorf("%w: epochs begin at 1", journal.ErrEpoch)
	}
	call := fmt.Sprintf("%s:%d", j.instance, j.count.Add(1))
	var reply []string
	unsure := false
	err := j.ask(ctx, func(ctx context.Context) (err error) {
		reply, err = openScript.Run(ctx, j.client, j.keys(board), at.Epoch, at.Seq, at.Chain.String(), at.Time, call).StringSlice()
		unsure = unsure || err != nil && !unsent(err)
		return err
	})
	code, detail := coded(reply)
	switch {
	case err != nil && unsure:
		return fmt.Errorf("%w: opening board %s: %w", journal.ErrUnknown, board, err)
	case errors.Is(err, journal.ErrClosed) || err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		return fmt.Errorf("%w: opening board %s: %w", journal.ErrRefused, board, err)
	case code == "OK":
		return nil
	case code == "EPOCH":
		return fmt.Errorf("%w: %s, not %d", journal.ErrEpoch, detail, at.Epoch)
	}
	return fmt.Errorf("%w: opening board %s: Redis answered %q", journal.ErrUnknown, board, reply)
}

// Trim implements journal.Journal: what it names goes at a later Trim, when lagging readers have had Options.Keep to read
// it. A reader that comes later still is told ErrTrimmed.
func (j *Journal) Trim(ctx context.Context, board protocol.ID, epoch, upto uint64) error {
	var reply []string
	err := j.ask(ctx, func(ctx context.Context) (err error) {
		reply, err = trimScript.Run(ctx, j.client, j.keys(board), epoch, upto, j.options.Keep.Milliseconds()).StringSlice()
		return err
	})
	if err != nil {
		return fmt.Errorf("trimming board %s: %w", board, err)
	}
	switch code, detail := coded(reply); code {
	case "OK":
		return nil
	case "COLD":
		return journal.ErrCold
	case "EPOCH":
		return fmt.Errorf("%w: trimming epoch %d of board %s, current is %s", journal.ErrEpoch, epoch, board, detail)
	case "REGRESSED":
		return fmt.Errorf("%w: trimming board %s up to %d, its head is %s", journal.ErrRegressed, board, upto, detail)
	}
	return fmt.Errorf("trimming board %s: Redis answered %q", board, reply)
}

// Unload makes Redis forget the board, if its head is still `at`, all of which the archive holds: what a board needs that
// nobody has open. It reports whether Redis holds nothing of it any more. Another instance that has it open after all is
// told ErrCold at its next append.
func (j *Journal) Unload(ctx context.Context, board protocol.ID, at journal.Head) (bool, error) {
	var reply []string
	err := j.ask(ctx, func(ctx context.Context) (err error) {
		reply, err = unloadScript.Run(ctx, j.client, j.keys(board), at.Epoch, at.Seq, at.Chain.String()).StringSlice()
		return err
	})
	if err != nil {
		return false, fmt.Errorf("unloading board %s: %w", board, err)
	}
	code, _ := coded(reply)
	return code == "OK", nil
}
