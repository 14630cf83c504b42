package api_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// TestMessagesThatEndTheConnection sends, on a connection that was welcomed, what the protocol does not have. It ends with
// a code and its sentence; the board and everybody else on it go on.
func TestMessagesThatEndTheConnection(t *testing.T) {
	b := newBench(t)
	neighbour := b.raw(b.made.Board)
	neighbour.hello(b.owner.Token, "")
	id := protocol.RandomID().String()
	submit := func(op string) string { return `{"type":"submit","n":1,"ops":[` + op + `]}` }
	for name, c := range map[string]struct {
		bytes []byte
		code  protocol.Code
	}{
		"not JSON":                {[]byte(`hello`), protocol.CodeMalformed},
		"cut off":                 {[]byte(`{"type":"ping"`), protocol.CodeMalformed},
		"empty":                   {nil, protocol.CodeMalformed},
		"trailing bytes":          {[]byte(`{"type":"ping"}x`), protocol.CodeMalformed},
		"invalid UTF-8":           {[]byte("{\"type\":\"ping\",\"at\":\"\xc3\x28\"}"), protocol.CodeMalformed},
		"UTF-8 cut at the end":    {[]byte("{\"type\":\"ping\",\"at\":\"\xe2\x82"), protocol.CodeMalformed},
		"overlong UTF-8":          {[]byte("{\"type\":\"ping\",\"at\":\"\xc0\xaf\"}"), protocol.CodeMalformed},
		"UTF-8 of a surrogate":    {[]byte("{\"type\":\"ping\",\"at\":\"\xed\xa0\x80\"}"), protocol.CodeMalformed},
		"lone surrogate":          {[]byte(`{"type":"ping","at":"\ud800"}`), protocol.CodeMalformed},
		"swapped surrogates":      {[]byte(`{"type":"ping","at":"\udc00\ud800"}`), protocol.CodeMalformed},
		"duplicate key":           {[]byte(`{"type":"ping","at":"a","at":"b"}`), protocol.CodeMalformed},
		"type twice":              {[]byte(`{"type":"ping","type":"hello"}`), protocol.CodeMalformed},
		"case-folded key":         {[]byte(`{"type":"ping","AT":"a"}`), protocol.CodeMalformed},
		"unknown key":             {[]byte(`{"type":"ping","x":1}`), protocol.CodeMalformed},
		"null":                    {[]byte(`{"type":"ping","at":null}`), protocol.CodeMalformed},
		"deep nesting":            {[]byte(`{"type":"ping","at":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`), protocol.CodeMalformed},
		"unknown frame":           {[]byte(`{"type":"pingpong"}`), protocol.CodeUnknownKind},
		"a server's frame":        {[]byte(`{"type":"bye","code":"busy","close":4000,"message":""}`), protocol.CodeUnknownKind},
		"unknown kind":            {[]byte(submit(`{"kind":"note.explode","note":"` + id + `"}`)), protocol.CodeUnknownKind},
		"a server's kind":         {[]byte(submit(`{"kind":"link.use","link":"` + id + `","participant":"` + id + `"}`)), protocol.CodeServerKind},
		"NaN":                     {[]byte(submit(`{"kind":"note.move","note":"` + id + `","x":NaN,"y":0}`)), protocol.CodeMalformed},
		"Infinity":                {[]byte(submit(`{"kind":"note.move","note":"` + id + `","x":-Infinity,"y":0}`)), protocol.CodeMalformed},
		"1e400":                   {[]byte(submit(`{"kind":"note.move","note":"` + id + `","x":1e400,"y":0}`)), protocol.CodeMalformed},
		"beyond 64 bits":          {[]byte(submit(`{"kind":"note.move","note":"` + id + `","x":99999999999999999999,"y":0}`)), protocol.CodeMalformed},
		"fraction":                {[]byte(submit(`{"kind":"note.move","note":"` + id + `","x":1.5,"y":0}`)), protocol.CodeMalformed},
		"forged author":           {[]byte(submit(`{"kind":"note.front","note":"` + id + `","author":"` + id + `"}`)), protocol.CodeMalformed},
		"forged seq":              {[]byte(`{"type":"submit","n":1,"seq":9,"ops":[{"kind":"note.front","note":"` + id + `"}]}`), protocol.CodeMalformed},
		"forged role in hello":    {[]byte(`{"type":"hello","version":1,"token":"x","role":"owner"}`), protocol.CodeMalformed},
		"257 in a list":           {[]byte(submit(`{"kind":"cluster.unassign","notes":["` + strings.Repeat(id+`","`, 256) + id + `"]}`)), protocol.CodeMalformed},
		"no ops":                  {[]byte(`{"type":"submit","n":1,"ops":[]}`), protocol.CodeMalformed},
		"65 ops":                  {[]byte(submit(strings.Repeat(`{"kind":"void"},`, 64) + `{"kind":"void"}`)), protocol.CodeMalformed},
		"number 0":                {[]byte(`{"type":"submit","n":0,"ops":[{"kind":"void"}]}`), protocol.CodeMalformed},
		"negative number":         {[]byte(`{"type":"submit","n":-1,"ops":[{"kind":"void"}]}`), protocol.CodeMalformed},
		"number beyond a writer":  {[]byte(`{"type":"submit","n":9007199254740991,"ops":[{"kind":"void"}]}`), protocol.CodeMalformed},
		"hello again":             {[]byte(fmt.Sprintf(`{"type":"hello","version":1,"token":%q}`, b.owner.Token)), protocol.CodeProtocol},
		"signal for another":      {[]byte(`{"type":"signal","signals":[{"kind":"cursor","x":1,"y":1,"from":"` + id + `"}]}`), protocol.CodeServerKind},
		"huge cursor":             {[]byte(`{"type":"signal","signals":[{"kind":"cursor","x":33554433,"y":1}]}`), protocol.CodeMalformed},
		"a byte over the limit":   {[]byte(`{"type":"ping"` + strings.Repeat(" ", protocol.MaxFrame) + `}`), protocol.CodeFrameTooLarge},
		"four times the limit":    {bytes.Repeat([]byte("x"), 4*protocol.MaxFrame), protocol.CodeFrameTooLarge},
		"unknown version (later)": {[]byte(`{"type":"hello","version":2,"token":"x"}`), protocol.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			conn := b.raw(b.made.Board)
			conn.t = t
			conn.hello(b.owner.Token, "")
			conn.write(frame(fin|opText, c.bytes))
			conn.closes(c.code)
		})
	}
	t.Run("binary", func(t *testing.T) {
		conn := b.raw(b.made.Board)
		conn.hello(b.owner.Token, "")
		conn.write(frame(fin|opBinary, []byte(`{"type":"ping"}`)))
		conn.closes(protocol.CodeBinary)
	})
	neighbour.lives()
}

