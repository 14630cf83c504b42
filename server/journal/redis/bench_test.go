package redis

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
	"github.com/denkwand/denkwand/server/journal/redis/redistest"
)

// BenchmarkAppend appends groups of ten entries of 120 bytes to boards at once, through the journal and, as the floor, as
// bare calls of its script, one caller a board.
func BenchmarkAppend(b *testing.B) {
	const entries, size = 10, 120
	body := bytes.Repeat([]byte("x"), entries*size)
	for _, keep := range []redistest.Persistence{redistest.None, redistest.Always} {
		for _, boards := range []int{1, 10, 100} {
			for _, way := range []struct {
				name string
				run  func(b *testing.B, j *Journal, board protocol.ID, n, entries int, body []byte)
			}{{"bare", calls}, {"journal", chain}} {
				b.Run(fmt.Sprintf("%s/%d boards/%s", keep, boards, way.name), func(b *testing.B) {
					j := open(b, redistest.Start(b, keep), Options{Try: patience, Budget: patience})
					ids := make([]protocol.ID, boards)
					for i := range ids {
						ids[i], _ = start(b, j)
					}
					each := (b.N + boards - 1) / boards
					var wait sync.WaitGroup
					b.ResetTimer()
					for _, id := range ids {
						wait.Go(func() { way.run(b, j, id, each, entries, body) })
					}
					wait.Wait()
					b.ReportMetric(float64(each*boards*entries)/b.Elapsed().Seconds(), "ops/s")
				})
			}
		}
	}
}

// chain appends n groups, each when the one before is answered.
func chain(b *testing.B, j *Journal, board protocol.ID, n, entries int, body []byte) {
	finished := make(chan struct{})
	var next func(left int, seen uint64)
	next = func(left int, seen uint64) {
		if left == 0 {
			close(finished)
			return
		}
		d := journal.Draft{Epoch: 1, Seen: seen, Count: entries, Body: body, Time: time.Now().UnixMilli()}
		j.Append(board, d, func(g journal.Group, err error) {
			if err != nil {
				b.Error(err)
				left = 1
			}
			next(left-1, g.Last)
		})
	}
	next(n, 0)
	<-finished
}

// calls calls the script n times.
func calls(b *testing.B, j *Journal, board protocol.ID, n, entries int, body []byte) {
	for i := range n {
		digest := sha256.Sum256(body)
		err := appendScript.Run(ctx, j.client, j.keys(board), 1, i*entries, entries, hex.EncodeToString(digest[:]), body,
			time.Now().UnixMilli(), j.instance, j.count.Add(1)).Err()
		if err != nil {
			b.Error(err)
			return
		}
	}
}
