package client

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// Queued is one piece of what must outlive a program: an op that is not saved, or something typed that is not submitted. It
// is stored as JSON.
type Queued struct {
	// N is the number that the op has, or what was typed might get; 0: not known before the next welcome.
	N  uint64
	Op protocol.Op
	// Voided says that a void was submitted under the number too, so that a conflict is with that.
	Voided bool
	// Typing is what it takes to make a note.text anew that Edit made; the zero value for every other op.
	Typing Typing
}

// Typing is a change of a note's text with the text it was made on. A program that goes on with an outbox waits until it is
// known whether the board has the change, and makes it anew on what the note is then. As a bare op, a change that follows
// one in flight would be lost: the board may have merged that with what others typed, and has another text.
type Typing struct {
	Before string      `json:"before"` // the text it was made on
	At     int         `json:"at"`     // its place among those of its note that are not known to stand
	State  TypingState `json:"state"`  // empty: not typing
}

// TypingState is how far a change of a note's text came.
type TypingState string

// States of typing.
const (
	TypingSent  TypingState = "sent"  // it has its number, and may have been submitted
	TypingGiven TypingState = "given" // the same, and then a void took its place
	TypingHeld  TypingState = "held"  // the board does not have it
	TypingMaybe TypingState = "maybe" // only the note's text says whether the board has it
)

// storedJSON is the form in which a Queued is stored.
type storedJSON struct {
	N      uint64          `json:"n"`
	Op     json.RawMessage `json:"op"`
	Voided bool            `json:"voided,omitzero"`
	Typing Typing          `json:"typing,omitzero"`
}

// MarshalJSON writes {"n":…,"op":{…}}, with "voided" and "typing" where they say something.
func (q Queued) MarshalJSON() ([]byte, error) {
	if q.Op == nil {
		return nil, fmt.Errorf("client: number %d of an outbox has no op", q.N)
	}
	return json.Marshal(storedJSON{N: q.N, Op: protocol.AppendOp(nil, q.Op), Voided: q.Voided, Typing: q.Typing})
}

// UnmarshalJSON reads what MarshalJSON wrote. Whether the op is one that a client may submit, NewCore says.
func (q *Queued) UnmarshalJSON(b []byte) error {
	var stored storedJSON
	if err := json.Unmarshal(b, &stored); err != nil {
		return err
	}
	op, err := protocol.DecodeOp(stored.Op)
	if err != nil {
		return fmt.Errorf("client: number %d of an outbox: %w", stored.N, err)
	}
	*q = Queued{N: stored.N, Op: op, Voided: stored.Voided, Typing: stored.Typing}
	return nil
}

// Outbox returns what must outlive this program: the ops that are not saved, and behind them what was typed and is not
// submitted. With the writer's secret it is what another program needs to go on. For that it is to be stored, as it
// stands, before the frames of a Take are sent.
func (c *Core) Outbox() []Queued {
	out := make([]Queued, 0, len(c.outbox.entries))
	for _, e := range c.outbox.entries {
		out = append(out, c.storedEntry(e))
	}
	for _, id := range slices.SortedFunc(maps.Keys(c.parked), compareID) {
		for at, s := range c.parked[id].steps {
			if s.op == nil {
				out = c.storeTyped(out, id, at, s)
			}
		}
	}
	for _, id := range c.draftIDs() {
		d := c.drafts[id]
		if before, err := text.Apply(d.base, d.sent); err == nil && !d.typed.IsIdentity() {
			out = c.storeTyped(out, id, 1, step{before: before, change: d.typed}) // behind what is on its way
		}
	}
	if c.outbox.secret != "" && !c.outbox.numbered { // an earlier program used numbers that are not known yet
		for i := range out {
			out[i].N = 0
		}
	}
	return out
}

func (c *Core) storedEntry(e *queued) Queued {
	if e.typing == nil {
		return Queued{N: e.n, Op: e.op, Voided: e.voided && e.given == nil}
	}
	p := c.parked[e.typing.note]
	at := -1
	if p != nil {
		at = p.index(e)
	}
	if at < 0 && e.known && e.outcome != nil { // it was made anew then
		return Queued{N: e.n, Op: new(protocol.Void)}
	}
	q := Queued{N: e.n, Op: e.op, Voided: e.voided, Typing: Typing{Before: e.typing.before, At: max(at, 0), State: TypingSent}}
	if e.given != nil {
		q.Op, q.Typing.State = e.given, TypingGiven
	}
	return q
}

