package board

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/denkwand/denkwand/protocol"
)

// ledger is a second opinion on who wrote what: for each field the ops that wrote it, in order, and which of them are
// undone. It knows only entries, verdicts and changes.
type ledger struct {
	writes map[string][]write
	roots  map[protocol.ID]map[uint64]uint64    // writer and number to the Seq of the op that it does, undoes or redoes
	made   map[protocol.ID]uint64               // note to the Seq of what made it
	parts  map[protocol.ID]map[protocol.ID]bool // note to who typed in it or clustered it
}

type write struct {
	seq    uint64
	undone bool
}

// fieldsOf returns the fields a change sets. A change that tells an object whole sets none: the object comes or comes
// back, its fields are as they were.
func fieldsOf(c protocol.Change) []string {
	whole := c.Note != nil && (c.Note.Created != nil || c.Note.Edit != nil) || c.Cluster != nil && c.Cluster.Created != nil ||
		c.Area != nil && c.Area.Form != nil || c.Connector != nil && c.Connector.From != nil ||
		c.Participant != nil || c.Perspective != nil || c.Link != nil
	if whole {
		return nil
	}
	var all map[string]map[string]json.RawMessage
	b, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		panic(err)
	}
	var keys []string
	for noun, fields := range all {
		for name := range fields {
			if name != "id" && name != "deleted" && name != "ring" {
				keys = append(keys, noun+" "+string(fields["id"])+" "+name)
			}
		}
	}
	return keys
}

// about returns the Seq of the op that an entry does, undoes or redoes, and whether it does the latter.
func (l *ledger) about(e protocol.Entry) (root uint64, undo, redo bool) {
	writer, n := e.Writer, uint64(0)
	switch op := e.Op.(type) {
	case *protocol.Undo:
		undo, n = true, op.N
		if !op.Writer.IsZero() {
			writer = op.Writer
		}
	case *protocol.Redo:
		redo, n = true, op.N
		if !op.Writer.IsZero() {
			writer = op.Writer
		}
	}
	root = e.Seq
	if undo || redo {
		root = l.roots[writer][n]
	}
	if l.roots[e.Writer] == nil {
		l.roots[e.Writer] = map[uint64]uint64{}
	}
	l.roots[e.Writer][e.N] = root
	return root, undo, redo
}

// see books one change of an entry and fails when it takes away what others did.
func (l *ledger) see(rt *rapid.T, e protocol.Entry, c protocol.Change) {
	root, undo, redo := l.about(e)
	if note := c.Note; note != nil {
		switch {
		case note.Created != nil && l.made[note.ID] == 0:
			l.made[note.ID] = e.Seq
			l.parts[note.ID] = map[protocol.ID]bool{protocol.ID(*note.Author): true}
		case undo || redo:
			if note.Deleted && undo && root == l.made[note.ID] && len(l.parts[note.ID]) > 1 {
				rt.Fatalf("undone away: a note that others have a part in")
			}
		case note.Edit != nil, note.Cluster != nil && *note.Cluster != (protocol.Ref{}):
			l.parts[note.ID][e.Author] = true
		}
	}
	for _, field := range fieldsOf(c) {
		if !undo && !redo {
			if n := len(l.writes[field]); n == 0 || l.writes[field][n-1].seq != e.Seq { // a batch may write it twice
				l.writes[field] = append(l.writes[field], write{seq: e.Seq})
			}
			continue
		}
		at := slices.IndexFunc(l.writes[field], func(w write) bool { return w.seq == root })
		if at < 0 {
			rt.Fatalf("%s was not written by the op of entry %d", field, root)
		}
		for _, later := range l.writes[field][at+1:] {
			if !later.undone && later.seq != root {
				rt.Fatalf("%s was written by entry %d since", field, later.seq)
			}
		}
		l.writes[field][at].undone = undo
	}
}

// TestUndoLeavesOthersWork: an undo or redo changes a field only when everything written to it since is undone, and it
// takes no note away that somebody else has a part in.
func TestUndoLeavesOthersWork(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, chances(rt))
		l := ledger{writes: map[string][]write{}, roots: map[protocol.ID]map[uint64]uint64{},
			made: map[protocol.ID]uint64{}, parts: map[protocol.ID]map[protocol.ID]bool{}}
		for id, n := range w.s.notes {
			l.made[id], l.parts[id] = n.LifeAt, map[protocol.ID]bool{n.Author: true}
		}
		for id, t := range w.s.dead {
			if t.Note != nil {
				l.made[id], l.parts[id] = t.Note.LifeAt, map[protocol.ID]bool{t.Note.Author: true}
			}
		}
		for range rapid.IntRange(1, 150).Draw(rt, "steps") {
			e := w.entry()
			v, changes := w.step(e)
			e.Seq = w.s.Seq()
			w.remember(e, v)
			if v.Repeat || v.Code != "" {
				continue
			}
			l.about(e)
			for _, c := range changes {
				l.see(rt, e, c.c)
			}
		}
	})
}
