package client

import "github.com/denkwand/denkwand/protocol"

// The objects of a View. Places and sizes are in 1/64 of a board unit, times in unix milliseconds by the server's clock,
// an id of zero means none. They are copies, their lists excepted: those are only to be read.

// Cover is what a board says about itself.
type Cover struct {
	Title      string
	Question   string
	Language   string // BCP 47
	Background string
	Created    int64
	Deleted    bool
}

// Participant is a person who joined the board at some time.
type Participant struct {
	ID          protocol.ID
	Name        string
	Colour      uint8 // 1..8
	Perspective protocol.ID
	Role        protocol.Role
	Left        bool
}

// Perspective is a group that people speak for.
type Perspective struct {
	ID      protocol.ID
	Label   string
	Colour  uint8 // 1..8
	Pattern uint8 // 1..8
}

// Note is a sticky note.
type Note struct {
	ID          protocol.ID
	X, Y        int64 // left, top
	W, H        int64
	Text        string // as the board has it; Board.Text has what is being typed here too
	Rev         protocol.ID
	Colour      uint8 // 1..8
	Tags        []string
	Perspective protocol.ID
	Author      protocol.ID
	Cluster     protocol.ID
	Ring        protocol.ID
	Front       int64 // higher lies above lower
	Created     int64
}

// Cluster is a heap of notes; which are in it stands in the notes.
type Cluster struct {
	ID      protocol.ID
	Title   string
	Order   int64 // clusters in order of creation
	Created int64
}

// Area is a frame or a target (protocol.FormFrame, protocol.FormTarget).
type Area struct {
	ID    protocol.ID
	Form  string
	Title string
	X, Y  int64           // a frame's left and top, a target's centre
	W, H  int64           // a frame's
	Rings []protocol.Ring // a target's, smallest first
	Front int64
}

// Connector is an arrow between two objects.
type Connector struct {
	ID       protocol.ID
	From, To protocol.ID
	Label    string
}

// Link is an invitation, as facilitators and owners see it.
type Link struct {
	ID       protocol.ID
	Role     protocol.Role
	Label    string
	Expires  int64 // 0: never
	Uses     int64 // people it lets in, 0: any number
	Used     int64 // people it has let in
	Password bool
	Revoked  bool
	Created  int64
}
