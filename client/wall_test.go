package client

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
)

// wall is a server in memory: one board, its log and its connections, moved step by step. It orders ops and applies them
// with the board's real rules, and loses what a test wants lost.
type wall struct {
	ids     *rand.ChaCha8
	id      protocol.ID
	state   *board.State
	log     []protocol.Entry
	history string // names this history in positions; another after every rewind
	told    map[string]int
	saved   int // entries of the log that are durable
	secrets map[string]protocol.ID
	conns   []*wallConn
	notNow  bool // the door is closed
}

// wallConn is one connection: what is on its way up and down, and what it was told.
type wallConn struct {
	who    protocol.ID
	writer protocol.ID
	up     []protocol.Frame
	down   []any // protocol.Frame or *protocol.Base
	acked  uint64
	saved  uint64
	live   bool
	block  uint64
}

const (
	tokenOf = "token of "
	ringed  = 200 * protocol.Unit
)

func newWall(seed uint64) *wall {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	w := &wall{ids: rand.NewChaCha8(key), state: board.New(), history: "h0", told: map[string]int{}, secrets: map[string]protocol.ID{}}
	w.id = w.newID()
	hash := sha256.Sum256([]byte("recovery"))
	w.server(&protocol.BoardCreate{Recovery: hash[:]})
	w.saved = len(w.log)
	return w
}

func (w *wall) newID() protocol.ID { return protocol.NewID(w.ids) }

// join lets a contributor onto the board.
func (w *wall) join(name string) protocol.ID { return w.joinBy(tokenOf+name, name) }

func (w *wall) joinBy(bearer, name string) protocol.ID {
	link, who := w.newID(), w.newID()
	secret, token := sha256.Sum256(link[:]), sha256.Sum256([]byte(bearer))
	w.server(&protocol.LinkCreate{Link: link, Secret: secret[:], Role: protocol.RoleContributor})
	w.server(&protocol.ParticipantJoin{Participant: who, Token: token[:], Link: link, Name: name})
	w.saved = len(w.log)
	return who
}

func (w *wall) server(op protocol.Op) { w.append(protocol.ID{}, protocol.ID{}, 0, op) }

// append orders an op, applies it, and tells everyone.
func (w *wall) append(author, writer protocol.ID, n uint64, op protocol.Op) board.Verdict {
	e := protocol.Entry{Seq: uint64(len(w.log)) + 1, Time: 1_000 + int64(len(w.log)), Author: author, Writer: writer, N: n, Op: op}
	w.log = append(w.log, e)
	verdict, changes := w.state.Apply(e)
	for _, c := range w.conns {
		if f := w.changesFrame(changes); c.live && f != nil {
			c.down = append(c.down, f)
		}
	}
	return verdict
}

