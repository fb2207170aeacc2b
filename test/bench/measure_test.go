package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// TestMeasure prints what things cost. Ratios are of one run on one machine; it
// fails only where something does not work.
func TestMeasure(t *testing.T) {
	w := world.OnPostgres(t, server, world.Options{More: more, MaxConns: 4})
	begun := time.Now()
	load(t, w, *size)
	fmt.Printf("\n%d cases of %d agencies, loaded by COPY in %.1f s; PostgreSQL with fsync off\n", *size, agencies, time.Since(begun).Seconds())
	s := w.Serve(false)
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	pages(t, s, out)
	evaluations(t, w, out)
}

// pages measures a page of 50 cases with and without each wall and the ledger.
func pages(t *testing.T, s *world.Server, out *tabwriter.Writer) {
	t.Helper()
	open := opened(t, s.World)
	conn, err := pgx.Connect(t.Context(), s.World.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows := func(enabled bool) {
		word := map[bool]string{true: "ENABLE", false: "DISABLE"}[enabled]
		for _, table := range append([]string{"agencies", "gates"}, tables...) {
			run(t, conn, "ALTER TABLE "+table+" "+word+" ROW LEVEL SECURITY")
		}
	}
	fmt.Fprintln(out, "\npage of 50 cases\trows\tms\tratio\tallocations\t"+columns)
	for _, who := range []struct{ subject, words string }{
		{"worker", "case worker with a twentieth of her agency's cases"}, {"supervisor", "supervisor, who sees all of them"},
	} {
		fmt.Fprintf(out, "%s:\n", who.words)
		var base time.Duration
		for _, v := range variants {
			rows(v.rows)
			st := s.Store
			if !v.app {
				st = open
			}
			m := measure(t, newAsker(t, s, st, v.ledger, "a01", who.subject), 50, *rounds)
			if base == 0 {
				base = m.median
			}
			fmt.Fprintf(out, "  %s\t%d\t%.1f\t%.2f\t%d\t%s\n", v.name, m.rows, ms(m.median), float64(m.median)/float64(base), m.allocations, m.statements())
		}
	}
	_ = out.Flush()
}

// variants of what stands before the data.
var variants = []struct {
	name              string
	app, rows, ledger bool
}{
	{"no wall, no ledger", false, false, false},
	{"application's predicate", true, false, false},
	{"row-level security", false, true, false},
	{"both walls", true, true, false},
	{"both walls and ledger", true, true, true},
}

// opened is the same database without the application's predicate.
func opened(t *testing.T, w *world.World) *store.Store {
	t.Helper()
	st, err := store.OpenPostgres(w.AppURL, store.Options{
		Walls: store.Walls{WithoutApplication: true}, MaxConns: 4, Keys: w.Keys, Secret: world.Secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// evaluations measures a change of a case with 1, 10 and 100 referrals and
// statements: facts read, policy evaluated, accesses written, checked by PostgreSQL. The
// referrals go round all other agencies, as far as there are so many. A hundred cost at
// most mostOfTen times what ten cost.
func evaluations(t *testing.T, w *world.World, out *tabwriter.Writer) {
	t.Helper()
	fmt.Fprintln(out, "\nre-evaluation of a case with\tms\tof 10")
	for i := 1; i < more; i++ {
		if w.Agreements[code(0)+"+"+code(i)] == "" {
			w.Agreements[code(0)+"+"+code(i)] = w.InForce([]string{code(0), code(i)},
				[]category.Purpose{category.ForAssistance}, category.Shareable(), 0, 3*365*24*time.Hour)
		}
	}
	cases := map[int]string{}
	sizes := []int{1, 10, 100}
	if *rounds < 10 { // a trial: making the case of 100 takes longer than all else
		sizes = sizes[:2]
	}
	for _, n := range sizes {
		cases[n] = w.Register(code(0), "Bounkham")
		for i := range n {
			to := code(1 + i%(more-1))
			w.Share(code(0), cases[n], to, category.ForAssistance, category.Profile)
			w.Accept(to, category.ForAssistance, w.Refer(code(0), cases[n], to, category.ForAssistance, category.Profile))
		}
	}
	// In turn, so that a busy machine slows all.
	times := map[int][]time.Duration{}
	var ratios []float64
	for range *rounds {
		for _, n := range sizes {
			times[n] = append(times[n], reevaluated(w, cases[n]))
		}
		if last := len(times[10]) - 1; len(times[100]) > 0 {
			ratios = append(ratios, float64(times[100][last])/float64(times[10][last]))
		}
	}
	for _, n := range sizes {
		slices.Sort(times[n])
		fmt.Fprintf(out, "%d referrals and statements\t%.1f\t%.1f\n", n, ms(times[n][len(times[n])/2]), float64(times[n][len(times[n])/2])/float64(times[10][len(times[10])/2]))
	}
	_ = out.Flush()
	if len(ratios) > 0 && middle(ratios) > mostOfTen {
		t.Errorf("a case with 100 referrals and statements takes %.1f times as long as one with 10; want at most %d", middle(ratios), mostOfTen)
	}
}

// mostOfTen bounds what a hundred referrals cost, of what ten cost.
const mostOfTen = 12

// reevaluated is how long a change of the case takes.
func reevaluated(w *world.World, id string) time.Duration {
	begun := time.Now()
	w.Must(w.As(code(0), category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		if err := op.Lock(ctx, id); err != nil {
			return err
		}
		op.Touch(id)
		return nil
	})
	return time.Since(begun)
}
