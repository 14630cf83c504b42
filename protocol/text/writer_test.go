package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sequencer is the server of rule T16 for one note: revision i is the text after the first i changes.
type sequencer struct {
	text string
	log  []submitted
}

type submitted struct {
	by       int
	revision int // the one it was made on; of a change in the log, the one before it
	change   Change
}

func (s *sequencer) submit(t fataler, in submitted) {
	for _, applied := range s.log[in.revision:] {
		var err error
		if in.change, err = Transform(applied.change, in.change); err != nil {
			t.Fatalf("Transform: %v", err)
		}
	}
	in.revision = len(s.log)
	s.text = apply(t, s.text, in.change)
	s.log = append(s.log, in)
}

// writer is the client of rule T17. outbox is its way to the sequencer; revision is also its place in the sequencer's log.
type writer struct {
	id          int
	revision    int
	base, shown string
	sent, typed Change
	flying      bool
	outbox      []submitted
}

func newWriter(id int, text string) *writer {
	none := Identity(Len16(text))
	return &writer{id: id, base: text, shown: text, sent: none, typed: none}
}

func (w *writer) typing(t fataler, c Change) {
	w.shown = apply(t, w.shown, c)
	w.typed = compose(t, w.typed, c)
	w.send(t)
}

func (w *writer) send(t fataler) {
	if w.flying || w.typed.IsIdentity() {
		return
	}
	w.sent, w.flying = w.typed, true
	if w.sent.NumRuns() > MaxRuns {
		c, err := Diff(w.base, w.shown, NoCaret)
		if err != nil {
			t.Fatalf("Diff: %v", err)
		}
		w.sent = c
	}
	w.typed = Identity(Len16(w.shown))
	c, err := Parse(w.sent.AppendJSON(nil)) // as it goes over the wire
	if err != nil {
		t.Fatalf("the writer sent %v: %v", w.sent, err)
	}
	w.outbox = append(w.outbox, submitted{by: w.id, revision: w.revision, change: c})
}

func (w *writer) receive(t fataler, s submitted) {
	w.base = apply(t, w.base, s.change)
	w.revision++
	if s.by == w.id {
		if !s.change.Equal(w.sent) {
			t.Fatalf("the server made %v of my change, I made %v", s.change, w.sent)
		}
		w.sent, w.flying = Identity(Len16(w.base)), false
		w.send(t)
		return
	}
	c, sent := pair(t, s.change, w.sent)
	c, typed := pair(t, c, w.typed)
	w.sent, w.typed = sent, typed
	w.shown = apply(t, w.shown, c)
	w.check(t)
}

// refused is step 5: the sequencer, whose text is theirs, does not know the revision any more.
func (w *writer) refused(t fataler, theirs string, revision int) {
	c, err := ThreeWay(w.base, w.shown, theirs)
	if err != nil {
		t.Fatalf("ThreeWay: %v", err)
	}
	w.base, w.revision, w.typed, w.shown = theirs, revision, c, apply(t, theirs, c)
	w.sent, w.flying = Identity(Len16(theirs)), false
	w.send(t)
}

func (w *writer) check(t fataler) {
	if got := apply(t, apply(t, w.base, w.sent), w.typed); got != w.shown {
		t.Fatalf("writer %d shows %q, but base, sent and typed make %q", w.id, w.shown, got)
	}
}

// wall is a sequencer with its writers, whose messages arrive when the test says so.
type wall struct {
	sequencer
	writers []*writer
}

func newWall(text string, writers int) *wall {
	w := &wall{sequencer: sequencer{text: text}}
	for i := range writers {
		w.writers = append(w.writers, newWriter(i, text))
	}
	return w
}

// up lets the next message of a writer arrive, down the next of the sequencer; they report whether there was one.
func (w *wall) up(t fataler, i int) bool {
	from := w.writers[i]
	if len(from.outbox) == 0 {
		return false
	}
	w.submit(t, from.outbox[0])
	from.outbox = from.outbox[1:]
	return true
}

func (w *wall) down(t fataler, i int) bool {
	to := w.writers[i]
	if to.revision == len(w.log) {
		return false
	}
	to.receive(t, w.log[to.revision])
	return true
}

// settle delivers everything and checks that all show the sequencer's text.
func (w *wall) settle(t fataler) {
	for busy := true; busy; {
		busy = false
		for i := range w.writers {
			busy = w.up(t, i) || busy
			busy = w.down(t, i) || busy
		}
	}
	for _, c := range w.writers {
		if c.shown != w.text || c.base != w.text || c.flying || !c.typed.IsIdentity() {
			t.Fatalf("writer %d shows %q, the sequencer has %q", c.id, c.shown, w.text)
		}
	}
}

func TestT16T17ThreeWritersConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWall(genText(t, "text"), 3)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			i := rapid.IntRange(0, 2).Draw(t, "who")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				w.up(t, i)
			case 1:
				w.down(t, i)
			default:
				c := w.writers[i]
				c.typing(t, genChange(t, c.shown, "typing"))
				c.check(t)
			}
		}
		w.settle(t)
	})
}

