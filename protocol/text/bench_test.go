package text

import (
	"strings"
	"testing"
)

// benchTexts are full notes: 10,000 units of ASCII, and as many with accents and emoji.
var benchTexts = []struct{ name, text string }{
	{"ascii", strings.Repeat("note note ", 1000)},
	{"mixed", strings.Repeat("notitié 😀", 1000)},
}

func BenchmarkApply(b *testing.B) {
	for _, text := range benchTexts {
		c := parse(b, `[5000,"abc",-10,4990]`)
		b.Run(text.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Apply(text.text, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	in := []byte(`[5000,"abc",-10,4990]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	c := parse(b, `[5000,"abc",-10,4990]`)
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = c.AppendJSON(buf[:0])
	}
}

func BenchmarkTransform(b *testing.B) {
	earlier, later := parse(b, `[200,"x",9800]`), parse(b, `[5000,"abc",-10,4990]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Transform(earlier, later); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	first, second := parse(b, `[200,"x",9800]`), parse(b, `[201,"y",9800]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compose(first, second); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThreeWayOfTextsWithNothingInCommon(b *testing.B) {
	base, mine, theirs := strings.Repeat("a ", 5000), strings.Repeat("b\t", 5000), strings.Repeat("c\n", 5000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ThreeWay(base, mine, theirs); err != nil {
			b.Fatal(err)
		}
	}
}