// storeTyped appends what has no number. Its revisions stand for nothing: it gets others when it is submitted.
func (c *Core) storeTyped(out []Queued, note protocol.ID, at int, s step) []Queued {
	change := s.change
	if change.NumRuns() > text.MaxRuns {
		after, err := text.Apply(s.before, change)
		if err != nil {
			return out
		}
		if change, err = text.Diff(s.before, after, text.NoCaret); err != nil {
			return out
		}
	}
	state := TypingHeld
	if s.maybe {
		state = TypingMaybe
	}
	return append(out, Queued{
		N: c.outbox.first + uint64(len(out)),
		Op: &protocol.NoteText{Note: note, Base: protocol.NewID(c.opts.IDs), Rev: protocol.NewID(c.opts.IDs),
			Runs: protocol.Runs{Change: change}},
		Typing: Typing{Before: s.before, At: at, State: state},
	})
}

// restore makes the outbox what an earlier program left: numbers without holes, the lowest first, or none at all. What was
// typed is parked until it is known which of it the board has.
func (c *Core) restore(left []Queued) error {
	o := &c.outbox
	typed := make(map[protocol.ID][]restoredStep)
	for i, q := range left {
		switch before := left[max(i-1, 0)].N; {
		case i == 0 && q.N > 0:
			o.first, o.numbered = q.N, true
		case i > 0 && o.numbered && q.N != before+1:
			return fmt.Errorf("client: the outbox has number %d where %d comes next", q.N, before+1)
		case !o.numbered && q.N != 0:
			return fmt.Errorf("client: the outbox has number %d behind an op without one", q.N)
		}
		if err := c.restoreOne(q, typed); err != nil {
			return fmt.Errorf("client: op %d of the outbox: %w", q.N, err)
		}
	}
	for id, list := range typed {
		slices.SortStableFunc(list, func(a, b restoredStep) int { return a.at - b.at })
		p := new(parked)
		for _, s := range list {
			p.steps, p.shown = append(p.steps, s.step), s.after
		}
		c.parked[id] = p
	}
	return nil
}

type restoredStep struct {
	step
	at    int
	after string
}

func (c *Core) restoreOne(q Queued, typed map[protocol.ID][]restoredStep) error {
	op, size, err := prepare(q.Op, protocol.MaxFrame)
	if err != nil {
		return err
	}
	var e *queued
	if held := q.Typing.State == TypingHeld || q.Typing.State == TypingMaybe; !held {
		if c.outbox.numbered && c.outbox.next() != q.N {
			return fmt.Errorf("it stands behind typing without a number")
		}
		if e = filler(); op.Kind() != e.op.Kind() {
			e = &queued{ticket: c.ticket(), op: op, size: size, voided: q.Voided}
		}
		c.outbox.push(e)
	}
	if q.Typing == (Typing{}) {
		return nil
	}
	change, ok := op.(*protocol.NoteText)
	if !ok {
		return fmt.Errorf("%s cannot be typed", op.Kind())
	}
	after, err := text.Apply(q.Typing.Before, change.Runs.Change)
	if err != nil {
		return err
	}
	switch q.Typing.State {
	case TypingSent, TypingGiven:
		e.typing = &typing{note: change.Note, rev: change.Rev, before: q.Typing.Before, change: change.Runs.Change}
		if q.Typing.State == TypingGiven {
			e.given = op
			e.setOp(new(protocol.Void))
		}
	case TypingHeld, TypingMaybe:
	default:
		return fmt.Errorf("no state of typing: %q", q.Typing.State)
	}
	typed[change.Note] = append(typed[change.Note], restoredStep{at: q.Typing.At, after: after,
		step: step{op: e, maybe: q.Typing.State == TypingMaybe, before: q.Typing.Before, change: change.Runs.Change}})
	return nil
}
