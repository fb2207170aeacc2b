package clientkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// The algorithms of signatures, RFC 7518.
const (
	ES256 = "ES256" // over P-256
	PS256 = "PS256" // RSA of 3,072 bits
	RS256 = "RS256" // RSA of 3,072 bits
)

// New makes a key pair for an algorithm, as JWKs; its id says nothing.
func New(algorithm string) (*jose.JSONWebKey, error) {
	var private crypto.Signer
	var err error
	switch algorithm {
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case PS256, RS256:
		private, err = rsa.GenerateKey(rand.Reader, 3072)
	default:
		return nil, errors.New("making a key of a client: its algorithm is not known: use ES256, PS256 or RS256")
	}
	if err != nil {
		return nil, errors.New("making a key of a client: no randomness")
	}
	return &jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: algorithm, Use: "sig"}, nil
}
