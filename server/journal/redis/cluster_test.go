package redis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/journaltest"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

// startCluster starts a cluster that shares all slots evenly.
func startCluster(t testing.TB, nodes int) []*redistest.Server {
	servers := make([]*redistest.Server, nodes)
	for i := range servers {
		servers[i] = redistest.Start(t, redistest.Always, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
		servers[i].Do("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(i*16384/nodes), fmt.Sprint((i+1)*16384/nodes-1))
		host, port, _ := strings.Cut(servers[i].Addr(), ":")
		if i > 0 {
			servers[0].Do("CLUSTER", "MEET", host, port)
		}
	}
	for _, s := range servers {
		settled(t, s)
	}
	return servers
}

// settled waits until a node takes commands, which after a start takes it two seconds.
func settled(t testing.TB, server *redistest.Server) {
	until(t, "a settled cluster", func() bool { return strings.Contains(server.Do("CLUSTER", "INFO"), "cluster_state:ok") })
}

// TestContractCluster runs on a cluster of one node, which refuses what would not stay in one slot as any cluster does.
func TestContractCluster(t *testing.T) {
	t.Parallel()
	server := startCluster(t, 1)[0]
	n := 0
	journaltest.Run(t, func(t *testing.T) journaltest.Place {
		n++
		return &contractPlace{server: server, options: Options{Prefix: fmt.Sprintf("place%d", n), Cluster: true}}
	})
}

// TestCluster spreads boards over three nodes: all are appended to in the same pipelines, one connection hears the hints
// of all, and heads and heartbeats are found wherever they are.
func TestCluster(t *testing.T) {
	t.Parallel()
	servers := startCluster(t, 3)
	o := Options{Cluster: true}
	a, b := open(t, servers[0], o), open(t, servers[1], o)
	const boards, groups = 24, 10
	var ids []protocol.ID
	var ears []*ear
	heads := map[protocol.ID]journal.Head{}
	for range boards {
		id, at := start(t, a)
		ids, heads[id] = append(ids, id), at
		ears = append(ears, listen(t, b, id))
	}
	for range groups {
		answers := make([]<-chan outcome, boards)
		for i, id := range ids {
			answers[i] = begin(a, id, heads[id], "an entry")
		}
		for i, id := range ids {
			g, err := wait(t, answers[i])
			if err != nil || !g.Follows(heads[id]) {
				t.Fatalf("%+v, %v behind %+v", g, err, heads[id])
			}
			heads[id] = g.Head()
		}
	}
	for i, e := range ears {
		e.until(t, "all hints", func() bool { return len(e.groups) >= groups })
		if last := e.groups[len(e.groups)-1].Head(); len(e.groups) != groups || last != heads[ids[i]] {
			t.Errorf("%d hints to %+v, want %d to %+v", len(e.groups), last, groups, heads[ids[i]])
		}
	}
	b.Heads(ctx, ids, func(id protocol.ID, got journal.Head, err error) {
		if err != nil || got != heads[id] {
			t.Errorf("head %+v, %v; want %+v", got, err, heads[id])
		}
	})
	for i, s := range servers {
		if s.Do("DBSIZE") == "0" {
			t.Errorf("node %d holds nothing", i)
		}
	}
	if _, err := a.Bus().Beat(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if living, err := b.Bus().Beat(ctx, nil); err != nil || len(living) != 2 {
		t.Errorf("living %v, %v", living, err)
	}
	if report := check(t, b); len(report.Warnings) > 0 || strings.Count(report.Runs, " ") != 2 {
		t.Errorf("%+v", report)
	}
}

// TestClusterRights checks the rights that DESIGN.md adds for a cluster.
func TestClusterRights(t *testing.T) {
	t.Parallel()
	server := startCluster(t, 1)[0]
	acl(strings.Fields(rights + " +cluster|slots")...)(server)
	if report := check(t, open(t, server, Options{Cluster: true})); len(report.Warnings) > 0 {
		t.Errorf("%+v", report)
	}
}
