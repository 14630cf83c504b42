package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// outcome submits one op under the number and returns why it did nothing, "" if it did.
func (c *rawConn) outcome(n uint64, op string) protocol.Code {
	c.t.Helper()
	c.text(fmt.Sprintf(`{"type":"submit","n":%d,"ops":[%s]}`, n, op))
	for {
		own := receive[*protocol.Own](c)
		for _, r := range own.Refused {
			if r.N == n {
				return r.Code
			}
		}
		if own.Acked >= n {
			return ""
		}
	}
}

// TestOpsThatAreRefused submits what the rules do not take. Each op is answered with its code, for which there is a
// sentence; the number is used up, and connection, board and neighbour go on.
func TestOpsThatAreRefused(t *testing.T) {
	b := newBench(t)
	conn, neighbour := b.raw(b.made.Board), b.raw(b.made.Board)
	conn.hello(b.owner.Token, "")
	neighbour.hello(b.member(protocol.RoleContributor, "Buur").Token, "")
	id, gone, missing, rev := protocol.RandomID(), protocol.RandomID(), protocol.RandomID(), protocol.RandomID()
	n := uint64(0)
	try := func(name, op string, want protocol.Code) {
		t.Helper()
		n++
		if got := conn.outcome(n, op); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	try("a note", `{"kind":"note.create","note":"`+id.String()+`","x":0,"y":0,"w":12800,"h":9600,"text":"a👏b","rev":"`+rev.String()+`"}`, "")
	try("another", note(gone, "weg"), "")
	try("and away", `{"kind":"note.delete","note":"`+gone.String()+`"}`, "")
	at := func(kind string, who protocol.ID, rest string) string {
		return `{"kind":"` + kind + `","note":"` + who.String() + `"` + rest + `}`
	}
	text := func(runs string) string {
		return at("note.text", id, `,"base":"`+rev.String()+`","rev":"`+protocol.RandomID().String()+`","runs":`+runs)
	}
	for _, c := range []struct {
		name, op string
		want     protocol.Code
	}{
		{"text over the limit", note(protocol.RandomID(), strings.Repeat("x", protocol.MaxNoteText+1)), protocol.CodeTextTooLong},
		{"text over it in UTF-16", note(protocol.RandomID(), strings.Repeat("👏", protocol.MaxNoteText/2+1)), protocol.CodeTextTooLong},
		{"text that grows over it", text(`[4,"` + strings.Repeat("y", protocol.MaxNoteText) + `"]`), protocol.CodeTextTooLong},
		{"control characters", note(protocol.RandomID(), "a\x07b"), protocol.CodeTextInvalid},
		{"huge coordinates", at("note.move", id, `,"x":33554433,"y":0`), protocol.CodeOutOfRange},
		{"as far as numbers go", at("note.move", id, `,"x":-9223372036854775808,"y":9223372036854775807`), protocol.CodeOutOfRange},
		{"a note without size", at("note.resize", id, `,"x":0,"y":0,"w":0,"h":0`), protocol.CodeOutOfRange},
		{"a missing object", at("note.move", missing, `,"x":0,"y":0`), protocol.CodeMissing},
		{"a deleted object", at("note.move", gone, `,"x":0,"y":0`), protocol.CodeGone},
		{"deleted twice", at("note.delete", gone, ``), protocol.CodeGone},
		{"an id again", note(id, "nogmaals"), protocol.CodeTaken},
		{"an id of something deleted", note(gone, "nogmaals"), protocol.CodeTaken},
		{"a change outside the text", text(`[99,"x"]`), protocol.CodeTextRange},
		{"a change inside a surrogate pair", text(`[2,"x",2]`), protocol.CodeTextSurrogate},
		{"a delete inside a surrogate pair", text(`[1,-1,2]`), protocol.CodeTextSurrogate},
		{"on a revision nobody knows", at("note.text", id, `,"base":"`+protocol.RandomID().String()+`","rev":"`+protocol.RandomID().String()+`","runs":[4,"x"]`), protocol.CodeStale},
		{"a name with a newline", `{"kind":"participant.rename","name":"Ilse\nBaas"}`, protocol.CodeNameInvalid},
		{"a name with an RTL override", `{"kind":"participant.rename","name":"Ilse\u202e"}`, protocol.CodeNameInvalid},
		{"a name of 10,000 characters", `{"kind":"participant.rename","name":"` + strings.Repeat("n", 10_000) + `"}`, protocol.CodeNameInvalid},
		{"a name of nothing", `{"kind":"participant.rename","name":"\u00a0"}`, protocol.CodeNameInvalid},
		{"a colour off the palette", at("note.recolour", id, `,"colour":9`), protocol.CodeBadColour},
		{"a batch of other people's rights", `{"kind":"batch","ops":[{"kind":"board.delete"}]}`, protocol.CodeKindAlone},
		{"a connector to itself", `{"kind":"connector.create","connector":"` + protocol.RandomID().String() + `","from":"` + id.String() + `","to":"` + id.String() + `"}`, protocol.CodeSameObject},
		{"undo of nothing", `{"kind":"undo","n":4000}`, protocol.CodeMissing},
	} {
		try(c.name, c.op, c.want)
		if c.want.Sentence() == protocol.Code("no such code").Sentence() {
			t.Errorf("%s has no sentence", c.want)
		}
	}
	conn.lives()
	neighbour.lives()
	if got := neighbour.outcome(1, at("note.front", id, "")); got != "" {
		t.Errorf("the neighbour's op: %s", got)
	}
	if got := neighbour.outcome(2, `{"kind":"board.title","title":"van mij"}`); got != protocol.CodeForbidden {
		t.Errorf("a contributor's title: %q", got)
	}
	state, err := b.owner.REST().State(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if note, ok := state.Note(id); len(state.Notes()) != 1 || !ok || note.Text != "a👏b" || note.X != 0 {
		t.Errorf("the board became %+v", state.Notes())
	}
}

// TestNumbersOfAWriter repeats, skips, and gives one number two meanings, as a duplicated tab does.
func TestNumbersOfAWriter(t *testing.T) {
	b := newBench(t)
	first := b.raw(b.made.Board)
	secret := first.hello(b.owner.Token, "").Writer.Secret
	ops := []string{note(protocol.RandomID(), "een"), note(protocol.RandomID(), "twee"), note(protocol.RandomID(), "drie")}
	for i, op := range ops {
		if got := first.outcome(uint64(i+1), op); got != "" {
			t.Fatalf("op %d: %s", i+1, got)
		}
	}
	if got := first.outcome(9, ops[0]); got != protocol.CodeGap {
		t.Errorf("a skipped number: %q", got)
	}
	first.lives()

	second := b.raw(b.made.Board) // the tab's duplicate: one writer, two programs
	if w := second.hello(b.owner.Token, fmt.Sprintf(`,"writer":%q`, secret)); w.Writer.Last != 3 {
		t.Errorf("welcome %+v", w.Writer)
	}
	first.closes(protocol.CodeReplaced)
	if got := second.outcome(2, ops[1]); got != "" {
		t.Errorf("a repeat: %q, and its first outcome was none", got)
	}
	if got := second.outcome(3, note(protocol.RandomID(), "iets anders")); got != protocol.CodeConflict {
		t.Errorf("another body under a number: %q", got)
	}
	if got := second.outcome(4, note(protocol.RandomID(), "vier")); got != "" {
		t.Errorf("the next number: %q", got)
	}
	if got := second.outcome(5, `{"kind":"void"}`); got != protocol.CodeVoid {
		t.Errorf("a void: %q", got)
	}
	state, err := b.owner.REST().State(t.Context(), 0)
	if err != nil || len(state.Notes()) != 4 {
		t.Errorf("%d notes, %v", len(state.Notes()), err)
	}
	for _, unknown := range []string{protocol.RandomID().String(), "", "x"} {
		third := b.raw(b.made.Board)
		third.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q,"writer":%q}`, b.owner.Token, unknown))
		if unknown == "" { // is as if it were absent: a new one
			receive[*protocol.Welcome](third)
			continue
		}
		third.closes(protocol.CodeWriterUnknown)
	}
	somebody := b.member(protocol.RoleContributor, "Noor")
	stolen := b.raw(b.made.Board)
	stolen.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q,"writer":%q}`, somebody.Token, secret))
	stolen.closes(protocol.CodeWriterUnknown)
	second.lives()
}

