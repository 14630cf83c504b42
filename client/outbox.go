package client

import (
	"fmt"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// queued is an op that has not left the outbox.
type queued struct {
	n      uint64
	ticket Ticket // 0: a filler, which only keeps its number from meaning something else
	op     protocol.Op
	size   int         // of op on the wire, bytes
	given  protocol.Op // what stood here before its author gave it up; nil: not given up
	voided bool        // was given up once, so that a conflict is with that void
	back   bool        // was put back since the last welcome or rewind: the board had it before the void
	out    bool        // was submitted under this number, on whatever connection
	asked  bool        // the op itself, not its void, was submitted since the last welcome, and will be answered
	typing *typing     // what a draft's change did; nil: not a draft's

	refused *RefusedError // what the board said of it since the last welcome
	known   bool          // the program has been told what became of it,
	outcome *RefusedError // which is this
}

// typing is a draft's change with the text it was made on, to be made anew where the base is lost.
type typing struct {
	note   protocol.ID
	rev    protocol.ID // that the change makes
	before string
	change text.Change
}

// outbox is one writer's ops from the oldest that the board may still lose. Numbers in it have no holes: the i-th entry
// has number first+i.
type outbox struct {
	writer   protocol.ID
	secret   string
	numbered bool // the numbers are the board's; before, they wait for the first welcome
	entries  []*queued
	first    uint64 // number of the first entry, or the next one to be given

	told  uint64    // numbers that own.acked named since the last welcome, of those submitted since
	acked uint64    // those of them of which it is known what stands there; an op that was given up stops it
	saved uint64    // numbers that are durable; does not go back, a durable op is not lost
	sent  uint64    // numbers submitted since the last welcome
	hold  time.Time // nothing is submitted before,
	block uint64    // and then from this number on (W7); 0: from the first that is not acked

	pruned bool   // the board takes no new numbers of this writer (W11):
	limit  uint64 // nothing above this one, the last it has, is submitted
}

func (o *outbox) next() uint64 { return o.first + uint64(len(o.entries)) }

func (o *outbox) at(n uint64) *queued {
	if n < o.first || n >= o.next() {
		return nil
	}
	return o.entries[n-o.first]
}

func (o *outbox) push(e *queued) {
	e.n = o.next()
	o.entries = append(o.entries, e)
}

func filler() *queued {
	void := &protocol.Void{}
	return &queued{op: void, size: opSize(void), known: true}
}

func opSize(op protocol.Op) int { return len(protocol.AppendOp(nil, op)) }

// giveUp puts a void under an op's number (W6).
func (o *outbox) giveUp(e *queued) {
	e.given, e.voided = e.op, true
	e.setOp(new(protocol.Void))
	o.restart(e.n)
}

// decided reports whether an ack says what became of the op. Of a number that was given up it does not: whether op or void
// stands there, only the void's own answer tells.
func (e *queued) decided() bool {
	return e.given == nil || e.refused != nil && e.refused.Code == protocol.CodeVoid
}

// landed puts the op back that the board had before it heard of the void: that is what its number means.
func (e *queued) landed() {
	if e.given != nil {
		e.setOp(e.given)
		e.given, e.back = nil, true
	}
}

// spend makes an entry a filler: its op is done with, its number is not.
func (e *queued) spend() {
	e.ticket, e.typing, e.given, e.refused, e.known = 0, nil, nil, nil, true
	e.setOp(new(protocol.Void))
}

// settled is the highest number that needs no submitting now.
func (o *outbox) settled() uint64 { return max(o.acked, o.first-1) }

// restart makes everything in the outbox be submitted again from n on.
func (o *outbox) restart(n uint64) { o.sent = max(min(o.sent, n-1), o.settled()) }

// forget is a welcome or a rewind: what was acked may be lost, what was submitted is unknown.
func (o *outbox) forget() {
	o.told, o.acked, o.sent, o.hold, o.block = 0, 0, o.first-1, time.Time{}, 0
	for _, e := range o.entries {
		e.refused, e.asked, e.back = nil, false, false
	}
}

// leave takes the entries off that are saved and acked since the last rewind, and returns them.
func (o *outbox) leave() []*queued {
	gone := min(o.acked, o.saved)
	if gone < o.first {
		return nil
	}
	left := o.entries[:gone-o.first+1]
	o.entries = o.entries[len(left):]
	o.first = gone + 1
	return left
}

// number gives the board's numbers to an outbox that waited for them.
func (o *outbox) number(first uint64) {
	o.first, o.numbered = first, true
	for i, e := range o.entries {
		e.n = first + uint64(i)
	}
}

// adopt makes the whole outbox that of a new writer, whose numbers begin at 1. Ops that name a number of the old writer
// as this writer's are made to name what they meant. It returns what needs no number now: ops that were given up, and
// typing whose outcome is known, since a change's base may be gone with the old numbers.
func (o *outbox) adopt(writer protocol.ID, secret string) []*queued {
	was := o.writer
	moved := make(map[uint64]uint64, len(o.entries))
	var kept, dropped []*queued
	for _, e := range o.entries {
		switch {
		case e.ticket == 0:
		case e.given != nil, e.typing != nil && e.known:
			dropped = append(dropped, e)
		default:
			kept = append(kept, e)
			moved[e.n] = uint64(len(kept))
		}
	}
	o.writer, o.secret = writer, secret
	o.entries, o.saved, o.pruned = kept, 0, false
	o.number(1)
	rename := func(writer protocol.ID, n uint64) (protocol.ID, uint64) {
		if !writer.IsZero() && writer != was {
			return writer, n
		}
		if to, ok := moved[n]; ok {
			return protocol.ID{}, to
		}
		return was, n
	}
	for _, e := range kept {
		e.setOp(retarget(e.op, rename))
		e.out, e.voided = false, false
	}
	return dropped
}

func (e *queued) setOp(op protocol.Op) { e.op, e.size = op, opSize(op) }

// retarget returns an undo or redo of what name says for what it names; any other op as it is.
func retarget(op protocol.Op, name func(writer protocol.ID, n uint64) (protocol.ID, uint64)) protocol.Op {
	switch op := op.(type) {
	case *protocol.Undo:
		named := *op
		named.Writer, named.N = name(op.Writer, op.N)
		return &named
	case *protocol.Redo:
		named := *op
		named.Writer, named.N = name(op.Writer, op.N)
		return &named
	}
	return op
}

// moveToEnd gives an op whose number turned out to be used for something else a new number. Its old number is filled, so
// that it is not missing when the board loses it.
func (o *outbox) moveToEnd(e *queued) {
	old := filler()
	old.n = e.n
	o.entries[e.n-o.first] = old
	o.push(e)
	e.out, e.voided, e.refused = false, false, nil
	rename := func(writer protocol.ID, n uint64) (protocol.ID, uint64) {
		if writer.IsZero() && n == old.n {
			n = e.n
		}
		return writer, n
	}
	for _, other := range o.entries {
		if !other.out {
			other.setOp(retarget(other.op, rename))
		}
	}
}

// frameOverhead is more than a submit frame takes around its ops.
const frameOverhead = 64

// submits returns the frames that may be sent now, with at most window ops unacked and limit bytes a frame.
func (o *outbox) submits(window, limit int, now time.Time) []protocol.Frame {
	if now.Before(o.hold) {
		return nil
	}
	o.hold = time.Time{}
	o.sent = max(o.sent, o.settled())
	last := min(o.next()-1, o.settled()+uint64(window))
	if o.pruned {
		last = min(last, o.limit)
	}
	if o.sent >= last {
		return nil
	}
	frames := o.unblock()
	for o.sent < last {
		submit := &protocol.Submit{N: o.sent + 1}
		size := frameOverhead
		for o.sent < last {
			e := o.at(o.sent + 1)
			size += e.size + 1
			if size > limit && len(submit.Ops) > 0 {
				break
			}
			submit.Ops = append(submit.Ops, protocol.AnyOp{Op: e.op})
			e.out, e.asked = true, e.asked || e.given == nil
			o.sent++
		}
		frames = append(frames, submit)
	}
	return frames
}

// unblock goes back to the number that the server did not take. If an earlier copy of that op has made it leave the outbox
// since, a void under its number says that this client knows: it is a repeat, and nothing else comes of it.
func (o *outbox) unblock() []protocol.Frame {
	block := o.block
	if o.block = 0; block == 0 {
		return nil
	}
	if block < o.first {
		return []protocol.Frame{&protocol.Submit{N: block, Ops: []protocol.AnyOp{{Op: new(protocol.Void)}}}}
	}
	o.sent = min(o.sent, block-1)
	return nil
}

// notNow stops submitting (W7).
func (o *outbox) notNow(n uint64, until time.Time) {
	o.restart(n)
	o.wait(until)
	for i := max(n, o.first); i < o.next(); i++ {
		o.at(i).asked = false
	}
	if o.block == 0 || n < o.block {
		o.block = n
	}
}

func (o *outbox) wait(until time.Time) {
	if until.After(o.hold) {
		o.hold = until
	}
}

// prepare checks an op that is about to get a number and returns a copy, since what a number means must not change.
// limit is the largest frame, in bytes. The error is a *RefusedError.
func prepare(op protocol.Op, limit int) (protocol.Op, int, error) {
	if err := known(op); err != nil {
		return nil, 0, err
	}
	if err := op.Check(); err != nil {
		return nil, 0, refusalOf(err)
	}
	body := protocol.AppendOp(nil, op)
	if len(body) > limit-frameOverhead {
		return nil, 0, &RefusedError{Code: protocol.CodeFrameTooLarge, Detail: fmt.Sprintf("%d bytes", len(body))}
	}
	kept, err := protocol.DecodeOp(body)
	if err != nil {
		return nil, 0, refusalOf(err)
	}
	return kept, len(body), nil
}

// known refuses what would end the connection: an op, or part of a batch, that is none or only the server's.
func known(op protocol.Op) error {
	if op == nil {
		return &RefusedError{Code: protocol.CodeEmpty, Detail: "no op"}
	}
	info := protocol.KindOf(op.Kind())
	switch {
	case info == nil:
		return &RefusedError{Code: protocol.CodeUnknownKind, Detail: op.Kind()}
	case info.Server:
		return &RefusedError{Code: protocol.CodeServerKind, Detail: op.Kind()}
	}
	if batch, ok := op.(*protocol.Batch); ok {
		for _, part := range batch.Ops {
			if err := known(part.Op); err != nil {
				return err
			}
		}
	}
	return nil
}
