package casework

import (
	"context"
	"regexp"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/legalbasis"
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

// rescued is how long a vital interest reaches at most, in microseconds: 72 hours (F2).
const rescued = int64(72 * time.Hour / time.Microsecond)

// EnterLegalBasisInput is a court's order, a statutory duty or a vital interest by which
// the viewer's agency asks for another's rows (F1).
type EnterLegalBasisInput struct {
	Reference     string // as it was spoken (I5)
	Kind          valueset.LegalBasisKind
	ContributorID string // the agency whose rows it asks for
	Purpose       category.Purpose
	Categories    []category.Category
	Authority     string  // the court, or who acts on the duty or the danger
	Number        *string // demanded of a COURT_ORDER
	Statute       *string // demanded of a STATUTORY_DUTY, with Article
	Article       *string
	DocumentHash  *string // SHA-256 in hexadecimal; demanded of all but a VITAL_INTEREST
	Coverage      string
	ValidFrom     *int64 // now where left out; UTC microseconds
	ValidUntil    int64
	Delay         *LegalDelayInput
}

// LegalDelayInput is a court's order that the person is told later (F1).
type LegalDelayInput struct {
	Until     int64
	Authority string
	Number    string
}

// CheckLegalBasisInput confirms or refuses a legal basis; a refusal has a reason.
type CheckLegalBasisInput struct {
	LegalBasisID string
	Confirm      bool
	Refusal      *valueset.LegalBasisRefusal
}

// EnterLegalBasis enters a legal basis for the rows of another agency, by the spoken
// reference of a case. It is answered, recorded and passed on alike whether there is a case
// with rows of that agency or not, and opens nothing until that agency has checked it (F1).
func EnterLegalBasis(ctx context.Context, op *store.Op, in EnterLegalBasisInput) (string, error) {
	there, err := op.Agency.Query().Where(agency.ID(in.ContributorID)).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the agency that is asked")
	}
	if err := in.validate(op.Scope, there); err != nil {
		return "", err
	}
	reference, _ := caseref.Parse(in.Reference)
	id := pubid.New("legalbasis")
	caseID, sealed, err := in.found(ctx, op, id, reference)
	if err != nil {
		return "", err
	}
	row := op.LegalBasis.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).
		SetRecordedBy(op.Scope.Member).SetKind(in.Kind).SetReference(reference).SetSourceID(in.ContributorID).SetPurpose(in.Purpose).
		SetCategories(in.Categories).SetSealed(sealed).SetValidFrom(value(in.ValidFrom, op.Scope.Now)).SetValidUntil(in.ValidUntil)
	if in.Delay != nil {
		row.SetDelayedUntil(in.Delay.Until)
	}
	if err := row.Exec(ctx); err != nil {
		return "", outward(err, "entering a legal basis")
	}
	if err := op.Notify(ctx, in.ContributorID, valueset.NoticeKindBasisToCheck, id); err != nil {
		return "", err
	}
	// About the agency that is asked, not about the case: the same for one that is unknown.
	return id, disclosure.DecideAbout(ctx, op, "enter legal basis", in.ContributorID, id)
}

// found looks for the case and seals what was entered for it; an empty id and nothing
// sealed where there is none with rows of the agency that is asked. It does the same work
// then, under another case's key, so that it takes as long.
func (in EnterLegalBasisInput) found(ctx context.Context, op *store.Op, id, reference string) (caseID string, sealed []byte, err error) {
	policy := rule.InMode(ctx, rule.Policy)
	c, err := op.CaseFile.Query().Where(casefile.Reference(reference)).Only(policy)
	if err != nil && !ent.IsNotFound(err) {
		return "", nil, outward(err, "looking for the case")
	}
	stand, err := op.CaseFile.Query().Order(ent.Asc(casefile.FieldID)).First(policy)
	if ent.IsNotFound(err) {
		return "", []byte{}, nil
	}
	if err != nil {
		return "", nil, outward(err, "looking for the case")
	}
	if c != nil {
		stand = c
	}
	has, err := hasRows(ctx, op, stand, in.ContributorID)
	if err != nil {
		return "", nil, err
	}
	sealed, err = op.Seal(ctx, ent.TypeLegalBasis, id, stand.ID, in.content())
	if err != nil {
		return "", nil, err
	}
	if c == nil || !has {
		return "", []byte{}, nil
	}
	return c.ID, sealed, nil
}

// hasRows reports whether an agency owns the case or has recorded a part of it.
func hasRows(ctx context.Context, op *store.Op, c *ent.CaseFile, agencyID string) (bool, error) {
	has, err := op.HasRows(ctx, c.ID, agencyID)
	return has || c.OwnerID == agencyID, err
}

