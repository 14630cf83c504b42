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
	rapid.Check(t, func(t *rapid.T) { play(t, false) })
}

// TestRestoredBoards is the same with boards that also lose what they had called saved, and writers with it (W10, W11): what
// clients still hold comes back, nothing is doubled, and all see one state.
func TestRestoredBoards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, true) })
}

type game struct {
	t        *rapid.T
	w        *wall
	people   []*person
	shared   []protocol.ID // notes that everyone types in
	words    map[string]protocol.ID
	created  map[protocol.ID]Ticket
	restores bool
	floor    int // entries that no restore loses: the people and the shared notes
}

func play(t *rapid.T, restores bool) {
	w := newWall(rapid.Uint64().Draw(t, "seed"))
	g := &game{t: t, w: w, words: map[string]protocol.ID{}, created: map[protocol.ID]Ticket{}, restores: restores}
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
	case step < 76:
		g.rewind(rapid.IntRange(g.w.saved, len(g.w.log)).Draw(g.t, "to"))
	case step < 78 && g.restores:
		for _, p := range g.people {
			p.drop(Cause{Close: protocol.CodeRestart.Close()})
		}
		g.rewind(rapid.IntRange(g.floor, len(g.w.log)).Draw(g.t, "to"))
	case step < 86:
		note := g.w.newID()
		g.created[note] = p.submit(newNote(note, g.w.newID(), "new"))
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

// typeWord inserts a character that stands nowhere else, so that no difference can be read in two ways.
func (g *game) typeWord(p *person) {
	note := g.shared[rapid.IntRange(0, len(g.shared)-1).Draw(g.t, "note")]
	word := string(rune(0x4E00 + len(g.words)))
	g.words[word] = note
	p.edit(note, func(text string) string {
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
		if lost := noticesOf[TextRefused](p); !g.restores && lost != nil {
			g.t.Fatalf("text was refused: %+v", lost)
		}
		for _, n := range noticesOf[Acked](p) {
			if _, create := n.Op.(*protocol.NoteCreate); create && n.Refused != nil && !g.restores {
				g.t.Fatalf("op refused: %+v: %v", n, n.Refused)
			}
		}
	}
	for note := range g.created {
		if _, ok := g.people[0].core.View().Note(note); !ok && !g.restores {
			g.t.Fatalf("note %s is lost", note)
		}
	}
	for word, id := range g.words {
		note, _ := g.people[0].core.View().Note(id)
		if n := strings.Count(note.Text, word); !g.restores && n != 1 {
			g.t.Fatalf("word %s stands %d times in %q", word, n, note.Text)
		}
	}
}

func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }
