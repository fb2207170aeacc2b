package htcds

import (
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/valueset"
)

// The standard's survey form (XLSForm) differs from its workbook: some codes are
// spelt otherwise, several values are separated by blanks, the reason of a referral is
// free text, and its codes of the address are right.

// surveyCodes are spelt so in the survey form alone.
var surveyCodes = []string{"prs_First_Name", "prs_Second_Name", "vic_Methods_of_Control"}

func fromSurvey(codes line) bool {
	return slices.ContainsFunc(codes.cells, func(c cell) bool { return slices.Contains(surveyCodes, c.text) })
}

// asSurvey is the field as the survey form fills it in.
func (f *field) asSurvey() *field {
	if f == nil || f.survey == nil {
		return f
	}
	other := *f
	other.set = f.survey
	return &other
}

// spaced reads codes separated by blanks, or as many does.
func spaced[T word](get func(*Row) *[]T) setter {
	usual := many(get)
	return func(r *Row, c cell, opt Options) string {
		if usual(r, c, opt) == "" {
			return ""
		}
		c.text = strings.Join(strings.Fields(c.text), ";")
		return usual(r, c, opt)
	}
}

var knownReason = one(func(r *Row) *valueset.ReferralReason { return &r.Incoming.Reason })

// surveyReason takes a reason in free words for what it is: details, before the others.
func surveyReason(r *Row, c cell, opt Options) string {
	if knownReason(r, c, opt) == "" {
		return ""
	}
	r.Incoming.Details = joined(c.text, r.Incoming.Details)
	return ""
}

func surveyDetails(r *Row, c cell, _ Options) string {
	r.Incoming.Details = joined(r.Incoming.Details, c.text)
	return ""
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
