package hub

import (
	"fmt"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// void is a transport that takes everything and does nothing, so that only this package is measured.
type void struct{}

func (void) TryWrite(p []byte) (int, error)    { return len(p), nil }
func (void) Write(p []byte, _ time.Time) error { return nil }
func (void) Close(int, string)                 {}

// BenchmarkFanOut measures what one flush costs for a connection, beside the write itself: queue, wake-up, join.
func BenchmarkFanOut(b *testing.B) {
	for _, conns := range []int{50, 500} {
		b.Run(fmt.Sprint(conns, " connections"), func(b *testing.B) {
			done := make(chan struct{}, 1)
			f := NewFlusher(func(time.Duration) { done <- struct{}{} })
			defer f.Stop()
			m := new(Metrics)
			outboxes := make([]*Outbox, conns)
			for i := range outboxes {
				outboxes[i] = NewOutbox(void{}, WebSocket, 0, f, m)
			}
			frame, own := textFrame(400), textFrame(30)
			b.ReportAllocs()
			for b.Loop() {
				for i, o := range outboxes {
					if i%10 == 0 {
						o.Queue(frame, own)
					} else {
						o.Queue(frame)
					}
				}
				f.Kick()
				<-done
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*conns), "ns/delivery")
		})
	}
}

// BenchmarkRoom measures what one op costs a room from submit to the frames, without journal and sockets: 50 writers
// move notes, ops come in groups of ten.
func BenchmarkRoom(b *testing.B) {
	for _, conns := range []int{50, 500} {
		b.Run(fmt.Sprint(conns, " connections"), func(b *testing.B) {
			g := newRig(b, Config{Limits: protocol.Limits{Ops: 1e9, Burst: 1e9}, ParticipantOps: 1e9, BoardOps: 1e9, Connections: 1000})
			f := NewFlusher(nil)
			defer f.Stop()
			m := new(Metrics)
			members := make([]*Member, conns)
			for i := range members {
				p := g.invite(protocol.RoleContributor)
				hello := &protocol.Hello{Version: 1, Token: p.token.Reveal(), Watch: i >= 50}
				members[i], _ = g.r.Attach(g.now, NewOutbox(void{}, WebSocket, 0, f, m), hello)
				g.run()
			}
			note := g.note()
			g.send(members[0], 1, note)
			g.run()
			n := make([]uint64, 50)
			n[0] = 1
			b.ReportAllocs()
			ops := 0
			for b.Loop() {
				for range 10 {
					w := ops % 50
					n[w]++
					g.send(members[w], n[w], &protocol.NoteMove{Note: note.Note, X: int64(ops % 1000)})
					ops++
				}
				g.now = g.now.Add(10 * time.Millisecond)
				g.run()
				g.log = []journal.Group(nil)
				f.Kick()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(ops), "ns/op-submitted")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(ops*conns), "ns/delivery")
		})
	}
}
