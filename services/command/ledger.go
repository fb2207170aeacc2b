package command

import (
	"crypto/rand"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/tlog"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/serve"
)

func ledgerCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "ledger", Short: "Check the ledger, sign its checkpoints, or sequence it"}
	c.AddCommand(ledgerVerify(f), ledgerCheckpoint(f), ledgerKey(), ledgerSequence(f))
	return c
}

func ledgerSequence(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "sequence", Short: "Give records their places in the ledger, as a process of its own", Args: cobra.NoArgs,
		Long: "Give records of disclosures their places in the ledger until SIGTERM or SIGINT, for servers with ledgerSequencer: apart, or beside\n" +
			"others that do it too: one works at a time. It needs no key; the login sala_sequencer can do this and nothing else.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := f.values()
			if err != nil {
				return err
			}
			for _, w := range v.Warnings {
				cmd.PrintErrln("sala: warning:", w)
			}
			return serve.Sequence(cmd.Context(), v, cmd.ErrOrStderr())
		},
	}
	f.add(c.Flags(), configuration.OperationsAddress.Key, configuration.LedgerMaxLag.Key, configuration.LogLevel.Key,
		configuration.StatementTimeout.Key, configuration.LockTimeout.Key, configuration.IdleInTransactionTimeout.Key,
		configuration.DatabaseIdleTime.Key, configuration.DatabaseLifetime.Key, configuration.GCTarget.Key, configuration.MemoryLimit.Key)
	return c
}

func ledgerVerify(f *flags) *cobra.Command {
	var checkpoint, key string
	c := &cobra.Command{
		Use: "verify", Short: "Hash every entry anew and compare nodes, details and a saved checkpoint", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var saved []tlog.Checkpoint
			if checkpoint != "" {
				one, err := disclosure.ReadCheckpoint(checkpoint, key)
				if err != nil {
					return err
				}
				saved = append(saved, one)
			}
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			report, err := disclosure.Verify(cmd.Context(), st, saved...)
			if err != nil {
				return err
			}
			for _, finding := range report.Findings {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), "found:", finding)
			}
			if len(report.Findings) > 0 {
				return errs.New(errs.Conflict, "the ledger is not intact: keep the database, the log of this check and every checkpoint as evidence")
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "intact: %d entries, root %s\n", report.Size, report.Root)
			if report.Erased > 0 {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "the details of %d entries were erased with the persons\n", report.Erased)
			}
			if report.Waiting > 0 {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d records wait for their place: run this again, or `sala ledger checkpoint` where no server runs\n", report.Waiting)
			}
			if len(saved) == 0 {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), "without --checkpoint a wholly rewritten log would look intact")
			}
			return nil
		},
	}
	c.Flags().StringVar(&checkpoint, "checkpoint", "", "file with a signed checkpoint that was saved outside")
	c.Flags().StringVar(&key, "key", "", "file with the log's public key")
	return c
}

func ledgerCheckpoint(f *flags) *cobra.Command {
	var key string
	c := &cobra.Command{
		Use: "checkpoint", Short: "Sequence what waits and print a signed checkpoint, to be kept by others", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, err := os.ReadFile(key)
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "the log's signing key cannot be read: check --key")
			}
			signer, err := note.NewSigner(trimmed(secret))
			if err != nil {
				return errs.New(errs.Invalid, "the log's signing key is malformed: make one with `sala ledger key`")
			}
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			point, err := disclosure.Checkpoint(cmd.Context(), st)
			if err != nil {
				return err
			}
			signed, err := point.Sign(signer)
			if err != nil {
				return err
			}
			_, _ = cmd.OutOrStdout().Write(signed)
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "", "file with the log's signing key")
	_ = c.MarkFlagRequired("key")
	return c
}

func ledgerKey() *cobra.Command {
	return &cobra.Command{
		Use: "key FILE", Short: "Make a signing key in FILE and print the public key", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			secret, public, err := note.GenerateKey(rand.Reader, disclosure.Origin)
			if err != nil {
				return errs.Wrap(err, errs.Internal, "making a key failed")
			}
			file, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "the key file cannot be made: is there one already?")
			}
			if _, err := fmt.Fprintln(file, secret); err != nil {
				return errs.Wrap(err, errs.Invalid, "the key file cannot be written")
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), public)
			return file.Close()
		},
	}
}
