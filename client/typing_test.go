package client

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

func runs(t *testing.T, json string) protocol.Runs {
	t.Helper()
	c, err := text.Parse([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Runs{Change: c}
}

func (b *table) edit(before, after, want string) {
	b.t.Helper()
	got, err := b.core.Edit(noteID, before, after)
	if err != nil || got != want {
		b.t.Fatalf("Edit shows %q %v, want %q", got, err, want)
	}
	b.take()
}

func (b *table) shows(want string) {
	b.t.Helper()
	if got, _ := b.core.Text(noteID); got != want {
		b.t.Fatalf("shows %q, want %q", got, want)
	}
}

func (b *table) noteText() *protocol.NoteText {
	b.t.Helper()
	if len(b.sent) != 1 {
		b.t.Fatalf("sent %d frames, want one", len(b.sent))
	}
	op := b.sent[0].(*protocol.Submit).Ops[0].Op.(*protocol.NoteText)
	b.sent = nil
	return op
}

func (b *table) arrives(base, rev protocol.ID, r protocol.Runs) {
	b.get(&protocol.Changes{Seq: 6, At: "h/6", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID,
		Edit: &protocol.TextEdit{Base: base, Rev: rev, Runs: r}}}}})
}

func TestOneChangeInFlight(t *testing.T) { // M5
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	first := b.noteText()
	b.edit("hello w", "hello wo", "hello wo")
	b.edit("hello wo", "hello wor", "hello wor")
	if len(b.sent) != 0 {
		t.Fatal("a second change was sent while the first is on its way")
	}
	other := protocol.ID{50}
	b.arrives(rev0, other, runs(t, `["Oh, ",5]`))
	b.shows("Oh, hello wor")
	b.arrives(other, first.Rev, runs(t, `[9," w"]`))
	b.shows("Oh, hello wor")
	second := b.noteText()
	if second.Base != first.Rev || second.Runs.String() != `[11,"or"]` {
		t.Fatalf("the second change is %s on %s, want what was typed meanwhile on the first", second.Runs, second.Base)
	}
	b.get(&protocol.Own{Acked: 2, Saved: 2})
	b.arrives(first.Rev, second.Rev, second.Runs)
	if n, _ := b.core.View().Note(noteID); n.Text != "Oh, hello wor" || b.core.Unsaved() != 0 {
		t.Fatalf("the board has %q with %d unsaved", n.Text, b.core.Unsaved())
	}
}

func TestStaleIsMadeAnew(t *testing.T) { // M6
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	b.noteText()
	b.edit("hello w", "hello world", "hello world")
	b.get(&protocol.Own{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeStale}}})
	b.shows("hello world")
	if again := b.noteText(); again.Base != rev0 || again.Runs.String() != `[5," world"]` {
		t.Fatalf("made anew as %s", again.Runs)
	}
}

func TestTextReplacedMeanwhile(t *testing.T) { // M6: the whole state comes while a change is on its way
	for _, tt := range []struct {
		name string
		last uint64
		base string
		code protocol.Code
		want string
	}{
		{name: "the board has it", last: 1, base: "Oh, hello w", want: "Oh, hello world"},
		{name: "the board refused it", last: 1, base: "Oh, hello", code: protocol.CodeStale, want: "Oh, hello world"},
		{name: "the board never had it", last: 0, base: "Oh, hello", code: protocol.CodeVoid, want: "Oh, hello world"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			b.edit("hello", "hello w", "hello w")
			b.edit("hello w", "hello world", "hello world")
			b.get(&protocol.Rewind{Code: protocol.CodeRewound})
			b.welcome(protocol.WriterInfo{ID: writerID, Last: tt.last}, 1)
			rev := protocol.ID{60}
			b.core.ReceiveBase(&protocol.Base{Part: 1, Of: 1, At: "g/9", Changes: []protocol.Change{
				{Note: &protocol.NoteChange{ID: noteID, Text: &tt.base, Rev: &rev}}}}, b.now)
			b.take()
			b.shows("hello world") // what is being typed stays as it is (A3)
			own := &protocol.Own{Acked: 1, Saved: 1}
			if tt.code != "" {
				own.Refused = []protocol.Refused{{N: 1, Code: tt.code}}
			}
			b.sent = nil
			b.get(own)
			b.shows(tt.want)
			if op := b.noteText(); op.Base != rev {
				t.Fatalf("the rest is a change of %s, want the new base", op.Base)
			}
		})
	}
}

