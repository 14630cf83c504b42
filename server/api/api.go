// Package api is the doors of a server: the WebSocket, the event stream for networks that block it, and REST. A door
// knows who knocks and what may come through at all; what is done on a board is the hub's.
package api

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/history"
	"github.com/denkwand/denkwand/server/hub"
)

// Config is what the doors need to know. Zero fields have the default named at each.
type Config struct {
	Addresses   Addresses
	CreateToken auth.Secret // whoever makes a board must bring it; empty: anybody may

	AddressConns  int // connections of one client address; default 1,000
	AddressRate   int // new connections a second of one client address; default 200
	AddressBoards int // boards that one client address may make a minute; default 60
	Guesses       int // wrong secrets or passwords of one client address in ten minutes; default 30

	HelloWithin time.Duration // from a socket's handshake to its hello; default 10 s
	IdleWithin  time.Duration // from one message of a socket to the next; default 20 s: clients ping every 5 s
	BodyWithin  time.Duration // from a message's first byte to its last; default 10 s
	CallWithin  time.Duration // for a REST call; default 30 s. It bounds the wait for a journal that does not answer

	Pages fs.FS // what a browser shows: index.html, board.html and what they name, with .br and .gz beside; nil or empty: not built

	Clock func() time.Time // default time.Now
	Rand  io.Reader        // required: crypto/rand
	Log   *slog.Logger     // required
}

// API is the doors of one server.
type API struct {
	cfg       Config
	hub       *hub.Hub
	history   *history.History
	passwords *auth.Passwords
	hashing   chan struct{} // as many as may check a password at once
	guesses   *auth.Guesses
	arrivals  *arrivals
	lookBacks chan struct{} // as many as may replay the past at once
	boards    *quota        // of making boards
	joins     *quota        // of joining, recovering and making writers

	mu      sync.Mutex                    // protects the following
	looking map[protocol.ID]chan struct{} // participants who look back; closed when done
	ready   func() error
	handler http.Handler
	openAPI []byte
}

// passwordsAtOnce is how many passwords are hashed at once: each takes 19 MiB and most of a core for 45 ms.
const passwordsAtOnce = 2

// lookBacksAtOnce is how many requests replay the past at once: each holds a whole state and a core while it does.
const lookBacksAtOnce = 4

// New builds the doors. ready says whether this server should get new people (nil) or why not.
func New(cfg Config, h *hub.Hub, past *history.History, ready func() error) (*API, error) {
	if err := cfg.Addresses.prepare(); err != nil {
		return nil, err
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	cfg.AddressConns = or(cfg.AddressConns, 1000)
	cfg.AddressBoards = or(cfg.AddressBoards, 60)
	cfg.AddressRate = or(cfg.AddressRate, 200)
	cfg.Guesses = or(cfg.Guesses, 30)
	cfg.HelloWithin = or(cfg.HelloWithin, helloWithin)
	cfg.IdleWithin = or(cfg.IdleWithin, idleWithin)
	cfg.BodyWithin = or(cfg.BodyWithin, bodyWithin)
	cfg.CallWithin = or(cfg.CallWithin, callWithin)
	a := &API{
		cfg: cfg, hub: h, history: past, ready: ready,
		passwords: auth.NewPasswords(passwordsAtOnce, cfg.Rand), hashing: make(chan struct{}, passwordsAtOnce),
		lookBacks: make(chan struct{}, lookBacksAtOnce),
		guesses:   auth.NewGuesses(cfg.Guesses, 10*time.Minute),
		arrivals:  newArrivals(cfg.AddressConns, cfg.AddressRate),
		boards:    newQuota(float64(cfg.AddressBoards)/60, cfg.AddressBoards),
		joins:     newQuota(float64(cfg.AddressRate), cfg.AddressConns),
		looking:   map[protocol.ID]chan struct{}{},
	}
	mux := http.NewServeMux()
	a.rest(mux)
	mux.HandleFunc("GET /api/v1/boards/{board}/socket", noQuery(a.socket))
	mux.HandleFunc("GET /api/v1/boards/{board}/stream", noQuery(a.stream))
	mux.HandleFunc("POST /api/v1/boards/{board}/submit", noQuery(a.submit))
	mux.HandleFunc(apiRoot, nothingHere(mux))
	mux.HandleFunc("GET /healthz", a.alive)
	mux.HandleFunc("GET /readyz", a.isReady)
	if err := a.pages(mux); err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	a.handler = a.secure(mux)
	return a, nil
}

func or[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// ServeHTTP serves the public listener.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// OpenAPI returns the document that describes the REST calls, as it is served.
func (a *API) OpenAPI() []byte { return a.openAPI }

// alive says that the process runs.
func (a *API) alive(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}

// isReady says whether new people should be sent here.
func (a *API) isReady(w http.ResponseWriter, _ *http.Request) {
	if err := a.ready(); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, err.Error()+"\n")
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

func init() {
	huma.NewError = humaProblem
	huma.DefaultArrayNullable = false // null is never written
}
