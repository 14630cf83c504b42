package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// State returns the board as this person may see it.
func (r *REST) State(ctx context.Context) (*View, error) {
	var state protocol.Changes
	if err := r.call(ctx, http.MethodGet, r.path("/state"), nil, &state); err != nil {
		return nil, err
	}
	v := &View{seq: state.Seq, at: state.At}
	return v, v.Apply(state.Changes...)
}

// Changes returns what became of the board since a position, as View.At names it.
func (r *REST) Changes(ctx context.Context, at string) (protocol.Changes, error) {
	var changes protocol.Changes
	err := r.call(ctx, http.MethodGet, r.path("/changes?at="+url.QueryEscape(at)), nil, &changes)
	return changes, err
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
	resp, err := orDefault(r.HTTPClient).Do(req)
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
