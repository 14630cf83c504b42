package history

import (
	"context"
	"crypto/sha256"
	"iter"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/local"
	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/disk"
)

// counting is a store that counts what is read of it, and lets a test step in before a Create.
type counting struct {
	store.Store
	snapshots, segments atomic.Int64 // reads
	before              func(name string) error
}

func (c *counting) Get(ctx context.Context, name string) ([]byte, error) {
	switch {
	case strings.Contains(name, "/snap/"):
		c.snapshots.Add(1)
	case strings.Contains(name, "/seg/"), strings.Contains(name, "/pack/"):
		c.segments.Add(1)
	}
	return c.Store.Get(ctx, name)
}

func (c *counting) Create(ctx context.Context, name string, blob []byte) error {
	if c.before != nil {
		if err := c.before(name); err != nil {
			return err
		}
	}
	return c.Store.Create(ctx, name, blob)
}

// reads returns the reads since it was asked last.
func (c *counting) reads() (snapshots, segments int64) {
	return c.snapshots.Swap(0), c.segments.Swap(0)
}

// bed is a board on a real journal and a real store, and the truth about it.
type bed struct {
	t       *testing.T
	dir     string
	file    int64 // bytes of a journal file
	journal *local.Journal
	store   *counting
	archive *archive.Archive
	past    *History
	log     *strings.Builder

	id     protocol.ID
	author protocol.ID
	note   protocol.ID
	head   journal.Head
	clock  int64 // unix milliseconds; a second more with each group
	truth  *board.State
}

func newBed(t *testing.T) *bed { return newBedOf(t, 1<<20) }

// newBedOf makes a bed whose journal has files of so many bytes.
func newBedOf(t *testing.T, file int64) *bed {
	t.Helper()
	b := &bed{t: t, file: file, dir: t.TempDir(), id: protocol.RandomID(), author: protocol.RandomID(), note: protocol.RandomID(), clock: 1_800_000_000_000, truth: board.New()}
	b.open()
	t.Cleanup(b.close)
	if err := b.past.Create(t.Context(), b.id, make([]byte, archive.KeyBytes)); err != nil {
		t.Fatal(err)
	}
	b.head = genesis().Head
	return b
}

func (b *bed) open() {
	b.t.Helper()
	blobs, err := disk.Open(filepath.Join(b.dir, "store"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.store = &counting{Store: blobs}
	b.log = new(strings.Builder)
	log := slog.New(slog.NewTextHandler(b.log, nil))
	j, _, err := local.Open(local.Options{Dir: b.dir, Ballast: -1, FileSize: b.file, Clock: func() time.Time { return time.UnixMilli(b.clock) }})
	if err != nil {
		b.t.Fatal(err)
	}
	b.journal = j
	b.archive = archive.New(b.store, time.Now, log)
	b.past = New(b.archive, j, log)
}

func (b *bed) close() {
	if b.journal == nil {
		return
	}
	if err := b.journal.Close(); err != nil {
		b.t.Error(err)
	}
	b.journal = nil
}

// restart closes what is open and opens it again, as another process would; in between may do something to the files.
func (b *bed) restart(between func()) {
	b.t.Helper()
	b.close()
	if between != nil {
		between()
	}
	b.open()
}

// entry is an op and who did it.
type entry struct {
	author protocol.ID
	op     protocol.Op
}

// group appends entries as one group, a second after the one before.
func (b *bed) group(entries ...entry) {
	b.t.Helper()
	b.clock += 1000
	var body []byte
	for _, e := range entries {
		body = protocol.AppendEntry(body, e.author, protocol.ID{}, 0, e.op)
	}
	b.draft(body, len(entries))
}

func (b *bed) draft(body []byte, count int) {
	b.t.Helper()
	done := make(chan journal.Group, 1)
	b.journal.Append(b.id, journal.Draft{Epoch: b.head.Epoch, Seen: b.head.Seq, Count: count, Body: body, Time: b.clock}, func(g journal.Group, err error) {
		if err != nil {
			b.t.Errorf("append: %v", err)
		}
		done <- g
	})
	g := <-done
	b.head = g.Head()
	entries, err := protocol.DecodeEntries(g.Body, g.First, g.Time)
	if err != nil {
		return // what a test planted
	}
	for _, e := range entries {
		b.truth.Apply(e)
	}
}

// begin makes the board, its owner and one note: 4 entries in 2 groups.
func (b *bed) begin() {
	b.t.Helper()
	secret, token := sha256.Sum256([]byte("secret")), sha256.Sum256([]byte("token"))
	link := protocol.RandomID()
	b.group(entry{op: &protocol.BoardCreate{Title: "Lab", Recovery: secret[:]}})
	b.group(
		entry{op: &protocol.LinkCreate{Link: link, Secret: secret[:], Role: protocol.RoleOwner}},
		entry{op: &protocol.ParticipantJoin{Participant: b.author, Token: token[:], Link: link, Name: "Ilse"}},
		entry{b.author, &protocol.NoteCreate{Note: b.note, X: 0, Y: 0, W: 12800, H: 9600, Text: "één", Rev: protocol.RandomID()}},
	)
}

// moves appends groups of so many moves each: behind entry seq, the note's x is seq.
func (b *bed) moves(groups, each int) {
	b.t.Helper()
	for range groups {
		entries := make([]entry, each)
		for i := range entries {
			entries[i] = entry{b.author, &protocol.NoteMove{Note: b.note, X: int64(b.head.Seq) + int64(i) + 1, Y: 0}}
		}
		b.group(entries...)
	}
}

func (b *bed) seal() {
	b.t.Helper()
	if err := b.past.Seal(b.t.Context(), b.id); err != nil {
		b.t.Fatal(err)
	}
}

// x returns where the note lies in a state.
func (b *bed) x(s *board.State) int64 {
	b.t.Helper()
	for p := range s.Base(board.AudienceBoard) {
		if n := p.Change().Note; n != nil && n.ID == b.note {
			return *n.X
		}
	}
	b.t.Fatal("the note is not there")
	return 0
}

// sound asserts that the board opens to what it must be.
func (b *bed) sound() {
	b.t.Helper()
	m, _, err := b.past.Open(b.t.Context(), b.id)
	if err != nil {
		b.t.Fatalf("open: %v", err)
	}
	if m.Head != b.head || m.State.Hash() != b.truth.Hash() {
		b.t.Errorf("opened at %+v, want %+v; equal states: %v", m.Head, b.head, m.State.Hash() == b.truth.Hash())
	}
}

// groups collects a sequence; an error ends it.
func collect(groups iter.Seq2[journal.Group, error]) (all []journal.Group, err error) {
	for g, err := range groups {
		if err != nil {
			return all, err
		}
		all = append(all, g)
	}
	return all, nil
}

// failing is a store of which some calls fail.
type failing struct {
	store.Store
	fail func() bool
}

func (f *failing) Get(ctx context.Context, name string) ([]byte, error) {
	if f.fail() {
		return nil, errCut
	}
	return f.Store.Get(ctx, name)
}

func (f *failing) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	if f.fail() {
		return func(yield func(string, error) bool) { yield("", errCut) }
	}
	return f.Store.List(ctx, prefix)
}
