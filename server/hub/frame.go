package hub

import (
	"encoding/base64"
	"encoding/binary"
	"sync"

	"github.com/denkwand/denkwand/protocol"
)

// Encoding is how a transport marks where a frame ends.
type Encoding uint8

// Encodings.
const (
	WebSocket   Encoding = iota // RFC 6455 server frames, unmasked, one message each
	EventStream                 // text/event-stream
)

// Frame is one message to clients, immutable and shared by all who get it. Its bytes for a transport are made once,
// however many connections take it.
type Frame struct {
	wire   []byte // WebSocket header and payload
	header int    // length of the header
	binary bool
	signal bool // may be dropped

	once   sync.Once
	stream []byte // for EventStream, made by the first who needs it
}

// Headers of a server's WebSocket frames: FIN and opcode, then the length.
const (
	finText   = 0x80 | 0x1
	finBinary = 0x80 | 0x2
	maxHeader = 10
)

// NewFrame encodes a text frame.
func NewFrame(f protocol.Frame) *Frame {
	_, signal := f.(*protocol.Signals)
	room := make([]byte, maxHeader, maxHeader+256)
	return seal(protocol.AppendFrame(room, f), false, signal)
}

// NewTextFrame makes a text message of the payload, which it copies.
func NewTextFrame(payload []byte) *Frame {
	return seal(append(make([]byte, maxHeader, maxHeader+len(payload)), payload...), false, false)
}

// newBaseFrame makes a binary message of the payload, which it copies.
func newBaseFrame(payload []byte) *Frame {
	return seal(append(make([]byte, maxHeader, maxHeader+len(payload)), payload...), true, false)
}

// seal writes the header into the room that was left before the payload.
func seal(b []byte, isBinary, signal bool) *Frame {
	size := len(b) - maxHeader
	header := 2
	switch {
	case size > 0xffff:
		header = 10
		b[1] = 127
		binary.BigEndian.PutUint64(b[2:], uint64(size))
	case size > 125:
		header = 4
		b[7] = 126
		binary.BigEndian.PutUint16(b[8:], uint16(size))
	default:
		b[9] = byte(size)
	}
	start := maxHeader - header
	b[start] = finText
	if isBinary {
		b[start] = finBinary
	}
	return &Frame{wire: b[start:], header: header, binary: isBinary, signal: signal}
}

// Payload returns the message without any framing. It is read-only.
func (f *Frame) Payload() []byte { return f.wire[f.header:] }

// Binary reports whether it is a binary message: a part of a base.
func (f *Frame) Binary() bool { return f.binary }

// Bytes returns the frame as it goes over a transport of this encoding. They are read-only.
func (f *Frame) Bytes(e Encoding) []byte {
	if e == WebSocket {
		return f.wire
	}
	f.once.Do(func() {
		if f.binary {
			f.stream = append(f.stream, "event: base\ndata: "...)
			f.stream = base64.StdEncoding.AppendEncode(f.stream, f.Payload())
		} else {
			f.stream = append(f.stream, "data: "...)
			f.stream = append(f.stream, f.Payload()...)
		}
		f.stream = append(f.stream, "\n\n"...)
	})
	return f.stream
}
