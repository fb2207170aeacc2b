package policy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
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
// refused with an error of kind Invalid that says which of these it is, and of a
// module that does not compile where (threats.md, row 40). Modules that end in
// _test.rego are left out.
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
		return nil, errs.Wrap(err, errs.Invalid, loading+": the file cannot be read, or is larger than 1 MiB")
	}
	return raw, nil
}

// LoadSigned is Load of one policy that several people have signed, each as a bundle of
// their own with the same modules: at least so many different keys (threats.md, row 57).
func LoadSigned(bundles [][]byte, signers int, publicKeysPEM ...string) (_ *Policy, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errs.New(errs.Invalid, loading+": the bundle reader panicked; build and sign the bundle again")
		}
	}()
	var modules map[string][]byte
	signed := map[string]bool{} // by key
	for i, raw := range bundles {
		doing := loading
		if len(bundles) > 1 {
			doing = fmt.Sprintf("%s %d of %d", loading, i+1, len(bundles))
		}
		key, holds, err := verified(doing, raw, publicKeysPEM)
		if err != nil {
			return nil, err
		}
		if modules != nil && revision(holds) != revision(modules) {
			return nil, errs.New(errs.Invalid, loading+": the bundles hold different policies; each has to hold the same modules, signed by another")
		}
		modules, signed[key] = holds, true
	}
	if len(signed) < max(1, signers) {
		return nil, errs.New(errs.Invalid, loading+": it is signed with %d of the known keys; policySigners asks for %d different ones, each in a bundle of its own", len(signed), max(1, signers))
	}
	return compile(modules)
}

// verified returns the modules of a bundle, and by which of the keys it is signed. What
// no known key has signed is taken apart no further than to its signature.
func verified(doing string, raw []byte, publicKeysPEM []string) (key string, modules map[string][]byte, err error) {
	signature, err := signatureOf(raw)
	if err != nil {
		return "", nil, errs.Wrap(err, errs.Invalid, "%s: it is broken: it is no bundle as `opa build` writes it (tar.gz)", doing)
	}
	switch n := len(signature.Signatures); {
	case n == 0:
		return "", nil, errs.New(errs.Invalid, "%s: it is not signed; build it with --signing-key and the deployment's policy key", doing)
	case n > 1:
		return "", nil, errs.New(errs.Invalid, "%s: it holds %d signatures instead of one; each signer signs a bundle of their own", doing, n)
	}
	refused := fmt.Errorf("no public key was given")
	for _, publicKey := range publicKeysPEM {
		key, algorithm, err := algorithmOf(publicKey)
		if err != nil {
			return "", nil, errs.Wrap(err, errs.Invalid, "%s: a public key is not usable; give ECDSA or RSA of at least 2048 bits as PEM", doing)
		}
		by := verification(publicKey, algorithm)
		if _, refused = (&bundle.DefaultVerifier{}).VerifyBundleSignature(signature, by); refused == nil {
			modules, err := readBundle(raw, by)
			return key, modules, unread(err, doing)
		}
	}
	return "", nil, errs.Wrap(refused, errs.Invalid, "%s: it is signed, but not with a known key; sign it with the deployment's policy key, or name the signer's with --policy-key", doing)
}

// unread says what is wrong with a bundle that a known key has signed.
func unread(err error, doing string) error {
	var faults ast.Errors
	switch {
	case err == nil:
		return nil
	case errors.As(err, &faults):
		return notCompiled(faults, doing)
	}
	return errs.Wrap(err, errs.Invalid, "%s: it is signed with a known key, but was altered afterwards, or holds more than rego and its manifest; build and sign it again", doing)
}

// signatureOf returns what a bundle says of its signatures; nothing in it is verified.
func signatureOf(raw []byte) (out bundle.SignaturesConfig, err error) {
	files := bundle.NewTarballLoader(bytes.NewReader(raw)).WithSizeLimitBytes(bundleLimit)
	for {
		f, err := files.NextFile()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if !bundle.IsSignaturesFile(f.Path()) {
			continue
		}
		var content bytes.Buffer
		if _, err = f.Read(&content, bundleLimit); err == nil || errors.Is(err, io.EOF) { // io.EOF is what a shorter one ends with
			err = json.Unmarshal(content.Bytes(), &out)
		}
		if err != nil {
			return out, err
		}
	}
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

// verification is by one key and no other.
func verification(publicKey, algorithm string) *bundle.VerificationConfig {
	return bundle.NewVerificationConfig(map[string]*bundle.KeyConfig{
		keyName: {Key: publicKey, Algorithm: algorithm},
	}, keyName, "", nil)
}

// readBundle verifies and unpacks. Parsing here is OPA's; compile parses the
// verified sources again under its own rules, whatever the manifest says.
func readBundle(raw []byte, by *bundle.VerificationConfig) (map[string][]byte, error) {
	b, err := bundle.NewReader(bytes.NewReader(raw)).
		WithBundleVerificationConfig(by).
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
