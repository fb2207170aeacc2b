// Package onboarding holds the verbs on agencies, members and agreements, and on
// the gates: one row each, which both walls read at every query.
//
// It promises that suspending an agency or an agreement cuts at the next read,
// whatever the number of cases, without an access row rewritten; that no one person
// makes an agency, changes its kind, or changes how one that is in use signs in
// (I7); that only an agency's own administrator grants its roles; and that each
// decision is on the ledger in its own transaction. It runs under a role that reads
// no case; of cases it learns how many an agency owns. It fetches nothing from a
// network: who verifies tokens tells it which issuers have been discovered.
package onboarding

import (
	"context"
	"regexp"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// Scope is the scope that these verbs run under where no viewer asks.
func Scope() rule.Scope { return rule.Scope{Mode: rule.Onboarding} }

// administering returns ctx under the role that keeps agencies and no case.
func administering(ctx context.Context) context.Context { return rule.InMode(ctx, rule.Onboarding) }

// A code is plain ASCII: variants in case or Unicode are refused, never merged.
var code = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)

// A language is a code of ISO 639, of two or three letters.
var language = regexp.MustCompile(`^[a-z]{2,3}$`)

// SetGate opens or shuts a gate; it is effective at the next read. One that stands so
// already keeps the time since when: who was told of it is not told again.
func SetGate(ctx context.Context, op *store.Op, id string, open bool) error {
	n, err := op.Gate.Update().Where(gate.ID(id), gate.OpenNEQ(open)).SetOpen(open).AddVersion(1).SetChangedOn(op.Scope.Now).Save(ctx)
	if err != nil || n > 0 {
		return outward(err, "changing a gate")
	}
	there, err := op.Gate.Query().Where(gate.ID(id)).Exist(ctx)
	if err == nil && !there {
		err = op.Gate.Create().SetID(id).SetOpen(open).SetChangedOn(op.Scope.Now).Exec(ctx)
	}
	return outward(err, "changing a gate")
}

// SetPolicy makes a policy revision the live one, on a database that has none yet.
// Accesses that another revision computed open nothing from the next read on; a running
// exchange changes its policy by services/revisions.
func SetPolicy(ctx context.Context, op *store.Op, revision string) error {
	if revision == "" {
		return errs.New(errs.Invalid, "a policy without a revision cannot go live")
	}
	n, err := op.Gate.Update().Where(gate.ID("policy"), gate.RevisionNEQ(revision)).SetOpen(true).SetRevision(revision).AddSequence(1).AddVersion(1).SetChangedOn(op.Scope.Now).Save(ctx)
	if err == nil && n == 0 {
		n, err = op.Gate.Update().Where(gate.ID("policy")).SetOpen(true).AddVersion(1).SetChangedOn(op.Scope.Now).Save(ctx)
	}
	if err == nil && n == 0 {
		err = op.Gate.Create().SetID("policy").SetOpen(true).SetRevision(revision).SetChangedOn(op.Scope.Now).Exec(ctx)
	}
	return outward(err, "switching the policy")
}

func outward(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case ent.IsConstraintError(err):
		return errs.Wrap(err, errs.Conflict, "%s: there is one already", doing)
	case ent.IsNotFound(err):
		return errs.NotHere()
	case errs.KindOf(err) != errs.Internal:
		return err
	}
	return errs.Wrap(err, errs.Internal, "%s failed", doing)
}
