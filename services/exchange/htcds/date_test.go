package htcds

import (
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

func born(text string) []byte { return template(person(map[string]string{"Birthdate": text})) }

func TestDatesKeepTextCalendarAndPrecision(t *testing.T) {
	for _, c := range []struct {
		text    string
		opt     Options
		y, m, d int
		p       valueset.Precision
	}{
		{"2001-02-28", options(), 2001, 2, 28, valueset.PrecisionDay},
		{"3/4/2001", options(), 2001, 4, 3, valueset.PrecisionDay},
		{"2001-02", options(), 2001, 2, 0, valueset.PrecisionMonth},
		{"2001", options(), 2001, 0, 0, valueset.PrecisionYear},
		{"2001-02-28T00:00:00Z", options(), 2001, 2, 28, valueset.PrecisionDay},
		{"2001-02-28 00:00:00", options(), 2001, 2, 28, valueset.PrecisionDay},
		{"29/02/2539", buddhist(), 1996, 2, 29, valueset.PrecisionDay}, // a leap year, though 2539 is none
		{"๑๕/๐๓/๒๕๔๑", buddhist(), 1998, 3, 15, valueset.PrecisionDay},
		{"2541", buddhist(), 1998, 0, 0, valueset.PrecisionYear},
	} {
		original, _, _ := strings.Cut(c.text, " 00:00") // what an export adds is not what was written
		original, _, _ = strings.Cut(original, "T00:00")
		want := canon.Date{Original: original, Calendar: c.opt.Calendar, Year: c.y, Month: c.m, Day: c.d, Precision: c.p}
		if r := single(t, born(c.text), c.opt); r.Birth != want {
			t.Errorf("%s: got %+v", c.text, r.Birth)
		}
	}
}

func TestABlankBirthDateBoundsNothing(t *testing.T) {
	if r := single(t, template(person(map[string]string{"First Name": "A"})), options()); r.Birth.Valid() || r.Consent != nil {
		t.Error("a blank birth date or consent became one")
	}
}

func TestABuddhistYearInAGregorianFile(t *testing.T) {
	refused(t, born("15/03/2541"), options(), "row 3, column G prs_Birthdate", "declare --calendar BUDDHIST")
}

func TestBadDates(t *testing.T) {
	for _, s := range []string{"29/02/2001", "31/4/2001", "1/1/01", "2001-13-01", canary, "2001-02-28 14:30", "36000", "1200"} {
		refused(t, born(s), options(), "row 3, column G prs_Birthdate")
	}
	refused(t, born("15/03/1998"), buddhist(), "row 3, column G prs_Birthdate")
	for text, opt := range map[string]Options{"31/12/1899": options(), "1850": options(), "31/12/2442": buddhist()} {
		refused(t, born(text), opt, "row 3, column G prs_Birthdate", "before 1900")
	}
	if r := single(t, born("1900-01-01"), options()); r.Birth.Year != 1900 {
		t.Error("1900 is refused")
	}
	// Only nobody's birth: a referral may be of any year.
	if r := single(t, template(person(map[string]string{"Incoming Referral Date": "1899"})), options()); r.Incoming.Date.Year != 1899 {
		t.Error("another date of before 1900 is refused")
	}
}

func TestABirthDateInTheFutureIsJudgedInTheDeploymentsZone(t *testing.T) {
	opt := options()
	opt.Now = func() time.Time { return time.Date(2026, 1, 15, 18, 0, 0, 0, time.UTC) } // the 16th in Vientiane
	if r := single(t, born("2026-01-16"), opt); r.Birth.Day != 16 {
		t.Error("a child born today is refused")
	}
	refused(t, born("2026-01-17"), opt, "in the future")
	if r := single(t, born("2026"), opt); r.Birth.Year != 2026 {
		t.Error("a year that has begun is refused")
	}
}

// dated writes value into the birth date of a workbook, with a number format.
func dated(t *testing.T, value any, style excelize.Style, props *excelize.WorkbookPropsOptions) []byte {
	t.Helper()
	return workbook(t, func(f *excelize.File) {
		check(t, f.SetCellValue("Sheet1", "D3", "A"))
		if props != nil {
			check(t, f.SetWorkbookProps(props))
		}
		id, err := f.NewStyle(&style)
		check(t, err)
		check(t, f.SetCellValue("Sheet1", "G3", value))
		check(t, f.SetCellStyle("Sheet1", "G3", "G3", id))
	})
}

func TestDateCells(t *testing.T) {
	short, thai, yes := excelize.Style{NumFmt: 14}, `[$-107041E]d mmm bbbb`, true
	leap := time.Date(1996, 2, 29, 0, 0, 0, 0, time.UTC)
	want := day("1996-02-29", 1996, 2, 29, valueset.PrecisionDay)
	for name, data := range map[string][]byte{
		"short date":    dated(t, leap, short, nil),
		"own format":    dated(t, 35124, excelize.Style{CustomNumFmt: &thai}, nil),
		"text cell":     dated(t, "1996-02-29", short, nil),
		"days from '04": dated(t, 35124-1462, short, &excelize.WorkbookPropsOptions{Date1904: &yes}),
	} {
		if r := single(t, data, options()); r.Birth != want {
			t.Errorf("%s: got %+v", name, r.Birth)
		}
	}
	// What Excel stores is Gregorian also in a file whose texts are Buddhist.
	if r := single(t, dated(t, leap, short, nil), buddhist()); r.Birth != want {
		t.Errorf("in a Buddhist file: got %+v", r.Birth)
	}
	typed := dated(t, time.Date(2541, 3, 15, 0, 0, 0, 0, time.UTC), short, nil)
	if r := single(t, typed, buddhist()); r.Birth.Year != 1998 || r.Birth.Calendar != valueset.CalendarBuddhist {
		t.Errorf("a Buddhist year typed into a date cell: got %+v", r.Birth)
	}
	refused(t, typed, options(), "declare --calendar BUDDHIST")
}

func TestAYearIsNotTakenForADay(t *testing.T) {
	// As a day, 1990 is 12 June 1905: a child would become a very old woman.
	refused(t, dated(t, 1990, excelize.Style{NumFmt: 14}, nil), options(), "column G", "may be a year")
	if r := single(t, dated(t, 1990, excelize.Style{}, nil), options()); r.Birth.Year != 1990 || r.Birth.Precision != valueset.PrecisionYear {
		t.Errorf("got %+v", r.Birth)
	}
	refused(t, dated(t, 35124, excelize.Style{}, nil), options(), "column G", "bare number")
	refused(t, dated(t, 35124.75, excelize.Style{NumFmt: 14}, nil), options(), "column G", "whole day")
	refused(t, dated(t, 12, excelize.Style{NumFmt: 14}, nil), options(), "column G")
}
