package redis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

// writer appends numbered entries to its board, the next only when the one before stands in the log, as a room does.
type writer struct {
	*Journal
	board protocol.ID
	head  journal.Head
	told  []string // bodies whose place was told
	tries int      // drafts
}

// write appends one entry, again if it was refused, or unknown and not in the log.
func (w *writer) write(t *testing.T) {
	body := fmt.Sprintf("entry %d", len(w.told))
	for {
		w.tries++
		g, err := add(t, w.Journal, w.board, w.head, body)
		if err == nil {
			if !g.Follows(w.head) {
				t.Errorf("%+v does not follow %+v", g, w.head)
			}
			w.head = g.Head()
			break
		}
		if !errors.Is(err, journal.ErrUnknown) && !errors.Is(err, journal.ErrRefused) {
			t.Errorf("append: %v", err)
			break
		}
		if w.readOn(t, body) {
			break
		}
	}
	w.told = append(w.told, body)
}

// readOn moves the head to the log's end and reports whether the body was on the way. Redis may be away for now.
func (w *writer) readOn(t *testing.T, body string) (found bool) {
	var groups []journal.Group
	until(t, "the log to be read", func() (ok bool) {
		var err error
		groups, err = w.Read(ctx, w.board, w.head.Seq, 1<<20)
		return err == nil
	})
	for _, g := range groups {
		if !g.Follows(w.head) {
			t.Errorf("%+v does not follow %+v", g, w.head)
		}
		w.head = g.Head()
		found = found || string(g.Body) == body
	}
	return found
}

// wantOnce checks that the log holds exactly what was told, each once and in order.
func (w *writer) wantOnce(t *testing.T) {
	t.Helper()
	var bodies []string
	for _, g := range readAll(t, w.Journal, w.board, journal.Head{Epoch: 1}) {
		bodies = append(bodies, string(g.Body))
	}
	if !slices.Equal(bodies, w.told) {
		t.Errorf("the log holds %d entries %q, told were %d", len(bodies), bodies, len(w.told))
	}
}

// writeDuring lets writers on boards of their own write while faults happen, and returns them.
func writeDuring(t *testing.T, server *redistest.Server, j *Journal, boards int, faults func()) []*writer {
	t.Helper()
	writers := make([]*writer, boards)
	done, finished := make(chan struct{}), make(chan struct{})
	patient := j.options
	patient.Try, patient.Budget = patience, patience
	opener := open(t, server, patient)
	for i := range writers {
		board, at := start(t, opener)
		w := &writer{Journal: j, board: board, head: at}
		writers[i] = w
		go func() {
			defer func() { finished <- struct{}{} }()
			for {
				select {
				case <-done:
					return
				default:
					w.write(t)
				}
			}
		}()
	}
	faults()
	close(done)
	for range writers {
		<-finished
	}
	return writers
}

// TestStall freezes Redis for longer than a try, and for longer than all tries: tries that nobody waits for any more lie
// in its sockets then and are carried out late, and still each entry is in the log once.
func TestStall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		try, budget  time.Duration
		stall        time.Duration
		rounds       int
		mayBeUnknown bool
	}{
		{"longer than a try", 25 * time.Millisecond, 5 * time.Second, 70 * time.Millisecond, 20, false},
		{"longer than all tries", 20 * time.Millisecond, 60 * time.Millisecond, 250 * time.Millisecond, 6, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.Always)
			j := open(t, server, Options{Try: test.try, Budget: test.budget})
			writers := writeDuring(t, server, j, 8, func() {
				for range test.rounds {
					server.Stop()
					<-time.After(test.stall)
					server.Continue()
					<-time.After(test.stall / 2)
				}
			})
			for _, w := range writers {
				if len(w.told) < test.rounds/4 { // far more on an idle machine
					t.Errorf("only %d entries in %d rounds", len(w.told), test.rounds)
				}
				if w.tries > len(w.told) && !test.mayBeUnknown {
					t.Errorf("%d drafts for %d entries: a stall within the budget is not to be seen", w.tries, len(w.told))
				}
				w.wantOnce(t)
			}
		})
	}
}

