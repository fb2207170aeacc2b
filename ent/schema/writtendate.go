package schema

import "github.com/sala-exchange/sala/internal/valueset"

// WrittenDate is a date as it was given: the original text, its calendar, and how much of
// it is known (I3). Year, Month and Day are Gregorian, 0 where unknown.
type WrittenDate struct {
	Text      string             `json:"text"`
	Calendar  valueset.Calendar  `json:"calendar"`
	Precision valueset.Precision `json:"precision"`
	Year      int                `json:"year"`
	Month     int                `json:"month"`
	Day       int                `json:"day"`
}
