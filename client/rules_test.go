package client

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// table is a Core on a scripted connection: the test says what the server sends.
type table struct {
	t    *testing.T
	core *Core
	now  time.Time
	sent []protocol.Frame
	told []Notice
	bye  bool // the core hung up
}

var (
	boardID  = protocol.ID{1}
	meID     = protocol.ID{2}
	writerID = protocol.ID{3}
	noteID   = protocol.ID{4}
	rev0     = protocol.ID{5}
)

func newTable(t *testing.T, opts CoreOptions) *table {
	t.Helper()
	opts.Token, opts.IDs = "token", seeded(1)
	if opts.Jitter == nil {
		opts.Jitter = func() float64 { return 0.5 }
	}
	core, err := NewCore(opts)
	if err != nil {
		t.Fatal(err)
	}
	return &table{t: t, core: core, now: time.Unix(1_000, 0)}
}

// live makes it a live connection of a new writer, on a board with one note.
func live(t *testing.T) *table {
	t.Helper()
	b := newTable(t, CoreOptions{})
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Secret: "secret"}, 1)
	b.base("h/5", "hello")
	b.sent = nil
	return b
}

func (b *table) start() {
	b.core.Start(b.now)
	b.take()
}

func (b *table) take() {
	out := b.core.Take(b.now)
	b.sent = append(b.sent, out.Frames...)
	b.told = append(b.told, out.Notices...)
	b.bye = out.Hangup
}

func (b *table) get(frames ...protocol.Frame) {
	for _, f := range frames {
		b.core.Receive(f, b.now)
		b.take()
	}
}

func (b *table) welcome(w protocol.WriterInfo, base int) {
	b.get(&protocol.Welcome{Version: 1, Board: boardID, Me: meID, Role: protocol.RoleContributor, Writer: &w, Base: base,
		Limits: protocol.Limits{Frame: protocol.MaxFrame, Signals: 40, NoteText: 100}})
}

func (b *table) base(at, text string) {
	rev := rev0
	b.core.ReceiveBase(&protocol.Base{Part: 1, Of: 1, Seq: 5, At: at, Changes: []protocol.Change{
		{Note: &protocol.NoteChange{ID: noteID, Text: &text, Rev: &rev}}}}, b.now)
	b.take()
}

func (b *table) submit(op protocol.Op) Ticket {
	b.t.Helper()
	ticket, err := b.core.Submit(op)
	if err != nil {
		b.t.Fatal(err)
	}
	b.take()
	return ticket
}

func (b *table) pass(d time.Duration) {
	b.now = b.now.Add(d)
	b.take()
}

// numbers returns the number and kind of every op sent since the last call.
func (b *table) numbers() []string {
	var out []string
	for _, f := range b.sent {
		if s, ok := f.(*protocol.Submit); ok {
			for i, op := range s.Ops {
				out = append(out, string(rune('0'+s.N+uint64(i)))+" "+op.Kind())
			}
		}
	}
	b.sent = nil
	return out
}

func (b *table) wantNumbers(want ...string) {
	b.t.Helper()
	if got := b.numbers(); !slices.Equal(got, want) {
		b.t.Fatalf("sent %q, want %q", got, want)
	}
}

func told[T Notice](b *table) []T {
	var out []T
	for _, n := range b.told {
		if n, ok := n.(T); ok {
			out = append(out, n)
		}
	}
	return out
}

func title(s string) protocol.Op { return &protocol.ClusterRename{Cluster: noteID, Title: s} }

func TestOutboxKeepsUntilSavedAndAcked(t *testing.T) { // W3
	b := live(t)
	b.submit(title("a"))
	b.submit(title("b"))
	b.wantNumbers("1 cluster.rename", "2 cluster.rename")
	b.get(&protocol.Own{Saved: 2})
	if got := len(b.core.Outbox()); got != 2 {
		t.Fatalf("saved but not acked: %d in the outbox, want 2", got)
	}
	b.get(&protocol.Own{Acked: 1})
	if got := b.core.Outbox(); len(got) != 1 || got[0].N != 2 {
		t.Fatalf("the outbox is %v, want number 2 alone", got)
	}
	b.get(&protocol.Rewind{Code: protocol.CodeRewound}, &protocol.Own{Acked: 2})
	if got := len(b.core.Outbox()); got != 1 {
		t.Fatalf("an ack from before the rewind counts: %d in the outbox, want 1", got)
	}
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 2}, 1)
	b.base("g/5", "hello")
	b.wantNumbers("2 cluster.rename")
	b.get(&protocol.Own{Acked: 2})
	if got := b.core.Unsaved(); got != 0 {
		t.Fatalf("%d unsaved, want 0", got)
	}
}

