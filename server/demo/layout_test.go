package demo

import (
	"strings"
	"testing"

	"github.com/denkwand/denkwand/protocol"
)

func TestEveryNoteLiesInItsRing(t *testing.T) {
	s := Seed()
	l := newLayout(s)
	for _, n := range s.Notes {
		p := l.places[n.Key]
		dx, dy := p.x+noteSize/2, p.y+noteSize/2
		got := -1
		for i, a := range l.ringSize {
			if 49*dx*dx+100*dy*dy <= 49*a*a {
				got = i
				break
			}
		}
		if want := l.ringAt[*n.Ring]; got != want {
			t.Errorf("%s lies in ring %d, want %d", n.Key, got, want)
		}
		tray := l.trays[n.Key]
		if a := l.ringSize[len(l.ringSize)-1]; tray.y+noteSize > -7*a/10 {
			t.Errorf("%s is written inside the target", n.Key)
		}
	}
	if a := l.ringSize[len(l.ringSize)-1]; a >= protocol.MaxSize {
		t.Errorf("the target is as large as can be: %d", a)
	}
}

func TestSessionFilesAreChecked(t *testing.T) {
	const good = `{"title":"t","question":"q","perspectives":[{"key":"a","label":"A"}],"participants":[{"key":"p","perspective":"a"}],` +
		`"rings":[{"key":"r","label":"R","order":1}],"clusters":[{"key":"c","title":"C"}],` +
		`"notes":[{"key":"n","text":"x","perspective":"a","participant":"p","ring":"r","cluster":null}]}`
	if _, err := Read(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string][2]string{
		"no participant":     {`"participant":"p"`, `"participant":"z"`},
		"no ring":            {`"ring":"r"`, `"ring":"z"`},
		"no cluster":         {`"cluster":null`, `"cluster":"z"`},
		"is not that of":     {`"x","perspective":"a"`, `"x","perspective":"b"`},
		"no perspective":     {`"key":"p","perspective":"a"`, `"key":"p","perspective":"z"`},
		"has no key":         {`"key":"c"`, `"key":""`},
		"nobody takes part":  {`[{"key":"p","perspective":"a"}]`, `[]`},
		"not a session file": {`"title":"t"`, `"titel":"t"`},
	} {
		_, err := Read(strings.NewReader(strings.Replace(good, change[0], change[1], 1)))
		if err == nil || !strings.Contains(err.Error(), want) && want != "nobody takes part" {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
