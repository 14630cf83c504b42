package local

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"pgregory.net/rapid"
)

// TestDamage destroys parts of a journal and tells which boards must be quarantined for it.
func TestDamage(t *testing.T) {
	a, b, c, d := testID(1), testID(2), testID(3), testID(4)
	// Commits: 0 all begin; 1 a and b; 2 a, b and c; 3 a and c; 4 b opened anew; 5 c.
	write := func() *script {
		s := newScript(8 << 10)
		s.commit(s.open(a, journal.Head{Epoch: 1}), s.open(b, journal.Head{Epoch: 1}), s.open(c, journal.Head{Epoch: 1}))
		s.commit(s.group(a, 1, "a1"), s.group(b, 1, "b1"))
		s.commit(s.group(a, 1, "a2"), s.group(b, 1, "b2"), s.group(c, 1, "c1"))
		s.commit(s.group(a, 1, "a3"), s.group(c, 1, "c2"))
		at := s.heads[b]
		at.Epoch = 2
		s.commit(s.open(b, at))
		s.commit(s.group(c, 1, "c3"))
		return s
	}
	index := func(s *script, i int) { s.images[0].data[s.commits[i].start+40] ^= 1 }
	spoil := func(s *script, i, r int) { s.images[0].data[s.commits[i].start+s.commits[i].spots[r]+60] ^= 1 }
	wipe := func(s *script, i int) { clear(s.images[0].data[s.commits[i].start:s.commits[i].end]) }
	tests := []struct {
		name    string
		spoil   func(*script)
		worn    []protocol.ID
		unknown bool   // boards not listed are in doubt too
		what    string // part of the report
	}{
		{"a record of a board that goes on", func(s *script) { spoil(s, 2, 0) }, []protocol.ID{a}, false, "a record is gone"},
		{"a record of a board that is opened anew", func(s *script) { spoil(s, 2, 1) }, nil, false, "a record is gone"},
		{"a board's last record", func(s *script) { spoil(s, 3, 0) }, []protocol.ID{a}, false, "a record is gone"},
		{"an index", func(s *script) { index(s, 2) }, nil, false, "all its records are there"},
		{"an index and a record", func(s *script) { index(s, 3); spoil(s, 3, 1) }, []protocol.ID{c}, true, "some of its records"},
		{"a commit", func(s *script) { wipe(s, 3) }, []protocol.ID{a, c}, true, "commits 4 to 4 are gone"},
		{"a commit whose boards go on", func(s *script) { wipe(s, 4) }, []protocol.ID{a, b}, true, "commits 5 to 5 are gone"},
		{"two commits", func(s *script) { wipe(s, 2); wipe(s, 3) }, []protocol.ID{a, c}, true, "commits 3 to 4 are gone"},
		{"the first commit", func(s *script) { wipe(s, 0) }, nil, true, "commits 1 to 1 are gone"},
		{"a header", func(s *script) { s.images[0].data[100] ^= 1 }, nil, false, "one copy of the file's header"},
		{"a link", func(s *script) {
			s.commit(s.group(d, 1, "d1"))
			s.group(d, 1, "never written")
			s.commit(s.group(d, 1, "d3"))
		},
			[]protocol.ID{d}, false, "the board's log breaks: 3 to 3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := write()
			whole := s.state()
			test.spoil(s)
			got, _ := recoverImages(s.images)
			var worn []protocol.ID
			for _, id := range []protocol.ID{a, b, c, d} {
				if x := got.boards[id]; x != nil && x.worn != nil {
					worn = append(worn, id)
					if !errors.Is(x.worn.reason, journal.ErrDamaged) {
						t.Errorf("reason %v", x.worn.reason)
					}
				} else if x != nil && whole[id] != nil && x.head != whole[id].head {
					t.Errorf("board %s: head %+v, want %+v", id, x.head, whole[id].head)
				}
			}
			if !slices.Equal(worn, test.worn) || (got.all != nil) != test.unknown {
				t.Errorf("quarantined %v, others in doubt %t; want %v, %t", worn, got.all != nil, test.worn, test.unknown)
			}
			if len(got.report.Damage) != 1 || !strings.Contains(got.report.Damage[0].What, test.what) || !slices.Equal(got.report.Damage[0].Boards, test.worn) {
				t.Errorf("report %+v, want %q for %v", got.report, test.what, test.worn)
			}
			if got.report.Tear != nil {
				t.Errorf("called a tear: %+v", got.report.Tear)
			}
		})
	}
}