func TestResendAfterWelcome(t *testing.T) { // W8, W9
	b := live(t)
	for range 3 {
		b.submit(title("a"))
	}
	b.get(&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeMissing}}})
	b.sent = nil
	if wait, again := b.core.Closed(Cause{Err: errors.New("broken")}, b.now); !again || wait != 250*time.Millisecond {
		t.Fatalf("come back after %v %v, want 250ms true", wait, again)
	}
	b.start()
	hello := b.sent[0].(*protocol.Hello)
	if hello.Writer != "secret" || hello.At != "h/5" {
		t.Fatalf("hello is %+v, want the writer's secret and the position", hello)
	}
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 2}, 0)
	b.wantNumbers("2 cluster.rename", "3 cluster.rename")
	if acks := told[Acked](b); len(acks) != 1 || acks[0].Refused == nil || acks[0].Refused.Code != protocol.CodeMissing {
		t.Fatalf("acks %+v, want one refused as missing", acks)
	}
}

// An ack that runs ahead of what was resubmitted, or of the answers to it, makes no refusal pass for done.
func TestAcksOfWhatWasNotResubmitted(t *testing.T) { // W3, W9
	b := live(t)
	b.submit(title("a"))
	b.submit(title("b"))
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 2}, 1)
	b.sent = nil
	b.get(&protocol.Own{Acked: 2, Saved: 2})
	if acks := told[Acked](b); len(acks) != 0 {
		t.Fatalf("acked %+v before they were resubmitted", acks)
	}
	b.wantNumbers() // nothing before the end of the base
	b.base("h/7", "hello")
	b.wantNumbers("1 cluster.rename", "2 cluster.rename")
	b.get(&protocol.Own{Acked: 1, Saved: 1}, &protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 2, Code: protocol.CodeGone}}})
	acks := told[Acked](b)
	if len(acks) != 2 || acks[0].Refused != nil || acks[1].Refused == nil || acks[1].Refused.Code != protocol.CodeGone {
		t.Fatalf("acked %+v, want the first done and the second gone", acks)
	}
}

func TestWindow(t *testing.T) { // W2
	b := live(t)
	for range protocol.MaxOutstanding + 5 {
		b.submit(title("a"))
	}
	if got := len(b.numbers()); got != protocol.MaxOutstanding {
		t.Fatalf("%d ops submitted, want %d", got, protocol.MaxOutstanding)
	}
	b.get(&protocol.Own{Acked: 3})
	if got := len(b.numbers()); got != 3 {
		t.Fatalf("%d ops submitted after 3 acks, want 3", got)
	}
}

func TestFramesStaySmall(t *testing.T) { // F1
	b := live(t)
	long := make([]byte, 9_000)
	for i := range long {
		long[i] = 'x'
	}
	for i := range 20 {
		b.submit(newNote(protocol.ID{9, byte(i)}, rev0, string(long)))
	}
	for _, f := range b.sent {
		if n := len(protocol.AppendFrame(nil, f)); n > protocol.MaxFrame {
			t.Fatalf("a frame of %d bytes", n)
		}
	}
	if got := len(b.numbers()); got != 20 {
		t.Fatalf("%d ops sent, want 20", got)
	}
}

func TestNotNow(t *testing.T) { // W7
	b := live(t)
	for range 3 {
		b.submit(title("a"))
	}
	b.sent = nil
	b.get(&protocol.NotNow{N: 2, Code: protocol.CodeBusy, Retry: 300}, &protocol.Own{Acked: 1, Saved: 1},
		&protocol.Own{Refused: []protocol.Refused{{N: 3, Code: protocol.CodeGap}}})
	b.submit(title("d"))
	b.pass(299 * time.Millisecond)
	b.wantNumbers()
	if next := b.core.Next(); next != b.now.Add(time.Millisecond) {
		t.Fatalf("Next is in %v, want 1ms", next.Sub(b.now))
	}
	b.pass(time.Millisecond)
	b.wantNumbers("2 cluster.rename", "3 cluster.rename", "4 cluster.rename")
}

