package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/conference"
	"github.com/sala-exchange/sala/ent/conferencetask"
	"github.com/sala-exchange/sala/ent/consent"
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

// CallConferenceInput is a case conference (D9).
type CallConferenceInput struct {
	CaseID       string
	Purpose      category.Purpose // that of the operation
	ConsentID    string           // her statement that names every other agency
	Participants []*PanelMemberInput
	Subject      string
	HeldOn       int64 // UTC microseconds
}

// ConcludeConferenceInput is what a case conference decided (D9).
type ConcludeConferenceInput struct {
	ConferenceID string
	Decisions    string
	Tasks        []*ConferenceTaskInput
}

// ConferenceTaskInput is what a participant has to do.
type ConferenceTaskInput struct {
	MemberID string
	Task     string
	DueOn    int64 // UTC microseconds
}

// CallConference calls agencies together that may read the case for the purpose and that
// her statement names (D9). It opens nothing: each sees what its own accesses open, and the
// conference itself while they do.
func CallConference(ctx context.Context, op *store.Op, in CallConferenceInput) (string, error) {
	c, err := ownCase(ctx, op, in.CaseID)
	if err != nil {
		return "", err
	}
	agencies, err := in.validate(op.Scope)
	if err != nil {
		return "", err
	}
	for _, a := range agencies {
		if a == op.Scope.Agency {
			continue
		}
		if err := in.maySit(ctx, op, c.ID, a); err != nil {
			return "", err
		}
	}
	id := pubid.New("conference")
	sealed, err := op.Seal(ctx, ent.TypeConference, id, c.ID, schema.ConferenceContent{Subject: in.Subject})
	if err != nil {
		return "", err
	}
	people := make([]schema.PanelMember, len(in.Participants))
	for i, m := range in.Participants {
		people[i] = schema.PanelMember{Agency: m.AgencyID, Member: m.MemberID}
	}
	err = op.Conference.Create().SetID(id).SetCaseID(c.ID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).
		SetPurpose(in.Purpose).SetConsentID(in.ConsentID).SetParticipants(people).SetAgencyIds(agencies).SetSealed(sealed).SetHeldOn(in.HeldOn).Exec(ctx)
	if err != nil {
		return "", outward(err, "calling a case conference")
	}
	for _, m := range people {
		if err := op.NotifyHolder(ctx, m.Agency, m.Member, valueset.NoticeKindConferenceCalled, id); err != nil {
			return "", err
		}
	}
	return id, decided(ctx, op, "call conference", c.ID)
}

// validate returns the agencies that take part, in order, the viewer's among them.
func (in CallConferenceInput) validate(s *rule.Scope) ([]string, error) {
	p := &problems{}
	if in.Purpose != s.Purpose || !in.Purpose.OpensCase() {
		p.add("purpose", "state the purpose of the operation: each takes part for it")
	}
	if in.Subject == "" {
		p.add("subject", "say what it is about")
	}
	p.text("subject", &in.Subject, canon.Text)
	agencies, members := []string{s.Agency}, map[string]bool{}
	for i, m := range in.Participants {
		// Which agency it is, and which statement, is looked at below: one that is not there
		// is one that may not read the case.
		if m == nil || !pubid.Valid(m.MemberID, "member") || members[m.MemberID] {
			p.add(index("participants", i), "name the agency and the member by their ids, each once")
			continue
		}
		members[m.MemberID] = true
		agencies = append(agencies, m.AgencyID)
	}
	slices.Sort(agencies)
	agencies = slices.Compact(agencies)
	if len(agencies) < 2 {
		p.add("participants", "a conference is of at least two agencies (D9)")
	}
	return agencies, p.err()
}

// maySit: the agency reads rows of others in the case for the purpose now, and her
// statement names it for that purpose.
func (in CallConferenceInput) maySit(ctx context.Context, op *store.Op, caseID, agency string) error {
	ctx = rule.InMode(ctx, rule.Policy)
	reads, err := op.Access.Query().Where(access.CaseID(caseID), access.GranteeID(agency), access.Purpose(string(in.Purpose)), access.Action(rule.ActionRead),
		access.ReferrerIDNEQ(""), rule.InForce(op.Scope)).Exist(ctx)
	if err != nil {
		return outward(err, "reading the accesses of the case")
	}
	named, err := op.Provision.Query().Where(provision.CaseID(caseID), provision.ConsentID(in.ConsentID), provision.RecipientID(agency),
		provision.DecisionEQ(valueset.DecisionPermit), provision.ValidFromLTE(op.Scope.Now), provision.ValidUntilGT(op.Scope.Now),
		provision.HasConsentWith(consent.KindEQ(valueset.ConsentKindSharing))).All(ctx)
	if err != nil {
		return outward(err, "reading her statement")
	}
	if !reads || !slices.ContainsFunc(named, func(p *ent.Provision) bool { return slices.Contains(p.Purposes, in.Purpose) }) {
		return errs.New(errs.Conflict, "each agency that takes part may read the case for this purpose already, and her statement names it: refer the case to it first, or leave it out (D9)").WithFields("participants", "consentID")
	}
	return nil
}

