package scenario

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/demo/fiction"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/htcds"
	"github.com/sala-exchange/sala/test/world"
)

// canonicalised is what a round trip writes otherwise than it stood in the file, by
// column, and why. A cell of any other column comes back to the letter.
var canonicalised = []struct {
	columns []string
	why     string
	form    func(cell, calendar string) string
}{
	{[]string{"Consent"}, "a checkbox is TRUE or FALSE, however it was typed", checked},
	{[]string{"Home Phone", "Mobile Phone"}, "numbers are E.164, so that two spellings of one are one", dialled},
	{[]string{"Citizenship"}, "countries are ISO 3166 alpha-2, as the standard asks", countries},
	{[]string{"Mailing Country"}, "countries are ISO 3166 alpha-2, as the standard asks", countries},
	{
		[]string{"Birthdate", "Incoming Referral Date", "Outgoing Referral Date"},
		"a date cell and an added midnight are no text of a date; a Gregorian date cell is written in the file's calendar", dated,
	},
	{
		[]string{"Gender", "Trafficking Status", "Trafficking Status Decision Making Organization", "Status", "Reason for Incoming Referral", "Reason for Outgoing Referral"},
		"codes and other spellings of a value become the standard's label", labelled,
	},
	{
		[]string{"Method of Recruitment", "Methods of Control", "Type of Exploitation", "Type of Sex Exploitation"},
		"codes become labels, with a semicolon and a blank between them", labelled,
	},
	{[]string{"Forced Labour Industry"}, "codes become labels", labelled},
	{[]string{"*"}, "blank characters around a cell are a slip of the keyboard", func(cell, _ string) string { return strings.TrimSpace(cell) }},
}

func checked(cell, _ string) string {
	switch strings.ToLower(cell) {
	case "true", "yes", "1":
		return "TRUE"
	case "false", "no", "0":
		return "FALSE"
	}
	return cell
}

func dialled(cell, _ string) string {
	n := strings.NewReplacer(" ", "", "-", "").Replace(cell)
	if strings.HasPrefix(n, "00") {
		return "+" + n[2:]
	}
	return n
}

func countries(cell, _ string) string {
	parts := strings.Split(cell, ";")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if code, ok := map[string]string{"Lao PDR": "LA", "Lao People's Democratic Republic": "LA", "Thailand": "TH"}[p]; ok {
			p = code
		}
		parts[i] = p
	}
	return strings.Join(parts, "; ")
}

func dated(cell, calendar string) string {
	if days, err := strconv.Atoi(cell); err == nil && len(cell) == 5 { // what Excel stores of a date cell
		at := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
		if calendar == string(valueset.CalendarBuddhist) {
			return fmt.Sprintf("%04d-%02d-%02d", at.Year()+543, at.Month(), at.Day())
		}
		return at.Format(time.DateOnly)
	}
	return strings.TrimSuffix(cell, " 00:00:00")
}

// spelling is a word without what may differ: capitals, blanks, signs.
func spelling(s string) string {
	return strings.ToLower(regexp.MustCompile(`[^\p{L}\p{N}]`).ReplaceAllString(s, ""))
}

var labelOf = func() map[string]string {
	out := map[string]string{}
	for _, s := range valueset.Sets() {
		if s.HTCDS == "" {
			continue
		}
		for _, v := range s.Values {
			out[spelling(v.Code)], out[spelling(v.Label)] = v.Label, v.Label
		}
	}
	return out
}()

func labelled(cell, _ string) string {
	if l, ok := labelOf[spelling(cell)]; ok {
		return l
	}
	parts := strings.Split(cell, ";")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
		if l, ok := labelOf[spelling(p)]; ok {
			parts[i] = l
		}
	}
	return strings.Join(parts, "; ")
}

