package client

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
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
	if c.moment = append(c.moment, f.Changes...); f.At == "" {
		return // more of the same moment follows: half of it is no state that the board ever had
	}
	moment := c.moment
	c.moment = nil
	for i := range moment {
		if err := c.change(&moment[i]); err != nil {
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
	d := c.drafts[ch.Note.ID] // before a draft is made of what was parked: that begins with the note as it is now
	if ch.Note.Rev != nil {
		c.parkedLanded(ch.Note.ID, *ch.Note.Rev)
	} else if ch.Note.Edit != nil {
		c.parkedLanded(ch.Note.ID, ch.Note.Edit.Rev)
	}
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
		err = d.replace(note.Text)
	}
	return err
}

// deleted is a note that is gone while it is being typed in. If a change is on its way, its outcome ends the draft.
func (c *Core) deleted(id protocol.ID, d *draft) {
	if d.op == nil {
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
			err = d.replace(note.Text)
		}
		c.tidy(id)
		if err != nil {
			c.refuseText(id, d, protocol.CodeStale)
		}
	}
	c.unparkAll()
}

func (c *Core) draftIDs() []protocol.ID { return slices.SortedFunc(maps.Keys(c.drafts), compareID) }
