package devissuer

import (
	"encoding/json"
	"net/http"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// discovery answers with the provider's metadata without what is not served.
func (s *site) discovery(w http.ResponseWriter, r *http.Request) {
	ctx := op.ContextWithIssuer(r.Context(), s.issuer)
	full := op.CreateDiscoveryConfig(ctx, s.provider, s.store)
	served := &oidc.DiscoveryConfiguration{
		Issuer:                                     full.Issuer,
		AuthorizationEndpoint:                      full.AuthorizationEndpoint,
		TokenEndpoint:                              full.TokenEndpoint,
		JwksURI:                                    full.JwksURI,
		DeviceAuthorizationEndpoint:                full.DeviceAuthorizationEndpoint,
		ScopesSupported:                            full.ScopesSupported,
		ResponseTypesSupported:                     []string{string(oidc.ResponseTypeCode)},
		GrantTypesSupported:                        []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeDeviceCode, oidc.GrantTypeClientCredentials},
		SubjectTypesSupported:                      full.SubjectTypesSupported,
		IDTokenSigningAlgValuesSupported:           full.IDTokenSigningAlgValuesSupported,
		TokenEndpointAuthMethodsSupported:          []oidc.AuthMethod{oidc.AuthMethodNone, oidc.AuthMethodBasic, oidc.AuthMethodPrivateKeyJWT},
		CodeChallengeMethodsSupported:              full.CodeChallengeMethodsSupported,
		ClaimsSupported:                            []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr"},
		TokenEndpointAuthSigningAlgValuesSupported: []string{"ES256", "PS256", "RS256"},
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(served)
}

// supportedScopes are openid, profile and one scope for each purpose.
func supportedScopes() []string {
	out := []string{oidc.ScopeOpenID, oidc.ScopeProfile}
	for _, p := range category.Purposes() {
		out = append(out, "purpose:"+string(p))
	}
	return out
}
