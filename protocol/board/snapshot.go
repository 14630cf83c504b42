package board

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/strictjson"
)

// maxSnapshot is the most bytes that Load looks at. Size is an estimate; a snapshot of a full board stays far below.
const maxSnapshot = 4 * protocol.MaxState

// snapshot is everything that Apply reads, and nothing that follows from the rest of it except a note's ring, which
// must not change when the rules about rings do.
type snapshot struct {
	Rules        uint64         `json:"rules"`
	Seq          uint64         `json:"seq"`
	Board        wall           `json:"board"`
	Links        []*link        `json:"links,omitempty"`        // in order of creation
	Perspectives []*perspective `json:"perspectives,omitempty"` // as they are shown
	Participants []*participant `json:"participants,omitempty"` // in order of joining
	Areas        []*area        `json:"areas,omitempty"`        // by id
	Clusters     []*cluster     `json:"clusters,omitempty"`     // by id
	Notes        []*note        `json:"notes,omitempty"`        // by id
	Connectors   []*connector   `json:"connectors,omitempty"`   // by id
	Dead         []*tombstone   `json:"dead,omitempty"`         // in order of deletion
	Gone         []protocol.ID  `json:"gone,omitempty"`         // by id
	Made         int64          `json:"made,omitempty"`
	Revisions    uint64         `json:"revisions,omitempty"`
}

// AppendSnapshot appends the canonical encoding of the whole state. Two states are equal exactly when their encodings
// are. It holds what nobody may see (hashes, writers): it stays on the server.
func (s *State) AppendSnapshot(dst []byte) []byte {
	gone := make([]protocol.ID, 0, len(s.gone))
	for id := range s.gone {
		gone = append(gone, id)
	}
	slices.SortFunc(gone, compareIDs)
	dead := make([]*tombstone, len(s.deadOrder))
	for i, id := range s.deadOrder {
		dead[i] = s.dead[id]
	}
	dst = slices.Grow(dst, s.size) // a large board would be copied many times over while it grows
	return strictjson.Append(dst, &snapshot{
		Rules: rulesVersion, Seq: s.seq, Board: s.wall, Links: s.linkOrder, Perspectives: s.perspectiveOrder,
		Participants: s.order, Areas: sorted(s.areas), Clusters: sorted(s.clusters), Notes: sorted(s.notes),
		Connectors: sorted(s.connectors), Dead: dead, Gone: gone, Made: s.made, Revisions: s.revisions,
	})
}

// Hash returns the SHA-256 of AppendSnapshot. It lets a reader confirm a guess of what is hidden: it stays on the server.
func (s *State) Hash() [32]byte { return sha256.Sum256(s.AppendSnapshot(nil)) }

var errSnapshot = errors.New("board: not a snapshot")

// Load returns the state that AppendSnapshot wrote. It refuses anything else: another spelling of the same state, rules
// that this build does not know, parts that contradict each other.
func Load(b []byte) (*State, error) {
	if len(b) > maxSnapshot {
		return nil, fmt.Errorf("%w: %d bytes", errSnapshot, len(b))
	}
	var snap snapshot
	if err := strictjson.UnmarshalWith(b, &snap, strictjson.Options{MaxCount: strictjson.Unlimited}); err != nil {
		return nil, fmt.Errorf("%w: %w", errSnapshot, err)
	}
	if snap.Rules != rulesVersion {
		return nil, fmt.Errorf("%w: rules %d, this build knows %d", errSnapshot, snap.Rules, rulesVersion)
	}
	l := loader{s: New()}
	l.load(&snap)
	if l.err != nil {
		return nil, l.err
	}
	if !bytes.Equal(l.s.AppendSnapshot(make([]byte, 0, len(b))), b) {
		return nil, fmt.Errorf("%w: not in canonical form", errSnapshot)
	}
	return l.s, nil
}

// loader builds a state's indexes and holds the parts against each other. The first contradiction stays.
type loader struct {
	s   *State
	err error
}

