package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestT8ComposeIsOneAfterTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := genText(t, "text")
		a := genChange(t, text, "a")
		mid := apply(t, text, a)
		b := genChange(t, mid, "b")
		want := apply(t, mid, b)
		c := genChange(t, want, "c")
		ab := compose(t, a, b)
		check(t, ab)
		if got := apply(t, text, ab); got != want {
			t.Fatalf("%v then %v is %q, composed %v gives %q", a, b, want, ab, got)
		}
		if left, right := compose(t, ab, c), compose(t, a, compose(t, b, c)); apply(t, text, left) != apply(t, text, right) {
			t.Fatalf("(ab)c = %v, a(bc) = %v", left, right)
		}
		if got := compose(t, Identity(Len16(text)), a); !got.Equal(a) {
			t.Fatalf("identity, then %v = %v", a, got)
		}
		if got := compose(t, a, Identity(a.ResultLen())); !got.Equal(a) {
			t.Fatalf("%v, then identity = %v", a, got)
		}
	})
}

func TestT12TwoWritersConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := genText(t, "text")
		a, b := genChange(t, text, "earlier"), genChange(t, text, "later")
		a1, b1 := pair(t, a, b)
		check(t, a1)
		check(t, b1)
		left, right := apply(t, apply(t, text, a), b1), apply(t, apply(t, text, b), a1)
		if left != right {
			t.Fatalf("earlier first: %q, later first: %q", left, right)
		}
		if one, err := Transform(a, b); err != nil || !one.Equal(b1) {
			t.Fatalf("Transform = %v, %v, TransformPair has %v", one, err, b1)
		}
		if !utf8.ValidString(left) || len(left) > len(text)+inserted(a)+inserted(b) {
			t.Fatalf("%q", left)
		}
		if got, _ := pair(t, Identity(Len16(text)), b); !got.IsIdentity() {
			t.Fatalf("an identity became %v", got)
		}
	})
}

func inserted(c Change) int {
	n := 0
	for _, r := range c.runs {
		n += len(r.s)
	}
	return n
}

// Every insert of both is in the merged text in one piece, and of the base exactly what neither deleted (T9, T10, T11).
func TestT9T10T11BothKeepWhatTheyTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat("base", rapid.IntRange(0, 4).Draw(t, "length"))
		a, b := mark(genChange(t, text, "earlier"), "A"), mark(genChange(t, text, "later"), "B")
		_, b1 := pair(t, a, b)
		got := apply(t, apply(t, text, a), b1)

		// The model: every character of the base with what each inserts before it, earlier first.
		type place struct {
			ins     [2]string
			deleted bool
		}
		places := make([]place, len(text)+1)
		for who, c := range []Change{a, b} {
			at := 0
			for _, r := range c.runs {
				switch r.kind {
				case ins:
					places[at].ins[who] = r.s
				case del:
					for i := range r.n {
						places[at+i].deleted = true
					}
					at += r.n
				case keep:
					at += r.n
				}
			}
		}
		var want strings.Builder
		for i, p := range places {
			want.WriteString(p.ins[0] + p.ins[1])
			if i < len(text) && !p.deleted {
				want.WriteByte(text[i])
			}
		}
		if got != want.String() {
			t.Fatalf("%v and %v on %q: %q, want %q", a, b, text, got, want.String())
		}
	})
}

// mark puts a writer's mark around each insert, so that it can be told from any other text.
func mark(c Change, by string) Change {
	var b builder
	for _, r := range c.runs {
		switch r.kind {
		case keep:
			b.keep(r.n)
		case del:
			b.delete(r.n)
		case ins:
			s := "<" + by + r.s + by + ">"
			b.insert(s, Len16(s))
		}
	}
	return b.change()
}

func TestT13InvertGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := genText(t, "text")
		c := genChange(t, text, "change")
		back, err := Invert(text, c)
		if err != nil {
			t.Fatalf("Invert: %v", err)
		}
		check(t, back)
		if got := apply(t, apply(t, text, c), back); got != text {
			t.Fatalf("%v then %v turns %q into %q", c, back, text, got)
		}
		if got := apply(t, text, compose(t, c, back)); got != text {
			t.Fatalf("composed: %q", got)
		}
		again, err := Invert(apply(t, text, c), back)
		if err != nil || !again.Equal(c) {
			t.Fatalf("the inverse of the inverse of %v is %v, %v", c, again, err)
		}
	})
}

func TestT14DiffIsRightAndSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := genText(t, "before")
		after := apply(t, before, genChange(t, before, "edit"))
		caret := rapid.IntRange(NoCaret, Len16(after)+1).Draw(t, "caret")
		c, err := Diff(before, after, caret)
		if err != nil {
			t.Fatalf("Diff: %v", err)
		}
		check(t, c)
		if got := apply(t, before, c); got != after {
			t.Fatalf("%v turns %q into %q, want %q", c, before, got, after)
		}
		if c.NumRuns() > 4 {
			t.Fatalf("more than one replacement: %v", c)
		}
		// Smallest: a longest common start and end by brute force over characters.
		x, y := []rune(before), []rune(after)
		p, s := 0, 0
		for p < min(len(x), len(y)) && x[p] == y[p] {
			p++
		}
		for s < min(len(x), len(y))-p && x[len(x)-1-s] == y[len(y)-1-s] {
			s++
		}
		if kept, want := Len16(before)-deleted(c), Len16(string(x[:p]))+Len16(string(x[len(x)-s:])); kept != want {
			t.Fatalf("%v keeps %d units of %q towards %q, want %d", c, kept, before, after, want)
		}
	})
}

