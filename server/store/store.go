// Package store keeps immutable blobs: a name is written once and never changes. Everything that must survive a
// machine goes through these four verbs, so that a directory and an S3-compatible bucket are the same to the rest.
// storetest is the contract every implementation passes unchanged.
package store

import (
	"context"
	"errors"
	"iter"
)

// Limits. A store refuses more before it allocates.
const (
	MaxName = 200       // bytes of a name
	MaxBlob = 128 << 20 // bytes of a blob
)

// Store is four verbs on immutable blobs. Names are slash-separated segments of [A-Za-z0-9_.-] (no segment is empty,
// "." or "..", none begins with "."), at most MaxName bytes; another name is ErrName. No name is the folder of another
// ("a" beside "a/b"): callers choose their names so. All methods may be called from any goroutine.
type Store interface {
	// Create writes the blob under a name that does not exist yet, whole or not at all, and returns when it is
	// durable: bytes, name and folders. A taken name is ErrExists and changes nothing, and is said only when what
	// stands there is durable too, so that a loser may adopt it. ErrName and ErrTooLarge wrote nothing; any other
	// error leaves the outcome unknown: look with Get, and Create again before calling what is found durable.
	Create(ctx context.Context, name string, blob []byte) error

	// Get returns the blob: ErrNotExist if there is none. The caller owns the bytes.
	Get(ctx context.Context, name string) ([]byte, error)

	// List yields the names that begin with prefix, in byte order, as they were at some moment during the call (each
	// name for itself, not all at one moment). A name created before the call and not deleted is always among them.
	// An error is the last thing it yields. A prefix that cannot begin a name is ErrName.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]

	// Delete removes the name, durably; a name that does not exist is no error.
	Delete(ctx context.Context, name string) error
}

// What a store answers; compared with errors.Is.
var (
	ErrExists   = errors.New("store: name is taken")
	ErrNotExist = errors.New("store: no such name")
	ErrName     = errors.New("store: not a valid name")
	ErrTooLarge = errors.New("store: blob is too large")
	ErrFull     = errors.New("store: no space left")
)
