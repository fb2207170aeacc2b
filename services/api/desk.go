package api

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Desk is what the graph asks of the rest: permission, a transaction, the record.
// It implements operation.Desk and identity.Directory.
type Desk struct {
	store *store.Store
	// policies returns the policy of the revision that is live as the viewer signs in.
	policies func(ctx context.Context, revision string) (*policy.Policy, error)
	// What was decided before, by exactly what it was decided on.
	decided *decisions
}

// NewDesk returns the desk over a store and a policy.
func NewDesk(st *store.Store, p *policy.Policy) *Desk {
	one := func(context.Context, string) (*policy.Policy, error) { return p, nil }
	return &Desk{store: st, policies: one, decided: newDecisions()}
}

// step begins a span of a request's trace, where it is traced. It has a name and
// nothing else.
func step(ctx context.Context, name string) (context.Context, trace.Span) {
	return otel.Tracer("sala").Start(ctx, name)
}

// Permit decides what the viewer may do at all, on the viewer's account alone, as the
// directory had it when this request was signed in: a role taken away or an agency
// suspended counts from the next request on.
func (d *Desk) Permit(ctx context.Context, v *viewer.Viewer, p category.Purpose) (operation.Permissions, error) {
	ctx, span := step(ctx, "permit")
	defer span.End()
	// MemberActive: Member, below, lets nobody else in.
	actor := policy.Actor{
		Agency: v.Agency, AgencyKind: v.AgencyKind, AgencyActive: v.AgencyActive, AgencyFrozen: v.AgencyFrozen,
		Member: v.Member, MemberActive: true, SecondFactor: v.SecondFactor, Roles: v.Roles, ScopePurposes: v.Purposes,
	}
	by, err := d.policies(ctx, v.Policy)
	if err != nil {
		return operation.Permissions{}, err
	}
	key := by.Revision() + keyOf(policy.Request{Viewer: actor, Purpose: p})
	if out, ok := d.decided.kept.Get(key); ok {
		return out, nil
	}
	out, err := d.decide(ctx, by, actor, p)
	if err != nil {
		return operation.Permissions{}, err
	}
	d.decided.kept.Add(key, out)
	return out, nil
}

// decide asks policy about every action.
func (d *Desk) decide(ctx context.Context, by *policy.Policy, actor policy.Actor, p category.Purpose) (out operation.Permissions, err error) {
	for _, a := range []struct {
		action policy.Action
		allow  *bool
	}{
		{policy.ReadCase, &out.ReadCase}, {policy.WriteCase, &out.Write}, {policy.ReadOwn, &out.ReadOwn},
		{policy.ManageAgreement, &out.ManageAgreement}, {policy.ReadDisclosures, &out.ReadDisclosures},
		{policy.Assign, &out.Assign}, {policy.Refer, &out.Refer}, {policy.TakeOn, &out.TakeOn}, {policy.Consent, &out.Consent},
		{policy.Import, &out.Import}, {policy.UndoImport, &out.UndoImport}, {policy.Register, &out.Register}, {policy.Sign, &out.Sign},
		{policy.AdministerAgency, &out.AdministerAgency}, {policy.AdministerPlatform, &out.AdministerPlatform}, {policy.OperatePlatform, &out.OperatePlatform},
		{policy.ShutDown, &out.ShutDown}, {policy.AskErasure, &out.AskErasure}, {policy.DecideErasure, &out.DecideErasure}, {policy.Join, &out.Join},
		{policy.EnterBasis, &out.EnterBasis}, {policy.CheckBasis, &out.CheckBasis}, {policy.ReadRefusals, &out.ReadRefusals},
		{policy.BreakGlass, &out.BreakGlass}, {policy.Oversee, &out.Oversee},
	} {
		decision, err := by.Act(ctx, policy.Request{Viewer: actor, Purpose: p, Action: a.action})
		if err != nil {
			return operation.Permissions{}, err
		}
		*a.allow = decision.Allow
		out.Supervisor = out.Supervisor || decision.Allow && decision.Supervisor
		out.Acknowledges = decision.Acknowledges // the same whatever the action
	}
	out.CaseWork = out.ReadCase && out.Refer || out.Supervisor
	out.CaseNotices = out.CaseWork
	if p == "" && out.ReadOwn {
		out.CaseNotices, err = worksCases(ctx, by, actor)
		return out, err
	}
	return out, nil
}

// worksCases reports whether the viewer does case work for any purpose: notices of
// cases are read without one.
func worksCases(ctx context.Context, by *policy.Policy, actor policy.Actor) (bool, error) {
	for _, p := range category.Purposes() {
		if !p.OpensCase() {
			continue
		}
		read, err := by.Act(ctx, policy.Request{Viewer: actor, Purpose: p, Action: policy.ReadCase})
		if err != nil {
			return false, err
		}
		refer, err := by.Act(ctx, policy.Request{Viewer: actor, Purpose: p, Action: policy.Refer})
		if err != nil {
			return false, err
		}
		if read.Allow && (read.Supervisor || refer.Allow) {
			return true, nil
		}
	}
	return false, nil
}

// Begin starts the operation's transaction.
func (d *Desk) Begin(ctx context.Context, s rule.Scope, readOnly bool) (context.Context, *store.Op, error) {
	return d.store.Begin(ctx, s, readOnly)
}

// Disclose commits the record of what was read; without it the answer stays.
func (d *Desk) Disclose(ctx context.Context, op *store.Op) error {
	ctx, span := step(ctx, "record")
	defer span.End()
	return disclosure.Record(ctx, d.store, op)
}

// Member implements identity.Directory over the members' table.
func (d *Desk) Member(ctx context.Context, issuer, subject, agencyClaim string, from origin.Address) (identity.Membership, error) {
	ctx, span := step(ctx, "sign in")
	defer span.End()
	f, err := onboarding.Find(ctx, d.store, issuer, subject, agencyClaim, from)
	const refused = "the access token was not accepted: sign in again"
	switch {
	case errors.Is(err, onboarding.ErrOtherNetwork):
		return identity.Membership{}, errs.Wrap(identity.ErrOtherNetwork, errs.Unauthenticated, refused)
	case err != nil:
		return identity.Membership{}, err
	case !f.Active:
		return identity.Membership{}, errs.New(errs.Unauthenticated, refused)
	}
	return identity.Membership{
		Agency: f.Agency, AgencyKind: f.AgencyKind, AgencyActive: f.AgencyActive, AgencyFrozen: f.AgencyFrozen,
		Member: f.Member, Roles: f.Roles, RequestsPerMinute: f.RequestsPerMinute, ConcurrentRequests: f.ConcurrentRequests, Policy: f.Policy,
	}, nil
}
