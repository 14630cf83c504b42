package redis

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

// ear collects what a subscription hears.
type ear struct {
	Subscription
	missed  int
	groups  []journal.Group
	signals []string
}

// listen subscribes and waits until the subscription stands.
func listen(t testing.TB, j *Journal, board protocol.ID) *ear {
	t.Helper()
	e := &ear{Subscription: j.Bus().Subscribe(board)}
	e.until(t, "the subscription to stand", func() bool { return e.missed > 0 })
	return e
}

// until takes what comes until a condition holds.
func (e *ear) until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	late := time.After(patience)
	for !holds() {
		select {
		case <-e.Ready():
		case <-late:
			t.Fatalf("in vain: %s; heard were %d groups, %d signals, %d times missed", what, len(e.groups), len(e.signals), e.missed)
		}
		heard := e.Take()
		if heard.Missed {
			e.missed++
		}
		e.groups = append(e.groups, heard.Groups...)
		for _, s := range heard.Signals {
			e.signals = append(e.signals, s.From+" "+string(s.Payload))
		}
	}
}

// TestHints hears one hint for each group of another instance, which is the group, and none of one's own.
func TestHints(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	a, b := open(t, server, Options{}), open(t, server, Options{})
	board, at := start(t, a)
	own, others := listen(t, a, board), listen(t, b, board)
	base := at
	want := mustAdd(t, a, board, &at, 50)
	g, err := add(t, a, board, at, "with | and\r\n and \x00 in it")
	if err != nil {
		t.Fatal(err)
	}
	want, at = append(want, g), g.Head()
	others.until(t, "all hints", func() bool { return len(others.groups) >= len(want) })
	for i, g := range others.groups {
		if !g.Follows(base) || g.Head() != want[i].Head() || !bytes.Equal(g.Body, want[i].Body) {
			t.Fatalf("hint %d: %+v, want %+v", i, g, want[i])
		}
		base = g.Head()
	}
	mustAdd(t, b, board, &at, 1)
	own.until(t, "the group of the other", func() bool { return len(own.groups) > 0 })
	if len(own.groups) != 1 || own.groups[0].Head() != at {
		t.Errorf("heard %+v, want the one group of the other instance", own.groups)
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	a, b := open(t, server, Options{}), open(t, server, Options{})
	foreign := open(t, server, Options{Prefix: "other", Store: "other"})
	board := protocol.RandomID()
	own, others, elsewhere := listen(t, a, board), listen(t, b, board), listen(t, foreign, board)
	another := listen(t, b, protocol.RandomID())
	var want []string
	for i := range 100 {
		payload := fmt.Sprintf("signal | %d", i)
		want = append(want, a.Instance()+" "+payload)
		a.Bus().Publish(board, []byte(payload))
	}
	others.until(t, "all signals", func() bool { return len(others.signals) >= len(want) })
	if !slices.Equal(others.signals, want) {
		t.Errorf("heard %q, want %q", others.signals, want)
	}
	b.Bus().Publish(board, []byte("last"))
	own.until(t, "the signal of the other", func() bool { return len(own.signals) > 0 })
	if !slices.Equal(own.signals, []string{b.Instance() + " last"}) {
		t.Errorf("heard %q, want the one of the other instance", own.signals)
	}
	for _, e := range []*ear{elsewhere, another} {
		if heard := e.Take(); len(heard.Signals) > 0 {
			t.Errorf("heard %q on another board or prefix", heard.Signals)
		}
	}
}

// TestResubscribed breaks the subscriptions' connection in each way: every reader is told that it may have missed
// something, and hears again what comes after.
func TestResubscribed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		rounds int
		cut    func(*redistest.Server)
	}{
		{"connection killed", 3, func(s *redistest.Server) { s.Do("CLIENT", "KILL", "TYPE", "pubsub") }},
		{"server restarted", 3, func(s *redistest.Server) { s.Kill(); s.Start() }},
		{"silence", 1, func(s *redistest.Server) { s.Stop(); <-time.After(deadAfter + 2*pingEvery); s.Continue() }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.Always)
			a, b := open(t, server, Options{}), open(t, server, Options{})
			board, at := start(t, a)
			ears := []*ear{listen(t, b, board), listen(t, b, board), listen(t, b, protocol.RandomID())}
			for range test.rounds {
				before := []int{ears[0].missed, ears[1].missed, ears[2].missed}
				test.cut(server)
				for i, e := range ears {
					e.until(t, "a notice", func() bool { return e.missed > before[i] })
				}
				heard := len(ears[0].groups)
				var g journal.Group
				until(t, "an append", func() bool {
					var err error
					g, err = add(t, a, board, at, "after the cut")
					return err == nil
				})
				at = g.Head()
				for _, e := range ears[:2] {
					e.until(t, "the hint", func() bool { return len(e.groups) > heard && e.groups[len(e.groups)-1].Head() == at })
				}
			}
		})
	}
}

