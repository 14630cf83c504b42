package api

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Addresses says under which names the server is known, and whose word about a client's address it takes.
type Addresses struct {
	// PublicURL is where people reach the server: it sets the links that are handed out and, exactly, the Host and the
	// Origin that are let in. Required.
	PublicURL *url.URL
	// MoreOrigins are further origins that may connect, as "scheme://host[:port]".
	MoreOrigins []string
	// TrustedProxies are the networks of reverse proxies whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix

	hosts   map[string]bool
	origins map[string]bool
}

// prepare computes the exact sets. A browser writes scheme and host in lower case and leaves a default port out, so the
// sets hold that spelling and nothing is compared loosely.
func (a *Addresses) prepare() error {
	a.hosts, a.origins = map[string]bool{}, map[string]bool{}
	for _, raw := range append([]string{a.PublicURL.String()}, a.MoreOrigins...) {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			return fmt.Errorf("%q is not an address as http://host or https://host:port", raw)
		}
		host := strings.ToLower(u.Host)
		if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
			host = strings.ToLower(u.Hostname())
			if strings.Contains(host, ":") {
				host = "[" + host + "]"
			}
		}
		a.hosts[host] = true
		a.origins[u.Scheme+"://"+host] = true
	}
	return nil
}

// hostAllowed holds the Host header against the names of this server: another name that leads here is a rebinding
// attack, whatever its Origin says.
func (a *Addresses) hostAllowed(r *http.Request) bool {
	host := r.Host
	if a.hosts[host] {
		return true
	}
	name, port, err := net.SplitHostPort(host)
	return err == nil && (port == "80" || port == "443") && a.hosts[name]
}

// originAllowed holds the Origin header against the list, to the letter. None is sent by programs that are no browsers,
// and by browsers with a plain GET: of a page to its own server, of a person who follows a link, and, where it cannot do
// harm without the token that no foreign page has, of a foreign page. Browsers say which in Sec-Fetch-Site, on https and
// localhost. With a WebSocket's handshake they always send an origin.
func (a *Addresses) originAllowed(r *http.Request) bool {
	origins, site := r.Header.Values("Origin"), r.Header.Values("Sec-Fetch-Site")
	switch {
	case len(origins) == 1:
		return a.origins[origins[0]]
	case len(origins) > 1 || len(site) > 1:
		return false
	case len(site) == 0:
		return true
	}
	return r.Header.Get("Upgrade") == "" && (site[0] == "same-origin" || site[0] == "none")
}

// clientAddr returns the address of whoever sent the request: the peer's, or, where the peer is a trusted proxy, the
// last address in X-Forwarded-For that is not one.
func (a *Addresses) clientAddr(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !a.trusts(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr
		}
		addr = hop.Unmap()
		if !a.trusts(addr) {
			return addr
		}
	}
	return addr
}

func (a *Addresses) trusts(addr netip.Addr) bool {
	for _, p := range a.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
