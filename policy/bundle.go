package policy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/sala-exchange/sala/internal/errs"
)

// bundleLimit bounds a bundle and each file in it, in bytes.
const bundleLimit = 1 << 20

// keyName is under which the verifier keeps the one key that it tries; what key a
// bundle says it was signed with does not count.
const keyName = "sala"

// Load returns the policy of a signed OPA bundle (tar.gz), once its signature by
// one of the given public keys has been verified. Keys are PEM blocks "PUBLIC
// KEY": ECDSA on P-256, P-384 or P-521, or RSA of at least 2048 bits; the key, not
// the bundle, settles the algorithm. A bundle that is unsigned, altered, signed by
// another key, holds anything but Rego, or leaves an entrypoint undefined is
// refused with an error of kind Unavailable (threats.md, row 40). Modules that end
// in _test.rego are left out.
func Load(bundlePath string, publicKeysPEM ...string) (_ *Policy, err error) {
	const doing = "loading the policy bundle"
	defer func() {
		if r := recover(); r != nil {
			err = errs.New(errs.Unavailable, doing+": the bundle reader panicked; build and sign the bundle again")
		}
	}()
	raw, err := readBounded(bundlePath)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, doing+": the file cannot be read, or is larger than 1 MiB")
	}
	refused := fmt.Errorf("no public key was given")
	for _, publicKey := range publicKeysPEM {
		algorithm, err := algorithmOf(publicKey)
		if err != nil {
			return nil, errs.Wrap(err, errs.Unavailable, doing+": a public key is not usable; give ECDSA or RSA of at least 2048 bits as PEM")
		}
		var modules map[string][]byte
		if modules, refused = readBundle(raw, publicKey, algorithm); refused == nil {
			return compile(modules)
		}
	}
	return nil, errs.Wrap(refused, errs.Unavailable, doing+": it is broken, or not signed with a known key; sign it with the deployment's policy key")
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, bundleLimit+1))
	if err == nil && len(raw) > bundleLimit {
		err = fmt.Errorf("too large")
	}
	return raw, err
}

// algorithmOf returns the one signature algorithm that goes with a public key.
// Anything else is refused, above all text that HMAC would take for a secret.
func algorithmOf(publicKey string) (string, error) {
	block, rest := pem.Decode([]byte(publicKey))
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return "", fmt.Errorf("not one PEM block PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", err
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		curves := map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}
		if algorithm, ok := curves[k.Curve]; ok {
			return algorithm, nil
		}
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return "RS256", nil
		}
	}
	return "", fmt.Errorf("unknown kind or too short")
}

// readBundle verifies and unpacks. Parsing here is OPA's; compile parses the
// verified sources again under its own rules, whatever the manifest says.
func readBundle(raw []byte, publicKey, algorithm string) (map[string][]byte, error) {
	config := bundle.NewVerificationConfig(map[string]*bundle.KeyConfig{
		keyName: {Key: publicKey, Algorithm: algorithm},
	}, keyName, "", nil)
	b, err := bundle.NewReader(strings.NewReader(string(raw))).
		WithBundleVerificationConfig(config).
		WithSizeLimitBytes(bundleLimit).
		WithCapabilities(capabilities()).
		WithRegoVersion(ast.RegoV1).
		Read()
	if err != nil {
		return nil, err
	}
	if len(b.Signatures.Signatures) != 1 || b.Type() != bundle.SnapshotBundleType {
		return nil, fmt.Errorf("the bundle is not signed")
	}
	if len(b.Data) > 0 || len(b.WasmModules) > 0 || len(b.PlanModules) > 0 {
		return nil, fmt.Errorf("the bundle holds more than rego")
	}
	modules := map[string][]byte{}
	for _, m := range b.Modules {
		if !strings.HasSuffix(m.Path, "_test.rego") {
			modules[m.Path] = m.Raw
		}
	}
	return modules, nil
}
