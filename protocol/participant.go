package protocol

// ParticipantJoin lets a person onto the board by a link. It consumes a use of the link in the same step, so a link
// for three lets three in however many try at once.
type ParticipantJoin struct {
	Participant ID     `json:"participant"`
	Token       []byte `json:"token"` // SHA-256 of the participant token
	Link        ID     `json:"link"`
	Name        string `json:"name"`
	Colour      uint8  `json:"colour,omitempty"`     // 1..8; 0: given by order of joining
	Perspective ID     `json:"perspective,omitzero"` // absent: none yet
}

// Kind returns "participant.join".
func (*ParticipantJoin) Kind() string { return "participant.join" }

// Check checks name, colour and hash.
func (o *ParticipantJoin) Check() error {
	return firstError(checkHash(o.Token), checkName(o.Name), checkColour(o.Colour, 0))
}

// ParticipantRename names a participant: oneself, or with the facilitator's role another.
type ParticipantRename struct {
	Participant ID     `json:"participant,omitzero"` // absent: oneself
	Name        string `json:"name"`
}

// Kind returns "participant.rename".
func (*ParticipantRename) Kind() string { return "participant.rename" }

// Check checks the name.
func (o *ParticipantRename) Check() error { return checkName(o.Name) }

// ParticipantColour gives oneself a colour.
type ParticipantColour struct {
	Colour uint8 `json:"colour"` // 1..8
}

// Kind returns "participant.colour".
func (*ParticipantColour) Kind() string { return "participant.colour" }

// Check checks the colour.
func (o *ParticipantColour) Check() error { return checkColour(o.Colour, 1) }

// ParticipantPerspective puts oneself into a perspective, or with the facilitator's role another. Notes already
// written keep theirs.
type ParticipantPerspective struct {
	Participant ID `json:"participant,omitzero"` // absent: oneself
	Perspective ID `json:"perspective,omitzero"` // absent: none
}

// Kind returns "participant.perspective".
func (*ParticipantPerspective) Kind() string { return "participant.perspective" }

// Check accepts every perspective.
func (*ParticipantPerspective) Check() error { return nil }

// ParticipantLeave takes oneself off the board for good, or with the facilitator's role removes another. Notes stay.
type ParticipantLeave struct {
	Participant ID `json:"participant,omitzero"` // absent: oneself
}

// Kind returns "participant.leave".
func (*ParticipantLeave) Kind() string { return "participant.leave" }

// Check accepts every participant.
func (*ParticipantLeave) Check() error { return nil }

// WriterRegister makes a tab's outbox known to the board. Its numbers begin at 1.
type WriterRegister struct {
	Writer ID     `json:"writer"`
	Secret []byte `json:"secret"` // SHA-256 of the resume secret
}

// Kind returns "writer.register".
func (*WriterRegister) Kind() string { return "writer.register" }

// Check checks the hash.
func (o *WriterRegister) Check() error { return checkHash(o.Secret) }
