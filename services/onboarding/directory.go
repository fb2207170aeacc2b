package onboarding

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
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
	// RequestsPerMinute and ConcurrentRequests bound what the agency's members ask for
	// together; 0 is no bound.
	RequestsPerMinute, ConcurrentRequests int
	// Policy is the revision that is live; empty where none is.
	Policy string
	// networks are those that its members may come from.
	networks origin.Networks
}

// ErrOtherNetwork is the cause of Find's refusal of who comes from a network that the
// agency does not allow.
var ErrOtherNetwork = errors.New("a network that the agency does not allow")

// notAccepted is the one answer to whoever is not let in.
const notAccepted = "the access token was not accepted: sign in again"

// Find returns the member of (issuer, subject) at the agency that signs in by the
// issuer now; for an issuer that several share, agencyValue is what its claim says.
// An unknown subject of a registered issuer becomes a member without roles; an issuer
// that is registered to no agency finds nobody, and so does who comes from a network that
// the agency does not allow: nobody becomes a member from there. It costs one statement:
// each request asks, since a suspension, an end, a role taken away and a change of
// networks count at once.
func Find(ctx context.Context, st *store.Store, url, subject, agencyValue string, from origin.Address) (*Found, error) {
	f, err := find(ctx, st, url, subject, agencyValue)
	if err == nil && !f.networks.Allow(from) {
		return nil, errs.Wrap(ErrOtherNetwork, errs.Unauthenticated, notAccepted)
	}
	if err != nil || f.Member != "" {
		return f, err
	}
	if err := join(ctx, st, f.Agency, url, subject); err != nil {
		return nil, err
	}
	return find(ctx, st, url, subject, agencyValue)
}

// allowed reads a stored list; what cannot be read lets nobody in.
func allowed(raw []byte) (origin.Networks, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil || texts == nil {
		return nil, errs.New(errs.Internal, "the stored networks of an agency cannot be read: nobody of it is let in")
	}
	return origin.ParseNetworks(texts)
}

// signIn reads the agencies that an issuer means now, with the value of its agency
// claim, and the member of the subject, whichever agency it is of.
const signIn = `SELECT a.id, a.kind, a.state, a.requests_per_minute, a.concurrent_requests,
  EXISTS (SELECT 1 FROM gates g WHERE g.id = a.id AND g.open), coalesce(m.id, ''), coalesce(m.agency_id, ''), coalesce(m.active, false), m.roles,
  coalesce((SELECT p.revision FROM gates p WHERE p.id = 'policy' AND p.open), ''),
  (SELECT l.networks FROM allow_lists l WHERE l.agency_id = a.id AND l.valid_from <= $4 AND l.taken_back_on IS NULL
   ORDER BY l.valid_from DESC, l.created_on DESC, l.id DESC LIMIT 1)
FROM issuers i JOIN agencies a ON a.id = i.agency_id LEFT JOIN members m ON m.issuer = $1 AND m.subject = $2
WHERE i.url = $1 AND i.agency_value = $3 AND i.valid_from <= $4
  AND (i.valid_until IS NULL OR (i.valid_until > $4 AND i.valid_until > i.valid_from))`

// find returns the agency without a member where the subject is new there.
func find(ctx context.Context, st *store.Store, url, subject, agencyValue string) (*Found, error) {
	var out *Found
	two, elsewhere := false, false
	err := st.Look(ctx, rule.Onboarding, signIn, []any{url, subject, agencyValue, st.Now()}, func(scan func(...any) error) error {
		f, state, memberOf, roles, networks := &Found{}, "", "", []byte(nil), []byte(nil)
		if err := scan(&f.Agency, &f.AgencyKind, &state, &f.RequestsPerMinute, &f.ConcurrentRequests, &f.AgencyActive, &f.Member, &memberOf, &f.Active, &roles, &f.Policy, &networks); err != nil {
			return err
		}
		if len(roles) > 0 {
			if err := json.Unmarshal(roles, &f.Roles); err != nil {
				return err
			}
		}
		var err error
		if f.networks, err = allowed(networks); err != nil {
			return err
		}
		f.AgencyFrozen = valueset.AgencyState(state) == valueset.AgencyStateOffboarding
		two = two || out != nil && out.Agency != f.Agency
		elsewhere = elsewhere || f.Member != "" && memberOf != f.Agency
		out = f
		return nil
	})
	if err != nil {
		return nil, outward(err, "reading the member")
	}
	// None, two, or a subject who is another agency's: whatever it is, nobody gets in.
	if url == "" || out == nil || two || elsewhere {
		return nil, errs.New(errs.Unauthenticated, notAccepted)
	}
	return out, nil
}

// join makes an unknown subject a member without roles. One beside us may have done it.
func join(ctx context.Context, st *store.Store, agency, url, subject string) error {
	return st.Run(ctx, Scope(), false, func(ctx context.Context, op *store.Op) error {
		there, err := op.Member.Query().Where(member.Issuer(url), member.Subject(subject)).Exist(ctx)
		if err != nil || there {
			return outward(err, "reading the member")
		}
		_, err = AddMember(ctx, op, MemberInput{Agency: agency, Issuer: url, Subject: subject})
		return err
	})
}
