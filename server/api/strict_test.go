package api_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// TestBodiesAreReadStrictly sends what other decoders read in more than one way.
func TestBodiesAreReadStrictly(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.API.Guesses = 1000 })
	for name, body := range map[string]string{
		"duplicate key":       `{"title":"a","title":"b"}`,
		"case-folded key":     `{"Title":"a"}`,
		"key in both cases":   `{"title":"a","TITLE":"b"}`,
		"unknown key":         `{"title":"a","seq":7}`,
		"server-owned key":    `{"title":"a","author":"x"}`,
		"null":                `{"title":null}`,
		"null body":           `null`,
		"number for text":     `{"title":7}`,
		"list":                `[]`,
		"text":                `"title"`,
		"trailing bytes":      `{"title":"a"} x`,
		"two values":          `{}{}`,
		"not JSON":            `title=a`,
		"cut off":             `{"title":"a`,
		"invalid UTF-8":       "{\"title\":\"a\xff\"}",
		"lone surrogate":      `{"title":"\ud83d"}`,
		"byte order mark":     "\ufeff{}",
		"deep nesting":        strings.Repeat(`{"title":`, 40) + `1` + strings.Repeat(`}`, 40),
		"comment":             `{/* */}`,
		"only white space":    "   ",
		"NUL":                 "{\"title\":\"\x00\"}",
		"nesting of 10,000":   strings.Repeat("[", 10_000),
		"escaped unknown key": `{"titl\u0065s":"a"}`,
	} {
		t.Run(name, func(t *testing.T) {
			b.do(request{method: "POST", path: "/api/v1/boards", body: body}).refused(t, http.StatusBadRequest, protocol.CodeMalformed)
		})
	}
	join := func(body string) reply { return b.do(request{method: "POST", path: b.path("/join"), body: body}) }
	for name, body := range map[string]string{
		"missing member":  `{"name":"Noor"}`,
		"fraction":        `{"secret":"x","colour":1.0}`,
		"exponent":        `{"secret":"x","colour":1e0}`,
		"negative zero":   `{"secret":"x","colour":-0}`,
		"beyond the type": `{"secret":"x","colour":256}`,
		"NaN":             `{"secret":"x","colour":NaN}`,
		"not an id":       `{"secret":"x","perspective":"x"}`,
		"the zero id":     `{"secret":"x","perspective":"AAAAAAAAAAAAAAAAAAAAAA"}`,
	} {
		t.Run(name, func(t *testing.T) { join(body).refused(t, http.StatusBadRequest, protocol.CodeMalformed) })
	}
	b.do(request{method: "POST", path: "/api/v1/boards"}).refused(t, http.StatusBadRequest, protocol.CodeBadRequest) // empty
	b.do(request{method: "POST", path: b.path("/ops"), token: b.owner.Token}).refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
	stillServes(t, b)
}

// stillServes shows that the server goes on.
func stillServes(t *testing.T, b *bench) {
	t.Helper()
	into[stateAnswer](t, b.do(request{method: "GET", path: b.path(""), token: b.owner.Token}), http.StatusOK)
}

func TestBodiesHaveALimit(t *testing.T) {
	b := newBench(t)
	fits := `{"question":"x"` + strings.Repeat(" ", protocol.MaxFrame-len(`{"question":"x"}`)) + `}`
	into[client.Created](t, b.do(request{method: "POST", path: "/api/v1/boards", body: fits}), http.StatusCreated)
	over := fits + " "
	for _, path := range []string{"/api/v1/boards", b.path("/join"), b.path("/look"), b.path("/recover"), b.path("/links"), b.path("/ops"), b.path("/submit")} {
		b.do(request{method: "POST", path: path, token: b.owner.Token, body: over}).
			refused(t, http.StatusRequestEntityTooLarge, protocol.CodeFrameTooLarge)
	}
	stillServes(t, b)
}