func TestNotNowOfWhatHasLeft(t *testing.T) { // W7: an earlier copy of number 1 is saved when its repeat is not taken
	b := live(t)
	b.submit(title("a"))
	b.submit(title("b"))
	b.sent = nil
	b.get(&protocol.Own{Acked: 1, Saved: 1}, &protocol.NotNow{N: 1, Code: protocol.CodeRateLimited, Retry: 100})
	b.pass(100 * time.Millisecond)
	b.wantNumbers("1 void", "2 cluster.rename")
	b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	if got := b.core.Unsaved(); got != 0 {
		t.Fatalf("%d unsaved, want 0", got)
	}
}

func TestGap(t *testing.T) { // W5
	b := live(t)
	b.submit(title("a"))
	b.submit(title("b"))
	b.sent = nil
	b.get(&protocol.Own{Refused: []protocol.Refused{{N: 2, Code: protocol.CodeGap}}})
	b.wantNumbers()
	b.pass(gapRetry)
	b.wantNumbers("1 cluster.rename", "2 cluster.rename")
}

func TestConflict(t *testing.T) { // W5
	b := live(t)
	ticket := b.submit(title("a"))
	b.submit(&protocol.ClusterRename{Cluster: noteID, Title: "b"})
	b.sent = nil
	b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	b.wantNumbers("3 cluster.rename")
	b.get(&protocol.Own{Acked: 3, Saved: 3})
	acks := told[Acked](b)
	if last := acks[len(acks)-1]; last.Ticket != ticket || last.N != 3 || last.Refused != nil {
		t.Fatalf("the op's ack is %+v, want number 3, done", last)
	}
}

func TestGiveUp(t *testing.T) { // W6
	for _, tt := range []struct {
		name    string
		answers []*protocol.Own
		want    protocol.Code
	}{
		{"the void comes first", []*protocol.Own{{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeVoid}}}}, protocol.CodeVoid},
		{"the op came first", []*protocol.Own{{Acked: 1}, {Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}}}, ""},
		{"the op came first, and its ack is not told again", []*protocol.Own{{Acked: 1}, {Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}}}, ""},
		{"the op came first and was refused", []*protocol.Own{{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeGone}}},
			{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}}}, protocol.CodeGone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := live(t)
			ticket := b.submit(title("a"))
			b.sent = nil
			if !b.core.GiveUp(ticket) {
				t.Fatal("too late to give up")
			}
			b.take()
			b.wantNumbers("1 void")
			for _, own := range tt.answers {
				b.get(own)
			}
			var code protocol.Code
			acks := told[Acked](b)
			if len(acks) != 1 {
				t.Fatalf("acks %+v, want one", acks)
			}
			if acks[0].Refused != nil {
				code = acks[0].Refused.Code
			}
			if code != tt.want {
				t.Fatalf("the op is %q, want %q", code, tt.want)
			}
			if b.core.GiveUp(ticket) {
				t.Fatal("gave up what is decided")
			}
		})
	}
}

// An op that an earlier connection brought onto the board is given up too late. Acks of what came behind it do not say
// what became of it: that is asked on another connection.
func TestGiveUpTooLateOnAnEarlierConnection(t *testing.T) { // W6
	b := live(t)
	ticket := b.submit(title("a"))
	if _, again := b.core.Closed(Cause{}, b.now); !again || !b.core.GiveUp(ticket) {
		t.Fatal("too late to give up")
	}
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 0)
	b.submit(title("b"))
	b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	if acks := told[Acked](b); len(acks) != 0 || !b.bye {
		t.Fatalf("acks %+v, hung up %v: want none yet, and another connection", acks, b.bye)
	}
	if _, again := b.core.Closed(Cause{}, b.now); !again {
		t.Fatal("does not come back")
	}
	b.sent = nil
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 2}, 0)
	b.wantNumbers("1 cluster.rename", "2 cluster.rename")
	b.get(&protocol.Own{Acked: 2, Saved: 2, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeGone}}})
	if acks := told[Acked](b); len(acks) != 2 || acks[0].Ticket != ticket || acks[0].Refused == nil || acks[1].Refused != nil {
		t.Fatalf("acks %+v, want the first refused and the second done", acks)
	}
}