// must notes a contradiction.
func (l *loader) must(ok bool, what string, id protocol.ID) {
	if !ok && l.err == nil {
		l.err = fmt.Errorf("%w: %s of %s", errSnapshot, what, id)
	}
}

// claim takes an id that nothing before has.
func (l *loader) claim(id protocol.ID) { l.must(!id.IsZero() && !l.s.used(id), "the id", id) }

func (l *loader) load(snap *snapshot) {
	s := l.s
	s.seq, s.wall, s.made, s.revisions = snap.Seq, snap.Board, snap.Made, snap.Revisions
	if s.wall.Exists {
		s.size += s.wall.weight()
	}
	for _, v := range snap.Links {
		l.link(v)
	}
	for _, v := range snap.Perspectives {
		l.claim(v.ID)
		s.perspectives[v.ID] = v
		s.size += v.weight()
	}
	s.perspectiveOrder = snap.Perspectives
	for _, v := range snap.Participants {
		l.participant(v)
	}
	for _, v := range snap.Areas {
		l.area(v)
		s.areas[v.ID] = v
		if v.isTarget() {
			s.targets = append(s.targets, v)
		}
	}
	slices.SortFunc(s.targets, before)
	for _, v := range snap.Clusters {
		l.cluster(v)
		s.clusters[v.ID] = v
	}
	for _, v := range snap.Notes {
		l.note(v)
		l.must(v.Cluster.IsZero() || s.clusters[v.Cluster] != nil, "the cluster", v.ID)
		l.must(v.Ring.IsZero() || s.rings[v.Ring] != nil, "the ring", v.ID)
		s.notes[v.ID] = v
		if c := s.clusters[v.Cluster]; c != nil {
			c.notes[v.ID] = struct{}{}
		}
	}
	for _, v := range snap.Connectors {
		l.connector(v)
		l.must(s.endLives(v.From) && s.endLives(v.To), "an end", v.ID)
		s.connectors[v.ID] = v
		addTo(s.arrows, v.From, v.ID)
		addTo(s.arrows, v.To, v.ID)
	}
	for _, v := range snap.Dead {
		l.tombstone(v)
	}
	for _, id := range snap.Gone {
		s.bury(id)
	}
	l.queues()
}

func (l *loader) link(v *link) {
	l.claim(v.ID)
	l.must(l.s.linkSecrets[v.Secret] == nil, "the secret", v.ID)
	l.s.links[v.ID], l.s.linkSecrets[v.Secret] = v, v
	l.s.linkOrder = append(l.s.linkOrder, v)
	l.s.size += v.weight()
}

func (l *loader) participant(v *participant) {
	s := l.s
	l.claim(v.ID)
	l.must(s.tokens[v.Token] == nil, "the token", v.ID)
	for _, id := range v.Links {
		l.must(s.links[id] != nil, "a link", v.ID)
	}
	if l.err != nil {
		return
	}
	s.people[v.ID], s.tokens[v.Token] = v, v
	s.order = append(s.order, v)
	if !v.Left {
		l.must(s.names[v.Name] == nil, "the name", v.ID)
		s.names[v.Name] = v
	}
	v.role = s.roleOf(v)
	s.size += v.weight()
	for _, w := range v.Writers {
		l.writer(v, w)
		l.must(s.writerSecrets[w.Secret] == nil && s.prunedSecrets[w.Secret] == nil, "the secret", w.ID)
		s.writers[w.ID], s.writerSecrets[w.Secret] = w, w
	}
	for _, w := range v.Pruned {
		l.writer(v, w)
		w.pruned = true
		l.must(s.writerSecrets[w.Secret] == nil && s.prunedSecrets[w.Secret] == nil, "the secret", w.ID)
		s.pruned[w.ID], s.prunedSecrets[w.Secret] = w, w
	}
	for i, r := range v.Records {
		l.record(r)
		l.must(i == 0 || v.Records[i-1].Seq < r.Seq, "the order of undos", v.ID)
	}
}

func (l *loader) writer(p *participant, w *writer) {
	l.claim(w.ID)
	l.must(uint64(len(w.Recent)) == min(w.Last, protocol.MaxOutstanding), "the outcomes", w.ID)
	w.Participant = p.ID
	l.s.size += w.weight()
}

