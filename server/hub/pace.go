package hub

import "time"

// Bounds of the gap between two flushes of one board.
const (
	minGap = 5 * time.Millisecond
	maxGap = 50 * time.Millisecond
)

// Pace decides when a board flushes: at once after a quiet spell, and after a gap that grows with what a fan-out costs
// while it is busy. Without the gap a small write per op and connection fills a core; a fixed tick costs its length
// when idle and is too short for many connections. The zero Pace is ready.
type Pace struct {
	last   time.Time     // of the last flush
	gap    time.Duration // from there to the next; 0: minGap
	append time.Duration // what an append takes, smoothed
	began  time.Time     // when the last append began
}

// Due returns when the next flush may be.
func (p *Pace) Due() time.Time {
	if p.last.IsZero() {
		return time.Time{}
	}
	return p.last.Add(max(p.gap, minGap))
}

// AppendDue returns when the next group should be given to the journal: at once after a quiet spell; while busy once a
// flush, as late as its answer still comes in time for it. What comes before goes into one group, and so into one fsync;
// what comes later is in time for the flush after. Flushing says that there will be a flush when it is due.
func (p *Pace) AppendDue(now time.Time, flushing bool) time.Time {
	due := p.Due()
	if due.IsZero() || !now.Before(due) {
		return time.Time{}
	}
	if flushing && (p.began.After(p.last) || now.After(due.Add(-p.append))) {
		due = due.Add(max(p.gap, minGap))
	}
	return due.Add(-p.append - p.append/2 - appendLead)
}

// appendLead is for what an append takes beyond one and a half times the usual.
const appendLead = time.Millisecond / 2

// Began notes that an append begins.
func (p *Pace) Began(now time.Time) { p.began = now }

// Appended notes what an append took.
func (p *Pace) Appended(took time.Duration) { p.append += (took - p.append) / 4 }

// Flushed notes a flush.
func (p *Pace) Flushed(now time.Time) { p.last = now }

// FannedOut sets the gap by what the last fan-out took.
func (p *Pace) FannedOut(took time.Duration) { p.gap = min(max(took+took/2, minGap), maxGap) }
