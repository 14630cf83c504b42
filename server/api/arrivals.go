package api

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/auth"
)

// arrivals bounds how many connections one client address holds and how fast it makes new ones. The defaults let a
// campus behind one address in at once.
type arrivals struct {
	most int
	rate int

	mu     sync.Mutex // protects the following
	byAddr map[netip.Addr]*address
	swept  time.Time
}

type address struct {
	open    int
	limiter *rate.Limiter
	seen    time.Time
}

func newArrivals(most, perSecond int) *arrivals {
	return &arrivals{most: most, rate: perSecond, byAddr: map[netip.Addr]*address{}}
}

// enter lets a connection of the address in, until leave is called. ok is false when it has too many.
func (a *arrivals) enter(addr netip.Addr, now time.Time) (leave func(), ok bool) {
	addr = auth.Subscriber(addr)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep(now)
	at := a.byAddr[addr]
	if at == nil {
		at = &address{limiter: rate.NewLimiter(rate.Limit(a.rate), a.rate)}
		a.byAddr[addr] = at
	}
	at.seen = now
	if at.open >= a.most || !at.limiter.AllowN(now, 1) {
		return nil, false
	}
	at.open++
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		at.open--
	}), true
}

// sweep forgets addresses that hold nothing and may make as many connections again as a new one: after a second, since
// the burst is what a second gives.
func (a *arrivals) sweep(now time.Time) {
	if since := now.Sub(a.swept); 0 <= since && since < time.Second {
		return
	}
	a.swept = now
	for addr, at := range a.byAddr {
		if at.open == 0 && now.Sub(at.seen) >= time.Second {
			delete(a.byAddr, addr)
		}
	}
}

// arrive counts the request's connection, or answers it.
func (a *API) arrive(w http.ResponseWriter, r *http.Request) (leave func(), ok bool) {
	leave, ok = a.arrivals.enter(a.cfg.Addresses.clientAddr(r), a.cfg.Clock())
	if !ok {
		writeProblem(w, problemOf(protocol.CodeTooMany.Err()))
	}
	return leave, ok
}
