package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// A lane sends what waits as one pipeline, and while it waits for the answers other lanes take what comes. One alone
// would let a board wait for the round trip of the boards before it; many would send groups one by one.
const (
	lanes        = 4
	maxPipeline  = 128     // groups in one pipeline
	maxPipelined = 1 << 20 // bytes of bodies in one pipeline, or one group
)

// request is an append that waits for its answer.
type request struct {
	board  protocol.ID
	draft  journal.Draft
	digest string // SHA-256 of the body, hex
	number uint64 // of the draft: with the instance it tells every try of it from any other draft
	until  time.Time
	done   func(journal.Group, error)

	byText bool  // Redis lacks the script
	unsure bool  // a try may have been carried out, or may be yet
	err    error // of the last try
}

// Append implements journal.Journal. What it answers comes within the budget and one try: ErrUnknown as soon as one try
// may have reached Redis and none was answered with the group's place.
func (j *Journal) Append(board protocol.ID, d journal.Draft, done func(journal.Group, error)) {
	digest := sha256.Sum256(d.Body)
	r := &request{board: board, draft: d, digest: hex.EncodeToString(digest[:]), done: done,
		number: j.count.Add(1), until: time.Now().Add(j.options.Budget)}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, ok := j.inFlight[board]; ok {
		panic("journal/redis: second append in flight for board " + board.String())
	}
	if j.closing {
		go done(journal.Group{}, journal.ErrClosed)
		return
	}
	j.inFlight[board] = struct{}{}
	j.pending = append(j.pending, r)
	j.work.Signal()
}

// lane sends pipelines until the journal closes and nothing waits.
func (j *Journal) lane() {
	for {
		batch := j.gather()
		if len(batch) == 0 {
			return
		}
		for wait := firstWait; ; wait = min(2*wait, lastWait) {
			if batch = j.try(batch); len(batch) == 0 {
				break
			}
			<-time.After(wait)
		}
	}
}

// gather waits for requests and takes what goes into one pipeline; none when the journal closes.
func (j *Journal) gather() []*request {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.pending) == 0 && !j.closing {
		j.work.Wait()
	}
	n, size := 0, 0
	for n < len(j.pending) && n < maxPipeline && (n == 0 || size+len(j.pending[n].draft.Body) <= maxPipelined) {
		size += len(j.pending[n].draft.Body)
		n++
	}
	batch := append([]*request(nil), j.pending[:n]...)
	if j.pending = j.pending[n:]; len(j.pending) == 0 {
		j.pending = nil
	} else {
		j.work.Signal() // for the next lane
	}
	return batch
}

// try sends the batch once, answers whoever has an answer and returns the rest.
func (j *Journal) try(batch []*request) []*request {
	now := time.Now()
	rest := batch[:0]
	for _, r := range batch {
		switch {
		case r.draft.Count < 1 || r.draft.Count > journal.MaxGroupEntries || len(r.draft.Body) > journal.MaxGroupBytes:
			j.answer(r, journal.Group{}, fmt.Errorf("%w: a group of %d entries in %d bytes (at most %d in %d)", journal.ErrRefused,
				r.draft.Count, len(r.draft.Body), journal.MaxGroupEntries, journal.MaxGroupBytes))
		case now.After(r.until):
			j.answer(r, journal.Group{}, fmt.Errorf("%w: no answer from Redis within %v: %w", journal.ErrRefused, j.options.Budget, lastError(r.err)))
		default:
			rest = append(rest, r)
		}
	}
	if batch = rest; len(batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), j.options.Try)
	defer cancel()
	pipe := j.client.Pipeline()
	answers := make([]*goredis.Cmd, len(batch))
	for i, r := range batch {
		answers[i] = j.send(ctx, pipe, r)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	rest = batch[:0]
	missing := false // scripts that Redis lacks
	for i, r := range batch {
		reply, err := answers[i].StringSlice()
		switch {
		case err == nil:
			g, err := r.outcome(reply)
			j.answer(r, g, err)
		case goredis.HasErrorPrefix(err, "NOSCRIPT"):
			r.byText, missing = true, true
			rest = append(rest, r)
		case transient(err):
			r.err, r.unsure = err, r.unsure || !unsent(err)
			rest = append(rest, r)
		default:
			j.answer(r, journal.Group{}, fmt.Errorf("%w: %w", journal.ErrRefused, err))
		}
	}
	if missing {
		return j.try(rest)
	}
	return rest
}

