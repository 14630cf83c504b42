package hub

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/journal"
)

func TestPositionReadsBack(t *testing.T) {
	head := journal.Head{Epoch: 3, Seq: 1 << 40, Chain: journal.Chain{1, 2, 3}}
	p := positionOf(testKey, head, board.AudienceBoard)
	got, ok := parsePosition(p.String())
	if !ok || got != p || len(p.String()) != 32 {
		t.Fatalf("%v %v", got, ok)
	}
	for name, q := range map[string]position{
		"another key":      positionOf([]byte("k"), head, board.AudienceBoard),
		"another audience": positionOf(testKey, head, board.AudienceFacilitators),
		"another chain":    positionOf(testKey, journal.Head{Epoch: 3, Seq: 1 << 40}, board.AudienceBoard),
	} {
		if q.equal(p) {
			t.Errorf("%s, the same position", name)
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(p.String())
	for i := range raw {
		if i+3 <= len(raw) && string(raw[i:i+3]) == "\x01\x02\x03" {
			t.Error("the chain stands in the token")
		}
	}
}

func FuzzPosition(f *testing.F) {
	f.Add(positionOf(testKey, journal.Head{Epoch: 1, Seq: 2}, board.AudienceBoard).String())
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := parsePosition(s); ok && p.String() != s {
			t.Errorf("%q is read as %q", s, p)
		}
		var h history
		h.add(position{epoch: 1, seq: 7})
		h.judge(s)
	})
}

func TestHistoryForgetsTheOldest(t *testing.T) {
	var h history
	for seq := range uint64(3*maxMarks + 1) {
		h.add(position{epoch: 1, seq: 2 * seq})
	}
	if len(h.marks) > 2*maxMarks || len(h.marks) < maxMarks {
		t.Fatalf("%d marks", len(h.marks))
	}
	oldest := h.marks[0].seq
	tests := []struct {
		seq  uint64
		want fit
	}{{6 * maxMarks, fitsOn}, {oldest, fitsOn}, {oldest - 2, fitsOld}, {6*maxMarks - 1, fitsOff}, {6*maxMarks + 1, fitsOff}}
	for _, test := range tests {
		if seq, got := h.judge(position{epoch: 1, seq: test.seq}.String()); got != test.want || got == fitsOn && seq != test.seq {
			t.Errorf("seq %d: %d, want %d", test.seq, got, test.want)
		}
	}
}

func TestBucket(t *testing.T) {
	now := time.UnixMilli(1e12)
	var b bucket
	for range 10 {
		if b.take(now, 1, 5, 10) != 0 {
			t.Fatal("no burst")
		}
	}
	if wait := b.take(now, 1, 5, 10); wait < 199*time.Millisecond || wait > 201*time.Millisecond {
		t.Fatalf("wait %v", wait)
	}
	now = now.Add(time.Second)
	for i := range 5 {
		if b.take(now, 1, 5, 10) != 0 {
			t.Fatalf("op %d of the next second", i)
		}
	}
	if b.take(now, 1, 5, 10) == 0 {
		t.Fatal("a sixth")
	}
	if b.take(now.Add(-time.Hour), 1, 5, 10) == 0 {
		t.Fatal("a clock that jumps back gives something")
	}
	now = now.Add(time.Hour)
	if b.take(now, 256, 5, 10) != 0 {
		t.Fatal("a large batch never gets through")
	}
	if wait := b.take(now, 1, 5, 10); wait < 49*time.Second || wait > 50*time.Second {
		t.Fatalf("wait %v behind a large batch", wait)
	}
}

func TestPace(t *testing.T) {
	var p Pace
	now := time.UnixMilli(1e12)
	if p.Due().After(now) {
		t.Error("the first flush waits")
	}
	p.Flushed(now)
	for took, want := range map[time.Duration]time.Duration{
		0: minGap, time.Millisecond: minGap, 10 * time.Millisecond: 15 * time.Millisecond, time.Second: maxGap,
	} {
		if p.FannedOut(took); p.Due().Sub(now) != want {
			t.Errorf("after a fan-out of %v: %v", took, p.Due().Sub(now))
		}
	}
}

