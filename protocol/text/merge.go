package text

// reader hands out the runs of a change in pieces.
type reader struct {
	runs []run
	cur  run // what is left of the run under way; kind none past the end
}

func read(c Change) reader {
	r := reader{runs: c.runs}
	r.next()
	return r
}

func (r *reader) next() {
	r.cur = run{}
	if len(r.runs) > 0 {
		r.cur, r.runs = r.runs[0], r.runs[1:]
	}
}

// take removes the first n units from the run under way and returns them when it is an insert. It reports false when it
// would cut a surrogate pair of the insert in two.
func (r *reader) take(n int) (string, bool) {
	var s string
	if r.cur.kind == ins {
		i, ok := cut(r.cur.s, n, len(r.cur.s) == r.cur.n)
		if !ok {
			return "", false
		}
		s, r.cur.s = r.cur.s[:i], r.cur.s[i:]
	}
	if r.cur.n -= n; r.cur.n == 0 {
		r.next()
	}
	return s, true
}

// Compose returns the one change that does what a and then b do (T8). It is ErrLength when b was not made for a's result
// and ErrSurrogate when a run of b ends inside a surrogate pair that a inserts. It has at most as many runs as both together.
func Compose(a, b Change) (Change, error) {
	if a.result != b.base {
		return Change{}, ErrLength
	}
	var out builder
	x, y := read(a), read(b)
	for {
		switch {
		case x.cur.kind == del:
			out.delete(x.cur.n)
			x.next()
			continue
		case y.cur.kind == ins:
			out.insert(y.cur.s, y.cur.n)
			y.next()
			continue
		case x.cur.kind == none: // then b is at its end too: a's result is as long as b's base
			return out.change(), nil
		}
		n := min(x.cur.n, y.cur.n)
		from, to := x.cur.kind, y.cur.kind
		s, ok := x.take(n)
		if !ok {
			return Change{}, ErrSurrogate
		}
		y.take(n)
		switch {
		case from == ins && to == keep:
			out.insert(s, n)
		case from == keep && to == keep:
			out.keep(n)
		case from == keep && to == del:
			out.delete(n)
		}
	}
}

// Transform rewrites later, made on the same text as earlier, so that it applies to earlier's result and still does what its
// author meant (T9 to T12). It is ErrLength when the two were not made on texts of one length. The result may have more
// runs than later: a delete goes around what earlier inserted inside it.
func Transform(earlier, later Change) (Change, error) {
	if earlier.base != later.base {
		return Change{}, ErrLength
	}
	return transform(later, earlier, true), nil
}

// TransformPair rewrites both: later1 applies after earlier, earlier1 applies after later, and both ways give one text
// (T12). It is ErrLength when the two were not made on texts of one length.
func TransformPair(earlier, later Change) (earlier1, later1 Change, err error) {
	if earlier.base != later.base {
		return Change{}, Change{}, ErrLength
	}
	return transform(earlier, later, false), transform(later, earlier, true), nil
}

// transform rewrites c so that it applies after over. Where both insert at one place, over stands left if overLeft.
func transform(c, over Change, overLeft bool) Change {
	var out builder
	x, y := read(c), read(over)
	for {
		switch {
		case y.cur.kind == ins && (overLeft || x.cur.kind != ins):
			out.keep(y.cur.n)
			y.next()
			continue
		case x.cur.kind == ins:
			out.insert(x.cur.s, x.cur.n)
			x.next()
			continue
		case x.cur.kind == none: // then over is at its end too: both have one base length
			return out.change()
		}
		n := min(x.cur.n, y.cur.n)
		mine, theirs := x.cur.kind, y.cur.kind
		x.take(n)
		y.take(n)
		switch {
		case theirs == del: // already gone
		case mine == keep:
			out.keep(n)
		case mine == del:
			out.delete(n)
		}
	}
}
