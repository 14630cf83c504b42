package strictjson_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/denkwand/denkwand/protocol/strictjson"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// asIs teaches the oracle our spelling of bytes and Raw.
var asIs = json.WithUnmarshalers(json.JoinUnmarshalers(
	json.UnmarshalFunc(func(b []byte, to *[]byte) (err error) {
		text, err := jsontext.AppendUnquote(nil, b)
		if err != nil || bytes.ContainsAny(text, "\r\n") {
			return errors.Join(err, errors.New("line break"))
		}
		*to, err = base64.RawURLEncoding.Strict().DecodeString(string(text))
		return err
	}),
	json.UnmarshalFunc(func(b []byte, to *strictjson.Raw) error {
		*to = bytes.Clone(b)
		return nil
	}),
))

// checkOracle reads b into a T with both libraries. What we accept, the oracle accepts with the same value; what we refuse,
// it refuses, unless the rule is one that only we have. It returns our value and whether there is one.
func checkOracle[T any](t *testing.T, b []byte) (got T, ok bool) {
	t.Helper()
	var want T
	oracleErr := json.Unmarshal(b, &want, json.RejectUnknownMembers(true), asIs)
	err := strictjson.Unmarshal(b, &got)
	if err == nil {
		if oracleErr != nil {
			t.Fatalf("%q is read, but the oracle says %v", b, oracleErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as\n%+v, want\n%+v", b, got, want)
		}
		return got, true
	}
	checkRefusal(t, b, err, oracleErr)
	if !reflect.ValueOf(got).IsZero() {
		t.Fatalf("%q is refused (%v) and yet leaves %+v", b, err, got)
	}
	return got, false
}

func checkRefusal(t *testing.T, b []byte, err, oracleErr error) {
	t.Helper()
	e := refusal(t, err)
	if oracleErr == nil && !extra(e.Code) {
		t.Fatalf("%q is refused, but not by the oracle: %v", b, err)
	}
	if oracleErr == nil && e.Code == strictjson.CodeNumber && !bytes.HasPrefix(b[e.Offset:], []byte("-0")) {
		t.Fatalf("%q: the oracle reads this number: %v", b, err)
	}
	if e.Offset < 0 || e.Offset > len(b) || e.Sentence == "" || !utf8.ValidString(e.Path) {
		t.Fatalf("%q: a poor error: %+v", b, e)
	}
}

// checkStable writes v, reads that, and writes it again: the two texts must be equal.
func checkStable[T any](t *testing.T, v T) {
	t.Helper()
	once := strictjson.Append(nil, v)
	var back T
	if err := strictjson.UnmarshalWith(once, &back, strictjson.Options{MaxCount: strictjson.Unlimited}); err != nil {
		t.Fatalf("%q cannot be read back: %v", once, err)
	}
	if twice := strictjson.Append(nil, &back); !bytes.Equal(once, twice) {
		t.Fatalf("written as\n%q, then as\n%q", once, twice)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, text := range wideTexts {
		f.Add([]byte(text))
	}
	for _, r := range refusals {
		f.Add([]byte(r.text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, ok := checkOracle[wide](t, b); ok {
			checkStable(t, v)
		}
	})
}

// FuzzCodecs holds the hand-written decoder against the one made by reflection: same values, same refusals.
func FuzzCodecs(f *testing.F) {
	f.Add([]byte(moveText))
	f.Add([]byte(`{"y":1,"x":2,"note":"AAAAAAAAAAAAAAAAAAAAAB","kind":"\u00e9"}`))
	f.Add([]byte(`{"kind":"","kind":""}`))
	f.Add([]byte(`{"kind":"","note":"AAAAAAAAAAAAAAAAAAAAAA","x":2147483648}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		want, _ := checkOracle[move](t, b)
		wantErr := strictjson.Unmarshal(b, &want)
		got, err := readMove(b)
		if got != want {
			t.Fatalf("%q is read by hand as %+v, by reflection as %+v", b, got, want)
		}
		if err == nil && wantErr == nil {
			return
		}
		e, wantE := refusal(t, err), refusal(t, wantErr)
		if e.Code != wantE.Code || e.Offset != wantE.Offset || e.Path != wantE.Path {
			t.Fatalf("%q is refused by hand with %v, by reflection with %v", b, e, wantE)
		}
	})
}

// FuzzTagged holds the two ways to read an object that names its type against each other: with the tag read ahead, and as a
// field like others.
func FuzzTagged(f *testing.F) {
	f.Add([]byte(moveText))
	f.Add([]byte(`{"x":1,"note":"AAAAAAAAAAAAAAAAAAAAAB","k\u0069nd":"\u00e9","y":0}`))
	f.Add([]byte(`{"kind":"","kind":""}`))
	f.Add([]byte(`{"y":{"kind":1},"kind":"a"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var want move
		wantErr := strictjson.Unmarshal(b, &want)
		s := strictjson.Acquire(b, strictjson.Options{})
		defer s.Release()
		kind, first := s.Tag("kind")
		got := move{Kind: string(kind)}
		var rest struct {
			Note key   `json:"note"`
			X    int32 `json:"x"`
			Y    int32 `json:"y"`
		}
		s.Members(&rest, "kind", first)
		got.Note, got.X, got.Y = rest.Note, rest.X, rest.Y
		if err := s.End(); (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Fatalf("%q is read with its tag ahead as %+v (%v), without as %+v (%v)", b, got, err, want, wantErr)
		}
	})
}

func FuzzValid(f *testing.F) {
	for _, text := range wideTexts {
		f.Add([]byte(text))
	}
	for _, r := range refusals {
		f.Add([]byte(r.text))
	}
	f.Add([]byte(`[1.5e-7,-0,0.0,{"":{},"a":[]},"😀\ud83d\ude00"]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		oracleErr := json.Unmarshal(b, &v)
		err := strictjson.Valid(b, strictjson.Options{})
		if err == nil {
			var outOfFloat *json.SemanticError // 1e400 is JSON, but no float64
			if oracleErr != nil && !errors.As(oracleErr, &outOfFloat) {
				t.Fatalf("%q is valid, but the oracle says %v", b, oracleErr)
			}
			return
		}
		checkRefusal(t, b, err, oracleErr)
	})
}

// FuzzAppend writes arbitrary Go strings; what comes out is what the oracle writes and reads.
func FuzzAppend(f *testing.F) {
	f.Add("note.move", int64(-678), "a", "b")
	f.Add("\x00\x1f\x7f\"\\\n\t/<>&\u2028\u2029", int64(-1<<63), "\xff", "\xfe")
	f.Add("😀é\xf0\x9f\x98", int64(1<<63-1), "\ufffd", "\xc0")
	f.Fuzz(func(t *testing.T, text string, n int64, k1, k2 string) {
		v := wide{head: head{Kind: text}, I64: n, Text: &text, Counts: map[colour]uint16{colour(k1): 1, colour(k2): 2}}
		checkStable(t, v)
		var back wide
		b := strictjson.Append(nil, v)
		if err := json.Unmarshal(b, &back, json.RejectUnknownMembers(true), asIs); err != nil {
			t.Fatalf("the oracle does not read %q: %v", b, err)
		}
		if want := string([]rune(text)); back.Kind != want || *back.Text != want || back.I64 != n {
			t.Fatalf("%q comes back as %+v", b, back)
		}
		if utf8.ValidString(text) && !strings.ContainsAny(text, "\b\f\r") {
			want, err := jsontext.AppendQuote(nil, text)
			if got := strictjson.AppendString(nil, text); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q is written as %s, by the oracle as %s (%v)", text, got, want, err)
			}
		}
	})
}
