package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/servertest"
)

// eventStream is a connection by server-sent events, and the way up that goes with it.
type eventStream struct {
	b      *bench
	token  string
	writer string
	body   io.ReadCloser
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// stream opens one; writer is a resume secret, "new", or empty to watch.
func (b *bench) stream(m client.Membership, writer, at string) *eventStream {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	b.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", b.URL+"/api/v1/boards/"+m.Board.String()+"/stream", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + m.Token}, "Denkwand-Version": {"1"}}
	if writer != "" {
		r.Header.Set("Denkwand-Writer", writer)
	}
	if at != "" {
		r.Header.Set("Denkwand-At", at)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("%s %v", resp.Status, resp.Header)
	}
	s := &eventStream{b: b, token: m.Token, writer: writer, body: resp.Body, lines: bufio.NewScanner(resp.Body), cancel: cancel}
	s.lines.Buffer(nil, 4<<20)
	b.t.Cleanup(func() { _ = s.body.Close() })
	return s
}

// next reads one event: a frame, or a part of a base. io.EOF is the proper end.
func (s *eventStream) next() (protocol.Frame, *protocol.Base, error) {
	s.b.t.Helper()
	event, data := "", ""
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch {
		case s.lines.Text() == "":
			if event == "base" {
				return nil, s.base(data), nil
			}
			f, err := protocol.DecodeServerFrame([]byte(data))
			return f, nil, err
		case name == "event":
			event = value
		case name == "data":
			data = value
		default:
			s.b.t.Fatalf("a line %q", s.lines.Text())
		}
	}
	if err := s.lines.Err(); err != nil {
		return nil, nil, err
	}
	return nil, nil, io.EOF
}

func (s *eventStream) base(data string) *protocol.Base {
	s.b.t.Helper()
	zipped, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		s.b.t.Fatal(err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		s.b.t.Fatal(err)
	}
	base := new(protocol.Base)
	if err := json.NewDecoder(plain).Decode(base); err != nil {
		s.b.t.Fatal(err)
	}
	return base
}

// down reads until a frame of the type comes.
func down[T protocol.Frame](s *eventStream) T {
	s.b.t.Helper()
	for {
		f, _, err := s.next()
		if err != nil {
			s.b.t.Fatalf("waiting for %T: %v", *new(T), err)
		}
		if got, ok := f.(T); ok {
			return got
		}
	}
}

// up posts a frame and returns the answer.
func (s *eventStream) up(frame string) reply {
	s.b.t.Helper()
	h := http.Header{}
	if s.writer != "" {
		h.Set("Denkwand-Writer", s.writer)
	}
	return s.b.do(request{method: "POST", path: s.b.path("/submit"), token: s.token, body: frame, header: h})
}

// begin reads the welcome and the base and takes the new writer's secret on.
func (s *eventStream) begin() (*protocol.Welcome, string) {
	s.b.t.Helper()
	w := down[*protocol.Welcome](s)
	if w.Writer != nil && w.Writer.Secret != "" {
		s.writer = w.Writer.Secret
	}
	at := ""
	for part := range w.Base {
		_, base, err := s.next()
		if err != nil || base == nil || base.Part != part+1 || base.Of != w.Base {
			s.b.t.Fatalf("part %d of %d: %+v, %v", part+1, w.Base, base, err)
		}
		at = base.At
	}
	return w, at
}