// TestForgedAuthors: whose op it is, when and where in the order, is the server's to say, also where a batch or an undo
// could be taken to name somebody else.
func TestForgedAuthors(t *testing.T) {
	b := newBench(t)
	conn := b.raw(b.made.Board)
	conn.hello(b.member(protocol.RoleContributor, "Noor").Token, "")
	mine := b.raw(b.made.Board)
	writer := mine.hello(b.owner.Token, "").Writer.ID
	id := protocol.RandomID()
	if got := mine.outcome(1, note(id, "van Ilse")); got != "" {
		t.Fatal(got)
	}
	for i, c := range []struct {
		op   string
		want []protocol.Code
	}{
		{`{"kind":"participant.rename","participant":"` + b.owner.Participant.String() + `","name":"Noor was hier"}`, []protocol.Code{protocol.CodeForbidden}},
		{`{"kind":"participant.leave","participant":"` + b.owner.Participant.String() + `"}`, []protocol.Code{protocol.CodeForbidden}},
		{`{"kind":"undo","writer":"` + writer.String() + `","n":1}`, []protocol.Code{protocol.CodeForbidden, protocol.CodeNothingToUndo}},
		{`{"kind":"board.delete"}`, []protocol.Code{protocol.CodeForbidden}},
	} {
		if got := conn.outcome(uint64(i+1), c.op); !slices.Contains(c.want, got) {
			t.Errorf("%s: %q", c.op, got)
		}
	}
	state, err := b.owner.REST().State(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := state.Note(id); !ok || n.Author != b.owner.Participant {
		t.Errorf("the note: %+v", n)
	}
}

// TestAClockThatJumps: doors judge links by the server's clock, ops keep their order, and no time goes back.
func TestAClockThatJumps(t *testing.T) {
	var ahead atomic.Int64
	b := newBench(t, func(c *server.Config) {
		c.API.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	brief := b.link(client.NewLink{Role: protocol.RoleContributor, Expires: time.Now().Add(10 * time.Minute).UnixMilli()})
	conn := b.raw(b.made.Board)
	conn.hello(b.join(brief.Link, "Noor").Token, "")
	for i, jump := range []time.Duration{time.Hour, -24 * time.Hour, 0} {
		ahead.Store(int64(jump))
		r := b.do(request{method: "POST", path: b.path("/join"), body: quote(map[string]string{"secret": secretOf(t, brief.Link), "name": "Later"})})
		if jump > 0 {
			r.refused(t, http.StatusGone, protocol.CodeLinkExpired)
		} else {
			into[client.Membership](t, r, http.StatusOK)
		}
		if got := conn.outcome(uint64(i+1), note(protocol.RandomID(), "x")); got != "" {
			t.Errorf("an op: %s", got)
		}
	}
	type steps struct{ Entries []struct{ Time int64 } }
	all := into[steps](t, b.do(request{method: "GET", path: b.path("/changes"), token: b.owner.Token}), http.StatusOK).Entries
	if !slices.IsSortedFunc(all, func(a, b struct{ Time int64 }) int { return int(a.Time - b.Time) }) || len(all) < 8 {
		t.Errorf("%d entries, in the order of time: %v", len(all), all)
	}
}
