package api

import (
	"errors"
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
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses gives the HTTP status of codes that are not simply 422.
var statuses = map[protocol.Code]int{
	protocol.CodeMalformed:      http.StatusBadRequest,
	protocol.CodeBadRequest:     http.StatusBadRequest,
	protocol.CodeUnknownKind:    http.StatusBadRequest,
	protocol.CodeServerKind:     http.StatusBadRequest,
	protocol.CodeFrameTooLarge:  http.StatusRequestEntityTooLarge,
	protocol.CodeTokenUnknown:   http.StatusUnauthorized,
	protocol.CodePasswordNeeded: http.StatusUnauthorized,
	protocol.CodePasswordWrong:  http.StatusForbidden,
	protocol.CodeCreateToken:    http.StatusUnauthorized,
	protocol.CodeForbidden:      http.StatusForbidden,
	protocol.CodeAccessLost:     http.StatusForbidden,
	protocol.CodeRemoved:        http.StatusForbidden,
	protocol.CodeOrigin:         http.StatusForbidden,
	protocol.CodeLinkUnknown:    http.StatusNotFound,
	protocol.CodeLinkRevoked:    http.StatusGone,
	protocol.CodeLinkExpired:    http.StatusGone,
	protocol.CodeLinkFull:       http.StatusConflict,
	protocol.CodeBoardUnknown:   http.StatusNotFound,
	protocol.CodeBoardDeleted:   http.StatusGone,
	protocol.CodeMissing:        http.StatusNotFound,
	protocol.CodeNoSuchMoment:   http.StatusNotFound,
	protocol.CodeWriterUnknown:  http.StatusConflict,
	protocol.CodeConflict:       http.StatusConflict,
	protocol.CodeGap:            http.StatusConflict,
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
	var perr *protocol.Error
	if !errors.As(err, &perr) {
		perr = protocol.CodeInternal.Err()
	}
	status, ok := statuses[perr.Code]
	if !ok {
		status = http.StatusUnprocessableEntity
	}
	return newProblem(status, perr)
}

func newProblem(status int, err *protocol.Error) *Problem {
	return &Problem{Status: status, Title: http.StatusText(status), Code: err.Code, Detail: err.Error()}
}

// writeProblem answers outside huma's handlers.
func writeProblem(w http.ResponseWriter, status int, err *protocol.Error) {
	w.Header().Set("Content-Type", "application/problem+json")
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(retrySeconds))
	}
	w.WriteHeader(status)
	_, _ = w.Write(strictjson.Append(nil, newProblem(status, err)))
}

// retrySeconds is when to come back if nothing better is known.
const retrySeconds = 2

// humaProblem gives huma's own refusals (validation, unreadable bodies, unknown methods) the same form.
func humaProblem(status int, msg string, errs ...error) huma.StatusError {
	detail := msg
	for _, err := range errs {
		if err != nil {
			detail += "; " + err.Error()
		}
	}
	code := protocol.CodeBadRequest
	if status >= http.StatusInternalServerError {
		code, detail = protocol.CodeInternal, ""
	}
	p := newProblem(status, code.Err())
	if detail != "" {
		p.Detail = p.Detail + " (" + detail + ")"
	}
	return p
}
