package servertest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
	"github.com/denkwand/denkwand/server/servertest"
)

// party is a board and its owner.
type party struct {
	*servertest.Server
	t     *testing.T
	made  client.Created
	owner client.Membership
}

func newParty(t *testing.T, changes ...func(*server.Config)) *party {
	t.Helper()
	p := &party{Server: servertest.Start(t, changes...), t: t}
	p.made, p.owner = p.Board()
	return p
}

func (p *party) link(l client.NewLink) client.CreatedLink {
	p.t.Helper()
	made, err := p.owner.REST().CreateLink(p.t.Context(), l)
	if err != nil {
		p.t.Fatal(err)
	}
	return made
}

func (p *party) join(link string, o client.JoinOptions) (client.Membership, error) {
	if o.Name == "" && o.Token == "" {
		o.Name = "Noor"
	}
	return client.Join(p.t.Context(), link, o)
}

func (p *party) joined(link string, o client.JoinOptions) client.Membership {
	p.t.Helper()
	m, err := p.join(link, o)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (p *party) open(m client.Membership) *client.Board {
	p.t.Helper()
	b, err := client.Dial(p.t.Context(), m.Options())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = b.Close(context.Background()) })
	return b
}

// refused asserts the code of a refusal over HTTP.
func refused(t *testing.T, err error, status int, code protocol.Code) {
	t.Helper()
	var problem *client.ProblemError
	if !errors.As(err, &problem) || problem.Code != code || problem.Status != status {
		t.Errorf("%v, want %d %s", err, status, code)
		return
	}
	if code == protocol.CodeGuesses && problem.Retry <= 0 {
		t.Errorf("%s does not say when to try again", code)
	}
}

// listed returns a link as the owner sees it.
func (p *party) listed(id protocol.ID) client.Link {
	p.t.Helper()
	links, err := p.owner.REST().Links(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range links {
		if l.ID == id {
			return l
		}
	}
	p.t.Fatalf("no link %s", id)
	return client.Link{}
}

func TestLinksThatLetNobodyIn(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixMilli())
	p := newParty(t, func(c *server.Config) { c.API.Clock = func() time.Time { return time.UnixMilli(now.Load()) } })
	wrong := p.URL + "/b/" + p.made.Board.String() + "#" + protocol.RandomID().String()
	_, err := p.join(wrong, client.JoinOptions{})
	refused(t, err, http.StatusNotFound, protocol.CodeLinkUnknown)
	elsewhere, _ := p.Board()
	_, err = p.join(p.URL+"/b/"+p.made.Board.String()+elsewhere.Owner[len(elsewhere.Owner)-23:], client.JoinOptions{})
	refused(t, err, http.StatusNotFound, protocol.CodeLinkUnknown) // another board's secret
	_, err = p.join(p.URL+"/b/"+protocol.RandomID().String()+"#"+protocol.RandomID().String(), client.JoinOptions{})
	refused(t, err, http.StatusNotFound, protocol.CodeBoardUnknown)

	revoked := p.link(client.NewLink{Role: protocol.RoleViewer})
	if err := p.owner.REST().RevokeLink(t.Context(), revoked.ID); err != nil {
		t.Fatal(err)
	}
	_, err = p.join(revoked.Link, client.JoinOptions{})
	refused(t, err, http.StatusGone, protocol.CodeLinkRevoked)

	once := p.link(client.NewLink{Role: protocol.RoleContributor, Uses: 1})
	m := p.joined(once.Link, client.JoinOptions{})
	_, err = p.join(once.Link, client.JoinOptions{})
	refused(t, err, http.StatusConflict, protocol.CodeLinkFull)

	brief := p.link(client.NewLink{Role: protocol.RoleFacilitator, Expires: now.Load() + 60_000})
	early := p.joined(brief.Link, client.JoinOptions{})
	now.Add(59_999)
	p.joined(brief.Link, client.JoinOptions{})
	now.Add(1)
	_, err = p.join(brief.Link, client.JoinOptions{})
	refused(t, err, http.StatusGone, protocol.CodeLinkExpired)

	// Whoever is in stays in, and comes back as the same person, at no use.
	for _, c := range []struct {
		link string
		m    client.Membership
	}{{once.Link, m}, {brief.Link, early}} {
		for range 3 {
			if again := p.joined(c.link, client.JoinOptions{Token: c.m.Token}); again != c.m {
				t.Errorf("came back as %+v, was %+v", again, c.m)
			}
		}
	}
	if l := p.listed(once.ID); l.Used != 1 {
		t.Errorf("the link for one was used %d times", l.Used)
	}
	if l := p.listed(brief.ID); l.Used != 2 {
		t.Errorf("the brief link was used %d times", l.Used)
	}
}

