package client

import (
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// edits are two pieces of one moment: the second only fits behind the first.
func edits() (first, rest *protocol.Changes) {
	first = &protocol.Changes{Seq: 7, Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, Text: new("a"), Rev: &protocol.ID{6}}}}}
	edit := &protocol.TextEdit{Base: protocol.ID{6}, Rev: protocol.ID{7}}
	edit.Runs.Change, _ = text.Diff("a", "ba", 0)
	rest = &protocol.Changes{Seq: 7, At: "h/7", Changes: []protocol.Change{{Note: &protocol.NoteChange{ID: noteID, Edit: edit}}}}
	return first, rest
}

// shown is the text of the note as the copy has it.
func shown(b *table) string {
	note, _ := b.core.View().Note(noteID)
	return note.Text
}

func TestC5AMomentInSeveralFramesIsAppliedAsOne(t *testing.T) {
	b := live(t)
	first, rest := edits()
	b.get(first)
	if got := shown(b); got != "hello" {
		t.Fatalf("half a moment shows %q", got)
	}
	b.pass(pingEvery)
	if ping := b.sent[len(b.sent)-1].(*protocol.Ping); ping.At != "h/5" {
		t.Fatalf("pings with %q within a moment", ping.At)
	}
	if b.get(rest); shown(b) != "ba" || b.core.view.at != "h/7" || b.bye {
		t.Fatalf("%q at %s", shown(b), b.core.view.at)
	}
}

func TestC5HalfAMomentIsDroppedWithItsConnection(t *testing.T) {
	first, rest := edits()
	for _, test := range []struct {
		name string
		end  func(b *table)
	}{
		{"the connection ends", func(b *table) {
			b.core.Closed(Cause{}, b.now)
			b.start()
			if hello := b.sent[len(b.sent)-1].(*protocol.Hello); hello.At != "h/5" {
				t.Fatalf("comes back from %q", hello.At)
			}
			b.welcome(protocol.WriterInfo{ID: writerID}, 0)
		}},
		{"it rewinds", func(b *table) {
			b.get(&protocol.Rewind{Code: protocol.CodeRewound})
			b.welcome(protocol.WriterInfo{ID: writerID}, 1)
			b.base("h/6", "hello")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := live(t)
			b.get(first)
			test.end(b)
			b.get(first, rest) // the moment comes again
			if got := shown(b); got != "ba" || b.bye {
				t.Fatalf("shows %q", got)
			}
		})
	}
}

func TestP2RewindBeforeTheFirstWelcome(t *testing.T) {
	b := live(t)
	b.submit(&protocol.NoteFront{Note: noteID})
	b.core.Closed(Cause{}, b.now)
	b.pass(time.Minute)
	b.start()
	b.sent, b.told = nil, nil
	b.get(&protocol.Rewind{Code: protocol.CodeRewound})
	b.welcome(protocol.WriterInfo{ID: writerID}, 1)
	b.base("n/3", "before")
	if b.bye || b.core.view.at != "n/3" || shown(b) != "before" || len(told[Rewound](b)) != 1 {
		t.Fatalf("hangs up: %v, holds %q at %s, told %v", b.bye, shown(b), b.core.view.at, b.told)
	}
	for _, f := range b.sent {
		if f.Type() == "ping" {
			t.Error("pings at once")
		}
	}
	b.wantNumbers("1 note.front")
}
