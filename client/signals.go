package client

import (
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// signalQueue holds signals to send, of each kind the latest, until the server's rate allows them.
type signalQueue struct {
	waiting []protocol.Signal
	next    time.Time // not before
}

func (q *signalQueue) put(s protocol.Signal) {
	q.waiting = slices.DeleteFunc(q.waiting, func(w protocol.Signal) bool { return w.Kind == s.Kind })
	q.waiting = append(q.waiting, s)
}

// take returns a frame with all that waits, nil if there is nothing or it is too early. rate is in signals a second.
func (q *signalQueue) take(rate int, now time.Time) protocol.Frame {
	if len(q.waiting) == 0 || now.Before(q.next) {
		return nil
	}
	f := &protocol.Signals{Signals: q.waiting}
	if rate > 0 {
		q.next = now.Add(time.Duration(len(q.waiting)) * time.Second / time.Duration(rate))
	}
	q.waiting = nil
	return f
}
