package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/denkwand/denkwand/server/store"
)

const maxMessage = 300 // bytes of a store's message that an error repeats

// answer is a store's refusal, in its own words.
type answer struct {
	status  int    // HTTP
	code    string // S3's, or the status' text
	message string
}

func (a *answer) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s", a.status, a.code, a.message)
}

// fault translates what a request ended with into the store's words: who let the time pass, the bucket's name, the
// HTTP status, never a credential.
func (s *Store) fault(w *wait, err error) error {
	if errors.Is(context.Cause(w), errSlow) {
		return fmt.Errorf("%s: %w", s.where, errSlow)
	}
	if ended := w.Err(); ended != nil {
		return ended
	}
	var said minio.ErrorResponse
	if !errors.As(err, &said) || said.StatusCode == 0 {
		var inner *url.Error // repeats the key and the address
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("%s: %w", s.where, err)
	}
	a := &answer{
		status:  said.StatusCode,
		code:    strings.TrimPrefix(said.Code, strconv.Itoa(said.StatusCode)+" "),
		message: s.oneLine(said.Message),
	}
	switch {
	case a.status == http.StatusNotFound && said.XMLName.Local == "":
		// The library takes any page with this status for a missing key: also a load balancer's that has lost its
		// store. An outage must never look like an empty board.
		a.code, a.message = "Not Found", "not an S3 store's answer; is the endpoint right, and the store behind it up?"
	case a.status == http.StatusNotFound && a.code == minio.NoSuchKey:
		return fmt.Errorf("%w: %s", store.ErrNotExist, s.where)
	case a.status == http.StatusInsufficientStorage, a.code == "QuotaExceeded", a.code == "XMinioStorageFull":
		return fmt.Errorf("%w: %s: %w", store.ErrFull, s.where, a)
	}
	return fmt.Errorf("%s: %w", s.where, a)
}

// oneLine shortens a message, and takes out credentials that a store might repeat.
func (s *Store) oneLine(message string) string {
	message = s.hide.Replace(strings.Join(strings.Fields(message), " "))
	if len(message) > maxMessage {
		message = message[:maxMessage] + "…"
	}
	return strings.ToValidUTF8(message, "")
}
