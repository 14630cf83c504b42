package api_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/denkwand/denkwand/client/web"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// built is a page as small as it can be: what a server does with one must not depend on whether the real one was built.
var built = fstest.MapFS{
	".gitkeep":             {},
	"index.html":           {Data: []byte("<!doctype html>\n")},
	"index.html.br":        {Data: []byte("html in br")},
	"board.html":           {Data: []byte("<!doctype html>\n<link rel=modulepreload>\n")},
	"icon.svg":             {Data: []byte("<svg/>")},
	"assets/app-1.js":      {Data: []byte("export {};\n")},
	"assets/app-1.js.br":   {Data: []byte("js in br")},
	"assets/app-1.js.gz":   {Data: []byte("js in gzip")},
	"assets/inter-1.woff2": {Data: []byte("font")},
}

func withPage(c *server.Config) { c.API.Pages = built }

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	b := newBench(t, withPage)
	pages := []string{"/", "/assets/inter-1.woff2", "/icon.svg", "/b/" + b.made.Board.String(), "/b/x/past", "/nothing"}
	calls := []string{"/api/v1/openapi.json", b.path(""), b.path("/nothing"), "/api/"}
	for _, path := range append(pages, calls...) {
		r := b.do(request{method: "GET", path: path})
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s %q", path, name, got)
			}
		}
		csp := r.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
			t.Errorf("%s: the policy opens a door: %s", path, csp)
		}
	}
	for _, path := range pages {
		csp := b.do(request{method: "GET", path: path}).header.Get("Content-Security-Policy")
		for _, part := range []string{"script-src 'self';", "style-src 'self';", "require-trusted-types-for 'script'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, csp)
			}
		}
	}
	if b.do(request{method: "GET", path: b.path("")}).header.Get("Cache-Control") != "no-store" {
		t.Error("calls may be kept by caches")
	}
	plain := b.do(request{method: "GET", path: "/"}).header
	if plain.Get("Strict-Transport-Security") != "" {
		t.Error("over http, https is demanded")
	}
	if plain.Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("over http, browsers complain of a policy they take no notice of")
	}
	secure := newBench(t, wallExample)
	header := secure.do(request{method: "GET", path: "/"}).header
	if header.Get("Strict-Transport-Security") == "" {
		t.Error("over https, http is not ruled out")
	}
	if header.Get("Cross-Origin-Opener-Policy") != "same-origin" {
		t.Error("over https, who opened the page reaches into it")
	}
}

// inline is what the policy would stop: script or style in the page itself, handlers and styles in attributes, addresses
// of others.
var inline = regexp.MustCompile(`(?i)<style|<script(?:[^>]*[^>/\s])?>\s*[^<\s]|<script>|\son[a-z]+\s*=|\sstyle\s*=|javascript:|https?://`)

// TestPagesNeedNothingThePolicyForbids reads the page as it is in this binary, if it is.
func TestPagesNeedNothingThePolicyForbids(t *testing.T) {
	pages := web.Pages()
	err := fs.WalkDir(pages, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".html") {
			return err
		}
		body, err := fs.ReadFile(pages, name)
		if found := inline.FindString(string(body)); found != "" {
			t.Errorf("%s has %q", name, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`<p onclick="x()">`, `<script>x()</script>`, `<script type="module">x()</script>`, `<p style="x">`, `<a href="javascript:x">`} {
		if inline.FindString(bad) == "" {
			t.Errorf("the test does not see %s", bad)
		}
	}
}

// TestLinkPageTellsNothing: the page of a link is the same for every address, so that neither a guess nor a bot that
// unfurls links learns of a board.
func TestLinkPageTellsNothing(t *testing.T) {
	b := newBench(t, withPage)
	first := b.do(request{method: "GET", path: "/b/" + b.made.Board.String()})
	if first.status != http.StatusOK || !strings.HasPrefix(first.header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %s", first.status, first.header)
	}
	if !strings.Contains(string(first.body), "modulepreload") {
		t.Error("the page of a board does not tell the browser what a board needs")
	}
	for _, id := range []string{protocol.RandomID().String(), "x", strings.Repeat("A", 500), "%00", "x/outcome", "x/nothing"} {
		r := b.do(request{method: "GET", path: "/b/" + id})
		r.header.Del("Date")
		first.header.Del("Date")
		if r.status != first.status || string(r.body) != string(first.body) || len(r.header) != len(first.header) {
			t.Errorf("/b/%s: %d %v", id, r.status, r.header)
		}
		for name := range first.header {
			if r.header.Get(name) != first.header.Get(name) {
				t.Errorf("/b/%s: %s %q, of a board %q", id, name, r.header.Get(name), first.header.Get(name))
			}
		}
	}
	if strings.Contains(string(first.body), b.made.Board.String()) {
		t.Error("the page repeats the board")
	}
	for _, q := range []request{{method: "POST", path: "/"}, {method: "DELETE", path: "/assets/app-1.js"}, {method: "POST", path: "/b/x"}} {
		if r := b.do(q); r.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d", q.method, q.path, r.status)
		}
	}
}

