package redis

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

// TestLinkProperty opens boards at any head and appends any groups: what the script links, numbers and times is what
// journal.Link and the rule of Draft.Time say, and the log gives it back.
func TestLinkProperty(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	rapid.Check(t, func(t *rapid.T) {
		now := time.Now().UnixMilli()
		at := journal.Head{
			Epoch: rapid.Uint64Range(1, 1<<53).Draw(t, "epoch"),
			Seq:   rapid.Uint64Range(0, 1<<53-1000).Draw(t, "seq"),
			Time:  rapid.Int64Range(0, now+3_600_000).Draw(t, "time"),
		}
		copy(at.Chain[:], rapid.SliceOfN(rapid.Byte(), len(at.Chain), len(at.Chain)).Draw(t, "chain"))
		board := protocol.RandomID()
		if err := j.Open(ctx, board, at); err != nil {
			t.Fatal(err)
		}
		base, want := at, []journal.Group(nil)
		for range rapid.IntRange(1, 4).Draw(t, "groups") {
			d := journal.Draft{Epoch: at.Epoch, Seen: at.Seq,
				Count: rapid.IntRange(1, journal.MaxGroupEntries).Draw(t, "count"),
				Body:  rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
				Time:  rapid.Int64Range(0, now+7_200_000).Draw(t, "callers time"),
			}
			answer := make(chan outcome, 1)
			j.Append(board, d, func(g journal.Group, err error) { answer <- outcome{g, err} })
			o := <-answer
			g := o.group
			if o.err != nil || !g.Follows(at) || g.Last != at.Seq+uint64(d.Count) || !bytes.Equal(g.Body, d.Body) {
				t.Fatalf("%+v, %v behind %+v", g, o.err, at)
			}
			low := max(at.Time, min(now, d.Time+journal.MaxTimeLead))
			high := max(at.Time, min(time.Now().UnixMilli()+1, d.Time+journal.MaxTimeLead))
			if g.Time < low || g.Time > high {
				t.Fatalf("time %d is not within %d and %d", g.Time, low, high)
			}
			want, at = append(want, g), g.Head()
		}
		got, err := j.Read(ctx, board, base.Seq, 1<<30)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d groups, %v; want %d", len(got), err, len(want))
		}
		for i, g := range got {
			if !g.Follows(base) || g.Head() != want[i].Head() || !bytes.Equal(g.Body, want[i].Body) {
				t.Fatalf("group %d: %+v, want %+v", i, g, want[i])
			}
			base = g.Head()
		}
	})
}

// TestTrimUnderReaders reads slowly while others append and trim as fast as they can: a reader has the next group, or is
// told that it must look in the archive, and never skips.
func TestTrimUnderReaders(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{Keep: -1})
	board, at := start(t, j)
	const groups = 600
	appended := make(chan journal.Group, groups)
	go func() {
		defer close(appended)
		for range groups {
			g, err := add(t, j, board, at, "an entry")
			if err != nil {
				t.Error(err)
				return
			}
			at = g.Head()
			appended <- g
			if g.Last > 3 {
				if err := j.Trim(ctx, board, 1, g.Last-3); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	head := journal.Head{Epoch: 1}
	read, trimmed := 0, 0
	for g := range appended { // what the archive gives: the reader takes from it only what the journal has no more
		for head.Seq < g.Last {
			got, err := j.Read(ctx, board, head.Seq, 1)
			switch {
			case errors.Is(err, journal.ErrTrimmed):
				trimmed++
				head = g.Head()
			case err != nil:
				t.Fatal(err)
			case len(got) == 0 || !got[0].Follows(head):
				t.Fatalf("%+v behind %+v", got, head)
			default:
				read++
				head = got[len(got)-1].Head()
			}
		}
	}
	if read == 0 || trimmed == 0 {
		t.Errorf("%d read, %d found trimmed: the race did not happen", read, trimmed)
	}
}

// TestKeep trims with time for readers: groups stay that long, and go at a Trim after it.
func TestKeep(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	slow, soon := open(t, server, Options{Keep: time.Hour}), open(t, server, Options{Keep: 10 * time.Millisecond})
	for _, j := range []*Journal{slow, soon} {
		board, at := start(t, j)
		mustAdd(t, j, board, &at, 6)
		for range 2 {
			if err := j.Trim(ctx, board, 1, 4); err != nil {
				t.Fatal(err)
			}
		}
		if j == slow {
			if n := len(readAll(t, j, board, journal.Head{Epoch: 1})); n != 6 {
				t.Errorf("%d groups, want 6", n)
			}
			continue
		}
		until(t, "the trimmed groups to go", func() bool {
			if err := j.Trim(ctx, board, 1, 4); err != nil {
				t.Fatal(err)
			}
			groups, err := j.Read(ctx, board, 0, 1<<20)
			if err == nil && len(groups) != 6 {
				t.Fatalf("%d groups, want 6", len(groups))
			}
			return errors.Is(err, journal.ErrTrimmed)
		})
		if groups := mustRead(t, j, board, 4); len(groups) != 2 {
			t.Errorf("%d groups are left, want 2", len(groups))
		}
	}
}

func TestUnload(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	board, at := start(t, j)
	before := at
	mustAdd(t, j, board, &at, 2)
	other := at
	other.Chain[0] ^= 1
	later := at
	later.Epoch++
	for _, head := range []journal.Head{before, other, later} {
		if gone, err := j.Unload(ctx, board, head); gone || err != nil {
			t.Errorf("unloaded at %+v: %v, %v", head, gone, err)
		}
	}
	readAll(t, j, board, before)
	for range 2 {
		if gone, err := j.Unload(ctx, board, at); !gone || err != nil {
			t.Errorf("not unloaded: %v", err)
		}
	}
	if _, err := j.Head(ctx, board); !errors.Is(err, journal.ErrCold) {
		t.Errorf("head: %v, want ErrCold", err)
	}
	if left := server.Do("KEYS", "*"); left != "" {
		t.Errorf("left in Redis: %s", left)
	}
	if err := j.Open(ctx, board, at); err != nil { // as the next who opens the board does
		t.Fatal(err)
	}
	mustAdd(t, j, board, &at, 1)
}

// TestHeads asks for many boards at once, one of them cold and one unreadable.
func TestHeads(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	want := map[protocol.ID]journal.Head{}
	boards := make([]protocol.ID, headsPage+200)
	for i := range boards {
		if i%50 == 0 {
			board, at := start(t, j)
			mustAdd(t, j, board, &at, i%3)
			boards[i], want[board] = board, at
		} else {
			boards[i] = protocol.RandomID()
		}
	}
	server.Do("SET", j.keys(boards[1])[0], "not a head")
	asked := 0
	j.Heads(ctx, boards, func(board protocol.ID, got journal.Head, err error) {
		if board != boards[asked] {
			t.Fatalf("board %d is not the one that was asked for", asked)
		}
		head, open := want[board]
		switch {
		case asked == 1:
			if err == nil || errors.Is(err, journal.ErrCold) {
				t.Errorf("a head that cannot be read: %v", err)
			}
		case open && (err != nil || got != head):
			t.Errorf("board %d: %+v, %v; want %+v", asked, got, err, head)
		case !open && !errors.Is(err, journal.ErrCold):
			t.Errorf("board %d: %v, want ErrCold", asked, err)
		}
		asked++
	})
	if asked != len(boards) {
		t.Errorf("%d boards of %d", asked, len(boards))
	}
}
