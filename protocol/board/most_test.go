package board

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

// The board of TestEveryKindAtItsMost: as many objects as there may be, all of them around something. The race detector
// makes do with a twentieth: what it looks for does not hang on their number.
const (
	mostNotes  = 12_000 / fewer
	mostArrows = (protocol.MaxObjects - 12_000 - protocol.MaxTargets - 20) / fewer
)

var (
	longTitle = strings.Repeat(`"`, protocol.MaxTitle)
	longName  = strings.Repeat("語", protocol.MaxName)
	longText  = strings.Repeat("語", protocol.MaxNoteText)
)

func mostTags() (tags []string) {
	for i := range protocol.MaxTags {
		tags = append(tags, fmt.Sprintf("%c%s", 'a'+i, longName[3:]))
	}
	return tags
}

// most is that board: its notes lie in the corner of the box of every target, where all targets are asked and none has
// them; they are in one cluster; the connectors are at one note.
type most struct {
	*crowd
	cluster, hub, end protocol.ID
	targets           []protocol.ID
	texts             []*note // long ones
	worn              *note   // has as many revisions as are kept, of as many runs as there may be
	worn0             protocol.ID
}

func newMost(t *testing.T) *most {
	m := &most{crowd: newCrowd(t), cluster: idOf("c"), hub: idOf("hub"), end: idOf("end")}
	m.do(&protocol.ClusterCreate{Cluster: m.cluster, Title: longTitle[:protocol.MaxClusterTitle]})
	m.do(&protocol.ClusterCreate{Cluster: idOf("into")})
	for _, id := range []protocol.ID{m.hub, m.end} {
		m.do(&protocol.NoteCreate{Note: id, W: 4096, H: 4096, Rev: m.id()})
	}
	for range protocol.MaxTargets - 1 {
		m.targets = append(m.targets, m.id())
		m.do(&protocol.AreaCreate{Area: m.targets[len(m.targets)-1], Form: protocol.FormTarget, Rings: m.rings(100_000)})
	}
	for range mostNotes {
		m.do(&protocol.NoteCreate{Note: m.id(), X: 90_000, Y: 60_000, W: 4096, H: 4096, Rev: m.id(), Cluster: m.cluster})
	}
	for range mostArrows {
		m.do(&protocol.ConnectorCreate{Connector: m.id(), From: m.hub, To: m.end})
	}
	for i := range 300 {
		if _, v := m.join(fmt.Sprint("Noor ", i)); !v.OK() {
			t.Fatal(verdictText(v))
		}
	}
	for range 10 {
		m.texts = append(m.texts, m.note(protocol.ID{}, longText))
	}
	m.worn = m.note(protocol.ID{}, strings.Repeat("a", 3000))
	for i := range 100 {
		if i == 1 {
			m.worn0 = m.worn.Rev
		}
		m.do(&protocol.NoteText{Note: m.worn.ID, Base: m.worn.Rev, Rev: m.id(), Runs: m.wear(i)})
	}
	return m
}

// from is the same board again, from its snapshot.
func (m most) from(snapshot []byte) *most {
	s, err := Load(snapshot)
	if err != nil {
		m.t.Fatal(err)
	}
	c := *m.crowd
	c.s, m.crowd = s, &c
	m.worn, m.texts = s.notes[m.worn.ID], slices.Clone(m.texts)
	for i, n := range m.texts {
		m.texts[i] = s.notes[n.ID]
	}
	return &m
}

// wear writes 127 letters between those of the worn note's 3,000, and every second time takes them out again.
func (m *most) wear(i int) protocol.Runs {
	if i%2 == 0 {
		return comb(m.t, 3000, 127, 0, 20)
	}
	return parse(m.t, fmt.Sprintf("[%s-1,%d]", strings.Repeat("-1,20,", 126), 3000-126*20))
}

func (m *most) rings(outer int64) (rings []protocol.Ring) {
	for i := range int64(protocol.MaxRings) {
		rings = append(rings, protocol.Ring{ID: m.id(), Label: longName, Size: outer - 32 + i})
	}
	return rings
}

func (m *most) parts(n int, part func(i int) protocol.Op) *protocol.Batch {
	b := &protocol.Batch{}
	for i := range n {
		b.Ops = append(b.Ops, protocol.AnyOp{Op: part(i)})
	}
	return b
}

