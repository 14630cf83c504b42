package strictjson_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

// The types here stand in for what the protocol has: one of each thing the package can read.

type key [16]byte

var errKey = errors.New("not a key")

func parseKey(b []byte) (k key, err error) {
	var text [22]byte
	if copy(text[:], b); len(b) != len(text) {
		return key{}, errKey
	}
	if n, err := base64.RawURLEncoding.Strict().Decode(k[:], text[:]); err != nil || n != len(k) {
		return key{}, errKey
	}
	return k, nil
}

func (k key) AppendText(b []byte) ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(b, k[:]), nil
}

func (k key) MarshalText() ([]byte, error) { return k.AppendText(nil) }

func (k *key) UnmarshalText(b []byte) (err error) {
	*k, err = parseKey(b)
	return err
}

// point has a hand-written codec; to the oracle it is a struct like others.
type point struct {
	X int64 `json:"x"`
	Y int64 `json:"y,omitempty"`
}

func (p *point) UnmarshalStrict(s *strictjson.Scanner) error {
	var seen uint64
	s.ObjectStart()
	for name, ok := s.Key(); ok; name, ok = s.Key() {
		switch string(name) {
		case "x":
			s.Once(&seen, 0)
			p.X = s.Int64()
		case "y":
			s.Once(&seen, 1)
			p.Y = s.Int64()
		default:
			s.Unknown(name)
		}
	}
	s.Require(seen, "x")
	return s.Err()
}

func (p point) AppendStrict(dst []byte) []byte {
	dst = strictjson.AppendInt(append(dst, `{"x":`...), p.X)
	if p.Y != 0 {
		dst = strictjson.AppendInt(append(dst, `,"y":`...), p.Y)
	}
	return append(dst, '}')
}

type head struct {
	Kind string `json:"kind"`
	N    uint32 `json:"n,omitempty"`
}

type tree struct {
	Name string           `json:"name,omitempty"`
	Kids []tree           `json:"kids,omitempty"`
	By   map[string]*tree `json:"by,omitempty" strict:"max=3"`
}

type colour string

type wide struct {
	head
	Yes    bool              `json:"yes"`
	I8     int8              `json:"i8,omitempty"`
	I64    int64             `json:"i64,omitempty"`
	U8     uint8             `json:"u8,omitempty"`
	U64    uint64            `json:"u64,omitempty"`
	Colour colour            `json:"colour,omitempty"`
	Key    key               `json:"key,omitzero"`
	Point  point             `json:"point,omitzero"`
	Maybe  *int16            `json:"maybe,omitempty"`
	Text   *string           `json:"text,omitempty"`
	List   []int32           `json:"list,omitempty" strict:"max=4"`
	Keys   []key             `json:"keys,omitempty"`
	Points []*point          `json:"points,omitempty"`
	Counts map[colour]uint16 `json:"counts,omitempty"`
	Bytes  []byte            `json:"bytes,omitempty"`
	Raw    strictjson.Raw    `json:"raw,omitempty"`
	Tree   tree              `json:"tree,omitzero"`
	Own    string            `json:"-"`
}

// move is a small op, read by hand (readMove) and by reflection.
type move struct {
	Kind string `json:"kind"`
	Note key    `json:"note"`
	X    int32  `json:"x"`
	Y    int32  `json:"y"`
}

const moveText = `{"kind":"note.move","note":"AAAAAAAAAAAAAAAAAAAAAA","x":12345,"y":-678}`

func readMove(b []byte) (m move, err error) {
	var s strictjson.Scanner
	s.Reset(b, strictjson.Options{})
	var seen uint64
	s.ObjectStart()
	for name, ok := s.Key(); ok; name, ok = s.Key() {
		switch string(name) {
		case "kind":
			s.Once(&seen, 0)
			m.Kind = s.Text()
		case "note":
			s.Once(&seen, 1)
			if m.Note, err = parseKey(s.TextBytes()); err != nil {
				s.Fail(strictjson.CodeValue, "not a key")
			}
		case "x":
			s.Once(&seen, 2)
			m.X = int32(s.IntIn(-1<<31, 1<<31-1))
		case "y":
			s.Once(&seen, 3)
			m.Y = int32(s.IntIn(-1<<31, 1<<31-1))
		default:
			s.Unknown(name)
		}
	}
	s.Require(seen, "kind", "note", "x", "y")
	if err := s.End(); err != nil {
		return move{}, err
	}
	return m, nil
}

// refusal returns err as the *Error that every refusal must be.
func refusal(t *testing.T, err error) *strictjson.Error {
	t.Helper()
	var e *strictjson.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	return e
}

// extra are the codes of rules that the oracle does not have.
func extra(code string) bool {
	return slices.Contains([]string{strictjson.CodeNull, strictjson.CodeNumber, strictjson.CodeDepth,
		strictjson.CodeCount, strictjson.CodeMissing}, code)
}
