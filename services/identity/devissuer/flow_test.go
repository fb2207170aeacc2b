package devissuer

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/sala-exchange/sala/services/identity"
)

const redirect = "http://127.0.0.1:49152/callback"

// endpoint reads the metadata as a client would.
func (w *world) endpoint(t *testing.T, code string) oauth2.Endpoint {
	t.Helper()
	p, err := oidc.NewProvider(context.Background(), w.IssuerURL(code))
	if err != nil {
		t.Fatal(err)
	}
	e := p.Endpoint()
	e.AuthStyle = oauth2.AuthStyleInParams
	return e
}

func (w *world) cli(t *testing.T, scopes ...string) *oauth2.Config {
	return &oauth2.Config{ClientID: CLI, RedirectURL: redirect, Scopes: scopes, Endpoint: w.endpoint(t, "NGO-A")}
}

// still is a browser that stays where it is.
var still = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// get follows redirects within the issuer and returns the body, or the parameters
// of the redirect to the client.
func (w *world) get(t *testing.T, at string, form url.Values) (status int, body string, back url.Values) {
	t.Helper()
	for {
		resp, err := still.Get(at)
		if form != nil {
			resp, err = still.PostForm(at, form)
		}
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		next, err := resp.Location()
		if errors.Is(err, http.ErrNoLocation) {
			return resp.StatusCode, string(b), nil
		}
		if at, form = next.String(), nil; strings.HasPrefix(at, redirect) {
			back, _ := url.ParseQuery(next.RawQuery + "&" + next.Fragment)
			return resp.StatusCode, "", back
		}
	}
}

var (
	hidden = regexp.MustCompile(`name="request" value="([^"]+)"`)
	choice = regexp.MustCompile(`name="subject" value="([^"]+)"`)
)

// signIn goes through the sign-in page as the user and returns the answer to the
// client.
func (w *world) signIn(t *testing.T, authorize, subject string) url.Values {
	t.Helper()
	status, body, back := w.get(t, authorize, nil)
	if back != nil {
		return back
	}
	found := hidden.FindStringSubmatch(body)
	if status != http.StatusOK || found == nil {
		t.Fatalf("no sign-in page: %d %s", status, body)
	}
	if !strings.Contains(body, "development only") || !strings.Contains(body, "Ana &lt;Fiction&gt;") || len(choice.FindAllString(body, -1)) != 2 {
		t.Errorf("not the page of this agency's users: %s", body)
	}
	_, _, back = w.get(t, w.IssuerURL("NGO-A")+"/login", url.Values{"request": {html.UnescapeString(found[1])}, "subject": {subject}})
	return back
}

func header(t *testing.T, raw string) jose.Header {
	t.Helper()
	jws, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return jws.Signatures[0].Header
}

