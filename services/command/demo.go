package command

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/demo"
)

func demoCommand(f *flags) *cobra.Command {
	o := demo.Options{}
	c := &cobra.Command{
		Use: "demo", Short: "Run the whole system with fictional agencies and cases on the embedded database", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			book, err := f.book()
			if err != nil {
				return err
			}
			o.Policies, o.Out = book, cmd.OutOrStdout()
			// Of what the issuer's library tells at each sign-in nobody has to know.
			logline.SetDefault(logline.New(cmd.ErrOrStderr(), slog.LevelError))
			if o.Check && !cmd.Flags().Changed("addr") {
				o.Addr = "127.0.0.1:0"
			}
			return demo.Run(cmd.Context(), o)
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", "", "empty folder to keep the database in; a temporary one where left out")
	c.Flags().StringVar(&o.Addr, "addr", "127.0.0.1:8080", "loopback address to listen on")
	c.Flags().StringVar(&o.RegionAddr, "region-addr", "", "loopback address of the region's server; a free port where left out")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the fictional cases")
	c.Flags().IntVar(&o.Cases, "cases", 300, "how many fictional cases")
	c.Flags().StringVar(&o.Import, "import", "", "HTCDS file to read in for LWU instead of the fictional cases")
	c.Flags().StringVar(&o.Calendar, "calendar", "GREGORIAN", "calendar of the dates in that file: GREGORIAN or BUDDHIST")
	c.Flags().BoolVar(&o.Check, "check", false, "walk through one case and the reading of a release, print what each agency saw, and exit 0 or 1")
	return c
}