// TestRetryRecognised sends one draft again when others have appended behind it, when it comes late, and after its place
// was forgotten.
func TestRetryRecognised(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	mine, other := open(t, server, Options{Keep: -1}), open(t, server, Options{Keep: -1})
	board, at := start(t, mine)
	try := func(r request) (journal.Group, error) {
		answer := make(chan outcome, 1)
		r.until = time.Now().Add(patience)
		r.done = func(g journal.Group, err error) { answer <- outcome{g, err} }
		if rest := mine.try([]*request{&r}); len(rest) > 0 {
			t.Fatal("no answer")
		}
		return wait(t, answer)
	}
	draft := func(n uint64, body string) request {
		return request{board: board, number: n, digest: strings.Repeat("0", 64), // its link is not looked at here
			draft: journal.Draft{Epoch: 1, Count: 1, Body: []byte(body), Time: time.Now().UnixMilli()}}
	}
	first, err := try(draft(1001, "mine"))
	if err != nil {
		t.Fatal(err)
	}
	at = first.Head()
	mustAdd(t, other, board, &at, 2)
	for range 2 {
		again, err := try(draft(1001, "mine"))
		if err != nil || again.Head() != first.Head() || again.First != first.First || again.Prev != first.Prev {
			t.Fatalf("again: %+v, %v; at first %+v", again, err, first)
		}
	}
	if _, err := try(draft(1000, "late")); !errors.Is(err, journal.ErrUnknown) {
		t.Errorf("a try that comes after the next draft: %v", err)
	}
	if err := other.Trim(ctx, board, 1, at.Seq-1); err != nil {
		t.Fatal(err)
	}
	if n := counts(mustRead(t, other, board, at.Seq-1)); len(n) != 1 {
		t.Fatalf("in the log: %v", n)
	}
	if head, err := other.Head(ctx, board); err != nil || head != at {
		t.Errorf("head %+v, %v; want %+v", head, err, at)
	}
	if got := server.Do("HEXISTS", mine.keys(board)[0], "i"+mine.instance); got != "0" {
		t.Error("what an instance appended last is kept though it was trimmed")
	}
	if got := server.Do("HEXISTS", mine.keys(board)[0], "i"+other.instance); got != "1" {
		t.Error("what an instance appended last is gone though it is held")
	}
}

func mustRead(t testing.TB, j *Journal, board protocol.ID, after uint64) []journal.Group {
	t.Helper()
	groups, err := j.Read(ctx, board, after, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// TestKill kills Redis in the middle of appends: with a file that is synced before each answer nothing told is missing,
// and nothing stands there twice.
func TestKill(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Always)
	j := open(t, server, Options{Budget: 200 * time.Millisecond})
	writers := writeDuring(t, server, j, 8, func() {
		for range 5 {
			<-time.After(150 * time.Millisecond)
			server.Kill()
			<-time.After(20 * time.Millisecond)
			server.Start()
		}
	})
	for _, w := range writers {
		w.wantOnce(t)
	}
}

func TestWipe(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	board, at := start(t, j)
	mustAdd(t, j, board, &at, 3)
	server.Wipe()
	_, headErr := j.Head(ctx, board)
	_, readErr := j.Read(ctx, board, at.Seq, 1)
	var headsErr error
	j.Heads(ctx, []protocol.ID{board}, func(_ protocol.ID, _ journal.Head, err error) { headsErr = err })
	trimErr := j.Trim(ctx, board, 1, 1)
	_, appendErr := add(t, j, board, at, "after the wipe")
	for name, err := range map[string]error{"head": headErr, "heads": headsErr, "read": readErr, "trim": trimErr, "append": appendErr} {
		if !errors.Is(err, journal.ErrCold) {
			t.Errorf("%s: %v, want ErrCold", name, err)
		}
	}
	at.Epoch = 2
	if err := j.Open(ctx, board, at); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, j, board, &at, 1)
}

