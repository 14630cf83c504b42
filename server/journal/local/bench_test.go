package local

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/denkwand/denkwand/server/journal"
)

// BenchmarkAppend appends groups of 1,200 bytes (ten small ops) from boards that each wait for their answer before the
// next, as rooms do. Trimming keeps the files few. Besides the rate it reports the 99th percentile of an append.
func BenchmarkAppend(b *testing.B) {
	for _, boards := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("boards=%d", boards), func(b *testing.B) {
			j, _, err := Open(Options{Dir: b.TempDir(), Ballast: -1})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			for i := range boards {
				if err := j.Open(context.Background(), testID(i+1), journal.Head{Epoch: 1}); err != nil {
					b.Fatal(err)
				}
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			waits := make([][]time.Duration, boards)
			var running sync.WaitGroup
			body := make([]byte, 1200)
			b.ResetTimer()
			for i := range boards {
				running.Go(func() {
					answer := make(chan journal.Group, 1)
					for left.Add(-1) >= 0 {
						start := time.Now()
						j.Append(testID(i+1), journal.Draft{Epoch: 1, Count: 10, Body: body, Time: start.UnixMilli()}, func(g journal.Group, err error) {
							if err != nil {
								b.Error(err)
							}
							answer <- g
						})
						g := <-answer
						waits[i] = append(waits[i], time.Since(start))
						if g.Last%10_000 == 0 {
							if err := j.Trim(context.Background(), testID(i+1), 1, g.Last); err != nil {
								b.Error(err)
							}
						}
					}
				})
			}
			running.Wait()
			b.StopTimer()
			all := slices.Concat(waits...)
			slices.Sort(all)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
			b.ReportMetric(float64(b.N)/float64(j.next), "appends/commit")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
		})
	}
}
