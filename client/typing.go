package client

import (
	"fmt"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// Text returns a note's text as its author sees it here: with what was typed and has not arrived yet.
func (c *Core) Text(note protocol.ID) (string, bool) {
	if d := c.drafts[note]; d != nil {
		return d.shown, true
	}
	if p := c.parked[note]; p != nil {
		return p.shown, true
	}
	n, ok := c.view.notes[note]
	if !ok {
		return "", false
	}
	return n.Text, true
}

// Edit does to a note's text what its author did to before, the text they were looking at, by making it after. If others
// changed it meanwhile, both stay. It returns the text now shown. One change a note is submitted at a time; what is typed
// meanwhile goes with the next. The error is a *RefusedError, ErrNoNote, ErrWatching or why the board is closed.
func (c *Core) Edit(note protocol.ID, before, after string) (string, error) {
	if c.state == Closed {
		return "", c.err
	}
	if c.opts.Watch {
		return "", ErrWatching
	}
	n, ok := c.view.notes[note]
	d := c.drafts[note]
	if !ok && d == nil && c.parked[note] == nil {
		return "", ErrNoNote
	}
	if length := text.Len16(after); length > c.limits.NoteText {
		return "", &RefusedError{Code: protocol.CodeTextTooLong, Detail: fmt.Sprintf("%d characters, at most %d",
			length, c.limits.NoteText)}
	}
	if p := c.parked[note]; p != nil {
		return p.edit(before, after)
	}
	if d == nil {
		d = newDraft(n.Text)
	}
	if err := d.edit(before, after); err != nil {
		return "", &RefusedError{Code: protocol.CodeTextInvalid, Detail: err.Error()}
	}
	c.drafts[note] = d
	c.tidy(note)
	c.told++
	return d.shown, nil
}

// sendDrafts puts what was typed into the outbox, for every note that has nothing on its way.
func (c *Core) sendDrafts() {
	if c.loading != nil || c.rewinding || len(c.drafts) == 0 || c.state == Closed {
		return
	}
	for _, id := range c.draftIDs() {
		d, note := c.drafts[id], c.view.notes[id]
		if d.op != nil || note == nil || d.typed.IsIdentity() {
			continue
		}
		change, err := d.outgoing()
		if err != nil {
			c.refuseText(id, d, protocol.CodeTextInvalid)
			continue
		}
		op := &protocol.NoteText{Note: id, Base: note.Rev, Rev: protocol.NewID(c.opts.IDs), Runs: protocol.Runs{Change: change}}
		e, err := c.enqueue(op)
		if err != nil {
			c.refuseText(id, d, refusalCode(err))
			continue
		}
		d.send(e, op.Rev, change)
		e.typing = &typing{note: id, rev: op.Rev, before: d.base, change: change}
	}
}

// typingSaved takes a draft's change that leaves the outbox. Not before its void is saved is it certain that no copy of
// it still lands.
func (c *Core) typingSaved(e *queued) {
	if e.outcome != nil && e.outcome.Code == protocol.CodeVoid {
		c.settleParked(e)
	}
}

// settleTyping takes what became of a draft's change. before says that it was refused before: then it was made anew.
func (c *Core) settleTyping(e *queued, before bool) {
	if e.outcome != nil && e.outcome.Code == protocol.CodeVoid || c.settleParked(e) {
		return
	}
	id := e.typing.note
	d, note := c.drafts[id], c.view.notes[id]
	if d == nil || d.op != e { // its edit has come
		if e.outcome != nil && baseLost(e.outcome.Code) && !before { // on a history that was lost
			c.parkStep(e, nil, false)
			c.parkDrafts()
			c.unpark(id)
		}
		return
	}
	var err error
	switch {
	case e.outcome == nil || e.outcome.Code == protocol.CodeTaken: // taken: it is there by an earlier number
		err = c.draftDone(id, d, note)
	case baseLost(e.outcome.Code) && note != nil:
		err = d.fail(note.Text)
	default:
		c.refuseText(id, d, e.outcome.Code)
	}
	if err != nil {
		c.lost(err)
	}
	c.tidy(id)
}

// baseLost reports whether a change was refused because of the text it was made on: the board does not know its revision,
// or lost it in a rewind and made it again as another text, which the change does not fit. It is made anew (M6).
func baseLost(code protocol.Code) bool {
	return code == protocol.CodeStale || code == protocol.CodeTextRange || code == protocol.CodeTextSurrogate
}

// draftDone is a change that the board has done. Acks come behind the changes of what they ack, so its edit was in a text
// that came as a whole.
func (c *Core) draftDone(id protocol.ID, d *draft, note *Note) error {
	if note != nil {
		return d.land(note.Text)
	}
	if d.op = nil; !d.typed.IsIdentity() {
		c.refuseText(id, d, protocol.CodeGone)
	}
	return nil
}

func refusalCode(err error) protocol.Code {
	if refused, ok := err.(*RefusedError); ok {
		return refused.Code
	}
	return protocol.CodeMalformed
}
