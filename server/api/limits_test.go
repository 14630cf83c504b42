package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/journal"
)

// submit sends ops of which each makes a note, from n on.
func (c *rawConn) submit(n, ops int) {
	all := make([]string, ops)
	for i := range all {
		all[i] = note(protocol.RandomID(), "x")
	}
	c.text(fmt.Sprintf(`{"type":"submit","n":%d,"ops":[%s]}`, n, strings.Join(all, ",")))
}

// acked waits until the op is ordered, and applied if it is not refused.
func (c *rawConn) acked(n uint64) {
	c.t.Helper()
	for receive[*protocol.Own](c).Acked < n {
	}
}

// held waits for a notnow and asserts what it says.
func (c *rawConn) held(n uint64, code protocol.Code) {
	c.t.Helper()
	no := receive[*protocol.NotNow](c)
	if no.N != n || no.Code != code || no.Message != code.Sentence() || no.Retry <= 0 {
		c.t.Errorf("notnow %+v, want %d %s", no, n, code)
	}
}

// TestRates floods each rate. Who floods is told not now, with a code and when to come back; the neighbour's op goes
// through, and so does the flooder's own when it comes again.
func TestRates(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit func(*server.Config)
		flood func(b *bench) *rawConn // ends where notnow was asserted for number 6
	}{
		{"connection", func(c *server.Config) { c.Hub.Limits.Ops, c.Hub.Limits.Burst = 20, 5 }, func(b *bench) *rawConn {
			conn := b.raw(b.made.Board)
			conn.hello(b.owner.Token, "")
			conn.submit(1, 10)
			conn.held(6, protocol.CodeRateLimited)
			return conn
		}},
		{"participant", func(c *server.Config) { c.Hub.ParticipantOps, c.Hub.Limits.Burst = 20, 20 }, func(b *bench) *rawConn {
			other := b.raw(b.made.Board)
			other.hello(b.owner.Token, "")
			conn := b.raw(b.made.Board)
			conn.hello(b.owner.Token, "")
			other.submit(1, 15)
			other.acked(15)
			conn.submit(1, 20)
			no := receive[*protocol.NotNow](conn)
			if no.Code != protocol.CodeRateLimited || no.N < 2 || no.N > 16 {
				b.t.Errorf("notnow %+v", no)
			}
			return nil
		}},
		{"batch counts as its parts", func(c *server.Config) { c.Hub.Limits.Ops, c.Hub.Limits.Burst = 20, 5 }, func(b *bench) *rawConn {
			conn := b.raw(b.made.Board)
			conn.hello(b.owner.Token, "")
			conn.text(`{"type":"submit","n":1,"ops":[{"kind":"batch","ops":[` + strings.Repeat(note(protocol.RandomID(), "x")+",", 4) + note(protocol.RandomID(), "x") + `]}]}`)
			conn.acked(1)
			conn.submit(2, 5)
			no := receive[*protocol.NotNow](conn)
			if no.Code != protocol.CodeRateLimited {
				b.t.Errorf("notnow %+v", no)
			}
			return nil
		}},
		{"outstanding", func(c *server.Config) { c.Hub.Limits.Outstanding = 5 }, func(b *bench) *rawConn {
			conn := b.raw(b.made.Board)
			conn.hello(b.owner.Token, "")
			conn.submit(1, 10)
			conn.held(6, protocol.CodeBusy)
			return conn
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.limit)
			neighbour := b.raw(b.made.Board)
			neighbour.hello(b.member(protocol.RoleContributor, "Buur").Token, "")
			flooder := c.flood(b)
			neighbour.submit(1, 1)
			neighbour.acked(1)
			if flooder != nil {
				flooder.acked(5)
				for n := 6; n <= 7; { // the same numbers, until they are taken
					flooder.submit(n, 1)
					if code := flooder.answer(uint64(n)); code == "" {
						n++
					}
				}
			}
		})
	}
}

// answer waits until the op is acked, or not taken with a code.
func (c *rawConn) answer(n uint64) protocol.Code {
	c.t.Helper()
	for {
		_, payload, err := c.next()
		if err != nil {
			c.t.Fatal(err)
		}
		f, err := protocol.DecodeServerFrame(payload)
		if err != nil {
			continue // a base
		}
		switch f := f.(type) {
		case *protocol.NotNow:
			return f.Code
		case *protocol.Own:
			if f.Acked >= n {
				return ""
			}
		}
	}
}

