package protocol

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
)

// ID names a board, object, participant, writer, link or text revision: 128 random bits.
// The zero ID means "none" and is never written where an id is required.
type ID [16]byte

// IDLen is the number of characters of an ID's one spelling: base64url without padding.
const IDLen = 22

// ErrID is returned for text that is not the one spelling of a non-zero ID.
var ErrID = errors.New("protocol: not an id (22 characters base64url)")

// NewID draws an ID from r, which the server and clients set to crypto/rand and simulations to a seeded source.
// It panics when r fails: an id that is not random must never leave.
func NewID(r io.Reader) ID {
	var id ID
	for id.IsZero() {
		if _, err := io.ReadFull(r, id[:]); err != nil {
			panic("protocol: no randomness: " + err.Error())
		}
	}
	return id
}

// RandomID draws an ID from crypto/rand.
func RandomID() ID { return NewID(rand.Reader) }

// ParseID reads the one spelling of an ID. Another spelling of the same bits (padding, set trailing bits, the standard
// alphabet) and the zero ID are ErrID, so that two strings are one object exactly when they are equal.
func ParseID[T string | []byte](s T) (ID, error) {
	var id ID
	if len(s) != IDLen {
		return ID{}, ErrID
	}
	var buf [IDLen]byte
	copy(buf[:], s)
	if n, err := strictBase64.Decode(id[:], buf[:]); err != nil || n != len(id) || id.IsZero() {
		return ID{}, ErrID
	}
	return id, nil
}

var strictBase64 = base64.RawURLEncoding.Strict()

// IsZero reports whether the ID is "none".
func (id ID) IsZero() bool { return id == ID{} }

// String returns the one spelling.
func (id ID) String() string {
	var buf [IDLen]byte
	strictBase64.Encode(buf[:], id[:])
	return string(buf[:])
}

// AppendText appends the one spelling to b (encoding.TextAppender).
func (id ID) AppendText(b []byte) ([]byte, error) { return strictBase64.AppendEncode(b, id[:]), nil }

// MarshalText returns the one spelling (encoding.TextMarshaler).
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// UnmarshalText reads the one spelling (encoding.TextUnmarshaler).
func (id *ID) UnmarshalText(b []byte) error {
	got, err := ParseID(b)
	if err != nil {
		return err
	}
	*id = got
	return nil
}
