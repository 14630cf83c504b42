package model

// move is a kind of step, with how often it comes.
type move struct {
	odds int
	do   func(*world)
}

// schedule plays steps. A seed draws its own odds (some kinds of steps hardly come, others often), so that rare ones
// also come alone, early and many times.
func (w *world) schedule() {
	moves := []move{
		{16, (*world).someoneWrites}, {12, (*world).someoneConnects}, {14, (*world).someoneSubmits},
		{1, (*world).someoneCut}, {1, (*world).someoneGivesUp},
		{16, (*world).someSend}, {16, (*world).someLand}, {16, (*world).someAnswer}, {6, (*world).someRead}, {6, (*world).someHint},
		{6, (*world).someSeal}, {36, (*world).someChore}, {10, (*world).somePut}, {3, (*world).somePack}, {2, (*world).someTidy},
		{50, (*world).someMend}, {8, (*world).someStart}, {4, (*world).someGoOn},
	}
	faults := []move{
		{5, (*world).failOver}, {1, (*world).wipe}, {2, (*world).someKill}, {5, (*world).someStop}, {1, (*world).someCutOff},
		{3, (*world).someClose}, {3, (*world).pause}, {3, (*world).dayPasses}, {1, (*world).disaster},
	}
	for k := range moves {
		moves[k].odds *= pick(w, []int{5, 10, 10, 10, 20})
	}
	for k := range faults {
		faults[k].odds *= pick(w, []int{0, 0, 1, 3, 9})
	}
	slow := 20
	switch w.rng.IntN(3) {
	case 0: // the store's schedules: all is sealed, merged and deleted soon, and little else goes wrong
		for k := 10; k < 15; k++ {
			moves[k].odds *= 6
		}
		faults[1].odds, faults[2].odds, faults[8].odds = 0, faults[2].odds/3, 0
		faults[0].odds = max(faults[0].odds, 30)
		slow = 5
	case 1: // the sequencer's: it goes back often while much is on its way
		for k := 5; k < 10; k++ {
			moves[k].odds *= 3
		}
		faults[0].odds = max(faults[0].odds, 30)
	}
	moves = append(moves, faults...)
	total := 0
	for _, m := range moves {
		total += m.odds
	}
	w.stats.Steps = 150 + w.rng.IntN(900)
	for range w.stats.Steps {
		at := w.rng.IntN(total)
		for _, m := range moves {
			if at -= m.odds; at < 0 {
				m.do(w)
				break
			}
		}
		if w.chance(slow) {
			w.now++
		}
	}
}

// some draws one of those that can.
func some[T any](w *world, list []*T, can func(*T) bool) *T {
	if len(list) == 0 {
		return nil
	}
	from := w.rng.IntN(len(list))
	for k := range list {
		if one := list[(from+k)%len(list)]; can(one) {
			return one
		}
	}
	return nil
}

// instance draws one that runs and can.
func (w *world) instance(can func(*instance) bool) *instance {
	return some(w, w.instances, func(i *instance) bool { return i.awake() && can(i) })
}

// tab draws a client that is open and can.
func (w *world) tab(can func(*client) bool) *client {
	return some(w, w.clients, func(c *client) bool { return c.open && can(c) })
}

func (w *world) someoneWrites() {
	if c := w.tab(func(c *client) bool { return c.next < 30 }); c != nil {
		w.write(c)
	}
}

func (w *world) someoneConnects() {
	c := w.tab(func(c *client) bool { return c.at == nil || c.at.stopped || c.at.mending != nil && w.chance(20) })
	if i := w.instance(func(i *instance) bool { return i.mending == nil }); c != nil && i != nil {
		w.connect(c, i)
	}
}

func (w *world) someoneSubmits() {
	if c := w.tab(func(c *client) bool { return c.at != nil && c.sent < c.next }); c != nil {
		w.submit(c)
	}
}

func (w *world) someoneCut() { pick(w, w.clients).at = nil }

func (w *world) someoneGivesUp() {
	if c := w.tab(func(c *client) bool { return len(c.outbox) > 0 }); c != nil {
		w.giveUp(c)
	}
}

func (w *world) someSend() {
	if i := w.instance(func(i *instance) bool { return i.canSend() && len(i.pending) > 0 }); i != nil {
		w.send(i)
	}
}

