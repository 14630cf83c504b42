package model

// mending is a board's way back to a chain that the store and the sequencer agree on. Its steps are apart, because an
// instance can be stopped between any two.
type mending struct {
	step  func(*world, *instance)
	cold  bool // the sequencer held nothing
	seen  head // up to where the old stream was read
	base  head // the store's end
	epoch int
}

// mend is M12, its beginning: from here to the end of the repair the instance appends nothing. Clients stay.
func (w *world) mend(i *instance, why string) {
	if i.mending == nil {
		w.note("%d mends: %s", i.id, why)
		i.mending = &mending{step: (*world).look}
		i.flight = nil
	}
}

// look takes up a later epoch if there is one that follows from the store. Otherwise the repair begins here: M13, what
// the old stream still gives is read, linked or not, and kept.
func (w *world) look(i *instance) {
	q, m := &w.seqr, i.mending
	if i.cut {
		return
	}
	if q.open && q.head.epoch > i.epoch && w.reload(i) {
		return
	}
	m.cold, m.seen = !q.open, q.head
	for _, g := range q.stream {
		if !w.breaks(StreamUnread) && !(w.breaks(StreamFollowed) && g.last <= i.head().seq) {
			w.keep(i, g.entries...)
		}
	}
	m.step = (*world).choose
}

// choose is M12: the next epoch begins at what the store has, and at nothing else.
func (w *world) choose(i *instance) {
	m := i.mending
	log, err := w.load()
	if err != nil {
		return
	}
	m.base = headOf(log)
	if w.breaks(BaseOwnHead) {
		m.base = i.head()
	}
	m.epoch = w.store.minted + 1
	if w.breaks(EpochCounted) {
		m.epoch = max(i.epoch, m.seen.epoch) + 1
	}
	m.step = (*world).mintIt
}

func (w *world) mintIt(i *instance) {
	m := i.mending
	if !w.store.mint(m.epoch) && !w.breaks(EpochCounted) {
		m.step = (*world).choose
		return
	}
	m.step = (*world).openIt
}

func (w *world) openIt(i *instance) {
	m := i.mending
	if i.cut {
		return
	}
	m.step = (*world).look
	if w.openScript(m.epoch, m.base, m.seen, m.cold) {
		w.stats.Repairs++
		w.note("%d opens epoch %d at %d", i.id, m.epoch, m.base.seq)
		w.reload(i)
	}
}

// current returns the log that store and sequencer have together, and whether they agree.
func (w *world) current() ([]group, bool) {
	q := &w.seqr
	log, err := w.load()
	end := headOf(log)
	if err != nil || !q.open || q.base.seq > end.seq || q.head.seq < end.seq || !has(log, q.base.seq, q.base.chain) {
		return nil, false
	}
	if !has(q.stream, end.seq, end.chain) && q.base.chain != end.chain {
		return nil, false
	}
	for _, g := range behind(q.stream, end.seq) {
		if g.prev != headOf(log).chain {
			return nil, false
		}
		log = append(log, g)
	}
	return log, true
}

// reload takes up the current chain, if there is one. M14: what stands behind the last group that the old log shares with
// it is kept until the new log has it, under its old numbers. Clients off the chain rewind.
func (w *world) reload(i *instance) bool {
	log, ok := w.current()
	if !ok {
		if !w.breaks(BaseOwnHead) || !w.seqr.open || !has(i.log, w.seqr.base.seq, w.seqr.base.chain) {
			return false
		}
		log = i.log[:len(i.log)-len(behind(i.log, w.seqr.base.seq))]
		for _, g := range w.seqr.stream {
			log = append(log[:len(log):len(log)], g)
		}
	}
	old, held := i.log, i.state.effects
	from := headOf(old[:shared(old, log)]).seq
	if w.breaks(HeldAboveBase) {
		from = w.seqr.base.seq
	}
	i.epoch, i.log, i.state = w.seqr.head.epoch, log, w.replay(log)
	i.durable = min(i.durable, headOf(old[:shared(old, log)]).seq)
	i.flight, i.mending, i.hints = nil, nil, nil

	submitted := i.pending
	i.pending = nil
	for _, e := range held {
		if e.seq > from && !w.breaks(NothingHeld) {
			w.keep(i, e.entry)
		}
	}
	w.keep(i, submitted...)
	w.note("%d takes up epoch %d at %d, shares %d, holds %d", i.id, i.epoch, i.head().seq, from, len(i.pending))
	if stored, err := w.load(); err == nil {
		w.learnDurable(i, headOf(stored))
	}
	w.tellAll(i)
	w.ledger.census(w, false)
	return true
}
