package text

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// parse reads a change that the test knows to be right.
func parse(t testing.TB, s string) Change {
	t.Helper()
	c, err := Parse([]byte(s))
	if err != nil {
		t.Fatalf("Parse(%s): %v", s, err)
	}
	return c
}

// fataler is what *testing.T and *rapid.T share.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func apply(t fataler, text string, c Change) string {
	t.Helper()
	out, err := Apply(text, c)
	if err != nil {
		t.Fatalf("Apply(%q, %v): %v", text, c, err)
	}
	return out
}

func compose(t fataler, a, b Change) Change {
	t.Helper()
	c, err := Compose(a, b)
	if err != nil {
		t.Fatalf("Compose(%v, %v): %v", a, b, err)
	}
	return c
}

func pair(t fataler, earlier, later Change) (Change, Change) {
	t.Helper()
	e, l, err := TransformPair(earlier, later)
	if err != nil {
		t.Fatalf("TransformPair(%v, %v): %v", earlier, later, err)
	}
	return e, l
}

// alphabet has what breaks text code: astral characters that share a surrogate, joiners, combining marks, right-to-left.
var alphabet = []string{"a", "b", " ", "\n", "é", "e\u0301", "😀", "😁", "👩\u200d🔬", "א", "ש", "\u200f", "中", "\U0010ffff"}

func genText(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 12).Draw(t, label), "")
}

// genChange draws a change of text; every run ends at a character boundary.
func genChange(t *rapid.T, text, label string) Change {
	var b builder
	for _, r := range text + "\x00" { // the last turn is for what stands behind the text
		if rapid.IntRange(0, 3).Draw(t, label+" insert?") == 0 {
			s := rapid.SampledFrom(alphabet).Draw(t, label)
			b.insert(s, Len16(s))
		}
		if r == 0 {
			break
		}
		if rapid.IntRange(0, 2).Draw(t, label+" delete?") == 0 {
			b.delete(Len16(string(r)))
		} else {
			b.keep(Len16(string(r)))
		}
	}
	return b.change()
}

// check verifies what holds for every change: its lengths, its form, and that its JSON reads back as the same change.
func check(t fataler, c Change) {
	t.Helper()
	base, result, last := 0, 0, none
	for _, r := range c.runs {
		if r.n <= 0 || r.kind == last || r.kind == ins && last == del || r.kind == ins != (r.s != "") || r.kind == ins && r.n != len(utf16.Encode([]rune(r.s))) {
			t.Fatalf("not canonical: %+v", c.runs)
		}
		if r.kind != ins {
			base += r.n
		}
		if r.kind != del {
			result += r.n
		}
		last = r.kind
	}
	if c.BaseLen() != base || c.ResultLen() != result {
		t.Fatalf("%v: BaseLen %d, ResultLen %d; the runs say %d, %d", c, c.BaseLen(), c.ResultLen(), base, result)
	}
	if len(c.runs) <= MaxRuns {
		back, err := Parse(c.AppendJSON(nil))
		if err != nil || !back.Equal(c) || back.base != c.base || back.result != c.result {
			t.Fatalf("Parse(%v) = %v, %v", c, back, err)
		}
	}
}

func TestEveryRuleOfTheDocumentIsNamedByATestOrVector(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(vectorsDir + "/text-*.json")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range slices.Concat(files, tests) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	rule := regexp.MustCompile(`T\d+`)
	named := rule.FindAllString(all.String(), -1)
	stated := map[string]bool{}
	for _, id := range rule.FindAllString(string(doc), -1) {
		stated[id] = true
		if !slices.Contains(named, id) {
			t.Errorf("rule %s has no test", id)
		}
	}
	if len(stated) != 17 {
		t.Errorf("doc.go states %d rules, this test knows 17", len(stated))
	}
	for _, id := range named {
		if !stated[id] {
			t.Errorf("a test names rule %s, which doc.go does not state", id)
		}
	}
}

func TestT1Len16CountsLikeJavaScript(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Repeat("x", rapid.IntRange(0, 20).Draw(t, "ascii")) + genText(t, "text")
		if got, want := Len16(s), len(utf16.Encode([]rune(s))); got != want {
			t.Fatalf("Len16(%q) = %d, want %d", s, got, want)
		}
	})
	for _, s := range []string{"\xff", "a\xf0", "\xa9\xa9b", "\xe2\x82", "é\xc3"} { // not UTF-8: Apply counts the same and stays whole
		if got := apply(t, s, Identity(Len16(s))); got != s {
			t.Errorf("keeping all of %q gives %q", s, got)
		}
	}
}

