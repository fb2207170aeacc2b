package store

import (
	"context"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// WouldOpen returns what a referral asks for, and what of it policy would open, to all to
// whom it goes, if it were accepted now as a whole. Nothing is changed.
func (o *Op) WouldOpen(ctx context.Context, f *rule.Facts, referralID string) (asked []category.Category, opens category.Set, err error) {
	l, err := o.live(ctx)
	if err != nil {
		return nil, 0, err
	}
	for to, list := range f.Referrals {
		for i, r := range list {
			if r.ID != referralID {
				continue
			}
			for _, w := range r.Categories {
				asked = append(asked, category.Category(w))
			}
			was, staff := r, f.Assignments[to]
			r.State, r.AcceptedAt = string(valueset.ReferralStateAccepted), o.Scope.Now
			f.Referrals[to][i] = r
			f.Assignments[to] = []string{"whoever accepts"} // and is assigned by it (D5)
			decided, err := l.Access(ctx, f)
			f.Referrals[to][i], f.Assignments[to] = was, staff
			if err != nil {
				return nil, 0, errs.Wrap(err, errs.Unavailable, "policy gave no decision: nothing was stored")
			}
			for _, a := range decided {
				if a.Referral != referralID || a.Unit != r.Unit || a.Action != rule.ActionRead {
					continue
				}
				set, err := setOf(a.Categories)
				if err != nil {
					return nil, 0, err
				}
				opens |= set
			}
		}
	}
	return asked, opens, nil
}

// Decide asks policy about facts, which need not be what is stored. Nothing is changed.
func (o *Op) Decide(ctx context.Context, f *rule.Facts) ([]rule.Access, error) {
	if o.store.evaluator == nil {
		return nil, errs.New(errs.Unavailable, "no policy is loaded, so nothing can be explained: try again")
	}
	decided, err := o.store.evaluator.Access(ctx, f)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "policy gave no decision: try again")
	}
	return decided, nil
}

// Shut returns which of the agreements and agencies of the facts a gate shuts.
func (o *Op) Shut(ctx context.Context, f *rule.Facts) (map[string]bool, error) {
	ids := slices.Collect(maps.Keys(f.Agencies))
	for _, list := range f.Agreements {
		for _, a := range list {
			ids = append(ids, a.ID)
		}
	}
	open, err := o.Gate.Query().Where(gate.IDIn(ids...), gate.Open(true)).IDs(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return nil, failed(err, "reading the gates")
	}
	shut := map[string]bool{}
	for _, id := range ids {
		shut[id] = !slices.Contains(open, id)
	}
	return shut, nil
}
