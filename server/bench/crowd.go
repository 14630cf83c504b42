package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/denkwand/denkwand/protocol"
)

// notesOfWriter is how many notes a writer moves in turn. A server may leave out a move that a later one of the same
// note supersedes within a flush; with so many it never has reason to, and every op must arrive.
const notesOfWriter = 32

// seat is where one connection sits.
type seat struct {
	url   string
	hello []byte // first frame; nil: the server expects none
	board int
	write bool
}

// crowd is all connections of a run.
type crowd struct {
	clients []*peer
	boards  [][]*peer                      // by board
	index   []map[[protocol.IDLen]byte]int // by board: note -> writer's place among the board's writers
	floor   bool
	start   atomic.Int64 // unix nanoseconds when op 0 of writer 0 is due; 0: not yet
	from    atomic.Int64 // deliveries of ops due before are not counted
	until   atomic.Int64
	rate    float64
}

// peer is one connection.
type peer struct {
	crowd  *crowd
	seat   seat
	conn   *websocket.Conn
	place  int // among the board's writers
	notes  [notesOfWriter]protocol.ID
	n      uint64 // last number submitted
	acked  atomic.Uint64
	joined chan struct{}
	failed error

	// Of its reader.
	last    []int64 // last index seen, by the board's writer
	times   histogram
	doubled int64
	order   int64
	got     atomic.Int64 // counted deliveries
}

// connect makes all connections, some at a time.
func connect(ctx context.Context, seats []seat) (*crowd, error) {
	c := &crowd{floor: seats[0].hello == nil}
	for _, s := range seats {
		for len(c.boards) <= s.board {
			c.boards = append(c.boards, nil)
			c.index = append(c.index, map[[protocol.IDLen]byte]int{})
		}
		p := &peer{crowd: c, seat: s, joined: make(chan struct{})}
		if s.write {
			for _, other := range c.boards[s.board] {
				if other.seat.write {
					p.place++
				}
			}
			for i := range p.notes {
				p.notes[i] = protocol.RandomID()
				c.index[s.board][spelled(p.notes[i])] = p.place
			}
		}
		c.clients = append(c.clients, p)
		c.boards[s.board] = append(c.boards[s.board], p)
	}
	for _, b := range c.boards {
		writers := 0
		for _, p := range b {
			if p.seat.write {
				writers++
			}
		}
		for _, p := range b {
			p.last = make([]int64, writers)
		}
	}
	gate := make(chan struct{}, 32)
	errs := make([]error, len(c.clients))
	var all sync.WaitGroup
	for i, p := range c.clients {
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			errs[i] = p.dial(ctx)
		})
	}
	all.Wait()
	return c, errors.Join(errs...)
}

func spelled(id protocol.ID) (s [protocol.IDLen]byte) {
	copy(s[:], id.String())
	return s
}

