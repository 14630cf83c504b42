package archive

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/denkwand/denkwand/server/journal"
)

func TestSegmentRoundTrip(t *testing.T) {
	for _, k := range []kind{kindSegment, kindPack} {
		for _, sizes := range [][2]int{{1, 0}, {1, 1}, {5, 300}, {64, 10}, {2, journal.MaxGroupBytes}} {
			h := newHistory(uint64(sizes[0]))
			h.head.Seq, h.head.Epoch, h.head.Chain = 1000, 7, journal.Chain{5}
			h.more(sizes[0], min(sizes[1], 4096))
			if sizes[1] > 4096 {
				h.link(bytes.Repeat([]byte{1, 2}, sizes[1]/2))
			}
			s, err := decodeSegment(k, testBoard, encodeSegment(k, testBoard, 12345, h.all))
			if err != nil {
				t.Fatalf("%v: %v", sizes, err)
			}
			if !sameGroups(s.groups, h.all) || s.created != 12345 || s.prev != (journal.Chain{5}) {
				t.Fatalf("%v: came back as %s created %d", sizes, ranges(s.groups), s.created)
			}
		}
	}
}

// edit changes a segment's decompressed parts and puts them into a valid envelope again: what a wrong writer could make.
func edit(blob []byte, f func(header, content []byte) ([]byte, []byte)) []byte {
	header, content, err := unwrap(kindSegment, blob, segmentHeaderLen, MaxSegment)
	if err != nil {
		panic(err)
	}
	header, content = f(bytes.Clone(header), bytes.Clone(content))
	return wrap(kindSegment, header, content)
}

// reframe writes groups without asking whether they are linked.
func reframe(groups []journal.Group) []byte {
	var content []byte
	for _, g := range groups {
		content = appendFrame(content, g)
	}
	return content
}

func TestASegmentThatContradictsItself(t *testing.T) {
	groups := newHistory(1).more(4, 30)
	good := encodeSegment(kindSegment, testBoard, 1, groups)
	header := func(at int) []byte {
		return edit(good, func(h, c []byte) ([]byte, []byte) { h[at] ^= 1; return h, c })
	}
	content := func(f func(g []journal.Group) []journal.Group) []byte {
		return edit(good, func(h, _ []byte) ([]byte, []byte) { return h, reframe(f(append([]journal.Group{}, groups...))) })
	}
	for what, blob := range map[string][]byte{
		"board":           header(0),
		"first epoch":     header(31),
		"last epoch":      header(39),
		"first":           header(47),
		"last":            header(55),
		"previous chain":  header(56),
		"chain":           header(76),
		"no group":        content(func(g []journal.Group) []journal.Group { return nil }),
		"first left out":  content(func(g []journal.Group) []journal.Group { return g[1:] }),
		"last left out":   content(func(g []journal.Group) []journal.Group { return g[:3] }),
		"middle left out": content(func(g []journal.Group) []journal.Group { return append(g[:1], g[2:]...) }),
		"order":           content(func(g []journal.Group) []journal.Group { g[1], g[2] = g[2], g[1]; return g }),
		"body":            content(func(g []journal.Group) []journal.Group { g[1].Body = []byte("forged"); return g }),
		"time":            content(func(g []journal.Group) []journal.Group { g[1].Time++; return g }),
		"time goes back":  content(func(g []journal.Group) []journal.Group { g[1].Time = -1; return g }),
		"epoch goes back": content(func(g []journal.Group) []journal.Group { g[1].Epoch = 0; return g }),
		"twice":           content(func(g []journal.Group) []journal.Group { return append(g, g[3]) }),
		"body too large": content(func(g []journal.Group) []journal.Group {
			g[3].Body = make([]byte, journal.MaxGroupBytes+1)
			return g
		}),
		"frame cut":      edit(good, func(h, c []byte) ([]byte, []byte) { return h, c[:len(c)-1] }),
		"frame too long": edit(good, func(h, c []byte) ([]byte, []byte) { c[3]++; return h, c }),
		"frame huge":     edit(good, func(h, c []byte) ([]byte, []byte) { c[0] = 0xff; return h, c }),
		"frame tiny":     edit(good, func(h, c []byte) ([]byte, []byte) { copy(c, []byte{0, 0, 0, 3}); return h, c }),
		"frame checksum": edit(good, func(h, c []byte) ([]byte, []byte) { c[5] ^= 1; return h, c }),
		"trailing byte":  edit(good, func(h, c []byte) ([]byte, []byte) { return h, append(c, 0) }),
		"header longer":  edit(good, func(h, c []byte) ([]byte, []byte) { return append(h, 0), c }),
		"header shorter": edit(good, func(h, c []byte) ([]byte, []byte) { return h[1:], c }),
		"another kind":   encodeSegment(kindPack, testBoard, 1, groups),
		"nothing":        {},
		"only a sum":     appendSum(nil),
		"only magic":     appendSum([]byte(magic)),
	} {
		if s, err := decodeSegment(kindSegment, testBoard, blob); err == nil {
			t.Errorf("%s: decoded %s", what, ranges(s.groups))
		}
	}
}

// What an object claims is refused before memory of that size is taken, and a content that turns out larger than its
// claim is not decompressed.
func TestClaimsAreCheckedBeforeAllocating(t *testing.T) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	bomb := enc.EncodeAll(make([]byte, 64<<20), nil)
	envelope := func(raw uint32) []byte {
		b := append([]byte(magic), byte(kindSegment), version)
		b = binary.BigEndian.AppendUint16(b, uint16(segmentHeaderLen))
		b = binary.BigEndian.AppendUint32(b, raw)
		b = binary.BigEndian.AppendUint32(b, uint32(len(bomb)))
		b = append(b, make([]byte, segmentHeaderLen)...)
		return appendSum(append(b, bomb...))
	}
	for raw, says := range map[uint32]string{64 << 20: "claims", MaxSegment + 1: "claims", 1<<32 - 1: "claims", 1000: "decompress", 0: "decompress"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decodeSegment(kindSegment, testBoard, envelope(raw))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("claim of %d: %v, want %q", raw, err, says)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("claim of %d: %d bytes were allocated", raw, used)
		}
	}
}

// The format is what old archives are in: a change of these bytes must come with a new version.
func TestSegmentFormat(t *testing.T) {
	h := newHistory(1)
	h.head.Epoch, h.head.Seq, h.head.Time = 2, 10, 1000
	g := h.link([]byte("hello"))
	header, content, err := unwrap(kindSegment, encodeSegment(kindSegment, testBoard, 99, []journal.Group{g}), segmentHeaderLen, MaxSegment)
	if err != nil {
		t.Fatal(err)
	}
	chain := g.Chain.String()
	zero := strings.Repeat("00", 20)
	want := "01020300000000000000000000000000" + "0000000000000063" + "0000000000000002" + "0000000000000002" +
		"000000000000000b" + "000000000000000b" + zero + chain
	if got := fmt.Sprintf("%x", header); got != want {
		t.Errorf("header %s\nwant   %s", got, want)
	}
	frame := "0000000000000002" + "000000000000000b" + "000000000000000b" + "00000000000003e8" + zero + chain + "68656c6c6f"
	if got := fmt.Sprintf("%x", content); got[:8] != "00000051" || got[16:] != frame {
		t.Errorf("content %s\nwant a length of 00000051, a checksum, %s", got, frame)
	}
	envelope := encodeSegment(kindSegment, testBoard, 99, []journal.Group{g})
	if got := string(envelope[:6]); got != "dnkwg\x01" {
		t.Errorf("envelope begins %q", got)
	}
}
