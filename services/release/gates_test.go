package release_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/release"
)

// figures is a built table of the definition, with the rows "year sex count".
func figures(raw []byte, rows ...string) *release.Built {
	b := &release.Built{Definition: raw, Columns: []string{"year", "sex", "count"}, Base: 11, Snapshot: map[string]string{"2023": "a", "2024": "b"}}
	for _, r := range rows {
		b.Rows = append(b.Rows, strings.Fields(r))
	}
	return b
}

// nobody finds nothing: it shows what the other gates find.
type nobody struct{}

func (nobody) Audit(context.Context, []release.Published) ([]string, error) { return nil, nil }

// refusedBy lists the gates that refuse.
func refusedBy(t *testing.T, b *release.Built, a release.Auditor, earlier ...release.Published) (names []string) {
	t.Helper()
	r, err := release.Check(t.Context(), b, earlier, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Gates {
		if !g.Pass {
			names = append(names, g.Name)
		}
	}
	if (len(names) > 0) != (r.Err() != nil) {
		t.Errorf("%v, but %v", names, r.Err())
	}
	return names
}

// TestGates: each refuses what it is for, and the same table passes without its fault.
func TestGates(t *testing.T) {
	sound := []string{"2023 FEMALE 44", "2023 MALE 55", "2023 _T 99"}
	exploited := changed("  - {name: sex}", "  - {name: sex}\n  - {name: exploitation_form}")
	four := func(rows ...string) *release.Built {
		b := figures(exploited, rows...)
		b.Columns = []string{"year", "sex", "exploitation_form", "count"}
		return b
	}
	for name, c := range map[string]struct {
		b    *release.Built
		want string
	}{
		"a sound table":               {figures([]byte(definition), sound...), "[]"},
		"a cell below k":              {figures([]byte(definition), append(sound, "2024 MALE 3")...), "[rounding k]"},
		"counts that are not rounded": {figures([]byte(definition), "2023 FEMALE 45", "2023 MALE 55"), "[rounding]"},
		"nothing":                     {figures([]byte(definition)), "[k]"},
		"many small classes":          {figures([]byte(definition), "2023 FEMALE 22", "2023 MALE 22", "2024 FEMALE 22", "2024 MALE 22"), "[risk]"},
		"free text":                   {figures([]byte(definition), "2023 FEMALE,_whose_brother_came 44"), "[words]"},
		"everybody in a class alike":  {four("2023 FEMALE SEXUAL 55", "2023 MALE LABOUR 55"), "[l]"},
		"a class unlike all":          {four("2023 FEMALE SEXUAL 990", "2023 FEMALE LABOUR 11", "2023 MALE LABOUR 9900", "2023 MALE SEXUAL 11"), "[t]"},
		"two values in each class":    {four("2023 FEMALE SEXUAL 55", "2023 FEMALE LABOUR 44", "2023 MALE LABOUR 55", "2023 MALE SEXUAL 44"), "[]"},
	} {
		if got := fmt.Sprint(refusedBy(t, c.b, nobody{})); got != c.want {
			t.Errorf("%s: refused by %s, want %s", name, got, c.want)
		}
	}
	if got := fmt.Sprint(refusedBy(t, figures([]byte(definition), sound...), nil)); got != "[auditor]" {
		t.Errorf("without an auditor: %s", got)
	}
}

// TestASeriesNamesNobody: an authority's own counts are in its own words, which are few: no
// text about somebody, no number of a passport or a telephone (threats.md 36).
func TestASeriesNamesNobody(t *testing.T) {
	for cell, want := range map[string]string{
		"FEMALE": "[]", "0-17": "[]", "2023": "[]", "Forced labour (fishing)": "[]", "ຍິງ": "[]", "_T": "[]",
		"a girl of Pakse whose uncle sold her to": "[words]", "P1234567": "[words]", "+856 20 555 12345": "[words]", "who@example.la": "[words]", "=1+1": "[words]", "two\tcells": "[words]",
	} {
		b := figures([]byte(strings.Replace(definition, "method: counts", "method: series", 1)))
		b.Base, b.Rows = 0, [][]string{{"2023", cell, "1"}}
		if got := fmt.Sprint(refusedBy(t, b, nobody{})); got != want {
			t.Errorf("%q: refused by %s, want %s", cell, got, want)
		}
	}
}

// TestTotalMinusParts: a total, its parts and an exact count give away what was withheld;
// the auditor finds it, and without it every other gate lets it pass (threats.md 36, 37).
func TestTotalMinusParts(t *testing.T) {
	rows := func(text ...string) *release.Built {
		// One generalised row a person: exact counts.
		b := figures([]byte(strings.Replace(string(changed("method: counts", "method: rows")), "  - {name: year}\n", "  - {name: state}\n", 1)))
		b.Columns, b.Base, b.Records, b.Rows = []string{"state", "sex"}, 0, true, nil
		for _, r := range text {
			var n int
			var sex string
			if _, err := fmt.Sscan(r, &sex, &n); err != nil {
				t.Fatal(err)
			}
			for range n {
				b.Rows = append(b.Rows, []string{"OPEN", sex})
			}
		}
		return b
	}
	earlier := func(from, to int, cells ...release.Cell) release.Published {
		return release.Published{Name: "earlier/1", Population: release.Population{Name: "persons", Unit: release.UnitCase}, Method: release.Rows,
			Columns: []string{"state", "sex"}, Period: release.Period{From: from, To: to}, K: 11, Cells: cells, Snapshot: map[string]string{"2023": "a"}}
	}
	candidate := rows("FEMALE 50", "MALE 60")
	total := earlier(2023, 2024, release.Cell{Values: []string{release.Total, release.Total}, Count: 113})
	if got := refusedBy(t, candidate, nobody{}, total); len(got) != 0 {
		t.Errorf("without the auditor: refused by %v", got)
	}
	whole := release.Published{Name: "whole/1", Population: total.Population, Columns: total.Columns, Period: total.Period, K: 11, Snapshot: total.Snapshot,
		Cells: []release.Cell{{Values: []string{"OPEN", ""}, Count: 0}, {Values: []string{"", release.Total}, Count: 0}, {Values: []string{release.Total, release.Total}, Count: 113}}}
	if got := refusedBy(t, candidate, release.Bounds{}, whole); fmt.Sprint(got) != "[auditor]" {
		t.Errorf("a total minus its parts is three persons: refused by %v", got)
	}
	// One period within another, three persons less.
	part := earlier(2023, 2023, release.Cell{Values: []string{"OPEN", "FEMALE"}, Count: 47})
	if got := refusedBy(t, candidate, nobody{}, part); len(got) != 0 {
		t.Errorf("without the auditor: refused by %v", got)
	}
	if got := refusedBy(t, candidate, release.Bounds{}, part); fmt.Sprint(got) != "[auditor]" {
		t.Errorf("two overlapping periods differ by three: refused by %v", got)
	}
	far := earlier(2023, 2023, release.Cell{Values: []string{"OPEN", "FEMALE"}, Count: 30})
	if got := refusedBy(t, candidate, release.Bounds{}, far); len(got) != 0 {
		t.Errorf("twenty persons apart: refused by %v", got)
	}
}

// TestAnExclusionIsNoPair: the cases of a year changed since it was published, so a table of
// that year would show by whom; one that is pooled with a further year passes (J2).
func TestAnExclusionIsNoPair(t *testing.T) {
	before := release.Published{Name: "before/1", Population: release.Population{Name: "persons", Unit: release.UnitCase}, Columns: []string{"year"}, K: 11, Base: 11,
		Period: release.Period{From: 2023, To: 2023}, Snapshot: map[string]string{"2023": "other"}}
	if got := refusedBy(t, figures([]byte(definition), "2023 FEMALE 44", "2023 MALE 55"), nobody{}, before); fmt.Sprint(got) != "[pairs]" {
		t.Errorf("the same year of other rows: refused by %v", got)
	}
	pooled := figures(changed("  - {name: year}", "  - {name: year, pool: 2}"), "2022-2023 FEMALE 44", "2022-2023 MALE 55")
	if got := refusedBy(t, pooled, nobody{}, before); fmt.Sprint(got) != "[pairs]" {
		t.Errorf("pooled with a year that has no cases: refused by %v", got)
	}
	pooled = figures(changed("  - {name: year}", "  - {name: year, pool: 2}"), "2020-2029 FEMALE 44", "2020-2029 MALE 55")
	if got := refusedBy(t, pooled, nobody{}, before); len(got) != 0 {
		t.Errorf("pooled with a further year: refused by %v", got)
	}
	before.Snapshot["2023"] = "a"
	if got := refusedBy(t, figures([]byte(definition), "2023 FEMALE 44", "2023 MALE 55"), nobody{}, before); len(got) != 0 {
		t.Errorf("the same year of the same rows: refused by %v", got)
	}
}
