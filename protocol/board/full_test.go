package board

import (
	"fmt"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

// fill makes a board full: of notes whose text takes twice its length in a snapshot, and of bytes that it only claims.
func (c *crowd) fill() (notes []*note) {
	for range 10 {
		notes = append(notes, c.note(protocol.ID{}, strings.Repeat("\n", protocol.MaxNoteText)))
	}
	c.pad = protocol.MaxState + 1 - c.s.size
	c.s.size += c.pad
	return notes
}

func (c *crowd) join(name string) (protocol.ID, Verdict) {
	id := c.id()
	v := c.apply(protocol.Entry{Op: &protocol.ParticipantJoin{Participant: id, Token: secretOf(name), Link: idOf("link"), Name: name}})
	return id, v
}

// TestFullBoard: on a board without room people come in, read, shorten and delete, and then there is room again.
func TestFullBoard(t *testing.T) {
	c := newCrowd(t)
	notes := c.fill()
	add := func() protocol.Code {
		return c.try(&protocol.NoteCreate{Note: c.id(), W: 4096, H: 4096, Rev: c.id()}).Code
	}
	if code := add(); code != protocol.CodeBoardFull {
		t.Fatalf("one more: %q", code)
	}
	c.do(&protocol.NoteMove{Note: notes[0].ID, X: 9})

	var members []protocol.ID
	for i := range 20 {
		id, v := c.join(fmt.Sprint("p", i))
		if !v.OK() {
			t.Fatalf("joining: %s", verdictText(v))
		}
		members = append(members, id)
	}
	before := c.s.Size()
	for i := range 40 { // the first writer of a person is as good as on any board; the ninth takes a place
		secret := secretOf(fmt.Sprint("w", i))
		if v := c.apply(protocol.Entry{Author: members[0], Op: &protocol.WriterRegister{Writer: c.id(), Secret: secret}}); !v.OK() {
			t.Fatalf("writer %d: %s", i, verdictText(v))
		}
	}
	p := c.s.people[members[0]]
	if len(p.Writers) != fullWriters || len(p.Pruned) != fullWriters || c.s.Size()-before > 40*idSize+2*fullWriters*256 {
		t.Errorf("%d writers and %d pruned, %d bytes", len(p.Writers), len(p.Pruned), c.s.Size()-before)
	}
	for _, op := range []protocol.Op{
		&protocol.LinkCreate{Link: idOf("second"), Secret: secretOf("second"), Role: protocol.RoleOwner},
		&protocol.LinkUse{Link: idOf("second"), Participant: members[1]},
		&protocol.LinkRevoke{Link: idOf("second")},
		&protocol.LinkRecover{Link: idOf("third"), Secret: secretOf("third"), Was: secretOf("code"), Recovery: secretOf("code 2")},
	} {
		if v := c.apply(protocol.Entry{Op: op}); !v.OK() {
			t.Errorf("%s: %s", op.Kind(), verdictText(v))
		}
	}
	// The recovery took everybody's role: the owner comes in anew.
	if v := c.apply(protocol.Entry{Op: &protocol.LinkUse{Link: idOf("third"), Participant: idNoor}}); !v.OK() {
		t.Fatal(verdictText(v))
	}

	n := notes[1]
	text := func(change string) protocol.Code {
		return c.try(&protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: c.id(), Runs: parse(t, change)}).Code
	}
	if code := text(`[9999,"xyz",-1]`); code != protocol.CodeBoardFull {
		t.Errorf("writing more: %q", code)
	}
	if code := text(`[9999,-1]`); code != "" {
		t.Errorf("taking a letter out: %q", code)
	}

	deleted := 0
	for ; add() == protocol.CodeBoardFull; deleted++ {
		if deleted == 5 {
			t.Fatalf("%d notes were deleted and the board is still full", deleted)
		}
		c.do(&protocol.NoteDelete{Note: notes[2+deleted].ID})
	}
	c.reloads()
}

