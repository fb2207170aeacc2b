package dictionary

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
)

func graph(t *testing.T) *gen.Graph {
	t.Helper()
	g, err := entc.LoadGraph("../../schema", &gen.Config{IDType: &field.TypeInfo{Type: field.TypeString}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestDictionaryListsEveryField: the committed dictionary has a row for every field
// of every entity, under its entity.
func TestDictionaryListsEveryField(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/data-dictionary.md")
	if err != nil {
		t.Fatal(err)
	}
	if missing := unlisted(graph(t), string(raw)); len(missing) > 0 {
		t.Errorf("docs/data-dictionary.md does not list %s: run `make generate`", strings.Join(missing, ", "))
	}
	without := strings.Replace(string(raw), "| `birth_text` |", "| `birth` |", 1)
	if len(unlisted(graph(t), without)) == 0 {
		t.Error("a missing field is not noticed: the check proves nothing")
	}
}

func unlisted(g *gen.Graph, text string) []string {
	var missing []string
	for _, n := range g.Nodes {
		_, section, ok := strings.Cut(text, "\n## "+n.Name+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		names := []string{n.ID.Name}
		for _, f := range n.Fields {
			names = append(names, f.Name)
		}
		for _, f := range Sealed(n).Fields {
			names = append(names, f.Field)
		}
		for _, name := range names {
			if !ok || !strings.Contains(section, "| `"+name+"` |") {
				missing = append(missing, n.Name+"."+name)
			}
		}
	}
	return missing
}

// TestCheckRefuses: a schema without exactly one category or class, or with a field
// that nobody explained, stops the generation and is named.
func TestCheckRefuses(t *testing.T) {
	whole := graph(t)
	if err := Check(whole); err != nil {
		t.Fatalf("the schema as it stands: %v", err)
	}
	for name, spoil := range map[string]func(*gen.Type){
		"no annotation":          func(n *gen.Type) { delete(n.Annotations, annotation.Name) },
		"neither":                func(n *gen.Type) { n.Annotations[annotation.Name] = annotation.Kind{} },
		"both":                   func(n *gen.Type) { n.Annotations[annotation.Name] = annotation.Kind{Category: "CASE", Class: "CASE"} },
		"an unknown category":    func(n *gen.Type) { n.Annotations[annotation.Name] = annotation.Kind{Category: "GOSSIP"} },
		"no meaning":             func(n *gen.Type) { delete(n.Annotations, "Comment") },
		"a field without a word": func(n *gen.Type) { n.Fields[0] = &gen.Field{Name: n.Fields[0].Name} },
	} {
		t.Run(name, func(t *testing.T) {
			n := *whole.Nodes[0]
			n.Annotations, n.Fields = maps.Clone(n.Annotations), slices.Clone(n.Fields)
			spoil(&n)
			err := Check(&gen.Graph{Nodes: []*gen.Type{&n}})
			if err == nil || !strings.Contains(err.Error(), n.Name) {
				t.Errorf("got %s, want an error that names %s", fmt.Sprint(err), n.Name)
			}
		})
	}
}