// TestDamagedFiles takes files away or mixes them.
func TestDamagedFiles(t *testing.T) {
	write := func() *script {
		s := newScript(3 << 10)
		s.commit(s.open(testID(1), journal.Head{Epoch: 1}), s.open(testID(2), journal.Head{Epoch: 1}))
		for range 3 {
			s.commit(s.group(testID(1), 1, "one"))
			s.roll(3 << 10)
			s.commit(s.group(testID(2), 1, "two"))
		}
		return s
	}
	foreign := write()
	foreign.images[1].data = slices.Clone(foreign.images[1].data)
	h := foreign.headers[1]
	h.id++
	copy(foreign.images[1].data, h.encode())
	tests := []struct {
		name   string
		images func([]image) []image
		sound  int // boards
		what   string
	}{
		{"the oldest is gone: it was deleted", func(i []image) []image { return i[1:] }, 2, ""},
		{"the newest is gone: nothing tells", func(i []image) []image { return i[:3] }, 2, ""},
		{"one between is gone", func(i []image) []image { return slices.Delete(i, 1, 2) }, 0, "journal files 2 to 2 are missing"},
		{"both headers of one between", func(i []image) []image { clear(i[1].data[:dataStart]); return i }, 0, "both copies of the file's header"},
		{"both headers of the newest", func(i []image) []image { clear(i[3].data[:dataStart]); return i }, 0, "both copies of the file's header"},
		{"a file under another's name", func(i []image) []image { i[1].data = i[2].data; return i }, 0, "both copies of the file's header"},
		{"a file of another journal", func(i []image) []image { i[1] = foreign.images[1]; return i }, 0, "not the one it was written behind"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := write()
			whole := s.state()
			got, _ := recoverImages(test.images(s.images))
			sound := 0
			for id, b := range got.boards {
				if b.worn == nil {
					sound++
					if b.head.Epoch != whole[id].head.Epoch {
						t.Errorf("board %s: %+v", id, b.head)
					}
				}
			}
			if sound != test.sound || (got.all != nil) != (test.what != "") {
				t.Errorf("%d boards sound, others in doubt %t; want %d; report %v", sound, got.all != nil, test.sound, got.report.Damage)
			}
			if test.what != "" && !slices.ContainsFunc(got.report.Damage, func(d Damage) bool { return d.All && strings.Contains(d.What, test.what) }) {
				t.Errorf("report %v, want %q", got.report.Damage, test.what)
			}
		})
	}
}

// TestEndOfMissingFile: the end that a header tells is that of the file before it, not of an older one if that is gone.
func TestEndOfMissingFile(t *testing.T) {
	s := newScript(3 << 10)
	for range 3 {
		s.commit(s.group(testID(1), 1, "long"))
	}
	s.roll(3 << 10)
	s.roll(3 << 10)
	got, _ := recoverImages(slices.Delete(s.images, 1, 2))
	if d := got.report.Damage; len(d) == 0 || slices.ContainsFunc(d, func(d Damage) bool { return !d.All }) {
		t.Errorf("report %v", d)
	}
	if b := got.boards[testID(1)]; len(b.spans) != 3 {
		t.Errorf("board %+v", *b)
	}
}

