package htcds

import (
	"archive/zip"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Layout is which columns a file has.
type Layout int

// The layouts.
const (
	// Template is that of the standard's workbook: a running number, its 38 columns,
	// and the middle name that the template lacks as the last. It holds nothing that the
	// standard has no value for.
	Template Layout = iota
	// WithExtensions has further fields of the standard and Sala's own x_ columns after
	// these.
	WithExtensions
)

// Writer writes rows in a layout. Memory does not grow with the rows, and nothing is
// written but to its io.Writer.
//
// What it writes, Read reads back as the same rows in the declared calendar. Every
// cell is text; one that a spreadsheet could take for a formula is kept from that.
type Writer struct {
	layout   Layout
	calendar valueset.Calendar
	line     func(cells []string) error
	end      func() error
	rows     int
}

// NewCSV starts a CSV file in UTF-8 on w, with dates in the calendar.
func NewCSV(w io.Writer, calendar valueset.Calendar, layout Layout) (*Writer, error) {
	out := csv.NewWriter(w)
	return begin(&Writer{
		calendar: calendar, layout: layout,
		line: func(cells []string) error {
			for i, c := range cells {
				cells[i] = neutral(c)
			}
			return out.Write(cells)
		},
		end: func() error { out.Flush(); return out.Error() },
	})
}

// NewWorkbook starts a workbook (.xlsx) on w, with dates in the calendar. It streams:
// the spreadsheet library would put a large sheet into a temporary file.
func NewWorkbook(w io.Writer, calendar valueset.Calendar, layout Layout) (*Writer, error) {
	z := zip.NewWriter(w)
	for _, part := range workbookParts {
		f, err := z.Create(part.name)
		if err == nil {
			_, err = io.WriteString(f, xml.Header+part.text)
		}
		if err != nil {
			return nil, unwritten(err)
		}
	}
	sheet, err := z.Create("xl/worksheets/sheet1.xml")
	if err == nil {
		_, err = io.WriteString(sheet, xml.Header+`<worksheet xmlns="`+spreadsheetML+`"><sheetData>`)
	}
	if err != nil {
		return nil, unwritten(err)
	}
	n := 0
	return begin(&Writer{
		calendar: calendar, layout: layout,
		line: func(cells []string) error {
			n++
			return writeRow(sheet, n, cells)
		},
		end: func() error {
			if _, err := io.WriteString(sheet, `</sheetData></worksheet>`); err != nil {
				return err
			}
			return z.Close()
		},
	})
}

// begin writes the standard's two header rows.
func begin(w *Writer) (*Writer, error) {
	if !w.calendar.Valid() {
		return nil, errs.New(errs.Invalid, "writing an HTCDS file: no calendar is declared; declare GREGORIAN or BUDDHIST")
	}
	codes, labels := []string{""}, []string{""}
	for _, f := range w.columns() {
		codes, labels = append(codes, f.code), append(labels, f.label)
	}
	for _, cells := range [][]string{codes, labels} {
		if err := w.line(cells); err != nil {
			return nil, unwritten(err)
		}
	}
	return w, nil
}

// Layout is which columns the file has.
func (w *Writer) Layout() Layout { return w.layout }

// Calendar is that of the file's dates.
func (w *Writer) Calendar() valueset.Calendar { return w.calendar }

// Write writes one row under those before it. Its Number is not written: it is the
// place in the sheet.
func (w *Writer) Write(r Row) error {
	w.rows++
	if w.layout == Template {
		r.Exploitations = standardOnly(r.Exploitations)
	}
	cells := []string{strconv.Itoa(w.rows)}
	for _, f := range w.columns() {
		if f.give != nil {
			cells = append(cells, f.give(r))
			continue
		}
		cells = append(cells, given[f.code](r, w.calendar))
	}
	if err := w.line(cells); err != nil {
		return unwritten(err)
	}
	return nil
}

// Close ends the file; what was written before it is not a whole one. It does not
// close the io.Writer.
func (w *Writer) Close() error {
	if err := w.end(); err != nil {
		return unwritten(err)
	}
	return nil
}

func unwritten(err error) error {
	return errs.Wrap(err, errs.Unavailable, "writing an HTCDS file failed: is the disk full?")
}

func (w *Writer) columns() []*field {
	if w.layout == WithExtensions {
		return everyColumn
	}
	return templateColumns
}

var everyColumn = slices.Concat(templateColumns, extended)

// templateColumns are the fields in the order in which they are written.
var templateColumns = func() []*field {
	var out []*field
	for _, f := range fields {
		if f.code != "prs_MiddleName" {
			out = append(out, f)
		}
	}
	return append(out, byCode[key("prs_MiddleName")])
}()

// given gives each field's cell.
var given = map[string]func(Row, valueset.Calendar) string{
	"cas_CaseOwner":                          plain(func(r Row) string { return r.Owner }),
	"prs_Salutation":                         plain(func(r Row) string { return r.Salutation }),
	"prs_FirstName":                          plain(func(r Row) string { return r.FirstName }),
	"prs_MiddleName":                         plain(func(r Row) string { return r.MiddleName }),
	"prs_SecondName":                         plain(func(r Row) string { return r.SecondName }),
	"con_Consent":                            plain(func(r Row) string { return yesOrNo(r.Consent) }),
	"prs_Birthdate":                          onDate(func(r Row) canon.Date { return r.Birth }),
	"prs_Gender":                             plain(func(r Row) string { return r.Gender.Label() }),
	"prs_Citizenship":                        plain(func(r Row) string { return strings.Join(r.Citizenships, "; ") }),
	"prs_Title":                              plain(func(r Row) string { return r.Title }),
	"prs_Email":                              plain(func(r Row) string { return r.Email }),
	"prs_HomePhone":                          plain(func(r Row) string { return r.HomePhone }),
	"prs_MobilePhone":                        plain(func(r Row) string { return r.MobilePhone }),
	"prs_MailingStreet":                      plain(func(r Row) string { return r.Mailing.Street }),
	"prs_MailingCity":                        plain(func(r Row) string { return r.Mailing.City }),
	"prs_MailingState":                       plain(func(r Row) string { return r.Mailing.State }),
	"prs_MailingPostalCode":                  plain(func(r Row) string { return r.Mailing.PostalCode }),
	"prs_MailingCountry":                     plain(func(r Row) string { return r.Mailing.Country }),
	"vic_TraffickingStatus":                  plain(func(r Row) string { return r.TraffickingStatus.Label() }),
	"vic_TraffickingStatusDecisionMakingOrg": plain(func(r Row) string { return r.DecisionMaker.Label() }),
	"vic_MethodOfRecruitment":                plain(func(r Row) string { return labels(r.RecruitmentMethods) }),
	"vic_LocationOfRecruitment":              plain(func(r Row) string { return r.RecruitmentPlace }),
	"vic_MethodsOfControl":                   plain(func(r Row) string { return labels(r.ControlMethods) }),
	"vic_TypeOfExploitation":                 plain(func(r Row) string { return labels(within(r.Exploitations)) }),
	"vic_ForcedLabourIndustry":               plain(func(r Row) string { return labels(r.Industries) }),
	"vic_TypeOfSexExploitation":              plain(func(r Row) string { return labels(r.SexExploitations) }),
	"vic_LocationOfExploitation":             plain(func(r Row) string { return r.ExploitationPlace }),
	"cas_Status":                             plain(func(r Row) string { return r.Status.Label() }),
	"cas_ReferringOrganisation":              plain(func(r Row) string { return r.Incoming.Organisation }),
	"cas_IncomingReferralDate":               onDate(func(r Row) canon.Date { return r.Incoming.Date }),
	"cas_ReferringPrimaryCaseWorker":         plain(func(r Row) string { return r.Incoming.CaseWorker }),
	"cas_ReasonForIncomingReferral":          plain(func(r Row) string { return r.Incoming.Reason.Label() }),
	"cas_IncomingReferralDetails":            plain(func(r Row) string { return r.Incoming.Details }),
	"cas_ReferredOrganisation":               plain(func(r Row) string { return r.Outgoing.Organisation }),
	"cas_ReferredPrimaryCaseWorker":          plain(func(r Row) string { return r.Outgoing.CaseWorker }),
	"cas_ReasonForOutgoingReferral":          plain(func(r Row) string { return r.Outgoing.Reason.Label() }),
	"cas_OutgoingReferralDate":               onDate(func(r Row) canon.Date { return r.Outgoing.Date }),
	"spl_PlannedEndDate":                     onDate(func(r Row) canon.Date { return r.Assistance.PlannedEnd }),
	"spl_ActualEndDate":                      onDate(func(r Row) canon.Date { return r.Assistance.Ended }),
	"x_AssistanceStart":                      onDate(func(r Row) canon.Date { return r.Assistance.Started }),
	"x_ProceedingOpened":                     onDate(func(r Row) canon.Date { return r.Proceeding.Opened }),
	"x_ProceedingClosed":                     onDate(func(r Row) canon.Date { return r.Proceeding.Closed }),
	"x_SuspectedOn":                          onDate(func(r Row) canon.Date { return r.Suspect.Suspected }),
	"x_ChargedOn":                            onDate(func(r Row) canon.Date { return r.Suspect.Charged }),
	"x_DecidedOn":                            onDate(func(r Row) canon.Date { return r.Suspect.Decided }),
	"cas_OutgoingReferralDetails":            plain(func(r Row) string { return r.Outgoing.Details }),
	"cas_ReasonForCaseClosure":               plain(func(r Row) string { return r.ClosureReason }),
}

func plain(get func(Row) string) func(Row, valueset.Calendar) string {
	return func(r Row, _ valueset.Calendar) string { return get(r) }
}

func yesOrNo(answer *bool) string {
	switch {
	case answer == nil:
		return ""
	case *answer:
		return "TRUE"
	}
	return "FALSE"
}

// labels lists values as the template's users see them (HTCDS Toolkit: labels, with
// semicolons between them).
func labels[T word](values []T) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Label()
	}
	return strings.Join(out, "; ")
}