// TestUnknownFilesAreNeverThePage: an old tab that asks for a script of the last version must not get a page for one.
func TestUnknownFilesAreNeverThePage(t *testing.T) {
	b := newBench(t, withPage)
	paths := []string{
		"/assets/app-0.js", "/assets/", "/assets", "/nothing", "/.gitkeep", "/index.html.br", "/assets/app-1.js.gz",
		"/../go.mod", "/..%2f..%2fgo.mod", "/embed.go", "/.git/config", "/b/x/y/z",
	}
	for _, path := range paths {
		r := b.do(request{method: "GET", path: path})
		if r.status == http.StatusTemporaryRedirect && r.header.Get("Location") == "/go.mod" {
			continue // the address made straight, where there is nothing
		}
		if r.status != http.StatusNotFound || strings.Contains(r.header.Get("Content-Type"), "html") {
			t.Errorf("%s: %d %s %s", path, r.status, r.header.Get("Content-Type"), r.body)
		}
		if r.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may be kept: %s", path, r.header.Get("Cache-Control"))
		}
	}
}

func TestPageIsServedAsItWasPacked(t *testing.T) {
	b := newBenchWithoutBoard(t, withPage)
	const forGood, ask = "public, max-age=31536000, immutable", "no-cache"
	for _, c := range []struct{ path, accept, encoding, kind, body, keep string }{
		{"/", "", "", "text/html; charset=utf-8", "<!doctype html>\n", ask},
		{"/", "gzip, deflate, br, zstd", "br", "text/html; charset=utf-8", "html in br", ask},
		{"/", "gzip", "", "text/html; charset=utf-8", "<!doctype html>\n", ask},
		{"/assets/app-1.js", "gzip;q=1.0, br;q=0.5", "br", "text/javascript; charset=utf-8", "js in br", forGood},
		{"/assets/app-1.js", "GZIP , br; q=0", "gzip", "text/javascript; charset=utf-8", "js in gzip", forGood},
		{"/assets/app-1.js", "br;q=x", "", "text/javascript; charset=utf-8", "export {};\n", forGood},
		{"/assets/inter-1.woff2", "br, gzip", "", "font/woff2", "font", forGood},
		{"/icon.svg", "br, gzip", "", "image/svg+xml", "<svg/>", ask},
	} {
		header := http.Header{"Accept-Encoding": {c.accept}}
		r := b.do(request{method: "GET", path: c.path, header: header})
		got := fmt.Sprint(r.status, r.header.Get("Content-Encoding"), r.header.Get("Content-Type"), string(r.body), r.header.Get("Cache-Control"))
		if want := fmt.Sprint(200, c.encoding, c.kind, c.body, c.keep); got != want {
			t.Errorf("%s for %q: %s, want %s", c.path, c.accept, got, want)
		}
		if r.header.Get("Content-Length") != fmt.Sprint(len(c.body)) || r.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s for %q: %v", c.path, c.accept, r.header)
		}
		head := b.do(request{method: "HEAD", path: c.path, header: header})
		if head.status != 200 || len(head.body) != 0 || head.header.Get("Content-Length") != fmt.Sprint(len(c.body)) {
			t.Errorf("HEAD %s: %d %v", c.path, head.status, head.header)
		}
		header.Set("If-None-Match", r.header.Get("Etag"))
		if again := b.do(request{method: "GET", path: c.path, header: header}); again.status != http.StatusNotModified || len(again.body) != 0 {
			t.Errorf("%s again: %d, ETag %s", c.path, again.status, r.header.Get("Etag"))
		}
	}
}

func TestServerWithoutAPageSaysHowToGetOne(t *testing.T) {
	b := newBenchWithoutBoard(t, func(c *server.Config) { c.API.Pages = fstest.MapFS{".gitkeep": {}} })
	for _, path := range []string{"/", "/b/x", "/b/x/past"} {
		r := b.do(request{method: "GET", path: path})
		if r.status != http.StatusServiceUnavailable || !strings.Contains(string(r.body), "make web") || strings.Contains(r.header.Get("Content-Type"), "html") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := b.do(request{method: "GET", path: "/healthz"}); r.status != http.StatusOK {
		t.Errorf("without a page the rest does not work: %d", r.status)
	}
}
