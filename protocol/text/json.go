package text

import (
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Parse reads the JSON form of a change (T2) and refuses every other spelling of it (T3), more than MaxRuns runs and more
// than MaxLen units (T4), and text that may not be inserted (T5). Nothing but JSON white space may stand around it. The
// change holds no part of b. What Parse allocates is bounded by len(b) and MaxRuns.
func Parse(b []byte) (Change, error) {
	var few [8]run // most changes have two or three
	p := parser{b: b}
	c, err := p.change(few[:0])
	if err != nil {
		return Change{}, err
	}
	return c, nil
}

// UnmarshalJSON is Parse; null is refused.
func (c *Change) UnmarshalJSON(b []byte) error {
	got, err := Parse(b)
	if err != nil {
		return err
	}
	*c = got
	return nil
}

// MarshalJSON returns the JSON form.
func (c Change) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// AppendJSON appends the JSON form: no white space, and in strings only the escapes \" \\ \n \t.
func (c Change) AppendJSON(b []byte) []byte {
	b = append(b, '[')
	for i, r := range c.runs {
		if i > 0 {
			b = append(b, ',')
		}
		switch r.kind {
		case keep:
			b = strconv.AppendInt(b, int64(r.n), 10)
		case del:
			b = strconv.AppendInt(b, -int64(r.n), 10)
		case ins:
			b = appendString(b, r.s)
		}
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		esc := s[i]
		switch esc {
		case '"', '\\':
		case '\n':
			esc = 'n'
		case '\t':
			esc = 't'
		default:
			continue
		}
		b = append(append(b, s[from:i]...), '\\', esc)
		from = i + 1
	}
	return append(append(b, s[from:]...), '"')
}

type parser struct {
	b []byte
	i int
}

// peek skips white space and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	for p.i < len(p.b) {
		switch c := p.b[p.i]; c {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return c
		}
	}
	return 0
}

func (p *parser) skip(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.i++
	return true
}

func (p *parser) change(runs []run) (Change, error) {
	var c Change
	if !p.skip('[') {
		return c, ErrSyntax
	}
	last := none
	for !p.skip(']') {
		if last != none && !p.skip(',') {
			return c, ErrSyntax
		}
		if len(runs) == MaxRuns {
			return c, ErrTooManyRuns
		}
		r, err := p.run()
		if err != nil {
			return c, err
		}
		if r.n == 0 || r.kind == last || r.kind == ins && last == del {
			return c, ErrNotCanonical
		}
		if r.kind != ins {
			c.base += r.n
		}
		if r.kind != del {
			c.result += r.n
		}
		if max(c.base, c.result) > MaxLen {
			return c, ErrLength
		}
		runs, last = append(runs, r), r.kind
	}
	if p.peek(); p.i != len(p.b) {
		return c, ErrSyntax
	}
	c.runs = slices.Clone(runs)
	return c, nil
}

func (p *parser) run() (run, error) {
	if p.peek() != '"' {
		return p.number()
	}
	s, err := p.text()
	if err != nil {
		return run{}, err
	}
	return run{s: s, n: Len16(s), kind: ins}, Check(s)
}

// number reads an integer as JSON spells it. What follows it is for the caller: a point or an exponent is not a comma.
func (p *parser) number() (run, error) {
	r := run{kind: keep}
	if p.skip('-') {
		r.kind = del
	}
	from := p.i
	for ; p.i < len(p.b) && '0' <= p.b[p.i] && p.b[p.i] <= '9'; p.i++ {
		r.n = min(r.n*10+int(p.b[p.i]-'0'), MaxLen+1) // more is too much however much more it is
	}
	if p.i == from || p.b[from] == '0' && p.i > from+1 {
		return run{}, ErrSyntax
	}
	return r, nil
}

// text reads a JSON string. It finds the end first, so that what it allocates is no larger than what was sent.
func (p *parser) text() (string, error) {
	p.i++
	from, escapes := p.i, false
	for ; p.i < len(p.b) && p.b[p.i] != '"'; p.i++ {
		switch c := p.b[p.i]; {
		case c < 0x20:
			return "", ErrSyntax
		case c == '\\':
			escapes = true
			p.i++ // whatever is escaped does not end the string
		}
	}
	if p.i >= len(p.b) {
		return "", ErrSyntax
	}
	raw := p.b[from:p.i]
	p.i++
	if !escapes {
		return string(raw), nil
	}
	return unescape(raw)
}

func unescape(raw []byte) (string, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'b', 'f', 'r':
			return "", ErrControl
		case 'u':
			r, ok := hex4(raw[i+1:])
			if !ok {
				return "", ErrSyntax
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := escape(raw[i+1:])
				r = utf16.DecodeRune(r, low)
				if !ok || r == utf8.RuneError {
					return "", ErrUnicode
				}
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			return "", ErrSyntax
		}
	}
	return string(out), nil
}

// escape reads \uXXXX at the start of b.
func escape(b []byte) (rune, bool) {
	if len(b) < 2 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	return hex4(b[2:])
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
