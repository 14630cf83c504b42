package api

import (
	"context"
	"io"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/auth"
	"github.com/denkwand/denkwand/server/history"
)

// CreateInput asks for a board.
type CreateInput struct {
	Bearer // the create token, where the server asks for one
	clientAddress
	Body struct {
		Title    string `json:"title,omitempty" maxLength:"500"`
		Question string `json:"question,omitempty" maxLength:"2000" doc:"what people think about"`
		Language string `json:"language,omitempty" maxLength:"35" doc:"BCP 47"`
	}
}

// Created is a new board. What it holds is shown once and stored nowhere.
type Created struct {
	Board    protocol.ID `json:"board"`
	Owner    string      `json:"owner" doc:"the owner's link"`
	Recovery string      `json:"recovery" doc:"the owner's recovery code, to print"`
}

func (a *API) createBoard(ctx context.Context, in *CreateInput) (*body[Created], error) {
	err := a.mayCreate(in.addr, in.token())
	if err == nil {
		err = a.boards.take(in.addr, a.cfg.Clock())
	}
	if err != nil {
		return nil, a.failed("create a board", err)
	}
	id := protocol.NewID(a.cfg.Rand)
	secret, recovery := auth.NewSecret(a.cfg.Rand), auth.NewRecoveryCode(a.cfg.Rand)
	secretHash, recoveryHash := secret.Hash(), recovery.Hash()
	create := &protocol.BoardCreate{
		Title: in.Body.Title, Question: in.Body.Question, Language: in.Body.Language, Recovery: recoveryHash[:],
	}
	link := &protocol.LinkCreate{Link: protocol.NewID(a.cfg.Rand), Secret: secretHash[:], Role: protocol.RoleOwner}
	if err := create.Check(); err != nil {
		return nil, a.failed("create a board", err)
	}
	key := make([]byte, archive.KeyBytes)
	if _, err := io.ReadFull(a.cfg.Rand, key); err != nil {
		return nil, a.failed("draw a key", err)
	}
	if err := a.history.Create(ctx, id, key); err != nil {
		return nil, a.failed("create a board", err)
	}
	for _, op := range []protocol.Op{create, link} {
		if _, err := a.serverOp(ctx, id, protocol.ID{}, op); err != nil {
			return nil, a.failed("create a board", err)
		}
	}
	return answer(Created{Board: id, Owner: a.linkTo(id, secret), Recovery: recovery.Reveal()}), nil
}

// mayCreate holds the token against the one that making boards asks for here. An operator may have chosen a weak one, so
// guesses are slowed down.
func (a *API) mayCreate(addr netip.Addr, token auth.Secret) error {
	if a.cfg.CreateToken == "" {
		return nil
	}
	if err := a.mayGuess(addr); err != nil {
		return err
	}
	if token.Hash().Equal(a.cfg.CreateToken.Hash()) {
		return nil
	}
	if token != "" {
		a.guesses.Failed(addr, a.cfg.Clock())
	}
	return protocol.CodeCreateToken.Err()
}

// linkTo returns the address that lets its holder in.
func (a *API) linkTo(id protocol.ID, secret auth.Secret) string {
	u := *a.cfg.Addresses.PublicURL
	u.Path = "/b/" + id.String()
	u.Fragment = secret.Reveal()
	return u.String()
}

// StateInput asks for a board's state: now, behind an entry, or as it was at a time.
type StateInput struct {
	BoardPath
	Bearer
	Seq  uint64 `query:"seq" minimum:"1" doc:"behind this entry"`
	Time int64  `query:"time" minimum:"1" doc:"at this time, unix milliseconds"`
}

// State is the board as the asking participant may see it.
type State struct {
	Seq     uint64            `json:"seq" doc:"the last entry in it"`
	Role    protocol.Role     `json:"role" doc:"the asking participant's role"`
	Me      protocol.ID       `json:"me" doc:"the asking participant"`
	Changes []protocol.Change `json:"changes" doc:"what makes the state of an empty board, in order"`
}

func (a *API) readBoard(ctx context.Context, in *StateInput) (*body[State], error) {
	var now uint64
	var who member
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(s *board.State, m member) error {
		now, who = s.Seq(), m
		return nil
	})
	if err != nil {
		return nil, err
	}
	if in.Seq != 0 && in.Time != 0 {
		return nil, problemOf(protocol.CodeBadRequest.Errorf("seq or time, not both"))
	}
	done, err := a.lookBack(ctx, who.participant)
	if err != nil {
		return nil, a.failed("look back", err)
	}
	defer done()
	var state *board.State
	switch {
	case in.Time != 0:
		state, err = a.history.AtTime(ctx, id, in.Time)
	case in.Seq != 0:
		state, err = a.history.At(ctx, id, in.Seq)
	default:
		state, err = a.history.At(ctx, id, now)
	}
	if err != nil {
		return nil, a.failed("look back", err)
	}
	return answer(stateOf(state, who)), nil
}

