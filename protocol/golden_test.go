package protocol

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

var update = flag.Bool("update", false, "rewrite the golden files and the generated parts of SPEC.md")

// example is one thing on the wire and how it is written and read.
type example struct {
	path   string // under testdata/golden, without ".json"
	value  any
	append func(dst []byte) []byte
	decode func(b []byte) (any, error)
}

// examples are all of them, in the order of the tables.
func examples() []example {
	var all []example
	for _, op := range opExamples {
		all = append(all, example{"op/" + op.Kind(), op,
			func(dst []byte) []byte { return AppendOp(dst, op) },
			func(b []byte) (any, error) { return DecodeOp(b) }})
	}
	for _, f := range frameExamples {
		decode := DecodeServerFrame
		if FrameOf(f.Type()).Client {
			decode = DecodeClientFrame
		}
		all = append(all, example{"frame/" + f.Type(), f,
			func(dst []byte) []byte { return AppendFrame(dst, f) },
			func(b []byte) (any, error) { return decode(b) }})
	}
	for _, c := range changeExamples {
		all = append(all, example{"change/" + memberSet(c), &c,
			func(dst []byte) []byte { return AppendChange(dst, &c) },
			func(b []byte) (any, error) { got := new(Change); return got, strictjson.Unmarshal(b, got) }})
	}
	for _, g := range signalExamples {
		all = append(all, example{"signal/" + g.Kind, g, g.append,
			func(b []byte) (any, error) { got := new(Signal); return got, strictjson.Unmarshal(b, got) }})
	}
	return append(all, example{"base", &baseExample,
		func(dst []byte) []byte { return strictjson.Append(dst, &baseExample) },
		func(b []byte) (any, error) { got := new(Base); return got, strictjson.Unmarshal(b, got) }})
}

// memberSet names the one member of a change.
func memberSet(c Change) string {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			return memberName(v.Type().Field(i))
		}
	}
	return ""
}

func memberName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func TestGolden(t *testing.T) {
	known := map[string]bool{}
	for _, e := range examples() {
		known[e.path] = true
		t.Run(e.path, func(t *testing.T) {
			file := filepath.Join("testdata", "golden", filepath.FromSlash(e.path)+".json")
			got := append(e.append(nil), '\n')
			if *update {
				writeFile(t, file, got)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; -update writes it", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("written as\n%swant\n%s", got, want)
			}
			value, err := e.decode(bytes.TrimSuffix(want, []byte("\n")))
			if err != nil || !reflect.DeepEqual(value, e.value) {
				t.Errorf("read as\n%+v, %v; want\n%+v", value, err, e.value)
			}
		})
	}
	err := filepath.WalkDir(filepath.Join("testdata", "golden"), func(path string, d os.DirEntry, err error) error {
		name, isJSON := strings.CutSuffix(path, ".json")
		name, _ = filepath.Rel(filepath.Join("testdata", "golden"), name)
		if err == nil && !d.IsDir() && (!isJSON || !known[filepath.ToSlash(name)]) {
			t.Errorf("%s is nobody's golden file", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func writeFile(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEverythingHasAnExample holds the examples against the tables: a new kind, frame, noun or signal needs one.
func TestEverythingHasAnExample(t *testing.T) {
	var want []string
	for _, k := range Kinds {
		want = append(want, "op/"+k.Name)
		if op := k.New(); op.Kind() != k.Name {
			t.Errorf("kind %s makes a %s", k.Name, op.Kind())
		}
	}
	for _, f := range Frames {
		want = append(want, "frame/"+f.Name)
		if made := f.New(); made.Type() != f.Name {
			t.Errorf("frame %s makes a %s", f.Name, made.Type())
		}
	}
	changes := reflect.TypeFor[Change]()
	for i := range changes.NumField() {
		want = append(want, "change/"+memberName(changes.Field(i)))
	}
	for _, info := range SignalKinds {
		want = append(want, "signal/"+info.Name)
	}
	want = append(want, "base")
	var got []string
	for _, e := range examples() {
		got = append(got, e.path)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the examples are\n%v, want\n%v", got, want)
	}
}

// TestExamplesPassCheck keeps the examples true: what SPEC.md shows is accepted.
func TestExamplesPassCheck(t *testing.T) {
	for _, op := range opExamples {
		if err := op.Check(); err != nil {
			t.Errorf("%s: %v", op.Kind(), err)
		}
	}
	for _, g := range signalExamples {
		fromServer := !g.From.IsZero()
		if err := g.Check(); (err != nil) != fromServer {
			t.Errorf("%s: %v", g.Kind, err)
		}
	}
}
