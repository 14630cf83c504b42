package hub

import (
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
)

// crowd puts notes into one cluster, and returns it.
func (g *rig) crowd(author protocol.ID, notes int) protocol.ID {
	g.t.Helper()
	cluster := protocol.NewID(g.rand)
	g.op(author, &protocol.ClusterCreate{Cluster: cluster})
	for notes > 0 {
		part := &protocol.Batch{}
		for range min(notes, protocol.MaxList) {
			note := g.note()
			note.Cluster = cluster
			part.Ops = append(part.Ops, protocol.AnyOp{Op: note})
		}
		g.op(author, part)
		notes -= len(part.Ops)
	}
	return cluster
}

func TestALargeMomentComesInSeveralFramesAndIsResumedAsOne(t *testing.T) {
	const notes, parts = 4000, 2 // some 70 bytes each
	g := newRig(t, Config{})
	ann, ben := g.invite(protocol.RoleContributor), g.invite(protocol.RoleContributor)
	cluster := g.crowd(ann.id, notes)
	_, m := g.enter(ann, protocol.Hello{})
	b, mb := g.enter(ben, protocol.Hello{})
	from := b.copy.at
	move := &protocol.ClusterMove{Cluster: cluster, DX: 1 << 20, DY: -1 << 20}
	b.frames = nil
	g.submit(m, 1, move)
	check := func(s *seat) {
		t.Helper()
		pieces := all[*protocol.Changes](s)
		if len(pieces) != parts {
			t.Fatalf("%d frames", len(pieces))
		}
		moved := 0
		for i, f := range pieces {
			if (f.At != "") != (i == parts-1) || f.Seq != pieces[0].Seq || f.Time != pieces[0].Time {
				t.Errorf("frame %d has seq %d, position %q, time %d", i+1, f.Seq, f.At, f.Time)
			}
			moved += len(f.Changes)
		}
		if moved < notes {
			t.Errorf("%d notes moved", moved)
		}
		g.wantCopy(s, board.AudienceBoard)
	}
	check(b)
	g.r.Detach(mb)

	// Who had no more than half of it comes back from before it, and gets all of it.
	b.copy.at = from
	late, ml := g.attach(ben, protocol.Hello{Writer: b.secret, At: from})
	if g.run(); last[*protocol.Welcome](late).Base != 0 || len(all[*protocol.Changes](late)) != parts {
		t.Fatalf("%+v and %d frames", last[*protocol.Welcome](late), len(all[*protocol.Changes](late)))
	}
	g.r.Detach(ml)

	// The tail is cut between moments, and keeps the newest whatever its size.
	tail := &g.r.streams[board.AudienceBoard]
	tail.push(moment{seq: g.r.flushed + 1, frames: []*Frame{textFrame(1), textFrame(1)}, bytes: 2 * maxTailBytes})
	if frames, _ := tail.since(tail.floor); len(frames) != 2 || tail.floor != g.r.flushed {
		t.Errorf("%d frames behind %d", len(frames), tail.floor)
	}
}

func TestSignalsOfManyComeInSeveralFrames(t *testing.T) {
	var s signals
	const people = 100
	for i := range people {
		drag := protocol.Signal{Kind: protocol.SignalDrag, From: protocol.ID{byte(i)}}
		for range protocol.MaxList {
			drag.Places = append(drag.Places, protocol.Place{ID: protocol.ID{1}, X: -protocol.MaxCoord, Y: -protocol.MaxCoord})
		}
		s.put(new(Member), drag)
	}
	got := 0
	frames := s.take()
	for _, f := range frames {
		if len(f.Payload()) > 512<<10 {
			t.Errorf("a frame of %d bytes", len(f.Payload()))
		}
		read, err := protocol.DecodeServerFrame(f.Payload())
		if err != nil {
			t.Fatal(err)
		}
		got += len(read.(*protocol.Signals).Signals)
	}
	if got != people || len(frames) < 3 || s.take() != nil {
		t.Errorf("%d signals in %d frames", got, len(frames))
	}
}
