package protocol

import (
	"errors"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

// The members that name an op's kind and a frame's type. In canonical form they stand first.
const (
	kindTag = "kind"
	typeTag = "type"
)

// ErrFrameType is what DecodeServerFrame says about a frame this build does not know: a client passes over it.
var ErrFrameType = errors.New("protocol: a frame type that is not known here")

// AnyOp is an op of any kind on the wire, {"kind": …} with the kind's own members.
type AnyOp struct{ Op }

// UnmarshalStrict reads an op of any kind (strictjson.Unmarshaler). An unknown kind is an *Error.
func (a *AnyOp) UnmarshalStrict(s *strictjson.Scanner) error {
	name, first := s.Tag(kindTag)
	if s.Err() != nil {
		return nil
	}
	info := kindByName[string(name)]
	if info == nil {
		return CodeUnknownKind.Errorf("%q", clip(name))
	}
	op := info.New()
	if !first || !readHotOp(s, op) {
		s.Members(op, kindTag, first)
	}
	a.Op = op
	return nil
}

// AppendStrict appends the canonical form (strictjson.Appender).
func (a AnyOp) AppendStrict(dst []byte) []byte { return AppendOp(dst, a.Op) }

// AppendOp appends an op in canonical form, {"kind":"note.move",…}: the one encoding of an op in frames and entries.
func AppendOp(dst []byte, op Op) []byte {
	if dst, ok := appendHotOp(dst, op); ok {
		return dst
	}
	return strictjson.AppendTagged(dst, kindTag, op.Kind(), op)
}

// DecodeOp reads one op, strictly: exactly one JSON object, nothing behind it, members in any order. What it holds is
// not checked beyond its form; that is Check's. The error is an *Error with CodeUnknownKind or CodeMalformed.
func DecodeOp(b []byte) (Op, error) {
	s := strictjson.Acquire(b, strictjson.Options{})
	defer s.Release()
	var a AnyOp
	s.UnmarshalStrict(&a)
	if err := s.End(); err != nil {
		return nil, refusal(err)
	}
	return a.Op, nil
}

// AppendFrame appends a frame in canonical form, {"type":"submit",…}.
func AppendFrame(dst []byte, f Frame) []byte {
	if dst, ok := appendHotFrame(dst, f); ok {
		return dst
	}
	return strictjson.AppendTagged(dst, typeTag, f.Type(), f)
}

// DecodeClientFrame reads what a client sent, strictly. Nothing in the frame refers to b. The error is an *Error whose
// code closes the connection:
//
//   - CodeFrameTooLarge: more than MaxFrame bytes; b is not looked at
//   - CodeUnknownKind: a frame type, or the kind of an op, that is not known; also a frame only the server sends
//   - CodeServerKind: a submitted op, or part of a batch, of a kind that only the server writes; a void with a reason
//   - CodeMalformed: everything else; one malformed op makes the frame malformed, and so do numbers and a count of ops
//     that no writer can have
//
// Ops and signals are not checked beyond their form; that is Check's.
func DecodeClientFrame(b []byte) (Frame, error) {
	if len(b) > MaxFrame {
		return nil, CodeFrameTooLarge.Errorf("%d bytes, at most %d", len(b), MaxFrame)
	}
	s := strictjson.Acquire(b, strictjson.Options{})
	defer s.Release()
	name, first := s.Tag(typeTag)
	if err := s.Err(); err != nil {
		return nil, refusal(err)
	}
	info := frameByName[string(name)]
	if info == nil || !info.Client {
		return nil, CodeUnknownKind.Errorf("frame %q", clip(name))
	}
	f := readFrame(s, info, first)
	if err := s.End(); err != nil {
		return nil, refusal(err)
	}
	if submit, ok := f.(*Submit); ok {
		if err := submit.check(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// DecodeServerFrame reads what a server sent, for a client: members that are not known are passed over, and a frame of
// an unknown type is ErrFrameType. Everything else is as strict as from a client, lists excepted, which have no limit.
// The other errors are *Error with CodeMalformed.
func DecodeServerFrame(b []byte) (Frame, error) {
	s := strictjson.Acquire(b, fromServer)
	defer s.Release()
	name, first := s.Tag(typeTag)
	if err := s.Err(); err != nil {
		return nil, refusal(err)
	}
	info := frameByName[string(name)]
	if info == nil || !info.Server {
		return nil, ErrFrameType
	}
	f := readFrame(s, info, first)
	if err := s.End(); err != nil {
		return nil, refusal(err)
	}
	return f, nil
}

var fromServer = strictjson.Options{MaxCount: strictjson.Unlimited, Lenient: true}

func readFrame(s *strictjson.Scanner, info *FrameInfo, first bool) Frame {
	if first {
		if f := readHotFrame(s, info); f != nil {
			return f
		}
	}
	f := info.New()
	s.Members(f, typeTag, first)
	return f
}

var frameByName = func() map[string]*FrameInfo {
	m := make(map[string]*FrameInfo, len(Frames))
	for i := range Frames {
		m[Frames[i].Name] = &Frames[i]
	}
	return m
}()

// FrameOf returns the description of a frame, nil for an unknown name.
func FrameOf(name string) *FrameInfo { return frameByName[name] }

// check refuses what can never be taken, whatever the writer's state.
func (f *Submit) check() error {
	if len(f.Ops) == 0 || len(f.Ops) > MaxOutstanding {
		return CodeMalformed.Errorf("a submit of %d ops, which are 1 to %d", len(f.Ops), MaxOutstanding)
	}
	if f.N < 1 || f.N > MaxN-MaxOutstanding {
		return CodeMalformed.Errorf("the number of an op lies beyond what a writer can reach")
	}
	return RefuseServerKinds(f.Ops)
}

// RefuseServerKinds refuses ops that a client may not send: kinds that only the server writes, inside batches too, and a
// void that gives the server's reason.
func RefuseServerKinds(ops []AnyOp) error {
	for _, part := range ops {
		switch op := part.Op.(type) {
		case *NoteMove, *NoteText, *NoteCreate: // most of them, without a look into the table
		case *Batch:
			if err := RefuseServerKinds(op.Ops); err != nil {
				return err
			}
		case *Void:
			if op.Reason != "" {
				return CodeServerKind.Errorf("a void's reason")
			}
		default:
			if KindOf(op.Kind()).Server {
				return CodeServerKind.Errorf("%s", op.Kind())
			}
		}
	}
	return nil
}

// refusal turns what strictjson says into what the peer is told: a kind that is not known has its own code, because
// the peer's program is newer than this one or wrong; all else is malformed.
func refusal(err error) *Error {
	var own *Error
	if errors.As(err, &own) && own.Code == CodeUnknownKind {
		return own
	}
	return CodeMalformed.Errorf("%v", err)
}

// clip cuts a word the peer made up to what fits into a sentence.
func clip(word []byte) []byte { return word[:min(len(word), 40)] }
