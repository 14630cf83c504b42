package s3

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/denkwand/denkwand/server/store/s3/s3test"
)

// The real thing: this mode of versitygw accepts the precondition and ignores it.
func TestABucketThatIgnoresThePreconditionIsRefused(t *testing.T) {
	config := at(s3test.Gate(t, "--nometa").Endpoint)
	_, err := Open(t.Context(), config)
	if !errors.Is(err, ErrOverwrites) {
		t.Fatalf("Open = %v, want ErrOverwrites", err)
	}
	for _, shown := range []string{config.Endpoint + "/" + s3test.Bucket, "If-None-Match", "overwrite each other", "Use a store"} {
		if !strings.Contains(err.Error(), shown) {
			t.Errorf("Open = %v, which does not show %q", err, shown)
		}
	}
	s, err := config.store()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for key, err := range s.keys(t.Context(), "") {
		t.Errorf("the probe left %q behind, %v", key, err)
	}
}

// Each promise that a bucket can break.
func TestABrokenBucketIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		harm  func(w http.ResponseWriter, r *http.Request, pass http.Handler)
		shown string
	}{
		{"does not know the precondition", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Header.Get("If-None-Match") == "" {
				pass.ServeHTTP(w, r)
				return
			}
			says(w, 501, "NotImplemented", "a header is not implemented")
		}, "If-None-Match"},
		{"refuses, and overwrites", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			r.Header.Del("If-None-Match")
			answer := httptest.NewRecorder()
			if body := answer.Body; r.Method == http.MethodPut && r.ContentLength == int64(len("second")) {
				pass.ServeHTTP(answer, r)
				says(w, 412, "PreconditionFailed", body.String())
				return
			}
			pass.ServeHTTP(w, r)
		}, "has overwritten"},
		{"lists late", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.URL.Query().Has("list-type") {
				w.Write([]byte("<ListBucketResult></ListBucketResult>"))
				return
			}
			pass.ServeHTTP(w, r)
		}, "not listed"},
		{"does not delete", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method == http.MethodDelete {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			pass.ServeHTTP(w, r)
		}, "after it was deleted"},
		{"lets write alone", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method != http.MethodPut {
				says(w, 403, "AccessDenied", "no")
				return
			}
			pass.ServeHTTP(w, r)
		}, "put, get, list and delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(t.Context(), at(before(t, c.harm)))
			if err == nil {
				s.Close()
				t.Fatal("Open accepted it")
			}
			if !strings.Contains(err.Error(), c.shown) {
				t.Errorf("Open = %v, which does not show %q", err, c.shown)
			}
		})
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	gate, memory := s3test.Gate(t), s3test.Memory(t)
	for _, c := range []struct {
		name   string
		change func(*Config)
		shown  string
	}{
		{"another secret", func(c *Config) { c.SecretKey = "not-the-secret" }, "check the access key"},
		{"another key", func(c *Config) { c.AccessKey = "stranger" }, "provided access key"},
		{"another region", func(c *Config) { c.Region = "eu-north-9" }, "check the region"},
		{"no such bucket", func(c *Config) { c.Bucket = "nowhere" }, "make the bucket first"},
		{"nobody there", func(c *Config) { c.Endpoint = "http://127.0.0.1:1" }, "http://127.0.0.1:1/" + s3test.Bucket},
		{"bucket name", func(c *Config) { c.Bucket = "" }, "no bucket"},
		{"library's bucket name", func(c *Config) { c.Bucket = "A" }, "ucket name"},
		{"prefix", func(c *Config) { c.Prefix = "../up" }, "prefix"},
		{"key without a secret", func(c *Config) { c.SecretKey = "" }, "secret is missing"},
		{"secret without a key", func(c *Config) { c.AccessKey = "" }, "access key"},
		{"endpoint without a scheme", func(c *Config) { c.Endpoint = "127.0.0.1:1" }, "endpoint"},
		{"endpoint of another scheme", func(c *Config) { c.Endpoint = "ftp://127.0.0.1" }, "endpoint"},
		{"endpoint with a path", func(c *Config) { c.Endpoint = memory + "/" + s3test.Bucket }, "endpoint"},
		{"endpoint with a query", func(c *Config) { c.Endpoint = memory + "?secret=hush" }, "endpoint"},
		{"endpoint with a secret", func(c *Config) { c.Endpoint = "http://key:hush@127.0.0.1" }, "endpoint"},
		{"broken endpoint with a secret", func(c *Config) { c.Endpoint = "http://key:hu sh@127.0.0.1" }, "endpoint"},
	} {
		config := at(gate.Endpoint)
		c.change(&config)
		s, err := Open(t.Context(), config)
		if err == nil {
			s.Close()
			t.Errorf("%s: Open accepted it", c.name)
			continue
		}
		if !strings.Contains(err.Error(), c.shown) {
			t.Errorf("%s: Open = %v, which does not show %q", c.name, err, c.shown)
		}
		for _, secret := range []string{"hush", "hu sh", s3test.SecretKey, "not-the-secret"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: Open shows a secret: %v", c.name, err)
			}
		}
	}
}

