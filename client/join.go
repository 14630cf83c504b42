package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/denkwand/denkwand/protocol"
)

// JoinOptions say who joins. The zero value of each is the default.
type JoinOptions struct {
	Name        string      // one line of 1 to 60 characters; required of who is new on the board
	Colour      uint8       // 1..8; 0: given by order of joining
	Perspective protocol.ID // zero: none yet
	Password    string      // of the link, if it has one

	// Token is a participant token of this board: the person stays the same and may gain a role. Empty: a new person.
	Token string
	// HTTPClient makes the request; nil: http.DefaultClient.
	HTTPClient *http.Client
}

// Membership is a person on one board. The Token is that person: keep it as one keeps a key.
type Membership struct {
	Server      string // origin
	Board       protocol.ID
	Token       string
	Participant protocol.ID
	Role        protocol.Role
}

// Options returns what Dial needs to open the board.
func (m Membership) Options() Options {
	return Options{Server: m.Server, Board: m.Board, Token: m.Token}
}

// ErrLink is returned for text that is not a link to a board.
var ErrLink = errors.New("client: not a link to a board (https://host/b/<board>#<secret>)")

// ParseLink takes a link apart: the server's origin, the board, and the secret.
func ParseLink(link string) (server string, board protocol.ID, secret string, err error) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment == "" {
		return "", protocol.ID{}, "", ErrLink // url's error would repeat the secret
	}
	id, ok := strings.CutPrefix(u.Path, "/b/")
	if !ok {
		return "", protocol.ID{}, "", ErrLink
	}
	board, err = protocol.ParseID(strings.TrimSuffix(id, "/"))
	if err != nil {
		return "", protocol.ID{}, "", ErrLink
	}
	return u.Scheme + "://" + u.Host, board, u.Fragment, nil
}

// Join makes a person of a link (J1, J2). The error is a *ProblemError when the server refuses: CodePasswordNeeded,
// CodeLinkExpired and so on.
func Join(ctx context.Context, link string, opts JoinOptions) (Membership, error) {
	server, board, secret, err := ParseLink(link)
	if err != nil {
		return Membership{}, err
	}
	body := struct {
		Secret      string      `json:"secret"`
		Name        string      `json:"name,omitempty"`
		Colour      uint8       `json:"colour,omitempty"`
		Perspective protocol.ID `json:"perspective,omitzero"`
		Password    string      `json:"password,omitempty"`
	}{secret, opts.Name, opts.Colour, opts.Perspective, opts.Password}
	var answer struct {
		Token       string        `json:"token"`
		Participant protocol.ID   `json:"participant"`
		Role        protocol.Role `json:"role"`
	}
	r := REST{Server: server, Board: board, Token: opts.Token, HTTPClient: opts.HTTPClient}
	if err := r.call(ctx, http.MethodPost, r.path("/join"), body, &answer); err != nil {
		return Membership{}, err
	}
	if answer.Token == "" {
		answer.Token = opts.Token
	}
	return Membership{Server: server, Board: board, Token: answer.Token, Participant: answer.Participant,
		Role: answer.Role}, nil
}