// ops has the worst of every kind, but for undo and redo, which follow each.
func (m *most) ops() []protocol.Op {
	target, connector := m.targets[0], sorted(m.s.connectors)[0].ID
	edit := func() protocol.Op { // made on the oldest revision, over all the others
		return &protocol.NoteText{Note: m.worn.ID, Base: m.worn0, Rev: m.id(), Runs: comb(m.t, 3127, 127, 1, 20)}
	}
	return []protocol.Op{
		&protocol.BoardTitle{Title: longTitle}, &protocol.BoardLanguage{Language: "de-" + strings.Repeat("abcdefg-", 3) + "abcdefg"},
		&protocol.BoardQuestion{Question: strings.Repeat("\n", protocol.MaxQuestion)}, &protocol.BoardBackground{Background: protocol.BackgroundPlain},
		&protocol.ParticipantRename{Name: "Noor 1"}, &protocol.ParticipantColour{Colour: 2}, &protocol.ParticipantPerspective{},
		&protocol.NoteCreate{Note: m.id(), W: 4096, H: 4096, Rev: m.id(), Text: longText, Tags: mostTags(), Cluster: m.cluster},
		edit(), m.parts(protocol.MaxList, func(int) protocol.Op { return edit() }),
		m.parts(len(m.texts), func(i int) protocol.Op {
			n := m.texts[i]
			return &protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: m.id(), Runs: parse(m.t, "[-10000]")}
		}),
		&protocol.NoteMove{Note: m.hub, X: 1}, &protocol.NoteResize{Note: m.hub, X: 2, W: 4097, H: 4097},
		&protocol.NoteRecolour{Note: m.hub, Colour: 3}, &protocol.NoteTag{Note: m.hub, Tags: mostTags()},
		&protocol.NoteFront{Note: m.hub}, &protocol.NoteBack{Note: m.hub},
		&protocol.ClusterCreate{Cluster: m.id(), Notes: slices.SortedFunc(maps.Keys(m.s.notes), compareIDs)[:protocol.MaxList]},
		&protocol.ClusterRename{Cluster: m.cluster, Title: longTitle[:protocol.MaxClusterTitle]},
		m.parts(64, func(int) protocol.Op { return &protocol.ClusterMove{Cluster: m.cluster, DX: 1, DY: -1} }),
		&protocol.ClusterAssign{Cluster: idOf("into"), Notes: slices.SortedFunc(maps.Keys(m.s.notes), compareIDs)[:protocol.MaxList]},
		&protocol.ClusterUnassign{Notes: slices.SortedFunc(maps.Keys(m.s.notes), compareIDs)[:protocol.MaxList]},
		m.parts(4, func(i int) protocol.Op {
			pair := [...]protocol.ID{m.cluster, idOf("into")}
			return &protocol.ClusterMerge{Cluster: pair[(i+1)%2], From: pair[i%2]}
		}),
		m.parts(2, func(i int) protocol.Op { return &protocol.ClusterDelete{Cluster: m.cluster} }),
		&protocol.AreaCreate{Area: m.id(), Form: protocol.FormTarget, X: 9, Title: longTitle, Rings: m.rings(1 << 20)},
		&protocol.AreaRename{Area: target, Title: longTitle}, &protocol.AreaResize{Area: target, W: 4096, H: 4096},
		// Every target comes to have all the notes, one after the other.
		m.parts(len(m.targets), func(i int) protocol.Op { return &protocol.AreaMove{Area: m.targets[i], X: 90_000, Y: 60_000} }),
		&protocol.AreaRings{Area: target, Rings: m.rings(200_000)},
		m.parts(protocol.MaxList, func(i int) protocol.Op { return &protocol.AreaFront{Area: m.targets[i%len(m.targets)]} }),
		m.parts(protocol.MaxList, func(i int) protocol.Op { return &protocol.AreaBack{Area: m.targets[i%len(m.targets)]} }),
		m.parts(len(m.targets), func(i int) protocol.Op { return &protocol.AreaDelete{Area: m.targets[i]} }),
		&protocol.ConnectorCreate{Connector: m.id(), From: m.hub, To: m.end, Label: longName},
		&protocol.ConnectorLabel{Connector: connector, Label: longName}, &protocol.ConnectorDelete{Connector: connector},
		m.parts(protocol.MaxList, func(i int) protocol.Op {
			if i%2 == 0 {
				return &protocol.NoteDelete{Note: m.hub}
			}
			return &protocol.NoteRestore{Note: m.hub}
		}),
		&protocol.NoteDelete{Note: m.end},
		&protocol.PerspectiveAdd{Perspective: idOf("p"), Label: longName}, &protocol.PerspectiveRename{Perspective: idOf("p"), Label: "P"},
		&protocol.PerspectiveRecolour{Perspective: idOf("p"), Colour: 7, Pattern: 7},
		&protocol.Void{},
		&protocol.BoardCreate{Recovery: secretOf("x")},
		&protocol.LinkCreate{Link: idOf("l2"), Secret: secretOf("l2"), Role: protocol.RoleOwner, Label: longName},
		&protocol.LinkUse{Link: idOf("l2"), Participant: idNoor},
		&protocol.ParticipantJoin{Participant: m.id(), Token: secretOf("late"), Link: idOf("l2"), Name: "Noor 1"},
		&protocol.WriterRegister{Writer: m.id(), Secret: secretOf("late")},
		&protocol.LinkRevoke{Link: idOf("link")},
		&protocol.LinkRecover{Link: idOf("l3"), Secret: secretOf("l3"), Was: secretOf("code"), Recovery: secretOf("code 2")},
		&protocol.LinkUse{Link: idOf("l3"), Participant: idNoor},
		&protocol.ParticipantLeave{Participant: m.s.order[1].ID},
	}
}

