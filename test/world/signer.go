package world

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Signer signs policies.
type Signer struct {
	key    *ecdsa.PrivateKey
	Public string // PEM
}

// NewSigner makes a key.
func NewSigner(t testing.TB) *Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return &Signer{key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

// Altered is the policy that the program holds with words of its modules replaced: module,
// words, and what stands there instead.
func Altered(t testing.TB, changes ...string) map[string]string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "..", "..", "policy")
	paths, err := filepath.Glob(filepath.Join(root, "ac*", "*.rego"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d modules: %v", len(paths), err)
	}
	out := map[string]string{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := filepath.Rel(root, path); err == nil && !strings.HasSuffix(path, "_test.rego") {
			out[filepath.ToSlash(name)] = string(raw)
		}
	}
	for i := 0; i+2 < len(changes); i += 3 {
		if !strings.Contains(out[changes[i]], changes[i+1]) {
			t.Fatalf("%s does not say %q", changes[i], changes[i+1])
		}
		out[changes[i]] = strings.ReplaceAll(out[changes[i]], changes[i+1], changes[i+2])
	}
	return out
}

// Bundle is modules as an OPA bundle that the signer has signed: a JWT (ES256) with the
// digest of each.
func (s *Signer) Bundle(t testing.TB, modules map[string]string) []byte {
	t.Helper()
	type digest struct {
		Name      string `json:"name"`
		Hash      string `json:"hash"`
		Algorithm string `json:"algorithm"`
	}
	var claims struct {
		Files []digest `json:"files"`
	}
	for name, text := range modules {
		sum := sha256.Sum256([]byte(text))
		claims.Files = append(claims.Files, digest{name, hex.EncodeToString(sum[:]), "SHA-256"})
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + encode(payload)
	sum := sha256.Sum256([]byte(token))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)
	files := maps.Clone(modules)
	files[".signatures.json"] = `{"signatures": ["` + token + "." + encode(signature) + `"]}`
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := archive.WriteHeader(&tar.Header{Name: "/" + name, Mode: 0o600, Typeflag: tar.TypeReg, Size: int64(len(files[name]))})
		if err == nil {
			_, err = archive.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
