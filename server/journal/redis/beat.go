package redis

import (
	"context"
	"fmt"
)

// Beat says that this instance lives, with a small payload (its version, what it can read), and returns all that do, this
// one among them, in no order. It is to be called every second: an instance that was killed is missing after Options.Alive.
func (b *Bus) Beat(ctx context.Context, payload []byte) ([]Instance, error) {
	var reply []string
	err := b.j.ask(ctx, func(ctx context.Context) (err error) {
		reply, err = beatScript.Run(ctx, b.j.client, []string{b.instances()}, b.j.instance, b.j.options.Alive.Milliseconds(), payload).StringSlice()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	living := make([]Instance, 0, len(reply)/2)
	for i := 0; i+1 < len(reply); i += 2 {
		living = append(living, Instance{Name: reply[i], Payload: []byte(reply[i+1])})
	}
	return living, nil
}

// Leave says that this instance lives no more, so that others need not wait for that.
func (b *Bus) Leave(ctx context.Context) error {
	return b.j.ask(ctx, func(ctx context.Context) error {
		return b.j.client.HDel(ctx, b.instances(), b.j.instance).Err()
	})
}

func (b *Bus) instances() string { return b.j.options.Prefix + ":instances" }
