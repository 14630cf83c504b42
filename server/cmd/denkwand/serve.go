package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/denkwand/denkwand/client/web"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/api"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/hub"
	"github.com/denkwand/denkwand/server/journal/local"
	"github.com/denkwand/denkwand/server/store/disk"
)

type serveCommand struct {
	Listen         string         `default:"127.0.0.1:8080" help:"Address to serve people on."`
	PublicURL      string         `name:"public-url" placeholder:"URL" help:"Where people reach this server: sets the links, and the only host and origin that are let in. Not given: http://localhost with the port of --listen."`
	TrustedProxy   []netip.Prefix `placeholder:"NET" help:"Networks of reverse proxies whose X-Forwarded-For is believed."`
	Data           string         `default:"denkwand-data" type:"path" help:"Directory that keeps everything."`
	AdminListen    string         `default:"127.0.0.1:9090" help:"Address for metrics and profiles; empty: none."`
	AdminTokenFile string         `type:"existingfile" placeholder:"FILE" help:"File with the token that metrics and profiles ask for; needed off the loopback address."`
	CreateToken    string         `placeholder:"TOKEN" help:"Token that making a board asks for; empty: anybody may make boards. Better in the file or the environment than in the list of processes."`
	Drain          time.Duration  `default:"20s" help:"How long a stop may take."`
	LogLevel       slog.Level     `default:"info" help:"debug, info, warn or error."`
	LogFormat      string         `default:"text" enum:"text,json" help:"text or json."`

	Limits limits `embed:""`
}

// limits are the settings that bound what clients may do. Zero means the built-in default, which the help names.
type limits struct {
	ConnOps          int `default:"60" help:"Ops a second of one connection."`
	ConnBurst        int `default:"200" help:"Ops at once after a pause."`
	ConnSignals      int `default:"40" help:"Signals a second of one connection."`
	ParticipantOps   int `default:"120" help:"Ops a second of one participant."`
	BoardOps         int `default:"5000" help:"Ops a second of one board."`
	BoardConns       int `default:"600" help:"Connections of one board."`
	ParticipantConns int `default:"16" help:"Connections of one participant to one board."`
	Boards           int `default:"10000" help:"Boards in memory."`
	AddressConns     int `default:"1000" help:"Connections of one client address."`
	AddressRate      int `default:"200" help:"New connections a second of one client address."`
	AddressBoards    int `default:"60" help:"Boards that one client address may make a minute."`
	Guesses          int `default:"30" help:"Wrong links or passwords of one client address in ten minutes."`
}

func (l limits) hub() hub.Config {
	return hub.Config{
		Limits:         protocol.Limits{Ops: l.ConnOps, Burst: l.ConnBurst, Signals: l.ConnSignals},
		ParticipantOps: l.ParticipantOps, BoardOps: l.BoardOps, Connections: l.BoardConns,
		ParticipantConnections: l.ParticipantConns, Boards: l.Boards,
	}
}

// Run serves until the context ends, and then takes the server down in order.
func (c *serveCommand) Run(ctx context.Context, out output) (err error) {
	if c.PublicURL == "" {
		c.PublicURL = "http://" + net.JoinHostPort("localhost", portOf(c.Listen))
	}
	log := c.logger(out)
	cfg, err := c.config(log)
	if err != nil {
		return err
	}
	public, admin, err := c.listeners()
	if err != nil {
		return err
	}
	fresh := isFresh(c.Data)
	store, err := disk.Open(filepath.Join(c.Data, "store"))
	if err != nil {
		return err
	}
	rolled := make(chan []protocol.ID, 1)
	log.Info("reading the journal", "dir", c.Data)
	journal, recovery, err := local.Open(local.Options{Dir: c.Data, OnRoll: func(boards []protocol.ID) {
		select {
		case rolled <- boards:
		default: // the next file that closes names them again
		}
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	logRecovery(log, recovery)
	cfg.Journal, cfg.Store, cfg.Healthy = journal, store, journal.Unhealthy
	s, err := server.New(cfg)
	if err != nil {
		return err
	}
	sealing, stopSealing := context.WithCancel(context.Background())
	var sealer sync.WaitGroup
	sealer.Go(func() { sealRolled(sealing, s, journal.Pinned(), rolled) })
	defer func() {
		stopSealing()
		sealer.Wait()
	}()
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(public, admin) }()
	c.greet(ctx, out, fresh)
	select {
	case err = <-failed:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintln(out.err, "Stopping: everybody is sent away to come back, nothing is lost.")
	ending, cancel := context.WithTimeout(context.Background(), c.Drain)
	defer cancel()
	return s.Shutdown(ending)
}

func (c *serveCommand) logger(out output) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out.err, options))
	}
	return slog.New(slog.NewTextHandler(out.err, options))
}

