package redis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

func check(t testing.TB, j *Journal) Report {
	t.Helper()
	report, err := j.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestCheck sets Redis up in each way that an operator must hear of. A code with ! is fatal.
func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		keep    redistest.Persistence
		prepare func(*redistest.Server)
		want    []string
		options Options
	}{
		{"always", redistest.Always, nil, nil, Options{}},
		{"everysec", redistest.Everysec, nil, nil, Options{}},
		{"no file", redistest.None, nil, []string{"appendonly"}, Options{}},
		{"never synced", redistest.Always, set("appendfsync", "no"), []string{"appendfsync"}, Options{}},
		{"evicts", redistest.Always, set("maxmemory-policy", "allkeys-lru"), []string{"maxmemory-policy!"}, Options{}},
		{"nearly full", redistest.Always, nearlyFull, []string{"memory"}, Options{}},
		{"full", redistest.Always, set("maxmemory", "1000"), []string{"memory", "refused"}, Options{}},
		{"a replica", redistest.Always, func(s *redistest.Server) { s.Do("REPLICAOF", "127.0.0.1", "1") }, []string{"replica!", "append!"}, Options{Budget: time.Second}},
		{"no replica to write to", redistest.Always, set("min-replicas-to-write", "1"), []string{"refused"}, Options{}},
		{"another's store", redistest.Always, func(s *redistest.Server) { s.Do("SET", "denkwand:store", "another") }, []string{"store!"}, Options{}},
		{"cluster expected", redistest.Always, nil, []string{"cluster!"}, Options{Cluster: true, Budget: time.Second}},
		{"may not CONFIG", redistest.Always, acl("+@all", "-config"), []string{"config"}, Options{}},
		{"may not HSET", redistest.Always, acl("+@all", "-hset"), []string{"append!"}, Options{}},
		{"may not publish", redistest.Always, acl("+@all", "-publish"), []string{"bus"}, Options{}},
		{"may not subscribe", redistest.Always, acl("+@all", "-subscribe"), []string{"bus"}, Options{}},
		{"may only what is needed", redistest.Always, acl(strings.Fields(rights)...), nil, Options{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, test.keep)
			j := open(t, server, test.options)
			if test.prepare != nil {
				test.prepare(server)
			}
			report, err := j.Check(ctx)
			if test.options.Cluster && err != nil {
				return // a client of clusters may find nobody to ask
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range report.Warnings {
				code := w.Code
				if w.Fatal {
					code += "!"
				}
				got = append(got, code)
				if len(w.Text) < 40 || !strings.HasSuffix(w.Text, ".") {
					t.Errorf("%s: not a sentence for an operator: %q", code, w.Text)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("warnings %q, want %q: %+v", got, test.want, report.Warnings)
			}
			if fatal := report.Fatal() != nil; fatal != strings.Contains(strings.Join(test.want, " "), "!") {
				t.Errorf("fatal: %v", report.Fatal())
			}
		})
	}
}

func set(key, value string) func(*redistest.Server) {
	return func(s *redistest.Server) { s.Do("CONFIG", "SET", key, value) }
}

func nearlyFull(s *redistest.Server) {
	s.Do("DEBUG", "POPULATE", "20000", "filler", "1000")
	used, _ := strconv.Atoi(parseInfo(s.Do("INFO", "memory"))["used_memory"])
	s.Do("CONFIG", "SET", "maxmemory", strconv.Itoa(used*5/4))
}

// rights is what DESIGN.md tells operators to give.
const rights = "-@all +evalsha +eval +hmget +hget +hset +hdel +hgetall +del +xadd +xrange +xtrim +time +publish +subscribe +unsubscribe +set +setnx +get +info +config|get +ping +hello +multi +exec"

// acl gives the default user other rights, on the keys and channels of the prefix alone.
func acl(words ...string) func(*redistest.Server) {
	return func(s *redistest.Server) {
		s.Do("ACL", "SETUSER", "admin", "on", "nopass", "~*", "&*", "+@all")
		s.Do(append([]string{"ACL", "SETUSER", "default", "resetkeys", "~denkwand:*", "resetchannels", "&denkwand:*"}, words...)...)
	}
}

// TestRuns tells one run of Redis from the next.
func TestRuns(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Always)
	a, b := open(t, server, Options{}), open(t, server, Options{})
	first := check(t, a).Runs
	if again := check(t, b).Runs; again != first || first == "" {
		t.Errorf("the same run is %q, then %q", first, again)
	}
	server.Kill()
	if report, err := a.Check(ctx); err == nil {
		t.Errorf("a dead Redis reports %+v", report)
	}
	server.Start()
	if again := check(t, a).Runs; again == first {
		t.Errorf("two runs are both %q", first)
	}
}

// TestCheckLeavesNothing checks that all a check leaves is the store's id, and that a wiped Redis takes it again.
func TestCheckLeavesNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.None)
	j := open(t, server, Options{Prefix: "p", Store: "mine"})
	for range 2 {
		check(t, j)
		if keys := server.Do("KEYS", "*"); keys != "p:store" {
			t.Errorf("keys %q", keys)
		}
		server.Wipe()
	}
	other := open(t, server, Options{Prefix: "p", Store: "theirs"})
	if err := check(t, other).Fatal(); err != nil {
		t.Fatal(err)
	}
	if err := check(t, j).Fatal(); err == nil || !strings.Contains(err.Error(), "mine") || !strings.Contains(err.Error(), "theirs") {
		t.Errorf("the store of another: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{URL: "redis://127.0.0.1:1"},
		{URL: "http://127.0.0.1:1", Store: "s"},
		{URL: "redis://127.0.0.1:1", Store: "s", Prefix: "a{b}"},
		{URL: "redis://user:secret@[::1", Store: "s"},
		{URL: "redis://user:secret@host:port%", Store: "s"},
		{URL: "redis://user:secret@[::1", Store: "s", Cluster: true},
	} {
		j, err := Open(o)
		if err == nil {
			_ = j.Close()
			t.Errorf("%+v was taken", o)
		} else if strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("the password is told: %v", err)
		}
	}
}
