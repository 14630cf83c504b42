package board

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// hash is a SHA-256, of a secret.
type hash [sha256.Size]byte

// IsZero reports whether there is none.
func (h hash) IsZero() bool { return h == hash{} }

// AppendText appends the hash in base64url.
func (h hash) AppendText(b []byte) ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(b, h[:]), nil
}

var errHash = errors.New("board: not a hash")

// UnmarshalText reads a hash in base64url.
func (h *hash) UnmarshalText(b []byte) error {
	var buf [sha256.Size + 3]byte // the decoder may write a little past the end
	if len(b) != base64.RawURLEncoding.EncodedLen(len(h)) {
		return errHash
	}
	n, err := base64.RawURLEncoding.Strict().Decode(buf[:], b)
	if err != nil || n != len(h) {
		return errHash
	}
	copy(h[:], buf[:])
	return nil
}
