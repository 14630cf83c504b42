package servertest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// TestLookingBack reads a board's past by the Go SDK: by entry, by time, and step by step over more steps than one answer
// holds.
func TestLookingBack(t *testing.T) {
	p := newParty(t, func(c *server.Config) {
		c.Hub.Limits = protocol.Limits{Ops: 100_000, Burst: 100_000}
		c.Hub.ParticipantOps, c.Hub.BoardOps, c.Hub.SealEntries = 100_000, 100_000, 500
	})
	rest := p.owner.REST()
	before, err := rest.State(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	board := p.open(p.owner)
	const notes = 1300
	for range notes {
		if _, err := board.Submit(&protocol.NoteCreate{Note: protocol.RandomID(), W: 12800, H: 9600, Rev: protocol.RandomID()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := board.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, err := rest.State(t.Context(), 0)
	if err != nil || len(now.Notes()) != notes || now.Seq() != before.Seq()+notes+1 { // the writer is an entry too
		t.Fatalf("%d notes at %d, %v", len(now.Notes()), now.Seq(), err)
	}
	for _, back := range []uint64{1, 250, 499, 500, 501, 1299} {
		then, err := rest.State(t.Context(), now.Seq()-back)
		if err != nil || len(then.Notes()) != notes-int(back) {
			t.Errorf("%d entries ago: %d notes, %v", back, len(then.Notes()), err)
		}
	}
	_, err = rest.State(t.Context(), now.Seq()+1)
	refused(t, err, http.StatusNotFound, protocol.CodeNoSuchMoment)

	var times []int64
	answers := 0
	for from := uint64(1); from != 0; answers++ {
		steps, next, err := rest.Changes(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range steps {
			if s.Seq != from+uint64(i) {
				t.Fatalf("step %d is entry %d", from+uint64(i), s.Seq)
			}
			times = append(times, s.Time)
		}
		if next != 0 && next != from+uint64(len(steps)) {
			t.Fatalf("behind %d steps from %d: %d", len(steps), from, next)
		}
		from = next
	}
	if answers != 2 || uint64(len(times)) != now.Seq() {
		t.Errorf("%d steps in %d answers, the board has %d entries", len(times), answers, now.Seq())
	}
	for _, seq := range []int{2, 600, len(times) - 1} {
		at := times[seq-1]
		last := seq // the last entry of that millisecond
		for last < len(times) && times[last] == at {
			last++
		}
		then, err := rest.StateAt(t.Context(), time.UnixMilli(at))
		if err != nil || then.Seq() != uint64(last) {
			t.Errorf("at the time of entry %d: entry %d, want %d, %v", seq, then.Seq(), last, err)
		}
	}
	_, err = rest.StateAt(t.Context(), time.UnixMilli(times[0]-1))
	refused(t, err, http.StatusNotFound, protocol.CodeNoSuchMoment)
}
