package onboarding

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

// decider is the member who decides, as the directory has it in this transaction.
type decider struct {
	member *ent.Member
	agency *ent.Agency
}

func (d *decider) has(r viewer.Role) bool { return slices.Contains(d.member.Roles, r) }

// keeps: the decider keeps the agencies of the platform. A program that does (I7: two
// people approve) proposes, and gives nobody's yes.
func (d *decider) keeps() bool {
	return d.has(viewer.PlatformAdministrator) || d.has(viewer.PlatformOperator)
}

func ofPlatform(r viewer.Role) bool {
	return r == viewer.PlatformAdministrator || r == viewer.PlatformOperator
}

// deciding takes the lock under which decisions about agencies are made one after
// the other, and returns who decides: an active member of an agency whose gate is
// open, with one of the roles. What was true when the request signed in may not be
// any more.
func deciding(ctx context.Context, op *store.Op, roles ...viewer.Role) (context.Context, *decider, error) {
	ctx = administering(ctx)
	if err := op.LockAgencies(ctx); err != nil {
		return ctx, nil, outward(err, "taking the lock of decisions")
	}
	refused := errs.New(errs.Forbidden, "your account may not decide this: ask your agency's administrator")
	m, err := op.Member.Get(ctx, op.Scope.Member)
	if ent.IsNotFound(err) {
		return ctx, nil, refused
	} else if err != nil {
		return ctx, nil, outward(err, "reading who decides")
	}
	open, err := op.Gate.Query().Where(gate.ID(m.AgencyID), gate.Open(true)).Exist(ctx)
	if err != nil {
		return ctx, nil, outward(err, "reading the agency's gate")
	}
	a, err := op.Agency.Get(ctx, m.AgencyID)
	if err != nil {
		return ctx, nil, outward(err, "reading the agency")
	}
	d := &decider{member: m, agency: a}
	// A role that counts is one of the agency itself, or one of an agency that still
	// administers the platform.
	counts := slices.ContainsFunc(roles, func(r viewer.Role) bool { return d.has(r) && (a.AdministersPlatform || !ofPlatform(r)) })
	if !open || !m.Active || m.AgencyID != op.Scope.Agency || !counts {
		return ctx, nil, refused
	}
	return ctx, d, nil
}