// someLand brings an append to the sequencer, or loses it on the way.
func (w *world) someLand() {
	if r, ok := draw(w, &w.requests); ok && !w.chance(5) {
		w.appendScript(r)
		w.answers = append(w.answers, r)
	}
}

// someAnswer brings an answer back, or makes an instance give up waiting.
func (w *world) someAnswer() {
	if w.chance(10) {
		if i := w.instance(func(i *instance) bool { return i.flight != nil }); i != nil {
			w.hear(i, nil)
		}
		return
	}
	r, ok := draw(w, &w.answers)
	if !ok || w.chance(5) {
		return
	}
	switch i := r.from; {
	case i.life != r.life || i.flight != r: // nobody waits
	case i.stopped || i.cut:
		w.answers = append(w.answers, r)
	default:
		w.hear(i, r)
	}
}

func (w *world) someRead() {
	if i := w.instance(func(i *instance) bool { return i.mending == nil && !i.cut }); i != nil {
		w.read(i)
	}
}

func (w *world) someHint() {
	if i := w.instance(func(i *instance) bool { return len(i.hints) > 0 && !i.cut }); i != nil {
		if g, _ := draw(w, &i.hints); !w.chance(20) {
			w.hint(i, g)
		}
	}
}

func (w *world) someSeal() {
	can := func(i *instance) bool { return i.mending == nil && len(i.chores) < 3 && i.head().seq > i.durable }
	if i := w.instance(can); i != nil {
		w.begin(i, (*world).seal)
	}
}

func (w *world) someChore() {
	if i := w.instance(func(i *instance) bool { return len(i.chores) > 0 }); i != nil {
		w.run(i, w.rng.IntN(len(i.chores)))
	}
}

// run takes one step of a chore.
func (w *world) run(i *instance, k int) {
	c := i.chores[k]
	c.step(w, i, c)
	if c.done {
		i.chores = append(i.chores[:k], i.chores[k+1:]...)
	}
}

// somePut brings a put to the store, or loses it on the way.
func (w *world) somePut() {
	if p, ok := draw(w, &w.puts); ok && !w.chance(5) {
		w.arrive(p)
	}
}

func (w *world) arrive(p *put) {
	taken := w.create(p.object)
	p.landed = true
	if w.now-p.object.created > patience {
		w.stats.Late++
	}
	if !taken {
		return
	}
	w.note("stored %+v with epoch %d", p.object.name, p.object.head().epoch)
	if w.stats.Slots++; p.object.name.pack {
		w.stats.Packs++
	}
}

func (w *world) somePack() {
	if i := w.instance(func(i *instance) bool { return len(i.chores) < 3 }); i != nil {
		w.begin(i, (*world).pack)
	}
}

func (w *world) someTidy() {
	if i := w.instance(func(i *instance) bool { return len(i.chores) < 3 }); i != nil {
		w.begin(i, (*world).tidy)
	}
}

func (w *world) someMend() {
	if i := w.instance(func(i *instance) bool { return i.mending != nil }); i != nil {
		i.mending.step(w, i)
	}
}

func (w *world) someStart() {
	if i := some(w, w.instances, func(i *instance) bool { return !i.up }); i != nil {
		w.start(i)
	}
}

func (w *world) someGoOn() {
	if i := some(w, w.instances, func(i *instance) bool { return i.stopped || i.cut }); i != nil {
		w.note("%d goes on", i.id)
		i.stopped, i.cut = false, false
	}
}

// ---- faults

func (w *world) failOver() { w.failover(1 + w.rng.IntN(1+w.rng.IntN(6))) }

func (w *world) someKill() {
	if i := w.instance(func(*instance) bool { return true }); i != nil {
		w.kill(i)
	}
}

func (w *world) someStop() {
	if i := w.instance(func(*instance) bool { return true }); i != nil {
		w.stats.Stops++
		w.note("%d is stopped", i.id)
		i.stopped = true
	}
}

func (w *world) someCutOff() {
	if i := w.instance(func(i *instance) bool { return !i.cut }); i != nil {
		w.stats.Cuts++
		w.note("%d is cut off", i.id)
		i.cut = true
	}
}

