package canon

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/valueset"
	"pgregory.net/rapid"
)

const (
	gregorian = valueset.CalendarGregorian
	buddhist  = valueset.CalendarBuddhist
)

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		in   string
		cal  valueset.Calendar
		want string // precision and bounds
	}{
		{"2004-03-09", gregorian, "DAY 2004-03-09 2004-03-09"},
		{"2004/3/9", gregorian, "DAY 2004-03-09 2004-03-09"},
		{"9/3/2004", gregorian, "DAY 2004-03-09 2004-03-09"},
		{" 09 . 03 . 2004 ", gregorian, "DAY 2004-03-09 2004-03-09"},
		{"໙/໓/໒໐໐໔", gregorian, "DAY 2004-03-09 2004-03-09"},
		{"๙/๓/๒๕๔๗", buddhist, "DAY 2004-03-09 2004-03-09"},
		{"2547-03-09", buddhist, "DAY 2004-03-09 2004-03-09"},
		{"29/2/2547", buddhist, "DAY 2004-02-29 2004-02-29"},
		{"29/2/2000", gregorian, "DAY 2000-02-29 2000-02-29"},
		{"2004-02", gregorian, "MONTH 2004-02-01 2004-02-29"},
		{"2/2003", gregorian, "MONTH 2003-02-01 2003-02-28"},
		{"2004", gregorian, "YEAR 2004-01-01 2004-12-31"},
		{"2547", buddhist, "YEAR 2004-01-01 2004-12-31"},
		{"0/0/2004", gregorian, "YEAR 2004-01-01 2004-12-31"},
		{"00/04/2004", gregorian, "MONTH 2004-04-01 2004-04-30"},
		{"2004-00-00", gregorian, "YEAR 2004-01-01 2004-12-31"},
	} {
		d, err := ParseDate(c.in, c.cal)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		first, last, ok := d.Bounds()
		if got := fmt.Sprint(d.Precision, " ", first, " ", last); got != c.want || !ok || d.Original != c.in || d.Calendar != c.cal {
			t.Errorf("%s: got %s (%+v), want %s", c.in, got, d, c.want)
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, c := range []struct {
		in  string
		cal valueset.Calendar
	}{
		{"2004-13-01", gregorian}, {"2004-02-30", gregorian}, {"29/2/2003", gregorian}, {"31/4/2004", gregorian},
		{"3/25/2004", gregorian}, // never read as month first
		{"9/3/04", gregorian}, {"04-03-09", gregorian}, {"9/0/2004", gregorian}, {"1/2-2004", gregorian},
		{"1/2/3/2004", gregorian}, {"2004-", gregorian}, {"/2004", gregorian}, {"-2004", gregorian}, {"0000", gregorian},
		{"1799", gregorian}, {"2201", gregorian}, {"2399", gregorian}, {"2601", gregorian}, {"20041", gregorian},
		{"2004", buddhist}, {"29/2/2546", buddhist}, {"29/2/2546", gregorian}, {"2004", ""}, {"2004", "LUNAR"},
		{"38000", gregorian}, {"tomorrow", gregorian}, {"2004-03-09T00:00:00Z", gregorian}, {"+2004", gregorian}, {"2004-1e-1", gregorian},
	} {
		if d, err := ParseDate(c.in, c.cal); !errors.Is(err, ErrDate) || d != (Date{}) {
			t.Errorf("%q (%s): got %+v, %v", c.in, c.cal, d, err)
		}
	}
	for _, in := range []string{"", " ", "2004\x00", "\u202e2004", "2004\xff", strings.Repeat("1", 65), "2004\n"} {
		var te *TextError
		if d, err := ParseDate(in, gregorian); !errors.As(err, &te) || d != (Date{}) {
			t.Errorf("%q: got %+v, %v", in, d, err)
		}
	}
}

func TestBuddhistEraIsOffered(t *testing.T) {
	for in, want := range map[string]string{
		"9/3/2547": "2004-03-09", "29/2/2547": "2004-02-29", "2400-01-01": "1857-01-01", "31/12/2600": "2057-12-31", "๙/๓/๒๕๔๗": "2004-03-09",
	} {
		d, err := ParseDate(in, gregorian)
		var era *BuddhistEra
		if !errors.As(err, &era) || d != (Date{}) {
			t.Errorf("%s: got %+v, %v", in, d, err)
			continue
		}
		first, _, ok := era.Offer.Bounds()
		if confirmed, err := ParseDate(in, buddhist); !ok || first.String() != want || err != nil || confirmed != era.Offer {
			t.Errorf("%s: the offer is %+v, confirming gives %+v, %v", in, era.Offer, confirmed, err)
		}
		if strings.ContainsAny(err.Error(), "0123456789") {
			t.Errorf("the error names the date: %v", err)
		}
	}
}

func TestInvalidDatesBoundNothing(t *testing.T) {
	day := valueset.PrecisionDay
	for _, d := range []Date{
		{}, UnknownDate("?", gregorian), {Calendar: gregorian, Year: 2004, Month: 2, Day: 30, Precision: day},
		{Calendar: gregorian, Year: 2004, Precision: day}, {Calendar: gregorian, Year: 2004, Month: 3, Precision: valueset.PrecisionYear},
		{Calendar: gregorian, Year: 2004, Precision: "YEARS"}, {Calendar: gregorian, Year: 2004, Precision: valueset.PrecisionUnknown},
		{Year: 2004, Precision: valueset.PrecisionYear}, {Calendar: buddhist, Year: 2547, Precision: valueset.PrecisionYear},
		{Calendar: gregorian, Year: 2004, Month: -1, Day: -1, Precision: day}, {Calendar: gregorian, Year: 2004, Month: 13, Day: 1, Precision: day},
	} {
		if _, _, ok := d.Bounds(); ok {
			t.Errorf("%+v has bounds", d)
		}
		if _, _, ok := d.Eighteenth(time.UTC); ok {
			t.Errorf("%+v makes an adult", d)
		}
	}
	if d := UnknownDate("?", gregorian); !d.Valid() || (Date{}).Valid() {
		t.Error("an unknown date must be valid, the zero one not")
	}
}

func TestEighteenth(t *testing.T) {
	vientiane := time.FixedZone("Vientiane", 7*3600)
	for _, c := range []struct {
		in, earliest, latest string
	}{
		{"9/3/2004", "2022-03-09", "2022-03-09"},
		{"29/2/2004", "2022-03-01", "2022-03-01"},
		{"28/2/2004", "2022-02-28", "2022-02-28"},
		{"2/2004", "2022-02-01", "2022-03-01"},
		{"2/2003", "2021-02-01", "2021-02-28"},
		{"2004", "2022-01-01", "2022-12-31"},
	} {
		d, err := ParseDate(c.in, gregorian)
		if err != nil {
			t.Fatal(err)
		}
		first, last, ok := d.Eighteenth(vientiane)
		const stamp = "2006-01-02T15:04:05-07:00"
		if !ok || first.Format(stamp) != c.earliest+"T00:00:00+07:00" || last.Format(stamp) != c.latest+"T00:00:00+07:00" {
			t.Errorf("%s: from %v to %v", c.in, first, last)
		}
	}
	d, _ := ParseDate("2004", gregorian)
	if _, _, ok := d.Eighteenth(nil); ok {
		t.Error("no time zone must decide nothing")
	}
}

// TestEighteenthWhereMidnightIsSkipped: time.Date alone would give the evening
// before, an hour before she turns 18.
func TestEighteenthWhereMidnightIsSkipped(t *testing.T) {
	for _, c := range []struct{ zone, born, want string }{
		{"Asia/Beirut", "28/3/2003", "2021-03-28T01:00:00+03:00"},
		{"Pacific/Apia", "30/12/1993", "2011-12-31T00:00:00+14:00"},
		{"Asia/Vientiane", "28/3/2003", "2021-03-28T00:00:00+07:00"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Skipf("no time zone data here: %s", c.zone)
		}
		d, err := ParseDate(c.born, gregorian)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ := d.Eighteenth(loc); got.Format(time.RFC3339) != c.want {
			t.Errorf("%s: got %s, want %s", c.zone, got.Format(time.RFC3339), c.want)
		}
	}
}

// TestLessKnownIsYounger: leaving out the day or the month never moves the latest
// 18th birthday forward to an earlier day, nor the earliest to a later one (E1).
func TestLessKnownIsYounger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year, month := rapid.IntRange(MinYear, MaxYear).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
		day := rapid.IntRange(1, lastDay(year, time.Month(month))).Draw(t, "day")
		cal, shown := gregorian, year
		if rapid.Bool().Draw(t, "buddhist") {
			cal, shown = buddhist, year+543
		}
		var lastFirst, lastLast time.Time
		for i, text := range []string{
			fmt.Sprintf("%04d-%02d-%02d", shown, month, day), fmt.Sprintf("%d/%04d", month, shown), fmt.Sprintf("%04d", shown),
		} {
			d, err := ParseDate(text, cal)
			if err != nil {
				t.Fatal(err)
			}
			first, last, ok := d.Eighteenth(time.UTC)
			if !ok || first.After(last) || i > 0 && (first.After(lastFirst) || last.Before(lastLast)) {
				t.Fatalf("precision %s: from %v to %v", d.Precision, first, last)
			}
			lastFirst, lastLast = first, last
		}
	})
}

func TestParseDateNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("0123456789໐໙๐๙-/. x"))).Draw(t, "text")
		d, err := ParseDate(text, rapid.SampledFrom([]valueset.Calendar{gregorian, buddhist, ""}).Draw(t, "calendar"))
		if (err == nil) != d.Valid() {
			t.Fatalf("valid %v with error %v", d.Valid(), err)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	f.Add("29/2/2547")
	f.Add("໙/໓/໒໐໐໔")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDate(text, buddhist); (err == nil) != d.Valid() {
			t.Errorf("valid %v with error %v", d.Valid(), err)
		}
	})
}
