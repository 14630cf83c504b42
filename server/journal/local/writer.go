package local

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// maxCommit bounds one commit, so that memory and the time to its fdatasync stay bounded when thousands of boards wait.
const maxCommit = 8 << 20

// keptBuffer is the largest buffer kept between commits.
const keptBuffer = 1 << 20

// request is an append or an open that waits for its commit.
type request struct {
	record record        // kind and board; an open's is complete
	draft  journal.Draft // of an append
	digest [sha256.Size]byte
	err    error // refused before it came to the writer
	done   func(journal.Group, error)
}

func (r *request) bytes() int64 { return int64(len(r.draft.Body)) + entrySize + unitSize + recordSize }

// enqueue hands a request to the writer. j.mu is held.
func (j *Journal) enqueue(r *request) {
	j.pending = append(j.pending, r)
	j.work.Signal()
}

// run is the writer: the only goroutine that gives places in the log, writes and syncs.
func (j *Journal) run() {
	defer close(j.finished)
	for {
		batch := j.gather()
		if len(batch) == 0 {
			break
		}
		j.commit(batch)
		if j.mustCarry {
			j.mustCarry = false
			j.carry()
		}
	}
	j.deleting.Lock()
	defer j.deleting.Unlock()
	j.closed = errors.Join(j.mark(), j.release())
}

// gather waits for requests and takes what goes into one commit: at most one record per board, the rest stays in order.
// It returns none when the journal is closing and nothing is left.
func (j *Journal) gather() []*request {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.pending) == 0 && !j.closing {
		j.work.Wait()
	}
	for range 3 { // whoever was just answered may be about to append again: let him, it is cheaper than a sync for the first alone
		j.mu.Unlock()
		runtime.Gosched()
		j.mu.Lock()
	}
	batch := make([]*request, 0, len(j.pending))
	taken := make(map[protocol.ID]struct{}, len(j.pending))
	var rest []*request
	var size int64
	for _, r := range j.pending {
		_, twice := taken[r.record.board]
		if twice || len(batch) == maxRecords || (size > 0 && size+r.bytes() > maxCommit) {
			rest = append(rest, r)
			taken[r.record.board] = struct{}{} // nothing of this board may overtake it
			continue
		}
		taken[r.record.board] = struct{}{}
		batch = append(batch, r)
		size += r.bytes()
	}
	j.pending = rest
	return batch
}

// commit gives the batch its places, makes it durable and tells everybody.
func (j *Journal) commit(batch []*request) {
	var chosen []*request
	var records []record
	var refused []*request
	now := j.options.Clock().UnixMilli()
	j.mu.Lock()
	for _, r := range batch {
		if r.err == nil {
			r.err = j.place(r, now)
		}
		if r.err != nil {
			refused = append(refused, r)
			continue
		}
		chosen = append(chosen, r)
		records = append(records, r.record)
	}
	j.mu.Unlock()
	j.answer(refused)
	if len(records) == 0 {
		return
	}
	spots := make([]int64, len(records))
	err := j.write(records, spots)
	if err == nil {
		j.publish(records, spots)
	}
	for _, r := range chosen {
		r.err = err
	}
	j.answer(chosen)
}

// place completes the request's record at the head of its board, or says why it has no place. j.mu is held.
func (j *Journal) place(r *request, now int64) error {
	if j.broken != nil {
		return fmt.Errorf("%w: %w", journal.ErrRefused, j.broken)
	}
	b := j.boards[r.record.board]
	if r.record.kind == kindOpen {
		return mayOpen(b, r.record.group.Epoch)
	}
	switch {
	case b == nil:
		return cmp.Or(j.lost, journal.ErrCold)
	case b.worn != nil:
		return b.worn.reason
	case b.head.Epoch != r.draft.Epoch:
		return fmt.Errorf("%w: %d, not %d", journal.ErrEpoch, b.head.Epoch, r.draft.Epoch)
	case b.head.Seq < r.draft.Seen:
		return fmt.Errorf("%w: head %d, seen %d", journal.ErrRegressed, b.head.Seq, r.draft.Seen)
	}
	last := b.head.Seq + uint64(r.draft.Count)
	time := max(b.head.Time, min(now, r.draft.Time+journal.MaxTimeLead))
	r.record.group = journal.Group{Epoch: b.head.Epoch, First: b.head.Seq + 1, Last: last, Time: time, Prev: b.head.Chain,
		Chain: journal.Link(b.head.Chain, b.head.Seq, last, time, r.digest), Body: r.draft.Body}
	return nil
}