// TestRollback brings an older file back: whoever has seen more is told, whoever has not appends behind what is there.
func TestRollback(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Always)
	j := open(t, server, Options{})
	board, at := start(t, j)
	mustAdd(t, j, board, &at, 3)
	older := at
	backup := server.Backup()
	mustAdd(t, j, board, &at, 3)
	server.Restore(backup)
	if _, err := add(t, j, board, at, "of one who saw more"); !errors.Is(err, journal.ErrRegressed) {
		t.Errorf("append: %v, want ErrRegressed", err)
	}
	if err := j.Trim(ctx, board, 1, at.Seq); !errors.Is(err, journal.ErrRegressed) {
		t.Errorf("trim: %v, want ErrRegressed", err)
	}
	if _, err := j.Read(ctx, board, at.Seq, 1); !errors.Is(err, journal.ErrTrimmed) {
		t.Errorf("read behind the end: %v, want ErrTrimmed", err)
	}
	if head, err := j.Head(ctx, board); err != nil || head != older {
		t.Errorf("head %+v, %v; want %+v", head, err, older)
	}
	mustAdd(t, j, board, &older, 1)
}

// TestDisagree makes head and log disagree in each way.
func TestDisagree(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	tests := []struct {
		name   string
		damage func(head, log string)
		append error
		read   error // behind the third of six
	}{
		{"the log is gone", func(_, log string) { server.Do("DEL", log) }, journal.ErrLost, journal.ErrLost},
		{"the head went back", func(head, _ string) { server.Do("HSET", head, "s", "4") }, journal.ErrLost, nil},
		{"the head went ahead", func(head, _ string) { server.Do("HSET", head, "s", "20") }, nil, journal.ErrLost},
		{"the head cannot be read", func(head, _ string) { server.Do("HSET", head, "h", "zz") }, nil, journal.ErrLost},
		{"a group is missing", func(_, log string) { server.Do("XDEL", log, "1-4") }, nil, journal.ErrLost},
		{"the head is gone", func(head, _ string) { server.Do("DEL", head) }, journal.ErrCold, journal.ErrCold},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			board, at := start(t, j)
			mustAdd(t, j, board, &at, 6)
			keys := j.keys(board)
			test.damage(keys[0], keys[1])
			seen := at
			seen.Seq = 3
			if _, err := add(t, j, board, seen, "behind the damage"); test.append != nil && !errors.Is(err, test.append) {
				t.Errorf("append: %v, want %v", err, test.append)
			}
			_, err := j.Read(ctx, board, 3, 1<<20)
			for after := uint64(4); err == nil && test.read != nil && after <= 6; after++ { // what is whole is read first
				_, err = j.Read(ctx, board, after, 1<<20)
			}
			if !errors.Is(err, test.read) {
				t.Errorf("read: %v, want %v", err, test.read)
			}
			at.Epoch = 2 // repaired
			if err := j.Open(ctx, board, at); err != nil {
				t.Fatal(err)
			}
			mustAdd(t, j, board, &at, 2)
		})
	}
}

func TestScriptFlush(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	board, at := start(t, j)
	for range 3 {
		mustAdd(t, j, board, &at, 2)
		server.Do("SCRIPT", "FLUSH")
	}
	if n := len(readAll(t, j, board, journal.Head{Epoch: 1})); n != 6 {
		t.Errorf("%d groups, want 6", n)
	}
}

// TestFull fills Redis's memory: appends are refused and nothing is written, trims are not, and it heals.
func TestFull(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	board, at := start(t, j)
	mustAdd(t, j, board, &at, 3)
	server.Do("CONFIG", "SET", "maxmemory", "1")
	if _, err := add(t, j, board, at, "no room"); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("append: %v, want ErrRefused", err)
	}
	for range 2 {
		if err := j.Trim(ctx, board, 1, at.Seq); err != nil {
			t.Errorf("trim: %v", err)
		}
	}
	server.Do("CONFIG", "SET", "maxmemory", "0")
	mustAdd(t, j, board, &at, 1)
	if n := len(readAll(t, j, board, journal.Head{Epoch: 1})); n != 4 {
		t.Errorf("%d groups, want 4", n)
	}
}

