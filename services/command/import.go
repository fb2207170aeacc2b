package command

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // where the machine has none

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

func importCommand() *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Bring files in through the API, with a token"}
	c.AddCommand(importHTCDS(), importList(), importUndo())
	return c
}

func importHTCDS() *cobra.Command {
	var s session
	var out output
	var calendar, basis, zone string
	var purposes []string
	var dry bool
	c := &cobra.Command{
		Use: "htcds FILE.xlsx|FILE.csv", Short: "Register every row of an HTCDS 2.0 file as a case, or none", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := importOptions(basis, calendar, purposes)
			if err == nil {
				err = out.check()
			}
			if err != nil {
				return err
			}
			read, err := readOptions(calendar, zone)
			if err != nil {
				return err
			}
			o.DryRun, o.Progress = dry, progress(cmd.ErrOrStderr())
			c, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "the file cannot be read: check its path")
			}
			defer func() { _ = f.Close() }()
			info, err := f.Stat()
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "the file cannot be read: check its path")
			}
			report, err := exchange.Import(cmd.Context(), c, f, info.Size(), read, o)
			if report != nil && (err == nil || out.form == "json") {
				if e := printImport(cmd.OutOrStdout(), out.form, report); err == nil {
					err = e
				}
			}
			return err
		},
	}
	s.flags(c)
	out.flags(c)
	c.Flags().StringVar(&calendar, "calendar", "", "calendar of the file's dates: GREGORIAN or BUDDHIST")
	c.Flags().StringVar(&zone, "zone", exchange.DefaultZone, "time zone of the IANA database in which the file's dates are read: that of the deployment")
	c.Flags().StringVar(&basis, "basis", "", "typed basis for rows without her consent to be recorded (C1)")
	c.Flags().StringArrayVar(&purposes, "purpose", nil, "purpose of the recording; may be repeated; the import declares the first")
	c.Flags().BoolVar(&dry, "dry-run", false, "check everything, store nothing")
	return c
}

func importOptions(basis, calendar string, purposes []string) (o exchange.ImportOptions, err error) {
	o.Basis = valueset.RecordingBasis(basis)
	if basis != "" && !o.Basis.Valid() {
		return o, errs.New(errs.Invalid, "--basis is LEGAL_OBLIGATION, VITAL_INTERESTS or PUBLIC_TASK")
	}
	for _, p := range purposes {
		if !category.Purpose(p).OpensCase() {
			return o, errs.New(errs.Invalid, "--purpose names no purpose that opens a case")
		}
		o.Purposes = append(o.Purposes, category.Purpose(p))
	}
	if !valueset.Calendar(calendar).Valid() {
		return o, errs.New(errs.Invalid, "declare the file's calendar: --calendar GREGORIAN or --calendar BUDDHIST (I3)")
	}
	return o, nil
}

func readOptions(calendar, zone string) (htcds.Options, error) {
	o := exchange.ReadOptions(valueset.Calendar(calendar))
	var err error
	if o.Location, err = time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return o, errs.New(errs.Invalid, "--zone is no time zone of the IANA database, such as Asia/Vientiane")
	}
	return o, nil
}

// progress writes a line each.
func progress(w io.Writer) func(string) {
	return func(line string) { _, _ = fmt.Fprintln(w, line) }
}

func printImport(w io.Writer, form string, r *exchange.Report) error {
	if form == "json" {
		return printJSON(w, r)
	}
	done := "registered"
	if r.DryRun {
		done = "would be registered; nothing was stored"
	}
	_, _ = fmt.Fprintf(w, "%d cases %s, %d rows known already\n", r.Created, done, r.Known)
	if len(r.History) > 0 {
		kept := make([]string, 0, len(r.History))
		for _, column := range slices.Sorted(maps.Keys(r.History)) {
			kept = append(kept, fmt.Sprintf("%s (%d)", column, r.History[column]))
		}
		_, _ = fmt.Fprintf(w, "kept as history, with no referral made: %s\n", strings.Join(kept, ", "))
	}
	if r.Import != "" {
		_, _ = fmt.Fprintf(w, "import %s: for 72 hours `sala import undo` takes back what nobody has touched\n", r.Import)
	}
	return nil
}

