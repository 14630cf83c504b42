package sim

import (
	"bytes"
	"slices"
	"strings"

	sdk "github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// use is what a number was used for: the first entry under it that counted.
type use struct {
	seq  uint64
	body string
	kind string
	op   board.Verdict
}

// history is one journal, replayed.
type history struct {
	state  *board.State
	used   map[number]use
	order  []number // in order of seq
	author map[protocol.ID]protocol.ID
	plain  []protocol.Entry // of kinds that clients submit, without a number
	texts  []protocol.Entry // changes of text that were done
}

// replay applies a log to an empty board and notes what each number was used for.
func (w *world) replay(log []journal.Group) *history {
	h := &history{state: board.New(), used: map[number]use{}, author: map[protocol.ID]protocol.ID{}}
	err := entries(log, func(e protocol.Entry) {
		verdict, _ := h.state.Apply(e)
		if e.Writer.IsZero() {
			if e.Seq > w.ledger.begun && !e.Author.IsZero() && !protocol.KindOf(e.Op.Kind()).Server {
				h.plain = append(h.plain, e)
			}
			return
		}
		switch key := (number{e.Writer, e.N}); {
		case verdict.Repeat, verdict.Code == protocol.CodeGap, verdict.Code == protocol.CodeConflict,
			verdict.Code == protocol.CodeWriterUnknown:
		default:
			if before, ok := h.used[key]; ok {
				w.fail("a number was used twice: entries %d and %d", before.seq, e.Seq)
			}
			h.used[key] = use{seq: e.Seq, body: bodyOf(e.Op), kind: e.Op.Kind(), op: verdict}
			h.order = append(h.order, key)
			h.author[e.Writer] = e.Author
			if _, text := e.Op.(*protocol.NoteText); text && verdict.OK() {
				h.texts = append(h.texts, e)
			}
		}
	})
	if err != nil {
		w.fail("the journal cannot be read: %v", err)
	}
	w.stats.Entries += int(h.state.Seq())
	return h
}

// voidBody is the content of a number that was given up.
var voidBody = bodyOf(&protocol.Void{})

// judge holds everything that clients did, were told and see against the journal.
func (w *world) judge() {
	w.stats.Resumed += int(w.server.metrics.Resumed.Load())
	var past []*history
	for era := range w.journal.era() {
		past = append(past, w.replay(w.journal.log(era)))
	}
	now := w.replay(w.journal.groups)
	all := append(past, now)
	w.judgeMeanings(all)
	w.judgeTold(all)
	w.judgeOrder(now)
	w.judgeOnce(now)
	w.judgeWords(now)
	w.judgeViews(now.state)
	w.judgeRoom(now.state)
	w.secrets.judge(w)
}

// judgeMeanings: no number means two things (I4), in whatever history.
func (w *world) judgeMeanings(all []*history) {
	for i, h := range all {
		for _, key := range h.order {
			for _, other := range all[i+1:] {
				a, b := h.used[key], other.used[key]
				ended := w.secrets.writers[key.writer] == nil || w.secrets.writers[key.writer].programs > 1 // see ledger.acked
				if b.body != "" && a.body != b.body && a.body != voidBody && b.body != voidBody && !ended {
					w.fail("a number means two things: %s and %s", a.body, b.body)
				}
			}
		}
	}
}

// judgeTold: what a client was told about a number is so (I1, I2). Lost is only what a restore took, and then the client
// was told.
func (w *world) judgeTold(all []*history) {
	keys := make([]number, 0, len(w.ledger.told))
	for key := range w.ledger.told {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b number) int {
		return bytes.Compare(append(a.writer[:], byte(a.n>>8), byte(a.n)), append(b.writer[:], byte(b.n>>8), byte(b.n)))
	})
	now := all[len(all)-1]
	for _, key := range keys {
		t := w.ledger.told[key]
		u, ok := now.used[key]
		then, was := all[t.era].used[key]
		lost := was && !w.journal.survives(t.era, then.seq)
		switch {
		case ok && !(lost && u.body != t.body && t.program < t.client.programs): // used anew: see ledger.meansAnother
			w.judgeOutcome(now, key, t, u)
		case !was:
			w.fail("%s was told that %s is there as number %d (saved %v), and it never was", t.client.name, t.body, key.n, t.saved)
		case !lost:
			w.fail("%s was told that %s is there as number %d (saved %v), and it is lost", t.client.name, t.body, key.n, t.saved)
		case t.saved && t.client.closed == nil && t.program == t.client.programs && !t.client.toldLoss(t.era):
			w.fail("%s was not told that the board lost %s", t.client.name, t.body)
		case t.saved:
			if n := w.ledger.bodies[deed{t.client.person.id, t.body}]; n != nil {
				n.lost++
			}
		}
	}
}

