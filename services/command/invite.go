package command

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/apply"
)

func inviteCommand() *cobra.Command {
	var s session
	var o output
	c := &cobra.Command{
		Use: "invite AGENCY", Short: "Make the one-time invitation of an agency's first administrator and show its secret once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			api, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			got, err := apply.Invite(cmd.Context(), api, args[0])
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), map[string]string{"secret": got.Secret, "until": got.Until, "proposal": got.Proposal})
			}
			if got.Secret == "" {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "an invitation that you made waits already, for %s; its secret was shown then: where it is lost, sala proposal refuse %s and invite anew\n", got.Proposal, got.Proposal)
				return nil
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), got.Secret)
			if got.Proposal != "" {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "the agency is in use: the invitation waits for %s, then for the agency's countersignature or 72 hours without its objection\n", got.Proposal)
			} else {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "shown this once; usable once, until %s, by whoever signs in by the agency's issuer: hand it over in person\n", got.Until)
			}
			return nil
		},
	}
	s.flags(c)
	o.flags(c)
	return c
}

func joinCommand() *cobra.Command {
	var s session
	var invitation string
	c := &cobra.Command{
		Use: "join", Short: "Accept an invitation and become your agency's administrator", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			secret, err := readSecret(cmd, invitation)
			if err != nil {
				return err
			}
			if err := apply.Join(cmd.Context(), api, secret); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), "you administer your agency now")
			return nil
		},
	}
	s.flags(c)
	c.Flags().StringVar(&invitation, "invitation-file", "", "file with the invitation's secret; standard input where left out")
	return c
}

// readSecret keeps the secret out of the command line, where others could read it.
func readSecret(cmd *cobra.Command, path string) (string, error) {
	from := cmd.InOrStdin()
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return "", errs.Wrap(err, errs.Invalid, "the invitation cannot be read: check --invitation-file")
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, 1024))
	if err != nil || trimmed(raw) == "" {
		return "", errs.New(errs.Invalid, "give the invitation's secret in a file with --invitation-file, or on standard input")
	}
	return trimmed(raw), nil
}
