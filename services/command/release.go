package command

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/release"
)

func releaseCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "release", Short: "Build anonymised tables from cases, check them and publish them",
		Long: `Makes releases: anonymised tables that are declared in YAML, counted from the cases whose
owners have an agreement for STATISTICS in force and whose consents do not exclude it.

build makes a candidate and signs it; publish, with another one's key, asks every gate once
more, spends the privacy budget, puts the publication on the ledger and writes the files.
build and publish need no terminal. build fits into a job that runs again and again: with
--once a second attempt of the same run builds nothing anew, with --check nothing is kept
that a gate refuses, and --outcome says in two words of a fixed list what came of it. The
database is opened under roles of their own; only PostgreSQL has them.`,
	}
	c.AddCommand(releasePlan(), releaseKey(), releaseBuild(f), releaseCheck(f), releasePublish(f), releaseWithdraw(f), releaseList(f))
	return c
}

// declared is a definition that comes with the program, or that of a file.
func declared(name string) ([]byte, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "the definition cannot be read: check the file's name")
		}
		return raw, nil
	}
	return release.ComesWith(name)
}

func releasePlan() *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "plan [DEFINITION]", Short: "Say what a definition would release and by which parameters, or list definitions and columns; opens nothing", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if len(args) == 0 {
				return printReleasable(cmd.OutOrStdout(), o.form)
			}
			raw, err := declared(args[0])
			if err != nil {
				return err
			}
			d, err := release.Parse(raw)
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), d.Plan())
			}
			t := terminal.NewTable("what", "value")
			for _, line := range d.Plan() {
				t.Row(line.What, line.Value)
			}
			return t.Write(cmd.OutOrStdout())
		},
	}
	o.flags(c)
	return c
}

func printReleasable(w io.Writer, form string) error {
	if form == "json" {
		return printJSON(w, map[string]any{"definitions": release.Coming(), "columns": release.Releasable()})
	}
	_, _ = fmt.Fprintf(w, "definitions: %s\n\n", strings.Join(release.Coming(), ", "))
	t := terminal.NewTable("column", "unit", "role", "what it is")
	for _, c := range release.Releasable() {
		t.Row(c.Name, c.Units, c.Role, c.Says)
	}
	return t.Write(w)
}

func releaseKey() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "key FILE", Short: "Make a signing key in FILE and print the public key, for releaseKey", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if name == "" || strings.ContainsAny(name, "+ \t\n") {
				return errs.New(errs.Invalid, "--name says whose key it is: one word, without a plus sign")
			}
			secret, public, err := note.GenerateKey(rand.Reader, name)
			if err != nil {
				return errs.Wrap(err, errs.Internal, "making a key failed")
			}
			out, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "the key cannot be written: is there a file of that name already?")
			}
			_, err = out.WriteString(secret + "\n")
			if e := out.Close(); err == nil {
				err = e
			}
			if err != nil {
				return errs.Wrap(err, errs.Unavailable, "the key cannot be written")
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), public)
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", "", "whose key it is, as secretariat-analyst; it stands in what is signed")
	return c
}

// releaseSigner reads a signing key, which must be one of releaseKey.
func releaseSigner(path string, names []string) (note.Signer, error) {
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the signing key cannot be read: check --key")
	}
	signer, err := note.NewSigner(trimmed(secret))
	if err != nil {
		return nil, errs.New(errs.Invalid, "the signing key is malformed: make one with `sala release key`")
	}
	for _, n := range names {
		if n == signer.Name() {
			return signer, nil
		}
	}
	return nil, errs.New(errs.Invalid, "the signing key is not one of releaseKey")
}

// releaseKeys reads the public keys of those who build and publish: two or more.
func (f *flags) releaseKeys() (note.Verifiers, []string, error) {
	v, err := f.values()
	if err != nil {
		return nil, nil, err
	}
	var texts [][]byte
	for _, path := range configuration.ReleaseKeys.In(v) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, errs.Wrap(err, errs.Invalid, "a key file cannot be read: check --release-key")
		}
		texts = append(texts, text)
	}
	keys, names, err := release.Keys(texts...)
	if err == nil && len(names) < 2 {
		err = errs.New(errs.Invalid, "releaseKey names fewer than two keys: a release is built and published by two")
	}
	return keys, names, err
}