func (w *world) someClose() {
	if c := w.tab(func(*client) bool { return true }); c != nil && w.chance(30) {
		w.closeTab(c)
	}
}

func (w *world) pause() { w.now += 30 }

func (w *world) dayPasses() {
	w.stats.Days++
	w.now += day + 60
}

// disaster is everybody's end at once; some come back.
func (w *world) disaster() {
	if !w.chance(20) {
		return
	}
	w.stats.Disasters++
	w.note("disaster")
	w.wipe()
	for _, i := range w.instances {
		w.kill(i)
	}
}

// ---- the end

// settle ends all faults and gives everybody time. Nothing may be stuck then. A board at rest looks at the store once
// more (M4): a put of a chain that was left may have landed after the repair, where nobody would seal before the next op.
func (w *world) settle() {
	w.note("settle")
	w.calm = true
	for _, i := range w.instances {
		i.stopped, i.cut = false, false
		if !i.up {
			w.start(i)
		}
	}
	looked := false
	for round := 0; round < 150; round++ {
		w.everybody()
		w.now++
		if !w.atRest() {
			continue
		}
		if looked || w.breaks(IdleUnseen) {
			return
		}
		looked = true
		for _, i := range w.instances {
			w.begin(i, (*world).seal)
		}
	}
	w.fail("not at rest")
}

// everybody takes a step.
func (w *world) everybody() {
	for len(w.requests) > 0 {
		r, _ := draw(w, &w.requests)
		w.appendScript(r)
		w.answers = append(w.answers, r)
	}
	for len(w.answers) > 0 {
		if r, _ := draw(w, &w.answers); r.from.life == r.life && r.from.flight == r {
			w.hear(r.from, r)
		}
	}
	for len(w.puts) > 0 {
		p, _ := draw(w, &w.puts)
		w.arrive(p)
	}
	for _, i := range w.instances {
		i.hints = nil
		if i.flight != nil && len(w.requests)+len(w.answers) == 0 {
			w.hear(i, nil)
		}
		if i.mending != nil {
			i.mending.step(w, i)
		}
		w.read(i)
		w.send(i)
		for k := len(i.chores) - 1; k >= 0; k-- {
			w.run(i, k)
		}
		if i.mending == nil && len(i.chores) == 0 && i.head().seq > i.durable {
			w.begin(i, (*world).seal)
		}
	}
	for _, c := range w.clients {
		if i := pick(w, w.instances); c.open && c.at == nil && i.mending == nil {
			w.connect(c, i)
		}
		w.submit(c)
	}
}

// atRest reports whether everything is saved and everybody knows it. An entry whose number before is nowhere any more
// (it was never acked, and its author is gone) may wait for ever.
func (w *world) atRest() bool {
	for _, i := range w.instances {
		if i.mending != nil || i.flight != nil || len(i.chores) > 0 || i.head() != w.seqr.head || i.durable != i.head().seq {
			return false
		}
		for _, e := range i.pending {
			if e.n == i.state.next[e.w] {
				return false
			}
		}
	}
	for _, c := range w.clients {
		if c.open && (c.at == nil || len(c.outbox) > 0) {
			return false
		}
	}
	return len(w.puts) == 0
}

// end is the loss of everything but the store, for good.
func (w *world) end() {
	w.note("the end")
	w.over = true
	w.wipe()
	for _, i := range w.instances {
		w.kill(i)
	}
	for _, c := range w.clients {
		w.closeTab(c)
	}
	for len(w.puts) > 0 {
		p, _ := draw(w, &w.puts)
		w.arrive(p)
	}
}

// tidyUp packs, waits a day and deletes: a fresh reader must find the same.
func (w *world) tidyUp() {
	before, err := w.load()
	for range 2 {
		i := w.instances[0]
		i.chores = nil
		w.now += day + 60
		w.begin(i, (*world).tidy)
		w.begin(i, (*world).pack)
		for steps := 0; len(i.chores) > 0 && steps < 50; steps++ {
			w.run(i, 0)
		}
		for len(w.puts) > 0 {
			p, _ := draw(w, &w.puts)
			w.arrive(p)
		}
	}
	after, again := w.load()
	if err != nil || again != nil || headOf(before) != headOf(after) || len(before) != len(after) {
		w.fail("merging changed what the store has")
	}
}
