package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/journal"
)

func TestSealMovesThePastAndChangesNothing(t *testing.T) {
	b := newBed(t)
	b.begin()
	b.moves(10, 3)
	b.sound()
	for range 3 {
		b.seal()
		b.seal() // twice does no harm
		b.sound()
		if end, err := b.archive.End(t.Context(), b.id); err != nil || end != b.head {
			t.Fatalf("the archive ends at %+v, %v; the board at %+v", end, err, b.head)
		}
		b.restart(nil)
		b.sound()
		b.moves(10, 1)
		b.sound()
	}
}

// TestReadersBesideSealing reads a board again and again while it is written to and sealed: whatever moves from the
// journal to the archive under a reader is seen once, and nothing is missed.
func TestReadersBesideSealing(t *testing.T) {
	b := newBed(t)
	b.begin()
	b.moves(5, 3)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				groups, err := collect(b.past.Groups(t.Context(), b.id, 0))
				if err != nil {
					t.Errorf("read: %v", err)
					return
				}
				m := genesis()
				for _, g := range groups {
					if err := m.apply(g, ^uint64(0), nil); err != nil {
						t.Errorf("%v", err)
						return
					}
				}
				if m.Head.Seq < 19 {
					t.Errorf("read up to %d, and 19 were there", m.Head.Seq)
				}
				s, err := b.past.At(t.Context(), b.id, m.Head.Seq)
				if err != nil || s.Hash() != m.State.Hash() {
					t.Errorf("at %d: %v", m.Head.Seq, err)
				}
			}
		})
	}
	for range 15 {
		b.moves(2, 2)
		b.seal()
	}
	stop()
	readers.Wait()
	b.sound()
}

// stepping is a journal before whose first read something happens.
type stepping struct {
	journal.Journal
	before func()
}

func (s *stepping) Read(ctx context.Context, id protocol.ID, after uint64, maxBytes int) ([]journal.Group, error) {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Journal.Read(ctx, id, after, maxBytes)
}

// TestSealedBetweenTheTwoReads seals when the archive has been read to its end and the journal is about to be: the reader
// goes back to the archive for what went there.
func TestSealedBetweenTheTwoReads(t *testing.T) {
	b := newBed(t)
	b.begin()
	for range 2 { // with nothing in the archive yet, and with something
		b.moves(10, 2)
		past := New(b.archive, &stepping{b.journal, b.seal}, b.past.log)
		groups, err := collect(past.Groups(t.Context(), b.id, 0))
		if err != nil || groups[len(groups)-1].Last != b.head.Seq {
			t.Errorf("%d groups, %v", len(groups), err)
		}
	}
}

var errCut = errors.New("the process ended here")

// TestCrashInsideSealing ends a sealing behind each step of it, and opens the board in another process.
func TestCrashInsideSealing(t *testing.T) {
	for _, step := range []string{"/seg/", "/snap/", "trim"} {
		t.Run(step, func(t *testing.T) {
			b := newBed(t)
			b.begin()
			b.moves(11, 64)
			switch step {
			case "trim": // sealed, and the journal has not been told
				b.past = New(b.archive, untrimmed{b.journal}, b.past.log)
			default:
				b.store.before = func(name string) error {
					if strings.Contains(name, step) {
						return errCut
					}
					return nil
				}
			}
			if err := b.past.Seal(t.Context(), b.id); !errors.Is(err, errCut) {
				t.Fatalf("seal: %v", err)
			}
			b.restart(nil)
			b.sound() // what stands in both is read once
			b.moves(3, 1)
			b.seal()
			b.sound()
		})
	}
}

// untrimmed is a journal whose process ends when it is to forget.
type untrimmed struct{ journal.Journal }

func (untrimmed) Trim(context.Context, protocol.ID, uint64, uint64) error { return errCut }