// TestManySubscriptions listens to more boards than one command names, through a reconnect, and to none in the end.
func TestManySubscriptions(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	a, b := open(t, server, Options{}), open(t, server, Options{})
	var ears []*ear
	for range 2*subscribePage + 10 {
		ears = append(ears, &ear{Subscription: b.Bus().Subscribe(protocol.RandomID())})
	}
	for round := range 2 {
		for _, e := range ears {
			e.until(t, "the subscription to stand", func() bool { return e.missed > round })
		}
		if round == 0 {
			server.Do("CLIENT", "KILL", "TYPE", "pubsub")
		}
	}
	if n := server.Do("CLIENT", "LIST", "TYPE", "pubsub"); bytes.Count([]byte(n), []byte("id=")) != 1 {
		t.Errorf("connections with subscriptions: %s", n)
	}
	twice := b.Bus().Subscribe(protocol.RandomID())
	rest := b.Bus().Subscribe(protocol.RandomID())
	for _, e := range ears {
		e.Close()
	}
	twice.Close()
	until(t, "all but one to be given up", func() bool {
		channels, err := a.client.PubSubChannels(ctx, "*").Result()
		return err == nil && len(channels) == 1 && channels[0] == rest.(*subscription).channel
	})
}

// TestSlowReader lets one reader sleep: what waits for it is bounded, it is told, and nobody waits for it.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	a, b := open(t, server, Options{}), open(t, server, Options{})
	board, at := start(t, a)
	asleep, awake := listen(t, b, board), listen(t, b, board)
	large := string(bytes.Repeat([]byte("x"), journal.MaxGroupBytes))
	for range 3*maxHintBytes/journal.MaxGroupBytes + 1 {
		g, err := add(t, a, board, at, large)
		if err != nil {
			t.Fatal(err)
		}
		at = g.Head()
	}
	awake.until(t, "all hints", func() bool { return len(awake.groups) > 0 && awake.groups[len(awake.groups)-1].Head() == at })
	heard := asleep.Take()
	size := 0
	for i, g := range heard.Groups {
		size += len(g.Body)
		if i > 0 && !g.Follows(heard.Groups[i-1].Head()) {
			t.Errorf("hint %d does not follow the one before", i)
		}
	}
	if !heard.Missed || size > maxHintBytes || len(heard.Groups) == 0 || heard.Groups[len(heard.Groups)-1].Head() != at {
		t.Errorf("missed %v, %d hints of %d bytes", heard.Missed, len(heard.Groups), size)
	}
}

