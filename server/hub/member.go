package hub

import (
	"slices"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/auth"
)

// Sink is the way out to one connection: an Outbox, or what a simulation makes of it. No method may block.
type Sink interface {
	// Queue adds frames behind what waits.
	Queue(frames ...*Frame)
	// CatchUp adds what the connection begins with, or begins anew with: it does not count against bounds.
	CatchUp(frames ...*Frame)
	// Close sends the bye behind what waits and ends the connection.
	Close(bye *protocol.Bye)
}

// phase is where a connection stands.
type phase uint8

const (
	registering phase = iota // its writer is on its way into the log
	catchingUp               // it waits for a base
	live                     // it was welcomed and gets what is flushed
)

// Member is one connection as its room knows it. Only the room's goroutine touches it.
type Member struct {
	sink        Sink
	place       int // in Room.members
	participant protocol.ID
	role        protocol.Role
	audience    board.Audience
	phase       phase
	gone        bool
	rewinding   bool // a rewind frame goes before the next welcome

	// Its outbox's way in.
	writer   protocol.ID // zero: it only watches
	secret   auth.Secret // of a writer that was made now, until it is told
	blocked  uint64      // notnow was said for this number: nothing behind it is taken before it; 0: not
	ops      bucket
	pointing bucket
	rewinds  bucket

	// What its next own frame says.
	tell    bool // acked
	acked   uint64
	refused []protocol.Refused
	newRole bool
}

// Participant returns who it is.
func (m *Member) Participant() protocol.ID { return m.participant }

// Writer returns its writer, zero if it only watches or is not registered yet.
func (m *Member) Writer() protocol.ID { return m.writer }

// Attach lets a connection in, or sends it away with a bye and returns its code. The welcome comes when its writer is
// registered and there is a base to give, which may be later. Hello holds the participant's token, also where that came
// in a header.
func (r *Room) Attach(now time.Time, sink Sink, hello *protocol.Hello) (*Member, protocol.Code) {
	refuse := func(code protocol.Code) (*Member, protocol.Code) {
		sink.Close(byeOf(code, r.comeBack(code)))
		return nil, code
	}
	switch {
	case r.ended != nil:
		return refuse(r.ended.Code)
	case hello.Version < 1:
		return refuse(protocol.CodeProtocol)
	case r.draining:
		return refuse(protocol.CodeRestart)
	case r.state.Deleted():
		return refuse(protocol.CodeBoardDeleted)
	case !r.state.Exists():
		return refuse(protocol.CodeBoardUnknown)
	}
	participant, code := r.whoIs(auth.Secret(hello.Token))
	if code != "" {
		return refuse(code)
	}
	m := &Member{sink: sink, participant: participant}
	if hello.Writer != "" {
		if m.writer, code = r.writerOf(participant, auth.Secret(hello.Writer)); code != "" {
			return refuse(code)
		}
		if before := r.writers[m.writer]; before != nil {
			r.expel(before, protocol.CodeReplaced, 0)
		}
	}
	if len(r.members) >= r.cfg.Connections || r.present[participant] >= r.cfg.ParticipantConnections {
		return refuse(protocol.CodeTooMany)
	}
	fresh := hello.Writer == "" && !hello.Watch
	if fresh { // a writer is an entry in the log like any op, and comes through the same door
		if no := r.refuse(now, participant, protocol.ID{}, 0, nil, 1); no != nil {
			sink.Close(byeOf(protocol.CodeBusy, no.Retry))
			return nil, protocol.CodeBusy
		}
	}
	m.role = r.state.Role(participant)
	m.audience = board.AudienceOf(m.role)
	r.join(m)
	if fresh {
		r.register(m, hello.At)
	} else {
		r.catchUp(now, m, hello.At)
	}
	return m, ""
}

// whoIs returns the participant a token belongs to, or why it is not let in.
func (r *Room) whoIs(token auth.Secret) (protocol.ID, protocol.Code) {
	participant, ok := r.state.ParticipantByToken(token.Hash())
	if !ok {
		return protocol.ID{}, protocol.CodeTokenUnknown
	}
	if code := r.lost(participant); code != "" {
		return protocol.ID{}, code
	}
	return participant, ""
}

// writerOf returns the participant's writer with this resume secret. Someone else's is as unknown as any.
func (r *Room) writerOf(participant protocol.ID, secret auth.Secret) (protocol.ID, protocol.Code) {
	id, ok := r.state.WriterBySecret(secret.Hash())
	if ok {
		writer, known := r.state.Writer(id)
		ok = known && writer.Participant == participant
	}
	if !ok {
		return protocol.ID{}, protocol.CodeWriterUnknown
	}
	return id, ""
}

