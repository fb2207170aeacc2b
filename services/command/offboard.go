package command

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// offboarding is one run of the command.
type offboarding struct {
	session session
	output  output
	start   bool
	with    apply.Start
	file    string
	stop    bool
}

func offboardCommand() *cobra.Command {
	var o offboarding
	c := &cobra.Command{
		Use: "offboard AGENCY", Short: "Take an agency's departure as far as it goes, and say what is in its way", Args: cobra.ExactArgs(1),
		Long: "With --start the agency is frozen first: by its own administrator at once, who names the key of its export with\n" +
			"--export-to; by who administers the platform after two approvals. --hand-over-to and --deadline are approved with\n" +
			"it and never change: no case moves and nothing ends by them. Call again to go on: each step is done once.\n" +
			"With --export FILE the agency's administrator fetches all that the agency contributed, and says that it is kept;\n" +
			"open it then. The next call, by who administers the platform at another agency, agrees to the deletion of these\n" +
			"rows; 72 hours later one more call deletes them for good, unless the agency's administrator takes that back with\n" +
			"--stop-deletion. It ends with 1 while something is in the way.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.output.check(); err != nil {
				return err
			}
			api, err := o.session.client(cmd.Context())
			if err != nil {
				return err
			}
			return o.run(cmd, api, args[0])
		},
	}
	o.session.flags(c)
	o.output.flags(c)
	c.Flags().BoolVar(&o.start, "start", false, "freeze the agency, or propose it")
	c.Flags().StringVar(&o.with.ExportTo, "export-to", "", "with --start: age public key (age1…) of the agency's export; its private key stays with the agency")
	c.Flags().StringVar(&o.with.HandOverTo, "hand-over-to", "", "with --start: code of the agency that cases are offered to where an offer names none; it accepts each itself")
	c.Flags().StringVar(&o.with.Deadline, "deadline", "", "with --start: until when the agency is to have left, 7 to 730 days ahead: a date, which means its end in UTC, or a time of RFC 3339; nothing ends by it")
	c.Flags().StringVar(&o.file, "export", "", "file (tar of encrypted parts) to write the agency's export to")
	c.Flags().BoolVar(&o.stop, "stop-deletion", false, "take the deletion of your agency's rows back, and that it holds its export")
	c.MarkFlagsMutuallyExclusive("start", "export", "stop-deletion")
	return c
}

func (o *offboarding) run(cmd *cobra.Command, api *client.Client, agency string) error {
	if o.with != (apply.Start{}) && !o.start {
		return errs.New(errs.Invalid, "--export-to, --hand-over-to and --deadline go with --start")
	}
	if o.file != "" {
		return o.export(cmd, api, agency)
	}
	if o.stop {
		if err := apply.StopDeletion(cmd.Context(), api, agency); err != nil {
			return err
		}
		if o.output.form == "json" {
			return printJSON(cmd.OutOrStdout(), map[string]bool{"stopped": true})
		}
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), "nothing is deleted: fetch the export again, or talk to who administers the platform")
		return nil
	}
	if o.start {
		proposal, err := apply.StartOffboarding(cmd.Context(), api, agency, o.with)
		if err != nil {
			return err
		}
		if proposal != "" {
			if o.output.form == "json" {
				return printJSON(cmd.OutOrStdout(), map[string]string{"proposal": proposal})
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "proposed: two people of different agencies approve %s with `sala proposal approve`\n", proposal)
			return nil
		}
	}
	got, err := apply.Offboard(cmd.Context(), api, agency)
	if err != nil {
		return err
	}
	if err := o.show(cmd.OutOrStdout(), got); err != nil {
		return err
	}
	if got.EndedOn == nil {
		return errs.New(errs.Conflict, "the agency has not left yet: what is in the way stands above")
	}
	return nil
}

func (o *offboarding) show(to io.Writer, got *apply.Departure) error {
	if o.output.form == "json" {
		return printJSON(to, struct {
			*apply.Departure
			InTheWay []string `json:"inTheWay"`
		}{got, append([]string{}, got.InTheWay()...)})
	}
	t := terminal.NewTable("step", "done")
	for _, s := range []struct {
		name string
		on   *string
	}{
		{"frozen", &got.FrozenOn}, {"cases handed over", got.HandedOverOn}, {"agreements and referrals ended", got.AgreementsEndedOn},
		{"export kept by the agency", got.ExportedOn}, {"gone on without export", got.UnfetchedOn}, {"deletion agreed to, from", got.DeletionDueOn},
		{"its rows deleted for good", got.KeysDestroyedOn}, {"left", got.EndedOn},
	} {
		done := "not yet"
		if s.on != nil {
			done = *s.on
		} else if s.name == "gone on without export" {
			continue
		}
		t.Row(s.name, done)
	}
	t.Row("cases are offered to", cmp.Or(string(got.HandOverTo), "whom each offer names"))
	deadline := "none"
	if got.Deadline != nil {
		deadline = *got.Deadline
	}
	t.Row("deadline", deadline)
	if err := t.Write(to); err != nil {
		return err
	}
	if got.Overdue {
		_, _ = fmt.Fprintln(to, "overdue: its deadline has passed; nothing ends by that, and what is in the way is done as before")
	}
	for _, line := range got.InTheWay() {
		_, _ = fmt.Fprintln(to, "in the way:", line)
	}
	if got.EndedOn != nil {
		_, _ = fmt.Fprintln(to, "digest of the export:", got.ExportDigest)
	}
	return nil
}

// export says that the export is kept only once the file is whole and on the disk.
func (o *offboarding) export(cmd *cobra.Command, api *client.Client, agency string) error {
	var got *apply.Export
	err := whole(o.file, func(w io.Writer) (err error) {
		got, err = apply.Fetch(cmd.Context(), api, agency, w)
		return err
	})
	if err != nil {
		return err
	}
	if err := apply.Confirm(cmd.Context(), api, agency, got.Digest); err != nil {
		return err
	}
	if o.output.form == "json" {
		return printJSON(cmd.OutOrStdout(), got)
	}
	_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d rows in %d parts are in the file, and the server knows that your agency keeps them\ndigest: %s\n"+
		"open them with the private key now: 72 hours after another agency agrees they are deleted from the exchange for good\n", got.Rows, got.Parts, got.Digest)
	return nil
}
