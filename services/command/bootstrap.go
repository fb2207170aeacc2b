package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/bootstrap"
)

func bootstrapCommand(f *flags) *cobra.Command {
	var files []string
	c := &cobra.Command{
		Use: "bootstrap -f FILE", Short: "Make the first two agencies of a database that holds neither agency nor case", Args: cobra.NoArgs,
		Long: "Both administer the platform: from then on every agency is approved by two people of different agencies.\n" +
			"Prints the one-time invitation of each agency's first administrator, once.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			docs, err := v1alpha1.ReadPaths(files)
			if err != nil {
				return err
			}
			if err := sound(docs); err != nil {
				return err
			}
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			founded, err := bootstrap.Found(cmd.Context(), st, docs)
			if err != nil {
				return err
			}
			for _, a := range founded {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", a.Code, a.Invitation.Secret)
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "each agency's invitation is shown this once; usable once, until %s, by whoever signs in by its issuer: hand it over in person\n",
				time.UnixMicro(founded[0].Invitation.ValidUntil).UTC().Format(time.RFC3339))
			return nil
		},
	}
	c.Flags().StringArrayVarP(&files, "filename", "f", nil, "manifest, or folder of manifests *.yaml; may be repeated")
	_ = c.MarkFlagRequired("filename")
	return c
}
