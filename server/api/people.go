package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/archive"
	"github.com/denkwand/denkwand/server/auth"
)

// clientAddress is resolved from the request behind a call.
type clientAddress struct{ addr netip.Addr }

type addressKey struct{}

// Resolve takes the address that the middleware found (huma.Resolver).
func (c *clientAddress) Resolve(ctx huma.Context) []error {
	c.addr, _ = ctx.Context().Value(addressKey{}).(netip.Addr)
	return nil
}

// LookInput asks what a link leads to, before joining by it.
type LookInput struct {
	BoardPath
	clientAddress
	Body struct {
		Secret string `json:"secret" maxLength:"64" doc:"what stands behind # in the link"`
	}
}

// Invitation is what somebody with a link may know before joining.
type Invitation struct {
	Title        string                       `json:"title"`
	Question     string                       `json:"question" doc:"empty where the link has a password: it is for who is in"`
	Language     string                       `json:"language"`
	Role         protocol.Role                `json:"role"`
	Password     bool                         `json:"password" doc:"joining needs the link's password"`
	Expires      int64                        `json:"expires,omitempty" doc:"unix milliseconds"`
	People       int                          `json:"people" doc:"who have joined the board"`
	Perspectives []protocol.PerspectiveChange `json:"perspectives"`
}

func (a *API) look(ctx context.Context, in *LookInput) (*body[Invitation], error) {
	id, err := in.id()
	if err != nil {
		return nil, a.failed("look at a link", err)
	}
	var out Invitation
	err = a.withLink(ctx, id, in.addr, in.Body.Secret, func(s *board.State, link board.LinkState) error {
		if s.Deleted() {
			return protocol.CodeBoardDeleted.Err()
		}
		if code := link.Holds(a.cfg.Clock().UnixMilli()); code != "" {
			return code.Err()
		}
		out = invitation(s, link)
		return nil
	})
	if err != nil {
		return nil, a.failed("look at a link", err)
	}
	return answer(out), nil
}

