package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/breach"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/noticemark"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
)

// What an agency is told of, and what of it was read and acknowledged.

func (query) Notices(ctx context.Context, first int, after *ent.Cursor, orderBy *ent.NoticeOrder, unread, unacknowledged *bool) (*ent.NoticeConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	q := op.Notice.Query()
	if unread != nil {
		q.Where(either(*unread, casework.Unread(op)))
	}
	if unacknowledged != nil {
		q.Where(either(*unacknowledged, casework.Unacknowledged(op)))
	}
	c, err := q.Paginate(ctx, after, &first, nil, nil, ent.WithNoticeOrder(orderBy))
	return c, outward(err, "reading notices")
}

func (query) NoticeCounts(ctx context.Context) (*casework.NoticeCounts, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	return casework.CountNotices(ctx, op)
}

func (mutation) MarkNoticesRead(ctx context.Context, ids []string, key *string) (*model.NoticesPayload, error) {
	_, refused, err := change{"markNoticesRead", key, ids}.run(ctx, func(op *store.Op) ([]string, error) {
		return []string{}, casework.MarkNoticesRead(ctx, op, ids)
	})
	if err != nil || len(refused) > 0 {
		return &model.NoticesPayload{UserErrors: refused}, err
	}
	counts, err := query{}.NoticeCounts(ctx)
	return &model.NoticesPayload{Counts: counts}, err
}

func (mutation) AcknowledgeNotice(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"acknowledgeNotice", key, id}.changed(ctx, id, func(op *store.Op) error { return casework.AcknowledgeNotice(ctx, op, id) })
}

func (payload) Notice(ctx context.Context, p *model.Payload) (*ent.Notice, error) {
	return byID[*ent.NoticeQuery, ent.Notice](ctx, p.ID, func(op *store.Op) *ent.NoticeQuery {
		return op.Notice.Query().Where(notice.ID(p.ID))
	})
}

func (mutation) RevokeTransfer(ctx context.Context, caseID string, key *string) (*model.Payload, error) {
	return change{"revokeTransfer", key, caseID}.changed(ctx, caseID, func(op *store.Op) error { return casework.RevokeTransfer(ctx, op, caseID) })
}

func (mutation) DeclineTransfer(ctx context.Context, caseID string, key *string) (*model.Payload, error) {
	return change{"declineTransfer", key, caseID}.changed(ctx, caseID, func(op *store.Op) error { return casework.DeclineTransfer(ctx, op, caseID) })
}

func (mutation) ReportBreach(ctx context.Context, agreementID string, foundOn int64, key *string) (*model.Payload, error) {
	return change{"reportBreach", key, on{agreementID, foundOn}}.changed(ctx, agreementID, func(op *store.Op) error {
		return onboarding.ReportBreach(ctx, op, agreementID, foundOn)
	})
}

// marks are what of a notice counts for the viewer.
type marks struct {
	readOn       *int64
	acknowledged *ent.NoticeMark
}

type noticeOf struct{}

func marksOf(ctx context.Context, n *ent.Notice) (marks, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return marks{}, err
	}
	return b.marks.get(ctx, n.ID)
}

// ReadOn is the viewer's own.
func (noticeOf) ReadOn(ctx context.Context, n *ent.Notice) (*int64, error) {
	m, err := marksOf(ctx, n)
	return m.readOn, err
}

// AcknowledgedOn is the agency's.
func (noticeOf) AcknowledgedOn(ctx context.Context, n *ent.Notice) (*int64, error) {
	m, err := marksOf(ctx, n)
	if err != nil || m.acknowledged == nil {
		return nil, err
	}
	return &m.acknowledged.MarkedOn, nil
}

// AcknowledgedBy is a member of the viewer's agency.
func (noticeOf) AcknowledgedBy(ctx context.Context, n *ent.Notice) (*string, error) {
	m, err := marksOf(ctx, n)
	if err != nil || m.acknowledged == nil {
		return nil, err
	}
	return &m.acknowledged.MemberID, nil
}

func loadMarks(ctx context.Context, notices []string) (map[string]marks, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.NoticeMark.Query().Where(noticemark.NoticeIDIn(notices...),
		noticemark.ReaderIDIn(op.Scope.Member, op.Scope.Agency)).All(ctx)
	out := map[string]marks{}
	for _, r := range rows {
		m := out[r.NoticeID]
		if r.Kind == noticemark.KindREAD {
			m.readOn = &r.MarkedOn
		} else {
			m.acknowledged = r
		}
		out[r.NoticeID] = m
	}
	return out, outward(err, "reading the notices")
}

// Breaches of an agreement are for its parties, who alone see it.
func (agreementOf) Breaches(ctx context.Context, a *ent.Agreement) ([]*ent.Breach, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := b.breaches.get(ctx, a.ID)
	return orEmpty(rows), err
}

func loadBreaches(ctx context.Context, agreements []string) (map[string][]*ent.Breach, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Breach.Query().Where(breach.AgreementIDIn(agreements...)).Order(breach.ByReportedOn(), breach.ByID()).All(ctx)
	out := map[string][]*ent.Breach{}
	for _, r := range rows {
		out[r.AgreementID] = append(out[r.AgreementID], r)
	}
	return out, outward(err, "reading breaches")
}

type breachOf struct{}

// Agency is the party that reports it.
func (breachOf) Agency(ctx context.Context, b *ent.Breach) (*ent.Agency, error) {
	return agencyOf(ctx, b.AgencyID)
}

// Overdue: told later than the agreement's hours.
func (breachOf) Overdue(_ context.Context, b *ent.Breach) (bool, error) {
	return b.ReportedOn > b.DueOn, nil
}
