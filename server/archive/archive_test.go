package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/disk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	testBoard  = protocol.ID{1, 2, 3}
	otherBoard = protocol.ID{9}
	testKey    = bytes.Repeat([]byte{7}, KeyBytes)
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.UnixMilli(1_800_000_000_000)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// rig is an archive on a real folder with one board.
type rig struct {
	*Archive
	t      *testing.T
	folder string
	store  store.Store
	clock  *clock
	log    *bytes.Buffer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return rigAt(t, t.TempDir())
}

func rigAt(t *testing.T, folder string) *rig {
	t.Helper()
	s, err := disk.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := &rig{t: t, folder: folder, store: s, clock: newClock(), log: &bytes.Buffer{}}
	r.Archive = r.on(s)
	if err := r.CreateBoard(t.Context(), testBoard, testKey); err != nil {
		t.Fatal(err)
	}
	return r
}

// on returns another archive on the rig's clock and log.
func (r *rig) on(s store.Store) *Archive {
	return New(s, r.clock.now, slog.New(slog.NewTextHandler(r.log, nil)))
}

func (r *rig) seal(groups ...journal.Group) journal.Head {
	r.t.Helper()
	end, err := r.Seal(r.t.Context(), testBoard, groups)
	if err != nil {
		r.t.Fatalf("Seal(%d to %d) = %v", groups[0].First, groups[len(groups)-1].Last, err)
	}
	return end
}

// sealEach makes a slot of each group.
func (r *rig) sealEach(groups []journal.Group) {
	r.t.Helper()
	for _, g := range groups {
		r.seal(g)
	}
}

func (r *rig) pack() {
	r.t.Helper()
	if err := r.Pack(r.t.Context(), testBoard); err != nil {
		r.t.Fatalf("Pack = %v", err)
	}
}

func (r *rig) end() journal.Head {
	r.t.Helper()
	end, err := r.End(r.t.Context(), testBoard)
	if err != nil {
		r.t.Fatalf("End = %v", err)
	}
	return end
}

// groups reads to the end or the first error, bodies copied.
func (r *rig) groups(after uint64) ([]journal.Group, error) {
	return collect(r.t.Context(), r.Archive, after)
}

func collect(ctx context.Context, a *Archive, after uint64) (all []journal.Group, last error) {
	for g, err := range a.Groups(ctx, testBoard, after) {
		if err != nil {
			last = err
			continue
		}
		g.Body = bytes.Clone(g.Body)
		all = append(all, g)
	}
	return all, last
}

func (r *rig) wantGroups(after uint64, want []journal.Group) {
	r.t.Helper()
	got, err := r.groups(after)
	if err != nil {
		r.t.Fatalf("Groups(after %d) = %v", after, err)
	}
	if !sameGroups(got, want) {
		r.t.Fatalf("Groups(after %d) gave %s, want %s", after, ranges(got), ranges(want))
	}
}

func sameGroups(x, y []journal.Group) bool {
	return slices.EqualFunc(x, y, func(x, y journal.Group) bool {
		return bytes.Equal(x.Body, y.Body) && x.Head() == y.Head() && x.First == y.First && x.Prev == y.Prev
	})
}

func ranges(groups []journal.Group) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "[%d-%d]", g.First, g.Last)
	}
	return b.String()
}

func (r *rig) names(prefix string) []string {
	r.t.Helper()
	var all []string
	for name, err := range r.store.List(r.t.Context(), testBoard.String()+"/"+prefix) {
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, strings.TrimPrefix(name, testBoard.String()+"/1/"))
	}
	return all
}

func (r *rig) path(name string) string { return filepath.Join(r.folder, filepath.FromSlash(name)) }

