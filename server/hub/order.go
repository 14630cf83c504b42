package hub

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// Waits after a journal that refuses or cannot be read: the first, doubled up to the last.
const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// appendNext makes the next group of what waits, unless one is in flight: what arrives meanwhile is the next.
func (r *Room) appendNext(now time.Time) {
	if len(r.queue) == 0 || r.flight != nil || r.reading || !r.readAt.IsZero() || now.Before(r.appendAt(now)) {
		return
	}
	count, size := 0, 0
	for count < len(r.queue) && count < journal.MaxGroupEntries {
		if count > 0 && size+len(r.queue[count].record) > journal.MaxGroupBytes {
			break
		}
		size += len(r.queue[count].record)
		count++
	}
	body := make([]byte, 0, size)
	for i := range r.queue[:count] {
		body = append(body, r.queue[i].record...)
		r.queue[i].record = nil
	}
	r.flight = append(make([]pending, 0, count), r.queue[:count]...)
	r.flightBody, r.flightSince = body, now
	r.pace.Began(now)
	r.queued -= size
	if rest := len(r.queue) - count; rest == 0 {
		r.queue = nil
	} else {
		copy(r.queue, r.queue[count:])
		clear(r.queue[rest:])
		r.queue = r.queue[:rest]
	}
	r.fx.Append(journal.Draft{
		Epoch: r.head.Epoch, Seen: r.head.Seq, Count: count, Body: body, Time: now.UnixMilli(),
	})
}

// appendAt returns when the next group may go to the journal, if it waits for nothing but time. What fills a group goes
// at once.
func (r *Room) appendAt(now time.Time) time.Time {
	due := r.pace.AppendDue(now, r.unflushed())
	if len(r.queue) >= journal.MaxGroupEntries || r.queued >= journal.MaxGroupBytes || r.draining || due.Before(r.frozenUntil) {
		return r.frozenUntil
	}
	return due
}

// Resting reports whether a group waits for nothing but the moment to go, at most a gap between flushes away: what
// clients send until then can be looked at together.
func (r *Room) Resting() bool {
	if r.ended != nil || r.draining || len(r.queue) == 0 || r.flight != nil || r.reading || !r.readAt.IsZero() {
		return false
	}
	wait := r.appendAt(r.stepped).Sub(r.stepped)
	return wait > 0 && wait <= maxGap
}

// Appended tells the room what became of the group in flight.
func (r *Room) Appended(now time.Time, g journal.Group, err error) {
	if r.ended != nil {
		return
	}
	r.metrics.Groups.Add(1)
	r.metrics.AppendNanos.Add(int64(now.Sub(r.flightSince)))
	r.pace.Appended(now.Sub(r.flightSince))
	switch {
	case err == nil:
		r.backoff = 0
		if !g.Follows(r.head) {
			r.readOn() // others wrote, or an answer was lost: what is missing comes first
			return
		}
		flight := r.flight
		r.flight, r.flightBody = nil, nil
		r.applyGroup(now, g, flight)
	case errors.Is(err, journal.ErrRefused):
		r.freeze(now, nil)
	case errors.Is(err, journal.ErrUnknown):
		r.readOn()
	case errors.Is(err, journal.ErrClosed):
		r.draining = true
		r.turnAway(protocol.CodeDraining, time.Second, nil)
	case errors.Is(err, journal.ErrDamaged):
		r.Quarantine(err.Error())
	default: // cold, another epoch, regressed, lost: what is held here is not the board's history
		r.end(protocol.CodeUnavailable, err.Error())
	}
}

// freeze takes nothing for a while, and gives back what waits. Whoever waits without a connection is answered with the
// error, or not now if that is nil.
func (r *Room) freeze(now time.Time, err error) {
	r.backoff = min(max(2*r.backoff, firstBackoff), lastBackoff)
	wait := r.backoff/2 + r.upTo(r.backoff)
	r.frozenUntil = now.Add(wait)
	r.turnAway(protocol.CodeStorageFull, wait, err)
}

// turnAway gives back everything that waits or was in flight: its authors send it again.
func (r *Room) turnAway(code protocol.Code, retry time.Duration, err error) {
	waiting := append(r.flight, r.queue...)
	r.flight, r.flightBody, r.queue, r.queued = nil, nil, nil, 0
	clear(r.outstanding)
	first := map[*Member]uint64{} // the lowest number of each that is given back
	for _, p := range waiting {
		if p.reply != nil {
			if err == nil {
				p.reply(Outcome{Err: &NotNow{N: p.n, Code: code, Retry: retry}})
			} else {
				p.reply(Outcome{Err: err})
			}
		} else if m := r.writers[p.writer]; m != nil && m.phase == live && (first[m] == 0 || p.n < first[m]) {
			first[m] = p.n
		}
	}
	for _, m := range r.members {
		if n := first[m]; n != 0 && (m.blocked == 0 || n < m.blocked) {
			m.blocked = n
			m.sink.Queue(NewFrame((&NotNow{N: n, Code: code, Retry: retry}).Frame()))
		}
	}
}

