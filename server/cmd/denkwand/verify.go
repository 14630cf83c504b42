package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/history"
	"github.com/denkwand/denkwand/server/journal/local"
	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/disk"
)

type verifyCommand struct {
	Dir string `arg:"" type:"existingdir" help:"Data directory of a server that is not running."`
}

// Run replays every board from its first entry: the archive must reproduce each snapshot, and what only the journal
// holds must follow it. It changes nothing but what a start would: a torn end of the journal is cut.
func (c *verifyCommand) Run(ctx context.Context, out output) (err error) {
	for _, part := range []string{"journal", "store"} {
		if _, err := os.Stat(filepath.Join(c.Dir, part)); err != nil {
			return fmt.Errorf("%s is not a data directory: %w", c.Dir, err)
		}
	}
	blobs, err := disk.Open(filepath.Join(c.Dir, "store"))
	if err != nil {
		return err
	}
	tail, recovery, err := local.Open(local.Options{Dir: c.Dir, Ballast: -1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tail.Close()) }()
	log := slog.New(slog.NewTextHandler(out.err, nil))
	logRecovery(log, recovery)
	v := verification{store: blobs, past: history.New(archive.New(blobs, time.Now, log), tail, log), out: out}
	boards, problems := 0, len(recovery.Damage)
	unseen := tail.Boards() // that the journal knows and the archive has not named yet
	for id, err := range archive.New(blobs, time.Now, log).Boards(ctx) {
		if err != nil {
			return err
		}
		delete(unseen, id)
		boards++
		fmt.Fprintf(out.err, "\rverifying board %d …", boards)
		found, err := v.board(ctx, id)
		if err != nil {
			return err
		}
		problems += found
	}
	fmt.Fprint(out.err, "\r")
	for id, head := range unseen {
		fmt.Fprintf(out.out, "%s: the journal has it up to entry %d, the store does not know it: restore the store from the same backup\n", id, head.Seq)
		problems++
	}
	if problems > 0 {
		return fmt.Errorf("%d boards verified, %d problems found", boards, problems)
	}
	fmt.Fprintf(out.out, "%d boards verified: every entry replayed, every snapshot reproduced.\n", boards)
	return nil
}

// verification is one run over a data directory.
type verification struct {
	store store.Store
	past  *history.History
	out   output
}

// board verifies one board and says what it found.
func (v verification) board(ctx context.Context, id protocol.ID) (problems int, err error) {
	report, err := archive.Verify(ctx, v.store, id, history.NewReplay())
	if err != nil {
		return 0, err
	}
	for _, p := range report.Problems {
		fmt.Fprintf(v.out.out, "%s: %v\n", id, &p)
	}
	problems = len(report.Problems)
	if problems > 0 {
		return problems, nil
	}
	m, err := v.past.Latest(ctx, id)
	if err != nil {
		fmt.Fprintf(v.out.out, "%s: the journal behind entry %d: %v\n", id, report.Head.Seq, err)
		return 1, nil
	}
	fmt.Fprintf(v.out.out, "%s: %d entries, %d of them in the archive, %d snapshots reproduced, state %x\n",
		id, m.Head.Seq, report.Head.Seq, report.Snapshots, m.State.Hash())
	return 0, nil
}
