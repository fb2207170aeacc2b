package configuration

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const canary = "KanareePhommachanh"

// TestTheDocumentHoldsEveryKey exactly: docs/configuration.md is what the keys say.
func TestTheDocumentHoldsEveryKey(t *testing.T) {
	raw, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(raw) != Document() {
		t.Error("docs/configuration.md is not what services/configuration/keys.go says: run make generate")
	}
	for _, k := range Declared() {
		for _, want := range []string{"\n### " + k.Name + "\n", "`--" + k.Flag(), "`" + k.Variable() + "`", k.Meaning, k.Range, "`" + k.Example + "`"} {
			if !strings.Contains(string(raw), want) {
				t.Errorf("%s: the document does not hold %q", k.Name, want)
			}
		}
	}
}

// TestKeysAreWhole: each key says what it is, its default and its example are values
// that it takes, a secret's name ends in File, and no two are one.
func TestKeysAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Declared() {
		if k.Meaning == "" || k.Range == "" || k.Example == "" || k.Group == "" || !strings.HasSuffix(k.Meaning, ".") {
			t.Errorf("%s: meaning, range, example or group is missing", k.Name)
		}
		for _, v := range []string{k.Default, k.Example} {
			if v != "" && k.check(v) != nil {
				t.Errorf("%s does not take its own default or example %s: %v", k.Name, v, k.check(v))
			}
		}
		if k.Secret && !strings.HasSuffix(k.Name, "File") {
			t.Errorf("%s holds a secret: name a file, not a value", k.Name)
		}
		for _, n := range []string{k.Name, k.Variable()} {
			if seen[n] {
				t.Errorf("%s stands twice", n)
			}
			seen[n] = true
		}
	}
}

// TestPrecedence: flag, environment, file, default, in that order.
func TestPrecedence(t *testing.T) {
	file := write(t, "sala.yaml", "address: 127.0.0.1:1003\nissuer: [https://a.example, https://b.example]\nmaxOperations: 7\n", 0o600)
	in := Inputs{File: file, Environ: []string{"SALA_ADDRESS=127.0.0.1:1002", "SALA_MAX_OPERATIONS=", "SALA_POLICY_KEY=a.pem  b.pem"},
		Flags: map[string][]string{"address": {"127.0.0.1:1001"}}}
	v := resolved(t, in)
	check := func(k *Key, source, shown string) {
		t.Helper()
		if got := v.of(k); got.Source != source || got.Shown() != shown {
			t.Errorf("%s is %q by %q; want %q by %q", k.Name, got.Shown(), got.Source, shown, source)
		}
	}
	check(Address.Key, "flag --address", "127.0.0.1:1001")
	check(Issuers.Key, "sala.yaml:2", "https://a.example https://b.example")
	check(PolicyKeys.Key, "SALA_POLICY_KEY", "a.pem b.pem")
	check(MaxOperations.Key, "sala.yaml:3", "7") // an empty variable sets nothing
	check(DrainTimeout.Key, "default", "30s")
	in.Flags = nil
	v = resolved(t, in)
	check(Address.Key, "SALA_ADDRESS", "127.0.0.1:1002")
	in.Environ = nil
	v = resolved(t, in)
	check(Address.Key, "sala.yaml:1", "127.0.0.1:1003")
	if MaxOperations.In(v) != 7 || DrainTimeout.In(v) != 30*time.Second || len(Issuers.In(v)) != 2 || BehindProxy.In(v) || TraceShare.In(v) != 0.1 {
		t.Error("values are not read as their types")
	}
}

