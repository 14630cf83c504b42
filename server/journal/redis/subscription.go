package redis

import (
	"strings"
	"sync"

	"github.com/denkwand/denkwand/server/journal"
)

// Bounds of what waits for one reader.
const (
	maxHints       = 1024
	maxHintBytes   = 1 << 20   // bodies of groups, or one
	maxSignals     = 1024      // the oldest goes first
	maxSignalBytes = 256 << 10 // of them
)

// What the bus gives is spelled as aliases of unnamed types, so that who uses it can declare the same words, and an
// interface that Bus implements, without importing this package.
type (
	// Signal is an opaque message of another instance.
	Signal = struct {
		From    string // the instance
		Payload []byte
	}

	// Heard is what came in on a subscription since the last Take.
	Heard = struct {
		// Missed says that anything may have been published unheard: the subscription began, or began again after the
		// connection was lost, or groups were dropped because nobody took them. Compare heads. Without Missed the last
		// messages may be missing all the same.
		Missed  bool
		Groups  []journal.Group // hints, in the order of the log: good only if they follow the reader's head
		Signals []Signal        // in order for each instance
	}

	// Subscription is one reader's ear on a board. What it does not take in time is dropped, never waited for.
	Subscription = interface {
		Ready() <-chan struct{} // has a token when there is something to take
		Take() Heard            // what came in since the last Take, maybe nothing; the caller's
		Close()                 // ends the subscription
	}

	// Instance is one that beat within Options.Alive.
	Instance = struct {
		Name    string
		Payload []byte // what it said of itself
	}
)

// subscription implements Subscription.
type subscription struct {
	bus     *Bus
	channel string
	ready   chan struct{}

	mu                     sync.Mutex // protects the following
	heard                  Heard
	hintBytes, signalBytes int
}

func (s *subscription) Ready() <-chan struct{} { return s.ready }

func (s *subscription) Take() Heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := s.heard
	s.heard, s.hintBytes, s.signalBytes = Heard{}, 0, 0
	return heard
}

func (s *subscription) Close() { s.bus.unsubscribe(s) }

// miss says that something may have been published unheard. Groups from before it stay: they may follow still.
func (s *subscription) miss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard.Missed = true
	token(s.ready)
}

// group takes a published group. One that cannot be read is a group that was missed.
func (s *subscription) group(published string) {
	part := strings.SplitN(published, "|", 7)
	if len(part) != 7 {
		s.miss()
		return
	}
	g, err := parseGroup(part[0], part[1], part[2], part[3], part[4], part[5], part[6])
	if err != nil {
		s.miss()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hintBytes += len(g.Body); len(s.heard.Groups) == maxHints || s.hintBytes > maxHintBytes && len(s.heard.Groups) > 0 {
		s.heard.Groups, s.hintBytes, s.heard.Missed = nil, len(g.Body), true
	}
	s.heard.Groups = append(s.heard.Groups, g)
	token(s.ready)
}

// signal takes a signal, and drops the oldest when there are too many.
func (s *subscription) signal(signal Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard.Signals = append(s.heard.Signals, signal)
	s.signalBytes += len(signal.Payload)
	drop := 0
	for len(s.heard.Signals)-drop > maxSignals || s.signalBytes > maxSignalBytes {
		s.signalBytes -= len(s.heard.Signals[drop].Payload)
		drop++
	}
	if drop > 0 {
		clear(s.heard.Signals[:drop])
		s.heard.Signals = s.heard.Signals[drop:]
	}
	token(s.ready)
}
