package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// trial is an op and what Check says about it; "" is nothing.
type trial struct {
	what string
	op   Op
	code Code
}

// tryText has the trials of a text of several lines.
func tryText(most int, with func(string) Op) []trial {
	return []trial{
		{"no text", with(""), ""},
		{"two lines and a tab", with("a\n\tb"), ""},
		{"as long as may be", with(strings.Repeat("x", most)), ""},
		{"as long as may be, in pairs", with(strings.Repeat("😀", most/2)), ""},
		{"U+FFFD", with("\ufffd"), ""},
		{"direction marks", with("\u202eab\u202c"), ""},
		{"one character too long", with(strings.Repeat("x", most+1)), CodeTextTooLong},
		{"one pair too long", with(strings.Repeat("😀", most/2+1)), CodeTextTooLong},
		{"far too long", with(strings.Repeat("x", 100*most)), CodeTextTooLong},
		{"NUL", with("a\x00"), CodeTextInvalid},
		{"escape", with("\x1b[2J"), CodeTextInvalid},
		{"carriage return", with("a\r\nb"), CodeTextInvalid},
		{"DEL", with("\x7f"), CodeTextInvalid},
		{"next line", with("\u0085"), CodeTextInvalid},
		{"invalid UTF-8", with("a\xff"), CodeTextInvalid},
	}
}

// tryLine has those of one line, which may be empty.
func tryLine(most int, with func(string) Op) []trial {
	trials := slices.DeleteFunc(tryText(most, with), func(c trial) bool { return c.what == "two lines and a tab" })
	return append(trials,
		trial{"line feed", with("a\nb"), CodeTextInvalid},
		trial{"tab", with("a\tb"), CodeTextInvalid},
		trial{"line separator", with("a\u2028b"), CodeTextInvalid},
		trial{"paragraph separator", with("a\u2029b"), CodeTextInvalid},
	)
}

// tryName has those of a name that others read.
func tryName(with func(string) Op) []trial {
	trials := []trial{
		{"one letter", with("N"), ""},
		{"sixty letters", with(strings.Repeat("é", MaxName)), ""},
		{"thirty emoji", with(strings.Repeat("😀", MaxName/2)), ""},
		{"right-to-left script", with("נועה"), ""},
		{"joined emoji", with("👩‍🔬"), ""},
		{"letters and spaces", with(" Noor de Vries "), ""},
		{"markup", with("<b>Noor</b>"), ""},
	}
	for _, name := range []string{"", " ", "\u00a0\u2003\u3000", "\u200b\u200d\u2060\ufeff", strings.Repeat("x", MaxName+1),
		strings.Repeat("😀", MaxName/2+1), strings.Repeat("x", 10_000), "a\nb", "a\tb", "a\x00", "a\r", "\x7f", "a\u2028b", "a\u2029b", "a\xff",
		"\u202enegarts", "a\u202a", "\u2066a\u2069", "a\u2068", "\u200ea", "a\u200f", "\u061ca"} {
		trials = append(trials, trial{fmt.Sprintf("%.40q", name), with(name), CodeNameInvalid})
	}
	return trials
}

func tryPlace(with func(x, y int64) Op) []trial {
	var trials []trial
	for _, v := range []int64{0, 1, -1, MaxCoord, -MaxCoord} {
		trials = append(trials, trial{fmt.Sprint(v), with(v, -v), ""})
	}
	for _, v := range []int64{MaxCoord + 1, -MaxCoord - 1, 1<<63 - 1, -1 << 63} {
		trials = append(trials, trial{fmt.Sprint("x ", v), with(v, 0), CodeOutOfRange}, trial{fmt.Sprint("y ", v), with(0, v), CodeOutOfRange})
	}
	return trials
}

func trySize(with func(w, h int64) Op) []trial {
	trials := []trial{{"least", with(MinSize, MinSize), ""}, {"most", with(MaxSize, MaxSize), ""}}
	for _, v := range []int64{MinSize - 1, 0, -MinSize, MaxSize + 1, 1<<63 - 1, -1 << 63} {
		trials = append(trials, trial{fmt.Sprint("width ", v), with(v, MinSize), CodeOutOfRange}, trial{fmt.Sprint("height ", v), with(MinSize, v), CodeOutOfRange})
	}
	return trials
}

