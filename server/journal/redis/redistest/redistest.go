// Package redistest starts real Redis servers for tests, and does to them what happens to servers: they are killed,
// stopped for a while, wiped, and brought back from an older backup.
package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Persistence is what a server's own restart keeps.
type Persistence string

// Persistences, as Redis's settings name them.
const (
	None     Persistence = "no"       // nothing, as after Debian's default configuration and a kill
	Everysec Persistence = "everysec" // all but the last second of a power cut
	Always   Persistence = "always"   // all that was answered
)

// Server is a redis-server process on 127.0.0.1 with a directory of its own. Its methods fail the test when they cannot.
// They are for one goroutine.
type Server struct {
	t       testing.TB
	dir     string
	port    int
	args    []string
	process *exec.Cmd
	gone    chan struct{} // closed when the process has ended
}

// Start starts a server that lives until it is killed or the test ends. Settings are pairs as on redis-server's command line:
// "--maxmemory", "10mb".
func Start(t testing.TB, keep Persistence, settings ...string) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir()}
	if keep == None {
		s.args = []string{"--appendonly", "no"}
	} else {
		s.args = []string{"--appendonly", "yes", "--appendfsync", string(keep)}
	}
	s.args = append(s.args, "--save", "", "--bind", "127.0.0.1", "--dir", s.dir, "--enable-debug-command", "yes")
	s.args = append(s.args, settings...)
	t.Cleanup(s.end)
	for range 20 {
		s.port = freePort(t)
		err := s.start()
		if err == nil {
			return s
		}
		if !errors.Is(err, errPort) {
			t.Fatal(err)
		}
	}
	t.Fatal("redistest: no free port")
	return nil
}

// freePort draws below the ports that the system gives to outgoing connections: one of those could take it while the
// server is down.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(10000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("redistest: no free port")
	return 0
}

// patience is how long a server may take to come up: on a busy machine, with a large file to read.
const patience = time.Minute

var errPort = errors.New("redistest: the port was taken meanwhile")

// start starts the process and waits until it answers.
func (s *Server) start() error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return errors.New("redistest: redis-server is missing; on Debian: apt-get install redis-server (or make deps)")
	}
	s.process = exec.Command(path, append([]string{"--port", strconv.Itoa(s.port)}, s.args...)...)
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing stays behind a test that was killed
	out, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	ready, gone := make(chan bool, 1), make(chan struct{})
	s.gone = gone
	var log strings.Builder
	go func(p *exec.Cmd) {
		lines := bufio.NewScanner(io.TeeReader(out, &log))
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				ready <- true
				_, _ = io.Copy(io.Discard, out)
			}
		}
		_ = p.Wait()
		close(gone)
	}(s.process)
	select {
	case <-ready:
		return nil
	case <-gone:
		if strings.Contains(log.String(), "Address already in use") {
			return errPort
		}
		return fmt.Errorf("redistest: redis-server ended at once:\n%s", log.String())
	case <-time.After(patience):
		return fmt.Errorf("redistest: redis-server did not come up in %v", patience)
	}
}

func (s *Server) end() {
	if s.process == nil || s.process.Process == nil {
		return
	}
	_ = s.process.Process.Kill()
	<-s.gone
}

// Addr returns host:port.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL returns the server's redis:// address.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Kill ends the process as kill -9 does, and waits until it has gone.
func (s *Server) Kill() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	<-s.gone
}

// Start starts it again after Kill, on what its directory holds.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Stop freezes the process: it takes connections and bytes, and answers nothing.
func (s *Server) Stop() {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
}

// Continue ends Stop.
func (s *Server) Continue() {
	s.t.Helper()
	s.signal(syscall.SIGCONT)
}

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		s.t.Fatalf("redistest: %v: %v", sig, err)
	}
}

// Wipe kills the server, deletes all it kept, and starts it.
func (s *Server) Wipe() {
	s.t.Helper()
	s.Kill()
	s.clear()
	s.Start()
}

func (s *Server) clear() {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Backup returns a copy of what the server has on disk. It must be down, or persist Always and be written by nobody.
func (s *Server) Backup() string {
	s.t.Helper()
	copy := filepath.Join(s.t.TempDir(), "backup")
	if err := os.CopyFS(copy, os.DirFS(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	return copy
}

// Restore kills the server, puts a backup in place of all it kept, and starts it.
func (s *Server) Restore(backup string) {
	s.t.Helper()
	s.Kill()
	s.clear()
	if err := os.CopyFS(s.dir, os.DirFS(backup)); err != nil {
		s.t.Fatal(err)
	}
	s.Start()
}

// Do sends one command and returns its answer as text, for settings and for looking inside. An error of Redis's fails the
// test. It needs no client library.
func (s *Server) Do(words ...string) string {
	s.t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := io.WriteString(c, b.String()); err != nil {
		s.t.Fatal(err)
	}
	answer, err := readReply(bufio.NewReader(c))
	if err != nil {
		s.t.Fatalf("redistest: %q: %v", words, err)
	}
	return answer
}

// readReply reads one reply of Redis's protocol as text; the parts of a list are separated by spaces.
func readReply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '-':
		return "", errors.New(rest)
	case '$', '*':
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			return "", err
		}
		if kind == '$' {
			bulk := make([]byte, n+2)
			_, err := io.ReadFull(r, bulk)
			return string(bulk[:n]), err
		}
		parts := make([]string, n)
		for i := range parts {
			if parts[i], err = readReply(r); err != nil {
				return "", err
			}
		}
		return strings.Join(parts, " "), nil
	}
	return rest, nil
}
