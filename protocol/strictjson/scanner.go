package strictjson

import (
	"encoding"
	"math"
)

const (
	// MaxDepth is how many objects and lists may stand inside one another.
	MaxDepth = 32
	// DefaultMaxCount is how many elements a list, or members an object, may have when nothing else is said.
	DefaultMaxCount = 256
	// Unlimited, as a count, lifts the limit. It is for what the server wrote itself, such as snapshots.
	Unlimited = -1
)

// Options change what is read. The zero value is what the wire wants.
type Options struct {
	// MaxCount is the most elements a list, or members an object, may have. Zero means DefaultMaxCount, a negative number
	// (Unlimited) no limit. It is enforced before anything is allocated for the element that is one too many.
	MaxCount int
	// Lenient passes over members that are not known, for a client that talks to a newer server. All else stays strict.
	Lenient bool
}

// Unmarshaler is implemented by types with a hand-written decoder. UnmarshalStrict reads exactly one value from s. It
// may return s.Err() or an error of its own; an error that s already has is not lost when it returns nil.
type Unmarshaler interface {
	UnmarshalStrict(s *Scanner) error
}

// A Scanner reads strict JSON value by value, for hand-written decoders. The first error stays: from then on each
// method returns a zero value and does nothing, so a decoder asks for Err once, at the end, and no loop runs on.
//
//	s.ObjectStart()
//	for key, ok := s.Key(); ok; key, ok = s.Key() {
//		switch string(key) {
//		case "x":
//			s.Once(&seen, 0)
//			op.X = s.IntIn(-1<<25, 1<<25)
//		default:
//			s.Unknown(key)
//		}
//	}
//	s.Require(seen, "x")
//	return s.End()
//
// A Scanner allocates only for strings it returns as such, for strings with escapes, and for errors. It may be copied
// to look ahead: reading from the copy leaves the original where it is.
type Scanner struct {
	b     []byte
	pos   int // of the next byte to read
	token int // where the last key or value starts; errors about it point there
	err   *Error

	max     int32 // count limit of objects and lists that name none
	lenient bool  // members that are not known are passed over
	depth   int
	first   bool            // no member or element of the innermost container has been read yet
	left    [MaxDepth]int32 // how many more each open container may hold

	scratch []byte   // the last string that had escapes
	names   [][]byte // member names of the objects that Skip is inside of
}

// Reset starts s on b, which must not change until s is done with it.
func (s *Scanner) Reset(b []byte, opts Options) {
	s.b, s.pos, s.token, s.err = b, 0, 0, nil
	s.depth, s.first, s.names = 0, false, s.names[:0]
	s.max, s.lenient = limit(opts.MaxCount, DefaultMaxCount), opts.Lenient
}

// limit turns a count limit as written in Options or a tag into the number a container may hold.
func limit(n int, none int32) int32 {
	switch {
	case n == 0:
		return none
	case n < 0 || n > math.MaxInt32:
		return math.MaxInt32
	}
	return int32(n)
}

// Err returns the first error, an *[Error], or nil.
func (s *Scanner) Err() error {
	if s.err == nil {
		return nil
	}
	return s.err
}

// End checks that only white space is left and returns the first error, or nil.
func (s *Scanner) End() error {
	if s.err == nil {
		if s.next(); s.pos < len(s.b) {
			s.fail(CodeTrailing, s.pos, "there is more text after the value")
		}
	}
	return s.Err()
}

// Offset is how many bytes have been read.
func (s *Scanner) Offset() int { return s.pos }

// ObjectStart reads "{". Key then reads the members.
func (s *Scanner) ObjectStart() { s.open('{', "an object", s.max) }

// ObjectStartMax is ObjectStart with a limit of n members of its own; Unlimited is none.
func (s *Scanner) ObjectStartMax(n int) { s.open('{', "an object", limit(n, s.max)) }

// ArrayStart reads "[". More then tells whether an element follows.
func (s *Scanner) ArrayStart() { s.open('[', "a list", s.max) }

// ArrayStartMax is ArrayStart with a limit of n elements of its own; Unlimited is none.
func (s *Scanner) ArrayStartMax(n int) { s.open('[', "a list", limit(n, s.max)) }

func (s *Scanner) open(c byte, what string, max int32) {
	if s.value() != c {
		s.mismatch(what)
		return
	}
	if s.depth == MaxDepth {
		s.fail(CodeDepth, s.pos, "objects and lists are nested too deeply")
		return
	}
	s.pos++
	s.left[s.depth] = max
	s.depth++
	s.first = true
}

// Key reads the next member's name and ":", or "}", and then ok is false. The name is valid until the next call. The
// caller must read the member's value before it calls Key again; Once and Unknown guard against names given twice or not known.
func (s *Scanner) Key() (key []byte, ok bool) {
	if !s.another('}') {
		return nil, false
	}
	if s.next() != '"' {
		s.fail(CodeSyntax, s.pos, "a member name in double quotes is expected here")
		return nil, false
	}
	s.token = s.pos
	key = s.text()
	if s.err != nil {
		return nil, false
	}
	if s.next() != ':' {
		s.fail(CodeSyntax, s.pos, "a colon is expected after the member name")
		return nil, false
	}
	s.pos++
	return key, true
}

// More reports whether the list has another element, and reads the comma before it or the "]" at the end.
func (s *Scanner) More() bool { return s.another(']') }

