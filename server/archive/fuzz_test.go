package archive

import (
	"bytes"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
)

// resummed makes the last four bytes the right checksum, or nothing behind it would ever be reached.
func resummed(b []byte) []byte { return appendSum(bytes.Clone(b[:max(0, len(b)-4)])) }

func FuzzSegment(f *testing.F) {
	h := newHistory(1)
	f.Add(encodeSegment(kindSegment, testBoard, 1, h.more(1, 0)))
	f.Add(encodeSegment(kindSegment, testBoard, 1, h.more(4, 50)))
	f.Add(encodeSegment(kindSegment, testBoard, 1, h.more(2, 3000)))
	f.Add(golden(f, "v1-segment"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, blob := range [][]byte{b, resummed(b)} {
			s, err := decodeSegment(kindSegment, testBoard, blob)
			if err != nil {
				continue
			}
			head := journal.Head{Epoch: s.groups[0].Epoch, Seq: s.first() - 1, Chain: s.prev, Time: s.groups[0].Time}
			for _, g := range s.groups {
				if !follows(g, head) {
					t.Fatalf("the group at %d does not follow", g.First)
				}
				head = g.Head()
			}
			again, err := decodeSegment(kindSegment, testBoard, encodeSegment(kindSegment, testBoard, s.created, s.groups))
			if err != nil || !sameGroups(again.groups, s.groups) {
				t.Fatalf("written again it reads %v", err)
			}
		}
	})
}

// FuzzFrames reaches what the compression hides from FuzzSegment.
func FuzzFrames(f *testing.F) {
	h := newHistory(1)
	f.Add(reframe(h.more(1, 0)))
	f.Add(reframe(h.more(3, 20)))
	f.Add([]byte{0, 0, 0, 3, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, content []byte) {
		for rest := content; len(rest) > 0; {
			g, next, err := cutFrame(rest)
			if err != nil {
				return
			}
			if len(next) >= len(rest) || !bytes.Equal(appendFrame(nil, g), rest[:len(rest)-len(next)]) {
				t.Fatalf("the frame of %d does not come back", g.First)
			}
			rest = next
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	head := journal.Head{Epoch: 1, Seq: 9, Chain: journal.Chain{1}, Time: 5}
	f.Add(encodeSnapshot(testBoard, head, nil))
	f.Add(encodeSnapshot(testBoard, head, bytes.Repeat([]byte("state "), 500)))
	f.Add(golden(f, "v1-snapshot"))
	f.Add([]byte("dnkws"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, blob := range [][]byte{b, resummed(b)} {
			got, state, err := decodeSnapshot(testBoard, 9, blob)
			if err != nil {
				continue
			}
			again, stateAgain, err := decodeSnapshot(testBoard, 9, encodeSnapshot(testBoard, got, state))
			if err != nil || again != got || !bytes.Equal(stateAgain, state) {
				t.Fatalf("written again it reads %v", err)
			}
		}
	})
}
