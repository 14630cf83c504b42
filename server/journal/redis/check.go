package redis

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Warning is something about Redis that an operator must know.
type Warning struct {
	Code  string // one word, for a metric or a log key
	Text  string // what is wrong, what it means and what to do, as a sentence
	Fatal bool   // boards would be lost or cannot be written: an instance must not start, and one that runs is not ready
}

// Report is what Check found.
type Report struct {
	// Runs names the Redis processes that answered. When it is another than the last time, one was restarted or replaced
	// and may have forgotten groups: compare all heads now.
	Runs     string
	Warnings []Warning
}

// Fatal returns the texts of the fatal warnings as one error, nil if there is none.
func (r Report) Fatal() error {
	var errs []error
	for _, w := range r.Warnings {
		if w.Fatal {
			errs = append(errs, errors.New(w.Text))
		}
	}
	return errors.Join(errs...)
}

// Check looks at Redis's version, persistence and memory, compares the store's id, and appends to a board of its own, which
// it removes again, subscribes and publishes: so a missing right is told before a board needs it. An error says that Redis did not answer; it
// is to be called at start and every minute.
func (j *Journal) Check(ctx context.Context) (Report, error) {
	var report Report
	nodes, err := j.nodes(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("asking Redis about itself: %w", err)
	}
	var runs []string
	for _, n := range nodes {
		runs = append(runs, n.facts["run_id"]+"/"+n.facts["master_replid"])
		for _, w := range n.warnings(j.options.Cluster) {
			if !slices.ContainsFunc(report.Warnings, func(had Warning) bool { return had.Code == w.Code }) {
				report.Warnings = append(report.Warnings, w)
			}
		}
	}
	slices.Sort(runs)
	report.Runs = strings.Join(runs, " ")
	for _, check := range []func(context.Context) (*Warning, error){j.checkStore, j.checkAppend, j.checkBus} {
		w, err := check(ctx)
		if err != nil {
			return Report{}, err
		}
		if w != nil {
			report.Warnings = append(report.Warnings, *w)
		}
	}
	return report, nil
}

// node is one primary and what it says of itself.
type node struct {
	facts  map[string]string // of INFO
	fsync  string            // appendfsync; "" if it may not be asked
	config error             // why it may not
}

// nodes asks every primary.
func (j *Journal) nodes(ctx context.Context) ([]node, error) {
	var mu sync.Mutex
	var all []node
	ask := func(ctx context.Context, c *goredis.Client) error {
		text, err := c.Info(ctx).Result()
		if err != nil {
			return err
		}
		n := node{facts: parseInfo(text)}
		config, err := c.ConfigGet(ctx, "appendfsync").Result()
		if n.fsync = config["appendfsync"]; err != nil {
			var reply goredis.Error
			if !errors.As(err, &reply) {
				return err
			}
			n.config = err
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, n)
		return nil
	}
	err := j.ask(ctx, func(ctx context.Context) error {
		all = nil
		if c, ok := j.client.(*goredis.ClusterClient); ok {
			return c.ForEachMaster(ctx, ask)
		}
		return ask(ctx, j.client.(*goredis.Client))
	})
	return all, err
}

func parseInfo(text string) map[string]string {
	facts := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			facts[key] = value
		}
	}
	return facts
}

// fullShare is how much of Redis's memory may be used before the operator hears of it, in percent.
const fullShare = 70

func (n node) warnings(cluster bool) (all []Warning) {
	warn := func(fatal bool, code, format string, args ...any) {
		all = append(all, Warning{Code: code, Text: fmt.Sprintf(format, args...), Fatal: fatal})
	}
	number := func(key string) int64 { v, _ := strconv.ParseInt(n.facts[key], 10, 64); return v }
	major, _, _ := strings.Cut(n.facts["redis_version"], ".")
	if v, err := strconv.Atoi(major); err != nil || v < 7 {
		warn(true, "version", "Redis is of version %s: 7.0 or later is needed.", n.facts["redis_version"])
	}
	if clustered := n.facts["cluster_enabled"] == "1"; clustered != cluster {
		warn(true, "cluster", "Redis has cluster mode %s and the settings say otherwise: make both the same.", map[bool]string{true: "on", false: "off"}[clustered])
	}
	if n.facts["role"] != "master" {
		warn(true, "replica", "This Redis is a replica of %s, which cannot be written: point the settings at the primary.", n.facts["master_host"])
	}
	switch {
	case n.facts["aof_enabled"] != "1":
		warn(false, "appendonly", "Redis keeps no append-only file: when its process ends, everything since its last dump is forgotten, "+
			"and what instances do not hold any more is lost. Set appendonly yes and appendfsync always (or everysec).")
	case n.facts["aof_last_write_status"] != "ok" || n.facts["aof_last_bgrewrite_status"] == "err":
		warn(false, "aof", "Redis cannot write its append-only file: look at its log and at the space on its disk.")
	case n.config != nil:
		warn(false, "config", "Redis does not let itself be asked for its appendfsync (%v): see that it is always or everysec, or allow CONFIG GET.", n.config)
	case n.fsync == "no":
		warn(false, "appendfsync", "Redis leaves the syncing of its append-only file to the system: a power cut loses half a minute. Set appendfsync always or everysec.")
	}
	if policy := n.facts["maxmemory_policy"]; policy != "noeviction" {
		warn(true, "maxmemory-policy", "Redis may evict boards when its memory is full (maxmemory-policy %s): set maxmemory-policy noeviction.", policy)
	}
	if limit := number("maxmemory"); limit > 0 && number("used_memory")*100 > limit*fullShare {
		warn(false, "memory", "Redis uses %d of %d MiB of its memory: behind the limit boards take no more until the store has taken theirs. "+
			"See whether the store is slow or away, or raise maxmemory.", number("used_memory")>>20, limit>>20)
	}
	return all
}