func TestFlushAtOnceWhenIdleAndInOneWhenBusy(t *testing.T) {
	g := newRig(t, Config{})
	s, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.now = g.now.Add(time.Second)
	s.frames = nil
	frames := func() int { return len(all[*protocol.Changes](s)) }
	g.send(m, 1, g.note())
	g.r.Step(g.now)
	g.answer(g.drafts[0])
	g.drafts = nil
	if g.r.Step(g.now); frames() != 1 {
		t.Fatalf("%d frames at once", frames())
	}
	flushed := g.now
	g.r.FannedOut(8 * time.Millisecond) // the next flush is 12 ms away
	for n := range uint64(3) {
		g.send(m, 2+n, g.note())
		if g.r.Step(g.now); len(g.drafts) != 0 {
			t.Fatal("busy, and the group does not wait for more")
		}
	}
	if due := g.r.Next().Sub(flushed); due != 12*time.Millisecond-appendLead {
		t.Fatalf("the group goes in %v", due)
	}
	g.now = g.r.Next()
	if g.r.Step(g.now); len(g.drafts) != 1 || g.drafts[0].Count != 3 {
		t.Fatalf("%d groups", len(g.drafts))
	}
	g.answer(g.drafts[0])
	g.drafts = nil
	if g.r.Step(g.now); frames() != 1 {
		t.Fatalf("%d frames while busy", frames())
	}
	if due := g.r.Next().Sub(flushed); due != 12*time.Millisecond {
		t.Fatalf("due in %v", due)
	}
	g.now = g.r.Next()
	g.r.Step(g.now)
	if got := all[*protocol.Changes](s); len(got) != 2 || len(got[1].Changes) != 3 {
		t.Fatalf("%d frames", len(got))
	}
	if own := all[*protocol.Own](s); len(own) != 2 || own[1].Acked != 4 {
		t.Fatalf("%d own frames", len(own))
	}
}

func TestAFullGroupDoesNotWait(t *testing.T) {
	g := newRig(t, Config{})
	_, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.r.FannedOut(time.Second)
	for n := range uint64(journal.MaxGroupEntries) {
		g.send(m, 1+n, g.note())
	}
	if g.r.Step(g.now); len(g.drafts) != 1 {
		t.Fatal("a full group waits")
	}
}

func TestSignals(t *testing.T) {
	g := newRig(t, Config{Cursors: 2})
	ann, ben := g.invite(protocol.RoleContributor), g.invite(protocol.RoleViewer)
	a, ma := g.enter(ann, protocol.Hello{})
	b, mb := g.enter(ben, protocol.Hello{Watch: true})
	if here := all[*protocol.Signals](a); len(here) == 0 || here[len(here)-1].Signals[0].Kind != protocol.SignalHere || here[len(here)-1].Signals[0].From != ben.id {
		t.Fatalf("ann hears %v", here)
	}
	b.frames = nil
	cursor := func(x int64) protocol.Signal {
		return protocol.Signal{Kind: protocol.SignalCursor, X: ptr(x), Y: ptr(int64(0))}
	}
	g.r.Signal(g.now, ma, &protocol.Signals{Signals: []protocol.Signal{cursor(1), cursor(2), {Kind: protocol.SignalSelection}}})
	g.r.Signal(g.now, ma, &protocol.Signals{Signals: []protocol.Signal{cursor(3)}})
	g.run()
	got := all[*protocol.Signals](b)
	if len(got) != 1 || len(got[0].Signals) != 2 || *got[0].Signals[0].X != 3 || got[0].Signals[0].From != ann.id {
		t.Fatalf("ben gets %+v", got)
	}
	b.frames = nil
	for i := range int64(100) { // faster than 40 a second
		g.r.Signal(g.now, ma, &protocol.Signals{Signals: []protocol.Signal{cursor(i)}})
	}
	g.run()
	if got := last[*protocol.Signals](b); *got.Signals[0].X != 35 || a.bye != nil {
		t.Fatalf("the last of 40 in a second is %d", *got.Signals[0].X)
	}
	g.enter(ben, protocol.Hello{Watch: true}) // a crowd
	g.now = g.now.Add(time.Minute)
	b.frames = nil
	g.r.Signal(g.now, ma, &protocol.Signals{Signals: []protocol.Signal{cursor(1), {Kind: protocol.SignalTyping}}})
	g.run()
	if got := last[*protocol.Signals](b); len(got.Signals) != 1 || got.Signals[0].Kind != protocol.SignalTyping {
		t.Fatalf("in a crowd %+v", got)
	}
	a.frames = nil
	g.r.Detach(mb)
	if g.run(); len(a.frames) != 0 {
		t.Fatal("gone although another connection is there")
	}
	before := g.head.Seq
	g.r.Signal(g.now, ma, &protocol.Signals{Signals: []protocol.Signal{{Kind: protocol.SignalCursor}}})
	a.wantBye(protocol.CodeMalformed)
	if g.run(); g.head.Seq != before {
		t.Error("a signal went into the log")
	}
	if got := last[*protocol.Signals](b); got.Signals[0].Kind == protocol.SignalGone {
		t.Error("the ended connection hears of it")
	}
}

