package client

import (
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// draft is the editing state of one note (SPEC section 7): what the board has, then the change on its way, then what was
// typed since, make what the person sees:
//
//	shown = base · sent · typed
//
// When the note's text is replaced as a whole while a change is on its way, nobody knows yet whether that text has the
// change. The draft is then adrift: base and sent stay as they were, arriving edits go to the board's text alone, and as
// soon as the change's outcome is known what is shown is placed anew by a three-way difference.
type draft struct {
	base  string      // the board's text; when adrift, the one before it was replaced
	sent  text.Change // on base; identity if none is on its way
	typed text.Change // on base · sent
	shown string

	// The change on its way.
	op     *queued // nil: none
	rev    protocol.ID
	adrift bool
}

func newDraft(base string) *draft {
	keep := text.Identity(text.Len16(base))
	return &draft{base: base, sent: keep, typed: keep, shown: base}
}

// idle reports whether the person sees what the board has.
func (d *draft) idle() bool { return d.op == nil && d.typed.IsIdentity() }

// edit does to shown what the person did to before, the text they were looking at.
func (d *draft) edit(before, after string) error {
	change, err := text.Diff(before, after, text.NoCaret)
	if err != nil {
		return err
	}
	return d.do(before, change)
}

// do does to shown what a change does to before.
func (d *draft) do(before string, change text.Change) error {
	var err error
	if before != d.shown {
		if change, err = carry(before, change, d.shown); err != nil {
			return err
		}
	}
	typed, err := text.Compose(d.typed, change)
	if err != nil {
		return err
	}
	shown, err := text.Apply(d.shown, change)
	if err != nil {
		return err
	}
	d.typed, d.shown = typed, shown
	return nil
}

// outgoing returns what was typed, small enough to be sent. Nothing is on its way.
func (d *draft) outgoing() (text.Change, error) {
	if d.typed.NumRuns() > text.MaxRuns {
		return text.Diff(d.base, d.shown, text.NoCaret)
	}
	return d.typed, nil
}

// send puts what was typed on its way.
func (d *draft) send(op *queued, rev protocol.ID, change text.Change) {
	d.op, d.rev, d.sent = op, rev, change
	d.adrift = false
	d.typed = text.Identity(text.Len16(d.shown))
}

// arrive takes an edit that made the board's text now.
func (d *draft) arrive(e *protocol.TextEdit, now string) error {
	if d.op != nil && e.Rev == d.rev {
		return d.land(now)
	}
	if d.adrift {
		return nil
	}
	over, sent, err := text.TransformPair(e.Runs.Change, d.sent)
	if err != nil {
		return err
	}
	d.base, d.sent = now, sent
	return d.place(over)
}

// place moves what was typed over a change that came before it.
func (d *draft) place(earlier text.Change) error {
	over, typed, err := text.TransformPair(earlier, d.typed)
	if err != nil {
		return err
	}
	shown, err := text.Apply(d.shown, over)
	if err != nil {
		return err
	}
	d.typed, d.shown = typed, shown
	return nil
}

// replace takes a text of the board that came as a whole.
func (d *draft) replace(now string) error {
	if d.op != nil {
		d.adrift = true
		return nil
	}
	return d.retype(d.base, d.typed, now)
}

// land takes the arrival of the change on its way: now has it.
func (d *draft) land(now string) error {
	expected, err := text.Apply(d.base, d.sent)
	if err != nil {
		return err
	}
	if d.op = nil; d.adrift {
		return d.retype(expected, d.typed, now)
	}
	d.base, d.sent = now, text.Identity(text.Len16(now))
	if expected == now {
		return nil
	}
	change, err := text.Diff(expected, now, text.NoCaret)
	if err != nil {
		return err
	}
	return d.place(change)
}

// fail takes back the change on its way: the board did not do it. It is part of what was typed again.
func (d *draft) fail(now string) error {
	typed, err := text.Compose(d.sent, d.typed)
	if err != nil {
		return err
	}
	if d.op = nil; d.adrift {
		return d.retype(d.base, typed, now)
	}
	d.sent, d.typed = text.Identity(text.Len16(d.base)), typed
	return nil
}

// retype does to now what was typed on from.
func (d *draft) retype(from string, typed text.Change, now string) error {
	typed, err := carry(from, typed, now)
	if err != nil {
		return err
	}
	shown, err := text.Apply(now, typed)
	if err != nil {
		return err
	}
	d.base, d.sent, d.typed, d.shown = now, text.Identity(text.Len16(now)), typed, shown
	d.adrift = false
	return nil
}

// carry takes a change of one text to another whose history in between is not known: what was done in between is
// guessed word by word, but the change is the one that was made.
func carry(from string, c text.Change, now string) (text.Change, error) {
	between, err := text.ThreeWay(from, now, from)
	if err != nil {
		return text.Change{}, err
	}
	return text.Transform(between, c)
}
