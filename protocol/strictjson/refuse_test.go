package strictjson_test

import (
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

// wideTexts are read as a wide.
var wideTexts = []string{
	`{"kind":"","yes":true}`,
	"\t\r\n {\"kind\" : \"a\\u00e9\\ud83d\\ude00é😀\\n\\b\\f\\r\\t\\/\\\\\\\"\", \"yes\":false } \n",
	`{"yes":true,"kind":"x","n":4294967295,"i8":-128,"i64":-9223372036854775808,"u8":255,"u64":18446744073709551615}`,
	`{"yes":true,"kind":"x","i8":127,"i64":9223372036854775807,"u8":0,"u64":0,"colour":"red"}`,
	`{"kind":"x","yes":true,"key":"AAAAAAAAAAAAAAAAAAAAAQ","point":{"y":-2,"x":1},"maybe":0,"text":""}`,
	`{"kind":"x","yes":true,"list":[1,-2,3,0],"keys":[],"points":[{"x":0},{"x":1,"y":2}]}`,
	`{"kind":"x","yes":true,"counts":{"b":1,"a":65535,"":0},"bytes":"-_8","raw":{"a":[1.5e3,-0,"é",{}],"b":true}}`,
	`{"kind":"x","yes":true,"tree":{"name":"r","kids":[{"kids":[{}]}],"by":{"a":{},"b":{"name":"b"}}}}`,
	`{"\u006bind":"x","\u0079es":true}`,
}

// with puts one more member behind the required ones of a wide, at byte 22.
func with(member string) string { return `{"kind":"","yes":true,` + member + `}` }

// refusals are texts that are no wide, each with the code, the path and (where it tells something) the offset.
var refusals = []struct {
	text, code, path string
	offset           int
}{
	{"", "json_syntax", "", 0},
	{"  ", "json_syntax", "", 2},
	{"\ufeff{}", "json_syntax", "", 0},
	{"nul", "json_syntax", "", 0},
	{"{", "json_syntax", "", 1},
	{"{,}", "json_syntax", "", 1},
	{"{kind:1}", "json_syntax", "", 1},
	{"{'kind':1}", "json_syntax", "", 1},
	{`{"kind"}`, "json_syntax", "/kind", 7},
	{`{"kind" "a"}`, "json_syntax", "/kind", 8},
	{`{"kind":}`, "json_syntax", "/kind", 8},
	{`{"kind":"a" "yes":true}`, "json_syntax", "/kind", 12},
	{`{"kind":"a",}`, "json_syntax", "", 12},
	{`{"kind":"a`, "json_syntax", "/kind", 10},
	{`{"kind":"a]`, "json_syntax", "/kind", 11},
	{`{"kind":"a"]`, "json_syntax", "/kind", 11},
	{`{"kind`, "json_syntax", "", 6},
	{"{\"kind\":\"a\nb\"}", "json_syntax", "/kind", 10},
	{`{"kind":"\x41"}`, "json_syntax", "/kind", 9},
	{`{"kind":"\u12"}`, "json_syntax", "/kind", 9},
	{`{"kind":"\u12G4"}`, "json_syntax", "/kind", 9},
	{`{"kind":"\`, "json_syntax", "/kind", 9},
	{`{"kind":"a\"`, "json_syntax", "/kind", 12},
	{"{\"kind\":\"\\n\x01\"}", "json_syntax", "/kind", 11},
	{`{"yes":tru}`, "json_syntax", "/yes", 7},
	{`{"yes":True}`, "json_syntax", "/yes", 7},
	{`{"yes":f`, "json_syntax", "/yes", 7},
	{with(`"i64":-`), "json_syntax", "/i64", 29},
	{with(`"i64":+1`), "json_syntax", "/i64", 28},
	{with(`"i64":NaN`), "json_syntax", "/i64", 28},
	{with(`"i64":Infinity`), "json_syntax", "/i64", 28},
	{with(`"i64":-Infinity`), "json_syntax", "/i64", 29},
	{with(`"i64":.5`), "json_syntax", "/i64", 28},
	{with(`"i64":0x10`), "json_syntax", "/i64", 29},
	{with(`"list":[1,]`), "json_syntax", "/list/1", 32},
	{with(`"list":[1 2]`), "json_syntax", "/list/0", 32},
	{with(`"list":[,1]`), "json_syntax", "/list/0", 30},
	{with(`"raw":[1,}`), "json_syntax", "/raw/1", 31},
	{with(`"raw":01`), "json_syntax", "/raw", 30},
	{with(`"raw":1.`), "json_syntax", "/raw", 30},
	{with(`"raw":1e`), "json_syntax", "/raw", 30},
	{with(`"raw":-`), "json_syntax", "/raw", 29},
	{with(`"raw":/**/1`), "json_syntax", "/raw", 28},

	{`{"kind":"","yes":true}{}`, "json_trailing", "", 22},
	{`{"kind":"","yes":true}}`, "json_trailing", "", 22},
	{`{"kind":"","yes":true} ,`, "json_trailing", "", 23},
	{"{\"kind\":\"\",\"yes\":true}\x00", "json_trailing", "", 22},

	{with(`"colr":"red"`), "json_unknown", "/colr", 22},
	{with(`"Colour":"red"`), "json_unknown", "/Colour", 22},
	{with(`"COLOUR":"red"`), "json_unknown", "/COLOUR", 22},
	{with(`"":1`), "json_unknown", "", 22},
	{with(`"Own":"x"`), "json_unknown", "/Own", 22},
	{with(`"head":{}`), "json_unknown", "/head", 22},
	{with(`"a/b~":1`), "json_unknown", "/a~1b~0", 22},
	{with(`"point":{"x":1,"z":2}`), "json_unknown", "/point/z", 37},
	{with(`"` + strings.Repeat("é", 30) + `":1`), "json_unknown", "/" + strings.Repeat("é", 20) + "…", 22},
	{with(`"-` + strings.Repeat("é", 30) + `":1`), "json_unknown", "/-" + strings.Repeat("é", 19) + "…", 22},

	{`{"kind":"","kind":""}`, "json_duplicate", "/kind", 11},
	{`{"kind":"","\u006bind":""}`, "json_duplicate", "/kind", 11},
	{with(`"point":{"x":1,"x":1}`), "json_duplicate", "/point/x", 37},
	{with(`"point":{"x":1},"point":{"x":1}`), "json_duplicate", "/point", 38},
	{with(`"counts":{"a":1,"a":1}`), "json_duplicate", "/counts/a", 38},
	{with(`"raw":{"a":1,"b":2,"a":1}`), "json_duplicate", "/raw/a", 41},
	{with(`"raw":{"\n":1,"b\t":2,"\u000a":1}`), "json_duplicate", "/raw/\n", 44},
	{with(`"raw":[{"a":{"b":1,"b":1}}]`), "json_duplicate", "/raw/0/a/b", 41},

	{`null`, "json_null", "", 0},
	{`{"kind":null}`, "json_null", "/kind", 8},
	{with(`"maybe":null`), "json_null", "/maybe", 30},
	{with(`"tree":{"kids":[{},null]}`), "json_null", "/tree/kids/1", 41},
	{with(`"point":null`), "json_null", "/point", 30},
	{with(`"key":null`), "json_null", "/key", 28},
	{with(`"raw":[null]`), "json_null", "/raw/0", 29},

	{"{\"kind\":\"a\xff\"}", "json_utf8", "/kind", 10},
	{"{\"kind\":\"\\n\xff\"}", "json_utf8", "/kind", 11},
	{"{\"kind\":\"\xed\xa0\x80\"}", "json_utf8", "/kind", 9}, // a surrogate in UTF-8
	{"{\"kind\":\"\xc0\x80\"}", "json_utf8", "/kind", 9},     // NUL in two bytes
	{"{\"kind\":\"\xf4\x90\x80\x80\"}", "json_utf8", "/kind", 9},
	{"{\"kind\":\"\xc3\"}", "json_utf8", "/kind", 9},
	{"{\"k\xff\":1}", "json_utf8", "", 3},
	{with("\"raw\":\"\xff\""), "json_utf8", "/raw", 29},

	{`{"kind":"\ud83d"}`, "json_surrogate", "/kind", 9},
	{`{"kind":"\ude00"}`, "json_surrogate", "/kind", 9},
	{`{"kind":"\ude00\ud83d"}`, "json_surrogate", "/kind", 9},
	{`{"kind":"\ud83d\ud83d\ude00"}`, "json_surrogate", "/kind", 9},
	{`{"kind":"\ud83dA"}`, "json_surrogate", "/kind", 9},
	{`{"kind":"\ud83d\u0041"}`, "json_surrogate", "/kind", 9},
	{`{"kind":"\uD83D`, "json_surrogate", "/kind", 9},

	{with(`"i64":1.0`), "json_number", "/i64", 28},
	{with(`"i64":1e3`), "json_number", "/i64", 28},
	{with(`"i64":1E400`), "json_number", "/i64", 28},
	{with(`"i64":0.5`), "json_number", "/i64", 28},
	{with(`"i64":-0`), "json_number", "/i64", 28},
	{with(`"u64":-0`), "json_number", "/u64", 28},
	{with(`"i64":01`), "json_number", "/i64", 28},
	{with(`"i64":00`), "json_number", "/i64", 28},
	{with(`"i64":-01`), "json_number", "/i64", 28},

	{with(`"i8":128`), "json_range", "/i8", 27},
	{with(`"i8":-129`), "json_range", "/i8", 27},
	{with(`"u8":256`), "json_range", "/u8", 27},
	{with(`"u8":-1`), "json_range", "/u8", 27},
	{with(`"n":4294967296`), "json_range", "/n", 26},
	{with(`"i64":9223372036854775808`), "json_range", "/i64", 28},
	{with(`"i64":-9223372036854775809`), "json_range", "/i64", 28},
	{with(`"u64":18446744073709551616`), "json_range", "/u64", 28},
	{with(`"i64":` + strings.Repeat("9", 400)), "json_range", "/i64", 28},

	{with(`"raw":` + strings.Repeat("[", 32)), "json_depth", "/raw" + strings.Repeat("/0", 31), 59},
	{strings.Repeat(`{"tree":`, 40), "json_unknown", "/tree/tree", 9},

	{with(`"list":[1,2,3,4,5]`), "json_count", "/list/4", 38},
	{with(`"tree":{"by":{"a":{},"b":{},"c":{},"d":{}}}`), "json_count", "/tree/by", 57},
	{with(`"keys":[` + strings.Repeat(`"AAAAAAAAAAAAAAAAAAAAAQ",`, 256) + `"`), "json_count", "/keys/256", 30 + 256*25},
	{with(`"raw":[` + strings.Repeat(`0,`, 256) + `0]`), "json_count", "/raw/256", 29 + 256*2},

	{`{}`, "json_missing", "/kind", 1},
	{`{"yes":true}`, "json_missing", "/kind", 11},
	{`{"kind":"", "n":1 }`, "json_missing", "/yes", 18},
	{with(`"points":[{"x":1},{"y":1}]`), "json_missing", "/points/1/x", 46},

	{`[]`, "json_type", "", 0},
	{`"a"`, "json_type", "", 0},
	{`{"kind":1}`, "json_type", "/kind", 8},
	{`{"kind":["a"]}`, "json_type", "/kind", 8},
	{`{"kind":"","yes":1}`, "json_type", "/yes", 17},
	{`{"kind":"","yes":"true"}`, "json_type", "/yes", 17},
	{with(`"i64":"1"`), "json_type", "/i64", 28},
	{with(`"i64":true`), "json_type", "/i64", 28},
	{with(`"list":{}`), "json_type", "/list", 29},
	{with(`"list":"a"`), "json_type", "/list", 29},
	{with(`"counts":[]`), "json_type", "/counts", 31},
	{with(`"point":[1,2]`), "json_type", "/point", 30},
	{with(`"bytes":[1]`), "json_type", "/bytes", 30},
	{with(`"key":5`), "json_type", "/key", 28},

	{with(`"key":"AAAAAAAAAAAAAAAAAAAAAB"`), "json_value", "/key", 28},
	{with(`"key":""`), "json_value", "/key", 28},
	{with(`"bytes":"-_8="`), "json_value", "/bytes", 30},
	{with(`"bytes":"+/8"`), "json_value", "/bytes", 30},
	{with(`"bytes":"-_9"`), "json_value", "/bytes", 30}, // set bits behind the last byte
	{with(`"bytes":"A"`), "json_value", "/bytes", 30},
	{with(`"bytes":"AA\nAA"`), "json_value", "/bytes", 30},
	{with(`"bytes":"AA AA"`), "json_value", "/bytes", 30},
}

func TestRefusals(t *testing.T) {
	for _, r := range refusals {
		var v wide
		e := refusal(t, strictjson.Unmarshal([]byte(r.text), &v))
		if e.Code != r.code || e.Path != r.path || e.Offset != r.offset {
			t.Errorf("%.80q\ngot  %s %q %d (%s)\nwant %s %q %d", r.text, e.Code, e.Path, e.Offset, e.Sentence, r.code, r.path, r.offset)
		}
		checkOracle[wide](t, []byte(r.text))
	}
}

// TestRefusalsTruncated cuts each acceptable text everywhere: no beginning of a value is a value.
func TestRefusalsTruncated(t *testing.T) {
	for _, text := range wideTexts {
		text = strings.TrimSpace(text)
		for n := range text {
			var v wide
			e := refusal(t, strictjson.Unmarshal([]byte(text[:n]), &v))
			if e.Code != strictjson.CodeSyntax && e.Code != strictjson.CodeSurrogate && e.Code != strictjson.CodeUTF8 {
				t.Errorf("%q: %v", text[:n], e)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{"x":`, `json_unknown at byte 1 ("/x"): there is no such member here`},
		{`[`, `json_type at byte 0: an object is expected here`},
		{with(`"key":"A"`), `json_value at byte 28 ("/key"): the value is not acceptable here: not a key`},
		{with("\"a\u202eb\":1"), `json_unknown at byte 22 ("/a\u202eb"): there is no such member here`},
	}
	for _, test := range tests {
		var v wide
		if err := strictjson.Unmarshal([]byte(test.text), &v); err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}
