package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Between is how far an agreement between others has come. It tells no more than its
// parties' names under it, and whether anything may flow: not who stopped it, or why (C8).
type Between struct {
	ID         string
	Signatures []*Signature // in the order of the agencies' codes
	InForce    bool
	Ended      bool // for good
}

// Signature is a party with the time at which it signed; nil while it has not.
type Signature struct {
	Agency   string // code
	SignedOn *int64
}

// ProposeBetween proposes an agreement between other agencies, for who administers the
// platform, and says how far it has come. Asked again with the same terms, whoever proposed
// them, it proposes nothing. Nothing flows before every party's own administrator has
// signed, so that who proposes decides nothing (D6).
func ProposeBetween(ctx context.Context, op *store.Op, in AgreementInput) (*Between, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator)
	if err != nil {
		return nil, err
	}
	if err := in.validate(); err != nil {
		return nil, err
	}
	a, err := op.Agreement.Query().Where(agreement.Code(in.Code)).WithParties().Only(ctx)
	switch {
	case ent.IsNotFound(err):
		if err := in.areActive(ctx, op); err != nil {
			return nil, err
		}
		id, err := in.enter(ctx, op, d.agency.ID)
		if err != nil {
			return nil, err
		}
		return between(ctx, op, id)
	case err != nil:
		return nil, outward(err, "reading the agreement")
	case !in.is(a):
		return nil, errs.New(errs.Conflict, "there is an agreement of this code already, with other terms: choose another code").WithFields("code")
	}
	return between(ctx, op, a.ID)
}

// between reads how far an agreement has come.
func between(ctx context.Context, op *store.Op, id string) (*Between, error) {
	a, err := op.Agreement.Get(ctx, id)
	if err != nil {
		return nil, outward(err, "reading the agreement")
	}
	parties, err := op.AgreementParty.Query().Where(agreementparty.AgreementID(id)).All(ctx)
	if err != nil {
		return nil, outward(err, "reading the agreement's parties")
	}
	signed, ids := map[string]*int64{}, []string{}
	for _, p := range parties {
		signed[p.AgencyID], ids = p.SignedOn, append(ids, p.AgencyID)
	}
	open, err := op.Gate.Query().Where(gate.ID(id), gate.Open(true)).Exist(ctx)
	if err != nil {
		return nil, outward(err, "reading the agreement's gate")
	}
	out := &Between{ID: id, Ended: a.EndedOn != nil, InForce: open && a.ValidFrom <= op.Scope.Now && op.Scope.Now < a.ValidUntil}
	names, err := op.Agency.Query().Where(agency.IDIn(ids...)).Order(agency.ByCode()).All(ctx)
	if err != nil {
		return nil, outward(err, "reading the agreement's parties")
	}
	for _, n := range names {
		out.Signatures = append(out.Signatures, &Signature{Agency: n.Code, SignedOn: signed[n.ID]})
	}
	return out, nil
}
