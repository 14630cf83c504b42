package protocol

import (
	"github.com/denkwand/denkwand/protocol/strictjson"
	"github.com/denkwand/denkwand/protocol/text"
)

// Ref is an ID that may be none, written as the empty string: fields of a change that can be taken away.
type Ref ID

// AppendText appends the id or nothing (encoding.TextAppender).
func (r Ref) AppendText(b []byte) ([]byte, error) {
	if r == (Ref{}) {
		return b, nil
	}
	return ID(r).AppendText(b)
}

// MarshalText returns the id or nothing (encoding.TextMarshaler).
func (r Ref) MarshalText() ([]byte, error) { return r.AppendText(nil) }

// UnmarshalText reads an id or nothing.
func (r *Ref) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = Ref{}
		return nil
	}
	return (*ID)(r).UnmarshalText(b)
}

// Change says which fields of one object became what. Exactly one member is set. Applied in order to what a client
// holds, changes keep it equal to the board as its audience may see it. A field that is absent did not change; in a
// base, where everything is new, an absent field has its zero value.
type Change struct {
	Board       *BoardChange       `json:"board,omitempty"`
	Participant *ParticipantChange `json:"participant,omitempty"`
	Perspective *PerspectiveChange `json:"perspective,omitempty"`
	Note        *NoteChange        `json:"note,omitempty"`
	Cluster     *ClusterChange     `json:"cluster,omitempty"`
	Area        *AreaChange        `json:"area,omitempty"`
	Connector   *ConnectorChange   `json:"connector,omitempty"`
	Link        *LinkChange        `json:"link,omitempty"` // facilitators and owners only
}

// BoardChange is what became of the board itself.
type BoardChange struct {
	Title      *string `json:"title,omitempty"`
	Question   *string `json:"question,omitempty"`
	Language   *string `json:"language,omitempty"`
	Background *string `json:"background,omitempty"`
	Created    *int64  `json:"created,omitempty"` // unix milliseconds
	Deleted    bool    `json:"deleted,omitempty"`
}

// ParticipantChange is what became of a participant.
type ParticipantChange struct {
	ID          ID      `json:"id"`
	Name        *string `json:"name,omitempty"`
	Colour      *uint8  `json:"colour,omitempty"`
	Perspective *Ref    `json:"perspective,omitempty"`
	Role        *Role   `json:"role,omitempty"`
	Left        *bool   `json:"left,omitempty"`
}

// PerspectiveChange is what became of a perspective.
type PerspectiveChange struct {
	ID      ID      `json:"id"`
	Label   *string `json:"label,omitempty"`
	Colour  *uint8  `json:"colour,omitempty"`
	Pattern *uint8  `json:"pattern,omitempty"`
	After   *Ref    `json:"after,omitempty"` // comes right after this one; none: first
}

// NoteChange is what became of a note.
type NoteChange struct {
	ID          ID        `json:"id"`
	Deleted     bool      `json:"deleted,omitempty"` // the note is gone; nothing else is set
	X           *int64    `json:"x,omitempty"`       // left, 1/64 unit
	Y           *int64    `json:"y,omitempty"`       // top
	W           *int64    `json:"w,omitempty"`
	H           *int64    `json:"h,omitempty"`
	Text        *string   `json:"text,omitempty"` // the whole text, at revision Rev; either this or Edit
	Rev         *ID       `json:"rev,omitempty"`
	Edit        *TextEdit `json:"edit,omitempty"`
	Colour      *uint8    `json:"colour,omitempty"`
	Tags        *[]string `json:"tags,omitempty"`
	Perspective *Ref      `json:"perspective,omitempty"`
	Author      *Ref      `json:"author,omitempty"`
	Cluster     *Ref      `json:"cluster,omitempty"`
	Ring        *Ref      `json:"ring,omitempty"`
	Front       *int64    `json:"front,omitempty"`   // higher lies above lower; ties by id
	Created     *int64    `json:"created,omitempty"` // unix milliseconds
}

// TextEdit takes a note's text from the revision that was current to the next.
type TextEdit struct {
	Base ID   `json:"base"`
	Rev  ID   `json:"rev"`
	Runs Runs `json:"runs"`
}

// ClusterChange is what became of a cluster. Which notes are in it stands in the notes.
type ClusterChange struct {
	ID      ID      `json:"id"`
	Deleted bool    `json:"deleted,omitempty"`
	Title   *string `json:"title,omitempty"`
	Order   *int64  `json:"order,omitempty"`   // clusters in order of creation
	Created *int64  `json:"created,omitempty"` // unix milliseconds
}

// AreaChange is what became of a frame or target.
type AreaChange struct {
	ID      ID      `json:"id"`
	Deleted bool    `json:"deleted,omitempty"`
	Form    *string `json:"form,omitempty"`
	Title   *string `json:"title,omitempty"`
	X       *int64  `json:"x,omitempty"` // a frame's left, a target's centre
	Y       *int64  `json:"y,omitempty"`
	W       *int64  `json:"w,omitempty"` // a frame's
	H       *int64  `json:"h,omitempty"`
	Rings   *[]Ring `json:"rings,omitempty"` // a target's
	Front   *int64  `json:"front,omitempty"`
}

// ConnectorChange is what became of a connector.
type ConnectorChange struct {
	ID      ID      `json:"id"`
	Deleted bool    `json:"deleted,omitempty"`
	From    *ID     `json:"from,omitempty"`
	To      *ID     `json:"to,omitempty"`
	Label   *string `json:"label,omitempty"`
}

// LinkChange is what became of a link. The secret is never among it.
type LinkChange struct {
	ID       ID      `json:"id"`
	Role     *Role   `json:"role,omitempty"`
	Label    *string `json:"label,omitempty"`
	Expires  *int64  `json:"expires,omitempty"` // unix milliseconds, 0: never
	Uses     *int64  `json:"uses,omitempty"`    // people it lets in, 0: any number
	Used     *int64  `json:"used,omitempty"`    // people it has let in
	Password *bool   `json:"password,omitempty"`
	Revoked  *bool   `json:"revoked,omitempty"`
	Created  *int64  `json:"created,omitempty"` // unix milliseconds
}

// Runs is a text change on the wire: [5,"abc",-2] keeps five units, inserts abc, deletes two. See package text.
type Runs struct{ text.Change }

// UnmarshalStrict reads the runs (strictjson.Unmarshaler). What package text refuses is refused.
func (r *Runs) UnmarshalStrict(s *strictjson.Scanner) error {
	raw := s.Raw()
	if s.Err() != nil {
		return nil
	}
	change, err := text.Parse(raw)
	r.Change = change
	return err
}

// AppendStrict appends the runs in canonical form (strictjson.Appender).
func (r Runs) AppendStrict(dst []byte) []byte { return r.AppendJSON(dst) }
