package protocol

import "github.com/denkwand/denkwand/protocol/strictjson"

// What nearly all frames are made of is read and written here by hand, because reflection takes about twice as long. Tests
// and fuzzing hold every function to what the reflective codec does: same values, same bytes, same refusals.
//
// The readers begin behind the tag, which stood first; the tag once more is a repetition.

// readHotOp reads the members of an op if its kind is among the hot ones.
func readHotOp(s *strictjson.Scanner, op Op) bool {
	switch op := op.(type) {
	case *NoteMove:
		op.read(s)
	case *NoteText:
		op.read(s)
	case *NoteCreate:
		op.read(s)
	default:
		return false
	}
	return true
}

// readHotFrame reads the members of a frame if its type is among the hot ones, and returns nil otherwise.
func readHotFrame(s *strictjson.Scanner, info *FrameInfo) Frame {
	switch info.Name {
	case "submit":
		return readSubmit(s)
	case "signal":
		return readSignals(s)
	case "ping":
		return readPing(s)
	}
	return nil
}

// refuseMember refuses a member that an object with this tag does not have.
func refuseMember(s *strictjson.Scanner, key []byte, tag string) {
	if string(key) == tag {
		seen := uint64(1)
		s.Once(&seen, 0)
		return
	}
	s.Unknown(key)
}

func (o *NoteMove) read(s *strictjson.Scanner) {
	var seen uint64
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		switch string(key) {
		case "note":
			s.Once(&seen, 0)
			s.UnmarshalText(&o.Note)
		case "x":
			s.Once(&seen, 1)
			o.X = s.Int64()
		case "y":
			s.Once(&seen, 2)
			o.Y = s.Int64()
		default:
			refuseMember(s, key, kindTag)
		}
	}
	s.Require(seen, "note", "x", "y")
}

func (o *NoteText) read(s *strictjson.Scanner) {
	var seen uint64
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		switch string(key) {
		case "note":
			s.Once(&seen, 0)
			s.UnmarshalText(&o.Note)
		case "base":
			s.Once(&seen, 1)
			s.UnmarshalText(&o.Base)
		case "rev":
			s.Once(&seen, 2)
			s.UnmarshalText(&o.Rev)
		case "runs":
			s.Once(&seen, 3)
			s.UnmarshalStrict(&o.Runs)
		default:
			refuseMember(s, key, kindTag)
		}
	}
	s.Require(seen, "note", "base", "rev", "runs")
}

func (o *NoteCreate) read(s *strictjson.Scanner) {
	var seen uint64
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		switch string(key) {
		case "note":
			s.Once(&seen, 0)
			s.UnmarshalText(&o.Note)
		case "x":
			s.Once(&seen, 1)
			o.X = s.Int64()
		case "y":
			s.Once(&seen, 2)
			o.Y = s.Int64()
		case "w":
			s.Once(&seen, 3)
			o.W = s.Int64()
		case "h":
			s.Once(&seen, 4)
			o.H = s.Int64()
		case "rev":
			s.Once(&seen, 5)
			s.UnmarshalText(&o.Rev)
		case "text":
			s.Once(&seen, 6)
			o.Text = s.Text()
		case "colour":
			s.Once(&seen, 7)
			o.Colour = uint8(s.UintTo(255))
		case "tags":
			s.Once(&seen, 8)
			o.Tags = []string{}
			for s.ArrayStart(); s.More(); {
				o.Tags = append(o.Tags, s.Text())
			}
		case "cluster":
			s.Once(&seen, 9)
			s.UnmarshalText(&o.Cluster)
		default:
			refuseMember(s, key, kindTag)
		}
	}
	s.Require(seen, "note", "x", "y", "w", "h", "rev")
}

func readSubmit(s *strictjson.Scanner) *Submit {
	// Most submits carry one op: it stands in the same allocation.
	f := new(struct {
		Submit
		one [1]AnyOp
	})
	var seen uint64
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		switch string(key) {
		case "n":
			s.Once(&seen, 0)
			f.N = s.Uint64()
		case "ops":
			s.Once(&seen, 1)
			f.Ops = f.one[:0]
			for s.ArrayStart(); s.More(); {
				f.Ops = append(f.Ops, AnyOp{})
				s.UnmarshalStrict(&f.Ops[len(f.Ops)-1])
			}
		default:
			refuseMember(s, key, typeTag)
		}
	}
	s.Require(seen, "n", "ops")
	return &f.Submit
}

func readSignals(s *strictjson.Scanner) *Signals {
	f := new(Signals)
	var seen uint64
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		if string(key) != "signals" {
			refuseMember(s, key, typeTag)
			continue
		}
		s.Once(&seen, 0)
		f.Signals = make([]Signal, 0, 1)
		for s.ArrayStart(); s.More(); {
			f.Signals = append(f.Signals, Signal{})
			f.Signals[len(f.Signals)-1].read(s)
		}
	}
	s.Require(seen, "signals")
	return f
}

func (g *Signal) read(s *strictjson.Scanner) {
	var seen uint64
	s.ObjectStart()
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		switch string(key) {
		case "kind":
			s.Once(&seen, 0)
			g.Kind = signalKind(s.TextBytes())
		case "from":
			s.Once(&seen, 1)
			s.UnmarshalText(&g.From)
		case "x":
			s.Once(&seen, 2)
			x := s.Int64()
			g.X = &x
		case "y":
			s.Once(&seen, 3)
			y := s.Int64()
			g.Y = &y
		case "objects":
			s.Once(&seen, 4)
			g.Objects = []ID{}
			for s.ArrayStart(); s.More(); {
				g.Objects = append(g.Objects, ID{})
				s.UnmarshalText(&g.Objects[len(g.Objects)-1])
			}
		case "places":
			s.Once(&seen, 5)
			g.Places = []Place{}
			for s.ArrayStart(); s.More(); {
				g.Places = append(g.Places, Place{})
				g.Places[len(g.Places)-1].read(s)
			}
		case "emoji":
			s.Once(&seen, 6)
			g.Emoji = s.Text()
		default:
			s.Unknown(key)
		}
	}
	s.Require(seen, "kind")
}

// signalKind returns the kind as a string, which needs no memory for those that are known.
func signalKind(b []byte) string {
	switch string(b) {
	case SignalCursor:
		return SignalCursor
	case SignalDrag:
		return SignalDrag
	}
	return string(b)
}

func (p *Place) read(s *strictjson.Scanner) {
	var seen uint64
	s.ObjectStart()
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		switch string(key) {
		case "id":
			s.Once(&seen, 0)
			s.UnmarshalText(&p.ID)
		case "x":
			s.Once(&seen, 1)
			p.X = s.Int64()
		case "y":
			s.Once(&seen, 2)
			p.Y = s.Int64()
		default:
			s.Unknown(key)
		}
	}
	s.Require(seen, "id", "x", "y")
}

func readPing(s *strictjson.Scanner) *Ping {
	f := new(Ping)
	var seen uint64
	for key, ok := s.Key(); ok; key, ok = s.Key() {
		if string(key) != "at" {
			refuseMember(s, key, typeTag)
			continue
		}
		s.Once(&seen, 0)
		f.At = s.Text()
	}
	return f
}