// toldLoss reports whether the client was told after an era that its outbox is not known any more; or in it, because it
// has so many, so that it had none when the board was restored.
func (c *client) toldLoss(era int) bool {
	pruned := c.w.ledger.pruned[c.person.id]
	return slices.ContainsFunc(c.losses, func(l loss) bool { return l.era > era || pruned && l.era == era })
}

// judgeOutcome holds what a client was told of a number against what became of it.
func (w *world) judgeOutcome(h *history, key number, t *told, u use) {
	void := t.refused != nil && t.refused.Code == protocol.CodeVoid
	if void != (u.body == voidBody) || !void && u.body != t.body {
		w.fail("%s was told that its number %d is %s (void %v), and it is %s", t.client.name, key.n, t.body, void, u.body)
		return
	}
	code, parts := protocol.Code(""), []protocol.Code(nil)
	if t.refused != nil {
		code, parts = t.refused.Code, t.refused.Parts
	}
	if code == u.op.Code && slices.Equal(parts, u.op.Parts) {
		return
	}
	// Long after, the board only knows that a number was used.
	if last, _ := h.state.Writer(key.writer); t.refused == nil && t.program > 1 && last.Last >= key.n+protocol.MaxOutstanding {
		return
	}
	if t.era < w.journal.era() { // done again after a restore, and the answer was for the first time
		return
	}
	w.fail("%s was told %q %v of %s, and it is %q %v", t.client.name, code, parts, t.body, u.op.Code, u.op.Parts)
}

// judgeOrder: a writer's ops stand in the order in which they were submitted (I3).
func (w *world) judgeOrder(h *history) {
	last := map[protocol.ID]*count{}
	before := map[protocol.ID]number{}
	for _, key := range h.order {
		n := w.ledger.bodies[deed{h.author[key.writer], h.used[key].body}]
		if kind := h.used[key].kind; n == nil || n.submitted != 1 || kind == "undo" || kind == "redo" {
			continue
		}
		if prev := last[key.writer]; prev != nil && prev.order > n.order {
			w.fail("%s, a writer's number %d, stands behind %s, which was submitted later", h.used[key].body, key.n, h.used[before[key.writer]].body)
		}
		last[key.writer], before[key.writer] = n, key
	}
}

// judgeOnce: what was submitted is there once, what was not submitted is not there.
func (w *world) judgeOnce(h *history) {
	found := map[deed]int{}
	var deeds []deed
	add := func(author protocol.ID, body string) {
		key := deed{author, body}
		if found[key]++; found[key] == 1 {
			deeds = append(deeds, key)
		}
	}
	for _, key := range h.order {
		switch u := h.used[key]; u.kind {
		case "undo", "redo": // they name numbers, which a new writer makes others
		case "void", "note.text":
		default:
			add(h.author[key.writer], u.body)
		}
	}
	for _, e := range h.plain {
		add(e.Author, bodyOf(e.Op))
	}
	for _, key := range deeds {
		n := w.ledger.bodies[key]
		if n == nil {
			w.fail("%s is in the journal and nobody submitted it", key.body)
		} else if found[key] > n.submitted {
			w.fail("%s was submitted %d times and done %d times", key.body, n.submitted, found[key])
		}
	}
	w.judgeMissing(found)
}

