package board

import (
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// world is a board on which random people do random things: all kinds, few ids, so that they meet.
type world struct {
	rt    *rapid.T
	s     *State
	time  int64
	texts map[protocol.ID]string // of revisions
	views [Audiences]view
	sent  map[protocol.ID][]sentOp // by writer, what each number was used for
}

// sentOp is an op under its number, and what became of it.
type sentOp struct {
	op      protocol.Op
	verdict Verdict
}

var (
	people  = []string{"olga", "dora", "noor", "ben", "vic"}
	roles   = []protocol.Role{4, 3, 2, 2, 1}
	objects = []string{"o0", "o1", "o2", "o3", "o4", "o5", "o6"}
	rings   = []string{"r0", "r1", "r2", "r3"}
)

func newWorld(rt *rapid.T) *world {
	w := &world{rt: rt, s: New(), texts: map[protocol.ID]string{}, sent: map[protocol.ID][]sentOp{}}
	for i := range w.views {
		w.views[i] = view{}
	}
	w.server("", &protocol.BoardCreate{Title: "T", Recovery: secretOf("code")})
	for i, name := range people {
		link := "link-" + name
		w.server("", &protocol.LinkCreate{Link: idOf(link), Secret: secretOf(link), Role: roles[i]})
		w.server("", &protocol.ParticipantJoin{Participant: idOf(name), Token: secretOf(name), Link: idOf(link), Name: name})
		for _, writer := range []string{name + ".1", name + ".2"} {
			w.server(name, &protocol.WriterRegister{Writer: idOf(writer), Secret: secretOf(writer)})
		}
	}
	return w
}

func (w *world) server(author string, op protocol.Op) {
	e := protocol.Entry{Op: op}
	if author != "" {
		e.Author = idOf(author)
	}
	if v := w.apply(e); !v.OK() {
		w.rt.Fatalf("%s: %v", op.Kind(), v)
	}
}

// apply numbers and times an entry, applies it, and keeps the views up to date.
func (w *world) apply(e protocol.Entry) Verdict {
	e.Seq, e.Time = w.s.Seq()+1, w.time
	v, changes := w.s.Apply(e)
	for _, c := range changes {
		w.learn(c.c)
		for a := range w.views {
			if p, seen := Project(c, Audience(a)); seen {
				w.views[a].fold(p.Change())
			}
		}
	}
	return v
}

// learn keeps the texts of all revisions there ever were.
func (w *world) learn(c protocol.Change) {
	if c.Note == nil {
		return
	}
	if c.Note.Text != nil {
		w.texts[*c.Note.Rev] = *c.Note.Text
	}
	if e := c.Note.Edit; e != nil {
		after, err := text.Apply(w.texts[e.Base], e.Runs.Change)
		if err != nil {
			w.rt.Fatalf("an edit that does not fit: %v", err)
		}
		w.texts[e.Rev] = after
	}
}

func (w *world) pick(label string, names []string) protocol.ID {
	return idOf(rapid.SampledFrom(names).Draw(w.rt, label))
}

func (w *world) object() protocol.ID { return w.pick("object", objects) }

func (w *world) place(label string) int64 { return int64(rapid.IntRange(-4, 4).Draw(w.rt, label)) * 1024 }

func (w *world) ids() []protocol.ID {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(objects), 0, 4, func(s string) string { return s }).Draw(w.rt, "objects")
	var ids []protocol.ID
	for _, name := range names {
		ids = append(ids, idOf(name))
	}
	return ids
}

func (w *world) ringList() []protocol.Ring {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(rings), 1, 3, func(s string) string { return s }).Draw(w.rt, "rings")
	out := make([]protocol.Ring, len(names))
	for i, name := range names {
		out[i] = protocol.Ring{ID: idOf(name), Label: name, Size: int64(i+1) * 2048}
	}
	return out
}

var word = rapid.StringMatching(`[ab😀]{0,6}`)

// edit makes a text change on the note's current revision, or on some other one.
func (w *world) edit(note protocol.ID) *protocol.NoteText {
	op := &protocol.NoteText{Note: note, Rev: protocol.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(w.rt, "rev"))}
	base := ""
	if n := w.s.notes[note]; n != nil {
		op.Base, base = n.Rev, n.Text
		if len(n.History) > 0 && rapid.Bool().Draw(w.rt, "older") {
			r := rapid.SampledFrom(n.History).Draw(w.rt, "base")
			op.Base, base = r.Rev, w.texts[r.Rev]
		}
		if rapid.IntRange(0, 9).Draw(w.rt, "misfit") == 0 {
			base += "x"
		}
	}
	c, err := text.Diff(base, word.Draw(w.rt, "text"), 0)
	if err != nil {
		w.rt.Fatal(err)
	}
	op.Runs.Change = c
	return op
}