// tryPalette has the trials of a colour or pattern.
func tryPalette(code Code, zero Code, most uint8, with func(uint8) Op) []trial {
	return []trial{
		{"first", with(1), ""}, {"last", with(most), ""}, {"none", with(0), zero},
		{"one too many", with(most + 1), code}, {"far too many", with(255), code},
	}
}

func tryHash(with func([]byte) Op) []trial {
	return []trial{
		{"a hash", with(exampleHash("")), ""},
		{"none", with(nil), CodeBadHash},
		{"one byte less", with(exampleHash("")[1:]), CodeBadHash},
		{"one byte more", with(append(exampleHash(""), 0)), CodeBadHash},
	}
}

// ids makes so many different ids.
func ids(n int) []ID {
	list := make([]ID, n)
	for i := range list {
		list[i] = exampleID(fmt.Sprint(i))
	}
	return list
}

func tryIDs(none Code, with func([]ID) Op) []trial {
	return []trial{
		{"none", with(nil), none}, {"an empty list", with([]ID{}), none},
		{"one", with(ids(1)), ""}, {"as many as may be", with(ids(MaxList)), ""},
		{"one too many", with(ids(MaxList + 1)), CodeListTooLong},
		{"one twice", with([]ID{note, otherNote, note}), CodeDuplicate},
	}
}

func tryTags(with func([]string) Op) []trial {
	tags := make([]string, MaxTags+1)
	for i := range tags {
		tags[i] = fmt.Sprint("tag ", i)
	}
	trials := []trial{
		{"no tags", with(nil), ""}, {"an empty list", with([]string{}), ""},
		{"as many as may be", with(tags[:MaxTags]), ""}, {"one too many", with(tags), CodeListTooLong},
		{"one twice", with([]string{"a", "b", "a"}), CodeDuplicate}, {"two cases", with([]string{"a", "A"}), ""},
	}
	return append(trials, tryName(func(s string) Op { return with([]string{"first", s}) })...)
}

func tryRings(with func([]Ring) Op) []trial {
	sized := func(sizes ...int64) Op {
		var list []Ring
		for i, size := range sizes {
			list = append(list, Ring{ID: exampleID(fmt.Sprint(i)), Label: fmt.Sprint("ring ", i), Size: size})
		}
		return with(list)
	}
	many := make([]int64, MaxRings+1)
	for i := range many {
		many[i] = MinRing + int64(i)
	}
	trials := []trial{
		{"one ring", sized(MinRing), ""}, {"the largest", sized(MinRing, MaxSize), ""},
		{"as many rings as may be", sized(many[:MaxRings]...), ""}, {"one ring too many", sized(many...), CodeListTooLong},
		{"too small", sized(MinRing - 1), CodeOutOfRange}, {"negative", sized(-MinRing), CodeOutOfRange}, {"too large", sized(MaxSize + 1), CodeOutOfRange},
		{"largest first", sized(2*MinRing, MinRing), CodeOutOfRange}, {"two of one size", sized(MinRing, MinRing), CodeOutOfRange},
		{"one ring twice", with([]Ring{{core, "a", MinRing}, {core, "b", 2 * MinRing}}), CodeDuplicate},
		{"two of one name", with([]Ring{{core, "a", MinRing}, {note, "a", 2 * MinRing}}), ""},
	}
	return append(trials, tryName(func(s string) Op { return with([]Ring{{core, s, MinRing}}) })...)
}

var core = exampleID("core")

func tryLanguage(with func(string) Op) []trial {
	trials := []trial{}
	for _, tag := range []string{"", "nl", "nl-NL", "zh-Hant-TW", "de-CH-1996", "x-klingon", "es-419", strings.Repeat("a", 8)} {
		trials = append(trials, trial{tag, with(tag), ""})
	}
	for _, tag := range []string{"-", "nl-", "-nl", "nl--NL", "nl_NL", "nl NL", "né", strings.Repeat("a", 9), strings.Repeat("nl-", 12) + "nl", "nl\n", "\x00"} {
		trials = append(trials, trial{fmt.Sprintf("%q", tag), with(tag), CodeBadLanguage})
	}
	return trials
}