func (c *serveCommand) config(log *slog.Logger) (server.Config, error) {
	address, err := url.Parse(c.PublicURL)
	if err != nil {
		return server.Config{}, fmt.Errorf("--public-url: %w", err)
	}
	adminToken, err := c.adminToken()
	if err != nil {
		return server.Config{}, err
	}
	var origins []string
	if address.Hostname() == "localhost" {
		// On the machine itself people type either name.
		origins = append(origins, address.Scheme+"://"+net.JoinHostPort("127.0.0.1", cmp.Or(address.Port(), "80")))
	}
	return server.Config{
		Hub: c.Limits.hub(),
		API: api.Config{
			Addresses:   api.Addresses{PublicURL: address, MoreOrigins: origins, TrustedProxies: c.TrustedProxy},
			CreateToken: auth.Secret(c.CreateToken), AddressConns: c.Limits.AddressConns, AddressRate: c.Limits.AddressRate,
			AddressBoards: c.Limits.AddressBoards,
			Guesses:       c.Limits.Guesses, Pages: web.Pages(), Rand: rand.Reader, Log: log,
		},
		AdminToken: adminToken, Log: log,
	}, nil
}

// portOf returns the port of a listening address.
func portOf(listen string) string {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "" // listening says what is wrong with it
	}
	return port
}

// adminToken reads the token file. Off the loopback address there must be one: metrics tell who works when, and
// profiles can show memory.
func (c *serveCommand) adminToken() (auth.Secret, error) {
	if c.AdminTokenFile == "" {
		host, _, err := net.SplitHostPort(c.AdminListen)
		if addr, perr := netip.ParseAddr(host); c.AdminListen == "" || err == nil && (host == "localhost" || perr == nil && addr.IsLoopback()) {
			return "", nil
		}
		return "", fmt.Errorf("--admin-listen %s is not a loopback address: give it a token with --admin-token-file", c.AdminListen)
	}
	stat, err := os.Stat(c.AdminTokenFile)
	if err != nil {
		return "", err
	}
	if stat.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others: chmod 600 %s", c.AdminTokenFile, c.AdminTokenFile)
	}
	b, err := os.ReadFile(c.AdminTokenFile)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(b))
	if len(token) < 22 {
		return "", fmt.Errorf("%s: a token has at least 22 characters", c.AdminTokenFile)
	}
	return auth.Secret(token), nil
}

func (c *serveCommand) listeners() (public, admin net.Listener, err error) {
	if public, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, nil, err
	}
	if c.AdminListen == "" {
		return public, nil, nil
	}
	if admin, err = net.Listen("tcp", c.AdminListen); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("--admin-listen: %w", err), public.Close())
	}
	return public, admin, nil
}

func isFresh(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "journal"))
	return errors.Is(err, os.ErrNotExist)
}

func logRecovery(log *slog.Logger, r local.Recovery) {
	log.Info("the journal is read", "files", r.Files, "boards", r.Boards, "groups", r.Groups)
	if r.Tear != nil {
		log.Warn("the journal's last write was torn by the stop before and was cut off; nothing that was called saved was in it", "tear", r.Tear)
	}
	for _, d := range r.Damage {
		log.Error("the journal is damaged; the boards named are set aside, the others go on", "damage", d)
	}
}

// sealRolled seals the boards that keep old journal files from going.
func sealRolled(ctx context.Context, s *server.Server, first []protocol.ID, rolled <-chan []protocol.ID) {
	s.Seal(ctx, first)
	for {
		select {
		case boards := <-rolled:
			s.Seal(ctx, boards)
		case <-ctx.Done():
			return
		}
	}
}
