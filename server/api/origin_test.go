package api_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// wall makes the server known as https://wall.example.org and by one more origin.
func wallExample(c *server.Config) {
	own := c.API.Addresses.PublicURL.String()
	c.API.Addresses.PublicURL = &url.URL{Scheme: "https", Host: "wall.example.org"}
	c.API.Addresses.MoreOrigins = []string{"http://intranet.example.org:8080", "https://[2001:db8::7]", own}
}

// originCases are origins as pages of a browser send them, and whether they may come in.
var originCases = []struct {
	origin string
	ok     bool
}{
	{"https://wall.example.org", true},
	{"http://intranet.example.org:8080", true},
	{"https://[2001:db8::7]", true},

	{"", false}, // the header, with nothing in it
	{"null", false},
	{"NULL", false},
	{"*", false},
	{"http://wall.example.org", false}, // scheme
	{"wss://wall.example.org", false},
	{"HTTPS://wall.example.org", false},
	{"https://WALL.example.org", false}, // case: no browser sends it
	{"https://wall.example.org:443", false},
	{"https://wall.example.org:8443", false},
	{"https://wall.example.org:80", false},
	{"https://wall.example.org.", false},
	{"https://wall.example.org/", false},
	{"https://wall.example.org/b", false},
	{"https://wall.example.org?x", false},
	{"https://wall.example.org#x", false},
	{"https://wall.example.org.evil.example", false}, // suffix, prefix, neighbours
	{"https://evilwall.example.org", false},
	{"https://evil.wall.example.org", false},
	{"https://example.org", false},
	{"https://wall-example.org", false},
	{"https://wall.example.com", false},
	{"https://wallXexample.org", false},
	{"https://wall.example.org@evil.example", false},
	{"https://user@wall.example.org", false},
	{"https://wall.example.org evil", false},
	{"https://wall.example.org, https://evil.example", false},
	{"https:wall.example.org", false},
	{"//wall.example.org", false},
	{"wall.example.org", false},
	{"https://wall.example.org%00", false},
	{"https://ｗall.example.org", false},
	{"https://xn--wall-example.org", false},
	{"http://intranet.example.org", false},
	{"https://intranet.example.org:8080", false},
	{"http://intranet.example.org:80800", false},
	{"https://[2001:db8::8]", false},
	{"https://2001:db8::7", false},
	{"http://127.0.0.1", false}, // without the port it has
	{"http://localhost", false},
	{"chrome-extension://abcdefghijklmnop", false},
	{"file://", false},
	{"data:", false},
}

// TestOrigins holds every origin against a call and against the socket.
func TestOrigins(t *testing.T) {
	b := newBench(t, wallExample)
	for _, c := range originCases {
		t.Run(c.origin, func(t *testing.T) {
			h := http.Header{"Origin": {c.origin}}
			r := b.do(request{method: "GET", path: b.path(""), token: b.owner.Token, header: h})
			up := b.upgrade(h)
			if c.ok {
				into[stateAnswer](t, r, http.StatusOK)
				if up.status != http.StatusSwitchingProtocols {
					t.Errorf("the socket: %d %s", up.status, up.body)
				}
				return
			}
			r.refused(t, http.StatusForbidden, protocol.CodeOrigin)
			up.refused(t, http.StatusForbidden, protocol.CodeOrigin)
		})
	}
}

// TestAbsentOrigins: what says nothing of where it comes from is let in only if no foreign page can have made it.
func TestAbsentOrigins(t *testing.T) {
	b := newBench(t, wallExample)
	for _, c := range []struct {
		name         string
		header       http.Header
		call, socket bool
	}{
		{"a program", http.Header{}, true, true},
		{"a page's own GET", http.Header{"Sec-Fetch-Site": {"same-origin"}}, true, false},
		{"an address typed", http.Header{"Sec-Fetch-Site": {"none"}}, true, false},
		{"a neighbour", http.Header{"Sec-Fetch-Site": {"same-site"}}, false, false},
		{"a foreign page", http.Header{"Sec-Fetch-Site": {"cross-site"}}, false, false},
		{"nonsense", http.Header{"Sec-Fetch-Site": {"same-origin "}, "X": {"y"}}, true, false}, // net/http trims it
		{"another word", http.Header{"Sec-Fetch-Site": {"Same-Origin"}}, false, false},
		{"two words", http.Header{"Sec-Fetch-Site": {"none", "cross-site"}}, false, false},
		{"two origins", http.Header{"Origin": {"https://wall.example.org", "https://evil.example"}}, false, false},
		{"an origin twice", http.Header{"Origin": {"https://wall.example.org", "https://wall.example.org"}}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.do(request{method: "GET", path: b.path(""), token: b.owner.Token, header: c.header})
			if c.call {
				into[stateAnswer](t, r, http.StatusOK)
			} else {
				r.refused(t, http.StatusForbidden, protocol.CodeOrigin)
			}
			if up := b.upgrade(c.header); c.socket != (up.status == http.StatusSwitchingProtocols) {
				t.Errorf("the socket: %d %s", up.status, up.body)
			}
		})
	}
}

