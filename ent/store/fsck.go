package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// Checked is what a check of the accesses found.
type Checked struct {
	Cases  int
	Closed []string // ids of cases whose accesses differed; they are closed now
	Shut   []string // ids of agreements whose gate stood open against a party's suspension
}

// Fsck evaluates every case anew from its facts and compares with the stored
// accesses. A case that differs is closed: its accesses are deleted, so that nobody
// sees it until a fact changes or it is settled by hand. A gate that is open against
// its agreement is shut. Either is an alarm.
func (s *Store) Fsck(ctx context.Context) (*Checked, error) {
	out := &Checked{}
	if err := s.fsckGates(ctx, out); err != nil {
		return nil, err
	}
	for last := ""; ; {
		var ids []string
		err := s.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *Op) error {
			var err error
			ids, err = op.CaseFile.Query().Where(casefile.IDGT(last)).Order(ent.Asc(casefile.FieldID)).Limit(500).IDs(ctx)
			return err
		})
		if err != nil {
			return nil, errs.Wrap(err, errs.Unavailable, "checking the accesses failed: nothing was shown to be right")
		}
		if len(ids) == 0 {
			return out, nil
		}
		for _, id := range ids {
			same, err := s.fsckCase(ctx, id)
			if err != nil {
				return nil, err
			}
			out.Cases++
			if !same {
				out.Closed = append(out.Closed, id)
			}
		}
		last = ids[len(ids)-1]
	}
}

// fsckGates shuts each gate that is open although the agreement is suspended by a
// party, has ended, is shut down or was never signed by all.
func (s *Store) fsckGates(ctx context.Context, out *Checked) error {
	err := s.Run(ctx, rule.Scope{Mode: rule.Onboarding}, false, func(ctx context.Context, op *Op) error {
		if err := op.LockAgencies(ctx); err != nil {
			return err
		}
		standing := agreement.And(agreement.CountersignedOnNotNil(), agreement.EndedOnIsNil(), agreement.ShutDownOnIsNil(),
			agreement.Not(agreement.HasPartiesWith(agreementparty.SuspendedOnNotNil())))
		ids, err := op.Agreement.Query().Where(agreement.Not(standing)).IDs(ctx)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(ids, 500) {
			wrong, err := op.Gate.Query().Where(gate.IDIn(some...), gate.Open(true)).IDs(ctx)
			if err != nil {
				return err
			}
			if len(wrong) == 0 {
				continue
			}
			if err := op.Gate.Update().Where(gate.IDIn(wrong...)).SetOpen(false).AddVersion(1).SetChangedOn(op.Scope.Now).Exec(ctx); err != nil {
				return err
			}
			out.Shut = append(out.Shut, wrong...)
		}
		return nil
	})
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "checking the gates failed: nothing was shown to be right")
	}
	return nil
}

func (s *Store) fsckCase(ctx context.Context, id string) (same bool, err error) {
	err = s.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *Op) error {
		// A program with another policy would find every case different.
		if err := op.Lock(ctx, id); err != nil {
			return err
		}
		l, err := op.live(ctx)
		if err != nil {
			return err
		}
		facts, version, err := op.Facts(ctx, id)
		if err != nil {
			return err
		}
		decided, err := l.Access(ctx, facts)
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "policy gave no decision on a case")
		}
		stored, err := op.Access.Query().Where(access.CaseID(id), rule.Live()).All(ctx)
		if err != nil {
			return failed(err, "reading the accesses of a case")
		}
		same = sameAccesses(stored, decided, version)
		if same {
			return nil
		}
		if _, err := op.Access.Delete().Where(access.CaseID(id)).Exec(ctx); err != nil {
			return failed(err, "closing a case")
		}
		return nil
	})
	return same, err
}

// sameAccesses compares what is stored with what policy decides, order aside; an earlier
// revision may have decided it the same.
func sameAccesses(stored []*ent.Access, decided []rule.Access, version int) bool {
	var a, b []string
	for _, s := range stored {
		if s.FactsVersion != version {
			return false
		}
		a = append(a, line(asAccess(s)))
	}
	for _, d := range decided {
		b = append(b, line(d))
	}
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// asAccess reads a stored access.
func asAccess(s *ent.Access) rule.Access {
	return rule.Access{
		Grantee: s.GranteeID, Member: s.MemberID, Unit: s.UnitID, Contributor: s.ContributorID, Action: s.Action, Categories: words(s.Categories.List()),
		Purpose: s.Purpose, Basis: s.Basis, Referral: s.ReferralID, Consent: s.ConsentID, Agreement: s.AgreementID,
		Referrer: s.ReferrerID, ReferralAgreement: s.ReferralAgreementID, LegalBasis: deref(s.LegalBasisID), BreakGlass: deref(s.BreakGlassID), Obligations: s.Obligations,
		FirstReferral: s.FirstReferralID, FirstAgreement: s.FirstAgreementID, FirstReferrer: s.FirstReferrerID, From: s.ValidFrom, Until: s.ValidUntil,
	}
}

// line is one access as text, with its categories in the fixed order.
func line(a rule.Access) string {
	set, err := setOf(a.Categories)
	if err != nil {
		return "unknown category"
	}
	a.Categories = words(set.List())
	if len(a.Obligations) == 0 {
		a.Obligations = nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return "unreadable"
	}
	return string(b)
}
