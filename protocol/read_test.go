package protocol

import (
	"fmt"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

func TestF3ServerFramesAreReadLeniently(t *testing.T) {
	for _, c := range []struct {
		text string
		want Frame
	}{
		{`{"type":"pong","time":5,"load":{"a":[1]}}`, &Pong{Time: 5}},
		{`{"load":1,"time":5,"type":"pong"}`, &Pong{Time: 5}},
		{`{"type":"own","acked":3,"refused":[{"n":3,"code":"new_code","hint":"x"}]}`, &Own{Acked: 3, Refused: []Refused{{N: 3, Code: "new_code"}}}},
		{`{"type":"signal","signals":[{"kind":"wave","from":"` + person.String() + `","z":1}]}`, &Signals{Signals: []Signal{{Kind: "wave", From: person}}}},
		{`{"type":"changes","seq":1,"at":"p","time":2,"changes":[{"vote":{"id":"x"}}]}`, &Changes{Seq: 1, At: "p", Time: 2, Changes: []Change{{}}}},
		{`{"type":"changes","seq":1,"time":2,"changes":[]}`, &Changes{Seq: 1, Time: 2, Changes: []Change{}}},
	} {
		checkSame(t, []byte(c.text), c.want, DecodeServerFrame)
	}
	many := `{"type":"changes","seq":1,"at":"p","time":2,"changes":[` + times(5000, `{"cluster":{"id":"`+cluster.String()+`","deleted":true}}`) + `]}`
	if f, err := DecodeServerFrame([]byte(many)); err != nil || len(f.(*Changes).Changes) != 5000 {
		t.Errorf("a long list: %v", err)
	}
	for _, text := range []string{`{"type":"weather","rain":1}`, `{"type":"hello","version":1}`} {
		if f, err := DecodeServerFrame([]byte(text)); err != ErrFrameType || f != nil {
			t.Errorf("%s is read as %+v, %v", text, f, err)
		}
	}
	for _, text := range []string{``, `{}`, `{"type":"pong"}`, `{"type":"pong","time":1.5}`, `{"type":"pong","time":null}`, `{"type":"pong","time":1}x`} {
		if f, err := DecodeServerFrame([]byte(text)); codeOf(t, err) != CodeMalformed || f != nil {
			t.Errorf("%s is read as %+v, %v", text, f, err)
		}
	}
}

// TestF2MembersInAnyOrder turns the members of every op and client frame round: the tag comes last.
func TestF2MembersInAnyOrder(t *testing.T) {
	for _, op := range opExamples {
		checkSame(t, turned(t, AppendOp(nil, op)), op, DecodeOp)
	}
	for _, f := range frameExamples {
		if FrameOf(f.Type()).Client {
			checkSame(t, turned(t, AppendFrame(nil, f)), f, DecodeClientFrame)
		} else {
			checkSame(t, turned(t, AppendFrame(nil, f)), f, DecodeServerFrame)
		}
	}
}

// turned writes the members of the outer object in reverse.
func turned(t *testing.T, b []byte) []byte {
	t.Helper()
	s := strictjson.Acquire(b, strictjson.Options{})
	defer s.Release()
	var out string
	s.ObjectStart()
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		out = fmt.Sprintf(`,%q:%s`, key, s.Raw()) + out
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	return []byte("{" + strings.TrimPrefix(out, ",") + "}")
}

// TestWhatIsRead has what looks like bad input and is not.
func TestWhatIsRead(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Op
	}{
		{"white space", " \t\r\n{ \"kind\" : \"void\" }\n", &Void{}},
		{"escapes", `{"k\u0069nd":"v\u006fid"}`, &Void{}},
		{"a pair", `{"kind":"board.title","title":"\ud83d\ude00"}`, &BoardTitle{Title: "😀"}},
		{"any number of 64 bits", at("-9223372036854775808", "9223372036854775807"), &NoteMove{Note: note, X: -1 << 63, Y: 1<<63 - 1}},
		{"a zero written out", `{"kind":"note.tag","note":"` + note.String() + `","tags":[]}`, &NoteTag{Note: note, Tags: []string{}}},
		{"a direction mark", "{\"kind\":\"participant.rename\",\"name\":\"\u202eroon\"}", &ParticipantRename{Name: "\u202eroon"}},
		{"U+FFFD", `{"kind":"board.title","title":"` + "\ufffd" + `"}`, &BoardTitle{Title: "\ufffd"}},
	} {
		t.Run(c.name, func(t *testing.T) { checkSame(t, []byte(c.text), c.want, DecodeOp) })
	}
	if _, err := DecodeOp([]byte(nested(15))); err != nil {
		t.Errorf("31 levels: %v", err)
	}
	frame := `{"type":"ping","at":"` + strings.Repeat("x", MaxFrame-len(`{"type":"ping","at":""}`)) + `"}`
	if _, err := DecodeClientFrame([]byte(frame)); err != nil || len(frame) != MaxFrame {
		t.Errorf("%d bytes: %v", len(frame), err)
	}
}
