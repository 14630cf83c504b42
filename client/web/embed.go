// Package web holds the pages a browser shows, embedded in the binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed start
var files embed.FS

// Pages returns the files by their path below "/": index.html makes a board, board.html is what a link opens.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "start")
	if err != nil {
		panic("web: " + err.Error())
	}
	return sub
}
