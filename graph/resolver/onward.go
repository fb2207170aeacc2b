package resolver

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/conference"
	"github.com/sala-exchange/sala/ent/conferencetask"
	"github.com/sala-exchange/sala/ent/externalreferral"
	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/casework"
)

// provenance names, of a category, whose rows are open by way of others, through whom and
// under which agreement, each way once (D4).
func provenance(ctx context.Context, cat category.Category, open []*ent.Access) ([]*model.Provenance, error) {
	out, said := []*model.Provenance{}, map[string]bool{}
	for _, a := range open {
		key := a.ContributorID + a.ReferralID + a.ReferralAgreementID
		if a.ReferrerID == "" || cat != category.Case && !a.Categories.Has(cat) || said[key] {
			continue
		}
		said[key] = true
		p := &model.Provenance{ReferralID: a.ReferralID, AgreementID: a.ReferralAgreementID}
		var err error
		if p.Contributor, err = agencyOf(ctx, a.ContributorID); err != nil {
			return nil, err
		}
		if p.First, err = agencyOf(ctx, a.FirstReferrerID); err != nil {
			return nil, err
		}
		if p.Through, err = agencyOf(ctx, a.ReferrerID); err != nil {
			return nil, err
		}
		if a.FirstReferralID != "" {
			p.FirstReferralID, p.FirstAgreementID = &a.FirstReferralID, &a.AgreementID
		}
		out = append(out, p)
	}
	return out, nil
}

// Unit is that of the receiver to which alone it goes (A5).
func (referralOf) Unit(ctx context.Context, r *ent.Referral) (*ent.AgencyUnit, error) {
	return unitOf(ctx, r.UnitID)
}

// OnwardOf is the referral by which the sender reads, where it passes on (D4).
func (referralOf) OnwardOf(_ context.Context, r *ent.Referral) (*string, error) {
	return unlessEmpty(r.OnwardOf)
}

func unlessEmpty(id string) (*string, error) {
	if id == "" {
		return nil, nil
	}
	return &id, nil
}

type permissionOf struct{}

// Contributor is whose rows it is about.
func (permissionOf) Contributor(ctx context.Context, p *ent.Permission) (*ent.Agency, error) {
	return agencyOf(ctx, p.ContributorID)
}

// Recipient is to whom they would open.
func (permissionOf) Recipient(ctx context.Context, p *ent.Permission) (*ent.Agency, error) {
	return agencyOf(ctx, p.RecipientID)
}

// Asker is who asks to pass them on; null for a contributor's own decision.
func (permissionOf) Asker(ctx context.Context, p *ent.Permission) (*ent.Agency, error) {
	return agencyOf(ctx, p.AskerID)
}

// ReferralID is the one referral that it is about; null for any.
func (permissionOf) ReferralID(_ context.Context, p *ent.Permission) (*string, error) {
	return unlessEmpty(p.ReferralID)
}

type externalOf struct{}

// Encrypted: the party has a key.
func (externalOf) Encrypted(_ context.Context, r *ent.ExternalReferral) (bool, error) {
	return r.RecipientKey != "", nil
}

type conferenceOf struct{}

// Contributor is the agency that called it.
func (conferenceOf) Contributor(ctx context.Context, c *ent.Conference) (*ent.Agency, error) {
	return agencyOf(ctx, c.ContributorID)
}

// Participants are who takes part.
func (conferenceOf) Participants(ctx context.Context, c *ent.Conference) ([]*model.ConferenceParticipant, error) {
	out := make([]*model.ConferenceParticipant, len(c.Participants))
	for i, m := range c.Participants {
		agency, err := agencyOf(ctx, m.Agency)
		if err != nil {
			return nil, err
		}
		out[i] = &model.ConferenceParticipant{Agency: agency, MemberID: m.Member}
	}
	return out, nil
}

// Tasks are what it gave somebody to do, the earliest due first.
func (conferenceOf) Tasks(ctx context.Context, c *ent.Conference) ([]*ent.ConferenceTask, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := b.tasks.get(ctx, c.ID)
	return slices.Concat([]*ent.ConferenceTask{}, rows), err
}

type taskOf struct{}

// Agency is the one that does it.
func (taskOf) Agency(ctx context.Context, t *ent.ConferenceTask) (*ent.Agency, error) {
	return agencyOf(ctx, t.AgencyID)
}

func (caseFile) Permissions(ctx context.Context, c *ent.CaseFile) ([]*ent.Permission, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.Permission] { return b.permissions })
}

func (caseFile) ExternalReferrals(ctx context.Context, c *ent.CaseFile) ([]*ent.ExternalReferral, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.ExternalReferral] { return b.externals })
}

func (caseFile) Conferences(ctx context.Context, c *ent.CaseFile) ([]*ent.Conference, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.Conference] { return b.conferences })
}

func loadPermissions(ctx context.Context, cases []string) (map[string][]*ent.Permission, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Permission.Query().Where(permission.CaseIDIn(cases...)).Order(permission.ByRecordedOn(), permission.ByID()).All(ctx)
	return grouped(rows, func(r *ent.Permission) string { return r.CaseID }), outward(err, "reading what contributors decided")
}

