// Tsgen writes the words of package protocol as TypeScript types: client/web/src/protocol.gen.ts. Run it from the root of
// the repository:
//
//	go run ./protocol/tsgen
//
// What there is comes from the tables and struct types of the package, sentences from its comments, and limits from the
// source of limit.go. A test fails while the committed file is another than the one this program would write.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
)

// output is where the file stands, from the root of the repository.
const output = "client/web/src/protocol.gen.ts"

func main() {
	root := flag.String("root", ".", "the root of the repository")
	flag.Parse()
	log.SetFlags(0)
	text, err := generate(filepath.Join(*root, "protocol"))
	if err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(*root, filepath.FromSlash(output))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		log.Fatal(err)
	}
}
