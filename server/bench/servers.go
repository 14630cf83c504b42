package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
)

// child is a server in a process of its own.
type child struct {
	url string
	cmd *exec.Cmd
}

// spawn starts the program with these arguments and waits until it answers.
func spawn(ctx context.Context, program, addr string, args ...string) (*child, error) {
	c := &child{url: "http://" + addr, cmd: exec.Command(program, args...)}
	c.cmd.Env = cleanEnvironment()
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for tries := 0; ; tries++ {
		answer, err := http.Get(c.url + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return c, nil
			}
		}
		if perr := pause(ctx, 20*time.Millisecond); perr != nil || tries > 1000 {
			c.stop()
			return nil, errors.Join(fmt.Errorf("%s does not answer", c.url), err, perr)
		}
	}
}

// cleanEnvironment leaves out settings: a measured server has those of the benchmark.
func cleanEnvironment() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DENKWAND_") {
			env = append(env, v)
		}
	}
	return env
}

func (c *child) stop() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// freeAddress returns an address on the loopback interface that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// lifted are the settings of the measured server: the limits that protect a workshop lie below what is measured.
var lifted = []string{
	"--conn-ops", "1000000", "--conn-burst", "1000000", "--participant-ops", "1000000", "--board-ops", "1000000",
	"--board-conns", "1000000", "--participant-conns", "1000000", "--address-conns", "1000000", "--address-rate", "1000000", "--address-boards", "1000000", "--log-level", "error",
}

// denkwand is the real server.
type denkwand struct{ url string }

// seats makes the boards, and a participant for each writer; those who only watch share one.
func (d denkwand) seats(ctx context.Context, l Load) ([]seat, error) {
	seats := make([]seat, l.Connections)
	errs := make([]error, l.Boards)
	var all sync.WaitGroup
	gate := make(chan struct{}, 8)
	for b := range l.Boards {
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			errs[b] = d.board(ctx, l, b, seats)
		})
	}
	all.Wait()
	return seats, errors.Join(errs...)
}

// board makes board b, where connections b, b+Boards, b+2·Boards … sit; the first Writers of all connections write.
func (d denkwand) board(ctx context.Context, l Load, b int, seats []seat) error {
	made, err := client.CreateBoard(ctx, d.url, client.NewBoard{})
	if err != nil {
		return err
	}
	socket := "ws" + strings.TrimPrefix(d.url, "http") + "/api/v1/boards/" + made.Board.String() + "/socket"
	watcher := ""
	for i := b; i < l.Connections; i += l.Boards {
		hello := protocol.Hello{Version: protocol.Version, Token: watcher, Watch: i >= l.Writers}
		if hello.Token == "" || !hello.Watch {
			m, err := client.Join(ctx, made.Owner, client.JoinOptions{Name: "Bench"})
			if err != nil {
				return err
			}
			hello.Token = m.Token
			if hello.Watch {
				watcher = m.Token
			}
		}
		seats[i] = seat{url: socket, hello: protocol.AppendFrame(nil, &hello), board: b, write: i < l.Writers}
	}
	return nil
}

// floor is the bare broadcaster. It has one room a path.
type floor struct{ url string }

func (f floor) seats(_ context.Context, l Load) ([]seat, error) {
	seats := make([]seat, l.Connections)
	for i := range seats {
		b := i % l.Boards
		seats[i] = seat{url: fmt.Sprintf("ws%s/%d", strings.TrimPrefix(f.url, "http"), b), board: b, write: i < l.Writers}
	}
	return seats, nil
}

// Run measures the load on the floor and on the real server, each in a fresh process of the program, one after the
// other, and returns both.
func Run(ctx context.Context, program, dir string, l Load) ([]Figures, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	var all []Figures
	for _, name := range []string{"floor", "denkwand"} {
		f, err := runOne(ctx, program, dir, name, l)
		if err != nil {
			return all, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, f)
	}
	return all, nil
}

func runOne(ctx context.Context, program, dir, name string, l Load) (Figures, error) {
	addr, err := freeAddress()
	if err != nil {
		return Figures{}, err
	}
	var args []string
	var t target
	if name == "floor" {
		args, t = []string{"bench-floor", "--listen", addr}, floor{"http://" + addr}
	} else {
		data, err := os.MkdirTemp(dir, "denkwand-bench-")
		if err != nil {
			return Figures{}, err
		}
		defer func() { _ = os.RemoveAll(data) }()
		args = append([]string{"serve", "--listen", addr, "--public-url", "http://" + addr, "--admin-listen", "", "--data", data}, lifted...)
		t = denkwand{"http://" + addr}
	}
	c, err := spawn(ctx, program, addr, args...)
	if err != nil {
		return Figures{}, err
	}
	defer c.stop()
	return measure(ctx, name, t, c.cmd.Process.Pid, l)
}
