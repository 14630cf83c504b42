package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/protocol/strictjson"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/history"
	"github.com/denkwand/denkwand/server/hub"
	"github.com/denkwand/denkwand/server/journal"
)

// body is an answer with nothing but a body.
type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

// BoardPath names the board in every path below it.
type BoardPath struct {
	Board string `path:"board" doc:"the board's id"`
}

func (p BoardPath) id() (protocol.ID, error) {
	id, err := protocol.ParseID(p.Board)
	if err != nil {
		return id, protocol.CodeBoardUnknown.Err()
	}
	return id, nil
}

// Bearer is the header that carries a participant token.
type Bearer struct {
	Authorization string `header:"Authorization" doc:"Bearer and the participant token"`
}

func (b Bearer) token() auth.Secret {
	scheme, token, _ := strings.Cut(b.Authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return auth.Secret(token)
}

// member is who asks, as the board knows them.
type member struct {
	participant protocol.ID
	role        protocol.Role
}

// memberOf finds who a token belongs to.
func memberOf(s *board.State, token auth.Secret) (member, error) {
	if s.Deleted() {
		return member{}, protocol.CodeBoardDeleted.Err()
	}
	id, ok := s.ParticipantByToken(token.Hash())
	if !ok {
		return member{}, protocol.CodeTokenUnknown.Err()
	}
	role := s.Role(id)
	if left, removed := s.Removed(id); removed {
		return member{}, protocol.CodeRemoved.Err()
	} else if left {
		return member{}, protocol.CodeTokenUnknown.Err()
	}
	if role == protocol.RoleNone {
		return member{}, protocol.CodeAccessLost.Err()
	}
	return member{participant: id, role: role}, nil
}

// asMember calls f with the board's state and who asks, where the board lives: f only reads, and is quick. It returns
// the board's id.
func (a *API) asMember(ctx context.Context, path BoardPath, bearer Bearer, f func(*board.State, member) error) (protocol.ID, error) {
	id, err := path.id()
	if err == nil {
		err = a.view(ctx, id, func(s *board.State) error {
			m, err := memberOf(s, bearer.token())
			if err != nil {
				return err
			}
			return f(s, m)
		})
	}
	if err != nil {
		return id, a.failed("read the board", err)
	}
	return id, nil
}

// lookBack waits until one more may replay the past, and returns what lets the next one. The newest state is read from
// the past too where it is large: a room must not stop while it is encoded or counted.
// Nobody looks back twice at a time, so that one who keeps asking does not keep the others from it.
func (a *API) lookBack(ctx context.Context, who protocol.ID) (done func(), err error) {
	mine := make(chan struct{})
	for {
		a.mu.Lock()
		before, busy := a.looking[who]
		if !busy {
			a.looking[who] = mine
		}
		a.mu.Unlock()
		if !busy {
			break
		}
		select {
		case <-before:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	over := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.looking, who)
		close(mine)
	}
	select {
	case a.lookBacks <- struct{}{}:
		return func() {
			<-a.lookBacks
			over()
		}, nil
	case <-ctx.Done():
		over()
		return nil, ctx.Err()
	}
}

// view calls f with the board's state, where the board lives.
func (a *API) view(ctx context.Context, id protocol.ID, f func(*board.State) error) error {
	var inner error
	err := a.hub.View(ctx, id, func(s *board.State, _ journal.Head) { inner = f(s) })
	if err != nil {
		return err
	}
	return inner
}

// serverOp does an op that the server composed, on behalf of the author if there is one. An op that did nothing is an
// error with its code.
func (a *API) serverOp(ctx context.Context, id, author protocol.ID, op protocol.Op) (hub.Outcome, error) {
	if err := op.Check(); err != nil {
		return hub.Outcome{}, err
	}
	out, err := a.hub.ServerOp(ctx, id, author, op)
	if err == nil && !out.Verdict.OK() {
		err = out.Verdict.Code.Err()
	}
	return out, err
}

// failed turns an error into what may be told. What is nobody's fault but the server's is logged here, where it ends.
func (a *API) failed(doing string, err error) *Problem {
	var problem *Problem
	var notNow *hub.NotNow
	var coded *protocol.Error
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &notNow):
		p := problemOf(notNow.Code.Err())
		p.Retry = notNow.Retry.Milliseconds()
		return p
	case errors.As(err, &coded):
		return problemOf(coded)
	case errors.Is(err, archive.ErrNoBoard):
		return problemOf(protocol.CodeBoardUnknown.Err())
	case errors.Is(err, history.ErrNoMoment):
		return problemOf(protocol.CodeNoSuchMoment.Err())
	case errors.Is(err, journal.ErrDamaged), errors.Is(err, archive.ErrDamaged):
		a.cfg.Log.Error("a board's past cannot be read; verify it", "doing", doing, "err", err)
		return problemOf(protocol.CodeQuarantined.Err())
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problemOf(protocol.CodeUnavailable.Err())
	}
	a.cfg.Log.Error("a request failed", "doing", doing, "err", err)
	return problemOf(err)
}

// strictFormat reads and writes bodies as frames are read and written: changes mean the same in both only if an absent
// member and an empty one stay two things.
var strictFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		_, err := w.Write(strictjson.Append(nil, v))
		return err
	},
	Unmarshal: strictjson.Unmarshal,
}

// callWithin is how long a call may take, if nothing else is set.
const callWithin = 30 * time.Second

// call describes a call. Bodies are decoded strictly and checked by the protocol's own rules, which have a code each; what
// huma would say instead has none.
func call(id, method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, SkipValidateBody: true,
		MaxBodyBytes: maxBody + 1, BodyReadTimeout: bodyWithin, // huma refuses the most it reads
	}
}

const maxBody = protocol.MaxFrame

// rest registers every REST call and the document that describes them.
func (a *API) rest(mux *http.ServeMux) {
	cfg := huma.DefaultConfig("Denkwand", "1")
	cfg.Info.Description = "Boards for live workshops. Frames, ops and changes are those of the protocol's SPEC."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.Formats = map[string]huma.Format{"application/json": strictFormat, "json": strictFormat}
	cfg.RejectUnknownQueryParameters = true
	words(cfg.Components.Schemas)
	api := humago.New(mux, cfg)
	api.UseMiddleware(func(call huma.Context, next func(huma.Context)) {
		ctx, cancel := context.WithTimeout(call.Context(), a.cfg.CallWithin)
		defer cancel()
		next(huma.WithContext(call, ctx))
	})
	a.registerBoards(api)
	a.registerPeople(api)
	a.registerLinks(api)
	a.registerOps(api)
	doc, err := json.Marshal(api.OpenAPI(), json.Deterministic(true))
	if err != nil {
		panic("api: describe the calls: " + err.Error())
	}
	a.openAPI = doc
	mux.HandleFunc("GET /api/v1/openapi.json", noQuery(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(doc)
	}))
}
