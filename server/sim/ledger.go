package sim

import (
	"slices"

	sdk "github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
)

// ledger is what clients did and were told, to be held against the journal in the end.
type ledger struct {
	begun  uint64 // entries that the run began with
	bodies map[deed]*count
	order  int
	told   map[number]*told
	words  map[string]*word
	pruned map[protocol.ID]bool // people whose oldest outboxes were taken out of use
}

// number is a writer's.
type number struct {
	writer protocol.ID
	n      uint64
}

// deed is an op's content and who submitted it. Nearly all contents are submitted once.
type deed struct {
	person protocol.ID
	body   string
}

// count is how often a deed was done.
type count struct {
	submitted int
	given     int // given up, of those
	lost      int // told saved, and lost to an older backup since
	order     int // of the first
}

// submission is an op that a client put into its outbox.
type submission struct {
	count  *count
	what   string // its kind
	ticket sdk.Ticket
	given  bool
	saved  bool
}

// told is what a client was told about a number.
type told struct {
	client  *client
	body    string
	refused *sdk.RefusedError
	era     int // of the connection by which it was told last
	saved   bool
	program int
}

// word is something typed that stands nowhere else.
type word struct {
	client  *client
	note    protocol.ID
	excused bool // it may be missing
}

func newLedger() ledger {
	return ledger{bodies: map[deed]*count{}, told: map[number]*told{}, words: map[string]*word{}, pruned: map[protocol.ID]bool{}}
}

func bodyOf(op protocol.Op) string { return string(protocol.AppendOp(nil, op)) }

func (l *ledger) submitted(c *client, op protocol.Op) *submission {
	key := deed{c.person.id, bodyOf(op)}
	n := l.bodies[key]
	if l.order++; n == nil {
		n = &count{order: l.order}
		l.bodies[key] = n
	}
	n.submitted++
	return &submission{count: n, what: op.Kind()}
}

func (l *ledger) acked(c *client, n sdk.Acked) {
	key, w := number{n.Writer, n.N}, c.w
	body := bodyOf(n.Op)
	if n.N == 0 { // given up before it had a number
		return
	}
	if n.Refused != nil && n.Refused.Code == protocol.CodeVoid {
		body = voidBody
	}
	w.note("%s: number %d is %s, refused %v", c.name, n.N, n.Op.Kind(), n.Refused)
	if before := l.told[key]; before != nil && before.body != body {
		l.meansAnother(c, key, before, body)
	}
	if before := l.told[key]; before != nil && before.saved && before.program != c.programs && before.era != c.era() {
		if n := l.bodies[deed{c.person.id, body}]; before.body == body && n != nil && n.submitted > 1 {
			n.lost++ // that, too, with an op that says the same
		}
	}
	l.told[key] = &told{client: c, body: body, refused: n.Refused, era: c.era(), program: c.programs}
	if n.Refused == nil {
		if c.person.done = append(c.person.done, key); len(c.person.done) > 64 {
			c.person.done = slices.Clone(c.person.done[32:])
		}
	}
}

// meansAnother is a client being told that a number means something else than it was told before. A program that ended
// with nothing on its disk does not know which numbers it used, so another that goes on does not see that a restore lost
// them, and uses them anew. Nothing else may do that.
func (l *ledger) meansAnother(c *client, key number, before *told, body string) {
	if before.program == c.programs || before.era == c.era() {
		c.w.fail("%s was told that its number %d means %s, and then %s", c.name, key.n, before.body, body)
	}
	if n := l.bodies[deed{c.person.id, before.body}]; n != nil && before.saved {
		n.lost++
	}
}

func (l *ledger) saved(c *client, n sdk.Saved) {
	if t := l.told[number{n.Writer, n.N}]; t != nil {
		t.saved, t.era = true, c.era()
	} else if n.N != 0 { // 0: see acked
		c.w.fail("%s was told that its number %d is saved, and never that it is acked", c.name, n.N)
	}
	if s := c.tickets[n.Ticket]; s != nil {
		s.saved = true
		delete(c.tickets, n.Ticket)
		c.unsaved = slices.DeleteFunc(c.unsaved, func(o *submission) bool { return o == s })
	}
}

// giveUp notes that the client withdrew an op.
func (l *ledger) giveUp(s *submission) {
	s.given = true
	s.count.given++
}

// newWord returns a word that was never typed: one character that stands nowhere else.
func (l *ledger) newWord(c *client, note protocol.ID) string {
	s := string(rune(0x4E00 + len(l.words)))
	l.words[s] = &word{client: c, note: note}
	return s
}

// wordsDeleted notes that somebody takes words out of a text.
func (l *ledger) wordsDeleted(text string) {
	for _, s := range text {
		if w := l.words[string(s)]; w != nil {
			w.excused = true
		}
	}
}

// wordsRefused notes that the client's person was given back a text that is not on the board.
func (l *ledger) wordsRefused(c *client, text string) {
	for _, s := range text {
		if w := l.words[string(s)]; w != nil && w.client == c {
			w.excused = true
		}
	}
}