// The header of the standard's workbook, with its defects, and the middle name.
var (
	standardCodes  = strings.Split(",cas_CaseOwner,prs_Salutation,prs_FirstName,prs_SecondName,con_Consent,prs_Birthdate,prs_Gender,prs_Citizenship,prs_Title,prs_Email,prs_HomePhone,prs_MobilePhone,prs_MailingCity,prs_MailingCountry,prs_MailingState,prs_MailingStreet,prs_MailingPostalCode,vic_TraffickingStatus,vic_TraffickinStatusDecisionMakingOrg,vic_MethodOfRecruitment,vic_LocationOfRecruitment,vic_MethodsOfControl,vic_TypeOfExploitation,vic_ForcedLabourIndustry,vic_TypeOfSexExploitation,vic_LocationOfExploitation,cas_Status,cas_ReferringOrganisation,cas_IncomingReferralDate,cas_ReferringPrimaryCaseWorker,cas_ReasonForIncomingReferral,cas_IncomingReferralDetails,cas_ReferredOrganisation,cas_ReferredPrimaryCaseWorker,,cas_OutgoingReferralDate,cas_OutgoingReferralDetails,cas_ReasonForCaseClosure,prs_MiddleName", ",")
	standardLabels = strings.Split(",Case Owner,Salutation,First Name,Second Name,Consent,Birthdate,Gender,Citizenship,Title,Email,Home Phone,Mobile Phone,Mailing Street,Mailing City,Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,Trafficking Status,Trafficking Status Decision Making Organization,Method of Recruitment,Location of Recruitment,Methods of Control,Type of Exploitation,Forced Labour Industry,Type of Sex Exploitation,Location of Exploitation,Status,Referring Organisation,Incoming Referral Date,Referring Primary Case Worker,Reason for Incoming Referral,Incoming Referral Details,Referred Organisation,Referred Primary Case Worker,Reason for Outgoing Referral,Outgoing Referral Date,Outgoing Referral Details,Reason for Case Closure,Middle Name", ",")
)

// record is a row by label. A time.Time is a date cell.
type record map[string]any

// leads are what a cell may begin with that a spreadsheet would take for a formula.
var leads = []string{"", "=", "+", "-", "@", "'=", "''", "\t=", "\"", "ນາງ ", "=cmd|' /C calc'!A0 "}

var people = [][2]string{
	{"ບົວຜັນ", "ພົມມະຈັນ"}, {"สมหญิง", "ใจดี"}, {"សុខា", "ចាន់"}, {"သန္တာ", ""}, {"Nguyễn Thị Hương", "Đỗ"}, {"小红", "王"}, {"Noy", "Canary"},
}

