package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/denkwand/denkwand/protocol"
)

// words teaches the document the protocol's own types, whose spelling Go's reflection does not show.
func words(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[protocol.ID](), reflect.TypeFor[idWord]())
	r.RegisterTypeAlias(reflect.TypeFor[protocol.Ref](), reflect.TypeFor[refWord]())
	r.RegisterTypeAlias(reflect.TypeFor[protocol.Role](), reflect.TypeFor[roleWord]())
	r.RegisterTypeAlias(reflect.TypeFor[protocol.Runs](), reflect.TypeFor[runsWord]())
}

type (
	idWord   struct{}
	refWord  struct{}
	roleWord struct{}
	runsWord struct{}
)

const idPattern = "[A-Za-z0-9_-]{21}[AQgw]"

// Schema describes an id (huma.SchemaProvider).
func (idWord) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^" + idPattern + "$"}
}

// Schema describes an id that may be none (huma.SchemaProvider).
func (refWord) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^(" + idPattern + ")?$"}
}

// Schema describes a role (huma.SchemaProvider).
func (roleWord) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for r := protocol.RoleNone; r <= protocol.RoleOwner; r++ {
		s.Enum = append(s.Enum, r.String())
	}
	return s
}

// Schema describes a text change (huma.SchemaProvider).
func (runsWord) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeArray, Description: "keep (positive), delete (negative), insert (text)",
		Items: &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeInteger}, {Type: huma.TypeString}}},
	}
}
