package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/bestinterests"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/incapacity"
	"github.com/sala-exchange/sala/ent/interestssignature"
	"github.com/sala-exchange/sala/ent/recoveryperiod"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

// Who decides for one who cannot: both walls give it to the case's owner alone.

func (caseFile) Guardianships(ctx context.Context, c *ent.CaseFile) ([]*ent.Guardianship, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.Guardianship] { return b.guardianships })
}

func (caseFile) BestInterests(ctx context.Context, c *ent.CaseFile) ([]*ent.BestInterests, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.BestInterests] { return b.interests })
}

func (caseFile) Incapacities(ctx context.Context, c *ent.CaseFile) ([]*ent.Incapacity, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.Incapacity] { return b.incapacities })
}

// ofCase returns the rows of a case that one statement loads for the whole answer.
func ofCase[V any](ctx context.Context, c *ent.CaseFile, of func(*batches) *batch[[]V]) ([]V, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := of(b).get(ctx, c.ID)
	if rows == nil {
		rows = []V{}
	}
	return rows, err
}

func loadGuardianships(ctx context.Context, cases []string) (map[string][]*ent.Guardianship, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Guardianship.Query().Where(guardianship.CaseIDIn(cases...)).Order(guardianship.ByRecordedOn(), guardianship.ByID()).All(ctx)
	return grouped(rows, func(r *ent.Guardianship) string { return r.CaseID }), outward(err, "reading who speaks for her")
}

func loadInterests(ctx context.Context, cases []string) (map[string][]*ent.BestInterests, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.BestInterests.Query().Where(bestinterests.CaseIDIn(cases...)).Order(bestinterests.ByRecordedOn(), bestinterests.ByID()).All(ctx)
	return grouped(rows, func(r *ent.BestInterests) string { return r.CaseID }), outward(err, "reading decisions in her best interests")
}

func loadIncapacities(ctx context.Context, cases []string) (map[string][]*ent.Incapacity, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Incapacity.Query().Where(incapacity.CaseIDIn(cases...)).Order(incapacity.ByRecordedOn(), incapacity.ByID()).All(ctx)
	return grouped(rows, func(r *ent.Incapacity) string { return r.CaseID }), outward(err, "reading spells of incapacity")
}

func (caseFile) RecoveryPeriods(ctx context.Context, c *ent.CaseFile) ([]*ent.RecoveryPeriod, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.RecoveryPeriod] { return b.recoveries })
}

func loadRecoveries(ctx context.Context, cases []string) (map[string][]*ent.RecoveryPeriod, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.RecoveryPeriod.Query().Where(recoveryperiod.CaseIDIn(cases...)).Order(recoveryperiod.ByValidFrom(), recoveryperiod.ByID()).All(ctx)
	return grouped(rows, func(r *ent.RecoveryPeriod) string { return r.CaseID }), outward(err, "reading periods of recovery")
}

func loadSignatures(ctx context.Context, decisions []string) (map[string][]*ent.InterestsSignature, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.InterestsSignature.Query().Where(interestssignature.InterestsIDIn(decisions...)).
		Order(interestssignature.BySignedOn(), interestssignature.ByID()).All(ctx)
	return grouped(rows, func(r *ent.InterestsSignature) string { return r.InterestsID }), outward(err, "reading signatures")
}

type guardianshipOf struct{}

// Agency is that of which the guardian is a member; null for none.
func (guardianshipOf) Agency(ctx context.Context, g *ent.Guardianship) (*ent.Agency, error) {
	if g.AgencyID == "" {
		return nil, nil
	}
	return agencyOf(ctx, g.AgencyID)
}

// MayBeTold: nothing goes to a guardian in conflict, nor to a member of an agency, which
// may be one that asks or is asked (E4).
func (guardianshipOf) MayBeTold(ctx context.Context, g *ent.Guardianship) (bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return false, err
	}
	return !g.Conflict && g.AgencyID == "" && g.ValidFrom <= op.Scope.Now && op.Scope.Now < g.ValidUntil, nil
}

type interestsOf struct{}

// Signers are those who have signed, and of the panel those who have not yet.
func (interestsOf) Signers(ctx context.Context, r *ent.BestInterests) ([]*model.InterestsSigner, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	signed, err := b.signatures.get(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	out, has := []*model.InterestsSigner{}, map[string]bool{}
	for _, s := range signed {
		agency, err := agencyOf(ctx, s.AgencyID)
		if err != nil {
			return nil, err
		}
		has[s.MemberID] = true
		out = append(out, &model.InterestsSigner{Agency: agency, MemberID: s.MemberID, Capacity: s.Capacity, SignedOn: &s.SignedOn})
	}
	for _, m := range r.Panel {
		if has[m.Member] {
			continue
		}
		agency, err := agencyOf(ctx, m.Agency)
		if err != nil {
			return nil, err
		}
		out = append(out, &model.InterestsSigner{Agency: agency, MemberID: m.Member, Capacity: valueset.SignatureCapacityPanel})
	}
	return out, nil
}

// about runs a verb that names the case which it changed, and shows that case.
func (c change) about(ctx context.Context, caseID string, verb func(*store.Op) (string, error)) (*model.Payload, error) {
	return c.made(ctx, func(op *store.Op) (string, error) {
		_, err := verb(op)
		return caseID, err
	})
}

func (mutation) RecordGuardianship(ctx context.Context, in casework.RecordGuardianshipInput, key *string) (*model.Payload, error) {
	return change{"recordGuardianship", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) {
		return casework.RecordGuardianship(ctx, op, in)
	})
}

func (mutation) ChangeGuardianship(ctx context.Context, in casework.ChangeGuardianshipInput, key *string) (*model.Payload, error) {
	return change{"changeGuardianship", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.ChangeGuardianship(ctx, op, in)
	})
}

func (mutation) RecordBestInterests(ctx context.Context, in casework.RecordBestInterestsInput, key *string) (*model.Payload, error) {
	return change{"recordBestInterests", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) {
		return casework.RecordBestInterests(ctx, op, in)
	})
}

func (mutation) SignBestInterests(ctx context.Context, in casework.SignBestInterestsInput, key *string) (*model.Payload, error) {
	return change{"signBestInterests", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.SignBestInterests(ctx, op, in)
	})
}

func (mutation) RecordIncapacity(ctx context.Context, in casework.RecordIncapacityInput, key *string) (*model.Payload, error) {
	return change{"recordIncapacity", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) {
		return casework.RecordIncapacity(ctx, op, in)
	})
}

func (mutation) EndIncapacity(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"endIncapacity", key, id}.made(ctx, func(op *store.Op) (string, error) {
		return casework.EndIncapacity(ctx, op, id)
	})
}

func (mutation) ConfirmConsent(ctx context.Context, in casework.ConfirmConsentInput, key *string) (*model.Payload, error) {
	return change{"confirmConsent", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.ConfirmConsent(ctx, op, in)
	})
}

func (mutation) StartRecovery(ctx context.Context, in casework.StartRecoveryInput, key *string) (*model.Payload, error) {
	return change{"startRecovery", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) {
		return casework.StartRecovery(ctx, op, in)
	})
}

func (mutation) ChangeRecovery(ctx context.Context, in casework.ChangeRecoveryInput, key *string) (*model.Payload, error) {
	return change{"changeRecovery", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.ChangeRecovery(ctx, op, in)
	})
}
