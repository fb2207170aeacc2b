package onboarding

import (
	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
)

// Retention is for how long an agency keeps what is its own, by kind of record (H4).
type Retention struct {
	ClosedCases int // months since a case was closed, 12 to 600
}

// RetentionOf is an agency's choice, or the deployment's.
func RetentionOf(a *ent.Agency, d store.Deployment) *Retention {
	return &Retention{ClosedCases: or(a.ClosedCaseMonths, d.ClosedCaseMonths)}
}
