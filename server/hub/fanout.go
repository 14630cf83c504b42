package hub

import (
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
)

// Bounds of an audience's tail.
const (
	maxTail      = 1024 // moments
	maxTailBytes = 1 << 20
)

// stream is what one audience gets: the moments of late, and a base before them.
type stream struct {
	told  history
	open  bool   // someone of this audience was here: frames are made
	floor uint64 // the tail brings all changes behind this seq
	tail  []moment
	bytes int // of the tail

	base   *base
	making *BaseJob // on its way; the tail keeps what comes behind it
}

// moment is what one flush brought: what came after the moment before, up to seq. Who gets one of its frames gets all:
// only the last has a position.
type moment struct {
	seq    uint64
	frames []*Frame
	bytes  int
}

func (s *stream) push(m moment) {
	s.tail = append(s.tail, m)
	s.bytes += m.bytes
	gone := 0
	for len(s.tail)-gone > 1 && (s.bytes > maxTailBytes || len(s.tail)-gone > maxTail) {
		if s.making != nil && s.tail[gone].seq > s.making.seq {
			break
		}
		s.floor = s.tail[gone].seq
		s.bytes -= s.tail[gone].bytes
		gone++
	}
	if gone > 0 {
		rest := copy(s.tail, s.tail[gone:])
		clear(s.tail[rest:])
		s.tail = s.tail[:rest]
	}
}

// since returns the frames behind seq and their bytes. Seq must not lie below the floor.
func (s *stream) since(seq uint64) (frames []*Frame, size int) {
	first := len(s.tail)
	for first > 0 && s.tail[first-1].seq > seq {
		first--
	}
	for _, m := range s.tail[first:] {
		frames = append(frames, m.frames...)
		size += m.bytes
	}
	return frames, size
}

// mark notes the head as a position that is told.
func (r *Room) mark() {
	for a := range r.streams {
		r.streams[a].told.add(positionOf(r.key, r.head, board.Audience(a)))
	}
}

// at returns the newest position that was told to an audience.
func (r *Room) at(a board.Audience) string {
	marks := r.streams[a].told.marks
	return marks[len(marks)-1].String()
}

// stream returns the audience's, opened at what is flushed.
func (r *Room) stream(a board.Audience) *stream {
	s := &r.streams[a]
	if !s.open {
		s.open, s.floor = true, r.flushed
	}
	return s
}

// unflushed reports whether there is anything to send.
func (r *Room) unflushed() bool {
	return len(r.changes) > 0 || r.own || r.flushed != r.head.Seq || !r.signals.empty()
}

// flush sends what came since the last flush: to each audience its changes, encoded once, to each connection what
// concerns it alone behind them, and everybody's signals.
func (r *Room) flush(now time.Time) {
	if !r.unflushed() {
		return
	}
	var frames [board.Audiences][]*Frame
	if r.flushed != r.head.Seq {
		r.mark()
		for a := range r.streams {
			if r.streams[a].open {
				frames[a] = r.encode(board.Audience(a))
			}
		}
		r.changes, r.flushed = nil, r.head.Seq
	}
	pointed := r.signals.take()
	batch := make([]*Frame, 0, 8)
	for _, m := range r.members {
		if m.phase != live {
			continue
		}
		batch = batch[:0]
		batch = append(batch, frames[m.audience]...)
		if f := m.ownFrame(); f != nil {
			batch = append(batch, f)
		}
		batch = append(batch, pointed...)
		if len(batch) > 0 {
			m.sink.Queue(batch...)
		}
	}
	r.own = false
	r.metrics.Flushes.Add(1)
	r.pace.Flushed(now)
}

// encode makes the audience's frames of the changes; none if it may see none of them.
func (r *Room) encode(a board.Audience) []*Frame {
	var visible []board.Projected
	for _, c := range r.changes {
		if p, ok := board.Project(c, a); ok {
			visible = append(visible, p)
		}
	}
	if len(visible) == 0 {
		return nil
	}
	visible = board.Merge(visible)
	changes := make([]protocol.Change, len(visible))
	for i, p := range visible {
		changes[i] = p.Change()
	}
	m := cut(&protocol.Changes{Seq: r.head.Seq, At: r.at(a), Time: r.head.Time, Changes: changes})
	r.streams[a].push(m)
	return m.frames
}

// changesOverhead is more than what stands around the changes in their frame.
const changesOverhead = 256

// cut encodes one moment, in several frames if it is larger than one may be.
func cut(c *protocol.Changes) moment {
	m := moment{seq: c.Seq}
	add := func(changes []protocol.Change, at string) {
		f := NewFrame(&protocol.Changes{Seq: c.Seq, At: at, Time: c.Time, Changes: changes})
		m.frames = append(m.frames, f)
		m.bytes += len(f.Payload())
	}
	if add(c.Changes, c.At); m.bytes <= protocol.MaxChanges {
		return m
	}
	m.frames, m.bytes = nil, 0
	var scratch []byte
	start, size := 0, changesOverhead
	for i := range c.Changes {
		scratch = protocol.AppendChange(append(scratch[:0], ','), &c.Changes[i])
		if i > start && size+len(scratch) > protocol.MaxChanges {
			add(c.Changes[start:i], "")
			start, size = i, changesOverhead
		}
		size += len(scratch)
	}
	add(c.Changes[start:], c.At)
	return m
}

// ownFrame makes the frame of what concerns the connection alone; nil if there is nothing. With this journal what is
// acked is saved.
func (m *Member) ownFrame() *Frame {
	if !m.tell && !m.newRole {
		return nil
	}
	own := protocol.Own{Refused: m.refused}
	if m.tell {
		own.Acked, own.Saved = m.acked, m.acked
	}
	if m.newRole {
		own.Role = &m.role
	}
	m.tell, m.newRole, m.refused = false, false, nil
	return NewFrame(&own)
}