func (w *world) judgeMissing(found map[deed]int) {
	away := map[protocol.ID]bool{}
	for _, c := range w.clients {
		if c.closed != nil {
			away[c.person.id] = true
		}
	}
	var missing []string
	for key, n := range w.ledger.bodies {
		kind := strings.HasPrefix(key.body, `{"kind":"undo"`) || strings.HasPrefix(key.body, `{"kind":"redo"`)
		if !kind && !away[key.person] && found[key] < n.submitted-n.given-n.lost {
			missing = append(missing, key.body)
		}
	}
	slices.Sort(missing)
	for _, body := range missing {
		w.fail("%s was submitted and is not there", body)
	}
}

// judgeWords: nothing typed is doubled, and nothing is lost without its person being told.
func (w *world) judgeWords(h *history) {
	view := new(sdk.View)
	for p := range h.state.Base(board.AudienceBoard) {
		if err := view.Apply(p.Change()); err != nil {
			w.fail("the board's base cannot be applied: %v", err)
		}
	}
	seen := map[string]int{}
	for _, note := range view.Notes() {
		for _, r := range note.Text { // a word's space may have gone
			s := string(r)
			if seen[s]++; seen[s] == 2 && w.ledger.words[s] != nil {
				w.fail("the word %s is doubled: %q", s, note.Text)
			}
		}
	}
	if w.journal.era() > 0 {
		return // the note may have gone, and come again as another
	}
	var lost []string
	for s, word := range w.ledger.words {
		_, there := view.Note(word.note)
		if there && seen[s] == 0 && !word.excused && word.client.closed == nil && !word.client.person.wild {
			lost = append(lost, s+" of "+word.client.name)
		}
	}
	slices.Sort(lost)
	for _, s := range lost {
		w.fail("the word %s is lost", s)
	}
}

// judgeViews: everybody sees what the board is for their role (P2).
func (w *world) judgeViews(state *board.State) {
	var truth [board.Audiences][]byte
	for a := range truth {
		view := new(sdk.View)
		for p := range state.Base(board.Audience(a)) {
			if err := view.Apply(p.Change()); err != nil {
				w.fail("the board's base cannot be applied: %v", err)
			}
		}
		truth[a] = view.Encode()
	}
	for _, c := range w.clients {
		if c.closed != nil {
			continue
		}
		role := state.Role(c.person.id)
		if c.seen != role {
			w.fail("%s believes to be %s and is %s", c.name, c.seen, role)
		}
		want, got := truth[board.AudienceOf(role)], c.core.View().Encode()
		if !bytes.Equal(got, want) {
			w.fail("%s does not see the board as it is: %s", c.name, difference(got, want))
		}
		for _, note := range c.core.View().Notes() {
			if shown, _ := c.core.Text(note.ID); shown != note.Text {
				w.fail("%s still shows %q where the board has %q", c.name, shown, note.Text)
			}
		}
	}
}

// difference returns the first lines that differ.
func difference(got, want []byte) string {
	g, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(b)) {
		line := func(lines []string) string {
			if i < len(lines) {
				return lines[i]
			}
			return "nothing"
		}
		if line(g) != line(b) {
			return line(g) + "\n   where the board has " + line(b)
		}
	}
	return "nothing"
}

// judgeRoom: the room has what a fresh replay has, and so has the state's snapshot (I5, I6).
func (w *world) judgeRoom(state *board.State) {
	snapshot := state.AppendSnapshot(nil)
	if r := w.server.room; r != nil {
		// A copy of a group may stand behind what the room has read: it changes nothing but the state's Seq.
		has := slices.IndexFunc(w.journal.groups, func(g journal.Group) bool { return g.Last > r.Head().Seq })
		if has < 0 {
			has = len(w.journal.groups)
		}
		if fresh, head := replayed(w, w.journal.groups[:has]); r.Head() != head || r.State().Hash() != fresh.Hash() {
			w.fail("the room's state at %d is not that of a fresh replay", r.Head().Seq)
		}
	}
	again, err := board.Load(snapshot)
	if err != nil {
		w.fail("the state's own snapshot cannot be loaded: %v", err)
	} else if !bytes.Equal(again.AppendSnapshot(nil), snapshot) {
		w.fail("the state is another after its snapshot was loaded")
	}
}
