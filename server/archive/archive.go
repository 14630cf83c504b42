// Package archive keeps a board's past in a store: sealed segments of groups in slots that can be taken once, packs
// that merge them, and snapshots as a cache. DESIGN.md beside this file has the format and the invariants.
//
// It knows no ops and no states: groups' bodies and snapshots' states are bytes to it.
package archive

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/store"
)

// KeyBytes is the size of a board's key.
const KeyBytes = 32

// What an archive answers; compared with errors.Is. An error of the store is none of them.
var (
	ErrNoBoard     = errors.New("archive: no such board")
	ErrBoardExists = errors.New("archive: the board exists")
	ErrNoSnapshot  = errors.New("archive: no snapshot")
	ErrFork        = errors.New("archive: the slot holds another history")
	ErrGap         = errors.New("archive: the groups begin behind the archive's end")
	ErrPosition    = errors.New("archive: not the end of a group")
	ErrDamaged     = errors.New("archive: damaged")
	ErrNewer       = errors.New("archive: written by a newer version")
	ErrTooLarge    = errors.New("archive: too large")
)

// Damage is an ErrDamaged with its place and the operator's next step. It names no content and no chain.
type Damage struct {
	Name string // the object in the store
	What string // what is wrong with it
	Next string // what to do about it
}

func (d *Damage) Error() string {
	return fmt.Sprintf("archive: %s is damaged: %s; next step: %s", d.Name, d.What, d.Next)
}

// Is makes every Damage an ErrDamaged.
func (d *Damage) Is(target error) bool { return target == ErrDamaged }

// newer is an ErrNewer with its place.
type newer struct{ name string }

func (n *newer) Error() string {
	return fmt.Sprintf("archive: %s was written by a newer version; next step: start that version again", n.name)
}

// Is makes every newer an ErrNewer.
func (n *newer) Is(target error) bool { return target == ErrNewer }

// named gives what a decoder says (nil for nothing) its place and the operator's next step.
func named(name string, err error, next string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNewer):
		return &newer{name}
	}
	return &Damage{name, err.Error(), next}
}

// Next steps that several places give.
const (
	nextRestore = "keep a copy of the board's folder, then put this object back from a backup of the store"
	nextPack    = nextRestore + "; if all slots in its range are still there, moving the pack away brings them back into use"
	nextHole    = "put the missing objects back from a backup of the store; until then the board cannot be opened"
)

// Archive keeps boards in a store. It has no state of its own: all methods may be called from any goroutine, and from
// several processes on one store.
type Archive struct {
	store store.Store
	now   func() time.Time
	log   *slog.Logger

	slotBytes int // uncompressed bytes of a slot's frames at most
	packBytes int // of a pack's
	packRun   int // slots that make a pack worth writing
}

// New returns an archive in the store. The clock decides when slots that a pack hides are old enough to go, and whether
// a listing is too old to go by; the logger hears of what an operator should know although the archive went on.
func New(s store.Store, now func() time.Time, log *slog.Logger) *Archive {
	return &Archive{store: s, now: now, log: log, slotBytes: MaxSegment, packBytes: MaxSegment, packRun: packRun}
}

// CreateBoard makes the board exist, with the key that its position tokens are signed with. ErrBoardExists if it does
// with another key; with the same key it is the answer to an earlier try.
func (a *Archive) CreateBoard(ctx context.Context, board protocol.ID, key []byte) error {
	if len(key) != KeyBytes {
		return fmt.Errorf("archive: a board's key has %d bytes, not %d", KeyBytes, len(key))
	}
	present, err := a.put(ctx, keyName(board), appendSum(key[:KeyBytes:KeyBytes]))
	if err != nil {
		return err
	}
	taken, err := openKey(board, present)
	if err != nil {
		return err
	}
	if string(taken) != string(key) {
		return ErrBoardExists
	}
	return nil
}

// Key returns the board's key. Only a board that was never created is ErrNoBoard; one that lost its key is ErrDamaged.
func (a *Archive) Key(ctx context.Context, board protocol.ID) ([]byte, error) {
	blob, err := a.store.Get(ctx, keyName(board))
	if err == nil {
		return openKey(board, blob)
	}
	if !errors.Is(err, store.ErrNotExist) {
		return nil, err
	}
	for name, err := range a.store.List(ctx, boardPrefix(board)) {
		if err != nil {
			return nil, err
		}
		return nil, &Damage{keyName(board), "it cannot be found although " + name + " is listed", nextRestore}
	}
	return nil, ErrNoBoard
}