// upgrade asks for the socket with more headers. Where it is made it is closed again.
func (b *bench) upgrade(h http.Header) reply {
	b.t.Helper()
	all := http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {protocol.Subprotocol},
	}
	for name, values := range h {
		all[name] = values
	}
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", b.URL+b.path("/socket"), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = all
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.read(resp)
}

// TestHosts: whoever reaches the server by another name than its own is the victim of a rebinding.
func TestHosts(t *testing.T) {
	b := newBench(t, wallExample)
	own := strings.TrimPrefix(b.URL, "http://")
	for _, host := range []string{own, "wall.example.org", "wall.example.org:443", "wall.example.org:80", "intranet.example.org:8080", "[2001:db8::7]"} {
		into[stateAnswer](t, b.do(request{method: "GET", path: b.path(""), token: b.owner.Token, host: host}), http.StatusOK)
	}
	for _, host := range []string{
		"evil.example", "localhost", "127.0.0.1", "wall.example.org.evil.example", "evil-wall.example.org", "wall.example.org:8443",
		"wall.example.org.", "intranet.example.org", "intranet.example.org:80", own + "0", "[::1]", "0.0.0.0",
	} {
		for _, path := range []string{b.path(""), "/api/v1/openapi.json", "/", "/b/" + b.made.Board.String()} {
			b.do(request{method: "GET", path: path, token: b.owner.Token, host: host}).
				refused(t, http.StatusMisdirectedRequest, protocol.CodeHost)
		}
		if r := b.do(request{method: "GET", path: "/healthz", host: host}); r.status != http.StatusOK {
			t.Errorf("healthz by %s: %d", host, r.status)
		}
	}
	// The origin of a rebound page is its own name: the host's check does not stand alone.
	b.do(request{method: "GET", path: b.path(""), token: b.owner.Token, header: http.Header{"Origin": {"http://evil.example"}}}).
		refused(t, http.StatusForbidden, protocol.CodeOrigin)
}

// TestForwardedAddresses: only a listed proxy's word about a client counts, and then the last address that is not a proxy.
func TestForwardedAddresses(t *testing.T) {
	try := func(b *bench, forwarded ...string) reply {
		return b.do(request{
			method: "POST", path: b.path("/look"), body: `{"secret":"x"}`, header: http.Header{"X-Forwarded-For": forwarded},
		})
	}
	one := func(c *server.Config) { c.API.Guesses = 1 }
	open := newBench(t, one)
	try(open, "192.0.2.1").refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
	try(open, "192.0.2.2").refused(t, http.StatusTooManyRequests, protocol.CodeGuesses)

	behind := newBench(t, one, func(c *server.Config) {
		c.API.Addresses.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	for _, c := range []struct {
		forwarded []string
		again     bool // an address that failed before
	}{
		{[]string{"192.0.2.1"}, false},
		{[]string{"192.0.2.1"}, true},
		{[]string{"198.51.100.9, 192.0.2.1"}, true}, // what the client itself wrote counts for nothing
		{[]string{"198.51.100.9", "192.0.2.1, 10.1.2.3"}, true},
		{[]string{"198.51.100.9"}, false},
		{[]string{"192.0.2.1, 198.51.100.10"}, false},
		{[]string{"2001:db8::1"}, false},
		{[]string{"2001:db8::2"}, true}, // one subscriber
		{[]string{"2001:db8:0:1::2"}, false},
		{[]string{"::ffff:192.0.2.1"}, true},
		{nil, false}, // the proxy itself
		{[]string{"unknown"}, true},
	} {
		r := try(behind, c.forwarded...)
		if c.again {
			r.refused(t, http.StatusTooManyRequests, protocol.CodeGuesses)
		} else {
			r.refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
		}
	}
}
