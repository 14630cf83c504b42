package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// Room for signals and notices that the program has not read yet; then the oldest go.
const (
	signalRoom = 256
	noticeRoom = 256
)

// Board is an open board. Its methods may be called from any goroutine, and none of them waits for the network unless it
// takes a context. Nothing the program does or leaves undone holds the connection up: Watch wakes and does not carry,
// Signals and Notices drop the oldest.
type Board struct {
	opts    Options
	log     *slog.Logger
	signals chan protocol.Signal
	notices chan Notice

	// Life of the goroutine that keeps the connection.
	cancel context.CancelFunc // no further connection; the one there is ends
	sever  context.CancelFunc // and at once, without the server's goodbye
	done   chan struct{}
	ended  chan struct{} // closed when no op will be acked any more
	once   sync.Once     // closes ended

	mu       sync.Mutex // protects what follows
	core     *Core
	told     uint64
	pending  map[Ticket]*Pending
	watchers map[chan struct{}]struct{}
	frames   []protocol.Frame // to send on the connection there is
	hangup   bool
	kick     chan struct{} // wakes the writing goroutine
	reads    bool          // the program asked for notices,
	warned   bool          // and was told, on this connection, that some were dropped
	closing  bool          // Close was called
}

// Dial opens a board and returns when its state is there. It tries until ctx ends or the server says that it is of no use
// (*ClosedError). The board stays open, whatever becomes of ctx, until Close.
func Dial(ctx context.Context, opts Options) (*Board, error) {
	core, err := NewCore(opts.core())
	if err != nil {
		return nil, err
	}
	log := opts.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	life, cancel := context.WithCancel(context.Background())
	reading, sever := context.WithCancel(context.Background())
	b := &Board{opts: opts, log: log, cancel: cancel, sever: sever, core: core,
		signals: make(chan protocol.Signal, signalRoom), notices: make(chan Notice, noticeRoom),
		done: make(chan struct{}), ended: make(chan struct{}), kick: make(chan struct{}, 1),
		pending: make(map[Ticket]*Pending), watchers: make(map[chan struct{}]struct{})}
	live := func() (bool, error) {
		state, err := b.core.State()
		return state == Live, err
	}
	go b.run(life, reading)
	if err := b.await(ctx, live); err != nil {
		sever()
		cancel()
		<-b.done
		return nil, err
	}
	return b, nil
}

// await waits until the condition, called with the lock held, is true. The condition's error is why it is not.
func (b *Board) await(ctx context.Context, condition func() (bool, error)) error {
	wake, stop := b.Watch()
	defer stop()
	for {
		b.mu.Lock()
		ok, why := condition()
		b.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-wake:
		case <-b.ended:
			return b.end()
		case <-ctx.Done():
			if why != nil {
				return fmt.Errorf("%w; last: %w", ctx.Err(), why)
			}
			return ctx.Err()
		}
	}
}

// end returns why nothing more will happen.
func (b *Board) end() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if state, err := b.core.State(); state == Closed {
		return err
	}
	return ErrClosed
}

// absorb passes on what the core has for the program and for the connection. The lock is held.
func (b *Board) absorb() {
	out := b.core.Take(time.Now())
	b.frames = append(b.frames, out.Frames...)
	b.hangup = out.Hangup
	for _, n := range out.Notices {
		b.resolve(n)
		push(b.notices, n, b.droppedUnread)
	}
	for _, s := range out.Signals {
		push(b.signals, s, func(protocol.Signal) {})
	}
	if b.told != b.core.told {
		b.told = b.core.told
		for w := range b.watchers {
			wake(w)
		}
	}
	wake(b.kick)
}

