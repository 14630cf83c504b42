package protocol

// PerspectiveAdd adds a group that people speak for: a department, a centre.
type PerspectiveAdd struct {
	Perspective ID     `json:"perspective"`
	Label       string `json:"label"`
	Colour      uint8  `json:"colour,omitempty"`  // 1..8; 0: the next free pair
	Pattern     uint8  `json:"pattern,omitempty"` // 1..8; 0: the next free pair
	After       ID     `json:"after,omitzero"`    // comes after this one; absent: last
}

// Kind returns "perspective.add".
func (*PerspectiveAdd) Kind() string { return "perspective.add" }

// Check checks label, colour and pattern.
func (o *PerspectiveAdd) Check() error {
	return firstError(checkName(o.Label), checkColour(o.Colour, 0), checkPattern(o.Pattern, 0))
}

// PerspectiveRename names a perspective.
type PerspectiveRename struct {
	Perspective ID     `json:"perspective"`
	Label       string `json:"label"`
}

// Kind returns "perspective.rename".
func (*PerspectiveRename) Kind() string { return "perspective.rename" }

// Check checks the label.
func (o *PerspectiveRename) Check() error { return checkName(o.Label) }

// PerspectiveRecolour gives a perspective its colour and its pattern: the pattern is what tells them apart for those
// who cannot tell the colours.
type PerspectiveRecolour struct {
	Perspective ID    `json:"perspective"`
	Colour      uint8 `json:"colour"`  // 1..8
	Pattern     uint8 `json:"pattern"` // 1..8
}

// Kind returns "perspective.recolour".
func (*PerspectiveRecolour) Kind() string { return "perspective.recolour" }

// Check checks colour and pattern.
func (o *PerspectiveRecolour) Check() error {
	return firstError(checkColour(o.Colour, 1), checkPattern(o.Pattern, 1))
}
