package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	sdk "github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/hub"
	"github.com/denkwand/denkwand/server/journal"
)

// Mutants are bugs that can be planted, each by the name of Options.Mutant, with what is wrong. The code that is
// simulated stays as it is: what stands around it behaves as if the bug were there. A simulation that does not find them
// would not find the real ones.
var Mutants = []struct {
	Name, Bug string
	Sign      string // in what is found; empty: whatever breaks first
}{
	{"ack-before-kept", "the journal answers before it has kept the group: a crash loses what was called saved", ""},
	{"ack-on-receipt", "ops are called saved when they arrive, before the journal has them", ""},
	{"no-dedupe", "a group that the journal wrote is delivered again as if it were new", "submitted 1 times and done 2 times"},
	{"resume-off-by-one", "the first changes after a resume are left out", "does not see the board as it is"},
	{"forgets-sent", "a client keeps on disk only what it has not sent yet", ""},
	{"forgets-bases", "a client keeps what was typed on disk without the text that it was made on", ""},
	{"no-rewind", "after a restore, positions of the lost history are taken for the board's", "does not see the board as it is"},
	{"late-frames", "what was on its way down an old connection is delivered to the new one", ""},
	{"void-ignored", "an op that was given up is done, and called void", "(void true)"},
	{"drops-newest", "a full outbox drops frames in place of closing the connection", ""},
	{"replays-short", "a board is opened without its last group", ""},
	{"leaks-chain", "an answer to a ping shows the chain", "a chain left the server"},
}

// bug is what is planted in a run; of the zero bug nothing.
type bug struct {
	name        string
	dropsNewest bool

	resumed map[*conn]bool                         // connections whose first changes are still to come
	given   map[*hub.Member]map[uint64]protocol.Op // ops by number, as they came first
	voided  map[*conn]map[uint64]bool              // numbers that were to be void
	stale   map[*client][]*hub.Frame               // what was on its way when a connection ended
	acked   int                                    // groups the journal has answered and not kept
}

func bugNamed(name string) bug {
	for _, m := range Mutants {
		if m.Name == name {
			return bug{name: name, dropsNewest: name == "drops-newest", resumed: map[*conn]bool{},
				given: map[*hub.Member]map[uint64]protocol.Op{}, voided: map[*conn]map[uint64]bool{},
				stale: map[*client][]*hub.Frame{}}
		}
	}
	if name != "" {
		panic(fmt.Sprintf("sim: no mutant %q", name))
	}
	return bug{}
}

// wrote is called when the journal has written a group.
func (b *bug) wrote(m *memory, f *flight) {
	switch {
	case b.name == "ack-before-kept":
		b.acked = len(m.groups)
	case b.name == "no-dedupe" && f.written && m.w.chance(0.1):
		list, err := protocol.DecodeEntries(f.draft.Body, 1, 0)
		if err != nil {
			panic(err)
		}
		var body []byte
		for _, e := range list {
			body = protocol.AppendEntry(body, e.Author, protocol.ID{}, 0, e.Op)
		}
		m.write(journal.Draft{Count: len(list), Body: body, Time: f.draft.Time})
	}
}

// crashed is called when the process has crashed.
func (b *bug) crashed(m *memory) {
	if b.name == "ack-before-kept" && b.acked == len(m.groups) && len(m.groups) > m.begun && m.w.chance(0.5) {
		m.groups = m.groups[:len(m.groups)-1]
		m.head = m.groups[len(m.groups)-1].Head()
	}
}

// replays returns what a room is opened with.
func (b *bug) replays(groups []journal.Group) []journal.Group {
	if b.name == "replays-short" && len(groups) > 1 {
		return groups[:len(groups)-1]
	}
	return groups
}