// TestEveryKindAtItsMost does the worst of every kind, and undoes and redoes it, on a board that has as much as there
// may be of everything; once with room, once without. One entry does bounded work and tells bounded changes, and
// whatever it leaves behind can be read.
func TestEveryKindAtItsMost(t *testing.T) {
	m := newMost(t)
	snapshot := m.s.AppendSnapshot(nil)
	begin := m.from(snapshot)
	seen := map[string]bool{"undo": true, "redo": true, "board.delete": true}
	apply := func(e protocol.Entry) Verdict {
		v := m.apply(e)
		note := func(what string, got, most int) {
			if got > most {
				t.Errorf("%s: %d %s, at most %d", e.Op.Kind(), got, what, most)
			}
		}
		note("work", m.s.work, protocol.MaxWork)
		note("changes", len(m.last), protocol.MaxWork+protocol.MaxObjects)
		bytes := 0
		for _, c := range m.last {
			bytes += len(protocol.AppendFrame(nil, &protocol.Changes{Changes: []protocol.Change{c.c}}))
		}
		note("bytes", bytes, 16<<20)
		if records := m.s.people[idNoor].Records; len(records) > 0 {
			note("old values", len(records[len(records)-1].Old), protocol.MaxWork+protocol.MaxList)
		}
		return v
	}
	try := func(op protocol.Op) Verdict {
		m.n++
		return apply(protocol.Entry{Author: idNoor, Writer: idNoor1, N: m.n, Op: op})
	}
	for round := range 2 {
		if round == 1 {
			*m = *begin.from(snapshot)
			m.pad = protocol.MaxState + 1 - m.s.size
			m.s.size += m.pad
		}
		for _, op := range m.ops() {
			seen[op.Kind()] = true
			if batch, ok := op.(*protocol.Batch); ok {
				for _, part := range batch.Ops {
					seen[part.Kind()] = true
				}
			}
			if info := protocol.KindOf(op.Kind()); info.Server {
				e := protocol.Entry{Op: op}
				if op.Kind() == "writer.register" {
					e.Author = idNoor
				}
				if v := apply(e); round == 0 && !v.OK() && op.Kind() != "board.create" {
					t.Errorf("%s: %s", op.Kind(), verdictText(v))
				}
				continue
			}
			if v := try(op); round == 0 && v.Code != "" && v.Code != protocol.CodeVoid && v.Code != protocol.CodeBadForm {
				t.Errorf("%s: %s", op.Kind(), verdictText(v))
			}
			if try(&protocol.Undo{N: m.n}).Code == "" && try(&protocol.Redo{N: m.n}).Code == "" {
				try(&protocol.Undo{N: m.n})
			}
		}
		m.reloads()
	}
	if v := try(&protocol.BoardDelete{}); !v.OK() {
		t.Errorf("board.delete: %s", verdictText(v))
	}
	m.reloads()
	for _, kind := range protocol.Kinds {
		if !seen[kind.Name] {
			t.Errorf("no %s was done", kind.Name)
		}
	}
}