func TestCodeFlow(t *testing.T) {
	w := start(t)
	c, verifier := w.cli(t, "openid", "profile", "purpose:ASSISTANCE"), oauth2.GenerateVerifier()
	back := w.signIn(t, c.AuthCodeURL("st", oauth2.S256ChallengeOption(verifier), oidc.Nonce("no")), "u-1")
	if back.Get("state") != "st" || back.Get("code") == "" {
		t.Fatalf("not the answer: %v", back)
	}
	tok, err := c.Exchange(context.Background(), back.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if typ := header(t, tok.AccessToken).ExtraHeaders[jose.HeaderType]; typ != "at+jwt" {
		t.Errorf("typ of the access token: %v", typ)
	}
	got := w.accept(t, tok.AccessToken)
	if got.Subject != "u-1" || got.Client != CLI || got.Assurance != "urn:sala:two-factor" || len(got.Purposes) != 1 {
		t.Errorf("not what was signed in: %+v", got)
	}
	if life := time.Until(got.Expires); life > time.Hour || life < 59*time.Minute || tok.RefreshToken != "" {
		t.Errorf("lifetime %v, or a refresh token", life)
	}
	// The ID token is for the client and never for Sala (row 6).
	id, _ := tok.Extra("id_token").(string)
	p, err := oidc.NewProvider(context.Background(), w.IssuerURL("NGO-A"))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := p.Verifier(&oidc.Config{ClientID: CLI, SupportedSigningAlgs: []string{"ES256"}}).Verify(context.Background(), id)
	if err != nil || claims.Nonce != "no" || claims.VerifyAccessToken(tok.AccessToken) != nil {
		t.Errorf("ID token: %v", err)
	}
	if _, err := w.verifier.Verify(context.Background(), id); err == nil {
		t.Error("an ID token was taken for an access token")
	}
	if _, err := c.Exchange(context.Background(), back.Get("code"), oauth2.VerifierOption(verifier)); err == nil {
		t.Error("a code worked twice")
	}
}

// TestCodeFlowRefusals is threats.md row 5: nothing is signed in, and no code is
// given, where a part of the protection is missing.
func TestCodeFlowRefusals(t *testing.T) {
	w := start(t)
	c, challenge := w.cli(t, "profile"), oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	full := func(more ...oauth2.AuthCodeOption) string {
		return c.AuthCodeURL("st", append([]oauth2.AuthCodeOption{challenge}, more...)...)
	}
	set := oauth2.SetAuthURLParam
	for name, at := range map[string]string{
		"no PKCE":             c.AuthCodeURL("st"),
		"plain PKCE":          full(set("code_challenge_method", "plain")),
		"PKCE without method": full(set("code_challenge_method", "")),
		"short challenge":     full(set("code_challenge", "x")),
		"no state":            strings.Replace(full(), "state=st", "", 1),
		"no nonce":            full(set("scope", "openid")),
		"no redirect":         full(set("redirect_uri", "")),
		"foreign redirect":    full(set("redirect_uri", "https://evil.test/callback")),
		"other path":          full(set("redirect_uri", "http://127.0.0.1:1/evil")),
		"unknown client":      full(set("client_id", "nobody")),
		"confidential client": full(set("client_id", "ngo-a-system")),
		"implicit":            full(set("response_type", "id_token token")),
		"unknown scope":       full(set("scope", "profile admin")),
		"unknown purpose":     full(set("scope", "profile purpose:ALL")),
		"no page":             full(set("prompt", "none")),
	} {
		status, body, back := w.get(t, at, nil)
		if strings.Contains(body, "<form") || back.Get("code") != "" || back == nil && status < 400 || back != nil && back.Get("error") == "" {
			t.Errorf("%s: not refused: %d %v", name, status, back)
		}
	}
	if len(w.sites["NGO-A"].requests) != 0 {
		t.Error("a refused sign-in was kept")
	}
}

func TestCodeMisuse(t *testing.T) {
	w := start(t)
	c, verifier := w.cli(t, "profile"), oauth2.GenerateVerifier()
	ask := func() string {
		back := w.signIn(t, c.AuthCodeURL("st", oauth2.S256ChallengeOption(verifier)), "u-2")
		if back.Get("code") == "" {
			t.Fatalf("no code: %v", back)
		}
		return back.Get("code")
	}
	exchange := func(c *oauth2.Config, code string, o ...oauth2.AuthCodeOption) error {
		_, err := c.Exchange(context.Background(), code, o...)
		return err
	}
	right := oauth2.VerifierOption(verifier)
	if exchange(c, ask()) == nil {
		t.Error("without a verifier")
	}
	code := ask()
	if exchange(c, code, oauth2.VerifierOption(oauth2.GenerateVerifier())) == nil || exchange(c, code, right) == nil {
		t.Error("with a wrong verifier, or with the right one after that")
	}
	elsewhere := *c
	elsewhere.RedirectURL = "http://127.0.0.1:1/callback"
	if exchange(&elsewhere, ask(), right) == nil {
		t.Error("with another redirect")
	}
	mixed := *c
	mixed.Endpoint = w.endpoint(t, "POLICE-B")
	if exchange(&mixed, ask(), right) == nil {
		t.Error("at another issuer (mix-up, row 3)")
	}
	code = ask()
	w.advance(codeLife + time.Second)
	if exchange(c, code, right) == nil {
		t.Error("after its time")
	}
	code = ask()
	var won int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if exchange(c, code, right) == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	if all.Wait(); won != 1 {
		t.Errorf("a code worked %d times at once", won)
	}
}

// TestCallback: a sign-in gives its code once, and none before somebody signed in.
func TestCallback(t *testing.T) {
	w := start(t)
	c := w.cli(t, "profile")
	_, body, _ := w.get(t, c.AuthCodeURL("st", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), nil)
	id := hidden.FindStringSubmatch(body)[1]
	callback := w.IssuerURL("NGO-A") + "/authorize/callback?id=" + id
	if _, _, back := w.get(t, callback, nil); back.Get("code") != "" {
		t.Error("a code before the sign-in")
	}
	login := w.IssuerURL("NGO-A") + "/login"
	if status, _, _ := w.get(t, login, url.Values{"request": {id}, "subject": {"nobody"}}); status != http.StatusNotFound {
		t.Error("an unknown user signed in")
	}
	if _, _, back := w.get(t, login, url.Values{"request": {id}, "subject": {"u-1"}}); back.Get("code") == "" {
		t.Error("no code")
	}
	if _, _, back := w.get(t, login, url.Values{"request": {id}, "subject": {"u-2"}}); back != nil {
		t.Error("a second user signed in")
	}
	if _, _, back := w.get(t, callback, nil); back.Get("code") != "" {
		t.Error("a second code")
	}
}

func TestDeviceGrant(t *testing.T) {
	w := start(t)
	c := w.cli(t, "openid", "purpose:JUSTICE")
	poll := func(d *oauth2.DeviceAuthResponse) (*oauth2.Token, string) {
		// Once, without the client's waiting.
		resp, err := http.PostForm(c.Endpoint.TokenURL, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"},
			"device_code": {d.DeviceCode}, "client_id": {CLI}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		var out struct {
			oauth2.Token
			Error string `json:"error"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return &out.Token, out.Error
	}
	begin := func() *oauth2.DeviceAuthResponse {
		d, err := c.DeviceAuth(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, problem := poll(d); problem != "authorization_pending" {
			t.Errorf("before the sign-in: %q", problem)
		}
		return d
	}
	d := begin()
	w.advance(pollInterval - time.Second)
	if _, problem := poll(d); problem != "slow_down" {
		t.Errorf("asked again too soon: %q", problem)
	}
	w.advance(pollInterval + slower - time.Second)
	if _, problem := poll(d); problem != "slow_down" {
		t.Errorf("asked again as soon as before it was slowed down: %q", problem)
	}
	w.advance(pollInterval + 2*slower)
	if _, problem := poll(d); problem != "authorization_pending" {
		t.Errorf("asked again in time: %q", problem)
	}
	status, body, _ := w.get(t, d.VerificationURIComplete, nil)
	if status != http.StatusOK || !strings.Contains(body, d.UserCode) {
		t.Fatalf("no device page: %d", status)
	}
	if status, _, _ := w.get(t, d.VerificationURI, url.Values{"user_code": {strings.ToLower(d.UserCode)}, "subject": {"u-2"}}); status != http.StatusOK {
		t.Fatalf("not allowed: %d", status)
	}
	tok, problem := poll(d)
	if problem != "" || w.accept(t, tok.AccessToken).Subject != "u-2" {
		t.Fatalf("no token: %q", problem)
	}
	if _, problem := poll(d); problem != "access_denied" {
		t.Errorf("a device code worked twice: %q", problem)
	}
	d = begin()
	if status, _, _ := w.get(t, d.VerificationURI, url.Values{"user_code": {d.UserCode}}); status != http.StatusNotFound {
		t.Error("decided without a choice")
	}
	w.get(t, d.VerificationURI, url.Values{"user_code": {d.UserCode}, "deny": {"yes"}})
	if _, problem := poll(d); problem != "access_denied" {
		t.Errorf("refused, yet: %q", problem)
	}
	d = begin()
	w.advance(requestLife)
	if status, _, _ := w.get(t, d.VerificationURI, url.Values{"user_code": {d.UserCode}, "subject": {"u-1"}}); status != http.StatusNotFound {
		t.Error("allowed after its time")
	}
	if _, problem := poll(d); problem != "expired_token" {
		t.Errorf("after its time: %q", problem)
	}
}

func TestClientCredentials(t *testing.T) {
	w := start(t)
	get := func(id, secret string, scopes ...string) (*oauth2.Token, error) {
		c := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: w.endpoint(t, "NGO-A").TokenURL, Scopes: scopes, AuthStyle: oauth2.AuthStyleInHeader}
		return c.Token(context.Background())
	}
	tok, err := get("ngo-a-system", "s3cret-of-a", "purpose:RETURN")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.accept(t, tok.AccessToken); got.Subject != "ngo-a-system" || got.Client != "ngo-a-system" || len(got.Purposes) != 1 {
		t.Errorf("not the client: %+v", got)
	}
	if tok, err = get("ngo-a-reader", "s3cret-of-reader"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.verifier.Verify(t.Context(), tok.AccessToken); err == nil {
		t.Error("a client of another audience has a token for this one")
	}
	other, err := identity.New(t.Context(), []identity.Issuer{{URL: w.IssuerURL("NGO-A"), Audience: otherAudience}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Verify(t.Context(), tok.AccessToken); err != nil {
		t.Errorf("a client of another audience has no token for it: %v", err)
	}
	for name, c := range map[string][3]string{
		"wrong secret":    {"ngo-a-system", "no", ""},
		"no secret":       {"ngo-a-system", "", ""},
		"public client":   {CLI, "", ""},
		"other agency's":  {"police-b-system", "s3cret-of-b", ""},
		"unknown purpose": {"ngo-a-system", "s3cret-of-a", "purpose:ALL"},
	} {
		if _, err := get(c[0], c[1], c[2]); err == nil {
			t.Errorf("%s: a token", name)
		}
	}
}

// TestSurface: only what the flows need answers, only under the issuer's own host
// name, and no other page can sign somebody in.
func TestSurface(t *testing.T) {
	w := start(t)
	at := w.IssuerURL("NGO-A")
	do := func(method, to string, change func(*http.Request)) int {
		r, err := http.NewRequest(method, to, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		resp, err := still.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: opened to other origins", method, to)
		}
		return resp.StatusCode
	}
	plain := func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") }
	for _, path := range []string{"/userinfo", "/oauth/introspect", "/revoke", "/end_session", "/healthz", "/ready"} {
		if do("GET", at+path, plain) != http.StatusNotFound || do("POST", at+path, plain) != http.StatusNotFound {
			t.Errorf("%s answers", path)
		}
	}
	if do("GET", at+"/keys", plain) != http.StatusOK || do("GET", w.IssuerURL("ngo-a")+"/keys", plain) != http.StatusNotFound {
		t.Error("keys: not under exactly the code")
	}
	if do("GET", at+"/keys", func(r *http.Request) { r.Host = "evil.test" }) != http.StatusMisdirectedRequest {
		t.Error("another host name was served")
	}
	for _, path := range []string{"/login", "/device"} {
		if do("POST", at+path, plain) != http.StatusForbidden {
			t.Errorf("%s: another origin may post", path)
		}
	}
	resp, err := http.PostForm(at+"/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {w.signed(t, nil, w.with(nil))}})
	if err != nil || resp.StatusCode < 400 {
		t.Error("an assertion was taken")
	}
}

func TestMint(t *testing.T) {
	w := start(t)
	raw, err := w.Mint("NGO-A", "ngo-a-system", "purpose:TRACING")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.accept(t, raw); got.Client != "ngo-a-system" || len(got.Purposes) != 1 {
		t.Errorf("not the client: %+v", got)
	}
	w.advance(tokenLife + 31*time.Second)
	if _, err := w.verifier.Verify(context.Background(), raw); err == nil {
		t.Error("accepted after its time")
	}
	for _, c := range [][]string{{"NGO-X", "u-1"}, {"NGO-A", "u-9"}, {"NGO-A", CLI}, {"NGO-A", ""}, {"POLICE-B", "u-2"}, {"NGO-A", "u-1", "purpose:X"}} {
		if _, err := w.Mint(c[0], c[1], c[2:]...); err == nil {
			t.Errorf("minted for %v", c)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{EmbeddedDatabase: true, BaseURL: "http://127.0.0.1:1", Audience: audience, Agencies: agencies()}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"database":      func(c *Config) { c.EmbeddedDatabase = false },
		"audience":      func(c *Config) { c.Audience = "" },
		"no agency":     func(c *Config) { c.Agencies = nil },
		"open http":     func(c *Config) { c.BaseURL = "http://sala.test" },
		"slash":         func(c *Config) { c.BaseURL += "/" },
		"code":          func(c *Config) { c.Agencies = []Agency{{Code: "a/b"}} },
		"code twice":    func(c *Config) { c.Agencies = []Agency{{Code: "a"}, {Code: "A"}} },
		"subject twice": func(c *Config) { c.Agencies = []Agency{{Code: "a", Users: []User{{"u", "", ""}, {"u", "", ""}}}} },
		"no secret":     func(c *Config) { c.Agencies = []Agency{{Code: "a", Clients: []Client{{ID: "c"}}}} },
		"client as user": func(c *Config) {
			c.Agencies = []Agency{{Code: "a", Users: []User{{"c", "", ""}}, Clients: []Client{{ID: "c", Secret: "s"}}}}
		},
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		} else if name == "database" && err.Error() != "the development issuer runs only beside the embedded database" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBound: unfinished sign-ins are forgotten in time and bounded in number.
func TestBound(t *testing.T) {
	w := start(t)
	s := w.sites["NGO-A"].store
	for range maxPending {
		if err := s.StoreDeviceAuthorization(context.Background(), CLI, random(), random(), time.Time{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if s.StoreDeviceAuthorization(context.Background(), CLI, "d", "U", time.Time{}, nil) == nil {
		t.Error("no bound")
	}
	w.advance(requestLife + time.Second)
	if err := s.StoreDeviceAuthorization(context.Background(), CLI, "d", "U", time.Time{}, nil); err != nil || len(s.devices) != 1 {
		t.Errorf("not forgotten: %v, %d", err, len(s.devices))
	}
}
