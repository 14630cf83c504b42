package hub

import (
	"sync"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Transport carries bytes to one peer. An outbox makes one write at a time, and calls Close once, which must also end a
// write that is going on.
type Transport interface {
	// TryWrite writes what the peer's socket takes without waiting, and returns how much that was: less than all,
	// also nothing, is not an error. p is only lent.
	TryWrite(p []byte) (int, error)

	// Write writes all of p, waiting until the deadline at most. p is only lent.
	Write(p []byte, deadline time.Time) error

	// Close ends the connection and may take its time. Code 0 means to cut it off: the peer was not told why, or
	// the stream stands inside a frame. Otherwise the last frame was a bye with this close code.
	Close(code int, reason string)
}

// Bounds of one outbox.
const (
	DefaultOutbox = 1 << 20          // bytes that may wait for one connection
	writeDeadline = 10 * time.Second // for a peer that takes nothing
	joinBytes     = 64 << 10         // frames are joined into writes of about this size
)

// Outbox is what waits for one connection: a queue of shared frames, bounded in bytes. What is queued goes out in one
// write at the flusher's next turn. When the peer's socket is full a goroutine waits for it and goes away when the
// queue is empty, so idle connections have none. Over the bound signals are dropped; if that is not enough the
// connection is closed with slow, and its client comes back to what it missed. What one call of Queue brings is always
// taken when nothing waits, however large: it says nothing about the peer. All methods may be called from any goroutine
// and none waits.
type Outbox struct {
	transport Transport
	encoding  Encoding
	limit     int
	flusher   *Flusher // nil: a writer starts whenever something is queued
	metrics   *Metrics
	onClose   func(*Outbox) // may be nil

	mu      sync.Mutex // protects the following
	queue   []queued
	begun   int  // bytes of queue[0] that are written
	taken   int  // frames of the queue in the write that is going on
	live    int  // bytes of frames in the queue that count against the limit
	pending int  // bytes of catch-up frames in the queue
	writing bool // a flusher or writer has the transport
	listed  bool // the flusher will come
	closing bool // nothing may be queued; closes when the queue is empty
	closed  bool
	code    int    // close code, when closing
	reason  string // its sentence

	done chan struct{}
}

type queued struct {
	frame   *Frame
	catchUp bool
}

// NewOutbox returns an outbox over the transport, which it owns from now on. A limit of 0 means DefaultOutbox. Without a
// flusher frames are written by a goroutine that comes when there are any.
func NewOutbox(t Transport, e Encoding, limit int, f *Flusher, m *Metrics) *Outbox {
	if limit == 0 {
		limit = DefaultOutbox
	}
	return &Outbox{transport: t, encoding: e, limit: limit, flusher: f, metrics: m, done: make(chan struct{})}
}

// Done is closed when the connection has ended and the transport is being closed.
func (o *Outbox) Done() <-chan struct{} { return o.done }

// Queue adds frames behind what waits already. They go out together.
func (o *Outbox) Queue(frames ...*Frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing {
		return
	}
	idle := o.live == 0
	for _, f := range frames {
		size := len(f.Bytes(o.encoding))
		if !idle && o.live+size > o.limit {
			o.dropSignals()
			if f.signal {
				continue
			}
			if o.live+size > o.limit {
				o.slow()
				return
			}
		}
		o.queue = append(o.queue, queued{frame: f})
		o.live += size
	}
	o.metrics.Frames.Add(int64(len(frames)))
	o.summon()
}

// CatchUp adds what a connection begins with: welcome, base and tail. The base may be larger than the limit and is
// shared by all who get it, so it does not count; but only one waits at a time.
func (o *Outbox) CatchUp(frames ...*Frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing {
		return
	}
	if o.pending > o.limit {
		o.slow()
		return
	}
	for _, f := range frames {
		o.queue = append(o.queue, queued{frame: f, catchUp: true})
		o.pending += len(f.Bytes(o.encoding))
	}
	o.metrics.Frames.Add(int64(len(frames)))
	o.summon()
}

// Close queues the last frame and closes the transport with its code when all is written.
func (o *Outbox) Close(bye *protocol.Bye) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finish(bye)
}

// Cut ends the connection at once, whatever waits.
func (o *Outbox) Cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end(0, "")
}

// ---- under the lock

func (o *Outbox) finish(bye *protocol.Bye) {
	if o.closing {
		return
	}
	o.closing, o.code, o.reason = true, bye.Close, bye.Message
	o.queue = append(o.queue, queued{frame: NewFrame(bye), catchUp: true})
	o.summon()
}

// slow keeps what is being written, so that the peer can still read why it is closed.
func (o *Outbox) slow() {
	keep := o.taken
	if keep == 0 && o.begun > 0 {
		keep = 1
	}
	clear(o.queue[keep:])
	o.queue = o.queue[:keep]
	o.metrics.Slow.Add(1)
	o.finish(byeOf(protocol.CodeSlow, 0))
}

