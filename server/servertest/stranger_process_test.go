package servertest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/servertest"
)

const strangerDir = "../../protocol/testdata/stranger"

// node returns the path of Node.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("node is missing: a client written from protocol/SPEC.md alone is part of the tests and needs Node 20 or newer in the PATH (%v)", err)
	}
	return path
}

// stranger is the client written from SPEC.md, in a process of its own.
type stranger struct {
	t     *testing.T
	in    io.Writer
	out   *bufio.Reader
	board protocol.ID
	token string
}

// newStranger starts the stranger, and has it join by a link and connect.
func newStranger(t *testing.T, link string) *stranger {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node(t), "--experimental-websocket", "--no-warnings", strangerDir+"/play.mjs")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // killed with the test's context
		if stderr.Len() > 0 {
			t.Errorf("the stranger says: %s", stderr.String())
		}
	})
	s := &stranger{t: t, in: in, out: bufio.NewReader(out)}
	var joined struct {
		Token string
		Board protocol.ID
	}
	s.do(&joined, "join", "link", link, "name", "Vreemdeling")
	s.board, s.token = joined.Board, joined.Token
	s.do(nil, "connect")
	return s
}

// do gives a command with its arguments, as names and values, and waits for the answer.
func (s *stranger) do(answer any, command string, args ...any) {
	s.t.Helper()
	asked := map[string]any{"do": command}
	for i := 0; i < len(args); i += 2 {
		asked[args[i].(string)] = args[i+1]
	}
	line, err := json.Marshal(asked)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	line, err = s.out.ReadBytes('\n')
	if err != nil {
		s.t.Fatalf("%s: the stranger ended: %v", command, err)
	}
	var got struct {
		OK    json.RawMessage
		Error string
	}
	if err := json.Unmarshal(line, &got); err != nil {
		s.t.Fatalf("%s: %v in %s", command, err, line)
	}
	if got.Error != "" {
		s.t.Fatalf("%s: %s", command, got.Error)
	}
	if answer != nil {
		if err := json.Unmarshal(got.OK, answer); err != nil {
			s.t.Fatalf("%s: %v in %s", command, err, got.OK)
		}
	}
}

// create has the stranger make a note.
func (s *stranger) create(text string) protocol.ID {
	s.t.Helper()
	var made struct{ Note protocol.ID }
	s.do(&made, "create", "text", text)
	return made.Note
}

const end = -1 // the place behind a text

// edit has the stranger delete and type at a place of a note's text.
func (s *stranger) edit(note protocol.ID, at, del int, ins string) {
	s.t.Helper()
	s.do(nil, "edit", "note", note, "at", at, "del", del, "ins", ins)
}

// strangerState is what the stranger holds and was told since it was last asked.
type strangerState struct {
	At     string
	Next   int64
	Outbox []struct{ N int64 }
	Told   []map[string]any
}

// told returns the stories of one sort, in order.
func (s strangerState) told(what string) []any {
	var all []any
	for _, t := range s.Told {
		if v, ok := t[what]; ok {
			all = append(all, v)
		}
	}
	return all
}

func (s *stranger) state() strangerState {
	s.t.Helper()
	var state strangerState
	s.do(&state, "state")
	return state
}

// agrees says that the stranger's copy, once everything is saved, is what REST shows the same person. A copy may be
// a moment behind another's op; so the stranger is asked to get there.
func (s *stranger) agrees(origin string) map[string]map[string]any {
	s.t.Helper()
	s.do(nil, "settle")
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, origin+"/api/v1/boards/"+s.board.String(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var state struct {
		Changes []map[string]map[string]any
	}
	if err := json.NewDecoder(answer.Body).Decode(&state); err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("the board over REST: %s, %v", answer.Status, err)
	}
	want := map[string]map[string]any{}
	for _, change := range state.Changes {
		for kind, object := range change {
			id, _ := object["id"].(string)
			for name, value := range object {
				if v := reflect.ValueOf(value); v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
					delete(object, name)
				}
			}
			want[kind+"/"+id] = object
		}
	}
	var got map[string]map[string]any
	s.do(nil, "holds", "dump", want)
	s.do(&got, "dump")
	if !reflect.DeepEqual(got, want) {
		s.t.Fatalf("the stranger holds\n%v\nREST says\n%v", got, want)
	}
	return got
}

