package store

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Because says why the rows of this operation are corrected; nil where the corrector
// said nothing.
func (o *Op) Because(reason *valueset.CorrectionReason) { o.because = reason }

// keepHistory stores what was before a change, in the change's own transaction: the
// former version of a part that is corrected, and the owner that a case had. It hangs on
// the client, so that no writer can leave it out; on PostgreSQL triggers say the same.
func (o *Op) keepHistory(ctx context.Context, s *rule.Scope, m ent.Mutation) error {
	if c, ok := m.(*ent.CaseFileMutation); ok && !m.Op().Is(ent.OpCreate) {
		return o.keepOwner(ctx, c)
	}
	if rule.PartCategory(m.Type()) == "" || m.Op().Is(ent.OpCreate) {
		return nil
	}
	if s.Mode != rule.Request || m.Op().Is(ent.OpDelete|ent.OpDeleteOne) {
		return errs.New(errs.Internal, "a row of %s is corrected by a request, and never deleted", m.Type())
	}
	c, ok := m.(correction)
	if !ok {
		return errs.New(errs.Internal, "no former versions of %s are kept", m.Type())
	}
	ids, err := c.IDs(ctx)
	if err != nil {
		return failed(err, "reading what is corrected")
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := o.standing(ctx, m, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := o.keep(ctx, m.Type()+"Version", r); err != nil {
			return err
		}
	}
	c.ResetVersion()
	c.AddVersion(1)
	c.SetCorrectedOn(o.Scope.Now)
	c.SetCorrectedBy(o.Scope.Member)
	return nil
}

// correction is what the mutations of all parts can do.
type correction interface {
	IDs(context.Context) ([]string, error)
	ResetVersion()
	AddVersion(int)
	SetCorrectedOn(int64)
	SetCorrectedBy(string)
}

// before is a row as it stands before it is corrected.
type before struct {
	id, caseID, contributor string
	version                 int
	occurredOn              *int64
	recordedOn              int64
	recordedBy              string
	correctedOn             *int64
	correctedBy             *string
	content                 any
	kept                    keeper
	exec                    func(context.Context) error
}

// keeper is what the mutations of all former versions can do.
type keeper interface {
	SetID(string)
	SetCaseID(string)
	SetContributorID(string)
	SetRowID(string)
	SetVersion(int)
	SetOccurredOn(int64)
	SetRecordedOn(int64)
	SetRecordedBy(string)
	SetSupersededOn(int64)
	SetSupersededBy(string)
	SetReason(valueset.CorrectionReason)
	SetSealed([]byte)
}

// standing reads the rows as they stand. An entity that it does not know is not
// corrected.
func (o *Op) standing(ctx context.Context, m ent.Mutation, ids []string) ([]before, error) {
	read, ok := standings[m.Type()]
	if !ok {
		return nil, errs.New(errs.Internal, "no former versions of %s are kept", m.Type())
	}
	rows, err := read(ctx, o, ids)
	if err != nil {
		return nil, failed(err, "reading what is corrected")
	}
	return rows, nil
}

// standings read the rows of each part as they stand.
var standings = map[string]func(context.Context, *Op, []string) ([]before, error){
	ent.TypeIdentity: rowsBefore(func(o *Op) *ent.IdentityQuery { return o.Identity.Query() }, func(o *Op, r *ent.Identity) before {
		c := o.IdentityVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.IdentityContent, c.Mutation(), c.Exec}
	}),
	ent.TypeContact: rowsBefore(func(o *Op) *ent.ContactQuery { return o.Contact.Query() }, func(o *Op, r *ent.Contact) before {
		c := o.ContactVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.ContactContent, c.Mutation(), c.Exec}
	}),
	ent.TypeProfile: rowsBefore(func(o *Op) *ent.ProfileQuery { return o.Profile.Query() }, func(o *Op, r *ent.Profile) before {
		c := o.ProfileVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, ProfileContent(r), c.Mutation(), c.Exec}
	}),
	ent.TypeTrafficking: rowsBefore(func(o *Op) *ent.TraffickingQuery { return o.Trafficking.Query() }, func(o *Op, r *ent.Trafficking) before {
		c := o.TraffickingVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, TraffickingContent(r), c.Mutation(), c.Exec}
	}),
	ent.TypeNarrative: rowsBefore(func(o *Op) *ent.NarrativeQuery { return o.Narrative.Query() }, func(o *Op, r *ent.Narrative) before {
		c := o.NarrativeVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.NarrativeContent, c.Mutation(), c.Exec}
	}),
	ent.TypeWhereabouts: rowsBefore(func(o *Op) *ent.WhereaboutsQuery { return o.Whereabouts.Query() }, func(o *Op, r *ent.Whereabouts) before {
		c := o.WhereaboutsVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.WhereaboutsContent, c.Mutation(), c.Exec}
	}),
	ent.TypeFamily: rowsBefore(func(o *Op) *ent.FamilyQuery { return o.Family.Query() }, func(o *Op, r *ent.Family) before {
		c := o.FamilyVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.FamilyContent, c.Mutation(), c.Exec}
	}),
	ent.TypeProtection: rowsBefore(func(o *Op) *ent.ProtectionQuery { return o.Protection.Query() }, func(o *Op, r *ent.Protection) before {
		c := o.ProtectionVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.ProtectionContent, c.Mutation(), c.Exec}
	}),
	ent.TypeHealth: rowsBefore(func(o *Op) *ent.HealthQuery { return o.Health.Query() }, func(o *Op, r *ent.Health) before {
		c := o.HealthVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.HealthContent, c.Mutation(), c.Exec}
	}),
	ent.TypeHealthRestricted: rowsBefore(func(o *Op) *ent.HealthRestrictedQuery { return o.HealthRestricted.Query() }, func(o *Op, r *ent.HealthRestricted) before {
		c := o.HealthRestrictedVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.HealthRestrictedContent, c.Mutation(), c.Exec}
	}),
	ent.TypeAssistance: rowsBefore(func(o *Op) *ent.AssistanceQuery { return o.Assistance.Query() }, func(o *Op, r *ent.Assistance) before {
		c := o.AssistanceVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, AssistanceContent(r), c.Mutation(), c.Exec}
	}),
	ent.TypeProceeding: rowsBefore(func(o *Op) *ent.ProceedingQuery { return o.Proceeding.Query() }, func(o *Op, r *ent.Proceeding) before {
		c := o.ProceedingVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.ProceedingContent, c.Mutation(), c.Exec}
	}),
	ent.TypeSuspect: rowsBefore(func(o *Op) *ent.SuspectQuery { return o.Suspect.Query() }, func(o *Op, r *ent.Suspect) before {
		c := o.SuspectVersion.Create()
		return before{r.ID, r.CaseID, r.ContributorID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy, r.SuspectContent, c.Mutation(), c.Exec}
	}),
}

