package api

import (
	"context"
	"net/http"
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
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if a.cfg.Addresses.PublicURL.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if isAPI(r) {
			h.Set("Content-Security-Policy", apiCSP)
			h.Set("Cache-Control", "no-store")
		} else {
			h.Set("Content-Security-Policy", pageCSP)
		}
		probe := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" // asked by machines, by address
		if !probe && !a.cfg.Addresses.hostAllowed(r) {
			writeProblem(w, http.StatusMisdirectedRequest, protocol.CodeHost.Err())
			return
		}
		if isAPI(r) && !a.cfg.Addresses.originAllowed(r) {
			writeProblem(w, http.StatusForbidden, protocol.CodeOrigin.Err())
			return
		}
		ctx := context.WithValue(r.Context(), addressKey{}, a.cfg.Addresses.clientAddr(r))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
