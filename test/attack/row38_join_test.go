package attack

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/release"
)

// neighbour is what a public list, or a village, knows of a person who was assisted.
type neighbour struct{ year, sex string }

// learned joins a neighbour with rows of year, sex and form: the forms that she can have had,
// and of how many rows.
func learned(rows [][]string, n neighbour) (forms []string, of int) {
	for _, r := range rows {
		if (r[0] == n.year || r[0] == "*" || len(r[0]) == 9 && r[0][:4] <= n.year && n.year <= r[0][5:]) && (r[1] == n.sex || r[1] == "*") {
			of++
			if !slices.Contains(forms, r[2]) {
				forms = append(forms, r[2])
			}
		}
	}
	return forms, of
}

// Test38JoinedWithAPublicList: in a k-anonymous table all women of a year share what was
// done to them, and one person is alone. Joined with a list of who was assisted the naive
// tables tell it of each; what Sala builds of the same cases tells of nobody, and the naive
// tables, brought as a candidate, are refused.
func Test38JoinedWithAPublicList(t *testing.T) {
	t.Parallel()
	w, _ := population(t,
		persons{40, 2023, presumed, female, sexual}, persons{42, 2023, presumed, male, labour},
		persons{41, 2024, presumed, female, labour}, persons{20, 2024, presumed, male, labour}, persons{21, 2024, presumed, male, sexual},
		persons{1, 2024, presumed, valueset.SexIntersex, sexual})
	raw := declaration("research", "", "{from: 2023, to: 2024}", "{name: year}, {name: sex}, {name: exploitation_form}", exactRows)
	homogeneous, alone := neighbour{"2023", "FEMALE"}, neighbour{"2024", "INTERSEX"}

	naive := naiveRows(t, w.Store)
	if forms, of := learned(naive, homogeneous); fmt.Sprint(forms) != "[SEXUAL]" || of != 40 {
		t.Fatalf("the homogeneous class tells %v of %d", forms, of)
	}
	if forms, of := learned(naive, alone); len(forms) != 1 || of != 1 {
		t.Fatalf("the one who is alone: %v of %d", forms, of)
	}
	candidate := &release.Built{Definition: raw, Columns: []string{"year", "sex", "exploitation_form"}, Records: true, Rows: naive, Snapshot: map[string]string{}}
	s := newSecretariat(t)
	refusedBy(t, w, "k", s.publish(t, w.Store, candidate, release.Bounds{}), 0)
	candidate.Rows = slices.DeleteFunc(slices.Clone(naive), func(r []string) bool { return r[1] == "INTERSEX" })
	refusedBy(t, w, "l", s.publish(t, w.Store, candidate, release.Bounds{}), 0)

	b := built(t, w, raw)
	if err := s.publish(t, w.Store, b, release.Bounds{}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []neighbour{homogeneous, alone, {"2023", "MALE"}, {"2024", "FEMALE"}, {"2024", "MALE"}} {
		if forms, of := learned(b.Rows, n); of > 0 && (of < 11 || len(forms) < 2) {
			t.Errorf("a neighbour of %v learns %v of %d rows", n, forms, of)
		}
	}
	if len(b.Rows) < 100 {
		t.Errorf("%d rows are left: the test proves nothing", len(b.Rows))
	}
}

// naiveRows are the rows of persons as the view has them, which no gate has seen.
func naiveRows(t *testing.T, st *store.Store) (out [][]string) {
	t.Helper()
	err := st.Run(t.Context(), rule.Scope{Mode: rule.Release}, true, func(ctx context.Context, op *store.Op) error {
		all, err := op.Releasable(ctx, release.UnitCase)
		if err != nil {
			return err
		}
		at := func(name string) int { return slices.Index(all.Columns, name) }
		form := map[string]string{"SexualExploitation": "SEXUAL", "ForcedLabour": "LABOUR"}
		for _, r := range all.Values {
			out = append(out, []string{r[at("year")], r[at("sex")], form[r[at("exploitation")]]})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
