package text

import (
	"encoding/json"
	"os"
	"testing"
)

// vectorsDir has what TypeScript computes too. The expectations are written by hand.
const vectorsDir = "../board/testdata/vectors"

type vector struct {
	Name string
	// Which of these a file uses is told by its test.
	Base, Result, Mine, Theirs, Before, After string
	Change, Inverse                           json.RawMessage
	First, Second, Composed                   json.RawMessage
	Earlier, Later, EarlierAfter, LaterAfter  json.RawMessage
	Caret                                     int
	Error                                     string
	OnText                                    *string
}

// eachVector runs test for every vector of a file.
func eachVector(t *testing.T, file string, test func(t *testing.T, v vector)) {
	t.Helper()
	b, err := os.ReadFile(vectorsDir + "/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	names := map[string]bool{}
	for _, v := range all {
		if v.Name == "" || names[v.Name] {
			t.Fatalf("%s: the name %q is empty or used twice", file, v.Name)
		}
		names[v.Name] = true
		t.Run(v.Name, func(t *testing.T) { test(t, v) })
	}
	if len(all) == 0 {
		t.Fatalf("%s has no vectors", file)
	}
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func TestVectorsApply(t *testing.T) {
	eachVector(t, "text-apply.json", func(t *testing.T, v vector) {
		c := parse(t, string(v.Change))
		want(t, "result", apply(t, v.Base, c), v.Result)
		want(t, "length", Len16(v.Result), c.ResultLen())
		back, err := Invert(v.Base, c)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "inverse", back.String(), parse(t, string(v.Inverse)).String())
	})
}

func TestVectorsCompose(t *testing.T) {
	eachVector(t, "text-compose.json", func(t *testing.T, v vector) {
		a, b := parse(t, string(v.First)), parse(t, string(v.Second))
		want(t, "one after the other", apply(t, apply(t, v.Base, a), b), v.Result)
		c := compose(t, a, b)
		want(t, "composed", c.String(), parse(t, string(v.Composed)).String())
		want(t, "applied composed", apply(t, v.Base, c), v.Result)
	})
}

func TestVectorsTransform(t *testing.T) {
	eachVector(t, "text-transform.json", func(t *testing.T, v vector) {
		a, b := parse(t, string(v.Earlier)), parse(t, string(v.Later))
		a1, b1 := pair(t, a, b)
		want(t, "earlier after later", a1.String(), parse(t, string(v.EarlierAfter)).String())
		want(t, "later after earlier", b1.String(), parse(t, string(v.LaterAfter)).String())
		want(t, "earlier first", apply(t, apply(t, v.Base, a), b1), v.Result)
		want(t, "later first", apply(t, apply(t, v.Base, b), a1), v.Result)
	})
}

func TestVectorsDiff(t *testing.T) {
	eachVector(t, "text-diff.json", func(t *testing.T, v vector) {
		c, err := Diff(v.Before, v.After, v.Caret)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "change", c.String(), parse(t, string(v.Change)).String())
		want(t, "applied", apply(t, v.Before, c), v.After)
	})
}

func TestVectorsThreeWay(t *testing.T) {
	eachVector(t, "text-threeway.json", func(t *testing.T, v vector) {
		c, err := ThreeWay(v.Base, v.Mine, v.Theirs)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "change", c.String(), parse(t, string(v.Change)).String())
		want(t, "result", apply(t, v.Theirs, c), v.Result)
	})
}

func TestVectorsRefuse(t *testing.T) {
	names := map[string]error{
		"syntax": ErrSyntax, "notCanonical": ErrNotCanonical, "tooManyRuns": ErrTooManyRuns, "length": ErrLength,
		"surrogate": ErrSurrogate, "unicode": ErrUnicode, "control": ErrControl,
	}
	unseen := map[string]bool{}
	for name := range names {
		unseen[name] = true
	}
	eachVector(t, "text-refuse.json", func(t *testing.T, v vector) {
		wanted, ok := names[v.Error]
		if !ok {
			t.Fatalf("unknown error %q", v.Error)
		}
		delete(unseen, v.Error)
		c, err := Parse(v.Change)
		if v.OnText != nil { // a right change, but not for this text
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			_, err = Apply(*v.OnText, c)
		}
		want(t, "error", err, wanted)
	})
	if len(unseen) > 0 {
		t.Errorf("no vector is refused with %v", unseen)
	}
}
