package api_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"flag"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"testing"

	"github.com/denkwand/denkwand/client/web"
	"github.com/denkwand/denkwand/server/api"
)

var update = flag.Bool("update", false, "write testdata anew")

const goldenDocument = "testdata/openapi.json"

// described returns the document as the server would serve it.
func described(t *testing.T) []byte {
	t.Helper()
	a, err := api.New(api.Config{
		Addresses: api.Addresses{PublicURL: &url.URL{Scheme: "http", Host: "localhost"}},
		Pages:     web.Pages(), Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a.OpenAPI()
}

// TestDocumentIsTheGoldenOne shows in review what a change to a handler's types does to everybody who calls it.
func TestDocumentIsTheGoldenOne(t *testing.T) {
	var got bytes.Buffer
	if err := json.Indent(&got, described(t), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	if *update {
		if err := os.WriteFile(goldenDocument, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenDocument)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the document is not %s; if it should be, run with -update and look at the difference", goldenDocument)
	}
}

func TestDocumentSaysWhatAStrangerNeeds(t *testing.T) {
	d := parseDocument(t, described(t))
	for id, op := range d.operations() {
		answers := 0
		for status, r := range op.Responses {
			for kind, content := range r.Content {
				want := "application/json"
				if status == "default" {
					want = "application/problem+json"
				}
				if kind != want || content.Schema == nil {
					t.Errorf("%s answers %s with %s", id, status, kind)
				}
			}
			if status != "default" {
				answers++
			}
		}
		if _, ok := op.Responses["default"]; answers != 1 || !ok {
			t.Errorf("%s has %d answers besides refusals, and says of refusals: %v", id, answers, ok)
		}
	}
	change := d.Components.Schemas["Change"]
	if change == nil {
		t.Fatal("no schema Change")
	}
	for _, member := range []string{"board", "participant", "perspective", "note", "cluster", "area", "connector", "link"} {
		if change.Properties[member] == nil || slices.Contains(change.Required, member) {
			t.Errorf("Change.%s: %+v", member, change.Properties[member])
		}
	}
	runs := d.Components.Schemas["TextEdit"].Properties["runs"]
	if runs == nil || runs.Type != "array" || len(runs.Items.OneOf) != 2 {
		t.Errorf("runs: %+v", runs)
	}
	tally := d.Components.Schemas["ClusterTally"]
	for _, member := range []string{"key", "title", "notes", "byPerspective", "byRing", "cells"} {
		if tally.Properties[member] == nil {
			t.Errorf("ClusterTally has no %s", member)
		}
	}
}
