//lint:file-ignore SA5008 the tags are wrong on purpose

package strictjson_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

type onlyReads struct{}

func (*onlyReads) UnmarshalText([]byte) error { return nil }

type onlyWrites struct{}

func (onlyWrites) AppendStrict(dst []byte) []byte { return append(dst, '0') }

type failing string

func (failing) AppendText([]byte) ([]byte, error) { return nil, errKey }

type keyed string

func (*keyed) UnmarshalText([]byte) error { return nil }

// said returns what f panics with, or "".
func said(f func()) (what string) {
	defer func() {
		if r := recover(); r != nil {
			what = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

// newStruct returns a pointer to a struct that is made while the test runs, so that no linter sees its tags.
func newStruct(fields ...reflect.StructField) any {
	return reflect.New(reflect.StructOf(fields)).Interface()
}

func tagged(name, tag string) reflect.StructField {
	f := reflect.StructField{Name: name, Type: reflect.TypeFor[int](), Tag: reflect.StructTag(tag)}
	if name == strings.ToLower(name) {
		f.PkgPath = "strictjson_test"
	}
	return f
}

// structOf returns a pointer to a struct of n optional members f0, f1, ….
func structOf(n int) any {
	var fields []reflect.StructField
	for i := range n {
		fields = append(fields, tagged(fmt.Sprint("F", i), fmt.Sprintf(`json:"f%d,omitempty"`, i)))
	}
	return newStruct(fields...)
}

// TestMostFields: the last of 64 fields is known, and not twice.
func TestMostFields(t *testing.T) {
	if err := strictjson.Unmarshal([]byte(`{"f63":1,"f0":1}`), structOf(64)); err != nil {
		t.Error(err)
	}
	if e := refusal(t, strictjson.Unmarshal([]byte(`{"f63":1,"f63":1}`), structOf(64))); e.Code != strictjson.CodeDuplicate {
		t.Error(e)
	}
}

// TestUnsupported: a type that cannot be read or written panics, in both directions, and says why.
func TestUnsupported(t *testing.T) {
	type inner struct {
		A int `json:"a"`
	}
	tests := []struct {
		v   any // a pointer to the type
		why string
	}{
		{new(float64), "no such kind"},
		{new(any), "no such kind"},
		{new([4]int), "no such kind"},
		{new(complex64), "no such kind"},
		{new(chan int), "no such kind"},
		{new(uintptr), "no such kind"},
		{new([]func()), "no such kind"},
		{new(map[int]string), "keys are not plain strings"},
		{new(map[keyed]string), "keys are not plain strings"},
		{new(**int), "pointer to a pointer"},
		{new(struct{ A int }), "A has no plain name"},
		{new(struct {
			A int `json:",omitempty"`
		}), "A has no plain name"},
		{new(struct {
			A int `json:"a\"b"`
		}), "A has no plain name"},
		{new(struct {
			A int `json:"a,string"`
		}), "unknown option in its json tag: string"},
		{new(struct {
			A int `json:"a,omitemtpy"`
		}), "unknown option in its json tag: omitemtpy"},
		{new(struct {
			A []int `json:"a,max=3"`
		}), "unknown option in its json tag: max=3"},
		{new(struct {
			A []int `json:"a" strict:"max=0"`
		}), "strict tag of its field A"},
		{new(struct {
			A []int `json:"a" strict:"min=1"`
		}), "strict tag of its field A"},
		{new(struct {
			A []byte `json:"a" strict:"max=3"`
		}), "strict tag of its field A"},
		{new(struct {
			A string `json:"a" strict:"max=3"`
		}), "strict tag of its field A"},
		{new(struct {
			A point `json:"a" strict:"max=3"`
		}), "strict tag of its field A"},
		{new(struct {
			A *int `json:"a"`
		}), "A needs omitempty"},
		{newStruct(tagged("a", `json:"a"`)), "a has a json tag and is not exported"},
		{newStruct(tagged("A", `json:"a"`), tagged("B", `json:"a"`)), "two fields are named a"},
		{new(struct {
			inner
			B int `json:"a"`
		}), "two fields are named a"},
		{new(struct{ *inner }), "embedded inner needs a json tag"},
		{new(struct{ colour }), "embedded colour needs a json tag"},
		{structOf(65), "more than 64 fields"},
	}
	for _, test := range tests {
		for name, f := range map[string]func(){
			"Unmarshal": func() { _ = strictjson.Unmarshal([]byte("{}"), test.v) },
			"Append":    func() { strictjson.Append(nil, test.v) },
		} {
			if what := said(f); !strings.Contains(what, test.why) {
				t.Errorf("%s of %T: panics with %q, want %q", name, test.v, what, test.why)
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	tests := []struct {
		name, why string
		f         func()
	}{
		{"a target that is no pointer", "no pointer or nil", func() { _ = strictjson.Unmarshal([]byte("{}"), wide{}) }},
		{"a nil target", "no pointer or nil", func() { _ = strictjson.Unmarshal([]byte("{}"), (*wide)(nil)) }},
		{"no target", "no pointer or nil", func() { _ = strictjson.Unmarshal([]byte("{}"), nil) }},
		{"nothing to write", "nil", func() { strictjson.Append(nil, nil) }},
		{"a nil pointer to write", "nil *strictjson_test.wide", func() { strictjson.Append(nil, (*wide)(nil)) }},
		{"a nil pointer in a list", "nil *strictjson_test.tree in a list", func() { strictjson.Append(nil, []*tree{nil}) }},
		{"a nil pointer in a map", "nil *strictjson_test.tree in a list", func() { strictjson.Append(nil, map[string]*tree{"": nil}) }},
		{"an empty Raw", "empty Raw", func() { strictjson.Append(nil, strictjson.Raw(nil)) }},
		{"an AppendText that fails", "not a key", func() { strictjson.Append(nil, failing("")) }},
		{"writing what can only be read", "only be read", func() { strictjson.Append(nil, onlyReads{}) }},
		{"reading what can only be written", "only be written", func() { _ = strictjson.Unmarshal([]byte("0"), new(onlyWrites)) }},
	}
	for _, test := range tests {
		if what := said(test.f); !strings.Contains(what, test.why) {
			t.Errorf("%s: panics with %q, want %q", test.name, what, test.why)
		}
	}
}

// TestOneDirection: what has methods for one direction works in that.
func TestOneDirection(t *testing.T) {
	if err := strictjson.Unmarshal([]byte(`"x"`), new(onlyReads)); err != nil {
		t.Error(err)
	}
	if got := strictjson.Append(nil, []onlyWrites{{}}); string(got) != "[0]" {
		t.Errorf("got %s", got)
	}
}

// TestUnexportedIsLeftAlone: fields without a tag that other packages cannot see are no members.
func TestUnexportedIsLeftAlone(t *testing.T) {
	type mixed struct {
		cache int
		At    time.Time `json:"at,omitzero"` // says by a method whether it is zero
	}
	if got := strictjson.Append(nil, mixed{cache: 1, At: time.Time{}.In(time.FixedZone("", 60))}); string(got) != "{}" {
		t.Errorf("got %s", got)
	}
	var v mixed
	if err := strictjson.Unmarshal([]byte(`{"at":"2026-03-01T09:00:00Z"}`), &v); err != nil || v.At.Hour() != 9 {
		t.Errorf("got %v, %v", v, err)
	}
	if e := refusal(t, strictjson.Unmarshal([]byte(`{"cache":1}`), &v)); e.Code != strictjson.CodeUnknown {
		t.Error(e)
	}
}