func (in EnterLegalBasisInput) content() schema.LegalBasisContent {
	out := schema.LegalBasisContent{
		Authority: in.Authority, Number: value(in.Number, ""), Statute: value(in.Statute, ""), Article: value(in.Article, ""),
		DocumentHash: value(in.DocumentHash, ""), Coverage: in.Coverage,
	}
	if in.Delay != nil {
		out.DelayAuthority, out.DelayNumber = in.Delay.Authority, in.Delay.Number
	}
	return out
}

var documentHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (in EnterLegalBasisInput) validate(s *rule.Scope, there bool) error {
	p := &problems{}
	if _, err := caseref.Parse(in.Reference); err != nil {
		p.add("reference", "this is no case reference: have it spoken again (I5)")
	}
	if !there || in.ContributorID == s.Agency {
		p.add("contributorID", "name the other agency whose rows it asks for, from the list of agencies (F1)")
	}
	in.named(p)
	in.documented(p)
	from := value(in.ValidFrom, s.Now)
	longest := year
	if in.Kind == valueset.LegalBasisKindVitalInterest {
		longest = rescued
	}
	if in.ValidUntil <= from || in.ValidUntil <= s.Now || in.ValidUntil > max(from, s.Now)+longest {
		p.add("validUntil", "it ends after it starts, within a year; a vital interest within 72 hours (F1, F2)")
	}
	if in.ValidFrom != nil && *in.ValidFrom > s.Now+year {
		p.add("validFrom", "it starts within a year")
	}
	return p.err()
}

// named checks what it asks for (B1, C9, D8, F2).
func (in EnterLegalBasisInput) named(p *problems) {
	if !in.Purpose.OpensCase() {
		p.add("purpose", "name a purpose that opens cases (C2)")
	}
	alone, justice := 0, in.Purpose == category.ForJustice
	for i, c := range in.Categories {
		switch {
		case !c.Valid() || c == category.Case || slices.Index(in.Categories, c) != i:
			p.add(index("categories", i), "name each category once, and never CASE (B5)")
		case c == category.Whereabouts || c == category.HealthRestricted:
			alone++
		}
		if in.Purpose == category.Tracing && slices.Contains(neverTraced, c) {
			p.add(index("categories", i), "who traces her family learns nothing of exploitation (D8)")
		}
		if justice && in.Kind == valueset.LegalBasisKindStatutoryDuty && slices.Contains(byOrderAlone, c) {
			p.add(index("categories", i), "for JUSTICE this takes a court's order (C9)")
		}
	}
	if len(in.Categories) == 0 || alone > 0 && len(in.Categories) > 1 {
		p.add("categories", "name what it reaches; WHEREABOUTS and HEALTH_RESTRICTED each alone (B1)")
	}
	if justice && in.Kind == valueset.LegalBasisKindVitalInterest {
		p.add("purpose", "a vital interest is never for JUSTICE (F2)")
	}
}

// byOrderAlone are what nothing but a court's order opens for JUSTICE without her (C9).
var byOrderAlone = []category.Category{category.Whereabouts, category.Health, category.HealthRestricted, category.Narrative}

// documented checks the document, as a jurist enters it (F1).
func (in EnterLegalBasisInput) documented(p *problems) {
	if in.Authority == "" {
		p.add("authority", "name the court, or who acts on the duty or the danger (F1)")
	}
	if in.Coverage == "" {
		p.add("coverage", "say what it reaches and what it is for (F1)")
	}
	for field, text := range map[string]*string{"authority": &in.Authority, "number": in.Number, "statute": in.Statute, "article": in.Article, "coverage": &in.Coverage} {
		p.text(field, text, canon.Text)
	}
	hash := value(in.DocumentHash, "")
	if hash != "" && !documentHash.MatchString(hash) || hash == "" && in.Kind != valueset.LegalBasisKindVitalInterest {
		p.add("documentHash", "give the SHA-256 of the document as 64 hexadecimal digits (F1)")
	}
	switch in.Kind {
	case valueset.LegalBasisKindCourtOrder:
		if value(in.Number, "") == "" {
			p.add("number", "a court's order has a number (F1)")
		}
	case valueset.LegalBasisKindStatutoryDuty:
		if value(in.Statute, "") == "" || value(in.Article, "") == "" {
			p.add("statute", "name the statute and its article, as a jurist enters them (F1)")
		}
	case valueset.LegalBasisKindVitalInterest:
	default:
		p.add("kind", "say COURT_ORDER, STATUTORY_DUTY or VITAL_INTEREST (F1)")
	}
	if d := in.Delay; d != nil {
		if d.Authority == "" || d.Number == "" || d.Until <= value(in.ValidFrom, 0) || d.Until > in.ValidUntil+year {
			p.add("delay", "telling her later takes a court's order, with its number and an end within a year of the basis (F1)")
		}
		p.text("delay.authority", &d.Authority, canon.Text)
		p.text("delay.number", &d.Number, canon.Text)
	}
}

