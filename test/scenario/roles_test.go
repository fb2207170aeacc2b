package scenario

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// TestRoles: what each role may try stands in testdata/roles.tsv; every root field of
// the schema stands there. Who administers or operates the platform never reaches a case, a
// regional counterpart nothing at all (J7).
func TestRoles(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, sdl := w.Serve(false), schema(t)
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
			return onboarding.SetRoles(ctx, op, w.Agencies["lwu"].Colleague, []viewer.Role{viewer.PlatformOperator})
		})
		roles, table := roleTable(t)
		fields := 0
		for _, op := range []ast.Operation{ast.Query, ast.Mutation} {
			for _, f := range roots(sdl, op) {
				fields++
				may, ok := table[f.Name]
				if !ok {
					t.Errorf("the root field %s is not in the table", f.Name)
				}
				for i, role := range roles {
					agency, subject := "lwu", role
					switch role {
					case "counterpart":
						agency, subject = "thailand", "worker"
					case "operator":
						subject = "colleague"
					}
					a := as(s, agency, subject).ask(writer{schema: sdl, id: pubid.New("case")}.document(op, f, "ASSISTANCE"), nil)
					if refused := a.code() == "FORBIDDEN"; refused == may[i] {
						t.Errorf("%s by %s: %.200s", f.Name, role, a.raw)
					}
					if !may[i] && strings.Contains(a.raw, `"data":{`) {
						t.Errorf("%s by %s is refused with data: %.200s", f.Name, role, a.raw)
					}
				}
			}
		}
		if fields != len(table) {
			t.Errorf("the table has %d fields, the schema %d", len(table), fields)
		}
	})
}

func roleTable(t *testing.T) (roles []string, table map[string][]bool) {
	t.Helper()
	raw, err := os.ReadFile("testdata/roles.tsv")
	if err != nil {
		t.Fatal(err)
	}
	table = map[string][]bool{}
	for _, l := range strings.Split(strings.Trim(string(raw), "\n"), "\n") {
		f := strings.Split(l, "\t")
		switch {
		case strings.HasPrefix(l, "# field"):
			roles = f[1:]
		case strings.HasPrefix(l, "#"):
		case len(f) != len(roles)+1:
			t.Fatalf("a line of the table is malformed: %q", l)
		default:
			for _, word := range f[1:] {
				table[f[0]] = append(table[f[0]], word == "y")
			}
		}
	}
	return roles, table
}

// TestPurposeIsStated: whatever is about a person needs a purpose that opens cases,
// within the token's own.
func TestPurposeIsStated(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, sdl := w.Serve(false), schema(t)
		id := w.Register("lwu", "Kanaree")
		free := map[string]bool{"me": true, "teams": true, "agencies": true, "agreements": true, "notices": true, "noticeCounts": true, "worklist": true}
		o := as(s, "lwu", "worker")
		for _, f := range roots(sdl, ast.Query) {
			if f.Name == "disclosures" || f.Name == "erasures" || f.Name == "members" || f.Name == "proposals" || f.Name == "legalBases" || f.Name == "refusals" || f.Name == "oversight" {
				continue // not a case worker's, or without a purpose a focal point's
			}
			wr := writer{schema: sdl, id: id}
			if a := o.ask(wr.document(ast.Query, f, ""), nil); (a.code() == "") != free[f.Name] || !free[f.Name] && a.code() != "INVALID" {
				t.Errorf("%s without a purpose: %.200s", f.Name, a.raw)
			}
			for _, never := range []string{"STATISTICS", "OVERSIGHT"} {
				if a := o.ask(wr.document(ast.Query, f, never), nil); a.code() != "FORBIDDEN" {
					t.Errorf("%s for %s: %.200s", f.Name, never, a.raw)
				}
			}
		}
		narrow := officer{s.T, s.URL, s.Token("lwu", "worker", "purpose:JUSTICE")}
		look := func(p string) answer {
			return narrow.ask(`query($id: ID!) @purpose(of: `+p+`) { case(id: $id) { id } }`, map[string]any{"id": id})
		}
		if a := look("ASSISTANCE"); a.code() != "FORBIDDEN" {
			t.Errorf("a token for JUSTICE reads for ASSISTANCE: %s", a.raw)
		}
		if a := look("JUSTICE"); a.code() != "" || !strings.Contains(a.raw, id) {
			t.Errorf("a token for JUSTICE does not read for it: %s", a.raw)
		}
	})
}