// content draws an op that undo can concern.
func (w *world) content() protocol.Op {
	id := w.object()
	switch rapid.IntRange(0, 27).Draw(w.rt, "content") {
	case 0, 1, 2:
		return &protocol.NoteCreate{Note: id, X: w.place("x"), Y: w.place("y"), W: 2048, H: 2048, Text: word.Draw(w.rt, "text"),
			Rev: protocol.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(w.rt, "rev")), Cluster: w.object()}
	case 3, 4, 5, 6:
		return w.edit(id)
	case 7:
		return &protocol.NoteMove{Note: id, X: w.place("x"), Y: w.place("y")}
	case 8:
		return &protocol.NoteResize{Note: id, X: w.place("x"), Y: w.place("y"), W: 4096, H: 1024 + 1024*int64(rapid.IntRange(0, 1).Draw(w.rt, "h"))}
	case 9:
		return &protocol.NoteRecolour{Note: id, Colour: uint8(rapid.IntRange(0, 8).Draw(w.rt, "colour"))}
	case 10:
		return &protocol.NoteTag{Note: id, Tags: rapid.SampledFrom([][]string{nil, {"a"}, {"a", "b"}, {"a", "a"}}).Draw(w.rt, "tags")}
	case 11:
		return &protocol.NoteFront{Note: id}
	case 12:
		return &protocol.NoteBack{Note: id}
	case 13:
		return &protocol.NoteDelete{Note: id}
	case 14:
		return &protocol.NoteRestore{Note: id}
	case 15:
		return &protocol.ClusterCreate{Cluster: id, Title: word.Draw(w.rt, "title"), Notes: w.ids()}
	case 16:
		return &protocol.ClusterRename{Cluster: id, Title: word.Draw(w.rt, "title")}
	case 17:
		return &protocol.ClusterMove{Cluster: id, DX: w.place("x"), DY: w.place("y")}
	case 18:
		return &protocol.ClusterAssign{Cluster: id, Notes: w.ids()}
	case 19:
		return &protocol.ClusterUnassign{Notes: w.ids()}
	case 20:
		return &protocol.ClusterMerge{Cluster: id, From: w.object()}
	case 21:
		return &protocol.ClusterDelete{Cluster: id}
	case 22:
		return &protocol.ConnectorCreate{Connector: id, From: w.object(), To: w.object()}
	case 23:
		return &protocol.ConnectorLabel{Connector: id, Label: word.Draw(w.rt, "label")}
	case 24:
		return &protocol.ConnectorDelete{Connector: id}
	case 25:
		return &protocol.BoardTitle{Title: word.Draw(w.rt, "title")}
	}
	return w.area(id)
}

func (w *world) area(id protocol.ID) protocol.Op {
	switch rapid.IntRange(0, 9).Draw(w.rt, "area") {
	case 0, 1, 2:
		return &protocol.AreaCreate{Area: id, Form: protocol.FormTarget, X: w.place("x"), Y: w.place("y"), Rings: w.ringList()}
	case 3:
		return &protocol.AreaCreate{Area: id, Form: protocol.FormFrame, W: 4096, H: 4096}
	case 4:
		return &protocol.AreaMove{Area: id, X: w.place("x"), Y: w.place("y")}
	case 5:
		return &protocol.AreaResize{Area: id, W: 4096, H: 8192}
	case 6:
		return &protocol.AreaRings{Area: id, Rings: w.ringList()}
	case 7:
		return &protocol.AreaFront{Area: id}
	case 8:
		return &protocol.AreaBack{Area: id}
	}
	if rapid.Bool().Draw(w.rt, "rename") {
		return &protocol.AreaRename{Area: id, Title: word.Draw(w.rt, "title")}
	}
	return &protocol.AreaDelete{Area: id}
}

// any draws any op that a client may submit.
func (w *world) any() protocol.Op {
	switch rapid.IntRange(0, 19).Draw(w.rt, "op") {
	case 0, 1, 2:
		return &protocol.Undo{Writer: w.someWriter(), N: uint64(rapid.IntRange(0, 40).Draw(w.rt, "n"))}
	case 3, 4:
		return &protocol.Redo{Writer: w.someWriter(), N: uint64(rapid.IntRange(0, 40).Draw(w.rt, "n"))}
	case 5, 6:
		batch := &protocol.Batch{}
		for range rapid.IntRange(0, 5).Draw(w.rt, "parts") {
			batch.Ops = append(batch.Ops, protocol.AnyOp{Op: w.content()})
		}
		return batch
	case 7:
		return &protocol.Void{}
	case 8:
		return w.social()
	}
	return w.content()
}

func (w *world) someWriter() protocol.ID {
	if rapid.Bool().Draw(w.rt, "same writer") {
		return protocol.ID{}
	}
	return w.writer(rapid.SampledFrom(people).Draw(w.rt, "whose"))
}

func (w *world) writer(person string) protocol.ID {
	return idOf(person + rapid.SampledFrom([]string{".1", ".2"}).Draw(w.rt, "writer"))
}

