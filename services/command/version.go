package command

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/serve"
)

func versionCommand(f *flags) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "version", Short: "Say which program this is, and which policy it evaluates with", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return errs.New(errs.Invalid, "-o is text or json")
			}
			p, err := f.load()
			if err != nil {
				return err
			}
			b := serve.ThisBuild()
			if output == "json" {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
					serve.Build
					Policy string `json:"policy"`
				}{b, p.Revision()})
			}
			changed := ""
			if b.Modified {
				changed = " with changes"
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "sala %s\ncommit %s%s\n%s\npolicy %s\n", b.Version, b.Commit, changed, b.Go, p.Revision())
			return nil
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return c
}
