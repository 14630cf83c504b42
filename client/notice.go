package client

import (
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Ticket names an op of this program from Submit on. It stays when the op gets another number.
type Ticket uint64

// Notice is something the program may want to tell its person: one of the types of this file.
type Notice interface{ notice() }

// Acked says what became of an op: the board has it in its order. It comes again when the board went back to an earlier
// moment and the rules now say something else. Typing has none of these: what it comes to stands in the note.
type Acked struct {
	Ticket  Ticket
	Writer  protocol.ID
	N       uint64 // 0: it was given up, and then the outbox became another writer's, which has no number for it
	Op      protocol.Op
	Refused *RefusedError // nil: done
}

// Saved says that an op is durable and has left the outbox.
type Saved struct {
	Ticket  Ticket
	Writer  protocol.ID
	N       uint64        // 0: as in Acked
	Refused *RefusedError // nil: done
}

// TextRefused says that what was typed into a note did not get onto the board. Text is the whole text as the person saw it.
type TextRefused struct {
	Note protocol.ID
	Text string
	Code protocol.Code
}

// WriterMade says that the board gave this outbox a writer. The secret belongs beside a stored outbox.
type WriterMade struct {
	ID     protocol.ID
	Secret string
}

// WriterLost says that the board no longer knows this outbox's numbers: it was restored from a backup (Restored), or the
// participant had too many outboxes. Everything that is not saved is submitted again as a new writer.
type WriterLost struct {
	Restored bool
	Unsaved  int // ops that are submitted again
}

// Rewound says that the board went back to an earlier moment; what was not saved is submitted again.
type Rewound struct {
	Code    protocol.Code
	Message string
}

// Delayed says that the server takes no ops for a while. Nothing is lost.
type Delayed struct {
	Code    protocol.Code
	Message string
	Retry   time.Duration
}

// RoleChanged says that this participant's role became another.
type RoleChanged struct{ Role protocol.Role }

// StateChanged says that the connection became something else.
type StateChanged struct {
	State State
	Err   error // why; nil while all is well
}

func (Acked) notice()        {}
func (Saved) notice()        {}
func (TextRefused) notice()  {}
func (WriterMade) notice()   {}
func (WriterLost) notice()   {}
func (Rewound) notice()      {}
func (Delayed) notice()      {}
func (RoleChanged) notice()  {}
func (StateChanged) notice() {}

// State is where a connection is.
type State uint8

// States.
const (
	Offline    State = iota // no connection; it is tried again
	Connecting              // said hello, does not have the board yet
	Live                    // has the board and is told what becomes of it
	Closed                  // for good
)

// String returns the state's word.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Live:
		return "live"
	case Closed:
		return "closed"
	default:
		return "offline"
	}
}
