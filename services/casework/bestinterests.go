package casework

import (
	"context"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/bestinterests"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/interestssignature"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// assessedFor is how long an assessment is valid, in microseconds: 30 days (E5).
const assessedFor = int64(30 * 24 * time.Hour / time.Microsecond)

// RecordBestInterestsInput is a decision in the best interests of a child, or of one who
// is incapable (E5, C7): what was weighed, what she thinks, and to whom it says what.
type RecordBestInterestsInput struct {
	CaseID      string
	Kind        valueset.BestInterestsKind
	Matter      valueset.BestInterestsMatter // an assessment is about URGENT_CARE or a REFERRAL alone
	StandsFor   []valueset.Voice             // in place of whose voices: PERSON, CAREGIVER
	Options     string
	Views       string
	Reasons     string
	DecidedOn   *int64              // now where left out; UTC microseconds
	ReviewOn    *int64              // 30 days after an assessment, a year after a determination, where left out
	LegalAdvice *bool               // it was offered before (C9); false where left out
	Panel       []*PanelMemberInput // of a determination: at least three people of two agencies
	Provisions  []*ProvisionInput   // what it says, to whom
}

// PanelMemberInput is one who sits on a panel.
type PanelMemberInput struct {
	AgencyID string
	MemberID string
}

// SignBestInterestsInput signs a decision. The reference is that of the case, as it was
// spoken where the panel sat: whoever signs has it from there.
type SignBestInterestsInput struct {
	BestInterestsID string
	Reference       string
}

// RecordBestInterests records a decision with the statement that it makes. It opens
// nothing until those have signed it who have to: a supervisor an assessment, each of a
// panel a determination; whom it names is told. What it refuses is refused at once.
func RecordBestInterests(ctx context.Context, op *store.Op, in RecordBestInterestsInput) (string, error) {
	if _, err := ownCase(ctx, op, in.CaseID); err != nil {
		return "", err
	}
	if err := in.validate(op.Scope); err != nil {
		return "", err
	}
	id := pubid.New("interests")
	content := schema.BestInterestsContent{Options: in.Options, Views: in.Views, Reasons: in.Reasons}
	sealed, err := op.Seal(ctx, ent.TypeBestInterests, id, in.CaseID, content)
	if err != nil {
		return "", err
	}
	decidedOn, review := in.times(op.Scope.Now)
	panel := make([]schema.PanelMember, len(in.Panel))
	for i, m := range in.Panel {
		panel[i] = schema.PanelMember{Agency: m.AgencyID, Member: m.MemberID}
	}
	err = op.BestInterests.Create().SetID(id).SetCaseID(in.CaseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).
		SetRecordedBy(op.Scope.Member).SetKind(in.Kind).SetMatter(in.Matter).SetStandsFor(list(in.StandsFor)).SetPanel(panel).
		SetSealed(sealed).SetDecidedOn(decidedOn).SetReviewOn(review).Exec(ctx)
	if err != nil {
		return "", outward(err, "recording a decision")
	}
	voice := valueset.VoiceBestInterests
	statement := RecordConsentInput{CaseID: in.CaseID, Kind: valueset.ConsentKindSharing, Voice: &voice, Provisions: in.Provisions,
		Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace, bestInterests: &id, LegalAdvice: in.LegalAdvice}
	if _, err := storeStatement(ctx, op, statement, decidedOn); err != nil {
		return "", err
	}
	if err := in.toSign(ctx, op, id); err != nil {
		return "", err
	}
	if err := endRefused(ctx, op, in.CaseID, in.Provisions); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "record best interests", in.CaseID)
}

// toSign signs an assessment as its case worker, and tells those who have to sign.
func (in RecordBestInterestsInput) toSign(ctx context.Context, op *store.Op, id string) error {
	if in.Kind == valueset.BestInterestsKindAssessment {
		if err := sign(ctx, op, id, in.CaseID, valueset.SignatureCapacityWorker); err != nil {
			return err
		}
		return op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindToSign, id)
	}
	for _, m := range in.Panel {
		if err := op.NotifyHolder(ctx, m.AgencyID, m.MemberID, valueset.NoticeKindToSign, id); err != nil {
			return err
		}
	}
	return nil
}

func (in RecordBestInterestsInput) times(now int64) (decidedOn, review int64) {
	decidedOn = value(in.DecidedOn, now)
	longest := year
	if in.Kind == valueset.BestInterestsKindAssessment {
		longest = assessedFor
	}
	return decidedOn, value(in.ReviewOn, decidedOn+longest)
}

