package devissuer

import (
	"context"
	"errors"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// What follows belongs to op.Storage but to no flow that is served. Each refuses.

var errUnserved = errors.New("answering a request: this issuer does not serve that")

// CreateAccessAndRefreshTokens refuses: there are no refresh tokens.
func (s *store) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnserved
}

// TokenRequestByRefreshToken refuses: there are no refresh tokens.
func (s *store) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, op.ErrInvalidRefreshToken
}

// GetRefreshTokenInfo refuses: there are no refresh tokens.
func (s *store) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

// TerminateSession refuses: there are no sessions.
func (s *store) TerminateSession(context.Context, string, string) error { return errUnserved }

// RevokeToken refuses: tokens end by themselves.
func (s *store) RevokeToken(context.Context, string, string, string) *oidc.Error {
	return oidc.ErrInvalidRequest().WithDescription("tokens cannot be revoked here")
}

// SetUserinfoFromToken refuses: there is no userinfo endpoint.
func (s *store) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return errUnserved
}

// SetIntrospectionFromToken refuses: there is no introspection endpoint.
func (s *store) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnserved
}

// GetPrivateClaimsFromScopes refuses: the provider makes no access token itself.
func (s *store) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, errUnserved
}

// ValidateJWTProfileScopes refuses: no assertion is a grant.
func (s *store) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnserved
}
