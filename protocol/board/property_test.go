package board

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/denkwand/denkwand/protocol"
)

// chances draws where a world's chances come from. A stream that fails is made shorter, not otherwise: with one seed the
// first steps stay the same.
func chances(rt *rapid.T) rand.Source {
	return rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)
}

// TestAnyStream holds what must be true of any stream of entries, at each step.
func TestAnyStream(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, chances(rt))
		twin := reload(rt, w.s)
		for range rapid.IntRange(1, 80).Draw(rt, "steps") {
			if w.chance(10) {
				w.time++
			}
			e := w.entry()
			roleBefore := w.s.Role(e.Author)
			v := w.apply(e)

			e.Seq, e.Time = w.s.Seq(), w.time
			again, changes := twin.Apply(e)
			if !reflect.DeepEqual(v, again) {
				rt.Fatalf("%v here, %v from the snapshot", v, again)
			}
			if (v.Code != "" || v.Repeat) && len(changes) > 0 {
				rt.Fatalf("%v, and yet %d changes", v, len(changes))
			}
			if !e.Author.IsZero() && roleBefore == protocol.RoleNone && v.Code == "" && !v.Repeat {
				rt.Fatalf("%s of somebody without a role was done", e.Op.Kind())
			}
			w.holdsRepeats(e, v)
			w.remember(e, v)
			if w.chance(4) && twin.Hash() != w.s.Hash() {
				rt.Fatalf("after %s: two states\n%s\n%s", e.Op.Kind(), w.s.AppendSnapshot(nil), twin.AppendSnapshot(nil))
			}
			for a := range w.views {
				if want := baseView(w.s, Audience(a)); !reflect.DeepEqual(w.views[a], want) {
					rt.Fatalf("audience %d after %s holds\n%v\nand should\n%v", a, e.Op.Kind(), w.views[a], want)
				}
			}
			if w.chance(5) {
				twin = reload(rt, w.s)
				sameIndexes(rt, w.s, twin)
			}
		}
	})
}

// holdsRepeats checks the verdict of a number that was used before.
func (w *world) holdsRepeats(e protocol.Entry, v Verdict) {
	sent := w.sent[e.Writer]
	state, known := w.s.Writer(e.Writer)
	if !known || state.Participant != e.Author || e.N == 0 || e.N > uint64(len(sent)) {
		if v.Repeat && e.N != 0 {
			w.rt.Fatalf("number %d of %d is no repeat", e.N, len(sent))
		}
		return
	}
	first := sent[e.N-1]
	if !bytes.Equal(protocol.AppendOp(nil, first.op), protocol.AppendOp(nil, e.Op)) {
		if v.Code != protocol.CodeConflict {
			w.rt.Fatalf("another op under a used number: %v", v)
		}
		return
	}
	first.verdict.Repeat = true
	if !reflect.DeepEqual(v, first.verdict) {
		w.rt.Fatalf("first %v, repeated %v", first.verdict, v)
	}
}

func reload(rt *rapid.T, s *State) *State {
	loaded, err := Load(s.AppendSnapshot(nil))
	if err != nil {
		rt.Fatalf("%v\n%s", err, s.AppendSnapshot(nil))
	}
	return loaded
}

// sameIndexes compares what is kept up to date with what Load makes from scratch.
func sameIndexes(rt *rapid.T, running, scratch *State) {
	same := func(what string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			rt.Fatalf("%s: running %v, from scratch %v", what, a, b)
		}
	}
	same("size", running.size, scratch.size)
	same("arrows", running.arrows, scratch.arrows)
	same("names", slices.Sorted(maps.Keys(running.names)), slices.Sorted(maps.Keys(scratch.names)))
	same("kept text changes", running.revisionQueue.live, scratch.revisionQueue.live)
	same("kept old values", running.undoQueue.values, scratch.undoQueue.values)
	same("bytes of text changes", running.revisionQueue.bytes, scratch.revisionQueue.bytes)
	same("bytes of old values", running.undoQueue.bytes, scratch.undoQueue.bytes)
	same("kept undos", running.undoQueue.records, scratch.undoQueue.records)
	targets := func(s *State) (ids []protocol.ID) {
		for _, a := range s.targets {
			ids = append(ids, a.ID)
		}
		return ids
	}
	same("targets", targets(running), targets(scratch))
	rings := func(s *State) map[protocol.ID]protocol.ID {
		of := map[protocol.ID]protocol.ID{}
		for id, a := range s.rings {
			of[id] = a.ID
		}
		return of
	}
	same("rings", rings(running), rings(scratch))
	for id, c := range running.clusters {
		if !maps.Equal(c.notes, scratch.clusters[id].notes) {
			rt.Fatalf("notes of a cluster: running %v, from scratch %v", c.notes, scratch.clusters[id].notes)
		}
	}
	for id, p := range running.people {
		same("role", p.role, scratch.people[id].role)
	}
	for _, n := range running.notes {
		same("ring", n.Ring, running.ringOf(n))
	}
}

