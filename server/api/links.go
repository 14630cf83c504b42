package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/auth"
)

// Link is an invitation as its makers see it.
type Link struct {
	ID       protocol.ID   `json:"id"`
	Link     string        `json:"link,omitempty" doc:"the address with the secret; only in the answer that made it"`
	Role     protocol.Role `json:"role"`
	Label    string        `json:"label"`
	Expires  int64         `json:"expires,omitempty" doc:"unix milliseconds"`
	Uses     int64         `json:"uses,omitempty" doc:"people it lets in; absent: any number"`
	Used     int64         `json:"used" doc:"people it has let in"`
	Password bool          `json:"password"`
	Revoked  bool          `json:"revoked"`
	Created  int64         `json:"created" doc:"unix milliseconds"`
	State    protocol.Code `json:"state,omitempty" doc:"why it lets nobody in"`
}

// ListLinksInput asks for the links of a board.
type ListLinksInput struct {
	BoardPath
	Bearer
}

// Links are the links of a board, oldest first.
type Links struct {
	Links []Link `json:"links"`
}

func (a *API) listLinks(ctx context.Context, in *ListLinksInput) (*body[Links], error) {
	out := Links{Links: []Link{}}
	_, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(s *board.State, m member) error {
		if m.role < protocol.RoleFacilitator {
			return protocol.CodeForbidden.Err()
		}
		for l := range s.Links() {
			out.Links = append(out.Links, a.linkOf(l))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer(out), nil
}

func (a *API) linkOf(l board.LinkState) Link {
	return Link{
		ID: l.ID, Role: l.Role, Label: l.Label, Expires: l.Expires, Uses: l.Uses, Used: l.Used,
		Password: l.Password != "", Revoked: l.Revoked, Created: l.Created, State: l.Holds(a.cfg.Clock().UnixMilli()),
	}
}

// CreateLinkInput asks for a link.
type CreateLinkInput struct {
	BoardPath
	Bearer
	Body struct {
		Role     protocol.Role `json:"role"`
		Label    string        `json:"label,omitempty" maxLength:"60"`
		Expires  int64         `json:"expires,omitempty" minimum:"0" doc:"unix milliseconds; absent: never"`
		Uses     int64         `json:"uses,omitempty" minimum:"0" maximum:"10000" doc:"people it lets in; absent: any number"`
		Password string        `json:"password,omitempty" minLength:"8" maxLength:"200"`
	}
}

func (a *API) createLink(ctx context.Context, in *CreateLinkInput) (*body[Link], error) {
	var maker protocol.ID
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(_ *board.State, m member) error {
		// Apply decides; asking here spares hashing a password for who may not.
		if m.role < protocol.RoleFacilitator || in.Body.Role > m.role {
			return protocol.CodeForbidden.Err()
		}
		maker = m.participant
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n := len(in.Body.Password); n > 0 && n < auth.MinPassword || n > auth.MaxPassword {
		return nil, a.failed("make a link", protocol.CodeBadRequest.Errorf("a password has %d to %d bytes", auth.MinPassword, auth.MaxPassword))
	}
	secret := auth.NewSecret(a.cfg.Rand)
	hash := secret.Hash()
	op := &protocol.LinkCreate{
		Link: protocol.NewID(a.cfg.Rand), Secret: hash[:], Role: in.Body.Role, Label: in.Body.Label,
		Expires: in.Body.Expires, Uses: in.Body.Uses,
	}
	if in.Body.Password != "" {
		if op.Password, err = a.passwords.Hash(ctx, in.Body.Password); err != nil {
			return nil, a.failed("hash a password", err)
		}
	}
	if _, err := a.serverOp(ctx, id, maker, op); err != nil {
		return nil, a.failed("make a link", err)
	}
	var out Link
	err = a.view(ctx, id, func(s *board.State) error {
		l, _ := s.Link(op.Link)
		out = a.linkOf(l)
		return nil
	})
	if err != nil {
		return nil, a.failed("make a link", err)
	}
	out.Link = a.linkTo(id, secret)
	return answer(out), nil
}

// RevokeLinkInput names the link to withdraw.
type RevokeLinkInput struct {
	BoardPath
	Bearer
	Link string `path:"link" doc:"the link's id"`
}

func (a *API) revokeLink(ctx context.Context, in *RevokeLinkInput) (*struct{}, error) {
	link, err := protocol.ParseID(in.Link)
	if err != nil {
		return nil, problemOf(protocol.CodeLinkUnknown.Err())
	}
	var by protocol.ID
	id, err := a.asMember(ctx, in.BoardPath, in.Bearer, func(_ *board.State, m member) error {
		by = m.participant
		return nil
	})
	if err != nil {
		return nil, err
	}
	_, err = a.serverOp(ctx, id, by, &protocol.LinkRevoke{Link: link})
	if err != nil && !hasCode(err, protocol.CodeUnchanged) {
		return nil, a.failed("withdraw a link", err)
	}
	return nil, nil
}

// registerLinks describes the calls about invitations.
func (a *API) registerLinks(api huma.API) {
	huma.Register(api, call("list-links", http.MethodGet, "/api/v1/boards/{board}/links", "List the links"), a.listLinks)
	create := call("create-link", http.MethodPost, "/api/v1/boards/{board}/links", "Make a link")
	create.DefaultStatus = http.StatusCreated
	huma.Register(api, create, a.createLink)
	revoke := call("revoke-link", http.MethodDelete, "/api/v1/boards/{board}/links/{link}", "Withdraw a link, also for those inside")
	revoke.DefaultStatus = http.StatusNoContent
	huma.Register(api, revoke, a.revokeLink)
}
