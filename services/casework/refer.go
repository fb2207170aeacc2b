package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/preview"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// OfferReferral asks another agency to take on part of the case (D1). Consent,
// agreement and referral are each needed: what is missing is said, to the owner.
func OfferReferral(ctx context.Context, op *store.Op, in OfferReferralInput) (string, error) {
	if in.Purpose == category.Tracing {
		return "", errs.New(errs.Invalid, "her family is traced by a request of its own, on a consent that names TRACING alone (D8)").WithFields("purpose")
	}
	return offerReferral(ctx, op, in)
}

func offerReferral(ctx context.Context, op *store.Op, in OfferReferralInput) (string, error) {
	c, err := ownCase(ctx, op, in.CaseID)
	if err != nil {
		return "", err
	}
	if err := in.validate(op.Scope); err != nil {
		return "", err
	}
	if closes(c.State) {
		return "", errs.New(errs.Conflict, "the case is closed: reopen it before it is referred (I1)").WithFields("caseID")
	}
	if err := receives(ctx, op, c.ID, in); err != nil {
		return "", err
	}
	if err := unitIs(ctx, op, in.ToID, in.UnitID); err != nil {
		return "", err
	}
	// Read before the referral is stored: after it nothing is open until policy has
	// been evaluated again.
	described, err := op.Profile.Query().Where(profile.CaseID(c.ID), profile.ContributorID(op.Scope.Agency)).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return "", outward(err, "reading the profile")
	}
	id := pubid.New("referral")
	err = op.Referral.Create().SetID(id).SetCaseID(c.ID).SetFromID(op.Scope.Agency).SetToID(in.ToID).SetUnitID(value(in.UnitID, "")).
		SetService(in.Service).SetPurpose(in.Purpose).SetCategories(in.Categories).SetUrgency(in.Urgency).
		SetState(valueset.ReferralStateOffered).SetOfferedOn(op.Scope.Now).SetReplyBy(in.ReplyBy).
		SetValidUntil(value(in.ValidUntil, op.Scope.Now+year)).Exec(ctx)
	if err != nil {
		return "", outward(err, "offering the referral")
	}
	if err := storePreview(ctx, op, c.ID, id, described, in); err != nil {
		return "", err
	}
	op.Touch(c.ID)
	if err := op.Settle(ctx); err != nil {
		return "", err
	}
	if err := covered(ctx, op, c.ID, id); err != nil {
		return "", err
	}
	if err := op.Notify(ctx, in.ToID, valueset.NoticeKindReferralOffered, id); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "offer referral", c.ID)
}

// receives refuses an agency that is not there, and one that leaves, which takes nothing
// new on: as one with which no agreement is in force, since an offer must not tell why
// access ended (C8). One that is shut out is refused in the same words by covered.
func receives(ctx context.Context, op *store.Op, caseID string, in OfferReferralInput) error {
	there := pubid.Valid(in.ToID, "agency")
	var err error
	if there {
		there, err = op.Agency.Query().Where(agency.ID(in.ToID)).Exist(ctx)
	}
	if err == nil && !there {
		err = errs.New(errs.Invalid, "there is no such agency: choose one from the list of agencies").WithFields("toID")
	}
	if err != nil {
		return outward(err, "reading the receiving agency")
	}
	leaves, err := op.Agency.Query().Where(agency.ID(in.ToID), agency.StateIn(valueset.AgencyStateOffboarding, valueset.AgencyStateEnded)).Exist(ctx)
	if err != nil || !leaves {
		return outward(err, "reading the receiving agency")
	}
	facts, _, err := op.Facts(ctx, caseID)
	if err != nil {
		return err
	}
	return notOffered(missing(facts, in.ToID, in.Purpose, false, op.Scope.Now))
}

func notOffered(why string) error {
	return errs.New(errs.Conflict, "the referral cannot be offered: %s", why).WithFields("toID", "purpose", "categories")
}

func (in OfferReferralInput) validate(s *rule.Scope) error {
	p := &problems{}
	if in.ToID == s.Agency {
		p.add("toID", "a referral goes to another agency")
	}
	if !in.Service.Valid() {
		p.add("service", "name the service asked for (D1)")
	}
	if !in.Urgency.Valid() {
		p.add("urgency", "name the urgency (D1)")
	}
	if !in.Purpose.OpensCase() {
		p.add("purpose", "this purpose never opens a case")
	}
	if len(in.Categories) == 0 {
		p.add("categories", "name what the service needs (D1)")
	}
	for _, c := range in.Categories {
		if !c.Valid() || c == category.Case {
			p.add("categories", "CASE is never named (B5)")
		}
	}
	if in.ReplyBy <= s.Now {
		p.add("replyBy", "the reply-by time must be in the future")
	}
	if value(in.ValidUntil, s.Now+year) <= in.ReplyBy {
		p.add("validUntil", "the referral must outlast its reply-by time; it ends a year on where that is left out")
	}
	return p.err()
}

// covered refuses a referral that policy gives no preview: without consent or
// agreement the receiver would be asked about somebody it may not be told of (D2).
func covered(ctx context.Context, op *store.Op, caseID, referralID string) error {
	facts, _, err := op.Facts(ctx, caseID)
	if err != nil {
		return err
	}
	stored, err := op.Referral.Query().Where(referral.ID(referralID)).Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the referral")
	}
	allowed, err := op.Previewed(ctx, stored)
	if err != nil {
		return err
	}
	if allowed {
		return coveredWhole(ctx, op, facts, referralID)
	}
	agreed, err := agreedWith(ctx, op, facts, stored.ToID, stored.Purpose)
	if err != nil {
		return err
	}
	return notOffered(missing(facts, stored.ToID, stored.Purpose, agreed, op.Scope.Now))
}

