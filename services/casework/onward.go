package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// OfferOnwardInput passes on what the viewer's agency reads by an accepted referral (D4).
type OfferOnwardInput struct {
	ReferralID string // the accepted referral
	ToID       string
	UnitID     *string // the unit of that agency to which alone it goes (A5)
	Service    valueset.Service
	Categories []category.Category
	Urgency    valueset.Urgency
	ReplyBy    int64
	ValidUntil *int64 // the first referral's end where left out, and never later
}

// AskOnward asks those whose agreement with the viewer's agency says ASK whether what they
// gave may be passed on to a third agency (D4). The third agency learns of nothing before
// the referral is offered.
func AskOnward(ctx context.Context, op *store.Op, in OfferOnwardInput) (caseID string, err error) {
	first, err := passesOn(ctx, op, in)
	if err != nil {
		return "", err
	}
	asked, err := toAsk(ctx, op, first)
	if err != nil {
		return "", err
	}
	if len(asked) == 0 {
		return "", errs.New(errs.Conflict, "no agreement under which your agency received this says that it asks first: offer it, where they say that it may be passed on (D4)").WithFields("referralID")
	}
	about := pubid.New("referral")
	for _, agency := range asked {
		id := pubid.New("permission")
		err := op.Permission.Create().SetID(id).SetCaseID(first.CaseID).SetContributorID(agency).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).
			SetRecipientID(in.ToID).SetAskerID(op.Scope.Agency).SetReferralID(about).SetPurpose(first.Purpose).SetCategories(in.Categories).
			SetState(valueset.PermissionStateAsked).SetValidFrom(op.Scope.Now).SetValidUntil(in.until(first)).Exec(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return "", outward(err, "asking a contributor")
		}
		if err := op.Notify(ctx, agency, valueset.NoticeKindOnwardAsked, id); err != nil {
			return "", err
		}
	}
	op.Touch(first.CaseID)
	return first.CaseID, decided(ctx, op, "ask onward", first.CaseID)
}

// OfferOnward offers a third agency what the viewer's agency reads by an accepted referral
// (D4): where her consent names that agency and lets this one pass it on, and where all
// agreements of both links say so. What was passed on is not passed on again.
func OfferOnward(ctx context.Context, op *store.Op, in OfferOnwardInput) (string, error) {
	first, err := passesOn(ctx, op, in)
	if err != nil {
		return "", err
	}
	id, err := permittedAs(ctx, op, first, in)
	if err != nil {
		return "", err
	}
	described, err := op.Profile.Query().Where(profile.CaseID(first.CaseID)).Order(profile.ByRecordedOn(), profile.ByID()).All(ctx)
	if err != nil {
		return "", outward(err, "reading the profile")
	}
	err = op.Referral.Create().SetID(id).SetCaseID(first.CaseID).SetFromID(op.Scope.Agency).SetToID(in.ToID).SetUnitID(value(in.UnitID, "")).SetOnwardOf(first.ID).
		SetService(in.Service).SetPurpose(first.Purpose).SetCategories(in.Categories).SetUrgency(in.Urgency).
		SetState(valueset.ReferralStateOffered).SetOfferedOn(op.Scope.Now).SetReplyBy(in.ReplyBy).SetValidUntil(in.until(first)).Exec(ctx)
	if err != nil {
		return "", outward(err, "passing on the referral")
	}
	seen := OfferReferralInput{Service: in.Service, Urgency: in.Urgency, ReplyBy: in.ReplyBy}
	if err := storePreview(ctx, op, first.CaseID, id, ownFirst(described, op.Scope.Agency), seen); err != nil {
		return "", err
	}
	op.Touch(first.CaseID)
	if err := op.Settle(ctx); err != nil {
		return "", err
	}
	if err := coveredOnward(ctx, op, first.CaseID, id); err != nil {
		return "", err
	}
	if err := op.Notify(ctx, in.ToID, valueset.NoticeKindReferralOffered, id); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "offer onward", first.CaseID)
}

