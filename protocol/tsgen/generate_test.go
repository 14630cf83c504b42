package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

func TestCommittedFileIsTheGenerated(t *testing.T) {
	want, err := generate(filepath.Join(root, "protocol"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(output)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the words are now: go run ./protocol/tsgen", output)
	}
}

func TestNoSourceNoFile(t *testing.T) {
	if text, err := generate(t.TempDir()); err == nil {
		t.Errorf("an empty folder gives %d bytes", len(text))
	}
}
