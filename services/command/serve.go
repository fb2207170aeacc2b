package command

import (
	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/services/serve"
)

func serveCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "Serve the GraphQL API", Args: cobra.NoArgs,
		Long: "Serve the GraphQL API until SIGTERM or SIGINT, then end what is under way; a second signal ends at once.\n" +
			"docs/configuration.md describes each setting; `sala config check` checks them without starting.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := f.values()
			if err != nil {
				return err
			}
			for _, w := range v.Warnings {
				cmd.PrintErrln("sala: warning:", w)
			}
			return serve.Run(cmd.Context(), v, cmd.ErrOrStderr())
		},
	}
	f.server(c.Flags())
	return c
}
