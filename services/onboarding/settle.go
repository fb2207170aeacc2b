package onboarding

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/allowlist"
	"github.com/sala-exchange/sala/ent/invitation"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/proposal"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// settle brings what was decided into effect: at once, or for a change of how an
// agency in use signs in from the end of its time to object, as an interval that
// nobody has to come back to. own: its administrator has decided it alone.
func settle(ctx context.Context, op *store.Op, p *ent.Proposal, own bool) error {
	from, err := effect(ctx, op, p, own)
	if err != nil {
		return err
	}
	update := op.Proposal.UpdateOneID(p.ID).SetApprovedOn(op.Scope.Now).SetEffectiveFrom(from)
	if own {
		update.SetCountersignedOn(op.Scope.Now)
	}
	if err := update.Exec(ctx); err != nil {
		return outward(err, "settling the proposal")
	}
	if err := carryOut(ctx, op, p, from); err != nil {
		return err
	}
	if countersigned(p.Kind) {
		return op.Notify(ctx, p.AgencyID, valueset.NoticeKindSignInChange, p.ID)
	}
	return nil
}

// effect is from when.
func effect(ctx context.Context, op *store.Op, p *ent.Proposal, own bool) (int64, error) {
	if own || p.CountersignedOn != nil || !countersigned(p.Kind) {
		return op.Scope.Now, nil
	}
	used, err := inUse(ctx, op, p.AgencyID)
	if err != nil || !used {
		return op.Scope.Now, err
	}
	return op.Scope.Now + op.Deployment().ToObject.Microseconds(), nil
}

func carryOut(ctx context.Context, op *store.Op, p *ent.Proposal, from int64) error {
	switch p.Kind {
	case valueset.ProposalKindNewAgency:
		in, err := decode[AgencyInput](p)
		if err != nil {
			return err
		}
		_, err = enterAgency(ctx, op, p.AgencyID, p.ID, in)
		return err
	case valueset.ProposalKindAgencyKind:
		c, err := decode[kindContent](p)
		if err != nil {
			return err
		}
		if err := notInUse(ctx, op, p.AgencyID); err != nil {
			return err
		}
		return outward(op.Agency.UpdateOneID(p.AgencyID).SetKind(c.Kind).Exec(ctx), "changing the kind")
	case valueset.ProposalKindSignIn:
		return changeSignIn(ctx, op, p, from)
	case valueset.ProposalKindAdministrator:
		c, err := decode[administratorContent](p)
		if err != nil {
			return err
		}
		err = op.Invitation.UpdateOneID(c.Invitation).SetValidFrom(from).SetValidUntil(from + invited).Exec(ctx)
		return outward(err, "opening the invitation")
	case valueset.ProposalKindSuspendAgency:
		return suspend(ctx, op, p.AgencyID)
	case valueset.ProposalKindResumeAgency:
		return resume(ctx, op, p.AgencyID)
	case valueset.ProposalKindOversight:
		return seat(ctx, op, p, from)
	case valueset.ProposalKindOffboarding:
		terms, err := agreedTerms(ctx, op, p)
		if err != nil {
			return err
		}
		return freeze(ctx, op, p.AgencyID, terms)
	}
	return errs.New(errs.Internal, "a proposal of an unknown kind")
}

// changeSignIn ends what ends in the very moment in which what is new begins.
func changeSignIn(ctx context.Context, op *store.Op, p *ent.Proposal, from int64) error {
	in, err := decode[SignInInput](p)
	if err != nil {
		return err
	}
	_, err = op.Issuer.Update().Where(issuer.AgencyID(p.AgencyID), issuer.URLIn(in.End...), Unended(op.Scope.Now)).SetValidUntil(from).Save(ctx)
	if err != nil {
		return outward(err, "ending an issuer")
	}
	for _, i := range in.Add {
		if err := replaceOwn(ctx, op, p, from, i, in.End); err != nil {
			return err
		}
	}
	if in.AllowedNetworks == nil {
		return nil
	}
	return enterNetworks(ctx, op, p.AgencyID, p.ID, from, in.AllowedNetworks)
}

// replaceOwn enters an issuer; where the agency signs in by the same URL already, its
// former settings end as the new ones begin.
func replaceOwn(ctx context.Context, op *store.Op, p *ent.Proposal, from int64, i *IssuerInput, ended []string) error {
	if !slices.Contains(ended, i.URL) {
		_, err := op.Issuer.Update().Where(issuer.AgencyID(p.AgencyID), issuer.URL(i.URL), Unended(op.Scope.Now)).SetValidUntil(from).Save(ctx)
		if err != nil {
			return outward(err, "ending an issuer's former settings")
		}
	}
	return enterIssuer(ctx, op, p.AgencyID, p.ID, from, i)
}

// bringForward puts a change that waits into effect now.
func bringForward(ctx context.Context, op *store.Op, p *ent.Proposal) error {
	if err := move(ctx, op, p, op.Scope.Now); err != nil {
		return err
	}
	return takeWaitingNetworksBack(ctx, op, p.AgencyID)
}

