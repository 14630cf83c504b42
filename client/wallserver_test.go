package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/strictjson"
)

// WallServer serves a wall over real sockets, for the examples: one board, open to whoever has its link.
type WallServer struct {
	Link string
	http *httptest.Server

	mu    sync.Mutex
	wall  *wall
	names map[string]protocol.ID // participants by token
	wake  map[*wallConn]chan struct{}
}

// ServeWall starts one. Close ends it.
func ServeWall() *WallServer {
	s := &WallServer{wall: newWall(1), names: map[string]protocol.ID{}, wake: map[*wallConn]chan struct{}{}}
	s.http = httptest.NewServer(s)
	s.Link = s.http.URL + "/b/" + s.wall.id.String() + "#secret"
	return s
}

// Close ends the server and its connections.
func (s *WallServer) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
	http.DefaultClient.CloseIdleConnections()
}

func (s *WallServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/join") {
		var body struct{ Name string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		s.mu.Lock()
		defer s.mu.Unlock()
		token := fmt.Sprint(tokenOf, body.Name, len(s.names))
		who := s.wall.joinBy(token, body.Name)
		s.names[token] = who
		fmt.Fprintf(w, `{"token":%q,"participant":%q,"role":"contributor"}`, token, who)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	conn, wake := &wallConn{}, make(chan struct{}, 1)
	s.mu.Lock()
	s.wall.conns = append(s.wall.conns, conn)
	s.wake[conn] = wake
	s.mu.Unlock()
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write(ctx, ws, conn, wake)
	}()
	s.read(ctx, ws, conn)
	cancel()
	<-written
	s.mu.Lock()
	s.wall.disconnect(conn)
	delete(s.wake, conn)
	s.mu.Unlock()
}

func (s *WallServer) read(ctx context.Context, ws *websocket.Conn, conn *wallConn) {
	for {
		_, message, err := ws.Read(ctx)
		if err != nil {
			return
		}
		f, err := protocol.DecodeClientFrame(message)
		if err != nil {
			return
		}
		s.mu.Lock()
		if hello, ok := f.(*protocol.Hello); ok {
			conn.who = s.names[hello.Token]
		}
		conn.up = append(conn.up, f)
		s.wall.take(conn)
		s.wall.save()
		for _, wake := range s.wake {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		s.mu.Unlock()
	}
}

func (s *WallServer) write(ctx context.Context, ws *websocket.Conn, conn *wallConn, wake chan struct{}) {
	for {
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		down := conn.down
		conn.down = nil
		s.mu.Unlock()
		for _, message := range down {
			if err := writeMessage(ctx, ws, message); err != nil {
				return
			}
		}
	}
}

func writeMessage(ctx context.Context, ws *websocket.Conn, message any) error {
	if f, ok := message.(protocol.Frame); ok {
		return ws.Write(ctx, websocket.MessageText, protocol.AppendFrame(nil, f))
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(strictjson.Append(nil, message)); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return ws.Write(ctx, websocket.MessageBinary, packed.Bytes())
}