func (w *wall) changesFrame(changes []board.Change) *protocol.Changes {
	var seen []board.Projected
	for _, c := range changes {
		if p, ok := board.Project(c, board.AudienceBoard); ok {
			seen = append(seen, p)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	f := &protocol.Changes{Seq: uint64(len(w.log)), At: w.at()}
	for _, p := range board.Merge(seen) {
		f.Changes = append(f.Changes, p.Change())
	}
	return f
}

func (w *wall) at() string {
	at := fmt.Sprintf("%s/%d", w.history, len(w.log))
	w.told[at] = len(w.log)
	return at
}

// base is the whole state in parts of at most three changes.
func (w *wall) base() []*protocol.Base {
	var all []protocol.Change
	for p := range w.state.Base(board.AudienceBoard) {
		all = append(all, p.Change())
	}
	of := max(1, (len(all)+2)/3)
	parts := make([]*protocol.Base, of)
	for i := range parts {
		parts[i] = &protocol.Base{Part: i + 1, Of: of, Seq: uint64(len(w.log)), Changes: all[min(3*i, len(all)):min(3*i+3, len(all))]}
	}
	parts[of-1].At = w.at()
	return parts
}

// view is what a contributor sees.
func (w *wall) view(t testingT) string {
	v := new(View)
	for _, part := range w.base() {
		if err := v.Apply(part.Changes...); err != nil {
			t.Fatalf("the wall's own base: %v", err)
		}
	}
	return string(v.Encode())
}

type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (w *wall) connect(who protocol.ID) *wallConn {
	c := &wallConn{who: who}
	w.conns = append(w.conns, c)
	return c
}

func (w *wall) disconnect(c *wallConn) {
	for i, other := range w.conns {
		if other == c {
			w.conns = append(w.conns[:i:i], w.conns[i+1:]...)
		}
	}
}

// take handles the oldest frame a connection sent. It returns a bye if the connection is to end.
func (w *wall) take(c *wallConn) *protocol.Bye {
	f := c.up[0]
	c.up = c.up[1:]
	switch f := f.(type) {
	case *protocol.Hello:
		return w.hello(c, f)
	case *protocol.Ping:
		if f.At != "" && !w.knows(f.At) {
			w.rewindConn(c)
		}
		c.down = append(c.down, &protocol.Pong{})
	case *protocol.Submit:
		w.submit(c, f)
	}
	return nil
}

func (w *wall) hello(c *wallConn, f *protocol.Hello) *protocol.Bye {
	info := &protocol.WriterInfo{}
	if f.Writer == "" {
		writer, hash := w.newID(), sha256.Sum256(fmt.Append(nil, "secret", len(w.secrets)))
		info.ID, info.Secret = writer, fmt.Sprint("secret", len(w.secrets))
		w.secrets[info.Secret] = writer
		w.append(c.who, protocol.ID{}, 0, &protocol.WriterRegister{Writer: writer, Secret: hash[:]})
	}
	return w.welcomeTo(c, f, info)
}

func (w *wall) welcomeTo(c *wallConn, f *protocol.Hello, info *protocol.WriterInfo) *protocol.Bye {
	if info.Secret == "" {
		info.ID = w.secrets[f.Writer]
	}
	c.writer = info.ID
	if !w.welcome(c, info, f.At) {
		return &protocol.Bye{Code: protocol.CodeWriterUnknown, Close: protocol.CodeWriterUnknown.Close(), Retry: 1}
	}
	return nil
}

func (w *wall) welcome(c *wallConn, info *protocol.WriterInfo, at string) bool {
	known, ok := w.state.Writer(c.writer)
	if !ok {
		return false
	}
	info.Last = known.Last
	welcome := &protocol.Welcome{Version: 1, Board: w.id, Me: c.who, Role: protocol.RoleContributor, Writer: info,
		Limits: protocol.Limits{Frame: protocol.MaxFrame, Outstanding: 8, Signals: 40, NoteText: protocol.MaxNoteText}}
	c.live = true
	if from, ok := w.told[at]; ok && w.knows(at) {
		c.down = append(c.down, welcome)
		if since := w.since(from); since != nil {
			c.down = append(c.down, since)
		}
		return true
	}
	base := w.base()
	welcome.Base = len(base)
	c.down = append(c.down, welcome)
	for _, part := range base {
		c.down = append(c.down, part)
	}
	return true
}

// since replays the log to tell what came after its first from entries.
func (w *wall) since(from int) *protocol.Changes {
	again := board.New()
	var changes []board.Change
	for i, e := range w.log {
		_, made := again.Apply(e)
		if i >= from {
			changes = append(changes, made...)
		}
	}
	return w.changesFrame(changes)
}

func (w *wall) knows(at string) bool {
	n, ok := w.told[at]
	return ok && at == fmt.Sprintf("%s/%d", w.history, n)
}

func (w *wall) submit(c *wallConn, f *protocol.Submit) {
	if !c.live || c.block != 0 && f.N > c.block {
		return
	}
	c.block = 0
	own := &protocol.Own{}
	for i, op := range f.Ops {
		n := f.N + uint64(i)
		if w.notNow {
			c.block = n
			c.down = append(c.down, &protocol.NotNow{N: n, Code: protocol.CodeBusy, Retry: 50})
			break
		}
		v := w.append(c.who, c.writer, n, op.Op)
		if v.Code != protocol.CodeGap {
			c.acked = max(c.acked, n)
		}
		if !v.OK() || v.Parts != nil {
			own.Refused = append(own.Refused, protocol.Refused{N: n, Code: v.Code, Parts: v.Parts})
		}
	}
	own.Acked, own.Saved = c.acked, c.saved
	c.down = append(c.down, own)
}

// save makes the log durable.
func (w *wall) save() {
	w.saved = len(w.log)
	for _, c := range w.conns {
		if known, ok := w.state.Writer(c.writer); ok && c.live && known.Last > c.saved {
			c.saved = known.Last
			c.down = append(c.down, &protocol.Own{Saved: c.saved})
		}
	}
}

// rewind loses what is not durable. Connections whose writer is lost too end.
func (w *wall) rewind(to int) (ended []*wallConn) {
	w.log = w.log[:to]
	w.saved = min(w.saved, to)
	w.state = board.New()
	for _, e := range w.log {
		w.state.Apply(e)
	}
	w.history = fmt.Sprint("h", len(w.told), ".", to)
	for _, c := range w.conns {
		if c.live && !w.rewindConn(c) {
			ended = append(ended, c)
		}
	}
	return ended
}

func (w *wall) rewindConn(c *wallConn) bool {
	c.acked, c.saved, c.block = 0, 0, 0
	c.down = append(c.down, &protocol.Rewind{Code: protocol.CodeRewound})
	return w.welcome(c, &protocol.WriterInfo{ID: c.writer}, "")
}

// person is a Core with its connection to a wall.
type person struct {
	t      testingT
	w      *wall
	who    protocol.ID
	core   *Core
	conn   *wallConn
	now    time.Time
	retry  time.Time // when to connect again
	got    []Notice
	gotSig []protocol.Signal

	opts   CoreOptions
	stored []byte // the outbox, as it was before the last frames were sent,
	secret string // and its writer's
}

func newPerson(t testingT, w *wall, name string, ids io.Reader, opts CoreOptions) *person {
	t.Helper()
	opts.Token, opts.IDs = tokenOf+name, ids
	if opts.Jitter == nil {
		opts.Jitter = func() float64 { return 0.5 }
	}
	core, err := NewCore(opts)
	if err != nil {
		t.Fatalf("NewCore: %v", err)
	}
	return &person{t: t, w: w, who: w.join(name), core: core, now: time.Unix(1_000, 0), opts: opts}
}

// reload ends the program: another goes on with what it stored.
func (p *person) reload() {
	if p.conn != nil {
		p.w.disconnect(p.conn)
	}
	p.conn, p.retry = nil, time.Time{}
	opts := p.opts
	opts.WriterSecret = p.secret
	if err := json.Unmarshal(p.stored, &opts.Outbox); err != nil {
		p.t.Fatalf("the stored outbox: %v in %s", err, p.stored)
	}
	core, err := NewCore(opts)
	if err != nil {
		p.t.Fatalf("NewCore with %s: %v", p.stored, err)
	}
	p.core = core
}

// take does what the core wants done.
func (p *person) take() {
	out := p.core.Take(p.now)
	p.store()
	p.got = append(p.got, out.Notices...)
	p.gotSig = append(p.gotSig, out.Signals...)
	if p.conn == nil {
		return
	}
	for _, f := range out.Frames {
		p.conn.up = append(p.conn.up, reread(p.t, f))
	}
	if out.Hangup {
		p.drop(Cause{})
	}
}

func (p *person) store() {
	var err error
	if p.stored, err = json.Marshal(p.core.Outbox()); err != nil {
		p.t.Fatalf("storing the outbox: %v", err)
	}
	_, p.secret = p.core.Writer()
}

// reread passes a frame through the codec, strictly, as a server does.
func reread(t testingT, f protocol.Frame) protocol.Frame {
	t.Helper()
	got, err := protocol.DecodeClientFrame(protocol.AppendFrame(nil, f))
	if err != nil {
		t.Fatalf("the core sent what no server takes: %v: %s", err, protocol.AppendFrame(nil, f))
	}
	return got
}

func (p *person) connect() {
	if p.conn == nil && !p.now.Before(p.retry) {
		p.conn = p.w.connect(p.who)
		p.core.Start(p.now)
		p.take()
	}
}

func (p *person) drop(cause Cause) {
	if p.conn == nil {
		return
	}
	p.w.disconnect(p.conn)
	p.conn = nil
	wait, again := p.core.Closed(cause, p.now)
	if !again {
		wait = 1000 * time.Hour
	}
	p.retry = p.now.Add(wait)
	p.take()
}

// up lets the server handle the oldest frame on its way, down the core.
func (p *person) up() {
	if p.conn == nil || len(p.conn.up) == 0 {
		return
	}
	if bye := p.w.take(p.conn); bye != nil {
		p.conn.down = append(p.conn.down, bye)
	}
}

func (p *person) down() {
	if p.conn == nil || len(p.conn.down) == 0 {
		return
	}
	message := p.conn.down[0]
	p.conn.down = p.conn.down[1:]
	switch m := message.(type) {
	case *protocol.Base:
		p.core.ReceiveBase(m, p.now)
	case protocol.Frame:
		p.core.Receive(m, p.now)
	}
	p.take()
}

func (p *person) pass(d time.Duration) {
	p.now = p.now.Add(d)
	p.take()
}

// settle runs until nobody has anything to do and everything is saved.
func settle(t testingT, w *wall, people ...*person) {
	t.Helper()
	w.notNow = false
	for round := 0; ; round++ {
		if round > 2_000 {
			for _, p := range people {
				s, err := p.core.State()
				t.Fatalf("no end: %v %v, %d unsaved, outbox %v, drafts %d", s, err, p.core.Unsaved(), p.core.Outbox(), len(p.core.drafts))
			}
		}
		idle := true
		w.save()
		for _, p := range people {
			p.connect()
			for p.conn != nil && len(p.conn.up) > 0 {
				p.up()
				idle = false
			}
			for p.conn != nil && len(p.conn.down) > 0 {
				p.down()
				idle = false
			}
			state, _ := p.core.State()
			idle = idle && (state == Closed || state == Live && p.core.Unsaved() == 0)
		}
		if idle {
			return
		}
		for _, p := range people {
			p.pass(50 * time.Millisecond)
		}
	}
}

func noticesOf[T Notice](p *person) []T {
	var out []T
	for _, n := range p.got {
		if n, ok := n.(T); ok {
			out = append(out, n)
		}
	}
	return out
}

func newNote(id, rev protocol.ID, text string) *protocol.NoteCreate {
	return &protocol.NoteCreate{Note: id, Rev: rev, W: ringed, H: ringed, Text: text}
}

func (p *person) submit(op protocol.Op) Ticket {
	p.t.Helper()
	ticket, err := p.core.Submit(op)
	if err != nil {
		p.t.Fatalf("Submit: %v", err)
	}
	p.take()
	return ticket
}

func (p *person) edit(note protocol.ID, change func(string) string) {
	p.t.Helper()
	before, ok := p.core.Text(note)
	if !ok {
		return
	}
	if _, err := p.core.Edit(note, before, change(before)); err != nil {
		p.t.Fatalf("Edit: %v", err)
	}
	p.take()
}

var _ testingT = (*testing.T)(nil)
