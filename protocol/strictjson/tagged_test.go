package strictjson_test

import (
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

type spot struct {
	X int64 `json:"x"`
	Y int64 `json:"y,omitempty"`
}

func readTagged(text string, opts strictjson.Options) (kind string, p spot, err error) {
	s := strictjson.Acquire([]byte(text), opts)
	defer s.Release()
	value, first := s.Tag("kind")
	kind = string(value)
	s.Members(&p, "kind", first)
	return kind, p, s.End()
}

func TestTagged(t *testing.T) {
	for _, text := range []string{
		`{"kind":"a","x":1,"y":2}`,
		` { "x" : 1 , "kind" : "a" , "y" : 2 } `,
		`{"y":2,"x":1,"k\u0069nd":"\u0061"}`,
	} {
		kind, p, err := readTagged(text, strictjson.Options{})
		if err != nil || kind != "a" || p != (spot{1, 2}) {
			t.Errorf("%s is read as %q %+v, %v", text, kind, p, err)
		}
		if got := string(strictjson.AppendTagged(nil, "kind", kind, &p)); got != `{"kind":"a","x":1,"y":2}` {
			t.Errorf("%s is written as %s", text, got)
		}
	}
	if got := string(strictjson.AppendTagged(nil, "kind", "none", &struct{}{})); got != `{"kind":"none"}` {
		t.Errorf("no members are written as %s", got)
	}
}

func TestTaggedRefuses(t *testing.T) {
	for _, c := range []struct{ text, code, path string }{
		{`{}`, strictjson.CodeMissing, "/kind"},
		{`{"x":1}`, strictjson.CodeMissing, "/kind"},
		{`{"kind":"a"}`, strictjson.CodeMissing, "/x"},
		{`{"kind":"a","kind":"a","x":1}`, strictjson.CodeDuplicate, "/kind"},
		{`{"x":1,"kind":"a","kind":"a"}`, strictjson.CodeDuplicate, "/kind"},
		{`{"x":1,"x":1,"kind":"a"}`, strictjson.CodeDuplicate, "/x"},
		{`{"kind":7,"x":1}`, strictjson.CodeType, "/kind"},
		{`{"x":1,"kind":null}`, strictjson.CodeNull, "/kind"},
		{`{"x":1,"Kind":"a"}`, strictjson.CodeMissing, "/kind"},
		{`{"kind":"a","x":1,"z":1}`, strictjson.CodeUnknown, "/z"},
		{`{"x":1,"z":1,"kind":"a"}`, strictjson.CodeUnknown, "/z"},
		{`{"x":1,"kind":"a"`, strictjson.CodeSyntax, "/kind"},
		{`{"x":[[`, strictjson.CodeSyntax, "/x/0/0"},
		{`[]`, strictjson.CodeType, ""},
		{``, strictjson.CodeSyntax, ""},
	} {
		_, _, err := readTagged(c.text, strictjson.Options{})
		e := refusal(t, err)
		if e.Code != c.code || e.Path != c.path {
			t.Errorf("%s is refused with %v, want %s at %q", c.text, e, c.code, c.path)
		}
	}
}

func TestLenient(t *testing.T) {
	lenient := strictjson.Options{Lenient: true}
	if _, p, err := readTagged(`{"new":[{"a":1}],"kind":"a","x":1,"z":{}}`, lenient); err != nil || p.X != 1 {
		t.Errorf("members that are not known: %+v, %v", p, err)
	}
	for _, c := range []struct{ text, code string }{
		{`{"kind":"a","x":1,"z":null}`, strictjson.CodeNull},
		{`{"kind":"a","x":1,"x":1}`, strictjson.CodeDuplicate},
		{`{"kind":"a"}`, strictjson.CodeMissing},
	} {
		_, _, err := readTagged(c.text, lenient)
		if e := refusal(t, err); e.Code != c.code {
			t.Errorf("%s is refused with %v, want %s", c.text, e, c.code)
		}
	}
}
