package client

import (
	"cmp"
	"errors"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Why this client ends a connection.
var (
	errSilence    = errors.New("client: heard nothing from the server for 12 s")
	errOrder      = errors.New("client: the server sent a message out of order")
	errNewWriter  = errors.New("client: the outbox needs a new writer")
	errOutcome    = errors.New("client: what became of an op that was given up too late is asked anew")
	errWrongBoard = errors.New("client: the server opened another board")
)

// maxUnknown is how many numbers the board may have of a writer beyond those in the outbox of an earlier program.
const maxUnknown = 1 << 20

// Start is a connection that was made: hello is the first frame to send.
func (c *Core) Start(now time.Time) {
	if c.state == Closed {
		return
	}
	c.setState(Connecting, nil)
	c.greeting, c.rewinding, c.rewound, c.hangup, c.anew, c.bye = true, false, false, false, false, nil
	c.loading, c.moment = nil, nil
	c.heard, c.nextPing = now, now.Add(pingEvery)
	c.frames = []protocol.Frame{&protocol.Hello{Version: protocol.Version, Token: c.opts.Token, Writer: c.outbox.secret,
		Watch: c.opts.Watch, At: c.view.at}}
}

// Receive takes a text message. Whoever reads the connection passes over protocol.ErrFrameType and ends the connection
// at any other decoding error.
func (c *Core) Receive(f protocol.Frame, now time.Time) {
	if c.hangup || c.state != Connecting && c.state != Live {
		return
	}
	c.heard = now
	if c.greeting {
		switch f.(type) {
		case *protocol.Welcome, *protocol.Rewind, *protocol.Bye:
		default:
			if !c.rewinding { // after rewind, what was under way before it is of no use
				c.hang(errOrder)
			}
			return
		}
	}
	switch f := f.(type) {
	case *protocol.Welcome:
		c.welcome(f, now)
	case *protocol.Changes:
		c.changes(f)
	case *protocol.Own:
		c.own(f, now)
	case *protocol.Signals:
		c.receiveSignals(f)
	case *protocol.Pong:
		c.tries = 0 // a connection that lived this long is not a try any more
	case *protocol.NotNow:
		retry := time.Duration(f.Retry) * time.Millisecond
		c.outbox.notNow(f.N, now.Add(retry))
		c.notify(Delayed{Code: f.Code, Message: f.Message, Retry: retry})
	case *protocol.Rewind:
		c.rewind(f)
	case *protocol.Bye:
		c.bye = f
		c.hang(nil)
	}
}

func (c *Core) rewind(f *protocol.Rewind) {
	// The view stays to be looked at until the base is complete, but nothing can be resumed from it.
	c.view.at = ""
	c.loading, c.moment = nil, nil
	c.greeting, c.rewinding, c.rewound = true, true, true
	c.outbox.forget()
	c.setState(Connecting, nil)
	c.notify(Rewound{Code: f.Code, Message: f.Message})
}

func (c *Core) welcome(w *protocol.Welcome, now time.Time) {
	if !c.greeting {
		c.hang(errOrder)
		return
	}
	if !c.board.IsZero() && c.board != w.Board {
		c.hang(errWrongBoard)
		return
	}
	c.board, c.me = w.Board, w.Me
	c.setRole(w.Role)
	c.setLimits(w.Limits)
	clear(c.here)
	for _, id := range w.Here {
		c.here[id] = true
	}
	if w.Writer != nil && !c.welcomeWriter(w.Writer, w.Base > 0) {
		return
	}
	if !c.rewinding {
		c.nextPing = now.Add(pingEvery)
	}
	c.greeting, c.rewinding = false, false
	if w.Base > 0 {
		c.loading = &loading{view: new(View), of: w.Base}
		return
	}
	c.setState(Live, nil)
	c.unparkAll() // what a new writer did not take over has no outcome to wait for
}

// setLimits takes over the server's limits, those it told.
func (c *Core) setLimits(l protocol.Limits) {
	l.Frame = cmp.Or(l.Frame, protocol.MaxFrame)
	l.NoteText = cmp.Or(l.NoteText, protocol.MaxNoteText)
	c.limits = l
}

func (c *Core) setRole(r protocol.Role) {
	if c.role != r {
		c.role = r
		c.told++
		c.notify(RoleChanged{Role: r})
	}
}

// welcomeWriter holds the outbox against what the board has of the writer (W9 to W11). It reports false when the
// connection cannot go on. anew says that the whole state follows.
func (c *Core) welcomeWriter(w *protocol.WriterInfo, anew bool) bool {
	o := &c.outbox
	switch made := w.Secret != ""; {
	case made && o.secret != "": // asked to continue one and was given another
		c.loseWriter(false)
		fallthrough
	case made:
		if o.numbered {
			c.dropped(o.adopt(w.ID, w.Secret), anew)
		} else {
			o.number(w.Last + 1)
		}
		o.secret = w.Secret
		c.notify(WriterMade{ID: w.ID, Secret: w.Secret})
	case !o.numbered:
		o.number(w.Last + 1)
	case w.Last+1 < o.first:
		c.loseWriter(true)
		c.hang(errNewWriter)
		return false
	}
	o.writer, c.last = w.ID, w.Last
	if len(o.entries) == 0 {
		o.first = max(o.first, w.Last+1)
	}
	if w.Last >= o.next()+maxUnknown {
		c.hang(errOrder)
		return false
	}
	for o.next() <= w.Last { // numbers that an earlier program used and this outbox does not know of
		o.push(filler())
	}
	o.limit = w.Last
	c.outbox.forget()
	c.park(anew)
	return !c.leaveWriter()
}

// dropped takes the ops that a new writer does not submit.
func (c *Core) dropped(ops []*queued, anew bool) {
	for _, e := range ops {
		switch {
		case e.typing == nil:
			e.n = 0 // the new writer has no number for it
			c.settle(e, &RefusedError{Code: protocol.CodeVoid})
			c.notify(Saved{Ticket: e.ticket, Writer: c.outbox.writer, Refused: e.outcome})
		case c.isParked(e), e.outcome == nil && anew:
			// The board had it, or may have had it; it may have it still, if it was not restored.
			c.parkStep(e, nil, !c.restored)
		}
	}
}

// loseWriter is W10 and W11: the next hello asks for a new writer, which gets the whole outbox.
func (c *Core) loseWriter(restored bool) {
	c.outbox.secret = ""
	c.anew, c.restored = true, restored
	c.notify(WriterLost{Restored: restored, Unsaved: c.Unsaved()})
}

// writerUnknown is W11. A writer that was welcomed is only out of use: the ops that it has are the board's, so they stay with
// it until they are saved, and not before then do the others move. Moved with them, what has landed would be done twice.
// Which those are the next welcome says, and nothing known here does: an op that was given up keeps acks back, and the
// end of the connection may have overtaken the acks of the last.
func (c *Core) writerUnknown(welcomed bool) {
	if !welcomed {
		c.loseWriter(false)
		return
	}
	c.outbox.pruned, c.anew = true, true
}

// leaveWriter goes for a new writer when nothing is left that the one out of use has. It reports whether it does.
func (c *Core) leaveWriter() bool {
	if !c.outbox.pruned || c.outbox.first <= c.last {
		return false
	}
	c.loseWriter(false)
	c.hang(errNewWriter)
	return true
}

func (c *Core) own(f *protocol.Own, now time.Time) {
	if f.Role != nil {
		c.setRole(*f.Role)
	}
	o := &c.outbox
	for _, r := range f.Refused {
		if r.Code == protocol.CodeWriterUnknown {
			c.writerUnknown(true)
			c.hang(errNewWriter)
			return
		}
		c.refused(r, now)
	}
	if c.hangup { // what this frame says besides is told again
		return
	}
	// An ack says nothing of what was not submitted since the welcome: its answer, and that may be a refusal, is still to
	// come. What it said stays said, though the answer that decides comes in a frame without it.
	o.told = max(o.told, min(f.Acked, o.sent))
	for n := max(o.acked+1, o.first); n <= o.told && o.at(n).decided(); n++ {
		o.acked = n
		c.settle(o.at(n), o.at(n).refused)
	}
	o.saved = max(o.saved, min(f.Saved, o.next()-1))
	for _, e := range o.leave() {
		c.told++
		switch {
		case e.typing != nil:
			c.typingSaved(e)
		case e.ticket != 0:
			c.notify(Saved{Ticket: e.ticket, Writer: o.writer, N: e.n, Refused: e.outcome})
		}
	}
	c.leaveWriter()
}

func (c *Core) refused(r protocol.Refused, now time.Time) {
	o := &c.outbox
	if r.Code == protocol.CodeGap {
		o.restart(o.settled() + 1)
		o.wait(now.Add(gapRetry))
		return
	}
	e := o.at(r.N)
	switch {
	case e == nil:
	case r.Code == protocol.CodeConflict && e.ticket == 0: // a filler: its number is used, which is all it is for
	case r.Code == protocol.CodeConflict && e.voided: // whichever of the op and its void came first stands
		if e.refused == nil || e.refused.Code != protocol.CodeVoid {
			c.stands(e)
		}
	case r.Code == protocol.CodeConflict:
		o.moveToEnd(e)
	case r.Code == protocol.CodeRepeat && !e.known && e.typing != nil && c.isParked(e):
		c.guess(e)
	default:
		refused := &RefusedError{Code: r.Code, Parts: r.Parts}
		if r.Code == protocol.CodeRepeat {
			refused = e.outcome // it landed long ago: the board does not keep what became of it then
		}
		c.decide(e, refused)
	}
}

// decide takes the answer that says what stands under a number.
func (c *Core) decide(e *queued, refused *RefusedError) {
	if e.refused = refused; e.n <= c.outbox.acked {
		c.settle(e, refused)
	}
}

// stands is for an op that was given up when the board had it already. If the op itself was submitted on this connection,
// its answer came before that of the void. Else only the answer to a repeat tells what became of it, and on this connection
// an ack may come before that answer and says nothing: it is asked on another. Typing that is not parked is known to stand.
func (c *Core) stands(e *queued) {
	switch {
	case e.given != nil:
		if e.landed(); !e.asked && (e.typing == nil || c.isParked(e)) {
			c.askAnew()
		}
	case e.back: // of another copy of the void
	case c.rewound: // of a void of before the rewind, or of the op
		c.askAnew()
	default:
		c.voidStands(e)
	}
}

func (c *Core) askAnew() {
	c.anew = true
	c.hang(errOutcome)
}

// voidStands is for an op that an earlier connection put back, and that has a conflict: the board has lost it since, and a
// void that was still on its way came first. So it was given up after all.
func (c *Core) voidStands(e *queued) {
	if e.typing != nil && !c.isParked(e) {
		if e.known && e.outcome != nil { // it was made anew then
			e.spend()
			return
		}
		c.parkStep(e, e, false)
		c.parkDrafts()
	}
	e.given = e.op
	e.setOp(new(protocol.Void))
	c.decide(e, &RefusedError{Code: protocol.CodeVoid})
}

// guess is for parked typing whose number is used and whose outcome the board does not tell: the text will.
func (c *Core) guess(e *queued) {
	if e.typing == nil || !c.isParked(e) {
		return
	}
	note := e.typing.note
	c.parkStep(e, nil, true)
	e.spend()
	c.unpark(note)
}

// settle tells what became of an op, unless that is known.
func (c *Core) settle(e *queued, outcome *RefusedError) {
	if e.ticket == 0 {
		return
	}
	if e.typing != nil {
		refused := e.known && e.outcome != nil
		e.known, e.outcome = true, outcome
		c.settleTyping(e, refused)
		return
	}
	if !e.known || !e.outcome.equal(outcome) {
		e.known, e.outcome = true, outcome
		op := e.op
		if e.given != nil {
			op = e.given
		}
		c.told++
		c.notify(Acked{Ticket: e.ticket, Writer: c.outbox.writer, N: e.n, Op: op, Refused: outcome})
	}
}

func (c *Core) receiveSignals(f *protocol.Signals) {
	for _, s := range f.Signals {
		switch s.Kind {
		case protocol.SignalHere:
			c.here[s.From] = true
			c.told++
		case protocol.SignalGone:
			delete(c.here, s.From)
			c.told++
		}
	}
	c.got = append(c.got, f.Signals...)
}

// Cause is how a connection ended, or why there is none. What the bye frame said goes before it.
type Cause struct {
	Close   int           // WebSocket close code, 0 if there was none
	Code    protocol.Code // what a refused upgrade said
	Message string
	Retry   time.Duration // when the server wants this client back at the earliest; 0: it did not say
	Err     error         // for State
}

// Closed is the end of a connection, or a connection that could not be made. It returns how long to wait before the next,
// and false when there is to be none: then State says why and the outbox stays to be read.
func (c *Core) Closed(cause Cause, now time.Time) (time.Duration, bool) {
	if c.state == Closed {
		return 0, false
	}
	if c.bye != nil {
		cause.Close, cause.Code, cause.Message = c.bye.Close, c.bye.Code, c.bye.Message
		cause.Retry = time.Duration(c.bye.Retry) * time.Millisecond
	} else if c.hangup {
		cause.Err = c.why
	}
	welcomed := !c.greeting && c.state != Offline
	c.greeting, c.rewinding, c.hangup, c.loading, c.bye = false, false, false, nil, nil
	c.frames = nil
	c.signals = signalQueue{}
	clear(c.here)
	cause.complete()
	if cause.Code == protocol.CodeWriterUnknown && c.outbox.secret != "" {
		c.writerUnknown(welcomed)
	}
	if cause.final() || cause.Code == protocol.CodeReplaced && c.shared(now) {
		c.setState(Closed, &ClosedError{Code: cause.Code, Close: cause.Close, Message: cause.Message})
		return 0, false
	}
	if cause.Err == nil && cause.Code != "" {
		cause.Err = &protocol.Error{Code: cause.Code}
	}
	c.setState(Offline, cause.Err)
	return c.backoff(cause.Retry), true
}

// shared is a connection that another one replaced. Once that may be this program's own, whose hello was held up on its way;
// twice in a row it is another program with the same outbox, and the two would evict each other for ever (W1).
func (c *Core) shared(now time.Time) bool {
	before := c.replaced
	c.replaced = now
	return !before.IsZero() && now.Sub(before) < replacedTwice
}

// backoff returns how long to wait (C10). What the server told is the least: whoever it refused at the same moment would
// otherwise come back at the same moment.
func (c *Core) backoff(told time.Duration) time.Duration {
	try := c.tries
	c.tries++
	if told > 0 {
		return told + time.Duration(c.opts.Jitter()*float64(told)/2)
	}
	if c.anew && try == 0 {
		return 0
	}
	most := c.opts.BackoffMax
	if try < 30 {
		most = min(most, c.opts.BackoffMin<<try)
	}
	return time.Duration(c.opts.Jitter() * float64(most))
}

// complete fills in the code from the close code, or the other way round.
func (c *Cause) complete() {
	if c.Code == "" {
		for code, meaning := range protocol.Codes {
			if meaning.Close != 0 && meaning.Close == c.Close {
				c.Code = code
			}
		}
	}
	if c.Close == 0 {
		c.Close = c.Code.Close()
	}
	if c.Message == "" && c.Code != "" {
		c.Message = c.Code.Sentence()
	}
}

// final reports whether coming back is of no use by the close code (C9).
func (c *Cause) final() bool {
	return c.Close >= 4500 && c.Close <= 4999 || c.Close == 1003 || c.Close == 1009
}
