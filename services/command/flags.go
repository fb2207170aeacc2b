package command

import (
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/services/serve"
)

// flags collects what the command line gives of the configuration.
type flags struct {
	// creates lets a command make the file of an embedded database.
	creates bool
	file    string
	given   map[string][]string // by the key's name
}

func newFlags() *flags { return &flags{given: map[string][]string{}} }

// shared are the keys that more than the server's commands use.
var shared = []*configuration.Key{
	configuration.DatabaseURL.Key, configuration.DatabasePasswordFile.Key, configuration.KeyStore.Key, configuration.KeyFile.Key, configuration.KMS.Key, configuration.ErasureKeyFile.Key,
	configuration.PolicyBundle.Key, configuration.PolicyKeys.Key, configuration.PolicySigners.Key,
}

// everywhere adds the flags of every command.
func (f *flags) everywhere(set *pflag.FlagSet) {
	set.StringVar(&f.file, "config", "", "configuration file (YAML); SALA_CONFIG where left out")
	f.add(set, shared...)
}

// server adds the flags of the server's own keys.
func (f *flags) server(set *pflag.FlagSet) {
	for _, k := range configuration.Declared() {
		if set.Lookup(k.Flag()) == nil && !isShared(k) {
			f.add(set, k)
		}
	}
}

func isShared(k *configuration.Key) bool {
	for _, s := range shared {
		if s == k {
			return true
		}
	}
	return false
}

func (f *flags) add(set *pflag.FlagSet, keys ...*configuration.Key) {
	for _, k := range keys {
		// The environment's value is no default of the flag: help would print it.
		usage := strings.TrimSuffix(strings.ReplaceAll(k.Meaning, "`", ""), ".") + "; " + k.Variable() + " where left out"
		if k.Default != "" {
			usage += " (default " + k.Default + ")"
		}
		flag := set.VarPF(&setting{f, k}, k.Flag(), "", usage)
		if k.Switch {
			flag.NoOptDefVal = "true"
		}
	}
}

// setting is a key's flag.
type setting struct {
	flags *flags
	key   *configuration.Key
}

// String implements pflag.Value.
func (s *setting) String() string { return "" }

// Type implements pflag.Value.
func (s *setting) Type() string {
	switch {
	case s.key.Switch:
		return "bool"
	case s.key.List:
		return "values"
	}
	return "value"
}

// Set implements pflag.Value. It refuses nothing: all mistakes are told together.
func (s *setting) Set(value string) error {
	before := s.flags.given[s.key.Name]
	if !s.key.List {
		before = nil
	}
	s.flags.given[s.key.Name] = append(before, value)
	return nil
}

// resolve reads the whole configuration.
func (f *flags) resolve() (*configuration.Values, configuration.Problems) {
	file := f.file
	if file == "" {
		file = os.Getenv("SALA_CONFIG")
	}
	return configuration.Resolve(configuration.Inputs{Flags: f.given, Environ: os.Environ(), File: file})
}

// values is the configuration, or an error with all that is wrong with it.
func (f *flags) values() (*configuration.Values, error) {
	v, p := f.resolve()
	return v, p.Err()
}

// load returns the policy: the built-in one, or a signed bundle.
func (f *flags) load() (*policy.Policy, error) {
	v, err := f.values()
	if err != nil {
		return nil, err
	}
	return serve.Policy(v)
}

// book returns the configuration's policy, and those that its keys have signed.
func (f *flags) book() (*revisions.Book, error) {
	v, err := f.values()
	if err != nil {
		return nil, err
	}
	return serve.Book(v)
}

// open opens the database under the policy, for a command that is not the server.
func (f *flags) open(p *policy.Policy) (*store.Store, error) {
	if p == nil {
		return f.opened(nil)
	}
	return f.opened(p)
}

func (f *flags) opened(p rule.Evaluator) (*store.Store, error) {
	v, err := f.values()
	if err != nil {
		return nil, err
	}
	return serve.Database(v, p, store.Options{Existing: !f.creates})
}

// bound opens the database, and the policies by which it is decided: the configuration's,
// and those of the database that are signed.
func (f *flags) bound() (*store.Store, *revisions.Book, error) {
	book, err := f.book()
	if err != nil {
		return nil, nil, err
	}
	st, err := f.opened(book)
	if err != nil {
		return nil, nil, err
	}
	book.Attach(st)
	return st, book, nil
}