// TestBoardRate floods a board by several people, and shows that another board does not notice.
func TestBoardRate(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.Hub.BoardOps = 30 })
	_, elsewhere := b.Board()
	neighbour := b.raw(elsewhere.Board)
	neighbour.hello(elsewhere.Token, "")
	var conns []*rawConn
	for i := range 3 {
		conn := b.raw(b.made.Board)
		conn.hello(b.member(protocol.RoleContributor, fmt.Sprint("Schrijver ", i)).Token, "")
		conns = append(conns, conn)
	}
	refused := 0
	for _, conn := range conns {
		conn.submit(1, 30)
		if conn.answer(30) == protocol.CodeRateLimited {
			refused++
		}
	}
	if refused == 0 {
		t.Error("a board took three times its rate")
	}
	neighbour.submit(1, 20)
	if code := neighbour.answer(20); code != "" {
		t.Errorf("another board's op: %s", code)
	}
	// Over HTTP the answer is a problem that says when to come back.
	body := `{"ops":[` + strings.TrimSuffix(strings.Repeat(`{"kind":"board.background","background":"dots"},`, 40), ",") + `]}`
	b.do(request{method: "POST", path: b.path("/ops"), token: b.owner.Token, body: body}).
		refused(t, http.StatusTooManyRequests, protocol.CodeRateLimited)
}

// TestSignalsOverTheRate are dropped, and nothing else happens.
func TestSignalsOverTheRate(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.Hub.Limits.Signals = 5 })
	conn := b.raw(b.made.Board)
	conn.hello(b.owner.Token, "")
	for i := range 50 {
		conn.text(fmt.Sprintf(`{"type":"signal","signals":[{"kind":"cursor","x":%d,"y":0},{"kind":"laser","x":0,"y":%d}]}`, i, i))
	}
	conn.lives()
}

func TestConnectionsOfABoard(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.Hub.Connections = 2 })
	first, second := b.raw(b.made.Board), b.raw(b.made.Board)
	first.hello(b.owner.Token, "")
	second.hello(b.owner.Token, `,"watch":true`)
	third := b.raw(b.made.Board)
	third.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q}`, b.owner.Token))
	third.closes(protocol.CodeTooMany)
	first.lives()
	second.lives()
	_ = second.Close()
	for { // its place is free as soon as the server has noticed
		fourth := b.raw(b.made.Board)
		fourth.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q,"watch":true}`, b.owner.Token))
		_, payload, err := fourth.next()
		if err != nil {
			t.Fatal(err)
		}
		if f, err := protocol.DecodeServerFrame(payload); err == nil && f.Type() == "welcome" {
			return
		}
	}
}

