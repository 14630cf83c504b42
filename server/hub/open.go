package hub

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

const (
	loadTimeout = time.Minute
	sealTimeout = time.Minute
	maxSealers  = 16 // boards that are sealed at once
)

// open returns the board's loop, and opens the board if it is not open. Whoever asks meanwhile waits for the same
// opening. The loop may end at any time: its mailbox says so.
func (h *Hub) open(ctx context.Context, id protocol.ID) (*loop, error) {
	s, err := h.slot(id)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.ready:
		return s.loop, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// maxComing is how many boards may be loaded beyond the cap, while others leave memory for them.
const maxComing = 64

// slot returns the board's slot, made now if there is none.
func (h *Hub) slot(id protocol.ID) (*slot, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, bad := h.quarantine[id]; bad {
		return nil, protocol.CodeQuarantined.Err()
	}
	if h.draining {
		return nil, protocol.CodeRestart.Err()
	}
	if s := h.slots[id]; s != nil {
		return s, nil
	}
	if len(h.slots) >= h.cfg.Boards+maxComing || h.placed >= h.cfg.Boards && h.idlest() == nil {
		return nil, protocol.CodeBoardsFull.Err()
	}
	s := &slot{ready: make(chan struct{})}
	h.slots[id] = s
	go h.load(id, s)
	return s, nil
}

// place waits for a place among the boards in memory, for a board that was read: who asks for boards that do not exist
// drives none out. It sends the one away that is idle for longest; if it is wanted meanwhile, the next. With
// boards_full all are in use.
func (h *Hub) place(ctx context.Context) error {
	for {
		h.mu.Lock()
		if h.placed < h.cfg.Boards {
			h.placed++
			h.mu.Unlock()
			return nil
		}
		idlest := h.idlest()
		h.mu.Unlock()
		if idlest == nil {
			return protocol.CodeBoardsFull.Err()
		}
		stays := make(chan struct{})
		idlest.mail.put(func(*Room, time.Time) { idlest.leave = append(idlest.leave, stays) }, true)
		select {
		case <-idlest.gone:
		case <-stays:
		case <-ctx.Done():
			return protocol.CodeBoardsFull.Err()
		}
	}
}

// idlest returns the board that is idle for longest, nil if none is.
func (h *Hub) idlest() *loop {
	var found *loop
	var since int64
	for _, s := range h.slots {
		select {
		case <-s.ready:
		default:
			continue
		}
		if s.loop == nil {
			continue
		}
		if idle := s.loop.idle.Load(); idle != 0 && (found == nil || idle < since) {
			found, since = s.loop, idle
		}
	}
	return found
}

// load opens a board and runs it until it leaves memory.
func (h *Hub) load(id protocol.ID, s *slot) {
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	state, head, key, err := h.read(ctx, id)
	if err != nil {
		err = h.loadError(id, err)
	} else {
		err = h.place(ctx)
	}
	if cancel(); err != nil {
		s.err = err
		h.mu.Lock()
		delete(h.slots, id)
		h.mu.Unlock()
		close(s.ready)
		return
	}
	l := &loop{hub: h, board: id, mail: newMailbox(), gone: make(chan struct{})}
	l.flusher = NewFlusher(l.fannedOut)
	now := time.Now()
	l.idle.Store(now.UnixNano())
	l.room = NewRoom(Opening{
		Board: id, State: state, Head: head, Key: key, Config: h.cfg, Effects: l, Rand: h.rand, Metrics: h.metrics,
	}, now)
	s.loop = l
	h.metrics.Boards.Add(1)
	close(s.ready)
	l.run()
	h.leave(l)
}

// read loads, and turns a panic of Apply while replaying into an error: the board's log has an entry that no state
// can take.
func (h *Hub) read(ctx context.Context, id protocol.ID) (s *board.State, head journal.Head, key []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: replaying it panicked: %v\n%s", journal.ErrDamaged, p, debug.Stack())
		}
	}()
	return h.loader.Load(ctx, id)
}

// loadError ends an error of loading: it is logged here, and becomes what may be told.
func (h *Hub) loadError(id protocol.ID, err error) error {
	switch {
	case errors.Is(err, ErrNoBoard):
		return protocol.CodeBoardUnknown.Err()
	case errors.Is(err, journal.ErrDamaged):
		h.setAside(id, err.Error())
		return protocol.CodeQuarantined.Err()
	}
	h.log.Error("a board could not be opened", "board", id, "err", err)
	return protocol.CodeUnavailable.Err()
}

