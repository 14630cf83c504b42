package strictjson

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The codes of an [Error].
const (
	CodeSyntax    = "json_syntax"    // malformed JSON
	CodeTrailing  = "json_trailing"  // something after the value
	CodeUnknown   = "json_unknown"   // a member name that is not known here
	CodeDuplicate = "json_duplicate" // a member name given twice
	CodeNull      = "json_null"      // null
	CodeUTF8      = "json_utf8"      // invalid UTF-8 in a string
	CodeSurrogate = "json_surrogate" // half a surrogate pair in an escape
	CodeNumber    = "json_number"    // a number that is not written as a plain integer
	CodeRange     = "json_range"     // an integer outside the range of its field
	CodeDepth     = "json_depth"     // nested deeper than MaxDepth
	CodeCount     = "json_count"     // more elements or members than allowed
	CodeMissing   = "json_missing"   // a required member is absent
	CodeType      = "json_type"      // a value of another kind than the one wanted
	CodeValue     = "json_value"     // a value of the right kind that its Go type refuses
)

// Error says why JSON was refused and where. Neither its sentence nor its path repeats a value from the input; the path
// holds member names, each cut to 40 bytes.
type Error struct {
	Code     string // one of the Code constants, or the code given to Scanner.Fail
	Offset   int    // in bytes from the start of the input
	Path     string // JSON Pointer (RFC 6901) to the value or member; "" is the whole input
	Sentence string // what is wrong, for people, without the place
	Err      error  // what a type's UnmarshalText or UnmarshalStrict said, or nil
}

// Error gives code, place and sentence on one line. The path is quoted: it may hold names that the peer made up.
func (e *Error) Error() string {
	at := "at byte " + strconv.Itoa(e.Offset)
	if e.Path != "" {
		at += " (" + strconv.Quote(e.Path) + ")"
	}
	if e.Err != nil {
		return fmt.Sprintf("%s %s: %s: %v", e.Code, at, e.Sentence, e.Err)
	}
	return fmt.Sprintf("%s %s: %s", e.Code, at, e.Sentence)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// maxPathName bounds how much of one member name a path repeats, in bytes.
const maxPathName = 40

// container is an object or list that is open at the place an error points to.
type container struct {
	object bool
	index  int    // of the element, in a list
	name   []byte // of the member with its quotes, in an object; nil before the name
}

// pathAt walks b up to offset, which a Scanner has read without complaint, and returns the JSON Pointer of the value
// there or, when name is not empty, of the member so named in the object that is open there. Doing this only after an error keeps paths off the hot way.
func pathAt(b []byte, offset int, name string) string {
	var open []container
	for i := 0; i < offset; i++ {
		switch b[i] {
		case '{', '[':
			open = append(open, container{object: b[i] == '{'})
		case '}', ']':
			open = open[:len(open)-1]
		case ',':
			top := &open[len(open)-1]
			top.index++
			top.name = nil
		case '"':
			end := stringEnd(b, i)
			if end > offset {
				i = offset // the error stands inside this string
				break
			}
			if n := len(open); n > 0 && open[n-1].object && open[n-1].name == nil {
				open[n-1].name = b[i:end]
			}
			i = end - 1
		}
	}
	var path strings.Builder
	for i, c := range open {
		switch {
		case name != "" && i == len(open)-1:
			writeStep(&path, name)
		case !c.object:
			path.WriteByte('/')
			path.WriteString(strconv.Itoa(c.index))
		case c.name != nil:
			var s Scanner
			s.Reset(c.name, Options{})
			writeStep(&path, s.Text())
		}
	}
	return path.String()
}

// stringEnd returns the offset behind the string that starts at i, or one behind the input when it has no end.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b) + 1
}

// pointerEscapes are those of RFC 6901.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func writeStep(path *strings.Builder, name string) {
	if len(name) > maxPathName {
		cut := maxPathName
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + "…"
	}
	path.WriteByte('/')
	path.WriteString(pointerEscapes.Replace(name))
}
