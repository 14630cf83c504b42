package board

import (
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// How much can be undone: the last ops of a participant, and on the board as many as their replaced values fit into, by
// number and by bytes. Without the second bound a few hundred ops on large clusters would outweigh the board.
const (
	maxRecords   = 100
	maxOldValues = 1 << 16
	maxOldBytes  = 8 << 20
)

// field names what an op can replace.
type field uint8

const (
	boardTitle field = iota + 1
	boardQuestion
	boardLanguage
	boardBackground
	noteLife
	notePlace
	noteSize
	noteText
	noteColour
	noteTags
	noteCluster
	noteFront
	clusterLife
	clusterTitle
	areaLife
	areaTitle
	areaPlace
	areaSize
	areaRings
	areaFront
	connectorLife
	connectorLabel
)

// old is a field's value that an op replaced. Each value of a field has a stamp, the Seq of the op that made it, and no
// two values of one field share one; an undo brings the old value back together with its stamp. So the field is still
// what the op made it exactly as long as its stamp is Now.
type old struct {
	Field  field           `json:"f"`
	Object protocol.ID     `json:"o,omitzero"`
	Before uint64          `json:"b,omitempty"` // stamp of the value that was replaced; 0: there was no such object
	Now    uint64          `json:"n,omitempty"` // stamp of the value that took its place
	A      int64           `json:"x,omitempty"` // a number; of a life 1: it was alive
	B      int64           `json:"y,omitempty"`
	Ref    protocol.ID     `json:"r,omitzero"` // a cluster; of a note's life: the one it stays out of
	Text   string          `json:"t,omitempty"`
	Tags   []string        `json:"tags,omitempty"`
	Rings  []protocol.Ring `json:"rings,omitempty"`
	Runs   *protocol.Runs  `json:"runs,omitempty"` // of a note's text: what takes the change back
}

func (o *old) weight() int {
	n := 96 + written(o.Text)
	for _, tag := range o.Tags {
		n += 3 + written(tag)
	}
	for _, ring := range o.Rings {
		n += 64 + written(ring.Label)
	}
	if o.Runs != nil {
		n += runsSize(o.Runs.Change)
	}
	return n
}

// Forms of a record.
const (
	formOp = iota
	formUndo
	formRedo
)

// record is what it takes to undo one op of a participant.
type record struct {
	Writer protocol.ID   `json:"writer"`
	N      uint64        `json:"n"`
	Seq    uint64        `json:"seq"`
	Form   uint8         `json:"form,omitempty"`
	Needs  protocol.Role `json:"needs"` // what the op took; undoing it takes the same
	Old    []old         `json:"old"`   // in the order of replacing

	at    map[place]int // while a batch is applied: where each field stands in Old
	size  int
	first [1]old // where Old begins: most ops replace one value, and it costs no memory of its own
}

func newRecord(w *writer, n, seq uint64) *record {
	r := &record{Writer: w.ID, N: n, Seq: seq}
	r.Old = r.first[:0]
	return r
}

type place struct {
	field  field
	object protocol.ID
}

// lifeOf is the field that says whether the object of another field lives.
func lifeOf(f field) field {
	switch {
	case f >= connectorLife:
		return connectorLife
	case f >= areaLife:
		return areaLife
	case f >= clusterLife:
		return clusterLife
	}
	return noteLife
}

// replaces notes a value that is about to be replaced, so that its author can undo it. In a batch the first old value of a
// field stands for all of them, and what happens to an object that the batch made goes with the object.
func (s *State) replaces(o old) {
	r := s.turn.record
	if r == nil {
		return
	}
	if s.turn.batch {
		if r.at == nil {
			r.at = map[place]int{}
		}
		if life := lifeOf(o.Field); life != o.Field {
			if i, known := r.at[place{life, o.Object}]; known && r.Old[i].A == 0 && r.Old[i].Before == 0 {
				return
			}
		}
		key := place{o.Field, o.Object}
		if i, known := r.at[key]; known {
			r.Old[i].Now = o.Now
			if o.Field == noteText {
				r.Old[i].Runs = composed(o.Runs, r.Old[i].Runs)
			}
			return
		}
		r.at[key] = len(r.Old)
	}
	r.Old = append(r.Old, o)
}

// composed takes back two changes of one text that followed each other: the later one first. It is nil when that takes
// more runs than a change may have: then the batch's changes of that text cannot be undone, nor what follows them in it.
func composed(later, earlier *protocol.Runs) *protocol.Runs {
	if earlier == nil {
		return nil
	}
	c, err := text.Compose(later.Change, earlier.Change)
	if err != nil {
		panic("board: two changes of one text that do not follow each other: " + err.Error())
	}
	if c.NumRuns() > text.MaxRuns {
		return nil
	}
	return &protocol.Runs{Change: c}
}

// undoQueue finds the board's oldest record. Items whose record is gone are passed over.
type undoQueue struct {
	items   []queuedRecord
	records int // kept
	values  int // old values in them
	bytes   int // what they weigh
}

type queuedRecord struct {
	by  *participant
	seq uint64
}

func (p *participant) recordAt(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(p.Records, seq, func(r *record, seq uint64) int {
		switch {
		case r.Seq < seq:
			return -1
		case r.Seq > seq:
			return 1
		}
		return 0
	})
}

// remember keeps the record of the op that was just done.
func (s *State) remember(r *record) {
	r.Old = slices.DeleteFunc(r.Old, func(o old) bool { return o.Field == noteText && o.Runs == nil })
	if len(r.Old) == 0 {
		return
	}
	p := s.turn.by
	r.at = nil
	r.size = 96
	for i := range r.Old {
		r.size += r.Old[i].weight()
	}
	p.Records = append(p.Records, r)
	s.size += r.size
	q := &s.undoQueue
	q.items = append(q.items, queuedRecord{p, r.Seq})
	q.records++
	q.values += len(r.Old)
	q.bytes += r.size
	if len(p.Records) > maxRecords {
		s.forgetRecord(p, 0)
	}
	for (q.values > maxOldValues || q.bytes > maxOldBytes) && q.records > 1 {
		first := q.items[0]
		q.items = q.items[1:]
		if i, kept := first.by.recordAt(first.seq); kept {
			s.forgetRecord(first.by, i)
		}
	}
	if len(q.items) > 2*q.records+64 {
		q.items = slices.DeleteFunc(q.items, func(item queuedRecord) bool {
			_, kept := item.by.recordAt(item.seq)
			return !kept
		})
	}
}

// forgetRecord drops a record because it is too old: undoing it is stale from now on.
func (s *State) forgetRecord(p *participant, i int) {
	r := p.Records[i]
	w := s.anyWriter(r.Writer)
	if w != nil {
		w.Forgotten = max(w.Forgotten, r.N)
	}
	s.dropRecord(p, i)
}

func (s *State) dropRecord(p *participant, i int) {
	r := p.Records[i]
	if i == 0 {
		p.Records[0] = nil
		p.Records = p.Records[1:] // the common case, without moving the others
	} else {
		p.Records = slices.Delete(p.Records, i, i+1)
	}
	s.size -= r.size
	s.undoQueue.records--
	s.undoQueue.values -= len(r.Old)
	s.undoQueue.bytes -= r.size
}

// anyWriter returns a writer that takes numbers or answers repeats.
func (s *State) anyWriter(id protocol.ID) *writer {
	if w := s.writers[id]; w != nil {
		return w
	}
	return s.pruned[id]
}

func (s *State) undo(op *protocol.Undo) protocol.Code { return s.takeBack(op.Writer, op.N, formUndo) }

func (s *State) redo(op *protocol.Redo) protocol.Code { return s.takeBack(op.Writer, op.N, formRedo) }

// undoNeeds: undoing takes the role that doing took, which its author may have lost.
func (s *State) undoNeeds(op *protocol.Undo) protocol.Role { return s.takeBackNeeds(op.Writer, op.N) }

func (s *State) redoNeeds(op *protocol.Redo) protocol.Role { return s.takeBackNeeds(op.Writer, op.N) }

func (s *State) takeBackNeeds(writer protocol.ID, n uint64) protocol.Role {
	if i := s.recordNamed(writer, n); i >= 0 {
		return max(protocol.RoleContributor, s.turn.by.Records[i].Needs)
	}
	return protocol.RoleContributor
}

// recordNamed finds a record of the author, or -1. A zero writer is the one the entry came from.
func (s *State) recordNamed(writer protocol.ID, n uint64) int {
	if s.turn.by == nil {
		return -1
	}
	if writer.IsZero() {
		writer = s.turn.entry.Writer
	}
	return slices.IndexFunc(s.turn.by.Records, func(r *record) bool { return r.N == n && r.Writer == writer })
}

// takeBack restores what a record kept, as far as nobody has changed it since. What it replaces is kept in turn: that
// is the redo. The record is used up by it, also by one that could restore a part only.
func (s *State) takeBack(writer protocol.ID, n uint64, form uint8) protocol.Code {
	if writer.IsZero() {
		writer = s.turn.entry.Writer
	}
	p, w := s.turn.by, s.anyWriter(writer)
	switch {
	case w == nil || p == nil || n > w.Last:
		return protocol.CodeMissing
	case w.Participant != p.ID:
		return protocol.CodeForbidden
	}
	i := s.recordNamed(writer, n)
	if i < 0 {
		if n <= w.Forgotten {
			return protocol.CodeStale
		}
		return protocol.CodeNothingToUndo
	}
	r := p.Records[i]
	if (form == formRedo) != (r.Form == formUndo) {
		return protocol.CodeNothingToUndo // an undo is taken back by redo alone, and nothing else is
	}
	restored, reason := s.restoreAll(r)
	if !restored {
		return reason
	}
	if s.turn.record != nil {
		s.turn.record.Form = form
	}
	s.dropRecord(p, i)
	return ""
}