// ConcludeConference records what a case conference decided and who does what until when;
// whoever has something to do is told (D9).
func ConcludeConference(ctx context.Context, op *store.Op, in ConcludeConferenceInput) (caseID string, err error) {
	c, err := openConference(ctx, op, in.ConferenceID)
	if err != nil {
		return "", err
	}
	if c.ContributorID != op.Scope.Agency {
		return "", errs.New(errs.Forbidden, "only the agency that called the conference records what it decided")
	}
	if c.ConcludedOn != nil || c.HeldOn > op.Scope.Now {
		return "", errs.New(errs.Conflict, "it is not held yet, or its decisions stand already").WithFields("conferenceID")
	}
	if err := in.validate(c, op.Scope.Now); err != nil {
		return "", err
	}
	sealed, err := op.Seal(ctx, ent.TypeConference, c.ID, c.CaseID, schema.ConferenceContent{Subject: c.Subject, Decisions: in.Decisions})
	if err != nil {
		return "", err
	}
	n, err := op.Conference.Update().Where(conference.ID(c.ID)).SetSealed(sealed).SetConcludedOn(op.Scope.Now).Save(ctx)
	if err != nil {
		return "", outward(err, "concluding a case conference")
	}
	if n != 1 {
		return "", errs.NotHere()
	}
	for _, t := range in.Tasks {
		if err := giveTask(ctx, op, c, t); err != nil {
			return "", err
		}
	}
	for _, m := range c.Participants {
		if err := op.NotifyHolder(ctx, m.Agency, m.Member, valueset.NoticeKindConferenceCalled, c.ID); err != nil {
			return "", err
		}
	}
	return c.CaseID, decided(ctx, op, "conclude conference", c.CaseID)
}

func (in ConcludeConferenceInput) validate(c *ent.Conference, now int64) error {
	p := &problems{}
	if in.Decisions == "" {
		p.add("decisions", "say what was decided (D9)")
	}
	p.text("decisions", &in.Decisions, canon.Text)
	for i, t := range in.Tasks {
		at := index("tasks", i)
		if t == nil || agencyOfParticipant(c, t.MemberID) == "" {
			p.add(at+".memberID", "a task is somebody's who takes part (D9)")
			continue
		}
		if t.Task == "" {
			p.add(at+".task", "say what is to be done")
		}
		p.text(at+".task", &t.Task, canon.Text)
		if t.DueOn <= now {
			p.add(at+".dueOn", "say until when, in the future")
		}
	}
	return p.err()
}

func agencyOfParticipant(c *ent.Conference, member string) string {
	for _, m := range c.Participants {
		if m.Member == member {
			return m.Agency
		}
	}
	return ""
}

func giveTask(ctx context.Context, op *store.Op, c *ent.Conference, t *ConferenceTaskInput) error {
	id, agency := pubid.New("task"), agencyOfParticipant(c, t.MemberID)
	sealed, err := op.Seal(ctx, ent.TypeConferenceTask, id, c.CaseID, schema.ConferenceTaskContent{Task: t.Task})
	if err != nil {
		return err
	}
	err = op.ConferenceTask.Create().SetID(id).SetCaseID(c.CaseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).
		SetConferenceID(c.ID).SetAgencyID(agency).SetMemberID(t.MemberID).SetSealed(sealed).SetDueOn(t.DueOn).Exec(ctx)
	if err != nil {
		return outward(err, "giving a task")
	}
	return op.NotifyHolder(ctx, agency, t.MemberID, valueset.NoticeKindConferenceTask, id)
}

// CompleteConferenceTask says that a task is done, for the agency that does it or the one
// that called the conference (D9).
func CompleteConferenceTask(ctx context.Context, op *store.Op, id string) (caseID string, err error) {
	if !pubid.Valid(id, "task") {
		return "", errs.NotHere()
	}
	t, err := op.ConferenceTask.Query().Where(conferencetask.ID(id)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading a task")
	}
	if _, err := openCase(ctx, op, t.CaseID); err != nil {
		return "", err
	}
	if t.AgencyID != op.Scope.Agency && t.ContributorID != op.Scope.Agency {
		return "", errs.New(errs.Forbidden, "only the agency that does it, and the one that called the conference, say that it is done")
	}
	n, err := op.ConferenceTask.Update().Where(conferencetask.ID(id), conferencetask.DoneOnIsNil()).SetDoneOn(op.Scope.Now).SetDoneBy(op.Scope.Member).Save(ctx)
	if err != nil {
		return "", outward(err, "completing a task")
	}
	if n != 1 {
		return "", errs.New(errs.Conflict, "it is done already").WithFields("id")
	}
	return t.CaseID, decided(ctx, op, "complete conference task", t.CaseID)
}

// openConference returns a conference that the viewer sees, its case locked.
func openConference(ctx context.Context, op *store.Op, id string) (*ent.Conference, error) {
	if !pubid.Valid(id, "conference") {
		return nil, errs.NotHere()
	}
	read := func() (*ent.Conference, error) {
		c, err := op.Conference.Query().Where(conference.ID(id)).Only(ctx)
		return c, outward(err, "reading a case conference")
	}
	c, err := read()
	if err != nil {
		return nil, err
	}
	if _, err := openCase(ctx, op, c.CaseID); err != nil {
		return nil, err
	}
	return read()
}