func TestT5Check(t *testing.T) {
	for _, s := range []string{"", "a\n\tb", "é", "\u00a0", "😀", "\u200d\u202e\ufeff\uffff\U0010ffff"} {
		if err := Check(s); err != nil {
			t.Errorf("Check(%q) = %v", s, err)
		}
	}
	for _, s := range []string{"a\xff", "\xc2", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"} {
		if err := Check(s); err != ErrUnicode {
			t.Errorf("Check(%q) = %v, want ErrUnicode", s, err)
		}
	}
	for r := rune(0); r < 0x3000; r++ {
		want := error(nil)
		if (r < 0x20 || 0x7f <= r && r < 0xa0) && r != '\n' && r != '\t' {
			want = ErrControl
		}
		if err := Check("x" + string(r)); err != want {
			t.Errorf("Check(%U) = %v, want %v", r, err, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	for n, want := range map[int]string{0: "[]", 1: "[1]", 10000: "[10000]"} {
		c := Identity(n)
		if c.String() != want || !c.IsIdentity() || c.BaseLen() != n || c.ResultLen() != n {
			t.Errorf("Identity(%d) = %v", n, c)
		}
	}
	var zero Change
	if !zero.Equal(Identity(0)) || !parse(t, "[]").Equal(zero) {
		t.Error("the zero Change is not the identity of the empty text")
	}
	for _, s := range []string{`["a"]`, `[-1]`, `[1,"a"]`, `["a",-1]`} {
		if parse(t, s).IsIdentity() {
			t.Errorf("%s is called an identity", s)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Identity(-1) did not panic")
		}
	}()
	Identity(-1)
}

func TestMergingRefusesOtherLengths(t *testing.T) {
	two, three := Identity(2), Identity(3)
	_, composed := Compose(two, three)
	_, transformed := Transform(two, three)
	_, _, both := TransformPair(two, three)
	_, applied := Apply("éé", three)
	_, inverted := Invert("éé", three)
	for name, err := range map[string]error{"Compose": composed, "Transform": transformed, "TransformPair": both, "Apply": applied, "Invert": inverted} {
		if err != ErrLength {
			t.Errorf("%s: %v, want ErrLength", name, err)
		}
	}
}

func TestT6NoRunEndsInsideASurrogatePair(t *testing.T) {
	for _, s := range []string{"[1,-1]", `[1,"x",1]`, "[-1,1]"} {
		c := parse(t, s)
		if out, err := Apply("😀", c); err != ErrSurrogate || out != "" {
			t.Errorf("Apply(%s) = %q, %v, want ErrSurrogate", s, out, err)
		}
		if _, err := Invert("😀", c); err != ErrSurrogate {
			t.Errorf("Invert(%s): %v, want ErrSurrogate", s, err)
		}
		if _, err := Compose(parse(t, `["😀"]`), c); err != ErrSurrogate {
			t.Errorf("Compose(…, %s): %v, want ErrSurrogate", s, err)
		}
	}
}

func TestT13InvertRefusesToBringBackWhatNoChangeMayInsert(t *testing.T) {
	if _, err := Invert("\x00", parse(t, "[-1]")); err != ErrControl {
		t.Errorf("control character: %v", err)
	}
	if _, err := Invert("\xc3", parse(t, "[-1]")); err != ErrUnicode {
		t.Errorf("invalid UTF-8: %v", err)
	}
}

func TestT12ChangesAreTransformedOneAtATime(t *testing.T) {
	// The reason for the rule: "xy"; the earlier writer deletes y, then inserts S after x; the later one puts C in place of x, after y.
	s1, s2, c := parse(t, "[1,-1]"), parse(t, `[1,"S"]`), parse(t, `[-1,1,"C"]`)
	_, one := pair(t, s1, c)
	_, one = pair(t, s2, one)
	s := compose(t, s1, s2)
	_, whole := pair(t, s, c)
	if got := apply(t, "xS", one); got != "CS" {
		t.Errorf("one at a time: %q", got)
	}
	if got := apply(t, "xS", whole); got != "SC" {
		t.Errorf("over the composition: %q", got)
	}
}

func TestT8ComposeOfManyPieces(t *testing.T) {
	// Every other character of one insert is deleted; what is left is one insert again.
	word := strings.Repeat("ab", 5000)
	var b builder
	for range 5000 {
		b.keep(1)
		b.delete(1)
	}
	c := compose(t, parse(t, `["`+word+`"]`), b.change())
	if want := strings.Repeat("a", 5000); c.String() != `["`+want+`"]` {
		t.Errorf("got %.40s…", c)
	}
	check(t, c)
}

func TestApplyAllocatesOnce(t *testing.T) {
	for _, part := range []string{"note ", "notitié 😀"} {
		text := strings.Repeat(part, 1000)
		c, err := Diff(text, strings.Repeat(part, 300)+"more"+strings.Repeat(part, 699), NoCaret)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, func() { apply(t, text, c) }); n > 1 {
			t.Errorf("Apply allocates %v times", n)
		}
	}
}

func TestErrorsAreDistinct(t *testing.T) {
	all := []error{ErrSyntax, ErrNotCanonical, ErrTooManyRuns, ErrLength, ErrSurrogate, ErrUnicode, ErrControl}
	for i, a := range all {
		for j, b := range all {
			if (i == j) != errors.Is(a, b) {
				t.Errorf("%v is %v", a, b)
			}
		}
		if !utf8.ValidString(a.Error()) || !strings.HasPrefix(a.Error(), "text: ") {
			t.Errorf("%q", a)
		}
	}
}
