package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"golang.org/x/sys/unix"
)

// damagedWall is a journal whose board a is damaged in its second group, in the first file. It has groups behind the
// damage too, the last in the second file; board b is sound.
func damagedWall(t *testing.T, a, b protocol.ID) *wall {
	w := newWall(t)
	w.begin(a)
	w.begin(b)
	w.add(a, 100)
	w.add(a, 111)
	spot := w.boards[a].spans[1]
	for len(w.rolled) == 0 {
		w.add(a, 100)
		w.add(b, 3000)
	}
	w.add(a, 100)
	delete(w.heads, a)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, filepath.Join(w.options.Dir, "journal", "00000001.log"), spot.offset+unitSize+recordSize+7)
	w.start()
	return w
}

// turn fills the file with groups of the board and trims them: what only damage held when the file closed is gone then.
func (w *wall) turn(id protocol.ID) {
	w.Helper()
	for rolls := len(w.rolled); len(w.rolled) == rolls; {
		w.add(id, 3000)
	}
	w.add(id, 1) // the writer is done with what a roll brings along
	w.trim(id)
}

func (w *wall) trim(id protocol.ID) {
	w.Helper()
	if err := w.Trim(context.Background(), id, w.heads[id].Epoch, w.heads[id].Seq); err != nil {
		w.Fatal(err)
	}
}

func (w *wall) wantQuarantined(id protocol.ID) {
	w.Helper()
	ctx := context.Background()
	_, err := w.Head(ctx, id)
	w.want("head", err, journal.ErrDamaged)
	for _, after := range []uint64{0, 1, 2, 3} {
		_, err = w.Read(ctx, id, after, 1<<20)
		w.want("read", err, journal.ErrDamaged)
	}
	w.want("append", w.try(id, 1), journal.ErrDamaged)
	w.want("open at the same epoch", w.Open(ctx, id, journal.Head{Epoch: 1}), journal.ErrDamaged)
}

