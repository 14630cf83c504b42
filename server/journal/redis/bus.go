package redis

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/denkwand/denkwand/protocol"
)

// Bounds of the bus.
const (
	maxOut      = 4096    // messages that wait to be published
	maxOutBytes = 1 << 20 // of them
	outPage     = 256     // messages published in one exchange

	subscribePage = 500 // channels in one command

	pingEvery = time.Second     // on the connection of the subscriptions
	deadAfter = 3 * time.Second // of silence it is closed and made anew

	firstRedial = 50 * time.Millisecond // after it failed, doubled up to the last
	lastRedial  = time.Second
)

// Bus carries between instances what may be lost: groups as hints of what the log holds, signals, and who lives. One
// connection has all subscriptions of the instance. Nothing that this instance appended or published itself comes back
// to it. Its methods may be called from any goroutine, and none waits for the network but Beat and Leave.
type Bus struct {
	j      *Journal
	ctx    context.Context // ends with the bus
	cancel context.CancelFunc
	work   sync.WaitGroup
	heard  atomic.Int64 // unix nanoseconds of the last sign of life on the connection

	mu      sync.Mutex // protects the following
	topics  map[string][]*subscription
	changed map[string]struct{} // channels to be subscribed or given up
	feed    *goredis.PubSub     // nil while there is no connection
	out     []outgoing
	outSize int

	subscribe chan struct{} // has a token when something changed
	publish   chan struct{} // has a token when something waits
}

type outgoing struct{ channel, payload string }

func newBus(j *Journal) *Bus {
	b := &Bus{j: j, topics: map[string][]*subscription{}, changed: map[string]struct{}{},
		subscribe: make(chan struct{}, 1), publish: make(chan struct{}, 1)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.work.Go(b.receive)
	b.work.Go(b.keepSubscribed)
	b.work.Go(b.publishAll)
	return b
}

func (b *Bus) close() {
	b.cancel()
	b.mu.Lock()
	feed := b.feed
	b.mu.Unlock()
	if feed != nil {
		_ = feed.Close() // the receiver closes it too; one of the two is told so
	}
	b.work.Wait()
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Subscribe begins to listen to a board. What was published before the subscription stands is not heard, so its first
// notice says Missed.
func (b *Bus) Subscribe(board protocol.ID) Subscription {
	s := &subscription{bus: b, channel: b.j.channel(board), ready: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[s.channel] = append(b.topics[s.channel], s)
	b.changed[s.channel] = struct{}{}
	token(b.subscribe)
	return s
}

func (b *Bus) unsubscribe(s *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rest := slices.DeleteFunc(b.topics[s.channel], func(other *subscription) bool { return other == s })
	if len(rest) > 0 {
		b.topics[s.channel] = rest
		return
	}
	delete(b.topics, s.channel)
	b.changed[s.channel] = struct{}{}
	token(b.subscribe)
}

// Publish sends a signal to the other instances that listen to the board. It may be lost, and is dropped when too many
// wait. The payload is not kept.
func (b *Bus) Publish(board protocol.ID, payload []byte) {
	m := outgoing{b.j.channel(board), "s|" + b.j.instance + "|" + string(payload)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.out) >= maxOut || b.outSize+len(m.payload) > maxOutBytes {
		return
	}
	b.out, b.outSize = append(b.out, m), b.outSize+len(m.payload)
	token(b.publish)
}

// publishAll publishes what waits. What Redis does not take in time is dropped: it would be late.
func (b *Bus) publishAll() {
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.publish:
		}
		for {
			b.mu.Lock()
			page := b.out
			b.out, b.outSize = nil, 0
			b.mu.Unlock()
			if len(page) == 0 {
				break
			}
			for part := range slices.Chunk(page, outPage) {
				ctx, cancel := context.WithTimeout(b.ctx, b.j.options.Try)
				_, _ = b.j.client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
					for _, m := range part {
						pipe.Publish(ctx, m.channel, m.payload)
					}
					return nil
				})
				cancel()
			}
		}
	}
}

