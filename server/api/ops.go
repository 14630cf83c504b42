package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/protocol/strictjson"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/hub"
)

// OpsInput brings ops of somebody without a connection.
type OpsInput struct {
	BoardPath
	Bearer
	RawBody []byte
}

// opsBody is its body. It is read as frames are read, by the protocol's own codec.
type opsBody struct {
	Writer string           `json:"writer,omitempty"`
	N      uint64           `json:"n,omitempty"`
	Ops    []protocol.AnyOp `json:"ops"`
}

// Done is what became of ops. All of them are saved, also those that did nothing.
type Done struct {
	Ops []OpDone `json:"ops"`
}

// OpDone is what became of one op.
type OpDone struct {
	Seq   uint64          `json:"seq,omitempty" doc:"its place in the board's order; absent for a repeat"`
	Code  protocol.Code   `json:"code,omitempty" doc:"why it did nothing"`
	Parts []protocol.Code `json:"parts,omitempty" doc:"of a batch: a code or empty per part"`
}

func (a *API) doOps(ctx context.Context, in *OpsInput) (*body[Done], error) {
	ops, err := readOps(in.RawBody)
	if err != nil {
		return nil, problemOf(err)
	}
	var author, writer protocol.ID
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(s *board.State, m member) error {
		author = m.participant
		if ops.Writer == "" {
			return nil
		}
		w, ok := s.WriterBySecret(auth.Secret(ops.Writer).Hash())
		if ws, known := s.Writer(w); !ok || !known || ws.Participant != author {
			return protocol.CodeWriterUnknown.Err()
		}
		writer = w
		return nil
	})
	if err != nil {
		return nil, err
	}
	outcomes, err := a.hub.Do(ctx, id, author, writer, ops.N, ops.Ops)
	if err != nil {
		return nil, a.failed("do ops", err)
	}
	return a.done(outcomes)
}

// readOps reads the body as a submit frame is read.
func readOps(b []byte) (ops opsBody, err error) {
	if err := strictjson.Unmarshal(b, &ops); err != nil {
		if code := codeOf(err); code != protocol.CodeMalformed {
			return ops, code.Errorf("%v", err)
		}
		return ops, protocol.CodeMalformed.Errorf("%v", err)
	}
	if len(ops.Ops) == 0 || len(ops.Ops) > protocol.MaxOutstanding || (ops.Writer == "") != (ops.N == 0) {
		return ops, protocol.CodeMalformed.Errorf("1 to %d ops, with writer and n or without both", protocol.MaxOutstanding)
	}
	if ops.N > protocol.MaxN-protocol.MaxOutstanding {
		return ops, protocol.CodeMalformed.Errorf("the number of an op lies beyond what a writer can reach")
	}
	return ops, protocol.RefuseServerKinds(ops.Ops)
}

// done answers with the outcomes. One that is not decided makes the whole answer a refusal: with writer and n the same
// request can be sent again; without them its sender knows only by looking.
func (a *API) done(outcomes []hub.Outcome) (*body[Done], error) {
	out := Done{Ops: make([]OpDone, len(outcomes))}
	for i, o := range outcomes {
		if o.Err != nil {
			return nil, a.failed("do ops", o.Err)
		}
		out.Ops[i] = OpDone{Seq: o.Seq, Code: o.Verdict.Code, Parts: o.Verdict.Parts}
		if o.Verdict.Repeat {
			out.Ops[i].Seq = 0
		}
	}
	return answer(out), nil
}

// NewWriterInput asks for an outbox, for ops over REST that must not be doubled.
type NewWriterInput struct {
	BoardPath
	Bearer
	clientAddress
}

// NewWriter is an outbox that was made.
type NewWriter struct {
	ID     protocol.ID `json:"id"`
	Secret string      `json:"secret" doc:"resume secret; shown once"`
}

func (a *API) newWriter(ctx context.Context, in *NewWriterInput) (*body[NewWriter], error) {
	var author protocol.ID
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(_ *board.State, m member) error {
		author = m.participant
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := a.joins.take(in.addr, a.cfg.Clock()); err != nil {
		return nil, a.failed("make a writer", err)
	}
	writer, secret := protocol.NewID(a.cfg.Rand), auth.NewSecret(a.cfg.Rand)
	hash := secret.Hash()
	if _, err := a.serverOp(ctx, id, author, &protocol.WriterRegister{Writer: writer, Secret: hash[:]}); err != nil {
		return nil, a.failed("make a writer", err)
	}
	return answer(NewWriter{ID: writer, Secret: secret.Reveal()}), nil
}

// registerOps describes the calls that write without a connection.
func (a *API) registerOps(api huma.API) {
	ops := call("do-ops", http.MethodPost, "/api/v1/boards/{board}/ops", "Do ops and wait until they are saved")
	ops.Description = "Ops as in a submit frame (protocol SPEC). With writer (a resume secret) and n, a repeat is harmless."
	ops.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: opsSchema}}}
	huma.Register(api, ops, a.doOps)
	delete(ops.RequestBody.Content, "application/octet-stream") // huma's guess about a raw body
	writer := call("new-writer", http.MethodPost, "/api/v1/boards/{board}/writers", "Make an outbox for ops without a connection")
	writer.DefaultStatus = http.StatusCreated
	huma.Register(api, writer, a.newWriter)
}

var opsSchema = &huma.Schema{
	Type: huma.TypeObject, Required: []string{"ops"}, AdditionalProperties: false,
	Properties: map[string]*huma.Schema{
		"writer": {Type: huma.TypeString, Description: "the writer's resume secret"},
		"n":      {Type: huma.TypeInteger, Description: "number of the first op"},
		"ops": {
			Type: huma.TypeArray, Description: "ops as in a submit frame",
			Items: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"kind"}, AdditionalProperties: true,
				Properties: map[string]*huma.Schema{"kind": {Type: huma.TypeString}},
			},
		},
	},
}
