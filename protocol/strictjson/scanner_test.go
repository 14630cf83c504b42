package strictjson_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

func scan(text string) *strictjson.Scanner {
	s := new(strictjson.Scanner)
	s.Reset([]byte(text), strictjson.Options{})
	return s
}

// Example_scanner reads an op by hand.
func Example_scanner() {
	read := func(b []byte) (x, y int64, err error) {
		var s strictjson.Scanner
		s.Reset(b, strictjson.Options{})
		var seen uint64
		s.ObjectStart()
		for key, ok := s.Key(); ok; key, ok = s.Key() {
			switch string(key) {
			case "x":
				s.Once(&seen, 0)
				x = s.IntIn(-1<<25, 1<<25)
			case "y":
				s.Once(&seen, 1)
				y = s.IntIn(-1<<25, 1<<25)
			default:
				s.Unknown(key)
			}
		}
		s.Require(seen, "x", "y")
		return x, y, s.End()
	}
	for _, text := range []string{`{"x":3,"y":-4}`, `{"x":3}`, `{"x":3,"X":4}`, `{"x":1e9}`} {
		fmt.Println(read([]byte(text)))
	}
	// Output:
	// 3 -4 <nil>
	// 3 0 json_missing at byte 6 ("/y"): a required member is missing
	// 3 0 json_unknown at byte 7 ("/X"): there is no such member here
	// 0 0 json_number at byte 5 ("/x"): the number must be an integer without fraction or exponent
}

