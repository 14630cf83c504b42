package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/denkwand/denkwand/server/store"
)

// List implements store.Store. It holds one folder's entries per level in memory. Files that are not a store's (their
// names are not valid) are passed over.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		folder, begin := pathPrefix(prefix)
		w := walk{store: s, ctx: ctx, yield: yield}
		if err := w.folder(folder, begin); err != nil && !errors.Is(err, errStop) {
			yield("", fmt.Errorf("list %q: %w", prefix, err))
		}
	}
}

// walk is one call of List.
type walk struct {
	store *Store
	ctx   context.Context
	yield func(string, error) bool
}

// errStop says that the caller wants no more.
var errStop = errors.New("stop")

// folder yields the names below a folder ("" or ending in a slash) whose next segment begins as told.
func (w *walk) folder(folder, begin string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(w.store.path(folder))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	if err != nil {
		return err
	}
	// Byte order of whole names, not of segments: "a-b" comes before "a/b", so a folder sorts with its slash.
	var keys []string
	for _, e := range entries {
		if !store.IsSegment(e.Name()) || !strings.HasPrefix(e.Name(), begin) {
			continue
		}
		switch {
		case e.IsDir():
			keys = append(keys, e.Name()+"/")
		case e.Type().IsRegular():
			keys = append(keys, e.Name())
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		name := folder + key
		if strings.HasSuffix(key, "/") {
			if err := w.folder(name, ""); err != nil {
				return err
			}
			continue
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if !w.yield(name, nil) {
			return errStop
		}
	}
	return nil
}

// pathPrefix splits a prefix at its last slash: the folder to read, and what its entries must begin with.
func pathPrefix(prefix string) (folder, begin string) {
	i := strings.LastIndexByte(prefix, '/')
	return prefix[:i+1], prefix[i+1:]
}
