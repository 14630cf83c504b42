package bench

import (
	"testing"
	"time"
)

func TestHistogramIsWithinThreePercent(t *testing.T) {
	for d := time.Microsecond; d < time.Hour; d = d*21/20 + time.Microsecond {
		b := bucket(d)
		if up := upper(b); up < d.Truncate(time.Microsecond) || float64(up) > 1.04*float64(d)+float64(time.Microsecond) {
			t.Fatalf("%v counts as up to %v", d, up)
		}
		if bucket(upper(b)) != b || bucket(upper(b)+time.Microsecond) != b+1 {
			t.Fatalf("bucket %d does not end at %v", b, upper(b))
		}
	}
}

func TestQuantiles(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 500, 0.95: 950, 0.99: 990, 1: 1000} {
		if got := h.quantile(q); got < want || got > 1.04*want {
			t.Errorf("quantile %v = %v ms, want about %v", q, got, want)
		}
	}
}