// TestMistakesAreTold: each with its place and what to do, none with a value.
func TestMistakesAreTold(t *testing.T) {
	for file, want := range map[string]string{
		"adress: " + canary:                                "sala.yaml:1: a key that does not exist; did you mean address?",
		"audience: x\n\nmaxOperation: 1":                   "sala.yaml:3: a key that does not exist; did you mean maxOperations?",
		canary + "SomethingElseEntirely: 1":                "sala.yaml:1: a key that does not exist",
		"audience: a\naudience: " + canary:                 "sala.yaml:2: audience stands twice",
		"audience: [a, " + canary + "]":                    "audience (sala.yaml:1) must be one plain value",
		"issuer: [{a: " + canary + "}]":                    "issuer (sala.yaml:1) must be a list of plain values",
		"audience:":                                        "audience (sala.yaml:1) has no value",
		"[" + canary + "]":                                 "sala.yaml must hold keys and values",
		"a: b: " + canary:                                  "sala.yaml is not YAML",
		"maxOperations: " + canary:                         "maxOperations (sala.yaml:1) must be a whole number, 1 to 10000",
		"maxOperations: 10001":                             "maxOperations (sala.yaml:1) must be a whole number, 1 to 10000",
		"drainDelay: 11m":                                  "drainDelay (sala.yaml:1) must be a time",
		"drainDelay: 5":                                    "drainDelay (sala.yaml:1) must be a time",
		"proxyTerminatesTLS: maybe":                        "proxyTerminatesTLS (sala.yaml:1) must be true or false",
		"logLevel: " + canary:                              "logLevel (sala.yaml:1) must be one of debug",
		"address: " + canary:                               "address (sala.yaml:1) must be IP:PORT",
		"address: sala.example:80":                         "address (sala.yaml:1) must begin with an IP address",
		"address: 127.0.0.1:99999":                         "address (sala.yaml:1) must end in a port",
		"issuer: http://idp.example":                       "issuer (sala.yaml:1) must begin with https://",
		"issuer: https://u@idp.example":                    "issuer (sala.yaml:1) must be a URL",
		"issuer: https://idp.example#" + canary:            "issuer (sala.yaml:1) has a mark that is not of the form",
		"traceEndpoint: http://collector.example":          "traceEndpoint (sala.yaml:1) must begin with https://",
		"traceShare: NaN":                                  "traceShare (sala.yaml:1) must be a number from 0 to 1",
		"trustedProxy: [10.0.0.0/8, 10.1.0.1/24]":          "trustedProxy (sala.yaml:1) must be a network as ADDRESS/BITS",
		"trustedProxy: 0.0.0.0/0":                          "trustedProxy (sala.yaml:1) would trust everybody",
		"trustedProxy: 10.0.0.1":                           "trustedProxy (sala.yaml:1) must be a network as ADDRESS/BITS",
		"trustedProxy: \"::ffff:10.0.0.0/104\"":            "trustedProxy (sala.yaml:1) must be a network as ADDRESS/BITS",
		"requestIdHeader: Authorization":                   "requestIdHeader (sala.yaml:1) names a header with a meaning",
		"database: mysql://x":                              "database (sala.yaml:1) must be postgres://",
		"database: postgres://a:" + canary + "@h/d":        "database (sala.yaml:1) holds a password",
		"database: postgres://a@h/d?password=" + canary:    "database (sala.yaml:1) holds a password",
		"database: postgres://a@h/d?sslpassword=" + canary: "database (sala.yaml:1) holds a password",
		"keyStore: postgres://a:" + canary + "@h/keys":     "keyStore (sala.yaml:1) holds a password",
	} {
		_, p := Resolve(Inputs{File: write(t, "sala.yaml", file, 0o600)})
		if len(p) != 1 || !strings.Contains(p[0], want) {
			t.Errorf("%s: %q, want %q", file, p, want)
		}
		if strings.Contains(p.Error(), canary) {
			t.Errorf("%s: the error repeats a value: %v", file, p)
		}
	}
	if _, p := Resolve(Inputs{File: filepath.Join(t.TempDir(), "none.yaml")}); len(p) != 1 || !strings.Contains(p[0], "check --config") {
		t.Errorf("a missing file: %v", p)
	}
	if _, p := Resolve(Inputs{Environ: []string{"SALA_DATABASE=postgres://a:" + canary + "@h/d"}}); len(p) != 1 || !strings.Contains(p[0], "SALA_DATABASE") {
		t.Errorf("a password in the environment: %v", p)
	}
	if _, p := Resolve(Inputs{File: write(t, "empty.yaml", "# nothing\n", 0o600)}); p != nil {
		t.Errorf("an empty file: %v", p)
	}
}

// TestUnknownVariables are warned about, with the nearest name.
func TestUnknownVariables(t *testing.T) {
	v := resolved(t, Inputs{Environ: []string{"SALA_ADRESS=x", "SALA_TOKEN=y", "HOME=/", "SALA_SOMETHING_QUITE_OTHER=1", "SALA_CONFIG=f"}})
	if len(v.Warnings) != 2 || !strings.Contains(v.Warnings[0], "SALA_ADRESS") || !strings.Contains(v.Warnings[0], "did you mean SALA_ADDRESS?") || strings.Contains(v.Warnings[1], "mean ") {
		t.Errorf("%q", v.Warnings)
	}
}

// TestShown: a password that stands where it does not belong is masked.
func TestShown(t *testing.T) {
	for _, url := range []string{"postgres://a:" + canary + "@h/d", "postgres://a@h/d?password=" + canary, "postgres://a@h/d?sslpassword=" + canary, "postgres://[" + canary} {
		v, _ := Resolve(Inputs{Flags: map[string][]string{"database": {url}}})
		if got := v.of(DatabaseURL.Key).Shown(); strings.Contains(got, canary) {
			t.Errorf("shown as %s", got)
		}
		v, _ = Resolve(Inputs{Flags: map[string][]string{"keyStore": {url}}})
		if got := v.of(KeyStore.Key).Shown(); strings.Contains(got, canary) {
			t.Errorf("shown as %s", got)
		}
	}
}

