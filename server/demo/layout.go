package demo

import (
	"cmp"
	"math"
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// noteSize is a note's width and height, the small size.
const noteSize = 112 * protocol.Unit

// layout is where things of a session are put on the board: the target around the origin, each cluster a sector of it,
// each note inside its ring.
type layout struct {
	ringSize []int64          // half-width by ring, core first
	ringAt   map[string]int   // ring key -> index
	places   map[string]place // note key -> where it ends
	trays    map[string]place // note key -> where its author writes it first
}

type place struct{ x, y int64 } // top left corner, 1/64 unit

// newLayout computes the places. Radii are measured as the ring rule measures them (a target is 10 wide to 7 high), so
// that a note whose radius lies between two rings lies between them by the rule.
func newLayout(s *Session) layout {
	rings := slices.Clone(s.Rings)
	slices.SortStableFunc(rings, func(a, b Ring) int { return cmp.Compare(a.Order, b.Order) })
	l := layout{ringAt: map[string]int{}, places: map[string]place{}, trays: map[string]place{}}
	inRing := make([]int, len(rings))
	for i, r := range rings {
		l.ringAt[r.Key] = i
	}
	for _, n := range s.Notes {
		if n.Ring != nil {
			inRing[l.ringAt[*n.Ring]]++
		}
	}
	// Each ring is wide enough for its notes with air around them, and for a note between two lines.
	outer := 0.0
	for _, count := range inRing {
		area := float64(max(count, 4)) * 3.2 * noteSize * noteSize / (math.Pi * 0.7)
		outer = math.Max(math.Sqrt(outer*outer+area), outer+2*noteSize)
		l.ringSize = append(l.ringSize, min(int64(outer), protocol.MaxSize))
	}
	sector := map[string]int{}
	for i, c := range s.Clusters {
		sector[c.Key] = i
	}
	sectors := len(s.Clusters) + 1 // the last one is for notes of no cluster
	placed := map[[2]int]int{}
	for i, n := range s.Notes {
		at := sectors - 1
		if n.Cluster != nil {
			at = sector[*n.Cluster]
		}
		ring := len(rings) // outside the target
		if n.Ring != nil {
			ring = l.ringAt[*n.Ring]
		}
		k := placed[[2]int{at, ring}]
		placed[[2]int{at, ring}]++
		l.places[n.Key] = l.inside(ring, at, sectors, k)
		l.trays[n.Key] = l.tray(i)
	}
	return l
}

// inside returns the k-th place in a ring's part of a sector. Two rows across the ring, five places along each, then
// again between those.
func (l layout) inside(ring, sector, sectors, k int) place {
	inner, outer := 0.0, 0.0
	if ring > 0 {
		inner = float64(l.ringSize[ring-1])
	}
	if ring < len(l.ringSize) {
		outer = float64(l.ringSize[ring])
	} else {
		outer = inner + 4*noteSize
	}
	row := 0.3 + 0.45*float64(k%2)
	along := math.Mod(0.1+0.382*float64(k/2), 0.8) + 0.1
	radius := inner + (outer-inner)*row
	angle := 2 * math.Pi * (float64(sector) + along) / float64(sectors)
	cx, cy := radius*math.Cos(angle), 0.7*radius*math.Sin(angle)
	return place{x: int64(cx) - noteSize/2, y: int64(cy) - noteSize/2}
}

// tray returns where the i-th note is written, before it is placed: rows above the target.
func (l layout) tray(i int) place {
	const perRow = 14
	top := -float64(noteSize) * 3
	if n := len(l.ringSize); n > 0 {
		top -= 0.7 * float64(l.ringSize[n-1])
	}
	step := int64(noteSize * 5 / 4)
	return place{x: int64(i%perRow-perRow/2) * step, y: int64(top) - int64(i/perRow)*step}
}

// firstNames are given to participants in order; from the next round on with a number.
var firstNames = []string{
	"Noor", "Daan", "Fatima", "Sem", "Julia", "Mohammed", "Ilse", "Thijs", "Amira", "Bram", "Lotte", "Youssef",
	"Sanne", "Jurre", "Priya", "Willem", "Eva", "Kofi", "Marit", "Ravi", "Hanna", "Gijs", "Zeynep", "Pieter",
}
