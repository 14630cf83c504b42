package archive

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/store"
)

// When a snapshot is due.
const (
	snapshotEntries  = 10_000
	snapshotMinBytes = 64 << 10
)

// SnapshotDue reports whether a snapshot is worth writing: entries since the last one number 10,000, which replay in
// some 40 ms, or weigh as much as its state did (at least 64 KiB). Weights are bytes before compression; all is 0 for a board without one.
func SnapshotDue(entriesSince, bytesSince, lastSize int) bool {
	return entriesSince >= snapshotEntries || bytesSince >= max(lastSize, snapshotMinBytes)
}

// A snapshot's header: board 16, epoch 8, seq 8, time 8, chain 20, SHA-256 of the state 32.
const snapshotHeaderLen = 16 + 3*8 + len(journal.Chain{}) + sha256.Size

func encodeSnapshot(board protocol.ID, head journal.Head, state []byte) []byte {
	header := make([]byte, 0, snapshotHeaderLen)
	header = append(header, board[:]...)
	for _, n := range []uint64{head.Epoch, head.Seq, uint64(head.Time)} {
		header = binary.BigEndian.AppendUint64(header, n)
	}
	header = append(header, head.Chain[:]...)
	sum := sha256.Sum256(state)
	header = append(header, sum[:]...)
	return wrap(kindSnapshot, header, state)
}

func decodeSnapshot(board protocol.ID, seq uint64, blob []byte) (head journal.Head, state []byte, err error) {
	header, state, err := unwrap(kindSnapshot, blob, snapshotHeaderLen, MaxSnapshot)
	if err != nil {
		return head, nil, err
	}
	var of protocol.ID
	header = header[copy(of[:], header):]
	head.Epoch = binary.BigEndian.Uint64(header)
	head.Seq = binary.BigEndian.Uint64(header[8:])
	head.Time = int64(binary.BigEndian.Uint64(header[16:]))
	header = header[24:]
	header = header[copy(head.Chain[:], header):]
	switch {
	case of != board:
		return head, nil, errors.New("it belongs to another board")
	case head.Seq != seq:
		return head, nil, errors.New("it is of another seq than its name says")
	case sha256.Sum256(state) != [sha256.Size]byte(header):
		return head, nil, errors.New("its state has another digest")
	}
	return head, state, nil
}

// PutSnapshot keeps the state that the board had at head. One that stands there already is left if it is valid and at
// the same chain, and replaced otherwise: snapshots are a cache, and the caller's head is the one that was verified.
func (a *Archive) PutSnapshot(ctx context.Context, board protocol.ID, head journal.Head, state []byte) error {
	if len(state) > MaxSnapshot {
		return fmt.Errorf("%w: a state of %d bytes", ErrTooLarge, len(state))
	}
	if _, err := a.Key(ctx, board); err != nil {
		return err
	}
	name := snapName(board, head.Seq)
	blob := encodeSnapshot(board, head, state)
	present, err := a.put(ctx, name, blob)
	if err != nil {
		return listedButGone(object{name: name}, err)
	}
	there, _, err := decodeSnapshot(board, head.Seq, present)
	if err == nil && there.Chain == head.Chain || errors.Is(err, ErrNewer) {
		return nil
	}
	a.log.Warn("replacing a snapshot that is damaged or of another history", "board", board.String(), "name", name)
	if err := a.store.Delete(ctx, name); err != nil {
		return err
	}
	_, err = a.put(ctx, name, blob)
	return listedButGone(object{name: name}, err)
}

// Snapshots returns the seqs that snapshots are listed of, ascending. Some may turn out damaged.
func (a *Archive) Snapshots(ctx context.Context, board protocol.ID) ([]uint64, error) {
	var seqs []uint64
	for seq, err := range a.listSeqs(ctx, board, kindSnapshot) {
		if err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	return seqs, nil
}

// Snapshot returns the newest valid snapshot at or below atMost, and the head that its state was taken at, or
// ErrNoSnapshot. A damaged one is deleted and logged and the next older tried. It may be of a history that has been
// given up, or above the archive's end: if the group behind it does not follow head, ask again with head.Seq-1.
func (a *Archive) Snapshot(ctx context.Context, board protocol.ID, atMost uint64) (journal.Head, []byte, error) {
	if _, err := a.Key(ctx, board); err != nil {
		return journal.Head{}, nil, err
	}
	seqs, err := a.Snapshots(ctx, board)
	if err != nil {
		return journal.Head{}, nil, err
	}
	for _, seq := range slices.Backward(seqs) {
		if seq > atMost {
			continue
		}
		name := snapName(board, seq)
		blob, err := a.store.Get(ctx, name)
		if errors.Is(err, store.ErrNotExist) {
			continue // being replaced, or found damaged by another process
		}
		if err != nil {
			return journal.Head{}, nil, err
		}
		head, state, err := decodeSnapshot(board, seq, blob)
		if err == nil {
			return head, state, nil
		}
		a.log.Warn("passing over a snapshot", "board", board.String(), "name", name, "why", err.Error())
		if errors.Is(err, ErrNewer) {
			continue
		}
		if err := a.store.Delete(ctx, name); err != nil {
			a.log.Warn("a damaged snapshot stays", "board", board.String(), "name", name, "why", err.Error())
		}
	}
	return journal.Head{}, nil, ErrNoSnapshot
}