// receive reads the subscriptions' connection, and makes another when it fails. It never waits for a reader.
func (b *Bus) receive() {
	wait := firstRedial
	for b.ctx.Err() == nil {
		if feed := b.dial(); feed != nil {
			for {
				message, err := feed.Receive(b.ctx)
				if err != nil {
					break
				}
				wait = firstRedial
				b.heard.Store(time.Now().UnixNano())
				b.deliver(message)
			}
			b.mu.Lock()
			b.feed = nil
			b.mu.Unlock()
			_ = feed.Close()
		}
		select {
		case <-b.ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, lastRedial)
		}
	}
}

// dial makes a connection with all subscriptions; nil if it cannot.
func (b *Bus) dial() *goredis.PubSub {
	feed := b.j.client.Subscribe(b.ctx)
	b.mu.Lock()
	channels := slices.Collect(maps.Keys(b.topics))
	clear(b.changed)
	b.feed = feed
	b.mu.Unlock()
	b.heard.Store(time.Now().UnixNano())
	ctx, cancel := context.WithTimeout(b.ctx, deadAfter)
	defer cancel()
	err := feed.Ping(ctx)
	for part := range slices.Chunk(channels, subscribePage) {
		if err == nil {
			err = feed.Subscribe(ctx, part...)
		}
	}
	if err == nil {
		return feed
	}
	b.mu.Lock()
	b.feed = nil
	b.mu.Unlock()
	_ = feed.Close()
	return nil
}

// keepSubscribed subscribes and gives up what changed, and closes a connection that has gone silent. The library's
// resubscription after an error is the receiver's to replace: this one only ever speaks on the connection there is.
func (b *Bus) keepSubscribed() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		ping := false
		select {
		case <-b.ctx.Done():
			return
		case <-tick.C:
			ping = true
		case <-b.subscribe:
		}
		b.mu.Lock()
		feed := b.feed
		var on, off []string
		for channel := range b.changed {
			if len(b.topics[channel]) > 0 {
				on = append(on, channel)
			} else {
				off = append(off, channel)
			}
		}
		if feed != nil {
			clear(b.changed)
		}
		b.mu.Unlock()
		if feed == nil {
			continue // the next connection begins with what is wanted then
		}
		if time.Since(time.Unix(0, b.heard.Load())) > deadAfter {
			_ = feed.Close() // wakes the receiver, which makes another
			continue
		}
		ctx, cancel := context.WithTimeout(b.ctx, b.j.options.Try)
		if ping {
			_ = feed.Ping(ctx) // an error closes the connection, which the receiver sees
		}
		for part := range slices.Chunk(on, subscribePage) {
			_ = feed.Subscribe(ctx, part...)
		}
		for part := range slices.Chunk(off, subscribePage) {
			_ = feed.Unsubscribe(ctx, part...)
		}
		cancel()
	}
}

// deliver hands a message to who listens.
func (b *Bus) deliver(message any) {
	switch m := message.(type) {
	case *goredis.Subscription:
		if m.Kind != "subscribe" {
			return
		}
		for _, s := range b.listeners(m.Channel) {
			s.miss()
		}
	case *goredis.Message:
		kind, rest, _ := strings.Cut(m.Payload, "|")
		from, rest, ok := strings.Cut(rest, "|")
		if !ok || from == b.j.instance {
			return
		}
		for _, s := range b.listeners(m.Channel) {
			switch kind {
			case "g":
				s.group(rest)
			case "s":
				s.signal(Signal{From: from, Payload: []byte(rest)})
			}
		}
	}
}

// listeners returns who listens to a channel. One that nobody wants any more is given up.
func (b *Bus) listeners(channel string) []*subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.topics[channel]) == 0 {
		b.changed[channel] = struct{}{}
		token(b.subscribe)
	}
	return slices.Clone(b.topics[channel])
}
