package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/assistance"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/family"
	"github.com/sala-exchange/sala/ent/health"
	"github.com/sala-exchange/sala/ent/healthrestricted"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/proceeding"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/protection"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/ent/whereabouts"
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
		return op.CaseByID(id)
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

func (payload) Whereabouts(ctx context.Context, p *model.Payload) (*ent.Whereabouts, error) {
	return byID[*ent.WhereaboutsQuery, ent.Whereabouts](ctx, p.ID, func(op *store.Op) *ent.WhereaboutsQuery {
		return op.Whereabouts.Query().Where(whereabouts.ID(p.ID))
	})
}

func (payload) Family(ctx context.Context, p *model.Payload) (*ent.Family, error) {
	return byID[*ent.FamilyQuery, ent.Family](ctx, p.ID, func(op *store.Op) *ent.FamilyQuery {
		return op.Family.Query().Where(family.ID(p.ID))
	})
}

func (payload) Protection(ctx context.Context, p *model.Payload) (*ent.Protection, error) {
	return byID[*ent.ProtectionQuery, ent.Protection](ctx, p.ID, func(op *store.Op) *ent.ProtectionQuery {
		return op.Protection.Query().Where(protection.ID(p.ID))
	})
}

func (payload) Health(ctx context.Context, p *model.Payload) (*ent.Health, error) {
	return byID[*ent.HealthQuery, ent.Health](ctx, p.ID, func(op *store.Op) *ent.HealthQuery {
		return op.Health.Query().Where(health.ID(p.ID))
	})
}

func (payload) HealthRestricted(ctx context.Context, p *model.Payload) (*ent.HealthRestricted, error) {
	return byID[*ent.HealthRestrictedQuery, ent.HealthRestricted](ctx, p.ID, func(op *store.Op) *ent.HealthRestrictedQuery {
		return op.HealthRestricted.Query().Where(healthrestricted.ID(p.ID))
	})
}

func (payload) Assistance(ctx context.Context, p *model.Payload) (*ent.Assistance, error) {
	return byID[*ent.AssistanceQuery, ent.Assistance](ctx, p.ID, func(op *store.Op) *ent.AssistanceQuery {
		return op.Assistance.Query().Where(assistance.ID(p.ID))
	})
}

func (payload) Proceeding(ctx context.Context, p *model.Payload) (*ent.Proceeding, error) {
	return byID[*ent.ProceedingQuery, ent.Proceeding](ctx, p.ID, func(op *store.Op) *ent.ProceedingQuery {
		return op.Proceeding.Query().Where(proceeding.ID(p.ID))
	})
}

func (payload) Suspect(ctx context.Context, p *model.Payload) (*ent.Suspect, error) {
	return byID[*ent.SuspectQuery, ent.Suspect](ctx, p.ID, func(op *store.Op) *ent.SuspectQuery {
		return op.Suspect.Query().Where(suspect.ID(p.ID))
	})
}
