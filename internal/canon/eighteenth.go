package canon

import "time"

// Eighteenth returns the earliest and the latest possible instant at which a
// person born on d turns 18, as the start of that day in loc (E1). Policy treats
// her as a child until the latest: a partial birth date decides as the younger
// age. Whoever was born on 29 February turns 18 on 1 March.
//
// It is false where d is unknown or not valid, or loc is nil: then she may be a
// child at any time.
func (d Date) Eighteenth(loc *time.Location) (earliest, latest time.Time, ok bool) {
	first, last, ok := d.Bounds()
	if !ok || loc == nil {
		return time.Time{}, time.Time{}, false
	}
	return first.plusYears(18).start(loc), last.plusYears(18).start(loc), true
}

// plusYears returns the anniversary n years on, 1 March for a 29 February that the
// year does not have.
func (c Civil) plusYears(n int) Civil {
	t := time.Date(c.Year+n, c.Month, c.Day, 0, 0, 0, 0, time.UTC)
	return Civil{t.Year(), t.Month(), t.Day()}
}

// start returns the first instant of the day in loc. Where clocks skip midnight
// that is later than 00:00, where they skip the day it is the start of the next.
func (c Civil) start(loc *time.Location) time.Time {
	t := time.Date(c.Year, c.Month, c.Day, 0, 0, 0, 0, loc)
	for c.after(t) {
		t = t.Add(15 * time.Minute)
	}
	return t
}

// after reports whether c is a later day than that of t.
func (c Civil) after(t time.Time) bool {
	y, m, d := t.Date()
	return c.Year > y || c.Year == y && (c.Month > m || c.Month == m && c.Day > d)
}
