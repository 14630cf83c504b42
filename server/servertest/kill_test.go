package servertest_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/demo"
	"github.com/denkwand/denkwand/server/history"
	"github.com/denkwand/denkwand/server/journal/local"
	"github.com/denkwand/denkwand/server/servertest"
	"github.com/denkwand/denkwand/server/store/disk"
)

// TestSeedSessionThroughKills kills the server with kill -9 while people write and again while they cluster.
func TestSeedSessionThroughKills(t *testing.T) {
	p := servertest.StartProcess(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	started := make(chan client.Created, 1)
	watched := make(chan error, 1)
	go func() {
		watched <- killTwice(ctx, t, p, <-started)
	}()
	played, err := demo.Play(ctx, demo.Seed(), demo.Options{
		Server: p.URL, Speed: 150, Started: func(made client.Created) { started <- made },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-watched; err != nil {
		t.Fatal(err)
	}
	sameOutcome(t, played.ByKey(), expected(t))
	p.Kill()
	effects := map[string]int{}
	replay(t, p.Dir, played.Board.Board, func(e protocol.Entry, v board.Verdict) {
		if v.OK() && !v.Repeat {
			effects[e.Op.Kind()]++
		}
	})
	seed := demo.Seed()
	clustered := 0
	for _, n := range seed.Notes {
		if n.Cluster != nil {
			clustered++
		}
	}
	for kind, want := range map[string]int{
		"note.create": len(seed.Notes), "note.text": len(seed.Notes), "note.move": len(seed.Notes),
		"cluster.create": len(seed.Clusters), "cluster.rename": len(seed.Clusters), "cluster.assign": clustered,
		"participant.join": len(seed.Participants) + 2, "perspective.add": len(seed.Perspectives), "area.create": 1,
	} {
		if effects[kind] != want {
			t.Errorf("%s took effect %d times, want %d", kind, effects[kind], want)
		}
	}
}

// killTwice watches the board and kills the server when half the notes are there, and when a few are clustered.
func killTwice(ctx context.Context, t *testing.T, p *servertest.Process, made client.Created) error {
	m, err := client.Join(ctx, made.Owner, client.JoinOptions{Name: "Toezicht"})
	if err != nil {
		return err
	}
	options := m.Options()
	options.Watch = true
	watcher, err := client.Dial(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close(ctx) }()
	for _, reached := range []func(*client.View) bool{
		func(v *client.View) bool { return len(v.Notes()) >= 21 },
		func(v *client.View) bool { return len(v.Clusters()) >= 2 },
	} {
		if err := until(ctx, watcher, reached); err != nil {
			return err
		}
		p.Kill()
		p.Start()
	}
	return nil
}

// until waits for the watcher's copy of the board to be as asked.
func until(ctx context.Context, b *client.Board, reached func(*client.View) bool) error {
	woken, stop := b.Watch()
	defer stop()
	for {
		done := false
		b.View(func(v *client.View) { done = reached(v) })
		if done {
			return nil
		}
		select {
		case <-woken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// replay replays a board from a stopped server's directory and returns its state.
func replay(t *testing.T, dir string, id protocol.ID, each func(protocol.Entry, board.Verdict)) *board.State {
	t.Helper()
	store, err := disk.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	tail, recovery, err := local.Open(local.Options{Dir: dir, Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tail.Close(); err != nil {
			t.Error(err)
		}
	}()
	if len(recovery.Damage) > 0 {
		t.Fatalf("the journal is damaged: %v", recovery.Damage)
	}
	log := slog.New(slog.DiscardHandler)
	past := history.New(archive.New(store, time.Now, log), tail, log)
	state := board.New()
	for g, err := range past.Groups(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		entries, err := protocol.DecodeEntries(g.Body, g.First, g.Time)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			v, _ := state.Apply(e)
			each(e, v)
		}
	}
	return state
}
