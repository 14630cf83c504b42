// Package web holds the page a browser shows, embedded in the binary as it was built into dist.
package web

import (
	"embed"
	"io/fs"
)

// The dot file keeps the folder there before the page is built, so that the server can be built without it.
//
//go:embed all:dist
var files embed.FS

// Pages returns the built files by their path below "/"; only a dot file when the page was not built.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "dist")
	if err != nil {
		panic("web: " + err.Error())
	}
	return sub
}
