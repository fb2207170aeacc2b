package command

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sala-exchange/sala/internal/errs"
)

// told makes the help of sub-commands say where the flags of every command stand, instead
// of listing them each time, and keeps what was typed out of what is said of a wrong flag.
func told(root *cobra.Command) {
	cobra.AddTemplateFunc("inherited", inherited)
	const listed = "{{if .HasAvailableInheritedFlags}}\n\nGlobal Flags:\n{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}"
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), listed, "{{inherited .}}", 1))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
}

// inherited lists the flags that a group of commands shares, and names the others.
func inherited(c *cobra.Command) string {
	if !c.HasParent() {
		return ""
	}
	out := ""
	if own := groupFlags(c); own.HasAvailableFlags() {
		out = "\n\nShared Flags:\n" + strings.TrimRight(own.FlagUsages(), " \n")
	}
	return out + "\n\nGlobal Flags: listed by `sala --help`"
}

// groupFlags are the flags that a command has from its group, and not from the program.
func groupFlags(c *cobra.Command) *pflag.FlagSet {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	everywhere := c.Root().PersistentFlags()
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) {
		if everywhere.Lookup(f.Name) == nil {
			own.AddFlag(f)
		}
	})
	return own
}

// flagError says which flag is wrong and what it takes. The value may be a secret, or a
// name, that was put in the wrong place.
func flagError(err error) error {
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.Is(err, errTwice) && errors.As(err, &value):
		return errs.New(errs.Invalid, "--%s stands twice: it is given once", value.GetFlag().Name)
	case errors.As(err, &value):
		return errs.New(errs.Invalid, "--%s takes %s", value.GetFlag().Name, taken(value.GetFlag().Value.Type()))
	case errors.As(err, &missing):
		return errs.New(errs.Invalid, "--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &unknown):
		if name := unknown.GetSpecifiedName(); unknown.GetSpecifiedShortnames() == "" {
			return errs.New(errs.Invalid, "unknown flag: --%s", name)
		}
		return errs.New(errs.Invalid, "unknown flag of one letter")
	}
	return errs.New(errs.Invalid, "a flag is not written as flags are: --name, or --name=value")
}

// taken says in words what a flag's type takes.
func taken(kind string) string {
	switch {
	case strings.HasPrefix(kind, "uint"):
		return "a whole number from 0 on"
	case strings.HasPrefix(kind, "int"):
		return "a whole number"
	case kind == "bool":
		return "true or false"
	case kind == "duration":
		return "a time such as 30s or 5m"
	}
	return "another value"
}
