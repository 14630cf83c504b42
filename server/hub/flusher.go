package hub

import (
	"sync"
	"time"
)

// Flusher writes for many outboxes, one after the other, without ever waiting for a peer. It is one goroutine; the one
// that queues frames calls Kick when all are queued, so that each connection gets them in one write.
type Flusher struct {
	report func(took time.Duration) // called after each fan-out; may be nil
	wake   chan struct{}
	ended  chan struct{}

	mu      sync.Mutex // protects the following
	list    []*Outbox
	stopped bool
}

// NewFlusher starts a flusher. Report, if not nil, is called after each fan-out with what it took, from the flusher's
// goroutine.
func NewFlusher(report func(took time.Duration)) *Flusher {
	f := &Flusher{report: report, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go f.run()
	return f
}

// add lists an outbox for the next fan-out; false if there will be none.
func (f *Flusher) add(o *Outbox) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.stopped {
		f.list = append(f.list, o)
	}
	return !f.stopped
}

// Kick lets the flusher write what was queued, if anything was.
func (f *Flusher) Kick() {
	f.mu.Lock()
	idle := len(f.list) == 0 && !f.stopped
	f.mu.Unlock()
	if idle {
		return
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Stop fans out a last time and ends the flusher. Outboxes go on with writers of their own.
func (f *Flusher) Stop() {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	f.Kick()
	<-f.ended
}

func (f *Flusher) run() {
	defer close(f.ended)
	var scratch []byte
	var list []*Outbox
	for range f.wake {
		f.mu.Lock()
		list, f.list = f.list, list[:0]
		stopped := f.stopped
		f.mu.Unlock()
		if len(list) > 0 {
			began := time.Now()
			for i, o := range list {
				scratch = o.flush(scratch)
				list[i] = nil
			}
			if f.report != nil {
				f.report(time.Since(began))
			}
		}
		if stopped {
			return
		}
	}
}
