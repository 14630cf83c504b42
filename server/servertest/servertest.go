// Package servertest starts real servers for tests: in this process, with a real journal and store in a temporary
// directory and real sockets on 127.0.0.1, or as a process of its own that a test can kill.
package servertest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/client/web"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/api"
	"github.com/denkwand/denkwand/server/journal/local"
	"github.com/denkwand/denkwand/server/store/disk"
)

// Server is a server in this process.
type Server struct {
	URL string // origin
	Dir string // data directory
	Log *Log   // everything it logged

	tb   testing.TB
	stop func()
}

// Start starts a server over a fresh directory; it is shut down with the test. Changes may alter its configuration.
func Start(tb testing.TB, changes ...func(*server.Config)) *Server {
	return StartIn(tb, tb.TempDir(), changes...)
}

// StartIn starts a server over a directory that a server used before, or a fresh one.
func StartIn(tb testing.TB, dir string, changes ...func(*server.Config)) *Server {
	tb.Helper()
	s := &Server{Dir: dir, Log: new(Log), tb: tb}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.URL = "http://" + listener.Addr().String()
	public, err := url.Parse(s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	store, err := disk.Open(filepath.Join(dir, "store"))
	if err != nil {
		tb.Fatal(err)
	}
	journal, _, err := local.Open(local.Options{Dir: dir, FileSize: 4 << 20, Ballast: -1})
	if err != nil {
		tb.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := server.Config{
		Journal: journal, Store: store, Healthy: journal.Unhealthy, Log: log,
		API: api.Config{Addresses: api.Addresses{PublicURL: public}, Pages: web.Pages(), Rand: rand.Reader, Log: log},
	}
	for _, change := range changes {
		change(&cfg)
	}
	instance, err := server.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- instance.Serve(listener, nil) }()
	s.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := instance.Shutdown(ctx); err != nil {
			tb.Errorf("shut down: %v", err)
		}
		if err := <-served; err != nil {
			tb.Errorf("serve: %v", err)
		}
		if err := journal.Close(); err != nil {
			tb.Errorf("close the journal: %v", err)
		}
	})
	tb.Cleanup(s.stop)
	return s
}

// Stop shuts the server down in order.
func (s *Server) Stop() { s.stop() }

// Board makes a board and joins it as its owner.
func (s *Server) Board() (client.Created, client.Membership) {
	s.tb.Helper()
	made, err := client.CreateBoard(s.tb.Context(), s.URL, client.NewBoard{Question: "Wat is de meerwaarde?", Language: "nl"})
	if err != nil {
		s.tb.Fatal(err)
	}
	owner, err := client.Join(s.tb.Context(), s.Here(made.Owner), client.JoinOptions{Name: "Ilse"})
	if err != nil {
		s.tb.Fatal(err)
	}
	return made, owner
}

// Here returns the link as it leads to this server, which a test may have given another public address.
func (s *Server) Here(link string) string {
	_, path, _ := strings.Cut(link, "/b/")
	return s.URL + "/b/" + path
}

// Log keeps what a server logged.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write keeps a line (io.Writer).
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns all of it.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Binary builds the program once and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(dir)))
	path := filepath.Join(root, "bin", "denkwand-test")
	build := exec.Command("go", "build", "-o", path, "./server/cmd/denkwand")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// Binary returns the path of the program, built from this tree.
func Binary(tb testing.TB) string {
	tb.Helper()
	path, err := binary()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}
