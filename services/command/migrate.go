package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/ent/migrate/versions"
)

// withCause shows what the database said: migrations hold nothing of a person.
func withCause(err error) error {
	cause := errors.Unwrap(err)
	if cause == nil {
		return err
	}
	for u := errors.Unwrap(cause); u != nil; u = errors.Unwrap(cause) {
		cause = u
	}
	return fmt.Errorf("%w (the database said: %w)", err, cause)
}

func migrateCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "migrate", Short: "Apply or list the database's migrations, as the owner of its tables"}
	var o output
	status := migrateStatus(f, &o)
	o.flags(status)
	c.AddCommand(status, &cobra.Command{
		Use: "up", Short: "Apply what is missing", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.creates = true
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			n, at, err := versions.Apply(cmd.Context(), st.DB(), st.Dialect())
			if err != nil {
				return withCause(err)
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), migrated(n, at))
			if err := st.LogsNothingTyped(cmd.Context()); err != nil {
				cmd.PrintErrln("sala: warning:", err)
			}
			return nil
		},
	})
	c.AddCommand(bootstrapCommand(f))
	return c
}

// migrated says what was done. A version is the number of a migration; not every number is
// used, so there are fewer migrations than the version says.
func migrated(n int, at int64) string {
	switch n {
	case 0:
		return fmt.Sprintf("nothing to do: the database is at version %d, the newest", at)
	case 1:
		return fmt.Sprintf("applied 1 migration: the database is at version %d, the newest", at)
	}
	return fmt.Sprintf("applied %d migrations: the database is at version %d, the newest (versions are numbers of migrations, and not every number is used)", n, at)
}

func migrateStatus(f *flags, o *output) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "List the migrations", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			f.creates = true
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			rows, err := versions.List(cmd.Context(), st.DB(), st.Dialect())
			if err != nil {
				return withCause(err)
			}
			type migration struct {
				Version int64  `json:"version"`
				Name    string `json:"name"`
				Applied bool   `json:"applied"`
			}
			all := []migration{}
			for _, r := range rows {
				state := "pending"
				if r.Applied {
					state = "applied"
				}
				all = append(all, migration{r.Version, r.Name, r.Applied})
				if o.form != "json" {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s\t%05d\t%s\n", state, r.Version, r.Name)
				}
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return nil
		},
	}
}
