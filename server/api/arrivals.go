package api

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/denkwand/denkwand/protocol"
)

// arrivals bounds how many connections one client address holds and how fast it makes new ones. The defaults let a
// campus behind one address in at once.
type arrivals struct {
	most int
	rate rate.Limit

	mu     sync.Mutex // protects the following
	byAddr map[netip.Addr]*address
}

type address struct {
	open    int
	limiter *rate.Limiter
}

func newArrivals(most, perSecond int) *arrivals {
	return &arrivals{most: most, rate: rate.Limit(perSecond), byAddr: map[netip.Addr]*address{}}
}

// enter lets a connection of the address in, until leave is called. ok is false when it has too many.
func (a *arrivals) enter(addr netip.Addr, now time.Time) (leave func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.byAddr[addr]
	if at == nil {
		at = &address{limiter: rate.NewLimiter(a.rate, int(a.rate))}
		a.byAddr[addr] = at
	}
	if at.open >= a.most || !at.limiter.AllowN(now, 1) {
		return nil, false
	}
	at.open++
	return sync.OnceFunc(func() { a.leave(addr, at) }), true
}

func (a *arrivals) leave(addr netip.Addr, at *address) {
	a.mu.Lock()
	defer a.mu.Unlock()
	// Forgetting the last one's limiter gives back its burst, no more than it had when it came.
	if at.open--; at.open == 0 {
		delete(a.byAddr, addr)
	}
}

// arrive counts the request's connection, or answers it.
func (a *API) arrive(w http.ResponseWriter, r *http.Request) (leave func(), ok bool) {
	leave, ok = a.arrivals.enter(a.cfg.Addresses.clientAddr(r), a.cfg.Clock())
	if !ok {
		writeProblem(w, http.StatusServiceUnavailable, protocol.CodeTooMany.Err())
	}
	return leave, ok
}
