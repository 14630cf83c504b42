package hub

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// pipe is a transport whose peer takes as much as the test says.
type pipe struct {
	mu     sync.Mutex
	more   sync.Cond
	got    []byte
	writes int // calls that brought something
	window int // bytes the peer still takes; below 0: any
	broken error
	closed bool
	code   int
}

func newPipe() *pipe {
	p := &pipe{window: -1}
	p.more.L = &p.mu
	return p
}

func (p *pipe) TryWrite(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.write(b), p.broken
}

func (p *pipe) write(b []byte) int {
	n := len(b)
	if p.window >= 0 {
		n = min(n, p.window)
		p.window -= n
	}
	if p.got = append(p.got, b[:n]...); n > 0 {
		p.writes++
	}
	return n
}

func (p *pipe) Write(b []byte, deadline time.Time) error {
	timer := time.AfterFunc(time.Until(deadline), p.more.Broadcast)
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(b) > 0 {
		switch {
		case p.closed:
			return errors.New("closed")
		case p.broken != nil:
			return p.broken
		case !time.Now().Before(deadline):
			return os.ErrDeadlineExceeded
		}
		n := p.write(b)
		if b = b[n:]; len(b) > 0 {
			p.more.Wait()
		}
	}
	return nil
}

func (p *pipe) Close(code int, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		panic("closed twice")
	}
	p.closed, p.code = true, code
	p.more.Broadcast()
}

// open lets the peer take n bytes more; below 0: any.
func (p *pipe) open(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.window = n
	p.more.Broadcast()
}

// ended reports whether it was closed, and with which code.
func (p *pipe) ended() (code int, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code, p.closed
}

// frames reads the WebSocket frames that are complete.
func (p *pipe) frames(t *testing.T) (all []*Frame) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for b := p.got; len(b) >= 2; {
		header, size := 2, int(b[1])
		switch {
		case size == 126 && len(b) >= 4:
			header, size = 4, int(binary.BigEndian.Uint16(b[2:]))
		case size == 127 && len(b) >= 10:
			header, size = 10, int(binary.BigEndian.Uint64(b[2:]))
		}
		if len(b) < header+size {
			break
		}
		if b[0] != finText && b[0] != finBinary {
			t.Fatalf("a frame begins with %#x", b[0])
		}
		all = append(all, &Frame{wire: b[:header+size], header: header, binary: b[0] == finBinary})
		b = b[header+size:]
	}
	return all
}

// seat replays what arrived on a copy that is continued.
func (p *pipe) seat(t *testing.T, before *seat) *seat {
	t.Helper()
	s := &seat{t: t, copy: newReplica()}
	if before != nil {
		s.copy, s.secret = before.copy, before.secret
	}
	for _, f := range p.frames(t) {
		s.take([]*Frame{f})
		if n := len(s.frames); n > 0 {
			if bye, ok := s.frames[n-1].(*protocol.Bye); ok {
				s.bye = bye
			}
		}
	}
	return s
}
