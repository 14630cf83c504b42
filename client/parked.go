package client

import (
	"maps"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// parked is what was typed into a note on a history that the board may have lost. A revision that is lost and made again
// may be another text, so a change on it must not be submitted as it stands: each that the board does not have is given
// up under its number, and when it is known which of them had landed all the same, the others are made anew, in order,
// as three-way differences.
type parked struct {
	shown string
	steps []step
}

// step is one change as the two texts it lies between.
type step struct {
	op            *queued // its outcome is not known yet; nil: the board does not have it
	before, after string
}

// edit does to what is shown what the person did to before.
func (p *parked) edit(before, after string) (string, error) {
	change, err := text.ThreeWay(before, after, p.shown)
	if err != nil {
		return "", &RefusedError{Code: protocol.CodeTextInvalid, Detail: err.Error()}
	}
	shown, err := text.Apply(p.shown, change)
	if err != nil {
		return "", &RefusedError{Code: protocol.CodeTextInvalid, Detail: err.Error()}
	}
	p.steps = append(p.steps, step{before: before, after: after})
	p.shown = shown
	return shown, nil
}

func (p *parked) known() bool {
	return !slices.ContainsFunc(p.steps, func(s step) bool { return s.op != nil })
}

// park looks through the outbox for typing that the board does not have, after a welcome. anew says that the whole state
// follows: what the typing was made on may be lost.
func (c *Core) park(anew bool) {
	for _, e := range c.outbox.entries {
		switch {
		case e.typing == nil || e.n <= c.last || e.given != nil:
		case e.known && e.outcome != nil:
			e.spend() // it was refused, and made anew then
		case anew:
			c.outbox.giveUp(e)
			c.parkStep(e.typing.note, step{op: e, before: e.typing.before, after: e.typing.after})
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(c.parked), compareID) {
		d, p := c.drafts[id], c.parked[id]
		if d == nil {
			continue
		}
		delete(c.drafts, id)
		if before, err := text.Apply(d.base, d.sent); err == nil && !d.typed.IsIdentity() {
			p.steps = append(p.steps, step{before: before, after: d.shown})
		}
	}
}

func (c *Core) parkStep(note protocol.ID, s step) {
	p := c.parked[note]
	if p == nil {
		shown, _ := c.Text(note)
		p = &parked{shown: shown}
		c.parked[note] = p
	}
	p.steps = append(p.steps, s)
}

// settleParked takes what became of a parked change; false if it is none.
func (c *Core) settleParked(e *queued) bool {
	id := e.typing.note
	p := c.parked[id]
	if p == nil {
		return false
	}
	i := slices.IndexFunc(p.steps, func(s step) bool { return s.op == e })
	if i < 0 {
		return false
	}
	switch {
	case e.outcome == nil || e.outcome.Code == protocol.CodeTaken:
		p.steps = slices.Delete(p.steps, i, i+1) // it had landed
	case e.outcome.Code == protocol.CodeVoid || e.outcome.Code == protocol.CodeStale:
		p.steps[i].op = nil
	default:
		p.steps = slices.Delete(p.steps, i, i+1)
		c.told++
		c.notify(TextRefused{Note: id, Text: e.typing.after, Code: e.outcome.Code})
	}
	c.unpark(id)
	return true
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
		if d.edit(s.before, s.after) != nil {
			c.refuseText(id, d, protocol.CodeTextInvalid)
			return
		}
	}
	c.tidy(id)
}

func (c *Core) unparkAll() {
	for _, id := range slices.SortedFunc(maps.Keys(c.parked), compareID) {
		c.unpark(id)
	}
}
