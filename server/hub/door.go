package hub

import (
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// Outcome is what became of an op.
type Outcome struct {
	Verdict board.Verdict
	Seq     uint64       // its place
	Head    journal.Head // of the board behind its group
	Err     error        // not nil: it was not decided. A *NotNow: it was not taken; a *protocol.Error with unavailable: unknown
}

// NotNow is an op that was not taken: the same number with the same content, later.
type NotNow struct {
	N     uint64
	Code  protocol.Code
	Retry time.Duration
}

// Error returns the code's sentence.
func (e *NotNow) Error() string { return e.Code.Sentence() }

// Frame returns what a client is told.
func (e *NotNow) Frame() *protocol.NotNow {
	return &protocol.NotNow{N: e.N, Code: e.Code, Message: e.Error(), Retry: e.Retry.Milliseconds()}
}

// pending is an op on its way into the log.
type pending struct {
	author protocol.ID
	writer protocol.ID // zero: the server's
	n      uint64
	record []byte        // as protocol.AppendEntry writes it
	from   *Member       // connection that submitted it; nil: none
	reply  func(Outcome) // may be nil; called in the room's goroutine
}

// Submit takes a connection's ops into the queue for the log, or tells it from which number on not. It only ever says
// not now; what must not be said at all closes the connection. The final word on each op is Apply's.
func (r *Room) Submit(now time.Time, m *Member, s *protocol.Submit) {
	if m.gone {
		return
	}
	if m.phase == catchingUp && m.rewinding { // sent before the client saw the rewind, behind which it resends
		if m.blocked == 0 || s.N < m.blocked {
			m.blocked = s.N
		}
		return
	}
	last := s.N + uint64(len(s.Ops)) - 1
	if m.phase != live || m.writer.IsZero() {
		r.expel(m, protocol.CodeProtocol, 0)
		return
	}
	if s.N == 0 || len(s.Ops) == 0 || last < s.N || last > protocol.MaxN {
		r.expel(m, protocol.CodeMalformed, 0)
		return
	}
	if m.blocked != 0 && s.N > max(m.blocked, m.acked+1) {
		return // sent before the client read the notnow or rewind: it resends what comes before
	}
	m.blocked = 0
	for i, op := range s.Ops {
		n := s.N + uint64(i)
		if protocol.KindOf(op.Kind()).Server {
			r.expel(m, protocol.CodeServerKind, 0)
			return
		}
		if no := r.refuse(now, m.participant, m.writer, n, &m.ops, cost(op.Op)); no != nil {
			m.blocked = n
			m.sink.Queue(NewFrame(no.Frame()))
			return
		}
		r.enqueue(pending{author: m.participant, writer: m.writer, n: n, from: m}, admissible(op.Op))
	}
}

// Do takes ops without a connection. Reply is called once per op, in order, when it is decided; when the door refuses
// an op, it and those behind it are answered with a *NotNow. A zero writer makes entries without a number, which are
// not recognised when they are repeated.
func (r *Room) Do(now time.Time, author, writer protocol.ID, n uint64, ops []protocol.AnyOp, reply func(Outcome)) {
	var refused error
	if r.ended != nil {
		refused = r.ended.Code.Err()
	}
	for i, op := range ops {
		number := n + uint64(i)
		if writer.IsZero() {
			number = 0
		}
		if refused == nil {
			if no := r.refuse(now, author, writer, number, nil, cost(op.Op)); no != nil {
				refused = no
			}
		}
		if refused != nil {
			reply(Outcome{Err: refused})
			continue
		}
		r.enqueue(pending{author: author, writer: writer, n: number, reply: reply}, admissible(op.Op))
	}
}

// ServerOp appends an op of the server, on behalf of the author if that is not zero, and calls reply when it is
// decided. No rate holds it up, but it is not taken while too much waits already.
func (r *Room) ServerOp(author protocol.ID, op protocol.Op, reply func(Outcome)) {
	if r.ended != nil {
		reply(Outcome{Err: r.ended.Code.Err()})
		return
	}
	if r.draining {
		reply(Outcome{Err: &NotNow{Code: protocol.CodeDraining, Retry: time.Second}})
		return
	}
	if r.queued >= r.cfg.Backlog {
		r.metrics.Refused.Busy.Add(1)
		reply(Outcome{Err: &NotNow{Code: protocol.CodeBusy, Retry: 100 * time.Millisecond}})
		return
	}
	r.enqueue(pending{author: author, reply: reply}, op)
}

// refuse is the door: nil lets one op in.
func (r *Room) refuse(now time.Time, author, writer protocol.ID, n uint64, conn *bucket, cost int) *NotNow {
	no := func(code protocol.Code, retry time.Duration) *NotNow { return &NotNow{N: n, Code: code, Retry: retry} }
	switch {
	case r.draining:
		r.metrics.Refused.Draining.Add(1)
		return no(protocol.CodeDraining, time.Second)
	case now.Before(r.frozenUntil):
		r.metrics.Refused.StorageFull.Add(1)
		return no(protocol.CodeStorageFull, r.frozenUntil.Sub(now))
	case r.queued >= r.cfg.Backlog:
		r.metrics.Refused.Busy.Add(1)
		return no(protocol.CodeBusy, 100*time.Millisecond)
	case !writer.IsZero() && r.outstanding[writer] >= r.cfg.Limits.Outstanding:
		r.metrics.Refused.Busy.Add(1)
		return no(protocol.CodeBusy, 50*time.Millisecond)
	}
	person := r.paces[author]
	if person == nil {
		person = new(bucket)
		r.paces[author] = person
	}
	limits := r.cfg.Limits
	wait := max(
		person.wait(now, cost, r.cfg.ParticipantOps, max(limits.Burst, r.cfg.ParticipantOps)),
		r.ops.wait(now, cost, r.cfg.BoardOps, r.cfg.BoardOps),
	)
	if conn != nil {
		wait = max(wait, conn.wait(now, cost, limits.Ops, limits.Burst))
	}
	if wait > 0 {
		r.metrics.Refused.RateLimited.Add(1)
		return no(protocol.CodeRateLimited, wait)
	}
	person.spend(cost)
	r.ops.spend(cost)
	if conn != nil {
		conn.spend(cost)
	}
	return nil
}

// cost is what an op weighs against the rates: a batch as much as its parts.
func cost(op protocol.Op) int {
	if b, ok := op.(*protocol.Batch); ok {
		return max(1, len(b.Ops))
	}
	return 1
}

// admissible returns the op, or a void with the reason if it is wrong whatever the board's state: the log closes the
// number then, and holds no junk. The same op always becomes the same void, so a resend is seen as a repeat.
func admissible(op protocol.Op) protocol.Op {
	if _, given := op.(*protocol.Void); given {
		return &protocol.Void{} // the reason is the server's
	}
	if err := op.Check(); err != nil {
		reason := protocol.CodeMalformed
		if coded, ok := err.(*protocol.Error); ok {
			reason = coded.Code
		}
		return &protocol.Void{Reason: reason}
	}
	return op
}

func (r *Room) enqueue(p pending, op protocol.Op) {
	p.record = protocol.AppendEntry(nil, p.author, p.writer, p.n, op)
	r.queue = append(r.queue, p)
	r.queued += len(p.record)
	if !p.writer.IsZero() {
		r.outstanding[p.writer]++
	}
}

// Signal passes signals on to everybody, or drops them.
func (r *Room) Signal(now time.Time, m *Member, s *protocol.Signals) {
	if m.gone || m.phase != live {
		return
	}
	for i := range s.Signals {
		signal := s.Signals[i]
		if err := signal.Check(); err != nil {
			code := protocol.CodeMalformed
			if coded, ok := err.(*protocol.Error); ok && coded.Code.Close() != 0 {
				code = coded.Code
			}
			r.expel(m, code, 0)
			return
		}
		if m.pointing.take(now, 1, r.cfg.Limits.Signals, r.cfg.Limits.Signals) > 0 {
			return
		}
		signal.From = m.participant
		if crowd := len(r.members) > r.cfg.Cursors; crowd && (signal.Kind == protocol.SignalCursor || signal.Kind == protocol.SignalDrag) {
			continue
		}
		r.signals.put(m, signal)
	}
}

// Rewinds that a connection's pings may bring about: more than a client whose copy went wrong ever needs.
const (
	rewindRate  = 1 // a second
	rewindBurst = 3
)

// Ping answers, and looks whether what the client holds is on the board's history.
func (r *Room) Ping(now time.Time, m *Member, p *protocol.Ping) {
	if m.gone || m.phase != live {
		return
	}
	if p.At != "" {
		if _, f := r.streams[m.audience].told.judge(p.At); f == fitsOff {
			if m.rewinds.take(now, 1, rewindRate, rewindBurst) > 0 { // each is a whole state
				r.metrics.Slow.Add(1)
				r.expel(m, protocol.CodeSlow, 0)
				return
			}
			r.metrics.Rewinds.Add(1)
			r.rewind(now, m)
			return
		}
	}
	m.sink.Queue(NewFrame(&protocol.Pong{Time: now.UnixMilli()}))
}
