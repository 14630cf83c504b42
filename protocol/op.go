package protocol

// Op is something a participant, or the server on a participant's behalf, wants done to a board. Each kind is one
// struct; its fields are what the client says. Author, role, seq, time and board are the server's and stand in Entry.
//
// A kind never changes its meaning. Fields are only added, and a field that is absent means what it meant before.
type Op interface {
	// Kind returns the kind's name on the wire, "noun.verb".
	Kind() string
	// Check holds the op against the rules that need no state: lengths, ranges, characters. The error is an *Error.
	Check() error
}

// KindInfo describes a kind to the codec, the TypeScript generator and the tests.
type KindInfo struct {
	Name string
	New  func() Op
	// Server marks kinds that only the server writes: what they hold (hashes of secrets, consumed link uses) is
	// checked before the log, and a client that submits one is refused.
	Server bool
	// Alone marks kinds that may not stand inside a batch.
	Alone bool
}

// Kinds lists every kind there is, in the order of the nouns. protocol/board has a rule, a story and a golden frame
// for each; its tests fail when one is missing.
var Kinds = []KindInfo{
	{Name: "board.create", New: alloc[BoardCreate], Server: true, Alone: true},
	{Name: "board.title", New: alloc[BoardTitle]},
	{Name: "board.question", New: alloc[BoardQuestion]},
	{Name: "board.language", New: alloc[BoardLanguage]},
	{Name: "board.background", New: alloc[BoardBackground]},
	{Name: "board.delete", New: alloc[BoardDelete], Alone: true},

	{Name: "link.create", New: alloc[LinkCreate], Server: true, Alone: true},
	{Name: "link.use", New: alloc[LinkUse], Server: true, Alone: true},
	{Name: "link.revoke", New: alloc[LinkRevoke]},
	{Name: "link.recover", New: alloc[LinkRecover], Server: true, Alone: true},

	{Name: "participant.join", New: alloc[ParticipantJoin], Server: true, Alone: true},
	{Name: "participant.rename", New: alloc[ParticipantRename]},
	{Name: "participant.colour", New: alloc[ParticipantColour]},
	{Name: "participant.perspective", New: alloc[ParticipantPerspective]},
	{Name: "participant.leave", New: alloc[ParticipantLeave], Alone: true},
	{Name: "writer.register", New: alloc[WriterRegister], Server: true, Alone: true},

	{Name: "perspective.add", New: alloc[PerspectiveAdd]},
	{Name: "perspective.rename", New: alloc[PerspectiveRename]},
	{Name: "perspective.recolour", New: alloc[PerspectiveRecolour]},

	{Name: "note.create", New: alloc[NoteCreate]},
	{Name: "note.text", New: alloc[NoteText]},
	{Name: "note.move", New: alloc[NoteMove]},
	{Name: "note.resize", New: alloc[NoteResize]},
	{Name: "note.recolour", New: alloc[NoteRecolour]},
	{Name: "note.tag", New: alloc[NoteTag]},
	{Name: "note.front", New: alloc[NoteFront]},
	{Name: "note.back", New: alloc[NoteBack]},
	{Name: "note.delete", New: alloc[NoteDelete]},
	{Name: "note.restore", New: alloc[NoteRestore]},

	{Name: "cluster.create", New: alloc[ClusterCreate]},
	{Name: "cluster.rename", New: alloc[ClusterRename]},
	{Name: "cluster.move", New: alloc[ClusterMove]},
	{Name: "cluster.assign", New: alloc[ClusterAssign]},
	{Name: "cluster.unassign", New: alloc[ClusterUnassign]},
	{Name: "cluster.merge", New: alloc[ClusterMerge]},
	{Name: "cluster.delete", New: alloc[ClusterDelete]},

	{Name: "area.create", New: alloc[AreaCreate]},
	{Name: "area.rename", New: alloc[AreaRename]},
	{Name: "area.move", New: alloc[AreaMove]},
	{Name: "area.resize", New: alloc[AreaResize]},
	{Name: "area.rings", New: alloc[AreaRings]},
	{Name: "area.front", New: alloc[AreaFront]},
	{Name: "area.back", New: alloc[AreaBack]},
	{Name: "area.delete", New: alloc[AreaDelete]},

	{Name: "connector.create", New: alloc[ConnectorCreate]},
	{Name: "connector.label", New: alloc[ConnectorLabel]},
	{Name: "connector.delete", New: alloc[ConnectorDelete]},

	{Name: "batch", New: alloc[Batch], Alone: true},
	{Name: "undo", New: alloc[Undo], Alone: true},
	{Name: "redo", New: alloc[Redo], Alone: true},
	{Name: "void", New: alloc[Void], Alone: true},
}

func alloc[T any, P interface {
	*T
	Op
}]() Op {
	return P(new(T))
}

var kindByName = func() map[string]*KindInfo {
	m := make(map[string]*KindInfo, len(Kinds))
	for i := range Kinds {
		m[Kinds[i].Name] = &Kinds[i]
	}
	return m
}()

// KindOf returns the description of a kind, nil for an unknown name.
func KindOf(name string) *KindInfo { return kindByName[name] }

// Batch does several ops under one Seq, in order; each part succeeds or not by itself.
type Batch struct {
	Ops []AnyOp `json:"ops"` // 1 to MaxList parts, none of a kind that stands alone
}

// Kind returns "batch".
func (*Batch) Kind() string { return "batch" }

// Check checks the number of parts and their kinds. The parts are checked one by one in Apply: a bad one is refused
// by itself.
func (b *Batch) Check() error {
	if len(b.Ops) == 0 {
		return CodeEmpty.Errorf("a batch holds at least one op")
	}
	if len(b.Ops) > MaxList {
		return CodeListTooLong.Errorf("%d parts, at most %d", len(b.Ops), MaxList)
	}
	for _, part := range b.Ops {
		if KindOf(part.Kind()).Alone {
			return CodeKindAlone.Errorf("%s", part.Kind())
		}
	}
	return nil
}

// Undo restores what an earlier op of the same participant changed and nobody has changed since. It is an op itself,
// and can be undone by Redo.
type Undo struct {
	Writer ID     `json:"writer,omitzero"` // the op's writer; absent: this one
	N      uint64 `json:"n"`               // the op's number
}

// Kind returns "undo".
func (*Undo) Kind() string { return "undo" }

// Check holds the number against its range.
func (u *Undo) Check() error { return checkN(u.N) }

// Redo takes back an Undo of the same participant, by the same rule.
type Redo struct {
	Writer ID     `json:"writer,omitzero"` // the undo's writer; absent: this one
	N      uint64 `json:"n"`               // the undo's number
}

// Kind returns "redo".
func (*Redo) Kind() string { return "redo" }

// Check holds the number against its range.
func (r *Redo) Check() error { return checkN(r.N) }

// MaxN is the highest number a writer can reach: what a JavaScript number holds exactly.
const MaxN = 1<<53 - 1

func checkN(n uint64) error {
	if n < 1 || n > MaxN {
		return CodeOutOfRange.Errorf("n is 1 to %d", uint64(MaxN))
	}
	return nil
}

// Void closes a number without doing anything: its author gave the op up, or (with a reason) the server refused it
// for what it says, whatever the board's state. A copy of the op still on its way cannot land under that number.
type Void struct {
	Reason Code `json:"reason,omitempty"` // set by the server alone
}

// Kind returns "void".
func (*Void) Kind() string { return "void" }

// Check accepts every void.
func (*Void) Check() error { return nil }
