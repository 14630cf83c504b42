package sim

import (
	"fmt"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/hub"
	"github.com/denkwand/denkwand/server/journal"
)

// profile is what kind of run a seed is. Each has only some kinds of faults, so that rare ones also come alone and often.
type profile struct {
	people, tabs, viewers int
	length, think, gap    time.Duration // of the run; between two acts of a client; between two faults
	burst                 int           // ops at once, at most
	delay                 time.Duration // of the network, one way
	encode, load          time.Duration
	lag                   float64 // odds that the room acts on several things together
	journal               journalMode
	outbox, window        int // bytes
	lazy                  bool
	revokes               bool
	config                *hub.Config
	faults                []func()
}

// drawProfile makes the seed's profile.
func (w *world) drawProfile() profile {
	ms := time.Millisecond
	p := profile{
		people: 1 + w.rng.IntN(5), viewers: w.rng.IntN(3),
		length: pick(w, []time.Duration{3, 6, 10, 20}) * time.Second,
		think:  pick(w, []time.Duration{100, 250, 600}) * ms,
		gap:    pick(w, []time.Duration{300, 800, 2000}) * ms,
		burst:  pick(w, []int{1, 1, 3, 20}),
		delay:  pick(w, []time.Duration{1, 10, 40, 200}) * ms,
		encode: pick(w, []time.Duration{0, 2, 50, 400}) * ms,
		load:   pick(w, []time.Duration{1, 20, 300}) * ms,
		lag:    pick(w, []float64{0, 0.3, 0.9}),
		outbox: pick(w, []int{3 << 10, 16 << 10, 1 << 20, 1 << 20}),
		window: pick(w, []int{500, 4 << 10, 64 << 10}),
		lazy:   w.chance(0.4), revokes: w.chance(0.4),
	}
	if p.burst == 20 {
		p.think = 2 * time.Second // what is written must be less than what limits let through
	}
	p.tabs = 1 + w.rng.IntN(min(8, 11-p.people-p.viewers))
	p.journal = journalMode{delay: pick(w, []time.Duration{1, 5, 30, 150}) * ms}
	odds := func(mode float64) float64 {
		if w.chance(0.4) {
			return mode
		}
		return 0
	}
	p.journal.refuse, p.journal.lost, p.journal.kept = odds(0.04), odds(0.05), odds(0.05)
	p.journal.late, p.journal.twice = odds(0.05), odds(0.08)
	p.journal.readFails, p.journal.readSlow, p.journal.readsInPieces = odds(0.3), odds(0.2), odds(0.5)
	limits := protocol.Limits{Outstanding: pick(w, []int{2, 8, 64, 64})}
	if w.chance(0.3) {
		limits.Ops, limits.Burst = 5, 10
	}
	p.config = hub.NewConfig(hub.Config{Limits: limits, Backlog: pick(w, []int{2 << 10, 4 << 20}), Cursors: 3})
	for _, fault := range []struct {
		odds float64
		do   func()
	}{
		{0.8, w.cutOne}, {0.3, w.cutAll}, {0.5, w.breakJournal}, {0.4, w.crashServer}, {0.35, w.restoreBackup},
		{0.2, func() { w.server.drain() }}, {0.2, func() { w.server.unload() }}, {0.4, w.crashProgram}, {0.3, w.slowDown},
		{0.3, w.changeRole}, {0.06, w.removePerson}, {0.3, w.skewClock}, {0.1, w.pruneWriters},
	} {
		if w.chance(fault.odds) {
			p.faults = append(p.faults, fault.do)
		}
	}
	return p
}

// nemesis makes one fault, and another later.
func (w *world) nemesis() {
	if w.calm {
		return
	}
	if fault := pick(w, w.profile.faults); fault != nil {
		fault()
	}
	w.after(w.around(w.profile.gap), w.nemesis)
}

// whenSeen draws when an end of a broken connection notices: at once, soon, or only by the other's silence.
func (w *world) whenSeen() time.Duration {
	switch w.rng.IntN(4) {
	case 0:
		return 0
	case 1:
		return w.upTo(300 * time.Millisecond)
	case 2:
		return w.upTo(5 * time.Second)
	default:
		return time.Minute
	}
}

func (w *world) cutOne() {
	if c := pick(w, w.server.conns); c != nil {
		c.cut(w.whenSeen(), w.whenSeen())
	}
}

func (w *world) cutAll() {
	for _, c := range append([]*conn(nil), w.server.conns...) {
		c.cut(w.whenSeen(), w.whenSeen())
	}
}

func (w *world) breakJournal() {
	mode := w.profile.journal
	switch w.rng.IntN(5) {
	case 0:
		mode.refuse = 0.9
	case 1:
		mode.lost, mode.kept, mode.late = 0.3, 0.3, 0.3
	case 2:
		mode.delay = 700 * time.Millisecond
	case 3:
		mode.kept, mode.readFails, mode.readsInPieces = 0.5, 0.6, 0.5
	case 4:
		mode.twice = 0.8
	}
	w.note("journal in trouble: %v", mode)
	w.journal.trouble(mode, w.upTo(4*time.Second))
}

func (w *world) crashServer() {
	if w.server.up {
		w.server.crash(w.around(400 * time.Millisecond))
	}
}

// restoreBackup is the operator putting an older backup in the journal's place while the server is down: mostly a recent
// one.
func (w *world) restoreBackup() {
	if !w.server.up || !w.chance(0.4) {
		return
	}
	w.server.crash(w.around(400 * time.Millisecond))
	begun, have := w.journal.begun, len(w.journal.groups)
	back := w.rng.IntN(have - begun + 1)
	if w.chance(0.7) {
		back = min(back, w.rng.IntN(6))
	}
	if back > 0 {
		w.journal.restore(have - back)
	}
}

