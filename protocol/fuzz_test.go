package protocol

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The oracle is another strict library over the same structs. It knows nothing of our limits and takes null and other
// spellings of numbers, so it may accept more than we do, never less and never another value.

var oracleOptions json.Options

func init() { // not where it is declared: the options and oracleOp need each other
	oracleOptions = json.JoinOptions(json.RejectUnknownMembers(true), oracleTypes())
}

func oracleTypes() json.Options {
	return json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFunc(func(b []byte, op *AnyOp) error {
			got, err := oracleOp(b)
			op.Op = got
			return err
		}),
		json.UnmarshalFunc(func(b []byte, p *[]byte) (err error) {
			var s string
			if err := json.Unmarshal(b, &s); err != nil {
				return err
			}
			*p, err = base64.RawURLEncoding.Strict().DecodeString(s)
			return err
		}),
	))
}

// oracleTagged reads an object in two steps: which type it is, and the members besides.
func oracleTagged(b []byte, tag string, made func(name string) any) (any, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(b, &members); err != nil {
		return nil, err
	}
	var name string
	if err := json.Unmarshal(members[tag], &name); err != nil {
		return nil, err
	}
	v := made(name)
	if v == nil {
		return nil, fmt.Errorf("no such %s: %q", tag, name)
	}
	delete(members, tag)
	rest, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	return v, json.Unmarshal(rest, v, oracleOptions)
}

func oracleOp(b []byte) (Op, error) {
	v, err := oracleTagged(b, kindTag, func(name string) any {
		if info := KindOf(name); info != nil {
			return info.New()
		}
		return nil
	})
	op, _ := v.(Op)
	return op, err
}

func oracleFrame(b []byte) (Frame, error) {
	v, err := oracleTagged(b, typeTag, func(name string) any {
		if info := FrameOf(name); info != nil {
			return info.New()
		}
		return nil
	})
	f, _ := v.(Frame)
	return f, err
}

// checkRead holds one decoding against the oracle, against the reflective codec and against what it writes itself. It
// returns false when b was refused.
func checkRead[T any](t *testing.T, b []byte, decode, plain, oracle func([]byte) (T, error), write, writePlain func([]byte, T) []byte) (T, bool) {
	t.Helper()
	got, err := decode(b)
	want, plainErr := plain(b)
	if fmt.Sprint(err) != fmt.Sprint(plainErr) || !reflect.DeepEqual(got, want) {
		t.Fatalf("%.999q is read by hand as\n%+v, %v; by reflection as\n%+v, %v", b, got, err, want, plainErr)
	}
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Code.Close() == 0 {
			t.Fatalf("%.999q is refused with %v, which closes nothing", b, err)
		}
		return got, false
	}
	if want, oracleErr := oracle(b); oracleErr != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%.999q is read as\n%+v; by the oracle as\n%+v, %v", b, got, want, oracleErr)
	}
	once := write(nil, got)
	if plain := writePlain(nil, got); !bytes.Equal(once, plain) {
		t.Fatalf("by hand\n%s\nby reflection\n%s", once, plain)
	}
	again, err := decode(once)
	if err != nil {
		t.Fatalf("%.999q is written as %.999q, which is refused: %v", b, once, err)
	}
	if twice := write(nil, again); !bytes.Equal(once, twice) {
		t.Fatalf("%.999q is written as\n%q, then as\n%q", b, once, twice)
	}
	if compact := jsontext.Value(bytes.Clone(once)); compact.Compact() != nil || len(compact) != len(once) {
		t.Fatalf("%.999q is not compact", once)
	}
	return again, true
}

func checkOp(t *testing.T, b []byte) {
	op, ok := checkRead(t, b, DecodeOp, decodePlainOp, oracleOp, AppendOp, appendPlainOp)
	if !ok {
		return
	}
	first, err := DecodeOp(b)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := fmt.Sprint(first.Check()), fmt.Sprint(op.Check()); before != after {
		t.Fatalf("%.999q: Check says %s, and after writing and reading %s", b, before, after)
	}
}

func FuzzDecodeOp(f *testing.F) {
	for _, op := range opExamples {
		f.Add(AppendOp(nil, op))
	}
	for _, r := range opRefusals {
		f.Add([]byte(r.text))
	}
	f.Add([]byte(`{"note":"` + note.String() + `","y":-0,"x":1,"k\u0069nd":"note.move"}`))
	f.Add([]byte(`{"kind":"area.create","area":"` + area.String() + `","form":"frame","x":0,"y":0,"w":6400,"h":6400,"rings":[]}`))
	f.Fuzz(checkOp)
}

func FuzzDecodeClientFrame(f *testing.F) {
	for _, frame := range frameExamples {
		f.Add(AppendFrame(nil, frame))
	}
	for _, op := range opExamples {
		f.Add(AppendFrame(nil, &Submit{N: 1, Ops: []AnyOp{{op}}}))
	}
	for _, g := range signalExamples {
		f.Add(AppendFrame(nil, &Signals{Signals: []Signal{*g}}))
	}
	for _, r := range frameRefusals {
		f.Add([]byte(r.text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, ok := checkRead(t, b, DecodeClientFrame, decodePlainClientFrame, oracleFrame, AppendFrame, appendPlainFrame)
		if !ok {
			return
		}
		if submit, isSubmit := frame.(*Submit); isSubmit {
			for _, op := range submit.Ops {
				checkOp(t, AppendOp(nil, op.Op))
			}
		}
	})
}

// FuzzDecodeServerFrame is for the Go client: whatever comes, an answer and no panic, and what was understood is stable.
func FuzzDecodeServerFrame(f *testing.F) {
	for _, frame := range frameExamples {
		f.Add(AppendFrame(nil, frame))
	}
	for _, c := range changeExamples {
		f.Add(AppendFrame(nil, &Changes{Changes: []Change{c}}))
	}
	f.Add([]byte(`{"type":"changes","seq":1,"at":"","time":0,"changes":[{"vote":{}},{"note":{"id":"` + note.String() + `","tags":[]}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := DecodeServerFrame(b)
		if err != nil {
			var e *Error
			if !errors.Is(err, ErrFrameType) && !errors.As(err, &e) {
				t.Fatalf("%.999q is refused with %v", b, err)
			}
			return
		}
		once := AppendFrame(nil, frame)
		if plain := appendPlainFrame(nil, frame); !bytes.Equal(once, plain) {
			t.Fatalf("by hand\n%s\nby reflection\n%s", once, plain)
		}
		again, err := DecodeServerFrame(once)
		if err != nil {
			t.Fatalf("%.999q is written as %.999q, which is refused: %v", b, once, err)
		}
		if twice := AppendFrame(nil, again); !bytes.Equal(once, twice) {
			t.Fatalf("%.999q is written as\n%q, then as\n%q", b, once, twice)
		}
	})
}
