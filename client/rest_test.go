package client

import (
	"errors"
	"testing"
	"time"

	"github.com/denkwand/denkwand/protocol"
)

func TestParseLink(t *testing.T) { // J1
	id := boardID.String()
	for _, tt := range []struct {
		link string
		ok   bool
	}{
		{"https://wall.example.org/b/" + id + "#secret", true},
		{" http://localhost:8080/b/" + id + "/#secret\n", true},
		{"https://wall.example.org/b/" + id, false},
		{"https://wall.example.org/c/" + id + "#secret", false},
		{"https://wall.example.org/b/short#secret", false},
		{"ftp://wall.example.org/b/" + id + "#secret", false},
		{"secret", false},
	} {
		server, board, secret, err := ParseLink(tt.link)
		if tt.ok != (err == nil) || tt.ok && (board != boardID || secret != "secret" || server == "") {
			t.Errorf("%q: %q %v %q %v", tt.link, server, board, secret, err)
		}
	}
}

func TestJoin(t *testing.T) { // J1, J2
	s := newScripted(t)
	call := "POST /api/v1/boards/" + boardID.String() + "/join"
	link := s.http.URL + "/b/" + boardID.String() + "#secret"
	s.answer(call, 200, `{"token":"tok","participant":"`+meID.String()+`","role":"contributor"}`)
	got, err := Join(testContext(t), link, JoinOptions{Name: "Noor", Colour: 3, Token: "held", HTTPClient: s.client})
	want := Membership{Server: s.http.URL, Board: boardID, Token: "tok", Participant: meID, Role: protocol.RoleContributor}
	if err != nil || got != want {
		t.Fatalf("joined as %+v %v", got, err)
	}
	if s.asked[call] != `{"secret":"secret","name":"Noor","colour":3}` || s.tokens[call] != "Bearer held" {
		t.Fatalf("asked with %s and %q", s.asked[call], s.tokens[call])
	}
	s.answer(call, 410, `{"code":"link_expired","detail":"This link has expired.","retry":1500}`)
	var problem *ProblemError
	if _, err := Join(testContext(t), link, JoinOptions{Name: "Noor", HTTPClient: s.client}); !errors.As(err, &problem) ||
		problem.Code != protocol.CodeLinkExpired || problem.Status != 410 || problem.Retry != 1500*time.Millisecond {
		t.Fatalf("an expired link: %v", err)
	}
	s.answer(call, 502, "<html>")
	if _, err := Join(testContext(t), link, JoinOptions{HTTPClient: s.client}); !errors.As(err, &problem) || problem.Code != "" {
		t.Fatalf("something else answered: %v", err)
	}
}

func TestREST(t *testing.T) {
	s := newScripted(t)
	ctx := testContext(t)
	board := "/api/v1/boards/" + boardID.String()
	s.answer("POST /api/v1/boards", 201, mustJSON(t, Created{Board: boardID, Owner: "link", Recovery: "code"}))
	made, err := CreateBoard(ctx, s.http.URL, NewBoard{Title: "T", CreateToken: "may", HTTPClient: s.client})
	if err != nil || made.Board != boardID || s.asked["POST /api/v1/boards"] != `{"title":"T"}` || s.tokens["POST /api/v1/boards"] != "Bearer may" {
		t.Fatalf("created %+v %v by %s", made, err, s.asked["POST /api/v1/boards"])
	}
	r := REST{Server: s.http.URL, Board: boardID, Token: "tok", HTTPClient: s.client}
	s.answer("POST "+board+"/links", 201, `{"id":"`+noteID.String()+`","link":"full"}`)
	if link, err := r.CreateLink(ctx, NewLink{Role: protocol.RoleViewer, Uses: 3}); err != nil || link.Link != "full" ||
		s.asked["POST "+board+"/links"] != `{"role":"viewer","uses":3}` {
		t.Fatalf("link %+v %v", link, err)
	}
	s.answer("GET "+board+"/links", 200, `{"links":[{"id":"`+noteID.String()+`","role":"viewer","used":2,"revoked":true}]}`)
	if links, err := r.Links(ctx); err != nil || len(links) != 1 || links[0].Used != 2 || !links[0].Revoked || links[0].Role != protocol.RoleViewer {
		t.Fatalf("links %+v %v", links, err)
	}
	s.answer("DELETE "+board+"/links/"+noteID.String(), 204, "")
	if err := r.RevokeLink(ctx, noteID); err != nil {
		t.Fatal(err)
	}
	s.answer("GET "+board+"/outcome", 200, `{"clusters":[],"total":{"notes":7}}`)
	if tally, err := r.Outcome(ctx); err != nil || tally.Total.Notes != 7 {
		t.Fatalf("outcome %+v %v", tally, err)
	}
	s.answer("GET "+board+"?seq=5", 200, `{"seq":5,"changes":[{"note":{"id":"`+noteID.String()+`","text":"x"}}]}`)
	if v, err := r.State(ctx, 5); err != nil || v.Seq() != 5 || len(v.Notes()) != 1 {
		t.Fatalf("state %v %v", v, err)
	}
	s.answer("GET "+board+"/changes?from=7", 200, `{"entries":[{"seq":7,"by":"","kind":"note.move","code":"gone","changes":[]}],"next":8}`)
	if steps, next, err := r.Changes(ctx, 7); err != nil || next != 8 || len(steps) != 1 || steps[0].Code != protocol.CodeGone {
		t.Fatalf("steps %+v %d %v", steps, next, err)
	}
}
