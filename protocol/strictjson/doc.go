// Package strictjson reads and writes the one JSON that Denkwand speaks: on the wire and as the canonical encoding that
// state hashes are taken over. It reads less than other libraries on purpose, because what two programs read
// differently (a name given twice, "ROLE" for "role", half a surrogate pair, 1e400) is how one of them gets fooled.
//
// # What is read
//
// Exactly one value with nothing but white space around it, in valid UTF-8. Refused, each with an [Error] that
// carries a code, a byte offset and a path:
//
//   - malformed text (json_syntax) and anything after the value (json_trailing)
//   - a member name that is not known, or known only in another case (json_unknown), or given twice (json_duplicate)
//   - null, wherever it stands (json_null): a member that is not there is left out
//   - invalid UTF-8 (json_utf8) and half a surrogate pair in an escape (json_surrogate)
//   - where an integer belongs, a number in another form: 1.0, 1e3, 01, -0 (json_number), or beyond the field (json_range)
//   - more than [MaxDepth] levels (json_depth), more elements or members than the limit (json_count)
//   - an absent member that is required (json_missing), a value of the wrong kind (json_type)
//   - a string that its type refuses (json_value)
//
// # Go types
//
// bool, integers of every size, strings, slices, maps with string keys, pointers, structs, and:
//
//   - []byte: a string in base64url without padding, one spelling only
//   - [Raw]: any strict value, kept as its bytes
//   - types with UnmarshalText and AppendText (package encoding): strings
//   - types with UnmarshalStrict and AppendStrict ([Unmarshaler], [Appender]): their own codec over a [Scanner]
//
// Floats, arrays, interfaces and other types are programmer errors and panic, as does a struct whose tags don't hold
// together. Each exported field needs a json tag with a name, or "-". Beside the name may stand omitempty or omitzero: the
// member is optional when read, and left out when written with a zero or empty value. The two mean the same, so that
// one state has one encoding. A pointer field must have one of them. A second tag, strict:"max=N", lets this list or map
// hold up to N elements, whatever [Options] say.
//
// A field without omitempty or omitzero is required. Embedded structs without a tag are read and written as if their
// fields stood in the outer struct; two fields with one name are a programmer error, never a matter of depth. A struct has
// at most 64 fields.
//
// # What is written
//
// [Append] is canonical: fields in declaration order, map keys in byte order, no white space, the shortest decimal
// form of integers, and in strings only the escapes that JSON demands: \" \\ \n \t, and \u00xx in lower case for the
// other control characters. Everything else is raw UTF-8. A byte of a Go string that is not valid UTF-8 is written as U+FFFD, so
// that no text, however it came about, can stop the server; map keys that become equal by this count once.
package strictjson
