package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"text/tabwriter"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/services/serve"
)

func policyCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "policy", Short: "Try a changed policy, bring it into force while servers run, and take it back",
		Long: `Changes the policy of a running exchange. A policy is one or several signed bundles: where
policySigners asks for two signers, the same modules signed by each, in a bundle of each.

try says what would open and close. apply decides every case by the new policy beside what
stands, and switches by one gate; servers take it up by themselves. rollback brings the
former one back. Each use is on the ledger.`,
	}
	c.AddCommand(policyTry(f), policyApply(f), policyRollback(f), policyStatus(f), policyOpen())
	return c
}

// telling says on w, at most twice a second, how far a change has come.
func telling(w io.Writer) revisions.Telling {
	var mu sync.Mutex
	var last time.Time
	return func(done, of int) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) > 500*time.Millisecond {
			last = time.Now()
			_, _ = fmt.Fprintf(w, "%d of %d cases\n", done, of)
		}
	}
}

func policyApply(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "apply BUNDLE...", Short: "Bring a signed policy into force while reads go on; again after it broke off, it goes on", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			st, book, err := f.bound()
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			bundles, err := serve.Bundles(args)
			if err != nil {
				return err
			}
			return change(cmd, st, "apply policy", func(ctx context.Context) (*revisions.Changed, error) {
				return book.Apply(ctx, st, bundles, telling(cmd.ErrOrStderr()))
			})
		},
	}
}

func policyRollback(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "rollback", Short: "Bring the former policy into force again, or give up one that is being prepared", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, book, err := f.bound()
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			return change(cmd, st, "roll back policy", func(ctx context.Context) (*revisions.Changed, error) {
				return book.Rollback(ctx, st, telling(cmd.ErrOrStderr()))
			})
		},
	}
}

// change does one change as a use on record, and prints what came of it.
func change(cmd *cobra.Command, st *store.Store, verb string, do func(context.Context) (*revisions.Changed, error)) error {
	return disclosure.Used(cmd.Context(), st, verb, func() (disclosure.Counts, error) {
		begun := time.Now()
		c, err := do(cmd.Context())
		if err != nil {
			return nil, err
		}
		if c.Before {
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "policy %s is in force, as before\n", c.Revision)
			return disclosure.Counts{"cases": 0}, nil
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "policy %s is in force: %d cases decided in %.1f s, by %d evaluations, %d otherwise than before\n",
			c.Revision, c.Cases, time.Since(begun).Seconds(), c.Evaluated, c.Differed)
		return disclosure.Counts{"cases": c.Cases, "differed": c.Differed}, nil
	})
}

func policyStatus(f *flags) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "status", Short: "Say which policy is in force, which is being prepared, and which can be rolled back to", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			s, err := revisions.Status(cmd.Context(), st)
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), s)
			}
			for _, r := range s {
				since := "the beginning"
				if r.Since > 0 {
					since = time.UnixMicro(r.Since).UTC().Format(time.RFC3339)
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s %s since %s\n", r.Revision, r.State, since)
			}
			return nil
		},
	}
	o.flags(c)
	return c
}