// sound is a configuration with nothing wrong.
func sound(t *testing.T) map[string][]string {
	return map[string][]string{
		"database": {"sqlite:x.db"}, "issuer": {"https://idp.example"}, "audience": {"https://sala.example"},
		"cursorKeyFile": {write(t, "cursor.key", hex.EncodeToString(make([]byte, 32))+"\n", 0o600)},
		"keyStore":      {"folder:keys"}, "keyFile": {write(t, "kek.json", "{}", 0o600)},
		"erasureKeyFile": {write(t, "erasures.key", "PRIVATE+KEY", 0o600)},
	}
}

// TestCheck: what is missing, does not go together, or others may read.
func TestCheck(t *testing.T) {
	t.Setenv("PGPASSWORD", "")
	if p := resolved(t, Inputs{Flags: sound(t)}).Check(); len(p) != 0 {
		t.Fatalf("a sound configuration: %v", p)
	}
	secret := func(mode os.FileMode) string { return write(t, "secret", "one line\n", mode) }
	for want, change := range map[string]map[string][]string{
		"without --audience: tokens":         {"audience": nil},
		"cursor key is missing":              {"cursorKeyFile": nil},
		NoDatabase:                           {"database": nil},
		"without keyStore":                   {"keyStore": nil},
		"keyFile or kms":                     {"keyFile": nil},
		"32 bytes":                           {"cursorKeyFile": {write(t, "short.key", "0011", 0o600)}},
		"key of the erasure list is missing": {"erasureKeyFile": nil},
		"cursorKeyFile (flag --cursor-key-file) names a file that cannot be read": {"cursorKeyFile": {"none"}},
		"names no regular file": {"cursorKeyFile": {t.TempDir()}},
		"databasePasswordFile (flag --database-password-file) names a file that others may read": {"databasePasswordFile": {secret(0o644)}},
		"others may read or change":   {"databasePasswordFile": {secret(0o660)}},
		"one line":                    {"databasePasswordFile": {write(t, "two", "a\nb\n", 0o600)}},
		"go together":                 {"tlsCertificateFile": {"x"}},
		"no pair":                     {"tlsCertificateFile": {secret(0o600)}, "tlsKeyFile": {secret(0o600)}},
		"without TLS beyond loopback": {"address": {"0.0.0.0:80"}},
		"answers would be cut off":    {"writeTimeout": {"3m"}},
		"policy (flag --policy) names a file that cannot be read": {"policy": {"none.tar.gz"}},
	} {
		flags := sound(t)
		for k, v := range change {
			flags[k] = v
			if v == nil {
				delete(flags, k)
			}
		}
		if p := resolved(t, Inputs{Flags: flags}).Check(); len(p) != 1 || !strings.Contains(p[0], want) {
			t.Errorf("%v: %q, want %q", change, p, want)
		}
	}
	for what, change := range map[string]map[string][]string{
		"a group of its own":       {"databasePasswordFile": {secret(0o640)}},
		"behind a proxy":           {"address": {"0.0.0.0:80"}, "proxyTerminatesTLS": {"true"}, "requestIdHeader": {"X-Request-Id"}, "trustedProxy": {"10.0.0.0/28", "fd00::/64"}},
		"all of loopback":          {"address": {"[::1]:80"}},
		"localhost":                {"address": {"localhost:80"}},
		"a key management service": {"keyFile": nil, "kms": {"hashivault://sala"}},
		"an issuer on the machine": {"issuer": {"http://127.0.0.1:9/x#token_use=access"}},
	} {
		flags := sound(t)
		for k, v := range change {
			flags[k] = v
		}
		if p := resolved(t, Inputs{Flags: flags}).Check(); len(p) != 0 {
			t.Errorf("%s: %v", what, p)
		}
	}
	t.Setenv("PGPASSWORD", canary)
	if p := resolved(t, Inputs{Flags: sound(t)}).Check(); len(p) != 1 || !strings.Contains(p[0], "PGPASSWORD") || strings.Contains(p[0], canary) {
		t.Errorf("PGPASSWORD: %v", p)
	}
}

// TestWarnings: what is allowed and looks like a mistake.
func TestWarnings(t *testing.T) {
	t.Setenv("PGPASSWORD", "")
	for url, want := range map[string]string{
		"postgres://sala_app@db.internal/sala":                     "verify-full",
		"postgres://sala_app@db.internal/sala?sslmode=require":     "verify-full",
		"postgres://sala_app@db.internal/sala?sslmode=verify-full": "",
		"postgres://sala_app@127.0.0.1/sala":                       "",
	} {
		flags := sound(t)
		flags["database"] = []string{url}
		v := resolved(t, Inputs{Flags: flags})
		if p := v.Check(); len(p) != 0 {
			t.Fatal(p)
		}
		if got := strings.Join(v.Warnings, "\n"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func resolved(t *testing.T, in Inputs) *Values {
	t.Helper()
	v, p := Resolve(in)
	if len(p) > 0 {
		t.Fatal(p)
	}
	return v
}

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}
