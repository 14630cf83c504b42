package servertest_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/servertest"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the convergence test; 0: a new one")

const (
	convergenceWriters = 10
	convergenceOps     = 120 // of each writer
	convergenceKills   = 3

	// convergencePatience is when a client is taken to be stuck. It takes 5 s alone, and many times that beside others.
	convergencePatience = 8 * time.Minute
)

// TestConvergence lets many clients do random ops while their connections are cut and the server is killed. In the end
// every client's copy must be what a fresh replay of the journal projects for it, and every acked op must stand in the
// journal exactly once.
func TestConvergence(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed: go test ./server/servertest -run TestConvergence -seed %d", seed)
	p := servertest.StartProcess(t)
	ctx, cancel := context.WithTimeout(t.Context(), convergencePatience)
	defer cancel()
	made, links := convergenceBoard(ctx, t, p.URL)
	wall := new(sharedWall)
	people := make([]*randomPerson, convergenceWriters)
	for i := range people {
		people[i] = joinRandom(ctx, t, links[i%len(links)], rand.New(rand.NewPCG(seed, uint64(i))), wall)
	}
	done := make(chan struct{})
	var work, chaos sync.WaitGroup
	for _, person := range people {
		work.Go(func() { person.act(ctx) })
	}
	chaos.Go(func() { disturb(rand.New(rand.NewPCG(seed, 1<<32)), p, people, wall, done) })
	work.Wait()
	close(done)
	chaos.Wait()
	for i, person := range people {
		if err := person.board.Flush(ctx); err != nil {
			state, why := person.board.State()
			t.Fatalf("person %d has %d ops unsaved: %v (%v, %v)", i, person.board.Unsaved(), err, state, why)
		}
	}
	verdict(ctx, t, p, made.Board, people)
}

func convergenceBoard(ctx context.Context, t *testing.T, url string) (client.Created, []string) {
	t.Helper()
	made, err := client.CreateBoard(ctx, url, client.NewBoard{Question: "?"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := client.Join(ctx, made.Owner, client.JoinOptions{Name: "Owner"})
	if err != nil {
		t.Fatal(err)
	}
	link, err := m.REST().CreateLink(ctx, client.NewLink{Role: protocol.RoleContributor})
	if err != nil {
		t.Fatal(err)
	}
	return made, []string{link.Link, link.Link, made.Owner}
}

// sharedWall is which objects the people know of, so that they meet on the same ones, and how much was done.
type sharedWall struct {
	mu              sync.Mutex
	notes, clusters []protocol.ID
	acts            int
	progress        sync.Cond
}

func (w *sharedWall) acted() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acts++
	w.progress.Broadcast()
}

// waitActs waits until so many acts are done, or the work has ended.
func (w *sharedWall) waitActs(n int, done <-chan struct{}) bool {
	stop := context.AfterFunc(doneContext(done), func() {
		w.mu.Lock() // else it may wake nobody between the look at done and Wait
		defer w.mu.Unlock()
		w.progress.Broadcast()
	})
	defer stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.acts < n {
		select {
		case <-done:
			return false
		default:
		}
		w.progress.Wait()
	}
	return true
}

func doneContext(done <-chan struct{}) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-done
		cancel()
	}()
	return ctx
}

// randomPerson is one client that does random ops over connections that can be cut.
type randomPerson struct {
	board *client.Board
	rng   *rand.Rand
	wall  *sharedWall

	mu    sync.Mutex
	conns []net.Conn
	acked []client.Result
}

func joinRandom(ctx context.Context, t *testing.T, link string, rng *rand.Rand, wall *sharedWall) *randomPerson {
	t.Helper()
	wall.progress.L = &wall.mu
	p := &randomPerson{rng: rng, wall: wall}
	m, err := client.Join(ctx, link, client.JoinOptions{Name: "Mens"})
	if err != nil {
		t.Fatal(err)
	}
	options := m.Options()
	options.BackoffMin, options.BackoffMax = 10*time.Millisecond, 200*time.Millisecond
	options.HTTPClient = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				p.mu.Lock()
				p.conns = append(p.conns, conn)
				p.mu.Unlock()
			}
			return conn, err
		},
	}}
	if p.board, err = client.Dial(ctx, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.board.Close(ctx)
	})
	return p
}

// cut breaks the person's connections without a word.
func (p *randomPerson) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		_ = conn.Close()
	}
	p.conns = nil
}

func (p *randomPerson) act(ctx context.Context) {
	for range convergenceOps {
		if note := p.pick(&p.wall.notes); !note.IsZero() && p.rng.IntN(4) == 0 {
			p.edit(note)
		} else {
			result, err := p.board.Do(ctx, p.op())
			var refused *client.RefusedError
			if err != nil && !errors.As(err, &refused) {
				return // Flush says what is wrong
			}
			if result.N != 0 { // else it was refused before it was sent: an arrow from a note to itself
				p.acked = append(p.acked, result)
			}
		}
		p.wall.acted()
	}
}

// edit types a little into a note, wherever its text stands by now.
func (p *randomPerson) edit(note protocol.ID) {
	before, ok := p.board.Text(note)
	if !ok {
		return
	}
	runes := []rune(before)
	at := p.rng.IntN(len(runes) + 1)
	to := min(len(runes), at+p.rng.IntN(3))
	after := string(runes[:at]) + []string{"a", "é", "🌱", "wat ", ""}[p.rng.IntN(5)] + string(runes[to:])
	_, _ = p.board.Edit(note, before, after) // a note that was deleted meanwhile cannot be edited
}

