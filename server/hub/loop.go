package hub

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// message is what the room's goroutine is to do.
type message func(r *Room, now time.Time)

// maxMail is how many messages of clients wait for a room; behind that their readers wait.
const maxMail = 1024

// mailbox is the way to a room's goroutine: it takes all that waits at once.
type mailbox struct {
	wake chan struct{} // has a token when there is mail

	mu      sync.Mutex // protects the following
	notFull sync.Cond
	mail    []message
	resting bool // clients' mail wakes nobody: the room looks by itself in a moment
	closed  bool
}

func newMailbox() *mailbox {
	b := &mailbox{wake: make(chan struct{}, 1)}
	b.notFull.L = &b.mu
	return b
}

// put adds a message; false if nobody will read it any more. It waits while the box is full, unless urgent: what the
// journal and the encoder report is bounded by itself, and must not wait.
func (b *mailbox) put(m message, urgent bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !urgent && !b.closed && len(b.mail) >= maxMail {
		b.notFull.Wait()
	}
	if b.closed {
		return false
	}
	b.mail = append(b.mail, m)
	if urgent || !b.resting && len(b.mail) == 1 || len(b.mail) == journal.MaxGroupEntries {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// rest says whether clients' mail may wait until the room's goroutine looks by itself, which saves it from being woken
// for each.
func (b *mailbox) rest(resting bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resting = resting && len(b.mail) == 0
}

// take returns all that waits. The box reuses spare, which was taken before.
func (b *mailbox) take(spare []message) []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	mail := b.mail
	b.resting = false
	clear(spare)
	b.mail = spare[:0]
	b.notFull.Broadcast()
	return mail
}

// close takes no more mail; false, and the box stays open, if only an empty one is to be closed and it is not.
func (b *mailbox) close(onlyEmpty bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if onlyEmpty && len(b.mail) > 0 {
		return false
	}
	b.closed = true
	b.notFull.Broadcast()
	return true
}

// loop is one open board's goroutine: the only one that touches its room.
type loop struct {
	hub     *Hub
	board   protocol.ID
	room    *Room
	mail    *mailbox
	flusher *Flusher
	gone    chan struct{}  // closed when the board has left memory
	sealing sync.WaitGroup // the sealing in the background
	busy    atomic.Bool    // one is going on
	spread  time.Duration  // over which a drain lets clients come back

	took  atomic.Int64      // nanoseconds of the last fan-out
	idle  atomic.Int64      // unix nanoseconds since when it is idle; 0: it is not
	leave []chan<- struct{} // of those who ask it to leave memory; closed if it stays
}

// Append gives the draft to the journal (Effects).
func (l *loop) Append(d journal.Draft) {
	l.hub.journal.Append(l.board, d, func(g journal.Group, err error) {
		l.mail.put(func(r *Room, now time.Time) { r.Appended(now, g, err) }, true)
	})
}

// readBytes is how much is read on at once.
const readBytes = 1 << 20

// Read reads on from the journal (Effects).
func (l *loop) Read(after uint64) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		groups, err := l.hub.journal.Read(ctx, l.board, after, readBytes)
		l.mail.put(func(r *Room, now time.Time) { r.Caught(now, groups, err) }, true)
	}()
}

// Encode encodes a base beside the room (Effects).
func (l *loop) Encode(job *BaseJob) {
	go func() {
		if job.Run(); job.Err != nil {
			l.hub.log.Error("a board's state could not be encoded", "board", l.board, "err", job.Err)
		}
		l.mail.put(func(r *Room, now time.Time) { r.Encoded(now, job) }, true)
	}()
}

func (l *loop) fannedOut(took time.Duration) {
	l.hub.metrics.FanOuts.Add(1)
	l.hub.metrics.FanOutNanos.Add(int64(took))
	l.took.Store(int64(took))
}

// run is the goroutine. It returns when the room is to leave memory.
func (l *loop) run() {
	timer := time.NewTimer(l.hub.cfg.Idle)
	defer timer.Stop()
	var mail []message
	for {
		select {
		case <-l.mail.wake:
		case <-timer.C:
		}
		now := time.Now()
		mail = l.mail.take(mail)
		l.handle(now, mail)
		l.room.FannedOut(time.Duration(l.took.Load()))
		l.guard(func() { l.room.Step(now) })
		l.flusher.Kick()
		if l.room.SealDue() {
			l.seal()
		}
		if l.finish(now) {
			break
		}
		next := l.room.Next()
		if since, ok := l.room.IdleSince(); ok {
			l.idle.Store(since.UnixNano())
			if end := since.Add(l.hub.cfg.Idle); next.IsZero() || end.Before(next) {
				next = end
			}
		} else {
			l.idle.Store(0)
		}
		for _, stays := range l.leave {
			close(stays)
		}
		l.leave = nil
		if next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(next.Sub(now))
		}
		l.mail.rest(l.room.Resting())
	}
	l.handle(time.Now(), l.mail.take(mail)) // what came in between is answered by the room's end
	l.flusher.Stop()
}

func (l *loop) handle(now time.Time, mail []message) {
	for _, m := range mail {
		l.guard(func() { m(l.room, now) })
	}
}

// finish reports whether the room is done, and closes the mailbox then.
func (l *loop) finish(now time.Time) bool {
	r := l.room
	if r.draining && r.Settled() {
		l.guard(func() { r.Finish(now, l.spread) })
		l.flusher.Kick()
	}
	if r.Ended() != nil {
		return l.mail.close(false)
	}
	since, idle := r.IdleSince()
	return idle && (len(l.leave) > 0 || now.Sub(since) >= l.hub.cfg.Idle) && l.mail.close(true)
}

// guard keeps a panic in one board's room from the others: the room cannot be trusted any more and is set aside.
func (l *loop) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			l.hub.log.Error("a room panicked", "board", l.board, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			l.room.Quarantine(fmt.Sprintf("the room panicked: %v", p))
		}
	}()
	f()
}

// seal asks the keeper to seal in the background, unless that is going on.
func (l *loop) seal() {
	if !l.busy.CompareAndSwap(false, true) {
		return
	}
	l.sealing.Go(func() {
		l.hub.seal(context.Background(), l.board)
		l.busy.Store(false)
	})
}
