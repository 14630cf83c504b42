package client

import (
	"context"

	"github.com/denkwand/denkwand/protocol"
)

// Result names an op on the board, for Undo and Redo.
type Result struct {
	Writer protocol.ID
	N      uint64
}

// Pending is an op on its way. Its methods may be called from any goroutine.
type Pending struct {
	b      *Board
	ticket Ticket
	acked  chan struct{}
	saved  chan struct{}

	// Protected by b.mu.
	result Result
	err    error
}

// Submit puts an op into the outbox. It fails at once for an op that can never be valid (*RefusedError); everything else
// the Pending tells.
func (b *Board) Submit(op protocol.Op) (*Pending, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing {
		return nil, ErrClosed
	}
	ticket, err := b.core.Submit(op)
	if err != nil {
		return nil, err
	}
	p := &Pending{b: b, ticket: ticket, acked: make(chan struct{}), saved: make(chan struct{})}
	b.pending[ticket] = p
	b.absorb()
	return p, nil
}

// Do submits an op and waits until it is acked: others see it. It fails with a *RefusedError if the op did nothing. If
// ctx ends first, the op is still on its way.
func (b *Board) Do(ctx context.Context, op protocol.Op) (Result, error) {
	p, err := b.Submit(op)
	if err != nil {
		return Result{}, err
	}
	return p.Wait(ctx)
}

// DoSaved is Do, but waits until the op is saved.
func (b *Board) DoSaved(ctx context.Context, op protocol.Op) (Result, error) {
	p, err := b.Submit(op)
	if err != nil {
		return Result{}, err
	}
	return p.WaitSaved(ctx)
}

// Acked returns a channel that is closed when the op is acked.
func (p *Pending) Acked() <-chan struct{} { return p.acked }

// Saved returns a channel that is closed when the op is saved.
func (p *Pending) Saved() <-chan struct{} { return p.saved }

// Result returns what is known: the op's name and nil or a *RefusedError once it is acked, before that the zero Result.
func (p *Pending) Result() (Result, error) {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	return p.result, p.err
}

// GiveUp withdraws the op if it has not been acked. What became of it, Wait says: a *RefusedError with protocol.CodeVoid, or
// what the board had done already. It reports false when it is too late.
func (p *Pending) GiveUp() bool {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	ok := p.b.core.GiveUp(p.ticket)
	p.b.absorb()
	return ok
}

// Wait waits until the op is acked. See Do.
func (p *Pending) Wait(ctx context.Context) (Result, error) { return p.wait(ctx, p.acked) }

// WaitSaved waits until the op is saved, or refused.
func (p *Pending) WaitSaved(ctx context.Context) (Result, error) {
	if result, err := p.Wait(ctx); err != nil {
		return result, err
	}
	return p.wait(ctx, p.saved)
}

// wait waits until told is closed, which counts also when the board or ctx has ended.
func (p *Pending) wait(ctx context.Context, told <-chan struct{}) (Result, error) {
	select {
	case <-told:
	case <-p.b.ended:
	case <-ctx.Done():
	}
	select {
	case <-told:
		return p.Result()
	default:
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	return Result{}, p.b.end()
}

// resolve tells a Pending what a notice says of it. The lock is held.
func (b *Board) resolve(n Notice) {
	switch n := n.(type) {
	case Acked:
		if p := b.pending[n.Ticket]; p != nil {
			p.settle(Result{Writer: n.Writer, N: n.N}, n.Refused)
			closeOnce(p.acked)
		}
	case Saved:
		if p := b.pending[n.Ticket]; p != nil {
			p.settle(Result{Writer: n.Writer, N: n.N}, n.Refused)
			closeOnce(p.saved)
			delete(b.pending, n.Ticket)
		}
	}
}

func (p *Pending) settle(r Result, refused *RefusedError) {
	p.result, p.err = r, nil
	if refused != nil {
		p.err = refused
	}
}

// closeOnce closes a channel that only the holder of the lock closes.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