func loadExternals(ctx context.Context, cases []string) (map[string][]*ent.ExternalReferral, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.ExternalReferral.Query().Where(externalreferral.CaseIDIn(cases...)).Order(externalreferral.ByRecordedOn(), externalreferral.ByID()).All(ctx)
	return grouped(rows, func(r *ent.ExternalReferral) string { return r.CaseID }), outward(err, "reading referrals outside Sala")
}

func loadConferences(ctx context.Context, cases []string) (map[string][]*ent.Conference, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Conference.Query().Where(conference.CaseIDIn(cases...)).Order(conference.ByHeldOn(), conference.ByID()).All(ctx)
	return grouped(rows, func(r *ent.Conference) string { return r.CaseID }), outward(err, "reading case conferences")
}

func loadTasks(ctx context.Context, conferences []string) (map[string][]*ent.ConferenceTask, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.ConferenceTask.Query().Where(conferencetask.ConferenceIDIn(conferences...)).Order(conferencetask.ByDueOn(), conferencetask.ByID()).All(ctx)
	return grouped(rows, func(r *ent.ConferenceTask) string { return r.ConferenceID }), outward(err, "reading tasks of case conferences")
}

func (mutation) OfferOnward(ctx context.Context, in casework.OfferOnwardInput, key *string) (*model.Payload, error) {
	return change{"offerOnward", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.OfferOnward(ctx, op, in) })
}

func (mutation) AskOnward(ctx context.Context, in casework.OfferOnwardInput, key *string) (*model.Payload, error) {
	return change{"askOnward", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.AskOnward(ctx, op, in) })
}

func (mutation) AnswerOnward(ctx context.Context, in casework.AnswerOnwardInput, key *string) (*model.Payload, error) {
	return change{"answerOnward", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.AnswerOnward(ctx, op, in) })
}

func (mutation) PermitContribution(ctx context.Context, in casework.PermitContributionInput, key *string) (*model.Payload, error) {
	return change{"permitContribution", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) { return casework.PermitContribution(ctx, op, in) })
}

func (mutation) WithdrawPermission(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"withdrawPermission", key, id}.made(ctx, func(op *store.Op) (string, error) { return casework.WithdrawPermission(ctx, op, id) })
}

func (mutation) RequestTracing(ctx context.Context, in casework.RequestTracingInput, key *string) (*model.Payload, error) {
	return change{"requestTracing", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.RequestTracing(ctx, op, in) })
}

func (mutation) RecordExternalReferral(ctx context.Context, in casework.RecordExternalReferralInput, key *string) (*model.Payload, error) {
	return change{"recordExternalReferral", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) { return casework.RecordExternalReferral(ctx, op, in) })
}

func (mutation) PrintExternalReferral(ctx context.Context, id string) (*model.ExternalSheetPayload, error) {
	var got *casework.Sheet
	_, refused, err := change{"printExternalReferral", nil, id}.run(ctx, func(op *store.Op) (ids []string, err error) {
		got, err = casework.PrintExternalReferral(ctx, op, id)
		return nil, err
	})
	if err != nil || len(refused) > 0 {
		return &model.ExternalSheetPayload{UserErrors: refused}, err
	}
	return &model.ExternalSheetPayload{Sheet: &model.ExternalSheet{Name: got.Name, MediaType: got.MediaType, Content: got.Content}}, nil
}

func (mutation) HandOverExternalReferral(ctx context.Context, in casework.HandOverExternalReferralInput, key *string) (*model.Payload, error) {
	return change{"handOverExternalReferral", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.HandOverExternalReferral(ctx, op, in) })
}

func (mutation) RecordExternalReply(ctx context.Context, in casework.RecordExternalReplyInput, key *string) (*model.Payload, error) {
	return change{"recordExternalReply", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.RecordExternalReply(ctx, op, in) })
}

func (mutation) WithdrawExternalReferral(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"withdrawExternalReferral", key, id}.made(ctx, func(op *store.Op) (string, error) { return casework.WithdrawExternalReferral(ctx, op, id) })
}

func (mutation) ConfirmExternalDeletion(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"confirmExternalDeletion", key, id}.made(ctx, func(op *store.Op) (string, error) { return casework.ConfirmExternalDeletion(ctx, op, id) })
}

func (mutation) CallConference(ctx context.Context, in casework.CallConferenceInput, key *string) (*model.Payload, error) {
	return change{"callConference", key, in}.about(ctx, in.CaseID, func(op *store.Op) (string, error) { return casework.CallConference(ctx, op, in) })
}

func (mutation) ConcludeConference(ctx context.Context, in casework.ConcludeConferenceInput, key *string) (*model.Payload, error) {
	return change{"concludeConference", key, in}.made(ctx, func(op *store.Op) (string, error) { return casework.ConcludeConference(ctx, op, in) })
}

func (mutation) CompleteConferenceTask(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"completeConferenceTask", key, id}.made(ctx, func(op *store.Op) (string, error) { return casework.CompleteConferenceTask(ctx, op, id) })
}
