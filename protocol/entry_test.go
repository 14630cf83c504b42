package protocol

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

func TestEntriesGoRound(t *testing.T) {
	var body []byte
	for i, op := range opExamples {
		body = AppendEntry(body, person, writer, uint64(i), op)
	}
	body = AppendEntry(body, ID{}, ID{}, 0, &Void{})
	entries, err := DecodeEntries(body, 7, exampleTime)
	if err != nil || len(entries) != len(opExamples)+1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, op := range opExamples {
		want := Entry{Seq: 7 + uint64(i), Time: exampleTime, Author: person, Writer: writer, N: uint64(i), Op: op}
		if !reflect.DeepEqual(entries[i], want) {
			t.Errorf("entry %d is %+v, want %+v", i, entries[i], want)
		}
	}
	if last := entries[len(opExamples)]; !last.Author.IsZero() || !last.Writer.IsZero() || last.N != 0 {
		t.Errorf("the server's entry is %+v", last)
	}
	ends := map[int]bool{0: true}
	for i := range entries {
		ends[len(body)-len(remaining(body, i+1))] = true
	}
	for cut := range len(body) {
		if _, err := DecodeEntries(body[:cut], 7, exampleTime); (err == nil) != ends[cut] {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	unknown := bytes.Replace(body, []byte("note.move"), []byte("note.swim"), 1)
	if _, err := DecodeEntries(unknown, 7, exampleTime); err == nil || !strings.Contains(err.Error(), CodeUnknownKind.Sentence()) {
		t.Errorf("an entry of an unknown kind: %v", err)
	}
}

// remaining is the body behind n entries.
func remaining(body []byte, n int) []byte {
	for range n {
		size, width := binary.Uvarint(body)
		body = body[width+int(size):]
	}
	return body
}
