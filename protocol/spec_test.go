package protocol

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSpec holds the generated parts of SPEC.md against the code: each stands between "<!-- generated: name -->" and
// "<!-- end -->". With -update it writes them.
func TestSpec(t *testing.T) {
	got, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{
		"codes": specCodes(), "limits": specLimits(t), "kinds": specKinds(t), "frames": specFrames(),
		"changes": specChanges(), "signals": specSignals(), "parts": specParts(), "examples": specExamples(),
	}
	marked := regexp.MustCompile(`(?s)(<!-- generated: (\w+) -->\n).*?(<!-- end -->)`)
	found := 0
	want := marked.ReplaceAllFunc(got, func(b []byte) []byte {
		m := marked.FindSubmatch(b)
		part, ok := parts[string(m[2])]
		if !ok {
			t.Errorf("nothing generates %q", m[2])
		}
		found++
		return []byte(string(m[1]) + part + string(m[3]))
	})
	if found != len(parts) {
		t.Errorf("SPEC.md has %d generated parts, want %d", found, len(parts))
	}
	if *update {
		writeFile(t, "SPEC.md", want)
		return
	}
	if !bytes.Equal(got, want) {
		t.Error("SPEC.md is not what the code is: go test ./protocol -update")
	}
}

// table renders rows with a header.
func table(header string, rows []string) string {
	columns := strings.Count(header, "|") + 1
	return "\n| " + header + " |\n|" + strings.Repeat("---|", columns) + "\n" + strings.Join(rows, "\n") + "\n\n"
}

func specCodes() string {
	codes := slices.SortedFunc(maps.Keys(Codes), func(a, b Code) int {
		return cmp.Or(cmp.Compare(a.Close(), b.Close()), cmp.Compare(a, b))
	})
	var rows []string
	for _, c := range codes {
		closes := ""
		if c.Close() != 0 {
			closes = fmt.Sprint(c.Close())
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", c, closes, c.Sentence()))
	}
	return table("code | close | sentence", rows)
}

func specLimits(t *testing.T) string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "limit.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := new(types.Config).Check("protocol", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			name := spec.Names[0].Name
			value := constant.ToInt(pkg.Scope().Lookup(name).(*types.Const).Val())
			rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", name, value, strings.ReplaceAll(strings.TrimSpace(spec.Comment.Text()), "|", `\|`)))
			if spec.Comment.Text() == "" {
				t.Errorf("%s says nothing about what it limits", name)
			}
		}
		return true
	})
	return table("limit | value | of", rows)
}

// needs says who may do what (O2). What an op does stands in its file.
var needs = map[string]string{
	"board.delete":            "owner",
	"link.revoke":             "facilitator; owner for an owner's link",
	"participant.rename":      "viewer; facilitator for others",
	"participant.colour":      "viewer",
	"participant.perspective": "viewer; facilitator for others",
	"participant.leave":       "viewer; for others facilitator, and a role above theirs or owner",
	"batch":                   "contributor, and what each part takes",
	"undo":                    "whose op it was, with the role that op took",
	"redo":                    "whose undo it was, with the role that undo took",
	"void":                    "whose writer it is",
}

var nounNeeds = map[string]string{"board": "facilitator", "perspective": "facilitator", "area": "facilitator",
	"note": "contributor", "cluster": "contributor", "connector": "contributor"}

func specKinds(t *testing.T) string {
	var rows []string
	for _, k := range Kinds {
		noun, _, _ := strings.Cut(k.Name, ".")
		who := cmp.Or(needs[k.Name], nounNeeds[noun])
		if k.Server {
			who = "the server"
		}
		if who == "" {
			t.Errorf("nobody may do %s", k.Name)
		}
		if k.Alone {
			who += "; not in a batch"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", k.Name, members(reflect.TypeOf(k.New()).Elem()), who))
	}
	return table("kind | members | who", rows)
}

func specFrames() string {
	var rows []string
	for _, f := range Frames {
		from := "server"
		if f.Client {
			from = "client"
		}
		if f.Client && f.Server {
			from = "both"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", f.Name, from, members(reflect.TypeOf(f.New()).Elem())))
	}
	rows = append(rows, fmt.Sprintf("| (binary) | server | %s |", members(reflect.TypeFor[Base]())))
	return table("type | from | members", rows)
}

func specChanges() string {
	var rows []string
	t := reflect.TypeFor[Change]()
	for i := range t.NumField() {
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", memberName(t.Field(i)), members(t.Field(i).Type.Elem())))
	}
	return table("change | members", rows)
}

func specSignals() string {
	var rows []string
	for _, info := range SignalKinds {
		from := "both"
		if info.Server {
			from = "server"
		}
		has := strings.Join(info.Has, "`, `")
		if has != "" {
			has = "`" + has + "`"
		}
		if info.Objects > 0 {
			has += fmt.Sprintf(" (at most %d object)", info.Objects)
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", info.Name, from, has))
	}
	return table("signal | from | members", rows)
}

// specParts has what stands inside other things.
func specParts() string {
	var rows []string
	for _, t := range []reflect.Type{reflect.TypeFor[Ring](), reflect.TypeFor[TextEdit](), reflect.TypeFor[WriterInfo](), reflect.TypeFor[Limits](),
		reflect.TypeFor[Refused](), reflect.TypeFor[Signal](), reflect.TypeFor[Place]()} {
		rows = append(rows, fmt.Sprintf("| %s | %s |", typeName(t), members(t)))
	}
	return table("part | members", rows)
}

// members lists what a struct has on the wire; those that may be absent have a question mark.
func members(t reflect.Type) string {
	var list []string
	for i := range t.NumField() {
		f := t.Field(i)
		name := memberName(f)
		if strings.Contains(f.Tag.Get("json"), ",") {
			name += "?"
		}
		list = append(list, fmt.Sprintf("`%s` %s", name, typeName(f.Type)))
	}
	return strings.Join(list, ", ")
}

func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[ID]():
		return "id"
	case reflect.TypeFor[Ref]():
		return `id or ""`
	case reflect.TypeFor[Role](), reflect.TypeFor[Code](), reflect.TypeFor[Runs](), reflect.TypeFor[Change]():
		return strings.ToLower(t.Name())
	case reflect.TypeFor[AnyOp]():
		return "op"
	case reflect.TypeFor[[]byte]():
		return "bytes"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "[" + typeName(t.Elem()) + "]"
	case reflect.Struct:
		return strings.ToLower(t.Name()[:1]) + t.Name()[1:]
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "bool"
	}
	return "int"
}

func specExamples() string {
	var b strings.Builder
	section := ""
	for _, e := range examples() {
		name := path.Dir(e.path)
		if name == "." {
			name = "a part of a base"
		}
		if name != section {
			if section != "" {
				b.WriteString("```\n\n")
			}
			section = name
			fmt.Fprintf(&b, "%s:\n\n```json\n", map[string]string{"op": "Ops", "frame": "Frames", "change": "Changes",
				"signal": "Signals", "a part of a base": "A part of a base, before gzip"}[name])
		}
		b.Write(append(e.append(nil), '\n'))
	}
	return "\n" + b.String() + "```\n\n"
}
