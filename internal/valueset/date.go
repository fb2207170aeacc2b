package valueset

import "io"

// Calendar is the calendar that a date was given in (I3).
type Calendar string

// The values of Calendar.
const (
	CalendarGregorian Calendar = "GREGORIAN"
	CalendarBuddhist  Calendar = "BUDDHIST"
)

var calendarSet = table[Calendar]{"Calendar", "the calendar that a date was given in (I3)", "", []entry[Calendar]{
	{CalendarGregorian, "Gregorian"},
	{CalendarBuddhist, "Buddhist era (Gregorian year + 543)"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Calendar) Values() []string { return calendarSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Calendar) Valid() bool { return calendarSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Calendar) Label() string { return calendarSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Calendar) MarshalGQL(w io.Writer) { calendarSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Calendar) UnmarshalGQL(in any) error { return calendarSet.unmarshal(in, v) }

// Precision is how much of a date is known (I3, E1).
type Precision string

// The values of Precision.
const (
	PrecisionDay     Precision = "DAY"
	PrecisionMonth   Precision = "MONTH"
	PrecisionYear    Precision = "YEAR"
	PrecisionUnknown Precision = "UNKNOWN"
)

var precisionSet = table[Precision]{"Precision", "how much of a date is known (I3, E1)", "", []entry[Precision]{
	{PrecisionDay, "Day, month and year"},
	{PrecisionMonth, "Month and year"},
	{PrecisionYear, "Year only"},
	{PrecisionUnknown, "Unknown"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Precision) Values() []string { return precisionSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Precision) Valid() bool { return precisionSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Precision) Label() string { return precisionSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Precision) MarshalGQL(w io.Writer) { precisionSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Precision) UnmarshalGQL(in any) error { return precisionSet.unmarshal(in, v) }
