package protocol

// Subprotocol is the WebSocket subprotocol both ends name.
const Subprotocol = "denkwand.v1"

// Version is the revision of the protocol that a client states in hello: which kinds and fields it reads.
const Version = 1

// Frame is one text message. Its type stands in the member "type". The one other message is the binary base.
type Frame interface {
	// Type returns the frame's name on the wire.
	Type() string
}

// ---- client to server

// Hello is the first frame of a connection.
type Hello struct {
	Version int    `json:"version"`          // Version
	Token   string `json:"token,omitempty"`  // participant token; absent where the Authorization header carries it
	Writer  string `json:"writer,omitempty"` // resume secret of the outbox; absent: a new writer is made
	Watch   bool   `json:"watch,omitempty"`  // only watches: no writer is made, submit is refused
	At      string `json:"at,omitempty"`     // position of what the client holds, if it resumes
}

// Type returns "hello".
func (*Hello) Type() string { return "hello" }

// Submit brings ops: the first has number N, the next N+1, and so on.
type Submit struct {
	N   uint64  `json:"n"`
	Ops []AnyOp `json:"ops"` // 1 to MaxOutstanding
}

// Type returns "submit".
func (*Submit) Type() string { return "submit" }

// Signals brings signals, either way. From the server each names its sender.
type Signals struct {
	Signals []Signal `json:"signals"`
}

// Type returns "signal".
func (*Signals) Type() string { return "signal" }

// Ping is sent every 5 s. At is the position of what the client holds, so that a stuck connection is seen.
type Ping struct {
	At string `json:"at,omitempty"`
}

// Type returns "ping".
func (*Ping) Type() string { return "ping" }

// ---- server to client

// Welcome answers hello, and follows rewind.
type Welcome struct {
	Version int         `json:"version"`
	Board   ID          `json:"board"`
	Me      ID          `json:"me"` // the participant
	Role    Role        `json:"role"`
	Writer  *WriterInfo `json:"writer,omitempty"` // absent for who only watches
	Time    int64       `json:"time"`             // server's clock, unix milliseconds
	Limits  Limits      `json:"limits"`
	Base    int         `json:"base,omitempty"` // binary messages that follow with the whole state; 0: changes since At follow, as changes frames
	Here    []ID        `json:"here,omitempty"` // participants with a connection
}

// Type returns "welcome".
func (*Welcome) Type() string { return "welcome" }

// WriterInfo tells a client about its own outbox.
type WriterInfo struct {
	ID     ID     `json:"id"`
	Secret string `json:"secret,omitempty"` // resume secret; only when the writer was made now
	Last   uint64 `json:"last"`             // highest number the board has of it
}

// Base is one part of the audience's state: the content of a binary message, which is this as JSON in gzip.
type Base struct {
	Part    int      `json:"part"` // 1..Of
	Of      int      `json:"of"`
	Seq     uint64   `json:"seq"`
	At      string   `json:"at,omitempty"` // position, in the last part
	Changes []Change `json:"changes"`
}

// Changes brings what became of the board, up to Seq. What does not fit MaxChanges comes in several frames of the same
// Seq, of which only the last has At: they are one moment and are applied together.
type Changes struct {
	Seq     uint64   `json:"seq"`
	At      string   `json:"at,omitempty"` // position behind it, opaque; what resuming and pinging name; absent: more of the same Seq follows
	Time    int64    `json:"time"`         // of the last entry, unix milliseconds
	Changes []Change `json:"changes"`
}

// Type returns "changes".
func (*Changes) Type() string { return "changes" }

// Own brings what concerns this connection's writer alone.
type Own struct {
	Acked   uint64    `json:"acked,omitempty"`   // every number up to this one is ordered and applied
	Saved   uint64    `json:"saved,omitempty"`   // every number up to this one is durable
	Refused []Refused `json:"refused,omitempty"` // those among the newly acked that did nothing, or not all
	Role    *Role     `json:"role,omitempty"`    // my role became this
}

// Type returns "own".
func (*Own) Type() string { return "own" }

// Refused says why an acked op did nothing. For a batch Code is empty and Parts has a code, or "", per part.
type Refused struct {
	N     uint64 `json:"n"`
	Code  Code   `json:"code,omitempty"`
	Parts []Code `json:"parts,omitempty"`
}

// Pong answers ping.
type Pong struct {
	Time int64 `json:"time"` // server's clock, unix milliseconds
}

// Type returns "pong".
func (*Pong) Type() string { return "pong" }

// NotNow says that ops from N on were not taken: the same numbers with the same content, later.
type NotNow struct {
	N       uint64 `json:"n"`
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Retry   int64  `json:"retry"` // milliseconds
}

// Type returns "notnow".
func (*NotNow) Type() string { return "notnow" }

// Rewind says that what the client holds is not on the board's history: throw it away and take the welcome and base
// that follow. The outbox stays and is resent.
type Rewind struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Type returns "rewind".
func (*Rewind) Type() string { return "rewind" }

// Bye is the last frame before the server closes. Close codes 4000–4499 mean come back after Retry, others do not.
type Bye struct {
	Code    Code   `json:"code"`
	Close   int    `json:"close"`
	Message string `json:"message"`
	Retry   int64  `json:"retry,omitempty"` // milliseconds
}

// Type returns "bye".
func (*Bye) Type() string { return "bye" }

// FrameInfo describes a frame to the codec, the TypeScript generator and the tests.
type FrameInfo struct {
	Name   string
	New    func() Frame
	Client bool // a client sends it
	Server bool // the server sends it
}

// Frames lists every text frame.
var Frames = []FrameInfo{
	{Name: "hello", New: func() Frame { return new(Hello) }, Client: true},
	{Name: "submit", New: func() Frame { return new(Submit) }, Client: true},
	{Name: "signal", New: func() Frame { return new(Signals) }, Client: true, Server: true},
	{Name: "ping", New: func() Frame { return new(Ping) }, Client: true},
	{Name: "welcome", New: func() Frame { return new(Welcome) }, Server: true},
	{Name: "changes", New: func() Frame { return new(Changes) }, Server: true},
	{Name: "own", New: func() Frame { return new(Own) }, Server: true},
	{Name: "pong", New: func() Frame { return new(Pong) }, Server: true},
	{Name: "notnow", New: func() Frame { return new(NotNow) }, Server: true},
	{Name: "rewind", New: func() Frame { return new(Rewind) }, Server: true},
	{Name: "bye", New: func() Frame { return new(Bye) }, Server: true},
}
