package redis

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// How many groups one exchange reads: few of unknown size first, then by the size of those that came.
const (
	firstPage = 8
	maxPage   = 1024
	pageBytes = 1 << 20
)

// headsPage is how many heads one exchange reads.
const headsPage = 1000

// end is what Redis knows of a board's log: its head and how far it was trimmed.
type end struct {
	journal.Head
	trimmed uint64
}

var headFields = []string{"e", "s", "h", "t", "x"}

// Head implements journal.Journal.
func (j *Journal) Head(ctx context.Context, board protocol.ID) (journal.Head, error) {
	var values []any
	err := j.ask(ctx, func(ctx context.Context) (err error) {
		values, err = j.client.HMGet(ctx, j.keys(board)[0], headFields...).Result()
		return err
	})
	if err != nil {
		return journal.Head{}, err
	}
	e, err := parseEnd(values)
	return e.Head, err
}

// Heads reads the heads of many boards in few exchanges, and tells each: journal.ErrCold of a board that is not open,
// another error of one that could not be asked. Instances compare heads every two seconds and after each sign that they
// may have missed something, because nobody can see that the last of the messages is missing.
func (j *Journal) Heads(ctx context.Context, boards []protocol.ID, each func(protocol.ID, journal.Head, error)) {
	for len(boards) > 0 {
		page := boards[:min(len(boards), headsPage)]
		boards = boards[len(page):]
		answers := make([]*goredis.SliceCmd, len(page))
		err := j.ask(ctx, func(ctx context.Context) error {
			pipe := j.client.Pipeline()
			for i, board := range page {
				answers[i] = pipe.HMGet(ctx, j.keys(board)[0], headFields...)
			}
			_, err := pipe.Exec(ctx)
			return err
		})
		for i, board := range page {
			if answers[i] == nil {
				each(board, journal.Head{}, err)
				continue
			}
			values, err := answers[i].Result()
			var e end
			if err == nil {
				e, err = parseEnd(values)
			}
			each(board, e.Head, err)
		}
	}
}

// Read implements journal.Journal. Groups that do not follow one another, or a log that ends before its head, are ErrLost.
func (j *Journal) Read(ctx context.Context, board protocol.ID, after uint64, maxBytes int) ([]journal.Group, error) {
	var groups []journal.Group
	size, count := 0, firstPage
	for {
		page, e, err := j.page(ctx, board, after, count)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 && after < e.Seq && len(groups) == 0 {
			if after < e.trimmed {
				return nil, trimmed(after, e)
			}
			return nil, fmt.Errorf("%w: the head is at %d, the log ends at or before %d", journal.ErrLost, e.Seq, after)
		}
		if len(page) == 0 && after > e.Seq {
			return nil, trimmed(after, e)
		}
		for _, g := range page {
			if g.First != after+1 || len(groups) > 0 && g.Prev != groups[len(groups)-1].Chain {
				if len(groups) > 0 {
					return groups, nil // trimmed or begun anew between two pages: the next call tells
				}
				if after >= e.trimmed && g.First > after+1 && g.First <= g.Last {
					return nil, fmt.Errorf("%w: behind %d comes %d", journal.ErrLost, after, g.First)
				}
				return nil, trimmed(after, e)
			}
			if len(groups) > 0 && size+len(g.Body) > maxBytes {
				return groups, nil
			}
			groups, size, after = append(groups, g), size+len(g.Body), g.Last
		}
		if len(page) < count || size >= maxBytes {
			return groups, nil
		}
		mean := size/len(groups) + 1
		count = max(1, min(maxPage, pageBytes/mean, (maxBytes-size)/mean+1))
	}
}

func trimmed(after uint64, e end) error {
	return fmt.Errorf("%w: after %d; held are %d to %d", journal.ErrTrimmed, after, e.trimmed+1, e.Seq)
}

// page reads up to count groups after a seq, and the end of the log at the same moment. The log's ids begin with the
// epoch, so the epoch comes first.
func (j *Journal) page(ctx context.Context, board protocol.ID, after uint64, count int) (groups []journal.Group, e end, err error) {
	head, err := j.Head(ctx, board)
	for err == nil && head.Epoch != e.Epoch {
		keys := j.keys(board)
		epoch := head.Epoch
		var values *goredis.SliceCmd
		var entries *goredis.XMessageSliceCmd
		err = j.ask(ctx, func(ctx context.Context) error {
			tx := j.client.TxPipeline()
			values = tx.HMGet(ctx, keys[0], headFields...)
			entries = tx.XRangeN(ctx, keys[1], fmt.Sprintf("(%d-%d", epoch, after), "+", int64(count))
			_, err := tx.Exec(ctx)
			return err
		})
		if err != nil {
			break
		}
		if e, err = parseEnd(values.Val()); err != nil {
			break
		}
		if e.Epoch != epoch { // it was begun anew in between
			head, e = e.Head, end{}
			continue
		}
		groups, err = parseGroups(entries.Val())
	}
	return groups, e, err
}

func parseGroups(entries []goredis.XMessage) ([]journal.Group, error) {
	groups := make([]journal.Group, 0, len(entries))
	for _, entry := range entries {
		field := func(name string) string { s, _ := entry.Values[name].(string); return s }
		epoch, last, _ := strings.Cut(entry.ID, "-")
		g, err := parseGroup(epoch, field("f"), last, field("t"), field("p"), field("h"), field("b"))
		if err != nil {
			return nil, fmt.Errorf("%w: the log's entry %s cannot be read: %w", journal.ErrLost, entry.ID, err)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

func parseGroup(epoch, first, last, unixMilli, prev, chain, body string) (g journal.Group, err error) {
	var errs [6]error
	g.Epoch, errs[0] = strconv.ParseUint(epoch, 10, 64)
	g.First, errs[1] = strconv.ParseUint(first, 10, 64)
	g.Last, errs[2] = strconv.ParseUint(last, 10, 64)
	g.Time, errs[3] = strconv.ParseInt(unixMilli, 10, 64)
	g.Prev, errs[4] = parseChain(prev)
	g.Chain, errs[5] = parseChain(chain)
	g.Body = []byte(body)
	return g, errors.Join(errs[:]...)
}

func parseEnd(values []any) (e end, err error) {
	if len(values) != len(headFields) || values[0] == nil {
		return end{}, journal.ErrCold
	}
	field := func(i int) string { s, _ := values[i].(string); return s }
	var errs [5]error
	e.Epoch, errs[0] = strconv.ParseUint(field(0), 10, 64)
	e.Seq, errs[1] = strconv.ParseUint(field(1), 10, 64)
	e.Chain, errs[2] = parseChain(field(2))
	e.Time, errs[3] = strconv.ParseInt(field(3), 10, 64)
	e.trimmed, errs[4] = strconv.ParseUint(field(4), 10, 64)
	if err := errors.Join(errs[:]...); err != nil {
		return end{}, fmt.Errorf("%w: the head in Redis cannot be read: %w", journal.ErrLost, err)
	}
	return e, nil
}

func parseChain(s string) (c journal.Chain, err error) {
	if len(s) != hex.EncodedLen(len(c)) {
		return c, fmt.Errorf("a chain of %d digits", len(s))
	}
	_, err = hex.Decode(c[:], []byte(s))
	return c, err
}