// TestScannerReads reads one of everything.
func TestScannerReads(t *testing.T) {
	s := scan(` { "a\n" : [ -5 , 7 , 255 , true , false , "t\u0041" , "-_8" , {} , [ ] , [1.5,"x"] ] } `)
	s.ObjectStart()
	name, ok := s.Key()
	if string(name) != "a\n" || !ok {
		t.Fatalf("got %q %v", name, ok)
	}
	var got []any
	add := func(v any) { got = append(got, v) }
	s.ArrayStart()
	for i := 0; s.More(); i++ {
		switch i {
		case 0:
			add(s.Int64())
		case 1:
			add(s.Uint64())
		case 2:
			add(s.UintTo(255))
		case 3, 4:
			add(s.Bool())
		case 5:
			add(s.Text())
		case 6:
			add(s.Bytes())
		case 7:
			s.ObjectStartMax(1)
			_, ok := s.Key()
			add(ok)
		case 8:
			s.ArrayStartMax(1)
			add(s.More())
		case 9:
			add(string(s.Raw()))
		}
	}
	_, ok = s.Key()
	add(ok)
	add(s.End())
	want := []any{int64(-5), uint64(7), uint64(255), true, false, "tA", []byte{0xfb, 0xff}, false, false, `[1.5,"x"]`, false, nil}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestScannerFirstErrorStays: whatever is asked after an error, nothing is read and the error stays.
func TestScannerFirstErrorStays(t *testing.T) {
	s := scan(`[01,{"a":[1]},"x",true]`)
	s.ArrayStart()
	s.More()
	s.Int64()
	first := s.Err()
	if e := refusal(t, first); e.Code != strictjson.CodeNumber {
		t.Fatal(e)
	}
	at := s.Offset()
	_, isKey := s.Key()
	var v []int
	var k key
	s.Unmarshal(&v)
	s.UnmarshalText(&k)
	s.ObjectStart()
	s.ArrayStart()
	s.Skip()
	s.Fail("other", "something else")
	s.Unknown([]byte("a"))
	s.Require(0, "a")
	seen := ^uint64(0)
	s.Once(&seen, 0)
	if isKey || s.More() || s.Int64() != 0 || s.Uint64() != 0 || s.Text() != "" || s.Bool() || s.Bytes() != nil || s.Raw() != nil {
		t.Error("something was read after an error")
	}
	if s.Err() != first || s.End() != first || s.Offset() != at {
		t.Errorf("the error became %v at %d", s.Err(), s.Offset())
	}
	s.Reset([]byte("7"), strictjson.Options{})
	if n := s.Int64(); n != 7 || s.End() != nil {
		t.Errorf("after Reset: %d, %v", n, s.Err())
	}
}

// TestScannerLimits are those a caller sets itself.
func TestScannerLimits(t *testing.T) {
	tests := []struct {
		text, code string
		read       func(s *strictjson.Scanner)
	}{
		{"5", "", func(s *strictjson.Scanner) { s.IntIn(5, 5) }},
		{"4", "json_range", func(s *strictjson.Scanner) { s.IntIn(5, 5) }},
		{"6", "json_range", func(s *strictjson.Scanner) { s.IntIn(5, 5) }},
		{"9223372036854775808", "json_range", func(s *strictjson.Scanner) { s.IntIn(-1<<63, 1<<63-1) }},
		{"5", "", func(s *strictjson.Scanner) { s.UintTo(5) }},
		{"6", "json_range", func(s *strictjson.Scanner) { s.UintTo(5) }},
		{"-5", "json_range", func(s *strictjson.Scanner) { s.UintTo(5) }},
		{"[1,2]", "json_count", func(s *strictjson.Scanner) {
			s.ArrayStartMax(1)
			s.More()
			s.Int64()
			s.More()
		}},
		{`{"a":1,"b":2}`, "json_count", func(s *strictjson.Scanner) {
			for s.ObjectStartMax(1); ; s.Int64() {
				if _, ok := s.Key(); !ok {
					return
				}
			}
		}},
		{`5`, "mine", func(s *strictjson.Scanner) { s.Int64(); s.Fail("mine", "five is not wanted") }},
		{`"x"`, "json_value", func(s *strictjson.Scanner) { s.Bytes() }},
		{`"x"`, "json_value", func(s *strictjson.Scanner) { s.UnmarshalText(new(key)) }},
		{`[300]`, "json_range", func(s *strictjson.Scanner) { s.Unmarshal(new([]uint8named)) }},
		{`[1][2]`, "json_trailing", func(s *strictjson.Scanner) { s.Skip() }},
	}
	for _, test := range tests {
		s := scan(test.text)
		test.read(s)
		if err := s.End(); test.code == "" && err != nil || test.code != "" && refusal(t, err).Code != test.code {
			t.Errorf("%s: got %v, want %q", test.text, err, test.code)
		}
	}
}

type uint8named uint8

// TestScannerLooksAhead reads a member's value from a copy; the original then reads all of it.
func TestScannerLooksAhead(t *testing.T) {
	s := scan(`[{"x":1,"y":{"\n":[2]},"kind":"point"}]`)
	s.ArrayStart()
	s.More()
	ahead := *s
	kind := ""
	ahead.ObjectStart()
	for name, ok := ahead.Key(); ok; name, ok = ahead.Key() {
		if string(name) == "kind" {
			kind = ahead.Text()
		} else {
			ahead.Skip()
		}
	}
	raw := s.Raw()
	if s.More() || s.End() != nil || ahead.Err() != nil || kind != "point" || string(raw) != `{"x":1,"y":{"\n":[2]},"kind":"point"}` {
		t.Errorf("kind %q, raw %s, %v, %v", kind, raw, s.Err(), ahead.Err())
	}
}

func TestValid(t *testing.T) {
	for _, text := range wideTexts {
		if err := strictjson.Valid([]byte(text), strictjson.Options{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	tests := []struct{ text, code string }{
		{`0`, ""}, {`-0`, ""}, {`-0.0E+10`, ""}, {`1e5`, ""}, {`"a"`, ""}, {`[]`, ""}, {`{"a":{"a":1},"b":{"a":1}}`, ""},
		{`{"a":1,"A":2}`, ""},
		{``, "json_syntax"}, {`-`, "json_syntax"}, {`1.e5`, "json_syntax"}, {`00`, "json_syntax"}, {`1e+`, "json_syntax"},
		{`true1`, "json_trailing"}, {`[1}`, "json_syntax"}, {`{"a":1]`, "json_syntax"}, {`[nul]`, "json_syntax"},
		{`{"a":null}`, "json_null"}, {`{"a":1,"a":2}`, "json_duplicate"}, {`{"":1,"":2}`, "json_duplicate"},
		{`{"a\"":1,"a\u0022":2}`, "json_duplicate"}, {`"\udc00"`, "json_surrogate"}, {"\"\xff\"", "json_utf8"},
	}
	for _, test := range tests {
		err := strictjson.Valid([]byte(test.text), strictjson.Options{})
		if test.code == "" && err != nil || test.code != "" && refusal(t, err).Code != test.code {
			t.Errorf("%s: got %v, want %q", test.text, err, test.code)
		}
	}
	if err := strictjson.Valid(list(3), strictjson.Options{MaxCount: 2}); refusal(t, err).Code != strictjson.CodeCount {
		t.Error(err)
	}
}

// TestScannerAllocations: reading a small op by hand allocates its one string, and checking allocates nothing.
func TestScannerAllocations(t *testing.T) {
	text := []byte(moveText)
	var err error
	if n := testing.AllocsPerRun(100, func() { _, err = readMove(text) }); n > 1 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
	s := new(strictjson.Scanner)
	if n := testing.AllocsPerRun(100, func() { s.Reset(text, strictjson.Options{}); s.Skip(); err = s.End() }); n > 0 || err != nil {
		t.Errorf("%v allocations to check, %v", n, err)
	}
}
