package htcds

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// canary stands for a person's data: no error may hold it.
const canary = "Kanaree"

// The header of the standard's template, written down here anew.
var (
	templateCodes  = strings.Split(",cas_CaseOwner,prs_Salutation,prs_FirstName,prs_SecondName,con_Consent,prs_Birthdate,prs_Gender,prs_Citizenship,prs_Title,prs_Email,prs_HomePhone,prs_MobilePhone,prs_MailingCity,prs_MailingCountry,prs_MailingState,prs_MailingStreet,prs_MailingPostalCode,vic_TraffickingStatus,vic_TraffickinStatusDecisionMakingOrg,vic_MethodOfRecruitment,vic_LocationOfRecruitment,vic_MethodsOfControl,vic_TypeOfExploitation,vic_ForcedLabourIndustry,vic_TypeOfSexExploitation,vic_LocationOfExploitation,cas_Status,cas_ReferringOrganisation,cas_IncomingReferralDate,cas_ReferringPrimaryCaseWorker,cas_ReasonForIncomingReferral,cas_IncomingReferralDetails,cas_ReferredOrganisation,cas_ReferredPrimaryCaseWorker,,cas_OutgoingReferralDate,cas_OutgoingReferralDetails,cas_ReasonForCaseClosure", ",")
	templateLabels = strings.Split(",Case Owner,Salutation,First Name,Second Name,Consent,Birthdate,Gender,Citizenship,Title,Email,Home Phone,Mobile Phone,Mailing Street,Mailing City,Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,Trafficking Status,Trafficking Status Decision Making Organization,Method of Recruitment,Location of Recruitment,Methods of Control,Type of Exploitation,Forced Labour Industry,Type of Sex Exploitation,Location of Exploitation,Status,Referring Organisation,Incoming Referral Date,Referring Primary Case Worker,Reason for Incoming Referral,Incoming Referral Details,Referred Organisation,Referred Primary Case Worker,Reason for Outgoing Referral,Outgoing Referral Date,Outgoing Referral Details,Reason for Case Closure", ",")
)

func options() Options {
	return Options{
		Calendar: valueset.CalendarGregorian,
		Location: time.FixedZone("ICT", 7*3600),
		Now:      func() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) },
	}
}

func buddhist() Options {
	o := options()
	o.Calendar = valueset.CalendarBuddhist
	return o
}

// person is a row of the template with the given cells by label.
func person(cells map[string]string) []string {
	row := make([]string, len(templateLabels))
	left := len(cells)
	for i, l := range templateLabels {
		if v, ok := cells[l]; ok && l != "" {
			row[i] = v
			left--
		}
	}
	if left > 0 {
		panic("no such label in the template")
	}
	return row
}

func asCSV(rows ...[]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows)
	return b.Bytes()
}

func template(rows ...[]string) []byte {
	return asCSV(append([][]string{templateCodes, templateLabels}, rows...)...)
}

// workbook writes the template as a workbook; more changes it before it is saved.
func workbook(t *testing.T, more func(*excelize.File), rows ...[]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range append([][]string{templateCodes, templateLabels}, rows...) {
		for j, v := range row {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if v != "" {
				check(t, f.SetCellStr("Sheet1", at, v))
			}
		}
	}
	if more != nil {
		more(f)
	}
	var b bytes.Buffer
	check(t, f.Write(&b))
	return b.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(data []byte, opt Options) (*File, error) {
	return Read(bytes.NewReader(data), int64(len(data)), opt)
}

// single reads a file of one case.
func single(t *testing.T, data []byte, opt Options) Row {
	t.Helper()
	f, err := read(data, opt)
	check(t, err)
	if len(f.Rows) != 1 {
		t.Fatalf("%d rows, want 1", len(f.Rows))
	}
	return f.Rows[0]
}

// refused reads a file that must be refused, with all the words in the error, and
// without the canary anywhere in it.
func refused(t *testing.T, data []byte, opt Options, words ...string) *Problems {
	t.Helper()
	f, err := read(data, opt)
	if err == nil || f != nil {
		t.Fatal("it was taken, wholly or in part")
	}
	if k := errs.KindOf(err); k != errs.Invalid && k != errs.Limited {
		t.Errorf("kind %v", k.Code())
	}
	shown := err.Error()
	for _, w := range words {
		if !strings.Contains(shown, w) {
			t.Errorf("the error lacks %q: %s", w, shown)
		}
	}
	var p *Problems
	errors.As(err, &p)
	for e := err; e != nil; e = errors.Unwrap(e) {
		shown += e.Error()
	}
	if p != nil {
		for _, one := range p.List {
			shown += one.Error()
		}
	}
	if strings.Contains(strings.ToLower(shown), strings.ToLower(canary)) {
		t.Errorf("the error repeats what the cell holds")
	}
	return p
}