// checkStore compares the store's id with the one that the first instance left in Redis: instances with stores of their
// own would each call saved what the others never see.
func (j *Journal) checkStore(ctx context.Context) (*Warning, error) {
	key := j.options.Prefix + ":store"
	var there string
	err := j.ask(ctx, func(ctx context.Context) (err error) {
		if err = j.client.SetNX(ctx, key, j.options.Store, 0).Err(); err == nil {
			there, err = j.client.Get(ctx, key).Result()
		}
		return err
	})
	switch {
	case refuses(err):
		return nil, nil // the trial append tells it better
	case err != nil:
		return nil, fmt.Errorf("asking Redis for the store's id: %w", err)
	case there != j.options.Store:
		return &Warning{Code: "store", Fatal: true, Text: fmt.Sprintf("Redis belongs to the store %s, and this instance has the store %s: "+
			"all instances on one Redis need the same bucket or directory. If the store was replaced on purpose, stop all instances and delete the key %s. "+
			"If two installations share this Redis, give each a prefix of its own.", there, j.options.Store, key)}, nil
	}
	return nil, nil
}

// refuses reports whether an error is Redis's own answer.
func refuses(err error) bool {
	var reply goredis.Error
	return errors.As(err, &reply)
}

// checkAppend does once with a board of its own all that is done with boards.
func (j *Journal) checkAppend(ctx context.Context) (*Warning, error) {
	board, at := protocol.RandomID(), journal.Head{Epoch: 1}
	body := []byte("check")
	err := j.Open(ctx, board, at)
	if err == nil {
		type outcome struct {
			journal.Group
			error
		}
		answer := make(chan outcome, 1)
		j.Append(board, journal.Draft{Epoch: 1, Count: 1, Body: body}, func(g journal.Group, err error) { answer <- outcome{g, err} })
		o := <-answer
		if err = o.error; err == nil && o.Chain != journal.Link(at.Chain, 0, 1, o.Time, sha256.Sum256(body)) {
			err = errors.New("it links groups wrongly")
		}
		at = o.Head()
	}
	if err == nil {
		_, err = j.Read(ctx, board, 0, 1)
	}
	if err == nil {
		err = j.Trim(ctx, board, 1, 1)
	}
	if err == nil {
		_, err = j.Unload(ctx, board, at)
	}
	switch {
	case err == nil:
		return nil, nil
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, journal.ErrClosed):
		return nil, err
	}
	for _, passing := range []string{"OOM", "MISCONF", "NOREPLICAS"} {
		if errors.Is(err, journal.ErrRefused) && strings.Contains(err.Error(), passing+" ") {
			return &Warning{Code: "refused", Text: fmt.Sprintf("Redis refuses to be written, so boards take nothing until it does again: %s.", sentence(err))}, nil
		}
	}
	return &Warning{Code: "append", Fatal: true, Text: fmt.Sprintf("A trial append to Redis failed, so boards cannot be written: %s. "+
		"See whether it is the primary, and whether the user that the settings name has the rights that server/journal/redis/DESIGN.md lists.", sentence(err))}, nil
}

// checkBus subscribes to a channel of its own and publishes there. Without either boards live on, each change seen elsewhere only
// when heads are compared, and signals not at all.
func (j *Journal) checkBus(ctx context.Context) (*Warning, error) {
	board := protocol.RandomID()
	s := j.bus.Subscribe(board)
	defer s.Close()
	err := j.ask(ctx, func(ctx context.Context) error {
		return j.client.Publish(ctx, j.channel(board), "check").Err()
	})
	if err == nil {
		select {
		case <-s.Ready():
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(j.options.Budget):
			err = fmt.Errorf("no subscription stood within %v", j.options.Budget)
		}
	} else if !refuses(err) {
		return nil, fmt.Errorf("publishing through Redis: %w", err)
	}
	return &Warning{Code: "bus", Text: fmt.Sprintf("Instances do not hear of each other through Redis (%s): changes made on another instance come seconds late, "+
		"cursors and presence not at all. See whether the user that the settings name has the rights that server/journal/redis/DESIGN.md lists.", sentence(err))}, nil
}

// sentence returns an error's text without the point that Redis ends some with.
func sentence(err error) string { return strings.TrimRight(err.Error(), ". ") }
