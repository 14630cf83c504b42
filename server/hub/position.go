package hub

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"

	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/journal"
)

// position is a point of one history of a board as one audience sees it, and as clients hold it: an opaque token. In
// place of the chain, which would let its holder confirm a guess of a hidden entry, it has 64 bits of HMAC-SHA256 over
// audience and chain with the board's key. The audience is in it because a copy made for one cannot go on as another's:
// whoever comes back with another role gets a base.
type position struct {
	epoch, seq uint64
	mac        [8]byte
}

const positionBytes = 8 + 8 + 8

var positionText = base64.RawURLEncoding.Strict()

// positionOf returns the position of a head for an audience.
func positionOf(key []byte, head journal.Head, a board.Audience) position {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte{byte(a)})
	mac.Write(head.Chain[:])
	p := position{epoch: head.Epoch, seq: head.Seq}
	copy(p.mac[:], mac.Sum(nil))
	return p
}

// String returns the token, 32 characters.
func (p position) String() string {
	var b [positionBytes]byte
	binary.BigEndian.PutUint64(b[:], p.epoch)
	binary.BigEndian.PutUint64(b[8:], p.seq)
	copy(b[16:], p.mac[:])
	return positionText.EncodeToString(b[:])
}

// parsePosition reads a token.
func parsePosition(s string) (p position, ok bool) {
	if len(s) != positionText.EncodedLen(positionBytes) {
		return position{}, false
	}
	var b [positionBytes]byte
	if _, err := positionText.Decode(b[:], []byte(s)); err != nil {
		return position{}, false
	}
	p.epoch, p.seq = binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	copy(p.mac[:], b[16:])
	return p, true
}

// equal compares in constant time: a position is no secret, but nothing is gained by helping to guess one.
func (p position) equal(q position) bool {
	return p.epoch == q.epoch && p.seq == q.seq && subtle.ConstantTimeCompare(p.mac[:], q.mac[:]) == 1
}

// history remembers the positions that were told to an audience, oldest first, at least one.
type history struct {
	marks []position
}

// maxMarks is how many positions a board remembers: far more than frames in a tail.
const maxMarks = 4096

func (h *history) add(p position) {
	if len(h.marks) == 2*maxMarks {
		h.marks = append(h.marks[:0], h.marks[maxMarks:]...)
	}
	h.marks = append(h.marks, p)
}

// fit is what the history says about a position.
type fit uint8

const (
	fitsOn  fit = iota // on this history
	fitsOff            // not on it: what its holder has must be thrown away
	fitsOld            // from before what is remembered: cannot be judged
)

// judge holds a token against the history. A position between two that were told was told by someone else.
func (h *history) judge(token string) (seq uint64, f fit) {
	p, ok := parsePosition(token)
	newest := h.marks[len(h.marks)-1]
	if !ok || p.epoch != newest.epoch || p.seq > newest.seq {
		return 0, fitsOff
	}
	if p.seq < h.marks[0].seq {
		return 0, fitsOld
	}
	lo, hi := 0, len(h.marks)-1
	for lo < hi { // first mark at or behind p.seq
		mid := int(uint(lo+hi) / 2)
		if h.marks[mid].seq < p.seq {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if !h.marks[lo].equal(p) {
		return 0, fitsOff
	}
	return p.seq, fitsOn
}
