package protocol

import "testing"

var (
	sinkFrame Frame
	sinkBytes []byte
)

// benchFrames are the frames a busy workshop is made of.
var benchFrames = []struct {
	name  string
	frame Frame
}{
	{"submit-move", &Submit{N: 42, Ops: []AnyOp{{&NoteMove{Note: note, X: 1234, Y: -567}}}}},
	{"submit-text", &Submit{N: 42, Ops: []AnyOp{{&NoteText{Note: note, Base: rev, Rev: nextRev, Runs: exampleRuns(`[120,"abc",-2,60]`)}}}}},
	{"submit-create", &Submit{N: 42, Ops: []AnyOp{{&NoteCreate{Note: note, X: -640, Y: 1280, W: 12800, H: 9600, Text: "Wat als we het wekelijks doen?", Rev: rev}}}}},
	{"submit-cluster", &Submit{N: 42, Ops: []AnyOp{{&ClusterAssign{Cluster: cluster, Notes: []ID{note, otherNote}}}}}},
	{"signal-cursor", &Signals{Signals: []Signal{*signalExamples[0]}}},
	{"signal-drag", &Signals{Signals: []Signal{*signalExamples[2]}}},
	{"ping", &Ping{At: examplePosition}},
	{"changes-move", &Changes{Seq: 128, At: examplePosition, Time: exampleTime, Changes: []Change{
		{Note: &NoteChange{ID: note, X: new(int64(1234)), Y: new(int64(-567))}},
	}}},
	{"own", &Own{Acked: 42, Saved: 41}},
}

func BenchmarkDecodeClientFrame(b *testing.B) {
	for _, c := range benchFrames {
		if !FrameOf(c.frame.Type()).Client {
			continue
		}
		text := AppendFrame(nil, c.frame)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f, err := DecodeClientFrame(text)
				if err != nil {
					b.Fatal(err)
				}
				sinkFrame = f
			}
		})
	}
}

// BenchmarkDecodeByReflection is what the hand-written readers are worth.
func BenchmarkDecodeByReflection(b *testing.B) {
	text := AppendFrame(nil, benchFrames[0].frame)
	b.ReportAllocs()
	for b.Loop() {
		f, err := decodePlainClientFrame(text)
		if err != nil {
			b.Fatal(err)
		}
		sinkFrame = f
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	for _, c := range benchFrames {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sinkBytes = AppendFrame(sinkBytes[:0], c.frame)
			}
		})
	}
}

func BenchmarkAppendByReflection(b *testing.B) {
	for b.Loop() {
		sinkBytes = appendPlainFrame(sinkBytes[:0], benchFrames[7].frame)
	}
}

func BenchmarkEncodeBase(b *testing.B) {
	changes := make([]Change, 10_000)
	for i := range changes {
		changes[i] = changeExamples[3]
	}
	b.ReportAllocs()
	for b.Loop() {
		parts, err := EncodeBase(128, examplePosition, changes)
		if err != nil {
			b.Fatal(err)
		}
		sinkBytes = parts[0]
	}
}