func TestBoardsInMemory(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.Hub.Boards = 1 })
	_, elsewhere := b.Board() // the first board leaves memory for it
	inside := b.raw(elsewhere.Board)
	inside.hello(elsewhere.Token, "")
	b.do(request{method: "GET", path: b.path(""), token: b.owner.Token}).refused(t, http.StatusServiceUnavailable, protocol.CodeBoardsFull)
	b.do(request{method: "POST", path: "/api/v1/boards", body: `{}`}).refused(t, http.StatusServiceUnavailable, protocol.CodeBoardsFull)
	outside := b.raw(b.made.Board)
	outside.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q}`, b.owner.Token))
	outside.closes(protocol.CodeBoardsFull)
	inside.lives()
	_ = inside.Close()
	for b.do(request{method: "GET", path: b.path(""), token: b.owner.Token}).status != http.StatusOK {
	}
}

// TestAddresses bounds the connections of one client address. Every test client has the same one.
func TestAddresses(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.API.AddressConns = 2 })
	first, second := b.raw(b.made.Board), b.raw(b.made.Board)
	first.hello(b.owner.Token, "")
	second.hello(b.owner.Token, "")
	b.upgrade(nil).refused(t, http.StatusServiceUnavailable, protocol.CodeTooMany)
	b.do(request{method: "GET", path: b.path("/stream"), token: b.owner.Token, header: http.Header{"Denkwand-Version": {"1"}}}).
		refused(t, http.StatusServiceUnavailable, protocol.CodeTooMany)
	stillServes(t, b) // calls are no connections
	_ = second.Close()
	for b.upgrade(nil).status != http.StatusSwitchingProtocols {
	}
	first.lives()
}

func TestArrivals(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	b := newBench(t, func(c *server.Config) {
		c.API.AddressRate = 3
		c.API.Clock = func() time.Time { return time.Unix(0, now.Load()) }
	})
	for range 3 {
		if r := b.upgrade(nil); r.status != http.StatusSwitchingProtocols {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	for range 2 { // also when the connections before are gone
		b.upgrade(nil).refused(t, http.StatusServiceUnavailable, protocol.CodeTooMany)
	}
	now.Add(int64(time.Second))
	if r := b.upgrade(nil); r.status != http.StatusSwitchingProtocols {
		t.Errorf("a second later: %d", r.status)
	}
}

// TestFloodsOfPings: a peer that sends messages or control frames without end is read from no faster than it may send,
// and the neighbour is answered meanwhile.
func TestFloodsOfPings(t *testing.T) {
	for name, ping := range map[string][]byte{"messages": frame(fin|opText, []byte(`{"type":"ping"}`)), "control frames": frame(fin|opPing, nil)} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *server.Config) { c.Hub.Limits = protocol.Limits{Ops: 50, Signals: 50, Burst: 50} })
			flooder, neighbour := b.raw(b.made.Board), b.raw(b.made.Board)
			flooder.hello(b.owner.Token, "")
			neighbour.hello(b.owner.Token, "")
			var answers atomic.Int64
			var flood sync.WaitGroup
			begun := time.Now()
			flood.Go(func() {
				for many := []byte(strings.Repeat(string(ping), 100)); ; {
					if _, err := flooder.Write(many); err != nil {
						return
					}
				}
			})
			flood.Go(func() {
				for {
					if _, _, err := flooder.next(); err != nil {
						return
					}
					answers.Add(1)
				}
			})
			for range 20 {
				neighbour.lives()
			}
			got, most := answers.Load(), int64(110+100*time.Since(begun).Seconds())
			if got > most {
				t.Errorf("%d answers, at most %d", got, most)
			}
			_ = flooder.Close()
			flood.Wait()
			neighbour.lives()
		})
	}
}

// TestStopping sends everybody away to come back, in order.
func TestStopping(t *testing.T) {
	b := newBench(t)
	conn := b.raw(b.made.Board)
	conn.hello(b.owner.Token, "")
	conn.submit(1, 3)
	conn.acked(3)
	go b.Stop()
	conn.closes(protocol.CodeRestart)
	b.Stop()
}

// silent is a journal that can be told to answer no append.
type silent struct {
	journal.Journal
	mute atomic.Pointer[chan struct{}] // appends wait until it is closed; nil: they don't
}

func (s *silent) Append(id protocol.ID, d journal.Draft, done func(journal.Group, error)) {
	mute := s.mute.Load()
	if mute == nil {
		s.Journal.Append(id, d, done)
		return
	}
	go func() {
		<-*mute
		s.Journal.Append(id, d, done)
	}()
}

// TestAJournalThatDoesNotAnswer: a call does not wait for it for ever, and says that the outcome is not known. What is
// only read is answered meanwhile.
func TestAJournalThatDoesNotAnswer(t *testing.T) {
	quiet := new(silent)
	b := newBench(t, func(c *server.Config) {
		quiet.Journal, c.Journal, c.API.CallWithin = c.Journal, quiet, 100*time.Millisecond
	})
	waits := make(chan struct{})
	quiet.mute.Store(&waits)
	body := `{"ops":[` + note(protocol.RandomID(), "x") + `]}`
	b.do(request{method: "POST", path: b.path("/ops"), token: b.owner.Token, body: body}).
		refused(t, http.StatusServiceUnavailable, protocol.CodeUnavailable)
	b.do(request{method: "POST", path: b.path("/writers"), token: b.owner.Token}).
		refused(t, http.StatusServiceUnavailable, protocol.CodeUnavailable)
	stillServes(t, b)
	quiet.mute.Store(nil)
	close(waits)
}

// TestReadiness: probes come by address, know no board, and say when nobody new should be sent here.
func TestReadiness(t *testing.T) {
	var bad atomic.Pointer[error]
	b := newBench(t, func(c *server.Config) {
		c.Healthy = func() error {
			if err := bad.Load(); err != nil {
				return *err
			}
			return nil
		}
	})
	if r := b.do(request{method: "GET", path: "/readyz"}); r.status != http.StatusOK {
		t.Errorf("%d %s", r.status, r.body)
	}
	err := fmt.Errorf("the disk is full")
	bad.Store(&err)
	if r := b.do(request{method: "GET", path: "/readyz"}); r.status != http.StatusServiceUnavailable || !strings.Contains(string(r.body), "disk") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.do(request{method: "GET", path: "/healthz"}); r.status != http.StatusOK {
		t.Errorf("%d %s", r.status, r.body)
	}
	for _, admin := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		if r := b.do(request{method: "GET", path: admin}); r.status != http.StatusNotFound {
			t.Errorf("%s on the public listener: %d", admin, r.status)
		}
	}
	into[client.Created](t, b.do(request{method: "POST", path: "/api/v1/boards", body: `{}`}), http.StatusCreated)
}

// TestBoardsOfAnAddress: nobody fills a server with boards, and somebody else still makes one.
func TestBoardsOfAnAddress(t *testing.T) {
	b := newBenchWithoutBoard(t, func(c *server.Config) {
		c.API.AddressBoards = 3
		c.API.Addresses.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	create := func(from string) reply {
		return b.do(request{method: "POST", path: "/api/v1/boards", body: `{}`, header: http.Header{"X-Forwarded-For": {from}}})
	}
	for range 3 {
		into[client.Created](t, create("192.0.2.1"), http.StatusCreated)
	}
	r := create("192.0.2.1")
	r.refused(t, http.StatusTooManyRequests, protocol.CodeRateLimited)
	if r.problem.Retry <= 0 || r.header.Get("Retry-After") == "" {
		t.Errorf("when to come back: %+v, %v", r.problem, r.header)
	}
	into[client.Created](t, create("192.0.2.2"), http.StatusCreated)
}
