package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
)

// expecting tells the batches, as rows arrive, which others will likely be asked for
// with them: so one statement loads them for the whole answer, wherever in it the
// rows stand.
func (b *batches) expecting(op *store.Op) ent.Interceptor {
	return ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			v, err := next.Query(ctx, q)
			if err == nil && readsRows(ctx) && shown(ctx) {
				b.expectOf(op, v)
			}
			return v, err
		})
	})
}

// shown: what is read for the viewer may be asked about further. What is read under
// another role, for policy to decide, is no part of an answer: an import reads each of its
// cases so, and none of them is to be remembered.
func shown(ctx context.Context) bool {
	s, err := rule.ScopeOf(ctx)
	return err == nil && s.Mode == rule.Request
}

func (b *batches) expectOf(op *store.Op, rows ent.Value) {
	switch rows := rows.(type) {
	case []*ent.CaseFile:
		for _, r := range rows {
			b.agencies.expect(r.OwnerID)
			b.open.expect(r.ID)
			b.granted.expect(r.ID)
			b.changes.expect(r.ID)
			b.transfers.expect(r.ID)
			b.assignments.expect(r.ID)
			b.guardianships.expect(r.ID)
			b.interests.expect(r.ID)
			b.incapacities.expect(r.ID)
			b.recoveries.expect(r.ID)
			b.permissions.expect(r.ID)
			b.externals.expect(r.ID)
			b.conferences.expect(r.ID)
			b.glass.expect(r.ID)
			b.reviews.expect(r.ID)
			b.locks.expect(r.ID)
			b.instants.expect(r.ID)
		}
	case []*ent.Identity:
		expectAgencies(b, rows, func(r *ent.Identity) string { return r.ContributorID })
		expectVersions(op, b.formers.identities, rows, func(r *ent.Identity) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Contact:
		expectAgencies(b, rows, func(r *ent.Contact) string { return r.ContributorID })
		expectVersions(op, b.formers.contacts, rows, func(r *ent.Contact) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Profile:
		expectAgencies(b, rows, func(r *ent.Profile) string { return r.ContributorID })
		expectVersions(op, b.formers.profiles, rows, func(r *ent.Profile) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Trafficking:
		expectAgencies(b, rows, func(r *ent.Trafficking) string { return r.ContributorID })
		expectVersions(op, b.formers.traffickings, rows, func(r *ent.Trafficking) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Narrative:
		expectAgencies(b, rows, func(r *ent.Narrative) string { return r.ContributorID })
		expectVersions(op, b.formers.narratives, rows, func(r *ent.Narrative) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Whereabouts:
		expectAgencies(b, rows, func(r *ent.Whereabouts) string { return r.ContributorID })
		expectVersions(op, b.formers.whereabouts, rows, func(r *ent.Whereabouts) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Family:
		expectAgencies(b, rows, func(r *ent.Family) string { return r.ContributorID })
		expectVersions(op, b.formers.family, rows, func(r *ent.Family) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Protection:
		expectAgencies(b, rows, func(r *ent.Protection) string { return r.ContributorID })
		expectVersions(op, b.formers.protections, rows, func(r *ent.Protection) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Health:
		expectAgencies(b, rows, func(r *ent.Health) string { return r.ContributorID })
		expectVersions(op, b.formers.health, rows, func(r *ent.Health) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.HealthRestricted:
		expectAgencies(b, rows, func(r *ent.HealthRestricted) string { return r.ContributorID })
		expectVersions(op, b.formers.healthRestricted, rows, func(r *ent.HealthRestricted) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Assistance:
		expectAgencies(b, rows, func(r *ent.Assistance) string { return r.ContributorID })
		expectVersions(op, b.formers.assistance, rows, func(r *ent.Assistance) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Proceeding:
		expectAgencies(b, rows, func(r *ent.Proceeding) string { return r.ContributorID })
		expectVersions(op, b.formers.proceedings, rows, func(r *ent.Proceeding) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Suspect:
		expectAgencies(b, rows, func(r *ent.Suspect) string { return r.ContributorID })
		expectVersions(op, b.formers.suspects, rows, func(r *ent.Suspect) (string, string, int) { return r.ID, r.ContributorID, r.Version })
	case []*ent.Consent:
		expectAgencies(b, rows, func(r *ent.Consent) string { return r.ContributorID })
	case []*ent.LegalBasis:
		for _, r := range rows {
			b.agencies.expect(r.ContributorID, r.SourceID)
		}
	case []*ent.BestInterests:
		for _, r := range rows {
			b.signatures.expect(r.ID)
		}
	case []*ent.Permission:
		for _, r := range rows {
			b.agencies.expect(r.ContributorID, r.RecipientID, r.AskerID)
		}
	case []*ent.Conference:
		for _, r := range rows {
			b.agencies.expect(r.AgencyIds...)
			b.tasks.expect(r.ID)
		}
	case []*ent.ConferenceTask:
		expectAgencies(b, rows, func(r *ent.ConferenceTask) string { return r.AgencyID })
	case []*ent.AgreementParty:
		expectAgencies(b, rows, func(r *ent.AgreementParty) string { return r.AgencyID })
	case []*ent.Access:
		for _, r := range rows {
			b.agencies.expect(r.GranteeID, r.ReferrerID, r.FirstReferrerID)
			b.units.expect(r.UnitID)
		}
	case []*ent.CaseTransfer:
		for _, r := range rows {
			b.agencies.expect(r.FromID, r.ContributorID)
		}
	case []*ent.Agreement:
		for _, r := range rows {
			b.suspended.expect(r.ID)
			b.breaches.expect(r.ID)
		}
	case []*ent.Notice:
		for _, r := range rows {
			b.marks.expect(r.ID)
		}
	case []*ent.Breach:
		expectAgencies(b, rows, func(r *ent.Breach) string { return r.AgencyID })
	case []*ent.Agency:
		for _, r := range rows {
			b.issuers.expect(r.ID)
			b.networks.expect(r.ID)
			b.departures.expect(r.ID)
			b.invitations.expect(r.ID)
		}
	case []*ent.Offboarding:
		expectAgencies(b, rows, func(r *ent.Offboarding) string { return r.HandOverToID })
	case []*ent.Proposal:
		for _, r := range rows {
			b.agencies.expect(r.AgencyID, r.ProposerID)
			b.approvals.expect(r.ID)
		}
	case []*ent.Approval:
		expectAgencies(b, rows, func(r *ent.Approval) string { return r.AgencyID })
	case []*ent.Provision:
		for _, r := range rows {
			b.agencies.expect(append(r.ContributorIds, r.RecipientID)...)
			b.units.expect(r.UnitID)
		}
	case []*ent.Disclosure:
		for _, r := range rows {
			b.agencies.expect(r.AgencyID, r.ContributorID)
			b.reference.expect(r.CaseID)
		}
	case []*ent.Referral:
		for _, r := range rows {
			b.agencies.expect(r.FromID, r.ToID)
			b.units.expect(r.UnitID)
			if r.FromID != op.Scope.Agency {
				b.standing.expect(r.ID)
			}
		}
	}
}

func expectAgencies[T any](b *batches, rows []*T, agency func(*T) string) {
	for _, r := range rows {
		b.agencies.expect(agency(r))
	}
}

// expectVersions names the viewer's agency's own rows that have been corrected.
func expectVersions[R, V any](op *store.Op, of *keyed[span, []V], rows []*R, key func(*R) (id, contributor string, version int)) {
	for _, r := range rows {
		if id, contributor, version := key(r); contributor == op.Scope.Agency && version > 1 {
			of.expect(id)
		}
	}
}
