package text

import (
	"slices"
	"strings"
)

// ThreeWay returns the change of theirs that does again what was done between base and mine (T15). It serves when the
// revisions between base and theirs are no longer known. An edit that is in theirs already is not done twice; everything
// else that mine inserted is in the result. The change has at most MaxRuns runs. It is ErrUnicode or ErrControl when mine
// or theirs may not stand in a text (T5).
func ThreeWay(base, mine, theirs string) (Change, error) {
	if err := Check(mine); err != nil {
		return Change{}, err
	}
	if err := Check(theirs); err != nil {
		return Change{}, err
	}
	c := merge(base, wordHunks(base, mine), wordHunks(base, theirs))
	if len(c.runs) > MaxRuns {
		c = merge(base, []hunk{replacement(base, mine, NoCaret)}, []hunk{replacement(base, theirs, NoCaret)})
	}
	return c, nil
}

// merge transforms mine over theirs, leaving out what both did alike.
func merge(base string, mine, theirs []hunk) Change {
	mine = slices.DeleteFunc(mine, func(h hunk) bool { return slices.Contains(theirs, h) })
	return transform(replace(base, mine), replace(base, theirs), true)
}

// maxEdits bounds the search in wordHunks: beyond so many words deleted and inserted, time and memory grow with the square
// and the two texts have little left in common.
const maxEdits = 500

// wordHunks returns what turns before into after, compared by words: a word is a space, tab or newline, or all
// characters between two of them. Within a hunk equal ends are trimmed by characters.
func wordHunks(before, after string) []hunk {
	a, b := words(before), words(after)
	edits, ok := shortestEdit(a, b)
	if !ok {
		return []hunk{replacement(before, after, NoCaret)}
	}
	var hunks []hunk
	var i, j, from, at int // words and bytes passed
	for _, e := range edits {
		for ; i < e.from; i, j = i+1, j+1 {
			from += len(a[i])
			at += len(b[j])
		}
		to, end := from+size(a[i:e.to]), at+size(b[j:j+e.ins])
		h := replacement(before[from:to], after[at:end], NoCaret)
		hunks = append(hunks, hunk{from: from + h.from, to: from + h.to, s: h.s})
		i, j, from, at = e.to, j+e.ins, to, end
	}
	return hunks
}

func words(s string) []string {
	var out []string
	for s != "" {
		n := strings.IndexAny(s, " \t\n")
		switch n {
		case -1:
			n = len(s)
		case 0:
			n = 1
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

func size(words []string) int {
	n := 0
	for _, w := range words {
		n += len(w)
	}
	return n
}

// edit: the elements from..to of one list are replaced by ins elements of the other.
type edit struct{ from, to, ins int }

// shortestEdit returns the fewest deletes and inserts that turn a into b, by Myers' greedy search ("An O(ND) Difference
// Algorithm", 1986), joined where they touch; false if they would be more than maxEdits.
func shortestEdit(a, b []string) ([]edit, bool) {
	// far[d][k+d] is how far the furthest path with d edits comes in a on diagonal k (place in a minus place in b).
	var far [][]int
	for d := 0; d <= maxEdits; d++ {
		row := make([]int, 2*d+1)
		far = append(far, row)
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				x, _ = step(far[d-1], d, k)
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			row[k+d] = x
			if x >= len(a) && x-k >= len(b) {
				return trace(far, d, k), true
			}
		}
	}
	return nil, false
}

// step returns where the d-th edit on diagonal k leads in a, given the paths with d-1 edits, and whether it is an insert.
func step(prev []int, d, k int) (x int, insert bool) {
	if k == -d || k != d && prev[k-1+d-1] < prev[k+1+d-1] {
		return prev[k+1+d-1], true
	}
	return prev[k-1+d-1] + 1, false
}

// trace walks the path that ends with d edits on diagonal k back to the start.
func trace(far [][]int, d, k int) []edit {
	var edits []edit // last first
	for ; d > 0; d-- {
		x, insert := step(far[d-1], d, k)
		e := edit{from: x - 1, to: x}
		if insert {
			e = edit{from: x, to: x, ins: 1}
			k++
		} else {
			k--
		}
		if n := len(edits) - 1; n >= 0 && edits[n].from == e.to {
			edits[n].from = e.from
			edits[n].ins += e.ins
			continue
		}
		edits = append(edits, e)
	}
	slices.Reverse(edits)
	return edits
}
