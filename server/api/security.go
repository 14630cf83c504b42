package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/denkwand/denkwand/protocol"
)

// pageCSP is for the pages a browser shows: everything from this server, no inline script or style, and no string
// becomes markup unseen (Trusted Types).
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types svelte-trusted-html"

// apiCSP is for answers that no browser should ever show as a page.
const apiCSP = "default-src 'none'; frame-ancestors 'none'"

// secure sets the headers every answer has, and turns away requests that name another host.
func (a *API) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if a.cfg.Addresses.PublicURL.Scheme == "https" {
			// Over plain http (but on one's own computer) browsers take no notice of it, and complain on the console.
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.Set("Content-Security-Policy", pageCSP)
		h.Set("Cache-Control", "no-cache")
		if isAPI(r) {
			h.Set("Content-Security-Policy", apiCSP)
			h.Set("Cache-Control", "no-store")
		}
		if p := a.admissible(r); p != nil {
			writeProblem(w, p)
			return
		}
		defer a.recovered(r)
		ctx := context.WithValue(r.Context(), addressKey{}, a.cfg.Addresses.clientAddr(r))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// admissible says what is wrong with a request whatever it asks for.
func (a *API) admissible(r *http.Request) *Problem {
	probe := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" // asked by machines, by address
	if !probe && !a.cfg.Addresses.hostAllowed(r) {
		return problemOf(protocol.CodeHost.Err())
	}
	if !isAPI(r) {
		return nil
	}
	if !a.cfg.Addresses.originAllowed(r) {
		return problemOf(protocol.CodeOrigin.Err())
	}
	if types := r.Header.Values("Content-Type"); len(types) > 0 {
		if kind, _, err := mime.ParseMediaType(types[0]); err != nil || len(types) > 1 || kind != "application/json" {
			return newProblem(http.StatusUnsupportedMediaType, protocol.CodeBadRequest.Errorf("bodies are application/json"))
		}
		r.Header.Set("Content-Type", "application/json") // huma knows this spelling alone
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return problemOf(protocol.CodeBadRequest.Errorf("the query cannot be read"))
	}
	for _, values := range query {
		if len(values) > 1 {
			return problemOf(protocol.CodeBadRequest.Errorf("a parameter stands in the query twice"))
		}
	}
	return nil
}

// noQuery turns requests away that say something in the query of an address that takes none there: a token above all,
// which would stand in the logs of every proxy on the way.
func noQuery(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" || r.URL.ForceQuery {
			writeProblem(w, problemOf(protocol.CodeBadRequest.Errorf("nothing may stand in the query of this address")))
			return
		}
		next(w, r)
	}
}

// nothingHere answers for addresses of the API that do not exist, and for methods that an address does not know.
func nothingHere(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var known []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(other); pattern != apiRoot {
				known = append(known, method)
			}
		}
		if known == nil {
			writeProblem(w, newProblem(http.StatusNotFound, protocol.CodeBadRequest.Errorf("there is nothing at this address")))
			return
		}
		w.Header().Set("Allow", strings.Join(known, ", "))
		writeProblem(w, newProblem(http.StatusMethodNotAllowed, protocol.CodeBadRequest.Errorf("this address does not know that method")))
	}
}

const apiRoot = "/api/"

// recovered ends a panic of a handler: it is logged, and costs one request.
func (a *API) recovered(r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p != http.ErrAbortHandler {
		a.cfg.Log.Error("a handler panicked", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	panic(http.ErrAbortHandler)
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, apiRoot) }
