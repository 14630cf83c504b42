package client

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Options say which board to open, as whom, and how. Server, Board and Token are required; Membership.Options fills them
// in. The zero value of everything else is the default.
type Options struct {
	Server string      // origin, for example "https://wall.example.org"
	Board  protocol.ID //
	Token  string      // participant token, from Join

	// WriterSecret continues an outbox of an earlier program, which must have ended; empty: a new outbox.
	WriterSecret string
	// Outbox is what that program left unsaved, as Board.Outbox returned it: all of it, in order; nil: nothing. What was
	// typed is shown from the start, and made anew where the board does not have it.
	Outbox []Queued
	// Watch opens the board only to look: ops are ErrWatching.
	Watch bool

	// HTTPClient makes the connection; nil: http.DefaultClient. Its Timeout must be zero.
	HTTPClient *http.Client
	// Logger is told about connections at level debug and, once a connection, at warn that a program which called Notices
	// does not keep up with them; nil: nothing is logged.
	Logger *slog.Logger
	// BackoffMin and BackoffMax bound the random wait before the first and the later tries to come back, where the
	// server named none; zero: 500 ms and 30 s.
	BackoffMin, BackoffMax time.Duration
	// Jitter returns a number in [0, 1) for that wait, and for how much longer to wait than the server told, at most half
	// as long again; nil: math/rand/v2.
	Jitter func() float64
}

func (o *Options) core() CoreOptions {
	return CoreOptions{Token: o.Token, WriterSecret: o.WriterSecret, Outbox: o.Outbox, Watch: o.Watch,
		BackoffMin: o.BackoffMin, BackoffMax: o.BackoffMax, Jitter: o.Jitter}
}
