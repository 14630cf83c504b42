package servertest_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/servertest"
)

// verify runs the command over a directory and returns what it printed and whether it was content.
func verify(t *testing.T, dir string) (output string, ok bool) {
	t.Helper()
	out, err := exec.Command(servertest.Binary(t), "verify", dir).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), err == nil
}

// TestVerifyCommand runs it over a good directory, and over the same one with each kind of object damaged.
func TestVerifyCommand(t *testing.T) {
	p := newParty(t, func(c *server.Config) { c.Hub.SealEntries = 50 })
	board := p.open(p.owner)
	for range 180 { // more than a snapshot's worth, below the rate
		if _, err := board.Submit(&protocol.BoardQuestion{Question: strings.Repeat("waarom? ", 60) + protocol.RandomID().String()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := board.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := board.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	other, _ := p.Board()
	p.Stop()

	out, ok := verify(t, p.Dir)
	if !ok || !strings.Contains(out, "2 boards verified: every entry replayed, every snapshot reproduced.") ||
		!strings.Contains(out, p.made.Board.String()+": 18") || !strings.Contains(out, " 1 snapshots") {
		t.Fatalf("a good directory: %v\n%s", ok, out)
	}

	folder := filepath.Join("store", p.made.Board.String())
	for _, kind := range []string{"seg", "snap", "key"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(p.Dir)); err != nil {
				t.Fatal(err)
			}
			name := flipIn(t, filepath.Join(dir, folder), kind)
			out, ok := verify(t, dir)
			if ok || !strings.Contains(out, p.made.Board.String()) || !strings.Contains(out, "damaged") || !strings.Contains(out, "next step") {
				t.Errorf("with %s damaged: %v\n%s", name, ok, out)
			}
			if strings.Contains(out, other.Board.String()+": archive") || !strings.Contains(out, other.Board.String()+": ") {
				t.Errorf("the other board:\n%s", out)
			}
		})
	}
}

// flipIn flips a bit of the first file of the kind below a folder.
func flipIn(t *testing.T, folder, kind string) (name string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(path[len(folder):], kind) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[len(b)/2] ^= 4
		name = path
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return err
		}
		return fs.SkipAll
	})
	if err != nil || name == "" {
		t.Fatalf("no %s in %s: %v", kind, folder, err)
	}
	return name
}

// TestQuarantine starts a server over a directory with a damaged board: that board is set aside with a code, and is never
// taken for an empty one; the others go on.
func TestQuarantine(t *testing.T) {
	p := newParty(t)
	board := p.open(p.owner)
	if _, err := board.DoSaved(t.Context(), &protocol.BoardTitle{Title: "gaat stuk"}); err != nil {
		t.Fatal(err)
	}
	if err := board.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	healthy, owner := p.Board()
	p.Stop()
	flipIn(t, filepath.Join(p.Dir, "store", p.made.Board.String()), "seg")
	if err := os.RemoveAll(filepath.Join(p.Dir, "journal")); err != nil { // all of it is sealed
		t.Fatal(err)
	}
	again := servertest.StartIn(t, p.Dir)
	here := func(m client.Membership) *client.REST { r := m.REST(); r.Server = again.URL; return r }
	for range 2 {
		_, err := here(p.owner).State(t.Context(), 0)
		refused(t, err, 503, protocol.CodeQuarantined)
		_, err = client.Join(t.Context(), again.Here(p.made.Owner), client.JoinOptions{Name: "Noor"})
		refused(t, err, 503, protocol.CodeQuarantined)
	}
	options := p.owner.Options()
	options.Server = again.URL
	if _, err := client.Dial(t.Context(), options); err == nil || !strings.Contains(err.Error(), string(protocol.CodeQuarantined)) {
		t.Errorf("by socket: %v", err)
	}
	if state, err := here(owner).State(t.Context(), 0); err != nil || state.Cover().Question != "Wat is de meerwaarde?" {
		t.Errorf("the other board: %v", err)
	}
	if _, err := client.Join(t.Context(), again.Here(healthy.Owner), client.JoinOptions{Name: "Noor"}); err != nil {
		t.Errorf("the other board: %v", err)
	}
	if log := again.Log.String(); !strings.Contains(log, p.made.Board.String()) || !strings.Contains(log, "next step") {
		t.Errorf("the operator is not told:\n%s", log)
	}
}
