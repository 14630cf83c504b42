package api

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/hub"
)

// Floor broadcasts to everybody what anybody sends, as it is, over the same sockets, outboxes and flushing as boards
// use, with nothing behind: no decoding, order, journal or state. The benchmark runs it beside the real server, to tell
// what boards cost from what sockets cost.
type Floor struct {
	mu      sync.Mutex // protects the following
	conns   []*hub.Outbox
	waiting []byte // messages since the last flush, as the inside of a JSON array
	pace    hub.Pace
	timer   *time.Timer

	flusher *hub.Flusher
	metrics hub.Metrics
}

// NewFloor returns a floor that nobody is connected to.
func NewFloor() *Floor {
	f := new(Floor)
	f.flusher = hub.NewFlusher(f.fannedOut)
	f.timer = time.AfterFunc(time.Hour, f.flush)
	return f
}

// ServeHTTP takes a connection.
func (f *Floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t, err := accept(w, r, protocol.Subprotocol)
	if err != nil {
		return // it was answered
	}
	go f.serve(t)
}

func (f *Floor) serve(t socketTransport) {
	outbox := hub.NewOutbox(t, hub.WebSocket, 0, f.flusher, &f.metrics)
	f.mu.Lock()
	f.conns = append(f.conns, outbox)
	f.mu.Unlock()
	defer func() {
		outbox.Cut()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.conns = slices.DeleteFunc(f.conns, func(o *hub.Outbox) bool { return o == outbox })
	}()
	var buf []byte
	for {
		var err error
		if buf, _, err = t.readMessage(buf, protocol.MaxFrame, time.Hour, bodyWithin); err != nil {
			return
		}
		f.receive(buf)
	}
}

func (f *Floor) receive(message []byte) {
	f.mu.Lock()
	if len(f.waiting) > 0 {
		f.waiting = append(f.waiting, ',')
	}
	f.waiting = append(f.waiting, message...)
	due := time.Until(f.pace.Due())
	f.mu.Unlock()
	if due <= 0 {
		f.flush()
	} else {
		f.timer.Reset(due)
	}
}

func (f *Floor) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return
	}
	frame := hub.NewTextFrame(append(append([]byte{'['}, f.waiting...), ']'))
	f.waiting = f.waiting[:0]
	for _, o := range f.conns {
		o.Queue(frame)
	}
	f.pace.Flushed(time.Now())
	f.flusher.Kick()
}

func (f *Floor) fannedOut(took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pace.FannedOut(took)
}