func tryN(with func(uint64) Op) []trial {
	return []trial{{"1", with(1), ""}, {"most", with(MaxN), ""}, {"0", with(0), CodeOutOfRange}, {"too high", with(MaxN + 1), CodeOutOfRange}, {"far too high", with(1<<64 - 1), CodeOutOfRange}}
}

// with copies an op and changes the copy.
func with[T any](op *T, change func(*T)) *T {
	copied := *op
	change(&copied)
	return &copied
}

// allTrials has every rule of every kind's Check.
func allTrials() []trial {
	var (
		created  = &BoardCreate{Recovery: exampleHash("")}
		linked   = &LinkCreate{Link: link, Secret: exampleHash(""), Role: RoleViewer}
		recovers = &LinkRecover{Link: link, Secret: exampleHash(""), Was: exampleHash(""), Recovery: exampleHash("")}
		joined   = &ParticipantJoin{Participant: person, Token: exampleHash(""), Link: link, Name: "Noor"}
		added    = &PerspectiveAdd{Perspective: perspective, Label: "Radiology"}
		noted    = &NoteCreate{Note: note, W: MinSize, H: MinSize, Rev: rev}
		framed   = &AreaCreate{Area: area, Form: FormFrame, W: MinSize, H: MinSize}
		targeted = &AreaCreate{Area: area, Form: FormTarget, Rings: rings}
		joins    = &ConnectorCreate{Connector: connector, From: note, To: otherNote}
	)
	parts := func(n int, op Op) Op { return &Batch{Ops: slices.Repeat([]AnyOp{{op}}, n)} }
	trials := slices.Concat(
		tryLine(MaxTitle, func(s string) Op { return with(created, func(o *BoardCreate) { o.Title = s }) }),
		tryText(MaxQuestion, func(s string) Op { return with(created, func(o *BoardCreate) { o.Question = s }) }),
		tryLanguage(func(s string) Op { return with(created, func(o *BoardCreate) { o.Language = s }) }),
		tryHash(func(b []byte) Op { return with(created, func(o *BoardCreate) { o.Recovery = b }) }),
		tryLine(MaxTitle, func(s string) Op { return &BoardTitle{Title: s} }),
		tryText(MaxQuestion, func(s string) Op { return &BoardQuestion{Question: s} }),
		tryLanguage(func(s string) Op { return &BoardLanguage{Language: s} }),

		tryHash(func(b []byte) Op { return with(linked, func(o *LinkCreate) { o.Secret = b }) }),
		tryLine(MaxName, func(s string) Op { return with(linked, func(o *LinkCreate) { o.Label = s }) }),
		tryHash(func(b []byte) Op { return with(recovers, func(o *LinkRecover) { o.Secret = b }) }),
		tryHash(func(b []byte) Op { return with(recovers, func(o *LinkRecover) { o.Was = b }) }),
		tryHash(func(b []byte) Op { return with(recovers, func(o *LinkRecover) { o.Recovery = b }) }),

		tryName(func(s string) Op { return with(joined, func(o *ParticipantJoin) { o.Name = s }) }),
		tryHash(func(b []byte) Op { return with(joined, func(o *ParticipantJoin) { o.Token = b }) }),
		tryPalette(CodeBadColour, "", Colours, func(c uint8) Op { return with(joined, func(o *ParticipantJoin) { o.Colour = c }) }),
		tryName(func(s string) Op { return &ParticipantRename{Name: s} }),
		tryPalette(CodeBadColour, CodeBadColour, Colours, func(c uint8) Op { return &ParticipantColour{Colour: c} }),
		tryHash(func(b []byte) Op { return &WriterRegister{Writer: writer, Secret: b} }),

		tryName(func(s string) Op { return with(added, func(o *PerspectiveAdd) { o.Label = s }) }),
		tryPalette(CodeBadColour, "", Colours, func(c uint8) Op { return with(added, func(o *PerspectiveAdd) { o.Colour = c }) }),
		tryPalette(CodeBadPattern, "", Patterns, func(p uint8) Op { return with(added, func(o *PerspectiveAdd) { o.Pattern = p }) }),
		tryName(func(s string) Op { return &PerspectiveRename{Perspective: perspective, Label: s} }),
		tryPalette(CodeBadColour, CodeBadColour, Colours, func(c uint8) Op { return &PerspectiveRecolour{Perspective: perspective, Colour: c, Pattern: 1} }),
		tryPalette(CodeBadPattern, CodeBadPattern, Patterns, func(p uint8) Op { return &PerspectiveRecolour{Perspective: perspective, Colour: 1, Pattern: p} }),

		tryPlace(func(x, y int64) Op { return with(noted, func(o *NoteCreate) { o.X, o.Y = x, y }) }),
		trySize(func(w, h int64) Op { return with(noted, func(o *NoteCreate) { o.W, o.H = w, h }) }),
		tryText(MaxNoteText, func(s string) Op { return with(noted, func(o *NoteCreate) { o.Text = s }) }),
		tryPalette(CodeBadColour, "", Colours, func(c uint8) Op { return with(noted, func(o *NoteCreate) { o.Colour = c }) }),
		tryTags(func(tags []string) Op { return with(noted, func(o *NoteCreate) { o.Tags = tags }) }),
		tryPlace(func(x, y int64) Op { return &NoteMove{Note: note, X: x, Y: y} }),
		tryPlace(func(x, y int64) Op { return &NoteResize{Note: note, X: x, Y: y, W: MinSize, H: MinSize} }),
		trySize(func(w, h int64) Op { return &NoteResize{Note: note, W: w, H: h} }),
		tryPalette(CodeBadColour, CodeBadColour, Colours, func(c uint8) Op { return &NoteRecolour{Note: note, Colour: c} }),
		tryTags(func(tags []string) Op { return &NoteTag{Note: note, Tags: tags} }),

		tryLine(MaxClusterTitle, func(s string) Op { return &ClusterCreate{Cluster: cluster, Title: s} }),
		tryIDs("", func(list []ID) Op { return &ClusterCreate{Cluster: cluster, Notes: list} }),
		tryLine(MaxClusterTitle, func(s string) Op { return &ClusterRename{Cluster: cluster, Title: s} }),
		tryIDs(CodeEmpty, func(list []ID) Op { return &ClusterAssign{Cluster: cluster, Notes: list} }),
		tryIDs(CodeEmpty, func(list []ID) Op { return &ClusterUnassign{Notes: list} }),

		tryLine(MaxTitle, func(s string) Op { return with(framed, func(o *AreaCreate) { o.Title = s }) }),
		tryPlace(func(x, y int64) Op { return with(framed, func(o *AreaCreate) { o.X, o.Y = x, y }) }),
		trySize(func(w, h int64) Op { return with(framed, func(o *AreaCreate) { o.W, o.H = w, h }) }),
		tryPlace(func(x, y int64) Op { return with(targeted, func(o *AreaCreate) { o.X, o.Y = x, y }) }),
		tryRings(func(list []Ring) Op { return with(targeted, func(o *AreaCreate) { o.Rings = list }) }),
		tryLine(MaxTitle, func(s string) Op { return &AreaRename{Area: area, Title: s} }),
		tryPlace(func(x, y int64) Op { return &AreaMove{Area: area, X: x, Y: y} }),
		tryPlace(func(x, y int64) Op { return &AreaResize{Area: area, X: x, Y: y, W: MinSize, H: MinSize} }),
		trySize(func(w, h int64) Op { return &AreaResize{Area: area, W: w, H: h} }),
		tryRings(func(list []Ring) Op { return &AreaRings{Area: area, Rings: list} }),

		tryLine(MaxName, func(s string) Op { return with(joins, func(o *ConnectorCreate) { o.Label = s }) }),
		tryLine(MaxName, func(s string) Op { return &ConnectorLabel{Connector: connector, Label: s} }),
		tryN(func(n uint64) Op { return &Undo{N: n} }),
		tryN(func(n uint64) Op { return &Redo{N: n} }),
	)
	return append(trials,
		trial{"dots", &BoardBackground{BackgroundDots}, ""}, trial{"lines", &BoardBackground{BackgroundLines}, ""},
		trial{"plain", &BoardBackground{BackgroundPlain}, ""}, trial{"none", &BoardBackground{""}, CodeBadBackground},
		trial{"another", &BoardBackground{"Dots"}, CodeBadBackground},

		trial{"no role", with(linked, func(o *LinkCreate) { o.Role = RoleNone }), CodeBadRole},
		trial{"owner", with(linked, func(o *LinkCreate) { o.Role = RoleOwner }), ""},
		trial{"expired before time began", with(linked, func(o *LinkCreate) { o.Expires = -1 }), CodeOutOfRange},
		trial{"negative uses", with(linked, func(o *LinkCreate) { o.Uses = -1 }), CodeOutOfRange},
		trial{"as many uses as may be", with(linked, func(o *LinkCreate) { o.Uses = MaxParticipants }), ""},
		trial{"too many uses", with(linked, func(o *LinkCreate) { o.Uses = MaxParticipants + 1 }), CodeOutOfRange},
		trial{"a long password", with(linked, func(o *LinkCreate) { o.Password = strings.Repeat("x", 201) }), CodeOutOfRange},

		trial{"one revision", &NoteText{Note: note, Base: rev, Rev: rev, Runs: exampleRuns(`[1]`)}, CodeSameRevision},
		trial{"two revisions", &NoteText{Note: note, Base: rev, Rev: nextRev, Runs: exampleRuns(`[1]`)}, ""},

		trial{"the whole way", &ClusterMove{Cluster: cluster, DX: 2 * MaxCoord, DY: -2 * MaxCoord}, ""},
		trial{"too far right", &ClusterMove{Cluster: cluster, DX: 2*MaxCoord + 1}, CodeOutOfRange},
		trial{"too far up", &ClusterMove{Cluster: cluster, DY: -2*MaxCoord - 1}, CodeOutOfRange},
		trial{"without end", &ClusterMove{Cluster: cluster, DX: -1 << 63}, CodeOutOfRange},
		trial{"with itself", &ClusterMerge{Cluster: cluster, From: cluster}, CodeSameObject},
		trial{"with another", &ClusterMerge{Cluster: cluster, From: otherCluster}, ""},

		trial{"no form", with(framed, func(o *AreaCreate) { o.Form = "" }), CodeBadForm},
		trial{"a form there is not", with(framed, func(o *AreaCreate) { o.Form = "circle" }), CodeBadForm},
		trial{"a frame with rings", with(framed, func(o *AreaCreate) { o.Rings = rings }), CodeBadForm},
		trial{"a frame with an empty list of rings", with(framed, func(o *AreaCreate) { o.Rings = []Ring{} }), ""},
		trial{"a target with a size", with(targeted, func(o *AreaCreate) { o.W, o.H = MinSize, MinSize }), CodeBadForm},
		trial{"a target without rings", with(targeted, func(o *AreaCreate) { o.Rings = nil }), CodeListTooLong},

		trial{"from a note to itself", with(joins, func(o *ConnectorCreate) { o.To = note }), CodeSameObject},

		trial{"no parts", &Batch{}, CodeEmpty}, trial{"one part", parts(1, &NoteFront{note}), ""},
		trial{"as many parts as may be", parts(MaxList, &NoteFront{note}), ""},
		trial{"one part too many", parts(MaxList+1, &NoteFront{note}), CodeListTooLong},
		trial{"a batch in a batch", parts(1, parts(1, &NoteFront{note})), CodeKindAlone},
		trial{"undo in a batch", parts(1, &Undo{N: 1}), CodeKindAlone},
		trial{"a bad part, which is refused by itself", parts(1, &NoteMove{Note: note, X: 1 << 40}), ""},
	)
}