func stateOf(s *board.State, m member) State {
	out := State{Seq: s.Seq(), Role: m.role, Me: m.participant, Changes: []protocol.Change{}}
	for p := range s.Base(board.AudienceOf(m.role)) {
		out.Changes = append(out.Changes, p.Change())
	}
	return out
}

// ChangesInput asks for what happened from one entry to another.
type ChangesInput struct {
	BoardPath
	Bearer
	From uint64 `query:"from" default:"1" minimum:"1" doc:"first entry"`
	To   uint64 `query:"to" default:"9007199254740991" doc:"last entry"`
}

// Changes are steps of the past, as many as fit; Next asks for those behind them.
type Changes struct {
	Entries []Step `json:"entries"`
	Next    uint64 `json:"next,omitempty" doc:"ask from here for more; absent at the end"`
}

// Step is one entry and what became of the board by it.
type Step struct {
	Seq     uint64            `json:"seq"`
	Time    int64             `json:"time" doc:"unix milliseconds"`
	By      protocol.Ref      `json:"by" doc:"participant; empty: the server"`
	Kind    string            `json:"kind"`
	Code    protocol.Code     `json:"code,omitempty" doc:"why it did nothing"`
	Changes []protocol.Change `json:"changes"`
}

// maxSteps is how many entries one answer holds.
const maxSteps = 1000

func (a *API) readChanges(ctx context.Context, in *ChangesInput) (*body[Changes], error) {
	var who member
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(_ *board.State, m member) error {
		who = m
		return nil
	})
	if err != nil {
		return nil, err
	}
	done, err := a.lookBack(ctx, who.participant)
	if err != nil {
		return nil, a.failed("read changes", err)
	}
	defer done()
	out := Changes{Entries: []Step{}}
	err = a.history.Steps(ctx, id, in.From, in.To, board.AudienceOf(who.role), func(step history.Step) bool {
		if len(out.Entries) == maxSteps {
			out.Next = step.Entry.Seq
			return false
		}
		changes := make([]protocol.Change, len(step.Changes))
		for i, p := range step.Changes {
			changes[i] = p.Change()
		}
		out.Entries = append(out.Entries, Step{
			Seq: step.Entry.Seq, Time: step.Entry.Time, By: protocol.Ref(step.Entry.Author),
			Kind: step.Entry.Op.Kind(), Code: step.Verdict.Code, Changes: changes,
		})
		return true
	})
	if err != nil {
		return nil, a.failed("read changes", err)
	}
	return answer(out), nil
}

// OutcomeInput asks for what came of the workshop.
type OutcomeInput struct {
	BoardPath
	Bearer
}

func (a *API) readOutcome(ctx context.Context, in *OutcomeInput) (*body[protocol.Tally], error) {
	var now uint64
	var who member
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(s *board.State, m member) error {
		now, who = s.Seq(), m
		return nil
	})
	if err != nil {
		return nil, err
	}
	done, err := a.lookBack(ctx, who.participant)
	if err != nil {
		return nil, a.failed("count the outcome", err)
	}
	defer done()
	state, err := a.history.At(ctx, id, now)
	if err != nil {
		return nil, a.failed("count the outcome", err)
	}
	return answer(state.Tally()), nil
}

// registerBoards describes the calls about a board as a whole.
func (a *API) registerBoards(api huma.API) {
	create := call("create-board", http.MethodPost, "/api/v1/boards", "Make a board")
	create.DefaultStatus = http.StatusCreated
	huma.Register(api, create, a.createBoard)
	huma.Register(api, call("read-board", http.MethodGet, "/api/v1/boards/{board}", "Read a board: now, at an entry, at a time"), a.readBoard)
	huma.Register(api, call("read-changes", http.MethodGet, "/api/v1/boards/{board}/changes", "Read what happened, entry by entry"), a.readChanges)
	huma.Register(api, call("read-outcome", http.MethodGet, "/api/v1/boards/{board}/outcome", "Read the outcome: clusters by perspective and ring"), a.readOutcome)
}
