package resolver

import (
	"context"
	"encoding/base64"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/onboarding"
)

func (mutation) ProposeAgency(ctx context.Context, in onboarding.AgencyInput, key *string) (*model.Payload, error) {
	return change{"proposeAgency", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.ProposeAgency(ctx, op, in)
	})
}

func (mutation) ProposeAgencyKind(ctx context.Context, id string, kind valueset.AgencyKind, key *string) (*model.Payload, error) {
	return change{"proposeAgencyKind", key, on{id, kind}}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.ProposeKind(ctx, op, id, kind)
	})
}

func (mutation) ProposeSignIn(ctx context.Context, id string, in onboarding.SignInInput, key *string) (*model.Payload, error) {
	return change{"proposeSignIn", key, on{id, in}}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.ProposeSignIn(ctx, op, id, in)
	})
}

func (mutation) ApproveProposal(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"approveProposal", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.Approve(ctx, op, id) })
}

func (mutation) CountersignProposal(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"countersignProposal", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.Countersign(ctx, op, id) })
}

func (mutation) RefuseProposal(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"refuseProposal", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.Refuse(ctx, op, id) })
}

// InviteAdministrator shows the secret once: a repetition, by its key or of an invitation
// that waits, shows none.
func (mutation) InviteAdministrator(ctx context.Context, id string, key *string) (*model.InvitationPayload, error) {
	var made *onboarding.Invited
	ids, refused, err := change{"inviteAdministrator", key, id}.run(ctx, func(op *store.Op) ([]string, error) {
		var err error
		if made, err = onboarding.Invite(ctx, op, id); err != nil {
			return nil, err
		}
		return []string{made.ID}, nil
	})
	if err != nil || len(ids) != 1 {
		return &model.InvitationPayload{UserErrors: refused}, err
	}
	out := &model.AdministratorInvitation{ID: ids[0]}
	if made != nil {
		if made.Secret != "" {
			out.Secret = &made.Secret
		}
		if made.ProposalID != "" {
			out.ProposalID = &made.ProposalID
		} else {
			out.ValidUntil = &made.ValidUntil
		}
	}
	return &model.InvitationPayload{Invitation: out}, nil
}

func (mutation) AcceptInvitation(ctx context.Context, secret string, key *string) (*model.Payload, error) {
	return change{"acceptInvitation", key, secret}.made(ctx, func(op *store.Op) (string, error) {
		return op.Scope.Member, onboarding.AcceptInvitation(ctx, op, secret)
	})
}

func (mutation) UpdateAgency(ctx context.Context, id string, in onboarding.UpdateAgencyInput, key *string) (*model.Payload, error) {
	return change{"updateAgency", key, on{id, in}}.changed(ctx, id, func(op *store.Op) error {
		return onboarding.UpdateAgency(ctx, op, id, in)
	})
}

func (mutation) SuspendAgency(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"suspendAgency", key, id}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.SuspendAgency(ctx, op, id)
	})
}

func (mutation) ResumeAgency(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"resumeAgency", key, id}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.ProposeResume(ctx, op, id)
	})
}

func (mutation) StartOffboarding(ctx context.Context, id string, exportTo, handOverTo *string, deadline *int64, key *string) (*model.Payload, error) {
	in := onboarding.OffboardingInput{ExportTo: orNone(exportTo), HandOverTo: orNone(handOverTo), Deadline: deadline}
	return change{"startOffboarding", key, on{id, in}}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.StartOffboarding(ctx, op, id, in)
	})
}

// AdvanceOffboarding goes on where it stopped: it needs no idempotency key, since each
// step is done once.
func (m mutation) AdvanceOffboarding(ctx context.Context, id string, sharingOnly bool, _ *string) (*model.OffboardingPayload, error) {
	var got *onboarding.Leaving
	_, refused, err := change{"advanceOffboarding", nil, id}.run(ctx, func(op *store.Op) ([]string, error) {
		var err error
		if sharingOnly {
			got, err = onboarding.EndSharing(ctx, op, id)
		} else {
			got, err = onboarding.Offboard(ctx, op, id, m.departure)
		}
		return nil, err
	})
	if err != nil || len(refused) > 0 {
		return &model.OffboardingPayload{UserErrors: refused}, err
	}
	got.Agreements = orEmpty(got.Agreements)
	return &model.OffboardingPayload{Offboarding: got}, nil
}

