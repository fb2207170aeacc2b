package command

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

func importCommand() *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Bring files in through the API, with a token"}
	c.AddCommand(importHTCDS())
	return c
}

func importHTCDS() *cobra.Command {
	var s session
	var calendar, basis string
	var purposes []string
	var dry bool
	c := &cobra.Command{
		Use: "htcds FILE.xlsx|FILE.csv", Short: "Register every row of an HTCDS 2.0 file as a case, or none", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := exchange.ImportOptions{Basis: valueset.RecordingBasis(basis), DryRun: dry,
				Progress: func(s string) { _, _ = fmt.Fprintln(cmd.ErrOrStderr(), s) }}
			if basis != "" && !o.Basis.Valid() {
				return errs.New(errs.Invalid, "--basis is LEGAL_OBLIGATION, VITAL_INTERESTS or PUBLIC_TASK")
			}
			for _, p := range purposes {
				if !category.Purpose(p).OpensCase() {
					return errs.New(errs.Invalid, "--purpose names no purpose that opens a case")
				}
				o.Purposes = append(o.Purposes, category.Purpose(p))
			}
			if !valueset.Calendar(calendar).Valid() {
				return errs.New(errs.Invalid, "declare the file's calendar: --calendar GREGORIAN or --calendar BUDDHIST (I3)")
			}
			c, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "the file cannot be read: check its path")
			}
			file, err := htcds.Read(bytes.NewReader(raw), int64(len(raw)), exchange.ReadOptions(valueset.Calendar(calendar)))
			if err != nil {
				return err
			}
			got, err := exchange.Import(cmd.Context(), c, file, o)
			if err != nil {
				return err
			}
			done := "registered"
			if dry {
				done = "would be registered; nothing was stored"
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d cases %s, %d rows known already\n", got.Created, done, got.Known)
			return nil
		},
	}
	s.flags(c)
	c.Flags().StringVar(&calendar, "calendar", "", "calendar of the file's dates: GREGORIAN or BUDDHIST")
	c.Flags().StringVar(&basis, "basis", "", "typed basis for rows without her consent to be recorded (C1)")
	c.Flags().StringArrayVar(&purposes, "purpose", nil, "purpose of the recording; may be repeated")
	c.Flags().BoolVar(&dry, "dry-run", false, "check everything, store nothing")
	return c
}

func trimmed(b []byte) string { return strings.TrimSpace(string(b)) }
