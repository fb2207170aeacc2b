// Package signin signs a person in from a terminal at the agency's own OpenID issuer
// by the device grant (RFC 8628), and keeps what it got in profiles.
//
// It promises that a token goes to the server alone that it was got for, never over
// an unencrypted line except on the same machine, and stays in a file that only its
// owner reads; and that no error holds a token or a code. It checks no token: that
// is the server's part.
package signin

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/sala-exchange/sala/internal/errs"
)

// Issuer is an agency's OpenID issuer and the client that asks it.
type Issuer struct {
	URL      string
	ClientID string
	Scopes   []string
	HTTP     *http.Client
	// Wait passes the time between two questions; nil waits for real.
	Wait func(context.Context, time.Duration) error
	// Now is the time; nil means time.Now.
	Now func() time.Time
}

// Token is what a sign-in gave.
type Token struct {
	Access  string    `json:"accessToken"`
	Refresh string    `json:"refreshToken,omitempty"`
	Expires time.Time `json:"expires"` // zero where the issuer did not say
}

// Prompt is what the person must do in a browser.
type Prompt struct {
	Code     string // to be compared, or typed in
	Page     string // where
	Complete string // the page with the code in it, or empty
	Expires  time.Time
}

// endpoints is what discovery gives of use here.
type endpoints struct {
	Issuer  string   `json:"issuer"`
	Device  string   `json:"device_authorization_endpoint"`
	Token   string   `json:"token_endpoint"`
	Revoke  string   `json:"revocation_endpoint"`
	Methods []string `json:"code_challenge_methods_supported"`
}

// Device signs in: show is told what the person must do, then the issuer is asked
// until it is done. The error says what to do about it.
func (i Issuer) Device(ctx context.Context, show func(Prompt)) (*Token, error) {
	at, err := i.discover(ctx)
	if err != nil {
		return nil, err
	}
	if at.Device == "" {
		return nil, errs.New(errs.Invalid, "signing in: this issuer offers no device grant: ask the agency's administrator to switch it on, or give a token in SALA_TOKEN")
	}
	form := url.Values{"client_id": {i.ClientID}, "scope": {strings.Join(i.Scopes, " ")}}
	verifier := ""
	if slices.Contains(at.Methods, "S256") {
		verifier = oauth2.GenerateVerifier()
		form.Set("code_challenge", oauth2.S256ChallengeFromVerifier(verifier))
		form.Set("code_challenge_method", "S256")
	}
	var d struct {
		Device   string `json:"device_code"`
		User     string `json:"user_code"`
		Page     string `json:"verification_uri"`
		Complete string `json:"verification_uri_complete"`
		Expires  int    `json:"expires_in"`
		Interval int    `json:"interval"`
	}
	if err := i.post(ctx, at.Device, form, &d); err != nil {
		return nil, err
	}
	if d.Device == "" || d.User == "" || !secure(d.Page) || d.Complete != "" && !secure(d.Complete) {
		return nil, errs.New(errs.Unavailable, "signing in: the issuer's answer is not that of a device grant: ask the agency's administrator")
	}
	end := i.now().Add(time.Duration(clamp(d.Expires, 1, 3600)) * time.Second)
	show(Prompt{Code: d.User, Page: d.Page, Complete: d.Complete, Expires: end})
	form = url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {d.Device}, "client_id": {i.ClientID}}
	if verifier != "" {
		form.Set("code_verifier", verifier)
	}
	if d.Interval == 0 {
		d.Interval = 5 // RFC 8628, 3.2
	}
	return i.poll(ctx, at.Token, form, time.Duration(clamp(d.Interval, 1, 120))*time.Second, end)
}

// slower is by how much the issuer may ask us to slow down (RFC 8628, 3.5).
const slower = 5 * time.Second

func (i Issuer) poll(ctx context.Context, endpoint string, form url.Values, every time.Duration, end time.Time) (*Token, error) {
	for {
		if err := i.wait(ctx, every); err != nil {
			return nil, errs.Wrap(err, errs.Unavailable, "signing in was given up")
		}
		if !i.now().Before(end) {
			return nil, expired()
		}
		t, refusal, err := i.token(ctx, endpoint, form)
		switch {
		case err != nil:
			return nil, err
		case t != nil:
			return t, nil
		case refusal == "authorization_pending":
		case refusal == "slow_down":
			every += slower
		case refusal == "expired_token":
			return nil, expired()
		case refusal == "access_denied":
			return nil, errs.New(errs.Forbidden, "signing in: it was refused in the browser")
		default:
			return nil, refused()
		}
	}
}

func expired() error {
	return errs.New(errs.Unauthenticated, "signing in: the code was not confirmed in time: run sala login again")
}

