package local

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

const killedBoards = 4

func killedBoard(i int) protocol.ID { return protocol.ID{1, byte(i)} }

// appendForever is the child: it appends to a few boards at once and tells every acknowledged group on its standard output.
func appendForever(dir string) {
	j, _, err := Open(Options{Dir: dir, FileSize: 64 << 10, Ballast: -1})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := range killedBoards {
		id := killedBoard(i)
		if _, err := j.Head(context.Background(), id); err != nil {
			if err := j.Open(context.Background(), id, journal.Head{Epoch: 1}); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		head, _ := j.Head(context.Background(), id)
		var next func(journal.Group, error)
		next = func(g journal.Group, err error) {
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			fmt.Printf("%d %d %s\n", i, g.Last, g.Chain)
			go j.Append(id, journal.Draft{Epoch: 1, Seen: g.Last, Count: 1, Body: []byte("killed in the middle"), Time: time.Now().UnixMilli()}, next)
		}
		go next(journal.Group{Last: head.Seq, Chain: head.Chain}, nil)
	}
	select {}
}

// TestKill kills a process in the middle of its appends, again and again: nothing it told may be missing after.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	type told struct {
		seq   uint64
		chain string
	}
	for round := range 6 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childEnv+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		acked := map[int]told{}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			var board int
			var a told
			if _, err := fmt.Sscanf(lines.Text(), "%d %d %s", &board, &a.seq, &a.chain); err != nil || len(a.chain) != hex.EncodedLen(20) {
				break // the last line was cut by the kill
			}
			acked[board] = a
			if n == 300+97*round {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		j, report, err := Open(Options{Dir: dir, FileSize: 64 << 10, Ballast: -1})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Damage) > 0 {
			t.Fatalf("round %d: damage %v", round, report.Damage)
		}
		if len(acked) != killedBoards {
			t.Fatalf("round %d: only %d boards were heard of", round, len(acked))
		}
		for i, a := range acked {
			wantKilled(t, j, killedBoard(i), a.seq, a.chain)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// wantKilled checks that the board's log verifies from its first group and holds the one that was told.
func wantKilled(t *testing.T, j *Journal, id protocol.ID, seq uint64, chain string) {
	t.Helper()
	groups, err := j.Read(context.Background(), id, 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	head, found := journal.Head{Epoch: 1}, seq == 0
	for _, g := range groups {
		if !g.Follows(head) {
			t.Fatalf("%+v does not follow %+v", g, head)
		}
		head = g.Head()
		found = found || (g.Last == seq && g.Chain.String() == chain)
	}
	if !found {
		t.Fatalf("board %s: group %d was told and is missing; the log ends at %d", id, seq, head.Seq)
	}
}
