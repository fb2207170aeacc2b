package casework

import (
	"cmp"
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/provision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// OfferTransfer offers the case to another owner, on the person's own statement of kind
// TRANSFER about that agency (A4). Until all that a transfer rests on is there, the
// agency learns nothing. Where none is named it is the one that the departure of the
// viewer's own agency names, by the same conditions.
func OfferTransfer(ctx context.Context, op *store.Op, in OfferTransferInput) error {
	c, err := ownCase(ctx, op, in.CaseID)
	if err != nil {
		return err
	}
	if in.ToID == "" {
		if in.ToID, err = handOverTo(ctx, op); err != nil {
			return err
		}
	}
	if in.ToID == op.Scope.Agency {
		return errs.New(errs.Invalid, "a case is transferred to another agency").WithFields("toID")
	}
	if err := transferAgreed(ctx, op, in.CaseID, in.ConsentID, in.ToID); err != nil {
		return err
	}
	if takes, err := takesOn(ctx, op, in.ToID); err != nil || !takes {
		return cmp.Or(err, transferUncovered())
	}
	if c.TransferToID != "" && c.TransferToID != in.ToID {
		if err := tellTransferEnded(ctx, op, c.TransferToID, c.ID); err != nil {
			return err
		}
	}
	// The version stays: every agency that sees the case would see that it was offered.
	err = op.CaseFile.UpdateOneID(c.ID).SetTransferToID(in.ToID).SetTransferConsentID(in.ConsentID).Exec(ctx)
	if err != nil {
		return outward(err, "offering the transfer")
	}
	if err := op.Notify(ctx, in.ToID, valueset.NoticeKindCaseTransfer, c.ID); err != nil {
		return err
	}
	return decided(ctx, op, "offer transfer", c.ID)
}

// handOverTo is the agency that the viewer's own, where it leaves, offers its cases to.
func handOverTo(ctx context.Context, op *store.Op) (string, error) {
	row, err := op.Offboarding.Query().Where(offboarding.AgencyID(op.Scope.Agency)).Only(ctx)
	if ent.IsNotFound(err) || err == nil && row.HandOverToID == "" {
		return "", errs.New(errs.Invalid, "name the agency that the case is offered to: only the departure of your own agency may name one for all").WithFields("toID")
	}
	if err != nil {
		return "", outward(err, "reading the offboarding")
	}
	return row.HandOverToID, nil
}

// AcceptTransfer makes the viewer's agency the owner (A4). It opens no rows: those
// that others contributed stay closed until shared. The new owner needs a basis of
// its own for recording (C1), which a referral to it has given it.
func AcceptTransfer(ctx context.Context, op *store.Op, caseID string) error {
	if !pubid.Valid(caseID, "case") {
		return errs.NotHere()
	}
	offered := op.CaseFile.Query().Where(casefile.ID(caseID), casefile.TransferToID(op.Scope.Agency))
	if _, err := offered.Clone().OnlyID(rule.InMode(ctx, rule.Policy)); err != nil { // before it is locked, as openCase does
		return outward(err, "reading the case")
	}
	if err := op.Lock(ctx, caseID); err != nil {
		return err
	}
	c, err := offered.Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the case")
	}
	if err := ownTakesOn(ctx, op); err != nil {
		return err
	}
	if err := transferAgreed(ctx, op, caseID, c.TransferConsentID, op.Scope.Agency); err != nil {
		if errs.KindOf(err) == errs.Conflict { // which of them is missing is the owner's to know
			err = errs.New(errs.Conflict, "what the transfer rests on is no longer there: ask the agency that offered it")
		}
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

// RevokeTransfer takes an offered transfer back (A4).
func RevokeTransfer(ctx context.Context, op *store.Op, caseID string) error {
	c, err := ownCase(ctx, op, caseID)
	if err != nil {
		return err
	}
	if c.TransferToID == "" {
		return errs.New(errs.Conflict, "no transfer of this case is offered")
	}
	err = op.CaseFile.Update().Where(casefile.ID(c.ID)).SetTransferToID("").SetTransferConsentID("").Exec(ctx)
	if err != nil {
		return outward(err, "taking back the transfer")
	}
	if err := tellTransferEnded(ctx, op, c.TransferToID, c.ID); err != nil {
		return err
	}
	return decided(ctx, op, "revoke transfer", c.ID)
}

// DeclineTransfer refuses a case that was offered to the viewer's agency (A4); the owner is
// told.
func DeclineTransfer(ctx context.Context, op *store.Op, caseID string) error {
	if !pubid.Valid(caseID, "case") {
		return errs.NotHere()
	}
	offered := op.CaseFile.Query().Where(casefile.ID(caseID), casefile.TransferToID(op.Scope.Agency))
	if _, err := offered.Clone().OnlyID(rule.InMode(ctx, rule.Policy)); err != nil { // before it is locked, as openCase does
		return outward(err, "reading the case")
	}
	if err := op.Lock(ctx, caseID); err != nil {
		return err
	}
	c, err := offered.Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the case")
	}
	if err := op.DeclineTransfer(ctx, caseID); err != nil {
		return outward(err, "declining the transfer")
	}
	if err := op.Notify(ctx, c.OwnerID, valueset.NoticeKindTransferEnded, caseID); err != nil {
		return err
	}
	return decided(ctx, op, "decline transfer", caseID)
}

// tellTransferEnded tells the agency that a transfer named that the offer has ended, once,
// and nothing of why: taken back and lapsed are alike.
func tellTransferEnded(ctx context.Context, op *store.Op, to, caseID string) error {
	last, err := op.Notice.Query().Where(notice.AgencyID(to), notice.SubjectID(caseID),
		notice.KindIn(valueset.NoticeKindCaseTransfer, valueset.NoticeKindTransferEnded)).
		Order(notice.ByCreatedOn(sql.OrderDesc())).First(rule.InMode(ctx, rule.Policy))
	if err != nil && !ent.IsNotFound(err) {
		return outward(err, "reading the notices")
	}
	if last != nil && last.Kind == valueset.NoticeKindTransferEnded {
		return nil
	}
	return op.Notify(ctx, to, valueset.NoticeKindTransferEnded, caseID)
}

// takesOn: the agency is at work and does not leave. The database holds it to that also
// where it begins to leave beside us.
func takesOn(ctx context.Context, op *store.Op, agencyID string) (bool, error) {
	ok, err := op.Agency.Query().Where(agency.ID(agencyID), agency.StateEQ(valueset.AgencyStateActive)).Exist(ctx)
	return ok, outward(err, "reading the agency")
}

func ownTakesOn(ctx context.Context, op *store.Op) error {
	leaves, err := op.Agency.Query().Where(agency.ID(op.Scope.Agency), agency.StateEQ(valueset.AgencyStateOffboarding)).Exist(ctx)
	if err == nil && leaves {
		err = errs.New(errs.Conflict, "your agency is leaving and takes nothing new on")
	}
	return outward(err, "reading the agency")
}

// standsOpen refuses to make an agency the owner of what is closed to it: nobody
// could record a statement of hers any more.
func standsOpen(ctx context.Context, op *store.Op, caseID string) error {
	open, err := op.CaseByID(caseID).Exist(ctx)
	if err != nil {
		return outward(err, "reading the case")
	}
	if !open {
		return errs.New(errs.Conflict, "a case moves to an agency with a basis of its own for recording (C1): accept a referral and record her consent to it first")
	}
	return nil
}

// transferAgreed: a case moves only on her own statement about exactly that, given as an
// adult and in force, and under an agreement of the two in force that covers what she
// named (A4, D6). About a child nothing moves yet, nor after her death (E1, C7). The
// second wall says the same (sala_transfer_agreed).
func transferAgreed(ctx context.Context, op *store.Op, caseID, consentID, to string) error {
	f, _, err := op.Facts(ctx, caseID)
	if err != nil {
		return err
	}
	now := op.Scope.Now
	if f.Case.AdultFrom == -1 || f.Case.AdultFrom > now || f.Case.DeceasedAt != -1 {
		return errs.New(errs.Conflict, "she is or may be a child, or is dead: about her no case moves here yet (E1, C7)").WithFields("caseID")
	}
	said, err := transferSaid(ctx, op, caseID, consentID, to, f)
	if err != nil {
		return err
	}
	if said == nil {
		return errs.New(errs.Conflict, "a transfer rests on her own statement of kind TRANSFER about the new owner, full, in force and given as an adult (A4): record it first").WithFields("consentID")
	}
	agreed, err := transferCovered(ctx, op, f, to, said.Purposes)
	if err == nil && !agreed {
		err = transferUncovered()
	}
	return err
}

// transferUncovered is alike whether there is no agreement, one is suspended, or the agency
// is shut out or leaves: why access ended is not found out by an offer (C8).
func transferUncovered() error {
	return errs.New(errs.Conflict, "a transfer needs an agreement in force with that agency, for this kind of case and every purpose of her statement (D6)").WithFields("toID")
}

// transferSaid returns the provision by which she permits the transfer; nil where she
// does not, or has refused that agency anything since or at the same moment (C4).
func transferSaid(ctx context.Context, op *store.Op, caseID, consentID, to string, f *rule.Facts) (*ent.Provision, error) {
	rows, err := op.Provision.Query().Where(provision.CaseID(caseID), provision.RecipientID(to)).WithConsent().All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return nil, outward(err, "reading the statements of the case")
	}
	var said *ent.Provision
	for _, p := range rows {
		k := p.Edges.Consent
		if k.ID == consentID && k.Kind == valueset.ConsentKindTransfer && k.Voice == valueset.VoicePerson &&
			k.Basis == valueset.RecordingBasisConsent && store.Strength(k) == "FULL" && k.GivenOn >= f.Case.AdultFrom && capable(f, k.GivenOn) &&
			p.Decision == valueset.DecisionPermit && p.RecipientClass == nil && p.ValidFrom <= op.Scope.Now && op.Scope.Now < p.ValidUntil {
			said = p
		}
	}
	for _, p := range rows {
		if said != nil && p.Decision == valueset.DecisionDeny && p.Edges.Consent.GivenOn >= said.Edges.Consent.GivenOn {
			return nil, nil
		}
	}
	return said, nil
}

