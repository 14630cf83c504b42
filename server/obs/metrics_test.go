package obs

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/hub"
)

func ask(h http.Handler, path, host, bearer string) (int, string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestWhoMayAsk(t *testing.T) {
	m := new(hub.Metrics)
	m.Ops.Add(3)
	h := hub.New(hub.Options{Metrics: m, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	open := Admin(m, h, "")
	for host, want := range map[string]int{
		"127.0.0.1:9090": 200, "localhost": 200, "[::1]:9090": 200, "127.8.8.8:1": 200,
		"evil.example": 421, "evil.example:9090": 421, "localhost.evil.example:9090": 421, "10.0.0.1:9090": 421, "": 421,
	} {
		if code, _ := ask(open, "/metrics", host, ""); code != want {
			t.Errorf("without a token, host %q: %d, want %d", host, code, want)
		}
	}
	closed := Admin(m, h, auth.Secret("a token of some length"))
	for bearer, want := range map[string]int{"": 401, "another": 401, "a token of some length": 200} {
		if code, _ := ask(closed, "/metrics", "metrics.example", bearer); code != want {
			t.Errorf("bearer %q: %d, want %d", bearer, code, want)
		}
	}
}

func TestWhatIsShown(t *testing.T) {
	m := new(hub.Metrics)
	m.Ops.Add(3)
	m.Refused.StorageFull.Add(2)
	h := hub.New(hub.Options{Metrics: m, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	admin := Admin(m, h, "")
	_, text := ask(admin, "/metrics", "localhost", "")
	for _, want := range []string{
		"denkwand_ops_total 3", `denkwand_ops_not_taken_total{code="storage_full"} 2`, "denkwand_boards_quarantined 0",
		"# HELP denkwand_connections ", "go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %q", want)
		}
	}
	if code, _ := ask(admin, "/debug/pprof/goroutine?debug=1", "localhost", ""); code != http.StatusOK {
		t.Errorf("profiles: %d", code)
	}
	if code, _ := ask(admin, "/debug/pprof/cmdline", "localhost", ""); code != http.StatusNotFound {
		t.Errorf("the command line, which may hold a token, is shown: %d", code)
	}
}
