package board

import (
	"fmt"

	"github.com/denkwand/denkwand/protocol"
)

// rulesVersion is the number of the rules that this code applies. A fix that would make old entries mean something
// else gets the next number, and an entry that raises the state's.
const rulesVersion = 1

// State is one board, as its entries made it. It belongs to one goroutine. What it hands out are values: they stay what
// they are when the state moves on.
type State struct {
	seq  uint64
	wall wall

	links       map[protocol.ID]*link
	linkOrder   []*link        // in order of creation
	linkSecrets map[hash]*link // index

	people map[protocol.ID]*participant
	order  []*participant          // in order of joining
	tokens map[hash]*participant   // index
	names  map[string]*participant // index: of those who have not left

	writers       map[protocol.ID]*writer // index: of those that take numbers
	pruned        map[protocol.ID]*writer // index: of those that only answer repeats
	writerSecrets map[hash]*writer        // index: of those that take numbers
	prunedSecrets map[hash]*writer        // index: of the pruned

	perspectives     map[protocol.ID]*perspective
	perspectiveOrder []*perspective // as they are shown

	notes      map[protocol.ID]*note
	clusters   map[protocol.ID]*cluster
	areas      map[protocol.ID]*area
	connectors map[protocol.ID]*connector
	arrows     map[protocol.ID]idSet // index: object to the connectors at it
	targets    []*area               // index: front one first
	rings      map[protocol.ID]*area // index: ring to its target, also of kept deleted ones
	made       int64                 // clusters ever made

	dead      map[protocol.ID]*tombstone // deleted objects that can be brought back
	deadOrder []protocol.ID              // in order of deletion
	gone      map[protocol.ID]struct{}   // ids that stay taken though nothing is kept of them

	revisions     uint64 // text changes ever made
	revisionQueue revisionQueue
	undoQueue     undoQueue

	size int // bytes, roughly
	work int // of the last entry, see spend

	turn    turn
	scratch []byte // reused, means nothing between two entries
}

// turn is what one entry carries while it is applied.
type turn struct {
	entry   protocol.Entry
	by      *participant // nil: the server, or somebody unknown
	parts   []protocol.Code
	batch   bool
	record  *record // nil: nothing can be undone here
	changes []Change
	shifted []*area // targets that changed: notes around them get their rings when the op is done
}

// New returns the state before board.create.
func New() *State {
	return &State{
		links:         map[protocol.ID]*link{},
		linkSecrets:   map[hash]*link{},
		people:        map[protocol.ID]*participant{},
		tokens:        map[hash]*participant{},
		names:         map[string]*participant{},
		writers:       map[protocol.ID]*writer{},
		pruned:        map[protocol.ID]*writer{},
		writerSecrets: map[hash]*writer{},
		prunedSecrets: map[hash]*writer{},
		perspectives:  map[protocol.ID]*perspective{},
		notes:         map[protocol.ID]*note{},
		clusters:      map[protocol.ID]*cluster{},
		areas:         map[protocol.ID]*area{},
		connectors:    map[protocol.ID]*connector{},
		arrows:        map[protocol.ID]idSet{},
		rings:         map[protocol.ID]*area{},
		dead:          map[protocol.ID]*tombstone{},
		gone:          map[protocol.ID]struct{}{},
	}
}

// Verdict is what became of an entry.
type Verdict struct {
	// Code says why the op did nothing. Empty: it was done; of a batch, see Parts.
	Code protocol.Code
	// Parts has a code, or "", for each part of a batch. It is nil when every part was done, and for other kinds.
	Parts []protocol.Code
	// Repeat says that the writer's number was used before by the same op. Code and Parts are what became of it then.
	Repeat bool
}

// OK reports whether all of the op was done.
func (v Verdict) OK() bool { return v.Code == "" && v.Parts == nil }

// Apply takes the next entry and returns what became of it and what it changed. It is total: whatever the entry says
// there is a verdict. It panics when the entry is not the next one or of a kind that this build doesn't know, which is the
// caller's mistake: a board must not be guessed at.
//
// The entry's op is kept; nobody may change it afterwards.
func (s *State) Apply(e protocol.Entry) (Verdict, []Change) {
	if e.Seq != s.seq+1 {
		panic(fmt.Sprintf("board: entry %d after %d", e.Seq, s.seq))
	}
	s.seq = e.Seq
	s.turn = turn{entry: e, by: s.people[e.Author]}
	s.work = 0
	verdict := s.number(e)
	s.settleAround(s.turn.shifted)
	changes := s.turn.changes
	s.turn = turn{}
	return verdict, changes
}

// decide does the entry's op, whose number is settled.
func (s *State) decide(op protocol.Op) Verdict {
	code := s.do(op)
	return Verdict{Code: code, Parts: s.turn.parts}
}

// Seq returns the position of the last entry.
func (s *State) Seq() uint64 { return s.seq }

// Size returns the state's size in bytes, roughly that of AppendSnapshot. It is kept up to date, and part of the rules: past
// protocol.MaxState nothing is added to the board.
func (s *State) Size() int { return s.size }

// used reports whether an id names, or ever named, anything of this board.
func (s *State) used(id protocol.ID) bool {
	if s.objectLives(id) || s.rings[id] != nil || s.dead[id] != nil || s.perspectives[id] != nil {
		return true
	}
	if s.people[id] != nil || s.links[id] != nil || s.writers[id] != nil || s.pruned[id] != nil {
		return true
	}
	_, gone := s.gone[id]
	return gone
}

// objectLives reports whether an id names a note, cluster, area or connector that is on the board.
func (s *State) objectLives(id protocol.ID) bool {
	return s.endLives(id) || s.connectors[id] != nil
}

// endLives reports whether an id names an object that a connector can join.
func (s *State) endLives(id protocol.ID) bool {
	return s.notes[id] != nil || s.clusters[id] != nil || s.areas[id] != nil
}

// absent says why there is no living object of that id.
func (s *State) absent(id protocol.ID) protocol.Code {
	if s.dead[id] != nil {
		return protocol.CodeGone
	}
	if _, gone := s.gone[id]; gone {
		return protocol.CodeGone
	}
	return protocol.CodeMissing
}

// objects returns how many objects are on the board.
func (s *State) objects() int {
	return len(s.notes) + len(s.clusters) + len(s.areas) + len(s.connectors)
}

// room says whether one more object of that id may come onto the board.
func (s *State) room(id protocol.ID) protocol.Code {
	if s.used(id) {
		return protocol.CodeTaken
	}
	return s.space()
}

func (s *State) space() protocol.Code {
	if s.objects() >= protocol.MaxObjects {
		return protocol.CodeBoardFull
	}
	return ""
}
