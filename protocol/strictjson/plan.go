package strictjson

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// maxFields is how many fields a struct may have: one bit each says which members have come.
const maxFields = 64

// codec is how values of one Go type are read and written. It is made once per type.
type codec struct {
	// decode reads one value into v, which holds the zero value. max is the count limit of a list or map, 0 for the
	// Scanner's own.
	decode func(s *Scanner, v reflect.Value, max int)
	// append writes v, which is addressable.
	append func(dst []byte, v reflect.Value) []byte
	// plan is that of a struct without methods of its own, or nil.
	plan *structPlan
}

// field is one member of a struct.
type field struct {
	name  string
	key   string // the name as it is written, with quotes and colon
	index []int  // for reflect.Value.FieldByIndex: longer than one through embedded structs
	codec *codec
	omit  bool // may be absent; left out when empty
	max   int  // from the tag, or 0
	// zeroer says that the field's type tells by a method whether it is zero.
	zeroer bool
}

// zeroer is implemented by types that know better than their bits whether they are zero.
type zeroer interface{ IsZero() bool }

// structPlan is the codec of a struct.
type structPlan struct {
	fields   []field
	byName   map[string]int
	required uint64 // the bits of fields that must come
}

var codecs sync.Map // reflect.Type -> *codec

// codecOf returns the codec of t and panics when t, or a type in it, is not supported.
func codecOf(t reflect.Type) *codec {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec)
	}
	p := planner{}
	c := p.codec(t)
	for t, c := range p {
		codecs.LoadOrStore(t, c)
	}
	return c
}

// planner holds the codecs of one codecOf, also those that are not finished because their type contains itself. Only
// finished ones are published.
type planner map[reflect.Type]*codec

var (
	rawType             = reflect.TypeFor[Raw]()
	unmarshalerType     = reflect.TypeFor[Unmarshaler]()
	appenderType        = reflect.TypeFor[Appender]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	textAppenderType    = reflect.TypeFor[encoding.TextAppender]()
	zeroerType          = reflect.TypeFor[zeroer]()
)

func (p planner) codec(t reflect.Type) *codec {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec)
	}
	if c, ok := p[t]; ok {
		return c
	}
	c := &codec{}
	p[t] = c
	if !custom(t, c) {
		p.byKind(t, c)
	}
	return c
}

// custom fills in the codec of a type with methods of its own. A type that has them for one direction only cannot be used
// in the other: what its kind would do is surely not what its methods do.
func custom(t reflect.Type, c *codec) bool {
	if t.Kind() == reflect.Pointer {
		return false // the element's codec sees the methods
	}
	ptr := reflect.PointerTo(t)
	switch {
	case ptr.Implements(unmarshalerType):
		c.decode = decodeUnmarshaler
	case ptr.Implements(textUnmarshalerType):
		c.decode = decodeText
	}
	switch {
	case ptr.Implements(appenderType):
		c.append = appendAppender
	case ptr.Implements(textAppenderType):
		c.append = appendText
	}
	if c.decode == nil && c.append == nil {
		return false
	}
	if c.decode == nil {
		c.decode = func(*Scanner, reflect.Value, int) { unsupported(t, "it can only be written") }
	}
	if c.append == nil {
		c.append = func([]byte, reflect.Value) []byte { unsupported(t, "it can only be read"); return nil }
	}
	return true
}

func (p planner) byKind(t reflect.Type, c *codec) {
	switch t.Kind() {
	case reflect.Bool:
		c.decode, c.append = decodeBool, appendBool
	case reflect.String:
		c.decode, c.append = decodeString, appendString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		hi := int64(math.MaxInt64) >> (64 - t.Bits())
		c.decode, c.append = decodeInt(-hi-1, hi), appendInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		c.decode, c.append = decodeUint(math.MaxUint64>>(64-t.Bits())), appendUint
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			unsupported(t, "it is a pointer to a pointer")
		}
		elem := p.codec(t.Elem())
		c.decode, c.append = decodePointer(t.Elem(), elem), appendPointer(t, elem)
	case reflect.Slice:
		p.slice(t, c)
	case reflect.Map:
		if t.Key().Kind() != reflect.String || custom(t.Key(), &codec{}) {
			unsupported(t, "its keys are not plain strings")
		}
		elem := p.codec(t.Elem())
		c.decode, c.append = decodeMap(t, elem), appendMap(t.Elem(), elem)
	case reflect.Struct:
		s := p.structPlan(t)
		c.decode, c.append, c.plan = s.decode, s.append, s
	default:
		unsupported(t, "JSON here has no such kind")
	}
}

