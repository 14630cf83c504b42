package board

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// world is a board on which random people do random things: all kinds, few ids, so that they meet.
type world struct {
	rt    failer
	rand  *rand.Rand
	s     *State
	time  int64
	texts map[protocol.ID]string // of revisions
	views [Audiences]view
	sent  map[protocol.ID][]sentOp // by writer, what each number was used for
	plain bool                     // no text changes near their limits
}

// sentOp is an op under its number, and what became of it.
type sentOp struct {
	op      protocol.Op
	verdict Verdict
}

// failer is a *rapid.T or a *testing.T.
type failer interface {
	Fatalf(format string, args ...any)
	Fatal(args ...any)
	Logf(format string, args ...any)
}

// told is an entry in words, for the log of a run that failed.
type told struct {
	e protocol.Entry
	v Verdict
}

func (t told) String() string {
	nm := namer{}
	for _, names := range [][]string{people, objects, rings} {
		for _, name := range names {
			for _, suffix := range []string{"", ".1", ".2"} {
				nm.id(name + suffix)
			}
		}
	}
	text := string(protocol.AppendOp(nil, t.e.Op))
	for id, name := range nm {
		text = strings.ReplaceAll(text, id.String(), name)
	}
	return fmt.Sprintf("%d %s/%s#%d %s: %s", t.e.Seq, nm.name(t.e.Author), nm.name(t.e.Writer), t.e.N, text, verdictText(t.v))
}

var (
	people  = []string{"olga", "dora", "noor", "ben", "vic"}
	roles   = []protocol.Role{4, 3, 2, 2, 1}
	objects = []string{"o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8", "o9", "p0", "p1", "p2", "p3"}
	rings   = []string{"r0", "r1", "r2", "r3"}
)

