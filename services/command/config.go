package command

import (
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/configuration"
)

func configCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check and show the configuration"}
	c.AddCommand(configCheck(f))
	return c
}

func configCheck(f *flags) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "check", Short: "Check a server's configuration without starting, and show each value with its source", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "table" && output != "json" {
				return errs.New(errs.Invalid, "-o is table or json")
			}
			v, problems := f.resolve()
			if len(problems) == 0 {
				problems = v.Check()
			}
			show := table
			if output == "json" {
				show = asJSON
			}
			if err := show(cmd, v, problems); err != nil {
				return err
			}
			return problems.Err()
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	f.server(c.Flags())
	return c
}

func table(cmd *cobra.Command, v *configuration.Values, _ configuration.Problems) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "KEY\tVALUE\tSOURCE")
	for _, one := range v.All() {
		source := one.Source
		if source == "" {
			source = "-"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", one.Key.Name, one.Shown(), source)
	}
	for _, warning := range v.Warnings {
		cmd.PrintErrln("sala: warning:", warning)
	}
	return w.Flush()
}

// shown is one value in JSON.
type shown struct {
	Key    string `json:"key"`
	Value  any    `json:"value"` // text, or a list of texts; null where it is not set
	Source string `json:"source,omitempty"`
	Secret bool   `json:"secret,omitempty"` // the value names a file with a secret
}

func asJSON(cmd *cobra.Command, v *configuration.Values, problems configuration.Problems) error {
	out := struct {
		Values   []shown  `json:"values"`
		Warnings []string `json:"warnings"`
		Problems []string `json:"problems"`
	}{Warnings: append([]string{}, v.Warnings...), Problems: append([]string{}, problems...)}
	for _, one := range v.All() {
		s := shown{Key: one.Key.Name, Source: one.Source, Secret: one.Key.Secret}
		switch {
		case one.Key.List && len(one.Values) > 0:
			s.Value = slices.Clone(one.Values)
		case len(one.Values) > 0:
			s.Value = one.Shown()
		}
		out.Values = append(out.Values, s)
	}
	e := json.NewEncoder(cmd.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(out)
}