var importsQuery = document.Own(`query Imports($purpose: Purpose!, $first: Int!, $after: Cursor) @purpose(of: $purpose) {
  imports(first: $first, after: $after, orderBy: {field: OPENED_ON, direction: DESC}) {
    edges { node { id state staged refused registered undone openedOn endedOn undoneOn digest } }
    pageInfo { hasNextPage endCursor }
  }
}`)

func importList() *cobra.Command {
	var s session
	var o output
	var purpose string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List the imports of your agency, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !category.Purpose(purpose).OpensCase() {
				return errs.New(errs.Invalid, "--purpose names no purpose that opens a case")
			}
			return o.print(cmd, &s, "imports", importsQuery, map[string]any{"purpose": purpose}, limit,
				[]string{"opened", "state", "rows", "refused", "cases", "taken back", "id"}, importCells)
		},
	}
	s.flags(c)
	o.flags(c)
	c.Flags().StringVar(&purpose, "purpose", string(category.ForAssistance), "purpose that you declare")
	c.Flags().IntVar(&limit, "limit", rowsPerPage, "how many at most; 0 for all")
	return c
}

func importCells(row json.RawMessage) ([]string, error) {
	var n struct {
		ID, State, OpenedOn                 string
		Staged, Refused, Registered, Undone int
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	opened, _, _ := strings.Cut(n.OpenedOn, ".")
	return []string{opened, n.State, strconv.Itoa(n.Staged), strconv.Itoa(n.Refused), strconv.Itoa(n.Registered), strconv.Itoa(n.Undone), n.ID}, nil
}

func importUndo() *cobra.Command {
	var s session
	var o output
	var purpose string
	var dry bool
	c := &cobra.Command{
		Use: "undo ID", Short: "Take back the cases of an import that nobody has touched since, within 72 hours", Args: cobra.ExactArgs(1),
		Long: `Takes back exactly the cases that the import made and that are as it made them: not
corrected, nothing added by anybody, no statement, referral, assignment or change since,
no erasure asked for, and nothing shown to another agency. The others are listed and
stay: what was touched is erased by two people (H4). The rows go at once and the file can
come in again; the keys are destroyed within a minute. The record of who did and saw what
stays. It is for the member who imported the file, under the purpose of the import, and for
a supervisor of the agency.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !category.Purpose(purpose).OpensCase() {
				return errs.New(errs.Invalid, "--purpose names no purpose that opens a case")
			}
			if err := o.check(); err != nil {
				return err
			}
			c, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			r, err := exchange.Undo(cmd.Context(), c, args[0], category.Purpose(purpose), dry, progress(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), r)
			}
			return printUndo(cmd.OutOrStdout(), r)
		},
	}
	s.flags(c)
	o.flags(c)
	c.Flags().StringVar(&purpose, "purpose", string(category.ForAssistance), "purpose that you declare")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be taken back, change nothing")
	return c
}

func printUndo(w io.Writer, r *exchange.UndoReport) error {
	done := "taken back"
	if r.DryRun {
		done = "would be taken back; nothing was changed"
	}
	_, _ = fmt.Fprintf(w, "%d cases %s, %d stay\n", r.Undone, done, len(r.Kept))
	if len(r.Kept) == 0 {
		return nil
	}
	t := terminal.NewTable("row", "stays")
	for _, k := range r.Kept {
		reference := "not open to you"
		if k.Reference != nil {
			reference = *k.Reference
		}
		t.Row(strconv.Itoa(k.Row), reference)
	}
	return t.Write(w)
}

func trimmed(b []byte) string { return strings.TrimSpace(string(b)) }
