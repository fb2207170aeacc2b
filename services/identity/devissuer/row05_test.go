package devissuer

import (
	"context"
	"net/url"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/oauth2"
)

// lax is the store without its demands: it starts any sign-in, takes the challenge for
// what the request says it is, and spends no code.
type lax struct{ *store }

type laxRequest struct{ request }

func (r laxRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: r.asked.CodeChallengeMethod}
}

func (l lax) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &request{id: "ar_" + random(), made: l.now(), asked: *r}
	l.requests[n.id] = n
	return laxRequest{*n}, nil
}

func (l lax) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, err := l.pending(l.codes[code])
	if err != nil {
		return nil, err
	}
	return laxRequest{*r}, nil
}

func (lax) DeleteAuthRequest(context.Context, string) error { return nil }

// Test05WithoutItsDemands: threats.md row 5. The provider over a store without our demands
// signs in where state, nonce or a real challenge is missing, and takes a code twice; over
// ours it does not.
func Test05WithoutItsDemands(t *testing.T) {
	challenge := oauth2.S256ChallengeOption
	set := oauth2.SetAuthURLParam
	verifier := oauth2.GenerateVerifier()
	for name, c := range map[string]struct {
		scope string
		ask   []oauth2.AuthCodeOption
		state string
		twice bool
	}{
		// Who saw the request go by knows the verifier, and with the code has the token.
		"a challenge that is the verifier": {"profile", []oauth2.AuthCodeOption{set("code_challenge", verifier), set("code_challenge_method", "plain")}, "st", false},
		"no state":                         {"profile", []oauth2.AuthCodeOption{challenge(verifier)}, "", false},
		"no nonce":                         {"openid", []oauth2.AuthCodeOption{challenge(verifier)}, "st", false},
		"a code twice":                     {"profile", []oauth2.AuthCodeOption{challenge(verifier)}, "st", true},
	} {
		for _, demands := range []bool{false, true} {
			w := start(t)
			if !demands {
				w.relax(t)
			}
			client := w.cli(t, c.scope)
			at := client.AuthCodeURL(c.state, c.ask...)
			signedIn := false
			if _, body, back := w.get(t, at, nil); hidden.MatchString(body) && back == nil {
				_, _, answer := w.get(t, w.IssuerURL("NGO-A")+"/login", url.Values{"request": {hidden.FindStringSubmatch(body)[1]}, "subject": {"u-1"}})
				_, err := client.Exchange(context.Background(), answer.Get("code"), oauth2.VerifierOption(verifier))
				signedIn = err == nil
				if c.twice && signedIn {
					_, err = client.Exchange(context.Background(), answer.Get("code"), oauth2.VerifierOption(verifier))
					signedIn = err == nil
				}
			}
			if signedIn == demands {
				t.Errorf("%s: with our demands %v, signed in %v", name, demands, signedIn)
			}
		}
	}
}

// relax puts the store without demands under the issuer of NGO-A.
func (w *world) relax(t *testing.T) {
	t.Helper()
	s := w.sites["NGO-A"]
	p, err := op.NewProvider(&op.Config{CodeMethodS256: true, SupportedScopes: supportedScopes()}, lax{s.store}, op.StaticIssuer(w.IssuerURL("NGO-A")),
		op.WithCrypto(tokens{s.store}), op.WithCORSOptions(nil), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	s.provider = p
	s.handler = s.routes()
}
