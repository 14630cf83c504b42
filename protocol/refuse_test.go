package protocol

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// codeOf returns the code of a refusal, "" for none.
func codeOf(t *testing.T, err error) Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) has no code", err, err)
	}
	if _, known := Codes[e.Code]; !known {
		t.Fatalf("code %q is not in the table", e.Code)
	}
	return e.Code
}

// move is a note.move with these members behind the kind.
func move(members string) string { return `{"kind":"note.move",` + members + `}` }

// at is where the note goes.
func at(x, y string) string { return move(fmt.Sprintf(`"note":%q,"x":%s,"y":%s`, note, x, y)) }

// submit is a frame with these ops.
func submit(ops string) string { return `{"type":"submit","n":1,"ops":[` + ops + `]}` }

// nested is the smallest op inside so many batches.
func nested(batches int) string {
	return strings.Repeat(`{"kind":"batch","ops":[`, batches) + `{"kind":"void"}` + strings.Repeat(`]}`, batches)
}

func times(n int, text string) string { return strings.TrimSuffix(strings.Repeat(text+",", n), ",") }

var opRefusals = []struct {
	name string
	text string
	code Code
}{
	{"nothing", ``, CodeMalformed},
	{"null", `null`, CodeMalformed},
	{"a list", `[]`, CodeMalformed},
	{"a string", `"note.move"`, CodeMalformed},
	{"no kind", `{}`, CodeMalformed},
	{"no kind among members", `{"x":1}`, CodeMalformed},
	{"a kind of another case", strings.Replace(at("1", "2"), "kind", "Kind", 1), CodeMalformed},
	{"a kind that is null", `{"kind":null}`, CodeMalformed},
	{"a kind that is a number", `{"kind":1}`, CodeMalformed},
	{"a kind twice", move(`"kind":"note.move"`), CodeMalformed},
	{"a kind twice, last", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"kind":"note.move"`, note)), CodeMalformed},
	{"two kinds", `{"x":1,"kind":"note.move","kind":"note.delete"}`, CodeMalformed},
	{"an unknown kind", `{"kind":"note.explode"}`, CodeUnknownKind},
	{"an unknown kind, last", `{"force":9,"kind":"note.explode"}`, CodeUnknownKind},
	{"no name", `{"kind":""}`, CodeUnknownKind},
	{"a kind of another case inside", `{"kind":"Note.Move"}`, CodeUnknownKind},
	{"a prototype", `{"kind":"__proto__"}`, CodeUnknownKind},
	{"an unknown part", `{"kind":"batch","ops":[{"kind":"note.explode"}]}`, CodeUnknownKind},

	{"cut short", at("1", "2")[:30], CodeMalformed},
	{"no end", strings.TrimSuffix(at("1", "2"), "}"), CodeMalformed},
	{"a comma too many", move(`"x":1,`), CodeMalformed},
	{"trailing value", at("1", "2") + `{}`, CodeMalformed},
	{"trailing byte", at("1", "2") + "\x00", CodeMalformed},
	{"byte order mark", "\ufeff" + at("1", "2"), CodeMalformed},
	{"single quotes", strings.ReplaceAll(at("1", "2"), `"`, `'`), CodeMalformed},
	{"a comment", at("1/**/", "2"), CodeMalformed},

	{"a member missing", move(fmt.Sprintf(`"note":%q,"x":1`, note)), CodeMalformed},
	{"an unknown member", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"z":3`, note)), CodeMalformed},
	{"a member of another case", move(fmt.Sprintf(`"note":%q,"X":1,"y":2`, note)), CodeMalformed},
	{"a member of both cases", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"X":3`, note)), CodeMalformed},
	{"a member twice", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"x":1`, note)), CodeMalformed},
	{"a member twice by an escape", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"\u0078":1`, note)), CodeMalformed},
	{"a forged author", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"author":%q`, note, person)), CodeMalformed},
	{"a forged seq", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"seq":7`, note)), CodeMalformed},
	{"a forged role", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"role":"owner"`, note)), CodeMalformed},
	{"a forged time", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"time":7`, note)), CodeMalformed},
	{"a forged board", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"board":%q`, note, board)), CodeMalformed},
	{"a forged writer", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"writer":%q`, note, writer)), CodeMalformed},
	{"a forged front", move(fmt.Sprintf(`"note":%q,"x":1,"y":2,"front":7`, note)), CodeMalformed},

	{"null for a number", at("null", "2"), CodeMalformed},
	{"null for an id", move(`"note":null,"x":1,"y":2`), CodeMalformed},
	{"null for a list", `{"kind":"cluster.unassign","notes":null}`, CodeMalformed},
	{"null in a list", `{"kind":"cluster.unassign","notes":[null]}`, CodeMalformed},
	{"null for runs", fmt.Sprintf(`{"kind":"note.text","note":%q,"base":%q,"rev":%q,"runs":null}`, note, rev, nextRev), CodeMalformed},
	{"a number as text", at(`"1"`, "2"), CodeMalformed},
	{"NaN", at("NaN", "2"), CodeMalformed},
	{"infinity", at("Infinity", "2"), CodeMalformed},
	{"minus infinity", at("-Infinity", "2"), CodeMalformed},
	{"1e400", at("1e400", "2"), CodeMalformed},
	{"1e3", at("1e3", "2"), CodeMalformed},
	{"a fraction", at("1.5", "2"), CodeMalformed},
	{"a whole fraction", at("1.0", "2"), CodeMalformed},
	{"minus zero", at("-0", "2"), CodeMalformed},
	{"a leading zero", at("01", "2"), CodeMalformed},
	{"a plus", at("+1", "2"), CodeMalformed},
	{"hexadecimal", at("0x1", "2"), CodeMalformed},
	{"beyond 64 bits", at("9223372036854775808", "2"), CodeMalformed},
	{"far beyond 64 bits", at(strings.Repeat("9", 400), "2"), CodeMalformed},
	{"a colour beyond a byte", fmt.Sprintf(`{"kind":"note.recolour","note":%q,"colour":257}`, note), CodeMalformed},
	{"a negative colour", fmt.Sprintf(`{"kind":"note.recolour","note":%q,"colour":-1}`, note), CodeMalformed},
	{"a negative n", `{"kind":"undo","n":-1}`, CodeMalformed},

	{"an id of one character less", move(fmt.Sprintf(`"note":%q,"x":1,"y":2`, note.String()[1:])), CodeMalformed},
	{"an id with padding", move(fmt.Sprintf(`"note":%q,"x":1,"y":2`, note.String()+"==")), CodeMalformed},
	{"an id in the other alphabet", move(`"note":"+/iWPhJO0Sa8KMMUjwcrWQ","x":1,"y":2`), CodeMalformed},
	{"an id with trailing bits", move(`"note":"qiWPhJO0Sa8KMMUjwcrW-R","x":1,"y":2`), CodeMalformed},
	{"the id that is none", move(`"note":"AAAAAAAAAAAAAAAAAAAAAA","x":1,"y":2`), CodeMalformed},
	{"an empty id", `{"kind":"participant.leave","participant":""}`, CodeMalformed},
	{"an id with a line feed", move(`"note":"qiWPhJO0Sa8KMMUjwcrW-\n","x":1,"y":2`), CodeMalformed},
	{"an id that is a number", move(`"note":7,"x":1,"y":2`), CodeMalformed},

	{"invalid UTF-8", "{\"kind\":\"board.title\",\"title\":\"\xff\"}", CodeMalformed},
	{"UTF-8 that is too long", "{\"kind\":\"board.title\",\"title\":\"\xc0\xaf\"}", CodeMalformed},
	{"a surrogate in UTF-8", "{\"kind\":\"board.title\",\"title\":\"\xed\xa0\x80\"}", CodeMalformed},
	{"half a pair", `{"kind":"board.title","title":"\ud83d"}`, CodeMalformed},
	{"a pair turned round", `{"kind":"board.title","title":"\ude00\ud83d"}`, CodeMalformed},
	{"a bare line feed", "{\"kind\":\"board.title\",\"title\":\"a\nb\"}", CodeMalformed},
	{"no such escape", `{"kind":"board.title","title":"\x41"}`, CodeMalformed},

	{"257 elements", `{"kind":"cluster.unassign","notes":[` + times(MaxList+1, `"`+note.String()+`"`) + `]}`, CodeMalformed},
	{"257 members", `{"kind":"note.move"` + strings.Repeat(`,"x":1`, MaxList+1) + `}`, CodeMalformed},
	{"33 levels", nested(16), CodeMalformed},
	{"very deep", strings.Repeat("[", 30_000), CodeMalformed},
	{"very deep in a member", `{"x":` + strings.Repeat(`{"x":`, 5_000), CodeMalformed},
	{"base64 with padding", `{"kind":"writer.register","writer":"` + writer.String() + `","secret":"AA=="}`, CodeMalformed},
	{"a role there is not", fmt.Sprintf(`{"kind":"link.create","link":%q,"secret":"","role":"king"}`, link), CodeMalformed},

	{"runs that are no list", textOp(`"abc"`), CodeMalformed},
	{"a run of nothing", textOp(`[5,0]`), CodeMalformed},
	{"an empty insert", textOp(`[5,""]`), CodeMalformed},
	{"two keeps", textOp(`[5,5]`), CodeMalformed},
	{"a delete before the insert", textOp(`[-2,"a"]`), CodeMalformed},
	{"a run that is a list", textOp(`[[5]]`), CodeMalformed},
	{"a run with a fraction", textOp(`[5.5]`), CodeMalformed},
	{"a keep without end", textOp(`[9007199254740993]`), CodeMalformed},
	{"a control character in an insert", textOp(`["\u0000"]`), CodeMalformed},
	{"half a pair in an insert", textOp(`["\ud83d"]`), CodeMalformed},
	{"too many runs", textOp(`[` + times(MaxList/2+1, `1,"a"`) + `]`), CodeMalformed},
}

