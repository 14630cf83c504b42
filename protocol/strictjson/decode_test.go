package strictjson_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

func TestUnmarshalReplaces(t *testing.T) {
	v := wide{head: head{Kind: "old", N: 7}, I64: 9, Own: "own", List: []int32{1, 2, 3},
		Counts: map[colour]uint16{"a": 1}, Point: point{X: 1, Y: 1}, Keys: []key{{1}}}
	list := v.List
	if err := strictjson.Unmarshal([]byte(with(`"list":[4],"counts":{"b":2},"keys":[],"point":{"x":3}`)), &v); err != nil {
		t.Fatal(err)
	}
	want := wide{Yes: true, List: []int32{4}, Counts: map[colour]uint16{"b": 2}, Keys: []key{}, Point: point{X: 3}}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("got %+v, want %+v", v, want)
	}
	if list[0] != 1 {
		t.Error("the old list was written into")
	}
	if err := strictjson.Unmarshal([]byte(with(`"list":[4],"i64":null`)), &v); err == nil || !reflect.ValueOf(v).IsZero() {
		t.Errorf("after %v: %+v, want zero", err, v)
	}
}

// TestUnmarshalOwns overwrites the input: what was read must not change.
func TestUnmarshalOwns(t *testing.T) {
	for _, text := range wideTexts {
		b := []byte(text)
		var v wide
		if err := strictjson.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		before := strictjson.Append(nil, v)
		for i := range b {
			b[i] = '#'
		}
		if after := strictjson.Append(nil, v); !bytes.Equal(before, after) {
			t.Errorf("%s became %s", before, after)
		}
	}
}

func list(n int) []byte {
	return []byte("[" + strings.TrimSuffix(strings.Repeat("0,", n), ",") + "]")
}

func object(n int) []byte {
	var names []string
	for i := range n {
		names = append(names, string(strictjson.AppendString(nil, string(rune('a'+i))))+":0")
	}
	return []byte("{" + strings.Join(names, ",") + "}")
}

