package sim

import (
	"strings"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// wall is what people work on: ids that all know, of things that are there, were there or will be.
type wall struct {
	board        protocol.ID
	key          []byte
	notes        []protocol.ID
	clusters     []protocol.ID
	areas        []protocol.ID
	connectors   []protocol.ID
	perspectives []protocol.ID
	rings        []protocol.ID
	count        int64 // makes each op's content its own
}

const size = 200 * protocol.Unit

// next is a number that no op had before.
func (w *world) next() int64 {
	w.wall.count++
	return w.wall.count
}

// someNote is mostly one of the few that everybody works on.
func (w *world) someNote() protocol.ID {
	if w.chance(0.5) {
		return w.wall.notes[w.rng.IntN(min(3, len(w.wall.notes)))]
	}
	return pick(w, w.wall.notes)
}

func (w *world) someNotes() []protocol.ID {
	var ids []protocol.ID
	for range 1 + w.rng.IntN(3) {
		ids = append(ids, w.someNote())
	}
	for i := len(ids) - 1; i > 0; i-- { // none twice
		for _, before := range ids[:i] {
			if before == ids[i] {
				ids = append(ids[:i], ids[i+1:]...)
				break
			}
		}
	}
	return ids
}

// remember keeps a list of ids short, so that people meet.
func (w *world) remember(list *[]protocol.ID, id protocol.ID) {
	if *list = append(*list, id); len(*list) > 12 {
		*list = (*list)[1:]
	}
}

// act is a client's person doing one thing, and then another later.
func (c *client) act() {
	w := c.w
	if w.over {
		return
	}
	w.after(w.around(w.profile.think), c.act)
	if c.core == nil || c.closed != nil {
		return
	}
	switch p := w.rng.Float64(); {
	case p < 0.05:
		x, y := w.place()
		if err := c.core.Signal(protocol.Signal{Kind: protocol.SignalCursor, X: &x, Y: &y}); err != nil {
			w.fail("%s cannot signal: %v", c.name, err)
		}
	case c.watch:
		return
	case p < 0.30:
		c.typeText()
	case p < 0.36:
		c.giveUp()
	default:
		for range 1 + w.rng.IntN(w.profile.burst) {
			c.submit(w.draw(c))
		}
	}
	if c.core != nil {
		c.take()
	}
}

// submit gives an op to the core and to the ledger.
func (c *client) submit(op protocol.Op) *submission {
	w := c.w
	ticket, err := c.core.Submit(op)
	if err != nil {
		w.fail("%s cannot submit %s: %v", c.name, op.Kind(), err)
		return nil
	}
	w.stats.Ops++
	s := w.ledger.submitted(c, op)
	c.tickets[ticket], s.ticket = s, ticket
	c.unsaved = append(c.unsaved, s)
	return s
}

// giveUp withdraws an op that is not acked.
func (c *client) giveUp() {
	w := c.w
	s := pick(w, c.unsaved)
	if s != nil && !s.given && c.core.GiveUp(s.ticket) {
		w.ledger.giveUp(s)
		w.stats.GivenUp++
		w.note("%s gives up %s", c.name, s.what)
	}
}

// typeText puts a word into a note, or takes one out.
func (c *client) typeText() {
	w := c.w
	note := w.someNote()
	before, ok := c.core.Text(note)
	if !ok {
		return
	}
	words := strings.SplitAfter(before, " ")
	at := w.rng.IntN(len(words))
	if w.chance(0.15) && len(words) > 3 {
		w.ledger.wordsDeleted(words[at])
		words[at] = ""
	} else {
		word := w.ledger.newWord(c, note)
		w.stats.Words++
		words[at] = word + " " + words[at]
	}
	if _, err := c.core.Edit(note, before, strings.Join(words, "")); err != nil {
		w.fail("%s cannot type: %v", c.name, err)
	}
}

// lastOp submits an op of each client when all has healed.
func (c *client) lastOp() {
	if c.closed == nil && !c.watch {
		c.last = c.submit(&protocol.ParticipantColour{Colour: uint8(1 + c.w.rng.IntN(protocol.Colours))})
		c.take()
	}
}

func (w *world) lastOpsSaved() bool {
	for _, c := range w.clients {
		if c.closed == nil && c.last != nil && !c.last.saved {
			return false
		}
	}
	return true
}

// draw makes an op: of any noun, most of what people do most, and mostly at things that others work on, too.
func (w *world) draw(c *client) protocol.Op {
	switch p := w.rng.IntN(100); {
	case p < 8:
		n := 1 + w.rng.IntN(4)
		batch := &protocol.Batch{}
		for range n {
			batch.Ops = append(batch.Ops, protocol.AnyOp{Op: w.simple(c)})
		}
		return batch
	case p < 20:
		return w.undo(c)
	default:
		return w.simple(c)
	}
}

// undo takes back or redoes an op of this client, or of whatever number.
func (w *world) undo(c *client) protocol.Op {
	if past := c.person.done; len(past) > 0 && w.chance(0.8) {
		number := past[max(0, len(past)-1-w.rng.IntN(8))]
		if writer, _ := c.core.Writer(); number.writer == writer && w.chance(0.5) {
			number.writer = protocol.ID{}
		}
		if w.chance(0.6) {
			return &protocol.Undo{Writer: number.writer, N: number.n}
		}
		return &protocol.Redo{Writer: number.writer, N: number.n}
	}
	c.person.wild = true
	if n := uint64(1 + w.rng.IntN(40)); w.chance(0.5) {
		return &protocol.Undo{N: n}
	} else {
		return &protocol.Redo{N: n}
	}
}

func (w *world) place() (x, y int64) {
	return w.next()*protocol.Unit - 20_000*protocol.Unit, int64(w.rng.IntN(4000)-2000) * protocol.Unit
}

func (w *world) word() string { return "w" + time.Duration(w.next()).String() }

// simple draws an op that can be part of a batch.
func (w *world) simple(c *client) protocol.Op {
	p := w.rng.IntN(100)
	if p >= 84 && (c.seen < protocol.RoleFacilitator && p < 96) {
		p = w.rng.IntN(84) // mostly not what only facilitators may
	}
	switch {
	case p < 50:
		return w.noteOp(p)
	case p < 66:
		return w.clusterOp()
	case p < 74:
		return w.connectorOp()
	case p < 84:
		return w.personOp(c)
	case p < 92:
		return w.areaOp()
	default:
		return w.boardOp(c)
	}
}

func (w *world) noteOp(p int) protocol.Op {
	x, y := w.place()
	note := w.someNote()
	switch {
	case p < 10:
		id := w.newID()
		w.remember(&w.wall.notes, id)
		op := &protocol.NoteCreate{Note: id, X: x, Y: y, W: size, H: size, Text: "note ", Rev: w.newID()}
		if w.chance(0.3) {
			op.Cluster = pick(w, w.wall.clusters)
		}
		return op
	case p < 24:
		return &protocol.NoteMove{Note: note, X: x, Y: y}
	case p < 28:
		return &protocol.NoteResize{Note: note, X: x, Y: y, W: size / 2, H: size}
	case p < 31:
		return &protocol.NoteRecolour{Note: note, Colour: uint8(1 + w.rng.IntN(protocol.Colours))}
	case p < 36:
		return &protocol.NoteTag{Note: note, Tags: []string{w.word()}}
	case p < 39:
		return &protocol.NoteFront{Note: note}
	case p < 41:
		return &protocol.NoteBack{Note: note}
	case p < 45:
		return &protocol.NoteDelete{Note: note}
	default:
		return &protocol.NoteRestore{Note: note}
	}
}

func (w *world) clusterOp() protocol.Op {
	cluster := pick(w, w.wall.clusters)
	switch p := w.rng.IntN(10); {
	case p < 2 || cluster.IsZero():
		id := w.newID()
		w.remember(&w.wall.clusters, id)
		return &protocol.ClusterCreate{Cluster: id, Title: w.word(), Notes: w.someNotes()}
	case p < 4:
		return &protocol.ClusterAssign{Cluster: cluster, Notes: w.someNotes()}
	case p < 5:
		return &protocol.ClusterUnassign{Notes: w.someNotes()}
	case p < 6:
		return &protocol.ClusterRename{Cluster: cluster, Title: w.word()}
	case p < 8:
		return &protocol.ClusterMove{Cluster: cluster, DX: w.next(), DY: -64}
	case p < 9:
		if from := pick(w, w.wall.clusters); from != cluster {
			return &protocol.ClusterMerge{Cluster: cluster, From: from}
		}
		fallthrough
	default:
		return &protocol.ClusterDelete{Cluster: cluster}
	}
}

func (w *world) connectorOp() protocol.Op {
	connector := pick(w, w.wall.connectors)
	switch p := w.rng.IntN(4); {
	case p < 2 || connector.IsZero():
		from, to := w.someNote(), w.someNote()
		if from == to {
			to = w.newID()
		}
		id := w.newID()
		w.remember(&w.wall.connectors, id)
		return &protocol.ConnectorCreate{Connector: id, From: from, To: to, Label: "leads to"}
	case p < 3:
		return &protocol.ConnectorLabel{Connector: connector, Label: w.word()}
	default:
		return &protocol.ConnectorDelete{Connector: connector}
	}
}

func (w *world) personOp(c *client) protocol.Op {
	switch w.rng.IntN(4) {
	case 0:
		return &protocol.ParticipantRename{Name: w.word()}
	case 1:
		return &protocol.ParticipantColour{Colour: uint8(1 + w.rng.IntN(protocol.Colours))}
	case 2:
		return &protocol.ParticipantPerspective{Perspective: pick(w, w.wall.perspectives)}
	default:
		other := pick(w, w.people)
		return &protocol.ParticipantRename{Participant: other.id, Name: w.word()}
	}
}

func (w *world) areaOp() protocol.Op {
	x, y := w.place()
	area := pick(w, w.wall.areas)
	switch p := w.rng.IntN(10); {
	case p < 2 || area.IsZero():
		id := w.newID()
		w.remember(&w.wall.areas, id)
		if w.chance(0.5) {
			return &protocol.AreaCreate{Area: id, Form: protocol.FormFrame, Title: w.word(), X: x, Y: y, W: 8 * size, H: 4 * size}
		}
		return &protocol.AreaCreate{Area: id, Form: protocol.FormTarget, Title: w.word(), X: x, Y: y, Rings: w.ringList()}
	case p < 3:
		return &protocol.AreaRename{Area: area, Title: w.word()}
	case p < 5:
		return &protocol.AreaMove{Area: area, X: x, Y: y}
	case p < 6:
		return &protocol.AreaResize{Area: area, X: x, Y: y, W: 9 * size, H: 3 * size}
	case p < 8:
		return &protocol.AreaRings{Area: area, Rings: w.ringList()}
	case p < 9:
		return &protocol.AreaFront{Area: area}
	default:
		return &protocol.AreaDelete{Area: area}
	}
}

func (w *world) ringList() []protocol.Ring {
	var rings []protocol.Ring
	for i := range 1 + w.rng.IntN(3) {
		id := w.newID()
		w.remember(&w.wall.rings, id)
		rings = append(rings, protocol.Ring{ID: id, Label: w.word(), Size: int64(i+1) * 20 * size})
	}
	return rings
}

func (w *world) boardOp(c *client) protocol.Op {
	switch p := w.rng.IntN(10); {
	case p < 3:
		return &protocol.BoardTitle{Title: w.word()}
	case p < 5:
		return &protocol.BoardQuestion{Question: w.word()}
	case p < 7:
		id := w.newID()
		w.remember(&w.wall.perspectives, id)
		return &protocol.PerspectiveAdd{Perspective: id, Label: w.word(), After: pick(w, w.wall.perspectives)}
	case p < 9:
		if perspective := pick(w, w.wall.perspectives); !perspective.IsZero() {
			return &protocol.PerspectiveRename{Perspective: perspective, Label: w.word()}
		}
		fallthrough
	default:
		if link := pick(w, w.links); w.profile.revokes && link.id != w.links[0].id {
			return &protocol.LinkRevoke{Link: link.id}
		}
		return &protocol.BoardBackground{Background: protocol.BackgroundLines}
	}
}
