package hub

import "github.com/denkwand/denkwand/protocol"

// Limits returns what one connection is held to.
func (h *Hub) Limits() protocol.Limits { return h.cfg.Limits }

// TurnAway ends a connection that never became one, with a code because of what was read. The hub closes the transport.
func (h *Hub) TurnAway(t Transport, e Encoding, code protocol.Code) {
	h.outbox(t, e, nil).Close(h.byeOf(code.Err()))
}