// rowsQuery is what all queries can do.
type rowsQuery[Q, P, R any] interface {
	Where(...P) Q
	All(context.Context) ([]*R, error)
}

func rowsBefore[Q rowsQuery[Q, P, R], P ~func(*sql.Selector), R any](query func(*Op) Q, of func(*Op, *R) before) func(context.Context, *Op, []string) ([]before, error) {
	return func(ctx context.Context, o *Op, ids []string) ([]before, error) {
		rows, err := query(o).Where(P(sql.FieldIn("id", ids...))).All(ctx)
		out := make([]before, len(rows))
		for i, r := range rows {
			out[i] = of(o, r)
		}
		return out, err
	}
}

type keepingKey struct{}

// keeping: the row is stored by the change that it belongs to.
func keeping(ctx context.Context) bool { return ctx.Value(keepingKey{}) != nil }

// keep stores a row as it stands as a former version.
func (o *Op) keep(ctx context.Context, entity string, r before) error {
	id := pubid.New("version")
	sealed, err := o.seal(ctx, seal.Row{Entity: entity, ID: id, Case: r.caseID, Contributor: r.contributor}, r.content)
	if err != nil {
		return err
	}
	if r.correctedOn != nil && r.correctedBy != nil {
		r.recordedOn, r.recordedBy = *r.correctedOn, *r.correctedBy
	}
	v := r.kept
	v.SetID(id)
	v.SetCaseID(r.caseID)
	v.SetContributorID(r.contributor)
	v.SetRowID(r.id)
	v.SetVersion(r.version)
	if r.occurredOn != nil {
		v.SetOccurredOn(*r.occurredOn)
	}
	v.SetRecordedOn(r.recordedOn)
	v.SetRecordedBy(r.recordedBy)
	v.SetSupersededOn(o.Scope.Now)
	v.SetSupersededBy(o.Scope.Member)
	if o.because != nil {
		v.SetReason(*o.because)
	}
	v.SetSealed(sealed)
	return r.exec(context.WithValue(ctx, keepingKey{}, true))
}