// TestStreamHasTheSameConversation holds the stream against what the socket does.
func TestStreamHasTheSameConversation(t *testing.T) {
	b := newBench(t)
	s := b.stream(b.owner, "new", "")
	w, at := s.begin()
	if w.Me != b.owner.Participant || w.Role != protocol.RoleOwner || w.Base == 0 || at == "" {
		t.Fatalf("welcome %+v at %q", w, at)
	}
	socket := b.raw(b.made.Board)
	socket.hello(b.member(protocol.RoleContributor, "Noor").Token, "")

	if r := s.up(`{"type":"submit","n":1,"ops":[` + note(protocol.RandomID(), "omhoog") + `]}`); r.status != http.StatusAccepted || len(r.body) > 0 {
		t.Fatalf("submit: %d %s", r.status, r.body)
	}
	told := false
	for acked := false; !acked; {
		f, _, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		switch f := f.(type) {
		case *protocol.Changes:
			told = told || f.Changes[len(f.Changes)-1].Note != nil
			at = f.At
		case *protocol.Own:
			acked = f.Acked == 1 && f.Saved == 1
		}
	}
	if !told {
		t.Error("the own op's change did not come before its ack")
	}
	for { // what is written here is seen there, and the other way round
		if c := receive[*protocol.Changes](socket).Changes; c[len(c)-1].Note != nil {
			break
		}
	}
	socket.submit(1, 1)
	for {
		if c := down[*protocol.Changes](s); c.Changes[len(c.Changes)-1].Note != nil {
			break
		}
	}
	if r := s.up(`{"type":"ping"}`); r.status != http.StatusAccepted {
		t.Fatalf("ping: %d %s", r.status, r.body)
	}
	down[*protocol.Pong](s)
	if r := s.up(`{"type":"signal","signals":[{"kind":"cursor","x":4711,"y":0}]}`); r.status != http.StatusAccepted {
		t.Fatalf("signal: %d %s", r.status, r.body)
	}
	for {
		sig := receive[*protocol.Signals](socket)
		if got := sig.Signals[len(sig.Signals)-1]; got.Kind == protocol.SignalCursor && *got.X == 4711 && got.From == b.owner.Participant {
			break
		}
	}

	// Resumed from a position, only what came since is told; the numbers go on.
	s.cancel()
	resumed := b.stream(b.owner, s.writer, at)
	w, _ = resumed.begin()
	if w.Base != 0 || w.Writer.Last != 1 || w.Writer.Secret != "" {
		t.Errorf("resumed: %+v", w)
	}
	if c := down[*protocol.Changes](resumed); len(c.Changes) != 1 || c.Changes[0].Note == nil {
		t.Errorf("since then: %+v", c)
	}
	if r := resumed.up(`{"type":"submit","n":2,"ops":[{"kind":"board.background","background":"dots"}]}`); r.status != http.StatusAccepted {
		t.Fatalf("submit: %d %s", r.status, r.body)
	}
	for down[*protocol.Own](resumed).Acked != 2 {
	}
}

// TestStreamIsTheWritersOneConnection: whichever way it comes, the second ends the first.
func TestStreamIsTheWritersOneConnection(t *testing.T) {
	b := newBench(t)
	first := b.stream(b.owner, "new", "")
	w, _ := first.begin()
	second := b.stream(b.owner, first.writer, "")
	if got, _ := second.begin(); got.Writer.ID != w.Writer.ID {
		t.Errorf("another writer: %+v", got.Writer)
	}
	replaced := func(s *eventStream) {
		t.Helper()
		if bye := down[*protocol.Bye](s); bye.Code != protocol.CodeReplaced {
			t.Errorf("bye %+v", bye)
		}
		if _, _, err := s.next(); err != io.EOF {
			t.Errorf("behind the bye: %v", err)
		}
	}
	replaced(first)
	socket := b.raw(b.made.Board)
	socket.hello(b.owner.Token, fmt.Sprintf(`,"writer":%q`, first.writer))
	replaced(second)
	second.up(`{"type":"submit","n":1,"ops":[` + note(protocol.RandomID(), "x") + `]}`) // goes to the writer's connection there is
	socket.acked(1)
	third := b.stream(b.owner, first.writer, "")
	third.begin()
	socket.closes(protocol.CodeReplaced)
	third.up(`{"type":"ping"}`)
	down[*protocol.Pong](third)
}

