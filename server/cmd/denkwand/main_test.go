package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/servertest"
)

// call runs the command line and returns what it wrote.
func call(t *testing.T, environ []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	err = run(ctx, args, environ, &out, &errs, func(code int) { panic(exited(code)) })
	return out.String(), errs.String(), err
}

type exited int

// TestSettingsOrder looks at which of flag, environment and file a server takes its address from: one that cannot be
// listened on names itself in the error.
func TestSettingsOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("listen: 198.51.100.3:1\ndata: "+t.TempDir()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"DENKWAND_LISTEN=198.51.100.2:1"}
	for _, c := range []struct {
		want string
		env  []string
		args []string
	}{
		{"198.51.100.1:1", env, []string{"serve", "--config", file, "--listen", "198.51.100.1:1"}},
		{"198.51.100.2:1", env, []string{"serve", "--config", file}},
		{"198.51.100.3:1", nil, []string{"serve", "--config=" + file}},
		{"198.51.100.3:1", nil, []string{"serve", "-c" + file}},
		{"198.51.100.3:1", nil, []string{"serve", "-c", file}},
	} {
		if _, _, err := call(t, c.env, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v with %v: %v, want it to listen on %s", c.args, c.env, err, c.want)
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	loose := write("loose", strings.Repeat("a", 30))
	if err := os.Chmod(loose, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		env  []string
		args []string
	}{
		{"unknown setting DENKWAND_LISTN", []string{"DENKWAND_LISTN=x"}, []string{"serve"}},
		{"unknown setting DENKWAND_VERSION", []string{"DENKWAND_VERSION=1"}, []string{"serve"}},
		{`unknown setting "lisen"`, nil, []string{"serve", "-c", write("a", "lisen: x\n")}},
		{"has no value", nil, []string{"serve", "-c", write("b", "create-token:\n")}},
		{"one value or a list", nil, []string{"serve", "-c", write("d", "data: {a: b}\n")}},
		{"already defined", nil, []string{"serve", "-c", write("e", "data: a\ndata: b\n")}},
		{"no such file", nil, []string{"serve", "-c", filepath.Join(dir, "none")}},
		{`did you mean "serve"`, nil, []string{"serv"}},
		{"did you mean", nil, []string{"serve", "--listn", "x"}},
		{"drain", []string{"DENKWAND_DRAIN=soon"}, []string{"serve"}},
		{"is not a loopback address", nil, []string{"serve", "--admin-listen", "0.0.0.0:9"}},
		{"chmod 600", nil, []string{"serve", "--admin-token-file", loose}},
		{"at least 22", nil, []string{"serve", "--admin-token-file", write("short", "x")}},
		{"is not an address", nil, []string{"serve", "--public-url", "wall", "--admin-listen", "", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data")}},
		{"is not a data directory", nil, []string{"verify", t.TempDir()}},
		{"two connections", nil, []string{"bench", "--connections", "1"}},
	} {
		_, _, err := call(t, c.env, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v with %v: %v, want %q", c.args, c.env, err, c.want)
		}
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	var out bytes.Buffer
	func() {
		defer func() {
			if code := recover(); code != exited(0) {
				t.Errorf("help ended with %v", code)
			}
		}()
		_ = run(t.Context(), []string{"serve", "--help"}, nil, &out, &out, func(code int) { panic(exited(code)) })
	}()
	for _, want := range []string{"--listen", "--public-url", "--create-token", "--board-conns", "--guesses", "--config", "file"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help of serve does not name %s", want)
		}
	}
}

// TestServeDemoLinksVerify goes through the product as a newcomer would: serve, play the demo, look at the links, stop,
// verify.
func TestServeDemoLinksVerify(t *testing.T) {
	p := servertest.StartProcess(t)
	out, _, err := call(t, nil, "demo", "--server", p.URL, "--speed", "0", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got, want protocol.Tally
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	expected, err := os.ReadFile("../../demo/testdata/expected-outcome.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(expected, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("demo --json prints\n%s", out)
	}
	_, said, err := call(t, nil, "demo", "--server", p.URL, "--speed", "0", "--session", "../../demo/testdata/denk-werksessie.json")
	if err != nil {
		t.Fatal(err)
	}
	links(t, between(t, said, "for its owner:", "\n"))
	if err := p.Terminate(); err != nil {
		t.Errorf("SIGTERM ended the server with %v", err)
	}
	out, _, err = call(t, nil, "verify", p.Dir)
	if err != nil || !strings.Contains(out, "2 boards verified") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if err := os.RemoveAll(filepath.Join(p.Dir, "store")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(p.Dir, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, _, err = call(t, nil, "verify", p.Dir)
	if err == nil || !strings.Contains(out, "the store does not know it") {
		t.Errorf("verify without its store: %v\n%s", err, out)
	}
}

// links makes, lists and withdraws a link.
func links(t *testing.T, owner string) {
	t.Helper()
	made, said, err := call(t, nil, "links", "create", owner, "--role", "viewer", "--label", "kijkers", "--for", "48h", "--uses", "3")
	if err != nil || !strings.Contains(made, "/b/") {
		t.Fatalf("links create: %v\n%s", err, made)
	}
	token := between(t, said, "--token ", "\n")
	list, _, err := call(t, nil, "links", "list", owner, "--token", token)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	for line := range strings.Lines(list) {
		if strings.Contains(line, "kijkers") {
			id = strings.Fields(line)[0]
			if !strings.Contains(line, "0 of 3") || !strings.Contains(line, "works") {
				t.Errorf("the link is listed as %q", line)
			}
		}
	}
	if _, _, err := call(t, nil, "links", "revoke", owner, id, "--token", token); err != nil {
		t.Fatal(err)
	}
	if list, _, err = call(t, nil, "links", "list", owner, "--token", token); err != nil || !strings.Contains(list, "withdrawn") {
		t.Errorf("after revoking: %v\n%s", err, list)
	}
	if _, _, err := call(t, nil, "links", "list", strings.TrimSpace(made)); err == nil {
		t.Error("a withdrawn viewer's link lists links")
	}
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(s, from)
	inside, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("no %q in %q", from, s)
	}
	return strings.TrimSpace(inside)
}

func TestFirstStartGreets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{want: "Nothing is lost.", found: cancel}
	err = run(ctx, []string{"serve", "--listen", addr, "--admin-listen", "", "--data", t.TempDir()}, nil, out, &bytes.Buffer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr)
	for _, want := range []string{"http://localhost:" + port + "\n", "Your first board:", "Its recovery code:", "Stop:"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the greeting lacks %q:\n%s", want, out)
		}
	}
}

// watched calls found when the text it waits for was written.
type watched struct {
	bytes.Buffer
	want  string
	found func()
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.want) {
		w.found()
	}
	return n, err
}
