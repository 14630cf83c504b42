package strictjson

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Appender is implemented by types with a hand-written encoder. AppendStrict appends exactly one JSON value in canonical
// form to dst and returns the extended slice.
type Appender interface {
	AppendStrict(dst []byte) []byte
}

// Append appends the canonical encoding of v, or of what v points to, to dst and returns the extended slice. It panics
// when v is nil or of a type that is not supported, when a nil pointer stands in a list or map, when a Raw is empty, and
// when an AppendText fails: programmer errors all.
func Append(dst []byte, v any) []byte {
	if a, ok := v.(Appender); ok {
		return a.AppendStrict(dst)
	}
	source := reflect.ValueOf(v)
	switch {
	case !source.IsValid() || source.Kind() == reflect.Pointer && source.IsNil():
		panic(fmt.Sprintf("strictjson: Append of a nil %T", v))
	case source.Kind() == reflect.Pointer:
		source = source.Elem()
	default:
		source = addressable(source)
	}
	return codecOf(source.Type()).append(dst, source)
}

func addressable(v reflect.Value) reflect.Value {
	a := reflect.New(v.Type()).Elem()
	a.Set(v)
	return a
}

// AppendBool appends true or false.
func AppendBool(dst []byte, v bool) []byte { return strconv.AppendBool(dst, v) }

// AppendInt appends v in decimal.
func AppendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// AppendUint appends v in decimal.
func AppendUint(dst []byte, v uint64) []byte { return strconv.AppendUint(dst, v, 10) }

// AppendBytes appends b as a string in base64url without padding.
func AppendBytes(dst, b []byte) []byte {
	dst = append(dst, '"')
	dst = base64URL.AppendEncode(dst, b)
	return append(dst, '"')
}

const (
	hex         = "0123456789abcdef"
	replacement = "\uFFFD"
)

// AppendString appends s as a string in canonical form. Each byte that is not part of valid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[done:i]...), replacement...)
				done = i + 1
			}
			i += n
			continue
		}
		dst = append(dst, s[done:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		done = i
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

func appendBool(dst []byte, v reflect.Value) []byte { return AppendBool(dst, v.Bool()) }

func appendString(dst []byte, v reflect.Value) []byte { return AppendString(dst, v.String()) }

func appendInt(dst []byte, v reflect.Value) []byte { return AppendInt(dst, v.Int()) }

func appendUint(dst []byte, v reflect.Value) []byte { return AppendUint(dst, v.Uint()) }

func appendBytes(dst []byte, v reflect.Value) []byte { return AppendBytes(dst, v.Bytes()) }

func appendRaw(dst []byte, v reflect.Value) []byte {
	if v.Len() == 0 {
		panic("strictjson: Append of an empty Raw")
	}
	return append(dst, v.Bytes()...)
}

func appendAppender(dst []byte, v reflect.Value) []byte {
	return v.Addr().Interface().(Appender).AppendStrict(dst)
}

func appendText(dst []byte, v reflect.Value) []byte {
	start := len(dst)
	dst, err := v.Addr().Interface().(encoding.TextAppender).AppendText(append(dst, '"'))
	if err != nil {
		panic(fmt.Sprintf("strictjson: AppendText of %v: %v", v.Type(), err))
	}
	for _, c := range dst[start+1:] {
		if !plain[c] {
			return AppendString(dst[:start], string(dst[start+1:]))
		}
	}
	return append(dst, '"')
}

func appendPointer(t reflect.Type, elem *codec) func([]byte, reflect.Value) []byte {
	return func(dst []byte, v reflect.Value) []byte {
		if v.IsNil() {
			panic(fmt.Sprintf("strictjson: Append of a nil %v in a list or map", t))
		}
		return elem.append(dst, v.Elem())
	}
}

func appendSlice(elem *codec) func([]byte, reflect.Value) []byte {
	return func(dst []byte, v reflect.Value) []byte {
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = elem.append(dst, v.Index(i))
		}
		return append(dst, ']')
	}
}

// member is a map entry about to be written.
type member struct {
	name string // valid UTF-8
	key  reflect.Value
}

func appendMap(t reflect.Type, elem *codec) func([]byte, reflect.Value) []byte {
	return func(dst []byte, v reflect.Value) []byte {
		members := make([]member, 0, v.Len())
		for _, key := range v.MapKeys() {
			members = append(members, member{validName(key.String()), key})
		}
		// Names that were repaired may be equal now; the raw key decides which of them is written.
		slices.SortFunc(members, func(a, b member) int {
			if c := strings.Compare(a.name, b.name); c != 0 {
				return c
			}
			return strings.Compare(a.key.String(), b.key.String())
		})
		e := reflect.New(t).Elem()
		dst = append(dst, '{')
		for i, m := range members {
			if i > 0 {
				if m.name == members[i-1].name {
					continue
				}
				dst = append(dst, ',')
			}
			e.Set(v.MapIndex(m.key))
			dst = append(AppendString(dst, m.name), ':')
			dst = elem.append(dst, e)
		}
		return append(dst, '}')
	}
}

// validName replaces each invalid byte by U+FFFD, as AppendString does.
func validName(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

func (p *structPlan) append(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '{')
	return p.appendMembers(dst, v, len(dst))
}

// appendMembers appends the members and the end of an object whose first member stands, or is to stand, at start.
func (p *structPlan) appendMembers(dst []byte, v reflect.Value, start int) []byte {
	for i := range p.fields {
		f := &p.fields[i]
		fv := f.of(v)
		if f.omit && f.empty(fv) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = f.codec.append(append(dst, f.key...), fv)
	}
	return append(dst, '}')
}

// empty reports whether an optional field is left out: it says so itself, has no elements, or is zero.
func (f *field) empty(v reflect.Value) bool {
	if f.zeroer {
		return v.Addr().Interface().(zeroer).IsZero()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}
