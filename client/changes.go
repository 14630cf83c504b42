package client

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// ReceiveBase takes a binary message: a part of the whole state.
func (c *Core) ReceiveBase(b *protocol.Base, now time.Time) {
	if c.hangup || c.state != Connecting && c.state != Live {
		return
	}
	c.heard = now
	l := c.loading
	if l == nil || b.Part != l.got+1 || b.Of != l.of {
		if !c.rewinding {
			c.hang(errOrder)
		}
		return
	}
	l.got++
	if err := l.view.Apply(b.Changes...); err != nil {
		c.hang(err)
		return
	}
	if l.got < l.of {
		return
	}
	l.view.seq, l.view.at = b.Seq, b.At
	c.loading = nil
	c.swap(l.view)
	c.setState(Live, nil)
}

// changes takes what became of the board.
func (c *Core) changes(f *protocol.Changes) {
	if c.loading != nil {
		c.hang(errOrder)
		return
	}
	for i := range f.Changes {
		if err := c.change(&f.Changes[i]); err != nil {
			c.lost(err)
			return
		}
	}
	c.view.seq, c.view.at = f.Seq, f.At
	c.told++
}

// lost is a copy that is not what the server thinks it is: the whole state is taken anew.
func (c *Core) lost(err error) {
	c.view.at = ""
	c.hang(err)
}

func (c *Core) change(ch *protocol.Change) error {
	if err := c.view.apply(ch); err != nil {
		return err
	}
	if ch.Note == nil {
		return nil
	}
	d := c.drafts[ch.Note.ID]
	if d == nil {
		return nil
	}
	if err := c.changeDraft(d, ch.Note); err != nil {
		return fmt.Errorf("client: note %s: %w", ch.Note.ID, err)
	}
	return nil
}

func (c *Core) changeDraft(d *draft, ch *protocol.NoteChange) error {
	defer c.tidy(ch.ID)
	note, err := c.view.notes[ch.ID], error(nil)
	switch {
	case ch.Deleted:
		c.deleted(ch.ID, d)
	case ch.Edit != nil:
		err = d.arrive(ch.Edit, note.Text)
	case ch.Rev != nil && d.op != nil && *ch.Rev == d.rev:
		err = d.land(note.Text)
	case ch.Rev != nil || ch.Text != nil:
		err = d.replace(note.Text, d.op != nil && d.op.n <= c.last)
	}
	return err
}

// deleted is a note that is gone while it is being typed in. If a change is on its way, its outcome ends the draft.
func (c *Core) deleted(id protocol.ID, d *draft) {
	if d.op == nil || d.done {
		c.refuseText(id, d, protocol.CodeGone)
		return
	}
	d.adrift = true
}

// refuseText ends a draft whose text did not get onto the board.
func (c *Core) refuseText(id protocol.ID, d *draft, code protocol.Code) {
	delete(c.drafts, id)
	c.told++
	c.notify(TextRefused{Note: id, Text: d.shown, Code: code})
}

func (c *Core) tidy(id protocol.ID) {
	if d := c.drafts[id]; d != nil && d.idle() {
		delete(c.drafts, id)
	}
}

// swap makes a whole state the copy.
func (c *Core) swap(fresh *View) {
	old := c.view
	c.view = fresh
	c.told++
	for _, id := range c.draftIDs() {
		d := c.drafts[id]
		note, ok := fresh.notes[id]
		was := old.notes[id]
		var err error
		switch {
		case !ok:
			c.deleted(id, d)
		case was != nil && was.Rev == note.Rev && !d.adrift:
		case d.op != nil && note.Rev == d.rev:
			err = d.land(note.Text)
		default:
			err = d.replace(note.Text, d.op != nil && d.op.n <= c.last)
			if err == nil && d.adrift && d.inBase && d.done { // acked while the base was on its way
				err = d.land(note.Text)
			}
		}
		c.tidy(id)
		if err != nil {
			c.refuseText(id, d, protocol.CodeStale)
		}
	}
}

func (c *Core) draftIDs() []protocol.ID { return slices.SortedFunc(maps.Keys(c.drafts), compareID) }

// Text returns a note's text as its author sees it here: with what was typed and has not arrived yet.
func (c *Core) Text(note protocol.ID) (string, bool) {
	if d := c.drafts[note]; d != nil {
		return d.shown, true
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
	if !ok && d == nil {
		return "", ErrNoNote
	}
	if length := text.Len16(after); length > c.limits.NoteText {
		return "", &RefusedError{Code: protocol.CodeTextTooLong, Detail: fmt.Sprintf("%d characters, at most %d",
			length, c.limits.NoteText)}
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
	}
}

// unsent returns what was typed after the changes on their way, as ops numbered from n.
func (c *Core) unsent(n uint64) []Queued {
	var out []Queued
	for _, id := range c.draftIDs() {
		d, note := c.drafts[id], c.view.notes[id]
		if d.typed.IsIdentity() || d.adrift || note == nil || d.typed.NumRuns() > text.MaxRuns {
			continue
		}
		base := note.Rev
		if d.op != nil {
			base = d.rev
		}
		out = append(out, Queued{N: n, Op: &protocol.NoteText{Note: id, Base: base, Rev: protocol.NewID(c.opts.IDs),
			Runs: protocol.Runs{Change: d.typed}}})
		n++
	}
	return out
}

// settleDraft takes what became of an op that may be a draft's change.
func (c *Core) settleDraft(e *queued) {
	op, ok := e.op.(*protocol.NoteText)
	if !ok {
		return
	}
	d := c.drafts[op.Note]
	if d == nil || d.op != e {
		return
	}
	note := c.view.notes[op.Note]
	var err error
	switch {
	case e.outcome == nil && note == nil:
		d.op = nil
		if !d.typed.IsIdentity() {
			c.refuseText(op.Note, d, protocol.CodeGone)
		}
	case e.outcome == nil && d.adrift && d.inBase:
		err = d.land(note.Text)
	case e.outcome == nil:
		d.done = true
	case e.outcome.Code == protocol.CodeStale && note != nil:
		err = d.fail(note.Text)
	default:
		c.refuseText(op.Note, d, e.outcome.Code)
	}
	if err != nil {
		c.lost(err)
	}
	c.tidy(op.Note)
}

// passDrafts ends the waiting for edits that will not come: the board acked the change, then answered a ping that was
// sent later than that, and its edit was in neither. It was part of a text that came as a whole.
func (c *Core) passDrafts() {
	for _, id := range c.draftIDs() {
		d, note := c.drafts[id], c.view.notes[id]
		switch {
		case d.op == nil || !d.done || note == nil || c.loading != nil:
		case !d.late:
			d.late = true
		default:
			d.adrift = true
			if err := d.land(note.Text); err != nil {
				c.lost(err)
			}
			c.tidy(id)
		}
	}
}

func refusalCode(err error) protocol.Code {
	if refused, ok := err.(*RefusedError); ok {
		return refused.Code
	}
	return protocol.CodeMalformed
}
