package casework

import (
	"context"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/agencyunit"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/provision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

const year = int64(365 * 24 * time.Hour / time.Microsecond)

// RecordConsent records one statement. About sharing and transfer only the owner
// records her statements; about recording each agency records its own basis (C1), and
// one that does not own the case only for what it was asked to do there (D1).
func RecordConsent(ctx context.Context, op *store.Op, in RecordConsentInput) (string, error) {
	if in.CaseID == "" {
		return "", errs.New(errs.Invalid, "name the case that the statement is about").WithFields("caseID")
	}
	c, err := openCase(ctx, op, in.CaseID)
	if err != nil {
		return "", err
	}
	if c.OwnerID != op.Scope.Agency {
		if in.Kind != valueset.ConsentKindRecording {
			return "", errs.New(errs.Forbidden, "statements about sharing and transfer are recorded by the agency that owns the case")
		}
		if err := asked(ctx, op, in); err != nil {
			return "", err
		}
	}
	id, err := recordStatement(ctx, op, in)
	if err != nil {
		return "", err
	}
	if c.OwnerID == op.Scope.Agency {
		if err := toConfirm(ctx, op, id, in); err != nil {
			return "", err
		}
		if err := endRefused(ctx, op, in.CaseID, in.Provisions); err != nil {
			return "", err
		}
		if err := retentionDue(ctx, op, c, in); err != nil {
			return "", err
		}
	}
	if err := toTellHer(ctx, op, c.OwnerID, id, in); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "record consent", in.CaseID)
}

// WithdrawConsent records her no. Towards a recipient it ends the access from the
// next read on (C8); the recipient gets one neutral notice.
func WithdrawConsent(ctx context.Context, op *store.Op, in WithdrawConsentInput) (string, error) {
	if _, err := ownCase(ctx, op, in.CaseID); err != nil {
		return "", err
	}
	if value(in.GivenOn, op.Scope.Now) > op.Scope.Now {
		return "", inTheFuture()
	}
	recipients, err := withdrawnFrom(ctx, op, in)
	if err != nil {
		return "", err
	}
	statement := RecordConsentInput{
		CaseID: in.CaseID, Kind: valueset.ConsentKindSharing, Interpretation: in.Interpretation, Setting: in.Setting,
	}
	if len(in.Purposes) == 0 {
		in.Purposes = casePurposes()
	}
	if len(in.Categories) == 0 {
		in.Categories = category.Shareable()
	}
	forever := rule.Forever
	if in.UnitID != nil && in.RecipientID == nil {
		return "", errs.New(errs.Invalid, "unitID: name the agency whose unit it is").WithFields("unitID")
	}
	for _, r := range recipients {
		statement.Provisions = append(statement.Provisions, refusals(r, in, &forever)...)
	}
	given, err := endsWhatWasSaid(ctx, op, in, recipients)
	if err != nil {
		return "", err
	}
	id, err := storeStatement(ctx, op, statement, given)
	if err != nil {
		return "", err
	}
	if err := endRefused(ctx, op, in.CaseID, statement.Provisions); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "withdraw consent", in.CaseID)
}

// refusals names what stands alone in a provision of its own (B1).
func refusals(recipient string, in WithdrawConsentInput, until *int64) []*ProvisionInput {
	var out []*ProvisionInput
	var together []category.Category
	deny := func(cs ...category.Category) {
		out = append(out, &ProvisionInput{Decision: valueset.DecisionDeny, RecipientID: &recipient, UnitID: in.UnitID,
			Purposes: in.Purposes, Categories: cs, ValidUntil: until})
	}
	for _, c := range in.Categories {
		if c == category.Whereabouts || c == category.HealthRestricted {
			deny(c)
			continue
		}
		together = append(together, c)
	}
	if len(together) > 0 {
		deny(together...)
	}
	return out
}

