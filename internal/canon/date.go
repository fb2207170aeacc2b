package canon

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/valueset"
)

// buddhistOffset is what the Buddhist era is ahead of the Gregorian calendar. It
// holds for years that begin on 1 January: in Thailand since 2484 (1941).
const buddhistOffset = 543

// The Gregorian years that are taken, both included.
const (
	MinYear = 1800
	MaxYear = 2200
)

// maxDate is the longest text in bytes that is read as a date.
const maxDate = 64

// ErrDate is the refusal of a date. It never holds the date.
var ErrDate = errors.New("reading a date: write year-month-day or day/month/year with a year of four digits, 0 for an unknown day or month")

// BuddhistEra is the refusal of a date that was declared Gregorian but bears a year
// from 2400 to 2600 (I3). Whoever confirms that the Buddhist era was meant takes
// Offer.
type BuddhistEra struct {
	Offer Date // what was read, taken as Buddhist era
}

// Error offers the Buddhist era without naming the date.
func (*BuddhistEra) Error() string {
	return "reading a date: the year looks like Buddhist era; confirm that calendar or mend the year"
}

// Date is a date as it was given (I3). The zero Date is not valid and bounds
// nothing; a Date of precision UNKNOWN is valid and bounds nothing.
type Date struct {
	Original  string             // as written
	Calendar  valueset.Calendar  // as declared for Original
	Year      int                // Gregorian, MinYear to MaxYear, 0 where unknown
	Month     int                // 1 to 12, 0 where unknown
	Day       int                // 1 to 31, 0 where unknown
	Precision valueset.Precision // how many of Year, Month, Day are known
}

// Civil is one day of the Gregorian calendar, in no time zone.
type Civil struct {
	Year  int
	Month time.Month
	Day   int
}

// String gives the day as year-month-day.
func (c Civil) String() string { return fmt.Sprintf("%04d-%02d-%02d", c.Year, c.Month, c.Day) }

// UnknownDate is a date of which nothing is known, with what was written instead.
func UnknownDate(original string, cal valueset.Calendar) Date {
	return Date{Original: original, Calendar: cal, Precision: valueset.PrecisionUnknown}
}

// ParseDate reads text in the declared calendar. It takes year-month-day,
// day/month/year (day first, always), either without its day or with neither, with
// hyphens, slashes or dots, and Latin, Lao, Thai, Khmer or Burmese digits; 0 stands
// for an unknown day or month. Blanks between the parts do no harm. The error is ErrDate, *BuddhistEra, or a *TextError.
func ParseDate(text string, cal valueset.Calendar) (Date, error) {
	if err := written(text, maxDate, ""); err != nil {
		return Date{}, err
	}
	year, month, day, ok := split(text)
	if !ok || !cal.Valid() {
		return Date{}, ErrDate
	}
	read := func(cal valueset.Calendar) (Date, error) {
		d := Date{Original: text, Calendar: cal, Year: year, Month: month, Day: day, Precision: precision(month, day)}
		if cal == valueset.CalendarBuddhist {
			d.Year -= buddhistOffset
		}
		if !d.Valid() {
			return Date{}, ErrDate
		}
		return d, nil
	}
	if cal == valueset.CalendarGregorian && year >= 2400 && year <= 2600 {
		offer, err := read(valueset.CalendarBuddhist)
		if err != nil {
			return Date{}, err
		}
		return Date{}, &BuddhistEra{Offer: offer}
	}
	return read(cal)
}

func precision(month, day int) valueset.Precision {
	switch {
	case month == 0:
		return valueset.PrecisionYear
	case day == 0:
		return valueset.PrecisionMonth
	}
	return valueset.PrecisionDay
}

// Valid reports whether d is a possible date whose parts fit its precision.
func (d Date) Valid() bool {
	if !d.Calendar.Valid() {
		return false
	}
	if d.Precision == valueset.PrecisionUnknown {
		return d.Year == 0 && d.Month == 0 && d.Day == 0
	}
	if d.Year < MinYear || d.Year > MaxYear || d.Month < 0 || d.Month > 12 || d.Day < 0 ||
		d.Month == 0 && d.Day != 0 || d.Precision != precision(d.Month, d.Day) {
		return false
	}
	return d.Day == 0 || d.Day <= lastDay(d.Year, time.Month(d.Month))
}

// Bounds returns the first and the last day that d can mean, both included. It is
// false where d is unknown or not valid: then nothing follows from d.
func (d Date) Bounds() (earliest, latest Civil, ok bool) {
	if !d.Valid() {
		return Civil{}, Civil{}, false
	}
	month := time.Month(d.Month)
	switch d.Precision {
	case valueset.PrecisionDay:
		c := Civil{d.Year, month, d.Day}
		return c, c, true
	case valueset.PrecisionMonth:
		return Civil{d.Year, month, 1}, Civil{d.Year, month, lastDay(d.Year, month)}, true
	case valueset.PrecisionYear:
		return Civil{d.Year, time.January, 1}, Civil{d.Year, time.December, 31}, true
	}
	return Civil{}, Civil{}, false
}

// lastDay returns the number of days of the month.
func lastDay(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// split takes the text apart into its numbers. Two-digit years are not read: they
// would have to be guessed.
func split(text string) (year, month, day int, ok bool) {
	ascii := strings.Map(latinDigit, strings.TrimSpace(text))
	sep := strings.IndexAny(ascii, "-/.")
	parts := []string{ascii}
	if sep >= 0 {
		parts = strings.Split(ascii, ascii[sep:sep+1])
	}
	if len(parts) > 3 {
		return 0, 0, 0, false
	}
	// The year stands first or last, and is the only part of four digits.
	if len(parts[0]) != 4 {
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	var n [3]int
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if i == 0 && len(p) != 4 || i > 0 && (len(p) < 1 || len(p) > 2) {
			return 0, 0, 0, false
		}
		for _, c := range []byte(p) {
			if c < '0' || c > '9' {
				return 0, 0, 0, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	return n[0], n[1], n[2], true
}

// latinDigit turns Lao, Thai, Khmer and Burmese digits into Latin ones.
func latinDigit(r rune) rune {
	for _, zero := range [...]rune{'\u0ed0', '\u0e50', '\u17e0', '\u1040'} {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}
