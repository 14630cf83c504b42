package strictjson

import "bytes"

// Raw is the text of one JSON value, which was checked as Valid does when it was read. Append writes it as it is, so it is
// canonical only if it was; an empty Raw is no value and cannot be written.
type Raw []byte

// Valid returns nil when b is one strict JSON value: all that the package refuses is refused, except what only a Go
// type can (names that are not known or missing, kinds of values, the form of numbers).
func Valid(b []byte, opts Options) error {
	s := scanners.Get().(*Scanner)
	defer s.release()
	s.Reset(b, opts)
	s.Skip()
	return s.End()
}

// Raw reads any value and returns its text, which is part of the input.
func (s *Scanner) Raw() Raw {
	s.value()
	start := s.pos
	s.Skip()
	if s.err != nil {
		return nil
	}
	return Raw(s.b[start:s.pos:s.pos])
}

// Skip reads any value and checks it as Valid does.
func (s *Scanner) Skip() {
	switch c := s.value(); c {
	case '{':
		s.skipObject()
	case '[':
		for s.ArrayStart(); s.More(); {
			s.Skip()
		}
	case '"':
		s.text()
	case 't', 'f':
		s.Bool()
	default:
		if c == '-' || '0' <= c && c <= '9' {
			s.number()
			return
		}
		s.mismatch("a value")
	}
}

// manyNames is from how many members of one object on their names go into a map: below it, comparing each with each is faster.
const manyNames = 24

func (s *Scanner) skipObject() {
	s.ObjectStart()
	base := len(s.names)
	var many map[string]struct{}
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		if many == nil && len(s.names)-base == manyNames {
			many = make(map[string]struct{}, 2*manyNames)
			for _, name := range s.names[base:] {
				many[string(name)] = struct{}{}
			}
		}
		if many != nil {
			n := len(many)
			if many[string(key)] = struct{}{}; len(many) == n {
				s.duplicate()
			}
		} else {
			s.addName(base, key)
		}
		s.Skip()
	}
	s.names = s.names[:base]
}

// addName notes a name of the object whose first name is names[base].
func (s *Scanner) addName(base int, key []byte) {
	for _, name := range s.names[base:] {
		if bytes.Equal(name, key) {
			s.duplicate()
			return
		}
	}
	if len(key) > 0 && len(s.scratch) > 0 && &key[0] == &s.scratch[0] {
		key = bytes.Clone(key) // the next string with escapes overwrites it
	}
	s.names = append(s.names, key)
}
