// Package server puts one instance together: doors, hub, history, and whatever journal and store it is given. DESIGN.md
// beside this file says what holds it together.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/api"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/history"
	"github.com/denkwand/denkwand/server/hub"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/obs"
	"github.com/denkwand/denkwand/server/store"
)

// Config is what an instance is made of. Journal, Store, API and Log are required.
type Config struct {
	Journal    journal.Journal
	Store      store.Store
	Hub        hub.Config
	API        api.Config // Clock, Rand and Log are taken from here, and so is Pages
	AdminToken auth.Secret
	Healthy    func() error // says what is wrong with the journal; nil: nothing can be
	Log        *slog.Logger

	// RequestWithin is how long a client may take to send a whole request, body included; default 30 s. Whoever drips
	// one holds no more than a connection for so long. WebSockets and event streams have bounds of their own.
	RequestWithin time.Duration
}

// Server is one instance. It owns no journal and no store: whoever made them closes them after Shutdown.
type Server struct {
	hub      *hub.Hub
	history  *history.History
	archive  *archive.Archive
	public   *http.Server
	admin    *http.Server
	healthy  func() error
	draining atomic.Bool
	log      *slog.Logger
}

// Server timeouts. A WebSocket or event stream sets its own.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 30 * time.Second
	answerTimeout = 2 * time.Minute // for a whole answer; a board's state can be 64 MiB
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
)

// New puts an instance together. Nothing runs before Serve.
func New(cfg Config) (*Server, error) {
	a := archive.New(cfg.Store, time.Now, cfg.Log)
	past := history.New(a, cfg.Journal, cfg.Log)
	metrics := new(hub.Metrics)
	s := &Server{history: past, archive: a, healthy: cfg.Healthy, log: cfg.Log}
	s.hub = hub.New(hub.Options{
		Journal: cfg.Journal, Loader: loader{past}, Keeper: past, Config: cfg.Hub, Metrics: metrics, Log: cfg.Log, Rand: cfg.API.Rand,
	})
	doors, err := api.New(cfg.API, s.hub, past, s.Ready)
	if err != nil {
		return nil, err
	}
	quiet := slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug)
	within := cmp.Or(cfg.RequestWithin, bodyTimeout)
	s.public = &http.Server{
		Handler: doors, ReadHeaderTimeout: min(headerTimeout, within), ReadTimeout: within,
		WriteTimeout: answerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: quiet,
	}
	s.admin = &http.Server{
		Handler: obs.Admin(metrics, s.hub, cfg.AdminToken), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, ErrorLog: quiet,
	}
	return s, nil
}

// loader opens boards for the hub.
type loader struct{ history *history.History }

// Load opens a board (hub.Loader).
func (l loader) Load(ctx context.Context, id protocol.ID) (*board.State, journal.Head, []byte, error) {
	m, key, err := l.history.Open(ctx, id)
	switch {
	case history.IsUnknownBoard(err):
		err = hub.ErrNoBoard
	case errors.Is(err, archive.ErrDamaged):
		err = fmt.Errorf("%w: %w", journal.ErrDamaged, err)
	}
	if err != nil {
		return nil, journal.Head{}, nil, err
	}
	return m.State, m.Head, key, nil
}

// Ready says why this instance should get nobody new; nil: it should.
func (s *Server) Ready() error {
	if s.draining.Load() {
		return errors.New("draining")
	}
	if s.healthy != nil {
		return s.healthy()
	}
	return nil
}

// Serve serves the public listener, and the admin listener if there is one, until Shutdown.
func (s *Server) Serve(public, admin net.Listener) error {
	failed := make(chan error, 2)
	if admin != nil {
		go func() { failed <- s.admin.Serve(admin) }()
	}
	go func() { failed <- s.public.Serve(public) }()
	err := <-failed
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Seal moves into the archive what the journal holds of the boards: those that a journal file which is to go still has.
func (s *Server) Seal(ctx context.Context, boards []protocol.ID) {
	for _, id := range boards {
		if err := s.history.Seal(ctx, id); err != nil {
			s.log.Error("a board could not be sealed; the journal keeps it", "board", id, "err", err)
		}
	}
}

// Shutdown takes the instance down in order: it takes nobody new, finishes what was taken, sends everybody away to come
// back spread over seconds, seals every board, and closes the listeners. Nothing that was acked depends on it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := s.hub.Drain(ctx)
	return errors.Join(err, closeServer(ctx, s.public), closeServer(ctx, s.admin))
}

// closeServer closes a listener and waits a little for requests under way. What is still open then is cut.
func closeServer(ctx context.Context, h *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		return h.Close()
	}
	return nil
}
