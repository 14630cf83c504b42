package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server"
)

// coverage notes which of the document's answers a test has seen, and holds each against its schema.
type coverage struct {
	*bench
	d    document
	ops  map[string]operation
	seen map[string]map[string]bool // operation -> "answer", "refusal"
}

func newCoverage(t *testing.T, changes ...func(*server.Config)) *coverage {
	b := newBench(t, changes...)
	d := parseDocument(t, b.do(request{method: "GET", path: "/api/v1/openapi.json"}).body)
	return &coverage{bench: b, d: d, ops: d.operations(), seen: map[string]map[string]bool{}}
}

// call makes a request of an operation and holds what comes back against the document.
func (c *coverage) call(id string, q request) reply {
	c.t.Helper()
	r := c.do(q)
	op, ok := c.ops[id]
	if !ok {
		c.t.Fatalf("the document has no %s", id)
	}
	kind := "refusal"
	answer := op.Responses["default"]
	if r.status < 300 {
		kind = "answer"
		if answer, ok = op.Responses[strconv.Itoa(r.status)]; !ok {
			c.t.Errorf("%s answers %d, which the document does not name", id, r.status)
			return r
		}
		if q.body != "" {
			c.d.check(c.t, "the body of "+id, op.RequestBody.Content["application/json"].Schema, []byte(q.body))
		}
	}
	if content := answer.Content[r.header.Get("Content-Type")]; content.Schema != nil {
		c.d.check(c.t, id, content.Schema, r.body)
	} else if len(r.body) > 0 {
		c.t.Errorf("%s answers %d with %s, which the document does not name", id, r.status, r.header.Get("Content-Type"))
	}
	if c.seen[id] == nil {
		c.seen[id] = map[string]bool{}
	}
	c.seen[id][kind] = true
	return r
}

type stateAnswer struct {
	Seq     uint64
	Role    string
	Me      string
	Changes []protocol.Change
}

// TestEveryOperation calls every operation of the served document for its success and its main refusals.
func TestEveryOperation(t *testing.T) {
	c := newCoverage(t, func(cfg *server.Config) { cfg.API.Guesses = 1000 })
	t.Run("boards", func(t *testing.T) { boardCalls(t, c) })
	t.Run("people", func(t *testing.T) { peopleCalls(t, c) })
	t.Run("links", func(t *testing.T) { linkCalls(t, c) })
	t.Run("ops", func(t *testing.T) { opCalls(t, c) })
	t.Run("past", func(t *testing.T) { pastCalls(t, c) })
	t.Run("deleted", func(t *testing.T) { deletedCalls(t, c) })
	for id := range c.ops {
		if !c.seen[id]["answer"] || !c.seen[id]["refusal"] {
			t.Errorf("%s: seen %v, want an answer and a refusal", id, c.seen[id])
		}
	}
}

func boardCalls(t *testing.T, c *coverage) {
	create := func(body string) reply {
		return c.call("create-board", request{method: "POST", path: "/api/v1/boards", body: body})
	}
	made := into[client.Created](t, create(`{"title":"Lab","question":"Wat?\nEn hoe?","language":"nl"}`), http.StatusCreated)
	if !strings.HasPrefix(made.Owner, c.URL+"/b/"+made.Board.String()+"#") || len(made.Recovery) != 32 {
		t.Errorf("made %+v", made)
	}
	into[client.Created](t, create(`{}`), http.StatusCreated)
	into[client.Created](t, create(`{"title":"`+strings.Repeat("é", 500)+`"}`), http.StatusCreated)
	create(`{"title":"`+strings.Repeat("é", 501)+`"}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeTextTooLong)
	create(`{"question":"`+strings.Repeat("x", 2001)+`"}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeTextTooLong)
	create(`{"title":"two\nlines"}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeTextInvalid)
	create(`{"language":"not a language"}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeBadLanguage)

	read := func(token, query string) reply {
		return c.call("read-board", request{method: "GET", path: c.path(query), token: token})
	}
	now := into[stateAnswer](t, read(c.owner.Token, ""), http.StatusOK)
	if now.Role != "owner" || now.Me != c.owner.Participant.String() || now.Seq == 0 {
		t.Errorf("state: %+v", now)
	}
	read("", "").refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	read(protocol.RandomID().String(), "").refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	read(c.owner.Token, "?seq=1&time=1").refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
	read(c.owner.Token, "?seq=100000").refused(t, http.StatusNotFound, protocol.CodeNoSuchMoment)
	read(c.owner.Token, "?time=1").refused(t, http.StatusNotFound, protocol.CodeNoSuchMoment)
	for _, bad := range []string{"?seq=x", "?seq=-1", "?seq=0", "?time=-5", "?seq=1.5"} {
		read(c.owner.Token, bad).refused(t, http.StatusUnprocessableEntity, protocol.CodeBadRequest)
	}
	for _, unknown := range []string{protocol.RandomID().String(), "short", strings.Repeat("=", 22)} {
		c.call("read-board", request{method: "GET", path: "/api/v1/boards/" + unknown, token: c.owner.Token}).
			refused(t, http.StatusNotFound, protocol.CodeBoardUnknown)
	}

	outcome := c.call("read-outcome", request{method: "GET", path: c.path("/outcome"), token: c.owner.Token})
	if got := into[protocol.Tally](t, outcome, http.StatusOK); got.Total.Notes != 0 || got.Clusters == nil {
		t.Errorf("outcome: %s", outcome.body)
	}
	c.call("read-outcome", request{method: "GET", path: c.path("/outcome")}).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
}

