package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/denkwand/denkwand/server/store"
)

const (
	// Each Create marks its object with a number of its own. Who reads a name back after a lost answer knows by it
	// whether the object is theirs, also when another creator wrote the same bytes.
	markName   = "denkwand-put"
	markHeader = "X-Amz-Meta-Denkwand-Put"

	// A put that met another one under way, or a name deleted meanwhile, is tried again.
	maxTries = 5
	pause    = 50 * time.Millisecond // doubles with each try
)

// Create implements store.Store. A put whose answer is lost is read back before Create returns, which may take as long
// as the put itself: each has ten seconds, and what its bytes need.
func (s *Store) Create(ctx context.Context, name string, blob []byte) error {
	if err := usable(ctx, name); err != nil {
		return err
	}
	if len(blob) > store.MaxBlob {
		return fmt.Errorf("%w: %s has %d bytes", store.ErrTooLarge, name, len(blob))
	}
	if err := s.create(ctx, s.prefix+name, blob); err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return nil
}

func (s *Store) create(ctx context.Context, key string, blob []byte) error {
	mark := rand.Text()
	for try := 1; ; try++ {
		err := s.put(ctx, key, blob, mark)
		if err == nil || ctx.Err() != nil || refused(err) {
			return err
		}
		// It may stand there although the answer says otherwise or nothing: the answer was lost, or a proxy on the way
		// sent the put twice. What can be read in a bucket is durable, so looking settles it either way.
		mine, lost := s.look(ctx, key, blob, mark)
		switch {
		case lost == nil && mine:
			return nil
		case lost == nil:
			return store.ErrExists
		case !errors.Is(lost, store.ErrNotExist):
			return fmt.Errorf("%w; whether it was written is unknown (%v)", err, lost)
		case !raced(err) || try == maxTries:
			// Nothing there yet, which says little: the put may still be on its way.
			return fmt.Errorf("%w; whether it was written is unknown", err)
		}
		// Under the same mark, so that of all tries one counts, however late they land.
		select {
		case <-time.After(pause << (try - 1)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// put sends one create-only put, as one request with a signed checksum of its bytes.
func (s *Store) put(ctx context.Context, key string, blob []byte, mark string) error {
	w := s.wait(ctx, s.patienceFor(len(blob)))
	defer w.end()
	sum := sha256.Sum256(blob)
	options := minio.PutObjectOptions{
		UserMetadata:         map[string]string{markName: mark},
		DisableContentSha256: true, // of each chunk: not every store understands signed chunks
	}
	options.SetMatchETagExcept("*")
	_, err := s.client.PutObject(w, s.bucket, key, bytes.NewReader(blob), int64(len(blob)), "", hex.EncodeToString(sum[:]), options)
	if err != nil {
		return s.fault(w, err)
	}
	return nil
}

// look reads back what stands under a key, and reports whether it is what the put with this mark sent.
func (s *Store) look(ctx context.Context, key string, blob []byte, mark string) (bool, error) {
	stands, by, err := s.fetch(ctx, key)
	switch {
	case errors.Is(err, store.ErrTooLarge):
		return false, nil
	case err != nil:
		return false, err
	case by == mark && !bytes.Equal(stands, blob):
		return false, fmt.Errorf("%s: what stands there is not what was sent", s.where)
	}
	return by == mark, nil
}

// refused reports whether the store certainly did not carry out the request, for a reason that is not the name's.
func refused(err error) bool {
	var a *answer
	if !errors.As(err, &a) || a.status >= http.StatusInternalServerError {
		return false
	}
	return a.status != http.StatusPreconditionFailed && a.status != http.StatusConflict && a.status != http.StatusRequestTimeout
}

// raced reports whether a put that left nothing behind lost against another request of that moment, so that it is
// worth trying again at once: a name taken and deleted, or two puts under way (409 ConditionalRequestConflict).
func raced(err error) bool {
	var a *answer
	return errors.As(err, &a) && (a.status == http.StatusPreconditionFailed || a.status == http.StatusConflict)
}