// TestFirstMessages sends something else than a hello first.
func TestFirstMessages(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		bytes []byte
		code  protocol.Code
	}{
		"ping":           {frame(fin|opText, []byte(`{"type":"ping"}`)), protocol.CodeHelloFirst},
		"submit":         {frame(fin|opText, []byte(`{"type":"submit","n":1,"ops":[{"kind":"void"}]}`)), protocol.CodeHelloFirst},
		"binary":         {frame(fin|opBinary, []byte(`{"type":"hello","version":1,"token":"x"}`)), protocol.CodeBinary},
		"malformed":      {frame(fin|opText, []byte(`{"type":"hello","version":"1"}`)), protocol.CodeMalformed},
		"too large":      {frame(fin|opText, bytes.Repeat([]byte(" "), protocol.MaxFrame+1)), protocol.CodeFrameTooLarge},
		"no token":       {frame(fin|opText, []byte(`{"type":"hello","version":1}`)), protocol.CodeTokenUnknown},
		"unknown token":  {frame(fin|opText, []byte(`{"type":"hello","version":1,"token":"x"}`)), protocol.CodeTokenUnknown},
		"later version":  {frame(fin|opText, []byte(fmt.Sprintf(`{"type":"hello","version":2,"token":%q}`, b.owner.Token))), protocol.CodeProtocol},
		"unknown writer": {frame(fin|opText, []byte(fmt.Sprintf(`{"type":"hello","version":1,"token":%q,"writer":"x"}`, b.owner.Token))), protocol.CodeWriterUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			conn := b.raw(b.made.Board)
			conn.t = t
			conn.write(c.bytes)
			conn.closes(c.code)
		})
	}
	t.Run("unknown board", func(t *testing.T) {
		conn := b.raw(protocol.RandomID())
		conn.text(fmt.Sprintf(`{"type":"hello","version":1,"token":%q}`, b.owner.Token))
		conn.closes(protocol.CodeBoardUnknown)
	})
	for _, offer := range []string{"Sec-WebSocket-Protocol: denkwand.v2", "Sec-WebSocket-Protocol: chat, superchat", "X-None: x"} {
		t.Run(offer, func(t *testing.T) {
			b.raw(b.made.Board, offer).closes(protocol.CodeProtocol) // at once, also for who says nothing
		})
	}
	offered := b.raw(b.made.Board, "Sec-WebSocket-Protocol: denkwand.v2, denkwand.v1")
	offered.hello(b.owner.Token, "")
}

