package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AgreementInput is a data-sharing agreement signed by all its parties (D6).
type AgreementInput struct {
	Title      string
	Parties    []string // agency ids, two or more
	Purposes   []category.Purpose
	Categories []category.Category // never CASE (B5)
	CaseKinds  []valueset.CaseKind // empty: every kind
	From       int64
	Until      int64
}

// AddAgreement enters a countersigned agreement and opens its gate.
func AddAgreement(ctx context.Context, op *store.Op, in AgreementInput) (string, error) {
	if err := in.validate(); err != nil {
		return "", err
	}
	if len(in.CaseKinds) == 0 {
		for _, k := range valueset.CaseKind("").Values() {
			in.CaseKinds = append(in.CaseKinds, valueset.CaseKind(k))
		}
	}
	id := pubid.New("agreement")
	err := op.Agreement.Create().SetID(id).SetTitle(in.Title).SetPurposes(in.Purposes).SetCategories(in.Categories).
		SetCaseKinds(in.CaseKinds).SetValidFrom(in.From).SetValidUntil(in.Until).SetCountersignedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return "", outward(err, "entering the agreement")
	}
	for _, p := range in.Parties {
		err := op.AgreementParty.Create().SetAgreementID(id).SetAgencyID(p).SetSignedOn(op.Scope.Now).Exec(ctx)
		if err != nil {
			return "", outward(err, "entering a party of the agreement")
		}
	}
	return id, SetGate(ctx, op, id, true)
}

func (in AgreementInput) validate() error {
	if in.Title == "" || len(in.Parties) < 2 {
		return errs.New(errs.Invalid, "an agreement needs a title and two parties or more").WithFields("parties")
	}
	if in.From >= in.Until {
		return errs.New(errs.Invalid, "an agreement must end after it starts").WithFields("until")
	}
	for _, p := range in.Purposes {
		if !p.Valid() {
			return errs.New(errs.Invalid, "a purpose is not on the list").WithFields("purposes")
		}
	}
	for _, c := range in.Categories {
		if !c.Valid() || c == category.Case {
			return errs.New(errs.Invalid, "CASE is never named by an agreement (B5)").WithFields("categories")
		}
	}
	if len(in.Purposes) == 0 || len(in.Categories) == 0 {
		return errs.New(errs.Invalid, "what an agreement does not name it does not cover (D6)").WithFields("purposes", "categories")
	}
	return nil
}

// SuspendAgreement cuts what flows under the agreement at once (D6): one gate is
// shut, no access is rewritten. Either party may; each other party gets the neutral
// notice that access has ended (C8).
func SuspendAgreement(ctx context.Context, op *store.Op, id string) error {
	parties, mine, err := partiesOf(ctx, op, id)
	if err != nil {
		return err
	}
	if mine.SuspendedOn != nil {
		return errs.New(errs.Conflict, "your agency has suspended this agreement already")
	}
	if err := op.AgreementParty.UpdateOneID(mine.ID).SetSuspendedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "suspending the agreement")
	}
	if err := SetGate(rule.InMode(ctx, rule.Policy), op, id, false); err != nil {
		return err
	}
	return tell(ctx, op, parties, valueset.NoticeKindAccessEnded, id)
}

// ResumeAgreement takes the viewer's agency's suspension back; the agreement is in
// force again when no party suspends it.
func ResumeAgreement(ctx context.Context, op *store.Op, id string) error {
	parties, mine, err := partiesOf(ctx, op, id)
	if err != nil {
		return err
	}
	if mine.SuspendedOn == nil {
		return errs.New(errs.Conflict, "your agency has not suspended this agreement")
	}
	if err := op.AgreementParty.UpdateOneID(mine.ID).ClearSuspendedOn().Exec(ctx); err != nil {
		return outward(err, "resuming the agreement")
	}
	for _, p := range parties {
		if p.ID != mine.ID && p.SuspendedOn != nil {
			return nil // another party still suspends it
		}
	}
	if err := SetGate(rule.InMode(ctx, rule.Policy), op, id, true); err != nil {
		return err
	}
	return tell(ctx, op, parties, valueset.NoticeKindAgreementResumed, id)
}

// partiesOf returns the parties of an agreement that the viewer's agency is a party
// of; to anybody else it is not there.
func partiesOf(ctx context.Context, op *store.Op, id string) ([]*ent.AgreementParty, *ent.AgreementParty, error) {
	if !pubid.Valid(id, "agreement") {
		return nil, nil, errs.NotHere()
	}
	parties, err := op.AgreementParty.Query().Where(agreementparty.AgreementID(id)).All(ctx)
	if err != nil {
		return nil, nil, outward(err, "reading the agreement")
	}
	for _, p := range parties {
		if p.AgencyID == op.Scope.Agency {
			return parties, p, nil
		}
	}
	return nil, nil, errs.NotHere()
}

func tell(ctx context.Context, op *store.Op, parties []*ent.AgreementParty, kind valueset.NoticeKind, id string) error {
	for _, p := range parties {
		if p.AgencyID == op.Scope.Agency {
			continue
		}
		if err := op.Notify(ctx, p.AgencyID, kind, id); err != nil {
			return err
		}
	}
	return nil
}
