package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/denkwand/denkwand/protocol"
)

// warmUp is how long the load runs before it counts.
const warmUp = time.Second

// settle is how long deliveries may arrive behind the last op before they are lost.
const settle = 5 * time.Second

// run offers the load and collects what every connection saw.
func (c *crowd) run(ctx context.Context, name string, p process, l Load, connectionKB float64) (Figures, error) {
	c.rate = l.Rate
	start := time.Now().Add(100 * time.Millisecond)
	from, until := start.Add(warmUp), start.Add(warmUp+l.For)
	c.from.Store(from.UnixNano())
	c.until.Store(until.UnixNano())
	c.start.Store(start.UnixNano())
	pinging, stopPings := context.WithCancel(ctx)
	defer stopPings()
	go c.ping(pinging)
	ops := int64(l.Rate * (warmUp + l.For).Seconds())
	var late histogram
	var mu sync.Mutex
	var errs []error
	var writers sync.WaitGroup
	for _, peer := range c.clients {
		if !peer.seat.write {
			continue
		}
		writers.Go(func() {
			h, err := peer.write(ctx, ops)
			mu.Lock()
			defer mu.Unlock()
			late.merge(h)
			errs = append(errs, err)
		})
	}
	if err := pause(ctx, time.Until(from)); err != nil {
		return Figures{}, err
	}
	cpuFrom, err := p.cpu()
	if err != nil {
		return Figures{}, err
	}
	measured := time.Now()
	if err := pause(ctx, time.Until(until)); err != nil {
		return Figures{}, err
	}
	cpuUntil, err := p.cpu()
	if err != nil {
		return Figures{}, err
	}
	took := time.Since(measured)
	writers.Wait()
	if err := errors.Join(errs...); err != nil {
		return Figures{}, err
	}
	expected := c.expected(ops)
	for deadline := time.Now().Add(settle); c.got() < expected && time.Now().Before(deadline); {
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return Figures{}, err
		}
	}
	stopPings()
	c.hangUp()
	return c.figures(name, expected, cpuUntil-cpuFrom, took, connectionKB, &late), nil
}

// expected counts the deliveries that must come of ops due while it counts.
func (c *crowd) expected(ops int64) (n int64) {
	from, until := c.from.Load(), c.until.Load()
	for _, board := range c.boards {
		for _, p := range board {
			if !p.seat.write {
				continue
			}
			for i := int64(1); i <= ops; i++ {
				if due := c.due(p.place, i, len(p.last)); due >= from && due < until {
					n += int64(len(board) - 1)
				}
			}
		}
	}
	return n
}

func (c *crowd) got() (n int64) {
	for _, p := range c.clients {
		n += p.got.Load()
	}
	return n
}

func (c *crowd) figures(name string, expected int64, cpu, took time.Duration, connectionKB float64, late *histogram) Figures {
	var times histogram
	f := Figures{Server: name, ConnectionKB: connectionKB, Late: late.quantile(0.99), Cores: cpu.Seconds() / took.Seconds()}
	for _, p := range c.clients {
		times.merge(&p.times)
		f.Doubled += p.doubled
		f.OutOfOrder += p.order
	}
	f.Lost = expected - times.n
	f.Deliveries = float64(times.n) / took.Seconds()
	if times.n > 0 {
		f.CPU = float64(cpu.Microseconds()) / float64(times.n)
	}
	f.P50, f.P95, f.P99 = times.quantile(0.5), times.quantile(0.95), times.quantile(0.99)
	f.Max = milliseconds(times.max)
	return f
}

// ping keeps the connections alive, as clients do.
func (c *crowd) ping(ctx context.Context) {
	if c.floor {
		return
	}
	frame := protocol.AppendFrame(nil, &protocol.Ping{})
	for {
		gap := 5 * time.Second / time.Duration(len(c.clients))
		for _, p := range c.clients {
			if pause(ctx, gap) != nil || p.conn.Write(ctx, websocket.MessageText, frame) != nil {
				return
			}
		}
	}
}
