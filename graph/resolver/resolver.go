// Package resolver answers the fields of the API. It is thin: what a viewer may see
// is decided by both walls under the operation's client, what may be changed by the
// verbs of services/casework and services/onboarding.
//
// It promises that every row is read through the operation of its context, that
// what is not there and what is not the viewer's give the same answer, and that no
// error of the database is passed on. It opens no database and knows no policy.
package resolver

import (
	"errors"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/graph/generated"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/onboarding"
)

type root struct{ departure onboarding.Departure }

// New returns the resolvers. They hold no state but what an agency's departure needs of
// other parts.
func New(d onboarding.Departure) generated.ResolverRoot { return root{d} }

func (root) Query() generated.QueryResolver               { return query{} }
func (r root) Mutation() generated.MutationResolver       { return mutation(r) }
func (root) Subscription() generated.SubscriptionResolver { return subscription{} }
func (root) Case() generated.CaseResolver                 { return caseFile{} }
func (root) Referral() generated.ReferralResolver         { return referralOf{} }
func (root) Identity() generated.IdentityResolver {
	return identityRow{contributed[ent.Identity]{func(r *ent.Identity) string { return r.ContributorID }}}
}
func (root) Contact() generated.ContactResolver {
	return contactRow{contributed[ent.Contact]{func(r *ent.Contact) string { return r.ContributorID }}}
}
func (root) Profile() generated.ProfileResolver {
	return profileRow{contributed[ent.Profile]{func(r *ent.Profile) string { return r.ContributorID }}}
}
func (root) Trafficking() generated.TraffickingResolver {
	return traffickingRow{contributed[ent.Trafficking]{func(r *ent.Trafficking) string { return r.ContributorID }}}
}
func (root) Narrative() generated.NarrativeResolver {
	return narrativeRow{contributed[ent.Narrative]{func(r *ent.Narrative) string { return r.ContributorID }}}
}
func (root) Whereabouts() generated.WhereaboutsResolver {
	return whereaboutsRow{contributed[ent.Whereabouts]{func(r *ent.Whereabouts) string { return r.ContributorID }}}
}
func (root) Family() generated.FamilyResolver {
	return familyRow{contributed[ent.Family]{func(r *ent.Family) string { return r.ContributorID }}}
}
func (root) Protection() generated.ProtectionResolver {
	return protectionRow{contributed[ent.Protection]{func(r *ent.Protection) string { return r.ContributorID }}}
}
func (root) Health() generated.HealthResolver {
	return healthRow{contributed[ent.Health]{func(r *ent.Health) string { return r.ContributorID }}}
}
func (root) HealthRestricted() generated.HealthRestrictedResolver {
	return healthRestrictedRow{contributed[ent.HealthRestricted]{func(r *ent.HealthRestricted) string { return r.ContributorID }}}
}
func (root) Assistance() generated.AssistanceResolver {
	return assistanceRow{contributed[ent.Assistance]{func(r *ent.Assistance) string { return r.ContributorID }}}
}
func (root) Proceeding() generated.ProceedingResolver {
	return proceedingRow{contributed[ent.Proceeding]{func(r *ent.Proceeding) string { return r.ContributorID }}}
}
func (root) Suspect() generated.SuspectResolver {
	return suspectRow{contributed[ent.Suspect]{func(r *ent.Suspect) string { return r.ContributorID }}}
}
func (root) Consent() generated.ConsentResolver {
	return contributed[ent.Consent]{func(r *ent.Consent) string { return r.ContributorID }}
}
func (root) CaseAsOf() generated.CaseAsOfResolver                               { return asOf{} }
func (root) Agency() generated.AgencyResolver                                   { return agencyRow{} }
func (root) AgencyDeparture() generated.AgencyDepartureResolver                 { return leavingOf{} }
func (root) Offboarding() generated.OffboardingResolver                         { return leavingOf{} }
func (root) AgencyUnit() generated.AgencyUnitResolver                           { return unitRow{} }
func (root) Proposal() generated.ProposalResolver                               { return proposalRow{} }
func (root) Approval() generated.ApprovalResolver                               { return approvalRow{} }
func (root) ProposalPayload() generated.ProposalPayloadResolver                 { return payload{} }
func (root) AgencyPayload() generated.AgencyPayloadResolver                     { return payload{} }
func (root) NoticePayload() generated.NoticePayloadResolver                     { return payload{} }
func (root) Notice() generated.NoticeResolver                                   { return noticeOf{} }
func (root) Breach() generated.BreachResolver                                   { return breachOf{} }
func (root) TeamPayload() generated.TeamPayloadResolver                         { return payload{} }
func (root) CaseChange() generated.CaseChangeResolver                           { return changeOf{} }
func (root) MemberPayload() generated.MemberPayloadResolver                     { return payload{} }
func (root) AgreementParty() generated.AgreementPartyResolver                   { return partyOf{} }
func (root) Provision() generated.ProvisionResolver                             { return provisionOf{} }
func (root) Agreement() generated.AgreementResolver                             { return agreementOf{} }
func (root) Name() generated.NameResolver                                       { return nameOf{} }
func (root) Disclosure() generated.DisclosureResolver                           { return disclosureOf{} }
func (root) CasePayload() generated.CasePayloadResolver                         { return payload{} }
func (root) IdentityPayload() generated.IdentityPayloadResolver                 { return payload{} }
func (root) ContactPayload() generated.ContactPayloadResolver                   { return payload{} }
func (root) ProfilePayload() generated.ProfilePayloadResolver                   { return payload{} }
func (root) TraffickingPayload() generated.TraffickingPayloadResolver           { return payload{} }
func (root) NarrativePayload() generated.NarrativePayloadResolver               { return payload{} }
func (root) WhereaboutsPayload() generated.WhereaboutsPayloadResolver           { return payload{} }
func (root) FamilyPayload() generated.FamilyPayloadResolver                     { return payload{} }
func (root) ProtectionPayload() generated.ProtectionPayloadResolver             { return payload{} }
func (root) HealthPayload() generated.HealthPayloadResolver                     { return payload{} }
func (root) HealthRestrictedPayload() generated.HealthRestrictedPayloadResolver { return payload{} }
func (root) AssistancePayload() generated.AssistancePayloadResolver             { return payload{} }
func (root) ProceedingPayload() generated.ProceedingPayloadResolver             { return payload{} }
func (root) SuspectPayload() generated.SuspectPayloadResolver                   { return payload{} }
func (root) ConsentPayload() generated.ConsentPayloadResolver                   { return payload{} }
func (root) ReferralPayload() generated.ReferralPayloadResolver                 { return payload{} }
func (root) Import() generated.ImportResolver                                   { return importOf{} }
func (root) ErasurePayload() generated.ErasurePayloadResolver                   { return payload{} }
func (root) AgreementPayload() generated.AgreementPayloadResolver               { return payload{} }
func (root) Guardianship() generated.GuardianshipResolver                       { return guardianshipOf{} }
func (root) LegalBasis() generated.LegalBasisResolver                           { return legalBasisOf{} }
func (root) LegalBasisPayload() generated.LegalBasisPayloadResolver             { return payload{} }
func (root) Permission() generated.PermissionResolver                           { return permissionOf{} }
func (root) ExternalReferral() generated.ExternalReferralResolver               { return externalOf{} }
func (root) Conference() generated.ConferenceResolver                           { return conferenceOf{} }
func (root) ConferenceTask() generated.ConferenceTaskResolver                   { return taskOf{} }
func (root) BestInterests() generated.BestInterestsResolver                     { return interestsOf{} }
func (root) BreakGlass() generated.BreakGlassResolver                           { return glassOf{} }
func (root) GlassReview() generated.GlassReviewResolver                         { return reviewOf{} }
func (root) BreakGlassPayload() generated.BreakGlassPayloadResolver             { return glassPayload{} }

// outward maps an error to one that may be shown: not found and hidden are alike.
func outward(err error, doing string) error {
	var ours *errs.Error
	switch {
	case err == nil, errors.As(err, &ours):
		return err
	case ent.IsNotFound(err):
		return errs.NotHere()
	}
	return errs.Wrap(err, errs.Internal, "%s failed", doing)
}

// visible turns "nothing under this id" into null without an error.
func visible[T any](row *T, err error, doing string) (*T, error) {
	err = outward(err, doing)
	if errs.KindOf(err) == errs.Withheld {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row, nil
}
