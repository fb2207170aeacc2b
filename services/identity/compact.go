package identity

import (
	"encoding/base64"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// compact is a token in three parts, decoded but not yet verified.
type compact struct {
	header  members
	claims  members
	payload []byte
	alg     jose.SignatureAlgorithm
	kid     string
}

// The signature algorithms that are accepted: asymmetric ones only, so that a
// public key can never serve as a shared secret (threats.md rows 1 and 2).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA, jose.PS256}

// Header members that would let the token bring its own keys or processing rules.
var forbiddenHeader = []string{"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc", "cty"}

// splitCompact takes a token apart without verifying it. Size and alphabet are
// checked before anything is decoded (threats.md row 8).
func splitCompact(raw string) (*compact, error) {
	if len(raw) > maxToken {
		return nil, refuse("size: above 16 KiB")
	}
	if strings.Count(raw, ".") != 2 {
		return nil, refuse("form: not three parts")
	}
	var parts [3][]byte
	for i, p := range strings.Split(raw, ".") {
		// The decoder skips line breaks, so the alphabet is checked first.
		if p == "" || strings.ContainsAny(p, "\r\n") {
			return nil, refuse("form: a part is empty or not base64url")
		}
		b, err := base64.RawURLEncoding.Strict().DecodeString(p)
		if err != nil {
			return nil, refuse("form: a part is empty or not base64url")
		}
		parts[i] = b
	}
	c := &compact{payload: parts[1]}
	var err error
	if c.header, err = scanObject(parts[0]); err != nil {
		return nil, err
	}
	if err = c.readHeader(); err != nil {
		return nil, err
	}
	c.claims, err = scanObject(parts[1])
	return c, err
}

func (c *compact) readHeader() error {
	for _, name := range forbiddenHeader {
		if c.header.has(name) {
			return refuse("header: a member that is not allowed (" + name + ")")
		}
	}
	for _, a := range algorithms {
		if c.header.text("alg") == string(a) {
			c.alg = a
		}
	}
	if c.alg == "" {
		return refuse("alg: not among the algorithms that are accepted")
	}
	if c.kid = c.header.text("kid"); !sound(c.kid) {
		return refuse("kid: missing or not sound")
	}
	return nil
}
