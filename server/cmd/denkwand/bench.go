package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/denkwand/denkwand/server/api"
	"github.com/denkwand/denkwand/server/bench"
)

type benchCommand struct {
	Connections int           `placeholder:"N" help:"Connections in all. Not given: 50 and 500, each at 70,000 and 300,000 deliveries a second."`
	Boards      int           `default:"1" help:"Boards that they are spread over."`
	Writers     int           `default:"50" help:"Connections that write."`
	Rate        float64       `default:"28" help:"Ops a second of each writer."`
	For         time.Duration `default:"8s" help:"How long each load is measured."`
	Rounds      int           `default:"1" help:"How often all of it is done, floor and server in turn."`
	Dir         string        `type:"existingdir" help:"Where the measured server keeps its data; not given: the system's temporary directory."`
	JSON        bool          `name:"json" help:"Print the figures as JSON."`
}

// measured is one load and what floor and server made of it.
type measured struct {
	Load    bench.Load      `json:"load"`
	Figures []bench.Figures `json:"figures"`
}

func (c *benchCommand) loads() []bench.Load {
	if c.Connections != 0 {
		return []bench.Load{{Connections: c.Connections, Boards: c.Boards, Writers: min(c.Writers, c.Connections), Rate: c.Rate, For: c.For}}
	}
	var loads []bench.Load
	for _, connections := range []int{50, 500} {
		for _, deliveries := range []float64{70_000, 300_000} {
			loads = append(loads, bench.Load{
				Connections: connections, Boards: 1, Writers: 50, Rate: deliveries / float64(connections) / 50, For: c.For,
			})
		}
	}
	return loads
}

// Run measures, and fails when a delivery was lost, doubled or out of order.
func (c *benchCommand) Run(ctx context.Context, out output) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var all []measured
	var broken int64
	for round := range c.Rounds {
		for _, l := range c.loads() {
			fmt.Fprintf(out.err, "round %d: %d connections, %d boards, %d writers, %.1f ops/s each: %.0f deliveries/s …\n",
				round+1, l.Connections, l.Boards, l.Writers, l.Rate, l.Deliveries())
			figures, err := bench.Run(ctx, program, c.Dir, l)
			if err != nil {
				return err
			}
			all = append(all, measured{Load: l, Figures: figures})
			for _, f := range figures {
				broken += f.Lost + f.Doubled + f.OutOfOrder
			}
		}
	}
	if err := c.print(out, all); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d deliveries were lost, doubled or out of order: these figures do not count", broken)
	}
	return nil
}

func (c *benchCommand) print(out output, all []measured) error {
	if c.JSON {
		enc := json.NewEncoder(out.out)
		enc.SetIndent("", " ")
		return enc.Encode(all)
	}
	fmt.Fprintf(out.out, "%s, %d cores, %s/%s. Generator and server share them. The limits that protect a workshop are lifted.\n",
		runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	w := tabwriter.NewWriter(out.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "connections\tboards\tdeliveries/s\tserver\tp50 ms\tp95\tp99\tmax\tlost\tdoubled\torder\tCPU µs/delivery\tcores\tKiB/connection\t× floor\t")
	for _, m := range all {
		for _, f := range m.Figures {
			fmt.Fprintf(w, "%d\t%d\t%.0f\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t%d\t%d\t%.2f\t%.2f\t%.1f\t%.2f\t\n", m.Load.Connections, m.Load.Boards,
				f.Deliveries, f.Server, f.P50, f.P95, f.P99, f.Max, f.Lost, f.Doubled, f.OutOfOrder, f.CPU, f.Cores, f.ConnectionKB, f.CPU/m.Figures[0].CPU)
		}
	}
	return w.Flush()
}

// benchFloorCommand is the bare broadcaster that the benchmark starts beside the server.
type benchFloorCommand struct {
	Listen string `required:"" help:"Address to listen on."`
}

// Run serves one floor a path until it is killed.
func (c *benchFloorCommand) Run(_ context.Context, _ output) error {
	var mu sync.Mutex
	floors := map[string]*api.Floor{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /{room}", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		f := floors[r.PathValue("room")]
		if f == nil {
			f = api.NewFloor()
			floors[r.PathValue("room")] = f
		}
		mu.Unlock()
		f.ServeHTTP(w, r)
	})
	server := http.Server{Addr: c.Listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}
