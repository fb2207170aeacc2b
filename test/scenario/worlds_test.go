package scenario

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// TestTwoWorlds: two worlds that differ only in what is hidden from an agency answer
// it alike, through every query with every filter and order (threats.md 15, 16).
func TestTwoWorlds(t *testing.T) {
	makers := map[string]func(*testing.T) *world.World{
		"sqlite":   func(t *testing.T) *world.World { return world.OnSQLite(t, world.Options{}) },
		"postgres": func(t *testing.T) *world.World { return world.OnPostgres(t, server, world.Options{}) },
	}
	for name, fresh := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			poor, rich := told(t, fresh(t), false), told(t, fresh(t), true)
			if len(poor) != len(rich) || len(poor) < 50 {
				t.Fatalf("%d and %d answers", len(poor), len(rich))
			}
			if poor["owner"] == rich["owner"] {
				t.Error("the owner sees no difference either: the two worlds are one")
			}
			delete(poor, "owner")
			for question, answer := range poor {
				if rich[question] != answer {
					t.Errorf("%s\ntells of hidden data: %s\nwithout them: %s", question, rich[question], answer)
				}
			}
		})
	}
}

// told is everything that the NGO and MOPS can be told in a world. The shared case is
// the same in both; the rich world holds more in it that is not the NGO's, and other
// cases.
func told(t *testing.T, w *world.World, rich bool) map[string]string {
	t.Helper()
	id := w.Register("lwu", "Kanaree")
	w.Share("lwu", id, "ngo", category.ForAssistance, category.Profile)
	w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Profile))
	if rich {
		enrich(w, id)
	}
	s, sdl, out := w.Serve(false), schema(t), map[string]string{}
	for _, agency := range []string{"ngo", "mops"} {
		for _, who := range []string{"worker", "supervisor", "dataprotection"} {
			o := as(s, agency, who)
			for _, f := range roots(sdl, ast.Query) {
				if f.Name == "agencies" {
					continue // everybody's, and in the order of their random ids
				}
				for _, more := range variants(sdl, f) {
					wr := writer{schema: sdl, id: id}
					question := fmt.Sprintf("query Q @purpose(of: ASSISTANCE) { %s%s %s }", f.Name, more(wr, f), wr.selection(f.Type.Name(), 0))
					a := o.ask(question, nil)
					if a.code() == "LIMITED" || a.code() == "INVALID" {
						t.Fatalf("%s: %s", question, a.raw)
					}
					out[agency+" "+who+" "+masked(question)] = masked(a.raw)
				}
			}
		}
	}
	out["owner"] = as(s, "lwu", "worker").ask(`query @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { kind narratives { kind } } } } }`, nil).raw
	return out
}

// enrich adds what is hidden from the NGO and from MOPS.
func enrich(w *world.World, id string) {
	lwu := w.As("lwu", category.ForAssistance)
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "COMMENT", Text: "Kanaree"})
		return err
	})
	// A row that the NGO does not read was corrected: what it was tells nothing either.
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		row, err := op.Identity.Query().Only(ctx)
		if err != nil {
			return err
		}
		return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: 1}, *world.Adult("Kanaree"))
	})
	w.Share("lwu", id, "atd", category.ForJustice, category.Identity, category.Trafficking)
	w.Accept("atd", category.ForJustice, w.Refer("lwu", id, "atd", category.ForJustice, category.Identity))
	for _, agency := range []string{"lwu", "atd", "iom"} {
		w.Register(agency, "Bounkham")
	}
	other := w.Register("lwu", "Somsak")
	w.Share("lwu", other, "iom", category.ForAssistance, category.Identity)
	w.Refer("lwu", other, "iom", category.ForAssistance, category.Identity)
}

// variants write the arguments of a query in every way that its filters and orders
// allow.
func variants(sdl *ast.Schema, f *ast.FieldDefinition) []func(writer, *ast.FieldDefinition) string {
	out := []func(writer, *ast.FieldDefinition) string{writer.arguments}
	add := func(argument string) {
		out = append(out, func(w writer, f *ast.FieldDefinition) string {
			plain := w.arguments(f)
			return plain[:len(plain)-1] + ", " + argument + ")"
		})
	}
	for _, a := range f.Arguments {
		switch a.Name {
		case "orderBy":
			for _, by := range sdl.Types[sdl.Types[a.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues {
				add("orderBy: {field: " + by.Name + ", direction: ASC}")
				add("orderBy: {field: " + by.Name + ", direction: DESC}")
			}
		case "filter":
			for _, field := range sdl.Types[a.Type.Name()].Fields {
				if field.Name == "reference" {
					add(`filter: {reference: "000-000-000"}`)
					continue
				}
				if field.Type.Name() == "Time" {
					add("filter: {" + field.Name + `: "2020-01-01T00:00:00Z"}`)
				}
				for _, v := range sdl.Types[field.Type.Name()].EnumValues {
					add("filter: {" + field.Name + ": " + v.Name + "}")
				}
			}
		case "caseID":
			if !a.Type.NonNull {
				out = append(out, func(w writer, f *ast.FieldDefinition) string {
					w.all = true
					return "(first: 50, caseID: \"" + w.id + "\")"
				})
			}
		case "first":
			out = append(out, func(w writer, f *ast.FieldDefinition) string {
				return regexp.MustCompile(`first: \d+`).ReplaceAllString(w.arguments(f), "first: 1")
			})
		case "box":
			out = append(out, func(w writer, f *ast.FieldDefinition) string {
				return regexp.MustCompile(`box: \w+`).ReplaceAllString(w.arguments(f), "box: OUTBOX")
			})
		}
	}
	return out
}

// masked replaces what differs between two worlds by chance: random ids, references
// and cursors, and times, which move with each fact.
func masked(s string) string {
	for _, m := range []struct{ what, by string }{
		{`[a-z]+_[0-9a-z]{26}`, "ID"}, {`\d{3}-\d{3}-\d{3}`, "REF"}, {`(?i)(cursor":)"[^"]*"`, "${1}CURSOR"},
		{`\d{4}-\d\d-\d\dT[0-9:.]+Z`, "TIME"}, {`http://127\.0\.0\.1:\d+`, "HOST"},
	} {
		s = regexp.MustCompile(m.what).ReplaceAllString(s, m.by)
	}
	return s
}