func lastError(err error) error {
	if err == nil {
		return errors.New("it was busy with others")
	}
	return err
}

// send adds the request's script call to a pipeline.
func (j *Journal) send(ctx context.Context, pipe goredis.Pipeliner, r *request) *goredis.Cmd {
	args := []any{
		r.draft.Epoch, r.draft.Seen, r.draft.Count, r.digest, r.draft.Body, r.draft.Time, j.instance, r.number,
	}
	if r.byText {
		return appendScript.Eval(ctx, pipe, j.keys(r.board), args...)
	}
	return appendScript.EvalSha(ctx, pipe, j.keys(r.board), args...)
}

// outcome reads what the script answered.
func (r *request) outcome(reply []string) (journal.Group, error) {
	if len(reply) == 5 && reply[0] == "OK" {
		return r.place(reply[1], reply[2], reply[3], reply[4])
	}
	switch code, detail := coded(reply); code {
	case "COLD":
		return journal.Group{}, journal.ErrCold
	case "EPOCH":
		return journal.Group{}, fmt.Errorf("%w: %s, not %d", journal.ErrEpoch, detail, r.draft.Epoch)
	case "REGRESSED":
		return journal.Group{}, fmt.Errorf("%w: head %s, seen %d", journal.ErrRegressed, detail, r.draft.Seen)
	case "LOST":
		return journal.Group{}, fmt.Errorf("%w: %s", journal.ErrLost, detail)
	case "REFUSED":
		return journal.Group{}, fmt.Errorf("%w: %s", journal.ErrRefused, detail)
	default: // GONE, LATE: it was written and forgotten since, or another draft came after it
		return journal.Group{}, fmt.Errorf("%w: Redis answered %q", journal.ErrUnknown, reply)
	}
}

// place makes the group of the place that the script gave it.
func (r *request) place(first, unixMilli, prev, chain string) (g journal.Group, err error) {
	g = journal.Group{Epoch: r.draft.Epoch, Body: r.draft.Body}
	var errs [4]error
	g.First, errs[0] = strconv.ParseUint(first, 10, 64)
	g.Time, errs[1] = strconv.ParseInt(unixMilli, 10, 64)
	g.Prev, errs[2] = parseChain(prev)
	g.Chain, errs[3] = parseChain(chain)
	if err := errors.Join(errs[:]...); err != nil {
		return journal.Group{}, fmt.Errorf("%w: Redis's answer cannot be read: %w", journal.ErrUnknown, err)
	}
	g.Last = g.First + uint64(r.draft.Count) - 1
	return g, nil
}

// answer ends a request. What may have been written is unknown, whatever the last try was told: an earlier one may have
// been carried out before, or wait in Redis's socket still.
func (j *Journal) answer(r *request, g journal.Group, err error) {
	j.mu.Lock()
	delete(j.inFlight, r.board)
	j.mu.Unlock()
	if err != nil && r.unsure && !errors.Is(err, journal.ErrUnknown) {
		err = fmt.Errorf("%w: one try was not answered, and then: %v", journal.ErrUnknown, err)
	}
	r.done(g, err)
}

// transient reports whether another try may go better.
func transient(err error) bool {
	var reply goredis.Error
	if !errors.As(err, &reply) {
		return true // it was not answered
	}
	for _, prefix := range []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "MOVED", "ASK", "max number of clients"} {
		if goredis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// unsent reports whether a command that failed so was certainly not carried out, nor will be: Redis said so, or there
// was no connection. Our scripts write last what can fail, so an error that they throw is one of these too.
func unsent(err error) bool {
	var reply goredis.Error
	var dialing *net.OpError
	return errors.As(err, &reply) || errors.As(err, &dialing) && dialing.Op == "dial" || errors.Is(err, goredis.ErrPoolTimeout)
}
