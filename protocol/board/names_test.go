package board

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/protocol/text"
)

// namer gives ids the names that stories use.
type namer map[protocol.ID]string

func idOf(name string) protocol.ID {
	sum := sha256.Sum256([]byte(name))
	return protocol.ID(sum[:16])
}

func secretOf(name string) []byte {
	sum := sha256.Sum256([]byte("secret " + name))
	return sum[:]
}

func (nm namer) id(name string) protocol.ID {
	id := idOf(name)
	nm[id] = name
	return id
}

// name returns an id's name; an id that no story gave gets the next number.
func (nm namer) name(id protocol.ID) string {
	if id.IsZero() {
		return "-"
	}
	if _, known := nm[id]; !known {
		made := 1
		for _, name := range nm {
			if strings.HasPrefix(name, "made") {
				made++
			}
		}
		nm[id] = fmt.Sprintf("made%d", made)
	}
	return nm[id]
}

func (nm namer) text(id string) string {
	parsed, err := protocol.ParseID(id)
	if err != nil {
		return id
	}
	return nm.name(parsed)
}

// words splits at blanks that are not inside quotes or brackets.
func words(line string) []string {
	var out []string
	var quoted bool
	depth, from := 0, -1
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		}
		blank := c == ' ' && !quoted && depth == 0
		if blank && from >= 0 {
			out, from = append(out, line[from:i]), -1
		} else if !blank && from < 0 {
			from = i
		}
	}
	if from >= 0 {
		out = append(out, line[from:])
	}
	return out
}

// op reads "note.move n1 x=1 y=2": words without = go to the ids in their order, the others to the member they name.
// A batch is "batch { note.move … ; note.delete … }".
func (nm namer) op(t *testing.T, line string) protocol.Op {
	t.Helper()
	kind, rest, _ := strings.Cut(line, " ")
	info := protocol.KindOf(kind)
	if info == nil {
		t.Fatalf("%q: no such kind", line)
	}
	op := info.New()
	if batch, ok := op.(*protocol.Batch); ok {
		inner := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(rest, "{"), "}"))
		for part := range strings.SplitSeq(inner, " ; ") {
			if part != "" {
				batch.Ops = append(batch.Ops, protocol.AnyOp{Op: nm.op(t, strings.TrimSpace(part))})
			}
		}
		return op
	}
	v := reflect.ValueOf(op).Elem()
	free := 0
	for _, word := range words(rest) {
		name, value, named := strings.Cut(word, "=")
		if !named {
			value = word
			for ; free < v.NumField(); free++ {
				if f := v.Field(free).Interface(); isIDs(f) {
					break
				}
			}
			if free == v.NumField() {
				t.Fatalf("%q: no place for %q", line, word)
			}
			nm.set(t, v.Field(free), value)
			free++
			continue
		}
		field := member(v, name)
		if !field.IsValid() {
			t.Fatalf("%q: no member %q", line, name)
		}
		nm.set(t, field, value)
	}
	nm.defaults(op)
	return op
}

func isIDs(f any) bool {
	switch f.(type) {
	case protocol.ID, []protocol.ID:
		return true
	}
	return false
}

func member(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if tag == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// defaults fills in what most stories do not care about.
func (nm namer) defaults(op protocol.Op) {
	if o, ok := op.(*protocol.NoteCreate); ok {
		if o.W == 0 && o.H == 0 {
			o.W, o.H = 6400, 6400
		}
		if o.Rev.IsZero() {
			o.Rev = nm.id("rev-" + nm.name(o.Note))
		}
	}
}

func (nm namer) set(t *testing.T, field reflect.Value, value string) {
	t.Helper()
	if unquoted, err := strconv.Unquote(value); err == nil {
		value = unquoted
	}
	fail := func(err error) {
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
	}
	switch f := field.Addr().Interface().(type) {
	case *protocol.ID:
		*f = nm.id(value)
	case *[]protocol.ID:
		for name := range strings.SplitSeq(value, ",") {
			*f = append(*f, nm.id(name))
		}
	case *[]byte:
		*f = secretOf(value)
	case *[]string:
		*f = strings.Split(value, ",")
	case *[]protocol.Ring:
		for ring := range strings.SplitSeq(value, ",") {
			parts := strings.Split(ring, ":")
			size, err := strconv.ParseInt(parts[2], 10, 64)
			fail(err)
			*f = append(*f, protocol.Ring{ID: nm.id(parts[0]), Label: parts[1], Size: size})
		}
	case *protocol.Runs:
		c, err := text.Parse([]byte(value))
		fail(err)
		f.Change = c
	case *protocol.Role:
		fail(f.UnmarshalText([]byte(value)))
	default:
		switch field.Kind() {
		case reflect.String:
			field.SetString(value)
		case reflect.Int64:
			n, err := strconv.ParseInt(value, 10, 64)
			fail(err)
			field.SetInt(n)
		case reflect.Uint64, reflect.Uint8:
			n, err := strconv.ParseUint(value, 10, 64)
			fail(err)
			field.SetUint(n)
		default:
			t.Fatalf("no way to say a %s", field.Type())
		}
	}
}

// change writes a change as "note n1 x=1 y=2".
func (nm namer) change(c protocol.Change) string {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if v.Field(i).IsNil() {
			continue
		}
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		return tag + nm.members(v.Field(i).Elem())
	}
	return "nothing"
}

func (nm namer) members(v reflect.Value) string {
	var b strings.Builder
	for i := range v.NumField() {
		field := v.Field(i)
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if field.Kind() == reflect.Pointer {
			if field.IsNil() {
				continue
			}
			field = field.Elem()
		}
		switch f := field.Interface().(type) {
		case bool:
			if f || v.Field(i).Kind() == reflect.Pointer {
				fmt.Fprintf(&b, " %s=%v", tag, f)
			}
		case protocol.ID:
			if tag == "id" {
				fmt.Fprintf(&b, " %s", nm.name(f))
			} else {
				fmt.Fprintf(&b, " %s=%s", tag, nm.name(f))
			}
		case protocol.Ref:
			fmt.Fprintf(&b, " %s=%s", tag, nm.name(protocol.ID(f)))
		case string:
			fmt.Fprintf(&b, " %s=%q", tag, shortened(f))
		case []string:
			fmt.Fprintf(&b, " %s=%s", tag, strings.Join(f, ","))
		case []protocol.Ring:
			fmt.Fprintf(&b, " %s=%s", tag, nm.rings(f))
		case protocol.TextEdit:
			fmt.Fprintf(&b, " %s=%s→%s%s", tag, nm.name(f.Base), nm.name(f.Rev), f.Runs)
		default:
			fmt.Fprintf(&b, " %s=%v", tag, f)
		}
	}
	return b.String()
}

func shortened(s string) string {
	if len(s) > 200 {
		return fmt.Sprintf("%s… (%d)", s[:20], len(s))
	}
	return s
}

func (nm namer) rings(rings []protocol.Ring) string {
	parts := make([]string, len(rings))
	for i, r := range rings {
		parts[i] = fmt.Sprintf("%s:%s:%d", nm.name(r.ID), r.Label, r.Size)
	}
	return strings.Join(parts, ",")
}

func (nm namer) counts(c protocol.Counts) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d", c.Notes)
	write := func(what string, of map[string]int64) {
		var parts []string
		for id, n := range of {
			parts = append(parts, fmt.Sprintf("%s=%d", nm.text(id), n))
		}
		slices.Sort(parts)
		fmt.Fprintf(&b, " %s(%s)", what, strings.Join(parts, " "))
	}
	write("perspectives", c.ByPerspective)
	write("rings", c.ByRing)
	return b.String()
}