// TestTokensOfSockets: the token comes in the first frame, or in the header that a program can set and a foreign page
// cannot. A cookie, which a browser would send for any page, is never looked at.
func TestTokensOfSockets(t *testing.T) {
	b := newBench(t)
	protocolHeader := "Sec-WebSocket-Protocol: " + protocol.Subprotocol
	for _, header := range []string{
		"Cookie: token=" + b.owner.Token, "Cookie: Authorization=Bearer " + b.owner.Token, "Authorization: Basic " + b.owner.Token,
		"Sec-WebSocket-Protocol: " + b.owner.Token, "X-Token: " + b.owner.Token,
	} {
		conn := b.raw(b.made.Board, protocolHeader, header)
		conn.text(`{"type":"hello","version":1}`)
		conn.closes(protocol.CodeTokenUnknown)
	}
	conn := b.raw(b.made.Board, protocolHeader, "Authorization: Bearer "+b.owner.Token)
	conn.text(`{"type":"hello","version":1}`)
	if w := receive[*protocol.Welcome](conn); w.Me != b.owner.Participant {
		t.Errorf("welcome %+v", w)
	}
}

// TestFramesBelowMessages sends what RFC 6455 rules out, and what it allows and libraries rarely do.
func TestFramesBelowMessages(t *testing.T) {
	b := newBench(t)
	ping := []byte(`{"type":"ping"}`)
	for name, c := range map[string]struct {
		bytes []byte
		close int // 0: cut off without a word
	}{
		"RSV1":                            {frame(fin|rsv1|opText, ping), 1002},
		"RSV2":                            {frame(fin|rsv2|opText, ping), 1002},
		"RSV3":                            {frame(fin|rsv3|opText, ping), 1002},
		"RSV1 on a ping":                  {frame(fin|rsv1|opPing, nil), 1002},
		"unknown opcode":                  {frame(fin|0x3, ping), 1002},
		"unknown control opcode":          {frame(fin|0xb, nil), 1002},
		"fragmented ping":                 {frame(opPing, nil), 1002},
		"fragmented close":                {frame(opClose, []byte{3, 232}), 1002},
		"ping of 126 bytes":               {frame(fin|opPing, make([]byte, 126)), 1002},
		"continuation of nothing":         {frame(fin|opContinuation, ping), 1002},
		"unmasked":                        {append([]byte{fin | opText, byte(len(ping))}, ping...), 0},
		"a new message inside another":    {append(frame(opText, ping[:4]), frame(fin|opText, ping)...), 1002},
		"close code 1005 on the wire":     {frame(fin|opClose, []byte{3, 237}), 1002},
		"close code 1006 on the wire":     {frame(fin|opClose, []byte{3, 238}), 1002},
		"close code 1015 on the wire":     {frame(fin|opClose, []byte{3, 247}), 1002},
		"close code 0":                    {frame(fin|opClose, []byte{0, 0}), 1002},
		"close of one byte":               {frame(fin|opClose, []byte{3}), 1002},
		"a length of 2^63":                {append([]byte{fin | opText, masked | 127, 0x80, 0, 0, 0, 0, 0, 0, 0}, 1, 2, 3, 4), 0},
		"close":                           {frame(fin|opClose, []byte{3, 232}), 1000},
		"close with a reason of 123":      {frame(fin|opClose, append([]byte{3, 232}, bytes.Repeat([]byte("r"), 123)...)), 1000},
		"close with a code of the client": {frame(fin|opClose, []byte{0x0f, 0xa0}), 4000},
	} {
		t.Run(name, func(t *testing.T) {
			conn := b.raw(b.made.Board)
			conn.t = t
			conn.hello(b.owner.Token, "")
			conn.write(c.bytes)
			if _, code, _ := conn.ended(); code != c.close {
				t.Errorf("closed with %d, want %d", code, c.close)
			}
		})
	}
	t.Run("allowed", func(t *testing.T) {
		conn := b.raw(b.made.Board)
		conn.hello(b.owner.Token, "")
		conn.write(fragments(`{"type":"ping"}`, 1))
		receive[*protocol.Pong](conn)
		conn.write(fragments(`{"type":"ping"}`, 15))
		receive[*protocol.Pong](conn)
		// A control frame may come between the fragments of a message; empty fragments are none the less fragments.
		conn.write(frame(opText, []byte(`{"type":`)))
		conn.write(frame(fin|opPing, []byte("between")))
		conn.write(frame(opContinuation, nil))
		conn.write(frame(fin|opContinuation, []byte(`"ping"}`)))
		if payload := conn.pong(); string(payload) != "between" {
			t.Fatalf("a pong of %q", payload)
		}
		receive[*protocol.Pong](conn)
		conn.write(frame(fin|opPong, []byte("unasked")))
		conn.write(frame(fin|opPing, bytes.Repeat([]byte("p"), 125)))
		if payload := conn.pong(); len(payload) != 125 {
			t.Fatalf("a pong of %d bytes", len(payload))
		}
		full := `{"type":"ping"` + strings.Repeat(" ", protocol.MaxFrame-len(`{"type":"ping"}`)) + `}`
		conn.text(full)
		receive[*protocol.Pong](conn)
		conn.write(fragments(full, 100))
		receive[*protocol.Pong](conn)
		conn.write(fragments(full+" ", 100))
		conn.closes(protocol.CodeFrameTooLarge)
	})
}