// copyDir copies a directory, as a backup does.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestBackupsThatDoNotBelongTogether opens a board whose journal or archive was put back from another time. It must never
// open as less than it was without a word: the operator is told what to do.
func TestBackupsThatDoNotBelongTogether(t *testing.T) {
	damaged := func(t *testing.T, b *bed, want ...string) {
		t.Helper()
		m, _, err := b.past.Open(t.Context(), b.id)
		if err == nil {
			t.Fatalf("opened at entry %d of %d", m.Head.Seq, b.head.Seq)
		}
		if !errors.Is(err, journal.ErrDamaged) && !errors.Is(err, archive.ErrDamaged) {
			t.Errorf("the board would be tried again for ever: %v", err)
		}
		for _, word := range append(want, b.id.String()) {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("the operator is not told %q: %v", word, err)
			}
		}
	}
	t.Run("journal older", func(t *testing.T) {
		b := newBed(t)
		b.begin()
		b.moves(10, 1)
		old := t.TempDir()
		b.restart(func() { copyDir(t, filepath.Join(b.dir, "journal"), old) })
		b.sound()
		b.moves(10, 1)
		b.seal()
		b.restart(func() { copyDir(t, old, filepath.Join(b.dir, "journal")) })
		damaged(t, b, "the journal", "14", "24", "backup")
	})
	t.Run("archive older", func(t *testing.T) {
		b := newBedOf(t, 32<<10)
		b.begin()
		b.moves(10, 1)
		b.seal()
		old := t.TempDir()
		b.restart(func() { copyDir(t, filepath.Join(b.dir, "store"), old) })
		b.sound()
		for range 3 { // so many that the first of them are in no file of the journal any more
			b.moves(6, 64)
			b.seal()
		}
		b.restart(func() { copyDir(t, old, filepath.Join(b.dir, "store")) })
		damaged(t, b, "the archive ends at entry 14", "up to 1166", "backup")
	})
	t.Run("journal gone, nothing sealed", func(t *testing.T) {
		b := newBed(t)
		b.begin()
		b.restart(func() { copyDir(t, t.TempDir(), filepath.Join(b.dir, "journal")) })
		damaged(t, b, "neither the journal nor the archive", "backup")
	})
	t.Run("journal gone, archive behind its snapshot", func(t *testing.T) {
		b := newBed(t)
		b.begin()
		b.moves(11, 64)
		b.seal()
		b.restart(func() {
			copyDir(t, t.TempDir(), filepath.Join(b.dir, "journal"))
			for _, folder := range []string{"seg", "pack"} {
				copyDir(t, t.TempDir(), filepath.Join(b.dir, "store", b.id.String(), "1", folder))
			}
		})
		damaged(t, b, "a snapshot stands at entry", "backup")
	})
	t.Run("both older", func(t *testing.T) { // a whole backup is what the operator is told to put back
		b := newBed(t)
		b.begin()
		b.moves(10, 1)
		b.seal()
		b.moves(3, 1)
		old := t.TempDir()
		b.restart(func() { copyDir(t, b.dir, old) })
		head, truth := b.head, b.truth.Hash()
		b.moves(10, 1)
		b.seal()
		b.restart(func() { copyDir(t, old, b.dir) })
		m, _, err := b.past.Open(t.Context(), b.id)
		if err != nil || m.Head != head || m.State.Hash() != truth {
			t.Errorf("opened at %+v, want %+v: %v", m.Head, head, err)
		}
	})
	t.Run("journal gone, all sealed", func(t *testing.T) {
		b := newBed(t)
		b.begin()
		b.moves(10, 1)
		b.seal()
		b.restart(func() { copyDir(t, t.TempDir(), filepath.Join(b.dir, "journal")) })
		b.sound()
		b.moves(3, 1)
		b.sound()
	})
	t.Run("never made", func(t *testing.T) {
		b := newBed(t)
		if _, _, err := b.past.Open(t.Context(), protocol.RandomID()); !errors.Is(err, archive.ErrNoBoard) {
			t.Errorf("%v", err)
		}
	})
	t.Run("made, and nothing written", func(t *testing.T) {
		b := newBed(t)
		b.sound()
	})
}