// TestSetAside: a damaged board does not keep files from going, what holds something of it is set aside instead of
// deleted, and it stays in quarantine for as many files and starts as it takes.
func TestSetAside(t *testing.T) {
	a, b := testID(1), testID(2)
	w := damagedWall(t, a, b)
	for range 8 {
		w.trim(b) // after a start its groups are held again
		w.turn(b)
		w.wantQuarantined(a)
		if got := w.files(); len(got) > 4 || !slices.Equal(got[:2], []string{"00000001.log.damaged", "00000002.log.damaged"}) {
			t.Fatalf("files %v", got)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		report := w.start()
		if len(report.Damage) != 1 || !slices.Equal(report.Damage[0].Boards, []protocol.ID{a}) || report.Damage[0].All {
			t.Fatalf("report %+v", report)
		}
		w.wantQuarantined(a)
	}
	w.heads[a] = journal.Head{Epoch: 2, Seq: 9, Chain: journal.Chain{1}, Time: 5}
	if err := w.Open(context.Background(), a, w.heads[a]); err != nil {
		t.Fatal(err)
	}
	w.add(a, 10)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if report := w.start(); len(report.Damage) > 0 {
		t.Fatalf("out of quarantine: %+v", report)
	}
	if got, err := w.Head(context.Background(), a); err != nil || got != w.heads[a] {
		t.Fatalf("head %+v, %v; want %+v", got, err, w.heads[a])
	}
	w.trim(a)
	w.turn(b)
	if got := w.files(); len(got) != 3 {
		t.Fatalf("files %v", got)
	}
}

// TestSoundBoardsHoldFiles: as long as a sound board needs the file or an older one, nothing is set aside, and the groups
// before the damage can be read.
func TestSoundBoardsHoldFiles(t *testing.T) {
	a, b := testID(1), testID(2)
	w := damagedWall(t, a, b)
	for len(w.rolled) < 4 {
		w.add(b, 3000)
	}
	w.add(b, 1)
	if got := w.files(); len(got) != 5 || got[0] != "00000001.log" {
		t.Fatalf("files %v", got)
	}
	groups, err := w.Read(context.Background(), a, 0, 1<<20)
	if err != nil || len(groups) != 1 {
		t.Fatalf("before the damage: %v, %v", groups, err)
	}
	w.check()
}

// TestSetAsideAfterCrash: the quarantine was written down and the file not moved yet.
func TestSetAsideAfterCrash(t *testing.T) {
	a, b := testID(1), testID(2)
	w := damagedWall(t, a, b)
	w.trim(b)
	w.turn(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range w.files() {
		name = filepath.Join(w.options.Dir, "journal", name)
		if back, damaged := strings.CutSuffix(name, asideSuffix); damaged {
			if err := os.Rename(name, back); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := w.files(); !slices.Equal(got, []string{"00000001.log", "00000002.log", "00000003.log"}) {
		t.Fatalf("files %v", got)
	}
	report := w.start()
	if last := report.Damage[len(report.Damage)-1]; !slices.Equal(last.Boards, []protocol.ID{a}) {
		t.Fatalf("report %+v", report)
	}
	w.wantQuarantined(a)
	w.turn(b)
	w.wantQuarantined(a)
	if got := w.files(); len(got) > 4 || !slices.Equal(got[:2], []string{"00000001.log.damaged", "00000002.log.damaged"}) {
		t.Fatalf("files %v", got)
	}
}

// TestSetAsideOnFullDisk: when no file can be made any more, what damage holds goes at last.
func TestSetAsideOnFullDisk(t *testing.T) {
	a, b := testID(1), testID(2)
	w := damagedWall(t, a, b)
	for len(w.rolled) < 4 {
		w.add(b, 3000)
	}
	w.disk.set(func() { w.disk.quota = 1 })
	for {
		if err := w.try(b, 3000); err != nil {
			w.want("append on a full disk", err, unix.ENOSPC)
			break
		}
	}
	w.trim(b)
	if got := w.files(); len(got) != 5 {
		t.Fatalf("files %v", got)
	}
	w.want("append on a full disk", w.try(b, 3000), unix.ENOSPC)
	w.add(b, 1)
	if got := w.files(); !slices.Equal(got, []string{"00000001.log.damaged", "00000002.log.damaged", "00000005.log"}) {
		t.Fatalf("files %v", got)
	}
	w.wantQuarantined(a)
}

// TestDoubtHoldsFiles: a file in which any board may have lost groups stays, with all younger ones, and so do those that
// boards in doubt need.
func TestDoubtHoldsFiles(t *testing.T) {
	w := newWall(t)
	a, b := testID(1), testID(2)
	w.begin(a)
	w.begin(b)
	w.add(a, 100)
	for len(w.rolled) == 0 {
		w.add(b, 3000)
	}
	w.add(b, 10)
	spot := w.boards[b].spans[len(w.boards[b].spans)-1]
	w.add(b, 10)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.options.Dir, "journal", "00000002.log")
	spoil(t, file, spot.offset-1) // the commit's index
	spoil(t, file, spot.offset+20)
	if report := w.start(); len(report.Damage) != 1 || !report.Damage[0].All {
		t.Fatalf("report %+v", report)
	}
	c := testID(3)
	w.begin(c)
	w.turn(c)
	if got := w.files(); !slices.Equal(got[:3], []string{"00000001.log", "00000002.log", "00000003.log"}) {
		t.Fatalf("files %v", got)
	}
	if groups, err := w.Read(context.Background(), a, 0, 1<<20); err != nil || len(groups) != 1 {
		t.Fatalf("before the damage: %v, %v", groups, err)
	}
	for _, id := range []protocol.ID{a, testID(9)} {
		_, err := w.Head(context.Background(), id)
		w.want("head", err, journal.ErrDamaged)
	}
}

// quarantined is a journal whose oldest files are gone: board 1 shows only groups behind its damage, and then the record
// that it is quarantined, in the commit whose index is returned.
func quarantined() (s *script, at int) {
	s = newScript(8 << 10)
	s.heads[testID(1)] = journal.Head{Epoch: 1, Seq: 40, Chain: journal.Chain{7}, Time: 3}
	s.commit(s.group(testID(1), 1, "behind the damage"), s.open(testID(2), journal.Head{Epoch: 1}))
	s.commit(s.group(testID(1), 1, "more"))
	s.commit(headRecord(kindWorn, testID(1), journal.Head{Epoch: 1, Seq: 12, Chain: journal.Chain{5}, Time: 2}))
	s.commit(s.group(testID(2), 1, "goes on"))
	return s, 2
}

// TestWornRecord: what stands before a record of quarantine is not the board's log, what stands behind it neither, until the
// board begins anew.
func TestWornRecord(t *testing.T) {
	s, _ := quarantined()
	if got, _ := recoverImages(s.images); !slices.Equal(got.boards[testID(1)].remains, []uint64{1}) {
		t.Fatalf("board %+v", *got.boards[testID(1)])
	}
	s.roll(8 << 10)
	s.commit(s.group(testID(1), 1, "nobody wrote this"))
	got, _ := recoverImages(s.images)
	b := got.boards[testID(1)]
	if b.worn == nil || b.head.Seq != 12 || len(b.spans) > 0 || !slices.Equal(b.remains, []uint64{1, 2}) {
		t.Fatalf("board %+v", *b)
	}
	if d := got.report.Damage; len(d) != 1 || !slices.Equal(d[0].Boards, []protocol.ID{testID(1)}) {
		t.Fatalf("report %+v", got.report)
	}
	s.commit(s.open(testID(1), journal.Head{Epoch: 2, Seq: 50}), s.open(testID(3), journal.Head{Epoch: 1}))
	s.commit(s.group(testID(1), 1, "anew"))
	got, _ = recoverImages(s.images)
	if b := got.boards[testID(1)]; b.worn != nil || b.head != s.heads[testID(1)] || len(b.remains) > 0 || len(got.report.Damage) > 0 {
		t.Fatalf("board %+v, report %+v", *b, got.report)
	}
	s.commit(headRecord(kindWorn, testID(1), journal.Head{Epoch: 1, Seq: 12}))
	got, _ = recoverImages(s.images)
	if got.boards[testID(1)].worn == nil {
		t.Fatal("a record of quarantine in the wrong place was passed over")
	}
}

// TestRemains: what holds something of a damaged board is known: groups before the damage, the damage, groups behind it.
func TestRemains(t *testing.T) {
	s := newScript(4 << 10)
	for range 3 {
		s.commit(s.group(testID(1), 1, "damaged"), s.group(testID(2), 1, "sound"))
		s.roll(4 << 10)
	}
	s.images[1].data[s.commits[1].start+s.commits[1].spots[0]+60] ^= 1
	got, _ := recoverImages(s.images)
	if b := got.boards[testID(1)]; b.worn == nil || !slices.Equal(slices.Sorted(slices.Values(b.remains)), []uint64{1, 2, 3}) {
		t.Errorf("damaged board %+v", *b)
	}
	if b := got.boards[testID(2)]; b.worn != nil || len(b.remains) > 0 {
		t.Errorf("sound board %+v", *b)
	}
}

// TestWornRecordDamaged spoils each bit of the record of quarantine, and all of its commit: the board stays quarantined.
func TestWornRecordDamaged(t *testing.T) {
	s, at := quarantined()
	data, c := s.images[0].data, s.commits[at]
	check := func(what string, bit int) {
		t.Helper()
		got, _ := recoverImages(s.images)
		if b := got.boards[testID(1)]; b.worn == nil || len(got.report.Damage) == 0 {
			t.Fatalf("%s, bit %d: board %+v, report %+v", what, bit, *b, got.report)
		}
		if b := got.boards[testID(2)]; b.worn != nil || b.head != s.heads[testID(2)] {
			t.Fatalf("%s, bit %d: board 2 %+v, report %+v", what, bit, *b, got.report)
		}
	}
	for bit := int(c.start) * 8; bit < int(c.end)*8; bit++ {
		data[bit/8] ^= 1 << (bit % 8)
		check("flipped", bit)
		data[bit/8] ^= 1 << (bit % 8)
	}
	clear(data[c.start:c.end])
	check("the whole commit cleared", 0)
}
