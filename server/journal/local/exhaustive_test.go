//go:build !race

package local

import (
	"slices"
	"testing"
)

// These tests run hundreds of thousands of recoveries. They touch one goroutine only, so the race detector would add
// nothing but time.

func exhaustiveScripts() map[string]*script {
	one := newScript(24 << 10)
	story(one, 60)
	two := newScript(9 << 10)
	story(two, 20)
	two.roll(7 << 10)
	two.commit(two.group(testID(2), 1, "first behind the roll"), two.group(testID(5), 1, "x"))
	two.commit(two.group(testID(6), 1, "a new board"))
	two.commit(two.group(testID(6), 2, "its second"), two.group(testID(3), 1, "y"))
	closed := newScript(5 << 10)
	story(closed, 1)
	closed.commit(record{kind: kindMark})
	return map[string]*script{"one file": one, "two files": two, "closed in order": closed}
}

// TestExhaustiveFlips flips every single bit. In the last commit, and behind it, that is a tear: the state is the one
// before. Anywhere else it is reported, and no board is touched but the one whose record the bit is in.
func TestExhaustiveFlips(t *testing.T) {
	for name, s := range exhaustiveScripts() {
		t.Run(name, func(t *testing.T) {
			whole, before := s.state(), s.before().state()
			for f, image := range s.images {
				for bit := range len(image.data) * 8 {
					image.data[bit/8] ^= 1 << (bit % 8)
					got, _ := recoverImages(s.images)
					image.data[bit/8] ^= 1 << (bit % 8)
					where := s.at(f, int64(bit/8))
					closed := f < len(s.images)-1
					switch {
					case closed && where < 0 && bit/8 >= dataStart: // behind the end that the next file knows
						equal(t, got, whole)
						if len(got.report.Damage) > 0 || got.report.Tear != nil {
							t.Fatalf("bit %d of file %d, behind its end: %+v", bit, f, got.report)
						}
					case where == len(s.commits)-1:
						equal(t, got, before)
						wantTear(t, got, s.commits[where].start)
					case where < 0 && bit/8 >= dataStart:
						equal(t, got, whole)
						wantTear(t, got, s.commits[len(s.commits)-1].end)
					default:
						if len(got.report.Damage) == 0 || got.report.Tear != nil || got.all != nil {
							t.Fatalf("bit %d of file %d, commit %d: %+v", bit, f, where, got.report)
						}
						honest(t, got, whole)
						for id, b := range got.boards {
							if b.worn != nil && (where < 0 || s.commits[where].owner(int64(bit/8)) != id) {
								t.Fatalf("bit %d of file %d took board %s, which is not there", bit, f, id)
							}
						}
					}
				}
			}
		})
	}
}

func wantTear(t *testing.T, s *scan, end int64) {
	t.Helper()
	if len(s.report.Damage) > 0 || s.report.Tear == nil || s.report.Tear.Offset != end {
		t.Fatalf("report %+v, tear %+v; want a tear at %d", s.report, s.report.Tear, end)
	}
}

// TestExhaustiveTruncations cuts the files at every length. A file is made with its whole size, so a shorter one was
// changed by somebody else: that is always reported, and no board passes for whole that may have lost its end.
func TestExhaustiveTruncations(t *testing.T) {
	for name, s := range exhaustiveScripts() {
		t.Run(name, func(t *testing.T) {
			whole := s.state()
			for f := range s.images {
				data, end := s.images[f].data, int64(0)
				for _, c := range s.commits {
					if c.file == f {
						end = c.end
					}
				}
				for n := range len(data) {
					images := slices.Clone(s.images)
					images[f].data = data[:n]
					got, at := recoverImages(images)
					if len(got.report.Damage) == 0 {
						t.Fatalf("file %d cut to %d bytes: not reported", f, n)
					}
					honest(t, got, whole)
					if newest := f == len(images)-1; newest && int64(n) < end && got.all == nil {
						t.Fatalf("file %d cut to %d bytes of %d: boards pass for whole", f, n, end)
					}
					if int64(n) >= end+unitSize {
						equal(t, got, whole)
					}
					if f == len(images)-1 && !at.closed {
						t.Fatalf("a file cut to %d bytes is written on", n)
					}
				}
			}
		})
	}
}

// TestExhaustiveTears leaves of the last commit any set of its sectors, as a power cut may: it is there whole or not at all,
// and nothing is called damage.
func TestExhaustiveTears(t *testing.T) {
	const sector = 256 // smaller than real ones, to have more of them
	s := newScript(8 << 10)
	story(s, 1)
	s.commit(s.group(testID(1), 1, string(make([]byte, 700))), s.group(testID(2), 1, "short"), s.group(testID(3), 1, string(make([]byte, 900))))
	whole, before := s.state(), s.before().state()
	last := s.commits[len(s.commits)-1]
	first := last.start / sector
	sectors := (last.end-1)/sector - first + 1
	data := s.images[0].data
	for set := range 1 << sectors {
		torn := slices.Clone(data)
		for i := range sectors {
			if set&(1<<i) == 0 {
				from := max(last.start, (first+i)*sector)
				clear(torn[from:min(last.end, (first+i+1)*sector)])
			}
		}
		got, at := recoverImages([]image{{number: 1, name: "1.log", data: torn}})
		if len(got.report.Damage) > 0 {
			t.Fatalf("sectors %b: %v", set, got.report.Damage)
		}
		want, end := before, last.start
		if slices.Equal(torn, data) {
			want, end = whole, last.end
		}
		equal(t, got, want)
		if at.end != end || at.closed {
			t.Fatalf("sectors %b: goes on at %+v, want %d", set, at, end)
		}
	}
}
