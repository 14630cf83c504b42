package board

import (
	"strconv"
	"strings"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// rich makes a change with as many runs as fit, up to all that a change may have: it writes to a text in between its
// letters, or takes every second one out.
func (w *world) rich(base string) protocol.Runs {
	insert := base == "" || len(base) < 400 && !w.chance(3)
	var runs []int // below 0: a delete; 0: an insert
	letters := []rune(base)
	if len(letters) > 0 {
		from := w.rand.IntN(len(letters))
		runs, letters = append(runs, text.Len16(string(letters[:from]))), letters[from:]
		if from == 0 {
			runs = nil
		}
	}
	for len(letters) > 0 && len(runs)+2 <= text.MaxRuns-2 {
		n := text.Len16(string(letters[0]))
		switch {
		case insert:
			runs = append(runs, 0, n)
		case len(runs) == 0 || runs[len(runs)-1] < 0:
			runs = append(runs, n)
		default:
			runs = append(runs, -n)
		}
		letters = letters[1:]
	}
	switch rest := text.Len16(string(letters)); {
	case len(runs) == 0:
		runs = append(runs, 0)
	case rest > 0 && runs[len(runs)-1] > 0:
		runs[len(runs)-1] += rest
	case rest > 0:
		runs = append(runs, rest)
	}
	b := []byte("[")
	for i, n := range runs {
		if i > 0 {
			b = append(b, ',')
		}
		if n == 0 {
			b = append(b, `"xy"`...)
		} else {
			b = strconv.AppendInt(b, int64(n), 10)
		}
	}
	c, err := text.Parse(append(b, ']'))
	if err != nil {
		w.rt.Fatalf("%s]: %v", b, err)
	}
	return protocol.Runs{Change: c}
}

// page makes a batch that writes a page into a note, or changes one that is there all over, again and again.
func (w *world) page() *protocol.Batch {
	batch := &protocol.Batch{}
	n := w.s.notes[living(w, w.s.notes)]
	if n == nil {
		return batch
	}
	base, now, times := n.Rev, n.Text, 1
	c, err := text.Diff(now, strings.Repeat("page ", 200), 0)
	if len(now) > 500 {
		c, times = w.rich(now).Change, 2+w.rand.IntN(3)
	}
	for range times {
		if err != nil {
			w.rt.Fatal(err)
		}
		op := &protocol.NoteText{Note: n.ID, Base: base, Rev: w.rev(), Runs: protocol.Runs{Change: c}}
		batch.Ops = append(batch.Ops, protocol.AnyOp{Op: op})
		if now, err = text.Apply(now, c); err != nil {
			w.rt.Fatal(err)
		}
		base, c = op.Rev, w.rich(now).Change
	}
	return batch
}
