// Package local is the embedded journal: one preallocated append-only file at a time for all boards of the process, and
// one fdatasync for all groups that wait. It is durable by itself; DESIGN.md has its invariants (J1, J2, …), the file
// format and the rules of recovery.
package local

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Defaults of Options.
const (
	DefaultFileSize = 64 << 20
	DefaultBallast  = 64 << 20
)

// Options say where and how. Only Dir is needed.
type Options struct {
	Dir      string           // data directory: holds "lock", "ballast" and "journal/"; made if missing
	Clock    func() time.Time // time of groups; time.Now if nil
	FileSize int64            // bytes of one journal file; DefaultFileSize if 0. A commit that needs more gets a larger file
	Ballast  int64            // bytes held back for deletes and markers on a full disk; DefaultBallast if 0, none if negative

	// OnRoll, if set, hears when a file closes which boards still need it or an older one: they are to be sealed and
	// trimmed, so that it can go. It is called from a goroutine of the journal and must not block.
	OnRoll func(boards []protocol.ID)

	disk disk // the real one if nil
}

// Journal implements journal.Journal in a directory.
type Journal struct {
	options Options
	folder  string // of the journal files
	lock    *os.File

	mu       sync.Mutex
	boards   map[protocol.ID]*board
	files    []*file // oldest first; the last is the one written to
	pins     map[uint64]int
	lost     error // what boards not listed here answer; nil if all that were here are known
	inFlight map[protocol.ID]struct{}
	pending  []*request
	work     sync.Cond // pending or closing changed
	closing  bool
	broken   error // the second disk failure in a row: nothing more is written

	deleting sync.Mutex // held while files are deleted, oldest first
	finished chan struct{}
	closed   error // outcome of Close, valid when finished is closed

	// The writer's own.
	active      *file  // the newest
	next        uint64 // number of the next commit
	buffer      []byte
	mustCarry   bool // a file closed, or none could be made
	wantBallast bool // the disk was full and the ballast given up
}

var _ journal.Journal = (*Journal)(nil)

// Open takes the data directory, reads what is there, cuts a torn end and starts. What it found is for the caller to log.
// An error means that the directory is in use, cannot be read or has no room for a first file.
func Open(o Options) (*Journal, Recovery, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.FileSize = cmp.Or(o.FileSize, DefaultFileSize)
	o.Ballast = cmp.Or(o.Ballast, DefaultBallast)
	if o.disk == nil {
		o.disk = kernel{}
	}
	j := &Journal{options: o, folder: filepath.Join(o.Dir, "journal"), pins: map[uint64]int{},
		inFlight: map[protocol.ID]struct{}{}, finished: make(chan struct{})}
	j.work.L = &j.mu
	if err := makeFolder(j.folder); err != nil {
		return nil, Recovery{}, err
	}
	lock, err := takeLock(o.Dir)
	if err != nil {
		return nil, Recovery{}, err
	}
	j.lock = lock
	report, err := j.recover()
	if err == nil {
		err = j.firstBallast()
	}
	if err != nil {
		return nil, report, errors.Join(err, j.release())
	}
	go j.run()
	return j, report, nil
}

// recover reads all files and makes the newest one ready to be continued.
func (j *Journal) recover() (Recovery, error) {
	numbers, err := listFiles(j.folder)
	if err != nil {
		return Recovery{}, err
	}
	sources := make([]source, 0, len(numbers))
	var buffer []byte // one file at a time
	for _, n := range numbers {
		f, head, err := openFile(j.options.disk, path(j.folder, n))
		if err != nil {
			return Recovery{}, err
		}
		header, _ := decodeHeader(head)
		header.number = n
		j.files = append(j.files, &file{File: f, name: f.Name(), header: header})
		sources = append(sources, source{number: n, name: filepath.Base(f.Name()), head: head, read: func() (_ []byte, err error) {
			buffer, err = readAll(f, buffer)
			return buffer, err
		}})
	}
	s, at, err := recoverFiles(sources)
	if err != nil {
		return Recovery{}, err
	}
	j.boards, j.next = s.boards, max(at.next, 1)
	for _, b := range j.boards {
		j.pin(b.pin(), 1)
	}
	for _, d := range s.damage {
		if d.All {
			j.pin(d.file, 1) // never deleted: it may be needed to find what was lost
			j.lost = fmt.Errorf("%w: what is lost there may be this board's: %s, offset %d: %s", journal.ErrDamaged, d.File, d.Offset, d.What)
		}
	}
	if len(j.files) == 0 || at.closed {
		return s.report, j.roll(0, at.header, at.end)
	}
	j.active = j.files[len(j.files)-1]
	j.active.end = at.end
	if at.dirty > 0 {
		err = cut(j.options.disk, j.active.File, at.end, at.dirty)
	}
	return s.report, err
}

// Head implements journal.Journal.
func (j *Journal) Head(ctx context.Context, id protocol.ID) (journal.Head, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, err := j.board(ctx, id)
	if err != nil {
		return journal.Head{}, err
	}
	if b.worn != nil {
		return journal.Head{}, b.worn.reason
	}
	return b.head, nil
}

// board returns the board, held here or damaged. j.mu is held.
func (j *Journal) board(ctx context.Context, id protocol.ID) (*board, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if j.closing {
		return nil, journal.ErrClosed
	}
	if b := j.boards[id]; b != nil {
		return b, nil
	}
	return nil, cmp.Or(j.lost, journal.ErrCold)
}

