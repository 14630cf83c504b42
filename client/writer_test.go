package client

import (
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

func TestRestoredBoard(t *testing.T) { // W10
	b := newTable(t, CoreOptions{WriterSecret: "old", Outbox: []Queued{{N: 7, Op: title("a")}, {N: 8, Op: title("b")}, {N: 9, Op: &protocol.Undo{N: 8}}, {N: 10, Op: &protocol.Undo{N: 3}}}})
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 5}, 1)
	if lost := told[WriterLost](b); len(lost) != 1 || !lost[0].Restored || lost[0].Unsaved != 4 || !b.bye {
		t.Fatalf("told %+v, hung up %v: want a restored board with 4 unsaved", lost, b.bye)
	}
	if wait, again := b.core.Closed(Cause{}, b.now); !again || wait != 0 {
		t.Fatalf("come back after %v %v, want at once", wait, again)
	}
	b.sent = nil
	b.start()
	if hello := b.sent[0].(*protocol.Hello); hello.Writer != "" {
		t.Fatalf("hello names writer %q, want none", hello.Writer)
	}
	b.welcome(protocol.WriterInfo{ID: protocol.ID{8}, Secret: "new"}, 1)
	b.base("g/5", "hello")
	b.wantNumbers("1 cluster.rename", "2 cluster.rename", "3 undo", "4 undo")
	got := b.core.Outbox()
	if undo := got[2].Op.(*protocol.Undo); undo.N != 2 || !undo.Writer.IsZero() {
		t.Errorf("undo of number 8 became %+v, want this writer's 2", undo)
	}
	if undo := got[3].Op.(*protocol.Undo); undo.N != 3 {
		t.Errorf("undo of number 3 became %+v, want the old writer's 3", undo)
	}
}

// A hello that is answered with writer_unknown: nothing is left of the writer, and the whole outbox moves at once.
func TestWriterUnknown(t *testing.T) { // W11
	b := live(t)
	b.submit(title("a"))
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.get(&protocol.Bye{Code: protocol.CodeWriterUnknown, Close: 4007})
	if _, again := b.core.Closed(Cause{Close: 4007}, b.now); !again {
		t.Fatal("does not come back")
	}
	b.newWriter()
	b.wantNumbers("1 cluster.rename")
	if len(told[WriterLost](b)) != 1 || len(told[WriterMade](b)) != 2 {
		t.Fatalf("told %+v, want one writer lost and two made", b.told)
	}
}

// newWriter says hello, which must ask for a new writer, and welcomes that.
func (b *table) newWriter() {
	b.t.Helper()
	b.sent = nil
	b.start()
	if hello := b.sent[0].(*protocol.Hello); hello.Writer != "" {
		b.t.Fatalf("hello names writer %q, want none", hello.Writer)
	}
	b.welcome(protocol.WriterInfo{ID: protocol.ID{8}, Secret: "new"}, 0)
}

// outOfUse ends the connection since the writer takes no new numbers, and is welcomed by it again.
func (b *table) outOfUse(last uint64) {
	b.t.Helper()
	b.get(&protocol.Bye{Code: protocol.CodeWriterUnknown, Close: 4007})
	if wait, again := b.core.Closed(Cause{}, b.now); wait != 0 || !again {
		b.t.Fatalf("come back after %v %v, want at once", wait, again)
	}
	b.sent = nil
	b.start()
	if hello := b.sent[0].(*protocol.Hello); hello.Writer != "secret" {
		b.t.Fatalf("hello names writer %q before it is known what the old one has", hello.Writer)
	}
	b.welcome(protocol.WriterInfo{ID: writerID, Last: last}, 0)
}

// A writer that made room for newer ones still answers repeats. What it has stays with it until it is saved, and only the
// ops above move to the new one: moved too, the first would be done twice.
func TestPrunedWriter(t *testing.T) { // W11
	b := live(t)
	landed := b.submit(title("a"))
	b.get(&protocol.Own{Acked: 1})
	b.submit(title("b"))
	b.outOfUse(1)
	b.wantNumbers("1 cluster.rename")
	b.get(&protocol.Own{Acked: 1})
	if b.bye {
		t.Fatal("left before the first op is saved")
	}
	b.get(&protocol.Own{Saved: 1})
	if saves := told[Saved](b); len(saves) != 1 || saves[0].Ticket != landed || saves[0].Writer != writerID || !b.bye {
		t.Fatalf("saved %+v, hung up %v: want the first op saved by its own writer, and a new one asked for", saves, b.bye)
	}
	b.core.Closed(Cause{}, b.now)
	b.newWriter()
	b.wantNumbers("1 cluster.rename")
	if left := b.core.Outbox(); len(left) != 1 || left[0].Op.(*protocol.ClusterRename).Title != "b" {
		t.Fatalf("the new writer has %+v, want the second op", left)
	}
	b.get(&protocol.Own{Acked: 1, Saved: 1})
	if len(told[WriterLost](b)) != 1 || b.core.Unsaved() != 0 || b.bye {
		t.Fatalf("told %+v, %d unsaved, hung up %v", b.told, b.core.Unsaved(), b.bye)
	}
}

// What a writer that is out of use has, only its welcome says: an op that was given up keeps back the acks of those behind
// it, and of the last the connection may not have told.
func TestPrunedWriterHasWhatWasNotAcked(t *testing.T) { // W6, W11
	for _, tt := range []struct {
		name  string
		acked uint64
	}{
		{"acked behind an op that was given up", 2},
		{"not told", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			first := b.submit(title("a"))
			b.submit(title("b"))
			if !b.core.GiveUp(first) {
				t.Fatal("too late to give up")
			}
			b.submit(title("c"))
			if tt.acked > 0 {
				b.get(&protocol.Own{Acked: tt.acked, Saved: tt.acked})
			}
			b.outOfUse(2)
			b.wantNumbers("1 void", "2 cluster.rename")
			b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeVoid}}})
			if !b.bye {
				t.Fatal("stays with the writer that is out of use")
			}
			b.core.Closed(Cause{}, b.now)
			b.newWriter()
			if left := b.core.Outbox(); len(left) != 1 || left[0].Op.(*protocol.ClusterRename).Title != "c" {
				t.Fatalf("the new writer has %+v, want the third op", left)
			}
		})
	}
}
