package hub

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// signals are what is passed on at the next flush: of each connection the latest of each kind.
type signals struct {
	people  []protocol.Signal // here and gone, all of them
	latest  []pointed
	ofEvery map[*Member]int // how many of latest are a connection's, so that most look-ups end there
}

type pointed struct {
	by     *Member
	signal protocol.Signal
}

func (s *signals) announce(signal protocol.Signal) { s.people = append(s.people, signal) }

func (s *signals) put(by *Member, signal protocol.Signal) {
	if s.ofEvery == nil {
		s.ofEvery = map[*Member]int{}
	}
	if s.ofEvery[by] > 0 {
		for i := range s.latest {
			if s.latest[i].by == by && s.latest[i].signal.Kind == signal.Kind {
				s.latest[i].signal = signal
				return
			}
		}
	}
	s.ofEvery[by]++
	s.latest = append(s.latest, pointed{by: by, signal: signal})
}

// forget drops what a connection that ended still pointed at.
func (s *signals) forget(by *Member) {
	if s.ofEvery[by] > 0 {
		delete(s.ofEvery, by)
		s.latest = slices.DeleteFunc(s.latest, func(p pointed) bool { return p.by == by })
	}
}

func (s *signals) empty() bool { return len(s.people) == 0 && len(s.latest) == 0 }

// maxSignals is how many signals, and objects and places in them, stand in one frame. None takes 80 bytes, so the frame is
// shorter than what a client must be able to read.
const maxSignals = 4000

// take returns frames of everything.
func (s *signals) take() (frames []*Frame) {
	if s.empty() {
		return nil
	}
	all := s.people
	for _, p := range s.latest {
		all = append(all, p.signal)
	}
	start, size := 0, 0
	for i, signal := range all {
		weight := 1 + len(signal.Objects) + len(signal.Places)
		if size += weight; i > start && size > maxSignals {
			frames = append(frames, NewFrame(&protocol.Signals{Signals: all[start:i]}))
			start, size = i, weight
		}
	}
	frames = append(frames, NewFrame(&protocol.Signals{Signals: all[start:]}))
	clear(s.latest)
	s.people, s.latest = nil, s.latest[:0]
	clear(s.ofEvery)
	return frames
}
