package scenario

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// TestForeignIdsAreAbsentIds: every query and every mutation of the schema answers an
// id of another agency as it answers one that does not exist, whatever kind of thing
// it names, and stores nothing (threats.md 12, 13, 19, 27).
func TestForeignIdsAreAbsentIds(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, sdl := w.Serve(false), schema(t)
		foreign := hidden(w)
		before := stored(t, w)
		asked := 0
		for _, op := range []ast.Operation{ast.Query, ast.Mutation} {
			for _, f := range roots(sdl, op) {
				if !strings.Contains(writer{schema: sdl, id: "@", all: true}.document(op, f, ""), "@") {
					continue // takes no id
				}
				for _, who := range []string{"worker", "supervisor", "dataprotection", "admin"} {
					o := as(s, "mops", who)
					for _, id := range foreign {
						absent := pubid.New(pubid.Prefix(id))
						got := o.ask(writer{schema: sdl, id: id, all: true}.document(op, f, "ASSISTANCE"), nil)
						want := o.ask(writer{schema: sdl, id: absent, all: true}.document(op, f, "ASSISTANCE"), nil)
						if got.code() == "LIMITED" {
							t.Fatalf("%s is not asked at all: %s", f.Name, got.raw)
						}
						if got.raw != want.raw {
							t.Errorf("%s with another agency's %s, asked by a %s: %s\nwith an absent one: %s", f.Name, pubid.Prefix(id), who, got.raw, want.raw)
						}
						asked++
					}
				}
			}
		}
		if asked < 500 {
			t.Errorf("only %d questions were asked", asked)
		}
		if after := stored(t, w); after != before {
			t.Error("a refused operation stored something")
		}
	})
}

// TestMalformedIdsAreAbsentIds: by node and case, four answers alike.
func TestMalformedIdsAreAbsentIds(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		ids := append(hidden(w), pubid.New("case"), pubid.New("preview"), pubid.New("access"), pubid.New("nothing"), "", "case_", "case", "'; --",
			"case_"+strings.Repeat("0", 26), strings.Repeat("x", 5000), "policy", "1", "\u0000", "case_%", w.Agencies["lwu"].Worker)
		for _, id := range ids {
			a := as(s, "mops", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { id } case(id: $id) { id } }`, map[string]any{"id": id})
			if a.raw != `{"data":{"node":null,"case":null}}` {
				t.Errorf("an id of the kind %q: %s", pubid.Prefix(id), a.raw)
			}
		}
	})
}

// hidden makes a case of LWU that MOPS has nothing to do with, and returns ids of
// everything in it, and of LWU's own affairs.
func hidden(w *world.World) []string {
	w.T.Helper()
	id := w.Register("lwu", "Kanaree")
	w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity)
	ids := []string{id, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity), w.Agreements["lwu+ngo"], w.Agencies["lwu"].Worker}
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		n, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "COMMENT", Text: "Kanaree"})
		ids = append(ids, n)
		if err != nil {
			return err
		}
		return casework.CorrectNarrative(ctx, op, casework.CorrectInput{ID: n, Version: 1}, casework.NarrativeInput{Kind: "COMMENT", Text: "Kanaree"})
	})
	ids = append(ids, firstOf(w, "narrative_versions")...)
	further := w.Further("lwu", id, "Kanaree")
	ids = append(ids, further[category.Whereabouts], further[category.Suspect])
	all := w.As("lwu", category.ForAssistance)
	all.Mode = rule.Policy
	w.Must(all, func(ctx context.Context, op *store.Op) error {
		for _, list := range []func(context.Context) ([]string, error){
			op.Identity.Query().IDs, op.Contact.Query().IDs, op.Profile.Query().IDs, op.Trafficking.Query().IDs, op.Consent.Query().IDs,
			op.Provision.Query().IDs, op.Preview.Query().IDs, op.Person.Query().IDs, op.Access.Query().IDs, op.Notice.Query().IDs,
		} {
			if w.URL != "" {
				break // the policy role of PostgreSQL may not read the parts
			}
			found, err := list(ctx)
			if err != nil {
				return err
			}
			ids = append(ids, found[0])
		}
		return nil
	})
	if w.URL != "" {
		ids = append(ids, firstOf(w, "identities", "contacts", "profiles", "traffickings", "consents", "provisions", "previews", "persons", "accesses", "notices")...)
	}
	return ids
}

func firstOf(w *world.World, tables ...string) []string {
	w.T.Helper()
	var out []string
	for _, table := range tables {
		var id string
		if err := w.Root().QueryRowContext(w.T.Context(), "SELECT id FROM "+table+" ORDER BY id LIMIT 1").Scan(&id); err != nil {
			w.T.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// facts are the tables that a refused operation leaves as they were; records of
// looks are none of them.
var facts = []string{
	"accesses", "agencies", "agreements", "agreement_parties", "assignments", "case_files", "consents", "contacts", "gates",
	"idempotency_keys", "identities", "imported_rows", "members", "narratives", "notices", "persons", "previews", "profiles",
	"identity_versions", "contact_versions", "profile_versions", "trafficking_versions", "narrative_versions", "case_transfers",
	"provisions", "referrals", "traffickings", "proposals", "approvals", "issuers", "allow_lists", "invitations", "offboardings",
	"notice_marks", "retentions", "breaches",
	"file_imports", "staged_rows", "undone_cases",
	"permissions", "external_referrals", "conferences", "conference_tasks",
	"whereabouts", "families", "protections", "health", "health_restricted", "assistances", "proceedings", "suspects",
	"whereabouts_versions", "family_versions", "protection_versions", "health_versions", "health_restricted_versions", "assistance_versions", "proceeding_versions", "suspect_versions",
}

// stored is a digest of all facts.
func stored(t testing.TB, w *world.World) string {
	t.Helper()
	db, sum := w.Root(), sha256.New()
	for _, table := range facts {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for rows.Next() {
			values, at := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				at[i] = &values[i]
			}
			if err := rows.Scan(at...); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprint(values...))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		_, _ = fmt.Fprintln(sum, table, lines)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestHostileTextIsRefused: no text in any argument makes the program fail, and none
// is repeated (threats.md 35).
func TestHostileTextIsRefused(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, sdl := w.Serve(false), schema(t)
		id := w.Register("lwu", "Kanaree")
		asked := 0
		for _, text := range []string{`Canary\u0000`, `Canary\u202e`, `Canary\ud800`, `Canary'; DROP TABLE persons; --`, `%Canary%`, strings.Repeat("Canary", 9000)} {
			for _, op := range []ast.Operation{ast.Query, ast.Mutation} {
				for _, f := range roots(sdl, op) {
					for i, who := range []string{"worker", "worker", "supervisor", "admin", "dataprotection"} {
						o := as(s, "lwu", who)
						document := writer{schema: sdl, id: id, all: true, text: text, keyed: i == 0}.document(op, f, "ASSISTANCE")
						if !strings.Contains(document, text) {
							continue
						}
						a := o.ask(document, nil)
						refused := a.code() != "" || a.userError() != ""
						if a.code() == "LIMITED" && len(text) < 100 {
							t.Fatalf("%s is not asked at all: %s", f.Name, a.raw)
						}
						if a.code() == "INTERNAL" || refused && strings.Contains(a.raw, "Canary") {
							t.Errorf("%s with %.20q: %.300s", f.Name, text, a.raw)
						}
						asked++
					}
				}
			}
		}
		if asked < 100 {
			t.Errorf("only %d questions were asked", asked)
		}
	})
}
