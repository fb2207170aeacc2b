package hierarchy

import (
	"fmt"
	"time"
)

// Dates generalises days of the Gregorian calendar (ISO 8601: 2021-05-17) to month
// (2021-05), quarter (2021-Q2), year (2021), five years (2020-2024), ten years
// (2020-2029), then [Any]. A month or a year alone is taken too, and stays what it is
// until its level is reached.
func Dates() Hierarchy {
	return Hierarchy{height: 7, of: dateLabels, top: Any}
}

func dateLabels(value string) ([]string, bool) {
	var at time.Time
	known := 0 // how many levels below its own the value stands for itself
	for i, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		parsed, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		at, known = parsed, i+1
		break
	}
	if known == 0 {
		return nil, false
	}
	year := at.Year()
	labels := []string{
		at.Format("2006-01"),
		fmt.Sprintf("%04d-Q%d", year, (int(at.Month())+2)/3),
		at.Format("2006"),
		span(year, 5), span(year, 10), Any,
	}
	if known == 3 { // a year has neither month nor quarter
		labels[0], labels[1] = value, value
	}
	return labels, true
}

// span is the years of a multiple of width that a year lies in.
func span(year, width int) string {
	from := year - year%width
	return fmt.Sprintf("%04d-%04d", from, from+width-1)
}