// TestPatience holds the door's timeouts against peers that keep it waiting.
func TestPatience(t *testing.T) {
	const short = 60 * time.Millisecond
	t.Run("no hello", func(t *testing.T) {
		b := newBench(t, func(c *server.Config) { c.API.HelloWithin = short })
		b.raw(b.made.Board).closes(protocol.CodeHelloFirst)
	})
	t.Run("only pings of the library", func(t *testing.T) {
		b := newBench(t, func(c *server.Config) { c.API.HelloWithin = short })
		conn := b.raw(b.made.Board)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for { // a ping keeps nobody: who is there says hello
				if _, err := conn.Write(frame(fin|opPing, nil)); err != nil {
					return
				}
			}
		}()
		conn.ended()
		_ = conn.Close()
		<-ended
	})
	t.Run("a body that drips", func(t *testing.T) {
		b := newBench(t, func(c *server.Config) { c.API.BodyWithin = short })
		conn := b.raw(b.made.Board)
		conn.hello(b.owner.Token, "")
		message := frame(fin|opText, bytes.Repeat([]byte(" "), 1000))
		begun := time.Now()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conn.ended()
		}()
		for sent := 0; ; sent++ {
			select {
			case <-ended:
				if took := time.Since(begun); took > patience/2 || sent >= len(message) {
					t.Errorf("ended after %v and %d bytes", took, sent)
				}
				return
			case <-time.After(short / 10):
				conn.write(message[sent : sent+1])
			}
		}
	})
	t.Run("nothing for long", func(t *testing.T) {
		b := newBench(t, func(c *server.Config) { c.API.IdleWithin = time.Second }) // longer than a welcome takes on a busy machine
		conn := b.raw(b.made.Board)
		conn.hello(b.owner.Token, "")
		if _, code, _ := conn.ended(); code != 0 {
			t.Errorf("closed with %d", code)
		}
	})
}
