package api_test

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/client/web"
	"github.com/denkwand/denkwand/protocol"
)

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	b := newBench(t)
	pages := []string{"/", "/start.js", "/start.css", "/b/" + b.made.Board.String(), "/nothing"}
	calls := []string{"/api/v1/openapi.json", b.path(""), b.path("/nothing"), "/api/"}
	for _, path := range append(pages, calls...) {
		r := b.do(request{method: "GET", path: path})
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
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
	if b.do(request{method: "GET", path: "/"}).header.Get("Strict-Transport-Security") != "" {
		t.Error("over http, https is demanded")
	}
	secure := newBench(t, wallExample)
	if secure.do(request{method: "GET", path: "/"}).header.Get("Strict-Transport-Security") == "" {
		t.Error("over https, http is not ruled out")
	}
}

// inline is what the policy would stop: script or style in the page itself, handlers and styles in attributes, addresses
// of others.
var inline = regexp.MustCompile(`(?i)<style|<script(?:[^>]*[^>/\s])?>\s*[^<\s]|<script>|\son[a-z]+\s*=|\sstyle\s*=|javascript:|https?://`)

func TestPagesNeedNothingThePolicyForbids(t *testing.T) {
	pages := web.Pages()
	seen := 0
	err := fs.WalkDir(pages, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		seen++
		switch {
		case strings.HasSuffix(name, ".html"):
			if found := inline.FindString(string(body)); found != "" {
				t.Errorf("%s has %q", name, found)
			}
		case strings.HasSuffix(name, ".js"):
			for _, sink := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"} {
				if strings.Contains(string(body), sink) {
					t.Errorf("%s uses %s", name, sink)
				}
			}
		}
		return nil
	})
	if err != nil || seen < 4 {
		t.Errorf("%d pages, %v", seen, err)
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
	b := newBench(t)
	first := b.do(request{method: "GET", path: "/b/" + b.made.Board.String()})
	if first.status != http.StatusOK || !strings.HasPrefix(first.header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %s", first.status, first.header)
	}
	for _, id := range []string{protocol.RandomID().String(), "x", strings.Repeat("A", 500), "%00"} {
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
	for _, q := range []request{{method: "POST", path: "/"}, {method: "DELETE", path: "/start.js"}, {method: "POST", path: "/b/x"}} {
		if r := b.do(q); r.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d", q.method, q.path, r.status)
		}
	}
	for _, path := range []string{"/../go.mod", "/..%2f..%2fgo.mod", "/embed.go", "/.git/config"} {
		if r := b.do(request{method: "GET", path: path}); r.status < 300 || strings.Contains(string(r.body), "package web") {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}
