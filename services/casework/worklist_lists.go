package casework

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/breach"
	"github.com/sala-exchange/sala/ent/casechange"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/noticemark"
	"github.com/sala-exchange/sala/ent/preview"
	"github.com/sala-exchange/sala/ent/proposal"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/retention"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
)

// The lists that a worklist is made of. Each reads ids and times alone, so that what does
// not come into the page is in no answer and in no record.

// cases reads one list of cases.
func cases(ctx context.Context, op *store.Op, p *workPage, reason valueset.WorkReason, which ...func(*sql.Selector)) ([]*WorkItem, error) {
	var rows []struct {
		ID       string `sql:"id"`
		OpenedOn int64  `sql:"opened_on"`
	}
	q := op.CaseFile.Query()
	for _, w := range which {
		q.Where(w)
	}
	err := q.Where(goesOn, p.narrow(workKey{reason: reason, since: casefile.FieldOpenedOn})).
		Select(casefile.FieldID, casefile.FieldOpenedOn).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		i := item(reason, r.ID, &r.OpenedOn, nil)
		i.CaseID = r.ID
		out = append(out, i)
	}
	return out, err
}

func assignedToMe(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	return cases(ctx, op, p, valueset.WorkReasonAssignedToMe, heldBy(op, true, op.Scope.Member))
}

func assignedToTeam(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	teams := counted(op, "team")
	if len(teams) == 0 {
		return nil, nil
	}
	return cases(ctx, op, p, valueset.WorkReasonAssignedToTeam, heldBy(op, true, teams...), heldBy(op, false, op.Scope.Member))
}

func assignedToUnit(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	units := counted(op, "unit")
	if len(units) == 0 {
		return nil, nil
	}
	return cases(ctx, op, p, valueset.WorkReasonAssignedToUnit, heldBy(op, true, units...), heldBy(op, false, append(counted(op, "team"), op.Scope.Member)...))
}

func unassigned(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	return cases(ctx, op, p, valueset.WorkReasonUnassigned, heldBy(op, false))
}

func held(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	return cases(ctx, op, p, valueset.WorkReasonHeld, heldBy(op, true))
}

// closedToReview: closed by the owner, the last time within 30 days.
func closedToReview(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	var rows []struct {
		ID         string `sql:"id"`
		CaseID     string `sql:"case_id"`
		RecordedOn int64  `sql:"recorded_on"`
	}
	closing := []valueset.CaseState{valueset.CaseStateClosed, valueset.CaseStateClosedReferred}
	last := func(s *sql.Selector) {
		t := sql.Table(casechange.Table).As("later")
		later := sql.Dialect(s.Dialect()).Select(t.C(casechange.FieldID)).From(t).Where(sql.And(
			sql.ColumnsEQ(t.C(casechange.FieldCaseID), s.C(casechange.FieldCaseID)),
			sql.ColumnsGT(t.C(casechange.FieldVersion), s.C(casechange.FieldVersion)),
			sql.In(t.C(casechange.FieldToState), closedStates...), sql.NotIn(t.C(casechange.FieldFromState), closedStates...)))
		s.Where(sql.Not(sql.Exists(later)))
	}
	err := op.CaseChange.Query().Where(casechange.ContributorID(op.Scope.Agency), casechange.ToStateIn(closing...),
		casechange.FromStateNotIn(closing...), casechange.RecordedOnGT(op.Scope.Now-reviewed), inCases(op, casechange.FieldCaseID, true), last,
		p.narrow(workKey{reason: valueset.WorkReasonClosedToReview, due: casechange.FieldRecordedOn, since: casechange.FieldRecordedOn, late: reviewed})).
		Select(casechange.FieldID, casechange.FieldCaseID, casechange.FieldRecordedOn).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		due := r.RecordedOn + reviewed
		i := item(valueset.WorkReasonClosedToReview, r.ID, &r.RecordedOn, &due)
		i.CaseID = r.CaseID
		out = append(out, i)
	}
	return out, err
}

// unanswered are the states of a referral that waits for its receiver.
var unanswered = []valueset.ReferralState{valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting}

func referrals(ctx context.Context, op *store.Op, p *workPage, reason valueset.WorkReason, which ...func(*sql.Selector)) ([]*WorkItem, error) {
	var rows []struct {
		ID        string `sql:"id"`
		OfferedOn int64  `sql:"offered_on"`
		ReplyBy   int64  `sql:"reply_by"`
	}
	q := op.Referral.Query().Where(referral.StateIn(unanswered...), referral.ReplyByGT(op.Scope.Now))
	for _, w := range which {
		q.Where(w)
	}
	err := q.Where(p.narrow(workKey{reason: reason, due: referral.FieldReplyBy, since: referral.FieldOfferedOn})).
		Select(referral.FieldID, referral.FieldOfferedOn, referral.FieldReplyBy).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		out = append(out, item(reason, r.ID, &r.OfferedOn, &r.ReplyBy))
	}
	return out, err
}

