package api_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// rawConn is a WebSocket byte by byte: a client that sends what no library would.
type rawConn struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// Opcodes and bits of RFC 6455, 5.2.
const (
	fin, rsv1, rsv2, rsv3 = 0x80, 0x40, 0x20, 0x10
	masked                = 0x80

	opContinuation, opText, opBinary = 0x0, 0x1, 0x2
	opClose, opPing, opPong          = 0x8, 0x9, 0xa
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// raw makes the connection; more headers replace the usual ones.
func (b *bench) raw(board protocol.ID, headers ...string) *rawConn {
	b.t.Helper()
	host := strings.TrimPrefix(b.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		b.t.Fatal(err)
	}
	lines := append([]string{
		"GET /api/v1/boards/" + board.String() + "/socket HTTP/1.1", "Host: " + host, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}, headers...)
	if len(headers) == 0 {
		lines = append(lines, "Sec-WebSocket-Protocol: "+protocol.Subprotocol)
	}
	c := &rawConn{t: b.t, Conn: conn, r: bufio.NewReader(conn)}
	c.write([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n"))
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		b.t.Fatalf("the handshake: %s", resp.Status)
	}
	return c
}

// write sends bytes. That the peer has closed meanwhile shows when something is read.
func (c *rawConn) write(p []byte) { _, _ = c.Write(p) }

// frame is one frame of the client: first byte, payload, masked.
func frame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}
	mask := [4]byte{0x12, 0x34, 0x56, 0x78}
	b = append(b, mask[:]...)
	for i, p := range payload {
		b = append(b, p^mask[i%4])
	}
	return b
}

// text sends one text message in one frame.
func (c *rawConn) text(message string) { c.write(frame(fin|opText, []byte(message))) }

// next reads one frame. After a read that failed the error is the last thing.
func (c *rawConn) next() (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[1]&masked != 0 {
		return 0, nil, errors.New("a server's frame is masked")
	}
	n := uint64(head[1])
	switch n {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(c.r, b[:])
		n = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(c.r, b[:])
		n = binary.BigEndian.Uint64(b[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.r, payload)
	return head[0], payload, err
}

// receive reads until a frame of the type comes.
func receive[T protocol.Frame](c *rawConn) T {
	c.t.Helper()
	for {
		first, payload, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %T: %v", *new(T), err)
		}
		switch first {
		case fin | opText:
			f, err := protocol.DecodeServerFrame(payload)
			if err != nil {
				c.t.Fatalf("%v in %s", err, payload)
			}
			if got, ok := f.(T); ok {
				return got
			}
		case fin | opBinary, fin | opPong:
		default:
			c.t.Fatalf("waiting for %T: frame %#x %q", *new(T), first, payload)
		}
	}
}

// pong reads until a pong frame comes, past what the server tells by itself meanwhile, and returns its payload.
func (c *rawConn) pong() []byte {
	c.t.Helper()
	for {
		first, payload, err := c.next()
		switch {
		case err != nil:
			c.t.Fatalf("waiting for a pong frame: %v", err)
		case first == fin|opPong:
			return payload
		case first == fin|opText:
			if f, err := protocol.DecodeServerFrame(payload); err == nil && f.Type() != "pong" {
				continue
			}
			fallthrough
		default:
			c.t.Fatalf("waiting for a pong frame: frame %#x %q", first, payload)
		}
	}
}

// ended reads to the end and returns the last bye's code, and the code and reason of the close frame; zero if none came.
func (c *rawConn) ended() (bye protocol.Bye, code int, reason string) {
	c.t.Helper()
	for {
		first, payload, err := c.next()
		switch {
		case err != nil:
			if !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
				c.t.Fatalf("the connection does not end: %v", err)
			}
			return bye, code, reason
		case first == fin|opText:
			if f, err := protocol.DecodeServerFrame(payload); err == nil {
				if b, ok := f.(*protocol.Bye); ok {
					bye = *b
				}
			}
		case first == fin|opClose:
			if len(payload) > 125 {
				c.t.Errorf("a close frame of %d bytes", len(payload))
			}
			if len(payload) >= 2 {
				code, reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
				c.write(frame(fin|opClose, payload[:2]))
			}
		}
	}
}

// closes asserts that the connection ends with the code, said in a bye and in the close frame.
func (c *rawConn) closes(code protocol.Code) {
	c.t.Helper()
	bye, number, reason := c.ended()
	if bye.Code != code || bye.Close != code.Close() || bye.Message != code.Sentence() {
		c.t.Errorf("bye %+v, want %s", bye, code)
	}
	if number != code.Close() || reason != code.Sentence() {
		c.t.Errorf("closed with %d %q, want %d %q", number, reason, code.Close(), code.Sentence())
	}
}

// hello says hello with a token and waits for the welcome.
func (c *rawConn) hello(token, more string) *protocol.Welcome {
	c.t.Helper()
	c.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q%s}`, token, more))
	return receive[*protocol.Welcome](c)
}

// lives asserts that the connection answers.
func (c *rawConn) lives() {
	c.t.Helper()
	c.text(`{"type":"ping"}`)
	receive[*protocol.Pong](c)
}

// cuts splits a message into n frames, as fragments.
func fragments(message string, n int) []byte {
	var b bytes.Buffer
	size := (len(message) + n - 1) / n
	for i := 0; i < n; i++ {
		part := message[min(i*size, len(message)):min((i+1)*size, len(message))]
		first := byte(opContinuation)
		if i == 0 {
			first = opText
		}
		if i == n-1 {
			first |= fin
		}
		b.Write(frame(first, []byte(part)))
	}
	return b.Bytes()
}
