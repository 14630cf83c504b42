package board

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/denkwand/denkwand/protocol"
)

// maxPruned is how many writers of a participant that take no numbers any more still answer repeats.
const maxPruned = 64

// writer is one outbox of a participant. It counts, so that an op that comes twice is done once.
type writer struct {
	ID          protocol.ID `json:"id"`
	Participant protocol.ID `json:"-"`
	Secret      hash        `json:"secret"`
	Last        uint64      `json:"last,omitempty"`
	// Recent has the last outcomes: that of n stands at (n-1) mod protocol.MaxOutstanding.
	Recent []outcome `json:"recent,omitempty"`
	// Forgotten is the highest number whose undo is not kept any more.
	Forgotten uint64 `json:"forgotten,omitempty"`
	pruned    bool
}

// outcome is what a number was used for.
type outcome struct {
	Digest uint64        `json:"d"` // first bytes of the op's SHA-256
	Code   protocol.Code `json:"c,omitempty"`
	// Parts of a batch whose parts did not all end alike, and how they ended if they did.
	Parts []protocol.Code `json:"p,omitempty"`
	Each  protocol.Code   `json:"e,omitempty"`
}

// WriterState is what the board knows of a writer.
type WriterState struct {
	Participant protocol.ID
	Last        uint64 // highest number used
}

// Writer returns a writer. One that makes room for a participant's newer writers takes no numbers any more, but is still
// known for a long while: what its outbox did not hear of is answered as repeats.
func (s *State) Writer(id protocol.ID) (WriterState, bool) {
	w := s.anyWriter(id)
	if w == nil {
		return WriterState{}, false
	}
	return WriterState{Participant: w.Participant, Last: w.Last}, true
}

// WriterBySecret finds a writer by the SHA-256 of its resume secret.
func (s *State) WriterBySecret(secret [32]byte) (protocol.ID, bool) {
	w := s.writerSecrets[secret]
	if w == nil {
		w = s.prunedSecrets[secret]
	}
	if w == nil {
		return protocol.ID{}, false
	}
	return w.ID, true
}

// number holds the entry against its writer's numbers and decides it when its number's turn has come. From then on the
// number is used up, whatever the verdict.
func (s *State) number(e protocol.Entry) Verdict {
	if e.Writer.IsZero() {
		return s.decide(e.Op)
	}
	w := s.writers[e.Writer]
	if w == nil {
		w = s.pruned[e.Writer]
	}
	if w == nil || w.Participant != e.Author {
		return Verdict{Code: protocol.CodeWriterUnknown}
	}
	switch {
	case e.N <= w.Last:
		return s.repeated(w, e)
	case w.pruned:
		return Verdict{Code: protocol.CodeWriterUnknown}
	case e.N > w.Last+1:
		return Verdict{Code: protocol.CodeGap}
	}
	w.Last = e.N
	s.turn.record = newRecord(w, e.N, e.Seq)
	verdict := s.decide(e.Op)
	s.remember(s.turn.record)
	s.keepOutcome(w, s.outcomeOf(e.Op, verdict))
	return verdict
}

// repeated answers a number that was used before.
func (s *State) repeated(w *writer, e protocol.Entry) Verdict {
	if e.N == 0 || e.N+protocol.MaxOutstanding <= w.Last {
		return Verdict{Code: protocol.CodeRepeat, Repeat: true}
	}
	first := w.Recent[(e.N-1)%protocol.MaxOutstanding]
	if first.Digest != s.digest(e.Op) {
		return Verdict{Code: protocol.CodeConflict}
	}
	parts := first.Parts
	if batch, ok := e.Op.(*protocol.Batch); ok && first.Each != "" {
		parts = slices.Repeat([]protocol.Code{first.Each}, len(batch.Ops))
	}
	return Verdict{Code: first.Code, Parts: parts, Repeat: true}
}

// outcomeOf is what is kept of a verdict. The number of a batch's parts is not: only the same batch asks for them.
func (s *State) outcomeOf(op protocol.Op, v Verdict) outcome {
	o := outcome{Digest: s.digest(op), Code: v.Code, Parts: v.Parts}
	if len(v.Parts) > 0 && !slices.ContainsFunc(v.Parts, func(c protocol.Code) bool { return c != v.Parts[0] }) {
		o.Parts, o.Each = nil, v.Parts[0]
	}
	return o
}

func (s *State) keepOutcome(w *writer, o outcome) {
	if len(w.Recent) < protocol.MaxOutstanding {
		w.Recent = append(w.Recent, o)
		s.size += o.weight()
		return
	}
	at := &w.Recent[(w.Last-1)%protocol.MaxOutstanding]
	s.size += o.weight() - at.weight()
	*at = o
}

func (o *outcome) weight() int {
	n := 32 + len(o.Code) + len(o.Each)
	for _, code := range o.Parts {
		n += 3 + len(code)
	}
	return n
}

func (w *writer) weight() int {
	n := 128
	for i := range w.Recent {
		n += w.Recent[i].weight()
	}
	return n
}

// digest names an op's content.
func (s *State) digest(op protocol.Op) uint64 {
	s.scratch = protocol.AppendOp(s.scratch[:0], op)
	sum := sha256.Sum256(s.scratch)
	return binary.BigEndian.Uint64(sum[:])
}

// writerRegister makes an outbox of the author known. A participant's oldest writer makes room for its 65th, on a full
// board for its ninth, and then takes no numbers any more.
func (s *State) writerRegister(op *protocol.WriterRegister) protocol.Code {
	p := s.turn.by
	if p == nil {
		return protocol.CodeMissing // the server itself has no outbox
	}
	secret := hash(op.Secret)
	if w := s.writers[op.Writer]; w != nil && w.Participant == p.ID && w.Secret == secret {
		return protocol.CodeUnchanged
	}
	if s.used(op.Writer) || s.writerSecrets[secret] != nil || s.prunedSecrets[secret] != nil {
		return protocol.CodeTaken
	}
	w := &writer{ID: op.Writer, Participant: p.ID, Secret: secret}
	s.writers[w.ID], s.writerSecrets[secret] = w, w
	p.Writers = append(p.Writers, w)
	s.size += w.weight()
	live, kept := protocol.MaxWriters, maxPruned
	if s.full() {
		live, kept = fullWriters, fullWriters
	}
	for len(p.Writers) > live {
		s.prune(p)
	}
	for len(p.Pruned) > kept {
		s.dropPruned(p)
	}
	return ""
}

// prune takes the oldest writer of p out of use.
func (s *State) prune(p *participant) {
	w := p.Writers[0]
	p.Writers = p.Writers[1:]
	delete(s.writers, w.ID)
	delete(s.writerSecrets, w.Secret)
	w.pruned = true
	s.pruned[w.ID], s.prunedSecrets[w.Secret] = w, w
	p.Pruned = append(p.Pruned, w)
}

// dropPruned forgets the writer of p that is out of use longest.
func (s *State) dropPruned(p *participant) {
	w := p.Pruned[0]
	p.Pruned = p.Pruned[1:]
	delete(s.pruned, w.ID)
	delete(s.prunedSecrets, w.Secret)
	s.size -= w.weight()
	s.bury(w.ID)
}
