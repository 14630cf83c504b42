package api

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/auth"
)

// quota bounds how often one client address does what makes a server grow: boards, participants, writers.
type quota struct {
	rate  rate.Limit
	burst int

	mu     sync.Mutex // protects the following
	byAddr map[netip.Addr]*rate.Limiter
}

// maxPaced bounds the memory. Beyond it the table starts anew, which gives each address one more burst.
const maxPaced = 100_000

func newQuota(perSecond float64, burst int) *quota {
	return &quota{rate: rate.Limit(perSecond), burst: burst, byAddr: map[netip.Addr]*rate.Limiter{}}
}

// take lets the address do one more, or says after how long it may.
func (q *quota) take(addr netip.Addr, now time.Time) error {
	addr = auth.Subscriber(addr)
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.byAddr[addr]
	if l == nil {
		if len(q.byAddr) >= maxPaced {
			clear(q.byAddr)
		}
		l = rate.NewLimiter(q.rate, q.burst)
		q.byAddr[addr] = l
	}
	r := l.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	problem := problemOf(protocol.CodeRateLimited.Err())
	problem.Retry = wait.Milliseconds() + 1
	return problem
}
