package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// envPrefix begins the name of every environment variable that sets something.
const envPrefix = "DENKWAND_"

// settings resolves flags that were not given from the environment, and then from the file. What neither knows as a
// flag is refused: a misspelt setting must not pass for one that is in force.
type settings struct {
	env  map[string]string // by flag name
	file map[string]any    // by flag name
	path string
}

var _ kong.Resolver = (*settings)(nil)

// newSettings reads the environment, and the file that --config names on the command line.
func newSettings(args, environ []string) (*settings, error) {
	s := &settings{env: map[string]string{}}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if flag, ok := strings.CutPrefix(name, envPrefix); ok {
			s.env[strings.ToLower(strings.ReplaceAll(flag, "_", "-"))] = value
		}
	}
	s.path = configPath(args)
	if s.path == "" {
		return s, nil
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(b, &s.file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	for name, v := range s.file {
		switch v.(type) {
		case nil:
			return nil, fmt.Errorf("%s: the setting %q has no value; leave the line out, or write \"\"", s.path, name)
		case map[string]any:
			return nil, fmt.Errorf("%s: the setting %q is one value or a list", s.path, name)
		}
	}
	return s, nil
}

// configPath finds the file before the command line is parsed, since parsing needs what stands in it. It knows every
// spelling that the parser knows.
func configPath(args []string) string {
	for i, arg := range args {
		switch {
		case arg == "--":
			return ""
		case (arg == "--config" || arg == "-c") && i+1 < len(args):
			return args[i+1]
		case strings.HasPrefix(arg, "--config="):
			return strings.TrimPrefix(arg, "--config=")
		case strings.HasPrefix(arg, "-c") && !strings.HasPrefix(arg, "--"):
			return strings.TrimPrefix(strings.TrimPrefix(arg, "-c"), "=")
		}
	}
	return ""
}

// Validate refuses settings that no flag knows (kong.Resolver).
func (s *settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			if f.Name != "help" && f.Name != "version" && f.Name != "config" {
				known[f.Name] = true
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(app.Node)
	var errs []error
	for _, name := range slices.Sorted(mapKeys(s.env)) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("unknown setting %s%s in the environment", envPrefix, strings.ToUpper(strings.ReplaceAll(name, "-", "_"))))
		}
	}
	for _, name := range slices.Sorted(mapKeys(s.file)) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("%s: unknown setting %q", s.path, name))
		}
	}
	return errors.Join(errs...)
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Resolve gives a flag that was not on the command line its value (kong.Resolver).
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if v, ok := s.env[flag.Name]; ok {
		return v, nil
	}
	v, ok := s.file[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for i, item := range list {
			words[i] = fmt.Sprint(item)
		}
		return strings.Join(words, ","), nil
	}
	return fmt.Sprint(v), nil
}