func ownFirst(rows []*ent.Profile, agency string) *ent.Profile {
	for _, r := range rows {
		if r.ContributorID == agency {
			return r
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

func (in OfferOnwardInput) until(first *ent.Referral) int64 {
	return min(value(in.ValidUntil, first.ValidUntil), first.ValidUntil)
}

// passesOn returns the accepted referral by which the viewer reads, where it can be passed
// on to that agency at all.
func passesOn(ctx context.Context, op *store.Op, in OfferOnwardInput) (*ent.Referral, error) {
	first, err := openReferral(ctx, op, in.ReferralID)
	if err != nil {
		return nil, err
	}
	if first.ToID != op.Scope.Agency {
		return nil, errs.New(errs.Forbidden, "only the receiving agency passes on what it received; your own rows are referred by a referral of your own")
	}
	if first.Purpose != op.Scope.Purpose {
		return nil, errs.New(errs.Invalid, "state the referral's own purpose to pass it on").WithFields("purpose")
	}
	if first.OnwardOf != "" {
		return nil, errs.New(errs.Conflict, "what was passed on to your agency is not passed on again: one step alone (D4)").WithFields("referralID")
	}
	if err := in.validate(ctx, op, first); err != nil {
		return nil, err
	}
	stands, err := standsForMember(ctx, op, first)
	if err != nil {
		return nil, err
	}
	if !stands {
		return nil, notOpen()
	}
	if err := receivesOnward(ctx, op, in.ToID); err != nil {
		return nil, err
	}
	return first, unitIs(ctx, op, in.ToID, in.UnitID)
}

func (in OfferOnwardInput) validate(ctx context.Context, op *store.Op, first *ent.Referral) error {
	until := in.until(first)
	p := &problems{}
	if in.ToID == op.Scope.Agency || in.ToID == first.FromID {
		p.add("toID", "it is passed on to a third agency: neither back to the sender nor to your own (D4)")
	}
	if !in.Service.Valid() {
		p.add("service", "name the service asked for (D1)")
	}
	if !in.Urgency.Valid() {
		p.add("urgency", "name the urgency (D1)")
	}
	if len(in.Categories) == 0 {
		p.add("categories", "name what the service needs (D1)")
	}
	for _, c := range in.Categories {
		if !c.Valid() || c == category.Case {
			p.add("categories", "CASE is never named (B5)")
		} else if !slices.Contains(first.AcceptedCategories, c) {
			p.add("categories", "only what your agency reads by that referral can be passed on (D4)")
		}
	}
	if in.ReplyBy <= op.Scope.Now || in.ReplyBy >= until {
		p.add("replyBy", "the reply-by time must be in the future, and before the first referral's end")
	}
	if err := p.err(); err != nil {
		return err
	}
	rows, err := op.Standing(ctx, op.Scope.Agency, first.CaseID)
	if err != nil {
		return err
	}
	var reads category.Set
	for _, a := range rows {
		if a.ReferralID == first.ID && a.Action == rule.ActionRead && op.Scope.Within(a.UnitID) && slices.Contains(op.Scope.Holders, a.MemberID) {
			reads |= a.Categories
		}
	}
	for _, c := range in.Categories {
		if !reads.Has(c) {
			p.add("categories", "only what your agency reads by that referral can be passed on (D4)")
		}
	}
	return p.err()
}

// receivesOnward refuses an agency that is not there, or leaves, in the words of one with
// which no agreement is in force (C8).
func receivesOnward(ctx context.Context, op *store.Op, to string) error {
	a, err := agencyAtWork(ctx, op, to)
	if err != nil {
		return err
	}
	if a.State == valueset.AgencyStateOffboarding || a.State == valueset.AgencyStateEnded {
		return notPassedOn()
	}
	return nil
}

// toAsk lists, in order, the agencies whose agreement on which the referral rests says that
// they are asked first.
func toAsk(ctx context.Context, op *store.Op, first *ent.Referral) ([]string, error) {
	rows, err := op.Standing(ctx, op.Scope.Agency, first.CaseID)
	if err != nil {
		return nil, err
	}
	gave := map[string]string{} // by agency, its agreement
	for _, a := range rows {
		if a.ReferralID == first.ID && a.Action == rule.ActionRead {
			gave[a.ContributorID] = a.AgreementID
			gave[a.ReferrerID] = a.ReferralAgreementID
		}
	}
	var asked []string
	for agency, id := range gave {
		asks, err := op.Agreement.Query().Where(agreement.ID(id), agreement.OnwardEQ(valueset.OnwardSharingAsk)).Exist(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return nil, outward(err, "reading the agreements")
		}
		if asks {
			asked = append(asked, agency)
		}
	}
	slices.Sort(asked)
	return asked, nil
}

// permittedAs is the id for the referral: that which contributors were asked about and
// granted, the last one that no referral has taken yet, or a new one.
func permittedAs(ctx context.Context, op *store.Op, first *ent.Referral, in OfferOnwardInput) (string, error) {
	granted, err := op.Permission.Query().Where(permission.CaseID(first.CaseID), permission.AskerID(op.Scope.Agency), permission.RecipientID(in.ToID),
		permission.PurposeEQ(first.Purpose), permission.StateEQ(valueset.PermissionStateGranted)).
		Order(ent.Desc(permission.FieldDecidedOn), permission.ByID()).All(ctx)
	if err != nil {
		return "", outward(err, "reading what contributors have granted")
	}
	for _, p := range granted {
		taken, err := op.Referral.Query().Where(referral.ID(p.ReferralID)).Exist(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return "", outward(err, "reading the referrals of the case")
		}
		if !taken {
			return p.ReferralID, nil
		}
	}
	return pubid.New("referral"), nil
}

// coveredOnward refuses to offer more than would open if it were accepted.
func coveredOnward(ctx context.Context, op *store.Op, caseID, referralID string) error {
	stored, err := op.Referral.Query().Where(referral.ID(referralID)).Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the referral")
	}
	allowed, err := op.Previewed(ctx, stored)
	if err != nil {
		return err
	}
	if !allowed {
		return notPassedOn()
	}
	facts, _, err := op.Facts(ctx, caseID)
	if err != nil {
		return err
	}
	asked, opens, err := op.WouldOpen(ctx, facts, referralID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(asked, func(c category.Category) bool { return !opens.Has(c) }) {
		return notPassedOn()
	}
	return nil
}

// notPassedOn says the same whatever is missing: the one who passes on does not own the
// case, and is not told what she said to whom (C8).
func notPassedOn() error {
	return errs.New(errs.Conflict, "it cannot be passed on: it takes her consent that your agency passes it on and that the third agency receives it, an agreement with the third agency, and agreements of the owner and of each contributor with yours that say so, or their yes to this one, where they ask first (D4): ask the case's owner").
		WithFields("toID", "categories")
}

// AnswerOnwardInput is a contributor's answer to one who asks to pass its rows on (D4).
type AnswerOnwardInput struct {
	PermissionID string
	Allow        bool
}

// AnswerOnward grants or refuses that the viewer's agency's rows are passed on by one
// referral (D4).
func AnswerOnward(ctx context.Context, op *store.Op, in AnswerOnwardInput) (caseID string, err error) {
	p, err := ownPermission(ctx, op, in.PermissionID)
	if err != nil {
		return "", err
	}
	if p.State != valueset.PermissionStateAsked {
		return "", errs.New(errs.Conflict, "this was answered already: read it again").WithFields("permissionID")
	}
	state := valueset.PermissionStateRefused
	if in.Allow {
		state = valueset.PermissionStateGranted
	}
	if err := decidePermission(ctx, op, p, state); err != nil {
		return "", err
	}
	if err := op.Notify(ctx, p.AskerID, valueset.NoticeKindOnwardAnswered, p.ID); err != nil {
		return "", err
	}
	return p.CaseID, decided(ctx, op, "answer onward", p.CaseID)
}

// WithdrawPermission takes back what the viewer's agency granted: what rested on it is
// shut from the next read on, and does not come back by another permission (A6, D4).
func WithdrawPermission(ctx context.Context, op *store.Op, id string) (caseID string, err error) {
	p, err := ownPermission(ctx, op, id)
	if err != nil {
		return "", err
	}
	if p.State != valueset.PermissionStateGranted {
		return "", errs.New(errs.Conflict, "this is not granted: there is nothing to take back").WithFields("id")
	}
	if err := decidePermission(ctx, op, p, valueset.PermissionStateWithdrawn); err != nil {
		return "", err
	}
	if err := op.Settle(ctx); err != nil {
		return "", err
	}
	if err := endOnward(ctx, op, p.CaseID); err != nil {
		return "", err
	}
	return p.CaseID, decided(ctx, op, "withdraw permission", p.CaseID)
}

func decidePermission(ctx context.Context, op *store.Op, p *ent.Permission, state valueset.PermissionState) error {
	n, err := op.Permission.Update().Where(permission.ID(p.ID)).SetState(state).SetDecidedOn(op.Scope.Now).SetDecidedBy(op.Scope.Member).Save(ctx)
	if err != nil {
		return outward(err, "deciding about own rows")
	}
	if n != 1 {
		return errs.NotHere()
	}
	op.Touch(p.CaseID)
	return nil
}

// ownPermission returns one that is about the viewer's agency's own rows, its case locked.
func ownPermission(ctx context.Context, op *store.Op, id string) (*ent.Permission, error) {
	if !pubid.Valid(id, "permission") {
		return nil, errs.NotHere()
	}
	read := func() (*ent.Permission, error) {
		p, err := op.Permission.Query().Where(permission.ID(id), permission.ContributorID(op.Scope.Agency)).Only(ctx)
		return p, outward(err, "reading the permission")
	}
	p, err := read()
	if err != nil {
		return nil, err
	}
	if _, err := openCase(ctx, op, p.CaseID); err != nil {
		return nil, err
	}
	return read()
}

// endOnward ends onward referrals of a case by which nothing of hers is open any more: a
// later yes does not bring them back (C8, D4). It runs after policy has been evaluated, as
// policy, since their sender is another agency.
func endOnward(ctx context.Context, op *store.Op, caseID string) error {
	ctx = rule.InMode(ctx, rule.Policy)
	rows, err := op.Referral.Query().Where(referral.CaseID(caseID), referral.OnwardOfNEQ(""), referral.ValidUntilGT(op.Scope.Now), referral.StateIn(
		valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting,
		valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)).All(ctx)
	if err != nil {
		return outward(err, "reading the referrals of the case")
	}
	for _, r := range rows {
		stands, err := op.Access.Query().Where(access.CaseID(caseID), access.ReferralID(r.ID), access.ReferrerIDNEQ("")).Exist(ctx)
		if err != nil {
			return outward(err, "reading the accesses of the case")
		}
		if stands {
			continue
		}
		err = op.Referral.Update().Where(referral.ID(r.ID)).SetState(valueset.ReferralStateRevoked).SetEndedOn(op.Scope.Now).AddVersion(1).Exec(ctx)
		if err != nil {
			return outward(err, "ending a referral that passed on")
		}
		op.Touch(caseID)
	}
	return nil
}