func (o *Outbox) dropSignals() {
	keep := o.taken
	if keep == 0 && o.begun > 0 {
		keep = 1
	}
	kept := o.queue[:keep]
	for _, q := range o.queue[keep:] {
		if q.frame.signal {
			o.live -= len(q.frame.Bytes(o.encoding))
			continue
		}
		kept = append(kept, q)
	}
	clear(o.queue[len(kept):])
	o.queue = kept
}

// summon sees to it that somebody comes to write.
func (o *Outbox) summon() {
	if o.closed || o.writing || o.listed || len(o.queue) == 0 {
		return
	}
	if o.flusher != nil && o.flusher.add(o) {
		o.listed = true
		return
	}
	o.writing = true
	go o.drain(nil)
}

// take joins what waits, up to about joinBytes, into one piece: a frame's own bytes if there is only one.
func (o *Outbox) take(scratch []byte) (piece, _ []byte) {
	first := o.queue[0].frame.Bytes(o.encoding)[o.begun:]
	if o.taken = 1; len(o.queue) == 1 || len(first) >= joinBytes {
		return first, scratch
	}
	scratch = append(scratch[:0], first...)
	for _, q := range o.queue[1:] {
		b := q.frame.Bytes(o.encoding)
		if len(scratch)+len(b) > joinBytes {
			break
		}
		scratch = append(scratch, b...)
		o.taken++
	}
	return scratch, scratch
}

// wrote notes that n bytes of what was taken are written.
func (o *Outbox) wrote(n int) {
	o.taken = 0
	o.metrics.Bytes.Add(int64(n))
	o.metrics.Writes.Add(1)
	gone := 0
	for n > 0 {
		q := o.queue[gone]
		size := len(q.frame.Bytes(o.encoding))
		if rest := size - o.begun; n < rest {
			o.begun += n
			break
		} else {
			n -= rest
		}
		o.begun = 0
		if q.catchUp {
			o.pending -= size
		} else {
			o.live -= size
		}
		gone++
	}
	if gone == len(o.queue) {
		clear(o.queue)
		o.queue = o.queue[:0]
		if cap(o.queue) > 64 {
			o.queue = nil
		}
		if o.closing {
			o.end(o.code, o.reason)
		}
		return
	}
	rest := copy(o.queue, o.queue[gone:])
	clear(o.queue[rest:])
	o.queue = o.queue[:rest]
}

// end closes the transport, in a goroutine of its own since that may take a while.
func (o *Outbox) end(code int, reason string) {
	if o.closed {
		return
	}
	o.closing, o.closed = true, true
	o.queue, o.live, o.pending, o.begun, o.taken = nil, 0, 0, 0, 0
	close(o.done)
	go func() {
		o.transport.Close(code, reason)
		if o.onClose != nil {
			o.onClose(o)
		}
	}()
}

// ---- who writes

// flush is the flusher's turn: it writes what the socket takes and leaves the rest to a writer.
func (o *Outbox) flush(scratch []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.listed, o.writing = false, true // who is listed has no writer, and gets none meanwhile
	for !o.closed && len(o.queue) > 0 {
		var piece []byte
		piece, scratch = o.take(scratch)
		o.mu.Unlock()
		n, err := o.transport.TryWrite(piece)
		o.mu.Lock()
		if o.closed {
			break
		}
		if err != nil {
			o.end(0, "")
			break
		}
		if o.wrote(n); n < len(piece) {
			go o.drain(nil)
			return scratch
		}
	}
	o.writing = false
	return scratch
}

// drain writes until the queue is empty, waiting for the peer. Who starts it has set writing.
func (o *Outbox) drain(scratch []byte) {
	o.metrics.Writers.Add(1)
	defer o.metrics.Writers.Add(-1)
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && len(o.queue) > 0 {
		var piece []byte
		piece, scratch = o.take(scratch)
		o.mu.Unlock()
		err := o.transport.Write(piece, time.Now().Add(writeDeadline))
		o.mu.Lock()
		if o.closed {
			break
		}
		if err != nil {
			o.end(0, "")
			break
		}
		o.wrote(len(piece))
	}
	o.writing = false
}

// byeOf returns the frame that ends a connection with the code, to come back after retry if that is not 0. A code that
// otherwise only refuses ops has no close code and comes with that of busy.
func byeOf(code protocol.Code, retry time.Duration) *protocol.Bye {
	bye := &protocol.Bye{Code: code, Close: code.Close(), Message: code.Sentence(), Retry: retry.Milliseconds()}
	if bye.Close == 0 {
		bye.Close = protocol.CodeBusy.Close()
	}
	return bye
}