func TestRefusedTextStaysWithItsAuthor(t *testing.T) { // W4
	b := live(t)
	b.edit("hello", "hello world", "hello world")
	b.get(&protocol.Changes{Seq: 6, At: "h/6", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, Deleted: true}}}},
		&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeGone}}})
	lost := told[TextRefused](b)
	if len(lost) != 1 || lost[0].Text != "hello world" || lost[0].Code != protocol.CodeGone {
		t.Fatalf("told %+v, want the text as gone", b.told)
	}
	if _, err := b.core.Edit(noteID, "", "x"); !errors.Is(err, ErrNoNote) {
		t.Fatalf("Edit of a deleted note: %v", err)
	}
}

func TestEditKeepsWhatCameBetween(t *testing.T) {
	b := live(t)
	b.arrives(rev0, protocol.ID{50}, runs(t, `[5,"!"]`))
	b.edit("hello", "hello you", "hello! you") // made by someone who still looked at "hello"
	var refused *RefusedError
	if _, err := b.core.Edit(noteID, "hello!", strings.Repeat("x", 101)); !errors.As(err, &refused) || refused.Code != protocol.CodeTextTooLong {
		t.Fatalf("too long a text: %v", err)
	}
}

// goOn ends the program and returns another that goes on with what was stored.
func (b *table) goOn(last uint64) *table {
	b.t.Helper()
	stored, err := json.Marshal(b.core.Outbox())
	if err != nil {
		b.t.Fatal(err)
	}
	opts := CoreOptions{WriterSecret: "secret"}
	if err := json.Unmarshal(stored, &opts.Outbox); err != nil {
		b.t.Fatalf("%v in %s", err, stored)
	}
	again := newTable(b.t, opts)
	again.start()
	again.welcome(protocol.WriterInfo{ID: writerID, Last: last}, 1)
	return again
}

