package model

// maxWriters bounds the writers of a run.
const maxWriters = 16

// entry is one op with its writer and number. Number 0 registers the writer. The body says what the op is; -body is the
// void that its author put under the same number when it was given up.
type entry struct{ w, n, body int }

// effect is an entry that took effect.
type effect struct {
	entry
	seq int
}

// state is what a board's log means: who may use which number next, and what took effect in which order.
type state struct {
	next    [maxWriters]int
	effects []effect
}

// apply is M9: a number is used once and in its turn. A repeat and a gap have no effect. An unregistered writer is one
// whose number 0 is still to come.
func (w *world) apply(s *state, e entry, seq int) {
	repeat, gap := e.n < s.next[e.w], e.n > s.next[e.w]
	if repeat && !w.breaks(NoDedupe) || gap && !w.breaks(GapTaken) {
		return
	}
	s.next[e.w] = max(s.next[e.w], e.n+1)
	s.effects = append(s.effects, effect{e, seq})
}

// replay returns the state behind a log.
func (w *world) replay(log []group) state {
	var s state
	for _, g := range log {
		for k, e := range g.entries {
			w.apply(&s, e, g.first+k)
		}
	}
	return s
}

// chain links a group to everything before it.
type chain uint64

// group is the unit of order.
type group struct {
	epoch       int
	first, last int
	prev, chain chain
	entries     []entry
}

// head is a position in a log.
type head struct {
	epoch, seq int
	chain      chain
}

func (g group) head() head { return head{g.epoch, g.last, g.chain} }

// newGroup gives entries their place behind h.
func newGroup(h head, entries []entry, at int) group {
	g := group{epoch: h.epoch, first: h.seq + 1, last: h.seq + len(entries), prev: h.chain, entries: entries}
	sum := mix(uint64(h.chain), uint64(h.seq))
	sum = mix(mix(sum, uint64(g.last)), uint64(at))
	for _, e := range entries {
		sum = mix(mix(mix(sum, uint64(e.w)), uint64(e.n)), uint64(e.body))
	}
	g.chain = chain(sum)
	return g
}

// mix is one round of SplitMix64 over both.
func mix(a, b uint64) uint64 {
	z := a*0x9e3779b97f4a7c15 + b + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// headOf returns the position behind a log's last group.
func headOf(log []group) head {
	if len(log) == 0 {
		return head{}
	}
	return log[len(log)-1].head()
}

// chainAt returns the chain behind seq, if a group of the log ends there.
func chainAt(log []group, seq int) (chain, bool) {
	if seq == 0 {
		return 0, true
	}
	for k := len(log) - 1; k >= 0; k-- {
		if log[k].last == seq {
			return log[k].chain, true
		}
	}
	return 0, false
}

// has reports whether a log has this position.
func has(log []group, seq int, c chain) bool {
	at, ok := chainAt(log, seq)
	return ok && at == c
}

// behind returns the groups of a log that end above seq.
func behind(log []group, seq int) []group {
	k := len(log)
	for k > 0 && log[k-1].last > seq {
		k--
	}
	return log[k:]
}

// shared returns how many groups two logs begin with in common.
func shared(a, b []group) int {
	k := 0
	for k < len(a) && k < len(b) && a[k].chain == b[k].chain {
		k++
	}
	return k
}