func peopleCalls(t *testing.T, c *coverage) {
	link := c.link(client.NewLink{Role: protocol.RoleContributor, Password: "lang genoeg"})
	secret := secretOf(t, link.Link)
	post := func(id, rest, token string, body any) reply {
		return c.call(id, request{method: "POST", path: c.path("/" + rest), token: token, body: quote(body)})
	}
	type fields map[string]any
	invited := into[struct {
		Question string
		Role     string
		Password bool
		People   int
	}](t, post("look", "look", "", fields{"secret": secret}), http.StatusOK)
	if invited.Question != "" || // it is for who knows the password
		invited.Role != "contributor" || !invited.Password || invited.People != 1 {
		t.Errorf("invitation: %+v", invited)
	}
	post("look", "look", "", fields{"secret": protocol.RandomID().String()}).refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
	post("look", "look", "", fields{"secret": "x"}).refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)

	join := func(token string, body fields) reply { return post("join", "join", token, body) }
	join("", fields{"secret": secret, "name": "Noor"}).refused(t, http.StatusUnauthorized, protocol.CodePasswordNeeded)
	join("", fields{"secret": secret, "name": "Noor", "password": "iets anders"}).refused(t, http.StatusForbidden, protocol.CodePasswordWrong)
	join("", fields{"secret": protocol.RandomID().String(), "name": "Noor"}).refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
	for _, name := range []string{"", " ", "Noor\nNoor", "a\u202eb", strings.Repeat("n", 10_000)} {
		join("", fields{"secret": secret, "name": name, "password": "lang genoeg"}).refused(t, http.StatusUnprocessableEntity, protocol.CodeNameInvalid)
	}
	join("", fields{"secret": secret, "name": "Noor", "colour": 9, "password": "lang genoeg"}).refused(t, http.StatusUnprocessableEntity, protocol.CodeBadColour)
	joined := into[client.Membership](t, join("", fields{"secret": secret, "name": "Noor", "colour": 3, "password": "lang genoeg"}), http.StatusOK)
	again := into[client.Membership](t, join(joined.Token, fields{"secret": secret}), http.StatusOK)
	if again.Participant != joined.Participant || again.Token != joined.Token {
		t.Errorf("coming back made another: %+v", again)
	}
	recovered := post("recover", "recover", "", fields{"recovery": strings.ToLower(c.made.Recovery)})
	made := into[client.Created](t, recovered, http.StatusOK)
	post("recover", "recover", "", fields{"recovery": c.made.Recovery}).refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
	c.owner = c.join(made.Owner, "Ilse again")
	c.made = made
}

