package model

import "slices"

// patience is the age in seconds up to which a listing says which slots are in use (M6); day is how long the slots that a
// pack hides are left (M5). What was listed within the patience cannot have been used, merged and deleted since.
const (
	patience = 10
	day      = 24 * 60 * 60
)

// chore is work of an instance on the store, in steps between which it may be stopped, and the chain be left.
type chore struct {
	step func(*world, *instance, *chore)
	done bool
	list listing
	log  []group // that its instance had when it began

	rest []group // to be sealed
	put  *put
	end  head // that the store was found to have, of this log

	run []name // slots to be merged
}

// put is a create-only write on its way. It lands or not whatever becomes of who sent it.
type put struct {
	object *object
	landed bool
}

func (w *world) begin(i *instance, step func(*world, *instance, *chore)) {
	i.chores = append(i.chores, &chore{step: step, log: slices.Clip(i.log)})
}

// slotName is M2: a slot is named by its first seq alone, so that two histories cannot both have it.
func (w *world) slotName(groups []group) name {
	n := name{first: groups[0].first}
	if w.breaks(EpochInName) || w.breaks(RangeInName) {
		n.epoch = groups[0].epoch
	}
	if w.breaks(RangeInName) {
		n.last = headOf(groups).seq
	}
	return n
}

// ---- sealing

// seal lists, to find the store's end.
func (w *world) seal(_ *instance, c *chore) {
	c.list = w.list()
	c.step = (*world).compare
}

// compare is M4: a sealer begins where the store ends, which is a slot's end, and only if that is on its own chain. Equal
// chains are adopted; another chain begins a repair, and so does a store that is ahead of the sequencer.
func (w *world) compare(i *instance, c *chore) {
	var end head
	if n, ok := c.list.end(); ok {
		o := w.store.get(n)
		if o == nil {
			c.step = (*world).seal
			return
		}
		end = o.head()
	}
	switch own := headOf(c.log); {
	case has(c.log, end.seq, end.chain):
		c.end, c.rest = end, behind(c.log, end.seq)
	case own.seq < end.seq:
		log, err := w.load()
		if err != nil || !has(log, own.seq, own.chain) {
			w.sealedOff(i, c)
			return
		}
		if q := w.seqr; !i.cut && (!q.open || q.head.seq < end.seq) && !w.breaks(StoreAhead) {
			c.done = true
			w.mend(i, "the store is ahead")
			return
		}
		c.end, c.rest = own, nil
	default:
		w.sealedOff(i, c)
		return
	}
	if !w.fresh(c) && !w.breaks(StaleAdopted) {
		c.step = (*world).seal
		return
	}
	if len(c.rest) > 0 {
		c.rest = c.rest[:1+w.rng.IntN(len(c.rest))]
		c.step = (*world).take
		return
	}
	w.sealed(i, c)
}

// fresh is M6: what an old listing was the reason for is not certain. A slot may have been used, merged and deleted, and
// made again by a sealer that slept.
func (w *world) fresh(c *chore) bool { return w.now-c.list.at <= patience }

// take sends the put.
func (w *world) take(i *instance, c *chore) {
	c.put = &put{object: &object{name: w.slotName(c.rest), groups: c.rest, created: w.now}}
	w.puts = append(w.puts, c.put)
	c.step = (*world).readBack
	if w.breaks(SavedBeforeRead) {
		c.end = headOf(c.rest)
		w.sealed(i, c)
	}
}

// readBack is M7: nothing is called durable that was not read back. The slot may hold another sealer's groups.
func (w *world) readBack(i *instance, c *chore) {
	if !c.put.landed {
		if w.now-c.put.object.created > patience {
			c.step = (*world).seal // no answer: it may land later
		}
		return
	}
	o := w.store.get(c.put.object.name)
	if o == nil || !w.fresh(c) && !w.breaks(NoListAfterPut) {
		c.step = (*world).seal
		return
	}
	mine, theirs := headOf(c.rest), o.head()
	switch {
	case has(o.groups, mine.seq, mine.chain) || w.breaks(ForeignAdopted):
		c.end = mine
	case has(c.rest, theirs.seq, theirs.chain):
		w.stats.Adopted++
		c.end = theirs
	default:
		w.sealedOff(i, c)
		return
	}
	w.sealed(i, c)
}

// sealed counts what the store has, if the instance is still on that chain.
func (w *world) sealed(i *instance, c *chore) {
	c.end.epoch = i.epoch
	w.learnDurable(i, c.end)
	c.step = (*world).report
}

// report tells the sequencer, which may then forget.
func (w *world) report(i *instance, c *chore) {
	if i.cut {
		return
	}
	c.done = true
	at := c.end
	w.durableScript(at)
	if w.breaks(TrimEarly) {
		at = i.head()
	}
	w.trimScript(at)
}

// sealedOff is a sealer that met another chain in the store.
func (w *world) sealedOff(i *instance, c *chore) {
	c.done = true
	w.stats.Foreign++
	if headOf(i.log) == headOf(c.log) || has(i.log, headOf(c.log).seq, headOf(c.log).chain) {
		w.mend(i, "foreign slot")
	}
}

// ---- packs

// pack lists, to find two or more slots to merge.
func (w *world) pack(_ *instance, c *chore) {
	c.list = w.list()
	for k := range c.list.slots {
		run := c.list.slots[k:]
		for n := 1; n < len(run); n++ {
			if c.list.between(run[n-1].first, run[n].first) {
				run = run[:n]
			}
		}
		if len(run) >= 2 {
			c.run = run
			c.step = (*world).merge
			return
		}
	}
	c.done = true
}

func (l listing) between(first, next int) bool {
	return slices.ContainsFunc(l.packs, func(p name) bool { return first < p.first && p.first < next })
}

// merge is M5: a pack holds whole slots. What was listed long ago is not what the names say now (M6).
func (w *world) merge(_ *instance, c *chore) {
	var groups []group
	for _, n := range c.run {
		o := w.store.get(n)
		if o == nil || len(groups) > 0 && headOf(groups).chain != o.prev() {
			c.done = true
			return
		}
		groups = append(groups, o.groups...)
	}
	if !w.fresh(c) && !w.breaks(StalePacked) {
		c.step = (*world).pack
		return
	}
	if w.breaks(PackCutsSlot) && len(groups) > 2 {
		groups = groups[:len(groups)-1]
	}
	o := &object{name: name{pack: true, first: groups[0].first, last: headOf(groups).seq}, groups: groups, created: w.now}
	w.puts = append(w.puts, &put{object: o})
	c.done = true
}

// tidy is M5: what a pack hides is deleted a day after the pack was made.
func (w *world) tidy(_ *instance, c *chore) {
	c.done = true
	l := w.list()
	for _, p := range l.packs {
		if w.now-w.store.get(p).created < day && !w.breaks(PackDeletesNow) {
			continue
		}
		for _, n := range l.veil {
			if p.first <= n.first && n.first <= p.last {
				w.store.delete(n)
			}
		}
	}
	w.ledger.census(w, false)
}