func invitation(s *board.State, link board.LinkState) Invitation {
	out := Invitation{
		Role: link.Role, Password: link.Password != "", Expires: link.Expires, Perspectives: []protocol.PerspectiveChange{},
	}
	for p := range s.Base(board.AudienceBoard) {
		switch c := p.Change(); {
		case c.Board != nil:
			out.Title, out.Language = value(c.Board.Title), value(c.Board.Language)
			if link.Password == "" {
				out.Question = value(c.Board.Question)
			}
		case c.Perspective != nil:
			out.Perspectives = append(out.Perspectives, *c.Perspective)
		case c.Participant != nil:
			out.People++
		case c.Note != nil: // people come before notes
			return out
		}
	}
	return out
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// JoinInput asks to be let in by a link.
type JoinInput struct {
	BoardPath
	Bearer // of somebody who is on the board already
	clientAddress
	Body struct {
		Secret      string       `json:"secret" maxLength:"64" doc:"what stands behind # in the link"`
		Name        string       `json:"name,omitempty" maxLength:"60" doc:"needed by who is new"`
		Colour      uint8        `json:"colour,omitempty" minimum:"0" maximum:"8" doc:"1 to 8; absent: given"`
		Perspective *protocol.ID `json:"perspective,omitempty"`
		Password    string       `json:"password,omitempty" maxLength:"200"`
	}
}

// Joined is who somebody is on the board.
type Joined struct {
	Token       string        `json:"token" doc:"keep it: it is this person on this board"`
	Participant protocol.ID   `json:"participant"`
	Role        protocol.Role `json:"role"`
}

func (a *API) join(ctx context.Context, in *JoinInput) (*body[Joined], error) {
	id, err := in.id()
	if err != nil {
		return nil, a.failed("join", err)
	}
	var link board.LinkState
	var known protocol.ID // who the token says is asking
	var came bool         // by this link, before
	err = a.withLink(ctx, id, in.addr, in.Body.Secret, func(s *board.State, l board.LinkState) error {
		link = l
		if s.Deleted() {
			return protocol.CodeBoardDeleted.Err()
		}
		if token := in.token(); token != "" {
			known, _ = s.ParticipantByToken(token.Hash())
			if left, _ := s.Removed(known); left {
				known = protocol.ID{} // who left comes back as somebody new
			}
		}
		came = !known.IsZero() && s.UsedLink(known, l.ID)
		if came && !l.Revoked {
			return nil // coming back costs nothing and asks for no password
		}
		if code := l.Holds(a.cfg.Clock().UnixMilli()); code != "" {
			return code.Err()
		}
		return nil
	})
	if err == nil && !came {
		err = a.joins.take(in.addr, a.cfg.Clock())
	}
	if err == nil && !came {
		err = a.checkPassword(ctx, in.addr, link.Password, in.Body.Password)
	}
	if err != nil {
		return nil, a.failed("join", err)
	}
	token := in.token()
	if known.IsZero() {
		token, known = auth.NewSecret(a.cfg.Rand), protocol.NewID(a.cfg.Rand)
		hash := token.Hash()
		_, err = a.serverOp(ctx, id, protocol.ID{}, &protocol.ParticipantJoin{
			Participant: known, Token: hash[:], Link: link.ID, Name: in.Body.Name, Colour: in.Body.Colour,
			Perspective: value(in.Body.Perspective),
		})
	} else if !came {
		_, err = a.serverOp(ctx, id, protocol.ID{}, &protocol.LinkUse{Link: link.ID, Participant: known})
	}
	if err != nil {
		return nil, a.failed("join", err)
	}
	out := Joined{Token: token.Reveal(), Participant: known}
	err = a.view(ctx, id, func(s *board.State) error {
		out.Role = s.Role(known)
		return nil
	})
	if err != nil {
		return nil, a.failed("join", err)
	}
	return answer(out), nil
}

// withLink calls f with the link that a secret opens. Wrong secrets are counted against the address, and slowed down; a
// right one has 128 bits and is nobody's guess, so those with the right link come in beside somebody who mistypes it.
func (a *API) withLink(ctx context.Context, id protocol.ID, addr netip.Addr, secret string, f func(*board.State, board.LinkState) error) error {
	s, ok := auth.ParseSecret(secret)
	if !ok {
		return a.wrong(addr, protocol.CodeLinkUnknown)
	}
	hash := s.Hash()
	err := a.view(ctx, id, func(state *board.State) error {
		link, ok := state.LinkBySecret(hash)
		if !ok || !hash.Equal(link.Secret) {
			return a.wrong(addr, protocol.CodeLinkUnknown)
		}
		return f(state, link)
	})
	if errors.Is(err, archive.ErrNoBoard) || hasCode(err, protocol.CodeBoardUnknown) {
		return a.wrong(addr, protocol.CodeBoardUnknown)
	}
	return err
}

// wrong counts a guess that failed, and answers it only while the address may guess. What failed for another reason is
// not one: a crowd that finds the server restarting must not be slowed down for it.
func (a *API) wrong(addr netip.Addr, code protocol.Code) error {
	if err := a.mayGuess(addr); err != nil {
		return err
	}
	a.guesses.Failed(addr, a.cfg.Clock())
	return code.Err()
}

func (a *API) mayGuess(addr netip.Addr) error {
	if wait := a.guesses.Wait(addr, a.cfg.Clock()); wait > 0 {
		p := problemOf(protocol.CodeGuesses.Err())
		p.Retry = wait.Milliseconds()
		return p
	}
	return nil
}

func (a *API) checkPassword(ctx context.Context, addr netip.Addr, hash, password string) error {
	if hash == "" {
		return nil
	}
	if password == "" {
		return protocol.CodePasswordNeeded.Err()
	}
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// Asked again: a thousand guesses sent at once all wait here, behind those that failed meanwhile.
	if err := a.mayGuess(addr); err != nil {
		return err
	}
	ok, err := a.passwords.Check(ctx, hash, password)
	if err == nil && !ok {
		return a.wrong(addr, protocol.CodePasswordWrong)
	}
	return err
}

// RecoverInput brings the owner's recovery code.
type RecoverInput struct {
	BoardPath
	clientAddress
	Body struct {
		Recovery string `json:"recovery" maxLength:"64"`
	}
}

// recover gives the holder of the recovery code a new owner's link and the next code; all other owner links are
// withdrawn.
func (a *API) recover(ctx context.Context, in *RecoverInput) (*body[Created], error) {
	id, err := in.id()
	if err == nil {
		err = a.joins.take(in.addr, a.cfg.Clock())
	}
	if err != nil {
		return nil, a.failed("recover", err)
	}
	code, ok := auth.ParseRecoveryCode(in.Body.Recovery)
	err = a.view(ctx, id, func(s *board.State) error {
		switch {
		case !ok || !code.Hash().Equal(s.RecoveryHash()):
			return a.wrong(in.addr, protocol.CodeLinkUnknown)
		case s.Deleted():
			return protocol.CodeBoardDeleted.Err()
		}
		return nil
	})
	if err != nil {
		return nil, a.failed("recover", err)
	}
	secret, next := auth.NewSecret(a.cfg.Rand), auth.NewRecoveryCode(a.cfg.Rand)
	secretHash, usedHash, nextHash := secret.Hash(), code.Hash(), next.Hash()
	_, err = a.serverOp(ctx, id, protocol.ID{}, &protocol.LinkRecover{
		Link: protocol.NewID(a.cfg.Rand), Secret: secretHash[:], Was: usedHash[:], Recovery: nextHash[:],
	})
	if err != nil {
		return nil, a.failed("recover", err)
	}
	return answer(Created{Board: id, Owner: a.linkTo(id, secret), Recovery: next.Reveal()}), nil
}

// registerPeople describes the calls by which people come in.
func (a *API) registerPeople(api huma.API) {
	huma.Register(api, call("look", http.MethodPost, "/api/v1/boards/{board}/look", "See what a link leads to"), a.look)
	huma.Register(api, call("join", http.MethodPost, "/api/v1/boards/{board}/join", "Join by a link"), a.join)
	huma.Register(api, call("recover", http.MethodPost, "/api/v1/boards/{board}/recover", "Own the board again by its recovery code"), a.recover)
}