// another reads what stands between the members or elements of a container, or its end.
func (s *Scanner) another(end byte) bool {
	c := s.next()
	if s.err != nil {
		return false
	}
	if c == end {
		s.pos++
		s.depth--
		s.first = false
		return false
	}
	if !s.first {
		if c != ',' {
			s.fail(CodeSyntax, s.pos, "a comma or the closing bracket is expected here")
			return false
		}
		s.pos++
		s.next()
	}
	s.first = false
	if s.left[s.depth-1] == 0 {
		s.fail(CodeCount, s.pos, "there are too many elements or members")
		return false
	}
	s.left[s.depth-1]--
	return true
}

// Once notes in seen that member number bit (0 to 63) has come, and fails with json_duplicate when it had before. Call
// it right after Key.
func (s *Scanner) Once(seen *uint64, bit uint) {
	if *seen&(1<<bit) != 0 {
		s.duplicate()
	}
	*seen |= 1 << bit
}

func (s *Scanner) duplicate() {
	if s.err == nil {
		s.failName(CodeDuplicate, s.token, s.tokenName(), "a member is given twice")
	}
}

// Unknown fails with json_unknown for the name that Key has just returned; with Options.Lenient it passes over the value.
func (s *Scanner) Unknown(key []byte) {
	switch {
	case s.lenient:
		s.Skip()
	case s.err == nil:
		s.failName(CodeUnknown, s.token, string(key), "there is no such member here")
	}
}

// Require fails with json_missing for the first of names whose bit is not in seen: bit 0 is that of names[0], and so
// on. Call it when Key has read the end of the object.
func (s *Scanner) Require(seen uint64, names ...string) {
	for i, name := range names {
		if seen&(1<<i) == 0 && s.err == nil {
			s.missing(name)
			return
		}
	}
}

func (s *Scanner) missing(name string) {
	s.failName(CodeMissing, s.pos-1, name, "a required member is missing")
}

// Fail refuses the last key or value read, with a code and a sentence of the caller's, unless there is an error already.
// The sentence must not repeat the value.
func (s *Scanner) Fail(code, sentence string) { s.fail(code, s.token, sentence) }

// failWith fails with what a type said about the value that starts at offset.
func (s *Scanner) failWith(offset int, err error) {
	if s.err == nil {
		s.fail(CodeValue, offset, "the value is not acceptable here")
		s.err.Err = err
	}
}

func (s *Scanner) fail(code string, offset int, sentence string) {
	s.failName(code, offset, "", sentence)
}

// failName sets the error unless there is one. A name is that of the member it is about.
func (s *Scanner) failName(code string, offset int, name, sentence string) {
	if s.err == nil {
		s.err = &Error{Code: code, Offset: offset, Path: pathAt(s.b, offset, name), Sentence: sentence}
	}
}

// tokenName reads the last key again.
func (s *Scanner) tokenName() string {
	var again Scanner
	again.Reset(s.b[:s.pos], Options{})
	again.pos = s.token
	return again.Text()
}

// next skips white space and returns the byte at hand without reading it: 0 at the end, or after an error.
func (s *Scanner) next() byte {
	if s.err != nil {
		return 0
	}
	for s.pos < len(s.b) {
		switch c := s.b[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// value is next at the start of a value.
func (s *Scanner) value() byte {
	c := s.next()
	s.token = s.pos
	return c
}

// mismatch fails because what stands here is not what was wanted.
func (s *Scanner) mismatch(wanted string) {
	if s.err != nil {
		return
	}
	rest := s.b[s.pos:]
	switch {
	case len(rest) == 0:
		s.fail(CodeSyntax, s.pos, "the text ends too early")
	case len(rest) >= 4 && string(rest[:4]) == "null":
		s.fail(CodeNull, s.pos, "null is never allowed; leave the member out")
	case startsValue(rest[0]):
		s.fail(CodeType, s.pos, wanted+" is expected here")
	default:
		s.fail(CodeSyntax, s.pos, wanted+" is expected here, and this is no JSON value")
	}
}

func startsValue(c byte) bool {
	switch c {
	case '{', '[', '"', '-', 't', 'f':
		return true
	}
	return '0' <= c && c <= '9'
}

// Bool reads true or false.
func (s *Scanner) Bool() bool {
	switch c := s.value(); {
	case c == 't' && s.literal("true"):
		return true
	case c == 'f' && s.literal("false"):
		return false
	default:
		s.mismatch("true or false")
		return false
	}
}

func (s *Scanner) literal(word string) bool {
	if len(s.b)-s.pos < len(word) || string(s.b[s.pos:s.pos+len(word)]) != word {
		s.fail(CodeSyntax, s.pos, "this is no JSON value")
		return false
	}
	s.pos += len(word)
	return true
}

// Text reads a string. (It is not called String because fmt would call that, and read.)
func (s *Scanner) Text() string { return string(s.TextBytes()) }

// TextBytes reads a string without allocating, unless it holds escapes. The bytes are part of the input or of s: they
// are valid until the next call and must not be changed.
func (s *Scanner) TextBytes() []byte {
	if s.value() != '"' {
		s.mismatch("a string")
		return nil
	}
	return s.text()
}

// UnmarshalText reads a string into v. What v refuses is json_value.
func (s *Scanner) UnmarshalText(v encoding.TextUnmarshaler) {
	b := s.TextBytes()
	if s.err != nil {
		return
	}
	if err := v.UnmarshalText(b); err != nil {
		s.failWith(s.token, err)
	}
}

// Bytes reads a string in base64url without padding. Other spellings of the same bytes are json_value.
func (s *Scanner) Bytes() []byte {
	text := s.TextBytes()
	if s.err != nil {
		return nil
	}
	b, ok := decodeBase64(text)
	if !ok {
		s.fail(CodeValue, s.token, "the string is not base64url without padding")
	}
	return b
}
