package identity

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/category"
)

// Token is what a verified access token says.
type Token struct {
	Issuer  string // as registered
	Subject string // unique within Issuer only
	Client  string // client_id
	// AgencyClaim is the value of the issuer's agency claim; empty unless the
	// issuer is registered with one.
	AgencyClaim string
	// Purposes is what the scopes `purpose:WORD` name. It is nil where they name
	// none, and then narrows nothing; it is never empty without being nil.
	Purposes  []category.Purpose
	Assurance string // acr, as given; may be empty
	// SecondFactor says that the acr is one of the issuer's that say so.
	SecondFactor bool
	ID           string // jti
	Expires      time.Time
	bound        binding
}

// purposeScope starts a scope that names a purpose.
const purposeScope = "purpose:"

// readClaims makes every check that needs no key, in RFC 9068's order where it
// has one.
func readClaims(c *compact, is Issuer, now time.Time, lifetime time.Duration) (*Token, error) {
	if err := checkType(c, is.Discriminator); err != nil {
		return nil, err
	}
	if !soleAudience(c.claims["aud"], is.Audience) {
		return nil, refuse("aud: not this audience alone")
	}
	bound, err := readBinding(c.claims)
	if err != nil {
		return nil, err
	}
	expires, err := checkTimes(c.claims, now, lifetime)
	if err != nil {
		return nil, err
	}
	t := &Token{Issuer: is.URL, Expires: expires, bound: bound}
	for name, to := range map[string]*string{"sub": &t.Subject, "client_id": &t.Client, "jti": &t.ID} {
		if *to = c.claims.text(name); !sound(*to) {
			return nil, refuse(name + ": missing or not sound")
		}
	}
	if is.AgencyClaim != "" {
		if t.AgencyClaim = c.claims.text(is.AgencyClaim); !sound(t.AgencyClaim) {
			return nil, refuse("agency claim: missing or not sound")
		}
	}
	if c.claims.has("acr") {
		if t.Assurance = c.claims.text("acr"); !sound(t.Assurance) {
			return nil, refuse("acr: not sound")
		}
	}
	if is.Client != "" && t.Client != is.Client {
		return nil, refuse("client_id: not the registered client")
	}
	if is.AgencyValue != "" && t.AgencyClaim != is.AgencyValue {
		return nil, refuse("agency claim: another agency")
	}
	if len(is.Assurance) > 0 && !slices.Contains(is.Assurance, t.Assurance) {
		return nil, refuse("acr: not one that the agency requires")
	}
	t.SecondFactor = t.Assurance != "" && slices.Contains(is.SecondFactor, t.Assurance)
	t.Purposes, err = purposes(c.claims)
	return t, err
}

// checkType refuses what is not an access token (threats.md row 6).
func checkType(c *compact, d Discriminator) error {
	typ := c.header.text("typ")
	access := typ == "at+jwt" || typ == "application/at+jwt"
	if d == (Discriminator{}) {
		if !access {
			return refuse("typ: not at+jwt")
		}
	} else {
		if !access && typ != "JWT" && c.header.has("typ") {
			return refuse("typ: another kind of token")
		}
		if c.claims.text(d.Claim) != d.Value {
			return refuse("discriminator: not an access token")
		}
	}
	// What marks an ID token, a logout token or another security event.
	for _, name := range []string{"at_hash", "c_hash", "events"} {
		if c.claims.has(name) {
			return refuse("type: the token holds " + name)
		}
	}
	return nil
}

// soleAudience reports whether aud is want, or an array of want alone.
func soleAudience(raw json.RawMessage, want string) bool {
	var one *string
	if json.Unmarshal(raw, &one) == nil && one != nil {
		return *one == want
	}
	var many []*string
	return json.Unmarshal(raw, &many) == nil && len(many) == 1 && many[0] != nil && *many[0] == want
}

// checkTimes returns the expiry. All times are whole seconds.
func checkTimes(m members, now time.Time, lifetime time.Duration) (time.Time, error) {
	iat, okIssued := m.whole("iat")
	exp, okExpiry := m.whole("exp")
	if !okIssued || !okExpiry {
		return time.Time{}, refuse("iat or exp: missing or not a whole number")
	}
	issued, expires := time.Unix(iat, 0), time.Unix(exp, 0)
	switch {
	case issued.After(now.Add(leewayIssued)):
		return time.Time{}, refuse("iat: in the future")
	case !now.Before(expires.Add(leewayExpiry)):
		return time.Time{}, refuse("exp: over")
	case !expires.After(issued), expires.Sub(issued) > lifetime:
		return time.Time{}, refuse("exp: the lifetime is not allowed")
	}
	if m.has("nbf") {
		nbf, ok := m.whole("nbf")
		if !ok || time.Unix(nbf, 0).After(now.Add(leewayIssued)) {
			return time.Time{}, refuse("nbf: not yet valid, or not a whole number")
		}
	}
	return expires, nil
}

// purposes reads the scopes. A scope that means to name a purpose but names none
// that exists never widens: a token whose purpose scopes leave nothing is refused.
func purposes(m members) ([]category.Purpose, error) {
	if !m.has("scope") {
		return nil, nil
	}
	var scope *string
	if json.Unmarshal(m["scope"], &scope) != nil || scope == nil {
		return nil, refuse("scope: not a text")
	}
	var out []category.Purpose
	named := false
	for _, s := range strings.Fields(*scope) {
		if len(s) < len(purposeScope) || fold(s[:len(purposeScope)]) != fold(purposeScope) {
			continue
		}
		named = true
		p := category.Purpose(strings.TrimPrefix(s, purposeScope))
		if p.Valid() && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if named && out == nil {
		return nil, refuse("scope: its purposes are unknown")
	}
	return out, nil
}