// referralsToAnswer: those whose preview is open to the viewer. One that was revoked,
// expired or is without consent or agreement is not there (D2).
func referralsToAnswer(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	shown := func(s *sql.Selector) {
		t := sql.Table(preview.Table)
		previews := sql.Dialect(s.Dialect()).Select(t.C(preview.FieldReferralID)).From(t)
		wall, err := rule.ReadPredicate(op.Scope, "Preview")
		if err != nil {
			s.AddError(err)
			return
		}
		wall(previews)
		s.Where(sql.In(s.C(referral.FieldID), previews))
	}
	return referrals(ctx, op, p, valueset.WorkReasonReferralToAnswer, referral.ToID(op.Scope.Agency), shown)
}

func repliesAwaited(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	return referrals(ctx, op, p, valueset.WorkReasonReplyAwaited, referral.FromID(op.Scope.Agency))
}

// erasuresToConfirm are the agency's; within open cases only for who does not decide.
func erasuresToConfirm(within bool) workList {
	return func(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
		return erasures(ctx, op, p, valueset.WorkReasonErasureToConfirm, workKey{since: erasure.FieldAskedOn}, within, erasure.ConfirmedOnIsNil())
	}
}

func erasuresPlanned(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	return erasures(ctx, op, p, valueset.WorkReasonErasurePlanned, workKey{due: erasure.FieldDueOn, since: erasure.FieldConfirmedOn}, false, erasure.ConfirmedOnNotNil())
}

func erasures(ctx context.Context, op *store.Op, p *workPage, reason valueset.WorkReason, k workKey, within bool, which func(*sql.Selector)) ([]*WorkItem, error) {
	var rows []struct {
		ID          string  `sql:"id"`
		CaseID      string  `sql:"case_id"`
		Reference   *string `sql:"reference"`
		AskedOn     int64   `sql:"asked_on"`
		ConfirmedOn *int64  `sql:"confirmed_on"`
		DueOn       *int64  `sql:"due_on"`
	}
	k.reason = reason
	q := op.Erasure.Query().Where(erasure.StoppedOnIsNil(), erasure.DoneOnIsNil(), which)
	if within {
		q.Where(visibleCases(op, erasure.FieldCaseID))
	}
	err := q.Where(p.narrow(k)).Select(erasure.FieldID, erasure.FieldCaseID, erasure.FieldReference, erasure.FieldAskedOn,
		erasure.FieldConfirmedOn, erasure.FieldDueOn).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		since := &r.AskedOn
		if r.ConfirmedOn != nil {
			since = r.ConfirmedOn
		}
		out = append(out, decision(item(reason, r.ID, since, r.DueOn), r.CaseID, value(r.Reference, ""), within))
	}
	return out, err
}

func retentionDecisions(within bool) workList {
	return func(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
		var rows []struct {
			ID        string `sql:"id"`
			CaseID    string `sql:"case_id"`
			Reference string `sql:"reference"`
			StartedOn int64  `sql:"started_on"`
			DueOn     int64  `sql:"due_on"`
		}
		q := op.Retention.Query()
		if within {
			q.Where(visibleCases(op, retention.FieldCaseID))
		}
		reason := valueset.WorkReasonRetentionDecision
		err := q.Where(p.narrow(workKey{reason: reason, due: retention.FieldDueOn, since: retention.FieldStartedOn})).
			Select(retention.FieldID, retention.FieldCaseID, retention.FieldReference, retention.FieldStartedOn, retention.FieldDueOn).Scan(ctx, &rows)
		var out []*WorkItem
		for _, r := range rows {
			out = append(out, decision(item(reason, r.ID, &r.StartedOn, &r.DueOn), r.CaseID, r.Reference, within))
		}
		return out, err
	}
}

// decision names the case of an entry: to who sees it by the case itself, to who decides
// and reads no case by its spoken reference.
func decision(i *WorkItem, caseID, reference string, within bool) *WorkItem {
	if within {
		i.CaseID = caseID
	} else {
		i.Reference = reference
	}
	return i
}

// visibleCases limits rows to those of cases that are open to the viewer, in any state.
func visibleCases(op *store.Op, column string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		t := sql.Table(casefile.Table)
		sub := sql.Dialect(s.Dialect()).Select(t.C(casefile.FieldID)).From(t)
		wall, err := rule.ReadPredicate(op.Scope, "CaseFile")
		if err != nil {
			s.AddError(err)
			return
		}
		wall(sub)
		s.Where(sql.In(s.C(column), sub))
	}
}