func (r *rig) bytes(name string) []byte {
	r.t.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// overwrite changes an object behind the store's back.
func (r *rig) overwrite(name string, b []byte) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), b, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) remove(name string) {
	r.t.Helper()
	if err := os.Remove(r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

// history makes linked groups. Histories of different seeds differ from their first group on.
type history struct {
	rng  *rand.Rand
	head journal.Head
	all  []journal.Group
}

func newHistory(seed uint64) *history {
	return &history{rng: rand.New(rand.NewPCG(seed, 1)), head: genesis}
}

// branch returns a history with the same past and another future.
func (h *history) branch(seed uint64) *history {
	return &history{rng: rand.New(rand.NewPCG(seed, 2)), head: h.head, all: slices.Clone(h.all)}
}

// more makes n groups with bodies of the given size.
func (h *history) more(n, body int) []journal.Group {
	made := len(h.all)
	for range n {
		b := make([]byte, body)
		for i := range b {
			b[i] = byte(h.rng.IntN(20)) // compressible, as ops are
		}
		g := journal.Group{
			Epoch: h.head.Epoch, First: h.head.Seq + 1, Last: h.head.Seq + 1 + uint64(h.rng.IntN(4)),
			Time: h.head.Time + int64(h.rng.IntN(100)), Prev: h.head.Chain, Body: b,
		}
		g.Chain = journal.Link(g.Prev, h.head.Seq, g.Last, g.Time, sha256.Sum256(b))
		h.head = g.Head()
		h.all = append(h.all, g)
	}
	return h.all[made:]
}

// link makes the next group of one entry, at the time of the one before.
func (h *history) link(body []byte) journal.Group {
	g := journal.Group{Epoch: h.head.Epoch, First: h.head.Seq + 1, Last: h.head.Seq + 1, Time: h.head.Time, Prev: h.head.Chain, Body: body}
	g.Chain = journal.Link(g.Prev, h.head.Seq, g.Last, g.Time, sha256.Sum256(body))
	h.head = g.Head()
	h.all = append(h.all, g)
	return g
}

// hooked is a store that tests reach into.
type hooked struct {
	store.Store
	create func(ctx context.Context, name string, blob []byte) error
	list   func(prefix string) // called before the listing
	get    func(name string)   // called before the reading
}

func (h *hooked) Get(ctx context.Context, name string) ([]byte, error) {
	if h.get != nil {
		h.get(name)
	}
	return h.Store.Get(ctx, name)
}

func (h *hooked) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	if h.list != nil {
		h.list(prefix)
	}
	return h.Store.List(ctx, prefix)
}

func (h *hooked) Create(ctx context.Context, name string, blob []byte) error {
	if h.create != nil {
		return h.create(ctx, name, blob)
	}
	return h.Store.Create(ctx, name, blob)
}

func TestBoardExistsOnceCreated(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	if got, err := r.Key(ctx, testBoard); err != nil || !bytes.Equal(got, testKey) {
		t.Fatalf("Key = %x, %v", got, err)
	}
	if end := r.end(); end != genesis {
		t.Fatalf("End of an empty board = %+v, want %+v", end, genesis)
	}
	r.wantGroups(0, nil)
	if err := r.CreateBoard(ctx, testBoard, testKey); err != nil {
		t.Fatalf("CreateBoard again with the same key = %v, want nil: it may be a retry", err)
	}
	if err := r.CreateBoard(ctx, testBoard, bytes.Repeat([]byte{8}, KeyBytes)); !errors.Is(err, ErrBoardExists) {
		t.Fatalf("CreateBoard with another key = %v, want ErrBoardExists", err)
	}
	if err := r.CreateBoard(ctx, otherBoard, testKey[1:]); err == nil {
		t.Fatal("CreateBoard took a short key")
	}
}

// eachVerb calls everything that needs a board to exist.
func eachVerb(ctx context.Context, a *Archive, board protocol.ID) map[string]error {
	verbs := map[string]error{}
	_, verbs["Key"] = a.Key(ctx, board)
	_, verbs["End"] = a.End(ctx, board)
	_, verbs["Seal"] = a.Seal(ctx, board, newHistory(1).more(1, 10))
	for _, err := range a.Groups(ctx, board, 0) {
		verbs["Groups"] = err
	}
	verbs["Pack"] = a.Pack(ctx, board)
	verbs["PutSnapshot"] = a.PutSnapshot(ctx, board, genesis, nil)
	_, _, verbs["Snapshot"] = a.Snapshot(ctx, board, 5)
	return verbs
}

func TestNoBoard(t *testing.T) {
	r := newRig(t)
	verbs := eachVerb(t.Context(), r.Archive, otherBoard)
	_, verbs["Verify"] = Verify(t.Context(), r.store, otherBoard, &tally{})
	for verb, err := range verbs {
		if !errors.Is(err, ErrNoBoard) {
			t.Errorf("%s = %v, want ErrNoBoard", verb, err)
		}
	}
	for name, err := range r.store.List(t.Context(), otherBoard.String()) {
		t.Errorf("an object of a board that does not exist: %s, %v", name, err)
	}
}

// failing is a store that is away.
type failing struct{ store.Store }

var errAway = errors.New("the store is away")

func (failing) Get(context.Context, string) ([]byte, error) { return nil, errAway }

func TestAnErrorIsNotAnEmptyBoard(t *testing.T) {
	r := newRig(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for what, c := range map[string]struct {
		verbs map[string]error
		want  error
	}{
		"store away": {eachVerb(t.Context(), r.on(failing{r.store}), testBoard), errAway},
		"cancelled":  {eachVerb(cancelled, r.Archive, testBoard), context.Canceled},
	} {
		for verb, err := range c.verbs {
			if !errors.Is(err, c.want) || errors.Is(err, ErrNoBoard) || errors.Is(err, ErrNoSnapshot) {
				t.Errorf("%s: %s = %v, want %v", what, verb, err, c.want)
			}
		}
	}
	r.seal(newHistory(1).more(1, 10)...)
	for what, spoil := range map[string]func(){
		"flipped": func() { b := r.bytes(keyName(testBoard)); b[3] ^= 1; r.overwrite(keyName(testBoard), b) },
		"short":   func() { r.overwrite(keyName(testBoard), testKey) },
		"gone":    func() { r.remove(keyName(testBoard)) },
	} {
		spoil()
		for verb, err := range eachVerb(t.Context(), r.Archive, testBoard) {
			if !errors.Is(err, ErrDamaged) || errors.Is(err, ErrNoBoard) {
				t.Errorf("key %s: %s = %v, want ErrDamaged", what, verb, err)
			}
		}
		r.overwrite(keyName(testBoard), appendSum(bytes.Clone(testKey)))
	}
}

func TestBoards(t *testing.T) {
	r := newRig(t)
	r.seal(newHistory(1).more(2, 10)...)
	want := []string{testBoard.String()}
	for i := range 5 {
		id := protocol.ID{byte(20 * i), 1}
		want = append(want, id.String())
		if err := r.CreateBoard(t.Context(), id, testKey); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"epoch/7", "someone/key", "deeper/" + otherBoard.String() + "/key"} {
		if err := r.store.Create(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for id, err := range r.Boards(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id.String())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("Boards = %q, want %q", got, want)
	}
	for range r.Boards(t.Context()) {
		break
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		slotName(testBoard, 1):         testBoard.String() + "/1/seg/00000000000000000001",
		slotName(testBoard, 1<<64-1):   testBoard.String() + "/1/seg/18446744073709551615",
		packName(testBoard, 7, 123):    testBoard.String() + "/1/pack/00000000000000000007-00000000000000000123",
		snapName(testBoard, 0):         testBoard.String() + "/1/snap/00000000000000000000",
		keyName(testBoard):             testBoard.String() + "/key",
		kindSnapshot.prefix(testBoard): testBoard.String() + "/1/snap/",
		boardPrefix(testBoard):         testBoard.String() + "/",
	} {
		if got != want {
			t.Errorf("name %q, want %q", got, want)
		}
		if err := store.CheckName(strings.TrimSuffix(got, "/")); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "1", "0000000000000000001", "000000000000000000001", "-0000000000000000001", "99999999999999999999", "0000000000000000000x"} {
		if seq, ok := parseSeq(s); ok {
			t.Errorf("parseSeq(%q) = %d", s, seq)
		}
	}
	for _, s := range []string{"", "-", "00000000000000000001", "00000000000000000002-00000000000000000001", "00000000000000000000-00000000000000000001", "00000000000000000001-00000000000000000001-"} {
		if first, last, ok := parseRange(s); ok {
			t.Errorf("parseRange(%q) = %d, %d", s, first, last)
		}
	}
}
