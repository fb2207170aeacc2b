package command

import (
	"encoding/base64"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
)

var sheetMutation = document.Own(`mutation ReferOut($id: ID!, $purpose: Purpose!) @purpose(of: $purpose) {
  printExternalReferral(id: $id) { sheet { name mediaType content } userErrors { code field message } }
}`)

// referOutCommand writes the sheet of a referral to a party outside Sala to a file (D8).
func referOutCommand() *cobra.Command {
	var s session
	var purpose string
	c := &cobra.Command{
		Use: "refer-out ID FILE", Short: "Write the sheet of a referral to a party outside Sala to a file: a page to print, or the page encrypted to the party's key", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !category.Purpose(purpose).OpensCase() {
				return errs.New(errs.Invalid, "name why you ask: --purpose IDENTIFICATION, PROTECTION, ASSISTANCE, RETURN, TRACING, JUSTICE or LEGAL_AID")
			}
			// The file first: a sheet that is made and not kept would be a disclosure for nothing.
			f, err := os.OpenFile(args[1], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return errs.New(errs.Invalid, "the file cannot be made: name one that is not there yet, in a folder that is")
			}
			err = writeSheet(cmd, &s, f, args[0], purpose)
			if e := f.Close(); err == nil && e != nil {
				err = errs.New(errs.Unavailable, "writing the file failed")
			}
			if err != nil {
				_ = os.Remove(args[1])
			}
			return err
		},
	}
	s.flags(c)
	c.Flags().StringVar(&purpose, "purpose", "", "why you ask: the referral's own purpose; required")
	_ = c.RegisterFlagCompletionFunc("purpose", cobra.FixedCompletions(opening, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func writeSheet(cmd *cobra.Command, s *session, f *os.File, id, purpose string) error {
	c, err := s.client(cmd.Context())
	if err != nil {
		return err
	}
	var out struct {
		PrintExternalReferral struct {
			Sheet      *struct{ Name, MediaType, Content string }
			UserErrors []struct{ Code, Message string }
		}
	}
	if _, err := c.Do(cmd.Context(), sheetMutation, map[string]any{"id": id, "purpose": purpose}, &out); err != nil {
		return err
	}
	answer := out.PrintExternalReferral
	if answer.Sheet == nil {
		if len(answer.UserErrors) > 0 {
			return errs.New(errs.Invalid, "%s", answer.UserErrors[0].Message)
		}
		return errs.NotHere()
	}
	raw := []byte(answer.Sheet.Content)
	if answer.Sheet.MediaType != "text/html" {
		if raw, err = base64.StdEncoding.DecodeString(answer.Sheet.Content); err != nil {
			return unread(err)
		}
	}
	if _, err := f.Write(raw); err != nil {
		return errs.New(errs.Unavailable, "writing the file failed")
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d bytes, %s\n", len(raw), answer.Sheet.MediaType)
	return err
}