func TestCounts(t *testing.T) {
	type bounded struct {
		List []int          `json:"l,omitempty" strict:"max=300"`
		Map  map[string]int `json:"m,omitempty" strict:"max=2"`
		Ptr  *[]int         `json:"p,omitempty" strict:"max=1"`
		Deep [][]int        `json:"d,omitempty" strict:"max=1"`
	}
	in := func(name string, b []byte) []byte { return append(append([]byte(`{"`+name+`":`), b...), '}') }
	tests := []struct {
		name string
		into any
		text []byte
		max  int
		ok   bool
	}{
		{"list at the default", new([]int), list(256), 0, true},
		{"list over the default", new([]int), list(257), 0, false},
		{"map at the default", new(map[string]int), object(256), 0, true},
		{"map over the default", new(map[string]int), object(257), 0, false},
		{"raw object over the default", new(strictjson.Raw), object(257), 0, false},
		{"list at the option", new([]int), list(3), 3, true},
		{"list over the option", new([]int), list(4), 3, false},
		{"empty list at the least option", new([]int), list(0), 1, true},
		{"list without limit", new([]int), list(100_000), strictjson.Unlimited, true},
		{"map without limit", new(map[string]int), object(5000), strictjson.Unlimited, true},
		{"raw object without limit", new(strictjson.Raw), object(5000), strictjson.Unlimited, true},
		{"list at its tag, over the default", new(bounded), in("l", list(300)), 0, true},
		{"list over its tag", new(bounded), in("l", list(301)), 0, false},
		{"a tag outlasts the option", new(bounded), in("m", object(3)), strictjson.Unlimited, false},
		{"map at its tag", new(bounded), in("m", object(2)), 0, true},
		{"list behind a pointer", new(bounded), in("p", list(2)), 0, false},
		{"a tag counts one level", new(bounded), in("d", []byte("[[1,2,3]]")), 0, true},
	}
	for _, test := range tests {
		err := strictjson.UnmarshalWith(test.text, test.into, strictjson.Options{MaxCount: test.max})
		if test.ok && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if !test.ok && refusal(t, err).Code != strictjson.CodeCount {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

// counted counts how many of it were made.
type counted struct{}

var made int

func (*counted) UnmarshalStrict(s *strictjson.Scanner) error { made++; s.Int64(); return nil }

func TestCountBeforeAllocation(t *testing.T) {
	made = 0
	var v []counted
	if err := strictjson.Unmarshal(list(1000), &v); err == nil || made != strictjson.DefaultMaxCount {
		t.Errorf("%d elements were made before %v", made, err)
	}
}

func TestDepth(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	kids := func(n int) []byte { // each kid is two levels
		return []byte(strings.Repeat(`{"kids":[`, n) + strings.Repeat(`]}`, n))
	}
	tests := []struct {
		into any
		text []byte
		ok   bool
	}{
		{new(strictjson.Raw), nest(strictjson.MaxDepth), true},
		{new(strictjson.Raw), nest(strictjson.MaxDepth + 1), false},
		{new(strictjson.Raw), nest(1_000_000), false},
		{new(tree), kids(strictjson.MaxDepth / 2), true},
		{new(tree), kids(strictjson.MaxDepth/2 + 1), false},
	}
	for i, test := range tests {
		err := strictjson.UnmarshalWith(test.text, test.into, strictjson.Options{MaxCount: strictjson.Unlimited})
		if test.ok && err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if !test.ok && refusal(t, err).Code != strictjson.CodeDepth {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

// TestManyNames finds a repeated name however many stand between, in objects that keep their names in a list and in a map.
func TestManyNames(t *testing.T) {
	for _, n := range []int{2, 23, 24, 25, 26, 255} {
		b := object(n)
		b = append(b[:len(b)-1], `,"a":0}`...)
		for _, into := range []any{new(strictjson.Raw), new(map[string]int)} {
			if e := refusal(t, strictjson.Unmarshal(b, into)); e.Code != strictjson.CodeDuplicate || e.Path != "/a" {
				t.Errorf("%d names into %T: got %v", n, into, e)
			}
		}
	}
}

var errHalf = errors.New("half")

// half has a decoder that reads as far as halfStop says.
type half struct{}

func (*half) UnmarshalStrict(s *strictjson.Scanner) error {
	if halfStop == "nothing" {
		return nil
	}
	s.ObjectStart()
	if halfStop == "start" {
		return nil
	}
	s.Key()
	s.Int64()
	if halfStop == "error" {
		return errHalf
	}
	s.Key()
	if halfStop == "fail" {
		s.Fail("half_full", "it is half full")
	}
	return nil
}

var halfStop string

func TestUnmarshaler(t *testing.T) {
	tests := []struct{ stop, text, code, path string }{
		{"end", `[{"a":1}]`, "", ""},
		{"nothing", `[{"a":1}]`, "json_value", "/0"},
		{"start", `[{"a":1}]`, "json_value", "/0"},
		{"error", `[{"a":1}]`, "json_value", "/0"},
		{"end", `[{"a":1.5}]`, "json_number", "/0/a"}, // an error the decoder keeps to itself
		{"fail", `[{"a":1}]`, "half_full", "/0/a"},
	}
	for _, test := range tests {
		halfStop = test.stop
		var v []half
		err := strictjson.Unmarshal([]byte(test.text), &v)
		if test.code == "" {
			if err != nil {
				t.Errorf("%s: %v", test.stop, err)
			}
			continue
		}
		if e := refusal(t, err); e.Code != test.code || e.Path != test.path {
			t.Errorf("%s: got %v, want %s at %s", test.stop, err, test.code, test.path)
		}
		if errors.Is(err, errHalf) != (test.stop == "error") {
			t.Errorf("%s: the decoder's error is not in %v", test.stop, err)
		}
	}
}

func TestTextErrorIsKept(t *testing.T) {
	var k key
	if err := strictjson.Unmarshal([]byte(`"A"`), &k); !errors.Is(err, errKey) {
		t.Errorf("got %v, want the type's own error in it", err)
	}
}

// TestConcurrentFirstUse plans one recursive type from many goroutines at once.
func TestConcurrentFirstUse(t *testing.T) {
	type loop struct {
		Next []loop           `json:"next,omitempty"`
		By   map[string]*loop `json:"by,omitempty"`
	}
	text := []byte(`{"next":[{},{"by":{"a":{},"b":{"next":[{}]}}}]}`)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			var v loop
			if err := strictjson.Unmarshal(text, &v); err != nil {
				t.Error(err)
			}
			if got := strictjson.Append(nil, v); !bytes.Equal(got, text) {
				t.Errorf("got %s", got)
			}
		})
	}
	wg.Wait()
}
