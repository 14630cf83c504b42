package servertest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/board"
	"github.com/denkwand/denkwand/server/servertest"
)

// vault knows every secret that was issued, and everything the server answered.
type vault struct {
	t *testing.T

	mu      sync.Mutex
	secrets map[string]string // what it is -> the secret
	answers []answer
}

// answer is what came back over HTTP, unpacked, and to whom.
type answer struct{ what, body string }

// RoundTrip keeps the answer of every call (http.RoundTripper). Sockets and streams pass.
func (v *vault) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Header.Get("Upgrade") != "" || strings.HasSuffix(r.URL.Path, "/stream") {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	v.keep(r.Method+" "+r.URL.Path, body)
	return resp, err
}

func (v *vault) keep(what string, body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answers = append(v.answers, answer{what, string(body)})
}

func (v *vault) issued(what, secret string) string {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(secret) < 8 || v.secrets[what] != "" {
		v.t.Fatalf("%s: %q", what, secret)
	}
	v.secrets[what] = secret
	return secret
}

// spellings are the ways in which a secret, or bytes, could stand somewhere.
func spellings(secret []byte) []string {
	return []string{
		string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)),
		base64.RawStdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
	}
}

func secretSpellings(secret string) []string {
	all := spellings([]byte(secret))
	if id, err := protocol.ParseID(secret); err == nil {
		all = append(all, spellings(id[:])...)
	}
	return append(all, strings.ReplaceAll(secret, "-", ""))
}

// nowhere asserts that no secret stands in a text.
func (v *vault) nowhere(where, text string) {
	v.t.Helper()
	for what, secret := range v.secrets {
		for _, spelling := range secretSpellings(secret) {
			if strings.Contains(text, spelling) {
				v.t.Errorf("%s: the %s stands there", where, what)
			}
		}
	}
}

// call does one call over plain HTTP.
func (v *vault) call(method, address, token string, header http.Header, body any) []byte {
	v.t.Helper()
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			v.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, &b)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := v.RoundTrip(r)
	if err != nil {
		v.t.Fatal(err)
	}
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return out
}

// frames keeps what an event stream begins with, welcome and base, the base unpacked, and returns the new writer's secret.
func (v *vault) frames(p *servertest.Process, m client.Membership) (secret string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", p.URL+"/api/v1/boards/"+m.Board.String()+"/stream", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + m.Token}, "Denkwand-Version": {"1"}, "Denkwand-Writer": {"new"}}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	var all bytes.Buffer
	for buf := make([]byte, 64<<10); strings.Count(all.String(), "\n\n") < 2; {
		n, err := resp.Body.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			v.t.Fatalf("%v in %s", err, all.String())
		}
	}
	for _, event := range strings.Split(all.String(), "\n\n")[:2] {
		_, data, _ := strings.Cut(event, "data: ")
		if zipped, err := base64.StdEncoding.DecodeString(data); err == nil {
			plain, err := gzip.NewReader(bytes.NewReader(zipped))
			if err != nil {
				v.t.Fatal(err)
			}
			if data, err := io.ReadAll(plain); err != nil || !strings.Contains(string(data), `"part"`) {
				v.t.Fatalf("%v in a base", err)
			} else {
				v.keep("a base", data)
			}
			continue
		}
		v.keep("a frame to "+m.Participant.String(), []byte(data))
		var welcome protocol.Welcome
		if json.Unmarshal([]byte(data), &welcome) == nil && welcome.Writer != nil && welcome.Writer.Secret != "" {
			secret = welcome.Writer.Secret
		}
	}
	return secret
}

