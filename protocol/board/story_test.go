package board

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into testdata/stories, to be read and committed")

// TestStories plays testdata/stories/*.txt. A line that begins at the margin is done; the lines indented below it are
// what came of it. story.do has their words.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	told := map[string]map[bool]bool{} // kind to whether it was done, and refused
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := playStory(t, string(want), told)
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("%s tells something else (-rewrite shows what):\n%s", file, firstDifference(string(want), got))
			}
		})
	}
	for _, kind := range protocol.Kinds {
		switch done := told[kind.Name]; {
		case kind.Name == "void":
			if !done[false] {
				t.Errorf("no story tells of void")
			}
		case !done[true] || !done[false]:
			t.Errorf("%s: a story does it: %v, one is refused: %v", kind.Name, done[true], done[false])
		}
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, w[i], strings.Join(g[min(i, len(g)-1):min(i+1, len(g))], ""))
		}
	}
	return "more at the end: " + strings.Join(g[len(w):], "\n")
}

// story is a board being told about.
type story struct {
	t      *testing.T
	s      *State
	names  namer
	time   int64
	last   map[string]uint64 // writer to its last number
	labels map[string]uint64 // of numbers
	told   map[string]map[bool]bool
	out    strings.Builder
}

func playStory(t *testing.T, text string, told map[string]map[bool]bool) string {
	st := &story{t: t, s: New(), names: namer{}, time: 1000, last: map[string]uint64{},
		labels: map[string]uint64{}, told: told}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "\t") {
			continue // what came of it last time
		}
		st.out.WriteString(line + "\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			st.do(line)
		}
	}
	return st.out.String()
}

func (st *story) say(format string, args ...any) {
	fmt.Fprintf(&st.out, "\t"+format+"\n", args...)
}

// do does one line:
//
//	cast olga=owner noor=contributor   a board, a link per role, these people, a writer "noor.1" each
//	time 5000                          the next entries' time
//	noor> note.move n1 x=1 y=2         an op with noor's next number
//	noor/noor.2> …, noor/-> …          from another writer, without one
//	noor#3> …                          with this number
//	noor!a> …, undo n=!a               remembers the number as a, and means it
//	server> …                          an op of the server
//	100 noor> note.create n% …         a hundred times, % counting; only the verdicts are told
//	state, state facilitators          what an audience sees
//	tally                              the outcome
//	save                               goes on from the snapshot
func (st *story) do(line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "cast":
		st.cast(strings.Fields(rest))
	case "time":
		st.time = st.number(rest)
	case "state":
		audience := AudienceBoard
		if rest == "facilitators" {
			audience = AudienceFacilitators
		}
		for p := range st.s.Base(audience) {
			st.say("%s", st.names.change(p.Change()))
		}
	case "tally":
		st.tally()
	case "save":
		loaded, err := Load(st.s.AppendSnapshot(nil))
		if err != nil {
			st.t.Fatal(err)
		}
		if loaded.Hash() != st.s.Hash() {
			st.t.Error("the snapshot holds another state")
		}
		st.s = loaded
	default:
		if times, err := strconv.Atoi(word); err == nil {
			st.many(times, rest)
			return
		}
		verdict, changes := st.op(line)
		st.say("%s", verdictText(verdict))
		for _, c := range changes {
			audience := ""
			if _, seen := Project(c, AudienceBoard); !seen {
				audience = " (facilitators)"
			}
			st.say("%s%s", st.names.change(c.c), audience)
		}
	}
}

func (st *story) number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		st.t.Fatalf("%q: %v", s, err)
	}
	return n
}

func (st *story) cast(people []string) {
	st.quietly(`server> board.create title=Test recovery=code`)
	var links []string
	for _, person := range people {
		name, role, _ := strings.Cut(person, "=")
		if link := "link-" + role; !slices.Contains(links, link) {
			links = append(links, link)
			st.quietly("server> link.create " + link + " secret=" + link + " role=" + role)
		}
		st.quietly("server> participant.join " + name + " token=" + name + " link=link-" + role + " name=" + strings.ToUpper(name[:1]) + name[1:])
		st.quietly("server:" + name + "> writer.register " + name + ".1 secret=" + name + ".1")
	}
}

func (st *story) quietly(line string) {
	if verdict, _ := st.op(line); !verdict.OK() {
		st.t.Fatalf("%s: %s", line, verdictText(verdict))
	}
}

func (st *story) many(times int, line string) {
	var order []string
	counts := map[string]int{}
	for i := range times {
		verdict, _ := st.op(strings.ReplaceAll(line, "%", strconv.Itoa(i+1)))
		text := verdictText(verdict)
		if counts[text] == 0 {
			order = append(order, text)
		}
		counts[text]++
	}
	for _, text := range order {
		st.say("%d × %s", counts[text], text)
	}
}

func verdictText(v Verdict) string {
	text := string(v.Code)
	switch {
	case v.Parts != nil:
		text = "parts"
		for _, code := range v.Parts {
			if code == "" {
				code = "ok"
			}
			text += " " + string(code)
		}
	case v.Code == "":
		text = "ok"
	}
	if v.Repeat {
		text += " (repeat)"
	}
	return text
}

// op applies "noor> note.move n1 x=1 y=2".
func (st *story) op(line string) (Verdict, []Change) {
	who, what, ok := strings.Cut(line, "> ")
	if !ok {
		st.t.Fatalf("%q is no line of a story", line)
	}
	who, label, _ := strings.Cut(who, "!")
	for named, n := range st.labels {
		what = strings.ReplaceAll(what+" ", "n=!"+named+" ", "n="+strconv.FormatUint(n, 10)+" ")
	}
	e := protocol.Entry{Seq: st.s.Seq() + 1, Time: st.time, Op: st.names.op(st.t, strings.TrimSpace(what))}
	who, explicit, numbered := strings.Cut(who, "#")
	switch author, server := strings.CutPrefix(who, "server"); {
	case server && author == "":
	case server:
		e.Author = st.names.id(strings.TrimPrefix(author, ":"))
	default:
		name, writer, other := strings.Cut(who, "/")
		if !other {
			writer = name + ".1"
		}
		e.Author = st.names.id(name)
		e.Writer = st.names.id(writer)
		e.N = st.last[writer] + 1
		if numbered {
			e.N = uint64(st.number(explicit))
		}
		defer func() {
			if w := st.s.anyWriter(e.Writer); w != nil {
				st.last[writer] = w.Last
			}
		}()
	}
	if label != "" {
		st.labels[label] = e.N
	}
	verdict, changes := st.s.Apply(e)
	if !verdict.Repeat {
		st.tell(e.Op, verdict)
	}
	return verdict, changes
}

func (st *story) tell(op protocol.Op, v Verdict) {
	tell := func(kind string, ok bool) {
		if st.told[kind] == nil {
			st.told[kind] = map[bool]bool{}
		}
		st.told[kind][ok] = true
	}
	tell(op.Kind(), v.Code == "")
	for i, code := range v.Parts {
		tell(op.(*protocol.Batch).Ops[i].Kind(), code == "")
	}
}

func (st *story) tally() {
	t := st.s.Tally()
	for _, c := range t.Clusters {
		st.say("%s %q %s", st.names.text(c.Key), c.Title, st.names.counts(c.Counts))
	}
	st.say("unclustered %s", st.names.counts(t.Unclustered))
	st.say("total %s", st.names.counts(t.Total))
}
