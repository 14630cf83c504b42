package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// document is the OpenAPI document as somebody reads it who has nothing else.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID string
	Parameters  []struct {
		Name, In string
		Schema   *schema
	}
	RequestBody *struct {
		Required bool
		Content  map[string]struct{ Schema *schema }
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema *schema }
	}
}

// schema is as much of JSON Schema as the document uses: a member that is not here fails the decoding.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Description          string
	Format               string
	Properties           map[string]*schema
	Required             []string
	AdditionalProperties json.RawMessage
	Items                *schema
	OneOf                []*schema
	Enum                 []any
	Pattern              string
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	MinItems, MaxItems   *int
	Default              any
}

func (s *schema) UnmarshalJSON(b []byte) error {
	type plain schema
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(s))
}

func parseDocument(t *testing.T, b []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatalf("the document: %v", err)
	}
	return d
}

// operations returns the document's operations by id, each with its path and method.
func (d document) operations() map[string]operation {
	out := map[string]operation{}
	for _, methods := range d.Paths {
		for _, op := range methods {
			out[op.OperationID] = op
		}
	}
	return out
}

// validate returns what is wrong with a JSON value by a schema, "" for nothing.
func (d document) validate(s *schema, value any, at string) string {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		if d.Components.Schemas[name] == nil {
			return at + ": the document has no schema " + s.Ref
		}
		return d.validate(d.Components.Schemas[name], value, at)
	}
	if len(s.OneOf) > 0 {
		fits := 0
		for _, one := range s.OneOf {
			if d.validate(one, value, at) == "" {
				fits++
			}
		}
		if fits != 1 {
			return fmt.Sprintf("%s: %v fits %d of the alternatives", at, value, fits)
		}
		return ""
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		return fmt.Sprintf("%s: %v is none of %v", at, value, s.Enum)
	}
	switch v := value.(type) {
	case map[string]any:
		return d.validateObject(s, v, at)
	case []any:
		return d.validateList(s, v, at)
	case string:
		return validateString(s, v, at)
	case float64:
		return validateNumber(s, v, at)
	case bool:
		if s.Type != "boolean" {
			return at + ": a boolean where the document has " + s.Type
		}
	default:
		return fmt.Sprintf("%s: %v", at, value)
	}
	return ""
}

func (d document) validateObject(s *schema, v map[string]any, at string) string {
	if s.Type != "object" {
		return at + ": an object where the document has " + s.Type
	}
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return at + ": " + name + " is missing"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		member := s.Properties[name]
		if member == nil {
			switch extra := string(s.AdditionalProperties); extra {
			case "", "true":
				continue
			case "false":
				return at + ": " + name + " is not in the document"
			default:
				member = new(schema)
				if err := json.Unmarshal(s.AdditionalProperties, member); err != nil {
					return at + ": " + err.Error()
				}
			}
		}
		if wrong := d.validate(member, v[name], at+"."+name); wrong != "" {
			return wrong
		}
	}
	return ""
}

func (d document) validateList(s *schema, v []any, at string) string {
	if s.Type != "array" {
		return at + ": a list where the document has " + s.Type
	}
	if s.MinItems != nil && len(v) < *s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
		return fmt.Sprintf("%s: %d elements", at, len(v))
	}
	for i, e := range v {
		if wrong := d.validate(s.Items, e, fmt.Sprintf("%s[%d]", at, i)); wrong != "" {
			return wrong
		}
	}
	return ""
}

func validateString(s *schema, v, at string) string {
	n := utf8.RuneCountInString(v)
	switch {
	case s.Type != "string":
		return at + ": text where the document has " + s.Type
	case s.MinLength != nil && n < *s.MinLength, s.MaxLength != nil && n > *s.MaxLength:
		return fmt.Sprintf("%s: %d characters", at, n)
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v):
		return fmt.Sprintf("%s: %q does not match %s", at, v, s.Pattern)
	}
	return ""
}

func validateNumber(s *schema, v float64, at string) string {
	switch {
	case s.Type != "integer" || v != math.Trunc(v):
		return fmt.Sprintf("%s: %v where the document has %s", at, v, s.Type)
	case s.Minimum != nil && v < *s.Minimum, s.Maximum != nil && v > *s.Maximum:
		return fmt.Sprintf("%s: %v is out of range", at, v)
	}
	return ""
}

// check holds a JSON text against a schema.
func (d document) check(t *testing.T, what string, s *schema, body []byte) {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Errorf("%s: %v in %s", what, err, body)
		return
	}
	if wrong := d.validate(s, value, "body"); wrong != "" {
		t.Errorf("%s does not fit the document: %s\n%s", what, wrong, body)
	}
}
