// Package command is the sala command line: it reads flags and environment,
// assembles the parts and runs them.
//
// It promises that a configuration which lacks what safety needs does not start,
// and that an error shows its safe message only. It holds no rule of its own.
package command

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Main runs the program and returns its exit code. The first SIGINT or SIGTERM ends
// what runs in order; a second one ends the program at once.
func Main() int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // from then on signals do what they do by themselves
		stop()
	}()
	return Execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// Execute runs the command line and returns one of the exit codes of [ExitCodes],
// with a message on errOut where it is not 0.
func Execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	root, ran := Root(), false
	started(root, &ran)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	return exit(ctx, errOut, root.ExecuteContext(ctx), ran)
}

// Root is the whole tree of commands.
func Root() *cobra.Command {
	f := newFlags()
	root := &cobra.Command{
		Use: "sala", Short: "Share one person's case: what she agreed to, with those who need it, for the stated purpose",
		SilenceUsage: true, SilenceErrors: true,
	}
	f.everywhere(root.PersistentFlags())
	told(root)
	root.AddCommand(demoCommand(f), serveCommand(f), group(configCommand(f)), group(migrateCommand(f)), fsckCommand(f), group(policyCommand(f)), group(ledgerCommand(f)), group(releaseCommand(f)),
		group(importCommand()), group(keysCommand(f)), backupCommand(f), restoreCommand(f), group(erasuresCommand(f)),
		applyCommand(), inviteCommand(), joinCommand(), group(proposalCommand()), offboardCommand(), versionCommand(f),
		riskCommand(), anonymizeCommand(), aggregateCommand(), synthesizeCommand(), loginCommand(), logoutCommand(), group(profileCommand()), whoamiCommand(), queryCommand(), group(documentsCommand()), casesCommand(), noticesCommand(), disclosuresCommand(), worklistCommand(), explainCommand(), group(exportCommand()), referOutCommand(), group(regionCommand()),
		group(agencyCommand()), group(agreementCommand()))
	once(root)
	return root
}

// group makes a command of sub-commands refuse what is none of them.
func group(c *cobra.Command) *cobra.Command {
	c.Args = cobra.NoArgs
	c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return c
}
