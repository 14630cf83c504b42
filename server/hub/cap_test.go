package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

func TestWhoAsksForABoardThatDoesNotExistDrivesNoneOut(t *testing.T) {
	bubble(t, Config{Boards: 1}, func(t *testing.T, b *bed) {
		w := b.wall()
		<-time.After(time.Second) // it is idle then
		for range 10 {
			if _, err := b.join(wall{id: protocol.RandomID()}, w.owner, nil); codeOf(err) != protocol.CodeBoardUnknown {
				t.Fatalf("%v", err)
			}
		}
		if b.sealed(w.id) != 0 || b.metrics.Boards.Load() != 1 || len(b.Hub.slots) != 1 {
			t.Errorf("sealed %d times, %d boards, %d slots", b.sealed(w.id), b.metrics.Boards.Load(), len(b.Hub.slots))
		}
	})
}

func TestABoardThatIsWantedMeanwhileStaysAndAnotherLeaves(t *testing.T) {
	for _, test := range []struct {
		name   string
		boards int
		want   protocol.Code
	}{
		{"there is another", 2, ""},
		{"there is none", 1, protocol.CodeBoardsFull},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, Config{Boards: test.boards}, func(t *testing.T, b *bed) {
				late := b.wall() // and then driven out
				<-time.After(time.Second)
				idlest := b.wall()
				var others []wall
				for len(others) < test.boards-1 {
					<-time.After(time.Second)
					others = append(others, b.wall())
				}
				release := make(chan struct{})
				go b.View(t.Context(), idlest.id, func(*board.State, journal.Head) { <-release })
				synctest.Wait()
				joined, came := make(chan error, 1), make(chan error, 1)
				go func() {
					_, err := b.join(idlest, idlest.owner, nil)
					joined <- err
				}()
				synctest.Wait()
				go func() {
					_, err := b.join(late, late.owner, nil)
					came <- err
				}()
				synctest.Wait()
				close(release)
				if err := <-joined; err != nil {
					t.Errorf("who joined the idlest board: %v", err)
				}
				began := time.Now()
				if err := <-came; codeOf(err) != test.want || err != nil && test.want == "" {
					t.Errorf("who waited for its place: %v", err)
				}
				if waited := time.Since(began); waited > time.Second {
					t.Errorf("waited %v", waited)
				}
				for _, w := range others {
					if b.sealed(w.id) != 1 {
						t.Errorf("the other board was sealed %d times", b.sealed(w.id))
					}
				}
			})
		})
	}
}
