package s3

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/s3/s3test"
)

// serve runs a handler, and returns a store on it that was not probed.
func serve(t *testing.T, handler http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s, err := at(server.URL).store()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// before returns the endpoint of a real server behind a handler, which may answer in its place or let pass.
func before(t *testing.T, handler func(w http.ResponseWriter, r *http.Request, pass http.Handler)) string {
	t.Helper()
	target, err := url.Parse(s3test.Memory(t))
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	transport := &http.Transport{}
	pass.Transport = transport
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, r, pass) }))
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	return server.URL
}

// says writes an S3 error.
func says(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
}

func TestWhatRefusalsMean(t *testing.T) {
	const page = "<html><body>no such page</body></html>"
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		want    error // of Get
		shown   []string
		deleted bool // Delete is content
	}{
		{"missing", func(w http.ResponseWriter, r *http.Request) { says(w, 404, "NoSuchKey", "none") }, store.ErrNotExist, nil, true},
		{"no bucket", func(w http.ResponseWriter, r *http.Request) { says(w, 404, "NoSuchBucket", "no bucket") }, nil, []string{"HTTP 404 NoSuchBucket: no bucket"}, false},
		{"a load balancer's page", func(w http.ResponseWriter, r *http.Request) { http.Error(w, page, http.StatusNotFound) }, nil, []string{"HTTP 404", "is the endpoint right"}, false},
		{"nothing but a status", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, nil, []string{"HTTP 404"}, false},
		{"forbidden", func(w http.ResponseWriter, r *http.Request) {
			says(w, 403, "AccessDenied", s3test.AccessKey+" may not with "+s3test.SecretKey)
		}, nil, []string{"HTTP 403 AccessDenied: [hidden] may not with [hidden]"}, false},
		{"slow down", func(w http.ResponseWriter, r *http.Request) { says(w, 503, "SlowDown", "too\n  many") }, nil, []string{"HTTP 503 SlowDown: too many"}, false},
		{"a gateway's page", func(w http.ResponseWriter, r *http.Request) { http.Error(w, page, http.StatusBadGateway) }, nil, []string{"HTTP 502 Bad Gateway"}, false},
		{"a long message", func(w http.ResponseWriter, r *http.Request) {
			says(w, 500, "InternalError", strings.Repeat("x", maxMessage+1))
		}, nil, []string{strings.Repeat("x", maxMessage) + "…"}, false},
		{"full", func(w http.ResponseWriter, r *http.Request) { says(w, 507, "XMinioStorageFull", "full") }, store.ErrFull, []string{"HTTP 507"}, false},
		{"over quota", func(w http.ResponseWriter, r *http.Request) { says(w, 403, "QuotaExceeded", "full") }, store.ErrFull, []string{"HTTP 403"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.answer)
			_, got := s.Get(t.Context(), "board/key")
			if c.want != nil && !errors.Is(got, c.want) {
				t.Errorf("Get = %v, want %v", got, c.want)
			}
			if c.want == nil && errors.Is(got, store.ErrNotExist) {
				t.Errorf("Get = %v: an outage looks like a missing blob", got)
			}
			for _, shown := range append(c.shown, s3test.Bucket, "board/key") {
				if !strings.Contains(got.Error(), shown) {
					t.Errorf("Get = %v, which does not show %q", got, shown)
				}
			}
			if err := s.Delete(t.Context(), "board/key"); (err == nil) != c.deleted {
				t.Errorf("Delete = %v", err)
			}
			var listed error
			for _, err := range s.List(t.Context(), "") {
				listed = err
			}
			if listed == nil {
				t.Error("List ended without an error")
			}
			created := s.Create(t.Context(), "board/key", nil)
			if created == nil || errors.Is(created, store.ErrExists) {
				t.Errorf("Create = %v", created)
			}
			for _, err := range []error{got, listed, created} {
				if strings.Contains(err.Error(), s3test.SecretKey) || strings.Contains(err.Error(), s3test.AccessKey) {
					t.Errorf("shows a credential: %v", err)
				}
			}
		})
	}
}

func TestABlobOfWrongLengthIsNotRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"over the limit", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(store.MaxBlob+1))
		}, store.ErrTooLarge},
		{"of no length", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begin")
			w.(http.Flusher).Flush()
		}, nil},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 12:00:00 GMT")
			c.answer(w, r)
		})
		if blob, err := s.Get(t.Context(), "a"); err == nil || blob != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: Get = %d bytes, %v; want %v", c.name, len(blob), err, c.want)
		}
	}
}

func TestANameTakenByWhatNoStoreWrote(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			says(w, 412, "PreconditionFailed", "")
			return
		}
		w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 12:00:00 GMT")
		w.Header().Set("Content-Length", fmt.Sprint(store.MaxBlob+1))
	})
	if err := s.Create(t.Context(), "a", []byte("blob")); !errors.Is(err, store.ErrExists) {
		t.Errorf("Create = %v, want ErrExists", err)
	}
}