// CheckLegalBasis confirms or refuses a legal basis for rows of the viewer's agency, as its
// data-protection focal point who did not enter it. To anybody else it is not there.
// Confirmed it is in effect from now on; whoever entered it is told that it was decided
// about, in the same words either way (F1).
func CheckLegalBasis(ctx context.Context, op *store.Op, in CheckLegalBasisInput) (string, error) {
	row, err := basisOf(ctx, op, in.LegalBasisID)
	if err != nil {
		return "", err
	}
	if !op.Scope.ChecksBases() || row.SourceID != op.Scope.Agency || row.RecordedBy == op.Scope.Member {
		return "", errs.NotHere()
	}
	if row.State != valueset.LegalBasisStateWaiting {
		return "", errs.New(errs.Conflict, "this legal basis was decided about, or ended").WithFields("legalBasisID")
	}
	change := op.LegalBasis.Update().Where(legalbasis.ID(row.ID), legalbasis.StateEQ(valueset.LegalBasisStateWaiting)).
		SetCheckedOn(op.Scope.Now).SetCheckedBy(op.Scope.Member).SetCheckedAgency(op.Scope.Agency)
	switch {
	case !in.Confirm && (in.Refusal == nil || !in.Refusal.Valid()):
		return "", errs.New(errs.Invalid, "say why it is refused; that stays with your agency (F1)").WithFields("refusal")
	case !in.Confirm:
		change.SetState(valueset.LegalBasisStateRefused).SetRefusal(*in.Refusal)
	default:
		if err := confirmable(ctx, op, row); err != nil {
			return "", err
		}
		change.SetState(valueset.LegalBasisStateConfirmed)
	}
	if err := changedOne(change.Save(ctx)); err != nil {
		return "", err
	}
	if err := op.NotifyHolder(ctx, row.ContributorID, row.RecordedBy, valueset.NoticeKindBasisDecided, row.ID); err != nil {
		return "", err
	}
	if in.Confirm {
		if err := putToWork(ctx, op, row); err != nil {
			return "", err
		}
	}
	if in.Confirm {
		op.Touch(row.CaseID)
	}
	return row.ID, putOnRecord(ctx, op, row, "check legal basis")
}

// confirmable refuses what cannot be in effect.
func confirmable(ctx context.Context, op *store.Op, row *ent.LegalBasis) error {
	if row.ValidUntil <= op.Scope.Now {
		return errs.New(errs.Conflict, "its time is over: refuse it").WithFields("legalBasisID")
	}
	none := errs.New(errs.Conflict, "no rows of your agency stand under its reference: refuse it").WithFields("legalBasisID")
	if row.CaseID == "" {
		return none
	}
	c, err := op.CaseFile.Query().Where(casefile.ID(row.CaseID)).Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "reading the case")
	}
	has, err := hasRows(ctx, op, c, op.Scope.Agency)
	if err == nil && !has {
		err = none
	}
	return err
}

// putToWork puts whoever entered it on the case (D5), and tells the case's owner, which
// answers for the person's report.
func putToWork(ctx context.Context, op *store.Op, row *ent.LegalBasis) error {
	policy := rule.InMode(ctx, rule.Policy)
	c, err := op.CaseFile.Query().Where(casefile.ID(row.CaseID)).Only(policy)
	if err != nil {
		return outward(err, "reading the case")
	}
	works, err := op.Assignment.Query().Where(assignment.CaseID(row.CaseID), assignment.MemberID(row.RecordedBy), assignment.EndedOnIsNil()).Exist(policy)
	if err == nil && !works {
		err = op.Assignment.Create().SetCaseID(row.CaseID).SetAgencyID(row.ContributorID).SetMemberID(row.RecordedBy).SetSince(op.Scope.Now).Exec(policy)
	}
	if err != nil {
		return outward(err, "putting whoever entered it on the case")
	}
	return op.Notify(ctx, c.OwnerID, valueset.NoticeKindBasisDecided, row.ID)
}

