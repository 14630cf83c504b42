package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/denkwand/denkwand/protocol"
)

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second
	// maxMessage is the largest message read: base parts and changes frames are 256 KiB at most, none is over 512 KiB.
	maxMessage = 1 << 20
)

// run keeps a connection until ctx ends. One that is there then says goodbye as long as reading goes on.
func (b *Board) run(ctx, reading context.Context) {
	defer close(b.done)
	defer b.once.Do(func() { close(b.ended) })
	for ctx.Err() == nil {
		cause := b.connect(ctx, reading)
		b.mu.Lock()
		wait, again := b.core.Closed(cause, time.Now())
		b.absorb()
		b.frames, b.hangup = nil, false
		b.mu.Unlock()
		b.log.Debug("connection ended", "close", cause.Close, "code", cause.Code, "err", cause.Err, "again", again, "wait", wait)
		if !again {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// connect makes one connection, lives with it, and returns how it ended.
func (b *Board) connect(ctx, reading context.Context) Cause {
	address, err := socketURL(b.opts.Server, b.opts.Board)
	if err != nil {
		return Cause{Code: protocol.CodeBoardUnknown, Message: err.Error(), Err: err}
	}
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, resp, err := websocket.Dial(dialing, address, &websocket.DialOptions{HTTPClient: cmp.Or(b.opts.HTTPClient, http.DefaultClient),
		Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return refusedUpgrade(resp, err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxMessage)

	b.mu.Lock()
	b.warned = false
	b.core.Start(time.Now())
	b.absorb()
	b.mu.Unlock()

	serving, stop := context.WithCancel(ctx)
	written := make(chan struct{})
	go func() {
		defer close(written)
		defer conn.CloseNow()
		b.write(serving, reading, conn)
		if ctx.Err() != nil && reading.Err() == nil {
			_ = conn.Close(websocket.StatusNormalClosure, "")
		}
	}()
	err = b.read(reading, conn)
	stop()
	_ = conn.CloseNow() // also ends a write
	<-written
	return Cause{Close: max(int(websocket.CloseStatus(err)), 0), Err: err}
}

// read passes on what comes until the connection ends. The writing goroutine ends it by closing the connection, the end of
// ctx by cutting it.
func (b *Board) read(ctx context.Context, conn *websocket.Conn) error {
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if err := b.receive(kind, message); err != nil {
			return err
		}
	}
}

func (b *Board) receive(kind websocket.MessageType, message []byte) error {
	if kind == websocket.MessageBinary {
		base, err := protocol.DecodeBase(message)
		if err != nil {
			return err
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.core.ReceiveBase(base, time.Now())
		b.absorb()
		return nil
	}
	frame, err := protocol.DecodeServerFrame(message)
	if errors.Is(err, protocol.ErrFrameType) {
		return nil
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.core.Receive(frame, time.Now())
	b.absorb()
	return nil
}

// write sends what the core wants sent until the connection is to end: ctx ends it between two frames, since a write that
// is given up breaks the connection; reading ends it at once.
func (b *Board) write(ctx, reading context.Context, conn *websocket.Conn) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-b.kick:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		b.mu.Lock()
		b.absorb()
		frames, hangup, next := b.frames, b.hangup, b.core.Next()
		b.frames = nil
		b.drained()
		b.mu.Unlock()
		for _, f := range frames {
			if err := send(reading, conn, f); err != nil {
				return
			}
		}
		if hangup {
			return
		}
		if !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

// drained takes the wake-up back that absorb gave, since what it is for was taken with it.
func (b *Board) drained() {
	select {
	case <-b.kick:
	default:
	}
}

func send(ctx context.Context, conn *websocket.Conn, f protocol.Frame) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, protocol.AppendFrame(nil, f))
}

// refusedUpgrade reads why the server made no connection.
func refusedUpgrade(resp *http.Response, err error) Cause {
	cause := Cause{Err: err}
	if resp == nil || resp.Body == nil {
		return cause
	}
	problem := problemOf(resp, resp.Body)
	cause.Code, cause.Message, cause.Retry = problem.Code, problem.Detail, problem.Retry
	return cause
}

// socketURL returns the address of a board's socket: ws for http, wss for https.
func socketURL(server string, board protocol.ID) (string, error) {
	rest, ok := strings.CutPrefix(server, "http")
	if !ok || !strings.HasPrefix(rest, "://") && !strings.HasPrefix(rest, "s://") {
		return "", fmt.Errorf("client: %q is not a server's address (https://host)", server)
	}
	return "ws" + strings.TrimRight(rest, "/") + "/api/v1/boards/" + board.String() + "/socket", nil
}
