package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2id's cost for new hashes: 19 MiB, two passes, one lane (OWASP's second choice; about 45 ms of one core).
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// MaxPassword is the longest password taken, in bytes. MinPassword is the shortest that a link may get.
const (
	MinPassword = 8
	MaxPassword = 200
)

// Passwords hashes and checks passwords, a few at a time: each takes 19 MiB, and a crowd that joins at once must not
// take the machine with it.
type Passwords struct {
	gate chan struct{}
	rand io.Reader
}

// NewPasswords allows so many hashes at once; salts are drawn from r.
func NewPasswords(atOnce int, r io.Reader) *Passwords {
	return &Passwords{gate: make(chan struct{}, atOnce), rand: r}
}

// Hash returns the argon2id string of a password. It waits for its turn, at most as long as ctx.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := io.ReadFull(p.rand, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	key, err := p.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// Check reports whether the password is the one hashed. A hash that this build did not make is an error: its cost
// would be somebody else's choice.
func (p *Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	prefix := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonTime, argonLanes)
	rest, ok := strings.CutPrefix(hash, prefix)
	salt64, key64, two := strings.Cut(rest, "$")
	salt, err1 := base64.RawStdEncoding.DecodeString(salt64)
	want, err2 := base64.RawStdEncoding.DecodeString(key64)
	if !ok || !two || err1 != nil || err2 != nil || len(want) != argonKey {
		return false, fmt.Errorf("auth: not a password hash of this server")
	}
	got, err := p.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (p *Passwords) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	if len(password) > MaxPassword {
		password = password[:MaxPassword]
	}
	select {
	case p.gate <- struct{}{}:
		defer func() { <-p.gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey), nil
}
