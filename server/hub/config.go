package hub

import (
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Config is what can be set. A zero field has its default.
type Config struct {
	Limits protocol.Limits // what clients are told and held to; default DefaultLimits

	ParticipantOps         int // ops a second of one participant, all its connections together; default 120
	BoardOps               int // ops a second of one board; default 5,000
	Connections            int // connections of one board; default 600
	ParticipantConnections int // connections of one participant to one board; default 16
	Boards                 int // boards in memory; default 10,000
	Cursors                int // connections of a board up to which cursors and drag previews are passed on; default 100

	Outbox  int // bytes that may wait for one connection; default DefaultOutbox
	Backlog int // bytes of ops that may wait for a board's log; default 4 MiB

	Idle        time.Duration // after which a board nobody uses leaves memory; default 60 s
	SealBytes   int           // bytes of groups after which a board is sealed; default 4 MiB
	SealEntries int           // entries after which a board is sealed; default 20,000
}

// DefaultLimits are the limits of one connection.
var DefaultLimits = protocol.Limits{
	Frame: protocol.MaxFrame, Ops: 60, Burst: 200, Signals: 40, Outstanding: protocol.MaxOutstanding,
	Objects: protocol.MaxObjects, NoteText: protocol.MaxNoteText,
}

func or[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// withDefaults returns the config with every zero field set.
func (c Config) withDefaults() Config {
	d := DefaultLimits
	l := c.Limits
	c.Limits = protocol.Limits{
		Frame: or(l.Frame, d.Frame), Ops: or(l.Ops, d.Ops), Burst: or(l.Burst, d.Burst), Signals: or(l.Signals, d.Signals),
		Outstanding: or(l.Outstanding, d.Outstanding), Objects: or(l.Objects, d.Objects), NoteText: or(l.NoteText, d.NoteText),
	}
	c.ParticipantOps = or(c.ParticipantOps, 120)
	c.BoardOps = or(c.BoardOps, 5000)
	c.Connections = or(c.Connections, 600)
	c.ParticipantConnections = or(c.ParticipantConnections, 16)
	c.Boards = or(c.Boards, 10_000)
	c.Cursors = or(c.Cursors, 100)
	c.Outbox = or(c.Outbox, DefaultOutbox)
	c.Backlog = or(c.Backlog, 4<<20)
	c.Idle = or(c.Idle, time.Minute)
	c.SealBytes = or(c.SealBytes, 4<<20)
	c.SealEntries = or(c.SealEntries, 20_000)
	return c
}