// mayOpen says whether a board's log may begin (again) at the epoch.
func mayOpen(b *board, epoch uint64) error {
	switch {
	case epoch == 0:
		return fmt.Errorf("%w: epochs begin at 1", journal.ErrEpoch)
	case b == nil || epoch > b.epoch:
		return nil
	case b.worn != nil:
		return b.worn.reason
	}
	return fmt.Errorf("%w: %d, not %d", journal.ErrEpoch, b.epoch, epoch)
}

// publish takes durable records into the index.
func (j *Journal) publish(records []record, spots []int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.active
	start := f.end
	f.end += commitSize(records)
	for i := range records {
		r := &records[i]
		b := j.boards[r.board]
		if b == nil {
			b = &board{}
			j.boards[r.board] = b
		}
		before := b.pin()
		switch r.kind {
		case kindOpen:
			b.begin(r.group.Head())
		case kindWorn:
			b.stay(r.group.Head(), &wound{damage: &Damage{file: f.header.number, before: true}, reason: b.worn.reason})
		default:
			b.take(r.group, span{file: f.header.number, offset: start + spots[i], size: uint32(r.size()),
				first: r.group.First, last: r.group.Last})
		}
		j.repin(before, b)
	}
}

// answer tells the outcome of finished requests. A board's next append may come from within done.
func (j *Journal) answer(finished []*request) {
	j.mu.Lock()
	for _, r := range finished {
		if r.record.kind == kindGroup {
			delete(j.inFlight, r.record.board)
		}
	}
	j.mu.Unlock()
	for _, r := range finished {
		if r.err != nil {
			r.done(journal.Group{}, r.err)
		} else {
			r.done(r.record.group, nil)
		}
	}
}

// write makes the records durable as the next commit, in the current file or a new one.
func (j *Journal) write(records []record, spots []int64) error {
	need := commitSize(records)
	if f := j.active; !f.room(need) {
		j.mustCarry = true
		if err := j.roll(need, f.header, f.end); err != nil {
			return fmt.Errorf("%w: %w", journal.ErrRefused, err)
		}
		j.rolled()
	}
	err := j.put(records, spots)
	switch {
	case err == nil:
		j.next++
		return nil
	case errors.Is(err, errUnwritten):
		return fmt.Errorf("%w: %w", journal.ErrRefused, err)
	}
	// What the file holds behind its end is unknown now, and asking again would only be told that all is well. The new
	// file says that the old one ends before this commit.
	j.mustCarry = true
	again := j.roll(need, j.active.header, j.active.end)
	if again == nil {
		again = j.put(records, spots)
	}
	if again == nil {
		j.next++
		j.rolled()
		return nil
	}
	err = fmt.Errorf("the journal's disk fails: %w; then in a new file: %w", err, again)
	j.giveUp(err)
	return fmt.Errorf("%w: %w", journal.ErrUnknown, err)
}

// errUnwritten marks an error of put after which the commit cannot be in the file.
var errUnwritten = errors.New("no room in the file's blocks")

// put writes the records behind the end of the current file and syncs them.
func (j *Journal) put(records []record, spots []int64) error {
	f := j.active
	j.buffer = appendCommit(j.buffer[:0], f.header.id, j.next, records, spots)
	defer func() {
		if cap(j.buffer) > keptBuffer {
			j.buffer = nil
		}
	}()
	if err := j.options.disk.write(f.File, j.buffer, f.end); err != nil {
		if full(err) { // a file system that copies on write: what is there is not whole and is overwritten by the next
			return fmt.Errorf("%w: %w", errUnwritten, err)
		}
		return err
	}
	return j.options.disk.sync(f.File)
}

// giveUp ends all writing.
func (j *Journal) giveUp(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = err
}

// mark writes, as the journal closes, that all before is durable: a record that is bad later cannot pass for a tear then.
func (j *Journal) mark() error {
	if j.broken != nil {
		return j.broken
	}
	return j.put([]record{{kind: kindMark}}, nil)
}
