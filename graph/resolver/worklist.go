package resolver

import (
	"context"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

// Worklist is what waits for the viewer, by roles. Its lists read ids alone; the rows of
// the page are read here, so that what is shown is what is on record.
func (query) Worklist(ctx context.Context, first int, after *ent.Cursor, orderBy *model.WorkOrder) (*model.WorkItemConnection, error) {
	_, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	order := casework.WorkSort{}
	if orderBy != nil {
		order.Since = orderBy.Field == model.WorkOrderFieldSince
		order.Descending = orderBy.Direction == entgql.OrderDirectionDesc
	}
	at, err := workPlace(after)
	if err != nil {
		return nil, err
	}
	items, more, err := casework.Worklist(ctx, op, workRoles(ctx, op), order, at, first)
	if err != nil {
		return nil, err
	}
	out := &model.WorkItemConnection{Edges: []*model.WorkItemEdge{}, PageInfo: &ent.PageInfo{HasNextPage: more}}
	rows, err := workRows(ctx, op, items)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		place := order.Place(items[i])
		c := ent.Cursor{ID: place.Item, Value: place.Value}
		out.Edges = append(out.Edges, &model.WorkItemEdge{Cursor: c, Node: r})
		if i == 0 {
			out.PageInfo.StartCursor = &c
		}
		out.PageInfo.EndCursor = &c
	}
	return out, nil
}

// workRoles is what the viewer does for the purpose of the operation, as policy permits it.
func workRoles(ctx context.Context, op *store.Op) casework.WorkRoles {
	p := operation.PermissionsOf(ctx)
	return casework.WorkRoles{
		CaseWorker: p.ReadCase && p.Refer, Supervisor: p.ReadCase && op.Scope.Supervisor, DataProtection: p.DecideErasure,
		Administrator: p.AdministerAgency, Notices: p.ReadOwn,
	}
}

func workPlace(after *ent.Cursor) (*casework.WorkPlace, error) {
	if after == nil {
		return nil, nil
	}
	at, ok := after.Value.(int64)
	if !ok {
		return nil, errs.New(errs.Invalid, "the cursor is not one of this list as you asked for it: take it from pageInfo of the same query").WithFields("after")
	}
	return &casework.WorkPlace{Value: at, Item: after.ID}, nil
}

// workRows reads what the entries are about, with what the document asks of it: one
// statement a table and edge, whatever the page holds. Cases and referrals are read
// whether asked for or not: their ids stand in the entry.
func workRows(ctx context.Context, op *store.Op, items []*casework.WorkItem) ([]*model.WorkItem, error) {
	var ofCases, ofReferrals, ofNotices []string
	for _, i := range items {
		switch {
		case i.CaseID != "":
			ofCases = append(ofCases, i.CaseID)
		case i.Reason == valueset.WorkReasonNoticeUnread:
			ofNotices = append(ofNotices, i.SubjectID)
		case i.Reason == valueset.WorkReasonReferralToAnswer || i.Reason == valueset.WorkReasonReplyAwaited:
			ofReferrals = append(ofReferrals, i.SubjectID)
		}
	}
	cases, err := asked[*ent.CaseFileQuery](ctx, "case", op.CaseFile.Query().Where(casefile.IDIn(ofCases...)), ofCases, (*ent.CaseFileQuery).All, func(r *ent.CaseFile) string { return r.ID })
	if err != nil {
		return nil, err
	}
	referrals, err := asked[*ent.ReferralQuery](ctx, "referral", op.Referral.Query().Where(referral.IDIn(ofReferrals...)), ofReferrals, (*ent.ReferralQuery).All, func(r *ent.Referral) string { return r.ID })
	if err != nil {
		return nil, err
	}
	notices, err := asked[*ent.NoticeQuery](ctx, "notice", op.Notice.Query().Where(notice.IDIn(ofNotices...)), ofNotices, (*ent.NoticeQuery).All, func(r *ent.Notice) string { return r.ID })
	if err != nil {
		return nil, err
	}
	out := make([]*model.WorkItem, len(items))
	for n, i := range items {
		out[n] = &model.WorkItem{WorkItem: i, Case: cases[i.CaseID], Referral: referrals[i.SubjectID], Notice: notices[i.SubjectID]}
	}
	return out, nil
}

type collects[Q any] interface {
	CollectFields(ctx context.Context, satisfies ...string) (Q, error)
}

// asked reads the rows of a query with what the document asks of them under edges, node
// and the field; by id.
func asked[Q collects[Q], T any](ctx context.Context, field string, q Q, ids []string, all func(Q, context.Context) ([]*T, error), id func(*T) string) (map[string]*T, error) {
	out := map[string]*T{}
	if len(ids) == 0 {
		return out, nil
	}
	if within, ok := under(ctx, "edges", "node", field); ok {
		var err error
		if q, err = q.CollectFields(within); err != nil {
			return nil, outward(err, "reading the worklist")
		}
	}
	rows, err := all(q, ctx)
	for _, r := range rows {
		out[id(r)] = r
	}
	return out, outward(err, "reading the worklist")
}

// under returns ctx as if the field at the path below the present one were resolved, and
// whether the document asks for it.
func under(ctx context.Context, path ...string) (context.Context, bool) {
	fc := *graphql.GetFieldContext(ctx)
	for _, name := range path {
		var below ast.SelectionSet
		for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), fc.Field.Selections, nil) {
			if f.Name == name {
				below = append(below, f.Selections...)
			}
		}
		if below == nil {
			return ctx, false
		}
		fc.Field.Selections = below
	}
	return graphql.WithFieldContext(ctx, &fc), true
}

// either limits rows to those of the predicate, or to all others.
func either(yes bool, p predicate.Notice) predicate.Notice {
	if yes {
		return p
	}
	return notice.Not(p)
}
