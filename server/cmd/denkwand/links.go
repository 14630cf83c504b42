package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
)

type linksCommand struct {
	List   linksList   `cmd:"" help:"List the links of a board."`
	Create linksCreate `cmd:"" help:"Make a link. It is shown once."`
	Revoke linksRevoke `cmd:"" help:"Withdraw a link, also for those inside."`
}

// via is how the command comes in: by a facilitator's or owner's link.
type via struct {
	Link     string `arg:"" help:"A facilitator's or owner's link of the board."`
	Token    string `placeholder:"TOKEN" help:"Participant token from an earlier call, so that no new participant is made."`
	Name     string `default:"denkwand links" help:"Name to come in by, where there is no token."`
	Password string `placeholder:"PASSWORD" help:"The link's password, if it has one."`
}

func (v via) join(ctx context.Context, out output) (*client.REST, error) {
	m, err := client.Join(ctx, v.Link, client.JoinOptions{Name: v.Name, Password: v.Password, Token: v.Token})
	if err != nil {
		return nil, err
	}
	if m.Role < protocol.RoleFacilitator {
		return nil, errors.New("that link's role may not see links; use a facilitator's or owner's")
	}
	if v.Token == "" {
		fmt.Fprintf(out.err, "Came in as a participant; to be the same one again: --token %s\n", m.Token)
	}
	return m.REST(), nil
}

type linksList struct {
	Via via `embed:""`
}

// Run lists links.
func (c *linksList) Run(ctx context.Context, out output) error {
	rest, err := c.Via.join(ctx, out)
	if err != nil {
		return err
	}
	links, err := rest.Links(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tROLE\tLABEL\tUSED\tEXPIRES\tSTATE")
	for _, l := range links {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Role, l.Label, used(l), expiry(l.Expires), state(l))
	}
	return w.Flush()
}

func used(l client.Link) string {
	if l.Uses == 0 {
		return fmt.Sprint(l.Used)
	}
	return fmt.Sprintf("%d of %d", l.Used, l.Uses)
}

func expiry(unixMilli int64) string {
	if unixMilli == 0 {
		return "never"
	}
	return time.UnixMilli(unixMilli).Format("2006-01-02 15:04")
}

func state(l client.Link) string {
	switch {
	case l.Revoked:
		return "withdrawn"
	case l.Expires != 0 && time.Now().UnixMilli() >= l.Expires:
		return "expired"
	case l.Uses != 0 && l.Used >= l.Uses:
		return "used up"
	case l.Password:
		return "works, with password"
	}
	return "works"
}

type linksCreate struct {
	Via          via           `embed:""`
	Role         protocol.Role `default:"contributor" help:"viewer, contributor, facilitator or owner."`
	Label        string        `help:"For the list."`
	For          time.Duration `placeholder:"DURATION" help:"How long it works, for example 48h; not given: until it is withdrawn."`
	Uses         int64         `placeholder:"N" help:"How many people it lets in; not given: any number."`
	LinkPassword string        `placeholder:"PASSWORD" help:"Password that joining asks for, at least 8 characters."`
}

// Run makes a link and prints it.
func (c *linksCreate) Run(ctx context.Context, out output) error {
	rest, err := c.Via.join(ctx, out)
	if err != nil {
		return err
	}
	link := client.NewLink{Role: c.Role, Label: c.Label, Uses: c.Uses, Password: c.LinkPassword}
	if c.For != 0 {
		link.Expires = time.Now().Add(c.For).UnixMilli()
	}
	made, err := rest.CreateLink(ctx, link)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.out, made.Link)
	return err
}

type linksRevoke struct {
	Via via         `embed:""`
	ID  protocol.ID `arg:"" help:"The link's id, from the list."`
}

// Run withdraws a link.
func (c *linksRevoke) Run(ctx context.Context, out output) error {
	rest, err := c.Via.join(ctx, out)
	if err != nil {
		return err
	}
	if err := rest.RevokeLink(ctx, c.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.out, "Withdrawn. Whoever has no other link has lost access.")
	return err
}