func (l *loader) record(r *record) {
	r.size = 96
	for i := range r.Old {
		o := &r.Old[i]
		l.must(o.Field >= boardTitle && o.Field <= connectorLabel, "an undone field", r.Writer)
		l.must((o.Field == noteText) == (o.Runs != nil), "an undone text", r.Writer)
		l.must(o.Field != areaRings || len(o.Rings) > 0, "undone rings", r.Writer)
		r.size += o.weight()
	}
	l.must(len(r.Old) > 0 && r.Seq <= l.s.seq, "an undo", r.Writer)
	l.s.size += r.size
}

func (l *loader) area(v *area) {
	s := l.s
	l.claim(v.ID)
	// What an op may say, an object may be.
	op := protocol.AreaCreate{Area: v.ID, Form: v.Form, Title: v.Title, X: v.X, Y: v.Y, W: v.W, H: v.H, Rings: v.Rings}
	l.must(op.Check() == nil, "the form", v.ID)
	for _, ring := range v.Rings {
		l.claim(ring.ID)
		s.rings[ring.ID] = v
	}
	s.size += v.weight()
}

func (l *loader) cluster(v *cluster) {
	l.claim(v.ID)
	l.must(v.Order > 0 && v.Order <= l.s.made, "the order", v.ID)
	v.notes = idSet{}
	l.s.size += v.weight()
}

func (l *loader) note(v *note) {
	l.claim(v.ID)
	op := protocol.NoteCreate{Note: v.ID, X: v.X, Y: v.Y, W: v.W, H: v.H, Text: v.Text, Colour: v.Colour, Tags: v.Tags}
	l.must(op.Check() == nil, "the form", v.ID)
	l.must((v.Oldest == nil) == (len(v.History) == 0), "the revisions", v.ID)
	for i := range v.History {
		r := &v.History[i]
		l.must(r.Order <= l.s.revisions && (i == 0 || v.History[i-1].Order < r.Order), "the revisions", v.ID)
		r.size = runsSize(r.Runs.Change)
		v.textSize += r.size
	}
	l.s.size += v.weight()
}

func (l *loader) connector(v *connector) {
	l.claim(v.ID)
	l.s.size += v.weight()
}

func (l *loader) tombstone(t *tombstone) {
	set := 0
	if t.Note != nil {
		l.note(t.Note)
		set++
	}
	if t.Cluster != nil {
		l.cluster(t.Cluster)
		set++
	}
	if t.Area != nil {
		l.area(t.Area)
		set++
	}
	if t.Connector != nil {
		l.connector(t.Connector)
		set++
	}
	if l.must(set == 1, "a deleted object", protocol.ID{}); l.err != nil {
		return
	}
	l.s.dead[t.id()] = t
	l.s.deadOrder = append(l.s.deadOrder, t.id())
	l.s.size += t.weight()
}

// queues finds the oldest of what is kept in bounded number.
func (l *loader) queues() {
	s := l.s
	edited := func(n *note) {
		for i := range n.History {
			s.revisionQueue.items = append(s.revisionQueue.items, queued{n, n.History[i].Order})
			s.revisionQueue.bytes += n.History[i].size
		}
	}
	for _, n := range s.notes {
		edited(n)
	}
	for _, id := range s.deadOrder {
		if n := s.dead[id].Note; n != nil {
			edited(n)
		}
	}
	slices.SortFunc(s.revisionQueue.items, func(a, b queued) int { return cmp.Compare(a.order, b.order) })
	s.revisionQueue.live = len(s.revisionQueue.items)
	for _, p := range s.order {
		for _, r := range p.Records {
			s.undoQueue.items = append(s.undoQueue.items, queuedRecord{p, r.Seq})
			s.undoQueue.records++
			s.undoQueue.values += len(r.Old)
			s.undoQueue.bytes += r.size
		}
	}
	slices.SortFunc(s.undoQueue.items, func(a, b queuedRecord) int { return cmp.Compare(a.seq, b.seq) })
}