func (in RecordBestInterestsInput) validate(s *rule.Scope) error {
	p := &problems{}
	if !in.Kind.Valid() {
		p.add("kind", "say ASSESSMENT or DETERMINATION (E5)")
	}
	if !in.Matter.Valid() {
		p.add("matter", "name what it is about (E5)")
	}
	for _, v := range in.StandsFor {
		if v != valueset.VoicePerson && v != valueset.VoiceCaregiver {
			p.add("standsFor", "it stands in place of the voices PERSON and CAREGIVER alone (E5)")
		}
	}
	for field, text := range map[string]string{"options": in.Options, "views": in.Views, "reasons": in.Reasons} {
		if text == "" {
			p.add(field, "a decision has the options that were weighed, her views and the reasons (E5)")
		}
		p.text(field, &text, canon.Text)
	}
	p.past("decidedOn", in.DecidedOn, s.Now)
	decidedOn, review := in.times(s.Now)
	switch {
	case review <= decidedOn:
		p.add("reviewOn", "the review comes after the decision (E5)")
	case in.Kind == valueset.BestInterestsKindAssessment && review > decidedOn+assessedFor:
		p.add("reviewOn", "an assessment is valid for 30 days at most (E5)")
	case review > decidedOn+year:
		p.add("reviewOn", "a determination is reviewed within a year (E5)")
	}
	in.panel(p)
	return p.err()
}

// panel checks who sits on it. Whether they are members of those agencies shows when they
// sign: nobody else can.
func (in RecordBestInterestsInput) panel(p *problems) {
	if in.Kind == valueset.BestInterestsKindAssessment {
		if in.Matter != valueset.BestInterestsMatterUrgentCare && in.Matter != valueset.BestInterestsMatterReferral {
			p.add("matter", "return, separation and justice need a determination by a panel (E5)")
		}
		if len(in.Panel) > 0 {
			p.add("panel", "an assessment has no panel: a supervisor signs it (E5)")
		}
		return
	}
	members, agencies := map[string]bool{}, map[string]bool{}
	for i, m := range in.Panel {
		if m == nil || !pubid.Valid(m.AgencyID, "agency") || !pubid.Valid(m.MemberID, "member") {
			p.add(index("panel", i), "name the agency and the member by their ids")
			continue
		}
		members[m.MemberID], agencies[m.AgencyID] = true, true
	}
	if len(members) < 3 || len(agencies) < 2 || len(members) != len(in.Panel) {
		p.add("panel", "a panel has at least three people, each named once, of at least two agencies (E5)")
	}
}

// SignBestInterests signs a decision in somebody's best interests, as a supervisor of the
// owner or as one of the panel that it names. To anybody else, and with another reference
// than the case's, it is not there. Once enough have signed, it is in effect (E5).
func SignBestInterests(ctx context.Context, op *store.Op, in SignBestInterestsInput) (caseID string, err error) {
	if !pubid.Valid(in.BestInterestsID, "interests") {
		return "", errs.NotHere()
	}
	row, err := toBeSigned(ctx, op, in)
	if err != nil {
		return "", err
	}
	if err := op.Lock(ctx, row.CaseID); err != nil {
		return "", err
	}
	signed, err := op.InterestsSignature.Query().Where(interestssignature.InterestsID(row.ID), interestssignature.MemberID(op.Scope.Member)).
		Exist(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return "", outward(err, "reading the signatures")
	}
	if signed {
		return "", errs.New(errs.Conflict, "you have signed this decision already").WithFields("bestInterestsID")
	}
	capacity := valueset.SignatureCapacityPanel
	if row.Kind == valueset.BestInterestsKindAssessment {
		capacity = valueset.SignatureCapacitySupervisor
	}
	if err := sign(ctx, op, row.ID, row.CaseID, capacity); err != nil {
		return "", err
	}
	return row.CaseID, decided(ctx, op, "sign best interests", row.CaseID)
}

// toBeSigned returns a decision that the viewer may sign. It is looked for before the case
// is locked, as openCase does.
func toBeSigned(ctx context.Context, op *store.Op, in SignBestInterestsInput) (*ent.BestInterests, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	row, err := op.BestInterests.Query().Where(bestinterests.ID(in.BestInterestsID)).Only(ctx)
	if err != nil {
		return nil, outward(err, "reading the decision")
	}
	c, err := op.CaseFile.Query().Where(casefile.ID(row.CaseID)).Only(ctx)
	if err != nil {
		return nil, outward(err, "reading the case")
	}
	if reference, err := caseref.Parse(in.Reference); err != nil || reference != c.Reference {
		return nil, errs.NotHere()
	}
	may := slices.Contains(row.Panel, schema.PanelMember{Agency: op.Scope.Agency, Member: op.Scope.Member})
	if row.Kind == valueset.BestInterestsKindAssessment {
		may = op.Scope.Supervisor && c.OwnerID == op.Scope.Agency && row.RecordedBy != op.Scope.Member
	}
	if !may {
		return nil, errs.NotHere()
	}
	return row, nil
}

func sign(ctx context.Context, op *store.Op, id, caseID string, as valueset.SignatureCapacity) error {
	err := op.InterestsSignature.Create().SetCaseID(caseID).SetInterestsID(id).SetAgencyID(op.Scope.Agency).
		SetMemberID(op.Scope.Member).SetCapacity(as).SetSignedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return outward(err, "signing a decision")
	}
	op.Touch(caseID)
	return nil
}