// social draws an op about people, links and perspectives.
func (w *world) social() protocol.Op {
	who := w.pick("who", people)
	switch rapid.IntRange(0, 8).Draw(w.rt, "social") {
	case 0:
		return &protocol.ParticipantRename{Participant: who, Name: rapid.SampledFrom([]string{"Noor", "Ben"}).Draw(w.rt, "name")}
	case 1:
		return &protocol.ParticipantColour{Colour: 3}
	case 2:
		return &protocol.ParticipantPerspective{Participant: who, Perspective: w.object()}
	case 3:
		if rapid.IntRange(0, 9).Draw(w.rt, "really") == 0 {
			return &protocol.ParticipantLeave{Participant: who}
		}
		return &protocol.BoardQuestion{Question: "?"}
	case 4:
		return &protocol.LinkRevoke{Link: idOf("link-" + rapid.SampledFrom(people).Draw(w.rt, "link"))}
	case 5:
		return &protocol.PerspectiveAdd{Perspective: w.object(), Label: "P", After: w.object()}
	case 6:
		return &protocol.PerspectiveRename{Perspective: w.object(), Label: "Q"}
	case 7:
		return &protocol.PerspectiveRecolour{Perspective: w.object(), Colour: 1, Pattern: 2}
	}
	return &protocol.BoardBackground{Background: protocol.BackgroundPlain}
}

// entry draws the next entry: mostly an op under its writer's next number, sometimes a repeat, a conflict, a gap, another
// one's writer, or an op of the server.
func (w *world) entry() protocol.Entry {
	person := rapid.SampledFrom(people).Draw(w.rt, "person")
	e := protocol.Entry{Author: idOf(person), Writer: w.writer(person)}
	last := uint64(len(w.sent[e.Writer]))
	e.N = last + 1
	switch rapid.IntRange(0, 19).Draw(w.rt, "how") {
	case 0:
		e.N = uint64(rapid.IntRange(0, int(last)+2).Draw(w.rt, "n"))
	case 1:
		e.Author = w.pick("other", append([]string{"nobody"}, people...))
	case 2:
		return w.serverEntry(person)
	case 3, 4:
		if last > 0 {
			e.N = uint64(rapid.IntRange(1, int(last)).Draw(w.rt, "again"))
			e.Op = w.sent[e.Writer][e.N-1].op
			return e
		}
	}
	e.Op = w.any()
	return e
}

func (w *world) serverEntry(person string) protocol.Entry {
	e := protocol.Entry{}
	link := idOf("link-" + rapid.SampledFrom(people).Draw(w.rt, "link"))
	switch rapid.IntRange(0, 4).Draw(w.rt, "server") {
	case 0:
		e.Op = &protocol.LinkUse{Link: link, Participant: idOf(person)}
	case 1:
		name := fmt.Sprintf("p%d", w.s.Seq())
		e.Op = &protocol.ParticipantJoin{Participant: idOf(name), Token: secretOf(name), Link: link, Name: "Noor"}
	case 2:
		name := fmt.Sprintf("l%d", w.s.Seq())
		e.Author = idOf(person)
		e.Op = &protocol.LinkCreate{Link: idOf(name), Secret: secretOf(name), Role: 4, Uses: 2, Expires: w.time + 5}
	case 3:
		name := fmt.Sprintf("l%d", w.s.Seq())
		e.Op = &protocol.LinkRecover{Link: idOf(name), Secret: secretOf(name), Recovery: secretOf(name)}
	case 4:
		e.Op = w.content()
	}
	return e
}

// remember keeps what a number was used for.
func (w *world) remember(e protocol.Entry, v Verdict) {
	if state, known := w.s.Writer(e.Writer); known && state.Last == uint64(len(w.sent[e.Writer])+1) {
		w.sent[e.Writer] = append(w.sent[e.Writer], sentOp{e.Op, v})
	}
}

// view is a board as a client holds it: objects as their fields, folded from changes.
type view map[string]map[string]string

// fold applies a change. It knows nothing of what the fields mean, text edits excepted.
func (v view) fold(c protocol.Change) {
	var all map[string]map[string]json.RawMessage
	b, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		panic(err)
	}
	for noun, fields := range all {
		key := noun + " " + string(fields["id"])
		if string(fields["deleted"]) == "true" {
			if noun == "board" {
				clear(v)
				v[key] = map[string]string{"deleted": "true"}
				continue
			}
			delete(v, key)
			continue
		}
		if v[key] == nil {
			v[key] = map[string]string{}
		}
		for name, value := range fields {
			if name != "edit" {
				v[key][name] = string(value)
			}
		}
	}
	if c.Note != nil && c.Note.Edit != nil {
		v.edit(c.Note)
	}
}

func (v view) edit(c *protocol.NoteChange) {
	note := v[`note "`+c.ID.String()+`"`]
	if note["rev"] != `"`+c.Edit.Base.String()+`"` {
		panic("an edit on another revision")
	}
	var before string
	if err := json.Unmarshal([]byte(note["text"]), &before); err != nil {
		panic(err)
	}
	after, err := text.Apply(before, c.Edit.Runs.Change)
	if err != nil {
		panic(err)
	}
	b, err := json.Marshal(after)
	if err != nil {
		panic(err)
	}
	note["text"], note["rev"] = string(b), `"`+c.Edit.Rev.String()+`"`
}

func baseView(s *State, a Audience) view {
	v := view{}
	for p := range s.Base(a) {
		v.fold(p.Change())
	}
	return v
}
