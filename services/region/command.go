package region

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	api "github.com/sala-exchange/sala/graph/region"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
)

// Main runs the program and returns its exit code. SIGINT and SIGTERM end it in order.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// Execute runs the command line and returns 0, or 1 with a message on errOut.
func Execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	root := &cobra.Command{
		Use: "sala-region", Short: "Serve published releases to counterparts", SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.AddCommand(serveCommand(), checkCommand(), registerCommand())
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err != nil {
		root.PrintErrln("sala-region:", shown(err))
		return 1
	}
	return 0
}

// shown is the safe message; what cobra says of flags and commands is its own.
func shown(err error) string {
	if errs.KindOf(err) == errs.Internal {
		return err.Error()
	}
	return errs.Public(err).Message
}

func configured(c *cobra.Command, run func(*cobra.Command, *Configuration) error) *cobra.Command {
	path := c.Flags().String("config", "", "the configuration, in YAML; required (docs/region.md)")
	_ = c.MarkFlagRequired("config")
	c.Args = cobra.NoArgs
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := ReadConfiguration(*path)
		if err != nil {
			return err
		}
		return run(cmd, v)
	}
	return c
}

func serveCommand() *cobra.Command {
	return configured(&cobra.Command{Use: "serve", Short: "Serve until SIGTERM or SIGINT"},
		func(cmd *cobra.Command, c *Configuration) error { return Run(cmd.Context(), c, cmd.ErrOrStderr()) })
}

func checkCommand() *cobra.Command {
	return configured(&cobra.Command{Use: "check", Short: "Check the configuration without starting or opening anything"},
		func(cmd *cobra.Command, _ *Configuration) error {
			cmd.Println("the configuration is sound")
			return nil
		})
}

// maxText bounds a file of one document, in bytes.
const maxText = 1 << 20

func registerCommand() *cobra.Command {
	c := &cobra.Command{Use: "register DOCUMENT…", Short: "Add GraphQL documents to the file of registered documents", Args: cobra.MinimumNArgs(1)}
	path := c.Flags().String("documents", "", "the file of registered documents; made where it is not there; required")
	_ = c.MarkFlagRequired("documents")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := document.ReadOrNone(*path)
		if err != nil {
			return err
		}
		for _, name := range args {
			text, err := os.ReadFile(name) //nolint:gosec // whoever registers names the file
			if err != nil || len(text) > maxText {
				return errs.Wrap(err, errs.Invalid, "a document cannot be read, or is longer than %d bytes", maxText)
			}
			err = api.CheckDocument(string(text))
			if err != nil {
				return err
			}
			id, _ := set.Add(string(text))
			cmd.Println(id)
		}
		return set.Write(*path)
	}
	return c
}
