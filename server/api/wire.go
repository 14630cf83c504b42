package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// wire is the TCP connection beneath a WebSocket. The library reads from it and answers control frames; the outbox
// writes whole frames that are shared by all who get them. Each holds the other off until its frame is whole.
//
// It keeps the connection's memory small: the library gets buffers of 512 bytes, and the handler that accepted the
// request returns, so that net/http's own buffers and stack are given back.
type wire struct {
	net.Conn
	raw    syscall.RawConn            // nil: no write without waiting
	replay []byte                     // what net/http had read beyond the handshake
	pinged func(done <-chan struct{}) // holds the reader up when a ping came; may be nil

	mu   sync.Mutex // held while bytes of a frame go out
	turn *sync.Cond // on mu: mid or gone changed
	mid  bool       // the outbox's frame is half written
	gone bool
}

const smallBuffer = 512

// upgrader lets websocket.Accept hijack the connection into a wire.
type upgrader struct {
	http.ResponseWriter
	wire *wire
}

// Hijack takes the connection over from net/http (http.Hijacker).
func (u *upgrader) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(u.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, nil, err
	}
	w := &wire{Conn: conn}
	w.turn = sync.NewCond(&w.mu)
	if n := rw.Reader.Buffered(); n > 0 {
		w.replay = make([]byte, n)
		if _, err := rw.Reader.Read(w.replay); err != nil {
			return nil, nil, err
		}
	}
	if sc, ok := conn.(syscall.Conn); ok {
		if w.raw, err = sc.SyscallConn(); err != nil {
			w.raw = nil
		}
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		// A small kernel buffer, so that a peer that does not read is noticed here and not megabytes later.
		if err := tcp.SetWriteBuffer(sendBuffer); err != nil {
			return nil, nil, err
		}
	}
	u.wire = w
	return w, bufio.NewReadWriter(bufio.NewReaderSize(w, smallBuffer), bufio.NewWriterSize(w, smallBuffer)), nil
}

const sendBuffer = 64 << 10

// Read is the library's.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.replay) > 0 {
		n := copy(p, w.replay)
		if w.replay = w.replay[n:]; len(w.replay) == 0 {
			w.replay = nil
		}
		return n, nil
	}
	return w.Conn.Read(p)
}

// Write is the library's: pong and close frames, each in one call.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.mid && !w.gone {
		w.turn.Wait()
	}
	if w.gone {
		return 0, net.ErrClosed
	}
	return w.write(p, time.Now().Add(controlDeadline))
}

// write writes all of p. The deadline goes with it: one that has passed would fail every later tryWrite.
func (w *wire) write(p []byte, deadline time.Time) (int, error) {
	if err := w.SetWriteDeadline(deadline); err != nil {
		return 0, err
	}
	n, err := w.Conn.Write(p)
	if err == nil {
		err = w.SetWriteDeadline(time.Time{})
	}
	return n, err
}

const controlDeadline = 5 * time.Second

// Close lets a writer that waits for its turn go.
func (w *wire) Close() error {
	err := w.Conn.Close() // first: it ends a write that holds mu
	w.mu.Lock()
	w.gone = true
	w.mu.Unlock()
	w.turn.Broadcast()
	return err
}

// tryWrite writes what the socket takes at once.
func (w *wire) tryWrite(p []byte) (n int, err error) {
	if w.raw == nil || !w.mu.TryLock() {
		return 0, nil // a control frame is on its way: the outbox waits for it elsewhere
	}
	defer w.mu.Unlock()
	var errno error
	err = w.raw.Write(func(fd uintptr) bool {
		for {
			n, errno = syscall.Write(int(fd), p)
			if errno != syscall.EINTR {
				return true
			}
		}
	})
	if n = max(n, 0); err == nil && errno != nil && !errors.Is(errno, syscall.EAGAIN) {
		err = errno
	}
	w.mid = n > 0 && n < len(p)
	return n, err
}

// writeAll writes the rest, which ends at the end of a frame.
func (w *wire) writeAll(p []byte, deadline time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.write(p, deadline)
	w.mid = false
	w.turn.Broadcast()
	return err
}

// socketTransport is a WebSocket as the hub sees it (hub.Transport).
type socketTransport struct {
	wire *wire
	conn *websocket.Conn
}

// TryWrite writes what the peer's socket takes without waiting.
func (t socketTransport) TryWrite(p []byte) (int, error) { return t.wire.tryWrite(p) }

// Write writes all, waiting until the deadline.
func (t socketTransport) Write(p []byte, deadline time.Time) error {
	return t.wire.writeAll(p, deadline)
}

// Close says why with a close frame, and waits a little for the peer's; code 0 cuts the connection.
func (t socketTransport) Close(code int, reason string) {
	if code == 0 {
		_ = t.conn.CloseNow()
		return
	}
	for len(reason) > maxReason || !utf8.ValidString(reason) {
		reason = reason[:min(len(reason)-1, maxReason)]
	}
	_ = t.conn.Close(websocket.StatusCode(code), reason)
}

const maxReason = 123 // bytes of a close frame's reason (RFC 6455, 5.5)

// accept upgrades the request. It has answered the request when it returns an error.
func accept(w http.ResponseWriter, r *http.Request, subprotocol string) (socketTransport, error) {
	u := &upgrader{ResponseWriter: w}
	conn, err := websocket.Accept(u, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // Origin and Host were held against exact lists before
		OnPingReceived: func(ctx context.Context, _ []byte) bool {
			if u.wire.pinged != nil {
				u.wire.pinged(ctx.Done())
			}
			return true
		},
	})
	if err != nil {
		return socketTransport{}, err
	}
	conn.SetReadLimit(-1) // readMessage has its own, and says why
	return socketTransport{wire: u.wire, conn: conn}, nil
}

// readMessage reads one message into buf, at most limit bytes; one byte more says that it is longer. The peer may take
// idle until it begins and body until it is whole.
func (t socketTransport) readMessage(buf []byte, limit int, idle, body time.Duration) (_ []byte, binary bool, err error) {
	if err := t.wire.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return nil, false, err
	}
	kind, r, err := t.conn.Reader(context.Background())
	if err != nil {
		return nil, false, err
	}
	if err := t.wire.SetReadDeadline(time.Now().Add(body)); err != nil {
		return nil, false, err
	}
	buf = buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), limit+1)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			return buf, kind == websocket.MessageBinary, nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return buf, kind == websocket.MessageBinary, nil
			}
			return nil, false, err
		}
	}
}