// unconditional are the kinds that every op of is well formed.
var unconditional = []string{"board.delete", "link.use", "link.revoke", "participant.perspective", "participant.leave", "note.front", "note.back",
	"note.delete", "note.restore", "cluster.delete", "area.front", "area.back", "area.delete", "connector.delete", "void"}

func TestCheck(t *testing.T) {
	good, bad := map[string]bool{}, map[string]bool{}
	for _, c := range allTrials() {
		kind := c.op.Kind()
		if got := codeOf(t, c.op.Check()); got != c.code {
			t.Errorf("%s, %s: Check says %q, want %q", kind, c.what, got, c.code)
		}
		if c.code == "" {
			good[kind] = true
		} else {
			bad[kind] = true
		}
	}
	for _, k := range Kinds {
		if slices.Contains(unconditional, k.Name) {
			if err := k.New().Check(); err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
		} else if !good[k.Name] || !bad[k.Name] {
			t.Errorf("%s has no op that Check takes, or none that it refuses", k.Name)
		}
	}
	for _, k := range Kinds {
		if k.Server && !k.Alone {
			t.Errorf("%s could be smuggled in by a batch", k.Name)
		}
		if err := (&Batch{Ops: []AnyOp{{k.New()}}}).Check(); (codeOf(t, err) == CodeKindAlone) != k.Alone {
			t.Errorf("%s in a batch: %v", k.Name, err)
		}
	}
}

