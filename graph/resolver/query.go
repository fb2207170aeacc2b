package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/assistance"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/disclosure"
	"github.com/sala-exchange/sala/ent/family"
	"github.com/sala-exchange/sala/ent/health"
	"github.com/sala-exchange/sala/ent/healthrestricted"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/proceeding"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/protection"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/ent/whereabouts"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/casework"
)

type query struct{}

// Me is the viewer.
func (query) Me(ctx context.Context) (*model.Me, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	a, err := agencyOf(ctx, v.Agency)
	if err != nil {
		return nil, err
	}
	return &model.Me{ID: v.Member, Agency: a, Roles: v.Roles}, nil
}

// nodes are the tables whose rows have a type of their own in the API, by the
// prefix of their ids. Everything else is hidden from node(id:).
var nodes = map[string]string{
	"agency": agency.Table, "agreement": agreement.Table, "case": casefile.Table, "consent": consent.Table,
	"contact": contact.Table, "disclosure": disclosure.Table, "identity": identity.Table, "narrative": narrative.Table,
	"notice": notice.Table, "profile": profile.Table, "referral": referral.Table, "trafficking": trafficking.Table,
	"whereabouts":      whereabouts.Table,
	"family":           family.Table,
	"protection":       protection.Table,
	"health":           health.Table,
	"healthrestricted": healthrestricted.Table,
	"assistance":       assistance.Table,
	"proceeding":       proceeding.Table,
	"suspect":          suspect.Table,
}

// Node gives null for an id that is not there, not the viewer's, of a hidden type
// or malformed: four answers alike (threats.md 13).
func (query) Node(ctx context.Context, id string) (ent.Noder, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	table, ok := nodes[pubid.Prefix(id)]
	if !ok {
		return nil, nil
	}
	if table == casefile.Table {
		c, err := caseByID(ctx, id)
		if c == nil {
			return nil, err
		}
		return c, err
	}
	n, err := op.Noder(ctx, id, ent.WithFixedNodeType(table))
	if err = outward(err, "reading a row by its id"); errs.KindOf(err) == errs.Withheld {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Case gives null for whatever is not a case that is open to the viewer.
func (query) Case(ctx context.Context, id string) (*ent.CaseFile, error) {
	return caseByID(ctx, id)
}

func (query) Agencies(ctx context.Context, first int, after *ent.Cursor) (*ent.AgencyConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	c, err := op.Agency.Query().Paginate(ctx, after, &first, nil, nil)
	return c, outward(err, "reading agencies")
}

func (query) Agreements(ctx context.Context, first int, after *ent.Cursor) (*ent.AgreementConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	c, err := op.Agreement.Query().Paginate(ctx, after, &first, nil, nil)
	return c, outward(err, "reading agreements")
}

func (query) Cases(ctx context.Context, first int, after *ent.Cursor, orderBy *ent.CaseOrder, filter *model.CaseFilter) (*ent.CaseConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	q, err := filtered(op, op.CaseFile.Query(), filter)
	if err != nil {
		return nil, err
	}
	c, err := q.Paginate(ctx, after, &first, nil, nil, ent.WithCaseOrder(orderBy))
	return c, outward(err, "reading cases")
}

// filtered applies the allow-list: fields of the CASE row alone, which whoever sees
// the case sees (B5, threats.md 15), and who of the viewer's own agency holds it.
func filtered(op *store.Op, q *ent.CaseFileQuery, f *model.CaseFilter) (*ent.CaseFileQuery, error) {
	if f == nil {
		return q, nil
	}
	if f.Kind != nil {
		q.Where(casefile.KindEQ(*f.Kind))
	}
	if f.State != nil {
		q.Where(casefile.StateEQ(*f.State))
	}
	if f.OccurredFrom != nil {
		q.Where(casefile.OccurredOnGTE(*f.OccurredFrom))
	}
	if f.OccurredBefore != nil {
		q.Where(casefile.OccurredOnLT(*f.OccurredBefore))
	}
	if f.Assigned != nil {
		q.Where(casework.AssignedTo(op, *f.Assigned))
	}
	if f.Reference != nil {
		ref, err := caseref.Parse(*f.Reference)
		if err != nil {
			return nil, errs.New(errs.Invalid, "the reference has not the form of one, or its check digit is wrong: read it again").WithFields("filter.reference")
		}
		q.Where(casefile.Reference(ref))
	}
	return q, nil
}

func (query) Referrals(ctx context.Context, first int, after *ent.Cursor, box model.ReferralBox, orderBy *ent.ReferralOrder) (*ent.ReferralConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	side := referral.ToID(op.Scope.Agency)
	if box == model.ReferralBoxOutbox {
		side = referral.FromID(op.Scope.Agency)
	}
	c, err := op.Referral.Query().Where(side).Paginate(ctx, after, &first, nil, nil, ent.WithReferralOrder(orderBy))
	return c, outward(err, "reading referrals")
}

func (query) Consents(ctx context.Context, first int, after *ent.Cursor, caseID string) (*ent.ConsentConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	// The case is looked at once: a walk over the statements of a hidden one would take
	// the longer the more there are.
	open, err := op.CaseByID(caseID).Exist(ctx)
	if err != nil {
		return nil, outward(err, "reading the case")
	}
	if !open {
		caseID = ""
	}
	c, err := op.Consent.Query().Where(consent.CaseID(caseID)).Paginate(ctx, after, &first, nil, nil)
	return c, outward(err, "reading statements")
}

func (query) Disclosures(ctx context.Context, first int, after *ent.Cursor, caseID *string, orderBy *ent.DisclosureOrder) (*ent.DisclosureConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	q := op.Disclosure.Query()
	if caseID != nil {
		q.Where(disclosure.CaseID(*caseID))
	}
	c, err := q.Paginate(ctx, after, &first, nil, nil, ent.WithDisclosureOrder(orderBy))
	return c, outward(err, "reading disclosures")
}
