package board

import (
	"crypto/sha256"
	"errors"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// How many revisions a change may be based on: the last of a note, its current one counted, and on the board as many
// as there are changes between them.
const (
	maxRevisions      = 128
	maxBoardRevisions = 4096
	maxRevisionBytes  = 8 << 20 // of those changes; they are small but for those that insert whole pages
)

// revision is a text change as it was applied, and the revision it made.
type revision struct {
	Rev   protocol.ID   `json:"rev"`
	At    uint64        `json:"at"`    // what the note's TextAt became
	Order uint64        `json:"order"` // counts the board's text changes
	Runs  protocol.Runs `json:"runs"`
	size  int
}

// origin is the revision that the oldest kept change was made on.
type origin struct {
	Rev protocol.ID `json:"rev"`
	At  uint64      `json:"at"`
}

// revisionQueue finds the board's oldest kept text change: its items are in order, and one whose change was dropped
// already (for its note had too many) is passed over.
type revisionQueue struct {
	items []queued
	live  int // kept changes of all notes, deleted ones too
	bytes int // what they weigh
}

type queued struct {
	note  *note
	order uint64
}

// since returns the changes made after a revision, and false when it is not known any more.
func (n *note) since(rev protocol.ID) ([]revision, bool) {
	for i := len(n.History) - 1; i >= 0; i-- {
		if n.History[i].Rev == rev {
			return n.History[i+1:], true
		}
	}
	if n.Oldest != nil && n.Oldest.Rev == rev || n.Oldest == nil && n.Rev == rev {
		return n.History, true
	}
	return nil, false
}

// noteText merges a change into a note's text: it is rewritten over what came after the revision it was made on.
func (s *State) noteText(op *protocol.NoteText) protocol.Code {
	n, code := s.note(op.Note)
	if code != "" {
		return code
	}
	after, known := n.since(op.Base)
	if !known {
		return protocol.CodeStale
	}
	if _, twice := n.since(op.Rev); twice {
		return protocol.CodeTaken
	}
	change, code := s.over(after, op.Runs.Change)
	if code != "" {
		return code
	}
	if s.full() && change.ResultLen() >= change.BaseLen() {
		return protocol.CodeBoardFull // making a text shorter is always possible
	}
	code = s.editNote(n, change, op.Rev, s.seq)
	if code == "" {
		s.shares(n)
	}
	return code
}

// over rewrites a change over those that came after what it was made on. A change can grow with each of them; one with
// more runs than may be sent is stale at once, so that rewriting the next one stays cheap. Changes nothing on the board.
func (s *State) over(after []revision, c text.Change) (text.Change, protocol.Code) {
	for i := range after {
		earlier := after[i].Runs.Change
		if !s.spend(1 + (earlier.NumRuns()+c.NumRuns())/runsPerWork) {
			return c, protocol.CodeTooMuch
		}
		var err error
		if c, err = text.Transform(earlier, c); err != nil {
			return c, textCode(err)
		}
		if c.NumRuns() > text.MaxRuns {
			return c, protocol.CodeStale // a rebase of the writer's own has at most four runs
		}
	}
	return c, ""
}

func textCode(err error) protocol.Code {
	if errors.Is(err, text.ErrSurrogate) {
		return protocol.CodeTextSurrogate
	}
	return protocol.CodeTextRange
}

// editNote applies a change to a note's present text, which becomes revision rev.
func (s *State) editNote(n *note, c text.Change, rev protocol.ID, stamp uint64) protocol.Code {
	if c.NumRuns() > text.MaxRuns {
		return protocol.CodeStale // what is kept of it could not be read again
	}
	result, err := text.Apply(n.Text, c)
	if err != nil {
		return textCode(err)
	}
	if c.ResultLen() > protocol.MaxNoteText {
		return protocol.CodeTextTooLong
	}
	inverse, err := text.Invert(n.Text, c)
	if err != nil {
		return textCode(err)
	}
	s.replaces(old{Field: noteText, Object: n.ID, Before: n.TextAt, Now: stamp, Runs: &protocol.Runs{Change: inverse}})
	base := n.Rev
	s.size += written(result) - written(n.Text)
	if n.Oldest == nil {
		n.Oldest = &origin{Rev: n.Rev, At: n.TextAt}
	}
	n.Text, n.Rev, n.TextAt = result, rev, stamp
	s.keepRevision(n, revision{Rev: rev, At: stamp, Runs: protocol.Runs{Change: c}, size: runsSize(c)})
	s.emit(protocol.Change{Note: &protocol.NoteChange{ID: n.ID,
		Edit: &protocol.TextEdit{Base: base, Rev: rev, Runs: protocol.Runs{Change: c}}}})
	return ""
}

// runsSize is what a change weighs.
func runsSize(c text.Change) int {
	var scratch [256]byte
	return 96 + len(c.AppendJSON(scratch[:0]))
}

// keepRevision keeps a text change, and drops the oldest of its note and of the board when there are too many.
func (s *State) keepRevision(n *note, r revision) {
	s.revisions++
	r.Order = s.revisions
	n.History = append(n.History, r)
	n.textSize += r.size
	s.size += r.size
	q := &s.revisionQueue
	q.items = append(q.items, queued{n, r.Order})
	q.live++
	q.bytes += r.size
	if len(n.History) >= maxRevisions {
		s.dropRevision(n)
	}
	for q.live > maxBoardRevisions || q.bytes > maxRevisionBytes {
		if q.items[0].kept() {
			s.dropRevision(q.items[0].note)
		}
		q.items = q.items[1:]
	}
	for len(q.items) > 0 && !q.items[0].kept() {
		q.items = q.items[1:]
	}
	if len(q.items) > 2*maxBoardRevisions {
		q.compact()
	}
}

// kept reports whether the change is still the note's: changes of a note go oldest first.
func (q queued) kept() bool {
	return len(q.note.History) > 0 && q.note.History[0].Order <= q.order
}

func (q *revisionQueue) compact() {
	items := q.items[:0]
	for _, item := range q.items {
		if item.kept() {
			items = append(items, item)
		}
	}
	q.items = items
}

// dropRevision drops the oldest kept change of a note.
func (s *State) dropRevision(n *note) {
	first := n.History[0]
	n.Oldest = &origin{Rev: first.Rev, At: first.At}
	n.History[0] = revision{}
	n.History = n.History[1:]
	if len(n.History) == 0 {
		n.Oldest, n.History = nil, nil
	}
	n.textSize -= first.size
	s.size -= first.size
	s.revisionQueue.live--
	s.revisionQueue.bytes -= first.size
}

// restoreText takes a text change back. When the text is still what the change made of it, it becomes exactly what it
// was before; otherwise the change's opposite is rewritten over what came since, and what others typed stays.
func (s *State) restoreText(n *note, o *old) protocol.Code {
	c, stamp := o.Runs.Change, o.Before
	if n.TextAt != o.Now {
		after, known := n.afterText(o.Now)
		if !known {
			return protocol.CodeStale
		}
		var code protocol.Code
		switch c, code = s.over(after, c); code {
		case "":
		case protocol.CodeTooMuch:
			return code
		default:
			return protocol.CodeStale
		}
		if c.IsIdentity() {
			return protocol.CodeNothingToUndo
		}
		stamp = s.seq
	}
	return s.editNote(n, c, n.nextRev(c), stamp)
}

// afterText returns the changes made after the text was last what the op at stamp made of it. An undo in between that
// brought that very text back counts: what it took back is out of the way.
func (n *note) afterText(stamp uint64) ([]revision, bool) {
	for i := len(n.History) - 1; i >= 0; i-- {
		if n.History[i].At == stamp {
			return n.History[i+1:], true
		}
	}
	if n.Oldest != nil && n.Oldest.At == stamp {
		return n.History, true
	}
	return nil, false
}

// nextRev names the revision that an undo makes, since an undo brings no id. It hangs on all that came before in the
// note, so it is the same everywhere and never the same for two texts.
func (n *note) nextRev(c text.Change) protocol.ID {
	rev := n.Rev
	for {
		sum := sha256.Sum256(c.AppendJSON(append([]byte("undo"), rev[:]...)))
		copy(rev[:], sum[:])
		if _, taken := n.since(rev); !taken && !rev.IsZero() {
			return rev
		}
	}
}