// filled are rows that fill every column, with every value of every set, dates of each
// precision, names in the scripts of the region, and what looks like a formula; the
// longest set has 21 values. Behind the n rows are some with a single cell.
func filled(calendar valueset.Calendar, n int) []record {
	shift := 0
	if calendar == valueset.CalendarBuddhist {
		shift = 543
	}
	dates := []any{
		fmt.Sprintf("%d-02-28", 2001+shift), fmt.Sprintf("28/02/%d", 2001+shift), fmt.Sprintf("%d-02", 2001+shift), strconv.Itoa(2001 + shift),
		time.Date(1996, 2, 29, 0, 0, 0, 0, time.UTC), fmt.Sprintf("%d-03-01 00:00:00", 1999+shift), "",
	}
	var out []record
	for i := range n {
		label := func(values []string, of func(string) string) string {
			if i%2 == 1 {
				return values[i%len(values)] // a code, as some systems write it
			}
			return of(values[i%len(values)])
		}
		several := func(values []string, of func(string) string) string {
			a, b := values[i%len(values)], values[(i+1)%len(values)]
			if i%2 == 1 {
				return a + ";" + b
			}
			return of(a) + "; " + of(b)
		}
		text := func(name string) string { return fmt.Sprintf("%s%s %d", leads[(i+len(name))%len(leads)], name, i) }
		who := people[i%len(people)]
		r := record{
			"Case Owner": text("owner"), "Salutation": text("Ms"), "First Name": fmt.Sprintf("%s %d", who[0], i), "Middle Name": text("middle"),
			"Second Name": who[1], "Consent": []any{"TRUE", "FALSE", "", "yes", "No", true}[i%6],
			"Birthdate": dates[i%len(dates)], "Gender": label(valueset.Gender("").Values(), func(s string) string { return s }),
			"Citizenship": []string{"LA", "LA; TH", "Lao PDR;VN", ""}[i%4], "Title": text("seamstress"), "Email": fmt.Sprintf("a%d@example.org", i),
			"Home Phone": fmt.Sprintf("+856 21 %06d", i), "Mobile Phone": fmt.Sprintf("00856-20 5555 %04d", i),
			"Mailing Street": text("Ban"), "Mailing City": text("city"), "Mailing State/Province": text("state"),
			"Mailing Zip/Postal Code": fmt.Sprintf("%05d", i), "Mailing Country": []string{"LA", "Thailand", "VN"}[i%3],
			"Trafficking Status":                              label(valueset.TraffickingStatus("").Values(), func(s string) string { return valueset.TraffickingStatus(s).Label() }),
			"Trafficking Status Decision Making Organization": label(valueset.DecisionMaker("").Values(), func(s string) string { return valueset.DecisionMaker(s).Label() }),
			"Method of Recruitment":                           several(valueset.RecruitmentMethod("").Values(), func(s string) string { return valueset.RecruitmentMethod(s).Label() }),
			"Location of Recruitment":                         text("recruited at"),
			"Methods of Control":                              several(valueset.ControlMethod("").Values(), func(s string) string { return valueset.ControlMethod(s).Label() }),
			"Type of Exploitation":                            several(ofTheStandard(valueset.Exploitation("").Values()), func(s string) string { return valueset.Exploitation(s).Label() }),
			"Forced Labour Industry":                          label(valueset.Industry("").Values(), func(s string) string { return valueset.Industry(s).Label() }),
			"Type of Sex Exploitation":                        several(valueset.SexExploitation("").Values(), func(s string) string { return valueset.SexExploitation(s).Label() }),
			"Location of Exploitation":                        text("exploited at"),
			"Status":                                          []string{"Active", "Follow up", "Closed", "Closed Referred", ""}[i%5],
			"Referring Organisation":                          text("shelter"), "Incoming Referral Date": dates[(i+1)%len(dates)],
			"Referring Primary Case Worker": text("worker"),
			"Reason for Incoming Referral":  label(valueset.ReferralReason("").Values(), func(s string) string { return valueset.ReferralReason(s).Label() }),
			"Incoming Referral Details":     text("one\ntwo"),
			"Referred Organisation":         text("union"), "Referred Primary Case Worker": text("colleague"),
			"Reason for Outgoing Referral": []string{"Migration Or Change Of Location", "", "Other"}[i%3],
			"Outgoing Referral Date":       dates[(i+2)%len(dates)], "Outgoing Referral Details": text("details"), "Reason for Case Closure": text("moved"),
		}
		out = append(out, r)
	}
	alone := func(cells record) { out = append(out, cells) } // partly filled
	alone(record{"First Name": "one name alone"})
	for i, column := range []string{"Outgoing Referral Details", "Incoming Referral Date", "Referred Organisation", "Reason for Outgoing Referral", "Case Owner", "Gender", "Mailing Country", "Title"} {
		cells := record{"First Name": fmt.Sprintf("alone %d", i)}
		cells[column] = map[string]any{"Incoming Referral Date": dates[2], "Reason for Outgoing Referral": "Other", "Gender": "Feminine", "Mailing Country": "LA"}[column]
		if cells[column] == nil {
			cells[column] = "=only this"
		}
		alone(cells)
	}
	return out
}

func ofTheStandard(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(s string) bool { return strings.HasPrefix(s, "x_") })
}

