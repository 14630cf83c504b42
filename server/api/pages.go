package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// page is one file a browser shows, as it was built: plain, and packed once so that no request waits for packing.
type page struct {
	kind    string            // Content-Type
	hash    string            // of the plain content, for its ETag
	content map[string][]byte // by Content-Encoding; "" is plain
	fixed   bool              // its name changes with its content: a browser may keep it for good
}

// packings are the encodings a page may be built in, best first, and how their files end.
var packings = []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// kinds are the files a page consists of. What a machine's own tables say must not decide whether a script runs.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".json": "application/json", ".webmanifest": "application/manifest+json",
}

// What stands at the addresses that people open: the same page twice, but the board's tells the browser at once which
// files a board needs.
const (
	homePage  = "index.html"
	boardPage = "board.html"
)

// readPages takes in what was built, by its path below "/".
func readPages(built fs.FS) (map[string]*page, error) {
	all := map[string]*page{}
	if built == nil {
		return all, nil
	}
	err := fs.WalkDir(built, ".", func(name string, e fs.DirEntry, err error) error {
		kind := kinds[path.Ext(name)]
		if err != nil || e.IsDir() || kind == "" {
			return err
		}
		plain, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(plain)
		p := &page{
			kind: kind, hash: base64.RawURLEncoding.EncodeToString(sum[:12]),
			content: map[string][]byte{"": plain}, fixed: strings.HasPrefix(name, "assets/"),
		}
		for _, packing := range packings {
			if packed, err := fs.ReadFile(built, name+packing.suffix); err == nil {
				p.content[packing.encoding] = packed
			}
		}
		all[name] = p
		return nil
	})
	return all, err
}

// pages serves what a browser shows. A link's page is the same for every board: the server must not learn from the
// request which secret stands behind the address, and unfurling bots learn nothing of the board. An unknown file is never
// answered with the page: an old tab would take it for the script it asked for.
func (a *API) pages(mux *http.ServeMux) error {
	all, err := readPages(a.cfg.Pages)
	if err != nil {
		return err
	}
	opens := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			p := all[name]
			if p == nil {
				http.Error(w, "The page is not in this binary yet: run `make web`, then build it again.", http.StatusServiceUnavailable)
				return
			}
			p.serve(w, r)
		}
	}
	mux.HandleFunc("GET /{$}", opens(homePage))
	mux.HandleFunc("GET /b/{board}", opens(boardPage))
	mux.HandleFunc("GET /b/{board}/{view}", opens(boardPage))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		p := all[strings.TrimPrefix(r.URL.Path, "/")]
		if p == nil {
			http.Error(w, "There is nothing at this address.", http.StatusNotFound)
			return
		}
		p.serve(w, r)
	})
	return nil
}

// serve answers with the best packing the browser takes.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	encoding := p.encodingFor(r.Header.Get("Accept-Encoding"))
	body := p.content[encoding]
	tag := `"` + p.hash + `"`
	h := w.Header()
	if encoding != "" {
		tag = `"` + p.hash + "-" + encoding + `"`
		h.Set("Content-Encoding", encoding)
	}
	h.Set("ETag", tag)
	h.Set("Vary", "Accept-Encoding")
	if p.fixed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", p.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, bytes.NewReader(body))
	}
}

// encodingFor returns the best encoding that there is and that an Accept-Encoding header takes; "" is plain.
func (p *page) encodingFor(accept string) string {
	takes := map[string]bool{}
	for part := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(part, ";")
		_, q, weighted := strings.Cut(strings.ReplaceAll(weight, " ", ""), "q=")
		value, err := strconv.ParseFloat(q, 64)
		takes[strings.ToLower(strings.TrimSpace(name))] = !weighted || err == nil && value > 0
	}
	for _, packing := range packings {
		if takes[packing.encoding] && p.content[packing.encoding] != nil {
			return packing.encoding
		}
	}
	return ""
}
