package api

import (
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

// TestSentencesFitIntoACloseFrame: a peer that reads no bye reads the reason, which has 123 bytes at most.
func TestSentencesFitIntoACloseFrame(t *testing.T) {
	closing := 0
	for code, meaning := range protocol.Codes {
		if meaning.Close == 0 {
			continue
		}
		closing++
		if n := len(meaning.Sentence); n == 0 || n > maxReason {
			t.Errorf("the sentence of %s has %d bytes", code, n)
		}
	}
	if closing < 20 {
		t.Errorf("%d codes close a connection", closing)
	}
}

// TestEveryCodeHasAStatus: what is not in the table is answered with 422, which says that the request was understood and
// is not possible. That is right for what an op or a name is refused for, and for nothing that the door says.
func TestEveryCodeHasAStatus(t *testing.T) {
	for code, meaning := range protocol.Codes {
		p := problemOf(code.Err())
		if p.Title == "" || p.Code != code || p.Detail != meaning.Sentence {
			t.Errorf("%s is answered with %+v", code, p)
		}
		if meaning.Close >= 4000 && meaning.Close < 4500 && code != protocol.CodeSlow && code != protocol.CodeReplaced &&
			code != protocol.CodeWriterUnknown && p.Status < 500 {
			t.Errorf("%s means to come back and is answered with %d", code, p.Status)
		}
	}
	for code := range statuses {
		if _, known := protocol.Codes[code]; !known {
			t.Errorf("the table has %s, which is no code", code)
		}
	}
}
