package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/provision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// endsWhatWasSaid returns when the withdrawal is given. One without a time is given now,
// or at the moment of a yes that was recorded while it waited for the case: at the same
// moment the no counts, being the narrower. One with a time before a yes would end
// nothing, since the latest statement decides, and is refused (C4).
func endsWhatWasSaid(ctx context.Context, op *store.Op, in WithdrawConsentInput, recipients []string) (int64, error) {
	given := value(in.GivenOn, op.Scope.Now)
	rows, err := op.Provision.Query().Where(provision.CaseID(in.CaseID), provision.RecipientIDIn(recipients...),
		provision.DecisionEQ(valueset.DecisionPermit), provision.ValidUntilGT(given),
		provision.HasConsentWith(consent.KindNEQ(valueset.ConsentKindRecording), consent.GivenOnGT(given))).
		WithConsent().All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return 0, outward(err, "reading the statements of the case")
	}
	rows = slices.DeleteFunc(rows, func(p *ent.Provision) bool { return !in.names(p) })
	if len(rows) > 0 && in.GivenOn != nil {
		return 0, errs.New(errs.Conflict, "she has said yes since then, so this no would end nothing: give the time of her withdrawal, which is later than the yes that it ends (C4)").WithFields("givenOn")
	}
	for _, p := range rows {
		given = max(given, p.Edges.Consent.GivenOn)
	}
	return given, nil
}

// names: the withdrawal is about something that the provision permits; one about a
// transfer names no category.
func (in WithdrawConsentInput) names(p *ent.Provision) bool {
	if in.UnitID != nil && p.UnitID != *in.UnitID && p.UnitID != "" {
		return false // it is about another unit (A5)
	}
	return slices.ContainsFunc(p.Purposes, func(u category.Purpose) bool { return slices.Contains(in.Purposes, u) }) &&
		(len(p.Categories) == 0 || slices.ContainsFunc(p.Categories, func(c category.Category) bool { return slices.Contains(in.Categories, c) }))
}