// onDate writes a date as it was given where that was in the file's calendar, and else
// the same date in it, as precise as it is known (I3).
func onDate(get func(Row) canon.Date) func(Row, valueset.Calendar) string {
	return func(r Row, cal valueset.Calendar) string {
		d := get(r)
		switch {
		case !d.Valid() || d.Year == 0:
			return ""
		case d.Calendar == cal && d.Original != "":
			return d.Original
		}
		year := d.Year
		if cal == valueset.CalendarBuddhist {
			year += lastYear - canon.MaxYear
		}
		switch d.Precision {
		case valueset.PrecisionYear:
			return fmt.Sprintf("%04d", year)
		case valueset.PrecisionMonth:
			return fmt.Sprintf("%04d-%02d", year, d.Month)
		}
		return fmt.Sprintf("%04d-%02d-%02d", year, d.Month, d.Day)
	}
}

// neutral keeps a spreadsheet that opens CSV from taking a text for a formula: an
// apostrophe goes before = + - @, tab and line breaks, and before apostrophes that
// stand before one of these. genuine takes it away again.
func neutral(s string) string {
	if startsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// genuine is what neutral was given.
func genuine(s string) string {
	if strings.HasPrefix(s, "'") && startsFormula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func startsFormula(s string) bool {
	return s != "" && strings.ContainsRune("=+-@", rune(s[0])) || startsControl(s)
}

// held does the same in a workbook, whose cells say themselves that they are text, for
// what readers would trim away. released is what it was given.
func held(s string) string {
	if startsControl(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func released(s string) string {
	if strings.HasPrefix(s, "'") && startsControl(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func startsControl(s string) bool { return s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) }
