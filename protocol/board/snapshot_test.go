package board

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

// TestLoadRefuses holds Load to reading only what AppendSnapshot writes.
func TestLoadRefuses(t *testing.T) {
	w := newWorld(t, rand.NewPCG(6, 6))
	for _, op := range []protocol.Op{
		&protocol.NoteCreate{Note: idOf("a"), W: 6400, H: 6400, Rev: idOf("r"), Text: "a"},
		&protocol.NoteCreate{Note: idOf("b"), W: 6400, H: 6400, Rev: idOf("r"), Text: "b"},
		&protocol.ClusterCreate{Cluster: idOf("c"), Notes: []protocol.ID{idOf("a")}},
		&protocol.ConnectorCreate{Connector: idOf("k"), From: idOf("a"), To: idOf("b")},
		&protocol.NoteDelete{Note: idOf("b")},
	} {
		w.server("noor", op)
	}
	good := string(w.s.AppendSnapshot(nil))
	if _, err := Load([]byte(good)); err != nil {
		t.Fatal(err)
	}
	quoted := func(name string) string { return `"` + idOf(name).String() + `"` }
	tests := []struct{ name, old, new string }{
		{"other rules", `"rules":1`, `"rules":2`},
		{"white space", `{"rules"`, `{ "rules"`},
		{"an unknown member", `{"rules"`, `{"more":1,"rules"`},
		{"a member that is zero", `"seq"`, `"made":0,"seq"`},
		{"a note that is too wide", `"w":6400`, `"w":99999999`},
		{"an id twice", quoted("a"), quoted("b")},
		{"a cluster that is not there", `"cluster":` + quoted("c"), `"cluster":` + quoted("x")},
		{"a link that is not there", `"links":[` + quoted("link-noor"), `"links":[` + quoted("x")},
		{"a token twice", hashText("noor"), hashText("ben")},
	}
	for _, tt := range tests {
		bad := strings.Replace(good, tt.old, tt.new, 1)
		if bad == good {
			t.Errorf("%s: the snapshot has no %s", tt.name, tt.old)
			continue
		}
		if _, err := Load([]byte(bad)); err == nil {
			t.Errorf("%s: loaded", tt.name)
		}
	}
	for _, cut := range []int{0, 1, len(good) / 2, len(good) - 1} {
		if _, err := Load([]byte(good[:cut])); err == nil {
			t.Errorf("loaded the first %d bytes", cut)
		}
	}
	if _, err := Load([]byte(good + " ")); err == nil {
		t.Error("loaded with something behind it")
	}
}

func hashText(name string) string {
	b, err := hash(secretOf(name)).AppendText(nil)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// FuzzLoad: whatever the bytes, Load refuses them or gives back exactly them.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add(New().AppendSnapshot(nil))
	for seed := range uint64(3) {
		w := newWorld(quiet{f}, rand.NewPCG(seed, 7))
		for range 60 {
			e := w.entry()
			w.remember(e, w.apply(e))
		}
		f.Add(w.s.AppendSnapshot(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Load(b)
		if err != nil {
			return
		}
		if got := s.AppendSnapshot(nil); !bytes.Equal(got, b) {
			t.Errorf("loaded\n%s\nwrote\n%s", b, got)
		}
	})
}

// FuzzApply feeds a world's chances from the fuzzer's bytes: total, the same from a snapshot, and the views stay true.
func FuzzApply(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("denkwand"))
	for seed := range uint64(4) {
		b := make([]byte, 2000)
		rand.NewChaCha8([32]byte{byte(seed)}).Read(b)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		chances := &byteSource{b: b}
		w := newWorld(quiet{t}, chances)
		twin, err := Load(w.s.AppendSnapshot(nil))
		if err != nil {
			t.Fatal(err)
		}
		for chances.left() {
			e := w.entry()
			w.remember(e, w.apply(e))
			e.Seq, e.Time = w.s.Seq(), w.time
			twin.Apply(e)
		}
		if w.s.Hash() != twin.Hash() {
			t.Error("two states of one stream")
		}
		for a := range w.views {
			if got, want := len(w.views[a]), len(baseView(w.s, Audience(a))); got != want {
				t.Errorf("audience %d holds %d objects, should %d", a, got, want)
			}
		}
	})
}

// byteSource is chance that two bytes decide each time; when they are used up, zeros do. What it gives never repeats, so
// that whoever throws it away to draw again comes to an end.
type byteSource struct {
	b     []byte
	drawn uint64
}

func (s *byteSource) left() bool { return len(s.b) > 0 }

func (s *byteSource) Uint64() uint64 {
	var v uint64
	for range min(2, len(s.b)) {
		v = v<<8 | uint64(s.b[0])
		s.b = s.b[1:]
	}
	s.drawn++
	v = (v<<32 | s.drawn) * 0x9e3779b97f4a7c15
	v = (v ^ v>>32) * 0xd6e8feb86659fd93
	return v ^ v>>32
}