func releaseInputs(series, population string) (in release.Inputs, err error) {
	if series != "" {
		r, err := os.Open(series)
		if err != nil {
			return in, errs.Wrap(err, errs.Invalid, "the series cannot be read: check --series")
		}
		defer func() { _ = r.Close() }()
		if in.Series, err = release.ReadSeries(r); err != nil {
			return in, err
		}
	}
	if population != "" {
		r, err := os.Open(population)
		if err != nil {
			return in, errs.Wrap(err, errs.Invalid, "the population cannot be read: check --population")
		}
		defer func() { _ = r.Close() }()
		if in.Inhabitants, err = release.ReadInhabitants(r); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (f *flags) candidate(path string) (*release.Built, string, note.Verifiers, []string, error) {
	keys, names, err := f.releaseKeys()
	if err != nil {
		return nil, "", nil, nil, err
	}
	r, err := os.Open(path)
	if err != nil {
		return nil, "", nil, nil, errs.Wrap(err, errs.Invalid, "the candidate cannot be read: check the file's name")
	}
	defer func() { _ = r.Close() }()
	b, by, err := release.Open(r, keys)
	return b, by, keys, names, err
}

func releaseCheck(f *flags) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "check CANDIDATE", Short: "Ask every gate about a candidate, together with all that was published before", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			b, _, _, _, err := f.candidate(args[0])
			if err != nil {
				return err
			}
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			before, err := release.Earlier(cmd.Context(), st)
			if err != nil {
				return err
			}
			report, err := release.Check(cmd.Context(), b, before, release.Bounds{})
			if err != nil {
				return err
			}
			if o.form == "json" {
				if err := printJSON(cmd.OutOrStdout(), report); err != nil {
					return err
				}
				return report.Err()
			}
			t := terminal.NewTable("gate", "passed", "what it found")
			for _, g := range report.Gates {
				t.Row(g.Name, map[bool]string{true: "yes", false: "NO"}[g.Pass], g.Says)
			}
			if err := t.Write(cmd.OutOrStdout()); err != nil {
				return err
			}
			return report.Err()
		},
	}
	o.flags(c)
	f.add(c.Flags(), configuration.ReleaseKeys.Key)
	return c
}

func releasePublish(f *flags) *cobra.Command {
	var key, folder string
	var o output
	c := &cobra.Command{
		Use: "publish CANDIDATE", Short: "Publish a candidate that another one built; again after it broke off, it goes on", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			b, by, keys, names, err := f.candidate(args[0])
			if err != nil {
				return err
			}
			return f.publishing(cmd, key, folder, keys, names, func(p *release.Publisher) error {
				done, err := p.Publish(cmd.Context(), b, by)
				if err != nil {
					return err
				}
				if o.form == "json" {
					return printJSON(cmd.OutOrStdout(), done)
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "published %s/%d, manifest sha256:%s, %d agencies told\n", done.Name, done.Edition, done.Digest, done.Told)
				return nil
			})
		},
	}
	o.flags(c)
	publishingFlags(f, c, &key, &folder)
	return c
}

func publishingFlags(f *flags, c *cobra.Command, key, folder *string) {
	c.Flags().StringVar(key, "key", "", "file with the publisher's signing key; required")
	c.Flags().StringVar(folder, "store", "", "where releases are published: "+publication.Forms+"; required")
	f.add(c.Flags(), configuration.ReleaseKeys.Key)
	_ = c.MarkFlagRequired("key")
	_ = c.MarkFlagRequired("store")
}

// publishing opens database and store of releases for a publisher.
func (f *flags) publishing(cmd *cobra.Command, key, folder string, keys note.Verifiers, names []string, do func(*release.Publisher) error) error {
	signer, err := releaseSigner(key, names)
	if err != nil {
		return err
	}
	to, closing, err := publication.OpenStore(cmd.Context(), folder)
	if err != nil {
		return err
	}
	defer func() { _ = closing() }()
	st, err := f.open(nil)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	return do(&release.Publisher{Store: st, Releases: to, Signer: signer, Verifiers: keys, Auditor: release.Bounds{}})
}

func releaseWithdraw(f *flags) *cobra.Command {
	var key, folder, reason string
	c := &cobra.Command{
		Use: "withdraw NAME EDITION", Short: "Withdraw a published release and tell those whom it was for", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := publication.ParseRef(args[0], args[1])
			if err != nil {
				return err
			}
			keys, names, err := f.releaseKeys()
			if err != nil {
				return err
			}
			return f.publishing(cmd, key, folder, keys, names, func(p *release.Publisher) error {
				if err := p.Withdraw(cmd.Context(), ref, reason); err != nil {
					return err
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "withdrawn: %s\n", ref)
				return nil
			})
		},
	}
	publishingFlags(f, c, &key, &folder)
	c.Flags().StringVar(&reason, "reason", "", "why, in one line, for readers; required")
	_ = c.MarkFlagRequired("reason")
	return c
}

func releaseList(f *flags) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "list", Short: "List what was published, by whom, and what is spent of each population's privacy budget", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			listed, accounts, err := release.List(cmd.Context(), st)
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), map[string]any{"releases": listed, "budgets": accounts})
			}
			t := terminal.NewTable("release", "population", "published", "built by", "published by", "withdrawn")
			for _, l := range listed {
				t.Row(fmt.Sprintf("%s/%d", l.Name, l.Edition), l.Population, l.PublishedOn, l.BuiltBy, l.PublishedBy, l.WithdrawnOn)
			}
			if err := t.Write(cmd.OutOrStdout()); err != nil || len(accounts) == 0 {
				return err
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout())
			a := terminal.NewTable("population", "ε spent", "of", "δ spent", "of")
			for _, x := range accounts {
				a.Row(x.Population, fmt.Sprintf("%.6f", x.Epsilon), fmt.Sprint(x.Of), fmt.Sprint(x.Delta), fmt.Sprint(x.OfDelta))
			}
			return a.Write(cmd.OutOrStdout())
		},
	}
	o.flags(c)
	return c
}