// TestBounds fills a subscription beyond each of its bounds.
func TestBounds(t *testing.T) {
	s := &subscription{ready: make(chan struct{}, 1)}
	for i := range 3*maxHints + 1 {
		s.group(fmt.Sprintf("1|%d|%d|5|%s|%s|", i+1, i+1, journal.Chain{}, journal.Chain{}))
	}
	if heard := s.Take(); !heard.Missed || len(heard.Groups) > maxHints || heard.Groups[len(heard.Groups)-1].Last != 3*maxHints+1 {
		t.Errorf("missed %v, %d hints", heard.Missed, len(heard.Groups))
	}
	for i := range 3 * maxSignals {
		s.signal(Signal{Payload: []byte(strconv.Itoa(i))})
	}
	heard := s.Take()
	if heard.Missed || len(heard.Signals) != maxSignals || string(heard.Signals[0].Payload) != strconv.Itoa(2*maxSignals) {
		t.Errorf("missed %v, %d signals from %q on", heard.Missed, len(heard.Signals), heard.Signals[0].Payload)
	}
	for range 10 {
		s.signal(Signal{Payload: make([]byte, maxSignalBytes/4)})
	}
	if heard := s.Take(); len(heard.Signals) != 4 {
		t.Errorf("%d large signals, want 4", len(heard.Signals))
	}
	for _, bad := range []string{"", "1|2|3", "x|1|1|5|" + journal.Chain{}.String() + "|" + journal.Chain{}.String() + "|", "1|1|1|5|zz|zz|"} {
		if s.group(bad); !s.Take().Missed {
			t.Errorf("a hint that cannot be read, %q, was not missed", bad)
		}
	}
	if heard := s.Take(); heard.Missed || heard.Groups != nil || heard.Signals != nil {
		t.Errorf("of nothing: %+v", heard)
	}
}

// TestPublishBound publishes while Redis is frozen: nobody waits, what waits is bounded, and later signals go through.
func TestPublishBound(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	o := Options{Try: 50 * time.Millisecond}
	a, b := open(t, server, o), open(t, server, o)
	board := protocol.RandomID()
	e := listen(t, b, board)
	server.Stop()
	for range 3 * maxOut {
		a.Bus().Publish(board, make([]byte, 1000))
		a.bus.mu.Lock()
		waiting, size := len(a.bus.out), a.bus.outSize
		a.bus.mu.Unlock()
		if waiting > maxOut || size > maxOutBytes {
			t.Fatalf("%d signals of %d bytes wait", waiting, size)
		}
	}
	server.Continue()
	until(t, "a signal after the stall", func() bool {
		a.Bus().Publish(board, []byte("after"))
		return slices.ContainsFunc(e.Take().Signals, func(s Signal) bool { return string(s.Payload) == "after" })
	})
}

// TestBeat lists the living; one that stops beating is gone in Alive, one that leaves at once.
func TestBeat(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	o := Options{Alive: time.Second}
	a, b, c := open(t, server, o), open(t, server, o), open(t, server, o)
	beat := func(j *Journal, payload string) map[string]string {
		t.Helper()
		living, err := j.Bus().Beat(ctx, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, i := range living {
			found[i.Name] = string(i.Payload)
		}
		return found
	}
	want := func(got map[string]string, want ...string) {
		t.Helper()
		if len(got) != len(want)/2 {
			t.Errorf("living are %q, want %q", got, want)
		}
		for i := 0; i < len(want); i += 2 {
			if got[want[i]] != want[i+1] {
				t.Errorf("%s says %q, want %q", want[i], got[want[i]], want[i+1])
			}
		}
	}
	want(beat(a, "a|\n\x00"), a.Instance(), "a|\n\x00")
	beat(b, "b")
	want(beat(c, ""), a.Instance(), "a|\n\x00", b.Instance(), "b", c.Instance(), "")
	if err := c.Bus().Leave(ctx); err != nil {
		t.Fatal(err)
	}
	want(beat(a, "a again"), a.Instance(), "a again", b.Instance(), "b")
	until(t, "the silent instance to be gone", func() bool { return len(beat(a, "a")) == 1 })
	if n := server.Do("HLEN", a.bus.instances()); n != "1" {
		t.Errorf("%s instances are kept, want 1", n)
	}
}
