package text

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
)

func TestT2T3Parse(t *testing.T) {
	for in, want := range map[string]string{
		`[]`:                             `[]`,
		` [ 5 , "abc" , -2 ] `:           `[5,"abc",-2]`,
		"[\t1,\r\n\"x\"]":                `[1,"x"]`,
		`["\u0061\/\"\\\n\t"]`:           `["a/\"\\\n\t"]`,
		`["\ud83d\ude00\uD83D\uDE00"]`:   `["😀😀"]`,
		`["\u00e9e\u0301"]`:              `["é` + "e\u0301" + `"]`,
		"[\"\u2028\u00a0\uffff\ufffd\"]": "[\"\u2028\u00a0\uffff\ufffd\"]",
		`["<&>"]`:                        `["<&>"]`,
		`[1048576]`:                      `[1048576]`,
		`[-1048576]`:                     `[-1048576]`,
		`["a",-1,2,-3]`:                  `["a",-1,2,-3]`,
	} {
		c, err := Parse([]byte(in))
		if err != nil {
			t.Errorf("Parse(%s): %v", in, err)
			continue
		}
		check(t, c)
		if c.String() != want {
			t.Errorf("Parse(%s) = %s, want %s", in, c, want)
		}
	}
}

func TestT3T4T5ParseRefuses(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat(`1,"a",`, 128), ",") // 256 runs
	if c := parse(t, "["+long+"]"); c.NumRuns() != MaxRuns {
		t.Errorf("%d runs", c.NumRuns())
	}
	for want, inputs := range map[error][]string{
		ErrSyntax: {
			``, ` `, `[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1]x`, `[1][1]`, `{}`, `null`, `[null]`, `[true]`, `[[1]]`,
			`1`, `"a"`, `[01]`, `[-01]`, `[00]`, `[+1]`, `[-]`, `[- 1]`, `[1.0]`, `[1e3]`, `[.5]`, `[1x1]`, `[１]`, `[1_0]`,
			`["a]`, `["a\"]`, `["\`, `["\"`, `["\x"]`, `["\u12"]`, `["\u12g4"]`, `["\U0001f600"]`, `['a']`, "[\"a\nb\"]", "[\"\x00\"]", "[\"\\\n\"]",
			"\ufeff[1]", "[1]\x00", "[\u00a01]", "\v[1]",
		},
		ErrNotCanonical: {
			`[0]`, `[-0]`, `[""]`, `[1,0]`, `[1,1]`, `[-1,-1]`, `["a","b"]`, `[-1,"a"]`, `["a",-1,"b"]`, `[1,"",1]`,
		},
		ErrTooManyRuns: {"[" + long + ",1]", "[" + long + ",null]"},
		ErrLength: {
			`[1048577]`, `[-1048577]`, `[1048576,-1]`, `[1048576,"a"]`, `[99999999999999999999999999]`, `[-9223372036854775808]`,
			`[18446744073709551617]`,
		},
		ErrUnicode: {
			"[\"\xff\"]", "[\"\xed\xa0\x80\"]", "[\"\\n\xc3\"]", `["\ud800"]`, `["\udc00"]`, `["\ud800a"]`, `["\ud800\n"]`, `["\ud800\ud800"]`,
			`["\ude00\ud83d"]`, `["\ud83d\u0041"]`, `["\ud83d\ufffd"]`,
		},
		ErrControl: {
			`["\u0000"]`, `["\b"]`, `["\f"]`, `["\r"]`, `["\r\n"]`, `["\u001b"]`, `["\u007f"]`, "[\"\x7f\"]", `["\u0085"]`, "[\"\u009f\"]",
		},
	} {
		for _, in := range inputs {
			if c, err := Parse([]byte(in)); err != want || !c.Equal(Change{}) {
				t.Errorf("Parse(%.60s) = %v, %v, want %v", in, c, err, want)
			}
		}
	}
}

func TestT2EncodingJSONUsesTheSameForm(t *testing.T) {
	var got struct{ Change Change }
	if err := json.Unmarshal([]byte(`{"Change":[5,"abc",-2]}`), &got); err != nil || got.Change.String() != `[5,"abc",-2]` {
		t.Fatalf("%v, %v", got.Change, err)
	}
	out, err := json.Marshal(got)
	if err != nil || string(out) != `{"Change":[5,"abc",-2]}` {
		t.Errorf("Marshal: %s, %v", out, err)
	}
	for _, in := range []string{`null`, `[1,1]`} {
		if err := json.Unmarshal([]byte(`{"Change":`+in+`}`), &got); err == nil {
			t.Errorf("%s was accepted", in)
		}
		if got.Change.String() != `[5,"abc",-2]` {
			t.Errorf("a refused change left %v", got.Change)
		}
	}
}

func TestParseHoldsNoPartOfItsInput(t *testing.T) {
	in := []byte(`[1,"abc"]`)
	c, err := Parse(in)
	clear(in)
	if err != nil || c.String() != `[1,"abc"]` {
		t.Errorf("%v, %v", c, err)
	}
}

func TestT4ParseAllocatesNoMoreThanWasSent(t *testing.T) {
	for _, in := range []string{
		`[1048576]`, `[99999999999999999999]`, `["` + strings.Repeat("x", 5000), "[" + strings.Repeat(`1,"a",`, 10000) + "1]",
		`["` + strings.Repeat(`\u0061`, 2000) + `"]`,
	} {
		b := []byte(in)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			_, _ = Parse(b)
		}
		runtime.ReadMemStats(&after)
		if got, most := int(after.TotalAlloc-before.TotalAlloc)/100, 2*len(in)+3*MaxRuns*40; got > most {
			t.Errorf("%.30s… (%d bytes): %d bytes allocated, want at most %d", in, len(in), got, most)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`[]`, `[5,"abc",-2]`, ` [ "\ud83d\ude00\n" , -1 ] `, `[1,1]`, `["\ud800"]`, `[0]`, `[1048577]`, "[\"\x7f\"]", `["a",-1,"b"]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		check(t, c)
		if c.NumRuns() > MaxRuns || max(c.BaseLen(), c.ResultLen()) > MaxLen {
			t.Fatalf("over a limit: %v", c)
		}
		// The standard library must see the same runs.
		var runs []any
		if err := json.Unmarshal(b, &runs); err != nil {
			t.Fatalf("accepted %q, but encoding/json says %v", b, err)
		}
		if len(runs) != c.NumRuns() {
			t.Fatalf("%q: %d elements, %d runs", b, len(runs), c.NumRuns())
		}
		for i, r := range c.runs {
			var want any = float64(r.n)
			switch r.kind {
			case del:
				want = -float64(r.n)
			case ins:
				want = r.s
				if Check(r.s) != nil {
					t.Fatalf("accepted text %q", r.s)
				}
			}
			if runs[i] != want {
				t.Fatalf("run %d is %v, encoding/json says %v", i, want, runs[i])
			}
		}
	})
}
