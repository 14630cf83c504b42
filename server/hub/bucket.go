package hub

import "time"

// bucket admits a rate of things with bursts. What costs more than is there is admitted when the bucket is full, and
// then owed: a batch of 256 parts must not wait for ever behind a burst of 200. The zero bucket is full.
type bucket struct {
	owed float64 // what was taken and has not flowed back
	at   time.Time
}

// take admits cost at rate a second, or returns how long to wait until it will be.
func (b *bucket) take(now time.Time, cost, rate, burst int) (wait time.Duration) {
	if wait = b.wait(now, cost, rate, burst); wait == 0 {
		b.spend(cost)
	}
	return wait
}

// wait returns how long it is until cost will be admitted; 0: now.
func (b *bucket) wait(now time.Time, cost, rate, burst int) time.Duration {
	if passed := now.Sub(b.at); passed > 0 {
		b.owed = max(0, b.owed-passed.Seconds()*float64(rate))
		b.at = now
	}
	most := float64(max(0, burst-cost))
	if b.owed > most {
		return max(time.Duration((b.owed-most)/float64(rate)*float64(time.Second)), time.Millisecond)
	}
	return 0
}

// spend takes what wait admitted.
func (b *bucket) spend(cost int) { b.owed += float64(cost) }