// intent remembers what the writers meant: every character is typed once, so that it can be found again.
type intent struct {
	next    rune
	typed   map[rune][]rune // character -> what its writer saw when it was typed
	deleted map[rune]bool
	seen    [][]rune // every text that some writer saw after typing
	runs    [][]rune // what was inserted in one piece
}

func (in *intent) fresh(n int) []rune {
	var s []rune
	for range n {
		in.next++
		r := 0x4E00 + in.next
		if in.next%3 == 0 {
			r += 0x20000 // a surrogate pair
		}
		s = append(s, r)
	}
	return s
}

// edit lets a writer replace a stretch of what it sees.
func (in *intent) edit(t *rapid.T, w *writer) {
	text := []rune(w.shown)
	from := rapid.IntRange(0, len(text)).Draw(t, "from")
	to := min(len(text), from+rapid.IntRange(0, 4).Draw(t, "delete"))
	s := in.fresh(rapid.IntRange(0, 3).Draw(t, "insert"))
	for _, r := range text[from:to] {
		in.deleted[r] = true
	}
	after := slices.Concat(text[:from], s, text[to:])
	c, err := Diff(w.shown, string(after), Len16(string(after[:from+len(s)])))
	if err != nil {
		t.Fatalf("Diff: %v", err)
	}
	w.typing(t, c)
	for _, r := range s {
		in.typed[r] = text
	}
	in.runs = append(in.runs, s)
	in.seen = append(in.seen, after)
}

// Every character that was typed and deleted by nobody is in the final text, once; every two characters stand as each
// writer who saw both had them; and only who saw both puts something between two that were typed in one piece.
func TestT17WhatWasTypedStaysAsItWasMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := &intent{typed: map[rune][]rune{}, deleted: map[rune]bool{}}
		base := in.fresh(rapid.IntRange(0, 8).Draw(t, "length"))
		for _, r := range base {
			in.typed[r] = nil
		}
		w := newWall(string(base), 3)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			i := rapid.IntRange(0, 2).Draw(t, "who")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				w.up(t, i)
			case 1:
				w.down(t, i)
			default:
				in.edit(t, w.writers[i])
			}
		}
		w.settle(t)

		final := []rune(w.text)
		place := map[rune]int{}
		for i, r := range final {
			if _, doubled := place[r]; doubled || in.deleted[r] {
				t.Fatalf("%c is in %q: doubled %v, deleted %v", r, w.text, doubled, in.deleted[r])
			}
			place[r] = i
		}
		for r := range in.typed {
			if _, ok := place[r]; !ok && !in.deleted[r] {
				t.Fatalf("%c is lost from %q", r, w.text)
			}
		}
		for _, seen := range in.seen {
			last := -1
			for _, r := range seen {
				if i, ok := place[r]; ok && i < last {
					t.Fatalf("%q stood as %q for a writer", w.text, string(seen))
				} else if ok {
					last = i
				}
			}
		}
		for _, run := range in.runs {
			for i := 1; i < len(run); i++ {
				from, ok1 := place[run[i-1]]
				to, ok2 := place[run[i]]
				if !ok1 || !ok2 {
					continue
				}
				for _, r := range final[from+1 : to] {
					if saw := in.typed[r]; !slices.Contains(saw, run[i-1]) || !slices.Contains(saw, run[i]) {
						t.Fatalf("%c, typed without knowing %q, splits it in %q", r, string(run), w.text)
					}
				}
			}
		}
	})
}

// A change of too many runs is sent as one replacement, which says the same.
func TestT17TypingWithTooManyRunsIsSentAsOneReplacement(t *testing.T) {
	w := newWall(strings.Repeat("ab", 300), 2)
	one := w.writers[0]
	one.typing(t, parse(t, `["x",600]`)) // on its way: what follows is composed
	for i := range 200 {
		one.typing(t, parse(t, fmt.Sprintf(`[%d,"y",%d]`, 1+3*i, 600+i-3*i)))
	}
	if one.typed.NumRuns() <= MaxRuns {
		t.Fatalf("only %d runs", one.typed.NumRuns())
	}
	w.writers[1].typing(t, parse(t, `[600,"end"]`))
	w.settle(t)
	if want := "x" + strings.Repeat("yab", 200) + strings.Repeat("ab", 100) + "end"; w.text != want {
		t.Errorf("%q", w.text)
	}
	if n := w.log[2].change.NumRuns(); n > 4 {
		t.Errorf("sent with %d runs", n)
	}
}

// A writer who was away so long that the sequencer has forgotten the revision keeps what was typed meanwhile.
func TestT17AStaleChangeIsRebased(t *testing.T) {
	w := newWall("one two three", 2)
	away, other := w.writers[0], w.writers[1]
	away.typing(t, parse(t, `[7," and a half",6]`)) // sent, but it will not arrive
	away.typing(t, parse(t, `[24,"!"]`))            // typed meanwhile
	other.typing(t, parse(t, `["ONE",-3,10]`))
	w.up(t, 1)
	away.outbox = nil
	away.refused(t, w.text, len(w.log))
	away.check(t)
	w.settle(t)
	if want := "ONE two and a half three!"; w.text != want {
		t.Errorf("%q, want %q", w.text, want)
	}
}
