package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/strictjson"
)

// Problem is how every refusal over HTTP reads (RFC 9457), with the code that programs compare.
type Problem struct {
	Status int           `json:"status" doc:"HTTP status"`
	Title  string        `json:"title" doc:"HTTP status in words"`
	Code   protocol.Code `json:"code" doc:"what programs compare; the table stands in the protocol's SPEC"`
	Detail string        `json:"detail" doc:"what a person is told"`
	Retry  int64         `json:"retry,omitempty" doc:"milliseconds after which to try again"`
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status (huma.StatusError).
func (p *Problem) GetStatus() int { return p.Status }

// ContentType says that the body is a problem (huma.ContentTypeFilter).
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// GetHeaders returns the headers that go with the problem (huma.HeadersError).
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Retry > 0 {
		h.Set("Retry-After", strconv.FormatInt((p.Retry+999)/1000, 10))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// statuses gives the HTTP status of codes that are not simply 422.
var statuses = map[protocol.Code]int{
	protocol.CodeMalformed:      http.StatusBadRequest,
	protocol.CodeBadRequest:     http.StatusBadRequest,
	protocol.CodeUnknownKind:    http.StatusBadRequest,
	protocol.CodeServerKind:     http.StatusBadRequest,
	protocol.CodeProtocol:       http.StatusBadRequest,
	protocol.CodeFrameTooLarge:  http.StatusRequestEntityTooLarge,
	protocol.CodeTokenUnknown:   http.StatusUnauthorized,
	protocol.CodePasswordNeeded: http.StatusUnauthorized,
	protocol.CodePasswordWrong:  http.StatusForbidden,
	protocol.CodeCreateToken:    http.StatusUnauthorized,
	protocol.CodeForbidden:      http.StatusForbidden,
	protocol.CodeAccessLost:     http.StatusForbidden,
	protocol.CodeRemoved:        http.StatusForbidden,
	protocol.CodeOrigin:         http.StatusForbidden,
	protocol.CodeHost:           http.StatusMisdirectedRequest,
	protocol.CodeLinkUnknown:    http.StatusNotFound,
	protocol.CodeLinkRevoked:    http.StatusGone,
	protocol.CodeLinkExpired:    http.StatusGone,
	protocol.CodeLinkFull:       http.StatusConflict,
	protocol.CodeBoardUnknown:   http.StatusNotFound,
	protocol.CodeBoardDeleted:   http.StatusGone,
	protocol.CodeMissing:        http.StatusNotFound,
	protocol.CodeNoSuchMoment:   http.StatusNotFound,
	protocol.CodeWriterUnknown:  http.StatusConflict,
	protocol.CodeHelloFirst:     http.StatusConflict,
	protocol.CodeConflict:       http.StatusConflict,
	protocol.CodeGap:            http.StatusConflict,
	protocol.CodeLastOwner:      http.StatusConflict,
	protocol.CodeRateLimited:    http.StatusTooManyRequests,
	protocol.CodeGuesses:        http.StatusTooManyRequests,
	protocol.CodeTooMany:        http.StatusServiceUnavailable,
	protocol.CodeBusy:           http.StatusServiceUnavailable,
	protocol.CodeDraining:       http.StatusServiceUnavailable,
	protocol.CodeRestart:        http.StatusServiceUnavailable,
	protocol.CodeStorageFull:    http.StatusServiceUnavailable,
	protocol.CodeBoardsFull:     http.StatusServiceUnavailable,
	protocol.CodeUnavailable:    http.StatusServiceUnavailable,
	protocol.CodeQuarantined:    http.StatusServiceUnavailable,
	protocol.CodeInternal:       http.StatusInternalServerError,
}

// problemOf makes the answer of an error: an *protocol.Error says itself what it is, anything else is internal and its
// text stays in the log.
func problemOf(err error) *Problem {
	var coded *protocol.Error
	if !errors.As(err, &coded) {
		coded = protocol.CodeInternal.Err()
	}
	status, ok := statuses[coded.Code]
	if !ok {
		status = http.StatusUnprocessableEntity
	}
	return newProblem(status, coded)
}

// retryMillis is when to come back if nothing better is known.
const retryMillis = 2000

func newProblem(status int, err *protocol.Error) *Problem {
	p := &Problem{Status: status, Title: http.StatusText(status), Code: err.Code, Detail: err.Error()}
	again := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	if again && err.Code != protocol.CodeQuarantined { // which somebody must repair first
		p.Retry = retryMillis
	}
	return p
}

// writeProblem answers outside huma's handlers.
func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	h.Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(strictjson.Append(nil, p))
}

// humaProblem gives huma's own refusals (parameters, unreadable bodies) the same form. What was sent is not repeated: it
// may be a secret.
func humaProblem(status int, msg string, errs ...error) huma.StatusError {
	code, detail := protocol.CodeBadRequest, msg
	for _, err := range errs {
		var at *huma.ErrorDetail
		switch {
		case !errors.As(err, &at):
		case at.Location == "body": // our own decoder said it, since huma validates no bodies here
			status, code, detail = http.StatusBadRequest, protocol.CodeMalformed, at.Message
		default:
			detail += fmt.Sprintf("; %s: %s", at.Location, at.Message)
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		code = protocol.CodeFrameTooLarge
	case status >= http.StatusInternalServerError:
		return newProblem(status, protocol.CodeInternal.Err())
	}
	return newProblem(status, code.Errorf("%s", detail))
}
