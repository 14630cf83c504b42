// Package s3test runs S3 servers for tests: one in the test's own process, and versitygw as a process of its own.
package s3test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// What every server of this package has and lets in.
const (
	Bucket    = "workshops"
	AccessKey = "denkwand-test"
	SecretKey = "denkwand-test-secret"
)

// Memory serves an empty bucket from this process's memory and returns its endpoint. It lets everybody in.
func Memory(t testing.TB) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return server.URL
}

// Gateway is a versitygw process that serves a folder.
type Gateway struct {
	Endpoint string
	Process  *os.Process // for signals; Start's cleanup kills it
	log      *log
}

const (
	gatewayModule = ".ci/tools/versitygw"
	startTimeout  = 20 * time.Second
	startTries    = 3 // a free port may be taken by somebody else before the gateway has it
	healthPath    = "/health"
)

// Gate starts a gateway on an empty bucket, built on first use from the module in .ci/tools/versitygw. flags go to its
// posix backend: with "--nometa" it accepts If-None-Match and ignores it.
func Gate(t testing.TB, flags ...string) *Gateway {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, Bucket), 0o700); err != nil {
		t.Fatal(err)
	}
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	for try := 1; ; try++ {
		g, err := start(t, program, folder, flags)
		if err == nil {
			return g
		}
		if try == startTries {
			t.Fatal(err)
		}
	}
}

// build returns the path of the gateway's executable, which stays in Go's build cache.
var build = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w", err)
	}
	cmd := exec.Command("go", "tool", "-n", "versitygw")
	cmd.Dir = filepath.Join(strings.TrimSpace(string(root)), filepath.FromSlash(gatewayModule))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	path, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build versitygw: %w\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(path)), nil
})

func start(t testing.TB, program, folder string, flags []string) (*Gateway, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	args := []string{"--port", address, "--health", healthPath, "--access", AccessKey, "--secret", SecretKey, "posix"}
	cmd := exec.Command(program, append(append(args, flags...), folder)...)
	g := &Gateway{Endpoint: "http://" + address, log: &log{}}
	cmd.Stdout, cmd.Stderr = g.log, g.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing stays behind a test that was killed
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g.Process = cmd.Process
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	stop := func() {
		cmd.Process.Signal(syscall.SIGKILL)
		<-ended
	}
	if err := g.ready(ended); err != nil {
		stop()
		return nil, err
	}
	t.Cleanup(stop)
	return g, nil
}

// ready waits until the gateway answers.
func (g *Gateway) ready(ended <-chan struct{}) error {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(startTimeout)
	for {
		if answer, err := client.Get(g.Endpoint + healthPath); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ended:
			return fmt.Errorf("versitygw ended at once:\n%s", g.log)
		case <-late:
			return fmt.Errorf("versitygw is not ready after %v:\n%s", startTimeout, g.log)
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// log keeps what a process says.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
