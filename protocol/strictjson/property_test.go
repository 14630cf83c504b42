package strictjson_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

func drawKey(t *rapid.T) (k key) {
	copy(k[:], rapid.SliceOfN(rapid.Byte(), len(k), len(k)).Draw(t, "key"))
	return k
}

func drawPoint(t *rapid.T) *point {
	return &point{X: rapid.Int64().Draw(t, "x"), Y: rapid.Int64().Draw(t, "y")}
}

func drawTree(t *rapid.T, depth int) tree {
	v := tree{Name: rapid.String().Draw(t, "name")}
	if depth == 0 {
		return v
	}
	for range rapid.IntRange(0, 2).Draw(t, "kids") {
		v.Kids = append(v.Kids, drawTree(t, depth-1))
	}
	for _, name := range rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "names") {
		if v.By == nil {
			v.By = map[string]*tree{}
		}
		v.By[name] = ptr(drawTree(t, depth-1))
	}
	return v
}

func some[T any](t *rapid.T, name string, draw func(*rapid.T) T) *T {
	if !rapid.Bool().Draw(t, "has "+name) {
		return nil
	}
	return ptr(draw(t))
}

func nonEmpty[S ~[]E, E any](s S) S {
	if len(s) == 0 {
		return nil
	}
	return s
}

// drawWide draws any wide that has one encoding to itself: empty lists and maps, which are written like absent ones, are nil.
func drawWide(t *rapid.T) wide {
	v := wide{
		head:   head{Kind: rapid.String().Draw(t, "kind"), N: rapid.Uint32().Draw(t, "n")},
		Yes:    rapid.Bool().Draw(t, "yes"),
		I8:     rapid.Int8().Draw(t, "i8"),
		I64:    rapid.Int64().Draw(t, "i64"),
		U8:     rapid.Uint8().Draw(t, "u8"),
		U64:    rapid.Uint64().Draw(t, "u64"),
		Colour: colour(rapid.String().Draw(t, "colour")),
		Key:    drawKey(t),
		Point:  *drawPoint(t),
		Maybe:  some(t, "maybe", func(t *rapid.T) int16 { return rapid.Int16().Draw(t, "maybe") }),
		Text:   some(t, "text", func(t *rapid.T) string { return rapid.String().Draw(t, "text") }),
		List:   nonEmpty(rapid.SliceOfN(rapid.Int32(), 0, 4).Draw(t, "list")),
		Keys:   nonEmpty(rapid.SliceOfN(rapid.Custom(drawKey), 0, 3).Draw(t, "keys")),
		Points: nonEmpty(rapid.SliceOfN(rapid.Custom(drawPoint), 0, 3).Draw(t, "points")),
		Bytes:  nonEmpty(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")),
		Raw:    nonEmpty(strictjson.Raw(rapid.SampledFrom([]string{"", "0", "[1.5]", `{"a":"é"}`}).Draw(t, "raw"))),
		Tree:   drawTree(t, 3),
	}
	if counts := rapid.MapOf(rapid.String(), rapid.Uint16()).Draw(t, "counts"); len(counts) > 0 {
		v.Counts = map[colour]uint16{}
		for name, n := range counts {
			v.Counts[colour(name)] = n
		}
	}
	return v
}

func TestAppendUnmarshalAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawWide(t)
		once := strictjson.Append(nil, v)
		var back, oracle wide
		if err := strictjson.Unmarshal(once, &back); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if !reflect.DeepEqual(v, back) {
			t.Fatalf("%+v\ncame back as\n%+v", v, back)
		}
		if twice := strictjson.Append(nil, back); !bytes.Equal(once, twice) {
			t.Fatalf("%s\nthen\n%s", once, twice)
		}
		if err := json.Unmarshal(once, &oracle, json.RejectUnknownMembers(true), asIs); err != nil || !reflect.DeepEqual(v, oracle) {
			t.Fatalf("the oracle reads %s as\n%+v (%v)", once, oracle, err)
		}
	})
}
