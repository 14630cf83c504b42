package text

import (
	"errors"
	"slices"
)

const (
	// MaxRuns is how many runs a change may have when it is sent (T4).
	MaxRuns = 256
	// MaxLen is the longest base or result of a change that is read, in UTF-16 units (T4). It lies far above any limit
	// on a text and keeps every sum exact, in JavaScript too.
	MaxLen = 1 << 20
)

// The errors of this package. They are returned as they are, without detail, so that nobody's words travel in an error.
var (
	// ErrSyntax: not a JSON array of integers and strings.
	ErrSyntax = errors.New("text: not an array of integers and strings")
	// ErrNotCanonical: a change, but not in its one spelling (T3).
	ErrNotCanonical = errors.New("text: the change is not in its canonical form")
	// ErrTooManyRuns: more than MaxRuns runs (T4).
	ErrTooManyRuns = errors.New("text: too many runs in one change")
	// ErrLength: the change is for a text of another length, or longer than MaxLen (T4, T7).
	ErrLength = errors.New("text: the change does not fit the length of the text")
	// ErrSurrogate: a run begins or ends inside a surrogate pair (T6).
	ErrSurrogate = errors.New("text: a run ends inside a character")
	// ErrUnicode: text is not valid Unicode (T5).
	ErrUnicode = errors.New("text: not valid Unicode")
	// ErrControl: text has a control character other than newline and tab (T5).
	ErrControl = errors.New("text: control character")
)

// Change is an immutable edit of one text: runs of keep, delete and insert over the whole of it, in canonical form. It
// is made by Parse, Identity, Diff, ThreeWay, Compose, Transform or Invert and may be shared between goroutines. The zero
// Change turns the empty text into itself.
type Change struct {
	runs         []run
	base, result int
}

type kind uint8

const (
	none kind = iota // past the last run
	keep
	del
	ins
)

// run is one part of a change. n is its length in UTF-16 units, also for an insert, whose text s is; s is ASCII exactly
// when len(s) == n.
type run struct {
	s    string
	n    int
	kind kind
}

// Identity returns the change that keeps all of a text of n units. It panics if n is negative.
func Identity(n int) Change {
	if n < 0 {
		panic("text: negative length")
	}
	var b builder
	b.keep(n)
	return b.change()
}

// BaseLen returns the length of the text the change applies to, in UTF-16 units.
func (c Change) BaseLen() int { return c.base }

// ResultLen returns the length of the text the change makes, in UTF-16 units.
func (c Change) ResultLen() int { return c.result }

// NumRuns returns how many runs the change has. Compose and Transform may give more than MaxRuns; such a change is not sent.
func (c Change) NumRuns() int { return len(c.runs) }

// IsIdentity reports whether the change keeps everything and inserts nothing.
func (c Change) IsIdentity() bool {
	return len(c.runs) == 0 || len(c.runs) == 1 && c.runs[0].kind == keep
}

// Equal reports whether both are the same change.
func (c Change) Equal(d Change) bool { return slices.Equal(c.runs, d.runs) }

// String returns the JSON form.
func (c Change) String() string { return string(c.AppendJSON(nil)) }

// builder makes the canonical form out of any sequence of runs: between two keeps it holds one insert and one delete,
// and writes the insert first.
type builder struct {
	c     Change
	first string // the pending insert while it is one piece
	more  []byte // the pending insert when it is several
	insN  int
	delN  int
}

func (b *builder) keep(n int) {
	if n == 0 {
		return
	}
	b.c.base += n
	b.c.result += n
	b.flush()
	if i := len(b.c.runs) - 1; i >= 0 && b.c.runs[i].kind == keep {
		b.c.runs[i].n += n
		return
	}
	b.c.runs = append(b.c.runs, run{n: n, kind: keep})
}

func (b *builder) delete(n int) {
	b.c.base += n
	b.delN += n
}

// insert adds s, which is n units long.
func (b *builder) insert(s string, n int) {
	switch {
	case n == 0:
		return
	case b.insN == 0:
		b.first = s
	case len(b.more) == 0:
		b.more = append(append(b.more, b.first...), s...)
	default:
		b.more = append(b.more, s...)
	}
	b.c.result += n
	b.insN += n
}

func (b *builder) flush() {
	if b.insN > 0 {
		if len(b.more) > 0 {
			b.first = string(b.more)
		}
		b.c.runs = append(b.c.runs, run{s: b.first, n: b.insN, kind: ins})
		b.first, b.more, b.insN = "", b.more[:0], 0
	}
	if b.delN > 0 {
		b.c.runs = append(b.c.runs, run{n: b.delN, kind: del})
		b.delN = 0
	}
}

func (b *builder) change() Change {
	b.flush()
	return b.c
}