// readOn asks the journal what stands behind the head.
func (r *Room) readOn() {
	r.reading, r.readAt = true, time.Time{}
	r.fx.Read(r.head.Seq)
}

// Caught brings what readOn asked for. The group in flight is among it, or it was not written; a copy that lands later
// is harmless, because writers' numbers and the state itself tell repeats.
func (r *Room) Caught(now time.Time, groups []journal.Group, err error) {
	if r.ended != nil {
		return
	}
	r.reading = false
	if err != nil {
		r.caughtError(now, err)
		return
	}
	for _, g := range groups {
		if !g.Follows(r.head) {
			r.end(protocol.CodeUnavailable, fmt.Sprintf("the group from %d does not follow what is held here", g.First))
			return
		}
		var own []pending
		if r.flight != nil && bytes.Equal(g.Body, r.flightBody) {
			own = r.flight
			r.flight, r.flightBody = nil, nil
		}
		if r.applyGroup(now, g, own); r.ended != nil {
			return
		}
	}
	switch {
	case r.flight == nil:
		r.backoff = 0
	case len(groups) > 0:
		r.readOn() // until the end
	default:
		r.freeze(now, protocol.CodeUnavailable.Errorf("whether it was saved is not known"))
	}
}

func (r *Room) caughtError(now time.Time, err error) {
	switch {
	case errors.Is(err, journal.ErrDamaged):
		r.Quarantine(err.Error())
	case errors.Is(err, journal.ErrClosed), errors.Is(err, journal.ErrTrimmed), errors.Is(err, journal.ErrCold):
		r.end(protocol.CodeUnavailable, err.Error())
	default:
		r.backoff = min(max(2*r.backoff, firstBackoff), lastBackoff)
		r.readAt = now.Add(r.backoff/2 + r.upTo(r.backoff))
	}
}

// applyGroup applies a group that follows the head, and answers whoever waits for it. Own is what this room put into
// it, nil if it came from elsewhere.
func (r *Room) applyGroup(now time.Time, g journal.Group, own []pending) {
	r.now = now
	entries, err := protocol.DecodeEntries(g.Body, g.First, g.Time)
	if err != nil || uint64(len(entries)) != g.Last-g.First+1 {
		r.flight = append(own, r.flight...) // answered by the end
		r.Quarantine(fmt.Sprintf("group %d–%d cannot be read: %v", g.First, g.Last, err))
		return
	}
	verdicts := make([]board.Verdict, len(entries))
	people := false
	for i, e := range entries {
		v, err := r.applyOne(e)
		if err != nil {
			r.flight = append(own, r.flight...) // answered by the end
			r.Quarantine(err.Error())
			return
		}
		verdicts[i] = v
		people = people || touchesPeople(e.Op)
	}
	r.head = g.Head()
	r.sealBytes += len(g.Body)
	r.sealEntries += len(entries)
	for _, v := range verdicts {
		r.count(v)
	}
	for i, p := range own {
		r.settle(p, verdicts[i])
		if !p.writer.IsZero() {
			if r.outstanding[p.writer]--; r.outstanding[p.writer] <= 0 {
				delete(r.outstanding, p.writer)
			}
		}
		if p.reply != nil {
			p.reply(Outcome{Verdict: verdicts[i], Seq: entries[i].Seq, Head: r.head})
		}
	}
	if people {
		r.checkPeople(now)
	}
}

// applyOne applies an entry. The error, for the operator alone, is a panic with its stack; then the state must not be
// used any more.
func (r *Room) applyOne(e protocol.Entry) (v board.Verdict, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("applying entry %d (%s) panicked: %v\n%s", e.Seq, e.Op.Kind(), p, debug.Stack())
		}
	}()
	v, changes := r.state.Apply(e)
	r.changes = append(r.changes, changes...)
	return v, nil
}

// count counts an entry that was applied.
func (r *Room) count(v board.Verdict) {
	r.metrics.Ops.Add(1)
	if didNot(v) {
		r.metrics.Noops.Add(1)
	}
}

// didNot reports whether an op did nothing, or not all.
func didNot(v board.Verdict) bool {
	return !v.OK() || slices.ContainsFunc(v.Parts, func(part protocol.Code) bool { return part != "" })
}

// settle notes what the connection that submitted an op is to be told. Of what an earlier connection of the same writer
// submitted it is told nothing: it submits that again, and only the answer to the repeat is behind the answers to all
// before it. Told at once, "acked" would run ahead of outcomes that are still to come, and a refusal would pass for done.
func (r *Room) settle(p pending, v board.Verdict) {
	m := p.from
	if m == nil || m.gone {
		return
	}
	if v.Code == protocol.CodeWriterUnknown {
		r.expel(m, protocol.CodeWriterUnknown, 0)
		return
	}
	m.tell, r.own = true, true
	if v.Code != protocol.CodeGap {
		m.acked = max(m.acked, p.n)
	}
	if didNot(v) {
		m.refused = append(m.refused, protocol.Refused{N: p.n, Code: v.Code, Parts: v.Parts})
	}
}