func linkCalls(t *testing.T, c *coverage) {
	facilitator := c.member(protocol.RoleFacilitator, "Faye")
	viewer := c.member(protocol.RoleViewer, "Vic")
	create := func(token string, body string) reply {
		return c.call("create-link", request{method: "POST", path: c.path("/links"), token: token, body: body})
	}
	made := into[client.CreatedLink](t, create(facilitator.Token,
		`{"role":"contributor","label":"woensdag","expires":4102444800000,"uses":2,"password":"geheimen"}`), http.StatusCreated)
	create(facilitator.Token, `{"role":"owner"}`).refused(t, http.StatusForbidden, protocol.CodeForbidden)
	create(viewer.Token, `{"role":"viewer"}`).refused(t, http.StatusForbidden, protocol.CodeForbidden)
	create("", `{"role":"viewer"}`).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	create(facilitator.Token, `{"role":"none"}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeBadRole)
	create(facilitator.Token, `{"role":"viewer","password":"short"}`).refused(t, http.StatusBadRequest, protocol.CodeBadRequest)
	create(facilitator.Token, `{"role":"viewer","uses":-1}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeOutOfRange)
	create(facilitator.Token, `{"role":"viewer","label":"`+strings.Repeat("l", 61)+`"}`).refused(t, http.StatusUnprocessableEntity, protocol.CodeTextTooLong)

	list := func(token string) reply {
		return c.call("list-links", request{method: "GET", path: c.path("/links"), token: token})
	}
	list(viewer.Token).refused(t, http.StatusForbidden, protocol.CodeForbidden)
	links := into[struct{ Links []map[string]any }](t, list(facilitator.Token), http.StatusOK).Links
	last := links[len(links)-1]
	if last["id"] != made.ID.String() || last["label"] != "woensdag" || last["uses"] != 2.0 || last["password"] != true || last["link"] != nil {
		t.Errorf("listed: %v", last)
	}
	for _, l := range links {
		if l["state"] != nil && l["revoked"] != true {
			t.Errorf("a link that holds has the state %v", l["state"])
		}
	}

	revoke := func(token, id string) reply {
		return c.call("revoke-link", request{method: "DELETE", path: c.path("/links/" + id), token: token})
	}
	revoke(viewer.Token, made.ID.String()).refused(t, http.StatusForbidden, protocol.CodeForbidden)
	revoke(facilitator.Token, protocol.RandomID().String()).refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
	revoke(facilitator.Token, "x").refused(t, http.StatusNotFound, protocol.CodeLinkUnknown)
	for _, twice := range []string{"once", "again"} {
		if r := revoke(facilitator.Token, made.ID.String()); r.status != http.StatusNoContent || len(r.body) > 0 {
			t.Errorf("revoke %s: %d %s", twice, r.status, r.body)
		}
	}
	c.call("look", request{method: "POST", path: c.path("/look"), body: quote(map[string]string{"secret": secretOf(t, made.Link)})}).
		refused(t, http.StatusGone, protocol.CodeLinkRevoked)
	revoke(c.owner.Token, into[struct{ Links []client.Link }](t, list(c.owner.Token), http.StatusOK).Links[ownerLink(t, c)].ID.String()).
		refused(t, http.StatusConflict, protocol.CodeLastOwner)
}

