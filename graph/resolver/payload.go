package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/graph/model"
)

// payload reads back what a mutation made, through both walls and under the new
// accesses; null where the input was refused or the row is not the viewer's to see.
type payload struct{}

// one is what every generated query can do.
type one[Q any, T any] interface {
	CollectFields(ctx context.Context, satisfies ...string) (Q, error)
	Only(ctx context.Context) (*T, error)
}

// byID finishes a query for the row of id with what the document asks of it.
func byID[Q one[Q, T], T any](ctx context.Context, id string, query func(*store.Op) Q) (*T, error) {
	op, err := store.OpOf(ctx)
	if err != nil || id == "" {
		return nil, err
	}
	q, err := query(op).CollectFields(ctx)
	if err != nil {
		return nil, outward(err, "reading a row")
	}
	row, err := q.Only(ctx)
	return visible(row, err, "reading a row")
}

func caseByID(ctx context.Context, id string) (*ent.CaseFile, error) {
	return byID[*ent.CaseFileQuery, ent.CaseFile](ctx, id, func(op *store.Op) *ent.CaseFileQuery {
		return op.CaseFile.Query().Where(casefile.ID(id))
	})
}

func (payload) Case(ctx context.Context, p *model.Payload) (*ent.CaseFile, error) {
	return caseByID(ctx, p.ID)
}

func (payload) Identity(ctx context.Context, p *model.Payload) (*ent.Identity, error) {
	return byID[*ent.IdentityQuery, ent.Identity](ctx, p.ID, func(op *store.Op) *ent.IdentityQuery {
		return op.Identity.Query().Where(identity.ID(p.ID))
	})
}

func (payload) Contact(ctx context.Context, p *model.Payload) (*ent.Contact, error) {
	return byID[*ent.ContactQuery, ent.Contact](ctx, p.ID, func(op *store.Op) *ent.ContactQuery {
		return op.Contact.Query().Where(contact.ID(p.ID))
	})
}

func (payload) Profile(ctx context.Context, p *model.Payload) (*ent.Profile, error) {
	return byID[*ent.ProfileQuery, ent.Profile](ctx, p.ID, func(op *store.Op) *ent.ProfileQuery {
		return op.Profile.Query().Where(profile.ID(p.ID))
	})
}

func (payload) Trafficking(ctx context.Context, p *model.Payload) (*ent.Trafficking, error) {
	return byID[*ent.TraffickingQuery, ent.Trafficking](ctx, p.ID, func(op *store.Op) *ent.TraffickingQuery {
		return op.Trafficking.Query().Where(trafficking.ID(p.ID))
	})
}

func (payload) Narrative(ctx context.Context, p *model.Payload) (*ent.Narrative, error) {
	return byID[*ent.NarrativeQuery, ent.Narrative](ctx, p.ID, func(op *store.Op) *ent.NarrativeQuery {
		return op.Narrative.Query().Where(narrative.ID(p.ID))
	})
}

func (payload) Consent(ctx context.Context, p *model.Payload) (*ent.Consent, error) {
	return byID[*ent.ConsentQuery, ent.Consent](ctx, p.ID, func(op *store.Op) *ent.ConsentQuery {
		return op.Consent.Query().Where(consent.ID(p.ID))
	})
}

func (payload) Referral(ctx context.Context, p *model.Payload) (*ent.Referral, error) {
	return byID[*ent.ReferralQuery, ent.Referral](ctx, p.ID, func(op *store.Op) *ent.ReferralQuery {
		return op.Referral.Query().Where(referral.ID(p.ID))
	})
}

func (payload) Agreement(ctx context.Context, p *model.Payload) (*ent.Agreement, error) {
	return byID[*ent.AgreementQuery, ent.Agreement](ctx, p.ID, func(op *store.Op) *ent.AgreementQuery {
		return op.Agreement.Query().Where(agreement.ID(p.ID))
	})
}