func (w *world) crashProgram() {
	if c := pick(w, w.clients); c.closed == nil {
		c.crash()
	} else if w.chance(0.5) {
		w.welcomeBack(c)
	}
}

// welcomeBack gives a person whose link was withdrawn another, with which the program begins anew.
func (w *world) welcomeBack(c *client) {
	if c.closed.Code != protocol.CodeAccessLost || w.server.room == nil {
		return
	}
	w.server.serverOp(protocol.ID{}, &protocol.LinkUse{Link: pick(w, w.links).id, Participant: c.person.id})
	w.after(w.upTo(time.Second), func() {
		if !w.over {
			c.reload()
		}
	})
}

// reload begins the program of a client that was sent away anew.
func (c *client) reload() {
	if c.closed == nil {
		return
	}
	c.core, c.closed = nil, nil
	c.programs++
	c.connect()
}

func (w *world) slowDown() {
	pick(w, w.clients).sluggish = w.now.Add(w.upTo(6 * time.Second))
}

func (w *world) changeRole() {
	link := pick(w, w.links)
	if w.chance(0.4) && w.profile.revokes {
		if link.id != w.links[0].id {
			w.server.serverOp(protocol.ID{}, &protocol.LinkRevoke{Link: link.id})
		}
		return
	}
	w.server.serverOp(protocol.ID{}, &protocol.LinkUse{Link: link.id, Participant: pick(w, w.people).id})
}

func (w *world) removePerson() {
	if len(w.people) > 2 && w.chance(0.3) {
		w.server.serverOp(protocol.ID{}, &protocol.ParticipantLeave{Participant: pick(w, w.people).id})
	}
}

// pruneWriters is a person who opens so many tabs that the oldest outboxes are taken out of use.
func (w *world) pruneWriters() {
	if w.server.room == nil || w.chance(0.5) {
		return
	}
	p := pick(w, w.people)
	if w.ledger.pruned[p.id] {
		return // twice as many, and the oldest are forgotten for good
	}
	w.ledger.pruned[p.id] = true
	w.note("%s opens many tabs", p.name)
	for range protocol.MaxWriters {
		hash := auth.NewSecret(w.die).Hash()
		w.server.room.ServerOp(p.id, &protocol.WriterRegister{Writer: w.newID(), Secret: hash[:]}, func(hub.Outcome) {})
	}
	w.server.kick()
}

func (w *world) skewClock() { w.journal.skew = w.upTo(8*time.Second) - 4*time.Second }

// ---- the beginning

// invitation is a link.
type invitation struct {
	id     protocol.ID
	secret auth.Secret
	role   protocol.Role
}

// found makes the board, its links, its people and a few notes, and the clients.
func (w *world) found() {
	key := make([]byte, 32)
	_, _ = w.die.Read(key)
	w.wall = wall{board: w.newID(), key: key}
	w.secrets.hide("the board's key", key)
	var body []byte
	count := 0
	write := func(author protocol.ID, op protocol.Op) {
		body = protocol.AppendEntry(body, author, protocol.ID{}, 0, op)
		count++
	}
	hashed := func(what string, s auth.Secret) []byte {
		hash := s.Hash()
		w.secrets.hide("the hash of "+what, hash[:])
		return hash[:]
	}
	write(protocol.ID{}, &protocol.BoardCreate{Title: "wall", Recovery: hashed("the recovery code", auth.NewSecret(w.die))})
	for _, role := range []protocol.Role{protocol.RoleContributor, protocol.RoleOwner, protocol.RoleFacilitator,
		protocol.RoleContributor, protocol.RoleViewer} {
		link := invitation{id: w.newID(), secret: auth.NewSecret(w.die), role: role}
		w.links = append(w.links, link)
		w.secrets.text("a link's secret", link.secret.Reveal())
		write(protocol.ID{}, &protocol.LinkCreate{Link: link.id, Secret: hashed("a link", link.secret), Role: role})
	}
	for i := range w.profile.people + w.profile.viewers {
		link := w.links[w.rng.IntN(4)]
		if i >= w.profile.people {
			link = w.links[4]
		}
		token := auth.NewSecret(w.die)
		p := &person{id: w.newID(), name: string(rune('a' + i)), token: token.Reveal()}
		w.people = append(w.people, p)
		w.secrets.text("a token", p.token)
		write(protocol.ID{}, &protocol.ParticipantJoin{Participant: p.id, Token: hashed("a token", token), Link: link.id, Name: p.name})
	}
	for i := range 3 {
		id := w.newID()
		w.wall.notes = append(w.wall.notes, id)
		write(protocol.ID{}, &protocol.NoteCreate{Note: id, X: int64(i) * size, W: size, H: size, Text: "note ", Rev: w.newID()})
	}
	w.journal.write(journal.Draft{Count: count, Body: body, Time: w.now.UnixMilli()})
	w.journal.begun, w.ledger.begun = 1, w.journal.head.Seq
	w.tabs()
}

// tabs makes the clients: one of each person, and some more.
func (w *world) tabs() {
	for i := range len(w.people) + w.profile.tabs - 1 {
		p := w.people[i%len(w.people)]
		if i >= len(w.people) {
			p = pick(w, w.people)
		}
		c := &client{w: w, person: p, index: i, name: fmt.Sprintf("%s%d", p.name, i)}
		c.watch = w.chance(0.1)
		w.clients = append(w.clients, c)
	}
}
