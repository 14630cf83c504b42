package local

import (
	"os"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/journaltest"
)

// contractPlace is a directory for the contract, with files small enough that the larger tests roll.
type contractPlace struct{ dir string }

func (p *contractPlace) Open(t *testing.T) journal.Journal {
	j, report, err := Open(Options{Dir: p.dir, FileSize: 16 << 10, Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Damage) > 0 {
		t.Fatalf("damage: %v", report.Damage)
	}
	return j
}

func (p *contractPlace) Close(t *testing.T, j journal.Journal) {
	if err := j.(*Journal).Close(); err != nil {
		t.Fatal(err)
	}
}

// Crash leaves the journal without a farewell: the next one opens a copy of the directory as it is at this moment.
func (p *contractPlace) Crash(t *testing.T, j journal.Journal) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	if err := j.(*Journal).Close(); err != nil {
		t.Fatal(err)
	}
	p.dir = dir
}

func TestContract(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Place { return &contractPlace{dir: t.TempDir()} })
}
