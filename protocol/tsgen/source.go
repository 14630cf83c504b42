package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// source is what reflection does not see.
type source struct {
	docs   map[string]string // of a type, by name, and of a field, by "Type.Field"
	limits []limit
}

// limit is a constant of limit.go.
type limit struct {
	name  string
	value string
	doc   string
}

// readSource reads the Go files in dir.
func readSource(dir string) (*source, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	src := &source{docs: map[string]string{}}
	fset := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if decl, ok := decl.(*ast.GenDecl); ok && decl.Tok == token.TYPE {
				src.addTypes(decl)
			}
		}
		if filepath.Base(name) == "limit.go" {
			if err := src.addLimits(fset, file); err != nil {
				return nil, err
			}
		}
	}
	if len(src.limits) == 0 {
		return nil, fmt.Errorf("there is no limit.go in %s", dir)
	}
	return src, nil
}

func (src *source) addTypes(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		spec := spec.(*ast.TypeSpec)
		src.docs[spec.Name.Name] = sentence(cmp.Or(spec.Doc, decl.Doc))
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range fields.Fields.List {
			for _, name := range field.Names {
				src.docs[spec.Name.Name+"."+name.Name] = sentence(cmp.Or(field.Comment, field.Doc))
			}
		}
	}
}

// addLimits takes the constants of limit.go, which needs no other file to be understood.
func (src *source) addLimits(fset *token.FileSet, file *ast.File) error {
	scope, err := new(types.Config).Check("protocol", fset, []*ast.File{file}, nil)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, name := range spec.Names {
			value := scope.Scope().Lookup(name.Name).(*types.Const).Val()
			src.limits = append(src.limits, limit{name.Name, constant.ToInt(value).ExactString(), sentence(spec.Comment)})
		}
		return true
	})
	return nil
}

// sentence is a comment in one line.
func sentence(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }

// sorted returns the keys of m in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
