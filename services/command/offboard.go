package command

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/services/apply"
)

func offboardCommand() *cobra.Command {
	var s session
	var start bool
	c := &cobra.Command{
		Use: "offboard AGENCY", Short: "Take an agency's departure as far as it goes, and say what is in its way", Args: cobra.ExactArgs(1),
		Long: "With --start the agency is frozen first: by its own administrator at once, by who administers the platform after\n" +
			"two approvals. Call again to go on: each step is done once.",
		RunE: func(cmd *cobra.Command, args []string) error {
			api, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			if start {
				proposal, err := apply.StartOffboarding(cmd.Context(), api, args[0])
				if err != nil {
					return err
				}
				if proposal != "" {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "proposed: two people of different agencies approve %s with `sala proposal approve`\n", proposal)
					return nil
				}
			}
			got, err := apply.Offboard(cmd.Context(), api, args[0])
			if err != nil {
				return err
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(got)
		},
	}
	s.flags(c)
	c.Flags().BoolVar(&start, "start", false, "freeze the agency, or propose it")
	return c
}
