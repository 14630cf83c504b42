package board

import (
	"strings"

	"github.com/denkwand/denkwand/protocol"
)

// How a board that is full stays one that people can come into, read and clear. Past protocol.MaxState nothing is added
// to it. Who comes in still adds a little, and so does what is kept of every op. Past the reserve only that goes on which
// brings people in, and what takes things or people away.
const (
	reserve     = 32 << 20 // bytes
	fullWriters = 8        // writers of a participant on a full board, instead of protocol.MaxWriters
)

// full reports whether nothing more may be added to the board.
func (s *State) full() bool { return s.size > protocol.MaxState }

// idSize is what an id in a list takes in a snapshot, its quotes and comma too.
const idSize = 25

// written is how many bytes a text takes in a snapshot, without its quotes.
func written(s string) int {
	n := len(s)
	for _, escaped := range [...]string{"\n", `"`, `\`, "\t"} {
		n += strings.Count(s, escaped)
	}
	return n
}
