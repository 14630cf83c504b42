package storetest

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/denkwand/denkwand/server/store"
)

// Memory is a store for tests and simulations that would wait too long for a disk. Nothing in it survives it.
type Memory struct {
	mu    sync.Mutex
	blobs map[string][]byte
}

var _ store.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{blobs: map[string][]byte{}} }

// Create implements store.Store.
func (m *Memory) Create(ctx context.Context, name string, blob []byte) error {
	if err := usable(ctx, name); err != nil {
		return err
	}
	if len(blob) > store.MaxBlob {
		return fmt.Errorf("%w: %s has %d bytes", store.ErrTooLarge, name, len(blob))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.blobs[name]; taken {
		return fmt.Errorf("create %s: %w", name, store.ErrExists)
	}
	m.blobs[name] = bytes.Clone(blob)
	return nil
}

// Get implements store.Store.
func (m *Memory) Get(ctx context.Context, name string) ([]byte, error) {
	if err := usable(ctx, name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	blob, ok := m.blobs[name]
	if !ok {
		return nil, fmt.Errorf("get %s: %w", name, store.ErrNotExist)
	}
	return bytes.Clone(blob), nil
}

// List implements store.Store.
func (m *Memory) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		m.mu.Lock()
		names := slices.Sorted(maps.Keys(m.blobs))
		m.mu.Unlock()
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if strings.HasPrefix(name, prefix) && !yield(name, nil) {
				return
			}
		}
	}
}

// Delete implements store.Store.
func (m *Memory) Delete(ctx context.Context, name string) error {
	if err := usable(ctx, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, name)
	return nil
}

func usable(ctx context.Context, name string) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	return ctx.Err()
}
