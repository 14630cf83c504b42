package hub

import (
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
)

// minBase is what a base counts at least: below it a longer tail is cheaper than another base.
const minBase = 64 << 10

// base is the whole state of an audience, encoded and shared by all who come.
type base struct {
	seq    uint64
	frames []*Frame
	bytes  int
}

// BaseJob encodes a base. Run may be called in any goroutine, once.
type BaseJob struct {
	audience board.Audience
	seq      uint64
	at       string
	changes  []protocol.Change
	made     *base

	Err error // why there is no base, after Run
}

// Run encodes.
func (j *BaseJob) Run() {
	parts, err := protocol.EncodeBase(j.seq, j.at, j.changes)
	if j.changes = nil; err != nil {
		j.Err = err
		return
	}
	j.made = &base{seq: j.seq}
	for _, part := range parts {
		j.made.frames = append(j.made.frames, newBaseFrame(part))
		j.made.bytes += len(part)
	}
}

// catchUp welcomes a connection: with the changes since the position it holds, if that is on the board's history and
// they are remembered; with the audience's base and the tail behind it, if there is one that is not outweighed by its
// tail; or as soon as a new base is encoded.
func (r *Room) catchUp(now time.Time, m *Member, at string) {
	s := r.stream(m.audience)
	if at != "" {
		seq, f := s.told.judge(at)
		if f == fitsOn && seq >= s.floor {
			tail, _ := s.since(seq)
			r.metrics.Resumed.Add(1)
			r.welcome(now, m, nil, tail)
			return
		}
		if f == fitsOff { // what it holds never was this board, which its person is told
			r.metrics.Rewinds.Add(1)
			m.rewinding = true
		}
	}
	if b := s.base; b != nil && b.seq >= s.floor {
		if tail, size := s.since(b.seq); size <= max(b.bytes, minBase) {
			r.metrics.Rebased.Add(1)
			r.welcome(now, m, b.frames, tail)
			return
		}
	}
	m.phase = catchingUp
	if s.making == nil {
		r.makeBase(now, m.audience)
	}
}

// makeBase collects the audience's state between two flushes, so that no frame overlaps it, and has it encoded.
func (r *Room) makeBase(now time.Time, a board.Audience) {
	r.flush(now)
	job := &BaseJob{audience: a, seq: r.flushed, at: r.at(a)}
	for p := range r.state.Base(a) {
		job.changes = append(job.changes, p.Change())
	}
	r.stream(a).making = job
	r.metrics.Bases.Add(1)
	r.fx.Encode(job)
}

// Encoded brings an encoded base: whoever waits for it is welcomed.
func (r *Room) Encoded(now time.Time, job *BaseJob) {
	if r.ended != nil {
		return
	}
	s := r.stream(job.audience)
	s.making, s.base = nil, job.made
	for _, m := range slices.Clone(r.members) {
		if m.gone || m.phase != catchingUp || m.audience != job.audience {
			continue
		}
		if job.Err != nil {
			r.Expel(m, protocol.CodeInternal)
			continue
		}
		tail, _ := s.since(job.seq)
		r.metrics.Rebased.Add(1)
		r.welcome(now, m, job.made.frames, tail)
	}
}

// welcome begins the connection, or begins it anew, and makes it live.
func (r *Room) welcome(now time.Time, m *Member, base, tail []*Frame) {
	w := &protocol.Welcome{
		Version: protocol.Version, Board: r.id, Me: m.participant, Role: m.role,
		Time: now.UnixMilli(), Limits: r.cfg.Limits, Base: len(base), Here: r.here(),
	}
	if !m.writer.IsZero() {
		writer, _ := r.state.Writer(m.writer)
		w.Writer = &protocol.WriterInfo{ID: m.writer, Secret: m.secret.Reveal(), Last: writer.Last}
		m.secret = ""
	}
	var frames []*Frame
	if m.rewinding {
		code := protocol.CodeRewound
		frames = append(frames, NewFrame(&protocol.Rewind{Code: code, Message: code.Sentence()}))
	}
	frames = append(frames, NewFrame(w))
	m.sink.CatchUp(slices.Concat(frames, base, tail)...)
	m.phase, m.rewinding = live, false
	if m.tell || m.newRole {
		r.own = true
	}
}

// here returns who has a connection, in the order of the ids.
func (r *Room) here() []protocol.ID {
	ids := make([]protocol.ID, 0, len(r.present))
	for id := range r.present {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b protocol.ID) int { return slices.Compare(a[:], b[:]) })
	return ids
}

// rewind lets a live connection begin anew, with the state as it may see it now.
func (r *Room) rewind(now time.Time, m *Member) {
	m.rewinding = true
	m.phase = catchingUp
	r.catchUp(now, m, "")
}
