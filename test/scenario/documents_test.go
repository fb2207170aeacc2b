package scenario

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// schema is the committed schema: a field that is new to it is in every test that
// walks over it.
func schema(t *testing.T) *ast.Schema {
	t.Helper()
	raw, err := os.ReadFile("../../graph/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writer writes a document that asks for one root field, with arguments that the
// schema accepts.
type writer struct {
	schema *ast.Schema
	id     string // for every argument of type ID
	all    bool   // optional arguments and fields too
	text   string // for every String, "x" where empty
	keyed  bool   // with an idempotency key
}

// roots are the root fields of an operation, those of introspection left out.
func roots(s *ast.Schema, op ast.Operation) []*ast.FieldDefinition {
	def := s.Query
	if op == ast.Mutation {
		def = s.Mutation
	}
	return slices.DeleteFunc(slices.Clone(def.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
}

// document asks for the field for a purpose; none where it is empty.
func (w writer) document(op ast.Operation, f *ast.FieldDefinition, purpose string) string {
	if purpose != "" {
		purpose = " @purpose(of: " + purpose + ")"
	}
	return fmt.Sprintf("%s X%s { done: %s%s %s }", op, purpose, f.Name, w.arguments(f), w.selection(f.Type.Name(), 0))
}

func (w writer) arguments(f *ast.FieldDefinition) string {
	var out []string
	for _, a := range f.Arguments {
		if a.Name == "idempotencyKey" && !w.keyed || a.Name == "after" || !a.Type.NonNull && !w.all {
			continue
		}
		out = append(out, a.Name+": "+w.value(a.Type))
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// preferred words of enums, where the first would be refused for its own sake.
var preferred = []string{"ASSISTANCE", "PROFILE", "SHARING", "PERMIT", "PRESUMED_VICTIM", "NONE_NEEDED", "SAFE_PLACE", "ASC"}

func (w writer) value(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + w.value(t.Elem) + "]"
	}
	def := w.schema.Types[t.NamedType]
	switch {
	case def.Kind == ast.Enum:
		for _, v := range def.EnumValues {
			if slices.Contains(preferred, v.Name) {
				return v.Name
			}
		}
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		var out []string
		for _, f := range def.Fields {
			name := f.Type.Name()
			if f.Type.NonNull && f.DefaultValue == nil || f.Type.Elem == nil && (name == "ID" || name == "String" && w.text != "") {
				out = append(out, f.Name+": "+w.value(f.Type))
			}
		}
		return "{" + strings.Join(out, ", ") + "}"
	}
	text := "x"
	if w.text != "" {
		text = w.text
	}
	return map[string]string{
		"ID": `"` + w.id + `"`, "String": `"` + text + `"`, "Int": "7", "Boolean": "false", "Time": `"2026-03-10T00:00:00Z"`, "Cursor": `"x"`,
	}[def.Name]
}

// selection asks for everything, two deep.
func (w writer) selection(name string, depth int) string {
	def := w.schema.Types[name]
	switch def.Kind {
	case ast.Interface, ast.Union:
		out := "{ __typename"
		for _, p := range w.schema.GetPossibleTypes(def) {
			// Two types may give one name different types: an id is the same in all.
			out += " ... on " + p.Name + " { id }"
		}
		return out + " }"
	case ast.Object:
	default:
		return ""
	}
	var out []string
	for _, f := range def.Fields {
		kind := w.schema.Types[f.Type.Name()].Kind
		leaf := kind == ast.Scalar || kind == ast.Enum
		if strings.HasPrefix(f.Name, "__") || !leaf && depth > 2 {
			continue
		}
		out = append(out, f.Name+w.arguments(f)+w.selection(f.Type.Name(), depth+1))
	}
	if len(out) == 0 { // a connection, where nothing deeper is asked for
		out = []string{"__typename"}
	}
	return "{ " + strings.Join(out, " ") + " }"
}