// However many ops one answer says were given up too late, one more connection asks what became of all.
func TestGiveUpTooLateOfMany(t *testing.T) { // W6, C10
	b := live(t)
	tickets := []Ticket{b.submit(title("a")), b.submit(title("b")), b.submit(title("c"))}
	b.core.Closed(Cause{}, b.now)
	for _, ticket := range tickets {
		if !b.core.GiveUp(ticket) {
			t.Fatal("too late to give up")
		}
	}
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 3}, 0)
	conflict := func(n uint64) protocol.Refused { return protocol.Refused{N: n, Code: protocol.CodeConflict} }
	b.get(&protocol.Own{Acked: 3, Saved: 3, Refused: []protocol.Refused{conflict(1), conflict(2), conflict(3)}})
	if !b.bye {
		t.Fatal("does not ask on another connection")
	}
	b.core.Closed(Cause{}, b.now)
	b.sent = nil
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 3}, 0)
	b.wantNumbers("1 cluster.rename", "2 cluster.rename", "3 cluster.rename")
	b.get(&protocol.Own{Acked: 3, Saved: 3, Refused: []protocol.Refused{{N: 2, Code: protocol.CodeGone}}})
	if saves := told[Saved](b); len(saves) != 3 || saves[1].Refused == nil || saves[2].Refused != nil || b.bye {
		t.Fatalf("saved %+v, hung up %v: want all three, the second refused", saves, b.bye)
	}
}

// voidOfBefore makes a board that lost an op of which it had said that it stands, and then took a void that was on its way:
// the op was given up when it had landed, was put back, and is asked for on another connection.
func voidOfBefore(t *testing.T) (*table, Ticket) {
	t.Helper()
	b := live(t)
	ticket := b.submit(title("a"))
	if !b.core.GiveUp(ticket) {
		t.Fatal("too late to give up")
	}
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 0)
	b.get(&protocol.Own{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	if !b.bye {
		t.Fatal("does not ask on another connection")
	}
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.sent = nil
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 1)
	b.base("g/5", "hello")
	b.wantNumbers("1 cluster.rename")
	return b, ticket
}

func TestAVoidThatCameFirstAfterAll(t *testing.T) { // W6
	b, ticket := voidOfBefore(t)
	b.get(&protocol.Own{Acked: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	acks := told[Acked](b)
	if len(acks) != 1 || acks[0].Ticket != ticket || acks[0].Refused == nil || acks[0].Refused.Code != protocol.CodeVoid {
		t.Fatalf("acks %+v, want one, refused as void", acks)
	}
	b.get(&protocol.Own{Saved: 1})
	if saves := told[Saved](b); len(saves) != 1 || saves[0].Refused == nil || b.core.Unsaved() != 0 || b.bye {
		t.Fatalf("saved %+v, %d unsaved, hung up %v: want it saved as void", saves, b.core.Unsaved(), b.bye)
	}
}

// Behind a rewind the conflict may be that of a void of before with the op that stands, too.
func TestAVoidThatMayHaveComeFirst(t *testing.T) { // W6, A3
	b, _ := voidOfBefore(t)
	b.get(&protocol.Rewind{Code: protocol.CodeRewound})
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 1)
	b.base("k/5", "hello")
	b.wantNumbers("1 cluster.rename")
	b.get(&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	if acks := told[Acked](b); len(acks) != 0 || !b.bye {
		t.Fatalf("acks %+v, hung up %v: want none, and to be asked anew", acks, b.bye)
	}
	b.core.Closed(Cause{}, b.now)
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 1}, 0)
	b.get(&protocol.Own{Acked: 1, Saved: 1})
	if acks := told[Acked](b); len(acks) != 1 || acks[0].Refused != nil {
		t.Fatalf("acks %+v, want the op done", acks)
	}
}

