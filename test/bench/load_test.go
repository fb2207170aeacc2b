package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/test/world"
)

// agencies in the loaded exchange.
const agencies = 50

// officers of each agency, among whom its cases are assigned in turn: the one that
// asks has a twentieth.
const officers = 20

// more are those beside the six that every world has.
const more = agencies - 6

// tables that hold a case, in the order in which they refer to each other.
var tables = []string{
	"case_files", "persons", "identities", "contacts", "profiles", "traffickings", "consents", "provisions",
	"referrals", "previews", "assignments", "accesses",
}

// entities whose rows hold something under seal, by table.
var entities = map[string]string{
	"identities": ent.TypeIdentity, "contacts": ent.TypeContact, "consents": ent.TypeConsent,
}

// template is one real case, made by the verbs and evaluated by the policy, whose
// rows are multiplied.
type template struct {
	rows map[string][]map[string]any
	// times are those in its rows, ascending, each once.
	times []int64
	// of the agencies in it: owner first, then those it is shared with.
	agencies []*world.Agency
}

// load multiplies three cases to n by COPY: 60 % that nobody else sees, 25 % shared
// with one agency, 15 % with two.
func load(t *testing.T, w *world.World, n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	// The triggers would raise each case's version row by row: the copies are
	// evaluated already.
	run(t, conn, "SET session_replication_role = replica")
	templates := []*template{read(t, conn, w, 0), read(t, conn, w, 1), read(t, conn, w, 2)}
	batch, taken := map[string][][]any{}, map[string]bool{}
	columns := map[string][]string{}
	flush := func() {
		for _, table := range tables {
			if len(batch[table]) == 0 {
				continue
			}
			if _, err := conn.CopyFrom(t.Context(), pgx.Identifier{table}, columns[table], pgx.CopyFromRows(batch[table])); err != nil {
				t.Fatalf("copying into %s: %v", table, err)
			}
			batch[table] = nil
		}
	}
	var ids []string
	for i := range n {
		if len(ids) == 0 {
			ids = fresh(t, w, min(keysAtOnce, n-i))
		}
		k := templates[0]
		switch m := i % 20; {
		case m >= 17:
			k = templates[2]
		case m >= 12:
			k = templates[1]
		}
		k.copyTo(w, i, ids[0], batch, columns, taken)
		ids = ids[1:]
		if i%5000 == 4999 {
			flush()
		}
	}
	flush()
	run(t, conn, "ANALYZE")
}

// shape writes the shapes of all cases, as an evaluation of each would.
func shape(t *testing.T, w *world.World) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	run(t, conn, "DELETE FROM case_shapes")
	for last := ""; ; {
		var rows [][]any
		w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
			ids, err := op.Cases(ctx, last, 500)
			if err != nil || len(ids) == 0 {
				return err
			}
			last = ids[len(ids)-1]
			facts, err := op.FactsOf(ctx, ids)
			for id, f := range facts {
				s, err := rule.ShapeOf(f.Facts)
				if err != nil {
					return err
				}
				k := s.Kept()
				rows = append(rows, []any{pubid.New("shape"), id, f.Version, k.Digest[:], k.Instants, k.IDs})
			}
			return err
		})
		if len(rows) == 0 {
			break
		}
		if _, err := conn.CopyFrom(t.Context(), pgx.Identifier{"case_shapes"}, []string{"id", "case_id", "facts_version", "digest", "instants", "ids"}, pgx.CopyFromRows(rows)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, conn, "ANALYZE case_shapes")
}

// keysAtOnce is for how many cases keys are made together.
const keysAtOnce = 1000

