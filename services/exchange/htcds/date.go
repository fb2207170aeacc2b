package htcds

import (
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

const badDate = "it is not a date in the declared calendar; write year-month-day or day/month/year with a year of four digits"

// lastYear is the latest year that can be written, in the Buddhist era.
const lastYear = canon.MaxYear + 543

// midnight is the time of day that exports add to a date; it is no part of what was
// written.
var midnight = regexp.MustCompile(`[T ]00:00(:00(\.0+)?)?Z?$`)

// date reads a date, whole or in part, in the calendar declared for the file (I3).
// A date cell of a workbook has the Gregorian date for its original text.
func date(get func(*Row) *canon.Date) setter {
	return func(r *Row, c cell, opt Options) string {
		d, wrong := parseDate(c, opt.Calendar)
		if wrong == "" {
			*get(r) = d
		}
		return wrong
	}
}

// firstBirth is the first year in which somebody may be born: an earlier one is a slip
// or another calendar.
const firstBirth = 1900

// birth is a date that cannot lie in the future, nor before 1900.
func birth(r *Row, c cell, opt Options) string {
	d, wrong := parseDate(c, opt.Calendar)
	if wrong != "" {
		return wrong
	}
	if d.Year < firstBirth {
		return "nobody of the cases was born before 1900; correct the year or the calendar declared for the file"
	}
	first, _, ok := d.Bounds()
	y, m, day := opt.Now().In(opt.Location).Date()
	if ok && first.String() > (canon.Civil{Year: y, Month: m, Day: day}).String() {
		return "the birth date lies in the future; correct it or the calendar declared for the file"
	}
	r.Birth = d
	return ""
}

func parseDate(c cell, cal valueset.Calendar) (canon.Date, string) {
	written := midnight.ReplaceAllString(c.text, "")
	switch c.kind {
	case shown:
		return serialDate(c, cal)
	case bare:
		if n, err := strconv.Atoi(c.text); err != nil || n < canon.MinYear || n > lastYear {
			return canon.Date{}, "it is a bare number; format the column as a date or write the date as text"
		}
	}
	d, err := canon.ParseDate(written, cal)
	if wrong := dateReason(err); wrong != "" {
		return canon.Date{}, wrong
	}
	return d, ""
}

// serialDate reads a number that Excel shows as a date. Excel counts Gregorian
// days, whatever it shows; only where somebody typed a Buddhist year into it is the
// year a Buddhist one, five centuries away and so not to be confused.
func serialDate(c cell, cal valueset.Calendar) (canon.Date, string) {
	n, err := strconv.ParseFloat(c.text, 64)
	switch {
	case err != nil || n != float64(int(n)) || n < 61 || n > 401_768: // 1900-03-01, after Excel's false leap day, to 2999
		return canon.Date{}, "it is not a whole day that Excel can count; write the date as text"
	case n >= canon.MinYear && n <= lastYear:
		return canon.Date{}, "it may be a year that Excel took for a day; format the cell as text and write the year again"
	}
	t, err := excelize.ExcelDateToTime(n, c.from1904)
	if err != nil {
		return canon.Date{}, badDate
	}
	if cal == valueset.CalendarBuddhist && t.Year() < 2400 {
		cal = valueset.CalendarGregorian
	}
	d, err := canon.ParseDate(t.Format(time.DateOnly), cal)
	return d, dateReason(err)
}

func dateReason(err error) string {
	var era *canon.BuddhistEra
	switch {
	case err == nil:
		return ""
	case errors.As(err, &era):
		return "the year looks like the Buddhist era; declare --calendar BUDDHIST for the file, or correct the year"
	}
	return badDate
}
