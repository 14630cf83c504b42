package redis

import (
	"fmt"
	"testing"

	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/journaltest"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

// contractPlace is a prefix of its own on a server that keeps what it answered.
type contractPlace struct {
	server  *redistest.Server
	options Options
}

func (p *contractPlace) Open(t *testing.T) journal.Journal { return open(t, p.server, p.options) }

func (p *contractPlace) Close(t *testing.T, j journal.Journal) {
	if err := j.(*Journal).Close(); err != nil {
		t.Fatal(err)
	}
}

func (p *contractPlace) Crash(t *testing.T, j journal.Journal) {
	p.server.Kill()
	p.Close(t, j)
	p.server.Start()
	if p.options.Cluster {
		settled(t, p.server)
	}
}

func contract(t *testing.T, server *redistest.Server, o Options) {
	n := 0
	journaltest.Run(t, func(t *testing.T) journaltest.Place {
		n++
		own := o
		own.Prefix = fmt.Sprintf("place%d", n)
		return &contractPlace{server: server, options: own}
	})
}

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("kept", func(t *testing.T) { contract(t, redistest.Start(t, redistest.Always), Options{}) })
	t.Run("trimmed at once", func(t *testing.T) { contract(t, redistest.Start(t, redistest.Always), Options{Keep: -1}) })
}
