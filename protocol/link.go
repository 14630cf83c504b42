package protocol

// LinkCreate makes an invitation. The secret itself is shown once to its maker and never stored.
type LinkCreate struct {
	Link     ID     `json:"link"`
	Secret   []byte `json:"secret"` // SHA-256 of the secret in the link's fragment
	Role     Role   `json:"role"`
	Label    string `json:"label,omitempty"`    // for the maker's list
	Expires  int64  `json:"expires,omitempty"`  // unix milliseconds; 0: never
	Uses     int64  `json:"uses,omitempty"`     // people it lets in; 0: any number
	Password string `json:"password,omitempty"` // argon2id string
}

// Kind returns "link.create".
func (*LinkCreate) Kind() string { return "link.create" }

// Check checks hash, role, label and limits.
func (o *LinkCreate) Check() error {
	if o.Role == RoleNone {
		return CodeBadRole.Errorf("a link gives a role")
	}
	if o.Expires < 0 || o.Uses < 0 || o.Uses > MaxParticipants {
		return CodeOutOfRange.Errorf("expires and uses are not negative, uses at most %d", MaxParticipants)
	}
	if len(o.Password) > 200 {
		return CodeOutOfRange.Errorf("a password's hash has at most 200 bytes")
	}
	return firstError(checkHash(o.Secret), checkLine(o.Label, MaxName))
}

// LinkUse lets a participant who is on the board already use another link too: its role is then the highest of those
// that hold. A link used before costs nothing.
type LinkUse struct {
	Link        ID `json:"link"`
	Participant ID `json:"participant"`
}

// Kind returns "link.use".
func (*LinkUse) Kind() string { return "link.use" }

// Check accepts every link.
func (*LinkUse) Check() error { return nil }

// LinkRevoke withdraws a link, also for those inside: whoever has no other link loses its role with it.
type LinkRevoke struct {
	Link ID `json:"link"`
}

// Kind returns "link.revoke".
func (*LinkRevoke) Kind() string { return "link.revoke" }

// Check accepts every link.
func (*LinkRevoke) Check() error { return nil }

// LinkRecover is what the owner's recovery code does: a new owner link, and every other owner link withdrawn.
type LinkRecover struct {
	Link     ID     `json:"link"`
	Secret   []byte `json:"secret"`   // SHA-256 of the new link's secret
	Was      []byte `json:"was"`      // SHA-256 of the recovery code that was used: of two who use it at once, one does
	Recovery []byte `json:"recovery"` // SHA-256 of the next recovery code: a code works once
}

// Kind returns "link.recover".
func (*LinkRecover) Kind() string { return "link.recover" }

// Check checks the hashes.
func (o *LinkRecover) Check() error {
	return firstError(checkHash(o.Secret), checkHash(o.Was), checkHash(o.Recovery))
}