// TestLinkForThreeUsedByTwentyAtOnce lets in exactly three.
func TestLinkForThreeUsedByTwentyAtOnce(t *testing.T) {
	p := newParty(t)
	link := p.link(client.NewLink{Role: protocol.RoleContributor, Uses: 3})
	var in, full atomic.Int64
	var crowd sync.WaitGroup
	for i := range 20 {
		crowd.Go(func() {
			_, err := p.join(link.Link, client.JoinOptions{Name: fmt.Sprint("Deelnemer ", i)})
			var problem *client.ProblemError
			switch {
			case err == nil:
				in.Add(1)
			case errors.As(err, &problem) && problem.Code == protocol.CodeLinkFull:
				full.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	if in.Load() != 3 || full.Load() != 17 {
		t.Errorf("%d came in, %d were told that it is full", in.Load(), full.Load())
	}
	if l := p.listed(link.ID); l.Used != 3 {
		t.Errorf("used %d times", l.Used)
	}
	state, err := p.owner.REST().State(t.Context(), 0)
	if err != nil || len(state.Participants()) != 4 {
		t.Errorf("%d people, %v", len(state.Participants()), err)
	}
}

func TestPasswords(t *testing.T) {
	p := newParty(t)
	link := p.link(client.NewLink{Role: protocol.RoleContributor, Password: "lang genoeg"})
	_, err := p.join(link.Link, client.JoinOptions{})
	refused(t, err, http.StatusUnauthorized, protocol.CodePasswordNeeded)
	_, err = p.join(link.Link, client.JoinOptions{Password: "lang genoeg "})
	refused(t, err, http.StatusForbidden, protocol.CodePasswordWrong)
	m := p.joined(link.Link, client.JoinOptions{Password: "lang genoeg"})
	if again := p.joined(link.Link, client.JoinOptions{Token: m.Token}); again != m {
		t.Errorf("coming back: %+v", again)
	}
	if l := p.listed(link.ID); !l.Password || l.Used != 1 {
		t.Errorf("listed as %+v", l)
	}
}

// TestGuessesAreSlowedDown: what fails counts, per address, and nothing else does.
func TestGuessesAreSlowedDown(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixMilli())
	p := newParty(t, func(c *server.Config) {
		c.API.Guesses = 5
		c.API.Clock = func() time.Time { return time.UnixMilli(now.Load()) }
	})
	open := p.link(client.NewLink{Role: protocol.RoleContributor})
	locked := p.link(client.NewLink{Role: protocol.RoleContributor, Password: "lang genoeg"})
	for range 20 { // a crowd behind one address
		p.joined(open.Link, client.JoinOptions{})
	}
	for range 10 { // a page asks for the password by trying without
		_, err := p.join(locked.Link, client.JoinOptions{})
		refused(t, err, http.StatusUnauthorized, protocol.CodePasswordNeeded)
	}
	// So many guesses at once that all of them pass the door before the first has failed.
	var wrong, slowed atomic.Int64
	var crowd sync.WaitGroup
	for i := range 30 {
		crowd.Go(func() {
			_, err := p.join(locked.Link, client.JoinOptions{Password: fmt.Sprint("raad maar wat ", i)})
			var problem *client.ProblemError
			if errors.As(err, &problem) && problem.Code == protocol.CodePasswordWrong {
				wrong.Add(1)
			} else {
				slowed.Add(1)
				refused(t, err, http.StatusTooManyRequests, protocol.CodeGuesses)
			}
		})
	}
	crowd.Wait()
	if n := wrong.Load(); n < 5 || n > 6 { // two are hashed at once
		t.Errorf("%d guesses were looked at", n)
	}
	_, err := p.join(locked.Link, client.JoinOptions{Password: "lang genoeg"})
	refused(t, err, http.StatusTooManyRequests, protocol.CodeGuesses)
	now.Add((10 * time.Minute).Milliseconds())
	p.joined(locked.Link, client.JoinOptions{Password: "lang genoeg"})
}

// TestRevokingClosesTheSocketsInside within a second, tells why, and leaves whoever has another link.
func TestRevokingClosesTheSocketsInside(t *testing.T) {
	p := newParty(t)
	link := p.link(client.NewLink{Role: protocol.RoleContributor})
	other := p.link(client.NewLink{Role: protocol.RoleViewer})
	one := p.joined(link.Link, client.JoinOptions{Name: "Een"})
	outside := p.open(one)
	m := p.joined(link.Link, client.JoinOptions{Name: "Twee"})
	both := p.open(p.joined(other.Link, client.JoinOptions{Token: m.Token}))
	neighbour := p.open(p.joined(other.Link, client.JoinOptions{Name: "Buur"}))
	begun := time.Now()
	if err := p.owner.REST().RevokeLink(t.Context(), link.ID); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var closed *client.ClosedError
	if err := waitClosed(ctx, outside); !errors.As(err, &closed) || closed.Code != protocol.CodeAccessLost {
		t.Errorf("the one inside by it: %v", err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if err := when(ctx, both, func() bool { return role(both) == protocol.RoleViewer }); err != nil {
		t.Errorf("the one with another link: %v", err)
	}
	var no *client.RefusedError
	_, err := both.DoSaved(ctx, &protocol.NoteCreate{Note: protocol.RandomID(), W: 12800, H: 9600, Rev: protocol.RandomID()})
	if !errors.As(err, &no) || no.Code != protocol.CodeForbidden {
		t.Errorf("a viewer's note: %v", err)
	}
	if state, err := neighbour.State(); state != client.Live {
		t.Errorf("the neighbour: %v, %v", state, err)
	}
	if _, err := client.Dial(ctx, one.Options()); !errors.As(err, &closed) || closed.Code != protocol.CodeAccessLost {
		t.Errorf("coming back: %v", err)
	}
}

func role(b *client.Board) protocol.Role {
	_, r := b.Me()
	return r
}

// when waits until something is so that the board wakes its watchers for.
func when(ctx context.Context, b *client.Board, so func() bool) error {
	woken, stop := b.Watch()
	defer stop()
	for !so() {
		select {
		case <-woken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// waitClosed waits until the board is closed for good and returns why.
func waitClosed(ctx context.Context, b *client.Board) (err error) {
	timeout := when(ctx, b, func() bool {
		var state client.State
		state, err = b.State()
		return state == client.Closed
	})
	return errors.Join(err, timeout)
}

func TestASecondLinkRaisesTheRole(t *testing.T) {
	p := newParty(t)
	viewer := p.link(client.NewLink{Role: protocol.RoleViewer})
	facilitator := p.link(client.NewLink{Role: protocol.RoleFacilitator})
	m := p.joined(viewer.Link, client.JoinOptions{Name: "Noor"})
	open := p.open(m)
	raised := p.joined(facilitator.Link, client.JoinOptions{Token: m.Token})
	if raised.Participant != m.Participant || raised.Token != m.Token || raised.Role != protocol.RoleFacilitator {
		t.Errorf("raised to %+v, was %+v", raised, m)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	sees := func(v *client.View) bool { return len(v.Links()) == 3 }
	if err := until(ctx, open, sees); err != nil || role(open) != protocol.RoleFacilitator {
		t.Errorf("the connection there was is not told, or sees no links: %v", err)
	}
	if lower := p.joined(viewer.Link, client.JoinOptions{Token: m.Token}); lower.Role != protocol.RoleFacilitator {
		t.Errorf("coming by the lower link again: %+v", lower)
	}
	if l := p.listed(facilitator.ID); l.Used != 1 {
		t.Errorf("used %d times", l.Used)
	}
	// A token of another board is nobody here: its holder comes in as somebody new.
	_, stranger := p.Board()
	fresh := p.joined(viewer.Link, client.JoinOptions{Token: stranger.Token, Name: "Nieuw"})
	if fresh.Participant == m.Participant || fresh.Token == stranger.Token {
		t.Errorf("joined as %+v", fresh)
	}
}

func TestRecoveryCodeWorksOnce(t *testing.T) {
	p := newParty(t)
	second := p.link(client.NewLink{Role: protocol.RoleOwner})
	facilitator := p.link(client.NewLink{Role: protocol.RoleFacilitator})
	stays := p.open(p.joined(facilitator.Link, client.JoinOptions{Name: "Blijft"}))
	lost := p.open(p.owner)
	recovered := make(chan client.Created, 8)
	var crowd sync.WaitGroup
	for range 8 { // two people with one code at once: one of them owns the board then
		crowd.Go(func() {
			made, err := client.Recover(t.Context(), p.URL, p.made.Board, p.made.Recovery)
			if err != nil {
				refused(t, err, http.StatusNotFound, protocol.CodeLinkUnknown)
				return
			}
			recovered <- made
		})
	}
	crowd.Wait()
	if len(recovered) != 1 {
		t.Fatalf("%d of eight recovered the board", len(recovered))
	}
	made := <-recovered
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var closed *client.ClosedError
	if err := waitClosed(ctx, lost); !errors.As(err, &closed) || closed.Code != protocol.CodeAccessLost {
		t.Errorf("the owner by the old link: %v", err)
	}
	for _, old := range []string{p.made.Owner, second.Link} {
		_, err := p.join(old, client.JoinOptions{})
		refused(t, err, http.StatusGone, protocol.CodeLinkRevoked)
	}
	if m := p.joined(made.Owner, client.JoinOptions{Name: "Ilse"}); m.Role != protocol.RoleOwner {
		t.Errorf("by the new link: %+v", m)
	}
	if back := p.joined(made.Owner, client.JoinOptions{Token: p.owner.Token}); back.Participant != p.owner.Participant || back.Role != protocol.RoleOwner {
		t.Errorf("the owner came back as %+v", back)
	}
	if state, err := stays.State(); state != client.Live {
		t.Errorf("the facilitator: %v, %v", state, err)
	}
	if _, err := client.Recover(t.Context(), p.URL, p.made.Board, made.Recovery); err != nil {
		t.Errorf("the next code: %v", err)
	}
}
