package auth

import (
	"net/netip"
	"sync"
	"time"
)

// Guesses slows down who tries wrong secrets and passwords. Only failures count, so that five hundred people behind
// one address get in at once. A secret has 128 bits and needs no such help; a password does.
type Guesses struct {
	Failures int           // failures an address may have …
	Per      time.Duration // … in this time
	mu       sync.Mutex
	byAddr   map[netip.Addr]*failures
}

type failures struct {
	first time.Time
	count int
}

// maxTracked bounds the memory: beyond it the table starts anew, which costs a guesser nothing it did not have before
// it owned so many addresses.
const maxTracked = 100_000

// NewGuesses allows so many failures an address in a time.
func NewGuesses(count int, per time.Duration) *Guesses {
	return &Guesses{Failures: count, Per: per, byAddr: map[netip.Addr]*failures{}}
}

// Wait returns how long the address must wait before it may try again; zero: it may.
func (g *Guesses) Wait(addr netip.Addr, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.byAddr[Subscriber(addr)]
	if f == nil || f.count < g.Failures {
		return 0
	}
	if left := g.Per - now.Sub(f.first); left > 0 {
		return left
	}
	delete(g.byAddr, Subscriber(addr))
	return 0
}

// Failed counts a failure of the address.
func (g *Guesses) Failed(addr netip.Addr, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := Subscriber(addr)
	f := g.byAddr[key]
	if f == nil || now.Sub(f.first) >= g.Per || now.Before(f.first) {
		if len(g.byAddr) >= maxTracked {
			clear(g.byAddr)
		}
		f = &failures{first: now}
		g.byAddr[key] = f
	}
	f.count++
}

// Subscriber takes an address to what one subscriber has: an IPv4 address, or the /64 of an IPv6 one.
func Subscriber(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}
