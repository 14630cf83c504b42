package client

import (
	"errors"
	"fmt"
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

var (
	// ErrClosed is what waits on a Board end with after Close.
	ErrClosed = errors.New("client: the board was closed here")
	// ErrWatching is returned for ops on a board that is only watched.
	ErrWatching = errors.New("client: this connection only watches")
	// ErrNoNote is returned by Edit for a note that is not on the board, or not yet.
	ErrNoNote = errors.New("client: no such note on the board")
)

// RefusedError says that an op did nothing, or for a batch not all, and will not: the board has its number, and the
// answer will not change. What the op said is still with its author.
type RefusedError struct {
	Code  protocol.Code   // empty for a batch
	Parts []protocol.Code // for a batch: a code, or "", per part
	// Detail says more when the op was refused here, before a number was given to it.
	Detail string
}

// Error returns the code's sentence.
func (e *RefusedError) Error() string {
	if e.Code == "" {
		refused := slices.DeleteFunc(slices.Clone(e.Parts), func(c protocol.Code) bool { return c == "" })
		if len(refused) == 0 {
			return "client: refused"
		}
		return fmt.Sprintf("client: %d of %d parts refused, the first as %s: %s",
			len(refused), len(e.Parts), refused[0], refused[0].Sentence())
	}
	if e.Detail != "" {
		return fmt.Sprintf("client: refused as %s: %s (%s)", e.Code, e.Code.Sentence(), e.Detail)
	}
	return fmt.Sprintf("client: refused as %s: %s", e.Code, e.Code.Sentence())
}

func (e *RefusedError) equal(o *RefusedError) bool {
	if e == nil || o == nil {
		return e == o
	}
	return e.Code == o.Code && slices.Equal(e.Parts, o.Parts)
}

// refusalOf turns what a check said into a refusal.
func refusalOf(err error) *RefusedError {
	var coded *protocol.Error
	if errors.As(err, &coded) {
		return &RefusedError{Code: coded.Code, Detail: coded.Detail}
	}
	return &RefusedError{Code: protocol.CodeMalformed, Detail: err.Error()}
}

// ClosedError says that the server ended the board for this client and that coming back is of no use. The outbox can
// still be read.
type ClosedError struct {
	Code    protocol.Code // empty if only the close code is known
	Close   int           // WebSocket close code; 0 if the connection was refused before it was one
	Message string
}

// Error returns the server's sentence.
func (e *ClosedError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("client: the server closed the board for good (close code %d)", e.Close)
	}
	return fmt.Sprintf("client: the server closed the board for good as %s: %s", e.Code, e.Message)
}