// TestStreamRefusals are answered over HTTP where nothing has begun, and in the stream where it has.
func TestStreamRefusals(t *testing.T) {
	b := newBench(t)
	open := func(board string, h http.Header) reply {
		return b.do(request{method: "GET", path: "/api/v1/boards/" + board + "/stream", header: h})
	}
	bearer := "Bearer " + b.owner.Token
	id := b.made.Board.String()
	open("x", http.Header{"Authorization": {bearer}, "Denkwand-Version": {"1"}}).refused(t, http.StatusNotFound, protocol.CodeBoardUnknown)
	for _, version := range []string{"", "2", "x", "-1"} {
		open(id, http.Header{"Authorization": {bearer}, "Denkwand-Version": {version}}).refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
	}
	open(id, http.Header{"Denkwand-Version": {"1"}}).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	open(id, http.Header{"Denkwand-Version": {"1"}, "Cookie": {"Authorization=" + bearer}}).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	stranger, other := b.owner, b.owner
	stranger.Token = protocol.RandomID().String()
	other.Board = protocol.RandomID()
	for s, code := range map[*eventStream]protocol.Code{
		b.stream(stranger, "", ""):                          protocol.CodeTokenUnknown,
		b.stream(other, "", ""):                             protocol.CodeBoardUnknown,
		b.stream(b.owner, protocol.RandomID().String(), ""): protocol.CodeWriterUnknown,
	} {
		if bye := down[*protocol.Bye](s); bye.Code != code {
			t.Errorf("bye %+v, want %s", bye, code)
		}
		if _, _, err := s.next(); err != io.EOF {
			t.Errorf("behind the bye: %v", err)
		}
	}

	// A frame that cannot be read is refused, and the stream lives on.
	s := b.stream(b.owner, "new", "")
	s.begin()
	s.up(`{"type":"pong","time":1}`).refused(t, http.StatusBadRequest, protocol.CodeUnknownKind)
	s.up(`{"type":"ping","x":1}`).refused(t, http.StatusBadRequest, protocol.CodeMalformed)
	s.up("").refused(t, http.StatusBadRequest, protocol.CodeMalformed)
	s.up(`{"type":"hello","version":1}`).refused(t, http.StatusBadRequest, protocol.CodeProtocol)
	s.up(`{"type":"submit","n":1,"ops":[{"kind":"link.use","link":"`+id+`","participant":"`+id+`"}]}`).refused(t, http.StatusBadRequest, protocol.CodeServerKind)
	forged := *s
	forged.token = b.member(protocol.RoleContributor, "Noor").Token
	forged.up(`{"type":"ping"}`).refused(t, http.StatusConflict, protocol.CodeWriterUnknown)
	forged.token = ""
	forged.up(`{"type":"ping"}`).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	s.up(`{"type":"ping"}`)
	down[*protocol.Pong](s)

	// A watcher has no way up, and a writer without a connection neither.
	w := b.stream(b.owner, "", "")
	if welcome, _ := w.begin(); welcome.Writer != nil {
		t.Errorf("a watcher got %+v", welcome.Writer)
	}
	w.up(`{"type":"ping"}`).refused(t, http.StatusConflict, protocol.CodeWriterUnknown)
	s.cancel()
	for {
		r := s.up(`{"type":"ping"}`)
		if r.status != http.StatusAccepted {
			r.refused(t, http.StatusConflict, protocol.CodeHelloFirst)
			break
		}
	}
}

// TestStreamsThroughARestart: the stream says goodbye and is taken up again where it was, on another server over the same
// directory.
func TestStreamsThroughARestart(t *testing.T) {
	b := newBench(t)
	s := b.stream(b.owner, "new", "")
	_, at := s.begin()
	s.up(`{"type":"submit","n":1,"ops":[` + note(protocol.RandomID(), "blijft") + `]}`)
	for down[*protocol.Own](s).Saved != 1 {
	}
	go b.Stop()
	bye := down[*protocol.Bye](s)
	if bye.Code != protocol.CodeRestart || bye.Retry <= 0 {
		t.Errorf("bye %+v", bye)
	}
	if _, _, err := s.next(); err != io.EOF {
		t.Errorf("behind the bye: %v", err)
	}
	b.Stop()
	b.Server = servertest.StartIn(t, b.Dir)
	again := b.stream(b.owner, s.writer, at)
	w := down[*protocol.Welcome](again)
	if w.Writer.Last != 1 || w.Writer.Secret != "" {
		t.Errorf("after the restart: %+v", w.Writer)
	}
	for { // what came since, or all of it
		f, base, err := again.next()
		if err != nil {
			t.Fatal(err)
		}
		var changes []protocol.Change
		if c, ok := f.(*protocol.Changes); ok {
			changes = c.Changes
		} else if base != nil {
			changes = base.Changes
		}
		if slices.ContainsFunc(changes, func(c protocol.Change) bool { return c.Note != nil && *c.Note.Text == "blijft" }) {
			return
		}
	}
}

// TestStreamIsCutWhenAccessIsLost.
func TestStreamIsCutWhenAccessIsLost(t *testing.T) {
	b := newBench(t)
	link := b.link(client.NewLink{Role: protocol.RoleContributor})
	s := b.stream(b.join(link.Link, "Noor"), "new", "")
	s.begin()
	begun := time.Now()
	if err := b.owner.REST().RevokeLink(t.Context(), link.ID); err != nil {
		t.Fatal(err)
	}
	if bye := down[*protocol.Bye](s); bye.Code != protocol.CodeAccessLost || time.Since(begun) > time.Second {
		t.Errorf("bye %+v after %v", bye, time.Since(begun))
	}
	s.up(`{"type":"ping"}`).refused(t, http.StatusForbidden, protocol.CodeAccessLost)
}
