package strictjson

import (
	"encoding"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"sync"
)

// Unmarshal reads b, one strict JSON value, into what v points to, with the zero Options. The target is replaced, not merged
// into: members that are absent leave zero values. After an error, which is an *[Error], it is zero as a whole.
// Nothing in it refers to b. Unmarshal panics when v is not a non-nil pointer to a supported type.
func Unmarshal(b []byte, v any) error { return UnmarshalWith(b, v, Options{}) }

// UnmarshalWith is Unmarshal with options.
func UnmarshalWith(b []byte, v any, opts Options) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		panic(fmt.Sprintf("strictjson: Unmarshal into %T, which is no pointer or nil", v))
	}
	target = target.Elem()
	c := codecOf(target.Type())
	s := scanners.Get().(*Scanner)
	defer s.release()
	s.Reset(b, opts)
	target.SetZero()
	c.decode(s, target, 0)
	err := s.End()
	if err != nil {
		target.SetZero()
	}
	return err
}

var scanners = sync.Pool{New: func() any { return new(Scanner) }}

// maxKeptScratch is how large, in bytes, the buffers of a Scanner may be to be kept for another input.
const maxKeptScratch = 16 << 10

func (s *Scanner) release() {
	s.b, s.err = nil, nil
	clear(s.names[:cap(s.names)])
	if cap(s.scratch) <= maxKeptScratch {
		scanners.Put(s)
	}
}

// Unmarshal reads one value into what v points to, as the function does, for the parts of a hand-written decoder that
// needn't be fast. The limits of s apply.
func (s *Scanner) Unmarshal(v any) {
	target := reflect.ValueOf(v).Elem()
	target.SetZero()
	codecOf(target.Type()).decode(s, target, 0)
}

func decodeBool(s *Scanner, v reflect.Value, _ int) { v.SetBool(s.Bool()) }

func decodeString(s *Scanner, v reflect.Value, _ int) { v.SetString(s.Text()) }

func decodeInt(lo, hi int64) func(*Scanner, reflect.Value, int) {
	return func(s *Scanner, v reflect.Value, _ int) { v.SetInt(s.IntIn(lo, hi)) }
}

func decodeUint(hi uint64) func(*Scanner, reflect.Value, int) {
	return func(s *Scanner, v reflect.Value, _ int) { v.SetUint(s.UintTo(hi)) }
}

func decodeBytes(s *Scanner, v reflect.Value, _ int) { v.SetBytes(s.Bytes()) }

func decodeRaw(s *Scanner, v reflect.Value, _ int) { v.SetBytes(slices.Clone(s.Raw())) }

func decodeText(s *Scanner, v reflect.Value, _ int) {
	s.UnmarshalText(v.Addr().Interface().(encoding.TextUnmarshaler))
}

func decodeUnmarshaler(s *Scanner, v reflect.Value, _ int) {
	s.UnmarshalStrict(v.Addr().Interface().(Unmarshaler))
}

// UnmarshalStrict reads one value into v. What v refuses with an error of its own is json_value.
func (s *Scanner) UnmarshalStrict(v Unmarshaler) {
	s.value()
	start, depth := s.pos, s.depth
	if s.err != nil {
		return
	}
	if err := v.UnmarshalStrict(s); err != nil {
		s.failWith(start, err)
	}
	if s.err == nil && (s.depth != depth || s.pos == start) {
		s.fail(CodeValue, start, fmt.Sprintf("the decoder of %T did not read one whole value", v))
	}
}

func decodePointer(t reflect.Type, elem *codec) func(*Scanner, reflect.Value, int) {
	return func(s *Scanner, v reflect.Value, max int) {
		v.Set(reflect.New(t))
		elem.decode(s, v.Elem(), max)
	}
}

func decodeSlice(elem *codec) func(*Scanner, reflect.Value, int) {
	return func(s *Scanner, v reflect.Value, max int) {
		s.ArrayStartMax(max)
		n := 0
		for s.More() {
			if n == v.Cap() {
				v.Grow(1)
			}
			n++
			v.SetLen(n)
			e := v.Index(n - 1)
			e.SetZero()
			elem.decode(s, e, 0)
		}
		if n == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0)) // "[]" is a list; only an absent one is nil
		}
	}
}

func decodeMap(t reflect.Type, elem *codec) func(*Scanner, reflect.Value, int) {
	return func(s *Scanner, v reflect.Value, max int) {
		s.ObjectStartMax(max)
		v.Set(reflect.MakeMap(t))
		e := reflect.New(t.Elem()).Elem()
		for name, ok := s.Key(); ok; name, ok = s.Key() {
			key := reflect.ValueOf(string(name)).Convert(t.Key())
			if v.MapIndex(key).IsValid() {
				s.duplicate()
			}
			e.SetZero()
			elem.decode(s, e, 0)
			v.SetMapIndex(key, e)
		}
	}
}

func (p *structPlan) decode(s *Scanner, v reflect.Value, _ int) {
	s.ObjectStart()
	p.members(s, v, "", false)
}

// members reads what is left of an object. The member tag, if it has a name, belongs to whoever began the object: it is
// passed over, and a repetition when it was read.
func (p *structPlan) members(s *Scanner, v reflect.Value, tag string, read bool) {
	var seen uint64
	next := 0 // the field whose turn it is when members come in declaration order, as they mostly do
	for name, ok := s.Key(); ok; name, ok = s.Key() {
		if next >= len(p.fields) || p.fields[next].name != string(name) {
			if next, ok = p.byName[string(name)]; !ok {
				if tag == "" || string(name) != tag {
					s.Unknown(name)
				} else if read {
					s.duplicate()
				} else {
					read = true
					s.Skip()
				}
				continue
			}
		}
		s.Once(&seen, uint(next))
		f := &p.fields[next]
		f.codec.decode(s, f.of(v), f.max)
		next++
	}
	if absent := p.required &^ seen; absent != 0 && s.err == nil {
		s.missing(p.fields[bits.TrailingZeros64(absent)].name)
	}
}

func (f *field) of(v reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	return v.FieldByIndex(f.index)
}