// TestNotEvenTheReserve: beyond the reserve people come in, and things and people go, nothing else.
func TestNotEvenTheReserve(t *testing.T) {
	c := newCrowd(t)
	n := c.note(protocol.ID{}, "")
	c.do(&protocol.ClusterCreate{Cluster: idOf("c")})
	c.s.size += protocol.MaxState + reserve
	refused := []protocol.Op{
		&protocol.NoteMove{Note: n.ID, X: 1}, &protocol.BoardQuestion{Question: "?"}, &protocol.Undo{N: c.n},
		&protocol.Batch{Ops: []protocol.AnyOp{{Op: &protocol.NoteDelete{Note: n.ID}}}},
		&protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: c.id(), Runs: parse(t, "[]")},
	}
	for _, op := range refused {
		if v := c.try(op); v.Code != protocol.CodeBoardFull {
			t.Errorf("%s: %s", op.Kind(), verdictText(v))
		}
	}
	member, v := c.join("Ben")
	if !v.OK() {
		t.Errorf("joining: %s", verdictText(v))
	}
	if v := c.apply(protocol.Entry{Author: member, Op: &protocol.WriterRegister{Writer: c.id(), Secret: secretOf("w")}}); !v.OK() {
		t.Errorf("a writer: %s", verdictText(v))
	}
	for _, op := range []protocol.Op{&protocol.NoteDelete{Note: n.ID}, &protocol.ClusterDelete{Cluster: idOf("c")},
		&protocol.ParticipantLeave{Participant: member}, &protocol.BoardDelete{}} {
		c.do(op)
	}
}

// TestVerdictsOfBatches: what became of a batch's parts is told again as it was told first, and weighs little when they
// all ended alike.
func TestVerdictsOfBatches(t *testing.T) {
	c := newCrowd(t)
	n := c.note(protocol.ID{}, "")
	unknown := c.id()
	before := c.s.Size()
	var ops []protocol.Op
	var told []string
	for i := range protocol.MaxOutstanding {
		b := &protocol.Batch{}
		for part := range protocol.MaxList {
			id := unknown
			if i == 7 && part%2 == 0 {
				id = n.ID
			}
			b.Ops = append(b.Ops, protocol.AnyOp{Op: &protocol.NoteFront{Note: id}})
		}
		ops, told = append(ops, b), append(told, verdictText(c.try(b)))
	}
	if grown := c.s.Size() - before; grown > 64*40+256*16+256 {
		t.Errorf("%d bytes for the verdicts", grown)
	}
	c.reloads()
	loaded, err := Load(c.s.AppendSnapshot(nil))
	if err != nil {
		t.Fatal(err)
	}
	c.s = loaded
	for i, op := range ops {
		v := c.apply(protocol.Entry{Author: idNoor, Writer: idNoor1, N: c.n - uint64(len(ops)-1-i), Op: op})
		if !v.Repeat {
			t.Errorf("batch %d: no repeat", i)
		}
		v.Repeat = false
		if got := verdictText(v); got != told[i] {
			t.Errorf("batch %d: first %s, then %s", i, told[i], got)
		}
	}
}

// TestKeptBytesAreBounded: what is kept so that it can be taken back or rewritten does not outweigh the board.
func TestKeptBytesAreBounded(t *testing.T) {
	c := newCrowd(t)
	n := c.note(protocol.ID{}, "")
	empty, page := parse(t, "[-10000]"), parse(t, `["`+longText+`"]`)
	for i := range 1000 {
		runs := page
		if i%2 == 1 {
			runs = empty
		}
		if i%100 == 0 { // more than one note keeps
			n = c.note(protocol.ID{}, "")
		}
		c.do(&protocol.NoteText{Note: n.ID, Base: n.Rev, Rev: c.id(), Runs: runs})
		if c.s.revisionQueue.bytes > maxRevisionBytes || c.s.undoQueue.bytes > maxOldBytes {
			t.Fatalf("%d bytes of revisions, %d of old values", c.s.revisionQueue.bytes, c.s.undoQueue.bytes)
		}
	}
	if c.s.revisionQueue.bytes < maxRevisionBytes/2 {
		t.Errorf("%d bytes of revisions: nothing had to go", c.s.revisionQueue.bytes)
	}
	c.reloads()
}

// TestManyLinksOfOne: of the links that somebody came by those are remembered that give the most.
func TestManyLinksOfOne(t *testing.T) {
	c := newCrowd(t)
	ben, v := c.join("Ben")
	if !v.OK() {
		t.Fatal(verdictText(v))
	}
	for i := range 3 * maxCameBy {
		id := c.id()
		for _, op := range []protocol.Op{
			&protocol.LinkCreate{Link: id, Secret: secretOf(fmt.Sprint(i)), Role: protocol.RoleViewer},
			&protocol.LinkUse{Link: id, Participant: ben},
		} {
			if v := c.apply(protocol.Entry{Op: op}); !v.OK() {
				t.Fatalf("%s: %s", op.Kind(), verdictText(v))
			}
		}
		if !c.s.UsedLink(ben, id) || c.s.Role(ben) != protocol.RoleOwner {
			t.Fatalf("after %d links: used %v, %v", i, c.s.UsedLink(ben, id), c.s.Role(ben))
		}
	}
	if got := len(c.s.people[ben].Links); got != maxCameBy {
		t.Errorf("%d links remembered", got)
	}
	c.reloads()
}
