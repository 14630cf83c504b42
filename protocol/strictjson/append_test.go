package strictjson_test

import (
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

func ptr[T any](v T) *T { return &v }

func TestAppend(t *testing.T) {
	type both struct {
		B int            `json:"b"`
		A map[string]int `json:"a"`
		C []string       `json:"c"`
		D []byte         `json:"d"`
		E *bool          `json:"e,omitempty"`
	}
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"zero values of required members are written", both{}, `{"b":0,"a":{},"c":[],"d":""}`},
		{"declaration order", &both{B: -1, C: []string{""}, D: []byte{0xfb, 0xff}, E: ptr(false)}, `{"b":-1,"a":{},"c":[""],"d":"-_8","e":false}`},
		{"empty optional members are not", wide{List: []int32{}, Counts: map[colour]uint16{}, Bytes: []byte{}, Keys: []key{}, Own: "own"}, `{"kind":"","yes":false}`},
		{"a pointer to zero is something", wide{Maybe: ptr(int16(0)), Text: ptr("")}, `{"kind":"","yes":false,"maybe":0,"text":""}`},
		{"own codecs and texts", wide{Key: key{15: 1}, Point: point{X: 1}, Points: []*point{{Y: 2}}},
			`{"kind":"","yes":false,"key":"AAAAAAAAAAAAAAAAAAAAAQ","point":{"x":1},"points":[{"x":0,"y":2}]}`},
		{"own codec at the top", point{X: 5}, `{"x":5}`},
		{"own codec behind a pointer", &point{X: 5}, `{"x":5}`},
		{"keys in byte order", map[string]int{"b": 1, "a": 2, "": 3, "B": 4, "é": 5, "aa": 6, "😀": 7, "\uffff": 8},
			`{"":3,"B":4,"a":2,"aa":6,"b":1,"é":5,"` + "\uffff" + `":8,"😀":7}`},
		{"repaired keys stay sorted and count once", map[string]int{"\xff": 2, "\xfe": 1, "\xfez": 3, "\ufffda": 4, "z": 5},
			`{"z":5,"` + "\ufffd" + `":1,"` + "\ufffda" + `":4,"` + "\ufffdz" + `":3}`},
		{"raw as it is", strictjson.Raw(`[ 1.0 ]`), `[ 1.0 ]`},
		{"the largest", []uint64{1<<64 - 1}, `[18446744073709551615]`},
		{"the least", []int64{-1 << 63}, `[-9223372036854775808]`},
		{"bools", []bool{true, false}, `[true,false]`},
		{"a text with quotes in it", quoting("a\"b\n"), `"a\"b\n"`},
	}
	for _, test := range tests {
		if got := strictjson.Append([]byte("> "), test.v); string(got) != "> "+test.want {
			t.Errorf("%s:\ngot  %s\nwant > %s", test.name, got, test.want)
		}
	}
}

// quoting has an AppendText that gives what a string must escape.
type quoting string

func (q quoting) AppendText(b []byte) ([]byte, error) { return append(b, q...), nil }

func TestAppendString(t *testing.T) {
	tests := []struct{ s, want string }{
		{"", `""`},
		{"plain /<>&'", `"plain /<>&'"`},
		{"\"\\\n\t", `"\"\\\n\t"`},
		{"\b\f\r\x00\x1f", `"\u0008\u000c\u000d\u0000\u001f"`},
		{"\x7f\u2028\u2029é😀\ufffd", "\"\x7f\u2028\u2029é😀\ufffd\""},
		{"a\xffb", "\"a\ufffdb\""},
		{"\xff\xfe", "\"\ufffd\ufffd\""},
		{"\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},
		{"é\xc3", "\"é\ufffd\""},
		{"\xf0\x9f\x98\n", "\"\ufffd\ufffd\ufffd\\n\""},
	}
	for _, test := range tests {
		if got := strictjson.AppendString(nil, test.s); string(got) != test.want {
			t.Errorf("%q: got %s, want %s", test.s, got, test.want)
		}
	}
}

func TestAppendParts(t *testing.T) {
	b := strictjson.AppendBool(nil, true)
	b = strictjson.AppendInt(append(b, ' '), -5)
	b = strictjson.AppendUint(append(b, ' '), 5)
	b = strictjson.AppendBytes(append(b, ' '), []byte{0xfb, 0xff})
	if string(b) != `true -5 5 "-_8"` {
		t.Errorf("got %s", b)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	m, err := readMove([]byte(moveText))
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { buf = strictjson.Append(buf[:0], &m) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if string(buf) != moveText {
		t.Errorf("got %s", buf)
	}
}
