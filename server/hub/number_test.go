package hub

import (
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// What an earlier connection had in flight lands behind ops whose outcome the new one has not been told. If it was told
// "acked" for that, it would take the refusal before it for done.
func TestAckedDoesNotRunAheadOfRepeats(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	first, m1 := g.enter(ann, protocol.Hello{})
	gone := &protocol.NoteDelete{Note: protocol.NewID(g.rand)}
	g.submit(m1, 1, gone) // refused, and let the answer be lost
	g.hold = true
	note := g.note()
	g.submit(m1, 2, note)
	second, m2 := g.attach(ann, protocol.Hello{Writer: last[*protocol.Welcome](first).Writer.Secret})
	g.run()
	g.send(m2, 1, gone, note)
	g.now = g.now.Add(time.Second)
	landed := g.drafts[0]
	g.drafts = g.drafts[1:]
	g.answer(landed)
	g.run() // flushes; the repeats are in flight
	if own := last[*protocol.Own](second); own != nil {
		t.Fatalf("own %+v before the repeats were answered", own)
	}
	g.hold = false
	g.run()
	own := last[*protocol.Own](second)
	if own == nil || own.Acked != 2 || len(own.Refused) != 1 || own.Refused[0].N != 1 || own.Refused[0].Code != protocol.CodeMissing {
		t.Fatalf("own %+v", own)
	}
}

// A rewind does not make up for a notnow that came before it, nor for what was passed over while it was under way: what
// was sent behind those would be answered before them.
func TestARewindKeepsTheOrderOfNumbers(t *testing.T) {
	for _, test := range []struct {
		name string
		lose func(g *rig, m *Member, note protocol.Op)
	}{
		{"behind a notnow", func(g *rig, m *Member, note protocol.Op) {
			g.fail = []error{journal.ErrRefused}
			g.submit(m, 1, note)
			g.now = g.now.Add(10 * time.Second)
			g.r.Ping(g.now, m, &protocol.Ping{At: "off"})
		}},
		{"behind what was passed over", func(g *rig, m *Member, note protocol.Op) {
			g.r.streams[board.AudienceBoard].base = nil
			g.r.Ping(g.now, m, &protocol.Ping{At: "off"})
			g.send(m, 1, note)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newRig(t, Config{})
			s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
			a, b := g.note(), g.note()
			test.lose(g, m, a)
			g.run()
			before := g.head.Seq
			g.submit(m, 2, b) // sent before the client saw the rewind
			if g.head.Seq != before {
				t.Fatal("number 2 went into the log before number 1")
			}
			g.submit(m, 1, a, b)
			if own := last[*protocol.Own](s); own == nil || own.Acked != 2 || own.Refused != nil {
				t.Fatalf("own %+v", own)
			}
		})
	}
}

// Of two copies of an op the first is answered and the second not taken: the client need not send it again.
func TestWhatIsAnsweredNeedNotComeAgain(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	a := g.note()
	g.submit(m, 1, a)
	g.fail = []error{journal.ErrRefused}
	g.submit(m, 1, a)
	g.now = g.now.Add(10 * time.Second)
	g.submit(m, 2, g.note())
	if own := last[*protocol.Own](s); own == nil || own.Acked != 2 {
		t.Fatalf("own %+v", own)
	}
}