// capable: she could decide herself at that moment (C7).
func capable(f *rule.Facts, at int64) bool {
	return !slices.ContainsFunc(f.Incapacities, func(i rule.IntervalFacts) bool { return i.From <= at && at < i.Until })
}

// transferCovered: both agencies are at work, the new owner is one that may hold a case
// (J7), and one agreement of theirs that is not suspended covers the purposes.
func transferCovered(ctx context.Context, op *store.Op, f *rule.Facts, to string, purposes []category.Purpose) (bool, error) {
	if kind := f.Agencies[to].Kind; kind == "" || kind == string(valueset.AgencyKindRegionalCounterpart) {
		return false, nil
	}
	for _, a := range f.Agreements[to] {
		covers := slices.Contains(a.Parties, f.Case.Owner) && slices.Contains(a.CaseKinds, f.Case.Kind) && a.From <= op.Scope.Now && op.Scope.Now < a.Until
		for _, p := range purposes {
			covers = covers && slices.Contains(a.Purposes, string(p))
		}
		if !covers {
			continue
		}
		open, err := op.Gate.Query().Where(gate.IDIn(a.ID, to, f.Case.Owner), gate.Open(true)).Count(rule.InMode(ctx, rule.Policy))
		if err != nil || open == 3 {
			return err == nil, outward(err, "reading the gates")
		}
	}
	return false, nil
}

// endTransfer takes an offered transfer back once what it rests on is gone (C8).
func endTransfer(ctx context.Context, op *store.Op, caseID string) error {
	c, err := op.CaseFile.Query().Where(casefile.ID(caseID)).Only(rule.InMode(ctx, rule.Policy))
	if err != nil || c.TransferToID == "" {
		return outward(err, "reading the case")
	}
	err = transferAgreed(ctx, op, caseID, c.TransferConsentID, c.TransferToID)
	if err == nil || errs.KindOf(err) != errs.Conflict {
		return err
	}
	err = op.CaseFile.Update().Where(casefile.ID(caseID)).SetTransferToID("").SetTransferConsentID("").Exec(ctx)
	if err != nil {
		return outward(err, "taking back the transfer")
	}
	if err := tellTransferEnded(ctx, op, c.TransferToID, caseID); err != nil {
		return err
	}
	return op.Notify(ctx, c.OwnerID, valueset.NoticeKindTransferEnded, caseID)
}