// The next program knows of the void too: the op does not move to another number, where it would be done all the same.
func TestAVoidThatCameFirstForTheNextProgram(t *testing.T) { // W2, W6
	b, _ := voidOfBefore(t)
	again := b.goOn(1)
	again.base("g/5", "hello")
	again.wantNumbers("1 cluster.rename")
	again.get(&protocol.Own{Acked: 1, Saved: 1, Refused: []protocol.Refused{{N: 1, Code: protocol.CodeConflict}}})
	again.wantNumbers()
	if acks := told[Acked](again); len(acks) != 1 || acks[0].Refused == nil || acks[0].Refused.Code != protocol.CodeVoid {
		t.Fatalf("acks %+v, want it refused as void", acks)
	}
}

// An op that was given up does not go with a new writer: it is done with at once, as the void it became.
func TestGivenUpBeforeANewWriter(t *testing.T) { // W6, W11
	b := live(t)
	ticket := b.submit(title("a"))
	if !b.core.GiveUp(ticket) {
		t.Fatal("too late to give up")
	}
	b.outOfUse(0)
	b.core.Closed(Cause{}, b.now)
	b.newWriter()
	acks, saves := told[Acked](b), told[Saved](b)
	if len(acks) != 1 || acks[0].Ticket != ticket || acks[0].Refused.Code != protocol.CodeVoid {
		t.Errorf("acked %+v, want it refused as void", acks)
	}
	if len(saves) != 1 || saves[0].Ticket != ticket || saves[0].N != 0 || saves[0].Refused.Code != protocol.CodeVoid {
		t.Errorf("saved %+v, want it refused as void, without a number", saves)
	}
	if n := b.core.Unsaved(); n != 0 {
		t.Errorf("%d unsaved", n)
	}
}

// A program that goes on with an outbox and ends before it was welcomed does not know which numbers that outbox has used.
// What it leaves has none: as numbers 1 and 2 they would pass for repeats of what stood there once.
func TestOutboxThatWasNeverWelcomed(t *testing.T) { // W2, W5
	before := newTable(t, CoreOptions{WriterSecret: "old"})
	before.submit(title("a"))
	before.submit(title("b"))
	left := before.core.Outbox()
	if len(left) != 2 || left[0].N != 0 || left[1].N != 0 {
		t.Fatalf("left %+v, want two ops without numbers", left)
	}
	b := newTable(t, CoreOptions{WriterSecret: "old", Outbox: left})
	b.start()
	b.welcome(protocol.WriterInfo{ID: writerID, Last: 6}, 0)
	b.wantNumbers("7 cluster.rename", "8 cluster.rename")
	if _, err := NewCore(CoreOptions{Outbox: []Queued{{Op: title("a")}, {N: 1, Op: title("b")}}}); err == nil {
		t.Fatal("took an outbox of which only some have numbers")
	}
}

func TestSubmitRefusesWhatCanNeverBe(t *testing.T) {
	b := live(t)
	for _, tt := range []struct {
		op   protocol.Op
		want protocol.Code
	}{
		{nil, protocol.CodeEmpty},
		{&protocol.LinkUse{Link: noteID, Participant: meID}, protocol.CodeServerKind},
		{&protocol.Batch{Ops: []protocol.AnyOp{{}}}, protocol.CodeEmpty},
		{&protocol.Batch{}, protocol.CodeEmpty},
		{&protocol.NoteMove{Note: noteID, X: protocol.MaxCoord + 1}, protocol.CodeOutOfRange},
	} {
		_, err := b.core.Submit(tt.op)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Code != tt.want {
			t.Errorf("%+v: %v, want %s", tt.op, err, tt.want)
		}
	}
	if got := b.core.Unsaved(); got != 0 {
		t.Fatalf("%d unsaved, want 0", got)
	}
}

func TestAnOpIsKeptAsItWas(t *testing.T) { // W5: a number never means two things
	b := live(t)
	op := &protocol.ClusterRename{Cluster: noteID, Title: "a"}
	b.submit(op)
	op.Title = "changed by its owner"
	if got := b.core.Outbox()[0].Op.(*protocol.ClusterRename).Title; got != "a" {
		t.Fatalf("the outbox has %q, want a", got)
	}
}