func openKey(board protocol.ID, blob []byte) ([]byte, error) {
	key, ok := cutSum(blob)
	if !ok || len(key) != KeyBytes {
		return nil, &Damage{keyName(board), "its checksum is wrong", nextRestore}
	}
	return key, nil
}

// Boards yields the boards that exist, in the order of their names. An error is the last thing it yields.
func (a *Archive) Boards(ctx context.Context) iter.Seq2[protocol.ID, error] {
	return func(yield func(protocol.ID, error) bool) {
		for name, err := range a.store.List(ctx, "") {
			if err != nil {
				yield(protocol.ID{}, err)
				return
			}
			folder, ok := strings.CutSuffix(name, "/key")
			if !ok {
				continue
			}
			board, err := protocol.ParseID(folder)
			if err != nil {
				continue // another tenant of the store
			}
			if !yield(board, nil) {
				return
			}
		}
	}
}

// put makes a name taken, durably, and returns what stands under it, read back: the given blob, or another that was
// there before. Its outcome is certain unless it is an error; store.ErrNotExist says that the name was taken and has
// been deleted since.
func (a *Archive) put(ctx context.Context, name string, blob []byte) ([]byte, error) {
	err := a.store.Create(ctx, name, blob)
	if err != nil && !errors.Is(err, store.ErrExists) {
		// It may stand there or not. Only if it does is it worth asking again, this time for a promise.
		if _, lost := a.store.Get(ctx, name); lost != nil {
			return nil, unknown(err)
		}
		if err := a.store.Create(ctx, name, blob); err != nil && !errors.Is(err, store.ErrExists) {
			return nil, unknown(err)
		}
	}
	return a.store.Get(ctx, name)
}

// unknown wraps what a failed Create said without its being taken for an answer to Get.
func unknown(err error) error {
	if errors.Is(err, store.ErrNotExist) {
		return fmt.Errorf("archive: not known to be written: %v", err)
	}
	return fmt.Errorf("archive: not known to be written: %w", err)
}

// generation counts how often a board was written anew.
const generation = 1

// seqDigits is the width of a seq in a name, so that the order of names is that of seqs.
const seqDigits = 20

func keyName(board protocol.ID) string     { return board.String() + "/key" }
func boardPrefix(board protocol.ID) string { return board.String() + "/" }

func (k kind) prefix(board protocol.ID) string {
	return fmt.Sprintf("%s/%d/%s/", board, generation, k.folder())
}

func slotName(board protocol.ID, first uint64) string {
	return fmt.Sprintf("%s%0*d", kindSegment.prefix(board), seqDigits, first)
}

func packName(board protocol.ID, first, last uint64) string {
	return fmt.Sprintf("%s%0*d-%0*d", kindPack.prefix(board), seqDigits, first, seqDigits, last)
}

func snapName(board protocol.ID, seq uint64) string {
	return fmt.Sprintf("%s%0*d", kindSnapshot.prefix(board), seqDigits, seq)
}

// parseSeq reads a seq of fixed width.
func parseSeq(s string) (uint64, bool) {
	if len(s) != seqDigits {
		return 0, false
	}
	seq, err := strconv.ParseUint(s, 10, 64)
	return seq, err == nil
}

// parseRange reads a pack's name behind its prefix.
func parseRange(s string) (first, last uint64, ok bool) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, false
	}
	first, ok1 := parseSeq(from)
	last, ok2 := parseSeq(to)
	return first, last, ok1 && ok2 && first >= 1 && first <= last
}

// appendSum appends the CRC32C of b to it.
func appendSum(b []byte) []byte { return binary.BigEndian.AppendUint32(b, checksum(b)) }

// cutSum takes the CRC32C off the end of b; ok is false if it is not that of the rest.
func cutSum(b []byte) (rest []byte, ok bool) {
	n := len(b) - 4
	if n < 0 || binary.BigEndian.Uint32(b[n:]) != checksum(b[:n]) {
		return nil, false
	}
	return b[:n], true
}
