package casework

import (
	"context"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/glassattempt"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// What F3 fixes, in microseconds.
const (
	reviewedWithin = int64(72 * time.Hour / time.Microsecond)
	triesWithin    = int64(24 * time.Hour / time.Microsecond)
	confirmWithin  = int64(15 * time.Minute / time.Microsecond)
)

// glassCategories is what a break-glass opens at most (F3).
var glassCategories = []category.Category{category.Identity, category.Contact, category.Health, category.Protection}

// BreakGlassInput is which case is opened in an emergency, and why (F3).
type BreakGlassInput struct {
	Reference      string // spoken reference of the case (I5)
	Ground         valueset.GlassGround
	Reason         string
	Categories     []category.Category // of IDENTITY, CONTACT, HEALTH, PROTECTION
	ValidUntil     *int64              // as long as the deployment lets it, where left out; UTC microseconds
	Confirmation   *string             // what an earlier answer gave, where a refusal stands
	AgainstRefusal *string             // why although she refused; with a Confirmation
}

// BreakGlass opens a case of another agency in an emergency, to the viewer alone and for
// some hours (F3). It returns the attempt, which says what it came to: each is stored and
// on record, alike whether there is no such case, it is locked, or none may open it so.
// Alert and review exist in the same transaction. Errors are about the asker or the input,
// or that the case is open to the viewer in this way already; never about another case.
func BreakGlass(ctx context.Context, op *store.Op, in BreakGlassInput) (attemptID string, err error) {
	if !op.Scope.BreakGlass {
		return "", errs.New(errs.Forbidden, "your roles, your kind of agency or how you signed in do not let you break glass (F3)")
	}
	reference, until, err := in.validate(op)
	if err != nil {
		return "", err
	}
	if err := op.LockMember(ctx, op.Scope.Member); err != nil {
		return "", outward(err, "taking the lock of attempts")
	}
	shown, err := confirmed(ctx, op, in.Confirmation)
	if err != nil {
		return "", err
	}
	if shown == nil {
		if many, err := triedTooOften(ctx, op); err != nil {
			return "", err
		} else if many {
			return tooMany(ctx, op)
		}
	}
	found, err := openable(ctx, op, reference)
	if err != nil {
		return "", err
	}
	if found == nil || shown != nil && shown.CaseID != found.Case {
		return attempt(ctx, op, valueset.GlassOutcomeNotOpened, "", "", shown)
	}
	refused, err := refusalStands(ctx, op, found, in.Categories)
	if err != nil {
		return "", err
	}
	if refused && shown == nil {
		id, err := attempt(ctx, op, valueset.GlassOutcomeRefusalStands, found.Case, "", nil)
		if err != nil {
			return "", err
		}
		return id, disclosure.DecideOn(ctx, op, "show refusal", found.Case, found.Owner)
	}
	return breakInto(ctx, op, in, found, shown, until, refused)
}

// breakInto breaks the glass: the review and the owner's alert are there with it.
func breakInto(ctx context.Context, op *store.Op, in BreakGlassInput, found *store.Openable, shown *ent.GlassAttempt, until int64, refused bool) (string, error) {
	policy := rule.InMode(ctx, rule.Policy)
	running, err := op.BreakGlass.Query().Where(breakglass.CaseID(found.Case), breakglass.RecordedBy(op.Scope.Member), breakglass.PurposeEQ(op.Scope.Purpose),
		breakglass.EndedOnIsNil(), breakglass.ValidUntilGT(op.Scope.Now)).Exist(policy)
	if err != nil {
		return "", outward(err, "reading your break-glass")
	}
	if running {
		return "", errs.New(errs.Conflict, "this case is open to you by break-glass already: end that first")
	}
	id := pubid.New("glass")
	sealed, err := op.Seal(ctx, ent.TypeBreakGlass, id, found.Case, schema.BreakGlassContent{Reason: in.Reason, AgainstRefusal: value(in.AgainstRefusal, "")})
	if err != nil {
		return "", err
	}
	review := pubid.New("review")
	err = op.GlassReview.Create().SetID(review).SetCaseID(found.Case).SetGlassID(id).SetAgencyID(found.Owner).SetDueOn(op.Scope.Now + reviewedWithin).Exec(policy)
	if err != nil {
		return "", outward(err, "entering the review of a break-glass")
	}
	if err := op.Notify(ctx, found.Owner, valueset.NoticeKindGlassBroken, review); err != nil {
		return "", err
	}
	err = op.BreakGlass.Create().SetID(id).SetCaseID(found.Case).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).
		SetOwnerID(found.Owner).SetPurpose(op.Scope.Purpose).SetGround(in.Ground).SetSealed(sealed).SetCategories(in.Categories).
		SetRefusalStood(refused).SetValidFrom(op.Scope.Now).SetValidUntil(until).Exec(policy)
	if err != nil {
		return "", outward(err, "breaking glass")
	}
	op.Touch(found.Case)
	tried, err := attempt(ctx, op, valueset.GlassOutcomeOpened, found.Case, id, shown)
	if err != nil {
		return "", err
	}
	return tried, disclosure.DecideOn(ctx, op, "break glass", found.Case, found.Owner)
}

// openable finds the case, and once more when it is locked: a supervisor may have locked
// it to break-glass meanwhile.
func openable(ctx context.Context, op *store.Op, reference string) (*store.Openable, error) {
	found, err := op.OpenableByGlass(ctx, reference, op.Scope.Agency)
	if err != nil || found == nil {
		return nil, err
	}
	if err := op.Lock(ctx, found.Case); err != nil {
		return nil, err
	}
	return op.OpenableByGlass(ctx, reference, op.Scope.Agency)
}

