package strictjson

import (
	"bytes"
	"encoding/base64"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// plain marks the bytes that stand for themselves in a string: ASCII without controls, quote and backslash.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text reads the string that starts at pos and returns its bytes, which are part of the input or of scratch.
func (s *Scanner) text() []byte {
	b, start := s.b, s.pos+1
	for i := start; i < len(b); {
		c := b[i]
		switch {
		case plain[c]:
			i++
		case c == '"':
			s.pos = i + 1
			return b[start:i]
		case c == '\\':
			return s.escapedText(start, i)
		default:
			n := s.rune(i)
			if n == 0 {
				return nil
			}
			i += n
		}
	}
	s.fail(CodeSyntax, len(b), "the text ends inside a string")
	return nil
}

// escapedText is text for a string that has its first escape at i.
func (s *Scanner) escapedText(start, i int) []byte {
	b := s.b
	out := append(s.scratch[:0], b[start:i]...)
	for i < len(b) {
		c := b[i]
		switch {
		case plain[c]:
			out = append(out, c)
			i++
		case c == '"':
			s.pos, s.scratch = i+1, out
			return out
		case c == '\\':
			r, n := s.escape(i)
			if n == 0 {
				return nil
			}
			out = utf8.AppendRune(out, r)
			i += n
		default:
			n := s.rune(i)
			if n == 0 {
				return nil
			}
			out = append(out, b[i:i+n]...)
			i += n
		}
	}
	s.fail(CodeSyntax, len(b), "the text ends inside a string")
	return nil
}

// rune returns how many bytes the character at i in a string takes, or fails and returns 0.
func (s *Scanner) rune(i int) int {
	if s.b[i] < 0x20 {
		s.fail(CodeSyntax, i, "a control character must be written as an escape")
		return 0
	}
	r, n := utf8.DecodeRune(s.b[i:])
	if r == utf8.RuneError && n <= 1 {
		s.fail(CodeUTF8, i, "the string is not valid UTF-8")
		return 0
	}
	return n
}

// escape reads the escape at i and returns its character and length, or fails and returns length 0.
func (s *Scanner) escape(i int) (rune, int) {
	if i+1 < len(s.b) {
		switch c := s.b[i+1]; c {
		case '"', '\\', '/':
			return rune(c), 2
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		}
	}
	r, ok := hexEscape(s.b[i:])
	switch {
	case !ok:
		s.fail(CodeSyntax, i, "there is no such escape")
		return 0, 0
	case !utf16.IsSurrogate(r):
		return r, 6
	}
	low, _ := hexEscape(s.b[i+6:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		s.fail(CodeSurrogate, i, "an escape is half of a surrogate pair")
		return 0, 0
	}
	return r, 12
}

// hexEscape reads \uXXXX from the start of b.
func hexEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// Int64 reads an integer.
func (s *Scanner) Int64() int64 { return s.IntIn(math.MinInt64, math.MaxInt64) }

// IntIn reads an integer from lo to hi; one outside is json_range.
func (s *Scanner) IntIn(lo, hi int64) int64 {
	neg, n, ok := s.integer()
	if !ok {
		return 0
	}
	v := int64(n)
	if neg {
		v = -v
	}
	// As an int64, n is right when its sign came out as written; -n for n = 1<<63 is itself, and right.
	if (n > math.MaxInt64 && !(neg && n == 1<<63)) || v < lo || v > hi {
		s.fail(CodeRange, s.token, "the number is out of range")
		return 0
	}
	return v
}

// Uint64 reads an integer that is not negative.
func (s *Scanner) Uint64() uint64 { return s.UintTo(math.MaxUint64) }

// UintTo reads an integer from 0 to hi; one outside is json_range.
func (s *Scanner) UintTo(hi uint64) uint64 {
	neg, n, ok := s.integer()
	if !ok {
		return 0
	}
	if neg || n > hi {
		s.fail(CodeRange, s.token, "the number is out of range")
		return 0
	}
	return n
}

// integer reads a number in plain form: 0, or digits that don't start with 0, with a minus before them if need be.
func (s *Scanner) integer() (neg bool, n uint64, ok bool) {
	if c := s.value(); c != '-' && (c < '0' || c > '9') {
		s.mismatch("an integer")
		return false, 0, false
	}
	i := s.pos
	if s.b[i] == '-' {
		neg = true
		i++
	}
	digits, over := i, false
	for ; i < len(s.b) && '0' <= s.b[i] && s.b[i] <= '9'; i++ {
		d := uint64(s.b[i] - '0')
		over = over || n > (math.MaxUint64-d)/10
		n = n*10 + d
	}
	switch {
	case i == digits:
		s.fail(CodeSyntax, i, "a digit is expected after the minus sign")
	case i < len(s.b) && (s.b[i] == '.' || s.b[i] == 'e' || s.b[i] == 'E'):
		s.fail(CodeNumber, s.token, "the number must be an integer without fraction or exponent")
	case s.b[digits] == '0' && (neg || i > digits+1):
		s.fail(CodeNumber, s.token, "the number has a zero too many or a sign too many")
	case over:
		s.fail(CodeRange, s.token, "the number is out of range")
	default:
		s.pos = i
		return neg, n, true
	}
	return false, 0, false
}

// number reads past a number in any form that JSON knows.
func (s *Scanner) number() {
	b, i := s.b, s.pos
	digits := func() bool {
		start := i
		for i < len(b) && '0' <= b[i] && b[i] <= '9' {
			i++
		}
		return i > start
	}
	at := func(set string) bool {
		for j := 0; i < len(b) && j < len(set); j++ {
			if b[i] == set[j] {
				i++
				return true
			}
		}
		return false
	}
	at("-")
	start := i
	ok := digits() && (b[start] != '0' || i == start+1)
	if ok && at(".") {
		ok = digits()
	}
	if ok && at("eE") {
		at("+-")
		ok = digits()
	}
	if !ok {
		s.fail(CodeSyntax, i, "the number is malformed")
		return
	}
	s.pos = i
}

var base64URL = base64.RawURLEncoding.Strict()

// decodeBase64 reads the one spelling of some bytes.
func decodeBase64(text []byte) ([]byte, bool) {
	if bytes.ContainsAny(text, "\r\n") {
		return nil, false // the decoder would skip them
	}
	b, err := base64URL.AppendDecode([]byte{}, text)
	return b, err == nil
}