func TestSignalCheck(t *testing.T) {
	one, many := ids(1), ids(MaxList+1)
	x, y, far := new(int64(1)), new(int64(-MaxCoord)), new(int64(MaxCoord+1))
	place := Place{ID: note}
	for _, c := range []struct {
		signal Signal
		code   Code
	}{
		{Signal{Kind: "cursor", X: x, Y: y}, ""},
		{Signal{Kind: "cursor", X: x, Y: y, Objects: []ID{}, Places: []Place{}}, ""},
		{Signal{Kind: "cursor"}, CodeMalformed},
		{Signal{Kind: "cursor", X: x}, CodeMalformed},
		{Signal{Kind: "cursor", Y: y}, CodeMalformed},
		{Signal{Kind: "cursor", X: far, Y: y}, CodeOutOfRange},
		{Signal{Kind: "cursor", X: x, Y: far}, CodeOutOfRange},
		{Signal{Kind: "cursor", X: x, Y: y, Objects: one}, CodeMalformed},
		{Signal{Kind: "cursor", X: x, Y: y, Places: []Place{place}}, CodeMalformed},
		{Signal{Kind: "cursor", X: x, Y: y, Emoji: "👏"}, CodeMalformed},
		{Signal{Kind: "cursor", X: x, Y: y, From: person}, CodeServerKind},
		{Signal{Kind: "laser", X: x, Y: y}, ""},
		{Signal{Kind: "laser", Objects: one}, CodeMalformed},
		{Signal{Kind: "selection"}, ""},
		{Signal{Kind: "selection", Objects: many[:MaxList]}, ""},
		{Signal{Kind: "selection", Objects: many}, CodeListTooLong},
		{Signal{Kind: "selection", Objects: []ID{note, note}}, CodeDuplicate},
		{Signal{Kind: "selection", X: x, Y: y}, CodeMalformed},
		{Signal{Kind: "drag"}, ""},
		{Signal{Kind: "drag", Places: []Place{place}}, ""},
		{Signal{Kind: "drag", Places: []Place{{ID: note, X: *far}}}, CodeOutOfRange},
		{Signal{Kind: "drag", Places: make([]Place, MaxList+1)}, CodeListTooLong},
		{Signal{Kind: "drag", Objects: one}, CodeMalformed},
		{Signal{Kind: "typing"}, ""},
		{Signal{Kind: "typing", Objects: one}, ""},
		{Signal{Kind: "typing", Objects: many[:2]}, CodeMalformed},
		{Signal{Kind: "reaction", Emoji: "👩‍🔬"}, ""},
		{Signal{Kind: "reaction", Emoji: "👏", Objects: one}, ""},
		{Signal{Kind: "reaction", Emoji: "👏", Objects: many[:2]}, CodeMalformed},
		{Signal{Kind: "reaction"}, CodeMalformed},
		{Signal{Kind: "reaction", Emoji: strings.Repeat("👏", 9)}, CodeTextInvalid},
		{Signal{Kind: "reaction", Emoji: "a\nb"}, CodeTextInvalid},
		{Signal{Kind: "here"}, CodeServerKind},
		{Signal{Kind: "gone", From: person}, CodeServerKind},
		{Signal{Kind: ""}, CodeUnknownKind},
		{Signal{Kind: "Cursor", X: x, Y: y}, CodeUnknownKind},
	} {
		if got := codeOf(t, c.signal.Check()); got != c.code {
			t.Errorf("%s: Check says %q, want %q", strings.TrimSpace(string(c.signal.append(nil))), got, c.code)
		}
	}
}
