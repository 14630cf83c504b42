package journal

import (
	"crypto/sha256"
	"testing"
)

// TestLink holds the chain to what sha1sum and sha256sum compute from the same text: other implementations, in other
// languages, link to it.
func TestLink(t *testing.T) {
	first := Link(Chain{}, 0, 2, 1795478915476, sha256.Sum256([]byte("hello")))
	if want := "4c9a2da1a5ba34863f2f83b40e0408569f9c3a91"; first.String() != want {
		t.Errorf("first link %s, want %s", first, want)
	}
	second := Link(first, 2, 66, 1795478915476, sha256.Sum256(nil))
	if want := "a604a4dbd7b90b8e65ccf0e7f806ddaa1850bae4"; second.String() != want {
		t.Errorf("second link %s, want %s", second, want)
	}
}

// TestFollows changes each part of a group that its link or its place covers.
func TestFollows(t *testing.T) {
	head := Head{Epoch: 1, Seq: 4, Chain: Chain{1}, Time: 100}
	group := func() Group {
		g := Group{Epoch: 1, First: 5, Last: 6, Time: 100, Prev: head.Chain, Body: []byte("two")}
		g.Chain = Link(g.Prev, head.Seq, g.Last, g.Time, sha256.Sum256(g.Body))
		return g
	}
	if g := group(); !g.Follows(head) || g.Head() != (Head{Epoch: 1, Seq: 6, Chain: g.Chain, Time: 100}) {
		t.Fatalf("%+v does not follow %+v", g, head)
	}
	relink := func(g *Group) { g.Chain = Link(g.Prev, head.Seq, g.Last, g.Time, sha256.Sum256(g.Body)) }
	for name, change := range map[string]func(*Group){
		"body":                func(g *Group) { g.Body = []byte("twa") },
		"time":                func(g *Group) { g.Time++ },
		"last":                func(g *Group) { g.Last++ },
		"chain":               func(g *Group) { g.Chain[19] ^= 1 },
		"another first":       func(g *Group) { g.First++; relink(g) },
		"empty":               func(g *Group) { g.Last = head.Seq; relink(g) },
		"another predecessor": func(g *Group) { g.Prev[0] ^= 1; relink(g) },
		"earlier":             func(g *Group) { g.Time--; relink(g) },
	} {
		g := group()
		change(&g)
		if g.Follows(head) {
			t.Errorf("%s: %+v follows %+v", name, g, head)
		}
	}
}
