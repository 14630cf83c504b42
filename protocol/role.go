package protocol

// Role says what a participant may do. A participant has the highest role of the links it came by that still hold.
type Role uint8

// Roles, weakest first: each may do all that the ones before it may.
const (
	RoleNone        Role = iota // nobody: every link withdrawn, or left
	RoleViewer                  // sees the board
	RoleContributor             // writes, moves, clusters
	RoleFacilitator             // sets the board up, invites and removes people
	RoleOwner                   // deletes the board, makes owners
)

var roleNames = [...]string{"none", "viewer", "contributor", "facilitator", "owner"}

// String returns the role's word on the wire.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "none"
}

// AppendText appends the role's word (encoding.TextAppender).
func (r Role) AppendText(b []byte) ([]byte, error) { return append(b, r.String()...), nil }

// MarshalText returns the role's word (encoding.TextMarshaler).
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a role's word.
func (r *Role) UnmarshalText(b []byte) error {
	for i, name := range roleNames {
		if name == string(b) {
			*r = Role(i)
			return nil
		}
	}
	return CodeBadRole.Errorf("%q", b)
}