// keepOwner stores the change of a case's owner. The case may be closed to its new owner
// until policy has decided: it is read as policy does.
func (o *Op) keepOwner(ctx context.Context, m *ent.CaseFileMutation) error {
	owner, changes := m.OwnerID()
	if !changes {
		return nil
	}
	asPolicy := rule.InMode(ctx, rule.Policy)
	ids, err := m.IDs(asPolicy)
	if err != nil || len(ids) == 0 {
		return err
	}
	rows, err := o.CaseFile.Query().Where(casefile.IDIn(ids...)).All(asPolicy)
	if err != nil {
		return failed(err, "reading whose a case is")
	}
	for _, r := range rows {
		if r.OwnerID == owner {
			continue
		}
		err := o.CaseTransfer.Create().SetCaseID(r.ID).SetFromID(r.OwnerID).SetContributorID(owner).SetRecordedBy(o.Scope.Member).
			SetRecordedOn(o.Scope.Now).SetVersion(r.Version + 1).Exec(context.WithValue(ctx, keepingKey{}, true))
		if err != nil {
			return err
		}
	}
	return nil
}

// ProfileContent returns what a version keeps of a row.
func ProfileContent(r *ent.Profile) schema.ProfileContent {
	return schema.ProfileContent{
		Sex:                 r.Sex,
		Gender:              r.Gender,
		BirthYearEarliest:   r.BirthYearEarliest,
		BirthYearLatest:     r.BirthYearLatest,
		Citizenships:        r.Citizenships,
		MaritalStatus:       r.MaritalStatus,
		NumberOfChildren:    r.NumberOfChildren,
		Education:           r.Education,
		PrimaryLanguage:     r.PrimaryLanguage,
		SecondaryLanguage:   r.SecondaryLanguage,
		InterpreterLanguage: r.InterpreterLanguage,
		AccessibilityNeeds:  r.AccessibilityNeeds,
		Deceased:            r.Deceased,
	}
}

// TraffickingContent returns what a version keeps of a row.
func TraffickingContent(r *ent.Trafficking) schema.TraffickingContent {
	return schema.TraffickingContent{
		Status:                   r.Status,
		DecidedBy:                r.DecidedBy,
		RelationshipToTrafficker: r.RelationshipToTrafficker,
		AgeWhenTrafficked:        r.AgeWhenTrafficked,
		RecruitmentWebsites:      r.RecruitmentWebsites,
		RecruitmentMethods:       r.RecruitmentMethods,
		RecruitmentPlace:         r.RecruitmentPlace,
		ControlMethods:           r.ControlMethods,
		ExploitationTypes:        r.ExploitationTypes,
		Industries:               r.Industries,
		SexExploitationTypes:     r.SexExploitationTypes,
		ExploitationWebsites:     r.ExploitationWebsites,
		PlaceKind:                r.PlaceKind,
		ExploitationPlace:        r.ExploitationPlace,
		ExploitationCountry:      r.ExploitationCountry,
	}
}

// AssistanceContent returns what a version keeps of a row.
func AssistanceContent(r *ent.Assistance) schema.AssistanceContent {
	return schema.AssistanceContent{
		State:       r.State,
		Service:     r.Service,
		SupportType: r.SupportType,
		Programme:   r.Programme,
		Provider:    r.Provider,
		Objectives:  r.Objectives,
		ActionPlan:  r.ActionPlan,
		StartedOn:   r.StartedOn,
		PlannedEnd:  r.PlannedEnd,
		EndedOn:     r.EndedOn,
	}
}