func TestCredentialsFromTheEnvironment(t *testing.T) {
	gate := s3test.Gate(t)
	config := Config{Endpoint: gate.Endpoint, Bucket: s3test.Bucket}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if s, err := Open(t.Context(), config); err == nil {
		s.Close()
		t.Error("Open without credentials succeeded")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	mustCreate(t, open(t, config), "a", "blob")
	t.Setenv("AWS_ACCESS_KEY_ID", "stranger")
	wantBlob(t, open(t, at(gate.Endpoint)), "a", "blob") // what is given wins
}

func TestStoresOfOneBucketAreApart(t *testing.T) {
	config := at(s3test.Memory(t))
	config.Prefix = "one"
	one := open(t, config)
	config.Prefix = "two"
	two := open(t, config)
	mustCreate(t, one, "a", "1")
	mustCreate(t, two, "a", "2")
	wantBlob(t, one, "a", "1")
	for name, err := range two.List(t.Context(), "") {
		if name != "a" || err != nil {
			t.Errorf("List = %q, %v", name, err)
		}
	}
	if err := two.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	wantBlob(t, one, "a", "1")
}

// Files that are not a store's may lie in the bucket.
func TestForeignObjectsArePassedOver(t *testing.T) {
	s := open(t, at(s3test.Memory(t)))
	for _, key := range []string{".hidden", "a b", "folder/", "é"} {
		if err := s.put(t.Context(), key, []byte("foreign"), "mark"); err != nil {
			t.Fatal(err)
		}
	}
	mustCreate(t, s, "name", "blob")
	var got []string
	for name, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	if len(got) != 1 || got[0] != "name" {
		t.Errorf("List = %q, want the name alone", got)
	}
}

func TestWhereABucketIsAsked(t *testing.T) {
	for _, c := range []struct {
		endpoint  string
		pathStyle bool
		want      string
	}{
		{"https://s3.eu-central-1.amazonaws.com", false, "https://workshops.s3.dualstack.eu-central-1.amazonaws.com/a"},
		{"https://s3.eu-central-1.amazonaws.com", true, "https://s3.dualstack.eu-central-1.amazonaws.com/workshops/a"},
		{"http://store.example:9000/", false, "http://store.example:9000/workshops/a"},
		{"http://store.example:9000", true, "http://store.example:9000/workshops/a"},
	} {
		config := at(c.endpoint)
		config.PathStyle, config.Region = c.pathStyle, "eu-central-1"
		s, err := config.store()
		if err != nil {
			t.Fatal(err)
		}
		asked, err := s.client.PresignedGetObject(t.Context(), s3test.Bucket, "a", time.Minute, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := asked.Scheme + "://" + asked.Host + asked.Path; got != c.want {
			t.Errorf("%s, path style %t: asks %s, want %s", c.endpoint, c.pathStyle, got, c.want)
		}
	}
}
