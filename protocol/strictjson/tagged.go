package strictjson

import (
	"fmt"
	"reflect"
)

// Tag begins an object that says in a member which type it is, and returns the value of that member, a string, which is
// valid until the next call. Where the member stands first, as it does in canonical form, s has read it and first is true;
// otherwise s stands behind "{", and the member comes once more with Key. Members then reads the rest.
func (s *Scanner) Tag(name string) (value []byte, first bool) {
	start := *s
	s.ObjectStart()
	key, ok := s.Key()
	if !ok || string(key) == name {
		if ok {
			return s.TextBytes(), true
		}
		if s.err == nil {
			s.missing(name)
		}
		return nil, false
	}
	for ; ok && string(key) != name; key, ok = s.Key() {
		s.Skip()
	}
	if ok {
		value = s.TextBytes()
	} else if s.err == nil {
		s.missing(name)
	}
	if s.err != nil {
		return nil, false
	}
	*s = start
	s.ObjectStart()
	return value, false
}

// Members reads the rest of an object that Tag began into the struct v points to, which has no field for the tag.
func (s *Scanner) Members(v any, tag string, first bool) {
	target := reflect.ValueOf(v).Elem()
	target.SetZero()
	planOf(target.Type()).members(s, target, tag, first)
}

// AppendTagged appends the canonical encoding of the struct v points to, with a first member tag that has the given value.
// The value is written as it is: it must need no escapes.
func AppendTagged(dst []byte, tag, value string, v any) []byte {
	dst = append(dst, '{')
	start := len(dst)
	dst = append(append(append(dst, '"'), tag...), `":"`...)
	dst = append(append(dst, value...), '"')
	source := reflect.ValueOf(v).Elem()
	return planOf(source.Type()).appendMembers(dst, source, start)
}

func planOf(t reflect.Type) *structPlan {
	plan := codecOf(t).plan
	if plan == nil {
		panic(fmt.Sprintf("strictjson: %v is no struct, or has methods of its own", t))
	}
	return plan
}

// Acquire returns a Scanner that begins with b, from a pool. Its user gives it back with Release.
func Acquire(b []byte, opts Options) *Scanner {
	s := scanners.Get().(*Scanner)
	s.Reset(b, opts)
	return s
}

// Release gives a Scanner back to the pool. What its methods returned as bytes is not valid any more.
func (s *Scanner) Release() { s.release() }
