package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/s3/s3test"
)

const (
	short = 250 * time.Millisecond // a patience that a test can wait for
	ample = 2 * time.Second        // the same, when an answer must come within it
)

// onProxy opens a store whose way to a real server leads through a proxy.
func onProxy(t *testing.T, endpoint, prefix string) (*Store, *proxy) {
	t.Helper()
	p := newProxy(t, endpoint)
	config := at(p.endpoint)
	config.Prefix = prefix
	return open(t, config), p
}

func TestFaultsOnTheWay(t *testing.T) {
	for server, endpoint := range map[string]string{"memory": s3test.Memory(t), "versitygw": s3test.Gate(t).Endpoint} {
		for name, test := range map[string]func(*testing.T, *Store, *proxy){
			"a put whose answer is lost is found durable": testFoundDurable,
			"a loser whose answer is lost is told":        testLoserIsTold,
			"one of many wins without answers":            testOneWins,
			"a list of many pages":                        testPages,
		} {
			t.Run(server+"/"+name, func(t *testing.T) {
				s, p := onProxy(t, endpoint, strings.ReplaceAll(name, " ", "-"))
				test(t, s, p)
			})
		}
	}
}

func mustCreate(t *testing.T, s *Store, name, blob string) {
	t.Helper()
	if err := s.Create(t.Context(), name, []byte(blob)); err != nil {
		t.Fatal(err)
	}
}

func wantBlob(t *testing.T, s *Store, name, want string) {
	t.Helper()
	if got, err := s.Get(t.Context(), name); err != nil || string(got) != want {
		t.Errorf("Get(%q) = %q, %v; want %q", name, got, err, want)
	}
}

func wantSeen(t *testing.T, p *proxy, want string) {
	t.Helper()
	if got := p.seen(); got != want {
		t.Errorf("the server saw %q, want %q: one put, and a look", got, want)
	}
}

func testFoundDurable(t *testing.T, s *Store, p *proxy) {
	for name, f := range map[string]fault{"cut": cutAnswer, "half": halfAnswer, "held": holdAnswer} {
		if s.patience = patience; f == holdAnswer {
			s.patience = ample
		}
		p.faults(f)
		if err := s.Create(t.Context(), name, []byte("mine")); err != nil {
			t.Errorf("%s: Create = %v, want nil: what was written stands", name, err)
		}
		wantSeen(t, p, "PUT GET")
		wantBlob(t, s, name, "mine")
		if err := s.Create(t.Context(), name, []byte("mine")); !errors.Is(err, store.ErrExists) {
			t.Errorf("%s: a second Create = %v, want ErrExists", name, err)
		}
	}
}

// The name was taken by somebody else, who even wrote the same bytes.
func testLoserIsTold(t *testing.T, s *Store, p *proxy) {
	mustCreate(t, s, "taken", "same")
	for _, blob := range []string{"same", "other"} {
		p.faults(cutAnswer)
		if err := s.Create(t.Context(), "taken", []byte(blob)); !errors.Is(err, store.ErrExists) {
			t.Errorf("Create with %q = %v, want ErrExists", blob, err)
		}
		wantSeen(t, p, "PUT GET")
		wantBlob(t, s, "taken", "same")
	}
}

func TestAnUnknownOutcomeIsNeitherYesNorNo(t *testing.T) {
	s, p := onProxy(t, s3test.Memory(t), "")
	for _, c := range []struct {
		name   string
		faults []fault
		stands bool
	}{
		{"the-look-fails-too", []fault{cutAnswer, cutAnswer}, true},
		{"it-never-arrived", []fault{cutRequest}, false},
		{"neither-arrived", []fault{cutRequest, cutRequest}, false},
	} {
		p.faults(c.faults...)
		err := s.Create(t.Context(), c.name, []byte("blob"))
		if err == nil || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrNotExist) {
			t.Errorf("%s: Create = %v, want an error that leaves the outcome open", c.name, err)
		}
		wantSeen(t, p, "PUT GET")
		var want error
		if c.stands {
			want = store.ErrExists
		}
		if err := s.Create(t.Context(), c.name, []byte("blob")); !errors.Is(err, want) {
			t.Errorf("%s: Create again = %v, want %v", c.name, err, want)
		}
		wantBlob(t, s, c.name, "blob")
	}
}

