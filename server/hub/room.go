package hub

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// Effects is what a room wants done. None of the methods may block or call the room; what comes of them is told to the
// room later, by the method that each names.
type Effects interface {
	// Append gives the draft to the journal, then Room.Appended.
	Append(d journal.Draft)
	// Read reads the groups after seq from the journal, then Room.Caught.
	Read(after uint64)
	// Encode runs job.Run somewhere, then Room.Encoded.
	Encode(job *BaseJob)
}

// Room is one open board: its state, who is connected, what waits for the log and what was sent. It has no goroutine,
// mutex, clock or timer: one goroutine calls its methods and tells it the time, so that a simulation can be that one.
// After one or several calls Step lets the room act on them.
type Room struct {
	// What it works with.
	id      protocol.ID
	cfg     *Config
	key     []byte
	fx      Effects
	rand    io.Reader
	metrics *Metrics

	// The board. Ended says why there is none any more.
	state *board.State
	head  journal.Head
	ended *Ending

	// The way into the log.
	queue       []pending // waits for the next group
	queued      int       // bytes of it
	flight      []pending // the group that is being appended
	flightBody  []byte
	flightSince time.Time
	reading     bool      // the log is read on from the head
	readAt      time.Time // when to try that again; zero: not
	frozenUntil time.Time // the journal refused: nothing is taken until then
	backoff     time.Duration
	draining    bool
	now         time.Time           // when the last group was applied, for those whom that answers
	outstanding map[protocol.ID]int // ops of a writer in queue and flight
	ops         bucket
	paces       map[protocol.ID]*bucket // ops of a participant

	// Who is here.
	members []*Member
	writers map[protocol.ID]*Member // by writer
	present map[protocol.ID]int     // connections of a participant
	active  bool                    // somebody was here or something under way at the last step
	idle    time.Time               // when that was so, last

	// The way out.
	pace    Pace
	stepped time.Time      // of the last Step
	changes []board.Change // applied, not yet flushed
	own     bool           // some member has acks to be told
	flushed uint64         // seq up to which all is flushed
	streams [board.Audiences]stream
	signals signals

	// Since the last sealing.
	sealBytes, sealEntries int
}

// Ending says why a room is no more.
type Ending struct {
	Code   protocol.Code // what connections are told
	Reason string        // for the operator; empty if there is nothing to look into
}

// Opening is what a room begins with.
type Opening struct {
	Board   protocol.ID
	State   *board.State // owned by the room from now on
	Head    journal.Head // that State stands at
	Key     []byte       // the board's key, for position tokens
	Config  *Config      // with all fields set: see NewConfig
	Effects Effects
	Rand    io.Reader // crypto/rand, or a seeded source in a simulation
	Metrics *Metrics
}

// NewConfig returns the config with every zero field set to its default, for rooms that are made without a hub.
func NewConfig(c Config) *Config {
	c = c.withDefaults()
	return &c
}

// NewRoom opens a board.
func NewRoom(o Opening, now time.Time) *Room {
	r := &Room{
		id: o.Board, cfg: o.Config, key: o.Key, fx: o.Effects, rand: o.Rand, metrics: o.Metrics,
		state: o.State, head: o.Head, flushed: o.Head.Seq,
		outstanding: map[protocol.ID]int{}, paces: map[protocol.ID]*bucket{},
		writers: map[protocol.ID]*Member{}, present: map[protocol.ID]int{}, idle: now,
	}
	r.mark()
	return r
}

// Step acts on what came in: it starts the next append, and flushes if it is time.
func (r *Room) Step(now time.Time) {
	r.stepped = now
	if r.ended != nil {
		return
	}
	if !r.readAt.IsZero() && !now.Before(r.readAt) {
		r.readOn()
	}
	if r.unflushed() && !now.Before(r.pace.Due()) {
		r.flush(now)
	}
	r.appendNext(now) // behind the flush: what it leaves is in time for the next one
	active := len(r.members) > 0 || !r.settled()
	if active || r.active {
		r.idle = now
	}
	r.active = active
}

