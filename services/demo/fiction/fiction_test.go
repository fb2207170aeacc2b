package fiction

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/xuri/excelize/v2"
)

var agencies = []string{"Shelter A", "Police B", "Ministry C", "Union D"}

func grid(t *testing.T, xlsx []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(xlsx))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func make4(t *testing.T, seed uint64, cases int) []Workbook {
	t.Helper()
	books, err := Workbooks(seed, agencies, cases)
	if err != nil {
		t.Fatal(err)
	}
	return books
}

func TestTheSameSeedGivesTheSameCells(t *testing.T) {
	a, b, other := make4(t, 7, 41), make4(t, 7, 41), make4(t, 8, 41)
	for i := range a {
		if !reflect.DeepEqual(grid(t, a[i].XLSX), grid(t, b[i].XLSX)) {
			t.Errorf("workbook %d differs between two runs", i)
		}
		if reflect.DeepEqual(grid(t, a[i].XLSX), grid(t, other[i].XLSX)) {
			t.Errorf("workbook %d does not depend on the seed", i)
		}
	}
}

func TestCasesAddUpAndNamesDiffer(t *testing.T) {
	total, seen := 0, map[string]bool{}
	for _, w := range make4(t, 1, 3001) {
		rows := grid(t, w.XLSX)[2:]
		if len(rows) != w.Cases {
			t.Errorf("%s: %d rows, said %d", w.Agency, len(rows), w.Cases)
		}
		total += len(rows)
		for _, r := range rows {
			if key := r[3] + "|" + r[4]; seen[key] {
				t.Fatalf("two persons are called %q", key)
			} else {
				seen[key] = true
			}
		}
	}
	if total != 3001 {
		t.Errorf("%d cases in all, want 3001", total)
	}
}

func TestEveryScriptOccurs(t *testing.T) {
	all := ""
	for _, w := range make4(t, 3, 8) {
		for _, r := range grid(t, w.XLSX)[2:] {
			all += r[3] + r[4]
		}
	}
	for name, table := range map[string]*unicode.RangeTable{
		"Lao": unicode.Lao, "Thai": unicode.Thai, "Khmer": unicode.Khmer,
		"Burmese": unicode.Myanmar, "Chinese": unicode.Han, "Latin": unicode.Latin,
	} {
		if !strings.ContainsFunc(all, func(c rune) bool { return unicode.Is(table, c) }) {
			t.Errorf("no name in %s script", name)
		}
	}
	if !strings.ContainsAny(all, "ễầạơưđĐăịỗồợộứ") {
		t.Error("no Vietnamese name")
	}
}

func TestCalendarsAndBlanksOccur(t *testing.T) {
	years, blankConsent, consent := map[string]bool{}, 0, 0
	for _, w := range make4(t, 5, 400) {
		for _, r := range grid(t, w.XLSX)[2:] {
			buddhistYear := strings.Contains(r[6], "/25") || strings.HasPrefix(r[6], "25")
			if buddhistYear && w.Calendar != buddhist {
				t.Errorf("a Buddhist year in the Gregorian file of %s", w.Agency)
			}
			years[w.Calendar] = true
			switch r[5] {
			case "1":
				consent++
			case "":
				blankConsent++
			default:
				t.Errorf("consent cell holds neither TRUE nor nothing")
			}
		}
	}
	if len(years) != 2 || blankConsent == 0 || consent < 4*blankConsent {
		t.Errorf("calendars %v, %d with consent, %d blank", years, consent, blankConsent)
	}
}

func TestNothingReachesAnybody(t *testing.T) {
	for _, w := range make4(t, 9, 500) {
		for _, r := range grid(t, w.XLSX)[2:] {
			for _, phone := range []string{r[11], r[12]} {
				if phone != "" && !strings.HasPrefix(phone, "+999") {
					t.Error("a telephone number outside the unassigned country code 999")
				}
			}
			if r[10] != "" && !strings.HasSuffix(r[10], "@example.org") {
				t.Error("an e-mail address outside example.org")
			}
		}
	}
}

func TestHeaderHasTheStandardsDefects(t *testing.T) {
	rows := grid(t, make4(t, 1, 4)[0].XLSX)
	if len(layout) != 38 || len(rows[1]) != 39 {
		t.Fatalf("%d columns laid out, %d written, want 38 after the first", len(layout), len(rows[1]))
	}
	if rows[0][19] != "vic_TraffickinStatusDecisionMakingOrg" || rows[0][35] != "" || rows[1][35] == "" {
		t.Error("T1 is not misspelt or AJ1 is not empty")
	}
	if rows[0][13] != "prs_MailingCity" || rows[1][13] != "Mailing Street" {
		t.Error("the codes of the address agree with the labels")
	}
}

func TestBadArguments(t *testing.T) {
	for name, call := range map[string]func() ([]Workbook, error){
		"no agency":      func() ([]Workbook, error) { return Workbooks(1, nil, 5) },
		"nameless":       func() ([]Workbook, error) { return Workbooks(1, []string{"A", ""}, 5) },
		"negative":       func() ([]Workbook, error) { return Workbooks(1, agencies, -1) },
		"more than fits": func() ([]Workbook, error) { return Workbooks(1, agencies, maxCases+1) },
	} {
		if got, err := call(); err == nil || got != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