// TestMergeKeepsMeaning: a merged flush leads where its changes lead, one by one.
func TestMergeKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, chances(rt))
		audience := Audience(rapid.IntRange(0, Audiences-1).Draw(rt, "audience"))
		merged := baseView(w.s, audience)
		for range rapid.IntRange(1, 12).Draw(rt, "flushes") {
			var flush []Projected
			for range 1 + w.rand.IntN(15) {
				e := w.entry()
				v, changes := w.step(e)
				w.remember(e, v)
				for _, c := range changes {
					if p, seen := Project(c, audience); seen {
						flush = append(flush, p)
					}
				}
			}
			before := view{}
			for _, p := range flush {
				before.foldAll(p)
			}
			for _, p := range Merge(flush) {
				merged.fold(p.Change())
			}
			after := view{}
			for _, p := range flush {
				after.foldAll(p)
			}
			if !reflect.DeepEqual(before, after) {
				rt.Fatal("Merge wrote to what it was given")
			}
			if want := baseView(w.s, audience); !reflect.DeepEqual(merged, want) {
				rt.Fatalf("merged to\n%v\nwant\n%v", merged, want)
			}
		}
	})
}

// foldAll folds a change without applying its text edit.
func (v view) foldAll(p Projected) {
	c := p.Change()
	if c.Note != nil && c.Note.Edit != nil {
		note := *c.Note
		note.Edit = nil
		c.Note = &note
	}
	v.fold(c)
}

// TestUndoRedoAlone: whoever is alone on a board can undo all the way back, and redo all the way forward.
func TestUndoRedoAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, chances(rt))
		w.plain = true // a batch of rich changes of one text cannot be undone in it
		olga, writer := idOf("olga"), idOf("olga.1")
		n := uint64(0)
		do := func(op protocol.Op) Verdict {
			n++
			return w.apply(protocol.Entry{Author: olga, Writer: writer, N: n, Op: op})
		}
		shown := func() view { return w.views[AudienceBoard].withoutRevs() }
		for range w.rand.IntN(15) {
			w.apply(protocol.Entry{Author: olga, Op: w.content()}) // no writer: nothing to undo
		}
		states := []view{shown()}
		var undoable []uint64
		for range rapid.IntRange(1, 40).Draw(rt, "ops") {
			var op protocol.Op = w.content()
			if w.chance(4) {
				op = &protocol.Batch{Ops: []protocol.AnyOp{{Op: op}, {Op: w.content()}, {Op: w.content()}, {Op: w.content()}}}
			}
			do(op)
			if records := w.s.people[olga].Records; len(records) > 0 && records[len(records)-1].N == n {
				undoable, states = append(undoable, n), append(states, shown())
			}
		}
		var undone []uint64
		for i := len(undoable) - 1; i >= 0; i-- {
			if v := do(&protocol.Undo{N: undoable[i]}); !v.OK() {
				rt.Fatalf("undo: %v", v)
			}
			undone = append(undone, n)
			if got := shown(); !reflect.DeepEqual(got, states[i]) {
				rt.Fatalf("undone to\n%v\nwant\n%v", got, states[i])
			}
		}
		for i := range undoable {
			if v := do(&protocol.Redo{N: undone[len(undone)-1-i]}); !v.OK() {
				rt.Fatalf("redo: %v", v)
			}
			if got := shown(); !reflect.DeepEqual(got, states[i+1]) {
				rt.Fatalf("redone to\n%v\nwant\n%v", got, states[i+1])
			}
		}
	})
}

// withoutRevs is a copy without the ids of text revisions: an undo makes a new one.
func (v view) withoutRevs() view {
	out := view{}
	for key, fields := range v {
		out[key] = maps.Clone(fields)
		delete(out[key], "rev")
	}
	return out
}

// baseView is the board as a client holds it that just came.
func baseView(s *State, a Audience) view {
	v := view{}
	for p := range s.Base(a) {
		v.fold(p.Change())
	}
	return v
}