func deleted(c Change) int {
	n := 0
	for _, r := range c.runs {
		if r.kind == del {
			n += r.n
		}
	}
	return n
}

// What is typed in one place, anywhere in a text of repeated letters, is found at that place.
func TestT14DiffFindsTheCaret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SampledFrom([]string{"a", "😀", "ab"}).Draw(t, "letter")
		n := rapid.IntRange(1, 6).Draw(t, "n")
		before := strings.Repeat(letter, n)
		k := rapid.IntRange(0, n).Draw(t, "place")
		place, size := k*Len16(letter), Len16(letter)
		var want builder
		want.keep(place)
		caret := place
		if k < n && rapid.Bool().Draw(t, "delete") {
			want.delete(size)
			want.keep(Len16(before) - place - size)
		} else {
			want.insert(letter, size)
			want.keep(Len16(before) - place)
			caret += size
		}
		c := want.change()
		got, err := Diff(before, apply(t, before, c), caret)
		if err != nil || !got.Equal(c) {
			t.Fatalf("Diff = %v, %v, want %v", got, err, c)
		}
	})
}

func TestT15ThreeWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := genText(t, "base")
		mine, theirs := apply(t, base, genChange(t, base, "mine")), apply(t, base, genChange(t, base, "theirs"))
		c, err := ThreeWay(base, mine, theirs)
		if err != nil {
			t.Fatalf("ThreeWay: %v", err)
		}
		check(t, c)
		apply(t, theirs, c)
		for _, same := range []struct{ base, mine, theirs, want string }{
			{base, mine, base, mine}, {base, base, theirs, theirs}, {base, mine, mine, mine},
		} {
			c, err := ThreeWay(same.base, same.mine, same.theirs)
			if err != nil {
				t.Fatalf("ThreeWay: %v", err)
			}
			if got := apply(t, same.theirs, c); got != same.want {
				t.Fatalf("ThreeWay(%q, %q, %q) gives %q", same.base, same.mine, same.theirs, got)
			}
		}
	})
}

// Words of which nobody else writes are all in the result, in their order; words that one deleted are gone.
func TestT15ThreeWayLosesNoWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "words")
		word := func(by string, i int) string { return by + string(rune('a'+i)) + by } // equal ends would be shared
		edit := func(who string) (words, own []string, gone map[string]bool) {
			gone = map[string]bool{}
			for i := range n + 1 {
				if rapid.IntRange(0, 5).Draw(t, who+" insert?") == 0 {
					w := word(who, i)
					words, own = append(words, w), append(own, w)
				}
				if i == n {
					break
				}
				w := word("w", i)
				if rapid.IntRange(0, 5).Draw(t, who+" delete?") == 0 {
					gone[w] = true
				} else {
					words = append(words, w)
				}
			}
			return words, own, gone
		}
		var base []string
		for i := range n {
			base = append(base, word("w", i))
		}
		line := func(words []string) string { return strings.Join(words, "\n") + "\n" }
		mine, myOwn, myGone := edit("M")
		theirs, theirOwn, theirGone := edit("T")
		c, err := ThreeWay(line(base), line(mine), line(theirs))
		if err != nil {
			t.Fatalf("ThreeWay: %v", err)
		}
		got := apply(t, line(theirs), c)
		for _, own := range [][]string{myOwn, theirOwn} {
			rest := got
			for _, w := range own {
				i := strings.Index(rest, w)
				if i < 0 {
					t.Fatalf("%q is lost or out of order in %q", w, got)
				}
				rest = rest[i+len(w):]
			}
		}
		for _, w := range base {
			if kept := !myGone[w] && !theirGone[w]; kept && !strings.Contains(got, w) {
				t.Fatalf("%q is gone from %q though nobody deleted it", w, got)
			}
		}
	})
}

// Where comparing by words would cost too much or give too many runs, each side counts as one replacement.
func TestT15ThreeWayStaysWithinItsLimits(t *testing.T) {
	words := func(n int, word func(i int) string) string {
		var all strings.Builder
		for i := range n {
			all.WriteString(word(i))
			all.WriteByte(' ')
		}
		return all.String()
	}
	base := words(1000, func(int) string { return "a" })
	everyTenth := words(1000, func(i int) string { return strings.Repeat("a", 1+i%10/9) }) // 100 words changed
	everyFifth := words(1000, func(i int) string { return strings.Repeat("a", 1+i%5/4) })  // 200 words changed
	others := words(1000, func(int) string { return "b" })
	theirs := "T " + base
	for name, test := range map[string]struct {
		mine string
		runs int
	}{
		"as many runs as there are edits": {everyTenth, 201},
		"too many runs":                   {everyFifth, 4},
		"too many edits":                  {others, 4},
	} {
		c, err := ThreeWay(base, test.mine, theirs)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		check(t, c)
		if got := apply(t, theirs, c); got != "T "+test.mine {
			t.Errorf("%s: %.40q…", name, got)
		}
		if c.NumRuns() != test.runs {
			t.Errorf("%s: %d runs, want %d", name, c.NumRuns(), test.runs)
		}
	}
	for _, bad := range []struct {
		mine, theirs string
		want         error
	}{{"\xff", "", ErrUnicode}, {"", "\r", ErrControl}} {
		if _, err := ThreeWay("", bad.mine, bad.theirs); err != bad.want {
			t.Errorf("ThreeWay of %q and %q: %v, want %v", bad.mine, bad.theirs, err, bad.want)
		}
	}
	if _, err := Diff("", "\x00", NoCaret); err != ErrControl {
		t.Errorf("Diff: %v, want ErrControl", err)
	}
}
