package casework

import (
	"context"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/provision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// provisionalFor is how long a provisional statement opens anything, in microseconds: 7
// days (C6).
const provisionalFor = int64(7 * 24 * time.Hour / time.Microsecond)

// toConfirm tells the viewer's agency that a yes to sharing is provisional (C6).
func toConfirm(ctx context.Context, op *store.Op, id string, in RecordConsentInput) error {
	permits := slices.ContainsFunc(in.Provisions, func(p *ProvisionInput) bool { return p.Decision == valueset.DecisionPermit })
	if in.Kind != valueset.ConsentKindSharing || !permits || fullSaid(in.Interpretation, in.Setting) {
		return nil
	}
	return op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindToConfirm, id)
}

func fullSaid(i valueset.Interpretation, s valueset.Setting) bool {
	return (i == valueset.InterpretationNoneNeeded || i == valueset.InterpretationVetted) && s == valueset.SettingSafePlace
}

// ConfirmConsent confirms a provisional statement about sharing within its 7 days: what it
// said to whom is said again, in full, by the same voice. Nobody who was not named by it
// is named by that. What she has said since is not confirmed away (C4, C6).
func ConfirmConsent(ctx context.Context, op *store.Op, in ConfirmConsentInput) (string, error) {
	if !pubid.Valid(in.ConsentID, "consent") {
		return "", errs.NotHere()
	}
	first, err := op.Consent.Query().Where(consent.ID(in.ConsentID)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading the statement")
	}
	if _, err := ownCase(ctx, op, first.CaseID); err != nil {
		return "", err
	}
	if err := in.validate(first, op.Scope.Now); err != nil {
		return "", err
	}
	said, err := op.Provision.Query().Where(provision.ConsentID(first.ID)).All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return "", outward(err, "reading the statement")
	}
	if err := unsaidSince(ctx, op, first, said); err != nil {
		return "", err
	}
	given := value(in.GivenOn, op.Scope.Now)
	row, _, err := statementRows(ctx, op, RecordConsentInput{CaseID: first.CaseID, Kind: first.Kind, Voice: &first.Voice, GuardianshipID: first.GuardianshipID,
		ChildsViews: first.ChildsViews, MatureAndSafe: &first.MatureAndSafe, LegalAdvice: &first.LegalAdviceOffered, Form: in.Form, Present: in.Present,
		Language: in.Language, Interpretation: in.Interpretation, Setting: in.Setting, Checks: in.Checks}, given)
	if err != nil {
		return "", err
	}
	if err := row.SetConfirmsID(first.ID).Exec(ctx); err != nil {
		return "", outward(err, "confirming the statement")
	}
	id, _ := row.Mutation().ID()
	rows := make([]*ent.ProvisionCreate, len(said))
	for i, p := range said {
		rows[i] = op.Provision.Create().SetConsentID(id).SetCaseID(p.CaseID).SetContributorID(op.Scope.Agency).SetDecision(p.Decision).
			SetRecipientID(p.RecipientID).SetUnitID(p.UnitID).SetNillableRecipientClass(p.RecipientClass).SetPurposes(p.Purposes).SetCategories(p.Categories).
			SetContributorIds(p.ContributorIds).SetOnward(p.Onward).SetValidFrom(p.ValidFrom).SetValidUntil(p.ValidUntil)
	}
	if err := op.Provision.CreateBulk(rows...).Exec(ctx); err != nil {
		return "", outward(err, "confirming the statement")
	}
	op.Touch(first.CaseID)
	return id, decided(ctx, op, "confirm consent", first.CaseID)
}

func (in ConfirmConsentInput) validate(first *ent.Consent, now int64) error {
	p := &problems{}
	if !fullSaid(in.Interpretation, in.Setting) {
		p.add("setting", "it is confirmed in a safe place, without an interpreter or through a vetted one (C6)")
	}
	p.past("givenOn", in.GivenOn, now)
	p.text("present", in.Present, canon.Text)
	p.language("language", in.Language)
	if err := p.err(); err != nil {
		return err
	}
	given := value(in.GivenOn, now)
	switch {
	case first.Kind != valueset.ConsentKindSharing || fullSaid(first.Interpretation, first.Setting) || first.BestInterestsID != nil:
		return errs.New(errs.Conflict, "this statement is not provisional: there is nothing to confirm (C6)").WithFields("consentID")
	case given <= first.GivenOn:
		return errs.New(errs.Invalid, "it is confirmed after it was given").WithFields("givenOn")
	case given >= first.GivenOn+provisionalFor:
		return errs.New(errs.Conflict, "its 7 days are over and it is void: record what she says now as a statement of its own (C6)").WithFields("consentID")
	}
	return nil
}

// unsaidSince refuses where the same voice has spoken since about somebody whom the
// statement names: the latest word decides (C4), and it may have been a no.
func unsaidSince(ctx context.Context, op *store.Op, first *ent.Consent, said []*ent.Provision) error {
	var recipients []string
	for _, p := range said {
		recipients = append(recipients, p.RecipientID)
	}
	since, err := op.Provision.Query().Where(provision.CaseID(first.CaseID), provision.RecipientIDIn(recipients...), provision.ConsentIDNEQ(first.ID),
		provision.HasConsentWith(consent.KindEQ(valueset.ConsentKindSharing), consent.VoiceEQ(first.Voice), consent.GivenOnGTE(first.GivenOn))).
		Exist(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the statements of the case")
	}
	if since {
		return errs.New(errs.Conflict, "somebody whom it names was spoken of since, so it is not the latest word: record what is said now as a statement of its own (C4)").WithFields("consentID")
	}
	return nil
}
