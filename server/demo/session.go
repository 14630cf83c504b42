// Package demo plays a workshop that is written down in a file into a running server, as the people in it would: each
// joins by link and writes, moves and clusters through the Go SDK. It is the demonstration and the end-to-end test.
package demo

import (
	_ "embed"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
)

//go:embed testdata/denk-werksessie.json
var seedSession []byte

// Session is a workshop as a file: who took part, what they wrote, where it ended up. Keys are the file's own and are
// used nowhere on the board.
type Session struct {
	Title        string        `json:"title"`
	Question     string        `json:"question"`
	Date         string        `json:"date,omitempty"`
	Language     string        `json:"language,omitempty"`
	Source       string        `json:"source,omitempty"`
	Perspectives []Perspective `json:"perspectives"`
	Participants []Participant `json:"participants"`
	Rings        []Ring        `json:"rings"`
	Phases       []any         `json:"phases,omitempty"` // not played
	Clusters     []Cluster     `json:"clusters"`
	Notes        []Note        `json:"notes"`
}

// Perspective is a group that people speak for.
type Perspective struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Participant is one person. The file has no names.
type Participant struct {
	Key         string `json:"key"`
	Perspective string `json:"perspective,omitempty"`
}

// Ring is one ring of the target; Order counts from the core outwards.
type Ring struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Order int    `json:"order"`
}

// Cluster is a named group of notes.
type Cluster struct {
	Key   string `json:"key"`
	Title string `json:"title"`
}

// Note is what somebody wrote and where it was put. Ring and Cluster may be none.
type Note struct {
	Key         string  `json:"key"`
	Text        string  `json:"text"`
	Perspective string  `json:"perspective,omitempty"`
	Participant string  `json:"participant"`
	Ring        *string `json:"ring"`
	Cluster     *string `json:"cluster"`
}

// Seed returns the session that comes with the program: a work session of four knowledge centres, in Dutch.
func Seed() *Session {
	s, err := parse(seedSession)
	if err != nil {
		panic("demo: the built-in session: " + err.Error())
	}
	return s
}

// maxSession bounds what is read of a session file, in bytes.
const maxSession = 16 << 20

// Read reads a session file of the same form and holds it against itself: every key that is named exists, once.
func Read(r io.Reader) (*Session, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSession+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxSession {
		return nil, fmt.Errorf("the session file is larger than %d MiB", maxSession>>20)
	}
	return parse(b)
}

func parse(b []byte) (*Session, error) {
	var s Session
	if err := json.Unmarshal(b, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("not a session file: %w", err)
	}
	return &s, s.check()
}

func (s *Session) check() error {
	perspectives, err := keys("perspective", s.Perspectives, func(p Perspective) string { return p.Key })
	if err != nil {
		return err
	}
	participants, err := keys("participant", s.Participants, func(p Participant) string { return p.Key })
	if err != nil {
		return err
	}
	rings, err := keys("ring", s.Rings, func(r Ring) string { return r.Key })
	if err != nil {
		return err
	}
	clusters, err := keys("cluster", s.Clusters, func(c Cluster) string { return c.Key })
	if err != nil {
		return err
	}
	if _, err := keys("note", s.Notes, func(n Note) string { return n.Key }); err != nil {
		return err
	}
	group := map[string]string{}
	for _, p := range s.Participants {
		if p.Perspective != "" && !perspectives[p.Perspective] {
			return fmt.Errorf("participant %q: no perspective %q", p.Key, p.Perspective)
		}
		group[p.Key] = p.Perspective
	}
	for _, n := range s.Notes {
		switch {
		case !participants[n.Participant]:
			return fmt.Errorf("note %q: no participant %q", n.Key, n.Participant)
		case n.Perspective != group[n.Participant]:
			return fmt.Errorf("note %q: perspective %q is not that of participant %q", n.Key, n.Perspective, n.Participant)
		case n.Ring != nil && !rings[*n.Ring]:
			return fmt.Errorf("note %q: no ring %q", n.Key, *n.Ring)
		case n.Cluster != nil && !clusters[*n.Cluster]:
			return fmt.Errorf("note %q: no cluster %q", n.Key, *n.Cluster)
		}
	}
	if len(s.Participants) == 0 {
		return fmt.Errorf("nobody takes part")
	}
	return nil
}

func keys[T any](noun string, list []T, key func(T) string) (map[string]bool, error) {
	seen := make(map[string]bool, len(list))
	for _, item := range list {
		k := key(item)
		if k == "" {
			return nil, fmt.Errorf("a %s has no key", noun)
		}
		if seen[k] {
			return nil, fmt.Errorf("two %ss have the key %q", noun, k)
		}
		seen[k] = true
	}
	return seen, nil
}
