package protocol

import (
	"crypto/sha256"

	"github.com/denkwand/denkwand/protocol/text"
)

// One example of everything that is written on the wire. They are the golden files under testdata/golden, the examples in
// SPEC.md and the seeds of the fuzz tests. Every member is set where the thing allows it.

// exampleID makes an id that is the same in every run.
func exampleID(name string) ID {
	sum := sha256.Sum256([]byte("example " + name))
	return ID(sum[:16])
}

func exampleRef(name string) *Ref {
	r := Ref(exampleID(name))
	return &r
}

func exampleHash(name string) []byte {
	sum := sha256.Sum256([]byte("example " + name))
	return sum[:]
}

func exampleRuns(runs string) Runs {
	change, err := text.Parse([]byte(runs))
	if err != nil {
		panic(err)
	}
	return Runs{change}
}

const (
	exampleTime     = 1_790_000_000_000
	examplePosition = "p1.Zk3vQ0mJ.128.8fQm2LxVt1c"
	exampleSecret   = "bq0Yp3T6m1uXw9ZkR4sD2A"
	exampleToken    = "Q2w8n5Kx0LrT7yVb3ZcM1fHs6JdGpEuA9oXiNqWtYkU"
)

var (
	note, otherNote       = exampleID("note"), exampleID("other note")
	cluster, otherCluster = exampleID("cluster"), exampleID("other cluster")
	area, connector       = exampleID("area"), exampleID("connector")
	person, otherPerson   = exampleID("person"), exampleID("other person")
	perspective, link     = exampleID("perspective"), exampleID("link")
	writer, board         = exampleID("writer"), exampleID("board")
	rev, nextRev          = exampleID("revision"), exampleID("next revision")
	rings                 = []Ring{
		{ID: exampleID("core"), Label: "core", Size: 6400},
		{ID: exampleID("later"), Label: "later", Size: 12800},
	}
)

