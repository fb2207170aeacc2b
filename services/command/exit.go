package command

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// The exit codes of every command.
const (
	ExitOK          = 0
	ExitFailed      = 1 // it failed, or the state of things does not allow it
	ExitUsage       = 2 // the command line is wrong
	ExitRefused     = 3 // not signed in, or not allowed
	ExitInput       = 4 // a file or value that was given is wrong
	ExitNotHere     = 5 // nothing is there under this id, or it is not for you
	ExitUnavailable = 6 // something cannot be reached or is overloaded: try again
	ExitWaiting     = 7 // it is not so yet: somebody, or something that is under way, is waited for
)

// ExitCodes tells what each code means, for the documentation.
var ExitCodes = []struct {
	Code    int
	Meaning string
}{
	{ExitOK, "done"},
	{ExitFailed, "failed, or the state of things does not allow it"},
	{ExitUsage, "the command line is wrong: an unknown command, flag or number of arguments"},
	{ExitRefused, "not signed in, or not allowed for this account and purpose"},
	{ExitInput, "a file or a value that was given is wrong; nothing was stored"},
	{ExitNotHere, "nothing is there under this id, or it is not for you: the two look alike"},
	{ExitUnavailable, "something cannot be reached, or asks to be asked later: try again"},
	{ExitWaiting, "it is not so yet: somebody, or something that is under way, is waited for (`sala agency status`)"},
}

// started notes that the command line was understood and a command ran.
func started(c *cobra.Command, ran *bool) {
	for _, sub := range c.Commands() {
		started(sub, ran)
	}
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			*ran = true
			return run(cmd, args)
		}
	}
}

// exit tells the error and returns its code.
func exit(ctx context.Context, errOut io.Writer, err error, ran bool) int {
	if err == nil {
		return ExitOK
	}
	_, _ = fmt.Fprintln(errOut, "sala:", terminal.Visible(err.Error()))
	if !ran {
		_, _ = fmt.Fprintln(errOut, "sala: `sala help` lists the commands, `sala COMMAND --help` their flags")
		return ExitUsage
	}
	if ctx.Err() != nil {
		return ExitFailed
	}
	var w *waiting
	if errors.As(err, &w) {
		return ExitWaiting
	}
	return codeOf(kindOf(err))
}

// waiting is the error of what is not so yet.
type waiting struct{ error }

func kindOf(err error) errs.Kind {
	var f *client.Failure
	if errors.As(err, &f) {
		return f.Kind()
	}
	return errs.KindOf(err)
}

func codeOf(k errs.Kind) int {
	switch k {
	case errs.Unauthenticated, errs.Forbidden:
		return ExitRefused
	case errs.Invalid:
		return ExitInput
	case errs.Withheld:
		return ExitNotHere
	case errs.Unavailable, errs.Limited, errs.Changed:
		return ExitUnavailable
	}
	return ExitFailed
}
