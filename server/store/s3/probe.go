package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/denkwand/denkwand/server/store"
)

// ErrOverwrites refuses a bucket in which a name can be taken twice.
var ErrOverwrites = errors.New("the store ignores \"If-None-Match: *\": two servers would overwrite each other's part of a board. " +
	"Use a store, version and mode that honours conditional writes, or keep boards in a directory")

// probeFolder begins with a dot, so no name of the store is ever in it and no list shows it.
const probeFolder = ".probe" + separator

// probe plays the store's contract through with an object of its own, which it removes.
func (s *Store) probe(ctx context.Context) error {
	key := s.prefix + probeFolder + rand.Text()
	first, second := []byte("first"), []byte("second")
	if err := s.put(ctx, key, first, rand.Text()); err != nil {
		return advise(err)
	}
	taken := s.taken(ctx, key, first, second)
	if err := s.remove(ctx, key); err != nil {
		return errors.Join(taken, advise(err))
	}
	if taken != nil {
		return taken
	}
	switch _, _, err := s.fetch(ctx, key); {
	case err == nil:
		return fmt.Errorf("%s: an object can still be read after it was deleted", s.where)
	case !errors.Is(err, store.ErrNotExist):
		return advise(err)
	}
	return nil
}

// taken checks that a second put is refused and changes nothing, and that what was put is listed at once.
func (s *Store) taken(ctx context.Context, key string, first, second []byte) error {
	var a *answer
	switch err := s.put(ctx, key, second, rand.Text()); {
	case err == nil:
		return fmt.Errorf("%s: a name was taken twice: %w", s.where, ErrOverwrites)
	case !errors.As(err, &a) || a.status != http.StatusPreconditionFailed:
		return advise(err)
	}
	if stands, _, err := s.fetch(ctx, key); err != nil {
		return advise(err)
	} else if !bytes.Equal(stands, first) {
		return fmt.Errorf("%s: a put that was refused has overwritten: %w", s.where, ErrOverwrites)
	}
	for listed, err := range s.keys(ctx, key) {
		if err != nil {
			return advise(err)
		}
		if listed == key {
			return nil
		}
	}
	return fmt.Errorf("%s: an object is not listed after it was put; the store must list what it has accepted", s.where)
}

// advise adds the operator's next step to what a bucket refuses.
func advise(err error) error {
	var a *answer
	if !errors.As(err, &a) {
		return err
	}
	next := ""
	switch a.code {
	case minio.NoSuchBucket:
		next = "make the bucket first"
	case minio.AccessDenied, "InvalidAccessKeyId", "SignatureDoesNotMatch":
		next = "check the access key, its secret, and that it may put, get, list and delete"
	case "RequestTimeTooSkewed":
		next = "set this machine's clock"
	case minio.AuthorizationHeaderMalformed, minio.InvalidRegion, "PermanentRedirect":
		next = "check the region"
	case minio.NotImplemented:
		return fmt.Errorf("%w: %w", err, ErrOverwrites)
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, next)
}
