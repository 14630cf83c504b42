package servertest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
)

// TestStrangerVectors holds the text rules, as somebody understood them from SPEC.md, against the shared vectors.
func TestStrangerVectors(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), node(t), strangerDir+"/vectors.mjs", "../../protocol/board/testdata/vectors")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Held  map[string]int
		Wrong []string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range got.Wrong {
		t.Errorf("wrong: %s", name)
	}
	for _, rule := range []string{"apply", "compose", "transform", "refuse"} {
		if got.Held[rule] < 10 {
			t.Errorf("%d vectors of %s were tried", got.Held[rule], rule)
		}
	}
}

// TestStrangerTypesAlong has the stranger and the Go client type into one note at once, the connections cut meanwhile.
func TestStrangerTypesAlong(t *testing.T) {
	w := newWire(t)
	w.serve(t, t.TempDir())
	owner, link := w.newBoard(t)
	board, err := client.Dial(t.Context(), owner.Options())
	if err != nil {
		t.Fatal(err)
	}
	s := newStranger(t, link)
	note := s.create("- ☕ -")
	s.do(nil, "settle")
	reaches(t, board, func(v *client.View) bool { _, ok := v.Note(note); return ok })
	const each = 40
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	typed := make(chan error, 1)
	go func() {
		for i := range each {
			before, _ := board.Text(note)
			after := before + fmt.Sprintf("g%d.", i)
			if i%2 == 1 {
				after = fmt.Sprintf("G%d.", i) + before
			}
			if _, err := board.Edit(note, before, after); err != nil {
				typed <- err
				return
			}
			if _, err := board.Do(ctx, &protocol.NoteFront{Note: note}); err != nil {
				typed <- err
				return
			}
		}
		typed <- board.Flush(ctx)
	}()
	for i := range each {
		if i%20 == 10 {
			w.cut()
		}
		if i%2 == 0 {
			s.edit(note, 0, 0, fmt.Sprintf("s%d.", i))
		} else {
			s.edit(note, end, 0, fmt.Sprintf("S%d.", i))
		}
	}
	if err := <-typed; err != nil {
		t.Fatalf("the Go client: %v", err)
	}
	s.do(nil, "settle")
	if err := board.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	merged := texts(s.agrees(w.url))[note.String()]
	reaches(t, board, func(v *client.View) bool { n, _ := v.Note(note); return n.Text == merged })
	for i := range each {
		for _, word := range []string{fmt.Sprintf("%c%d.", "gG"[i%2], i), fmt.Sprintf("%c%d.", "sS"[i%2], i)} {
			if n := strings.Count(merged, word); n != 1 {
				t.Errorf("%q stands %d times in %q", word, n, merged)
			}
		}
	}
	if err := board.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// reaches waits until a board's view is as asked.
func reaches(t *testing.T, board *client.Board, reached func(*client.View) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if err := until(ctx, board, reached); err != nil {
		t.Fatalf("the Go client does not get there: %v", err)
	}
}

// TestStrangerComesBack loses the answers to the stranger's ops, so that it submits again what the board has.
func TestStrangerComesBack(t *testing.T) {
	w := newWire(t)
	w.serve(t, t.TempDir())
	owner, link := w.newBoard(t)
	s := newStranger(t, link)
	first := s.create("first")
	s.do(nil, "settle")
	s.state()

	w.swallow()
	second := s.create("second")
	s.edit(first, end, 0, " and")
	s.do(nil, "submit", "op", map[string]any{"kind": "note.move", "note": protocol.RandomID(), "x": 1, "y": 1})
	board, err := client.Dial(t.Context(), owner.Options())
	if err != nil {
		t.Fatal(err)
	}
	reaches(t, board, func(v *client.View) bool {
		n, _ := v.Note(first)
		_, ok := v.Note(second)
		return ok && n.Text == "first and"
	})
	before := s.state()
	if len(before.Outbox) != 3 {
		t.Fatalf("the outbox is %v, though no answer came", before.Outbox)
	}
	w.cut()
	s.edit(first, end, 0, "2") // text, though a careless client takes it for a run that keeps two units
	dump := texts(s.agrees(w.url))
	if want := map[string]string{first.String(): "first and2", second.String(): "second"}; !reflect.DeepEqual(dump, want) {
		t.Errorf("the board has %v, want %v", dump, want)
	}
	after := s.state()
	if welcome := after.told("welcome"); !reflect.DeepEqual(welcome, []any{"resumed"}) {
		t.Errorf("the stranger came back by %v, not by its position", welcome)
	}
	refused, _ := json.Marshal(after.told("refused"))
	if want := `[{"code":"missing","n":4}]`; string(refused) != want {
		t.Errorf("refused: %s, want %s", refused, want)
	}
	if err := board.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestStrangerIsSlowedDown has the stranger write more at once than a connection may, and lose nothing of it.
func TestStrangerIsSlowedDown(t *testing.T) {
	w := newWire(t)
	w.serve(t, t.TempDir())
	_, link := w.newBoard(t)
	s := newStranger(t, link)
	const notes = 290
	want := map[string]string{}
	for i := range notes {
		text := fmt.Sprintf("note %d", i)
		want[s.create(text).String()] = text
	}
	if got := texts(s.agrees(w.url)); !reflect.DeepEqual(got, want) {
		t.Errorf("of %d notes the board has %v", notes, got)
	}
	told := s.state()
	if slowed := told.told("notnow"); !slices.Contains(slowed, any(string(protocol.CodeRateLimited))) {
		t.Errorf("the stranger was told %v", slowed)
	}
	if refused := told.told("refused"); len(refused) > 0 && !allGaps(refused) {
		t.Errorf("refused: %v", refused)
	}
}

// allGaps says that only ops behind one that was not taken were refused (W7).
func allGaps(refused []any) bool {
	for _, r := range refused {
		if one, ok := r.(map[string]any); !ok || one["code"] != string(protocol.CodeGap) {
			return false
		}
	}
	return true
}

// TestStrangerOutOfUse has the same person take so many other outboxes that the stranger's gets no new numbers, while the
// board has an op of it whose answer was lost. Submitted by the next writer too, that would be done twice (W11).
func TestStrangerOutOfUse(t *testing.T) {
	w := newWire(t)
	w.serve(t, t.TempDir())
	owner, link := w.newBoard(t)
	s := newStranger(t, link)
	note, cluster := s.create("moved"), protocol.RandomID()
	s.do(nil, "submit", "op", map[string]any{"kind": "cluster.create", "cluster": cluster, "title": "", "notes": []any{note}})
	x, _ := s.agrees(w.url)["note/"+note.String()]["x"].(float64)
	s.state()

	w.swallow()
	s.do(nil, "submit", "op", map[string]any{"kind": "cluster.move", "cluster": cluster, "dx": protocol.Unit, "dy": 0})
	board, err := client.Dial(t.Context(), owner.Options())
	if err != nil {
		t.Fatal(err)
	}
	reaches(t, board, func(v *client.View) bool { n, _ := v.Note(note); return n.X == int64(x)+protocol.Unit })
	var others sync.WaitGroup
	for range protocol.MaxWriters {
		others.Go(func() {
			other, err := client.Dial(t.Context(), client.Options{Server: w.url, Board: s.board, Token: s.token})
			if err != nil {
				t.Error(err)
				return
			}
			if err := other.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	others.Wait()
	added := s.create("added")
	dump := s.agrees(w.url)
	if texts(dump)[added.String()] != "added" {
		t.Errorf("what the writer out of use could not submit is not there: %v", dump)
	}
	if moved := dump["note/"+note.String()]["x"]; moved != x+protocol.Unit {
		t.Errorf("the note was moved from %v to %v, want once by %d", x, moved, protocol.Unit)
	}
	if lost := s.state().told("lost"); !reflect.DeepEqual(lost, []any{"out of use"}) {
		t.Errorf("the stranger was told %v", lost)
	}
	if err := board.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestStrangerAfterRestore puts a board back to an older copy while the stranger is away with more than that has.
func TestStrangerAfterRestore(t *testing.T) {
	w := newWire(t)
	dir, copied := t.TempDir(), t.TempDir()
	run := w.serve(t, dir)
	_, link := w.newBoard(t)
	s := newStranger(t, link)
	kept := s.create("kept")
	s.do(nil, "settle")
	run.Stop()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run = w.serve(t, dir)
	s.agrees(w.url)
	if told := s.state(); !reflect.DeepEqual(told.told("welcome"), []any{"base", "resumed"}) {
		t.Errorf("over an orderly restart the stranger was told %v", told.Told)
	}

	lost := s.create("lost")
	s.edit(kept, end, 0, ", and lost")
	s.do(nil, "settle")
	w.swallow()
	s.edit(kept, 0, 4, "edited") // it may be on the board or not: nobody here can know
	w.to("")
	s.do(nil, "offline")
	run.Stop()
	away := s.create("written while away")
	undone := s.create("regretted while away")
	s.do(nil, "submit", "op", map[string]any{"kind": "undo", "n": s.state().Next - 1})
	s.edit(kept, end, 0, ", and typed")
	old := s.state()
	w.serve(t, copied)
	dump := texts(s.agrees(w.url))
	if _, is := dump[undone.String()]; is {
		t.Errorf("the undo under an old number did not undo: %v", dump)
	}
	if _, is := dump[lost.String()]; is || dump[away.String()] != "written while away" || len(dump) != 2 {
		t.Errorf("after the restore the board has %v", dump)
	}
	if text := dump[kept.String()]; !strings.Contains(text, "edited") || strings.Count(text, ", and typed") != 1 {
		t.Errorf("what was typed and not saved is not there: %q", text)
	}
	restored := s.state()
	if lost := restored.told("lost"); !reflect.DeepEqual(lost, []any{"numbers"}) {
		t.Errorf("the stranger was told %v, and not once that the board lost numbers", restored.Told)
	}
	if restored.Next >= old.Next {
		t.Errorf("the next number is %d, as if the writer were not a new one", restored.Next)
	}

	s.do(nil, "ping", "at", old.At)
	s.do(nil, "told", "what", "rewind")
	s.create("after the rewind")
	if dump := texts(s.agrees(w.url)); len(dump) != 3 {
		t.Errorf("after the rewind the board has %v", dump)
	}
	if told := s.state(); !reflect.DeepEqual(told.told("welcome"), []any{"base"}) || told.told("bye") != nil {
		t.Errorf("a ping from another history is answered with %v", told.Told)
	}
}