// ownerLink is the place in the list of the one owner's link that holds.
func ownerLink(t *testing.T, c *coverage) int {
	t.Helper()
	links, err := c.owner.REST().Links(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range links {
		if l.Role == protocol.RoleOwner && !l.Revoked {
			return i
		}
	}
	t.Fatal("no owner's link holds")
	return 0
}

func opCalls(t *testing.T, c *coverage) {
	writer := func(token string) reply {
		return c.call("new-writer", request{method: "POST", path: c.path("/writers"), token: token})
	}
	made := into[struct{ ID, Secret string }](t, writer(c.owner.Token), http.StatusCreated)
	writer("").refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	ops := func(token, body string) reply {
		return c.call("do-ops", request{method: "POST", path: c.path("/ops"), token: token, body: body})
	}
	type done struct {
		Ops []struct {
			Seq   uint64
			Code  string
			Parts []string
		}
	}
	id := protocol.RandomID()
	body := fmt.Sprintf(`{"writer":%q,"n":1,"ops":[%s,{"kind":"note.move","note":%q,"x":1,"y":2},{"kind":"batch","ops":[{"kind":"note.delete","note":%q},{"kind":"note.front","note":%q}]}]}`,
		made.Secret, note(id, "één"), id, protocol.RandomID(), id)
	got := into[done](t, ops(c.owner.Token, body), http.StatusOK)
	if len(got.Ops) != 3 || got.Ops[0].Seq == 0 || got.Ops[0].Code != "" || fmt.Sprint(got.Ops[2].Parts) != "[missing ]" {
		t.Errorf("done: %+v", got)
	}
	again := into[done](t, ops(c.owner.Token, body), http.StatusOK)
	if again.Ops[0].Seq != 0 || again.Ops[0].Code != "" || fmt.Sprint(again.Ops[2].Parts) != "[missing ]" {
		t.Errorf("repeated: %+v", again)
	}
	other := strings.Replace(body, `"x":1,`, `"x":7,`, 1)
	if got := into[done](t, ops(c.owner.Token, other), http.StatusOK); got.Ops[1].Code != "conflict" {
		t.Errorf("another content under a number: %+v", got)
	}
	gap := fmt.Sprintf(`{"writer":%q,"n":9,"ops":[{"kind":"note.front","note":%q}]}`, made.Secret, id)
	if got := into[done](t, ops(c.owner.Token, gap), http.StatusOK); got.Ops[0].Code != "gap" {
		t.Errorf("a gap: %+v", got)
	}
	viewer := c.member(protocol.RoleViewer, "Vera")
	if got := into[done](t, ops(viewer.Token, `{"ops":[`+note(protocol.RandomID(), "x")+`]}`), http.StatusOK); got.Ops[0].Code != "forbidden" {
		t.Errorf("a viewer's note: %+v", got)
	}
	ops(viewer.Token, body).refused(t, http.StatusConflict, protocol.CodeWriterUnknown) // somebody else's
	ops("", `{"ops":[`+note(protocol.RandomID(), "x")+`]}`).refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	for body, code := range map[string]protocol.Code{
		`{"ops":[]}`: protocol.CodeMalformed,
		`{"writer":"x","ops":[{"kind":"note.front","note":"` + id.String() + `"}]}`:                                  protocol.CodeMalformed,
		`{"n":1,"ops":[{"kind":"note.front","note":"` + id.String() + `"}]}`:                                         protocol.CodeMalformed,
		`{"ops":[{"kind":"note.front","note":"` + id.String() + `","seq":3}]}`:                                       protocol.CodeMalformed,
		`{"ops":[{"kind":"note.frond","note":"` + id.String() + `"}]}`:                                               protocol.CodeUnknownKind,
		`{"ops":[{"kind":"link.use","link":"` + id.String() + `","participant":"` + id.String() + `"}]}`:             protocol.CodeServerKind,
		`{"ops":[{"kind":"batch","ops":[{"kind":"writer.register","writer":"` + id.String() + `","secret":"AA"}]}]}`: protocol.CodeServerKind,
		`{"ops":[{"kind":"void","reason":"gone"}]}`:                                                                  protocol.CodeServerKind,
		`{"writer":"x","n":9007199254740991,"ops":[{"kind":"board.delete"}]}`:                                        protocol.CodeMalformed,
	} {
		ops(c.owner.Token, body).refused(t, http.StatusBadRequest, code)
	}
}

// pastCalls looks at what came before.
func pastCalls(t *testing.T, c *coverage) {
	id := protocol.RandomID()
	rev := protocol.RandomID()
	var first, last uint64
	for i, op := range []string{
		`{"kind":"note.create","note":"` + id.String() + `","x":0,"y":0,"w":12800,"h":9600,"text":"een","rev":"` + rev.String() + `"}`,
		`{"kind":"note.text","note":"` + id.String() + `","base":"` + rev.String() + `","rev":"` + protocol.RandomID().String() + `","runs":[3," \"twee\""]}`,
		`{"kind":"note.delete","note":"` + id.String() + `"}`,
	} {
		done := into[struct{ Ops []struct{ Seq uint64 } }](t, c.do(request{method: "POST", path: c.path("/ops"), token: c.owner.Token, body: `{"ops":[` + op + `]}`}), http.StatusOK)
		if last = done.Ops[0].Seq; i == 0 {
			first = last
		}
	}
	state := func(query string) string {
		r := c.call("read-board", request{method: "GET", path: c.path(query), token: c.owner.Token})
		for _, change := range into[stateAnswer](t, r, http.StatusOK).Changes {
			if change.Note != nil && change.Note.ID == id {
				return *change.Note.Text
			}
		}
		return "gone"
	}
	for seq, want := range map[uint64]string{first - 1: "gone", first: "een", first + 1: `een "twee"`, last: "gone"} {
		if got := state(fmt.Sprintf("?seq=%d", seq)); got != want {
			t.Errorf("behind entry %d the note is %q, want %q", seq, got, want)
		}
	}
	if got := state(fmt.Sprintf("?time=%d", time.Now().Add(time.Hour).UnixMilli())); got != "gone" {
		t.Errorf("in an hour the note is %q", got)
	}

	changes := func(token, query string) reply {
		return c.call("read-changes", request{method: "GET", path: c.path("/changes" + query), token: token})
	}
	type steps struct {
		Entries []struct {
			Seq     uint64
			By      string
			Kind    string
			Changes []json.RawMessage
		}
		Next uint64
	}
	got := into[steps](t, changes(c.owner.Token, fmt.Sprintf("?from=%d&to=%d", first, first+1)), http.StatusOK)
	if len(got.Entries) != 2 || got.Next != 0 || got.Entries[1].By != c.owner.Participant.String() {
		t.Fatalf("changes: %+v", got)
	}
	if edit := string(got.Entries[1].Changes[0]); !strings.Contains(edit, `"runs":[3," \"twee\""]`) {
		t.Errorf("the edit: %s", edit)
	}
	if created := string(got.Entries[0].Changes[0]); !strings.Contains(created, `"cluster":""`) && strings.Contains(created, `"cluster"`) {
		t.Errorf("none is not written as empty: %s", created)
	}
	all := into[steps](t, changes(c.owner.Token, ""), http.StatusOK)
	if all.Entries[0].Kind != "board.create" || all.Entries[0].By != "" || all.Entries[0].Seq != 1 || uint64(len(all.Entries)) < last {
		t.Errorf("all changes: %d of them, the first %+v", len(all.Entries), all.Entries[0])
	}
	viewer := c.member(protocol.RoleViewer, "Vos")
	for _, e := range into[steps](t, changes(viewer.Token, ""), http.StatusOK).Entries {
		if e.Kind == "link.create" {
			t.Errorf("a viewer is told of %+v", e)
		}
	}
	changes("", "").refused(t, http.StatusUnauthorized, protocol.CodeTokenUnknown)
	changes(c.owner.Token, "?from=0").refused(t, http.StatusUnprocessableEntity, protocol.CodeBadRequest)
}

func deletedCalls(t *testing.T, c *coverage) {
	link := c.link(client.NewLink{Role: protocol.RoleViewer})
	r := c.call("do-ops", request{method: "POST", path: c.path("/ops"), token: c.owner.Token, body: `{"ops":[{"kind":"board.delete"}]}`})
	if r.status != http.StatusOK {
		t.Fatalf("delete: %d %s", r.status, r.body)
	}
	for id, q := range map[string]request{
		"read-board":   {method: "GET", path: c.path(""), token: c.owner.Token},
		"read-changes": {method: "GET", path: c.path("/changes"), token: c.owner.Token},
		"read-outcome": {method: "GET", path: c.path("/outcome"), token: c.owner.Token},
		"list-links":   {method: "GET", path: c.path("/links"), token: c.owner.Token},
		"create-link":  {method: "POST", path: c.path("/links"), token: c.owner.Token, body: `{"role":"viewer"}`},
		"revoke-link":  {method: "DELETE", path: c.path("/links/" + link.ID.String()), token: c.owner.Token},
		"join":         {method: "POST", path: c.path("/join"), body: quote(map[string]string{"secret": secretOf(t, link.Link), "name": "Late"})},
		"look":         {method: "POST", path: c.path("/look"), body: quote(map[string]string{"secret": secretOf(t, link.Link)})},
		"recover":      {method: "POST", path: c.path("/recover"), body: quote(map[string]string{"recovery": c.made.Recovery})},
		"do-ops":       {method: "POST", path: c.path("/ops"), token: c.owner.Token, body: `{"ops":[{"kind":"note.front","note":"` + link.ID.String() + `"}]}`},
		"new-writer":   {method: "POST", path: c.path("/writers"), token: c.owner.Token},
	} {
		c.call(id, q).refused(t, http.StatusGone, protocol.CodeBoardDeleted)
	}
}
