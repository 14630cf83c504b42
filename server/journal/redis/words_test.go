package redis_test

import (
	"context"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/redis"
)

// The words as a user of the bus declares them for itself.
type (
	signal = struct {
		From    string
		Payload []byte
	}
	heard = struct {
		Missed  bool
		Groups  []journal.Group
		Signals []signal
	}
	subscription = interface {
		Ready() <-chan struct{}
		Take() heard
		Close()
	}
	instance = struct {
		Name    string
		Payload []byte
	}
)

var _ interface {
	Subscribe(board protocol.ID) subscription
	Publish(board protocol.ID, payload []byte)
	Beat(ctx context.Context, payload []byte) ([]instance, error)
	Leave(ctx context.Context) error
} = (*redis.Bus)(nil)
