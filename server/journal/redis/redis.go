// Package redis is the journal of many instances: Redis gives each board's groups their places, keeps them until the
// archive holds them, and carries hints and signals between instances. It is a sequencer and a buffer, not the truth:
// what Redis loses is repaired from the store and from what instances hold, and everything here is made so that a loss is
// noticed and never mistaken for an empty board. DESIGN.md has its invariants (R1, R2, …).
package redis

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Defaults of Options.
const (
	DefaultPrefix = "denkwand"
	DefaultKeep   = time.Minute
	DefaultTry    = 400 * time.Millisecond
	DefaultBudget = time.Second
	DefaultAlive  = 5 * time.Second
)

// Options say where Redis is and how long it is waited for. URL and Store are needed.
type Options struct {
	URL     string // redis://user:password@host:port/db, rediss:// with TLS, unix:///path; a cluster's further nodes as ?addr=host:port
	Cluster bool   // URL names a Redis Cluster
	Prefix  string // of all keys and channels; DefaultPrefix if "". Installations that share a Redis need different ones
	Store   string // the id of the store behind the archive: all instances on one prefix must have the same

	Keep   time.Duration // groups stay readable here this long, or up to twice as long, after Trim named them; DefaultKeep if 0, not at all if negative
	Try    time.Duration // for one exchange with Redis; DefaultTry if 0
	Budget time.Duration // for an append or another call with all its tries; DefaultBudget if 0
	Alive  time.Duration // an instance counts as living this long after its last beat; DefaultAlive if 0
}

// Journal implements journal.Journal on Redis.
type Journal struct {
	options  Options
	client   goredis.UniversalClient
	instance string        // drawn at Open: what this instance appends and publishes bears it
	count    atomic.Uint64 // numbers of drafts and opens in this instance
	bus      *Bus

	mu       sync.Mutex // protects the following
	inFlight map[protocol.ID]struct{}
	pending  []*request
	work     sync.Cond // pending or closing changed
	closing  bool

	lanes sync.WaitGroup
}

var _ journal.Journal = (*Journal)(nil)

// Open makes a journal and its bus. It asks Redis nothing: Check does. An error says what is wrong with the options.
func Open(o Options) (*Journal, error) {
	if o.Store == "" {
		return nil, errors.New("journal/redis: the store's id is missing")
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if strings.ContainsAny(o.Prefix, "{}") {
		return nil, errors.New("journal/redis: the prefix must not contain { or }: they choose a cluster's slot")
	}
	for _, d := range []struct {
		value  *time.Duration
		preset time.Duration
	}{{&o.Keep, DefaultKeep}, {&o.Try, DefaultTry}, {&o.Budget, DefaultBudget}, {&o.Alive, DefaultAlive}} {
		if *d.value == 0 {
			*d.value = d.preset
		}
	}
	quiet()
	client, err := connect(o)
	if err != nil {
		return nil, err
	}
	j := &Journal{options: o, client: client, instance: drawInstance(), inFlight: map[protocol.ID]struct{}{}}
	j.work.L = &j.mu
	j.bus = newBus(j)
	for range lanes {
		j.lanes.Go(j.lane)
	}
	return j, nil
}

// drawInstance returns a new name of an instance: letters, digits, - and _ alone.
func drawInstance() string {
	var b [9]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("journal/redis: no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// connect returns a client that never tries anything twice by itself and keeps to its callers' deadlines: the library's
// own retries doubled every append of a stall, and its default timeouts are seconds.
func connect(o Options) (goredis.UniversalClient, error) {
	maint := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	if o.Cluster {
		c, err := goredis.ParseClusterURL(o.URL)
		if err != nil {
			return nil, badURL(err)
		}
		c.Protocol, c.DisableIdentity, c.MaintNotificationsConfig = 2, true, maint
		c.MaxRetries, c.MaxRedirects, c.ContextTimeoutEnabled = -1, maxRedirects, true
		c.MinRetryBackoff, c.MaxRetryBackoff = -1, -1
		c.DialTimeout, c.DialerRetries, c.ReadTimeout, c.WriteTimeout, c.PoolTimeout = o.Try, 1, o.Try, o.Try, o.Try
		return goredis.NewClusterClient(c), nil
	}
	c, err := goredis.ParseURL(o.URL)
	if err != nil {
		return nil, badURL(err)
	}
	c.Protocol, c.DisableIdentity, c.MaintNotificationsConfig = 2, true, maint
	c.MaxRetries, c.ContextTimeoutEnabled = -1, true
	c.DialTimeout, c.DialerRetries, c.ReadTimeout, c.WriteTimeout, c.PoolTimeout = o.Try, 1, o.Try, o.Try, o.Try
	return goredis.NewClient(c), nil
}

// maxRedirects is how often a command follows a cluster's slot to another node. The library also tries again on a broken
// connection as often, which our scripts recognise.
const maxRedirects = 3

// badURL says what is wrong with a URL without telling it: there is a password in it.
func badURL(err error) error {
	var parsing *url.Error
	if errors.As(err, &parsing) {
		err = parsing.Err
	}
	return fmt.Errorf("journal/redis: not a Redis URL (redis://user:password@host:port/db): %w", err)
}

// quiet stops the library from writing lines of its own to standard error: what goes wrong is returned to callers here.
var quiet = sync.OnceFunc(logging.Disable)

// Bus returns the bus on the same Redis. It ends with the journal.
func (j *Journal) Bus() *Bus { return j.bus }

// Instance returns the name of this instance on the bus, drawn at Open.
func (j *Journal) Instance() string { return j.instance }

// Close answers what is pending, within the budget, and ends the bus. Later calls return ErrClosed.
func (j *Journal) Close() error {
	j.mu.Lock()
	already := j.closing
	j.closing = true
	j.work.Broadcast()
	j.mu.Unlock()
	j.lanes.Wait()
	if already {
		return nil
	}
	j.bus.close()
	return j.client.Close()
}

func (j *Journal) closed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closing
}

// keys returns the board's head and log. The braces put both into one slot of a cluster. The log's name is the board's
// channel too.
func (j *Journal) keys(board protocol.ID) []string {
	log := j.channel(board)
	return []string{log[:len(log)-len("log")] + "head", log}
}

// channel returns where the board's groups and signals are published.
func (j *Journal) channel(board protocol.ID) string {
	return j.options.Prefix + ":{" + board.String() + "}:log"
}

// ask runs f, which does no harm when it is done twice, until Redis has answered or the budget or the context ends.
func (j *Journal) ask(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if j.closed() {
		return journal.ErrClosed
	}
	end := time.Now().Add(j.options.Budget)
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		try, cancel := context.WithTimeout(ctx, j.options.Try)
		err := f(try)
		cancel()
		switch {
		case err == nil || !transient(err):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case errors.Is(err, goredis.ErrClosed):
			return journal.ErrClosed
		case time.Now().Add(wait).After(end):
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}

// Waits between two tries: the first, doubled up to the last.
const (
	firstWait = 10 * time.Millisecond
	lastWait  = 100 * time.Millisecond
)
