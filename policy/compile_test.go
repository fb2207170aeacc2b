package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/internal/errs"
)

func source(t testing.TB, path string) []byte {
	t.Helper()
	b, err := embedded.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// with returns the built-in modules with one replaced or added.
func with(t testing.TB, path, text string) map[string][]byte {
	t.Helper()
	m := map[string][]byte{}
	for name, s := range without(t, path) {
		m[name] = []byte(s)
	}
	m[path] = []byte(text)
	return m
}

// without returns the built-in modules but for one; where it is access.rego but for its
// whole package, whose modules need each other.
func without(t testing.TB, path string) map[string]string {
	t.Helper()
	m := sources(t)
	for name := range m {
		if name == path || path == "access/access.rego" && strings.HasPrefix(name, "access/") {
			delete(m, name)
		}
	}
	return m
}

// unknownFunction is how OPA refuses what the capabilities leave out.
var unknownFunction = regexp.MustCompile("undefined function|var http is unsafe")

// TestForbiddenBuiltins: no policy reaches out of its input, neither directly nor
// through `with` (CVE-2022-36085).
func TestForbiddenBuiltins(t *testing.T) {
	for _, call := range []string{
		`http.send({"method": "get", "url": "http://example.org"})`, `opa.runtime()`, `net.lookup_ip_addr("example.org")`,
		`rego.parse_module("a", "package a")`, `time.now_ns()`, `rand.intn("a", 9)`, `uuid.rfc4122("a")`, `trace("a")`,
		`1 if count([1]) with count as http.send`, `io.jwt.decode("a")`, `json.match_schema({}, {"$ref": "http://example.org"})`,
	} {
		_, err := compile(with(t, "more.rego", "package sala.more\n\nx := "+call))
		if err == nil {
			t.Errorf("%s compiles", call)
		} else if cause := errors.Unwrap(err); cause == nil || !unknownFunction.MatchString(cause.Error()) {
			t.Errorf("%s is refused for another reason: %v", call, cause)
		}
	}
	if _, err := compile(with(t, "more.rego", "package sala.more\n\nx := count([1])")); err != nil {
		t.Errorf("a harmless module: %v", err)
	}
}

// TestAFaultIsNamedByItsPlace: where a module does not compile is said, and nothing of what
// it holds.
func TestAFaultIsNamedByItsPlace(t *testing.T) {
	const canary = "canary"
	for name, c := range map[string]struct{ text, says string }{
		"does not parse":       {"package sala.more\n\nx := \"" + canary + "\"\n\ny = [" + canary, "module more.rego, row 5, does not compile (rego_parse_error)"},
		"unsafe variable":      {"package sala.more\n\nx := 1\n\nallow if " + canary, "module more.rego, row 5, does not compile (rego_unsafe_var_error)"},
		"types do not match":   {"package sala.more\n\nx if \"" + canary + "\" == 1", "module more.rego, row 3, does not compile (rego_type_error)"},
		"a function left out":  {"package sala.more\n\n# " + canary + "\nx := time.now_ns()", "module more.rego, row 4, does not compile (rego_type_error)"},
		"an unused variable":   {"package sala.more\n\nx if {\n\t" + canary + " := 1\n}", "module more.rego, row 4, does not compile (rego_compile_error)"},
		"a rule of two values": {"package sala.more\n\nf(" + canary + ") := 1\n\nf(a, b) := 2", "module more.rego, row 3, does not compile (rego_compile_error)"},
	} {
		_, err := compile(with(t, "more.rego", c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary) || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestBuiltinsExist: a word in the list that OPA does not know is a slip.
func TestBuiltinsExist(t *testing.T) {
	if got := len(capabilities().Builtins); got != len(builtins) {
		t.Errorf("%d of %d functions exist", got, len(builtins))
	}
	for _, b := range capabilities().Builtins {
		if b.Nondeterministic {
			t.Errorf("%s is not a function of its input", b.Name)
		}
	}
	if len(ast.CapabilitiesForThisVersion().Builtins) <= len(builtins) {
		t.Error("nothing is left out")
	}
}

// TestSelfCheck: what does not answer keeps the program from starting.
func TestSelfCheck(t *testing.T) {
	cases := map[string]map[string][]byte{
		"nothing":             {},
		"one half":            {"act.rego": source(t, "act/act.rego")},
		"not rego":            with(t, "act/act.rego", "package"),
		"undefined access":    with(t, "access/access.rego", "package sala.access\n\naccess := set() if input.never"),
		"undefined decision":  with(t, "act/act.rego", "package sala.act\n\ndecision := {} if input.never"),
		"another type":        with(t, "access/access.rego", "package sala.access\n\naccess := []"),
		"allows an empty one": with(t, "act/act.rego", `package sala.act`+"\n\n"+`decision := {"allow": true, "supervisor": false, "purposes": set(), "acknowledges": set()}`),
		"conflict":            with(t, "access/access.rego", "package sala.access\n\naccess := set()\n\naccess := {input.case.id}"),
		"failing function":    with(t, "access/access.rego", "package sala.access\n\naccess := set() if count(input.case) / 0 > 1\n\naccess := set()"),
	}
	for name, modules := range cases {
		p, err := compile(modules)
		if err == nil || p != nil {
			t.Errorf("%s: accepted", name)
		} else if errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: kind %s", name, errs.KindOf(err).Code())
		} else if strings.Contains(fmt.Sprint(err), "input") {
			t.Errorf("%s: the outward message shows the policy: %v", name, err)
		}
	}
}
