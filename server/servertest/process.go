package servertest

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a server as a process of its own.
type Process struct {
	URL string
	Dir string

	tb     testing.TB
	addr   string
	args   []string
	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan error
	output bytes.Buffer
}

// StartProcess starts the program over a fresh directory, with more flags, and waits until it is ready. It is killed
// with the test.
func StartProcess(tb testing.TB, flags ...string) *Process {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	p := &Process{
		URL: "http://" + addr, Dir: dir, tb: tb, addr: addr,
		args: append([]string{"serve", "--listen", addr, "--public-url", "http://" + addr, "--admin-listen", "", "--data", dir}, flags...),
	}
	p.Start()
	tb.Cleanup(func() {
		p.Kill()
		if tb.Failed() {
			tb.Logf("server's output:\n%s", p.output.String())
		}
	})
	return p
}

// Start starts the program again, over the same directory and address, and waits until it is ready.
func (p *Process) Start() {
	p.tb.Helper()
	binary := Binary(p.tb)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.Command(binary, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		p.tb.Fatal(err)
	}
	p.exited = make(chan error, 1)
	go func(cmd *exec.Cmd, exited chan error) { exited <- cmd.Wait() }(p.cmd, p.exited)
	deadline := time.Now().Add(30 * time.Second)
	for {
		answer, err := http.Get(p.URL + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-p.exited:
			p.tb.Fatalf("the server ended: %v\n%s", err, p.output.String())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.tb.Fatalf("the server is not ready: %v\n%s", err, p.output.String())
		}
	}
}

// Output returns what the program wrote to its standard output and error. It must have ended.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// Kill ends the process at once, as kill -9 does.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

// Terminate asks the process to stop and returns how it ended.
func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

func (p *Process) signal(sig os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(sig)
	err := <-p.exited
	p.cmd = nil
	return err
}