// postpone lets the time to object begin anew for what came into effect, or would have,
// since the agency was shut out: one that is shut out objects to nothing, and one person
// shuts it out, who may be the one that proposed (I7).
func postpone(ctx context.Context, op *store.Op, agencyID string) error {
	used, err := inUse(ctx, op, agencyID)
	if err != nil || !used {
		return err
	}
	g, err := op.Gate.Get(ctx, agencyID)
	if err != nil {
		return outward(err, "reading the agency's gate")
	}
	waited, err := op.Proposal.Query().Where(proposal.AgencyID(agencyID), proposal.KindIn(valueset.ProposalKindSignIn, valueset.ProposalKindAdministrator),
		proposal.RefusedOnIsNil(), proposal.CountersignedOnIsNil(), proposal.EffectiveFromGT(g.ChangedOn)).Order(proposal.ByEffectiveFrom(), proposal.ByID()).All(ctx)
	if err != nil {
		return outward(err, "reading what waited")
	}
	for _, p := range waited {
		if err := move(ctx, op, p, op.Scope.Now+op.Deployment().ToObject.Microseconds()); err != nil {
			return err
		}
	}
	return nil
}

// move lets a change of how an agency signs in begin at another time, and what it replaces
// end then.
func move(ctx context.Context, op *store.Op, p *ent.Proposal, at int64) error {
	if err := op.Proposal.UpdateOneID(p.ID).SetEffectiveFrom(at).Exec(ctx); err != nil {
		return outward(err, "moving a change")
	}
	if p.Kind == valueset.ProposalKindAdministrator {
		_, err := op.Invitation.Update().Where(invitation.ProposalID(p.ID)).SetValidFrom(at).SetValidUntil(at + invited).Save(ctx)
		return outward(err, "opening the invitation")
	}
	if _, err := op.Issuer.Update().Where(issuer.AgencyID(p.AgencyID), issuer.ValidUntil(*p.EffectiveFrom)).SetValidUntil(at).Save(ctx); err != nil {
		return outward(err, "ending an issuer")
	}
	if _, err := op.Issuer.Update().Where(issuer.ProposalID(p.ID)).SetValidFrom(at).Save(ctx); err != nil {
		return outward(err, "registering the issuer")
	}
	_, err := op.AllowList.Update().Where(allowlist.ProposalID(p.ID), allowlist.TakenBackOnIsNil()).SetValidFrom(at).Save(ctx)
	return outward(err, "moving the networks")
}

// undo takes back what a proposal that waits has prepared.
func undo(ctx context.Context, op *store.Op, p *ent.Proposal) error {
	if p.Kind == valueset.ProposalKindAdministrator {
		_, err := op.Invitation.Update().Where(invitation.ProposalID(p.ID)).SetValidUntil(op.Scope.Now).Save(ctx)
		return outward(err, "ending the invitation")
	}
	if p.Kind != valueset.ProposalKindSignIn || p.EffectiveFrom == nil {
		return nil
	}
	// Empty intervals: they never were, and never will be, in effect.
	if _, err := op.Issuer.Update().Where(issuer.ProposalID(p.ID)).SetValidUntil(0).Save(ctx); err != nil {
		return outward(err, "taking back an issuer")
	}
	if _, err := op.Issuer.Update().Where(issuer.AgencyID(p.AgencyID), issuer.ValidUntil(*p.EffectiveFrom)).ClearValidUntil().Save(ctx); err != nil {
		return outward(err, "keeping an issuer")
	}
	return takeNetworksBack(ctx, op, p)
}

// suspend shuts an agency out: one gate, effective at the next read.
func suspend(ctx context.Context, op *store.Op, agencyID string) error {
	if err := op.Agency.UpdateOneID(agencyID).SetState(valueset.AgencyStateSuspended).Exec(ctx); err != nil {
		return outward(err, "suspending the agency")
	}
	if err := SetGate(ctx, op, agencyID, false); err != nil {
		return err
	}
	return tellCounterparts(ctx, op, agencyID, valueset.NoticeKindAgencySuspended)
}

// tellCounterparts tells whoever has an agreement with the agency that stands (D6).
func tellCounterparts(ctx context.Context, op *store.Op, agencyID string, kind valueset.NoticeKind) error {
	rows, err := op.AgreementParty.Query().Where(agreementparty.AgencyIDNEQ(agencyID), agreementparty.HasAgreementWith(
		agreement.EndedOnIsNil(), agreement.CountersignedOnNotNil(), agreement.ValidUntilGT(op.Scope.Now),
		agreement.HasPartiesWith(agreementparty.AgencyID(agencyID)))).Order(agreementparty.ByAgencyID()).All(ctx)
	if err != nil {
		return outward(err, "reading the agency's agreements")
	}
	for i, p := range rows {
		if i > 0 && rows[i-1].AgencyID == p.AgencyID {
			continue
		}
		if err := op.Notify(ctx, p.AgencyID, kind, agencyID); err != nil {
			return err
		}
	}
	return nil
}

func resume(ctx context.Context, op *store.Op, agencyID string) error {
	a, err := op.Agency.Get(ctx, agencyID)
	if err != nil {
		return outward(err, "reading the agency")
	}
	if a.State != valueset.AgencyStateSuspended {
		return errs.New(errs.Conflict, "the agency is not suspended")
	}
	state := valueset.AgencyStateActive
	if leaving, err := leaving(ctx, op, agencyID); err != nil {
		return err
	} else if leaving {
		state = valueset.AgencyStateOffboarding
	}
	if err := op.Agency.UpdateOneID(agencyID).SetState(state).Exec(ctx); err != nil {
		return outward(err, "resuming the agency")
	}
	if err := postpone(ctx, op, agencyID); err != nil {
		return err
	}
	if err := SetGate(ctx, op, agencyID, true); err != nil {
		return err
	}
	if err := tellCounterparts(ctx, op, agencyID, valueset.NoticeKindAgencyResumed); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "resume agency", agencyID)
}