// texts returns the notes' texts of a dump.
func texts(dump map[string]map[string]any) map[string]string {
	all := map[string]string{}
	for key, object := range dump {
		if id, ok := strings.CutPrefix(key, "note/"); ok {
			all[id], _ = object["text"].(string)
		}
	}
	return all
}

// wire carries connections to a server that may be exchanged, under one address. It knows which of them are sockets,
// and can cut these or swallow what comes down them.
type wire struct {
	url      string
	listener net.Listener
	mu       sync.Mutex
	target   string
	sockets  map[net.Conn]*bool // whether what comes down is swallowed
	all      sync.WaitGroup
	open     map[net.Conn]bool
}

func newWire(t *testing.T) *wire {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{
		url: "http://" + listener.Addr().String(), listener: listener,
		sockets: map[net.Conn]*bool{}, open: map[net.Conn]bool{},
	}
	w.all.Go(func() {
		for {
			up, err := listener.Accept()
			if err != nil {
				return
			}
			w.all.Go(func() { w.carry(up) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		w.to("")
		w.all.Wait()
	})
	return w
}

// to leads new connections to another server, to none if the origin is empty, and cuts all others.
func (w *wire) to(origin string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.target = strings.TrimPrefix(origin, "http://")
	for conn := range w.open {
		_ = conn.Close()
	}
}

// cut cuts the sockets.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.sockets {
		_ = conn.Close()
	}
}

// swallow loses whatever else comes down the sockets that are open now.
func (w *wire) swallow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, lost := range w.sockets {
		*lost = true
	}
}

// carry carries one connection until either side ends it.
func (w *wire) carry(near net.Conn) {
	defer func() { _ = near.Close() }()
	w.mu.Lock()
	target := w.target
	w.open[near] = true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, near)
		delete(w.sockets, near)
	}()
	if target == "" {
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	lost := new(bool)
	w.all.Go(func() {
		_, _ = io.Copy(writerFunc(func(p []byte) (int, error) {
			if bytes.Contains(p, []byte("/socket HTTP/1.1\r\n")) { // on a connection that may have had other requests
				w.mu.Lock()
				w.sockets[near] = lost
				w.mu.Unlock()
			}
			return far.Write(p)
		}), near)
		_ = far.Close()
	})
	_, _ = io.Copy(writerFunc(func(p []byte) (int, error) {
		w.mu.Lock()
		swallowed := *lost
		w.mu.Unlock()
		if swallowed {
			return len(p), nil
		}
		return near.Write(p)
	}), far)
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// serve starts a server over a directory that people reach by the wire.
func (w *wire) serve(t *testing.T, dir string) *servertest.Server {
	t.Helper()
	s := servertest.StartIn(t, dir, func(c *server.Config) {
		public, err := url.Parse(w.url)
		if err != nil {
			t.Fatal(err)
		}
		c.API.Addresses.PublicURL = public
	})
	w.to(s.URL)
	return s
}

// newBoard makes a board by the wire and returns its owner's membership and a contributor's link.
func (w *wire) newBoard(t *testing.T) (client.Membership, string) {
	t.Helper()
	made, err := client.CreateBoard(t.Context(), w.url, client.NewBoard{Question: "Wat delen we?", Language: "nl"})
	if err != nil {
		t.Fatal(err)
	}
	owner, err := client.Join(t.Context(), made.Owner, client.JoinOptions{Name: "Ilse"})
	if err != nil {
		t.Fatal(err)
	}
	link, err := owner.REST().CreateLink(t.Context(), client.NewLink{Role: protocol.RoleContributor})
	if err != nil {
		t.Fatal(err)
	}
	return owner, link.Link
}