// Everybody's answer is lost, and all write the same bytes: still one of them has created the name.
func testOneWins(t *testing.T, s *Store, p *proxy) {
	p.decide(func(method string) fault {
		if method == "PUT" {
			return cutAnswer
		}
		return none
	})
	const racers = 8
	for round := range 5 {
		results := make([]error, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() { results[i] = s.Create(t.Context(), fmt.Sprintf("round/%d", round), []byte("same")) })
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrExists) {
				t.Errorf("round %d: Create = %v, want nil or ErrExists", round, err)
			}
		}
		if won != 1 {
			t.Errorf("round %d: %d creators believe that they won, want one", round, won)
		}
	}
}

// The server is stopped, as by a frozen machine, and goes on later, when nobody waits any more.
func TestAServerThatStops(t *testing.T) {
	gate := s3test.Gate(t)
	s := open(t, at(gate.Endpoint))
	mustCreate(t, s, "before", "kept")
	s.patience = short
	if err := gate.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	err := s.Create(t.Context(), "during", []byte("blob"))
	if !errors.Is(err, errSlow) || errors.Is(err, store.ErrExists) {
		t.Errorf("Create = %v, want errSlow", err)
	}
	if _, err := s.Get(t.Context(), "before"); !errors.Is(err, errSlow) || errors.Is(err, store.ErrNotExist) {
		t.Errorf("Get = %v, want errSlow", err)
	}
	if err := gate.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.patience = patience
	// The first put may land before, after or never.
	if err := s.Create(t.Context(), "during", []byte("blob")); err != nil && !errors.Is(err, store.ErrExists) {
		t.Errorf("Create once the server goes on = %v, want nil or ErrExists", err)
	}
	wantBlob(t, s, "during", "blob")
	wantBlob(t, s, "before", "kept")
}

func TestNoAnswerEndsEveryCall(t *testing.T) {
	s, p := onProxy(t, s3test.Memory(t), "")
	mustCreate(t, s, "there", "blob")
	calls := map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error { return s.Create(ctx, "new", []byte("x")) },
		"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, "there"); return err },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, "there") },
		"List": func(ctx context.Context) error {
			for _, err := range s.List(ctx, "") {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	p.decide(func(string) fault { return holdAnswer })
	for name, call := range calls {
		s.patience = short
		if err := call(t.Context()); !errors.Is(err, errSlow) || errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want errSlow", name, err)
		}
		s.patience = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), short/5)
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errSlow) {
			t.Errorf("%s past the caller's deadline = %v, want DeadlineExceeded", name, err)
		}
		cancel()
	}
}

func TestABlobCutShortIsAnError(t *testing.T) {
	s, p := onProxy(t, s3test.Memory(t), "")
	mustCreate(t, s, "whole", string(bytes.Repeat([]byte("blob"), 100)))
	p.faults(halfAnswer)
	if blob, err := s.Get(t.Context(), "whole"); !errors.Is(err, io.ErrUnexpectedEOF) || blob != nil {
		t.Errorf("Get = %d bytes, %v; want ErrUnexpectedEOF", len(blob), err)
	}
}

func testPages(t *testing.T, s *Store, p *proxy) {
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("p/%d", i))
		mustCreate(t, s, want[i], "")
	}
	s.page = 3

	p.faults()
	if got, err := list(t.Context(), s, nil); err != nil || !slices.Equal(got, want) {
		t.Errorf("List = %q, %v; want %q", got, err, want)
	}
	wantSeen(t, p, "GET GET GET GET")

	p.faults(none, halfAnswer)
	if got, err := list(t.Context(), s, nil); err == nil || !slices.Equal(got, want[:3]) {
		t.Errorf("a List whose second page is cut short = %q, %v; want the first three and an error", got, err)
	}

	// A list that was cancelled must not look complete.
	p.faults()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if got, err := list(ctx, s, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("a List cancelled on its way = %q, %v; want Canceled", got, err)
	}

}

// list reads a list, and calls each after every name.
func list(ctx context.Context, s *Store, each func()) (got []string, last error) {
	for name, err := range s.List(ctx, "") {
		if err != nil {
			return got, err
		}
		if got = append(got, name); each != nil {
			each()
		}
	}
	return got, nil
}

// The time between two names is the caller's.
func TestASlowCallerOfList(t *testing.T) {
	s := open(t, at(s3test.Memory(t)))
	want := []string{"a", "b", "c"}
	for _, name := range want {
		mustCreate(t, s, name, "")
	}
	s.page, s.patience = 1, ample
	slow := sync.OnceFunc(func() { <-time.After(ample + short) })
	if got, err := list(t.Context(), s, slow); err != nil || !slices.Equal(got, want) {
		t.Errorf("List = %q, %v; want %q", got, err, want)
	}
}
