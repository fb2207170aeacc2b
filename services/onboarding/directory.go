package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Found is a member as the directory knows it.
type Found struct {
	Agency       string
	AgencyKind   string
	AgencyActive bool
	AgencyFrozen bool // it is being offboarded and registers nothing new
	Member       string
	Active       bool
	Roles        []viewer.Role
}

// Find returns the member of (issuer, subject) at the agency that signs in by the
// issuer now; for an issuer that several share, agencyValue is what its claim says.
// An unknown subject of a registered issuer becomes a member without roles; an issuer
// that is registered to no agency finds nobody.
func Find(ctx context.Context, st *store.Store, url, subject, agencyValue string) (*Found, error) {
	f, err := find(ctx, st, url, subject, agencyValue, true)
	if err == nil && f == nil {
		f, err = find(ctx, st, url, subject, agencyValue, false)
	}
	return f, err
}

func find(ctx context.Context, st *store.Store, url, subject, agencyValue string, readOnly bool) (*Found, error) {
	var out *Found
	err := st.Run(ctx, Scope(), readOnly, func(ctx context.Context, op *store.Op) error {
		notAccepted := errs.New(errs.Unauthenticated, "the access token was not accepted: sign in again")
		a, err := signsInBy(ctx, op, url, agencyValue)
		if err != nil {
			return errs.Wrap(err, errs.Unauthenticated, "%s", notAccepted.Message)
		}
		m, err := op.Member.Query().Where(member.Issuer(url), member.Subject(subject)).Only(ctx)
		if ent.IsNotFound(err) {
			if readOnly {
				return nil
			}
			id, err := AddMember(ctx, op, MemberInput{Agency: a.ID, Issuer: url, Subject: subject})
			if err != nil {
				return err
			}
			m = &ent.Member{ID: id, AgencyID: a.ID, Active: true}
		} else if err != nil {
			return outward(err, "reading the member")
		}
		open, err := op.Gate.Query().Where(gate.ID(a.ID), gate.Open(true)).Exist(ctx)
		if err != nil {
			return outward(err, "reading the agency's gate")
		}
		if m.AgencyID != a.ID {
			return notAccepted
		}
		out = &Found{Agency: a.ID, AgencyKind: string(a.Kind), AgencyActive: open, AgencyFrozen: a.State == valueset.AgencyStateOffboarding,
			Member: m.ID, Active: m.Active, Roles: m.Roles}
		return nil
	})
	return out, err
}

// signsInBy is the one agency that the issuer, with the value of its agency claim,
// means at the operation's time.
func signsInBy(ctx context.Context, op *store.Op, url, agencyValue string) (*ent.Agency, error) {
	rows, err := op.Issuer.Query().Where(issuer.URL(url), issuer.AgencyValue(agencyValue), issuer.ValidFromLTE(op.Scope.Now), Unended(op.Scope.Now)).All(ctx)
	if err != nil {
		return nil, err
	}
	id := ""
	for _, r := range rows {
		if id != "" && r.AgencyID != id {
			return nil, errs.New(errs.Internal, "an issuer means two agencies")
		}
		id = r.AgencyID
	}
	if id == "" || url == "" {
		return nil, errs.NotHere()
	}
	return op.Agency.Get(ctx, id)
}