// TestGroupTwice: the same record again is no damage, at the head only.
func TestGroupTwice(t *testing.T) {
	s := newScript(4 << 10)
	s.commit(s.open(testID(1), journal.Head{Epoch: 1}))
	twice := s.group(testID(1), 2, "written anew")
	s.commit(twice)
	want := s.state()
	s.roll(4 << 10)
	s.commit(twice)
	got, _ := recoverImages(s.images)
	equal(t, got, want)
	if len(got.report.Damage) > 0 {
		t.Fatalf("damage %v", got.report.Damage)
	}
	s.commit(s.group(testID(1), 1, "goes on"))
	s.commit(twice)
	if got, _ = recoverImages(s.images); got.boards[testID(1)].worn == nil {
		t.Error("an old group in the middle of the log was taken")
	}
}

// TestLeftovers: a refused write leaves a rest under the number that the next one takes; it neither counts nor is damage.
func TestLeftovers(t *testing.T) {
	s := newScript(8 << 10)
	s.commit(s.open(testID(1), journal.Head{Epoch: 1}), s.open(testID(2), journal.Head{Epoch: 1}), s.open(testID(3), journal.Head{Epoch: 1}))
	was := map[protocol.ID]journal.Head{testID(2): s.heads[testID(2)], testID(3): s.heads[testID(3)]}
	start, number := s.fileAt, s.next
	s.commit(s.group(testID(2), 1, strings.Repeat("refused", 30)), s.group(testID(3), 1, strings.Repeat("refused", 30)))
	s.commits, s.fileAt, s.next = s.commits[:1], start, number
	s.heads[testID(2)], s.heads[testID(3)] = was[testID(2)], was[testID(3)]
	for range 3 {
		got, _ := recoverImages(s.images)
		if len(got.report.Damage) > 0 {
			t.Fatalf("damage %v", got.report.Damage)
		}
		s.commit(s.group(testID(1), 1, "short"))
	}
	got, _ := recoverImages(s.images)
	if b := got.boards[testID(2)]; b.worn != nil || b.head != was[testID(2)] {
		t.Errorf("the refused group counts: %+v", *b)
	}
	if b := got.boards[testID(1)]; b.worn != nil || b.head != s.heads[testID(1)] {
		t.Errorf("board 1: %+v, want %+v", *b, s.heads[testID(1)])
	}
}

// TestManyFaults spoils any number of places outside the last commit: no board passes for whole that is not.
func TestManyFaults(t *testing.T) {
	s := newScript(9 << 10)
	story(s, 10)
	s.roll(12 << 10)
	story2 := func(n int) {
		for i := range n {
			s.commit(s.group(testID(1+i%5), 1, strings.Repeat("x", i*20)), s.group(testID(6), 1, "every time"))
		}
	}
	story2(12)
	s.commit(s.group(testID(1), 1, "last"))
	whole := s.state()
	last := s.commits[len(s.commits)-1]
	rapid.Check(t, func(rt *rapid.T) {
		images := slices.Clone(s.images)
		for i := range images {
			images[i].data = slices.Clone(images[i].data)
		}
		faults := rapid.IntRange(1, 6).Draw(rt, "faults")
		for range faults {
			f := rapid.IntRange(0, 1).Draw(rt, "file")
			limit := len(images[0].data)
			if f == 1 {
				limit = int(last.start)
			}
			from := rapid.IntRange(0, limit-1).Draw(rt, "from")
			n := min(rapid.IntRange(1, 2000).Draw(rt, "bytes"), limit-from)
			switch rapid.IntRange(0, 2).Draw(rt, "fault") {
			case 0:
				clear(images[f].data[from : from+n])
			case 1:
				copy(images[f].data[from:from+n], rapid.SliceOfN(rapid.Byte(), n, n).Draw(rt, "garbage"))
			case 2: // a block that landed in another's place
				to := rapid.IntRange(0, limit-n).Draw(rt, "to")
				copy(images[f].data[to:to+n], images[f].data[from:from+n])
			}
		}
		got, _ := recoverImages(images)
		if got.report.Tear != nil && got.all == nil {
			rt.Fatalf("a tear before a durable commit: %+v", got.report.Tear)
		}
		honest(t, got, whole)
	})
}
