package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/approval"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// needed is how many people of different agencies approve (I7). The proposer may be
// one of them; to propose is not to approve.
const needed = 2

// Approve gives the yes of the viewer's agency to a proposal. With the second, of
// another agency, what was proposed is decided. An agency that has been suspended
// meanwhile does not count.
func Approve(ctx context.Context, op *store.Op, proposalID string) error {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator)
	if err != nil {
		return err
	}
	p, err := proposed(ctx, op, proposalID)
	if err != nil {
		return err
	}
	mine, err := op.Approval.Query().Where(approval.ProposalID(p.ID), approval.MemberID(d.member.ID)).Exist(ctx)
	if err != nil || mine && p.RefusedOn == nil {
		return outward(err, "reading the approvals") // again is the same
	}
	if err := open(op, p); err != nil {
		return err
	}
	if p.ApprovedOn != nil {
		return errs.New(errs.Conflict, "this proposal has its approvals already")
	}
	given, err := op.Approval.Query().Where(approval.ProposalID(p.ID), approval.AgencyID(d.agency.ID)).Exist(ctx)
	if err != nil {
		return outward(err, "reading the approvals")
	}
	if given {
		return errs.New(errs.Conflict, "your agency has approved this already: the other approval is another agency's (I7)")
	}
	err = op.Approval.Create().SetProposalID(p.ID).SetAboutID(p.AgencyID).SetAgencyID(d.agency.ID).SetMemberID(d.member.ID).
		SetApprovedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return outward(err, "approving")
	}
	if err := disclosure.DecideAbout(ctx, op, "approve "+string(p.Kind), p.AgencyID, p.ID); err != nil {
		return err
	}
	n, err := standing(ctx, op, p)
	if err != nil || n < needed {
		return err
	}
	return settle(ctx, op, p, false)
}

// standing counts the agencies that have approved and are let in now.
func standing(ctx context.Context, op *store.Op, p *ent.Proposal) (int, error) {
	rows, err := op.Approval.Query().Where(approval.ProposalID(p.ID)).All(ctx)
	if err != nil {
		return 0, outward(err, "reading the approvals")
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.AgencyID
	}
	n, err := op.Gate.Query().Where(gate.IDIn(ids...), gate.Open(true)).Count(ctx)
	return n, outward(err, "reading the gates")
}

// Countersign puts the own administrator's name to a change of how the agency signs
// in: with its approvals, it is in effect at once. Who countersigns has signed in the
// old way, for the new one is not in effect; networks that would shut her out are refused.
func Countersign(ctx context.Context, op *store.Op, proposalID string) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	p, err := proposed(ctx, op, proposalID)
	if err != nil {
		return err
	}
	if p.AgencyID != d.agency.ID || !countersigned(p.Kind) {
		return errs.NotHere()
	}
	if p.CountersignedOn != nil && p.RefusedOn == nil {
		return nil // again is the same
	}
	if err := open(op, p); err != nil {
		return err
	}
	if err := countersignerStaysIn(op, p); err != nil {
		return err
	}
	if err := op.Proposal.UpdateOneID(p.ID).SetCountersignedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "countersigning")
	}
	p.CountersignedOn = &op.Scope.Now
	if err := disclosure.DecideAbout(ctx, op, "countersign "+string(p.Kind), p.AgencyID, p.ID); err != nil {
		return err
	}
	if p.ApprovedOn == nil {
		return nil
	}
	return bringForward(ctx, op, p)
}

func countersigned(k valueset.ProposalKind) bool {
	return k == valueset.ProposalKindSignIn || k == valueset.ProposalKindAdministrator
}

// Refuse ends a proposal before it is in effect: by the agency that it is about, at
// any time until then, and until it is approved by whoever administers the platform; a
// program that operates it takes back what it proposed itself.
func Refuse(ctx context.Context, op *store.Op, proposalID string) error {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	p, err := proposed(ctx, op, proposalID)
	if err != nil {
		return err
	}
	own := p.AgencyID == d.agency.ID && d.has(viewer.AgencyAdministrator)
	decides := d.has(viewer.PlatformAdministrator) || d.has(viewer.PlatformOperator) && p.ProposedBy == d.member.ID
	if !own && (!decides || p.ApprovedOn != nil) {
		return errs.NotHere()
	}
	if p.Kind == valueset.ProposalKindSuspendAgency && !decides {
		return errs.New(errs.Forbidden, "an agency does not refuse its own suspension")
	}
	if p.RefusedOn != nil {
		return nil // again is the same
	}
	if err := open(op, p); err != nil {
		return err
	}
	if err := op.Proposal.UpdateOneID(p.ID).SetRefusedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "refusing the proposal")
	}
	if err := undo(ctx, op, p); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "refuse "+string(p.Kind), p.AgencyID, p.ID)
}

// proposed is a proposal, wherever it stands.
func proposed(ctx context.Context, op *store.Op, id string) (*ent.Proposal, error) {
	if !pubid.Valid(id, "proposal") {
		return nil, errs.NotHere()
	}
	p, err := op.Proposal.Get(ctx, id)
	return p, outward(err, "reading the proposal")
}

// open refuses a proposal that nothing can be decided about any more.
func open(op *store.Op, p *ent.Proposal) error {
	switch {
	case p.RefusedOn != nil:
		return errs.New(errs.Conflict, "this proposal was refused: propose anew")
	case p.EffectiveFrom != nil && *p.EffectiveFrom <= op.Scope.Now:
		return errs.New(errs.Conflict, "this proposal is in effect already")
	}
	return nil
}