func (p planner) slice(t reflect.Type, c *codec) {
	switch {
	case t == rawType:
		c.decode, c.append = decodeRaw, appendRaw
	case isBytes(t):
		c.decode, c.append = decodeBytes, appendBytes
	default:
		elem := p.codec(t.Elem())
		c.decode, c.append = decodeSlice(elem), appendSlice(elem)
	}
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[byte]()
}

func (p planner) structPlan(t reflect.Type) *structPlan {
	s := &structPlan{byName: map[string]int{}}
	p.addFields(s, t, nil)
	if len(s.fields) > maxFields {
		unsupported(t, "it has more than 64 fields")
	}
	for i, f := range s.fields {
		if _, ok := s.byName[f.name]; ok {
			unsupported(t, "two fields are named "+f.name)
		}
		s.byName[f.name] = i
		if !f.omit {
			s.required |= 1 << i
		}
	}
	return s
}

// addFields adds the fields of t, which stands at index within the struct being planned.
func (p planner) addFields(s *structPlan, t reflect.Type, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(index[:len(index):len(index)], i)
		tag, tagged := sf.Tag.Lookup("json")
		switch {
		case tag == "-":
		case sf.Anonymous && !tagged:
			if sf.Type.Kind() != reflect.Struct || custom(sf.Type, &codec{}) {
				unsupported(t, "its embedded "+sf.Name+" needs a json tag")
			}
			p.addFields(s, sf.Type, at)
		case !sf.IsExported():
			if tagged {
				unsupported(t, "its field "+sf.Name+" has a json tag and is not exported")
			}
		default:
			f := parseTag(t, sf, tag)
			f.index, f.codec = at, p.codec(sf.Type)
			f.zeroer = sf.Type.Kind() != reflect.Pointer && reflect.PointerTo(sf.Type).Implements(zeroerType)
			s.fields = append(s.fields, f)
		}
	}
}

// parseTag reads the tags of a field of t.
func parseTag(t reflect.Type, sf reflect.StructField, tag string) field {
	name, options, _ := strings.Cut(tag, ",")
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' || r == '"' || r == '\\' }) {
		unsupported(t, "its field "+sf.Name+" has no plain name in a json tag")
	}
	f := field{name: name, key: `"` + name + `":`}
	for options != "" {
		var option string
		option, options, _ = strings.Cut(options, ",")
		if option != "omitempty" && option != "omitzero" {
			unsupported(t, "its field "+sf.Name+" has an unknown option in its json tag: "+option)
		}
		f.omit = true
	}
	if strict, ok := sf.Tag.Lookup("strict"); ok {
		number, isMax := strings.CutPrefix(strict, "max=")
		n, err := strconv.Atoi(number)
		if !isMax || err != nil || n < 1 || !countable(sf.Type) {
			unsupported(t, "the strict tag of its field "+sf.Name+" is not max=N on a list or map")
		}
		f.max = n
	}
	if sf.Type.Kind() == reflect.Pointer && !f.omit {
		unsupported(t, "its pointer "+sf.Name+" needs omitempty: null is never written")
	}
	return f
}

// countable reports whether values of t have a count that max=N can limit.
func countable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if custom(t, &codec{}) {
		return false
	}
	return t.Kind() == reflect.Map || t.Kind() == reflect.Slice && !isBytes(t)
}

// unsupported panics: a type that cannot be read or written is a mistake in the program, not in its input.
func unsupported(t reflect.Type, why string) {
	panic(fmt.Sprintf("strictjson: %v is not supported: %s", t, why))
}
