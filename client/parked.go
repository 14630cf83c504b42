package client

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// parked is what was typed into a note on a history that the board may have lost. A revision that is lost and made again
// may be another text, so a change on it must not be submitted as it stands: each that the board does not have is given
// up under its number, and when it is known which of them had landed all the same, the others are made anew,
// in order, on what the note is now.
type parked struct {
	shown string
	steps []step
}

// step is one change and the text it was made on.
type step struct {
	op     *queued // its outcome is not known yet; nil: the board does not have it
	maybe  bool    // the board may have it: only its text says
	before string
	change text.Change
}

// edit does to what is shown what the person did to before.
func (p *parked) edit(before, after string) (string, error) {
	d := newDraft(p.shown)
	if err := d.edit(before, after); err != nil {
		return "", &RefusedError{Code: protocol.CodeTextInvalid, Detail: err.Error()}
	}
	p.steps = append(p.steps, step{before: p.shown, change: d.typed})
	p.shown = d.shown
	return p.shown, nil
}

func (p *parked) known() bool {
	return !slices.ContainsFunc(p.steps, func(s step) bool { return s.op != nil })
}

// park looks through the outbox for typing that the board does not have, after a welcome. anew says that the whole state
// follows: what the typing was made on may be lost.
func (c *Core) park(anew bool) {
	for _, e := range c.outbox.entries {
		switch {
		case e.typing == nil:
		case e.given != nil:
			if anew && !c.isParked(e) { // it had landed, on a history that may be lost
				c.parkStep(e, e, false)
			}
		case e.n <= c.last:
		case e.known && e.outcome != nil:
			e.spend() // it was refused, and made anew then
		case anew || c.isParked(e):
			c.outbox.giveUp(e)
			c.parkStep(e, e, false)
		}
	}
	c.parkDrafts()
}

// parkDrafts parks what is being typed into notes of which something is parked: it comes behind that.
func (c *Core) parkDrafts() {
	for _, id := range slices.SortedFunc(maps.Keys(c.parked), compareID) {
		d, p := c.drafts[id], c.parked[id]
		if d == nil {
			continue
		}
		delete(c.drafts, id)
		if e := d.op; e != nil && e.typing != nil && c.outbox.at(e.n) == e && p.index(e) < 0 {
			c.parkStep(e, e, false) // the board has its number: what became of it is still to come
		}
		if before, err := text.Apply(d.base, d.sent); err == nil && !d.typed.IsIdentity() {
			p.steps = append(p.steps, step{before: before, change: d.typed})
		}
	}
}

// parkStep parks a draft's change, or parks it anew: op is what its outcome comes with, nil if none will come.
func (c *Core) parkStep(e, op *queued, maybe bool) {
	id := e.typing.note
	p := c.parked[id]
	if p == nil {
		shown, _ := c.Text(id)
		p = &parked{shown: shown}
		c.parked[id] = p
	}
	i := p.index(e)
	if i < 0 {
		i = len(p.steps)
		p.steps = append(p.steps, step{before: e.typing.before, change: e.typing.change})
	}
	p.steps[i].op, p.steps[i].maybe = op, maybe
}

func (p *parked) index(e *queued) int {
	return slices.IndexFunc(p.steps, func(s step) bool { return s.op == e })
}

func (c *Core) isParked(e *queued) bool {
	p := c.parked[e.typing.note]
	return p != nil && p.index(e) >= 0
}

// settleParked takes what became of a parked change; false if it is none.
func (c *Core) settleParked(e *queued) bool {
	if !c.isParked(e) {
		return false
	}
	id := e.typing.note
	p := c.parked[id]
	i := p.index(e)
	switch {
	case e.outcome == nil || e.outcome.Code == protocol.CodeTaken:
		p.steps = slices.Delete(p.steps, i, i+1) // it had landed
	case e.outcome.Code == protocol.CodeVoid || baseLost(e.outcome.Code):
		p.steps[i].op = nil
	default:
		p.steps = slices.Delete(p.steps, i, i+1)
		c.told++
		after, _ := text.Apply(e.typing.before, e.typing.change)
		c.notify(TextRefused{Note: id, Text: after, Code: e.outcome.Code})
	}
	c.unpark(id)
	return true
}

// parkedLanded takes an edit that came: if it is that of a parked change, the board has it.
func (c *Core) parkedLanded(id, rev protocol.ID) {
	p := c.parked[id]
	if p == nil {
		return
	}
	p.steps = slices.DeleteFunc(p.steps, func(s step) bool { return s.op != nil && s.op.typing.rev == rev })
	c.unpark(id)
}

// unpark makes a note's parked typing a draft on what the note is now, if all is known that it takes.
func (c *Core) unpark(id protocol.ID) {
	p := c.parked[id]
	if c.loading != nil || c.rewinding || !p.known() {
		return
	}
	delete(c.parked, id)
	c.told++
	note := c.view.notes[id]
	if note == nil {
		if len(p.steps) > 0 {
			c.notify(TextRefused{Note: id, Text: p.shown, Code: protocol.CodeGone})
		}
		return
	}
	d := newDraft(note.Text)
	c.drafts[id] = d
	for _, s := range p.steps {
		if s.redo(d) != nil {
			c.refuseText(id, d, protocol.CodeTextInvalid)
			return
		}
	}
	c.tidy(id)
}

// redo makes the step anew on a draft. Where the board may have it, the words it inserted tell: a text that has all of
// them has the step.
func (s *step) redo(d *draft) error {
	if s.maybe && s.stands(d.shown) {
		return nil
	}
	return d.do(s.before, s.change)
}

func (s *step) stands(now string) bool {
	var runs []any
	if json.Unmarshal(s.change.AppendJSON(nil), &runs) != nil {
		return false
	}
	for _, run := range runs {
		if inserted, ok := run.(string); ok && !strings.Contains(now, inserted) {
			return false
		}
	}
	return true
}

func (c *Core) unparkAll() {
	for _, id := range slices.SortedFunc(maps.Keys(c.parked), compareID) {
		c.unpark(id)
	}
}
