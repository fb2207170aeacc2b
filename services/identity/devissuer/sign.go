package devissuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// tokenLife is how long an access token serves.
const tokenLife = time.Hour

// tokenID starts the id of an access token, so that tokens can tell it from that
// of a sign-in request.
const tokenID = "at_"

// grant is what an access token is made of.
type grant struct {
	id, subject, client string
	scopes              []string
}

// signingKey is the key of one issuer, as zitadel's provider wants to see it:
// ES256, for which making a key takes no time at the start.
type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func newKey() (signingKey, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return signingKey{random(), k}, err
}

func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k signingKey) Key() any                                    { return k.private }
func (k signingKey) ID() string                                  { return k.id }

// publicKey is the same key as it is published.
type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return k.private.Public() }

// sign makes an access token as RFC 9068 has it.
func (s *store) sign(g grant) (string, error) {
	now, audience := s.now(), s.audience
	if c := s.clients[g.client]; c != nil && c.audience != "" {
		audience = c.audience
	}
	claims := map[string]any{
		"iss": s.issuer, "sub": g.subject, "aud": audience, "client_id": g.client,
		"jti": g.id, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}
	if len(g.scopes) > 0 {
		claims["scope"] = strings.Join(g.scopes, " ")
	}
	if u, ok := s.user(g.subject); ok && u.Assurance != "" {
		claims["acr"] = u.Assurance
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", errors.New("signing a token: its claims cannot be written")
	}
	return s.signAs("at+jwt", payload)
}

func (s *store) signAs(typ jose.ContentType, payload []byte) (string, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key.private, KeyID: s.key.id}},
		(&jose.SignerOptions{}).WithType(typ))
	if err != nil {
		return "", errors.New("signing a token: the key does not serve")
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", errors.New("signing a token: the key does not serve")
	}
	return jws.CompactSerialize()
}

// tokens is the provider's op.Crypto. The provider signs JWT access tokens with
// the typ JWT, which nobody may change, but hands the id of an opaque access token
// to its Crypto and gives out what comes back. So clients here have opaque access
// tokens, and Encrypt makes the at+jwt for the id. For a sign-in request, whose id
// it gets in the same way, it makes an authorization code.
type tokens struct{ store *store }

// Encrypt returns the access token for "<token id>:<subject>", once, or a fresh
// authorization code for a request's id.
func (t tokens) Encrypt(s string) (string, error) {
	if !strings.HasPrefix(s, tokenID) {
		return random(), nil
	}
	id, _, _ := strings.Cut(s, ":")
	g, ok := t.store.takeGrant(id)
	if !ok {
		return "", errors.New("making a token: nothing was granted under this id")
	}
	return t.store.sign(g)
}

// Decrypt is never needed: what Encrypt makes is not encrypted.
func (tokens) Decrypt(string) (string, error) {
	return "", errors.New("reading a token: this issuer does not take its own tokens back")
}

// random returns 128 bits and more as text.
func random() string { return rand.Text() }