// The board has merged the change in flight with what another typed: what was typed behind it does not fit its revision.
func TestTypingOutlivesItsProgram(t *testing.T) { // W2, W9, M5
	for _, tt := range []struct {
		name     string
		text     string
		goesOnAs string
	}{
		{name: "alone", text: "hello w", goesOnAs: `[7,"o"]`},
		{name: "beside another's", text: "oh hello w", goesOnAs: `[10,"o"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			b.edit("hello", "hello w", "hello w")
			b.edit("hello w", "hello wo", "hello wo")
			again := b.goOn(1)
			again.shows("hello wo") // also before the board is there
			rev := protocol.ID{60}
			again.whole("h/7", tt.text, rev)
			again.wantNumbers("1 note.text")
			again.shows("hello wo")
			if n := again.core.Unsaved(); n != 2 {
				t.Fatalf("%d unsaved, want the change and the note that is typed in", n)
			}
			again.get(&protocol.Own{Acked: 1, Saved: 1})
			again.shows(tt.text + "o")
			if op := again.noteText(); op.Base != rev || op.Runs.String() != tt.goesOnAs {
				t.Fatalf("goes on with %s on %s, want %s on the note as it is", op.Runs, op.Base, tt.goesOnAs)
			}
		})
	}
}

func TestParkedTypingOutlivesItsProgram(t *testing.T) { // W2, W6, M6
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	b.edit("hello w", "hello wo", "hello wo")
	b.get(&protocol.Rewind{Code: protocol.CodeRewound})
	b.welcome(protocol.WriterInfo{ID: writerID}, 1)
	rev := protocol.ID{60}
	b.whole("g/5", "oh hello", rev)
	b.wantNumbers("1 note.text", "1 void")
	again := b.goOn(1)
	again.whole("g/6", "oh hello", rev)
	again.wantNumbers("1 void")
	again.get(&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeVoid}}})
	again.shows("oh hello wo")
	if op := again.noteText(); op.Base != rev || op.Runs.String() != `[8," wo"]` {
		t.Fatalf("made anew as %s on %s", op.Runs, op.Base)
	}
}

func TestTypingMadeAnewIsNotMadeTwiceByTheNextProgram(t *testing.T) { // W2, M6
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	b.get(&protocol.Own{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeStale}}})
	again := b.goOn(2)
	again.whole("h/6", "hello w", protocol.ID{60})
	again.wantNumbers("1 void", "2 note.text")
	again.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	again.shows("hello w")
	if n := again.core.Unsaved(); n != 0 {
		t.Fatalf("%d unsaved", n)
	}
}

// What was typed in more pieces than one op may have is stored as one that may be submitted.
func TestTypingOfManyPiecesOutlivesItsProgram(t *testing.T) { // M1
	b := live(t)
	b.core.limits.NoteText = 1_000
	shown := strings.Repeat("ab", 2*text.MaxRuns/3)
	b.edit("hello", shown, shown)
	for at := len(shown) - 2; at > 0; at -= 2 {
		after := shown[:at] + "." + shown[at:]
		b.edit(shown, after, after)
		shown = after
	}
	if n := b.core.drafts[noteID].typed.NumRuns(); n <= text.MaxRuns {
		t.Fatalf("typed in %d pieces, want more than %d", n, text.MaxRuns)
	}
	b.goOn(1).shows(shown)
}

func TestNextIsWhenTakeHasSomethingToDo(t *testing.T) {
	b := live(t)
	for pings := 0; pings < 3; {
		b.pass(b.core.Next().Sub(b.now))
		if len(b.sent) == 0 {
			t.Fatalf("woken at %v for nothing", b.now)
		}
		b.sent = nil
		b.get(&protocol.Pong{})
		pings++
	}
	if b.bye {
		t.Fatal("hung up although every ping was answered")
	}
}

// whole answers a whole state with another text and revision of the note.
func (b *table) whole(at, text string, rev protocol.ID) {
	b.core.ReceiveBase(&protocol.Base{Part: 1, Of: 1, At: at, Changes: []protocol.Change{
		{Note: &protocol.NoteChange{ID: noteID, Text: &text, Rev: &rev}}}}, b.now)
	b.take()
}

// A note that came back brings its text as a whole, with the change that was on its way or without. The ack of that change
// says that the text has it, and is not told again: not on another connection either.
func TestAnAckEndsTheWaitForAnEdit(t *testing.T) { // M8
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	b.noteText()
	b.edit("hello w", "hello wo", "hello wo")
	text, rev := "oh hello w", protocol.ID{60}
	b.get(&protocol.Changes{Seq: 9, At: "h/9", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, Deleted: true}},
		{Note: &protocol.NoteChange{ID: noteID, Text: &text, Rev: &rev}}}})
	b.shows("hello wo")
	b.get(&protocol.Own{Acked: 1, Saved: 1})
	b.shows("oh hello wo")
	if next := b.noteText(); next.Base != rev || next.Runs.String() != `[10,"o"]` {
		t.Fatalf("went on with %s on %s, want what was typed behind, on the whole text", next.Runs, next.Base)
	}
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 2}, 0)
	text, rev = "oh hello w, w", protocol.ID{61}
	b.get(&protocol.Changes{Seq: 12, At: "h/12", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, Text: &text, Rev: &rev}}}},
		&protocol.Own{Acked: 2, Saved: 2})
	b.shows("oh hello w, w")
	if n := b.core.Unsaved(); n != 0 {
		t.Fatalf("%d unsaved, want 0", n)
	}
}

// A change that a rewind parked had landed by an earlier copy, and what the person typed behind it has since split its
// words: the text does not tell whether it stands, so the board is asked.
func TestParkedTypingThatStandsIsNotDoubled(t *testing.T) { // W6, M8
	for _, tt := range []struct {
		name string
		code protocol.Code
		text string // of the board meanwhile
		want string
	}{
		{name: "it was done", text: "hello w-o", want: "hello w-o"},
		{name: "it was refused", code: protocol.CodeStale, text: "hello w-o", want: "hello w-owo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			b.edit("hello", "hellowo", "hellowo")
			b.get(&protocol.Rewind{Code: protocol.CodeRewound})
			b.welcome(protocol.WriterInfo{ID: writerID, Last: 0}, 1)
			b.sent = nil
			b.whole("g/5", "hello", rev0)
			b.wantNumbers("1 void")
			b.get(&protocol.Rewind{Code: protocol.CodeRewound})
			b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 1) // the copy of before, or the void
			b.whole("k/6", tt.text, protocol.ID{60})
			b.sent = nil
			b.get(&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
			if !b.bye || len(b.sent) != 0 {
				t.Fatalf("hung up %v, sent %d frames: want another connection to ask on", b.bye, len(b.sent))
			}
			b.core.Closed(Cause{}, b.now)
			b.start()
			b.sent = nil
			b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 0)
			b.wantNumbers("1 note.text")
			own := &protocol.Own{Acked: 1, Saved: 1}
			if tt.code != "" {
				own.Refused = []protocol.Refused{{N: 1, Code: tt.code}}
			}
			b.get(own)
			b.shows(tt.want)
		})
	}
}

// What a rewind finds in flight is unknown also when the board has its number: beside an older change of the same note that
// has to be made anew it waits for its own outcome, and is not forgotten.
func TestParkingKeepsTheChangeInFlight(t *testing.T) { // M6, M8
	b := live(t)
	b.edit("hello", "hello a", "hello a")
	first := b.noteText()
	b.get(&protocol.Rewind{Code: protocol.CodeRewound})
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 0}, 1)
	b.whole("g/5", "hello", rev0)
	b.arrives(rev0, first.Rev, first.Runs) // a copy of before the rewind
	b.edit("hello a", "hello ab", "hello ab")
	b.get(&protocol.Rewind{Code: protocol.CodeRewound})
	b.sent = nil
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 2}, 1)
	b.whole("k/5", "hello", rev0)
	b.shows("hello ab")
	b.wantNumbers("1 void", "2 note.text")
	b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeVoid}, {N: 2, Code: protocol.CodeStale}}})
	b.shows("hello ab")
	b.wantNumbers("3 note.text")
}

// A base that was lost and made again as another text does not take a change made on what it was.
func TestAChangeThatNoLongerFitsIsMadeAnew(t *testing.T) { // M6
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	b.noteText()
	b.get(&protocol.Own{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeTextRange}}})
	b.shows("hello w")
	b.noteText()
}

// An edit that came is not for good: a copy of its op that was on its way through a rewind may have met a board without its
// base, and the connection that would have told of the rewind is gone. The answer to the repeat says so.
func TestAnEditThatCameAndIsLostIsMadeAnew(t *testing.T) { // W9, M6
	b := live(t)
	b.edit("hello", "hello w", "hello w")
	first := b.noteText()
	b.arrives(rev0, first.Rev, first.Runs)
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 1)
	b.whole("g/6", "hello", protocol.ID{60})
	b.edit("hello", "oh hello", "oh hello")
	b.sent = nil
	stale := &protocol.Own{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeStale}}}
	b.get(stale)
	b.get(stale)
	b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 2, Code: protocol.CodeStale}}})
	b.shows("oh hello w")
	if again := b.noteText(); again.Runs.String() != `["oh ",5," w"]` {
		t.Fatalf("made anew as %s, want both", again.Runs)
	}
}