// register makes a writer for the connection. It is told of it when the board knows it, not before.
func (r *Room) register(m *Member, at string) {
	writer, secret := protocol.NewID(r.rand), auth.NewSecret(r.rand)
	hash := secret.Hash()
	op := &protocol.WriterRegister{Writer: writer, Secret: hash[:]}
	r.enqueue(pending{author: m.participant, reply: func(o Outcome) {
		switch {
		case m.gone || r.ended != nil:
		case o.Err != nil:
			r.expel(m, protocol.CodeUnavailable, r.comeBack(protocol.CodeUnavailable))
		case !o.Verdict.OK():
			code := r.lost(m.participant) // since it said hello
			if code == "" {
				code = o.Verdict.Code
			}
			r.expel(m, code, r.comeBack(code))
		default:
			m.writer, m.secret = writer, secret
			r.writers[writer] = m
			m.phase = catchingUp
			r.catchUp(r.now, m, at)
		}
	}}, op)
}

// join makes the connection one of the board's.
func (r *Room) join(m *Member) {
	m.place = len(r.members)
	r.members = append(r.members, m)
	if !m.writer.IsZero() {
		r.writers[m.writer] = m
	}
	if r.present[m.participant]++; r.present[m.participant] == 1 {
		r.signals.announce(protocol.Signal{Kind: protocol.SignalHere, From: m.participant})
	}
	r.metrics.Conns.Add(1)
}

// Detach takes a connection that has ended from the board. It does nothing if the room itself ended it.
func (r *Room) Detach(m *Member) {
	if !m.gone {
		r.remove(m)
	}
}

// expel ends a connection with a code, after what it is still to be told about its own ops.
func (r *Room) expel(m *Member, code protocol.Code, retry time.Duration) {
	if m.gone {
		return
	}
	if frame := m.ownFrame(); frame != nil && m.phase == live {
		m.sink.Queue(frame)
	}
	m.sink.Close(byeOf(code, retry))
	r.remove(m)
}

// Expel ends a connection because of what it sent, for the door that read it.
func (r *Room) Expel(m *Member, code protocol.Code) { r.expel(m, code, 0) }

func (r *Room) remove(m *Member) {
	m.gone = true
	last := len(r.members) - 1
	moved := r.members[last]
	r.members[m.place], moved.place = moved, m.place
	r.members[last] = nil
	r.members = r.members[:last]
	if r.writers[m.writer] == m {
		delete(r.writers, m.writer)
	}
	r.signals.forget(m)
	if r.present[m.participant]--; r.present[m.participant] == 0 {
		delete(r.present, m.participant)
		r.signals.announce(protocol.Signal{Kind: protocol.SignalGone, From: m.participant})
	}
	r.metrics.Conns.Add(-1)
}

// Upward passes a frame that came outside a connection, for the connection of the writer with this secret. A code says
// why not.
func (r *Room) Upward(now time.Time, token, writer auth.Secret, f protocol.Frame) protocol.Code {
	if r.ended != nil {
		return r.ended.Code
	}
	participant, code := r.whoIs(token)
	if code != "" {
		return code
	}
	id, code := r.writerOf(participant, writer)
	if code != "" {
		return code
	}
	m := r.writers[id]
	if m == nil {
		return protocol.CodeHelloFirst
	}
	r.Receive(now, m, f)
	return ""
}

// Receive passes on what a client sent after its hello.
func (r *Room) Receive(now time.Time, m *Member, f protocol.Frame) {
	switch f := f.(type) {
	case *protocol.Submit:
		r.Submit(now, m, f)
	case *protocol.Signals:
		r.Signal(now, m, f)
	case *protocol.Ping:
		r.Ping(now, m, f)
	default:
		r.Expel(m, protocol.CodeProtocol)
	}
}

// ---- roles

// touchesPeople reports whether an op may change who is on the board, or as what.
func touchesPeople(op protocol.Op) bool {
	switch op := op.(type) {
	case *protocol.LinkRevoke, *protocol.LinkUse, *protocol.LinkRecover, *protocol.ParticipantLeave,
		*protocol.ParticipantJoin, *protocol.BoardDelete:
		return true
	case *protocol.Batch:
		return slices.ContainsFunc(op.Ops, func(part protocol.AnyOp) bool { return touchesPeople(part.Op) })
	}
	return false
}

// lost returns why a participant is not let in any more; empty if it is.
func (r *Room) lost(participant protocol.ID) protocol.Code {
	if left, removed := r.state.Removed(participant); removed {
		return protocol.CodeRemoved
	} else if left {
		return protocol.CodeTokenUnknown
	}
	if r.state.Role(participant) == protocol.RoleNone {
		return protocol.CodeAccessLost
	}
	return ""
}

// checkPeople holds every connection against the roles that are now: who lost the last one goes, who got another is
// told. The rules bind in Apply already; this is for what people see.
func (r *Room) checkPeople(now time.Time) {
	if r.state.Deleted() {
		r.end(protocol.CodeBoardDeleted, "")
		return
	}
	for _, m := range slices.Clone(r.members) {
		if code := r.lost(m.participant); code != "" {
			r.Expel(m, code)
			continue
		}
		role := r.state.Role(m.participant)
		if role == m.role {
			continue
		}
		before := m.audience
		m.role, m.audience = role, board.AudienceOf(role)
		m.newRole, r.own = true, true
		switch {
		case m.audience == before || m.phase == registering:
		case m.phase == live:
			r.rewind(now, m)
		default:
			r.catchUp(now, m, "")
		}
	}
}