// agreedWith: some agreement of the owner with the agency covers the purpose and the kind
// of case now, and nobody suspends it or either agency.
func agreedWith(ctx context.Context, op *store.Op, f *rule.Facts, to string, purpose category.Purpose) (bool, error) {
	for _, a := range f.Agreements[to] {
		if !slices.Contains(a.Parties, f.Case.Owner) || !slices.Contains(a.Purposes, string(purpose)) || !slices.Contains(a.CaseKinds, f.Case.Kind) ||
			op.Scope.Now < a.From || a.Until <= op.Scope.Now {
			continue
		}
		open, err := op.Gate.Query().Where(gate.IDIn(a.ID, to, f.Case.Owner), gate.Open(true)).Count(rule.InMode(ctx, rule.Policy))
		if err != nil || open == 3 {
			return err == nil, outward(err, "reading the gates")
		}
	}
	return false, nil
}

// coveredWhole refuses a referral for more than would open if it were accepted: the
// receiver would be promised what it is not shown.
func coveredWhole(ctx context.Context, op *store.Op, facts *rule.Facts, referralID string) error {
	asked, opens, err := op.WouldOpen(ctx, facts, referralID)
	if err != nil {
		return err
	}
	var not []string
	for _, c := range asked {
		if !opens.Has(c) {
			not = append(not, string(c))
		}
	}
	if len(not) == 0 {
		return nil
	}
	return errs.New(errs.Conflict, "the referral cannot be offered: her consent to sharing and to recording, in force and given freely, a child's with all the voices that her age requires, and the agreement do not cover %s (C1, C2, C6, C8, C9, D6, E2, E6): leave out what is not covered, or record her consent first",
		strings.Join(not, ", ")).WithFields("categories")
}

// missing says, to the owner only, which of consent and agreement is not there: agreed says
// whether an agreement is. Words and order are alike whether there is none, one is
// suspended or does not cover it, or the agency is shut out or leaves (C8).
func missing(f *rule.Facts, to string, purpose category.Purpose, agreed bool, now int64) string {
	child := f.Case.AdultFrom == -1 || f.Case.AdultFrom > now
	if f.Case.DeceasedAt != -1 {
		return "she is dead, and nothing new is shared without a legal basis (C7)"
	}
	for _, p := range f.Recoveries {
		if purpose == category.ForJustice && !p.Asked && p.From <= now && now < p.Until {
			return "her period of recovery and reflection runs: nothing for JUSTICE is asked of her until it ends, unless she asks herself (D7)"
		}
	}
	if len(f.Recordings[f.Case.Owner][string(purpose)]) == 0 {
		return "she has not consented to your agency's recording for that purpose (C1)"
	}
	if !agreed {
		return "there is no agreement in force with that agency that covers this purpose and kind of case (D6)"
	}
	if len(f.Consents[to][string(purpose)]) == 0 {
		return "she has not consented to that agency for that purpose (C2)"
	}
	if child && (purpose == category.Return || purpose == category.ForJustice) {
		return "she is or may be a child (E1): for RETURN and JUSTICE it takes a determination by a panel that all of it have signed, beside the voices that her age requires (E2, E5); if she is grown, record her birth date and what it rests on"
	}
	if child {
		return "she is or may be a child (E1): it takes every voice that her age requires, of parent, caregiver or legal guardian without conflict, with her views and her own assent, or a signed decision in her best interests (E2 to E5); if she is grown, record her birth date and what it rests on: a document or an age assessment where it is close"
	}
	return "no category that it names is covered by her consent, to that agency or to the unit that it goes to (A5), in force, given freely and as an adult, by her consent to your agency's recording, and by the agreement (C1, C2, C6, C8, C9, D6, E6)"
}

// storePreview keeps all that the receiver may see before accepting (D2); row is the
// sender's own profile of her, nil where there is none.
func storePreview(ctx context.Context, op *store.Op, caseID, referralID string, row *ent.Profile, in OfferReferralInput) error {
	facts, _, err := op.Facts(ctx, caseID)
	if err != nil {
		return err
	}
	group := preview.AgeGroupCHILD
	if facts.Case.AdultFrom >= 0 && facts.Case.AdultFrom <= op.Scope.Now {
		group = preview.AgeGroupADULT
	}
	create := op.Preview.Create().SetReferralID(referralID).SetCaseID(caseID).SetFromID(op.Scope.Agency).
		SetService(in.Service).SetUrgency(in.Urgency).SetReplyBy(in.ReplyBy).SetAgeGroup(group).SetSex(valueset.SexUnknown)
	if row != nil {
		create.SetSex(value(row.Sex, valueset.SexUnknown)).SetInterpreterLanguage(row.InterpreterLanguage).
			SetAccessibilityNeeds(row.AccessibilityNeeds)
	}
	return outward(create.Exec(ctx), "keeping the preview")
}

// openReferral locks the referral's case and returns the referral as it stands
// then. Only a side of it finds it.
func openReferral(ctx context.Context, op *store.Op, id string) (*ent.Referral, error) {
	if !pubid.Valid(id, "referral") {
		return nil, errs.NotHere()
	}
	r, err := op.Referral.Query().Where(referral.ID(id)).Only(ctx)
	if err != nil {
		return nil, outward(err, "reading the referral")
	}
	if err := op.Lock(ctx, r.CaseID); err != nil {
		return nil, err
	}
	r, err = op.Referral.Query().Where(referral.ID(id)).Only(ctx)
	return r, outward(err, "reading the referral")
}
