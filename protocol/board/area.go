package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// area is a titled frame, or a target with rings.
type area struct {
	ID      protocol.ID     `json:"id"`
	Author  protocol.ID     `json:"author,omitzero"`
	Form    string          `json:"form"`
	Title   string          `json:"title,omitempty"`
	X       int64           `json:"x"`
	Y       int64           `json:"y"`
	W       int64           `json:"w,omitempty"`
	H       int64           `json:"h,omitempty"`
	Rings   []protocol.Ring `json:"rings,omitempty"` // smallest first
	Front   int64           `json:"front"`
	LifeAt  uint64          `json:"lifeAt,omitempty"`
	TitleAt uint64          `json:"titleAt"`
	PlaceAt uint64          `json:"placeAt"`
	SizeAt  uint64          `json:"sizeAt"`
	RingsAt uint64          `json:"ringsAt"`
	FrontAt uint64          `json:"frontAt"`
	Shared  bool            `json:"shared,omitempty"` // somebody other than its author changed it, or joined it
}

func (a *area) weight() int {
	n := 300 + written(a.Title)
	for _, ring := range a.Rings {
		n += 64 + written(ring.Label)
	}
	return n
}

func (a *area) isTarget() bool { return a.Form == protocol.FormTarget }

// changedAt returns when anything of it was changed last.
func (a *area) changedAt() uint64 {
	return max(a.TitleAt, a.PlaceAt, a.SizeAt, a.RingsAt, a.FrontAt)
}

// area returns a living area, or why there is none.
func (s *State) area(id protocol.ID) (*area, protocol.Code) {
	a := s.areas[id]
	if a == nil {
		return nil, s.absent(id)
	}
	return a, ""
}

// reworks marks an area as one that somebody other than its author has a part in.
func (s *State) reworks(a *area) {
	if a.Author != s.author() {
		a.Shared = true
	}
}

func (s *State) areaCreate(op *protocol.AreaCreate) protocol.Code {
	if code := s.room(op.Area); code != "" {
		return code
	}
	for _, ring := range op.Rings {
		if ring.ID == op.Area || s.used(ring.ID) {
			return protocol.CodeTaken
		}
	}
	a := &area{ID: op.Area, Author: s.author(), Form: op.Form, Title: op.Title, X: op.X, Y: op.Y, W: op.W, H: op.H,
		Rings: op.Rings, Front: int64(s.seq), LifeAt: s.seq, TitleAt: s.seq, PlaceAt: s.seq, SizeAt: s.seq,
		RingsAt: s.seq, FrontAt: s.seq}
	if !s.fits(a) {
		return protocol.CodeBoardFull
	}
	for _, ring := range a.Rings {
		s.rings[ring.ID] = a
	}
	s.replaces(old{Field: areaLife, Object: a.ID, Now: s.seq})
	s.size += a.weight()
	s.placeArea(a)
	return ""
}

// fits says whether there may be one more target, if the area is one: every note that moves asks all of them.
func (s *State) fits(a *area) bool {
	return !a.isTarget() || len(s.targets) < protocol.MaxTargets
}

// placeArea puts an area that is whole onto the board.
func (s *State) placeArea(a *area) {
	s.areas[a.ID] = a
	s.emit(protocol.Change{Area: a.whole()})
	if a.isTarget() {
		s.addTarget(a)
		s.shifts(a)
	}
}

func (a *area) whole() *protocol.AreaChange {
	v := *a
	c := &protocol.AreaChange{ID: v.ID, Form: &v.Form, Title: &v.Title, X: &v.X, Y: &v.Y, Front: &v.Front}
	if v.isTarget() {
		c.Rings = &v.Rings
	} else {
		c.W, c.H = &v.W, &v.H
	}
	return c
}

func (s *State) areaRename(op *protocol.AreaRename) protocol.Code {
	a, code := s.area(op.Area)
	if code != "" {
		return code
	}
	s.reworks(a)
	s.titleArea(a, op.Title, s.seq)
	return ""
}

func (s *State) titleArea(a *area, title string, stamp uint64) {
	s.replaces(old{Field: areaTitle, Object: a.ID, Before: a.TitleAt, Now: stamp, Text: a.Title})
	a.TitleAt = stamp
	if a.Title == title {
		return
	}
	s.size += written(title) - written(a.Title)
	a.Title = title
	s.emit(protocol.Change{Area: &protocol.AreaChange{ID: a.ID, Title: &title}})
}

func (s *State) areaMove(op *protocol.AreaMove) protocol.Code {
	a, code := s.area(op.Area)
	if code != "" {
		return code
	}
	s.reworks(a)
	s.moveArea(a, op.X, op.Y, s.seq)
	return ""
}

