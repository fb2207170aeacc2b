package devissuer

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// client is an OAuth client as zitadel's provider wants to see it: the public
// client of the command line where it has neither secret nor keys, else a confidential one
// that knows the client credentials grant only. Its tokens are for the issuer's audience
// where it has none of its own.
type client struct{ id, secret, keys, issuer, audience string }

func (c *client) public() bool { return c.secret == "" && c.keys == "" }

func (c *client) GetID() string { return c.id }

// RedirectURIs is matched without the port, for loopback (RFC 8252, 7.3).
func (c *client) RedirectURIs() []string {
	if c.public() {
		return []string{"http://127.0.0.1/callback"}
	}
	return nil
}

func (c *client) PostLogoutRedirectURIs() []string { return nil }

func (c *client) ApplicationType() op.ApplicationType {
	if c.public() {
		return op.ApplicationTypeNative
	}
	return op.ApplicationTypeWeb
}

func (c *client) AuthMethod() oidc.AuthMethod {
	if c.public() {
		return oidc.AuthMethodNone
	}
	if c.keys != "" {
		return oidc.AuthMethodPrivateKeyJWT
	}
	return oidc.AuthMethodBasic
}

func (c *client) ResponseTypes() []oidc.ResponseType {
	if c.public() {
		return []oidc.ResponseType{oidc.ResponseTypeCode}
	}
	return nil
}

func (c *client) GrantTypes() []oidc.GrantType {
	if c.public() {
		return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeDeviceCode}
	}
	return []oidc.GrantType{oidc.GrantTypeClientCredentials}
}

func (c *client) LoginURL(id string) string { return c.issuer + "/login?request=" + id }

// AccessTokenType says opaque, so that the provider asks tokens for the at+jwt.
func (c *client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeBearer }

func (c *client) IDTokenLifetime() time.Duration { return 5 * time.Minute }
func (c *client) DevMode() bool                  { return false }

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(in []string) []string { return in }
}

func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(in []string) []string { return in }
}

// IsScopeAllowed says yes to all, because the provider drops the others in
// silence: dropping the scope that narrows the purposes would widen the token.
// checkScopes refuses them instead.
func (c *client) IsScopeAllowed(string) bool           { return true }
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return false }
func (c *client) ClockSkew() time.Duration             { return 0 }

// checkScopes refuses every scope that is not openid, profile or a purpose.
func checkScopes(scopes []string) error {
	for _, s := range scopes {
		purpose, ok := strings.CutPrefix(s, "purpose:")
		if !(ok && category.Purpose(purpose).Valid()) && !slices.Contains([]string{oidc.ScopeOpenID, oidc.ScopeProfile}, s) {
			return errors.New("not known: use openid, profile and purpose:WORD")
		}
	}
	return nil
}
