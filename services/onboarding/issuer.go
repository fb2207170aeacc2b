package onboarding

import (
	"context"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
)

// IssuerInput is one way in which an agency signs in.
type IssuerInput struct {
	URL       string   `json:"url"`                 // exactly as in the iss claim
	Audiences []string `json:"audiences,omitempty"` // empty: the deployment's own
	ClientID  *string  `json:"clientID,omitempty"`  // nil: any client of the issuer
	// AgencyClaim and AgencyValue are for an issuer that several agencies share.
	AgencyClaim *string `json:"agencyClaim,omitempty"`
	AgencyValue *string `json:"agencyValue,omitempty"`
	// DiscriminatorClaim and DiscriminatorValue mark access tokens of an issuer that
	// cannot say at+jwt.
	DiscriminatorClaim *string  `json:"discriminatorClaim,omitempty"`
	DiscriminatorValue *string  `json:"discriminatorValue,omitempty"`
	AcrValues          []string `json:"acrValues,omitempty"` // empty: any
	// StrongAcrValues say that a second factor was used; empty: nobody breaks glass (F3).
	StrongAcrValues []string `json:"strongAcrValues,omitempty"`
}

// claim names a claim that carries no meaning of its own.
var claim = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:/-]{0,99}$`)

// reserved are the claims with a meaning of their own.
var reserved = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "acr", "cnf", "azp", "nonce", "at_hash", "c_hash", "events"}

func validateIssuers(in []*IssuerInput) error {
	if len(in) > mostIssuers {
		return errs.New(errs.Limited, "an agency has at most %d issuers", mostIssuers).WithFields("issuers")
	}
	for i, one := range in {
		if one == nil {
			return errs.New(errs.Invalid, "an issuer is empty").WithFields("issuers")
		}
		if err := one.validate(); err != nil {
			return err
		}
		for _, other := range in[:i] {
			if other.URL == one.URL {
				return errs.New(errs.Invalid, "an issuer stands twice").WithFields("issuers.url")
			}
		}
	}
	return nil
}

func (in *IssuerInput) validate() error {
	if err := issuerURL(in.URL); err != nil {
		return err
	}
	for field, words := range map[string][]string{"issuers.audiences": in.Audiences, "issuers.acrValues": in.AcrValues, "issuers.strongAcrValues": in.StrongAcrValues} {
		for _, w := range words {
			if w == "" || len(w) > 255 || len(words) > 8 || canon.Identifier(w) != nil {
				return errs.New(errs.Invalid, "give at most 8 words of plain characters").WithFields(field)
			}
		}
	}
	for _, pair := range [][2]*string{{in.AgencyClaim, in.AgencyValue}, {in.DiscriminatorClaim, in.DiscriminatorValue}} {
		if (word(pair[0]) == "") != (word(pair[1]) == "") {
			return errs.New(errs.Invalid, "a claim needs its value, and a value its claim").WithFields("issuers.agencyClaim", "issuers.discriminatorClaim")
		}
		if c := word(pair[0]); c != "" && (!claim.MatchString(c) || slices.Contains(reserved, c) || canon.Identifier(word(pair[1])) != nil) {
			return errs.New(errs.Invalid, "that claim has a meaning of its own, or is no claim: name another").WithFields("issuers.agencyClaim", "issuers.discriminatorClaim")
		}
	}
	if c := word(in.AgencyClaim); c != "" && c == word(in.DiscriminatorClaim) {
		return errs.New(errs.Invalid, "one claim cannot name the agency and mark the token").WithFields("issuers.agencyClaim")
	}
	if c := word(in.ClientID); c != "" && (len(c) > 255 || canon.Identifier(c) != nil) {
		return errs.New(errs.Invalid, "a client id is of plain characters").WithFields("issuers.clientID")
	}
	return nil
}

// issuerURL refuses what could not be an issuer's URL, or has a second spelling.
// Whether its host may be asked at all is for who fetches: it looks at the address.
func issuerURL(raw string) error {
	refused := errs.New(errs.Invalid, "an issuer's URL is https://HOST/PATH in lower-case ASCII, without user, query, fragment or default port").WithFields("issuers.url")
	u, err := url.Parse(raw)
	if err != nil || len(raw) > 255 || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" || strings.Contains(raw, "#") {
		return refused
	}
	host := u.Hostname()
	for _, r := range raw {
		if r <= ' ' || r > '~' {
			return refused
		}
	}
	local := host == "localhost" || net.ParseIP(host).IsLoopback()
	if host != strings.ToLower(host) || strings.HasSuffix(host, ".") || u.Port() == "443" || u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return refused
	}
	return nil
}

func word(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// Unended are the issuers that are in effect, or will be.
func Unended(now int64) predicate.Issuer {
	return issuer.Or(issuer.ValidUntilIsNil(), issuer.And(issuer.ValidUntilGT(now), func(s *sql.Selector) {
		s.Where(sql.ColumnsGT(s.C(issuer.FieldValidUntil), s.C(issuer.FieldValidFrom))) // not refused before it began
	}))
}

// free refuses an issuer that another agency signs in by: an issuer of its own is
// registered to exactly one agency, a shared one has a value an agency.
func free(ctx context.Context, op *store.Op, agencyID string, in *IssuerInput) error {
	rows, err := op.Issuer.Query().Where(issuer.URL(in.URL), Unended(op.Scope.Now)).All(ctx)
	if err != nil {
		return outward(err, "reading the issuers")
	}
	for _, r := range rows {
		shared := r.AgencyClaim != "" && r.AgencyClaim == word(in.AgencyClaim)
		switch {
		case r.AgencyID == agencyID && r.AgencyClaim == word(in.AgencyClaim):
		case shared && r.AgencyID != agencyID && r.AgencyValue != word(in.AgencyValue):
		default:
			return errs.New(errs.Conflict, "this issuer is registered already, to this agency or another; one that several share needs the same agency claim everywhere, with a value each").WithFields("issuers.url")
		}
	}
	return nil
}

func enterIssuer(ctx context.Context, op *store.Op, agencyID, proposalID string, from int64, in *IssuerInput) error {
	if err := free(ctx, op, agencyID, in); err != nil {
		return err
	}
	err := op.Issuer.Create().SetAgencyID(agencyID).SetURL(in.URL).SetAudiences(list(in.Audiences)).SetClientID(word(in.ClientID)).
		SetAgencyClaim(word(in.AgencyClaim)).SetAgencyValue(word(in.AgencyValue)).
		SetDiscriminatorClaim(word(in.DiscriminatorClaim)).SetDiscriminatorValue(word(in.DiscriminatorValue)).
		SetAcrValues(list(in.AcrValues)).SetStrongAcrValues(list(in.StrongAcrValues)).SetProposalID(proposalID).SetCreatedOn(op.Scope.Now).SetValidFrom(from).Exec(ctx)
	return outward(err, "registering the issuer")
}

func list(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

// Registered returns every issuer that is in effect at now or will be within the
// microseconds ahead: what a verifier of tokens loads. Whether its agency is let in,
// Find decides at each request.
func Registered(ctx context.Context, st *store.Store, ahead int64) ([]*ent.Issuer, error) {
	var out []*ent.Issuer
	err := st.Run(ctx, Scope(), true, func(ctx context.Context, op *store.Op) error {
		var err error
		out, err = op.Issuer.Query().Where(issuer.ValidFromLTE(op.Scope.Now+ahead), Unended(op.Scope.Now)).
			Order(issuer.ByURL(), issuer.ByValidFrom(), issuer.ByID()).All(ctx)
		return outward(err, "reading the issuers")
	})
	return out, err
}

// Discovered notes that the metadata of an issuer were fetched and named itself.
func Discovered(ctx context.Context, st *store.Store, url string) error {
	return st.Run(ctx, Scope(), false, func(ctx context.Context, op *store.Op) error {
		_, err := op.Issuer.Update().Where(issuer.URL(url), issuer.DiscoveredOnIsNil()).SetDiscoveredOn(op.Scope.Now).Save(ctx)
		return outward(err, "noting an issuer's discovery")
	})
}