// TestAway asks a Redis that is not there: nothing can have been written, and no board is empty because of it.
func TestAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{Budget: 100 * time.Millisecond})
	board, at := start(t, j)
	server.Kill()
	if _, err := add(t, j, board, at, "to nobody"); !errors.Is(err, journal.ErrRefused) || errors.Is(err, journal.ErrUnknown) {
		t.Errorf("append: %v, want ErrRefused", err)
	}
	if err := j.Open(ctx, protocol.RandomID(), journal.Head{Epoch: 1}); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("open: %v, want ErrRefused", err)
	}
	_, headErr := j.Head(ctx, board)
	_, readErr := j.Read(ctx, board, 0, 1)
	var headsErr error
	j.Heads(ctx, []protocol.ID{board}, func(_ protocol.ID, _ journal.Head, err error) { headsErr = err })
	for name, err := range map[string]error{"head": headErr, "heads": headsErr, "read": readErr} {
		if err == nil || errors.Is(err, journal.ErrCold) || errors.Is(err, journal.ErrTrimmed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFrozen asks a Redis that takes everything and answers nothing: callers have their answer within the budget and a
// try, and the journal closes.
func TestFrozen(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{Try: 50 * time.Millisecond, Budget: 100 * time.Millisecond})
	board, at := start(t, j)
	mustAdd(t, j, board, &at, 1)
	server.Stop()
	defer server.Continue()
	answer := begin(j, board, at, "into the ice")
	if _, err := wait(t, answer); !errors.Is(err, journal.ErrUnknown) || errors.Is(err, journal.ErrRefused) {
		t.Errorf("append: %v, want ErrUnknown alone", err)
	}
	if err := j.Open(ctx, protocol.RandomID(), journal.Head{Epoch: 1}); !errors.Is(err, journal.ErrUnknown) || errors.Is(err, journal.ErrRefused) {
		t.Errorf("open: %v, want ErrUnknown alone", err)
	}
	if _, err := j.Head(ctx, board); err == nil || errors.Is(err, journal.ErrCold) {
		t.Errorf("head: %v", err)
	}
	last := begin(j, board, at, "at the end")
	j.Bus().Subscribe(board)
	j.Bus().Publish(board, []byte("at the end"))
	if err := j.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if _, err := wait(t, last); err == nil {
		t.Error("an append that nobody answered was told as done")
	}
}

// TestOpenAgain sends one open twice, as a lost answer makes it: the second is told what the first did.
func TestOpenAgain(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	board := protocol.RandomID()
	run := func(call string) string {
		reply, err := openScript.Run(ctx, j.client, j.keys(board), 1, 0, journal.Chain{}.String(), 0, call).StringSlice()
		if err != nil {
			t.Fatal(err)
		}
		return reply[0]
	}
	for i, test := range []struct{ call, want string }{{"a:1", "OK"}, {"a:1", "OK"}, {"a:2", "EPOCH"}, {"b:1", "EPOCH"}} {
		if got := run(test.call); got != test.want {
			t.Errorf("%d: %s %s, want %s", i, test.call, got, test.want)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{})
	board, at := start(t, j)
	answer := begin(j, board, at, "in flight")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := wait(t, answer); err != nil {
		t.Errorf("an append that was in flight: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	_, appendErr := add(t, j, board, at, "too late")
	_, headErr := j.Head(ctx, board)
	_, beatErr := j.Bus().Beat(ctx, nil)
	for name, err := range map[string]error{"append": appendErr, "head": headErr, "beat": beatErr, "open": j.Open(ctx, board, at)} {
		if !errors.Is(err, journal.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
}