func (p *randomPerson) pick(list *[]protocol.ID) protocol.ID {
	p.wall.mu.Lock()
	defer p.wall.mu.Unlock()
	if len(*list) == 0 {
		return protocol.ID{}
	}
	return (*list)[p.rng.IntN(len(*list))]
}

func (p *randomPerson) add(list *[]protocol.ID) protocol.ID {
	id := protocol.RandomID()
	p.wall.mu.Lock()
	defer p.wall.mu.Unlock()
	*list = append(*list, id)
	return id
}

func (p *randomPerson) op() protocol.Op {
	x, y := p.rng.Int64N(1<<16)-1<<15, p.rng.Int64N(1<<16)-1<<15
	note, cluster := p.pick(&p.wall.notes), p.pick(&p.wall.clusters)
	if note.IsZero() || p.rng.IntN(5) == 0 {
		return &protocol.NoteCreate{Note: p.add(&p.wall.notes), X: x, Y: y, W: 8000, H: 8000, Rev: protocol.RandomID(), Text: "nieuw"}
	}
	switch p.rng.IntN(10) {
	case 0:
		return &protocol.ClusterCreate{Cluster: p.add(&p.wall.clusters), Title: fmt.Sprint(x), Notes: []protocol.ID{note}}
	case 1:
		return &protocol.NoteDelete{Note: note}
	case 2:
		return &protocol.NoteRestore{Note: note}
	case 3:
		if !cluster.IsZero() {
			return &protocol.ClusterAssign{Cluster: cluster, Notes: []protocol.ID{note}}
		}
	case 4:
		if !cluster.IsZero() {
			return &protocol.ClusterMove{Cluster: cluster, DX: x / 64, DY: y / 64}
		}
	case 5:
		return &protocol.ConnectorCreate{Connector: protocol.RandomID(), From: note, To: p.pick(&p.wall.notes)}
	case 6:
		if n := len(p.acked); n > 0 {
			last := p.acked[n-1-p.rng.IntN(min(n, 5))]
			return &protocol.Undo{Writer: last.Writer, N: last.N}
		}
	case 7:
		return &protocol.Batch{Ops: []protocol.AnyOp{
			{Op: &protocol.NoteFront{Note: note}}, {Op: &protocol.NoteTag{Note: note, Tags: []string{"x"}}},
		}}
	}
	return &protocol.NoteMove{Note: note, X: x, Y: y}
}

// disturb cuts connections all the time and kills the server a few times, each after so many acts.
func disturb(rng *rand.Rand, p *servertest.Process, people []*randomPerson, wall *sharedWall, done <-chan struct{}) {
	total := convergenceWriters * convergenceOps
	const cutsPerKill = 8
	for i := 1; i <= convergenceKills*cutsPerKill; i++ {
		if !wall.waitActs(total*i/(convergenceKills*cutsPerKill+1), done) {
			return
		}
		people[rng.IntN(len(people))].cut()
		if i%cutsPerKill == 0 {
			p.Kill()
			p.Start()
		}
	}
}

func verdict(ctx context.Context, t *testing.T, p *servertest.Process, id protocol.ID, people []*randomPerson) {
	t.Helper()
	var head uint64
	for _, person := range people { // the last changes are on their way still
		person.board.View(func(v *client.View) { head = max(head, v.Seq()) })
	}
	copies := make([][]byte, len(people))
	audiences := make([]board.Audience, len(people))
	for i, person := range people {
		if err := until(ctx, person.board, func(v *client.View) bool { return v.Seq() >= head }); err != nil {
			t.Fatalf("person %d does not come to entry %d: %v", i, head, err)
		}
		person.board.View(func(v *client.View) { copies[i] = v.Encode() })
		_, role := person.board.Me()
		audiences[i] = board.AudienceOf(role)
	}
	p.Kill()
	type number struct {
		writer protocol.ID
		n      uint64
	}
	took := map[number]int{}
	state := replay(t, p.Dir, id, func(e protocol.Entry, v board.Verdict) {
		if !e.Writer.IsZero() && !v.Repeat && !slices.Contains([]protocol.Code{protocol.CodeGap, protocol.CodeConflict}, v.Code) {
			took[number{e.Writer, e.N}]++
		}
	})
	if state.Seq() < head { // it may end behind them with entries that changed nothing, which nobody is told of
		t.Errorf("the journal ends at %d, the clients are at %d", state.Seq(), head)
	}
	for i, person := range people {
		want := new(client.View)
		for c := range state.Base(audiences[i]) {
			if err := want.Apply(c.Change()); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(copies[i], want.Encode()) {
			t.Errorf("person %d's copy differs from a fresh replay:\n%s", i, firstDifference(copies[i], want.Encode()))
		}
		for _, r := range person.acked {
			if took[number{r.Writer, r.N}] != 1 {
				t.Errorf("person %d: acked number %d stands %d times in the journal", i, r.N, took[number{r.Writer, r.N}])
			}
		}
		if len(person.acked) == 0 {
			t.Errorf("person %d had nothing acked", i)
		}
	}
}

func firstDifference(got, want []byte) string {
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
