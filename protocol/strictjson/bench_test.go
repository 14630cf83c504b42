package strictjson_test

import (
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

var (
	sinkMove  move
	sinkBytes []byte
)

func BenchmarkScanner(b *testing.B) {
	text := []byte(moveText)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		m, err := readMove(text)
		if err != nil {
			b.Fatal(err)
		}
		sinkMove = m
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	text := []byte(moveText)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := strictjson.Unmarshal(text, &sinkMove); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	m, err := readMove([]byte(moveText))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		sinkBytes = strictjson.Append(sinkBytes[:0], &m)
	}
}

func BenchmarkAppendString(b *testing.B) {
	text := strings.Repeat("Wat als we het wekelijks doen? ", 10)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		sinkBytes = strictjson.AppendString(sinkBytes[:0], text)
	}
}

func BenchmarkValid(b *testing.B) {
	text := []byte(wideTexts[7])
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := strictjson.Valid(text, strictjson.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefusal is the price of saying no, path included.
func BenchmarkRefusal(b *testing.B) {
	text := []byte(with(`"tree":{"kids":[{},null]}`))
	b.ReportAllocs()
	for b.Loop() {
		var v wide
		if strictjson.Unmarshal(text, &v) == nil {
			b.Fatal("accepted")
		}
	}
}