func TestBodiesAreJSON(t *testing.T) {
	b := newBench(t)
	for _, kinds := range [][]string{
		{"text/plain"}, {"application/x-www-form-urlencoded"}, {"multipart/form-data; boundary=x"}, {"application/jsonx"},
		{"application/problem+json"}, {"json"}, {";"}, {"application/json", "text/plain"},
	} {
		for _, path := range []string{"/api/v1/boards", b.path("/ops"), b.path("/submit")} {
			b.do(request{method: "POST", path: path, body: `{}`, header: http.Header{"Content-Type": kinds}}).
				refused(t, http.StatusUnsupportedMediaType, protocol.CodeBadRequest)
		}
	}
	for _, kinds := range [][]string{{"application/json"}, {"Application/JSON; charset=utf-8"}, nil} {
		into[client.Created](t, b.do(request{method: "POST", path: "/api/v1/boards", body: `{}`, header: http.Header{"Content-Type": kinds}}), http.StatusCreated)
	}
	// What the caller would like to get changes nothing: there is one form of each answer.
	for _, accept := range []string{"text/html", "application/xml", "application/cbor", "*/*;q=0", ""} {
		r := b.do(request{method: "GET", path: b.path(""), token: b.owner.Token, header: http.Header{"Accept": {accept}}})
		if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("Accept %s: %d %s", accept, r.status, r.header.Get("Content-Type"))
		}
	}
}

func TestQueriesHoldWhatIsKnownOnce(t *testing.T) {
	b := newBench(t)
	get := func(rest string) reply { return b.do(request{method: "GET", path: b.path(rest), token: b.owner.Token}) }
	for _, unknown := range []string{"?token=x", "?Seq=1", "?seq=1&x=y", "/changes?form=1", "/outcome?seq=1", "/links?role=owner"} {
		get(unknown).refused(t, http.StatusUnprocessableEntity, protocol.CodeBadRequest)
	}
	for _, bad := range []string{"?seq=1&seq=2", "?seq=1;seq=2", "?seq=%zz"} {
		get(bad).refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
	}
	// A token in a URL stands in logs: no door looks there, and the doors that take no query say so.
	get("?token="+b.owner.Token).refused(t, http.StatusUnprocessableEntity, protocol.CodeBadRequest)
	for _, door := range []string{"/socket", "/stream"} {
		r := b.do(request{method: "GET", path: b.path(door + "?token=" + b.owner.Token)})
		r.refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
		if strings.Contains(string(r.body), b.owner.Token) {
			t.Errorf("%s repeats the token", door)
		}
	}
	b.do(request{method: "POST", path: b.path("/submit?token=" + b.owner.Token), body: `{"type":"ping"}`}).
		refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
	b.do(request{method: "GET", path: "/api/v1/openapi.json?x=y"}).refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
}

