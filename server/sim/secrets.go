package sim

import (
	"encoding/base64"
	"encoding/hex"
	"slices"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/hub"
)

// secrets look through all that reaches clients for what must not leave the server: each of those is long and random, so
// it is found as a piece of a long word.
type secrets struct {
	writers map[protocol.ID]*client // whose writer an id is
	owned   map[string]*client      // whose a resume secret is
	hidden  map[string]string       // pieces of what nobody may see, and what they are of
	seen    map[string]uint64       // long words, and the clients that got them, as bits
	frames  map[*hub.Frame][]string // words of frames that went to several
}

// piece is the length by which secrets are recognised: 72 bits in base64, 48 in hexadecimal.
const piece = 12

func newSecrets() secrets {
	return secrets{writers: map[protocol.ID]*client{}, owned: map[string]*client{}, hidden: map[string]string{},
		seen: map[string]uint64{}, frames: map[*hub.Frame][]string{}}
}

// hide notes bytes that nobody may see, in any spelling.
func (s *secrets) hide(what string, secret []byte) {
	s.text(what, hex.EncodeToString(secret))
	for shift := range 3 { // where it may stand inside something larger
		part := secret[shift : len(secret)-(len(secret)-shift)%3]
		s.text(what, base64.URLEncoding.EncodeToString(part))
		s.text(what, base64.StdEncoding.EncodeToString(part))
	}
}

// text notes a text that nobody may see.
func (s *secrets) text(what, secret string) { s.hidden[secret[:piece]] = what }

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '-' || b == '_' || b == '+' || b == '/' || b == '='
}

// longWords returns what may be, or hold, a secret.
func longWords(text []byte) (words []string) {
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && wordByte(text[i]) {
			continue
		}
		if i-start >= piece {
			words = append(words, string(text[start:i]))
		}
		start = i + 1
	}
	return words
}

// watch looks at a frame that a client got.
func (s *secrets) watch(f *hub.Frame, c *client) {
	if f.Binary() {
		return // its content is looked at when it is unpacked
	}
	words, ok := s.frames[f]
	if !ok {
		words = longWords(f.Payload())
		s.frames[f] = words
	}
	s.note(words, c)
}

// base looks at a part of a base that a client got.
func (s *secrets) base(b *protocol.Base, c *client) {
	s.note([]string{b.At}, c)
	for i := range b.Changes {
		s.note(longWords(protocol.AppendChange(nil, &b.Changes[i])), c)
	}
}

func (s *secrets) note(words []string, c *client) {
	for _, word := range words {
		s.seen[word] |= 1 << c.index
	}
}

// judge holds what was seen against what must not be.
func (s *secrets) judge(w *world) {
	for era := range w.journal.era() + 1 {
		for _, g := range w.journal.log(era) {
			s.hide("a chain", g.Chain[:])
		}
		state, _ := replayed(w, w.journal.log(era))
		hash := state.Hash()
		s.hide("a state hash", hash[:])
		err := entries(w.journal.log(era), func(e protocol.Entry) {
			if op, ok := e.Op.(*protocol.WriterRegister); ok {
				s.hide("the hash of a resume secret", op.Secret)
				if _, told := s.writers[op.Writer]; !told {
					s.writers[op.Writer] = nil
				}
			}
		})
		if err != nil {
			w.fail("the journal of era %d cannot be read: %v", era, err)
		}
	}
	var words []string
	for word := range s.seen {
		words = append(words, word)
	}
	slices.Sort(words)
	for _, word := range words {
		s.judgeWord(w, word, s.seen[word])
	}
}

func (s *secrets) judgeWord(w *world, word string, clients uint64) {
	for i := 0; i+piece <= len(word); i++ {
		if what, ok := s.hidden[word[i:i+piece]]; ok {
			w.fail("%s left the server, in %s", what, word)
		}
	}
	var owner *client
	what := ""
	if id, err := protocol.ParseID(word); err == nil {
		if c, ok := s.writers[id]; ok {
			owner, what = c, "writer id"
		}
	}
	if c, ok := s.owned[word]; ok {
		owner, what = c, "resume secret"
	}
	if what == "" {
		return
	}
	for _, c := range w.clients {
		if clients&(1<<c.index) != 0 && c != owner {
			w.fail("%s got a %s that is not its own", c.name, what)
		}
	}
}
