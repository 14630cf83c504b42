package protocol

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

// The codec as it would be without a line written by hand: what the hot one is held to.

type plainOp struct{ AnyOp }

func (p *plainOp) UnmarshalStrict(s *strictjson.Scanner) error {
	name, first := s.Tag(kindTag)
	if s.Err() != nil {
		return nil
	}
	info := KindOf(string(name))
	if info == nil {
		return CodeUnknownKind.Errorf("%q", clip(name))
	}
	p.Op = info.New()
	s.Members(p.Op, kindTag, first)
	return nil
}

func (p plainOp) AppendStrict(dst []byte) []byte {
	return strictjson.AppendTagged(dst, kindTag, p.Kind(), p.Op)
}

type plainSubmit struct {
	N   uint64    `json:"n"`
	Ops []plainOp `json:"ops"`
}

func decodePlainOp(b []byte) (Op, error) {
	var p plainOp
	if err := strictjson.Unmarshal(b, &p); err != nil {
		return nil, refusal(err)
	}
	return p.Op, nil
}

func decodePlainClientFrame(b []byte) (Frame, error) {
	if len(b) > MaxFrame {
		return nil, CodeFrameTooLarge.Errorf("%d bytes, at most %d", len(b), MaxFrame)
	}
	s := strictjson.Acquire(b, strictjson.Options{})
	defer s.Release()
	name, first := s.Tag(typeTag)
	if err := s.Err(); err != nil {
		return nil, refusal(err)
	}
	info := FrameOf(string(name))
	if info == nil || !info.Client {
		return nil, CodeUnknownKind.Errorf("frame %q", clip(name))
	}
	f := info.New()
	submit, isSubmit := f.(*Submit)
	if isSubmit {
		var plain plainSubmit
		s.Members(&plain, typeTag, first)
		submit.N = plain.N
		submit.Ops = []AnyOp{}
		for _, op := range plain.Ops {
			submit.Ops = append(submit.Ops, op.AnyOp)
		}
	} else {
		s.Members(f, typeTag, first)
	}
	if err := s.End(); err != nil {
		return nil, refusal(err)
	}
	if isSubmit {
		if err := submit.check(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func appendPlainOp(dst []byte, op Op) []byte { return plainOp{AnyOp{op}}.AppendStrict(dst) }

func appendPlainFrame(dst []byte, f Frame) []byte {
	submit, ok := f.(*Submit)
	if !ok {
		return strictjson.AppendTagged(dst, typeTag, f.Type(), f)
	}
	plain := plainSubmit{N: submit.N, Ops: []plainOp{}}
	for _, op := range submit.Ops {
		plain.Ops = append(plain.Ops, plainOp{op})
	}
	return strictjson.AppendTagged(dst, typeTag, f.Type(), &plain)
}

// scatter fills a value with whatever fits its type, deterministically. Members that may be absent are so half of the time.
type scatter struct{ *rand.Rand }

var someTexts = []string{"x", "één \"regel\"", "\\ \n\t", "😀👩‍🔬", "\u2028<&>", strings.Repeat("lang ", 50), "\x01\x7f"}

func (r scatter) fill(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *ID:
		*p = exampleID(someTexts[r.IntN(len(someTexts))])
		return
	case *Ref:
		*p = Ref{}
		if r.IntN(3) > 0 {
			*p = *exampleRef(someTexts[r.IntN(len(someTexts))])
		}
		return
	case *Runs:
		*p = exampleRuns([]string{`[]`, `[5]`, `["a\"\n"]`, `[-2]`, `[1048575,"x"]`, `[1,"😀",-3,4]`}[r.IntN(6)])
		return
	case *Role:
		*p = Role(r.IntN(len(roleNames)))
		return
	case *AnyOp:
		p.Op = Kinds[r.IntN(len(Kinds))].New()
		r.fill(reflect.ValueOf(p.Op).Elem())
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString(someTexts[r.IntN(len(someTexts))])
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64() >> r.IntN(64) * (1 - 2*r.Int64N(2)))
	case reflect.Uint8:
		v.SetUint(r.Uint64() >> 56)
	case reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+r.IntN(3), 8))
		for i := range v.Len() {
			r.fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if strings.Contains(v.Type().Field(i).Tag.Get("json"), ",omit") && r.IntN(2) == 0 {
				continue
			}
			r.fill(v.Field(i))
		}
	default:
		panic("no way to fill a " + v.Type().String())
	}
}

// TestHandAndReflection fills every op and frame in many ways: the two codecs write the same bytes and read the same
// values out of them.
func TestHandAndReflection(t *testing.T) {
	r := scatter{rand.New(rand.NewPCG(1, 2))}
	for _, k := range Kinds {
		for range 100 {
			op := k.New()
			r.fill(reflect.ValueOf(op).Elem())
			b := AppendOp(nil, op)
			if plain := appendPlainOp(nil, op); string(b) != string(plain) {
				t.Fatalf("by hand\n%s\nby reflection\n%s", b, plain)
			}
			checkSame(t, b, op, DecodeOp)
			checkSame(t, b, op, decodePlainOp)
		}
	}
	for _, info := range Frames {
		for range 100 {
			f := info.New()
			r.fill(reflect.ValueOf(f).Elem())
			if submit, ok := f.(*Submit); ok {
				submit.N = submit.N>>11 | 1
				submit.Ops = submit.Ops[:1]
				submit.Ops[0].Op = opExamples[20+r.IntN(10)]
			}
			b := AppendFrame(nil, f)
			if plain := appendPlainFrame(nil, f); string(b) != string(plain) {
				t.Fatalf("by hand\n%s\nby reflection\n%s", b, plain)
			}
			if info.Client {
				checkSame(t, b, f, DecodeClientFrame)
				checkSame(t, b, f, decodePlainClientFrame)
			}
			if info.Server {
				checkSame(t, b, f, DecodeServerFrame)
			}
		}
	}
}

func checkSame[T any](t *testing.T, b []byte, want T, decode func([]byte) (T, error)) {
	t.Helper()
	got, err := decode(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%s is read as\n%+v, %v; want\n%+v", b, got, err, want)
	}
}
