package protocol

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

func unpack(t *testing.T, b []byte) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	if _, err := zip.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestC4BaseInParts(t *testing.T) {
	long := strings.Repeat("é", MaxNoteText)
	for _, n := range []int{0, 1, 12, 13, 14, 100, 3000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var changes []Change
			for i := range n {
				c := Change{Note: &NoteChange{ID: exampleID(fmt.Sprint(i)), X: new(int64(i))}}
				if i < 100 {
					c.Note.Text = &long
				}
				changes = append(changes, c)
			}
			parts, err := EncodeBase(128, examplePosition, changes)
			if err != nil || len(parts) == 0 {
				t.Fatalf("%d parts, %v", len(parts), err)
			}
			var got []Change
			for i, part := range parts {
				text := unpack(t, part)
				if len(text) > MaxBasePart {
					t.Errorf("part %d has %d bytes", i+1, len(text))
				}
				base, err := DecodeBase(part)
				if err != nil {
					t.Fatal(err)
				}
				if canonical := strictjson.Append(nil, base); !bytes.Equal(text, canonical) {
					t.Errorf("part %d is not canonical: %.100s", i+1, text)
				}
				if base.Part != i+1 || base.Of != len(parts) || base.Seq != 128 || (base.At != "") != (i+1 == len(parts)) {
					t.Errorf("part %d of %d says %d of %d, seq %d, at %q", i+1, len(parts), base.Part, base.Of, base.Seq, base.At)
				}
				got = append(got, base.Changes...)
			}
			if !reflect.DeepEqual(got, changes) {
				t.Errorf("%d changes came out otherwise than they went in", n)
			}
			if n == 100 && len(parts) != 8 { // 20 KB each, thirteen to a part
				t.Errorf("%d parts", len(parts))
			}
		})
	}
}

func TestBaseRefusesAChangeThatFitsNoPart(t *testing.T) {
	huge := strings.Repeat("x", MaxBasePart)
	if parts, err := EncodeBase(1, "", []Change{{Note: &NoteChange{ID: note, Text: &huge}}}); err == nil {
		t.Errorf("%d parts", len(parts))
	}
}

func TestDecodeBaseRefuses(t *testing.T) {
	good := `{"part":1,"of":1,"seq":1,"changes":[]}`
	packed := pack(t, good)
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{"nothing", nil},
		{"no gzip", []byte(good)},
		{"cut short", packed[:len(packed)-4]},
		{"trailing bytes", append(bytes.Clone(packed), "more"...)},
		{"two members", append(bytes.Clone(packed), packed...)},
		{"a bomb", pack(t, `{"part":1,"of":1,"seq":1,"changes":[]`+strings.Repeat(" ", 8<<20)+`}`)},
		{"one byte too many", pack(t, good+strings.Repeat(" ", MaxBasePart+1-len(good)))},
		{"no JSON", pack(t, "x")},
		{"null", pack(t, `{"part":1,"of":1,"seq":1,"changes":null}`)},
		{"no changes", pack(t, `{"part":1,"of":1,"seq":1}`)},
	} {
		if base, err := DecodeBase(c.b); codeOf(t, err) != CodeMalformed {
			t.Errorf("%s: %+v, %v", c.name, base, err)
		}
	}
	if _, err := DecodeBase(pack(t, good+strings.Repeat(" ", MaxBasePart-len(good)))); err != nil {
		t.Errorf("just as many bytes as there may be: %v", err)
	}
	if _, err := DecodeBase(pack(t, `{"part":1,"of":1,"seq":1,"changes":[{"vote":{"id":1}}],"new":true}`)); err != nil {
		t.Errorf("members that are not known: %v", err)
	}
}
