package identity

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Times of a proof, by the server's clock.
const (
	maxProof  = 8 << 10          // bytes
	proofLife = 60 * time.Second // how old a proof may be (iat); RFC 9449 leaves it to the server
	proofLead = 10 * time.Second // how far ahead the holder's clock may be
)

// Proofs is what proofs of possession are checked against.
type Proofs struct {
	// URL is where clients reach the API, as their proofs name it: https, without query
	// and fragment. Where it is empty, tokens that are bound to a key are refused.
	URL string
	// Paths says that clients reach more than one path: a proof names the URL with the
	// request's path behind it.
	Paths bool
	// Once takes note of a proof of a member for the whole deployment, until then, and
	// reports false where it was noted before.
	Once func(ctx context.Context, m Membership, proof string, until time.Time) (bool, error)
}

// WithProofs lets tokens in that are bound to a key, with a proof of it (RFC 9449). Those
// that are bound to a TLS client certificate (RFC 8705) need nothing of it.
func WithProofs(p Proofs) Option { return func(v *Verifier) { v.proofs = p } }

// binding is what a token is bound to: nothing, a key or a certificate, never both.
type binding struct {
	key         string // thumbprint of a JSON web key (RFC 7638), SHA-256, base64url
	certificate string // SHA-256 of a certificate's DER, base64url (RFC 8705)
}

// readBinding reads cnf. What it does not know it refuses: an unknown confirmation is one
// that cannot be checked.
func readBinding(m members) (b binding, err error) {
	if !m.has("cnf") {
		return b, nil
	}
	cnf, err := scanObject(m["cnf"])
	if err != nil || len(cnf) != 1 {
		return b, refuse("cnf: not one way of confirming")
	}
	b = binding{key: cnf.text("jkt"), certificate: cnf.text("x5t#S256")}
	if !thumbprint(b.key) && !thumbprint(b.certificate) {
		return binding{}, refuse("cnf: neither a key's thumbprint nor a certificate's")
	}
	return b, nil
}

func thumbprint(s string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(raw) == sha256.Size
}

// possessed checks that whoever sent the request holds what the token is bound to, and
// returns the proof's id, where there is a proof. A plain bearer token needs no proof and
// may have none: a proof that nothing is bound to proves nothing (RFC 9449, section 7).
func (v *Verifier) possessed(r *http.Request, scheme, raw string, t *Token) (proof string, err error) {
	proofs := r.Header.Values("DPoP")
	switch {
	case t.bound.key != "":
		if scheme != "DPoP" || len(proofs) != 1 {
			return "", refuse("proof: a token that is bound to a key needs the scheme DPoP and one proof")
		}
		return v.proved(r, proofs[0], raw, t.bound.key)
	case scheme != "Bearer" || len(proofs) != 0:
		return "", refuse("proof: the token is bound to no key")
	case t.bound.certificate != "":
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			return "", refuse("certificate: none came with the connection")
		}
		sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
		if !same(base64.RawURLEncoding.EncodeToString(sum[:]), t.bound.certificate) {
			return "", refuse("certificate: another than the token is bound to")
		}
	}
	return "", nil
}

// proved checks a proof of possession of the key of a thumbprint (RFC 9449, section 4.3).
func (v *Verifier) proved(r *http.Request, proof, token, bound string) (string, error) {
	if v.proofs.URL == "" || v.proofs.Once == nil {
		return "", refuse("proof: this deployment takes none")
	}
	c, err := readProof(proof, bound)
	if err != nil {
		return "", err
	}
	ath := sha256.Sum256([]byte(token))
	reached := v.proofs.URL
	if v.proofs.Paths {
		reached += r.URL.EscapedPath()
	}
	iat, dated := c.whole("iat")
	issued, now := time.Unix(iat, 0), v.now()
	switch {
	case c.text("htm") != r.Method:
		return "", refuse("proof: made for another method")
	case c.text("htu") != reached:
		return "", refuse("proof: made for another address")
	case !same(c.text("ath"), base64.RawURLEncoding.EncodeToString(ath[:])):
		return "", refuse("proof: made for another token")
	case !dated || issued.After(now.Add(proofLead)) || !now.Before(issued.Add(proofLife)):
		return "", refuse("proof: not of this moment")
	case !sound(c.text("jti")):
		return "", refuse("proof: no id")
	}
	sum := sha256.Sum256([]byte(bound + "\n" + c.text("jti")))
	return hex.EncodeToString(sum[:]), nil
}

// readProof returns the claims of a proof, whose signature is by the key of the thumbprint.
func readProof(raw, bound string) (members, error) {
	if len(raw) > maxProof {
		return nil, refuse("proof: above 8 KiB")
	}
	signed, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, refuse("proof: not one signed text of an algorithm that is accepted")
	}
	parts, err := splitProof(raw)
	if err != nil {
		return nil, err
	}
	header, claims := parts[0], parts[1]
	if header.text("typ") != "dpop+jwt" {
		return nil, refuse("proof: another kind of token")
	}
	for _, name := range []string{"crit", "jku", "x5u", "x5c", "b64", "zip", "kid"} {
		if header.has(name) {
			return nil, refuse("proof: a header member that is not allowed")
		}
	}
	var key jose.JSONWebKey
	if json.Unmarshal(header["jwk"], &key) != nil || !key.IsPublic() || !suits(key, jose.SignatureAlgorithm(header.text("alg"))) {
		return nil, refuse("proof: no public key that suits its algorithm")
	}
	print, err := key.Thumbprint(crypto.SHA256)
	if err != nil || !same(base64.RawURLEncoding.EncodeToString(print), bound) {
		return nil, refuse("proof: another key than the token is bound to")
	}
	if _, err := signed.Verify(key.Key); err != nil {
		return nil, refuse("proof: the signature does not hold")
	}
	return claims, nil
}

// splitProof reads header and claims strictly, as a token's are.
func splitProof(raw string) (parts [2]members, err error) {
	dot := 0
	for i := range parts {
		end := dot
		for end < len(raw) && raw[end] != '.' {
			end++
		}
		text, err := base64.RawURLEncoding.Strict().DecodeString(raw[dot:end])
		if err != nil {
			return parts, refuse("proof: not base64url")
		}
		if parts[i], err = scanObject(text); err != nil {
			return parts, err
		}
		dot = end + 1
	}
	return parts, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