var opExamples = []Op{
	&BoardCreate{Title: "Shared lab", Question: "What do we share?", Language: "nl", Recovery: exampleHash("recovery")},
	&BoardTitle{Title: "Shared lab"},
	&BoardQuestion{Question: "What do we share?\nAnd with whom?"},
	&BoardLanguage{Language: "nl"},
	&BoardBackground{Background: BackgroundDots},
	&BoardDelete{},

	&LinkCreate{Link: link, Secret: exampleHash("secret"), Role: RoleContributor, Label: "Wednesday's group",
		Expires: exampleTime, Uses: 30, Password: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"},
	&LinkUse{Link: link, Participant: person},
	&LinkRevoke{Link: link},
	&LinkRecover{Link: link, Secret: exampleHash("secret"), Was: exampleHash("was"), Recovery: exampleHash("recovery")},

	&ParticipantJoin{Participant: person, Token: exampleHash("token"), Link: link, Name: "Noor", Colour: 3, Perspective: perspective},
	&ParticipantRename{Participant: person, Name: "Noor"},
	&ParticipantColour{Colour: 3},
	&ParticipantPerspective{Participant: person, Perspective: perspective},
	&ParticipantLeave{Participant: person},
	&WriterRegister{Writer: writer, Secret: exampleHash("resume secret")},

	&PerspectiveAdd{Perspective: perspective, Label: "Radiology", Colour: 2, Pattern: 5, After: exampleID("other perspective")},
	&PerspectiveRename{Perspective: perspective, Label: "Radiology"},
	&PerspectiveRecolour{Perspective: perspective, Colour: 2, Pattern: 5},

	&NoteCreate{Note: note, X: -640, Y: 1280, W: 12800, H: 9600, Text: "one \"list\" for all\n☕", Rev: rev, Colour: 4,
		Tags: []string{"quick win"}, Cluster: cluster},
	&NoteText{Note: note, Base: rev, Rev: nextRev, Runs: exampleRuns(`[5,"abc",-2]`)},
	&NoteMove{Note: note, X: 1234, Y: -567},
	&NoteResize{Note: note, X: 1234, Y: -567, W: 12800, H: 9600},
	&NoteRecolour{Note: note, Colour: 4},
	&NoteTag{Note: note, Tags: []string{"quick win", "costly"}},
	&NoteFront{Note: note},
	&NoteBack{Note: note},
	&NoteDelete{Note: note},
	&NoteRestore{Note: note},

	&ClusterCreate{Cluster: cluster, Title: "One front door", Notes: []ID{note, otherNote}},
	&ClusterRename{Cluster: cluster, Title: "One front door"},
	&ClusterMove{Cluster: cluster, DX: 640, DY: -64},
	&ClusterAssign{Cluster: cluster, Notes: []ID{note, otherNote}},
	&ClusterUnassign{Notes: []ID{note}},
	&ClusterMerge{Cluster: cluster, From: otherCluster},
	&ClusterDelete{Cluster: cluster},

	&AreaCreate{Area: area, Form: FormTarget, Title: "How near?", X: 0, Y: 640, Rings: rings},
	&AreaRename{Area: area, Title: "How near?"},
	&AreaMove{Area: area, X: 0, Y: 640},
	&AreaResize{Area: area, X: 0, Y: 640, W: 64000, H: 32000},
	&AreaRings{Area: area, Rings: rings},
	&AreaFront{Area: area},
	&AreaBack{Area: area},
	&AreaDelete{Area: area},

	&ConnectorCreate{Connector: connector, From: note, To: otherNote, Label: "leads to"},
	&ConnectorLabel{Connector: connector, Label: "leads to"},
	&ConnectorDelete{Connector: connector},

	&Batch{Ops: []AnyOp{{&NoteMove{Note: note, X: 1234, Y: -567}}, {&NoteDelete{Note: otherNote}}}},
	&Undo{Writer: writer, N: 7},
	&Redo{Writer: writer, N: 8},
	&Void{Reason: CodeTextTooLong},
}

var frameExamples = []Frame{
	&Hello{Version: Version, Token: exampleToken, Writer: exampleSecret, At: examplePosition},
	&Submit{N: 42, Ops: []AnyOp{{&NoteMove{Note: note, X: 1234, Y: -567}}, {&NoteFront{Note: note}}}},
	&Signals{Signals: []Signal{*signalExamples[0]}},
	&Ping{At: examplePosition},
	&Welcome{Version: Version, Board: board, Me: person, Role: RoleContributor,
		Writer: &WriterInfo{ID: writer, Secret: exampleSecret, Last: 41}, Time: exampleTime,
		Limits: Limits{Frame: MaxFrame, Ops: 60, Burst: 200, Signals: 40, Outstanding: MaxOutstanding, Objects: MaxObjects, NoteText: MaxNoteText},
		Base:   2, Here: []ID{person, otherPerson}},
	&Changes{Seq: 128, At: examplePosition, Time: exampleTime, Changes: []Change{
		{Note: &NoteChange{ID: note, X: new(int64(1234)), Y: new(int64(-567))}},
		{Note: &NoteChange{ID: otherNote, Edit: &TextEdit{Base: rev, Rev: nextRev, Runs: exampleRuns(`[5,"abc",-2]`)}}},
	}},
	&Own{Acked: 42, Saved: 41, Refused: []Refused{{N: 40, Code: CodeGone}, {N: 42, Parts: []Code{"", CodeMissing}}}, Role: new(RoleFacilitator)},
	&Pong{Time: exampleTime},
	&NotNow{N: 43, Code: CodeRateLimited, Message: CodeRateLimited.Sentence(), Retry: 250},
	&Rewind{Code: CodeRewound, Message: CodeRewound.Sentence()},
	&Bye{Code: CodeRestart, Close: CodeRestart.Close(), Message: CodeRestart.Sentence(), Retry: 1500},
}

var changeExamples = []Change{
	{Board: &BoardChange{Title: new("Shared lab"), Question: new("What do we share?"), Language: new("nl"),
		Background: new(BackgroundDots), Created: new(int64(exampleTime)), Deleted: true}},
	{Participant: &ParticipantChange{ID: person, Name: new("Noor"), Colour: new(uint8(3)),
		Perspective: exampleRef("perspective"), Role: new(RoleContributor), Left: new(false)}},
	{Perspective: &PerspectiveChange{ID: perspective, Label: new("Radiology"), Colour: new(uint8(2)), Pattern: new(uint8(5)), After: new(Ref{})}},
	{Note: &NoteChange{ID: note, X: new(int64(-640)), Y: new(int64(1280)), W: new(int64(12800)), H: new(int64(9600)),
		Text: new("one \"list\" for all\n☕"), Rev: new(rev), Colour: new(uint8(4)), Tags: &[]string{"quick win"},
		Perspective: exampleRef("perspective"), Author: exampleRef("person"), Cluster: exampleRef("cluster"), Ring: new(Ref{}),
		Front: new(int64(-12)), Created: new(int64(exampleTime))}},
	{Cluster: &ClusterChange{ID: cluster, Title: new("One front door"), Order: new(int64(3)), Created: new(int64(exampleTime))}},
	{Area: &AreaChange{ID: area, Form: new(FormTarget), Title: new("How near?"), X: new(int64(0)), Y: new(int64(640)), Rings: &rings, Front: new(int64(9))}},
	{Connector: &ConnectorChange{ID: connector, From: new(note), To: new(otherNote), Label: new("leads to")}},
	{Link: &LinkChange{ID: link, Role: new(RoleContributor), Label: new("Wednesday's group"), Expires: new(int64(exampleTime)),
		Uses: new(int64(30)), Used: new(int64(12)), Password: new(true), Revoked: new(false), Created: new(int64(exampleTime))}},
}

var signalExamples = []*Signal{
	{Kind: SignalCursor, X: new(int64(1234)), Y: new(int64(-567))},
	{Kind: SignalSelection, Objects: []ID{note, otherNote}},
	{Kind: SignalDrag, Places: []Place{{ID: note, X: 1234, Y: -567}}},
	{Kind: SignalTyping, Objects: []ID{note}},
	{Kind: SignalLaser, X: new(int64(1234)), Y: new(int64(-567))},
	{Kind: SignalReaction, Emoji: "👏", Objects: []ID{note}},
	{Kind: SignalHere, From: person},
	{Kind: SignalGone, From: person},
}

var baseExample = Base{Part: 2, Of: 2, Seq: 128, At: examplePosition, Changes: []Change{changeExamples[4]}}
