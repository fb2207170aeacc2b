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
func Load(bundlePath string, publicKeysPEM ...string) (*Policy, error) {
	raw, err := ReadBundle(bundlePath)
	if err != nil {
		return nil, err
	}
	return LoadSigned([][]byte{raw}, 1, publicKeysPEM...)
}

// loading is what every error of a bundle begins with.
const loading = "loading the policy bundle"

// ReadBundle reads a bundle's file, of at most 1 MiB; nothing in it is verified.
func ReadBundle(path string) ([]byte, error) {
	raw, err := readBounded(path)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, loading+": the file cannot be read, or is larger than 1 MiB")
	}
	return raw, nil
}

// LoadSigned is Load of one policy that several people have signed, each as a bundle of
// their own with the same modules: at least so many different keys (threats.md, row 57).
func LoadSigned(bundles [][]byte, signers int, publicKeysPEM ...string) (_ *Policy, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errs.New(errs.Unavailable, loading+": the bundle reader panicked; build and sign the bundle again")
		}
	}()
	var modules map[string][]byte
	signed := map[string]bool{} // by key
	for _, raw := range bundles {
		key, holds, err := verified(raw, publicKeysPEM)
		if err != nil {
			return nil, err
		}
		if modules != nil && revision(holds) != revision(modules) {
			return nil, errs.New(errs.Unavailable, loading+": the bundles hold different policies; each has to hold the same modules, signed by another")
		}
		modules, signed[key] = holds, true
	}
	if len(signed) < max(1, signers) {
		return nil, errs.New(errs.Unavailable, loading+": it is signed with %d of the known keys; policySigners asks for %d different ones, each in a bundle of its own", len(signed), max(1, signers))
	}
	return compile(modules)
}

// verified returns the modules of a bundle, and by which of the keys it is signed.
func verified(raw []byte, publicKeysPEM []string) (key string, modules map[string][]byte, err error) {
	refused := fmt.Errorf("no public key was given")
	for _, publicKey := range publicKeysPEM {
		key, algorithm, err := algorithmOf(publicKey)
		if err != nil {
			return "", nil, errs.Wrap(err, errs.Unavailable, loading+": a public key is not usable; give ECDSA or RSA of at least 2048 bits as PEM")
		}
		if modules, refused = readBundle(raw, publicKey, algorithm); refused == nil {
			return key, modules, nil
		}
	}
	return "", nil, errs.Wrap(refused, errs.Unavailable, loading+": it is broken, or not signed with a known key; sign it with the deployment's policy key")
}

// Keys counts different public keys: one that is named twice is one signer's.
func Keys(publicKeysPEM []string) int {
	different := map[string]bool{}
	for _, publicKey := range publicKeysPEM {
		if key, _, err := algorithmOf(publicKey); err == nil {
			different[key] = true
		}
	}
	return len(different)
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

// algorithmOf returns the key itself, however it is written, and the one signature
// algorithm that goes with it. Anything else is refused, above all text that HMAC would
// take for a secret.
func algorithmOf(publicKey string) (der, algorithm string, err error) {
	block, rest := pem.Decode([]byte(publicKey))
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return "", "", fmt.Errorf("not one PEM block PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", "", err
	}
	canonical, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", "", err
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		curves := map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}
		if algorithm, ok := curves[k.Curve]; ok {
			return string(canonical), algorithm, nil
		}
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return string(canonical), "RS256", nil
		}
	}
	return "", "", fmt.Errorf("unknown kind or too short")
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
