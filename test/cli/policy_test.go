package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
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
	"time"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// TestServeTakesAPolicyThatIsSignedOnly: a broken, unsigned or undefined bundle keeps
// the program from starting; the sound one, of the very same modules, starts it
// (threat 40). The bundles are made by code that shares nothing with the program.
func TestServeTakesAPolicyThatIsSignedOnly(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours, stranger := policyKey(t), policyKey(t)
	public, err := x509.MarshalPKIXPublicKey(&ours.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	trusted := file("policy.pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	cursor := file("cursor.key", []byte(hex.EncodeToString(make([]byte, 32))))

	modules := map[string]string{}
	paths, err := filepath.Glob("../../policy/ac*/*.rego")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d modules: %v", len(paths), err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(path, "_test.rego") {
			modules[strings.TrimPrefix(filepath.ToSlash(path), "../../policy/")] = string(raw)
		}
	}
	sound := bundled(t, signedBy(t, ours, modules))
	flipped := bytes.Clone(sound)
	flipped[len(flipped)/2] ^= 1
	within := signedBy(t, ours, modules)
	within["act/act.rego"] = strings.Replace(within["act/act.rego"], "default allow := false", "default allow := fblse", 1)
	undefined := maps.Clone(modules)
	undefined["act/act.rego"] = "package sala.act\n\ndecision := {} if input.never"

	refused := map[string]struct{ bundle, says string }{
		"unsigned":              {file("unsigned.tar.gz", bundled(t, modules)), "is not signed"},
		"by another key":        {file("stranger.tar.gz", bundled(t, signedBy(t, stranger, modules))), "not with a known key"},
		"one byte flipped":      {file("flipped.tar.gz", flipped), "loading the policy bundle"},
		"one byte of a module":  {file("within.tar.gz", bundled(t, within)), "altered afterwards"},
		"undefined entry point": {file("undefined.tar.gz", bundled(t, signedBy(t, ours, undefined))), "gives no answer"},
		"none":                  {filepath.Join(dir, "none.tar.gz"), "cannot be read"},
	}
	good := file("sound.tar.gz", sound)
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			database := "sqlite:" + w.Path
			if w.AppURL != "" {
				database = w.AppURL
			}
			s, addr := w.Serve(true), freeAddress(t)
			serve := func(ctx context.Context, bundle string) (int, string) {
				var out, errOut bytes.Buffer
				code := command.Execute(ctx, []string{"serve", "--any-document", "--database", database, "--address", addr, "--operations-address", "127.0.0.1:0", "--drain-delay", "0s",
					"--issuer", s.Issuer("lwu"), "--audience", world.Audience, "--cursor-key-file", cursor, "--policy", bundle, "--policy-key", trusted,
					"--key-store", w.KeyStore, "--key-file", w.KeyFile, "--erasure-key-file", w.ErasureKeyFile}, &out, &errOut)
				return code, errOut.String()
			}
			for what, c := range refused {
				ctx, stop := context.WithTimeout(t.Context(), time.Minute) // one that starts ends then, with 0
				if code, said := serve(ctx, c.bundle); code != command.ExitInput || !strings.Contains(said, "policy") || !strings.Contains(said, c.says) {
					t.Errorf("%s: it ended with %d and said %q, want %q", what, code, said, c.says)
				}
				stop()
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			type end struct {
				code int
				said string
			}
			ended := make(chan end, 1)
			go func() { code, said := serve(ctx, good); ended <- end{code, said} }()
			c := &client.Client{Endpoint: "http://" + addr + "/graphql", Token: s.Token("lwu", "worker")}
			answered := false
			for until := time.Now().Add(time.Minute); !answered && len(ended) == 0 && time.Now().Before(until); runtime.Gosched() {
				_, err := c.Do(ctx, "{ me { id } }", nil, nil)
				answered = err == nil
			}
			stop()
			if e := <-ended; !answered || e.code != 0 {
				t.Errorf("the sound one: answered %v, ended with %d: %s", answered, e.code, e.said)
			}
		})
	}
}

// TestWhatIsWrongWithABundleIsSaid: who tries or applies a policy is told which of its faults
// it has, of one that does not compile the place and nothing of the text, and that it is the
// file that is wrong.
func TestWhatIsWrongWithABundleIsSaid(t *testing.T) {
	w, s, stranger := world.OnSQLite(t, world.Options{}), world.NewSigner(t), world.NewSigner(t)
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	trusted, another := file("policy.pub", []byte(s.Public)), file("another.pub", []byte(world.NewSigner(t).Public))
	modules := func(change, to string) map[string]string { return world.Altered(t, "act/act.rego", change, to) }
	sound := modules("default allow := false", "default allow := false # as it was")
	for what, c := range map[string]struct{ bundle, says string }{
		"unsigned":         {file("unsigned.tar.gz", bundled(t, sound)), "it is not signed"},
		"by another key":   {file("stranger.tar.gz", stranger.Bundle(t, sound)), "it is signed, but not with a known key"},
		"does not parse":   {file("parse.tar.gz", s.Bundle(t, modules("default allow := false", "default allow = = Canary"))), "module act/act.rego, row 28, does not compile (rego_parse_error)"},
		"does not compile": {file("compile.tar.gz", s.Bundle(t, modules("default allow := false", "default allow := false\n\nallow if Canary"))), "module act/act.rego, row 30, does not compile (rego_unsafe_var_error)"},
		"no bundle":        {file("no.tar.gz", []byte("Canary")), "it is broken"},
		"none":             {filepath.Join(dir, "none.tar.gz"), "cannot be read"},
	} {
		for _, verb := range []string{"try", "apply"} {
			var out, errOut bytes.Buffer
			code := command.Execute(t.Context(), []string{"policy", verb, c.bundle, "--database", "sqlite:" + w.Path, "--policy-key", another, "--policy-key", trusted, "--policy-signers", "1"}, &out, &errOut)
			if code != command.ExitInput || !strings.Contains(errOut.String(), c.says) || strings.Contains(errOut.String(), "Canary") || out.Len() > 0 {
				t.Errorf("%s, %s: it ended with %d and said %q, want %q", verb, what, code, errOut.String(), c.says)
			}
		}
	}
}

func policyKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signedBy adds an OPA bundle signature over the files: a JWT (ES256) with the digest of
// each.
func signedBy(t *testing.T, key *ecdsa.PrivateKey, files map[string]string) map[string]string {
	t.Helper()
	type digest struct {
		Name      string `json:"name"`
		Hash      string `json:"hash"`
		Algorithm string `json:"algorithm"`
	}
	var claims struct {
		Files []digest `json:"files"`
	}
	for name, text := range files {
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
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	out := maps.Clone(files)
	out[".signatures.json"] = `{"signatures": ["` + token + "." + encode(signature) + `"]}`
	return out
}

// bundled is the files as a bundle.
func bundled(t *testing.T, files map[string]string) []byte {
	t.Helper()
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
