package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/serve"
)

func erasuresCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "erasures", Short: "Look at the list of erased persons and of agencies that left, and apply it to a restored database",
		Long: `The list lies in the key store. It holds random ids and times, and nothing about anybody.
A database that holds somebody on it is not served.`,
	}
	c.AddCommand(erasuresList(f), erasuresApply(f))
	return c
}

func erasuresList(f *flags) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "list", Short: "Check every signature of the list and print it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := f.values()
			if err != nil {
				return err
			}
			l, closed, err := serve.Erasures(cmd.Context(), v)
			if err != nil {
				return err
			}
			defer closed()
			entries, err := l.Entries(cmd.Context())
			if err != nil {
				return err
			}
			if output == "json" {
				if entries == nil {
					entries = []erasure.Entry{}
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(entries)
			}
			for _, e := range entries {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d\t%s\t%s\t%s\n", e.Number, time.UnixMicro(e.At).UTC().Format(time.RFC3339), e.Kind, strings.Join(append(slices.Clone(e.Cases), cmp.Or(e.Suspect, e.Case, e.Agency)), " "))
			}
			return nil
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return c
}

func erasuresApply(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "apply", Short: "Delete again whoever is on the list, as the owner of the tables: after a restore by other means", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, closed, err := target(cmd, f, "")
			if err != nil {
				return err
			}
			defer closed()
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			n, err := t.List.Apply(cmd.Context(), st, t.Keys)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d erased persons, rows of %d erased suspects, and contributions of %d agencies that left, were in the database and are deleted again\n",
				n.Persons, n.Suspects, n.Agencies)
			return t.List.Check(cmd.Context(), st)
		},
	}
}