// TestSecretsStayWithTheirHolders issues every kind of secret there is, uses each well and badly, and looks for all of
// them: in the log at its most talkative, in every answer, and in all that is kept.
func TestSecretsStayWithTheirHolders(t *testing.T) {
	v := &vault{t: t, secrets: map[string]string{}}
	createToken := v.issued("create token", "maak-maar-borden-4711")
	password := v.issued("link's password", "een lang wachtwoord")
	guess := v.issued("wrong password", "een verkeerd wachtwoord")
	p := servertest.StartProcess(t, "--log-level", "debug", "--create-token", createToken)
	ctx := t.Context()
	web := &http.Client{Transport: v}

	made, err := client.CreateBoard(ctx, p.URL, client.NewBoard{Title: "Lab", CreateToken: createToken, HTTPClient: web})
	if err != nil {
		t.Fatal(err)
	}
	fragment := func(link string) string { _, s, _ := strings.Cut(link, "#"); return s }
	v.issued("owner's link", fragment(made.Owner))
	v.issued("recovery code", made.Recovery)
	join := func(what, link, pass, token string) client.Membership {
		t.Helper()
		m, err := client.Join(ctx, link, client.JoinOptions{Name: what, Password: pass, Token: token, HTTPClient: web})
		if err != nil {
			t.Fatal(err)
		}
		if token == "" {
			v.issued(what+"'s token", m.Token)
		}
		return m
	}
	owner := join("Ilse", made.Owner, "", "")
	rest := owner.REST()
	rest.HTTPClient = web
	open, err := rest.CreateLink(ctx, client.NewLink{Role: protocol.RoleContributor})
	if err != nil {
		t.Fatal(err)
	}
	locked, err := rest.CreateLink(ctx, client.NewLink{Role: protocol.RoleFacilitator, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	v.issued("contributors' link", fragment(open.Link))
	v.issued("facilitators' link", fragment(locked.Link))
	noor := join("Noor", open.Link, "", "")
	faye := join("Faye", locked.Link, password, "")
	join("Noor", open.Link, "", noor.Token)
	if _, err := client.Join(ctx, locked.Link, client.JoinOptions{Name: "Gok", Password: guess, HTTPClient: web}); err == nil {
		t.Error("a wrong password let somebody in")
	}

	board := p.URL + "/api/v1/boards/" + made.Board.String()
	var writer struct{ ID, Secret string }
	if err := json.Unmarshal(v.call("POST", board+"/writers", noor.Token, nil, nil), &writer); err != nil {
		t.Fatal(err)
	}
	v.issued("Noor's writer over REST", writer.Secret)
	live, err := client.Dial(ctx, noor.Options())
	if err != nil {
		t.Fatal(err)
	}
	liveWriter, liveSecret := live.Writer()
	v.issued("Noor's writer by socket", liveSecret)
	if _, err := live.DoSaved(ctx, &protocol.NoteCreate{Note: protocol.RandomID(), W: 12800, H: 9600, Text: "geen geheim", Rev: protocol.RandomID()}); err != nil {
		t.Fatal(err)
	}
	v.issued("Faye's writer by stream", v.frames(p, faye))
	v.issued("Ilse's writer by stream", v.frames(p, owner))
	// Each secret once where it does not belong, so that refusals and their log lines are seen too.
	for what, secret := range v.secrets {
		v.call("GET", board, secret+"x", nil, nil)
		v.call("GET", board+"/changes", "x"+secret, http.Header{"Cookie": {"t=" + secret}}, nil)
		v.call("POST", board+"/join", "", http.Header{"Content-Type": {"application/json"}}, map[string]any{"secret": "x" + secret, "name": what, "x": secret})
		v.call("POST", board+"/submit", secret, http.Header{"Denkwand-Writer": {secret + "x"}}, map[string]any{"type": "ping", "at": secret})
	}
	for _, path := range []string{"", "/changes", "/outcome", "/links", "?seq=3"} {
		v.call("GET", board+path, owner.Token, nil, nil)
		v.call("GET", board+path, noor.Token, nil, nil)
	}
	recovered, err := client.Recover(ctx, p.URL, made.Board, made.Recovery)
	if err != nil {
		t.Fatal(err)
	}
	v.issued("second owner's link", fragment(recovered.Owner))
	v.issued("second recovery code", recovered.Recovery)
	if err := live.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.Terminate(); err != nil {
		t.Fatalf("stop: %v", err)
	}

	v.nowhere("the log", p.Output())
	if !strings.Contains(p.Output(), "level=") {
		t.Error("nothing was logged")
	}
	v.atRest(p.Dir, made.Board)
	v.inAnswers(map[string]string{
		"Noor's writer over REST": writer.ID, "Noor's writer by socket": liveWriter.String(),
	}, noor.Participant)
}

// atRest looks into every file as it is, and into what the compressed ones hold.
func (v *vault) atRest(dir string, id protocol.ID) {
	v.t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		v.nowhere(path, string(b))
		files++
		return err
	})
	if err != nil || files < 3 {
		v.t.Fatalf("%d files, %v", files, err)
	}
	entries := 0
	state := replay(v.t, dir, id, func(e protocol.Entry, _ board.Verdict) {
		v.nowhere("entry "+e.Op.Kind(), string(protocol.AppendEntry(nil, e.Author, e.Writer, e.N, e.Op)))
		entries++
	})
	v.nowhere("the state", string(state.AppendSnapshot(nil)))
	if entries < 12 {
		v.t.Errorf("%d entries were looked at", entries)
	}
}

// inAnswers asserts that each secret stood in the one answer that issued it (a token also in what its holder got for
// coming back), its hash in none, and a writer's id in none of others.
func (v *vault) inAnswers(writers map[string]string, noor protocol.ID) {
	v.t.Helper()
	for what, secret := range v.secrets {
		hash := sha256.Sum256([]byte(secret))
		seen := 0
		for _, a := range v.answers {
			if strings.Contains(a.body, secret) {
				seen++
			}
			for _, spelling := range spellings(hash[:]) {
				if strings.Contains(a.body, spelling) {
					v.t.Errorf("%s: the hash of the %s", a.what, what)
				}
			}
		}
		want := 1
		switch what {
		case "create token", "link's password", "wrong password", // their holders chose them
			"Noor's writer by socket", "second owner's link", "second recovery code": // issued where this test did not listen
			want = 0
		case "Noor's token":
			want = 2
		}
		if seen != want {
			v.t.Errorf("the %s stood in %d answers, want %d", what, seen, want)
		}
	}
	for what, id := range writers {
		for _, a := range v.answers {
			if strings.Contains(a.body, id) && !strings.HasSuffix(a.what, "/writers") && !strings.HasSuffix(a.what, noor.String()) {
				v.t.Errorf("%s: the id of %s", a.what, what)
			}
		}
	}
}
