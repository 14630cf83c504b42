// Package journal is the sequencer's door: it gives each board's groups of entries their numbers and time, links them
// into a chain and makes them durable. It knows no ops, no rules and no writers: what a group means, and whether an
// entry repeats an earlier one, is decided by protocol/board alone.
//
// journal/local keeps one append-only file for all boards of a process; journaltest is the contract every
// implementation passes unchanged.
package journal

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/denkwand/denkwand/protocol"
)

// Limits of one group. The room keeps to them; a journal refuses more.
const (
	MaxGroupEntries = 64        // entries in one group
	MaxGroupBytes   = 256 << 10 // bytes of a group's body
)

// Chain links a group to everything before it on its board. Equal (epoch, seq, chain) means equal history.
// It never leaves the server: two neighbouring chains confirm a guess of the group between them.
type Chain [sha1.Size]byte

// String returns 40 hexadecimal digits.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

// Link returns the chain behind the group (before, last] whose body has the given digest. It is SHA-1 over text,
// because that is what Redis's scripting can compute too; what an attacker controls enters as SHA-256.
func Link(prev Chain, before, last uint64, unixMilli int64, digest [sha256.Size]byte) Chain {
	b := make([]byte, 0, 192)
	b = hex.AppendEncode(b, prev[:])
	b = strconv.AppendUint(append(b, '|'), before, 10)
	b = strconv.AppendUint(append(b, '|'), last, 10)
	b = strconv.AppendInt(append(b, '|'), unixMilli, 10)
	b = hex.AppendEncode(append(b, '|'), digest[:])
	return sha1.Sum(b)
}

// Head is the end of a board's log as a journal knows it.
type Head struct {
	Epoch uint64 // one life of the sequencer, minted in the store; 1 for a new board
	Seq   uint64 // last entry; 0 before the first
	Chain Chain  // link behind that entry's group; zero before the first
	Time  int64  // its group's time, unix milliseconds
}

// Group is the unit of order: one append, one record, consecutive seqs, one time, one link.
type Group struct {
	Epoch       uint64
	First, Last uint64 // seqs, First = previous Last + 1
	Time        int64  // unix milliseconds, never below the previous group's
	Prev, Chain Chain
	Body        []byte // the entries, opaque here; read-only once handed over
}

// Head returns the head that the group leaves behind.
func (g Group) Head() Head { return Head{Epoch: g.Epoch, Seq: g.Last, Chain: g.Chain, Time: g.Time} }

// Follows reports whether g is the next group after h and its link holds.
func (g Group) Follows(h Head) bool {
	return g.First == h.Seq+1 && g.Last >= g.First && g.Prev == h.Chain && g.Time >= h.Time &&
		g.Chain == Link(g.Prev, h.Seq, g.Last, g.Time, sha256.Sum256(g.Body))
}

// Draft is a group before it has a place.
type Draft struct {
	Epoch uint64 // the epoch the caller believes in
	Seen  uint64 // highest seq the caller has seen: the journal's head may not lie below it
	Count int    // entries in Body, 1 to MaxGroupEntries
	Body  []byte // owned by the journal until done is called, read-only after
	Time  int64  // caller's clock, unix milliseconds: the group's time is at most 2 s ahead of it, unless the previous group's is
}

// MaxTimeLead is how far a journal's clock may run ahead of its caller's, in milliseconds.
const MaxTimeLead = 2000

// Journal orders and keeps groups. All methods may be called from any goroutine. At most one Append per board is in
// flight: a second one before done is a caller's error and panics.
type Journal interface {
	// Head returns the board's head: ErrCold if the journal holds nothing of it.
	Head(ctx context.Context, board protocol.ID) (Head, error)

	// Open begins (or begins again) the board's log at the given head, durably. A board that is already open at the
	// same epoch or a later one is ErrEpoch and stays as it is. A later epoch forgets what the journal held of the board;
	// it is the way out for a board whose log is damaged, which at any other epoch is ErrDamaged.
	// ErrRefused: nothing was written. ErrUnknown: the log may have begun, ask for the head.
	Open(ctx context.Context, board protocol.ID, at Head) error

	// Append gives the draft its place and calls done once, from a goroutine of the journal, when the group is durable
	// (embedded) or ordered (clustered), or with an error. It never blocks and done must not either.
	// ErrRefused, ErrCold, ErrEpoch, ErrRegressed and ErrDamaged promise that nothing was written;
	// ErrUnknown means that the group may stand in the log or not: read on from the head to learn it.
	Append(board protocol.ID, d Draft, done func(Group, error))

	// Read returns the groups after the given seq up to the head, in order, at most about maxBytes of bodies and at
	// least one group if there is one. ErrTrimmed if the group after `after` is no longer held: read the archive.
	// `after` must be a group's end (or 0), else ErrTrimmed. Of a damaged board it gives the groups before the damage as
	// long as they are held, and ErrDamaged else.
	Read(ctx context.Context, board protocol.ID, after uint64, maxBytes int) ([]Group, error)

	// Trim says that the archive holds, read back and verified, everything of the board up to upto in this epoch.
	// The journal may forget it, and does so in its own time. An upto inside a group keeps that group. A stale epoch is ErrEpoch, an upto above the head ErrRegressed.
	Trim(ctx context.Context, board protocol.ID, epoch, upto uint64) error
}

// What a journal answers. They are compared with errors.Is; an implementation wraps them with what happened.
var (
	ErrCold      = errors.New("journal: board is not open here")
	ErrEpoch     = errors.New("journal: another epoch is current")
	ErrRegressed = errors.New("journal: the head lies below what the caller has seen")
	ErrLost      = errors.New("journal: head and log do not agree")
	ErrRefused   = errors.New("journal: nothing was written, try later")
	ErrUnknown   = errors.New("journal: the outcome is unknown")
	ErrTrimmed   = errors.New("journal: that part of the log is no longer held")
	ErrDamaged   = errors.New("journal: the board's log is damaged")
	ErrClosed    = errors.New("journal: closed")
)