// asWorkbook writes the rows under a header.
func asWorkbook(t *testing.T, codes, labels []string, rows []record) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	put := func(row, col int, v any) {
		at, err := excelize.CoordinatesToCellName(col+1, row)
		if s, ok := v.(string); err == nil && ok {
			if s != "" {
				err = f.SetCellStr("Sheet1", at, s)
			}
		} else if err == nil && v != nil {
			if err = f.SetCellValue("Sheet1", at, v); err == nil {
				if _, date := v.(time.Time); date {
					err = f.SetCellStyle("Sheet1", at, at, day)
				}
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range labels {
		put(1, i, codes[i])
		put(2, i, labels[i])
	}
	for i, r := range rows {
		for j, l := range labels {
			if l != "" {
				put(i+3, j, r[l])
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cellsOf are the cells of a workbook as they are stored, by label and by name.
func cellsOf(t *testing.T, raw []byte) map[string]map[string]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, cells := range rows[2:] {
		r := map[string]string{}
		for i, c := range cells {
			if i > 0 && i < len(rows[1]) && c != "" {
				r[rows[1][i]] = c
			}
		}
		if len(r) == 0 {
			continue
		}
		name := r["First Name"] + "/" + r["Second Name"]
		if out[name] != nil {
			t.Fatalf("two rows of one name")
		}
		out[name] = r
	}
	return out
}

// takenIn reads a file and brings it in as an agency's case worker would.
func takenIn(t *testing.T, s *world.Server, agency string, raw []byte, calendar string) int {
	t.Helper()
	done, err := exchange.Import(t.Context(), s.Client(agency, "worker"), bytes.NewReader(raw), int64(len(raw)),
		exchange.ReadOptions(valueset.Calendar(calendar)), exchange.ImportOptions{Basis: valueset.RecordingBasisPublicTask})
	if err != nil {
		t.Fatal(err)
	}
	return done.Created
}

// givenOut is a workbook of what an agency's case worker may see.
func givenOut(t *testing.T, s *world.Server, agency, calendar string, layout htcds.Layout) ([]byte, *exchange.Manifest) {
	t.Helper()
	var b bytes.Buffer
	w, err := htcds.NewWorkbook(&b, valueset.Calendar(calendar), layout)
	if err != nil {
		t.Fatal(err)
	}
	m, err := exchange.Export(t.Context(), s.Client(agency, "worker"), category.ForAssistance, w)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m
}

// TestWorkbookRoundTrip: workbook → Sala → workbook, cell by cell, through the API: the
// generator's workbooks, and rows that fill every column of the template.
func TestWorkbookRoundTrip(t *testing.T) {
	both(t, world.Options{More: 3}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		books, err := fiction.Workbooks(5, []string{"Shelter A", "Police B"}, 16)
		if err != nil {
			t.Fatal(err)
		}
		differed := map[string]bool{}
		for _, b := range []struct {
			agency, calendar string
			raw              []byte
		}{
			{"lwu", "GREGORIAN", asWorkbook(t, standardCodes, standardLabels, filled(valueset.CalendarGregorian, 22))},
			{"a01", "BUDDHIST", asWorkbook(t, standardCodes, standardLabels, filled(valueset.CalendarBuddhist, 7))},
			{"a02", books[0].Calendar, books[0].XLSX}, {"a03", books[1].Calendar, books[1].XLSX},
		} {
			made := takenIn(t, s, b.agency, b.raw, b.calendar)
			before := cellsOf(t, b.raw)
			raw, m := givenOut(t, s, b.agency, b.calendar, htcds.Template)
			after := cellsOf(t, raw)
			if made != len(before) || len(after) != made || m.Cases != made || m.Rows != made {
				t.Fatalf("%s: %d rows, %d cases made, %d rows come back", b.agency, len(before), made, len(after))
			}
			for _, n := range m.LeftOut {
				if n > 0 {
					t.Errorf("%s: something is left out: %v", b.agency, m.LeftOut)
				}
			}
			for name, cells := range before {
				compareCells(t, b.agency, b.calendar, cells, after[name], differed)
			}
			// Once more it is the same to the letter.
			again, _ := givenOut(t, s, b.agency, b.calendar, htcds.Template)
			if !bytes.Equal(raw, again) {
				t.Errorf("%s: exported twice it differs", b.agency)
			}
		}
		for _, c := range canonicalised {
			for _, column := range c.columns {
				if !differed[column] {
					t.Errorf("%s always comes back to the letter: the table's reason for it (%s) is not shown", column, c.why)
				}
			}
		}
	})
}

func compareCells(t *testing.T, agency, calendar string, before, after map[string]string, differed map[string]bool) {
	t.Helper()
	for _, column := range standardLabels[1:] {
		want := before[column]
		for _, c := range canonicalised {
			if !slices.Contains(c.columns, column) && c.columns[0] != "*" {
				continue
			}
			form := c.form(want, calendar)
			if form != want {
				differed[column] = true
				if c.columns[0] == "*" {
					differed["*"] = true
				}
			}
			want = form
		}
		if after[column] != want {
			t.Errorf("%s, row of %q, %s: %q comes back as %q, want %q", agency, before["First Name"], column, before[column], after[column], want)
		}
	}
}