// droppedUnread warns once a connection. A program that never asked for notices does without them. The lock is held.
func (b *Board) droppedUnread(lost Notice) {
	if b.reads && !b.warned {
		b.warned = true
		b.log.Warn("notices are dropped unread", "first", fmt.Sprintf("%T", lost))
	}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// push sends without waiting: when there is no room, the oldest goes. Only the holder of the lock sends.
func push[T any](c chan T, v T, dropped func(T)) {
	for {
		select {
		case c <- v:
			return
		default:
		}
		select {
		case old := <-c:
			dropped(old)
		default:
		}
	}
}

// View calls read with the copy of the board, which must not be kept or changed. The board waits meanwhile; read must not
// call its methods.
func (b *Board) View(read func(*View)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	read(b.core.View())
}

// Text returns a note's text with what was typed here and has not arrived yet; false if there is no such note.
func (b *Board) Text(note protocol.ID) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Text(note)
}

// Edit does to a note's text what its author did to before, the text they were looking at, by making it after; what others
// do to it at the same time stays. It returns the text now shown. What the rules refuse comes as a TextRefused notice;
// Flush waits until what was typed is saved.
func (b *Board) Edit(note protocol.ID, before, after string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing {
		return "", ErrClosed
	}
	shown, err := b.core.Edit(note, before, after)
	b.absorb()
	return shown, err
}

// Signal sends a signal if there is a connection: of each kind the latest, no more often than the server takes them.
func (b *Board) Signal(s protocol.Signal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.core.Signal(s)
	b.absorb()
	return err
}

// Signals returns where others' signals come. It has room for 256; then the oldest go.
func (b *Board) Signals() <-chan protocol.Signal { return b.signals }

// Notices returns where notices come. It has room for 256; then the oldest go. What became of an op is told by its Pending
// too, so a program that submits with Do or Submit may leave them.
func (b *Board) Notices() <-chan Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads = true
	return b.notices
}

// Watch returns a channel that wakes after the view, the state, who is here, the role or the outbox has changed, once for
// any number of changes; read them then. stop ends it.
func (b *Board) Watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watchers[c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, c)
	}
}

// State returns where the connection is, and why it is not live: for Offline how the last one ended, for Closed a *ClosedError.
func (b *Board) State() (State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, err := b.core.State()
	if state != Closed && b.closing {
		select {
		case <-b.done:
			return Closed, ErrClosed
		default:
		}
	}
	return state, err
}

// Me returns the participant and its role.
func (b *Board) Me() (protocol.ID, protocol.Role) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Me()
}

// Here returns the participants who have a connection, by id.
func (b *Board) Here() []protocol.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Here()
}

// Limits returns what the server allows.
func (b *Board) Limits() protocol.Limits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Limits()
}

// Writer returns the outbox's id on the board and its resume secret, to be kept beside a stored Outbox.
func (b *Board) Writer() (protocol.ID, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Writer()
}

// Unsaved returns how many ops, and notes with typing that is not submitted yet, are not durable: "saving…".
func (b *Board) Unsaved() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Unsaved()
}

// Outbox returns what is not saved, with what is being typed, also after the board was closed. Stored as JSON beside Writer's
// secret, it is what another program goes on with (Options.WriterSecret, Options.Outbox).
func (b *Board) Outbox() []Queued {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.core.Outbox()
}

// Flush waits until everything is saved. It fails when ctx or the board ends first.
func (b *Board) Flush(ctx context.Context) error {
	return b.await(ctx, func() (bool, error) { return b.core.Unsaved() == 0, nil })
}

// Close waits until everything is saved and ends the connection in good order. When ctx ends before that, the connection is
// cut; a server that does not answer the goodbye is left after 10 s at most. It fails when something is not saved; that
// stays in Outbox.
func (b *Board) Close(ctx context.Context) error {
	err := b.Flush(ctx)
	b.mu.Lock()
	b.closing = true
	unsaved := b.core.Unsaved()
	b.mu.Unlock()
	if ctx.Err() != nil {
		b.sever()
	}
	stop := context.AfterFunc(ctx, b.sever)
	defer stop()
	b.cancel()
	<-b.done
	if unsaved == 0 {
		return nil
	}
	return errors.Join(fmt.Errorf("client: closed with %d not saved", unsaved), err)
}
