package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/servertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a server with one board, its owner, and what a test does to it over plain HTTP.
type bench struct {
	*servertest.Server
	t     *testing.T
	http  *http.Client
	made  client.Created
	owner client.Membership
}

func newBench(t *testing.T, changes ...func(*server.Config)) *bench {
	t.Helper()
	b := newBenchWithoutBoard(t, changes...)
	b.made, b.owner = b.Board()
	return b
}

func newBenchWithoutBoard(t *testing.T, changes ...func(*server.Config)) *bench {
	t.Helper()
	b := &bench{Server: servertest.Start(t, changes...), t: t}
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	b.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return b
}

// reply is an answer over HTTP, and the problem it holds if it is one.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	problem struct {
		Status        int
		Title, Detail string
		Code          protocol.Code
		Retry         int64
	}
}

// request is a request to be sent: method and path, then what differs from a plain one.
type request struct {
	method, path string
	token        string
	body         string
	header       http.Header
	host         string
}

func (b *bench) do(q request) reply {
	b.t.Helper()
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), q.method, b.URL+q.path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	if q.host != "" {
		r.Host = q.host
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.read(resp)
}

// read takes an answer in. Where it begins another protocol the connection is closed.
func (b *bench) read(resp *http.Response) reply {
	b.t.Helper()
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return out
	}
	var err error
	if out.body, err = io.ReadAll(resp.Body); err != nil {
		b.t.Fatal(err)
	}
	if resp.Header.Get("Content-Type") == "application/problem+json" {
		if err := json.Unmarshal(out.body, &out.problem); err != nil {
			b.t.Fatalf("%v in %s", err, out.body)
		}
	}
	return out
}

// path is an address below the board's.
func (b *bench) path(rest string) string { return "/api/v1/boards/" + b.made.Board.String() + rest }

// refused asserts that an answer is a problem in full, with this status and code, whose sentence is the code's.
func (r reply) refused(t *testing.T, status int, code protocol.Code) {
	t.Helper()
	p := r.problem
	if r.status != status || p.Code != code {
		t.Errorf("%d %s, want %d %s: %s", r.status, p.Code, status, code, r.body)
		return
	}
	if p.Status != status || p.Title != http.StatusText(status) || !strings.HasPrefix(p.Detail, code.Sentence()) {
		t.Errorf("the problem does not say all: %s", r.body)
	}
	again := (status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests) && code != protocol.CodeQuarantined
	if (r.header.Get("Retry-After") != "") != again || (p.Retry > 0) != again {
		t.Errorf("%s: Retry-After %q, retry %d", code, r.header.Get("Retry-After"), p.Retry)
	}
	if (status == http.StatusUnauthorized) != (r.header.Get("WWW-Authenticate") == "Bearer") {
		t.Errorf("%s: WWW-Authenticate %q", code, r.header.Get("WWW-Authenticate"))
	}
}

// into decodes an answer, which must have the status.
func into[T any](t *testing.T, r reply, status int) (v T) {
	t.Helper()
	if r.status != status {
		t.Fatalf("%d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return v
}

// quote writes a value as JSON.
func quote(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// secretOf takes the secret from a link.
func secretOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Fragment == "" {
		t.Fatalf("not a link: %v", err)
	}
	return u.Fragment
}

// link makes an invitation as the owner.
func (b *bench) link(l client.NewLink) client.CreatedLink {
	b.t.Helper()
	made, err := b.owner.REST().CreateLink(b.t.Context(), l)
	if err != nil {
		b.t.Fatal(err)
	}
	return made
}

// join lets somebody in by a link.
func (b *bench) join(link, name string) client.Membership {
	b.t.Helper()
	m, err := client.Join(b.t.Context(), b.Here(link), client.JoinOptions{Name: name})
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// member lets somebody in by a link of their own.
func (b *bench) member(role protocol.Role, name string) client.Membership {
	b.t.Helper()
	return b.join(b.link(client.NewLink{Role: role}).Link, name)
}

// note is a note.create with a text, as JSON.
func note(id protocol.ID, text string) string {
	return `{"kind":"note.create","note":"` + id.String() + `","x":0,"y":0,"w":12800,"h":9600,"text":` + quote(text) +
		`,"rev":"` + protocol.RandomID().String() + `"}`
}
