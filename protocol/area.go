package protocol

// Forms of an area.
const (
	FormFrame  = "frame"  // a titled rectangle
	FormTarget = "target" // concentric ellipses, 10 wide to 7 high, each with a name
)

// Ring is one ellipse of a target: half-width Size, half-height 7/10 of it, around the target's centre.
type Ring struct {
	ID    ID     `json:"id"`
	Label string `json:"label"`
	Size  int64  `json:"size"` // half-width, 1/64 unit
}

// AreaCreate puts a frame or a target on the board.
type AreaCreate struct {
	Area  ID     `json:"area"`
	Form  string `json:"form"` // FormFrame or FormTarget
	Title string `json:"title,omitempty"`
	X     int64  `json:"x"`               // a frame's left, a target's centre
	Y     int64  `json:"y"`               // a frame's top, a target's centre
	W     int64  `json:"w,omitempty"`     // a frame's width
	H     int64  `json:"h,omitempty"`     // a frame's height
	Rings []Ring `json:"rings,omitempty"` // a target's rings, smallest first
}

// Kind returns "area.create".
func (*AreaCreate) Kind() string { return "area.create" }

// Check checks form, title, place, and size or rings.
func (o *AreaCreate) Check() error {
	if err := firstError(checkLine(o.Title, MaxTitle), checkPlace(o.X, o.Y)); err != nil {
		return err
	}
	switch {
	case o.Form == FormFrame && len(o.Rings) == 0:
		return checkSize(o.W, o.H)
	case o.Form == FormTarget && o.W == 0 && o.H == 0:
		return checkRings(o.Rings)
	}
	return CodeBadForm.Errorf("a frame has a size, a target has rings")
}

// AreaRename titles an area.
type AreaRename struct {
	Area  ID     `json:"area"`
	Title string `json:"title"`
}

// Kind returns "area.rename".
func (*AreaRename) Kind() string { return "area.rename" }

// Check checks the title.
func (o *AreaRename) Check() error { return checkLine(o.Title, MaxTitle) }

// AreaMove moves an area. Moving a target gives the notes on it their rings anew.
type AreaMove struct {
	Area ID    `json:"area"`
	X    int64 `json:"x"`
	Y    int64 `json:"y"`
}

// Kind returns "area.move".
func (*AreaMove) Kind() string { return "area.move" }

// Check checks the place.
func (o *AreaMove) Check() error { return checkPlace(o.X, o.Y) }

// AreaResize gives a frame place and size. A target's size is that of its rings (AreaRings).
type AreaResize struct {
	Area ID    `json:"area"`
	X    int64 `json:"x"`
	Y    int64 `json:"y"`
	W    int64 `json:"w"`
	H    int64 `json:"h"`
}

// Kind returns "area.resize".
func (*AreaResize) Kind() string { return "area.resize" }

// Check checks place and size.
func (o *AreaResize) Check() error { return firstError(checkPlace(o.X, o.Y), checkSize(o.W, o.H)) }

// AreaRings sets a target's rings, all of them. A ring that keeps its id stays the same ring under a new name or size.
type AreaRings struct {
	Area  ID     `json:"area"`
	Rings []Ring `json:"rings"` // smallest first
}

// Kind returns "area.rings".
func (*AreaRings) Kind() string { return "area.rings" }

// Check checks number, order, size and names of the rings.
func (o *AreaRings) Check() error { return checkRings(o.Rings) }

// AreaFront brings an area before all other areas.
type AreaFront struct {
	Area ID `json:"area"`
}

// Kind returns "area.front".
func (*AreaFront) Kind() string { return "area.front" }

// Check accepts every area.
func (*AreaFront) Check() error { return nil }

// AreaBack puts an area behind all other areas.
type AreaBack struct {
	Area ID `json:"area"`
}

// Kind returns "area.back".
func (*AreaBack) Kind() string { return "area.back" }

// Check accepts every area.
func (*AreaBack) Check() error { return nil }

// AreaDelete deletes an area and the connectors at it; notes stay where they are.
type AreaDelete struct {
	Area ID `json:"area"`
}

// Kind returns "area.delete".
func (*AreaDelete) Kind() string { return "area.delete" }

// Check accepts every area.
func (*AreaDelete) Check() error { return nil }
