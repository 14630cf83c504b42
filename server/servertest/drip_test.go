package servertest_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/servertest"
)

// TestRequestsThatNeverEnd are cut off, whatever path they are for: each would hold a connection and a goroutine.
func TestRequestsThatNeverEnd(t *testing.T) {
	s := servertest.Start(t, func(c *server.Config) { c.RequestWithin = 200 * time.Millisecond })
	host := strings.TrimPrefix(s.URL, "http://")
	for _, head := range []string{
		"GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 1000\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + host + "\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST /api/v1/xyz HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 1000\r\n\r\n",
		"POST /api/v1/boards HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\n",
		"POST /api/v1/boards HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 1000\r\n",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%q is still open: %v", head, err)
		}
		_ = conn.Close()
	}
}

// TestConnectionsOutliveTheRequest: what bounds a request does not bound a WebSocket or an event stream.
func TestConnectionsOutliveTheRequest(t *testing.T) {
	const within = 200 * time.Millisecond
	s := servertest.Start(t, func(c *server.Config) { c.RequestWithin = within })
	_, owner := s.Board()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	board, err := client.Dial(ctx, owner.Options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = board.Close(ctx) }()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v1/boards/"+owner.Board.String()+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+owner.Token)
	r.Header.Set("Denkwand-Version", "1")
	stream, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Body.Close() }()
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "event: base") { // welcomed
	}
	over := time.NewTimer(3 * within)
	defer over.Stop()
	<-over.C
	if state, err := board.State(); state != client.Live {
		t.Errorf("the WebSocket is %v: %v", state, err)
	}
	if err := board.Signal(signalAt(1, 2)); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"cursor"`) {
			return
		}
	}
	t.Errorf("the event stream ended: %v", lines.Err())
}

func signalAt(x, y int64) protocol.Signal {
	return protocol.Signal{Kind: protocol.SignalCursor, X: &x, Y: &y}
}