func refused() error {
	return errs.New(errs.Unauthenticated, "signing in: the issuer refused: check --client-id and --scope, or ask the agency's administrator")
}

// Renew gets a new token for a refresh token. Unauthenticated means: sign in again.
func (i Issuer) Renew(ctx context.Context, refresh string) (*Token, error) {
	at, err := i.discover(ctx)
	if err != nil {
		return nil, err
	}
	t, refusal, err := i.token(ctx, at.Token, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {i.ClientID}})
	if err != nil {
		return nil, err
	}
	if refusal != "" {
		return nil, errs.New(errs.Unauthenticated, "the sign-in is over: run sala login again")
	}
	if t.Refresh == "" {
		t.Refresh = refresh // RFC 6749, 6: the old one stays good
	}
	return t, nil
}

// Revoke tells the issuer that a token is no longer needed, where it offers that.
func (i Issuer) Revoke(ctx context.Context, token string) error {
	at, err := i.discover(ctx)
	if err != nil || at.Revoke == "" || token == "" {
		return err
	}
	return i.post(ctx, at.Revoke, url.Values{"token": {token}, "client_id": {i.ClientID}}, nil)
}

func (i Issuer) discover(ctx context.Context) (*endpoints, error) {
	if !secure(i.URL) {
		return nil, errs.New(errs.Invalid, "the issuer must be an https URL: give it with --issuer")
	}
	var at endpoints
	status, err := i.ask(ctx, http.MethodGet, strings.TrimSuffix(i.URL, "/")+"/.well-known/openid-configuration", nil, &at)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK || at.Issuer != i.URL {
		return nil, errs.New(errs.Unavailable, "the issuer does not answer as an OpenID issuer of exactly this name: check --issuer")
	}
	if !secure(at.Token) || at.Device != "" && !secure(at.Device) || at.Revoke != "" && !secure(at.Revoke) {
		return nil, errs.New(errs.Unavailable, "the issuer's metadata name no safe addresses: ask the agency's administrator")
	}
	return &at, nil
}

// token asks the token endpoint: a token, or the word of a refusal.
func (i Issuer) token(ctx context.Context, endpoint string, form url.Values) (*Token, string, error) {
	var answer struct {
		Access  string `json:"access_token"`
		Type    string `json:"token_type"`
		Refresh string `json:"refresh_token"`
		Expires int    `json:"expires_in"`
		Error   string `json:"error"`
	}
	status, err := i.ask(ctx, http.MethodPost, endpoint, form, &answer)
	if err != nil {
		return nil, "", err
	}
	switch {
	case status != http.StatusOK && answer.Error != "":
		return nil, answer.Error, nil
	case status != http.StatusOK || answer.Access == "" || !strings.EqualFold(answer.Type, "Bearer"):
		return nil, "", errs.New(errs.Unavailable, "signing in: the issuer's answer holds no bearer token: try again")
	}
	t := &Token{Access: answer.Access, Refresh: answer.Refresh}
	if answer.Expires > 0 {
		t.Expires = i.now().Add(time.Duration(answer.Expires) * time.Second).UTC()
	}
	return t, "", nil
}

func (i Issuer) post(ctx context.Context, endpoint string, form url.Values, into any) error {
	status, err := i.ask(ctx, http.MethodPost, endpoint, form, into)
	if err == nil && status != http.StatusOK {
		return refused()
	}
	return err
}

// maxAnswer bounds an issuer's answer in bytes.
const maxAnswer = 1 << 20

func (i Issuer) ask(ctx context.Context, method, endpoint string, form url.Values, into any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, errs.Wrap(err, errs.Invalid, "an address of the issuer is not a URL")
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	res, err := i.client().Do(req)
	if err != nil {
		return 0, errs.Wrap(err, errs.Unavailable, "the issuer cannot be reached: try again")
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, errs.Wrap(err, errs.Unavailable, "the issuer's answer broke off: try again")
	}
	if into != nil && len(raw) > 0 && json.Unmarshal(raw, into) != nil {
		return 0, errs.New(errs.Unavailable, "the issuer's answer is not JSON: try again")
	}
	return res.StatusCode, nil
}

func (i Issuer) client() *http.Client {
	if i.HTTP != nil {
		return i.HTTP
	}
	return &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (i Issuer) now() time.Time {
	if i.Now != nil {
		return i.Now()
	}
	return time.Now()
}

func (i Issuer) wait(ctx context.Context, d time.Duration) error {
	if i.Wait != nil {
		return i.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// secure reports whether a token may go there: https, or this machine.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

func clamp(n, low, high int) int { return min(max(n, low), high) }
