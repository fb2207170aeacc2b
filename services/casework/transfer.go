package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/provision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// OfferTransfer offers the case to another owner, on the person's own statement to
// that agency (A4).
func OfferTransfer(ctx context.Context, op *store.Op, in OfferTransferInput) error {
	c, err := ownCase(ctx, op, in.CaseID)
	if err != nil {
		return err
	}
	if in.ToID == op.Scope.Agency {
		return errs.New(errs.Invalid, "a case is transferred to another agency").WithFields("toID")
	}
	if err := transferAgreed(ctx, op, in.CaseID, in.ConsentID, in.ToID); err != nil {
		return err
	}
	err = op.CaseFile.UpdateOneID(c.ID).SetTransferToID(in.ToID).SetTransferConsentID(in.ConsentID).AddVersion(1).Exec(ctx)
	if err != nil {
		return outward(err, "offering the transfer")
	}
	if err := op.Notify(ctx, in.ToID, valueset.NoticeKindCaseTransfer, c.ID); err != nil {
		return err
	}
	return decided(ctx, op, "offer transfer", c.ID)
}

// AcceptTransfer makes the viewer's agency the owner (A4). It opens no rows: those
// that others contributed stay closed until shared. The new owner needs a basis of
// its own for recording (C1), which a referral to it has given it.
func AcceptTransfer(ctx context.Context, op *store.Op, caseID string) error {
	if !pubid.Valid(caseID, "case") {
		return errs.NotHere()
	}
	if err := op.Lock(ctx, caseID); err != nil {
		return err
	}
	c, err := op.CaseFile.Query().Where(casefile.ID(caseID), casefile.TransferToID(op.Scope.Agency)).
		Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the case")
	}
	if err := transferAgreed(ctx, op, caseID, c.TransferConsentID, op.Scope.Agency); err != nil {
		return err
	}
	if err := standsOpen(ctx, op, caseID); err != nil {
		return err
	}
	former := c.OwnerID
	// Not UpdateOne: that reads the row back, which is closed to its new owner for now.
	n, err := op.CaseFile.Update().Where(casefile.ID(caseID)).SetOwnerID(op.Scope.Agency).SetTransferToID("").
		SetTransferConsentID("").AddVersion(1).Save(ctx)
	if err != nil {
		return outward(err, "accepting the transfer")
	}
	if n != 1 {
		return errs.NotHere()
	}
	if err := takeOn(ctx, op, caseID); err != nil {
		return err
	}
	if err := op.Notify(ctx, former, valueset.NoticeKindCaseTransfer, caseID); err != nil {
		return err
	}
	op.Touch(caseID)
	if err := op.Settle(ctx); err != nil {
		return err
	}
	if err := standsOpen(ctx, op, caseID); err != nil {
		return err
	}
	return decided(ctx, op, "accept transfer", caseID)
}

// standsOpen refuses to make an agency the owner of what is closed to it: nobody
// could record a statement of hers any more.
func standsOpen(ctx context.Context, op *store.Op, caseID string) error {
	open, err := op.CaseFile.Query().Where(casefile.ID(caseID)).Exist(ctx)
	if err != nil {
		return outward(err, "reading the case")
	}
	if !open {
		return errs.New(errs.Conflict, "a case moves to an agency with a basis of its own for recording (C1): accept a referral and record her consent to it first")
	}
	return nil
}

// transferAgreed: the statement named is hers, about that agency, a yes, in force,
// and no later one refuses it.
func transferAgreed(ctx context.Context, op *store.Op, caseID, consentID, to string) error {
	all := rule.InMode(ctx, rule.Policy)
	rows, err := op.Provision.Query().Where(provision.CaseID(caseID), provision.RecipientID(to)).WithConsent().All(all)
	if err != nil {
		return outward(err, "reading the statements of the case")
	}
	agreed, given := false, int64(0)
	for _, p := range rows {
		k := p.Edges.Consent
		if k.ID == consentID && p.Decision == valueset.DecisionPermit && k.Kind == valueset.ConsentKindSharing &&
			p.ValidFrom <= op.Scope.Now && op.Scope.Now < p.ValidUntil && store.Strength(k) == "FULL" {
			agreed, given = true, k.GivenOn
		}
	}
	for _, p := range rows {
		if p.Decision == valueset.DecisionDeny && p.Edges.Consent.GivenOn >= given {
			agreed = false
		}
	}
	if !agreed {
		return errs.New(errs.Conflict, "a transfer rests on her own statement to the new owner, in force (A4): record it first").WithFields("consentID")
	}
	return nil
}
