package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// mounted is where a program of an agency finds the Secret sala-client.
const mounted = "/client"

// connect does what docs/connectors.md says a program does: it signs a statement with the
// key of the Secret, gets a token of the agency's issuer for it, and asks the API.
func connect(ctx context.Context, _ []string) error {
	secret := map[string]string{}
	for _, name := range []string{"client-id", "issuer", "endpoint", "key.jwk"} {
		raw, err := os.ReadFile(filepath.Join(mounted, name))
		if err != nil {
			return err
		}
		secret[name] = strings.TrimSpace(string(raw))
	}
	statement, err := stated(secret)
	if err != nil {
		return err
	}
	t, err := granted(ctx, secret, statement)
	if err != nil {
		return err
	}
	c := &client.Client{Endpoint: secret["endpoint"], Token: t}
	raw, err := c.Do(ctx, "query Mine @purpose(of: ASSISTANCE) { me { agency { code } roles } worklist(first: 5) { edges { node { id } } } }", nil, nil)
	_, _ = os.Stdout.Write(raw)
	return err
}

// stated is the signed statement (RFC 7523; OpenID Connect Core 1.0, section 9).
func stated(secret map[string]string) (string, error) {
	var key jose.JSONWebKey
	if err := json.Unmarshal([]byte(secret["key.jwk"]), &key); err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	now := time.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: secret["client-id"], Subject: secret["client-id"], Audience: jwt.Audience{secret["issuer"]}, ID: fmt.Sprint(now.UnixNano()),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Serialize()
}

// granted is the access token that the issuer gives for it, at the endpoint of its metadata.
func granted(ctx context.Context, secret map[string]string, statement string) (string, error) {
	var metadata struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, secret["issuer"]+"/.well-known/openid-configuration", nil)
	if err == nil {
		err = answered(req, &metadata)
	}
	if err != nil {
		return "", fmt.Errorf("reading the issuer's metadata: %w", err)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {secret["client-id"]},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {statement}}
	if req, err = http.NewRequestWithContext(ctx, http.MethodPost, metadata.TokenEndpoint, strings.NewReader(form.Encode())); err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := answered(req, &answer); err != nil {
		return "", fmt.Errorf("asking for a token: %w", err)
	}
	return answer.Token, nil
}

func answered(req *http.Request, into any) error {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}