// ExportOffboarding needs no idempotency key: a part that is lost is asked for from the
// first one on.
func (m mutation) ExportOffboarding(ctx context.Context, id string, part int, _ *string) (*model.OffboardingPartPayload, error) {
	var got *onboarding.ExportedPart
	_, refused, err := change{"exportOffboarding", nil, id}.run(ctx, func(op *store.Op) ([]string, error) {
		var err error
		got, err = onboarding.ExportPart(ctx, op, id, part, m.departure)
		return nil, err
	})
	if err != nil || len(refused) > 0 {
		return &model.OffboardingPartPayload{UserErrors: refused}, err
	}
	return &model.OffboardingPartPayload{Part: &model.OffboardingPart{
		Number: got.Number, Content: base64.StdEncoding.EncodeToString(got.Content), Rows: got.Rows, Last: got.Last, Digest: got.Digest,
	}}, nil
}

func (mutation) ConfirmOffboardingExport(ctx context.Context, id, digest string, _ *string) (*model.OffboardingPayload, error) {
	return departing(ctx, "confirmOffboardingExport", id, func(op *store.Op) error { return onboarding.ConfirmExport(ctx, op, id, digest) })
}

func (mutation) StopOffboardingDeletion(ctx context.Context, id string, _ *string) (*model.OffboardingPayload, error) {
	return departing(ctx, "stopOffboardingDeletion", id, func(op *store.Op) error { return onboarding.StopDeletion(ctx, op, id) })
}

// departing makes one step of the viewer's own agency, and says how far it has come.
func departing(ctx context.Context, verb, id string, step func(*store.Op) error) (*model.OffboardingPayload, error) {
	var got *onboarding.Leaving
	_, refused, err := change{verb, nil, id}.run(ctx, func(op *store.Op) ([]string, error) {
		err := step(op)
		if err == nil {
			got, err = onboarding.Departing(ctx, op, id)
		}
		return nil, err
	})
	if err != nil || len(refused) > 0 {
		return &model.OffboardingPayload{UserErrors: refused}, err
	}
	got.Agreements = orEmpty(got.Agreements)
	return &model.OffboardingPayload{Offboarding: got}, nil
}

func (mutation) EnterMember(ctx context.Context, in onboarding.EnterMemberInput, key *string) (*model.Payload, error) {
	return change{"enterMember", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.EnterMember(ctx, op, in)
	})
}

func (mutation) SetRoles(ctx context.Context, id string, roles []viewer.Role, key *string) (*model.Payload, error) {
	return change{"setRoles", key, on{id, roles}}.changed(ctx, id, func(op *store.Op) error {
		return onboarding.SetRoles(ctx, op, id, roles)
	})
}

func (mutation) CloseMember(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"closeMember", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.SetActive(ctx, op, id, false) })
}

func (mutation) OpenMember(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"openMember", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.SetActive(ctx, op, id, true) })
}

func (mutation) ProposeAgreement(ctx context.Context, in onboarding.AgreementInput, key *string) (*model.Payload, error) {
	return change{"proposeAgreement", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.ProposeAgreement(ctx, op, in)
	})
}

// ProposeAgreementBetween needs no idempotency key: the same terms are proposed once.
func (mutation) ProposeAgreementBetween(ctx context.Context, in onboarding.AgreementInput, _ *string) (*model.AgreementBetweenPayload, error) {
	var got *onboarding.Between
	_, refused, err := change{"proposeAgreementBetween", nil, in}.run(ctx, func(op *store.Op) ([]string, error) {
		var err error
		got, err = onboarding.ProposeBetween(ctx, op, in)
		return nil, err
	})
	if err != nil || len(refused) > 0 {
		return &model.AgreementBetweenPayload{UserErrors: refused}, err
	}
	return &model.AgreementBetweenPayload{Agreement: got}, nil
}

func (mutation) SignAgreement(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"signAgreement", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.SignAgreement(ctx, op, id) })
}

func (mutation) EndAgreement(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"endAgreement", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.EndAgreement(ctx, op, id) })
}

func (mutation) ShutDownAgreement(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"shutDownAgreement", key, id}.changed(ctx, id, func(op *store.Op) error { return onboarding.ShutDownAgreement(ctx, op, id) })
}
