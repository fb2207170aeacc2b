// Package command is the sala command line: it reads flags and environment,
// assembles the parts and runs them.
//
// It promises that a configuration which lacks what safety needs does not start,
// and that an error shows its safe message only. It holds no rule of its own.
package command

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
)

// Execute runs the command line and returns the exit code: 0, or 1 with a message
// on errOut.
func Execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	f := &flags{}
	root := &cobra.Command{
		Use: "sala", Short: "Share one person's case: what she agreed to, with those who need it, for the stated purpose",
		SilenceUsage: true, SilenceErrors: true,
	}
	// The environment's value is no default of the flag: help would print its password.
	root.PersistentFlags().StringVar(&f.database, "database", "", "postgres://… or sqlite:PATH; SALA_DATABASE where left out")
	root.PersistentFlags().StringVar(&f.policy, "policy", "", "signed policy bundle (tar.gz) instead of the built-in policy")
	root.PersistentFlags().StringArrayVar(&f.policyKeys, "policy-key", nil, "file with a PEM public key that policy bundles are signed with; may be repeated")
	root.AddCommand(demoCommand(f), serveCommand(f), group(migrateCommand(f)), fsckCommand(f), group(ledgerCommand(f)), group(importCommand()), group(keysCommand()))
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	if err := root.ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(errOut, "sala:", err)
		return 1
	}
	return 0
}

// group makes a command of sub-commands refuse what is none of them.
func group(c *cobra.Command) *cobra.Command {
	c.Args = cobra.NoArgs
	c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return c
}

type flags struct {
	// creates lets a command make the file of an embedded database.
	creates    bool
	database   string
	policy     string
	policyKeys []string
}

// load returns the policy: the built-in one, or a signed bundle.
func (f *flags) load() (*policy.Policy, error) {
	if f.policy == "" {
		return policy.Embedded()
	}
	var keys []string
	for _, path := range f.policyKeys {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "a key file cannot be read: check --policy-key")
		}
		keys = append(keys, string(pem))
	}
	return policy.Load(f.policy, keys...)
}

// open opens the database of --database under the policy.
func (f *flags) open(p *policy.Policy) (*store.Store, error) {
	o := store.Options{}
	if p != nil {
		o.Evaluator = p
	}
	return f.openWith(o)
}

func (f *flags) openWith(o store.Options) (*store.Store, error) {
	database := cmp.Or(f.database, os.Getenv("SALA_DATABASE"))
	switch {
	case strings.HasPrefix(database, "sqlite:"):
		if _, err := os.Stat(strings.TrimPrefix(database, "sqlite:")); err != nil && !f.creates {
			return nil, errs.Wrap(err, errs.Invalid, "there is no database in that file: `sala migrate up` makes one")
		}
		return store.OpenSQLite(strings.TrimPrefix(database, "sqlite:"), o)
	case strings.HasPrefix(database, "postgres://"), strings.HasPrefix(database, "postgresql://"):
		return store.OpenPostgres(database, o)
	}
	return nil, errs.New(errs.Invalid, "name the database with --database postgres://… or --database sqlite:PATH")
}