func textOp(runs string) string {
	return fmt.Sprintf(`{"kind":"note.text","note":%q,"base":%q,"rev":%q,"runs":%s}`, note, rev, nextRev, runs)
}

func TestDecodeOpRefuses(t *testing.T) {
	for _, c := range opRefusals {
		t.Run(c.name, func(t *testing.T) {
			if op, err := DecodeOp([]byte(c.text)); codeOf(t, err) != c.code || op != nil {
				t.Errorf("%.200s is read as %+v, %v; want %s", c.text, op, err, c.code)
			}
		})
	}
}

var frameRefusals = []struct {
	name string
	text string
	code Code
}{
	{"nothing", ``, CodeMalformed},
	{"null", `null`, CodeMalformed},
	{"words", `hello`, CodeMalformed},
	{"a list of frames", `[{"type":"ping"}]`, CodeMalformed},
	{"no type", `{}`, CodeMalformed},
	{"a type twice", `{"type":"ping","type":"ping"}`, CodeMalformed},
	{"a type twice, last", `{"at":"","type":"ping","type":"submit"}`, CodeMalformed},
	{"an unknown type", `{"type":"subscribe"}`, CodeUnknownKind},
	{"an unknown type, last", `{"a":[],"type":"subscribe"}`, CodeUnknownKind},
	{"what only the server sends", `{"type":"own","acked":9}`, CodeUnknownKind},
	{"welcome from a client", string(AppendFrame(nil, frameExamples[4])), CodeUnknownKind},
	{"two frames", `{"type":"ping"}{"type":"ping"}`, CodeMalformed},
	{"unknown member", `{"type":"ping","role":"owner"}`, CodeMalformed},
	{"a version with a fraction", `{"type":"hello","version":1.5}`, CodeMalformed},
	{"a hello without version", `{"type":"hello"}`, CodeMalformed},
	{"a token that is null", `{"type":"hello","version":1,"token":null}`, CodeMalformed},
	{"a forged participant", `{"type":"hello","version":1,"participant":"` + person.String() + `"}`, CodeMalformed},

	{"no ops", submit(``), CodeMalformed},
	{"ops missing", `{"type":"submit","n":1}`, CodeMalformed},
	{"ops null", `{"type":"submit","n":1,"ops":null}`, CodeMalformed},
	{"n zero", `{"type":"submit","n":0,"ops":[{"kind":"void"}]}`, CodeMalformed},
	{"n beyond JavaScript", `{"type":"submit","n":9007199254740992,"ops":[{"kind":"void"}]}`, CodeMalformed},
	{"too many ops", submit(times(MaxOutstanding+1, `{"kind":"void"}`)), CodeMalformed},
	{"a forged author", strings.Replace(submit(`{"kind":"void"}`), `"n"`, `"author":"x","n"`, 1), CodeMalformed},
	{"one malformed op", submit(at("1", "2") + "," + at("1.5", "2") + "," + at("1", "2")), CodeMalformed},
	{"one unknown kind", submit(at("1", "2") + `,{"kind":"note.explode"}`), CodeUnknownKind},
	{"one unknown kind in a batch", submit(`{"kind":"batch","ops":[{"kind":"note.explode"}]}`), CodeUnknownKind},
	{"an op that is no object", submit(`7`), CodeMalformed},
	{"a kind for the server", submit(string(AppendOp(nil, &WriterRegister{Writer: writer, Secret: exampleHash("")}))), CodeServerKind},
	{"a kind for the server, second", submit(`{"kind":"void"},` + string(AppendOp(nil, opExamples[0]))), CodeServerKind},
	{"a kind for the server in a batch", submit(`{"kind":"batch","ops":[` + string(AppendOp(nil, opExamples[10])) + `]}`), CodeServerKind},
	{"a kind for the server in a batch in a batch", submit(`{"kind":"batch","ops":[{"kind":"batch","ops":[` + string(AppendOp(nil, opExamples[6])) + `]}]}`), CodeServerKind},
	{"a void's reason", submit(`{"kind":"void","reason":"gone"}`), CodeServerKind},

	{"signals missing", `{"type":"signal"}`, CodeMalformed},
	{"a signal without kind", `{"type":"signal","signals":[{"x":1,"y":2}]}`, CodeMalformed},
	{"a signal's place with a fraction", `{"type":"signal","signals":[{"kind":"cursor","x":1.5,"y":2}]}`, CodeMalformed},
	{"a place without y", `{"type":"signal","signals":[{"kind":"drag","places":[{"id":"` + note.String() + `","x":1}]}]}`, CodeMalformed},
	{"257 signals", `{"type":"signal","signals":[` + times(MaxList+1, `{"kind":"typing"}`) + `]}`, CodeMalformed},

	{"64 KiB and one byte", `{"type":"ping","at":"` + strings.Repeat("x", MaxFrame) + `"}`, CodeFrameTooLarge},
	{"a large frame that is not JSON", strings.Repeat("x", MaxFrame+1), CodeFrameTooLarge},
	{"very deep", strings.Repeat(`[`, MaxFrame), CodeMalformed},
	{"very deep objects", strings.Repeat(`{"a":`, MaxFrame/5), CodeMalformed},
}

func TestDecodeClientFrameRefuses(t *testing.T) {
	for _, c := range frameRefusals {
		t.Run(c.name, func(t *testing.T) {
			f, err := DecodeClientFrame([]byte(c.text))
			if codeOf(t, err) != c.code || f != nil {
				t.Errorf("%.200s is read as %+v, %v; want %s", c.text, f, err, c.code)
			}
			if err != nil && c.code.Close() == 0 {
				t.Errorf("%s does not close the connection", c.code)
			}
			if err != nil && len(err.Error()) > 500 {
				t.Errorf("a refusal of %d bytes: %s", len(err.Error()), err)
			}
		})
	}
}

// TestRefusalOfEachOpInAFrame sends every malformed op as part of a submit: the frame is malformed as a whole.
func TestRefusalOfEachOpInAFrame(t *testing.T) {
	for _, c := range opRefusals {
		text := submit(at("1", "2") + "," + c.text)
		if len(text) > MaxFrame || c.text == "" {
			continue
		}
		if f, err := DecodeClientFrame([]byte(text)); err == nil || f != nil {
			t.Errorf("%s: %.200s is read as %+v", c.name, text, f)
		}
	}
}
