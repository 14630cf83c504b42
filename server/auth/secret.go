// Package auth turns what people hold (the secret in a link, a participant token, an outbox's resume secret, a recovery
// code, a password) into what the board keeps, which is only ever a hash; and it slows down those who guess.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"io"
	"log/slog"
	"strings"

	"github.com/denkwand/denkwand/protocol"
)

// Hash is the SHA-256 of a secret of 128 random bits or more. No slow hash is needed for those, and equality of hashes
// tells nothing useful about the secrets.
type Hash [sha256.Size]byte

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

// Secret is text that whoever holds it is let in by. It prints as a placeholder, so that no log or error shows it.
type Secret string

// String returns a placeholder; Reveal returns the secret.
func (Secret) String() string { return "[secret]" }

// GoString returns a placeholder.
func (Secret) GoString() string { return "[secret]" }

// LogValue returns a placeholder (slog.LogValuer).
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Reveal returns the secret itself, for the one place that hands it to its holder.
func (s Secret) Reveal() string { return string(s) }

// Hash returns what the board keeps of the secret.
func (s Secret) Hash() Hash { return sha256.Sum256([]byte(s)) }

// NewSecret draws a secret of 128 bits, spelled as an id is: 22 characters that need no escaping in a URL.
func NewSecret(r io.Reader) Secret { return Secret(protocol.NewID(r).String()) }

// ParseSecret reads a secret in its one spelling; ok is false for anything else, which no hash can match.
func ParseSecret(s string) (secret Secret, ok bool) {
	if _, err := protocol.ParseID(s); err != nil {
		return "", false
	}
	return Secret(s), true
}

// recoveryAlphabet has no I, L, O, U: what is printed on paper is typed again by hand.
var recoveryAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewRecoveryCode draws an owner's recovery code of 128 bits, in groups of four characters.
func NewRecoveryCode(r io.Reader) Secret {
	raw := protocol.NewID(r)
	code := recoveryAlphabet.EncodeToString(raw[:])
	var b strings.Builder
	for i := 0; i < len(code); i += 4 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(code[i:min(i+4, len(code))])
	}
	return Secret(b.String())
}

// ParseRecoveryCode reads a recovery code as people type it: any case, with or without groups, O for 0 and I or L for 1.
func ParseRecoveryCode(s string) (code Secret, ok bool) {
	if len(s) > 64 {
		return "", false
	}
	plain := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(s))
	raw, err := recoveryAlphabet.DecodeString(plain)
	if err != nil || len(raw) != len(protocol.ID{}) {
		return "", false
	}
	return NewRecoveryCode(strings.NewReader(string(raw))), true
}
