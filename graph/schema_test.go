package graph_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func load(t *testing.T) *ast.Schema {
	t.Helper()
	raw, err := os.ReadFile("schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEverythingIsDescribed: every type, field, argument, word and directive.
func TestEverythingIsDescribed(t *testing.T) {
	s, described := load(t), 0
	need := func(path, description string) {
		if strings.TrimSpace(description) == "" {
			t.Errorf("%s has no description", path)
		}
		described++
	}
	for name, def := range s.Types {
		if def.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		need(name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			need(name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				need(name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
		for _, v := range def.EnumValues {
			need(name+"."+v.Name, v.Description)
		}
	}
	for name, d := range s.Directives {
		if name == "purpose" {
			need("@"+name, d.Description)
			for _, a := range d.Arguments {
				need("@"+name+"("+a.Name+")", a.Description)
			}
		}
	}
	if described < 500 {
		t.Errorf("only %d things were looked at", described)
	}
}

// TestListsAreBounded: every connection demands `first`, and no type tells a count of
// what is not shown.
func TestListsAreBounded(t *testing.T) {
	for name, def := range load(t).Types {
		for _, f := range def.Fields {
			if strings.HasSuffix(f.Type.Name(), "Connection") {
				if first := f.Arguments.ForName("first"); first == nil || !first.Type.NonNull {
					t.Errorf("%s.%s demands no first", name, f.Name)
				}
			}
			if f.Name == "totalCount" {
				t.Errorf("%s counts", name)
			}
		}
	}
}