// Open implements journal.Journal. A damaged board can be begun again at a later epoch than it ever had: that is the way
// out of quarantine, for a caller who knows from the archive where the board's log ends.
func (j *Journal) Open(ctx context.Context, id protocol.ID, at journal.Head) error {
	answer := make(chan error, 1)
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{record: headRecord(kindOpen, id, at), done: func(_ journal.Group, err error) { answer <- err }}
	j.mu.Lock()
	if j.closing {
		j.mu.Unlock()
		return journal.ErrClosed
	}
	j.enqueue(r)
	j.mu.Unlock()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: opening board %s: %w", journal.ErrUnknown, id, ctx.Err())
	}
}

// Append implements journal.Journal.
func (j *Journal) Append(id protocol.ID, d journal.Draft, done func(journal.Group, error)) {
	r := &request{record: record{kind: kindGroup, board: id}, draft: d, done: done}
	if d.Count < 1 || d.Count > journal.MaxGroupEntries || len(d.Body) > journal.MaxGroupBytes {
		r.err = fmt.Errorf("%w: a group of %d entries in %d bytes (at most %d in %d)", journal.ErrRefused,
			d.Count, len(d.Body), journal.MaxGroupEntries, journal.MaxGroupBytes)
	} else {
		r.digest = sha256.Sum256(d.Body) // here, because here boards are worked on in parallel
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, ok := j.inFlight[id]; ok {
		panic("journal/local: second append in flight for board " + id.String())
	}
	if j.closing {
		go done(journal.Group{}, journal.ErrClosed)
		return
	}
	j.inFlight[id] = struct{}{}
	j.enqueue(r)
}

// Read implements journal.Journal. On a damaged board it gives the groups before the damage, then ErrDamaged.
func (j *Journal) Read(ctx context.Context, id protocol.ID, after uint64, maxBytes int) ([]journal.Group, error) {
	spans, files, err := j.find(ctx, id, after, maxBytes)
	if err != nil {
		return nil, err
	}
	groups := make([]journal.Group, len(spans))
	for i, s := range spans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g, err := files[i].read(id, s)
		if err != nil {
			return nil, j.readError(err)
		}
		groups[i] = g
	}
	return groups, nil
}

// find returns where the groups after `after` lie, at most about maxBytes.
func (j *Journal) find(ctx context.Context, id protocol.ID, after uint64, maxBytes int) ([]span, []*file, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, err := j.board(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	at, err := b.after(after)
	switch {
	case b.worn != nil && (err != nil || at == len(b.spans)):
		return nil, nil, b.worn.reason
	case err != nil:
		return nil, nil, err
	}
	var files []*file
	end := at
	for bytes := 0; end < len(b.spans) && (end == at || bytes+b.spans[end].body() <= maxBytes); end++ {
		bytes += b.spans[end].body()
		files = append(files, j.file(b.spans[end].file))
	}
	return slices.Clone(b.spans[at:end]), files, nil
}

// file returns the file of that number. j.mu is held, and a board needs the file.
func (j *Journal) file(number uint64) *file {
	return j.files[number-j.files[0].header.number] // numbers have no holes: only the oldest is ever deleted
}

// read reads one group and checks that it is what was written.
func (f *file) read(id protocol.ID, s span) (journal.Group, error) {
	raw := make([]byte, s.size)
	if _, err := f.ReadAt(raw, s.offset); err != nil {
		return journal.Group{}, fmt.Errorf("reading %s, offset %d: %w", f.name, s.offset, err)
	}
	u, ok := parseUnit(raw, f.header.id)
	if !ok || u.kind != kindGroup {
		return journal.Group{}, fmt.Errorf("%w: %s, offset %d: the record changed on disk", journal.ErrDamaged, f.name, s.offset)
	}
	r := u.record()
	if r.board != id || r.group.First != s.first || r.group.Last != s.last {
		return journal.Group{}, fmt.Errorf("%w: %s, offset %d: another record stands there", journal.ErrDamaged, f.name, s.offset)
	}
	return r.group, nil
}

// readError tells why a file could not be read: it may have been deleted behind a Trim, or the journal closed.
func (j *Journal) readError(err error) error {
	if !errors.Is(err, os.ErrClosed) {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing {
		return journal.ErrClosed
	}
	return fmt.Errorf("%w: while it was read", journal.ErrTrimmed)
}

// Boards returns the boards that have a sound log here and their heads: at start, what is to be sealed.
func (j *Journal) Boards() map[protocol.ID]journal.Head {
	j.mu.Lock()
	defer j.mu.Unlock()
	heads := make(map[protocol.ID]journal.Head, len(j.boards))
	for id, b := range j.boards {
		if b.worn == nil {
			heads[id] = b.head
		}
	}
	return heads
}

// Pinned returns the boards with a sound log that keep a closed file from being deleted, in order of their ids.
func (j *Journal) Pinned() []protocol.ID {
	j.mu.Lock()
	defer j.mu.Unlock()
	newest := j.files[len(j.files)-1].header.number
	var ids []protocol.ID
	for id, b := range j.boards {
		if p := b.pin(); b.worn == nil && p != 0 && p < newest {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b protocol.ID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// Unhealthy returns why the journal writes no more until it is opened again, nil if it does. A full disk is no reason: it
// heals by itself.
func (j *Journal) Unhealthy() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.broken
}

// Close writes what is pending, marks the log's end as durable and releases the directory. Later calls return ErrClosed.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closing = true
	j.work.Signal()
	j.mu.Unlock()
	<-j.finished
	return j.closed
}

// release closes all files and gives the directory free.
func (j *Journal) release() error {
	var errs []error
	for _, f := range j.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(append(errs, j.lock.Close())...)
}