func policyTry(f *flags) *cobra.Command {
	var o output
	var owner, recipient, file string
	c := &cobra.Command{
		Use: "try BUNDLE...", Short: "Show what a changed policy would open and close over all cases", Args: cobra.MinimumNArgs(1),
		Long: `Decides every case by the policy in force and by the bundle's, writes nothing but its use
on the ledger, and prints in how many cases something would open or close, by the rule that
an access is given by, kind of agency and category. Numbers below 5 are not shown.

Which cases these are is for their owner alone: --owner with --seal-to and --file writes
those of one agency, sealed to the age recipient that its data protection focal point gave
you, who opens it with sala policy open. That list is a decision on the ledger, which the
agency sees among its own, with the recipient that it was sealed to.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if (owner == "") != (recipient == "") || (owner == "") != (file == "") {
				return errs.New(errs.Invalid, "--owner, --seal-to and --file go together")
			}
			st, book, err := f.bound()
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			bundles, err := serve.Bundles(args)
			if err != nil {
				return err
			}
			is, err := book.Tried(bundles)
			if err != nil {
				return err
			}
			var to *age.X25519Recipient
			if owner != "" {
				if to, err = age.ParseX25519Recipient(recipient); err != nil {
					return errs.New(errs.Invalid, "--seal-to is no age recipient: it begins with age1")
				}
			}
			return disclosure.Used(cmd.Context(), st, "try policy", func() (disclosure.Counts, error) {
				t, err := tried(cmd, st, book, is, owner, to)
				if err != nil {
					return nil, err
				}
				if to != nil {
					if err := sealedList(file, to, t.Of); err != nil {
						return nil, err
					}
				}
				return disclosure.Counts{"cases": t.Cases}, printTried(cmd.OutOrStdout(), o.form, t)
			})
		},
	}
	o.flags(c)
	c.Flags().StringVar(&owner, "owner", "", "code of an agency whose own cases are listed for it")
	c.Flags().StringVar(&recipient, "seal-to", "", "age recipient of that agency's data protection focal point")
	c.Flags().StringVar(&file, "file", "", "new file for that list")
	return c
}

func tried(cmd *cobra.Command, st *store.Store, book *revisions.Book, is *policy.Policy, owner string, to *age.X25519Recipient) (*revisions.Tried, error) {
	id := ""
	if owner != "" {
		err := st.Run(cmd.Context(), rule.Scope{Mode: rule.Onboarding}, false, func(ctx context.Context, op *store.Op) (err error) {
			if id, err = op.Agency.Query().Where(agency.Code(owner)).OnlyID(ctx); err != nil {
				return errs.Wrap(err, errs.Invalid, "there is no agency of that code: check --owner")
			}
			// With the recipient, so that a list sealed to anybody else's is found.
			return disclosure.DecideAbout(ctx, op, "list cases that a policy would change, sealed to "+to.String(), id, id)
		})
		if err != nil {
			return nil, err
		}
	}
	return book.Try(cmd.Context(), st, is, id, telling(cmd.ErrOrStderr()))
}

// sealedList writes cases to a new file that only the recipient opens.
func sealedList(path string, to age.Recipient, cases []revisions.Case) error {
	doing := "the list cannot be written: is there a file of that name already?"
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "%s", doing)
	}
	w, err := age.Encrypt(out, to)
	if err == nil {
		if err = json.NewEncoder(w).Encode(cases); err == nil {
			err = w.Close()
		}
	}
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "%s", doing)
	}
	return nil
}

func policyOpen() *cobra.Command {
	var o output
	var identity string
	c := &cobra.Command{
		Use: "open LIST", Short: "Open the list of your agency's cases that a changed policy would touch", Args: cobra.ExactArgs(1),
		Long: `Opens what sala policy try sealed to you, and prints what would open and close in each case.
It asks neither exchange nor database. Run it where the age identity lies, which never
reaches whoever runs the exchange.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if identity == "" {
				return errs.New(errs.Invalid, "--identity is missing: the file that `age-keygen` wrote")
			}
			sealed, done, err := decrypted("list", args[0], identity)
			if err != nil {
				return err
			}
			defer done()
			var cases []revisions.Case
			d := json.NewDecoder(sealed)
			if err := d.Decode(&cases); err != nil {
				return errs.Wrap(err, errs.Invalid, "the list is damaged, or of another program: ask for a new one")
			}
			if _, err := d.Token(); !errors.Is(err, io.EOF) { // its end is sealed too
				return errs.New(errs.Invalid, "the list is damaged: ask for a new one")
			}
			return printCases(cmd.OutOrStdout(), o.form, cases)
		},
	}
	o.flags(c)
	c.Flags().StringVar(&identity, "identity", "", "file with the age identity whose recipient the list was sealed to")
	return c
}

func printCases(w io.Writer, form string, cases []revisions.Case) error {
	if form == "json" {
		return printJSON(w, cases)
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "CASE\tCHANGE\tWHAT")
	for _, c := range cases {
		for _, what := range c.Opened {
			_, _ = fmt.Fprintf(table, "%s\topened\t%s\n", c.ID, what)
		}
		for _, what := range c.Closed {
			_, _ = fmt.Fprintf(table, "%s\tclosed\t%s\n", c.ID, what)
		}
	}
	return table.Flush()
}

// few is a number of cases as the operator sees it: none, few, or how many.
func few(n int) string {
	if n > 0 && n < revisions.Few {
		return "<" + strconv.Itoa(revisions.Few)
	}
	return strconv.Itoa(n)
}

func printTried(w io.Writer, form string, t *revisions.Tried) error {
	type count struct {
		Rule       string `json:"rule"`
		Basis      string `json:"basis"`
		AgencyKind string `json:"agencyKind"`
		To         string `json:"to"`
		Category   string `json:"category"`
		Opened     string `json:"opened"`
		Closed     string `json:"closed"`
	}
	rows := []count{}
	for _, c := range t.Counts {
		rows = append(rows, count{c.Rule, c.Basis, c.AgencyKind, c.To, c.Category, few(c.Opened), few(c.Closed)})
	}
	if form == "json" {
		return printJSON(w, map[string]any{"policy": t.Revision, "live": t.Live, "cases": t.Cases, "differ": few(t.Differ), "counts": rows})
	}
	_, _ = fmt.Fprintf(w, "policy %s beside %s, which is in force: %d cases, %s would change\n", t.Revision, t.Live, t.Cases, few(t.Differ))
	if len(rows) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RULE\tBASIS\tAGENCY KIND\tFOR\tCATEGORY\tOPENED\tCLOSED")
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Rule, r.Basis, r.AgencyKind, r.To, r.Category, r.Opened, r.Closed)
	}
	return table.Flush()
}