// Next returns when Step must be called again although nothing comes in; zero if never.
func (r *Room) Next() time.Time {
	if r.ended != nil {
		return time.Time{}
	}
	next := r.readAt
	if r.unflushed() {
		next = earlier(next, r.pace.Due())
	}
	if len(r.queue) > 0 && r.flight == nil && !r.reading {
		next = earlier(next, r.appendAt(r.stepped))
	}
	return next
}

// earlier returns the earlier of two times, of which a zero one means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// FannedOut tells the room what the last fan-out took: the gap between flushes follows.
func (r *Room) FannedOut(took time.Duration) { r.pace.FannedOut(took) }

// Head returns the end of the board's log as far as it is applied here.
func (r *Room) Head() journal.Head { return r.head }

// State returns the board's state, to be read only, and only until the next call. It is nil when the room was ended by
// a quarantine.
func (r *Room) State() *board.State { return r.state }

// Members returns how many connections there are.
func (r *Room) Members() int { return len(r.members) }

// Ended returns why the room is no more; nil while it lives.
func (r *Room) Ended() *Ending { return r.ended }

// IdleSince returns since when nobody is connected and nothing is under way; ok is false while there is.
func (r *Room) IdleSince() (since time.Time, ok bool) {
	return r.idle, len(r.members) == 0 && r.settled()
}

// settled reports whether nothing waits for the log.
func (r *Room) settled() bool {
	return len(r.queue) == 0 && r.flight == nil && !r.reading && r.readAt.IsZero()
}

// SealDue reports whether enough was appended since the last call that returned true for the board to be sealed.
func (r *Room) SealDue() bool {
	due := r.ended == nil && (r.sealBytes >= r.cfg.SealBytes || r.sealEntries >= r.cfg.SealEntries)
	if due {
		r.sealBytes, r.sealEntries = 0, 0
	}
	return due
}

// Drain lets no new op in. When Settled, Finish ends the room.
func (r *Room) Drain() { r.draining = true }

// Settled reports whether everything that was taken is answered.
func (r *Room) Settled() bool { return r.ended != nil || r.settled() }

// Finish flushes and sends everybody away, to come back within the spread.
func (r *Room) Finish(now time.Time, spread time.Duration) {
	if r.ended != nil {
		return
	}
	r.flush(now)
	for len(r.members) > 0 {
		r.expel(r.members[len(r.members)-1], protocol.CodeRestart, time.Second/2+r.upTo(spread))
	}
	r.end(protocol.CodeRestart, "")
}

// Quarantine sets the board aside: everybody is sent away and the state, which cannot be trusted any more, is dropped.
func (r *Room) Quarantine(reason string) {
	if r.ended == nil {
		r.metrics.Quarantines.Add(1)
		r.state = nil
		r.end(protocol.CodeQuarantined, reason)
	}
}

// end sends everybody away, answers all that waits and leaves the room without effect.
func (r *Room) end(code protocol.Code, reason string) {
	r.ended = &Ending{Code: code, Reason: reason}
	for len(r.members) > 0 {
		m := r.members[len(r.members)-1]
		r.expel(m, code, r.comeBack(code))
	}
	waiting := append(r.flight, r.queue...)
	r.flight, r.queue, r.queued = nil, nil, 0
	for _, p := range waiting {
		if p.reply != nil {
			p.reply(Outcome{Err: code.Err()})
		}
	}
}

// upTo draws a time below most.
func (r *Room) upTo(most time.Duration) time.Duration {
	var b [8]byte
	if _, err := io.ReadFull(r.rand, b[:]); err != nil {
		panic("hub: no randomness: " + err.Error())
	}
	if most <= 0 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(most))
}

// comeBack returns the delay that a bye with the code names: 0 where the client's own backoff will do, or where it
// shall not come back.
func (r *Room) comeBack(code protocol.Code) time.Duration {
	switch code {
	case protocol.CodeUnavailable, protocol.CodeTooMany, protocol.CodeRestart:
		return time.Second + r.upTo(2*time.Second)
	case protocol.CodeBoardFull:
		return 30*time.Second + r.upTo(30*time.Second) // until somebody makes room
	}
	return 0
}