// setAside keeps a board from being opened again in this process: nothing of it may become an empty board.
func (h *Hub) setAside(id protocol.ID, reason string) {
	h.log.Error("a board is quarantined; verify its archive, and restore it or report the panic", "board", id, "reason", reason)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quarantine[id] = reason
}

// Quarantined returns the boards that were set aside, with the reason for the operator.
func (h *Hub) Quarantined() map[protocol.ID]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[protocol.ID]string, len(h.quarantine))
	for id, reason := range h.quarantine {
		all[id] = reason
	}
	return all
}

// leave takes a board that ended from memory, and seals what the journal has of it. Who comes meanwhile waits.
func (h *Hub) leave(l *loop) {
	l.sealing.Wait()
	end := l.room.Ended()
	switch {
	case end != nil && end.Code == protocol.CodeQuarantined:
		h.setAside(l.board, end.Reason)
	case end != nil && end.Reason != "":
		h.log.Error("a board is closed and will be opened anew", "board", l.board, "reason", end.Reason)
	default:
		h.seal(context.Background(), l.board)
	}
	h.metrics.Boards.Add(-1)
	h.mu.Lock()
	delete(h.slots, l.board)
	h.placed--
	h.mu.Unlock()
	close(l.gone)
}

// seal seals one board, when few enough others are being sealed. An error only delays it: the journal has everything.
func (h *Hub) seal(ctx context.Context, id protocol.ID) {
	h.sealers <- struct{}{}
	defer func() { <-h.sealers }()
	ctx, cancel := context.WithTimeout(ctx, sealTimeout)
	defer cancel()
	if err := h.keeper.Seal(ctx, id); err != nil {
		h.metrics.SealErrors.Add(1)
		h.log.Error("a board could not be sealed; the journal keeps it, and it is tried again", "board", id, "err", err)
	}
}

// Connections come back over a time in which this many do per second.
const comeBackRate = 500

// Drain lets nothing new in, answers what was taken, sends everybody away to come back spread over seconds, seals all
// boards and returns when they have left memory. With the context's error some have not: the journal has what they
// took, and their connections are cut.
func (h *Hub) Drain(ctx context.Context) error {
	h.mu.Lock()
	h.draining = true
	spread := max(time.Second, time.Duration(len(h.outboxes))*time.Second/comeBackRate)
	slots := make([]*slot, 0, len(h.slots))
	for _, s := range h.slots {
		slots = append(slots, s)
	}
	h.mu.Unlock()
	var left sync.WaitGroup
	for _, s := range slots {
		left.Go(func() {
			<-s.ready
			if s.loop == nil {
				return
			}
			s.loop.mail.put(func(r *Room, _ time.Time) {
				s.loop.spread = spread
				r.Drain()
			}, true)
			<-s.loop.gone
		})
	}
	all := make(chan struct{})
	go func() {
		left.Wait()
		close(all)
	}()
	var err error
	select {
	case <-all:
	case <-ctx.Done():
		err = ctx.Err()
	}
	h.cutOff(ctx)
	return err
}

// lastWrites is how long closed connections have to take their bye.
const lastWrites = 2 * time.Second

// cutOff waits for the last writes of connections and cuts off those that take too long.
func (h *Hub) cutOff(ctx context.Context) {
	h.mu.Lock()
	none := make(chan struct{})
	if len(h.outboxes) == 0 {
		close(none)
	} else {
		h.noOutboxes = none
	}
	h.mu.Unlock()
	timer := time.NewTimer(lastWrites)
	defer timer.Stop()
	select {
	case <-none:
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	h.mu.Lock()
	late := make([]*Outbox, 0, len(h.outboxes))
	for o := range h.outboxes {
		late = append(late, o)
	}
	h.mu.Unlock()
	for _, o := range late {
		o.Cut()
	}
}

// upTo draws a time below most.
func (h *Hub) upTo(most time.Duration) time.Duration {
	var b [8]byte
	if _, err := io.ReadFull(h.rand, b[:]); err != nil {
		panic("hub: no randomness: " + err.Error())
	}
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(most))
}
