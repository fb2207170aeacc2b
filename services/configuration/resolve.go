// Package configuration is the one configuration of Sala's programs: each key
// declared once, set by flag, environment or file.
//
// It promises that an unknown key of the file stops the program, that a secret is
// never the value of a key but stands in a file that a key names, and that no error
// repeats a value. It opens nothing but the files that it checks.
package configuration

import (
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/sala-exchange/sala/internal/errs"
)

// Inputs is where values come from; each goes before the next: flags, environment,
// file, defaults.
type Inputs struct {
	Flags   map[string][]string // by the key's name; only what was given
	Environ []string            // as os.Environ gives it
	File    string              // path of a YAML file; empty: none
}

// Value is what one key is set to.
type Value struct {
	Key    *Key
	Values []string // at most one unless the key is a list
	Source string   // "flag --address", "SALA_ADDRESS", "sala.yaml:3", "default" or ""
}

// Values is a resolved configuration.
type Values struct {
	by map[*Key]Value
	// Warnings say what looks like a mistake and stops nothing.
	Warnings []string
}

func (v *Values) of(k *Key) Value { return v.by[k] }

// ByFlag reports whether a flag gave the key's value.
func (v *Values) ByFlag(k *Key) bool { return strings.HasPrefix(v.by[k].Source, "flag ") }

// All lists every key's value in the order of the document.
func (v *Values) All() []Value {
	out := make([]Value, len(declared))
	for i, k := range declared {
		out[i] = v.by[k]
	}
	return out
}

// Shown is the value as it may be shown. A password that stands in a URL, where it
// does not belong, is masked.
func (v Value) Shown() string {
	if (v.Key == DatabaseURL.Key || v.Key == KeyStore.Key) && len(v.Values) == 1 {
		return masked(v.Values[0])
	}
	return strings.Join(v.Values, " ")
}

// Problems is everything that is wrong with a configuration.
type Problems []string

// Error lists the problems.
func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0]
	}
	return "the configuration has several mistakes: " + strings.Join(p, "; ")
}

// Err is the problems as one error of kind INVALID, nil where there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return errs.New(errs.Invalid, "%s", p.Error())
}

func (p *Problems) add(source string, k *Key, err error) {
	*p = append(*p, k.Name+" ("+source+") "+err.Error())
}

// Resolve reads all values and checks each by itself. The values are whole also where
// there are problems, so that they can be shown.
func Resolve(in Inputs) (*Values, Problems) {
	v := &Values{by: map[*Key]Value{}}
	var p Problems
	fromFile := map[*Key]Value{}
	if in.File != "" {
		raw, err := os.ReadFile(in.File)
		if err != nil {
			p = append(p, "the configuration file cannot be read: check --config")
		} else {
			fromFile, p = parse(in.File, raw)
		}
	}
	environment := variables(in.Environ)
	v.Warnings = unknown(environment)
	for _, k := range declared {
		found := Value{Key: k}
		if given, ok := in.Flags[k.Name]; ok {
			found.Values, found.Source = given, "flag --"+k.Flag()
		} else if set := environment[k.Variable()]; set != "" {
			found.Values, found.Source = k.split(set), k.Variable()
		} else if set, ok := fromFile[k]; ok {
			found = set
		} else if k.Default != "" {
			found.Values, found.Source = []string{k.Default}, "default"
		}
		found.Values = slices.DeleteFunc(slices.Clone(found.Values), func(s string) bool { return s == "" })
		for _, one := range found.Values {
			if err := k.check(one); err != nil {
				p.add(found.Source, k, err)
			}
		}
		v.by[k] = found
	}
	v.Warnings = append(v.Warnings, v.doubtful()...)
	return v, p
}

func (k *Key) split(s string) []string {
	if k.List {
		return strings.Fields(s)
	}
	return []string{s}
}

func variables(environ []string) map[string]string {
	out := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "SALA_") {
			out[name] = value
		}
	}
	return out
}

// others are variables of other commands and of the tests.
var others = []string{"SALA_CONFIG", "SALA_CONFIG_HOME", "SALA_ENDPOINT", "SALA_PROFILE", "SALA_TOKEN", "SALA_TEST_POSTGRES", "SALA_TEST_POSTGRES_LOG", "SALA_TEST_WITHOUT_POSTGRES"}

// unknown warns of variables that mean nothing here: often a misspelt one.
func unknown(environment map[string]string) []string {
	names := slices.Clone(others)
	for _, k := range declared {
		names = append(names, k.Variable())
	}
	var out []string
	for name := range environment {
		if !slices.Contains(names, name) {
			out = append(out, "the environment's "+name+" is no setting of Sala's"+meant(name, names))
		}
	}
	sort.Strings(out)
	return out
}

// meant suggests the nearest known name, where one is near.
func meant(name string, names []string) string {
	best, least := "", max(3, len(name)/3)
	for _, n := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}