// TestRefusalsRepeatNothingSent: what was sent may be a secret, and refusals are pasted into tickets.
func TestRefusalsRepeatNothingSent(t *testing.T) {
	b := newBench(t)
	const canary = "kanarie-4711"
	for _, body := range []string{
		`{"role":"viewer","password":7,"x":"` + canary + `"}`, `{"role":"` + canary + `"}`, canary, `{"password":"` + canary,
		`{"role":"viewer","label":"` + strings.Repeat(canary, 10) + `"}`, `{"role":"viewer","password":"` + canary[:7] + `"}`,
	} {
		r := b.do(request{method: "POST", path: b.path("/links"), token: b.owner.Token, body: body})
		if r.status < 400 || strings.Contains(string(r.body), canary[:7]) && !strings.Contains(body, `"role":"`+canary) {
			t.Errorf("%s is answered with %d %s", body, r.status, r.body)
		}
	}
	r := b.do(request{method: "GET", path: b.path("?seq=" + canary), token: b.owner.Token})
	if r.status != http.StatusUnprocessableEntity || strings.Contains(string(r.body), canary) {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	b := newBench(t)
	for _, q := range []request{
		{method: "GET", path: "/api/"}, {method: "GET", path: "/api/v1"}, {method: "POST", path: "/api/v2/boards"},
		{method: "GET", path: b.path("/nothing")}, {method: "DELETE", path: b.path("/nothing")}, {method: "PATCH", path: "/api/v1/"},
		{method: "GET", path: "/api/v1/boards/"}, {method: "GET", path: b.path("/")},
	} {
		b.do(q).refused(t, http.StatusNotFound, protocol.CodeBadRequest)
	}
	for _, c := range []struct{ method, path, allow string }{
		{"GET", "/api/v1/boards", "POST"}, {"DELETE", "/api/v1/boards", "POST"}, {"POST", b.path(""), "GET"}, {"PUT", b.path("/links"), "GET, POST"},
		{"GET", b.path("/links/" + b.made.Board.String()), "DELETE"}, {"GET", b.path("/join"), "POST"}, {"GET", b.path("/submit"), "POST"},
		{"POST", b.path("/socket"), "GET"}, {"POST", b.path("/stream"), "GET"}, {"PATCH", b.path("/ops"), "POST"}, {"OPTIONS", b.path("/ops"), "POST"},
		{"TRACE", b.path("/outcome"), "GET"}, {"POST", "/api/v1/openapi.json", "GET"},
	} {
		r := b.do(request{method: c.method, path: c.path})
		r.refused(t, http.StatusMethodNotAllowed, protocol.CodeBadRequest)
		if got := r.header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s: Allow %q, want %q", c.method, c.path, got, c.allow)
		}
	}
	b.do(request{method: "GET", path: b.path("/socket")}).refused(t, http.StatusUpgradeRequired, protocol.CodeBadRequest)
}

func TestTokensTravelInTheHeaderAlone(t *testing.T) {
	b := newBench(t)
	get := func(h http.Header) reply { return b.do(request{method: "GET", path: b.path(""), header: h}) }
	for _, h := range []http.Header{
		{"Cookie": {"token=" + b.owner.Token}}, {"Cookie": {"Authorization=Bearer " + b.owner.Token}}, {"Authorization": {b.owner.Token}},
		{"Authorization": {"Basic " + b.owner.Token}}, {"Authorization": {"Bearer"}}, {"Authorization": {"Bearer  " + b.owner.Token}},
		{"Authorization": {"Bearer " + b.owner.Token + "x"}}, {"X-Token": {b.owner.Token}},
	} {
		get(h).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	}
	into[stateAnswer](t, get(http.Header{"Authorization": {"bearer " + b.owner.Token}}), http.StatusOK)
	r := b.do(request{method: "GET", path: b.path(""), token: b.owner.Token})
	if len(r.header.Values("Set-Cookie")) > 0 {
		t.Error("the server sets a cookie")
	}
}

func TestCreateToken(t *testing.T) {
	const token = "maak-maar-borden"
	b := newBenchWithoutBoard(t, func(c *server.Config) { c.API.CreateToken, c.API.Guesses = token, 3 })
	create := func(bearer string) reply {
		return b.do(request{method: "POST", path: "/api/v1/boards", token: bearer, body: `{}`})
	}
	for range 5 { // asking without one is no guess: a page does it to learn that it must ask for one
		create("").refused(t, http.StatusUnauthorized, protocol.CodeCreateToken)
	}
	into[client.Created](t, create(token), http.StatusCreated)
	for range 3 {
		create("iets-anders").refused(t, http.StatusUnauthorized, protocol.CodeCreateToken)
	}
	create(token).refused(t, http.StatusTooManyRequests, protocol.CodeGuesses)
}

// TestBodyThatDrips sends a body that does not come: the handler does not wait for it for ever.
func TestBodyThatDrips(t *testing.T) {
	b := newBench(t, func(c *server.Config) { c.API.BodyWithin = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{", b.path("/submit"), strings.TrimPrefix(b.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 12)
	if _, err := conn.Read(line); err != nil || string(line) != "HTTP/1.1 400" {
		t.Errorf("%q, %v", line, err)
	}
}