// position returns the position in a hello as the room gets it: with the bug, the end of its own history.
func (b *bug) position(c *conn, at string) string {
	w := c.w
	raw, err := base64.RawURLEncoding.DecodeString(at)
	if b.name != "no-rewind" || at == "" || err != nil || w.journal.era() == 0 {
		return at
	}
	head := w.server.room.Head()
	mac := hmac.New(sha256.New, w.wall.key)
	mac.Write([]byte{byte(board.AudienceOf(c.client.seen))})
	mac.Write(head.Chain[:])
	binary.BigEndian.PutUint64(raw[8:], head.Seq)
	copy(raw[16:], mac.Sum(nil))
	return base64.RawURLEncoding.EncodeToString(raw)
}

// received returns a client's frame as the room gets it.
func (b *bug) received(c *conn, f protocol.Frame) protocol.Frame {
	submit, ok := f.(*protocol.Submit)
	if !ok {
		return f
	}
	switch b.name {
	case "ack-on-receipt":
		last := submit.N + uint64(len(submit.Ops)) - 1
		c.out.Queue(hub.NewFrame(&protocol.Own{Acked: last, Saved: last}))
	case "void-ignored":
		b.ignoreVoid(c, submit)
	}
	return f
}

// ignoreVoid puts the op that came first under a number in the place of the void that comes now.
func (b *bug) ignoreVoid(c *conn, submit *protocol.Submit) {
	for i, op := range submit.Ops {
		n := submit.N + uint64(i)
		first := b.given[c.member]
		if first == nil {
			first = map[uint64]protocol.Op{}
			b.given[c.member], b.voided[c] = first, map[uint64]bool{}
		}
		if _, void := op.Op.(*protocol.Void); !void {
			first[n] = op.Op
		} else if first[n] != nil {
			submit.Ops[i].Op = first[n]
			b.voided[c][n] = true
		}
	}
}

// tells returns a frame as the client gets it; nil: not at all.
func (b *bug) tells(c *client, f protocol.Frame) protocol.Frame {
	conn := c.conn
	switch f := f.(type) {
	case *protocol.Welcome:
		if b.name == "resume-off-by-one" && f.Base == 0 {
			b.resumed[conn] = true
		}
	case *protocol.Changes:
		if b.resumed[conn] {
			delete(b.resumed, conn)
			return nil
		}
	case *protocol.Own:
		for n := f.Acked; n > 0 && n+64 > f.Acked; n-- {
			if b.voided[conn][n] {
				delete(b.voided[conn], n)
				f.Refused = append(f.Refused, protocol.Refused{N: n, Code: protocol.CodeVoid})
			}
		}
	}
	return f
}

// arrives brings a frame to the client.
func (b *bug) arrives(c *conn, f *hub.Frame) {
	w, cl := c.w, c.client
	if b.name == "leaks-chain" && !f.Binary() && string(f.Payload()[:14]) == `{"type":"pong"` {
		f = hub.NewTextFrame(fmt.Appendf(nil, `{"type":"pong","time":1,"chain":"%s"}`, w.journal.head.Chain))
	}
	if b.name == "late-frames" {
		if cl.conn != c {
			b.stale[cl] = append(b.stale[cl], f)
		} else if state, _ := cl.core.State(); state == sdk.Live {
			late := b.stale[cl]
			delete(b.stale, cl)
			for _, f := range late {
				cl.got(c, f)
			}
		}
	}
	cl.got(c, f)
}

// persists returns what of an outbox is written to disk.
func (b *bug) persists(outbox []sdk.Queued, out sdk.Output) []sdk.Queued {
	switch b.name {
	case "forgets-sent":
	case "forgets-bases":
		for i := range outbox {
			outbox[i].Typing = sdk.Typing{}
		}
		return outbox
	default:
		return outbox
	}
	for _, f := range out.Frames {
		if submit, ok := f.(*protocol.Submit); ok {
			for len(outbox) > 0 && outbox[0].N < submit.N+uint64(len(submit.Ops)) {
				outbox = outbox[1:]
			}
		}
	}
	return outbox
}
