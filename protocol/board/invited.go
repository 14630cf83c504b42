package board

import (
	"iter"

	"github.com/denkwand/denkwand/protocol"
)

// Links yields the board's links, withdrawn ones too, oldest first.
func (s *State) Links() iter.Seq[LinkState] {
	return func(yield func(LinkState) bool) {
		for _, l := range s.linkOrder {
			if !yield(l.state()) {
				return
			}
		}
	}
}

// UsedLink reports whether a participant came, or came again, by this link.
func (s *State) UsedLink(participant, link protocol.ID) bool {
	p := s.people[participant]
	return p != nil && p.cameBy(link)
}
