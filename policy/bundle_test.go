package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/sala-exchange/sala/internal/errs"
)

// signer is a key pair in the form in which OPA and Load take them.
type signer struct{ algorithm, private, public string }

func newSigner(t testing.TB, algorithm string, key crypto.Signer) signer {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return signer{algorithm, block("PRIVATE KEY", private), block("PUBLIC KEY", public)}
}

func newECDSA(t testing.TB) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, "ES256", key)
}

// sign returns the .signatures.json over the files.
func sign(t testing.TB, files map[string]string, s signer) string {
	t.Helper()
	hasher, err := bundle.NewSignatureHasher("SHA-256")
	if err != nil {
		t.Fatal(err)
	}
	var infos []bundle.FileInfo
	for name, text := range files {
		value := any([]byte(text))
		if bundle.IsStructuredDoc(name) {
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				t.Fatal(err)
			}
		}
		digest, err := hasher.HashFile(value)
		if err != nil {
			t.Fatal(err)
		}
		infos = append(infos, bundle.NewFile(name, hex.EncodeToString(digest), "SHA-256"))
	}
	token, err := bundle.GenerateSignedToken(infos, bundle.NewSigningConfig(s.private, s.algorithm, ""), "any name")
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(bundle.SignaturesConfig{Signatures: []string{token}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// pack writes the files as a bundle and returns its path.
func pack(t testing.TB, files map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	archive := tar.NewWriter(zipped)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		header := &tar.Header{Name: "/" + name, Mode: 0o600, Typeflag: tar.TypeReg, Size: int64(len(files[name]))}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return write(t, buf.Bytes())
}

func write(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sources are the built-in modules, by path.
func sources(t testing.TB) map[string]string {
	t.Helper()
	m := map[string]string{}
	for _, pattern := range []string{"access/*.rego", "act/*.rego"} {
		paths, err := fs.Glob(embedded, pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d modules, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			m[path] = string(source(t, path))
		}
	}
	return m
}

// signed is a bundle of the files that s signed.
func signed(t testing.TB, files map[string]string, s signer) string {
	t.Helper()
	files[".signatures.json"] = sign(t, files, s)
	return pack(t, files)
}

func TestLoad(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []signer{newECDSA(t), newSigner(t, "RS256", key)} {
		files := sources(t)
		files["access/access_test.rego"] = "package sala.access_test\n\ntest_never if http.send({})" // left out, or it would not compile
		files[".manifest"] = `{"revision": "2026-11", "roots": ["sala"]}`
		files["data.json"] = `{}`
		p, err := Load(signed(t, files, s), newECDSA(t).public, s.public)
		if err != nil {
			t.Fatal(s.algorithm, err, errors.Unwrap(err))
		}
		own := builtIn(t)
		if p.Revision() != own.Revision() {
			t.Error("the same modules have another revision in a bundle")
		}
		want, _ := own.Access(context.Background(), granting())
		got, err := p.Access(context.Background(), granting())
		if err != nil || len(got) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("the loaded policy decides otherwise: %v", err)
		}
	}
}

// TestLoadRefuses: threats.md, row 40. Each case is the bundle of TestLoad but for
// one thing.
func TestLoadRefuses(t *testing.T) {
	s, stranger := newECDSA(t), newECDSA(t)
	hmac := signer{algorithm: "HS256", private: s.public}
	change := func(path, text string) map[string]string {
		files := sources(t)
		files[path] = text
		return files
	}
	altered := sources(t)
	altered[".signatures.json"] = sign(t, altered, s)
	altered["act/act.rego"] += "\nallow := true\n"
	added := sources(t)
	added[".signatures.json"] = sign(t, added, s)
	added["more.rego"] = "package sala.act\n\nallow if true\n"
	taken := sources(t)
	taken[".signatures.json"] = sign(t, taken, s)
	delete(taken, "act/act.rego")
	twice := sources(t)
	twice[".signatures.json"] = strings.Replace(sign(t, twice, s), `["`, `["a.b.c", "`, 1)
	plugin := sources(t)
	plugin[".signatures.json"] = strings.Replace(sign(t, plugin, s), `{`, `{"plugin": "trusting", `, 1)
	empty := sources(t)
	empty[".signatures.json"] = `{"signatures": []}`
	whole, err := os.ReadFile(signed(t, sources(t), s))
	if err != nil {
		t.Fatal(err)
	}

	for name, c := range map[string]struct{ path, says string }{
		"missing":             {filepath.Join(t.TempDir(), "none.tar.gz"), "cannot be read"},
		"not an archive":      {write(t, []byte("package sala.act")), "no bundle as"},
		"cut short":           {write(t, whole[:len(whole)/2]), "no bundle as"},
		"too large":           {write(t, make([]byte, bundleLimit+1)), "cannot be read"},
		"unsigned":            {pack(t, sources(t)), "is not signed"},
		"no signature inside": {pack(t, empty), "is not signed"},
		"by another key":      {signed(t, sources(t), stranger), "not with a known key"},
		"by HMAC on the public key, as if it were a secret": {signed(t, sources(t), hmac), "not with a known key"},
		"altered after signing":                             {pack(t, altered), "altered afterwards"},
		"a module added":                                    {pack(t, added), "altered afterwards"},
		"a module taken":                                    {pack(t, taken), "altered afterwards"},
		"two signatures":                                    {pack(t, twice), "2 signatures instead of one"},
		"own verifier":                                      {pack(t, plugin), "altered afterwards"},
		"a delta":                                           {pack(t, map[string]string{"patch.json": `{"data": []}`}), "is not signed"},
		"with data":                                         {signed(t, change("data.json", `{"sala": {"extra": 1}}`), s), "more than rego"},
		"with wasm":                                         {signed(t, change("policy.wasm", "\x00asm"), s), "more than rego"},
		"undefined entrypoint":                              {signed(t, change("act/act.rego", "package sala.act\n\ndecision := {} if input.never"), s), "gives no answer"},
		"missing entrypoint":                                {signed(t, change("access/access.rego", "package sala.other"), s), "does not compile"},
		"old rego":                                          {signed(t, change("act/act.rego", "package sala.act\n\nallow { true }"), s), "module act/act.rego, row 3, does not compile (rego_parse_error)"},
		"old rego by manifest": {signed(t, func() map[string]string {
			files := change("act/act.rego", "package sala.act\n\ndecision = {\"allow\": false} { true }")
			files[".manifest"] = `{"rego_version": 0, "roots": [""]}`
			return files
		}(), s), "does not compile (rego_parse_error)"},
		"reaching out": {signed(t, change("more.rego", `package sala.more`+"\n\n"+`x := http.send({"method": "get", "url": "http://example.org"})`), s), "module more.rego, row 3, does not compile"},
	} {
		p, err := Load(c.path, s.public)
		if err == nil || p != nil {
			t.Errorf("%s: accepted", name)
		} else if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: kind %s, %v, want %q", name, errs.KindOf(err).Code(), err, c.says)
		}
	}
	if _, err := Load(signed(t, sources(t), s), s.public); err != nil {
		t.Errorf("the sound one: %v, %v", err, errors.Unwrap(err))
	}
}

// TestUnsignedWouldPass: without the signature, the bundle that grants everything
// is a working policy; so it is the signature that keeps it out.
func TestUnsignedWouldPass(t *testing.T) {
	modules := with(t, "act/act.rego", `package sala.act

decision := {"allow": input.action != "", "supervisor": false, "purposes": set(), "acknowledges": set()}`)
	p, err := compile(modules)
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	if d, err := p.Act(context.Background(), Request{Action: WriteCase}); err != nil || !d.Allow {
		t.Fatal("the planted policy does not even work", err)
	}
	files := map[string]string{}
	for path, text := range modules {
		files[path] = string(text)
	}
	if _, err := Load(pack(t, files), newECDSA(t).public); err == nil {
		t.Error("an unsigned bundle is accepted")
	}
}

func TestLoadKeys(t *testing.T) {
	s := newECDSA(t)
	path := signed(t, sources(t), s)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this Go makes no short keys")
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{
		"empty": "", "a secret": "hunter2", "the private key": s.private, "two keys in one": s.public + s.public,
		"broken": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"short":  newSigner(t, "RS256", small).public, "another kind": newSigner(t, "EdDSA", ed).public,
	} {
		if p, err := Load(path, key); err == nil || p != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if p, err := Load(path); err == nil || p != nil {
		t.Error("no key: accepted")
	}
}
