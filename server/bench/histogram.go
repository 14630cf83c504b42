package bench

import (
	"math/bits"
	"time"
)

// histogram counts times in buckets that are a 32nd of their power of two wide: within 3 % of the truth.
type histogram struct {
	counts [64 * 32]int64
	n      int64
	max    time.Duration
}

func bucket(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < 32 {
		return int(us)
	}
	exponent := bits.Len64(us) - 6
	return (exponent+1)*32 + int(us>>exponent) - 32
}

// upper returns the highest time that falls into the bucket.
func upper(b int) time.Duration {
	if b < 32 {
		return time.Duration(b) * time.Microsecond
	}
	exponent := b/32 - 1
	return time.Duration((uint64(b%32)+33)<<exponent-1) * time.Microsecond
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucket(d)]++
	h.n++
	h.max = max(h.max, d)
}

func (h *histogram) merge(other *histogram) {
	for i, c := range other.counts {
		h.counts[i] += c
	}
	h.n += other.n
	h.max = max(h.max, other.max)
}

// quantile returns the time that a share q of all lies at or below, in milliseconds.
func (h *histogram) quantile(q float64) float64 {
	want := int64(q * float64(h.n))
	var seen int64
	for b, c := range h.counts {
		if seen += c; c > 0 && seen >= want {
			return milliseconds(min(upper(b), h.max))
		}
	}
	return 0
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
