package release_test

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/release"
)

// TestWhatIsRefused: by name, and never with a value.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := release.Parse([]byte(definition)); err != nil {
		t.Fatal(err)
	}
	for says, raw := range map[string][]byte{
		"column name is a direct identifier":       changed("{name: sex}", "{name: name}"),
		"column birth_date is a direct identifier": changed("{name: sex}", "{name: birth_date}"),
		"column exploitation_place is free text":   changed("{name: sex}", "{name: exploitation_place}"),
		"column narrative is free text":            changed("{name: sex}", "{name: narrative}"),
		"column traffickMonths has no source yet":  changed("{name: sex}", "{name: traffickMonths}"),
		"there is no releasable column":            changed("{name: sex}", "{name: shoe_size}"),
		"k is 10 and has to be 11 or more":         changed("method: counts", "method: counts\nparameters: {k: 10}"),
		"a whole number is meant here":             changed("method: counts", "method: counts\nparameters: {k: 11.9}"),
		"k is 11 and has to be 20 or more":         []byte(strings.Replace(string(changed("{name: sex}", "{name: age_group}")), "method: counts", "method: counts\nparameters: {k: 11}", 1)),
		"risk at most 0.03":                        changed("method: counts", "method: counts\nparameters: {risk: 0.5}"),
		"finite and not negative":                  changed("method: counts", "method: private\nparameters: {epsilon: .nan, delta: 0.000001}"),
		"epsilon is above 0":                       changed("method: counts", "method: private\nparameters: {epsilon: 0, delta: 0.000001}"),
		"parameters are finite and not negative":   changed("method: counts", "method: private\nparameters: {epsilon: -0.0, delta: 0.000001}"),
		"line 7: unknown key":                      changed("period: {from", "period: {form"),
		"audience is one of":                       changed("COUNTERPARTS", "EVERYBODY"),
		"columns of rows are two or more":          []byte(strings.Replace(string(changed("  - {name: year}\n", "")), "method: counts", "method: rows", 1)),
		"columns are named once each":              changed("{name: sex}", "{name: year}"),
		"a second document":                        []byte(definition + "---\nname: x\n"),
		"epsilon and delta are for the methods":    changed("method: counts", "method: counts\nparameters: {epsilon: 1}"),
		// By a series nothing is built of cases, and all the same nobody is named.
		"column passport is a direct identifier": []byte(strings.Replace(string(changed("{name: sex}", "{name: passport}")), "method: counts", "method: series", 1)),
		"column statement is free text":          []byte(strings.Replace(string(changed("{name: sex}", "{name: statement}")), "method: counts", "method: series", 1)),
		"releasable column of the name nickname": []byte(strings.Replace(string(changed("{name: sex}", "{name: nickname}")), "method: counts", "method: series", 1)),
	} {
		_, err := release.Parse(raw)
		if k := errs.KindOf(err); err == nil || k == errs.Internal || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// TestDefinitionsThatCome: each can be read, and names itself as its file.
func TestDefinitionsThatCome(t *testing.T) {
	t.Parallel()
	if n := len(release.Coming()); n < 9 {
		t.Errorf("%d definitions", n)
	}
	for _, name := range release.Coming() {
		raw, err := release.ComesWith(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := release.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Name != name {
			t.Errorf("%s names itself %s", name, d.Name)
		}
		if name == "key-figures-age" && d.Parameters.K != 20 || name == "key-figures-sex" && d.Parameters.K != 11 {
			t.Errorf("%s has k %d", name, d.Parameters.K)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(definition))
	for _, name := range release.Coming() {
		raw, err := release.ComesWith(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("parameters: {epsilon: .inf}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := release.Parse(raw)
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				t.Error(err)
			}
			return
		}
		if p := d.Parameters; d.Method != release.Series && p.K < 11 || p.Epsilon < 0 || p.Epsilon > 8 {
			t.Errorf("parameters %+v", p)
		}
	})
}
