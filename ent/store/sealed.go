package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Seal encrypts the content of a row of the scope's agency under the key of the
// case. The result opens in that row only.
func (o *Op) Seal(ctx context.Context, entity, id, caseID string, content any) ([]byte, error) {
	return o.seal(ctx, seal.Row{Entity: entity, ID: id, Case: caseID, Contributor: o.Scope.Agency}, content)
}

func (o *Op) seal(ctx context.Context, row seal.Row, content any) ([]byte, error) {
	if o.store.keys == nil {
		return nil, errs.New(errs.Unavailable, "no key store is configured: nothing about a person can be stored")
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "sealing a row failed")
	}
	sealed, err := o.store.keys.Seal(ctx, row, plain)
	if err != nil {
		return nil, unsealed(err, "sealing a row failed: nothing was stored")
	}
	return sealed, nil
}

// MakeKey makes the key of a new case. It is kept outside the database: where the
// operation fails afterwards, a key of no case remains.
func (o *Op) MakeKey(ctx context.Context, caseID string) error {
	if o.store.keys == nil {
		return errs.New(errs.Unavailable, "no key store is configured: nothing about a person can be stored")
	}
	if err := o.store.keys.Make(ctx, caseID); err != nil {
		return unsealed(err, "making the key of a case failed: nothing was stored")
	}
	return nil
}

// MakeKeys makes the keys of many new cases at once.
func (o *Op) MakeKeys(ctx context.Context, caseIDs []string) error {
	if o.store.keys == nil {
		return errs.New(errs.Unavailable, "no key store is configured: nothing about a person can be stored")
	}
	if err := o.store.keys.Make(ctx, caseIDs...); err != nil {
		return unsealed(err, "making the keys of cases failed: nothing was stored")
	}
	return nil
}

// Unseal is the reverse of Seal, for what is no row of a case.
func (o *Op) Unseal(ctx context.Context, entity, id, under string, sealed []byte, into any) error {
	if o.store.keys == nil {
		return errs.New(errs.Unavailable, "no key store is configured: what is sealed cannot be read")
	}
	plain, err := o.store.keys.Open(ctx, seal.Row{Entity: entity, ID: id, Case: under, Contributor: o.Scope.Agency}, sealed)
	if err != nil {
		return unsealed(err, "opening a sealed row failed")
	}
	defer clear(plain)
	if err := json.Unmarshal(plain, into); err != nil {
		return errs.New(errs.Internal, "a sealed row holds what this program cannot read: was it written by a later version?")
	}
	return nil
}

// closed is a row that is still sealed, and where its content goes.
type closed struct {
	row    seal.Row
	sealed []byte
	into   any
}

// open opens the sealed rows of one query's result, all or none. The keys of all
// their cases are fetched at once.
func (s *Store) open(ctx context.Context, v ent.Value) error {
	rows := closedRows(v)
	if len(rows) == 0 {
		return nil
	}
	if s.keys == nil {
		return errs.New(errs.Unavailable, "no key store is configured: what is sealed cannot be read")
	}
	var cases []string
	for _, r := range rows {
		cases = append(cases, r.row.Case)
	}
	slices.Sort(cases)
	if err := s.keys.Load(ctx, slices.Compact(cases)...); err != nil {
		return unsealed(err, "reading the keys of cases failed: try again")
	}
	for _, r := range rows {
		plain, err := s.keys.Open(ctx, r.row, r.sealed)
		if err != nil {
			return unsealed(err, "opening a sealed row failed")
		}
		if err := json.Unmarshal(plain, r.into); err != nil {
			return errs.New(errs.Internal, "a sealed row holds what this program cannot read: was it written by a later version?")
		}
	}
	return nil
}

func closedRows(v ent.Value) []closed {
	var out []closed
	switch rows := v.(type) {
	case []*ent.Identity:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeIdentity, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.IdentityContent})
		}
	case []*ent.Contact:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeContact, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ContactContent})
		}
	case []*ent.Narrative:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeNarrative, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.NarrativeContent})
		}
	case []*ent.Consent:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeConsent, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ConsentContent})
		}
	case []*ent.BreakGlass:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeBreakGlass, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.BreakGlassContent})
		}
	case []*ent.Guardianship:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeGuardianship, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.GuardianshipContent})
		}
	case []*ent.BestInterests:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeBestInterests, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.BestInterestsContent})
		}
	case []*ent.Incapacity:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeIncapacity, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.IncapacityContent})
		}
	case []*ent.LegalBasis:
		for _, r := range rows {
			if r.CaseID != "" {
				out = append(out, closed{seal.Row{Entity: ent.TypeLegalBasis, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.LegalBasisContent})
			}
		}
	case []*ent.ExternalReferral:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeExternalReferral, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ExternalReferralContent})
		}
	case []*ent.Conference:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeConference, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ConferenceContent})
		}
	case []*ent.ConferenceTask:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeConferenceTask, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ConferenceTaskContent})
		}
	case []*ent.IdentityVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeIdentityVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.IdentityContent})
		}
	case []*ent.ContactVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeContactVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ContactContent})
		}
	case []*ent.ProfileVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeProfileVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ProfileContent})
		}
	case []*ent.TraffickingVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeTraffickingVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.TraffickingContent})
		}
	case []*ent.NarrativeVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeNarrativeVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.NarrativeContent})
		}
	case []*ent.Whereabouts:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeWhereabouts, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.WhereaboutsContent})
		}
	case []*ent.Family:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeFamily, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.FamilyContent})
		}
	case []*ent.Protection:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeProtection, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ProtectionContent})
		}
	case []*ent.Health:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeHealth, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.HealthContent})
		}
	case []*ent.HealthRestricted:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeHealthRestricted, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.HealthRestrictedContent})
		}
	case []*ent.Proceeding:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeProceeding, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ProceedingContent})
		}
	case []*ent.Suspect:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeSuspect, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.SuspectContent})
		}
	case []*ent.WhereaboutsVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeWhereaboutsVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.WhereaboutsContent})
		}
	case []*ent.FamilyVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeFamilyVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.FamilyContent})
		}
	case []*ent.ProtectionVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeProtectionVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ProtectionContent})
		}
	case []*ent.HealthVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeHealthVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.HealthContent})
		}
	case []*ent.HealthRestrictedVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeHealthRestrictedVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.HealthRestrictedContent})
		}
	case []*ent.AssistanceVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeAssistanceVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.AssistanceContent})
		}
	case []*ent.ProceedingVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeProceedingVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.ProceedingContent})
		}
	case []*ent.SuspectVersion:
		for _, r := range rows {
			out = append(out, closed{seal.Row{Entity: ent.TypeSuspectVersion, ID: r.ID, Case: r.CaseID, Contributor: r.ContributorID}, r.Sealed, &r.SuspectContent})
		}
	}
	return out
}

// unsealed tells what kind of failure it was, and of no row.
func unsealed(err error, doing string) error {
	switch {
	case errors.Is(err, seal.ErrNoKey):
		return errs.Wrap(err, errs.Changed, "%s: the case is being erased", doing)
	case errors.Is(err, seal.ErrBroken):
		return errs.Wrap(err, errs.Internal, "%s: it was changed or moved outside Sala; run `sala fsck`", doing)
	}
	return errs.Wrap(err, errs.Unavailable, "%s", doing)
}