func TestGroupsKeepTheJournalsLimits(t *testing.T) {
	g := newRig(t, Config{Limits: protocol.Limits{Ops: 1e6, Burst: 1e6, Outstanding: 1000}, ParticipantOps: 1e6, Backlog: 64 << 20})
	_, m := g.enter(g.invite(protocol.RoleContributor), protocol.Hello{})
	g.hold = true
	n := uint64(1)
	g.submit(m, n, &protocol.Void{}) // in flight
	big := make([]byte, 9000)
	for i := range big {
		big[i] = 'x'
	}
	for range 100 {
		n++
		note := g.note()
		note.Text = string(big)
		g.send(m, n, note)
	}
	for range 200 {
		n++
		g.send(m, n, &protocol.Void{})
	}
	g.hold = false
	before := len(g.log)
	g.run()
	for _, group := range g.log[before:] {
		if entries := group.Last - group.First + 1; entries > journal.MaxGroupEntries || len(group.Body) > journal.MaxGroupBytes {
			t.Errorf("a group of %d entries, %d bytes", entries, len(group.Body))
		}
	}
	if writer, _ := g.r.State().Writer(m.Writer()); writer.Last != n || len(g.log)-before > 9 {
		t.Errorf("%d of %d ops in %d groups", writer.Last, n, len(g.log)-before)
	}
}

func TestDoWithoutAConnection(t *testing.T) {
	g := newRig(t, Config{})
	ann := g.invite(protocol.RoleContributor)
	viewer := g.invite(protocol.RoleViewer)
	s, m := g.enter(ann, protocol.Hello{})
	do := func(author, writer protocol.ID, n uint64, ops ...protocol.Op) (all []Outcome) {
		var any []protocol.AnyOp
		for _, op := range ops {
			any = append(any, protocol.AnyOp{Op: op})
		}
		g.r.Do(g.now, author, writer, n, any, func(o Outcome) { all = append(all, o) })
		g.run()
		return all
	}
	note := g.note()
	got := do(ann.id, m.Writer(), 1, note, &protocol.NoteMove{Note: note.Note, X: protocol.MaxCoord + 1})
	if len(got) != 2 || !got[0].Verdict.OK() || got[0].Seq != g.head.Seq-1 || got[0].Head != g.head || got[1].Verdict.Code != protocol.CodeOutOfRange {
		t.Fatalf("%+v", got)
	}
	if own := last[*protocol.Own](s); own != nil { // it hears of what it submitted itself
		t.Errorf("the writer's connection hears %+v", own)
	}
	if got := do(ann.id, m.Writer(), 1, note); !got[0].Verdict.Repeat || !got[0].Verdict.OK() {
		t.Fatalf("again: %+v", got)
	}
	if got := do(viewer.id, protocol.ID{}, 0, g.note()); got[0].Verdict.Code != protocol.CodeForbidden {
		t.Fatalf("a viewer: %+v", got)
	}
	g.fail = []error{journal.ErrRefused}
	if got := do(ann.id, protocol.ID{}, 0, g.note()); got[0].Err.(*NotNow).Code != protocol.CodeStorageFull {
		t.Fatalf("refused: %+v", got)
	}
	if got := do(ann.id, protocol.ID{}, 0, g.note(), g.note()); len(got) != 2 || got[1].Err.(*NotNow).Code != protocol.CodeStorageFull {
		t.Fatalf("frozen: %+v", got)
	}
	g.now = g.now.Add(time.Minute)
	g.fail = []error{journal.ErrUnknown}
	if got := do(ann.id, protocol.ID{}, 0, g.note()); got[0].Err.(*protocol.Error).Code != protocol.CodeUnavailable {
		t.Fatalf("unknown: %+v", got)
	}
}

func TestUpwardFindsTheWritersConnection(t *testing.T) {
	g := newRig(t, Config{})
	ann, ben := g.invite(protocol.RoleContributor), g.invite(protocol.RoleContributor)
	s, _ := g.enter(ann, protocol.Hello{})
	submit := &protocol.Submit{N: 1, Ops: []protocol.AnyOp{{Op: g.note()}}}
	if code := g.r.Upward(g.now, ben.token, "x", submit); code != protocol.CodeWriterUnknown {
		t.Error(code)
	}
	upward := func(p person) protocol.Code {
		code := g.r.Upward(g.now, p.token, auth.Secret(s.secret), submit)
		g.run()
		return code
	}
	if code := upward(ben); code != protocol.CodeWriterUnknown {
		t.Errorf("someone else's writer: %q", code)
	}
	if code := upward(ann); code != "" || last[*protocol.Own](s).Acked != 1 {
		t.Errorf("%q", code)
	}
	g.r.Detach(g.r.members[0])
	if code := upward(ann); code != protocol.CodeHelloFirst {
		t.Errorf("without a connection: %q", code)
	}
}
