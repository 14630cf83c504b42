// Package s3 keeps a store's blobs as objects of a bucket that speaks Amazon S3's protocol. A name is taken by a put
// with "If-None-Match: *", which the bucket itself decides. A bucket that ignores it would let two servers overwrite
// each other, so Open puts one name twice and refuses such a bucket. The client library never retries by itself: it
// would report a put whose answer was lost as taken by somebody else.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/denkwand/denkwand/server/store"
)

const (
	// patience is how long the bucket may show no sign of life within one request. Blobs get the time they need at the
	// slowest rate that is still worth waiting for.
	patience  = 10 * time.Second
	slowest   = 1 << 20 // bytes a second
	separator = "/"
)

// Store is a store.Store in a bucket. Close it to give back its connections.
type Store struct {
	client    minio.Core
	transport *http.Transport
	bucket    string
	prefix    string // of every key: empty, or ends in a slash
	where     string // what errors call the bucket
	hide      *strings.Replacer

	// What tests shorten.
	patience time.Duration
	page     int // keys in a page of a list; 0 leaves it to the bucket
}

var _ store.Store = (*Store)(nil)

// Open uses the bucket, which must exist. It writes, lists and deletes an object of its own to see that the bucket
// keeps the contract, and refuses one that does not with a sentence for the operator.
func Open(ctx context.Context, config Config) (*Store, error) {
	s, err := config.store()
	if err != nil {
		return nil, fmt.Errorf("s3 store: %w", err)
	}
	if err := s.probe(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("s3 store: %w", err)
	}
	return s, nil
}

// Close gives back idle connections. Calls under way go on.
func (s *Store) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	if err := usable(ctx, name); err != nil {
		return nil, err
	}
	blob, _, err := s.fetch(ctx, s.prefix+name)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return blob, nil
}

// fetch reads an object, and the mark its put gave it.
func (s *Store) fetch(ctx context.Context, key string) (blob []byte, mark string, err error) {
	w := s.wait(ctx, s.patience)
	defer w.end()
	body, object, header, err := s.client.GetObject(w, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, "", s.fault(w, err)
	}
	defer body.Close()
	switch {
	case object.Size < 0:
		return nil, "", fmt.Errorf("%s: the answer does not say how long it is", s.where)
	case object.Size > store.MaxBlob:
		return nil, "", fmt.Errorf("%w: %d bytes", store.ErrTooLarge, object.Size)
	}
	w.timer.Reset(s.patienceFor(int(object.Size)))
	blob = make([]byte, object.Size)
	if _, err := io.ReadFull(body, blob); err != nil {
		return nil, "", s.fault(w, err)
	}
	return blob, header.Get(markHeader), nil
}

// List implements store.Store. Objects whose keys are not names are passed over. The bucket must list in byte order,
// as S3 promises; one that does not ends the list with an error.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		last := ""
		for key, err := range s.keys(ctx, s.prefix+prefix) {
			name := strings.TrimPrefix(key, s.prefix)
			switch {
			case err != nil:
			case store.CheckName(name) != nil:
				continue
			case name <= last:
				err = fmt.Errorf("%s: lists %q after %q, which is not byte order", s.where, name, last)
			}
			if err != nil {
				yield("", fmt.Errorf("list %q: %w", prefix, err))
				return
			}
			if last = name; !yield(name, nil) {
				return
			}
		}
	}
}

// keys yields the keys that begin with prefix, page by page, in the bucket's order.
func (s *Store) keys(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		w := s.wait(ctx, s.patience)
		defer w.end()
		var owner bool // not asked for
		objects := s.client.ListObjectsIter(w, s.bucket, minio.ListObjectsOptions{
			Prefix: prefix, Recursive: true, MaxKeys: s.page, FetchOwner: &owner,
		})
		for object := range objects {
			if object.Err != nil {
				yield("", s.fault(w, object.Err))
				return
			}
			w.timer.Stop() // the caller's time is not the bucket's
			if !yield(object.Key, nil) {
				return
			}
			w.timer.Reset(s.patience)
		}
		// The library ends a list that was cancelled as if it were complete.
		if w.Err() != nil {
			yield("", s.fault(w, w.Err()))
		}
	}
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := usable(ctx, name); err != nil {
		return err
	}
	if err := s.remove(ctx, s.prefix+name); err != nil {
		return fmt.Errorf("delete %s: %w", name, err)
	}
	return nil
}

func (s *Store) remove(ctx context.Context, key string) error {
	w := s.wait(ctx, s.patience)
	defer w.end()
	err := s.client.RemoveObject(w, s.bucket, key, minio.RemoveObjectOptions{})
	if err == nil {
		return nil
	}
	if err := s.fault(w, err); !errors.Is(err, store.ErrNotExist) {
		return err
	}
	return nil
}

// usable refuses what needs no bucket to be refused.
func usable(ctx context.Context, name string) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	return ctx.Err()
}

// wait is the context of one request. It ends with errSlow when its timer runs out.
type wait struct {
	context.Context
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// errSlow says that the bucket, not the caller, let the time pass.
var errSlow = errors.New("no answer in time")

func (s *Store) wait(ctx context.Context, patience time.Duration) *wait {
	ctx, cancel := context.WithCancelCause(ctx)
	return &wait{ctx, time.AfterFunc(patience, func() { cancel(errSlow) }), cancel}
}

func (w *wait) end() {
	w.timer.Stop()
	w.cancel(nil)
}

func (s *Store) patienceFor(bytes int) time.Duration {
	return s.patience + time.Duration(bytes)*time.Second/slowest
}