func (in BreakGlassInput) validate(op *store.Op) (reference string, until int64, err error) {
	p := &problems{}
	reference, bad := caseref.Parse(in.Reference)
	if bad != nil {
		p.add("reference", bad.Error())
	}
	if !in.Ground.Valid() {
		p.add("ground", "say why it cannot wait, by a word of the list (F3)")
	}
	if in.Reason == "" {
		p.add("reason", "say why it cannot wait (F3)")
	}
	p.text("reason", &in.Reason, canon.Text)
	p.text("againstRefusal", in.AgainstRefusal, canon.Text)
	if (value(in.Confirmation, "") == "") != (value(in.AgainstRefusal, "") == "") {
		p.add("againstRefusal", "where a refusal of hers was shown, confirm with the reason why although she refused; else with neither (F3)")
	}
	if len(in.Categories) == 0 || len(in.Categories) > len(glassCategories) {
		p.add("categories", "name what is needed: of IDENTITY, CONTACT, HEALTH, PROTECTION, each once (F3)")
	}
	for i, c := range in.Categories {
		if !slices.Contains(glassCategories, c) || slices.Contains(in.Categories[:i], c) {
			p.add(index("categories", i), "break-glass opens IDENTITY, CONTACT, HEALTH, PROTECTION at most (F3)")
		}
	}
	longest := op.Scope.Now + op.Deployment().Glass.Microseconds()
	until = value(in.ValidUntil, longest)
	if until <= op.Scope.Now || until > longest {
		p.add("validUntil", "it ends later than now, and no later than the deployment lets a break-glass last (F3)")
	}
	return reference, until, p.err()
}

// confirmed returns the attempt at which a refusal was shown to the viewer a moment ago,
// and that no other has confirmed; nil where nothing is confirmed.
func confirmed(ctx context.Context, op *store.Op, id *string) (*ent.GlassAttempt, error) {
	if value(id, "") == "" {
		return nil, nil
	}
	over := errs.New(errs.Invalid, "confirm with what you were given, once and within 15 minutes; else try anew without (F3)").WithFields("confirmation")
	row, err := op.GlassAttempt.Query().Where(glassattempt.ID(*id), glassattempt.MemberID(op.Scope.Member), glassattempt.OutcomeEQ(valueset.GlassOutcomeRefusalStands),
		glassattempt.AttemptedOnGT(op.Scope.Now-confirmWithin)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, over
	}
	if err != nil {
		return nil, outward(err, "reading your attempts")
	}
	used, err := op.GlassAttempt.Query().Where(glassattempt.ConfirmsID(row.ID)).Exist(ctx)
	if err != nil {
		return nil, outward(err, "reading your attempts")
	}
	if used {
		return nil, over
	}
	return row, nil
}

// triedTooOften counts what was tried in 24 hours; a confirmation is part of the attempt
// that it confirms.
func triedTooOften(ctx context.Context, op *store.Op) (bool, error) {
	n, err := op.GlassAttempt.Query().Where(glassattempt.MemberID(op.Scope.Member), glassattempt.AttemptedOnGT(op.Scope.Now-triesWithin),
		glassattempt.ConfirmsID(""), glassattempt.OutcomeNEQ(valueset.GlassOutcomeTooMany)).Count(ctx)
	return n >= op.Deployment().GlassTries, outward(err, "reading your attempts")
}

// tooMany notes it, and tells the member's own agency once in 24 hours.
func tooMany(ctx context.Context, op *store.Op) (string, error) {
	told, err := op.GlassAttempt.Query().Where(glassattempt.MemberID(op.Scope.Member), glassattempt.AttemptedOnGT(op.Scope.Now-triesWithin),
		glassattempt.OutcomeEQ(valueset.GlassOutcomeTooMany)).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading your attempts")
	}
	id, err := attempt(ctx, op, valueset.GlassOutcomeTooMany, "", "", nil)
	if err != nil || told {
		return id, err
	}
	return id, op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindGlassTried, id)
}

// attempt stores that it was tried, and puts that on record. One that opened nothing names
// no case.
func attempt(ctx context.Context, op *store.Op, outcome valueset.GlassOutcome, caseID, glassID string, shown *ent.GlassAttempt) (string, error) {
	id, confirms := pubid.New("attempt"), ""
	if shown != nil {
		confirms = shown.ID
	}
	err := op.GlassAttempt.Create().SetID(id).SetAgencyID(op.Scope.Agency).SetMemberID(op.Scope.Member).SetAttemptedOn(op.Scope.Now).
		SetOutcome(outcome).SetCaseID(caseID).SetGlassID(glassID).SetConfirmsID(confirms).Exec(ctx)
	if err != nil {
		return "", outward(err, "storing the attempt")
	}
	return id, disclosure.DecideAbout(ctx, op, "try break-glass", op.Scope.Agency, id)
}

// EndBreakGlass ends one's own break-glass before its time.
func EndBreakGlass(ctx context.Context, op *store.Op, id string) (caseID string, err error) {
	if !pubid.Valid(id, "glass") {
		return "", errs.NotHere()
	}
	row, err := op.BreakGlass.Query().Where(breakglass.ID(id)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading your break-glass")
	}
	if row.RecordedBy != op.Scope.Member || row.ContributorID != op.Scope.Agency {
		return "", errs.NotHere()
	}
	if err := op.Lock(ctx, row.CaseID); err != nil {
		return "", err
	}
	n, err := endGlass(ctx, op, breakglass.ID(id), breakglass.EndedOnIsNil(), breakglass.ValidUntilGT(op.Scope.Now))
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", errs.NotHere() // it has ended meanwhile, and so is not to be seen
	}
	op.Touch(row.CaseID)
	return row.CaseID, disclosure.DecideOn(ctx, op, "end break-glass", row.CaseID, row.OwnerID)
}