// TestSnapshotsOfAnotherHistory are passed over: they are a cache.
func TestSnapshotsOfAnotherHistory(t *testing.T) {
	b := newBed(t)
	b.begin()
	b.moves(20, 2)
	other := *b
	for _, seq := range []uint64{10, 43, 44} { // at a group's end, inside one, at the head
		s := board.New()
		head := journal.Head{Epoch: 1, Seq: seq, Chain: journal.Chain{9}, Time: b.clock}
		state := s.AppendSnapshot(nil)
		if err := other.archive.PutSnapshot(t.Context(), b.id, head, state); err != nil {
			t.Fatal(err)
		}
	}
	b.sound()
	b.moves(2, 2)
	b.sound()
	for _, seq := range []uint64{10, 43, 47} {
		if s, err := b.past.At(t.Context(), b.id, seq); err != nil || b.x(s) != int64(seq) {
			t.Errorf("at %d: %v", seq, err)
		}
	}
	b.seal()
	b.sound()
}

// TestSnapshotsThatDoNotLoad are passed over: they are a cache, and the entries say everything.
func TestSnapshotsThatDoNotLoad(t *testing.T) {
	b := newBed(t)
	b.begin()
	b.moves(20, 2)
	b.seal()
	if err := b.archive.PutSnapshot(t.Context(), b.id, b.head, []byte(`{"from":"another build"}`)); err != nil {
		t.Fatal(err)
	}
	b.sound()
	if !strings.Contains(b.log.String(), "cannot be loaded") {
		t.Error("the operator is not told")
	}
	if s, err := b.past.AtTime(t.Context(), b.id, b.clock); err != nil || s.Seq() != b.head.Seq {
		t.Errorf("at its time: %v", err)
	}
	b.moves(2, 2)
	b.seal()
	b.sound()
}

// TestDamage: what cannot be replayed is damage, and stays with its board.
func TestDamage(t *testing.T) {
	good := protocol.AppendEntry(nil, protocol.ID{}, protocol.ID{}, 0, &protocol.BoardTitle{Title: "x"})
	for name, body := range map[string][]byte{
		"an entry cut short":     good[:len(good)-1],
		"no entries":             {0},
		"an unknown kind":        append([]byte{byte(33 + len(`{"kind":"note.explode"}`))}, append(make([]byte, 33), `{"kind":"note.explode"}`...)...),
		"another number of them": append(append([]byte{}, good...), good...),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			b.begin()
			b.draft(body, 1)
			if _, _, err := b.past.Open(t.Context(), b.id); !errors.Is(err, journal.ErrDamaged) {
				t.Errorf("open: %v", err)
			}
			if s, err := b.past.At(t.Context(), b.id, 4); err != nil || s.Seq() != 4 {
				t.Errorf("before the damage: %v", err)
			}
			healthy := newBed(t)
			healthy.begin()
			healthy.sound()
		})
	}
}

// TestErrorsAreNoEmptyBoards: a store or a journal that fails is told, whatever it fails at.
func TestErrorsAreNoEmptyBoards(t *testing.T) {
	b := newBed(t)
	b.begin()
	b.moves(11, 64)
	b.seal()
	b.moves(3, 1)
	for fail := 0; ; fail++ {
		calls := 0
		flaky := &failing{Store: b.store, fail: func() bool { calls++; return calls-1 == fail }}
		past := New(archive.New(flaky, nil, b.past.log), b.journal, b.past.log)
		m, _, err := past.Open(t.Context(), b.id)
		if calls <= fail {
			break // every call there is has failed once
		}
		if err == nil && m.State.Hash() != b.truth.Hash() {
			t.Errorf("with the store's call %d failed it opened as another board", fail)
		}
		if err != nil && !errors.Is(err, errCut) {
			t.Errorf("call %d: %v", fail, err)
		}
	}
	b.close()
	if m, _, err := b.past.Open(t.Context(), b.id); err == nil {
		t.Errorf("with the journal closed it opened at %d", m.Head.Seq)
	}
}
