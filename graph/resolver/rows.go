package resolver

import (
	"context"

	entgo "entgo.io/ent"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assistance"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/family"
	"github.com/sala-exchange/sala/ent/health"
	"github.com/sala-exchange/sala/ent/healthrestricted"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/person"
	"github.com/sala-exchange/sala/ent/preview"
	"github.com/sala-exchange/sala/ent/proceeding"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/protection"
	"github.com/sala-exchange/sala/ent/provision"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/ent/whereabouts"
)

// wholeRows makes queries read all columns, although entgql selects only those that
// a document names: the record of what was read needs case and contributor of each
// row, and a referral's state needs both its sides. Nested lists get a fixed order,
// so that two answers differ only where the rows do.
func wholeRows() ent.Interceptor {
	return ent.TraverseFunc(func(ctx context.Context, q ent.Query) error {
		if !readsRows(ctx) {
			return nil
		}
		switch q := q.(type) {
		case *ent.CaseFileQuery:
			q.Select(casefile.Columns...)
		case *ent.PersonQuery:
			q.Select(person.Columns...)
		case *ent.IdentityQuery:
			q.Order(identity.ByRecordedOn(), identity.ByID()).Select(identity.Columns...)
		case *ent.ContactQuery:
			q.Order(contact.ByRecordedOn(), contact.ByID()).Select(contact.Columns...)
		case *ent.ProfileQuery:
			q.Order(profile.ByRecordedOn(), profile.ByID()).Select(profile.Columns...)
		case *ent.TraffickingQuery:
			q.Order(trafficking.ByRecordedOn(), trafficking.ByID()).Select(trafficking.Columns...)
		case *ent.NarrativeQuery:
			q.Order(narrative.ByRecordedOn(), narrative.ByID()).Select(narrative.Columns...)
		case *ent.WhereaboutsQuery:
			q.Order(whereabouts.ByRecordedOn(), whereabouts.ByID()).Select(whereabouts.Columns...)
		case *ent.FamilyQuery:
			q.Order(family.ByRecordedOn(), family.ByID()).Select(family.Columns...)
		case *ent.ProtectionQuery:
			q.Order(protection.ByRecordedOn(), protection.ByID()).Select(protection.Columns...)
		case *ent.HealthQuery:
			q.Order(health.ByRecordedOn(), health.ByID()).Select(health.Columns...)
		case *ent.HealthRestrictedQuery:
			q.Order(healthrestricted.ByRecordedOn(), healthrestricted.ByID()).Select(healthrestricted.Columns...)
		case *ent.AssistanceQuery:
			q.Order(assistance.ByRecordedOn(), assistance.ByID()).Select(assistance.Columns...)
		case *ent.ProceedingQuery:
			q.Order(proceeding.ByRecordedOn(), proceeding.ByID()).Select(proceeding.Columns...)
		case *ent.SuspectQuery:
			q.Order(suspect.ByRecordedOn(), suspect.ByID()).Select(suspect.Columns...)
		case *ent.ConsentQuery:
			q.Order(consent.ByGivenOn(), consent.ByID()).Select(consent.Columns...)
		case *ent.ProvisionQuery:
			q.Order(provision.ByID()).Select(provision.Columns...)
		case *ent.ReferralQuery:
			q.Order(referral.ByOfferedOn(), referral.ByID()).Select(referral.Columns...)
		case *ent.PreviewQuery:
			q.Select(preview.Columns...)
		}
		return nil
	})
}

// readsRows: not a count, not ids alone, not a column alone. A nested list carries
// the kind of the query that it hangs on.
func readsRows(ctx context.Context) bool {
	qc := entgo.QueryFromContext(ctx)
	if qc == nil {
		return false
	}
	switch qc.Op {
	case entgo.OpQueryAll, entgo.OpQueryFirst, entgo.OpQueryOnly:
		return true
	}
	return false
}
