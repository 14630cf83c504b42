package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/denkwand/denkwand/"

// floors lists the packages from the ground up. A package may import only packages of floors below its own.
var floors = [][]string{
	{"protocol/strictjson", "protocol/text"},
	{"protocol"},
	{"protocol/board", "protocol/tsgen"},
	{"server/store", "server/journal", "server/auth", "client", "client/web"},
	{"server/store/disk", "server/store/s3", "server/store/s3/s3test", "server/store/storetest", "server/journal/local", "server/journal/redis", "server/journal/redis/redistest", "server/journal/journaltest", "server/archive"},
	{"server/history"},
	{"server/hub"},
	{"server/obs"},
	{"server/api", "server/sim", "server/sim/model"},
	{"server"},
	{"server/servertest", "server/demo", "server/bench"},
	{"server/cmd/denkwand"},
}

// one technology, one importer.
var soleImporters = map[string][]string{
	"github.com/coder/websocket":          {"server/api", "client", "server/bench"},
	"github.com/danielgtaylor/huma/v2":    {"server/api"},
	"github.com/prometheus/client_golang": {"server/obs"},
	"github.com/alecthomas/kong":          {"server/cmd/denkwand"},
	"github.com/goccy/go-yaml":            {"server/cmd/denkwand"},
	"golang.org/x/crypto":                 {"server/auth"},
	"golang.org/x/time":                   {"server/api"},
	"github.com/klauspost/compress":       {"server/archive"},
	"github.com/redis/go-redis/v9":        {"server/journal/redis"},
	"github.com/minio/minio-go/v7":        {"server/store/s3"},
	"github.com/johannesboyne/gofakes3":   {"server/store/s3/s3test"},
	"server/store/disk":                   {"server/cmd/denkwand", "server/servertest"},
	"server/store/s3":                     {"server/cmd/denkwand", "server/servertest"},
	"server/journal/local":                {"server/cmd/denkwand", "server/servertest"},
	"server/journal/redis":                {"server/cmd/denkwand", "server/servertest"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func floorOf(path string) int {
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, path) })
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		floor := floorOf(from)
		if floor < 0 {
			t.Errorf("%s stands on no floor: give it one in arch_test.go", from)
			continue
		}
		for _, imp := range p.Imports {
			to, own := strings.CutPrefix(imp, module)
			if own && floorOf(to) >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", from, floor, to, floorOf(to))
			}
			for tech, importers := range soleImporters {
				if (to == tech || strings.HasPrefix(to, tech+"/")) && from != tech && !slices.Contains(importers, from) {
					t.Errorf("%s imports %s, which is for %v alone", from, to, importers)
				}
			}
		}
	}
}

// TestProtocolIsPure holds the ground floors to what can be computed on both ends: no clock, die, socket or file.
func TestProtocolIsPure(t *testing.T) {
	forbidden := []string{"time", "math/rand", "math/rand/v2", "net", "net/http", "os", "log", "log/slog", "sync", "context"}
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		if from != "protocol" && from != "protocol/board" && from != "protocol/text" && from != "protocol/strictjson" {
			continue
		}
		for _, imp := range p.Imports {
			own := strings.HasPrefix(imp, module)
			cache := imp == "sync" && from == "protocol/strictjson" // plans of types, computed once
			if slices.Contains(forbidden, imp) && !cache || !own && strings.Contains(imp, ".") {
				t.Errorf("%s imports %s", from, imp)
			}
		}
	}
}