// fresh makes ids of cases, and their keys.
func fresh(t *testing.T, w *world.World, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = pubid.New("case")
	}
	if err := w.Keys.Make(t.Context(), ids...); err != nil {
		t.Fatal(err)
	}
	return ids
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// read makes a case by the verbs, shared with so many agencies, and reads its rows.
func read(t *testing.T, conn *pgx.Conn, w *world.World, shares int) *template {
	t.Helper()
	id := w.Register("a01", "Bounkham")
	k := &template{rows: map[string][]map[string]any{}}
	for i := range 3 {
		k.agencies = append(k.agencies, w.Agencies[code(i)])
	}
	parts := []category.Category{category.Identity, category.Profile}
	for i := 1; i <= shares; i++ {
		w.Share("a01", id, code(i), category.ForAssistance, parts...)
		w.Accept(code(i), category.ForAssistance, w.Refer("a01", id, code(i), category.ForAssistance, parts...))
	}
	for _, table := range tables {
		where := "case_id = $1"
		if table == "case_files" {
			where = "id = $1"
		}
		rows, err := conn.Query(t.Context(), "SELECT * FROM "+table+" WHERE "+where, id)
		if err != nil {
			t.Fatal(err)
		}
		if k.rows[table], err = pgx.CollectRows(rows, pgx.RowToMap); err != nil {
			t.Fatal(err)
		}
		for _, r := range k.rows[table] {
			if sealed, ok := r["sealed"].([]byte); ok {
				if r["sealed"], err = w.Keys.Open(t.Context(), place(table, r, nil), sealed); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, rows := range k.rows {
		for _, r := range rows {
			for _, v := range r {
				if n, is := v.(int64); is && n > firstTime && n < rule.Forever {
					k.times = append(k.times, n)
				}
			}
		}
	}
	slices.Sort(k.times)
	k.times = slices.Compact(k.times)
	return k
}

// firstTime is before every time in a template's rows.
const firstTime = 1_000_000_000_000_000

// moved writes the times of a copy: no two copies have the same, up to 20 days earlier than
// the template's, and further apart by up to a second each. Other values stay.
func (k *template) moved(v any, i int) any {
	n, is := v.(int64)
	at, found := slices.BinarySearch(k.times, n)
	if !is || !found {
		return v
	}
	const day = 86_400_000_000
	return n - int64(i)*7_919_000_003%(20*day) + int64(at)*(int64(i)*104_729%1_000_000)
}

// place is where a sealed text opens: the row, renamed where it is a copy.
func place(table string, r map[string]any, ids map[string]string) seal.Row {
	of := func(column string) string { return renamed(r[column], ids).(string) }
	return seal.Row{Entity: entities[table], ID: of("id"), Case: of("case_id"), Contributor: of("contributor_id")}
}

// officersOf are the ids of the further officers, by that of their agency's worker and the
// number of the officer among them.
var officersOf = map[string]map[int]string{}

func officer(worker string, n int) string {
	if officersOf[worker] == nil {
		officersOf[worker] = map[int]string{}
	}
	if officersOf[worker][n] == "" {
		officersOf[worker][n] = pubid.New("member")
	}
	return officersOf[worker][n]
}

func code(i int) string { return fmt.Sprintf("a%02d", i%more+1) }

// copyTo adds one copy under a case's id, owned by the next agency in turn.
func (k *template) copyTo(w *world.World, i int, caseID string, batch map[string][][]any, columns map[string][]string, taken map[string]bool) {
	ids := map[string]string{}
	for j, a := range k.agencies {
		b := w.Agencies[code(i+j)]
		ids[a.ID], ids[a.Worker] = b.ID, b.Worker
		if n := i / more % officers; n > 0 {
			ids[a.Worker] = officer(b.Worker, n)
		}
	}
	for j := 1; j < len(k.agencies); j++ {
		ids[w.Agreements[code(0)+"+"+code(j)]] = agreement(w, code(i), code(i+j))
	}
	for _, rows := range k.rows {
		for _, r := range rows {
			id := r["id"].(string)
			ids[id] = pubid.New(pubid.Prefix(id))
		}
	}
	ids[k.rows["case_files"][0]["id"].(string)] = caseID
	for table, rows := range k.rows {
		for _, r := range rows {
			if columns[table] == nil {
				for c := range r {
					columns[table] = append(columns[table], c)
				}
			}
			var out []any
			for _, c := range columns[table] {
				v := k.moved(renamed(r[c], ids), i)
				if c == "reference" {
					v = reference(taken)
				}
				if c == "sealed" {
					v = sealed(w, place(table, r, ids), v.([]byte))
				}
				out = append(out, v)
			}
			batch[table] = append(batch[table], out)
		}
	}
}

func sealed(w *world.World, at seal.Row, plain []byte) []byte {
	out, err := w.Keys.Seal(w.T.Context(), at, plain)
	if err != nil {
		w.T.Fatal(err)
	}
	return out
}

// reference is one that is not taken.
func reference(taken map[string]bool) string {
	for {
		if ref := caseref.New(); !taken[ref] {
			taken[ref] = true
			return ref
		}
	}
}

func agreement(w *world.World, a, b string) string {
	if strings.Compare(a, b) > 0 {
		a, b = b, a
	}
	return w.Agreements[a+"+"+b]
}

// renamed replaces ids wherever they stand in a value, in lists too.
func renamed(v any, ids map[string]string) any {
	switch v := v.(type) {
	case string:
		if to, ok := ids[v]; ok {
			return to
		}
	case map[string]any: // what agencies know of her age, by agency
		out := map[string]any{}
		for k, value := range v {
			out[renamed(k, ids).(string)] = renamed(value, ids)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = renamed(v[i], ids)
		}
		return out
	}
	return v // numbers, and birth dates and the like, which name no row
}