// breaches: of other parties, that nobody of the viewer's agency has acknowledged.
func breaches(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	var rows []struct {
		ID         string `sql:"id"`
		ReportedOn int64  `sql:"reported_on"`
		DueOn      int64  `sql:"due_on"`
	}
	acknowledged := func(s *sql.Selector) {
		n, m := sql.Table(notice.Table).As("n"), sql.Table(noticemark.Table).As("m")
		s.Where(sql.NotIn(s.C(breach.FieldID), sql.Dialect(s.Dialect()).Select(n.C(notice.FieldSubjectID)).From(n).
			Join(m).On(m.C(noticemark.FieldNoticeID), n.C(notice.FieldID)).Where(sql.And(
			sql.EQ(n.C(notice.FieldAgencyID), op.Scope.Agency), sql.EQ(n.C(notice.FieldKind), string(valueset.NoticeKindBreachReported)),
			sql.EQ(m.C(noticemark.FieldKind), string(noticemark.KindACKNOWLEDGED))))))
	}
	reason := valueset.WorkReasonBreach
	err := op.Breach.Query().Where(breach.AgencyIDNEQ(op.Scope.Agency), acknowledged,
		p.narrow(workKey{reason: reason, due: breach.FieldDueOn, since: breach.FieldReportedOn})).
		Select(breach.FieldID, breach.FieldReportedOn, breach.FieldDueOn).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		out = append(out, item(reason, r.ID, &r.ReportedOn, &r.DueOn))
	}
	return out, err
}

// countersignatures: agreements that wait for the viewer's agency, until they are to begin.
func countersignatures(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	var rows []struct {
		ID        string `sql:"id"`
		ValidFrom int64  `sql:"valid_from"`
	}
	reason := valueset.WorkReasonCountersignature
	err := op.Agreement.Query().Where(agreement.EndedOnIsNil(), agreement.ValidUntilGT(op.Scope.Now),
		agreement.HasPartiesWith(agreementparty.AgencyID(op.Scope.Agency), agreementparty.SignedOnIsNil()),
		p.narrow(workKey{reason: reason, due: agreement.FieldValidFrom})).
		Select(agreement.FieldID, agreement.FieldValidFrom).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		out = append(out, item(reason, r.ID, nil, &r.ValidFrom))
	}
	return out, err
}

func membersWithoutRoles(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	var rows []struct {
		ID        string `sql:"id"`
		CreatedOn int64  `sql:"created_on"`
	}
	none := func(s *sql.Selector) {
		roles := "CAST(" + s.C(member.FieldRoles) + " AS TEXT)" // SQLite keeps it as bytes
		s.Where(sql.P(func(b *sql.Builder) { b.WriteString(roles + " IN ('[]', 'null')") }))
	}
	reason := valueset.WorkReasonMemberWithoutRoles
	err := op.Member.Query().Where(member.Active(true), none, p.narrow(workKey{reason: reason, since: member.FieldCreatedOn})).
		Select(member.FieldID, member.FieldCreatedOn).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		out = append(out, item(reason, r.ID, &r.CreatedOn, nil))
	}
	return out, err
}

func proposalsToCountersign(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	var rows []struct {
		ID            string `sql:"id"`
		ProposedOn    int64  `sql:"proposed_on"`
		EffectiveFrom *int64 `sql:"effective_from"`
	}
	reason := valueset.WorkReasonProposalToCountersign
	err := op.Proposal.Query().Where(proposal.AgencyID(op.Scope.Agency), proposal.RefusedOnIsNil(), proposal.CountersignedOnIsNil(),
		proposal.KindIn(valueset.ProposalKindSignIn, valueset.ProposalKindAdministrator),
		proposal.Or(proposal.EffectiveFromIsNil(), proposal.EffectiveFromGT(op.Scope.Now)),
		p.narrow(workKey{reason: reason, due: proposal.FieldEffectiveFrom, since: proposal.FieldProposedOn})).
		Select(proposal.FieldID, proposal.FieldProposedOn, proposal.FieldEffectiveFrom).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		out = append(out, item(reason, r.ID, &r.ProposedOn, r.EffectiveFrom))
	}
	return out, err
}

func noticesUnread(ctx context.Context, op *store.Op, p *workPage) ([]*WorkItem, error) {
	var rows []struct {
		ID        string `sql:"id"`
		CreatedOn int64  `sql:"created_on"`
	}
	reason := valueset.WorkReasonNoticeUnread
	err := op.Notice.Query().Where(Unread(op), p.narrow(workKey{reason: reason, since: notice.FieldCreatedOn})).
		Select(notice.FieldID, notice.FieldCreatedOn).Scan(ctx, &rows)
	var out []*WorkItem
	for _, r := range rows {
		out = append(out, item(reason, r.ID, &r.CreatedOn, nil))
	}
	return out, err
}
