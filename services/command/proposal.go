package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/apply"
)

func proposalCommand() *cobra.Command {
	var s session
	c := &cobra.Command{Use: "proposal", Short: "List and show what one person alone cannot decide, and approve, countersign or refuse it"}
	s.everywhere(c)
	c.AddCommand(proposalList(&s), proposalShow(&s))
	for verb, short := range map[string]string{
		"approve":     "Give your agency's yes; with the second, of another agency, it is decided (I7)",
		"countersign": "Countersign a change of how your agency signs in",
		"refuse":      "Refuse a proposal before it is in effect",
	} {
		c.AddCommand(&cobra.Command{Use: verb + " ID", Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
			with, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			if err := apply.Decide(cmd.Context(), with, verb, args[0]); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), "done")
			return nil
		}})
	}
	return c
}

func proposalList(s *session) *cobra.Command {
	var output string
	c := &cobra.Command{Use: "list", Short: "List what is neither in effect nor refused", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		with, err := s.client(cmd.Context())
		if err != nil {
			return err
		}
		all, err := apply.Proposals(cmd.Context(), with)
		if err != nil {
			return err
		}
		switch output {
		case "json":
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(all)
		case "table":
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			for _, p := range all {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\tapproved by: %s\t%s\n", p.ID, p.Kind, p.Agency, p.State, strings.Join(p.Approved, ", "), p.From+terminal.Visible(p.Says))
			}
			return w.Flush()
		}
		return errs.New(errs.Invalid, "--output is table or json")
	}}
	c.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return c
}
