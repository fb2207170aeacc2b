package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Membership is what Sala itself knows of the account behind a token.
type Membership struct {
	Agency string // id of the agency
	Member string // id of the member
	Roles  []viewer.Role
	// AgencyKind, AgencyActive and AgencyFrozen are for policy to decide on.
	AgencyKind   string
	AgencyActive bool
	AgencyFrozen bool
	// RequestsPerMinute and ConcurrentRequests are the agency's limits; 0 is none.
	RequestsPerMinute, ConcurrentRequests int
	// Policy is the revision that is live.
	Policy string
}

// Directory knows the members. The server implements it over its own store.
type Directory interface {
	// Member returns the member behind a subject of an issuer. agencyClaim is
	// empty unless the issuer is registered as shared. Implementations compare
	// issuer and subject byte by byte and never look up a subject without its
	// issuer. from is where the request comes from, which an agency may bound: an
	// account from elsewhere is no account, and nothing is made of it
	// (ErrOtherNetwork, wrapped). An account that may not enter is an
	// errs.Unauthenticated, errs.Forbidden or errs.Withheld; any other error means
	// that the directory could not answer.
	Member(ctx context.Context, issuer, subject, agencyClaim string, from origin.Address) (Membership, error)
}

// ErrOtherNetwork is why a Directory refuses a request from a network that its agency does
// not allow, for ReasonOf to name.
var ErrOtherNetwork = refuse("network: none that the agency allows")

// Authenticate returns a middleware that lets a request through only with exactly
// one header `Authorization: Bearer`, or `DPoP` with a proof that was not seen before,
// whose token v accepts and whose member d knows; the viewer is then in the request's
// context. It reads no query, no cookie and no other header (threats.md row 11), but for
// X-Forwarded-For where a trusted proxy forwards, which lets nobody in by itself. Whatever the reason, the refusal is the
// same 401; where d cannot answer, it is 503.
func Authenticate(v *Verifier, d Directory) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who, err := v.viewer(r, d, false)
			if err != nil {
				v.refused(r.Context(), err)
				answer(w, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(viewer.NewContext(r.Context(), who)))
		})
	}
}

// Again looks anew at who sent a request that is still being answered, and returns ctx
// with that viewer: a token that has ended since, or an account that was closed, is an
// errs.Unauthenticated. A proof counts for the request, however long it is answered.
func Again(ctx context.Context, r *http.Request, v *Verifier, d Directory) (context.Context, error) {
	who, err := v.viewer(r.WithContext(ctx), d, true)
	if err != nil {
		v.refused(ctx, err)
		return ctx, err
	}
	return viewer.NewContext(ctx, who), nil
}

func (v *Verifier) viewer(r *http.Request, d Directory, again bool) (*viewer.Viewer, error) {
	scheme, raw, err := credentials(r.Header)
	if err != nil {
		return nil, notAccepted(err)
	}
	t, err := v.Verify(r.Context(), raw)
	if err != nil {
		return nil, err
	}
	proof := ""
	if !again {
		if proof, err = v.possessed(r, scheme, raw, t); err != nil {
			return nil, notAccepted(err)
		}
	}
	from := v.proxies.Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
	m, err := d.Member(r.Context(), t.Issuer, t.Subject, t.AgencyClaim, from)
	if err != nil {
		switch errs.KindOf(err) {
		case errs.Unauthenticated, errs.Forbidden, errs.Withheld:
			return nil, notAccepted(err)
		}
		return nil, errs.Wrap(err, errs.Unavailable, "signing in: the directory of members did not answer: try again")
	}
	if m.Agency == "" || m.Member == "" {
		return nil, notAccepted(refuse("directory: no agency or no member"))
	}
	if proof != "" {
		if err := v.first(r.Context(), m, proof); err != nil {
			return nil, err
		}
	}
	return &viewer.Viewer{
		Issuer: t.Issuer, Subject: t.Subject, Client: t.Client,
		Agency: m.Agency, AgencyKind: m.AgencyKind, AgencyActive: m.AgencyActive, AgencyFrozen: m.AgencyFrozen, Member: m.Member, Roles: m.Roles,
		Purposes: t.Purposes, Assurance: t.Assurance, SecondFactor: t.SecondFactor, RequestsPerMinute: m.RequestsPerMinute, ConcurrentRequests: m.ConcurrentRequests, Policy: m.Policy,
		From: from,
	}, nil
}

// first refuses a proof that was shown before, to whichever process (RFC 9449, section
// 11.1).
func (v *Verifier) first(ctx context.Context, m Membership, proof string) error {
	fresh, err := v.proofs.Once(ctx, m, proof, v.now().Add(proofLife+proofLead))
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "signing in: the proof cannot be taken note of: try again with a new one")
	}
	if !fresh {
		return notAccepted(refuse("proof: shown before"))
	}
	return nil
}

// credentials returns scheme and token of the one Authorization header.
func credentials(h http.Header) (scheme, raw string, err error) {
	all := h.Values("Authorization")
	if len(all) != 1 {
		return "", "", refuse("header: not exactly one authorization")
	}
	word, raw, ok := strings.Cut(all[0], " ")
	for _, scheme := range []string{"Bearer", "DPoP"} {
		if ok && strings.EqualFold(word, scheme) && raw != "" {
			return scheme, raw, nil
		}
	}
	return "", "", refuse("header: neither a bearer token nor one with a proof")
}

// answer writes the refusal in the shape of a GraphQL answer.
func answer(w http.ResponseWriter, err error) {
	e := errs.Public(err)
	status := http.StatusUnauthorized
	if e.Kind != errs.Unauthenticated {
		status = http.StatusServiceUnavailable
	} else {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{
		"message": e.Message, "extensions": map[string]any{"code": e.Kind.Code()},
	}}})
}
