package hub

import (
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
)

// Bounds of an audience's tail.
const (
	maxTailFrames = 1024
	maxTailBytes  = 1 << 20
)

// stream is what one audience gets: the frames of late, and a base before them.
type stream struct {
	told  history
	open  bool   // someone of this audience was here: frames are made
	floor uint64 // the tail brings all changes behind this seq
	tail  []sent
	bytes int // of the tail

	base   *base
	making *BaseJob // on its way; the tail keeps what comes behind it
}

// sent is a frame of the tail; it brings what came after the frame before, up to seq.
type sent struct {
	seq   uint64
	frame *Frame
}

func (s *stream) push(seq uint64, f *Frame) {
	s.tail = append(s.tail, sent{seq, f})
	s.bytes += len(f.Payload())
	gone := 0
	for len(s.tail)-gone > 1 && (s.bytes > maxTailBytes || len(s.tail)-gone > maxTailFrames) {
		if s.making != nil && s.tail[gone].seq > s.making.seq {
			break
		}
		s.floor = s.tail[gone].seq
		s.bytes -= len(s.tail[gone].frame.Payload())
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
	for _, t := range s.tail[first:] {
		frames = append(frames, t.frame)
		size += len(t.frame.Payload())
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
	var frames [board.Audiences]*Frame
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
	batch := make([]*Frame, 0, 3)
	for _, m := range r.members {
		if m.phase != live {
			continue
		}
		batch = batch[:0]
		if f := frames[m.audience]; f != nil {
			batch = append(batch, f)
		}
		if f := m.ownFrame(); f != nil {
			batch = append(batch, f)
		}
		if pointed != nil {
			batch = append(batch, pointed)
		}
		if len(batch) > 0 {
			m.sink.Queue(batch...)
		}
	}
	r.own = false
	r.metrics.Flushes.Add(1)
	r.pace.Flushed(now)
}

// encode makes the audience's frame of the changes; nil if it may see none of them.
func (r *Room) encode(a board.Audience) *Frame {
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
	frame := NewFrame(&protocol.Changes{Seq: r.head.Seq, At: r.at(a), Time: r.head.Time, Changes: changes})
	r.streams[a].push(r.head.Seq, frame)
	return frame
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
