package proof

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/proof/model"
	"github.com/sala-exchange/sala/test/world"
)

// casesOfARound are judged together: one look of a member reads them all.
const casesOfARound = 30

// TestThreeJudges: on cases made at random and stored in PostgreSQL, three that know
// nothing of each other say alike, for each member, purpose, category, contributor and
// case, at a moment now or later, whether the rows are open: the stored accesses, which
// policy decided; the reference model; and row-level security alone, past the application.
// The database's own judgement of each access (sala_accesses_rest) is a fourth: it refuses a
// commit that does not rest.
func TestThreeJudges(t *testing.T) {
	t.Parallel()
	server.Need(t)
	w := world.OnPostgres(t, server, world.Options{More: 3})
	root, login := w.Root(), opened(t, w.AppURL)
	g := &maker{Rand: random(t, 2), cast: cast(t, w, root), now: w.Store.Now()}
	j, asked, open, differ := model.New(), 0, 0, 0
	for range size(1, 1) {
		agreements, shut := g.agreements(), map[string]bool{one(g, g.cast[5:]).id: true}
		var parties []string
		for _, a := range g.cast {
			parties = append(parties, a.id)
		}
		cases := make([]*model.Case, size(6, casesOfARound))
		past(t, root, func(tx *sql.Tx) {
			under(t, tx, agreements, shut, g.cast)
			for i := range cases {
				cases[i] = g.make(agreements, shut)
				stores(t, tx, cases[i], parties)
			}
		})
		accesses := map[string][]rule.Access{}
		for _, c := range cases {
			accesses[c.ID] = judged(t, w, c)
		}
		g.looks(cases, func(q model.Question) {
			rows := shown(t, login, q)
			for _, c := range cases {
				each(c, q, func(q model.Question) {
					stored, want, seen := decided(accesses[c.ID], c, q), j.Open(c, q), rows[row{q.Category, c.ID, q.Contributor}]
					if q.Category == "SUSPECT" && q.Contributor != q.Agency && stored { // and its proceeding (B2)
						q.Category = "JUSTICE"
						stored, want = decided(accesses[c.ID], c, q), j.Open(c, q)
					}
					if asked++; stored {
						open++
					}
					if stored != want || stored != seen {
						if differ++; differ < 6 {
							t.Errorf("row-level security says %v; %s", seen, told(c, q, accesses[c.ID], stored))
						}
					}
				})
			}
		})
	}
	t.Logf("%d decisions, %d of them open; %d different", asked, open, differ)
	if open == 0 {
		t.Error("nothing was open: nothing was compared")
	}
	covered(t, j)
}

func opened(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// judged lets policy decide a case and returns what is stored of it. What the store reads
// for policy is what was meant.
func judged(t *testing.T, w *world.World, c *model.Case) (out []rule.Access) {
	t.Helper()
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		read, _, err := op.Facts(ctx, c.ID)
		if err != nil {
			return err
		}
		if got, want := plain(read), plain(facts(c)); got != want {
			t.Errorf("the store reads other facts than were meant:\n%s\n%s", got, want)
		}
		op.Touch(c.ID)
		return nil
	})
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		rows, err := op.Access.Query().Where(access.CaseID(c.ID)).All(rule.InMode(ctx, rule.Policy))
		for _, a := range rows {
			var words []string
			for _, c := range category.Set(a.Categories).List() {
				words = append(words, string(c))
			}
			out = append(out, rule.Access{Grantee: a.GranteeID, Member: a.MemberID, Unit: a.UnitID, Contributor: a.ContributorID, Action: a.Action, Categories: words, Purpose: a.Purpose,
				Agreement: a.AgreementID, Referrer: a.ReferrerID, ReferralAgreement: a.ReferralAgreementID,
				Basis: a.Basis, FirstAgreement: a.FirstAgreementID, FirstReferrer: a.FirstReferrerID, From: a.ValidFrom, Until: a.ValidUntil})
		}
		return err
	})
	return out
}

// plain are facts as one text, whatever the order of lists; without the agencies and
// agreements that concern nobody in the case.
func plain(f *rule.Facts) string {
	c := *f
	c.Agencies, c.Agreements = nil, nil
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain values
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		panic(err)
	}
	return ordered(doc)
}

func ordered(doc any) string {
	var parts []string
	switch v := doc.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, k+": "+ordered(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, x := range v {
			parts = append(parts, ordered(x))
		}
		slices.Sort(parts)
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(doc)
}

// looks are one for each member and purpose, at a moment of some case.
func (g *maker) looks(cases []*model.Case, look func(model.Question)) {
	for _, c := range cases {
		for _, q := range g.aims(c) {
			look(q)
		}
	}
	for _, a := range g.cast {
		for _, m := range []string{a.worker, a.colleague, a.supervisor} {
			for _, p := range purposes {
				look(model.Question{Agency: a.id, Member: m, Supervisor: m == a.supervisor, Purpose: p, At: one(g, g.moments(one(g, cases)))})
			}
		}
	}
}

// each is every category of every contributor.
func each(c *model.Case, q model.Question, ask func(model.Question)) {
	q.Category = "CASE"
	ask(q)
	for _, q.Contributor = range append([]string{c.Owner}, c.Contributors...) {
		for _, q.Category = range model.Categories()[1:] {
			ask(q)
		}
	}
}

// row is one of a case; its contributor is empty for the case row.
type row struct{ category, caseID, contributor string }

// shown are the rows that row-level security alone lets a member read.
func shown(t *testing.T, login *sql.DB, q model.Question) map[row]bool {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for name, v := range map[string]string{"agency": q.Agency, "member": q.Member, "purpose": q.Purpose, "supervisor": fmt.Sprint(q.Supervisor),
		"casework": fmt.Sprint(!q.Supervisor), "now": fmt.Sprint(q.At)} {
		written(t, tx, "SELECT set_config('sala.' || $1, $2, true)", name, v)
	}
	written(t, tx, "SET LOCAL ROLE sala_request")
	written(t, tx, "SELECT set_config('sala.holders', sala_holders($1, $2), true)", q.Agency, q.Member)
	written(t, tx, "SELECT set_config('sala.units', sala_units($1, $2), true)", q.Agency, q.Member)
	// Asked for in lists, the cases are the same.
	written(t, tx, "SET LOCAL sala.lists = true")
	listed := rowsOf(t, tx, "SELECT 'CASE', id, '' FROM case_files")
	written(t, tx, "SET LOCAL sala.lists = false")
	parts := []string{"SELECT 'CASE', id, '' FROM case_files"}
	for category, table := range tables {
		parts = append(parts, "SELECT '"+category+"', case_id, contributor_id FROM "+table)
	}
	out := rowsOf(t, tx, strings.Join(parts, " UNION ALL "))
	for r := range out {
		if r.category == "CASE" && !listed[r] {
			t.Errorf("a list of cases leaves out one that is open: %+v", q)
		}
		delete(listed, r)
	}
	if len(listed) > 0 {
		t.Errorf("a list of cases shows %d that are not open: %+v", len(listed), q)
	}
	return out
}

func rowsOf(t *testing.T, tx *sql.Tx, query string) map[row]bool {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[row]bool{}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.category, &r.caseID, &r.contributor); err != nil {
			t.Fatal(err)
		}
		out[r] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