func (p *peer) dial(ctx context.Context) error {
	conn, _, err := websocket.Dial(ctx, p.seat.url, &websocket.DialOptions{
		Subprotocols: []string{protocol.Subprotocol}, HTTPClient: &http.Client{Transport: &http.Transport{}},
	})
	if err != nil {
		return err
	}
	conn.SetReadLimit(-1)
	p.conn = conn
	if p.seat.hello == nil {
		close(p.joined)
	} else if err := conn.Write(ctx, websocket.MessageText, p.seat.hello); err != nil {
		return err
	}
	go p.read()
	select {
	case <-p.joined:
		return p.failed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// prepare makes the writers' notes.
func (c *crowd) prepare(ctx context.Context) error {
	if c.floor {
		return nil
	}
	for _, p := range c.clients {
		if !p.seat.write {
			continue
		}
		ops := make([]protocol.AnyOp, len(p.notes))
		for i, note := range p.notes {
			ops[i].Op = &protocol.NoteCreate{Note: note, W: 7168, H: 7168, Rev: protocol.RandomID()}
		}
		frame := protocol.AppendFrame(nil, &protocol.Submit{N: 1, Ops: ops})
		p.n = uint64(len(ops))
		if err := p.conn.Write(ctx, websocket.MessageText, frame); err != nil {
			return err
		}
	}
	for _, p := range c.clients {
		for p.seat.write && p.acked.Load() < p.n {
			if err := pause(ctx, 5*time.Millisecond); err != nil {
				return fmt.Errorf("%d of %d acked: %w", p.acked.Load(), p.n, err)
			}
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// due returns when a writer's op is due: writers take turns, so that the load is even.
func (c *crowd) due(writer int, op int64, writers int) int64 {
	offset := float64(op-1)/c.rate + float64(writer)/(c.rate*float64(writers))
	return c.start.Load() + int64(offset*1e9)
}

// write submits the peer's ops, each when it is due, until the time is over. It returns how late it was.
func (p *peer) write(ctx context.Context, ops int64) (late *histogram, err error) {
	late = new(histogram)
	writers := len(p.last)
	for i := int64(1); i <= ops; i++ {
		wait := time.Duration(p.crowd.due(p.place, i, writers) - time.Now().UnixNano())
		if wait > 0 {
			if err := pause(ctx, wait); err != nil {
				return late, err
			}
		}
		late.add(max(0, -wait))
		p.n++
		frame := protocol.AppendFrame(nil, &protocol.Submit{N: p.n, Ops: []protocol.AnyOp{{
			Op: &protocol.NoteMove{Note: p.notes[i%notesOfWriter], X: i, Y: 64},
		}}})
		if err := p.conn.Write(ctx, websocket.MessageText, frame); err != nil {
			return late, err
		}
	}
	return late, nil
}

// read reads until the connection ends.
func (p *peer) read() {
	for {
		kind, b, err := p.conn.Read(context.Background())
		if err != nil {
			select {
			case <-p.joined:
			default:
				p.failed = err
				close(p.joined)
			}
			return
		}
		if kind == websocket.MessageText {
			p.receive(b, time.Now().UnixNano())
		}
	}
}

var (
	markNote    = []byte(`"note":`)
	markID      = []byte(`{"id":"`)
	markX       = []byte(`"x":`)
	markWelcome = []byte(`{"type":"welcome"`)
	markOwn     = []byte(`{"type":"own"`)
	markAcked   = []byte(`"acked":`)
	markNotNow  = []byte(`{"type":"notnow"`)
)

// receive takes one message apart no further than it must: which notes moved, and to which x, which is the op's index.
func (p *peer) receive(b []byte, now int64) {
	switch {
	case bytes.HasPrefix(b, markOwn):
		if i := bytes.Index(b, markAcked); i >= 0 {
			p.acked.Store(uint64(number(b[i+len(markAcked):])))
		}
		return
	case bytes.HasPrefix(b, markWelcome):
		close(p.joined)
		return
	case bytes.HasPrefix(b, markNotNow):
		p.order++ // the load is beyond a limit: the run must not count
		return
	}
	start := p.crowd.start.Load()
	for {
		i := bytes.Index(b, markNote)
		if i < 0 {
			return
		}
		b = bytes.TrimPrefix(b[i+len(markNote):], markID)
		b = bytes.TrimPrefix(b, []byte{'"'}) // the floor sends ops back: "note":"<id>"
		if len(b) < protocol.IDLen {
			return
		}
		writer, ours := p.crowd.index[p.seat.board][[protocol.IDLen]byte(b[:protocol.IDLen])]
		x := bytes.Index(b, markX)
		if x < 0 {
			return
		}
		b = b[x+len(markX):]
		if index := number(b); ours && start != 0 && index != 0 { // 0: the note's creation, come late
			p.delivered(writer, index, now)
		}
	}
}

func number(b []byte) int64 {
	end := 0
	for end < len(b) && b[end] >= '0' && b[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(string(b[:end]), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// delivered accounts for one delivery.
func (p *peer) delivered(writer int, index, now int64) {
	switch last := p.last[writer]; {
	case index == last+1:
	case index == last:
		p.doubled++
		return
	default:
		p.order++
	}
	p.last[writer] = max(p.last[writer], index)
	if p.seat.write && writer == p.place {
		return // its own
	}
	due := p.crowd.due(writer, index, len(p.last))
	if due >= p.crowd.from.Load() && due < p.crowd.until.Load() {
		p.times.add(time.Duration(now - due))
		p.got.Add(1)
	}
}

func (c *crowd) hangUp() {
	for _, p := range c.clients {
		_ = p.conn.CloseNow()
	}
}
