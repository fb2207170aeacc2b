package casework

import (
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

// date checks a date as it was given: parts may be unknown, and it may lie ahead (I3).
func (p *problems) date(field string, in *WrittenDateInput) {
	if in == nil {
		return
	}
	if _, err := canon.ParseDate(in.Text, value(in.Calendar, valueset.CalendarGregorian)); err != nil {
		p.add(field, err.Error())
	}
}

// setDate sets a date that was given, and clears one that was left out.
func setDate(in *WrittenDateInput, set func(*schema.WrittenDate), clear func()) {
	if in == nil {
		clear()
		return
	}
	set(in.written())
}

// written is the date as it is stored; it has been checked.
func (in *WrittenDateInput) written() *schema.WrittenDate {
	if in == nil {
		return nil
	}
	d, err := canon.ParseDate(in.Text, value(in.Calendar, valueset.CalendarGregorian))
	if err != nil {
		return nil
	}
	return &schema.WrittenDate{Text: d.Original, Calendar: d.Calendar, Precision: d.Precision, Year: d.Year, Month: d.Month, Day: d.Day}
}
