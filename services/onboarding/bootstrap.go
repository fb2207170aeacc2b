package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// Founded is one of the first agencies, with the invitation of its administrator.
type Founded struct {
	Code, AgencyID string
	Invitation     *Invited
}

// Bootstrap makes the first two agencies of a database that holds no agency and no
// case: from then on every agency is approved by two people of different agencies
// (I7). Both administer the platform, else nobody could approve. It is on the ledger,
// as a decision of nobody who is signed in.
func Bootstrap(ctx context.Context, op *store.Op, agencies []AgencyInput) ([]Founded, error) {
	ctx = administering(ctx)
	if err := op.LockAgencies(ctx); err != nil {
		return nil, outward(err, "taking the lock of decisions")
	}
	if err := untouched(ctx, op); err != nil {
		return nil, err
	}
	if len(agencies) != 2 {
		return nil, errs.New(errs.Invalid, "bootstrap takes exactly two agencies; every other is proposed and approved (I7)").WithFields("agencies")
	}
	var out []Founded
	for _, in := range agencies {
		if !in.AdministersPlatform || len(in.Issuers) == 0 || in.Kind == valueset.AgencyKindRegionalCounterpart {
			return nil, errs.New(errs.Invalid, "each of the first two agencies administers the platform and has an issuer").WithFields("administersPlatform", "issuers")
		}
		id, err := AddAgency(ctx, op, in)
		if err != nil {
			return nil, err
		}
		if err := disclosure.DecideAbout(ctx, op, "bootstrap agency", id, id); err != nil {
			return nil, err
		}
		invitation, err := invite(ctx, op, id)
		if err != nil {
			return nil, err
		}
		out = append(out, Founded{Code: in.Code, AgencyID: id, Invitation: invitation})
	}
	return out, nil
}

// untouched refuses a database that somebody uses already.
func untouched(ctx context.Context, op *store.Op) error {
	agencies, err := op.Agency.Query().Exist(ctx)
	if err != nil {
		return outward(err, "looking for agencies")
	}
	cases, err := op.CaseFile.Query().Exist(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return outward(err, "looking for cases")
	}
	if agencies || cases {
		return errs.New(errs.Conflict, "the database holds agencies or cases already: further agencies are proposed and approved by `sala apply` (I7)")
	}
	return nil
}