func withdrawnFrom(ctx context.Context, op *store.Op, in WithdrawConsentInput) ([]string, error) {
	if in.RecipientID != nil {
		return []string{*in.RecipientID}, nil
	}
	ids, err := op.Provision.Query().Where(provision.CaseID(in.CaseID), provision.DecisionEQ(valueset.DecisionPermit),
		provision.RecipientIDNEQ(op.Scope.Agency)).Unique(true).Select(provision.FieldRecipientID).Strings(ctx)
	if err != nil {
		return nil, outward(err, "reading the statements of the case")
	}
	if len(ids) == 0 {
		return nil, errs.New(errs.Conflict, "no statement permits anything that could be withdrawn")
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func casePurposes() []category.Purpose {
	return slices.DeleteFunc(category.Purposes(), func(p category.Purpose) bool { return !p.OpensCase() })
}

// recordStatement stores a statement given when it says, or now.
func recordStatement(ctx context.Context, op *store.Op, in RecordConsentInput) (string, error) {
	given := value(in.GivenOn, op.Scope.Now)
	if given > op.Scope.Now {
		return "", inTheFuture()
	}
	return storeStatement(ctx, op, in, given)
}

func inTheFuture() error {
	return errs.New(errs.Invalid, "givenOn: a statement cannot be given in the future").WithFields("givenOn")
}

// storeStatement validates and stores a statement with its provisions.
func storeStatement(ctx context.Context, op *store.Op, in RecordConsentInput, given int64) (string, error) {
	if err := in.validate(given); err != nil {
		return "", err
	}
	if err := in.guardianIs(ctx, op); err != nil {
		return "", err
	}
	row, provisions, err := statementRows(ctx, op, in, given)
	if err != nil {
		return "", err
	}
	if err := row.Exec(ctx); err != nil {
		return "", outward(err, "recording the statement")
	}
	if err := op.Provision.CreateBulk(provisions...).Exec(ctx); err != nil {
		return "", outward(err, "recording the statement")
	}
	op.Touch(in.CaseID)
	id, _ := row.Mutation().ID()
	return id, nil
}

// statementRows are the rows of a statement: its own and that of each provision.
func statementRows(ctx context.Context, op *store.Op, in RecordConsentInput, given int64) (*ent.ConsentCreate, []*ent.ProvisionCreate, error) {
	id, checks := pubid.New("consent"), value(in.Checks, ChecksInput{})
	unknown := valueset.AnswerUnknown
	sealed, err := op.Seal(ctx, ent.TypeConsent, id, in.CaseID, schema.ConsentContent{Present: value(in.Present, "")})
	if err != nil {
		return nil, nil, err
	}
	row := op.Consent.Create().SetID(id).SetCaseID(in.CaseID).SetContributorID(op.Scope.Agency).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetKind(in.Kind).
		SetBasis(value(in.Basis, valueset.RecordingBasisConsent)).SetVoice(value(in.Voice, valueset.VoicePerson)).
		SetSealed(sealed).SetNillableForm(in.Form).SetNillableLanguage(in.Language).
		SetInterpretation(in.Interpretation).SetSetting(in.Setting).SetGivenOn(given).
		SetNillableGuardianshipID(in.GuardianshipID).SetNillableBestInterestsID(in.bestInterests).
		SetNillableChildsViews(in.ChildsViews).SetMatureAndSafe(value(in.MatureAndSafe, false)).SetLegalAdviceOffered(value(in.LegalAdvice, false)).
		SetToInterview(value(checks.ToInterview, unknown)).SetToldPurpose(value(checks.ToldPurpose, unknown)).
		SetToldUse(value(checks.ToldUse, unknown)).SetToldResearch(value(checks.ToldResearch, unknown)).
		SetToldAccess(value(checks.ToldAccess, unknown)).SetToldStorage(value(checks.ToldStorage, unknown)).
		SetToldWithdrawal(value(checks.ToldWithdrawal, unknown))
	var provisions []*ent.ProvisionCreate
	for i, p := range in.Provisions {
		made, err := provisionRows(ctx, op, in, id, given, p)
		if err != nil {
			return nil, nil, under(index("provisions", i), err)
		}
		provisions = append(provisions, made...)
	}
	return row, provisions, nil
}

func (in RecordConsentInput) validate(given int64) error {
	p := &problems{}
	if !in.Kind.Valid() {
		p.add("kind", "say RECORDING, SHARING or TRANSFER")
	}
	if !in.Interpretation.Valid() {
		p.add("interpretation", "say through whom she was told (C6)")
	}
	if !in.Setting.Valid() {
		p.add("setting", "say where the statement was given (C6)")
	}
	if in.Kind == valueset.ConsentKindTransfer && value(in.Voice, valueset.VoicePerson) != valueset.VoicePerson {
		p.add("voice", "whether her case moves to another agency she says herself (A4)")
	}
	if in.Kind != valueset.ConsentKindRecording && value(in.Basis, valueset.RecordingBasisConsent) != valueset.RecordingBasisConsent {
		p.add("basis", "sharing and transfer rest on her consent; other bases are entered as legal bases (F1)")
	}
	in.voices(p)
	if len(in.Provisions) == 0 {
		p.add("provisions", "a statement says yes or no to something: name at least one provision (C2)")
	}
	p.text("present", in.Present, canon.Text)
	p.language("language", in.Language)
	for i, v := range in.Provisions {
		at := index("provisions", i)
		p.provision(at, v, in.Kind)
		if v.ValidUntil != nil && *v.ValidUntil <= value(v.ValidFrom, given) {
			p.add(at+".validUntil", "a consent must end after it starts")
		}
	}
	return p.err()
}

// voices checks what goes with whose statement it is.
func (in RecordConsentInput) voices(p *problems) {
	voice := value(in.Voice, valueset.VoicePerson)
	if voice == valueset.VoiceBestInterests && in.bestInterests == nil {
		p.add("voice", "a decision in her best interests is recorded as one, with what was weighed (E5)")
	}
	if voice != valueset.VoiceCaregiver && (in.GuardianshipID != nil || in.ChildsViews != nil) {
		p.add("voice", "a guardianship and the child's views go with what a CAREGIVER said (E2)")
	}
	if in.ChildsViews != nil && !in.ChildsViews.Valid() {
		p.add("childsViews", "say how the child's views were taken into account (E2)")
	}
	if voice != valueset.VoicePerson && value(in.MatureAndSafe, false) {
		p.add("matureAndSafe", "that is said of her own statement (E2)")
	}
}

// guardianIs: who speaks for her is known in this case.
func (in RecordConsentInput) guardianIs(ctx context.Context, op *store.Op) error {
	if in.GuardianshipID == nil {
		return nil
	}
	there := pubid.Valid(*in.GuardianshipID, "guardianship")
	var err error
	if there {
		there, err = op.Guardianship.Query().Where(guardianship.ID(*in.GuardianshipID), guardianship.CaseID(in.CaseID)).Exist(ctx)
	}
	if err == nil && !there {
		err = errs.New(errs.Invalid, "nobody is known under this id as speaking for her: record the guardianship first (E2)").WithFields("guardianshipID")
	}
	return outward(err, "reading who speaks for her")
}

// provisionRows makes one row a recipient: a class has one for each agency that is
// in it today, listed to her by name (C3); what several units record by, one for each (A5).
func provisionRows(ctx context.Context, op *store.Op, in RecordConsentInput, consent string, given int64, p *ProvisionInput) ([]*ent.ProvisionCreate, error) {
	recipients := []string{op.Scope.Agency}
	if in.Kind != valueset.ConsentKindRecording {
		var err error
		if recipients, err = recipientsOf(ctx, op, p); err != nil {
			return nil, err
		}
	}
	if p.RecipientID != nil {
		if err := unitIs(ctx, op, *p.RecipientID, p.UnitID); err != nil {
			return nil, err
		}
	}
	if err := contributorsAre(ctx, op, p.ContributorIDs); err != nil {
		return nil, err
	}
	from := value(p.ValidFrom, given)
	until := value(p.ValidUntil, from+year)
	if p.Decision == valueset.DecisionDeny && p.ValidUntil == nil {
		until = rule.Forever
	}
	units := p.recordedFor
	if len(units) == 0 {
		units = []string{value(p.UnitID, "")}
	}
	var rows []*ent.ProvisionCreate
	for _, r := range recipients {
		for _, u := range units {
			rows = append(rows, op.Provision.Create().SetConsentID(consent).SetCaseID(in.CaseID).
				SetContributorID(op.Scope.Agency).SetDecision(p.Decision).SetRecipientID(r).SetUnitID(u).SetNillableRecipientClass(p.RecipientClass).
				SetPurposes(p.Purposes).SetCategories(list(p.Categories)).SetContributorIds(p.ContributorIDs).
				SetOnward(value(p.Onward, false)).SetValidFrom(from).SetValidUntil(until))
		}
	}
	return rows, nil
}

// unitIs refuses a unit that is not of the agency: another's is as one that is not there.
func unitIs(ctx context.Context, op *store.Op, agencyID string, unit *string) error {
	if unit == nil {
		return nil
	}
	there := pubid.Valid(*unit, "unit")
	var err error
	if there {
		there, err = op.AgencyUnit.Query().Where(agencyunit.ID(*unit), agencyunit.AgencyID(agencyID)).Exist(ctx)
	}
	if err == nil && !there {
		err = errs.New(errs.Invalid, "the agency has no such unit: choose one from the list of its units, or leave it out for the agency as a whole (A5)").WithFields("unitID")
	}
	return outward(err, "reading the unit")
}

// contributorsAre refuses to name as a contributor (A2) what is no agency.
func contributorsAre(ctx context.Context, op *store.Op, ids []string) error {
	named := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(named) == 0 {
		return nil
	}
	n, err := op.Agency.Query().Where(agency.IDIn(named...)).Count(ctx)
	if err != nil {
		return outward(err, "reading the contributors")
	}
	if n != len(named) {
		return errs.New(errs.Invalid, "a contributor is no agency: choose from the list of agencies").WithFields("contributorIDs")
	}
	return nil
}

func recipientsOf(ctx context.Context, op *store.Op, p *ProvisionInput) ([]string, error) {
	query := op.Agency.Query().Where(agency.KindNEQ(valueset.AgencyKindRegionalCounterpart)) // J7
	if p.RecipientID != nil {
		if *p.RecipientID == op.Scope.Agency {
			return nil, errs.New(errs.Invalid, "sharing is with another agency, and a transfer goes to one; what your own may record is a statement about RECORDING (C1)").WithFields("recipientID")
		}
		query = query.Where(agency.ID(*p.RecipientID))
	} else {
		query = query.Where(agency.KindEQ(*p.RecipientClass))
	}
	ids, err := query.IDs(ctx)
	if err != nil {
		return nil, outward(err, "reading the recipients")
	}
	open, err := op.Gate.Query().Where(gate.IDIn(ids...), gate.Open(true)).IDs(ctx)
	if err != nil {
		return nil, outward(err, "reading the recipients")
	}
	if p.Decision == valueset.DecisionDeny {
		open = ids // a no holds towards a suspended agency too
	}
	if len(open) == 0 {
		return nil, errs.New(errs.Invalid, "there is no such agency at work: choose one from the list of agencies").WithFields("recipientID")
	}
	slices.Sort(open)
	return open, nil
}