// EndLegalBasis ends a legal basis before its time, for the agency that entered it or for
// the focal point of the one that checks it. What rested on it is shut from the next read on.
func EndLegalBasis(ctx context.Context, op *store.Op, id string) (string, error) {
	row, err := basisOf(ctx, op, id)
	if err != nil {
		return "", err
	}
	entered := row.ContributorID == op.Scope.Agency && op.Scope.CaseWork
	if !entered && !(row.SourceID == op.Scope.Agency && op.Scope.ChecksBases()) {
		return "", errs.NotHere()
	}
	if row.State != valueset.LegalBasisStateConfirmed && !(entered && row.State == valueset.LegalBasisStateWaiting) {
		return "", errs.New(errs.Conflict, "this legal basis is not in effect").WithFields("legalBasisID")
	}
	ended := func() (int, error) {
		return op.LegalBasis.Update().Where(legalbasis.ID(row.ID), legalbasis.StateEQ(row.State)).
			SetState(valueset.LegalBasisStateEnded).SetEndedOn(op.Scope.Now).SetEndedBy(op.Scope.Member).Save(ctx)
	}
	n, err := ended()
	if err == nil && n == 0 && row.State == valueset.LegalBasisStateWaiting {
		// It was confirmed just now: then its case is held, as for any that is in effect.
		if row, err = confirmedMeanwhile(ctx, op, row); err == nil {
			n, err = ended()
		}
	}
	if err := changedOne(n, err); err != nil {
		return "", err
	}
	told := row.SourceID
	if !entered {
		told = row.ContributorID
	}
	if err := op.Notify(ctx, told, valueset.NoticeKindBasisDecided, row.ID); err != nil {
		return "", err
	}
	if row.State == valueset.LegalBasisStateWaiting {
		return row.ID, disclosure.DecideAbout(ctx, op, "end legal basis", row.SourceID, row.ID)
	}
	op.Touch(row.CaseID)
	return row.ID, putOnRecord(ctx, op, row, "end legal basis")
}

// basisOf returns a legal basis that the viewer sees, and holds its case: not that of one
// which still waits and which the viewer's agency has entered, since to take that back has
// to be as quick whether there is a case or not.
func basisOf(ctx context.Context, op *store.Op, id string) (*ent.LegalBasis, error) {
	if !pubid.Valid(id, "legalbasis") {
		return nil, errs.NotHere()
	}
	read := func() (*ent.LegalBasis, error) {
		row, err := op.LegalBasis.Query().Where(legalbasis.ID(id)).Only(ctx)
		return row, outward(err, "reading the legal basis")
	}
	row, err := read()
	if err != nil || row.CaseID == "" || op.Holds(row.CaseID) || row.State == valueset.LegalBasisStateWaiting && row.ContributorID == op.Scope.Agency {
		return row, err
	}
	if err := op.Lock(ctx, row.CaseID); err != nil {
		return nil, err
	}
	return read()
}

// confirmedMeanwhile holds the case of a legal basis that was confirmed while it was taken
// back, and returns it as it stands.
func confirmedMeanwhile(ctx context.Context, op *store.Op, row *ent.LegalBasis) (*ent.LegalBasis, error) {
	if row.CaseID != "" {
		if err := op.Lock(ctx, row.CaseID); err != nil {
			return row, err
		}
	}
	now, err := op.LegalBasis.Query().Where(legalbasis.ID(row.ID), legalbasis.StateEQ(valueset.LegalBasisStateConfirmed)).Only(ctx)
	if ent.IsNotFound(err) {
		return row, nil // refused: there is nothing to end
	}
	if err != nil {
		return row, outward(err, "reading the legal basis")
	}
	return now, nil
}

func changedOne(n int, err error) error {
	if err != nil {
		return outward(err, "changing the legal basis")
	}
	if n != 1 {
		return errs.New(errs.Conflict, "this legal basis was decided about meanwhile").WithFields("legalBasisID")
	}
	return nil
}

// putOnRecord puts a decision about a legal basis on record: about its case where there is
// one, else about the agency that entered it.
func putOnRecord(ctx context.Context, op *store.Op, row *ent.LegalBasis, verb string) error {
	if row.CaseID == "" {
		return disclosure.DecideAbout(ctx, op, verb, row.ContributorID, row.ID)
	}
	return decided(ctx, op, verb, row.CaseID)
}

// LegalBases returns those that the viewer's agency has entered, to its case workers, and
// those that ask for its rows, to its focal point; the last first.
func LegalBases(ctx context.Context, op *store.Op, first int, state *valueset.LegalBasisState, before *int64) ([]*ent.LegalBasis, error) {
	q := op.LegalBasis.Query().Where(ofEitherSide(op.Scope)).Limit(first).Order(legalbasis.ByRecordedOn(sql.OrderDesc()), legalbasis.ByID())
	if state != nil {
		q.Where(legalbasis.StateEQ(*state))
	}
	if before != nil {
		q.Where(legalbasis.RecordedOnLT(*before))
	}
	rows, err := q.All(ctx)
	return rows, outward(err, "reading the legal bases")
}

func ofEitherSide(s *rule.Scope) func(*sql.Selector) {
	entered, asked := legalbasis.ContributorID(""), legalbasis.SourceID("")
	if s.CaseWork {
		entered = legalbasis.ContributorID(s.Agency)
	}
	if s.ChecksBases() {
		asked = legalbasis.SourceID(s.Agency)
	}
	return legalbasis.Or(entered, asked)
}
