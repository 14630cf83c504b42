// Package bench measures the whole path of an op, from a client's submit to its receipt by every other client, against
// a server in a process of its own, and beside it a floor: a broadcaster over the same sockets with nothing behind.
//
// It is open-loop: an op is due at its time whether or not the ones before it arrived, and its latency runs from then.
// Every delivery is accounted for: lost, doubled and out of order must be 0 for a figure to count.
package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Load is what is offered to a server.
type Load struct {
	Connections int           `json:"connections"` // in all
	Boards      int           `json:"boards"`      // they are spread over
	Writers     int           `json:"writers"`     // connections that write, in all
	Rate        float64       `json:"rate"`        // ops a second of each writer
	For         time.Duration `json:"for"`         // how long, nanoseconds; the second before it is not counted
}

// Deliveries returns how many deliveries a second the load asks for.
func (l Load) Deliveries() float64 {
	return float64(l.Writers) * l.Rate * float64(l.Connections/l.Boards)
}

func (l Load) check() error {
	switch {
	case l.Boards < 1 || l.Connections < 2*l.Boards:
		return fmt.Errorf("at least two connections a board")
	case l.Writers < l.Boards || l.Writers > l.Connections:
		return fmt.Errorf("at least one writer a board, and no more writers than connections")
	case l.Rate <= 0 || l.For < time.Second:
		return fmt.Errorf("a rate above 0, for a second at least")
	}
	return nil
}

// Figures are what one run measured.
type Figures struct {
	Server       string  `json:"server"`       // "denkwand" or "floor"
	Deliveries   float64 `json:"deliveries"`   // a second, measured
	P50          float64 `json:"p50"`          // milliseconds from due to receipt
	P95          float64 `json:"p95"`          //
	P99          float64 `json:"p99"`          //
	Max          float64 `json:"max"`          //
	Lost         int64   `json:"lost"`         // deliveries
	Doubled      int64   `json:"doubled"`      // deliveries
	OutOfOrder   int64   `json:"outOfOrder"`   // deliveries
	CPU          float64 `json:"cpu"`          // microseconds of the server a delivery
	Cores        float64 `json:"cores"`        // of the server, on average
	ConnectionKB float64 `json:"connectionKB"` // KiB of the server's resident memory a connection, after joining
	Late         float64 `json:"late"`         // milliseconds that the generator sent behind the due time, p99
}

// process is a server under measurement, as the operating system accounts for it.
type process struct{ pid int }

// cpu returns the processor time used so far.
func (p process) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0, err
	}
	// Behind the name in parentheses: state is field 3, utime 14 and stime 15, in ticks of 10 ms.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %q", p.pid, b)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("/proc/%d/stat: %q", p.pid, b)
	}
	return time.Duration(user+system) * 10 * time.Millisecond, nil
}

// memory returns the resident memory in KiB.
func (p process) memory() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(kib), " kB"), 64)
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmRSS", p.pid)
}

// target is a server that can be loaded.
type target interface {
	// seats prepares the boards and returns for each connection where and how it connects.
	seats(ctx context.Context, l Load) ([]seat, error)
}

// Measure offers the load to the server with this process id and returns what came of it.
func measure(ctx context.Context, name string, t target, pid int, l Load) (Figures, error) {
	seats, err := t.seats(ctx, l)
	if err != nil {
		return Figures{}, fmt.Errorf("prepare: %w", err)
	}
	p := process{pid}
	before, err := p.memory()
	if err != nil {
		return Figures{}, err
	}
	crowd, err := connect(ctx, seats)
	if err != nil {
		return Figures{}, fmt.Errorf("connect: %w", err)
	}
	defer crowd.hangUp()
	if err := crowd.prepare(ctx); err != nil {
		return Figures{}, fmt.Errorf("make notes: %w", err)
	}
	after, err := p.memory()
	if err != nil {
		return Figures{}, err
	}
	return crowd.run(ctx, name, p, l, (after-before)/float64(l.Connections))
}