func (s *State) moveArea(a *area, x, y int64, stamp uint64) {
	s.replaces(old{Field: areaPlace, Object: a.ID, Before: a.PlaceAt, Now: stamp, A: a.X, B: a.Y})
	a.PlaceAt = stamp
	if a.X == x && a.Y == y {
		return
	}
	a.X, a.Y = x, y
	s.emit(protocol.Change{Area: &protocol.AreaChange{ID: a.ID, X: &x, Y: &y}})
	if a.isTarget() {
		s.shifts(a)
	}
}

func (s *State) areaResize(op *protocol.AreaResize) protocol.Code {
	a, code := s.area(op.Area)
	if code != "" {
		return code
	}
	if a.isTarget() {
		return protocol.CodeBadForm
	}
	s.reworks(a)
	s.resizeArea(a, op.W, op.H, s.seq)
	s.moveArea(a, op.X, op.Y, s.seq) // a second change, which the page sees in the same moment
	return ""
}

func (s *State) resizeArea(a *area, w, h int64, stamp uint64) {
	s.replaces(old{Field: areaSize, Object: a.ID, Before: a.SizeAt, Now: stamp, A: a.W, B: a.H})
	a.SizeAt = stamp
	if a.W == w && a.H == h {
		return
	}
	a.W, a.H = w, h
	s.emit(protocol.Change{Area: &protocol.AreaChange{ID: a.ID, W: &w, H: &h}})
}

func (s *State) areaRings(op *protocol.AreaRings) protocol.Code {
	a, code := s.area(op.Area)
	if code != "" {
		return code
	}
	if !a.isTarget() {
		return protocol.CodeBadForm
	}
	for _, ring := range op.Rings {
		if s.rings[ring.ID] != a && s.used(ring.ID) {
			return protocol.CodeTaken
		}
	}
	s.reworks(a)
	s.setRings(a, op.Rings, s.seq)
	return ""
}

func (s *State) setRings(a *area, rings []protocol.Ring, stamp uint64) {
	s.replaces(old{Field: areaRings, Object: a.ID, Before: a.RingsAt, Now: stamp, Rings: a.Rings})
	a.RingsAt = stamp
	if slices.Equal(a.Rings, rings) {
		return
	}
	s.size -= a.weight()
	for _, ring := range a.Rings {
		delete(s.rings, ring.ID)
	}
	for _, ring := range rings {
		s.rings[ring.ID] = a
	}
	for _, ring := range a.Rings {
		if s.rings[ring.ID] == nil {
			s.bury(ring.ID) // an undo may bring it back, nobody else may use it
		}
	}
	a.Rings = rings
	s.size += a.weight()
	s.emit(protocol.Change{Area: &protocol.AreaChange{ID: a.ID, Rings: &rings}})
	s.shifts(a)
}

func (s *State) areaFront(op *protocol.AreaFront) protocol.Code {
	return s.areaLies(op.Area, int64(s.seq))
}

func (s *State) areaBack(op *protocol.AreaBack) protocol.Code {
	return s.areaLies(op.Area, -int64(s.seq))
}

func (s *State) areaLies(id protocol.ID, front int64) protocol.Code {
	a, code := s.area(id)
	if code != "" {
		return code
	}
	s.reworks(a)
	s.layArea(a, front, s.seq)
	return ""
}

func (s *State) layArea(a *area, front int64, stamp uint64) {
	s.replaces(old{Field: areaFront, Object: a.ID, Before: a.FrontAt, Now: stamp, A: a.Front})
	a.FrontAt = stamp
	if a.Front == front {
		return
	}
	if a.isTarget() {
		s.removeTarget(a)
	}
	a.Front = front
	s.emit(protocol.Change{Area: &protocol.AreaChange{ID: a.ID, Front: &front}})
	if a.isTarget() {
		s.addTarget(a)
		s.shifts(a)
	}
}

func (s *State) areaDelete(op *protocol.AreaDelete) protocol.Code {
	a, code := s.area(op.Area)
	if code != "" {
		return code
	}
	s.deleteArea(a, s.seq)
	return ""
}

// deleteArea takes an area off the board, and the connectors at it first. Its rings keep their ids.
func (s *State) deleteArea(a *area, stamp uint64) {
	arrows := s.deleteArrows(a.ID)
	s.replaces(old{Field: areaLife, Object: a.ID, Before: a.LifeAt, Now: stamp, A: 1})
	a.LifeAt = stamp
	delete(s.areas, a.ID)
	if a.isTarget() {
		s.removeTarget(a)
	}
	s.entomb(a.ID, &tombstone{Area: a, Arrows: arrows})
	s.emit(protocol.Change{Area: &protocol.AreaChange{ID: a.ID, Deleted: true}})
	if a.isTarget() {
		s.shifts(a)
	}
}

func (s *State) restoreArea(a *area, stamp uint64) {
	s.exhume(a.ID)
	s.replaces(old{Field: areaLife, Object: a.ID, Before: a.LifeAt, Now: stamp})
	a.LifeAt = stamp
	s.placeArea(a)
}
