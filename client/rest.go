package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

// maxAnswer bounds what is read of an answer, in bytes: a board's whole state is at most 64 MiB.
const maxAnswer = 128 << 20

// REST is the rest of the server's interface: what is not done on a live board. The zero HTTPClient is http.DefaultClient.
// Refusals are *ProblemError.
type REST struct {
	Server     string // origin, for example "https://wall.example.org"
	Board      protocol.ID
	Token      string // participant token
	HTTPClient *http.Client
}

// REST returns the rest of the interface for this person and board.
func (m Membership) REST() *REST { return &REST{Server: m.Server, Board: m.Board, Token: m.Token} }

// ProblemError is a refusal over HTTP (RFC 9457).
type ProblemError struct {
	Status int           // HTTP status
	Code   protocol.Code // empty if something other than Denkwand answered
	Detail string
	Retry  time.Duration // when to try again; 0: not said
}

// Error returns the server's sentence.
func (e *ProblemError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("client: the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("client: refused as %s: %s", e.Code, e.Detail)
}

// NewBoard says what board to make. All of it may be zero.
type NewBoard struct {
	Title    string `json:"title,omitempty"`
	Question string `json:"question,omitempty"`
	Language string `json:"language,omitempty"` // BCP 47

	CreateToken string       `json:"-"` // for a server that asks for one
	HTTPClient  *http.Client `json:"-"` // nil: http.DefaultClient
}

// Created is a new board. Neither of its secrets is shown again.
type Created struct {
	Board    protocol.ID `json:"board"`
	Owner    string      `json:"owner"`    // the owner's link
	Recovery string      `json:"recovery"` // code that makes a new owner's link
}

// CreateBoard makes a board on a server, given by its origin. Its maker joins it by the owner's link.
func CreateBoard(ctx context.Context, server string, board NewBoard) (Created, error) {
	r := REST{Server: server, Token: board.CreateToken, HTTPClient: board.HTTPClient}
	var made Created
	err := r.call(ctx, http.MethodPost, "/api/v1/boards", board, &made)
	return made, err
}

// Recover makes a new owner's link of a board by its recovery code, and the next code. All other owners' links are
// withdrawn, and the code that was used works no more.
func Recover(ctx context.Context, server string, board protocol.ID, recovery string) (Created, error) {
	r := REST{Server: server, Board: board}
	var made Created
	err := r.call(ctx, http.MethodPost, r.path("/recover"), struct {
		Recovery string `json:"recovery"`
	}{recovery}, &made)
	return made, err
}

// NewLink says what invitation to make. Role is required.
type NewLink struct {
	Role     protocol.Role `json:"role"`
	Label    string        `json:"label,omitempty"`    // for the maker's list
	Expires  int64         `json:"expires,omitempty"`  // unix milliseconds; 0: never
	Uses     int64         `json:"uses,omitempty"`     // people it lets in; 0: any number
	Password string        `json:"password,omitempty"` // empty: none
}

// CreatedLink is a new invitation. The link is not shown again.
type CreatedLink struct {
	ID   protocol.ID `json:"id"`
	Link string      `json:"link"`
}

// CreateLink makes an invitation.
func (r *REST) CreateLink(ctx context.Context, link NewLink) (CreatedLink, error) {
	var made CreatedLink
	err := r.call(ctx, http.MethodPost, r.path("/links"), link, &made)
	return made, err
}

// Links lists the board's invitations, without their secrets.
func (r *REST) Links(ctx context.Context) ([]Link, error) {
	var answer struct {
		Links []Link `json:"links"`
	}
	err := r.call(ctx, http.MethodGet, r.path("/links"), nil, &answer)
	return answer.Links, err
}

// RevokeLink withdraws an invitation, also for those inside.
func (r *REST) RevokeLink(ctx context.Context, link protocol.ID) error {
	return r.call(ctx, http.MethodDelete, r.path("/links/"+link.String()), nil, nil)
}

// Outcome counts what was written, by cluster, perspective and ring.
func (r *REST) Outcome(ctx context.Context) (protocol.Tally, error) {
	var tally protocol.Tally
	err := r.call(ctx, http.MethodGet, r.path("/outcome"), nil, &tally)
	return tally, err
}

// State returns the board as this person may see it: behind entry seq, or as it is now if seq is 0. The error is a
// *ProblemError with CodeNoSuchMoment beyond the last entry.
func (r *REST) State(ctx context.Context, seq uint64) (*View, error) {
	if seq == 0 {
		return r.state(ctx, "")
	}
	return r.state(ctx, "?seq="+strconv.FormatUint(seq, 10))
}

// StateAt returns the board as it was at a time. The error is a *ProblemError with CodeNoSuchMoment before the first entry.
func (r *REST) StateAt(ctx context.Context, at time.Time) (*View, error) {
	return r.state(ctx, "?time="+strconv.FormatInt(at.UnixMilli(), 10))
}

func (r *REST) state(ctx context.Context, query string) (*View, error) {
	var state struct {
		Seq     uint64            `json:"seq"`
		Changes []protocol.Change `json:"changes"`
	}
	if err := r.call(ctx, http.MethodGet, r.path(query), nil, &state); err != nil {
		return nil, err
	}
	v := &View{seq: state.Seq}
	return v, v.Apply(state.Changes...)
}

// Step is one entry of a board's past and what became of the board by it, as this person may see it.
type Step struct {
	Seq     uint64            `json:"seq"`
	Time    int64             `json:"time"` // unix milliseconds
	By      protocol.Ref      `json:"by"`   // participant; none: the server
	Kind    string            `json:"kind"`
	Code    protocol.Code     `json:"code"` // why it did nothing; empty: it was done
	Changes []protocol.Change `json:"changes"`
}

// Changes returns what happened on the board from one entry on, the first being 1: as many steps as one answer holds, and
// from where to ask for more; 0 at the end.
func (r *REST) Changes(ctx context.Context, from uint64) (steps []Step, next uint64, err error) {
	var answer struct {
		Entries []Step `json:"entries"`
		Next    uint64 `json:"next"`
	}
	err = r.call(ctx, http.MethodGet, r.path("/changes?from="+strconv.FormatUint(from, 10)), nil, &answer)
	return answer.Entries, answer.Next, err
}

func (r *REST) path(rest string) string { return "/api/v1/boards/" + r.Board.String() + rest }

// call makes one request. body and answer may be nil.
func (r *REST) call(ctx context.Context, method, path string, body, answer any) error {
	var upward io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		upward = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(r.Server, "/")+path, upward)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
	resp, err := cmp.Or(r.HTTPClient, http.DefaultClient).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	downward := io.LimitReader(resp.Body, maxAnswer)
	if resp.StatusCode >= 300 {
		return problemOf(resp, downward)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(downward).Decode(answer); err != nil {
		return fmt.Errorf("client: the answer to %s %s: %w", method, path, err)
	}
	return nil
}

func problemOf(resp *http.Response, body io.Reader) *ProblemError {
	var told struct {
		Code   protocol.Code `json:"code"`
		Detail string        `json:"detail"`
		Retry  int64         `json:"retry"` // milliseconds
	}
	problem := &ProblemError{Status: resp.StatusCode}
	if json.NewDecoder(body).Decode(&told) == nil {
		problem.Code, problem.Detail = told.Code, told.Detail
		problem.Retry = time.Duration(told.Retry) * time.Millisecond
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && problem.Retry == 0 {
		problem.Retry = time.Duration(max(seconds, 0)) * time.Second
	}
	return problem
}