// One request, whatever the blob's size: parts would not be taken as one. Its checksum is signed with it, so that the
// store refuses what was harmed on the way, and it is not sent in signed chunks, which not every store understands.
func TestAPutIsOnePlainRequest(t *testing.T) {
	blob := bytes.Repeat([]byte("large "), 20<<20/6)
	sum := sha256.Sum256(blob)
	var puts atomic.Int64
	s := open(t, at(before(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method != http.MethodGet && !strings.Contains(r.URL.Path, probeFolder) {
			puts.Add(1)
			for header, want := range map[string]string{
				"If-None-Match": "*", "X-Amz-Content-Sha256": hex.EncodeToString(sum[:]), "Content-Encoding": "", "Transfer-Encoding": "",
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
		}
		pass.ServeHTTP(w, r)
	})))
	if err := s.Create(t.Context(), "large", blob); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), "large"); err != nil || !bytes.Equal(got, blob) {
		t.Errorf("Get = %d bytes, %v; want the %d written", len(got), err, len(blob))
	}
	if puts.Load() != 1 {
		t.Errorf("%d requests to write it, want 1", puts.Load())
	}
}

// Amazon answers 409 ConditionalRequestConflict to a put that meets another under way; its rule is to try again.
func TestAConflictIsTriedAgain(t *testing.T) {
	var puts, conflicts atomic.Int64
	s := open(t, at(before(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method == http.MethodPut && !strings.Contains(r.URL.Path, probeFolder) && puts.Add(1) <= conflicts.Load() {
			says(w, 409, "ConditionalRequestConflict", "another put is under way")
			return
		}
		pass.ServeHTTP(w, r)
	})))
	try := func(name string, times int64) error {
		puts.Store(0)
		conflicts.Store(times)
		return s.Create(t.Context(), name, []byte("blob"))
	}
	if err := try("a", 2); err != nil || puts.Load() != 3 {
		t.Errorf("Create = %v after %d puts, want nil after 3", err, puts.Load())
	}
	wantBlob(t, s, "a", "blob")
	if err := try("a", 1); !errors.Is(err, store.ErrExists) || puts.Load() != 1 {
		t.Errorf("Create of a taken name = %v after %d puts, want ErrExists after the first", err, puts.Load())
	}
	err := try("b", 1000)
	if err == nil || errors.Is(err, store.ErrExists) || !strings.Contains(err.Error(), "HTTP 409") || puts.Load() != maxTries {
		t.Errorf("Create against endless conflicts = %v after %d puts, want HTTP 409 after %d", err, puts.Load(), maxTries)
	}
}

// A proxy on the way repeats a put whose first answer it lost, and passes on what the second one says.
func TestAPutThatAProxyRepeats(t *testing.T) {
	for _, status := range []int{http.StatusPreconditionFailed, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusRequestTimeout} {
		s := open(t, at(before(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method != http.MethodPut || strings.Contains(r.URL.Path, probeFolder) {
				pass.ServeHTTP(w, r)
				return
			}
			pass.ServeHTTP(httptest.NewRecorder(), r)
			says(w, status, "Repeated", "")
		})))
		if err := s.Create(t.Context(), "a", []byte("mine")); err != nil {
			t.Errorf("HTTP %d to a put that stands: Create = %v, want nil", status, err)
		}
	}
}

// A name that was taken and deleted in between is free.
func TestANameDeletedMeanwhileIsTriedAgain(t *testing.T) {
	var s *Store
	var puts atomic.Int64
	s = open(t, at(before(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		pass.ServeHTTP(w, r)
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/a") && puts.Add(1) == 2 {
			if err := s.Delete(r.Context(), "a"); err != nil {
				t.Error(err)
			}
		}
	})))
	mustCreate(t, s, "a", "first")
	mustCreate(t, s, "a", "second")
	wantBlob(t, s, "a", "second")
	if puts.Load() != 3 {
		t.Errorf("%d puts, want 3", puts.Load())
	}
}

func TestWhatStandsIsNotWhatWasSent(t *testing.T) {
	s := open(t, at(before(t, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/a") {
			r.Body = io.NopCloser(strings.NewReader("mimicry"))
			pass.ServeHTTP(httptest.NewRecorder(), r)
			says(w, 500, "InternalError", "")
			return
		}
		pass.ServeHTTP(w, r)
	})))
	if err := s.Create(t.Context(), "a", []byte("my blob")); err == nil || errors.Is(err, store.ErrExists) {
		t.Errorf("Create = %v, want an error", err)
	}
}

func TestAListOutOfOrderIsAnError(t *testing.T) {
	for _, keys := range [][]string{{"b", "a"}, {"a", "a"}} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<ListBucketResult>")
			for _, key := range keys {
				fmt.Fprintf(w, "<Contents><Key>%s</Key></Contents>", key)
			}
			io.WriteString(w, "</ListBucketResult>")
		})
		var got []string
		var last error
		for name, err := range s.List(t.Context(), "") {
			got, last = append(got, name), err
		}
		if last == nil || got[0] != keys[0] || len(got) != 2 {
			t.Errorf("List of %q = %q, %v; want the first, then an error", keys, got, last)
		}
	}
}
