// Package onboarding holds the verbs on agencies, members and agreements, and on
// the gates: one row each, which both walls read at every query.
//
// It promises that suspending an agency or an agreement cuts at the next read,
// whatever the number of cases, without an access row rewritten. It runs under a
// role that reads no case.
package onboarding

import (
	"context"
	"regexp"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Scope is the scope that these verbs run under.
func Scope() rule.Scope { return rule.Scope{Mode: rule.Onboarding} }

// AgencyInput is a new agency (I7).
type AgencyInput struct {
	Code   string // lower-case ASCII letters, digits and hyphens, 2 to 32
	Name   string
	Kind   valueset.AgencyKind
	Issuer string // the OpenID issuer registered to exactly this agency, or empty
	Units  []UnitInput
}

// UnitInput is a part of an agency (A5).
type UnitInput struct{ Code, Name string }

// A code is plain ASCII: variants in case or Unicode are refused, never merged.
var code = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)

// AddAgency onboards an agency with its units and opens its gate.
func AddAgency(ctx context.Context, op *store.Op, in AgencyInput) (string, error) {
	if !code.MatchString(in.Code) {
		return "", errs.New(errs.Invalid, "an agency's code is 2 to 32 lower-case letters, digits and hyphens").WithFields("code")
	}
	if err := canon.Name(in.Name); err != nil || in.Name == "" {
		return "", errs.New(errs.Invalid, "an agency needs a readable name").WithFields("name")
	}
	if !in.Kind.Valid() {
		return "", errs.New(errs.Invalid, "name the kind of agency (I7)").WithFields("kind")
	}
	id := pubid.New("agency")
	create := op.Agency.Create().SetID(id).SetCode(in.Code).SetName(in.Name).SetKind(in.Kind).SetCreatedOn(op.Scope.Now)
	if in.Issuer != "" {
		create.SetIssuer(in.Issuer)
	}
	if err := create.Exec(ctx); err != nil {
		return "", outward(err, "adding the agency")
	}
	for _, u := range in.Units {
		if !code.MatchString(u.Code) {
			return "", errs.New(errs.Invalid, "a unit's code is 2 to 32 lower-case letters, digits and hyphens").WithFields("units")
		}
		if err := op.AgencyUnit.Create().SetAgencyID(id).SetCode(u.Code).SetName(u.Name).Exec(ctx); err != nil {
			return "", outward(err, "adding a unit")
		}
	}
	return id, SetGate(ctx, op, id, true)
}

// SetGate opens or shuts a gate; it is effective at the next read.
func SetGate(ctx context.Context, op *store.Op, id string, open bool) error {
	n, err := op.Gate.Update().Where(gate.ID(id)).SetOpen(open).AddVersion(1).SetChangedOn(op.Scope.Now).Save(ctx)
	if err == nil && n == 0 {
		err = op.Gate.Create().SetID(id).SetOpen(open).SetChangedOn(op.Scope.Now).Exec(ctx)
	}
	return outward(err, "changing a gate")
}

// SetPolicy makes a policy revision the live one. Accesses that another revision
// computed open nothing from the next read on.
func SetPolicy(ctx context.Context, op *store.Op, revision string) error {
	if revision == "" {
		return errs.New(errs.Invalid, "a policy without a revision cannot go live")
	}
	n, err := op.Gate.Update().Where(gate.ID("policy")).SetOpen(true).SetRevision(revision).AddVersion(1).SetChangedOn(op.Scope.Now).Save(ctx)
	if err == nil && n == 0 {
		err = op.Gate.Create().SetID("policy").SetOpen(true).SetRevision(revision).SetChangedOn(op.Scope.Now).Exec(ctx)
	}
	return outward(err, "switching the policy")
}

// MemberInput is a new member of an agency.
type MemberInput struct {
	Agency, Issuer, Subject string
	Roles                   []viewer.Role
}

// AddMember adds a member with roles granted in Sala.
func AddMember(ctx context.Context, op *store.Op, in MemberInput) (string, error) {
	if in.Subject == "" || in.Issuer == "" || canon.Identifier(in.Subject) != nil {
		return "", errs.New(errs.Invalid, "a member needs an issuer and a subject of plain characters").WithFields("subject")
	}
	for _, r := range in.Roles {
		if !r.Valid() {
			return "", errs.New(errs.Invalid, "a role is not on the list").WithFields("roles")
		}
	}
	if in.Roles == nil {
		in.Roles = []viewer.Role{}
	}
	id := pubid.New("member")
	err := op.Member.Create().SetID(id).SetAgencyID(in.Agency).SetIssuer(in.Issuer).SetSubject(in.Subject).
		SetRoles(in.Roles).SetCreatedOn(op.Scope.Now).Exec(ctx)
	return id, outward(err, "adding the member")
}

func outward(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case ent.IsConstraintError(err):
		return errs.Wrap(err, errs.Conflict, "%s: there is one already", doing)
	case errs.KindOf(err) != errs.Internal:
		return err
	}
	return errs.Wrap(err, errs.Internal, "%s failed", doing)
}
