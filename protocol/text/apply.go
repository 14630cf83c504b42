package text

import (
	"strings"
	"unicode/utf8"
)

// Len16 returns the length of s in UTF-16 code units (T1). For bytes that are not UTF-8 it is some number, the same one that
// Apply counts by.
func Len16(s string) int {
	i := 0
	for i+8 <= len(s) && s[i]|s[i+1]|s[i+2]|s[i+3]|s[i+4]|s[i+5]|s[i+6]|s[i+7] < utf8.RuneSelf {
		i += 8
	}
	n := i
	for ; i < len(s); i++ {
		n += width[s[i]]
	}
	return n
}

// width says how many units begin with a byte: none with the later bytes of a character, two with the first of four.
var width = func() (w [256]int) {
	for c := range w {
		switch {
		case c >= 0xF0:
			w[c] = 2
		case c < 0x80 || c >= 0xC0:
			w[c] = 1
		}
	}
	return w
}()

// Check reports whether s may stand in a text: ErrUnicode if it is not valid UTF-8, ErrControl if it has a control
// character other than newline and tab (T5). Its length is not looked at.
func Check(s string) error {
	if !utf8.ValidString(s) {
		return ErrUnicode
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x20 && c != '\n' && c != '\t', c == 0x7F:
			return ErrControl
		case c == 0xC2 && s[i+1] < 0xA0: // U+0080 to U+009F are written C2 80 to C2 9F
			return ErrControl
		}
	}
	return nil
}

// cut returns how many bytes of s its first n units take; ascii says that a unit is a byte. It reports false when that
// place lies inside a surrogate pair. s has at least n units.
func cut(s string, n int, ascii bool) (int, bool) {
	if ascii {
		return n, true
	}
	i := 0
	for n > 0 {
		n -= width[s[i]]
		i++
	}
	for i < len(s) && !utf8.RuneStart(s[i]) { // the rest of the last character
		i++
	}
	return i, n == 0
}

// Apply returns text after the change. It is ErrLength when the change was made for a text of another length and
// ErrSurrogate when a run ends inside a surrogate pair (T6, T7). The result is as long as ResultLen says, which the caller
// checks first if there is a limit.
func Apply(text string, c Change) (string, error) {
	n := Len16(text)
	if n != c.base {
		return "", ErrLength
	}
	var few [16]int
	cuts, size, rest := few[:0], len(text), text
	for _, r := range c.runs { // measured first: one allocation, of the right size
		if r.kind == ins {
			size += len(r.s)
			continue
		}
		i, ok := cut(rest, r.n, n == len(text))
		if !ok {
			return "", ErrSurrogate
		}
		if r.kind == del {
			size -= i
		}
		cuts, rest = append(cuts, i), rest[i:]
	}
	var out strings.Builder
	out.Grow(size)
	for _, r := range c.runs {
		if r.kind == ins {
			out.WriteString(r.s)
			continue
		}
		if r.kind == keep {
			out.WriteString(text[:cuts[0]])
		}
		text, cuts = text[cuts[0]:], cuts[1:]
	}
	return out.String(), nil
}

// Invert returns the change that turns Apply(base, c) back into base (T13). Errors are those of Apply; also ErrUnicode or
// ErrControl when c deleted something that no change may insert.
func Invert(base string, c Change) (Change, error) {
	n := Len16(base)
	if n != c.base {
		return Change{}, ErrLength
	}
	var b builder
	rest := base
	for _, r := range c.runs {
		if r.kind == ins {
			b.delete(r.n)
			continue
		}
		i, ok := cut(rest, r.n, n == len(base))
		if !ok {
			return Change{}, ErrSurrogate
		}
		if r.kind == keep {
			b.keep(r.n)
		} else if err := Check(rest[:i]); err != nil {
			return Change{}, err
		} else {
			b.insert(strings.Clone(rest[:i]), r.n) // a copy, so that the change does not hold all of base in memory
		}
		rest = rest[i:]
	}
	return b.change(), nil
}
