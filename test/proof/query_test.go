package proof

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func schema(t testing.TB) *ast.Schema {
	t.Helper()
	raw, err := os.ReadFile("../../graph/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, gerr := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(raw)})
	if gerr != nil {
		t.Fatal(gerr)
	}
	return s
}

// asker writes queries that the schema accepts: nested, filtered, ordered, paged, with
// aliases, fragments, directives and several roots.
type asker struct {
	sdl *ast.Schema
	// ids are of rows that there are in either world; words fit where a text is asked for;
	// cursors were in answers before.
	ids, cases, words, cursors []string
	opening                    []string // purposes
	wide                       bool     // pages are as wide as they may be
}

// query draws one document. The choices are even, which those of rapid are not: it prefers
// small numbers, and so the same few fields.
func (a *asker) query(r *rand.Rand) string {
	d := &draft{asker: a, Rand: r, left: 70}
	all := slices.DeleteFunc(slices.Clone(a.sdl.Query.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
	var roots []string
	for i := range 1 + d.pick(4)/3 {
		f := all[d.pick(len(all))]
		if d.pick(4) > 0 { // whatever opens onto many rows is asked for more often
			f = a.sdl.Query.Fields.ForName([]string{"cases", "cases", "case", "case", "node", "node", "referrals", "consents", "notices", "worklist", "agreements"}[d.pick(11)])
		}
		roots = append(roots, fmt.Sprintf("r%d: %s", i, d.field(f, 0)))
	}
	purpose := ""
	if d.pick(30) > 0 {
		purpose = " @purpose(of: " + a.opening[d.pick(len(a.opening))] + ")"
	}
	return "query Q" + purpose + " { " + strings.Join(roots, " ") + " }" + strings.Join(d.fragments, "")
}

// draft is one document on its way.
type draft struct {
	*asker
	*rand.Rand
	left      int // fields
	aliases   int
	fragments []string
	kind      string // of the id asked for last
}

func (d *draft) pick(n int) int { return d.IntN(n) }

func (d *draft) field(f *ast.FieldDefinition, depth int) string {
	d.left--
	out := f.Name + d.arguments(f)
	if d.pick(20) == 0 {
		out += []string{" @include(if: true)", " @skip(if: false)", " @skip(if: true)"}[d.pick(3)]
	}
	return out + d.selection(f.Type.Name(), depth+1)
}

func (d *draft) selection(name string, depth int) string {
	def := d.sdl.Types[name]
	body := ""
	switch {
	case def.Kind == ast.Interface || def.Kind == ast.Union:
		body = " __typename"
		types := d.sdl.GetPossibleTypes(def)
		for i := range 1 + d.pick(2) {
			p := types[d.pick(len(types))]
			if k := slices.IndexFunc(types, func(p *ast.Definition) bool { return strings.ToLower(p.Name) == d.kind }); i == 0 && k >= 0 {
				p = types[k] // what the id says
			}
			body += " ... on " + p.Name + d.fields(p, depth)
		}
	case def.Kind != ast.Object:
		return ""
	default:
		body = strings.TrimSuffix(strings.TrimPrefix(d.fields(def, depth), " {"), "}")
	}
	if d.pick(8) == 0 {
		f := fmt.Sprintf("F%d", len(d.fragments))
		d.fragments = append(d.fragments, " fragment "+f+" on "+name+" {"+body+" }")
		return " { ..." + f + " }"
	}
	return " {" + body + " }"
}

// fields are some of a type, each under a name of its own, so that two never clash.
func (d *draft) fields(def *ast.Definition, depth int) string {
	all := slices.DeleteFunc(slices.Clone(def.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
	leaves := slices.DeleteFunc(slices.Clone(all), func(f *ast.FieldDefinition) bool {
		return d.sdl.Types[f.Type.Name()].IsCompositeType() || len(f.Arguments) > 0
	})
	out := " { __typename"
	for i := range 2 + d.pick(4) {
		f := all[d.pick(len(all))]
		if into := def.Fields.ForName("edges"); into != nil && i == 0 {
			f = into
		}
		if into := def.Fields.ForName("node"); into != nil && i == 0 {
			f = into
		}
		if nested := d.sdl.Types[f.Type.Name()].IsCompositeType(); nested && (depth > 6 || d.left < 1) || d.left < -20 {
			if len(leaves) == 0 {
				continue
			}
			f = leaves[d.pick(len(leaves))]
		}
		d.aliases++
		if d.aliases > 120 {
			break
		}
		out += fmt.Sprintf(" f%d: %s", d.aliases, d.field(f, depth))
	}
	return out + " }"
}

func (d *draft) arguments(f *ast.FieldDefinition) string {
	var out []string
	for _, a := range f.Arguments {
		if !a.Type.NonNull && (d.pick(3) > 0 || a.Name == "after" && d.pick(4) > 0) {
			continue
		}
		if v := d.value(a.Name, a.Type); v != "" {
			out = append(out, a.Name+": "+v)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// value fits an argument; empty where none is at hand.
func (d *draft) value(name string, t *ast.Type) string {
	if t.Elem != nil {
		return "[" + d.value(name, t.Elem) + "]"
	}
	def := d.sdl.Types[t.NamedType]
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[d.pick(len(def.EnumValues))].Name
	case def.Kind == ast.InputObject:
		var out []string
		for _, f := range def.Fields {
			if !f.Type.NonNull && d.pick(3) > 0 {
				continue
			}
			if v := d.value(f.Name, f.Type); v != "" {
				out = append(out, f.Name+": "+v)
			}
		}
		return "{" + strings.Join(out, ", ") + "}"
	}
	switch def.Name {
	case "ID":
		id := d.ids[d.pick(len(d.ids))]
		if name == "caseID" || d.pick(2) == 0 {
			id = d.cases[d.pick(len(d.cases))]
		}
		d.kind, _, _ = strings.Cut(id, "_")
		return `"` + id + `"`
	case "Int":
		if d.wide {
			return "50"
		}
		return fmt.Sprint(1 + d.pick(4))
	case "Boolean":
		return []string{"true", "false"}[d.pick(2)]
	case "Time":
		return []string{`"2020-01-01T00:00:00Z"`, `"2026-03-02T03:20:00Z"`, `"2026-03-02T05:00:00Z"`}[d.pick(3)]
	case "Cursor":
		if len(d.cursors) == 0 {
			return ""
		}
		return `"` + d.cursors[d.pick(len(d.cursors))] + `"`
	}
	return `"` + d.words[d.pick(len(d.words))] + `"`
}
