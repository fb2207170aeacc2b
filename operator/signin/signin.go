// Package signin signs the operator in to the API by its own OAuth client.
//
// It promises a token that is good for a minute more, fetched by the client credentials
// grant (RFC 6749, 4.4) with a secret that is read anew each time, so that a secret that
// is rotated is taken up; or a token out of a file that something else keeps fresh. No
// error holds a secret, a token or what an issuer answered.
package signin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/sala-exchange/sala/internal/errs"
)

// Account is how the operator signs in: by TokenFile, or by the others.
type Account struct {
	TokenFile string // a file that holds a token and is kept fresh by something else
	Issuer    string // URL, as the API knows it
	ClientID  string
	// SecretFile holds the client's secret.
	SecretFile string
	Audience   string   // what the token is for; sent where it is not empty
	Scopes     []string // none where empty
	HTTP       *http.Client

	mu    sync.Mutex
	token *oauth2.Token
}

// Check tells what is missing of an account, before anything is asked.
func (a *Account) Check() error {
	switch {
	case a.TokenFile != "" && (a.Issuer != "" || a.ClientID != "" || a.SecretFile != ""):
		return errs.New(errs.Invalid, "sign in by a token file or by a client of an issuer, not by both")
	case a.TokenFile == "" && (a.Issuer == "" || a.ClientID == "" || a.SecretFile == ""):
		return errs.New(errs.Invalid, "name the issuer, the client's id and the file of its secret, or a token file")
	}
	return nil
}

// Token returns a token that is good for a minute more.
func (a *Account) Token(ctx context.Context) (string, error) {
	if a.TokenFile != "" {
		return line(a.TokenFile, "the token")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token != nil && time.Until(a.token.Expiry) > time.Minute {
		return a.token.AccessToken, nil
	}
	secret, err := line(a.SecretFile, "the client's secret")
	if err != nil {
		return "", err
	}
	at, err := a.endpoint(ctx)
	if err != nil {
		return "", err
	}
	config := clientcredentials.Config{ClientID: a.ClientID, ClientSecret: secret, TokenURL: at, Scopes: a.Scopes, AuthStyle: oauth2.AuthStyleInHeader}
	if a.Audience != "" {
		config.EndpointParams = url.Values{"audience": {a.Audience}}
	}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, a.client()))
	if err != nil {
		return "", refused(err)
	}
	a.token = token
	return token.AccessToken, nil
}

// refused words the issuer's refusal by its registered code alone (RFC 6749, 5.2).
func refused(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		switch answer.ErrorCode {
		case "invalid_client", "unauthorized_client", "invalid_scope", "invalid_request", "unsupported_grant_type":
			return errs.Wrap(err, errs.Unauthenticated, "the issuer gives the operator no token (%s): check its client", answer.ErrorCode)
		}
	}
	return errs.Wrap(err, errs.Unavailable, "the issuer gives the operator no token: is it reachable?")
}

// endpoint discovers where tokens are asked for (OpenID Connect Discovery 1.0, 4).
func (a *Account) endpoint(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(a.Issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return "", errs.Wrap(err, errs.Invalid, "the issuer is not a URL")
	}
	res, err := a.client().Do(req)
	if err != nil {
		return "", errs.Wrap(err, errs.Unavailable, "the issuer cannot be reached: check its URL")
	}
	defer func() { _ = res.Body.Close() }()
	var found struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&found)
	if err != nil || res.StatusCode != http.StatusOK || found.Issuer != a.Issuer || found.TokenEndpoint == "" {
		return "", errs.New(errs.Unavailable, "the issuer's metadata name another issuer, or no token endpoint")
	}
	return found.TokenEndpoint, nil
}

// client follows no redirect, which could lead the secret elsewhere.
func (a *Account) client() *http.Client {
	if a.HTTP != nil {
		return a.HTTP
	}
	return &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func line(path, what string) (string, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // whoever runs the operator names the file
	if err != nil {
		return "", errs.Wrap(err, errs.Unavailable, "%s cannot be read from its file", what)
	}
	text := strings.TrimSpace(string(raw))
	if text == "" {
		return "", errs.New(errs.Unavailable, "the file of %s is empty", what)
	}
	return text, nil
}
