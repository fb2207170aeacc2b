package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Found is a member as the directory knows it.
type Found struct {
	Agency       string
	AgencyKind   string
	AgencyActive bool
	Member       string
	Active       bool
	Roles        []viewer.Role
}

// Find returns the member of (issuer, subject) at the issuer's agency. An unknown
// subject of a registered issuer becomes a member without roles; an issuer that is
// registered to no agency finds nobody.
func Find(ctx context.Context, st *store.Store, issuer, subject string) (*Found, error) {
	f, err := find(ctx, st, issuer, subject, true)
	if err == nil && f == nil {
		f, err = find(ctx, st, issuer, subject, false)
	}
	return f, err
}

func find(ctx context.Context, st *store.Store, issuer, subject string, readOnly bool) (*Found, error) {
	var out *Found
	err := st.Run(ctx, Scope(), readOnly, func(ctx context.Context, op *store.Op) error {
		a, err := op.Agency.Query().Where(agency.Issuer(issuer)).Only(ctx)
		if err != nil || issuer == "" {
			return errs.Wrap(err, errs.Unauthenticated, "the access token was not accepted: sign in again")
		}
		m, err := op.Member.Query().Where(member.Issuer(issuer), member.Subject(subject)).Only(ctx)
		if ent.IsNotFound(err) {
			if readOnly {
				return nil
			}
			id, err := AddMember(ctx, op, MemberInput{Agency: a.ID, Issuer: issuer, Subject: subject})
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
			return errs.New(errs.Unauthenticated, "the access token was not accepted: sign in again")
		}
		out = &Found{Agency: a.ID, AgencyKind: string(a.Kind), AgencyActive: open, Member: m.ID, Active: m.Active, Roles: m.Roles}
		return nil
	})
	return out, err
}