func newWorld(rt failer, chances rand.Source) *world {
	w := &world{rt: rt, rand: rand.New(chances), s: New(), texts: map[protocol.ID]string{}, sent: map[protocol.ID][]sentOp{}}
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
	for range w.rand.IntN(20) {
		w.apply(protocol.Entry{Author: idOf(one(w, people[:4])), Op: w.content()})
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

// step numbers and times an entry and applies it.
func (w *world) step(e protocol.Entry) (Verdict, []Change) {
	e.Seq, e.Time = w.s.Seq()+1, w.time
	v, changes := w.s.Apply(e)
	w.rt.Logf("%v", told{e, v})
	for _, c := range changes {
		w.learn(c.c)
	}
	return v, changes
}

// apply is step, and keeps the views up to date.
func (w *world) apply(e protocol.Entry) Verdict {
	v, changes := w.step(e)
	for _, c := range changes {
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

func one[T any](w *world, from []T) T { return from[w.rand.IntN(len(from))] }

// chance is true once in n times.
func (w *world) chance(n int) bool { return w.rand.IntN(n) == 0 }

// object draws an id for something new, or of anything.
func (w *world) object() protocol.ID { return idOf(one(w, objects)) }

// living draws an object of a noun, mostly one that is there.
func living[T any](w *world, of map[protocol.ID]T) protocol.ID {
	if len(of) == 0 || w.chance(8) {
		return w.object()
	}
	return one(w, slices.SortedFunc(maps.Keys(of), compareIDs))
}

// end draws something a connector can join.
func (w *world) end() protocol.ID {
	switch w.rand.IntN(4) {
	case 0:
		return living(w, w.s.clusters)
	case 1:
		return living(w, w.s.areas)
	}
	return living(w, w.s.notes)
}

func (w *world) rev() protocol.ID {
	var id protocol.ID
	binary.BigEndian.PutUint64(id[:], w.rand.Uint64())
	id[15] = 1
	return id
}

func (w *world) word() string {
	var b []rune
	for range w.rand.IntN(6) {
		b = append(b, one(w, []rune("abcd 😀")))
	}
	return string(b)
}

func (w *world) place() int64 { return int64(w.rand.IntN(9)-4) * 1024 }

func (w *world) ids() []protocol.ID {
	var ids []protocol.ID
	for range w.rand.IntN(5) {
		if id := living(w, w.s.notes); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *world) ringList() []protocol.Ring {
	var out []protocol.Ring
	for i, at := range w.rand.Perm(len(rings))[:1+w.rand.IntN(3)] {
		out = append(out, protocol.Ring{ID: idOf(rings[at]), Label: rings[at], Size: int64(i+1) * 2048})
	}
	return out
}

// edit makes a text change on the note's current revision, or on some other one.
func (w *world) edit(note protocol.ID) *protocol.NoteText {
	op := &protocol.NoteText{Note: note, Rev: w.rev()}
	base := ""
	if n := w.s.notes[note]; n != nil {
		op.Base, base = n.Rev, n.Text
		if len(n.History) > 0 && w.chance(2) {
			r := one(w, n.History)
			op.Base, base = r.Rev, w.texts[r.Rev]
		}
		if w.chance(10) {
			base += "x"
		}
	}
	if !w.plain && w.chance(5) {
		op.Runs = w.rich(base)
		return op
	}
	c, err := text.Diff(base, w.word(), 0)
	if err != nil {
		w.rt.Fatal(err)
	}
	op.Runs.Change = c
	return op
}

// content draws an op that undo can concern.
func (w *world) content() protocol.Op {
	id := w.object()
	switch w.rand.IntN(31) {
	case 0, 1, 2:
		return &protocol.NoteCreate{Note: id, X: w.place(), Y: w.place(), W: 2048, H: 2048, Text: w.word(),
			Rev: w.rev(), Cluster: living(w, w.s.clusters)}
	case 3, 4, 5, 6:
		return w.edit(living(w, w.s.notes))
	case 7:
		return &protocol.NoteMove{Note: living(w, w.s.notes), X: w.place(), Y: w.place()}
	case 8:
		return &protocol.NoteResize{Note: living(w, w.s.notes), X: w.place(), Y: w.place(), W: 4096, H: 1024 + 1024*int64(w.rand.IntN(2))}
	case 9:
		return &protocol.NoteRecolour{Note: living(w, w.s.notes), Colour: uint8(w.rand.IntN(9))}
	case 10:
		return &protocol.NoteTag{Note: living(w, w.s.notes), Tags: one(w, [][]string{nil, {"a"}, {"a", "b"}, {"a", "a"}})}
	case 11:
		return &protocol.NoteFront{Note: living(w, w.s.notes)}
	case 12:
		return &protocol.NoteBack{Note: living(w, w.s.notes)}
	case 13:
		return &protocol.NoteDelete{Note: living(w, w.s.notes)}
	case 14:
		return &protocol.NoteRestore{Note: living(w, w.s.dead)}
	case 15:
		return &protocol.ClusterCreate{Cluster: id, Title: w.word(), Notes: w.ids()}
	case 16:
		return &protocol.ClusterRename{Cluster: living(w, w.s.clusters), Title: w.word()}
	case 17:
		return &protocol.ClusterMove{Cluster: living(w, w.s.clusters), DX: w.place(), DY: w.place()}
	case 18:
		return &protocol.ClusterAssign{Cluster: living(w, w.s.clusters), Notes: w.ids()}
	case 19:
		return &protocol.ClusterUnassign{Notes: w.ids()}
	case 20:
		return &protocol.ClusterMerge{Cluster: living(w, w.s.clusters), From: living(w, w.s.clusters)}
	case 21:
		return &protocol.ClusterDelete{Cluster: living(w, w.s.clusters)}
	case 22:
		return &protocol.ConnectorCreate{Connector: id, From: w.end(), To: w.end()}
	case 23:
		return &protocol.ConnectorLabel{Connector: living(w, w.s.connectors), Label: w.word()}
	case 24:
		return &protocol.ConnectorDelete{Connector: living(w, w.s.connectors)}
	case 25:
		return &protocol.BoardTitle{Title: w.word()}
	}
	return w.area(id)
}

func (w *world) area(id protocol.ID) protocol.Op {
	switch w.rand.IntN(10) {
	case 0, 1, 2:
		return &protocol.AreaCreate{Area: id, Form: protocol.FormTarget, X: w.place(), Y: w.place(), Rings: w.ringList()}
	case 3:
		return &protocol.AreaCreate{Area: id, Form: protocol.FormFrame, W: 4096, H: 4096}
	case 4:
		return &protocol.AreaMove{Area: living(w, w.s.areas), X: w.place(), Y: w.place()}
	case 5:
		return &protocol.AreaResize{Area: living(w, w.s.areas), W: 4096, H: 8192}
	case 6:
		return &protocol.AreaRings{Area: living(w, w.s.areas), Rings: w.ringList()}
	case 7:
		return &protocol.AreaFront{Area: living(w, w.s.areas)}
	case 8:
		return &protocol.AreaBack{Area: living(w, w.s.areas)}
	}
	if w.chance(2) {
		return &protocol.AreaRename{Area: living(w, w.s.areas), Title: w.word()}
	}
	return &protocol.AreaDelete{Area: living(w, w.s.areas)}
}

// any draws any op that a client may submit.
func (w *world) any(person string) protocol.Op {
	switch w.rand.IntN(20) {
	case 0, 1, 2:
		writer, n := w.record(person, false)
		return &protocol.Undo{Writer: writer, N: n}
	case 3, 4:
		writer, n := w.record(person, true)
		return &protocol.Redo{Writer: writer, N: n}
	case 5, 6:
		if w.chance(6) {
			return w.page()
		}
		batch := &protocol.Batch{}
		for range w.rand.IntN(6) {
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

// record names an op to undo, or an undo to redo: mostly one that its author still can.
func (w *world) record(person string, redo bool) (writer protocol.ID, n uint64) {
	var can []*record
	for _, r := range w.s.people[idOf(person)].Records {
		if redo == (r.Form == formUndo) {
			can = append(can, r)
		}
	}
	if len(can) > 0 && !w.chance(8) {
		r := one(w, can[max(0, len(can)-6):])
		return r.Writer, r.N
	}
	return w.writer(one(w, people)), uint64(w.rand.IntN(20))
}

func (w *world) writer(person string) protocol.ID {
	return idOf(person + one(w, []string{".1", ".2"}))
}

// social draws an op about people, links and perspectives.
func (w *world) social() protocol.Op {
	who := idOf(one(w, people))
	switch w.rand.IntN(9) {
	case 0:
		return &protocol.ParticipantRename{Participant: who, Name: one(w, []string{"Noor", "Ben"})}
	case 1:
		return &protocol.ParticipantColour{Colour: 3}
	case 2:
		return &protocol.ParticipantPerspective{Participant: who, Perspective: w.object()}
	case 3:
		if w.chance(10) {
			return &protocol.ParticipantLeave{Participant: who}
		}
		return &protocol.BoardQuestion{Question: "?"}
	case 4:
		if !w.chance(4) {
			return &protocol.BoardLanguage{Language: "nl"}
		}
		return &protocol.LinkRevoke{Link: idOf("link-" + one(w, people))}
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
	person := one(w, []string{"olga", "olga", "dora", "dora", "noor", "noor", "ben", "ben", "vic"})
	e := protocol.Entry{Author: idOf(person), Writer: w.writer(person)}
	last := uint64(len(w.sent[e.Writer]))
	e.N = last + 1
	switch w.rand.IntN(20) {
	case 0:
		e.N = uint64(w.rand.IntN(int(last) + 3))
	case 1:
		e.Author = idOf(one(w, []string{"nobody", "olga", "ben"}))
	case 2:
		return w.serverEntry(person)
	case 3, 4:
		if last > 0 {
			e.N = uint64(1 + w.rand.IntN(int(last)))
			e.Op = w.sent[e.Writer][e.N-1].op
			return e
		}
	}
	e.Op = w.any(person)
	return e
}

func (w *world) serverEntry(person string) protocol.Entry {
	e := protocol.Entry{}
	link := idOf("link-" + one(w, people))
	switch w.rand.IntN(5) {
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
		if !w.chance(12) {
			e.Op = &protocol.BoardTitle{Title: w.word()}
			return e
		}
		name := fmt.Sprintf("l%d", w.s.Seq())
		was := w.s.RecoveryHash()
		e.Op = &protocol.LinkRecover{Link: idOf(name), Secret: secretOf(name), Was: was[:], Recovery: secretOf(name)}
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
