package client

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/denkwand/denkwand/protocol"
)

// TestNothingIsLostOrDoubled plays random faults (connections that break with frames on their way, doors that say not now,
// boards that go back to what is durable, acks and changes that come late) and then lets everything heal: every op stands
// once, every word typed stands once, and all see one state (W2 to W9, A1 to A3, M5, M6).
func TestNothingIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, faults{rewinds: true}) })
}

// TestRestoredBoards is the same with boards that also lose what they had called saved, and writers with it (W10, W11): what
// clients still hold comes back, nothing is doubled, and all see one state.
func TestRestoredBoards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, faults{restores: true}) })
}

// TestProgramsThatGoOn has programs end at any moment, and others go on with what they stored, while people type into the
// same notes (W2, W9).
func TestProgramsThatGoOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, faults{reloads: true}) })
}

// TestProgramsThatGoOnAfterRewinds is the same on boards that go back (W2, W9, A3).
func TestProgramsThatGoOnAfterRewinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, faults{reloads: true, rewinds: true}) })
}

// TestProgramsThatGoOnAfterRestores is the same on boards that lose also what they had called saved (W10).
func TestProgramsThatGoOnAfterRestores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, faults{reloads: true, restores: true}) })
}

type faults struct {
	rewinds  bool // the board goes back to what is durable
	restores bool // it goes back further, and loses what it had called saved and writers with it
	reloads  bool // programs end, and others go on with what they stored
}

type game struct {
	t       *rapid.T
	w       *wall
	people  []*person
	shared  []protocol.ID // notes that everyone types in
	words   map[string]protocol.ID
	created []*creation
	faults  faults
	floor   int // entries that no restore loses: the people and the shared notes
}

// creation is a note that somebody made.
type creation struct {
	note   protocol.ID
	core   *Core // of the program that did
	ticket Ticket
	given  bool // given up
}

func play(t *rapid.T, faults faults) {
	w := newWall(rapid.Uint64().Draw(t, "seed"))
	g := &game{t: t, w: w, words: map[string]protocol.ID{}, faults: faults}
	for i := range 2 {
		id := w.newID()
		w.server(newNote(id, w.newID(), fmt.Sprintf("note %d 🙂.", i)))
		g.shared = append(g.shared, id)
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "people") {
		g.people = append(g.people, newPerson(t, w, fmt.Sprint("p", i), w.ids, CoreOptions{}))
	}
	g.floor = len(w.log)
	settle(t, w, g.people...)
	steps := rapid.SliceOfN(rapid.IntRange(0, 99), 30, 200).Draw(t, "steps")
	for _, step := range steps {
		g.step(step, g.people[rapid.IntRange(0, len(g.people)-1).Draw(t, "who")])
	}
	settle(t, w, g.people...)
	g.check()
}

func (g *game) step(step int, p *person) {
	switch {
	case step < 25:
		p.up()
	case step < 50:
		p.down()
	case step < 60:
		p.connect()
	case step < 64:
		p.drop(Cause{})
	case step < 68:
		p.pass(time.Duration(rapid.IntRange(1, 3_000).Draw(g.t, "ms")) * time.Millisecond)
	case step < 72:
		g.w.save()
	case step < 74:
		g.w.notNow = !g.w.notNow
	case step < 76 && (g.faults.rewinds || g.faults.restores):
		g.rewind(rapid.IntRange(g.w.saved, len(g.w.log)).Draw(g.t, "to"))
	case step < 78 && g.faults.restores:
		for _, p := range g.people {
			p.drop(Cause{Close: protocol.CodeRestart.Close()})
		}
		g.rewind(rapid.IntRange(g.floor, len(g.w.log)).Draw(g.t, "to"))
	case step < 80 && g.faults.reloads:
		p.reload()
	case step < 82:
		g.giveUp()
	case step < 87:
		note := g.w.newID()
		ticket := p.submit(newNote(note, g.w.newID(), "new"))
		g.created = append(g.created, &creation{note: note, core: p.core, ticket: ticket})
	default:
		g.typeWord(p)
	}
}

func (g *game) rewind(to int) {
	for _, gone := range g.w.rewind(to) {
		for _, p := range g.people {
			if p.conn == gone {
				p.drop(Cause{Close: protocol.CodeWriterUnknown.Close()})
			}
		}
	}
}

// giveUp has one of the last makers of notes withdraw it.
func (g *game) giveUp() {
	last := len(g.created) - 1
	if last < 0 {
		return
	}
	made := g.created[rapid.IntRange(max(0, last-3), last).Draw(g.t, "made")]
	for _, p := range g.people {
		if p.core == made.core && p.core.GiveUp(made.ticket) {
			made.given = true
			p.take()
		}
	}
}

// typeWord inserts a character that stands nowhere else, so that no difference can be read in two ways.
func (g *game) typeWord(p *person) {
	note := g.shared[rapid.IntRange(0, len(g.shared)-1).Draw(g.t, "note")]
	word := string(rune(0x4E00 + len(g.words)))
	p.edit(note, func(text string) string {
		g.words[word] = note
		runes := []rune(text)
		at := rapid.IntRange(0, len(runes)).Draw(g.t, "place")
		return string(runes[:at]) + word + string(runes[at:])
	})
}

func (g *game) check() {
	want := g.w.view(g.t)
	for i, p := range g.people {
		if got := string(p.core.View().Encode()); got != want {
			g.t.Fatalf("person %d sees\n%s, the board is\n%s", i, got, want)
		}
		if left := p.core.Outbox(); len(left) > 0 {
			g.t.Fatalf("person %d still has %v", i, left)
		}
		if lost := noticesOf[TextRefused](p); !g.faults.restores && lost != nil {
			g.t.Fatalf("text was refused: %+v", lost)
		}
	}
	if g.faults.restores {
		return
	}
	for _, made := range g.created {
		g.checkCreation(made)
	}
	for word, id := range g.words {
		note, _ := g.people[0].core.View().Note(id)
		if n := strings.Count(note.Text, word); n != 1 {
			g.t.Fatalf("word %s stands %d times in %q", word, n, note.Text)
		}
	}
}

// checkCreation holds a note against the last that was told of it. Of what was given up another program does not go on to
// tell.
func (g *game) checkCreation(made *creation) {
	var last *Acked
	for _, p := range g.people {
		for _, n := range noticesOf[Acked](p) {
			if op, create := n.Op.(*protocol.NoteCreate); create && op.Note == made.note {
				last = &n
				if n.Refused != nil && (!made.given || n.Refused.Code != protocol.CodeVoid) {
					g.t.Fatalf("op refused: %+v: %v", n, n.Refused)
				}
			}
		}
	}
	_, stands := g.people[0].core.View().Note(made.note)
	switch {
	case !made.given && !stands:
		g.t.Fatalf("note %s is lost", made.note)
	case made.given && !g.faults.reloads && (last == nil || stands != (last.Refused == nil)):
		g.t.Fatalf("note %s stands: %v, its author was told %+v", made.note, stands, last)
	}
}

func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }
