package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/externalreferral"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// goesOutFor is how long her consent to a referral outside Sala holds where nothing else
// is said, in microseconds: 30 days.
const goesOutFor = int64(30 * 24 * time.Hour / time.Microsecond)

// RecordExternalReferralInput is a referral to a named party outside Sala with her
// statement, which names the party and each field (C5, D8).
type RecordExternalReferralInput struct {
	CaseID         string
	Purpose        category.Purpose // that of the operation
	Party          string
	Address        *string
	NamedFields    []valueset.ExternalField
	RecipientKey   *string // age1…; printed where left out
	Form           valueset.ConsentForm
	Present        *string
	Language       *string
	Interpretation valueset.Interpretation // NONE_NEEDED or VETTED (C6)
	Setting        valueset.Setting        // a SAFE_PLACE (C6)
	Checks         *ChecksInput
	LegalAdvice    *bool
	GuardianshipID *string               // of a child: who consents beside her (E2)
	ChildsViews    *valueset.ChildsViews // of a child (E2)
	GivenOn        *int64                // now where left out; UTC microseconds, never in the future
	ValidUntil     *int64                // 30 days on where left out, a year at most
	ReplyBy        int64
	DeleteBy       int64
}

// RecordExternalReferral records that she wants certain fields to go to a named party
// outside Sala. Nothing goes out by it: a sheet is made, and handed over. Only rows of the
// owner's own go out, as far as it may read and still record them for that purpose: what
// others contributed they have given to Sala's agencies alone (A2, C8, D4).
func RecordExternalReferral(ctx context.Context, op *store.Op, in RecordExternalReferralInput) (string, error) {
	c, err := ownCase(ctx, op, in.CaseID)
	if err != nil {
		return "", err
	}
	if err := in.validate(op.Scope); err != nil {
		return "", err
	}
	if err := in.mayGoOut(ctx, op, c); err != nil {
		return "", err
	}
	given, checks, unknown := value(in.GivenOn, op.Scope.Now), value(in.Checks, ChecksInput{}), valueset.AnswerUnknown
	id := pubid.New("external")
	sealed, err := op.Seal(ctx, ent.TypeExternalReferral, id, c.ID, schema.ExternalReferralContent{Party: in.Party, Address: value(in.Address, ""), Present: value(in.Present, "")})
	if err != nil {
		return "", err
	}
	err = op.ExternalReferral.Create().SetID(id).SetCaseID(c.ID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).
		SetPurpose(in.Purpose).SetNamedFields(in.NamedFields).SetSealed(sealed).SetForm(in.Form).SetLanguage(value(in.Language, "")).
		SetInterpretation(in.Interpretation).SetSetting(in.Setting).SetLegalAdviceOffered(value(in.LegalAdvice, false)).
		SetChecks(schema.ConsentChecks{
			ToInterview: value(checks.ToInterview, unknown), ToldPurpose: value(checks.ToldPurpose, unknown), ToldUse: value(checks.ToldUse, unknown),
			ToldResearch: value(checks.ToldResearch, unknown), ToldAccess: value(checks.ToldAccess, unknown), ToldStorage: value(checks.ToldStorage, unknown),
			ToldWithdrawal: value(checks.ToldWithdrawal, unknown),
		}).
		SetGuardianshipID(value(in.GuardianshipID, "")).SetNillableChildsViews(in.ChildsViews).SetGivenOn(given).SetValidUntil(value(in.ValidUntil, given+goesOutFor)).
		SetRecipientKey(value(in.RecipientKey, "")).SetState(valueset.ExternalReferralStateRecorded).SetReplyBy(in.ReplyBy).SetDeleteBy(in.DeleteBy).Exec(ctx)
	if err != nil {
		return "", outward(err, "recording a referral outside Sala")
	}
	return id, decided(ctx, op, "record external referral", c.ID)
}

func (in RecordExternalReferralInput) validate(s *rule.Scope) error {
	given := value(in.GivenOn, s.Now)
	until := value(in.ValidUntil, given+goesOutFor)
	p := &problems{}
	if in.Purpose != s.Purpose || !in.Purpose.OpensCase() {
		p.add("purpose", "state the purpose of the operation: what goes out is read for it")
	}
	if in.Party == "" {
		p.add("party", "name the party: her consent names it (D8)")
	}
	p.text("party", &in.Party, canon.Text)
	p.text("address", in.Address, canon.Text)
	p.text("present", in.Present, canon.Text)
	p.language("language", in.Language)
	if !in.Form.Valid() {
		p.add("form", "name the form of her statement (C5)")
	}
	if !fullSaid(in.Interpretation, in.Setting) {
		p.add("setting", "what leaves Sala does not come back: she says it in a safe place, without an interpreter or through a vetted one (C6)")
	}
	p.past("givenOn", in.GivenOn, s.Now)
	if until <= s.Now || until > given+year {
		p.add("validUntil", "her consent holds for some time from now, a year at most (C2)")
	}
	if in.ReplyBy <= s.Now {
		p.add("replyBy", "the reply-by time must be in the future")
	}
	if in.DeleteBy <= s.Now {
		p.add("deleteBy", "say until when the party deletes what it was given (D8)")
	}
	if in.RecipientKey != nil {
		if _, err := age.ParseX25519Recipient(*in.RecipientKey); err != nil {
			p.add("recipientKey", "name the party's public age key, age1…, or leave it out to print")
		}
	}
	in.fields(p)
	return p.err()
}

// fields checks what goes out: each field by itself, none beside what is named singly
// (B1), nothing that the purpose never opens (C9, D8).
func (in RecordExternalReferralInput) fields(p *problems) {
	if len(in.NamedFields) == 0 {
		p.add("namedFields", "name each field that goes out (D8)")
	}
	seen := map[valueset.ExternalField]bool{}
	cats := map[category.Category]bool{}
	for _, f := range in.NamedFields {
		if !f.Valid() || seen[f] {
			p.add("namedFields", "name each field of the list once")
			continue
		}
		seen[f], cats[fieldCategory(f)] = true, true
	}
	for _, c := range []category.Category{category.Whereabouts, category.HealthRestricted} {
		if cats[c] && len(cats) > 1 {
			p.add("namedFields", "WHEREABOUTS and HEALTH_RESTRICTED are always named singly, on a referral of their own (B1)")
		}
	}
	for c := range cats {
		switch {
		case in.Purpose == category.Tracing && slices.Contains(neverTraced, c):
			p.add("namedFields", "who traces her family learns nothing of exploitation (D8)")
		case in.Purpose == category.ForJustice && c == category.HealthRestricted:
			p.add("namedFields", "what is restricted of her health goes to JUSTICE by a court's order alone (C9)")
		case in.Purpose == category.ForJustice && (c == category.Narrative || c == category.Health || c == category.Whereabouts) &&
			(len(cats) > 1 || !value(in.LegalAdvice, false)):
			p.add("namedFields", "for JUSTICE her story, her health and where she is need a consent apart, after legal advice was offered (C9)")
		}
	}
}

// fieldCategory is the category of a field that goes out: its word begins with it.
func fieldCategory(f valueset.ExternalField) category.Category {
	if strings.HasPrefix(string(f), string(category.HealthRestricted)) {
		return category.HealthRestricted
	}
	head, _, _ := strings.Cut(string(f), "_")
	return category.Category(head)
}

// mayGoOut: she lives, she is grown or the voices that her age requires are there, no
// period of recovery holds JUSTICE off, and the owner may read and record each field.
func (in RecordExternalReferralInput) mayGoOut(ctx context.Context, op *store.Op, c *ent.CaseFile) error {
	facts, _, err := op.Facts(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := lets(facts, in.Purpose, op.Scope.Now); err != nil {
		return err
	}
	if facts.Case.AdultFrom == -1 || facts.Case.AdultFrom > value(in.GivenOn, op.Scope.Now) {
		if err := in.ofAChild(ctx, op); err != nil {
			return err
		}
	} else if in.GuardianshipID != nil || in.ChildsViews != nil {
		return errs.New(errs.Invalid, "she is grown: she says herself what goes out").WithFields("guardianshipID", "childsViews")
	}
	return readable(ctx, op, c.ID, in.NamedFields)
}

// lets refuses after her death (C7), and for JUSTICE while she recovers (D7).
func lets(f *rule.Facts, purpose category.Purpose, now int64) error {
	if f.Case.DeceasedAt != -1 {
		return errs.New(errs.Conflict, "she is dead, and nothing new is shared without a legal basis (C7)").WithFields("caseID")
	}
	for _, p := range f.Recoveries {
		if purpose == category.ForJustice && !p.Asked && p.From <= now && now < p.Until {
			return errs.New(errs.Conflict, "her period of recovery and reflection runs: nothing for JUSTICE is asked of her until it ends, unless she asks herself (D7)").WithFields("purpose")
		}
	}
	return nil
}

// ofAChild: a parent, caregiver or legal guardian without conflict consents beside her,
// with her views (E2, E4); RETURN and JUSTICE, which take a panel, do not go out this way
// (E5).
func (in RecordExternalReferralInput) ofAChild(ctx context.Context, op *store.Op) error {
	if in.Purpose == category.Return || in.Purpose == category.ForJustice {
		return errs.New(errs.Conflict, "she is or may be a child: for RETURN and JUSTICE it takes a determination by a panel, and a referral within Sala (E5)").WithFields("purpose")
	}
	needs := errs.New(errs.Conflict, "she is or may be a child: somebody who speaks for her, without conflict and no member of an agency, consents beside her, with her views, in writing (E2, E4)").WithFields("guardianshipID", "childsViews", "form")
	if in.GuardianshipID == nil || in.ChildsViews == nil || !in.ChildsViews.Valid() ||
		in.Form != valueset.ConsentFormWritten && in.Form != valueset.ConsentFormThumbprint {
		return needs
	}
	given := value(in.GivenOn, op.Scope.Now)
	speaks, err := op.Guardianship.Query().Where(guardianship.ID(*in.GuardianshipID), guardianship.CaseID(in.CaseID), guardianship.Conflict(false),
		guardianship.AgencyID(""), guardianship.ValidFromLTE(given), guardianship.ValidUntilGT(given)).Exist(ctx)
	if err != nil {
		return outward(err, "reading who speaks for her")
	}
	if !speaks {
		return needs
	}
	return nil
}

// readable refuses a field that the viewer may not read, or that she no longer lets the
// viewer's agency record for the purpose (C8).
func readable(ctx context.Context, op *store.Op, caseID string, named []valueset.ExternalField) error {
	reads, err := op.OpenCategories(ctx, op.Scope, caseID, op.Scope.Agency, rule.ActionRead)
	if err != nil {
		return err
	}
	records, err := op.OpenCategories(ctx, op.Scope, caseID, op.Scope.Agency, rule.ActionAdd)
	if err != nil {
		return err
	}
	for _, f := range named {
		if c := fieldCategory(f); !reads.Has(c) || !records.Has(c) {
			return errs.New(errs.Conflict, "a field is named that you do not read yourself for this purpose, or that she does not let your agency record for it any more (C1, C8)").WithFields("namedFields")
		}
	}
	return nil
}

// HandOverExternalReferralInput is the receipt of an external referral (D8).
type HandOverExternalReferralInput struct {
	ExternalReferralID string
	Receipt            string
	HandedOverOn       *int64 // now where left out; UTC microseconds, never in the future
}

// HandOverExternalReferral notes that the sheet was handed over, with the receipt, within
// her consent (D8).
func HandOverExternalReferral(ctx context.Context, op *store.Op, in HandOverExternalReferralInput) (caseID string, err error) {
	r, err := external(ctx, op, in.ExternalReferralID)
	if err != nil {
		return "", err
	}
	at := value(in.HandedOverOn, op.Scope.Now)
	p := &problems{}
	if in.Receipt == "" {
		p.add("receipt", "say who took it over, and how (D8)")
	}
	p.text("receipt", &in.Receipt, canon.Text)
	p.past("handedOverOn", in.HandedOverOn, op.Scope.Now)
	if err := p.err(); err != nil {
		return "", err
	}
	if r.State != valueset.ExternalReferralStateRecorded || r.Sheets == 0 || at < r.GivenOn || at >= r.ValidUntil {
		return "", errs.New(errs.Conflict, "a sheet that was made is handed over once, within her consent: read the referral again (D8)").WithFields("externalReferralID")
	}
	content := r.ExternalReferralContent
	content.Receipt = in.Receipt
	return r.CaseID, changeExternal(ctx, op, r, &content, "hand over external referral", func(u *ent.ExternalReferralUpdate) {
		u.SetState(valueset.ExternalReferralStateHandedOver).SetHandedOverOn(at)
	})
}

// RecordExternalReplyInput is what a party outside Sala replied (D8).
type RecordExternalReplyInput struct {
	ExternalReferralID string
	Reply              string
}

// RecordExternalReply notes the party's reply (D8).
func RecordExternalReply(ctx context.Context, op *store.Op, in RecordExternalReplyInput) (caseID string, err error) {
	r, err := external(ctx, op, in.ExternalReferralID)
	if err != nil {
		return "", err
	}
	p := &problems{}
	if in.Reply == "" {
		p.add("reply", "say what the party replied")
	}
	p.text("reply", &in.Reply, canon.Text)
	if err := p.err(); err != nil {
		return "", err
	}
	if r.State != valueset.ExternalReferralStateHandedOver {
		return "", errs.New(errs.Conflict, "only what was handed over is replied to, once: read the referral again").WithFields("externalReferralID")
	}
	content := r.ExternalReferralContent
	content.Reply = in.Reply
	return r.CaseID, changeExternal(ctx, op, r, &content, "record external reply", func(u *ent.ExternalReferralUpdate) {
		u.SetState(valueset.ExternalReferralStateReplied).SetRepliedOn(op.Scope.Now)
	})
}

// WithdrawExternalReferral notes that she takes her consent back: no sheet is made any
// more, and where one was handed over the owner is told to ask for its deletion (C8, D8).
func WithdrawExternalReferral(ctx context.Context, op *store.Op, id string) (caseID string, err error) {
	r, err := external(ctx, op, id)
	if err != nil {
		return "", err
	}
	if r.State == valueset.ExternalReferralStateWithdrawn || r.State == valueset.ExternalReferralStateDeleted {
		return "", errs.New(errs.Conflict, "it is taken back, or deleted, already").WithFields("id")
	}
	err = changeExternal(ctx, op, r, nil, "withdraw external referral", func(u *ent.ExternalReferralUpdate) {
		u.SetState(valueset.ExternalReferralStateWithdrawn).SetWithdrawnOn(op.Scope.Now)
	})
	if err == nil && r.Sheets > 0 {
		err = op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindExternalDue, r.ID)
	}
	return r.CaseID, err
}

// ConfirmExternalDeletion notes that the party says that it has deleted what it was given.
func ConfirmExternalDeletion(ctx context.Context, op *store.Op, id string) (caseID string, err error) {
	r, err := external(ctx, op, id)
	if err != nil {
		return "", err
	}
	if r.State == valueset.ExternalReferralStateRecorded || r.State == valueset.ExternalReferralStateDeleted {
		return "", errs.New(errs.Conflict, "nothing was handed over, or its deletion is confirmed already").WithFields("id")
	}
	return r.CaseID, changeExternal(ctx, op, r, nil, "confirm external deletion", func(u *ent.ExternalReferralUpdate) {
		u.SetState(valueset.ExternalReferralStateDeleted).SetDeletedOn(op.Scope.Now)
	})
}

// external returns a referral outside Sala of a case that the viewer's agency owns, its
// case locked.
func external(ctx context.Context, op *store.Op, id string) (*ent.ExternalReferral, error) {
	if !pubid.Valid(id, "external") {
		return nil, errs.NotHere()
	}
	read := func() (*ent.ExternalReferral, error) {
		r, err := op.ExternalReferral.Query().Where(externalreferral.ID(id)).Only(ctx)
		return r, outward(err, "reading a referral outside Sala")
	}
	r, err := read()
	if err != nil {
		return nil, err
	}
	if _, err := ownCase(ctx, op, r.CaseID); err != nil {
		return nil, err
	}
	return read()
}

// changeExternal changes a referral outside Sala, its sealed texts too where content is
// given: those only by the agency that recorded it, under whose name they are sealed.
func changeExternal(ctx context.Context, op *store.Op, r *ent.ExternalReferral, content *schema.ExternalReferralContent, verb string, set func(*ent.ExternalReferralUpdate)) error {
	u := op.ExternalReferral.Update().Where(externalreferral.ID(r.ID))
	set(u)
	if content != nil {
		if r.ContributorID != op.Scope.Agency {
			return errs.New(errs.Conflict, "another agency recorded this when it owned the case: withdraw it or confirm its deletion, and record a new one (A4)").WithFields("externalReferralID")
		}
		sealed, err := op.Seal(ctx, ent.TypeExternalReferral, r.ID, r.CaseID, *content)
		if err != nil {
			return err
		}
		u.SetSealed(sealed)
	}
	n, err := u.Save(ctx)
	if err != nil {
		return outward(err, "changing a referral outside Sala")
	}
	if n != 1 {
		return errs.NotHere()
	}
	return decided(ctx, op, verb, r.CaseID)
}
