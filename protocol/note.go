package protocol

// NoteCreate puts a note on the board. Its perspective, and its colour if none is given, are its author's at that
// moment and do not follow later changes of the author.
type NoteCreate struct {
	Note    ID       `json:"note"`
	X       int64    `json:"x"` // left, 1/64 unit
	Y       int64    `json:"y"` // top, 1/64 unit
	W       int64    `json:"w"` // width, 1/64 unit
	H       int64    `json:"h"` // height, 1/64 unit
	Text    string   `json:"text,omitempty"`
	Rev     ID       `json:"rev"`              // names the text's first revision
	Colour  uint8    `json:"colour,omitempty"` // 1..8; 0: the author's
	Tags    []string `json:"tags,omitempty"`
	Cluster ID       `json:"cluster,omitzero"` // joins it at once
}

// Kind returns "note.create".
func (*NoteCreate) Kind() string { return "note.create" }

// Check checks place, size, text, colour and tags.
func (o *NoteCreate) Check() error {
	return firstError(checkPlace(o.X, o.Y), checkSize(o.W, o.H), checkText(o.Text, MaxNoteText),
		checkColour(o.Colour, 0), checkTags(o.Tags))
}

// NoteText changes a note's text: a change on a named revision, which the server merges with what came since.
type NoteText struct {
	Note ID   `json:"note"`
	Base ID   `json:"base"` // the revision the change was made on
	Rev  ID   `json:"rev"`  // the revision it makes
	Runs Runs `json:"runs"` // keep, delete and insert runs over the whole text of Base
}

// Kind returns "note.text".
func (*NoteText) Kind() string { return "note.text" }

// Check refuses a revision that names itself as its base; the runs were checked when they were read.
func (o *NoteText) Check() error {
	if o.Base == o.Rev {
		return CodeSameRevision.Errorf("base and rev are one id")
	}
	return nil
}

// NoteMove moves a note.
type NoteMove struct {
	Note ID    `json:"note"`
	X    int64 `json:"x"`
	Y    int64 `json:"y"`
}

// Kind returns "note.move".
func (*NoteMove) Kind() string { return "note.move" }

// Check checks the place.
func (o *NoteMove) Check() error { return checkPlace(o.X, o.Y) }

// NoteResize gives a note a size, and a place, since most corners move it too.
type NoteResize struct {
	Note ID    `json:"note"`
	X    int64 `json:"x"`
	Y    int64 `json:"y"`
	W    int64 `json:"w"`
	H    int64 `json:"h"`
}

// Kind returns "note.resize".
func (*NoteResize) Kind() string { return "note.resize" }

// Check checks place and size.
func (o *NoteResize) Check() error { return firstError(checkPlace(o.X, o.Y), checkSize(o.W, o.H)) }

// NoteRecolour colours a note, on a board without perspectives.
type NoteRecolour struct {
	Note   ID    `json:"note"`
	Colour uint8 `json:"colour"` // 1..8
}

// Kind returns "note.recolour".
func (*NoteRecolour) Kind() string { return "note.recolour" }

// Check checks the colour.
func (o *NoteRecolour) Check() error { return checkColour(o.Colour, 1) }

// NoteTag sets a note's tags, all of them.
type NoteTag struct {
	Note ID       `json:"note"`
	Tags []string `json:"tags"`
}

// Kind returns "note.tag".
func (*NoteTag) Kind() string { return "note.tag" }

// Check checks number, length and characters of the tags.
func (o *NoteTag) Check() error { return checkTags(o.Tags) }

// NoteFront brings a note before all others.
type NoteFront struct {
	Note ID `json:"note"`
}

// Kind returns "note.front".
func (*NoteFront) Kind() string { return "note.front" }

// Check accepts every note.
func (*NoteFront) Check() error { return nil }

// NoteBack puts a note behind all others.
type NoteBack struct {
	Note ID `json:"note"`
}

// Kind returns "note.back".
func (*NoteBack) Kind() string { return "note.back" }

// Check accepts every note.
func (*NoteBack) Check() error { return nil }

// NoteDelete deletes a note and the connectors at it. Its id stays taken.
type NoteDelete struct {
	Note ID `json:"note"`
}

// Kind returns "note.delete".
func (*NoteDelete) Kind() string { return "note.delete" }

// Check accepts every note.
func (*NoteDelete) Check() error { return nil }

// NoteRestore brings a deleted note back as it was, while the board still keeps it.
type NoteRestore struct {
	Note ID `json:"note"`
}

// Kind returns "note.restore".
func (*NoteRestore) Kind() string { return "note.restore" }

// Check accepts every note.
func (*NoteRestore) Check() error { return nil }
