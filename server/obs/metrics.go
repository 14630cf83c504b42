// Package obs is what an operator sees of a running server: metrics for Prometheus and profiles. Both stand on a
// listener of their own, which the public never reaches.
package obs

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/hub"
)

// reading is one number and where it comes from.
type reading struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func() float64
}

// hubCollector reads a hub's counters when it is asked: counting costs nobody more than an atomic add.
type hubCollector []reading

func (c hubCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, r := range c {
		ch <- r.desc
	}
}

func (c hubCollector) Collect(ch chan<- prometheus.Metric) {
	for _, r := range c {
		ch <- prometheus.MustNewConstMetric(r.desc, r.kind, r.read())
	}
}

type loader interface{ Load() int64 }

func counter(name, help string, v loader) reading {
	return reading{prometheus.NewDesc("denkwand_"+name, help, nil, nil), prometheus.CounterValue, func() float64 { return float64(v.Load()) }}
}

func gauge(name, help string, v loader) reading {
	return reading{prometheus.NewDesc("denkwand_"+name, help, nil, nil), prometheus.GaugeValue, func() float64 { return float64(v.Load()) }}
}

func seconds(name, help string, v loader) reading {
	return reading{prometheus.NewDesc("denkwand_"+name, help, nil, nil), prometheus.CounterValue, func() float64 {
		return time.Duration(v.Load()).Seconds()
	}}
}

func refused(code string, v loader) reading {
	return reading{
		prometheus.NewDesc("denkwand_ops_not_taken_total", "Ops that the door did not take now.", nil, prometheus.Labels{"code": code}),
		prometheus.CounterValue, func() float64 { return float64(v.Load()) },
	}
}

func readings(m *hub.Metrics, h *hub.Hub) hubCollector {
	return hubCollector{
		gauge("boards", "Boards in memory.", &m.Boards),
		gauge("connections", "Connections attached to a board.", &m.Conns),
		gauge("waiting_writers", "Connections whose socket is full.", &m.Writers),
		counter("ops_total", "Entries applied.", &m.Ops),
		counter("noops_total", "Entries applied that did nothing.", &m.Noops),
		refused("rate_limited", &m.Refused.RateLimited),
		refused("busy", &m.Refused.Busy),
		refused("storage_full", &m.Refused.StorageFull),
		refused("draining", &m.Refused.Draining),
		counter("groups_total", "Groups appended to the journal.", &m.Groups),
		seconds("append_seconds_total", "Time from append to its answer.", &m.AppendNanos),
		counter("flushes_total", "Flushes of a board that sent something.", &m.Flushes),
		counter("frames_total", "Frames handed to connections.", &m.Frames),
		counter("sent_bytes_total", "Bytes handed to connections.", &m.Bytes),
		counter("writes_total", "Writes that brought them there.", &m.Writes),
		counter("fan_outs_total", "Turns in which what boards had to say was written to connections.", &m.FanOuts),
		seconds("fan_out_seconds_total", "Time of these turns.", &m.FanOutNanos),
		counter("bases_total", "Whole states encoded for newcomers.", &m.Bases),
		counter("resumed_total", "Welcomes that went on from a position.", &m.Resumed),
		counter("rebased_total", "Welcomes with a whole state.", &m.Rebased),
		counter("slow_closed_total", "Connections closed because they could not keep up.", &m.Slow),
		counter("rewinds_total", "Connections whose copy was not on the board's history.", &m.Rewinds),
		counter("seal_errors_total", "Sealings that failed; they are tried again.", &m.SealErrors),
		{
			prometheus.NewDesc("denkwand_boards_quarantined", "Boards set aside for repair.", nil, nil), prometheus.GaugeValue,
			func() float64 { return float64(len(h.Quarantined())) },
		},
	}
}

// Admin returns the handler of the admin listener: /metrics and /debug/pprof/. With a token both ask for it as a bearer;
// without one only requests that name the loopback address are answered, so that no page in a browser on this machine
// can ask under a name of its own. The command line is not shown: it may hold a token.
func Admin(m *hub.Metrics, h *hub.Hub, token auth.Secret) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(readings(m, h), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if token == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !loopback(r.Host) {
				http.Error(w, "ask by the loopback address", http.StatusMisdirectedRequest)
				return
			}
			mux.ServeHTTP(w, r)
		})
	}
	want := sha256.Sum256([]byte(token.Reveal()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			http.Error(w, "the admin token is needed", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// loopback reports whether a Host header names the loopback address.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.IsLoopback()
}
