package release_test

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/release"
)

// TestOneFactInSeveralColumns: columns that are made of one fact are subtracted from each
// other as one column is: a year less its other quarters, children less those of one band
// of age, a group of genders less one of them. What is left is three persons, which is
// found; where it is many nothing is.
func TestOneFactInSeveralColumns(t *testing.T) {
	published := func(name string, columns []string, cells ...release.Cell) release.Published {
		return release.Published{Name: name, Population: release.Population{Name: "persons", Unit: release.UnitCase}, Method: release.Rows, Records: true,
			Columns: columns, Period: release.Period{From: 2023, To: 2024}, K: 11, L: 2, Cells: cells, Snapshot: map[string]string{"2023": "a", "2024": "b"}}
	}
	cell := func(n int64, values ...string) release.Cell { return release.Cell{Values: values, Count: n} }
	adults := func(p release.Published) release.Published {
		p.Population.Adults = true
		return p
	}
	for name, of := range map[string]func(left int64) []release.Published{
		"a year and its quarters": func(left int64) []release.Published {
			return []release.Published{
				published("quarters/1", []string{"quarter", "sex"}, cell(50, "2023-Q1", "FEMALE"), cell(60, "2023-Q2", "FEMALE"), cell(44, "2023-Q3", "FEMALE"), cell(70, "2024-Q1", "FEMALE")),
				published("years/1", []string{"year", "sex"}, cell(154+left, "2023", "FEMALE"), cell(90, "2024", "FEMALE"))}
		},
		"two years and the quarters of both": func(left int64) []release.Published {
			return []release.Published{
				published("quarters/1", []string{"quarter", "sex"}, cell(50, "2023-Q1", "MALE"), cell(60, "2023-Q4", "MALE"), cell(44, "2024-Q2", "MALE")),
				published("all/1", []string{"sex"}, cell(154+left, "MALE"))}
		},
		"a year and quarters in one table": func(left int64) []release.Published {
			return []release.Published{
				published("both/1", []string{"year", "quarter"}, cell(50, "2023", "2023-Q1"), cell(60, "2023", "2023-Q2"), cell(44, "2023", "2023-Q3")),
				published("years/1", []string{"yearOfRegistration"}, cell(154+left, "2023"), cell(90, "2024"))}
		},
		"children and bands of age": func(left int64) []release.Published {
			return []release.Published{
				published("bands/1", []string{"age_group"}, cell(30, "0-11"), cell(60, "18-34"), cell(40, "35-59")),
				published("majority/1", []string{"majority"}, cell(30+left, "CHILD"), cell(160, "ADULT"))}
		},
		"adults alone and bands of age": func(left int64) []release.Published {
			return []release.Published{
				published("bands/1", []string{"age_group"}, cell(60, "18-34"), cell(40, "35-59"), cell(30, "60+")),
				adults(published("adults/1", []string{"sex"}, cell(130+left, release.Total)))}
		},
		"bands of age and CTDC's": func(left int64) []release.Published {
			return []release.Published{
				published("ctdc/1", []string{"ageBroad"}, cell(30, "0-8"), cell(55, "9-17")),
				published("bands/1", []string{"age_group"}, cell(30+left, "0-11"), cell(40, "12-17"))}
		},
		"genders and CTDC's": func(left int64) []release.Published {
			return []release.Published{
				published("genders/1", []string{"gender"}, cell(50, "Feminine"), cell(40, "Masculine"), cell(11, "TransgenderMasculine")),
				published("ctdc/1", []string{"ctdcGender"}, cell(50, "Woman"), cell(40, "Man"), cell(11+left, "Trans/Transgender/NonConforming"))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := release.Bounds{}.Audit(t.Context(), of(3))
			if err != nil || len(found) == 0 || !strings.Contains(found[0], "from 3 to 3 persons") {
				t.Errorf("three are left: found %v, %v", found, err)
			}
			if found, err := (release.Bounds{}).Audit(t.Context(), of(33)); err != nil || len(found) > 0 {
				t.Errorf("many are left: found %v, %v", found, err)
			}
		})
	}
}

// TestFactsThatAreNone: a value that no column has is refused, and said to be.
func TestFactsThatAreNone(t *testing.T) {
	for _, v := range []string{"2023-Q5", "2023-Q", "Q1", "1999-Q1", "2023-q1", "2023-Q11"} {
		p := release.Published{Name: "x/1", Population: release.Population{Name: "persons", Unit: release.UnitCase}, Columns: []string{"quarter"}, Period: release.Period{From: 2023, To: 2024},
			K: 11, Cells: []release.Cell{{Values: []string{v}, Count: 44}}}
		if found, err := (release.Bounds{}).Audit(t.Context(), []release.Published{p}); err == nil {
			t.Errorf("%s is read: %v", v, found)
		}
	}
}

// TestNoiseIsNoFact: rows of nobody may contradict themselves, and bound nothing: they are
// taken in beside a table of facts.
func TestNoiseIsNoFact(t *testing.T) {
	of := release.Population{Name: "persons", Unit: release.UnitCase}
	noise := release.Published{Name: "synthetic/1", Population: of, Columns: []string{"age_group", "majority", "year", "quarter"}, Period: release.Period{From: 2023, To: 2024},
		Private: true, Records: true, Cells: []release.Cell{{Values: []string{"0-11", "ADULT", "2023", "2024-Q1"}, Count: 3}}}
	facts := release.Published{Name: "facts/1", Population: of, Columns: []string{"majority"}, Period: noise.Period, K: 20, Cells: []release.Cell{{Values: []string{"CHILD"}, Count: 40}}}
	for _, all := range [][]release.Published{{noise}, {noise, facts}, {facts, noise}} {
		if found, err := (release.Bounds{}).Audit(t.Context(), all); err != nil || len(found) > 0 {
			t.Errorf("found %v, %v", found, err)
		}
	}
}
