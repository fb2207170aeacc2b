package htcds

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

// The numbers are those of the defects that the standard is known for.

const templatePath = "../../../../shared/data/htcds/htcds-2.0-template.xlsx"

// fullCase is a case with every column of the template filled in.
var fullCase = map[string]string{
	"Case Owner": "Worker 1", "Salutation": "Ms", "First Name": "ບົວ", "Second Name": "ພົມມະຈັນ", "Consent": "TRUE",
	"Birthdate": "2001-02-28", "Gender": "Transgender Feminine", "Citizenship": "LA;th", "Title": "seamstress",
	"Email": "a@example.org", "Home Phone": "+999 21 123456", "Mobile Phone": "00999-20-5555 1234",
	"Mailing Street": "Ban A 1", "Mailing City": "Pakse", "Mailing State/Province": "Champasak", "Mailing Zip/Postal Code": "01600", "Mailing Country": "Lao PDR",
	"Trafficking Status": "Actual victim of trafficking", "Trafficking Status Decision Making Organization": "Court or prosecution",
	"Method of Recruitment": "At work;Other", "Location of Recruitment": "market", "Methods of Control": "Debt bondage;Threatens children/family",
	"Type of Exploitation": "Forced labour", "Forced Labour Industry": "Construction", "Type of Sex Exploitation": "Remote Interactive Services",
	"Location of Exploitation": "a compound", "Status": "Follow up", "Referring Organisation": "Shelter A", "Incoming Referral Date": "1/3/2025",
	"Referring Primary Case Worker": "Worker 2", "Reason for Incoming Referral": "Other", "Incoming Referral Details": "line 1\nline 2",
	"Referred Organisation": "Union B", "Referred Primary Case Worker": "Worker 3", "Reason for Outgoing Referral": "Additional Services Required",
	"Outgoing Referral Date": "2025-04", "Outgoing Referral Details": "legal advice", "Reason for Case Closure": "moved",
}

func day(original string, y, m, d int, p valueset.Precision) canon.Date {
	return canon.Date{Original: original, Calendar: valueset.CalendarGregorian, Year: y, Month: m, Day: d, Precision: p}
}

func wantFull() Row {
	yes := true
	return Row{
		Number: 3, Salutation: "Ms", FirstName: "ບົວ", SecondName: "ພົມມະຈັນ", Birth: day("2001-02-28", 2001, 2, 28, valueset.PrecisionDay),
		Gender: "TransgenderFeminine", Citizenships: []string{"LA", "TH"}, Title: "seamstress", Email: "a@example.org",
		HomePhone: "+99921123456", MobilePhone: "+9992055551234",
		Mailing:           Address{Street: "Ban A 1", City: "Pakse", State: "Champasak", PostalCode: "01600", Country: "LA"},
		TraffickingStatus: "ActualVictimOfTrafficking", DecisionMaker: "CourtOrProsecution",
		RecruitmentMethods: []valueset.RecruitmentMethod{"AtWork", "Other"}, RecruitmentPlace: "market",
		ControlMethods: []valueset.ControlMethod{"DebtBondage", "ThreatensChildrenFamily"},
		Exploitations:  []valueset.Exploitation{"ForcedLabour"}, Industries: []valueset.Industry{"F_Construction"},
		SexExploitations: []valueset.SexExploitation{"RemoteInteractiveServices"}, ExploitationPlace: "a compound",
		Status: "FollowUp", ClosureReason: "moved", Owner: "Worker 1", Consent: &yes,
		Incoming: Referral{"Shelter A", "Worker 2", day("1/3/2025", 2025, 3, 1, valueset.PrecisionDay), "Other", "line 1\nline 2"},
		Outgoing: Referral{"Union B", "Worker 3", day("2025-04", 2025, 4, 0, valueset.PrecisionMonth), "AdditionalServicesRequired", "legal advice"},
	}
}

// same compares field by field, since a Row prints as its number alone.
func same(t *testing.T, got, want Row) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			t.Errorf("%s: got %+v, want %+v", g.Type().Field(i).Name, g.Field(i), w.Field(i))
		}
	}
}

func TestEveryColumnFromCSVAndWorkbook(t *testing.T) {
	same(t, single(t, template(person(fullCase)), options()), wantFull())
	same(t, single(t, workbook(t, nil, person(fullCase)), options()), wantFull())
}

func TestTheStandardsOwnTemplate(t *testing.T) {
	data, err := os.ReadFile(templatePath)
	if err != nil {
		t.Skip("the standard's workbook is not beside the project; skipped")
	}
	f, err := read(data, options())
	check(t, err)
	if len(f.Rows) != 0 {
		t.Fatalf("the empty template gives %d rows", len(f.Rows))
	}
	x, err := excelize.OpenFile(templatePath)
	check(t, err)
	for i, v := range person(fullCase) {
		at, _ := excelize.CoordinatesToCellName(i+1, 3)
		if i > 0 {
			check(t, x.SetCellStr("Sheet1", at, v))
		}
	}
	b, err := x.WriteToBuffer()
	check(t, err)
	same(t, single(t, b.Bytes(), options()), wantFull())
}

func TestDefect2OneNameIsEnough(t *testing.T) {
	if r := single(t, template(person(map[string]string{"First Name": "Khamla", "Consent": "yes"})), options()); r.FirstName != "Khamla" || r.SecondName != "" {
		t.Error("a person without a family name is not taken")
	}
}

func TestDefect3DefinitionsDifferFromPicklist(t *testing.T) {
	r := single(t, template(person(map[string]string{"Methods of Control": "PsychoactiveSubstances;ThreatOfLawEnforcement"})), options())
	if !slices.Equal(r.ControlMethods, []valueset.ControlMethod{"PsychoactiveSubstance", "ThreatsLawEnforcement"}) {
		t.Error("the names of the definitions are not read")
	}
	refused(t, template(person(map[string]string{"Methods of Control": "UsesChildren"})), options(), "row 3", "W vic_MethodsOfControl")
}

func TestDefect4SurveyFormNamesAndTrailingSpace(t *testing.T) {
	codes, labels := slices.Clone(templateCodes), slices.Clone(templateLabels)
	codes[3], codes[4], codes[22], labels[9] = "prs_First_Name", "prs_Second_Name", "vic_Methods_of_Control", "Second Name"
	row := person(map[string]string{"First Name": "A", "Second Name": "B", "Title": "C", "Methods of Control": "DebtBondage "})
	r := single(t, asCSV(codes, labels, row), options())
	if r.FirstName != "A" || r.SecondName != "B" || r.Title != "C" || len(r.ControlMethods) != 1 {
		t.Error("the survey form's names are not understood")
	}
}

func TestDefect5SeveralIndustriesAndLabelsWithSemicolons(t *testing.T) {
	r := single(t, template(person(map[string]string{
		"Forced Labour Industry": "Construction;Water supply; sewerage, waste management and remediation;Activities of households as employers; undifferentiated goods- and services- producing activities of households for own use;P_Education",
	})), options())
	if want := []valueset.Industry{"F_Construction", "E_WaterSupplySewerageWasteManagement", "T_ActivitiesOfHouseholdsAsEmployers", "P_Education"}; !slices.Equal(r.Industries, want) {
		t.Errorf("got %v", r.Industries)
	}
}

func TestEveryIndustryLabelIsReadWhole(t *testing.T) {
	for _, code := range valueset.Industry("").Values() {
		label := valueset.Industry(code).Label()
		r := single(t, template(person(map[string]string{"Forced Labour Industry": label + ";" + code})), options())
		if len(r.Industries) != 1 || string(r.Industries[0]) != code {
			t.Errorf("%s: got %v", code, r.Industries)
		}
	}
}

func TestDefect7LabelsDecideTheAddress(t *testing.T) {
	r := single(t, template(person(fullCase)), options())
	if r.Mailing.Street != "Ban A 1" || r.Mailing.City != "Pakse" || r.Mailing.PostalCode != "01600" {
		t.Errorf("the address is swapped: %+v", r.Mailing)
	}
	// Believing row 1 alone is refused rather than swapping in silence.
	refused(t, asCSV(templateCodes, person(map[string]string{"Mailing Street": canary})), options(), "column N", "label in row 2")
}

func TestDefect7MisspeltAndEmptyCodes(t *testing.T) {
	r := single(t, template(person(fullCase)), options())
	if r.DecisionMaker != valueset.DecisionMakerCourtOrProsecution || r.Outgoing.Reason != "AdditionalServicesRequired" {
		t.Error("T or AJ is not read")
	}
	codes := slices.Clone(templateCodes)
	codes[19], codes[35] = "vic_TraffickingStatusDecisionMakingOrg", "cas_ReasonForOutgoingReferral"
	same(t, single(t, asCSV(codes, templateLabels, person(fullCase)), options()), wantFull())
}

func TestDefect7GenderAsCodeOrLabel(t *testing.T) {
	for _, written := range []string{"NonSpecifiedUnknown", "Not Specified/Unknown", " not specified / unknown "} {
		if r := single(t, template(person(map[string]string{"Gender": written})), options()); r.Gender != valueset.GenderNonSpecifiedUnknown {
			t.Errorf("%q is not understood", written)
		}
	}
}

func TestDefect8SemicolonsBetweenLabels(t *testing.T) {
	r := single(t, template(person(map[string]string{"Methods of Control": " Debt bondage ; physical abuse;;Debt bondage;"})), options())
	if !slices.Equal(r.ControlMethods, []valueset.ControlMethod{"DebtBondage", "PhysicalAbuse"}) {
		t.Errorf("got %v", r.ControlMethods)
	}
}

func TestDefect9SpellingOfLabels(t *testing.T) {
	r := single(t, template(person(map[string]string{
		"Status": "Follow Up", "Reason for Incoming Referral": "Migration Or Change Of Location",
		"Type of Exploitation": "forced labor", "Trafficking Status Decision Making Organization": "Non-police governmental organisation",
	})), options())
	if r.Status != "FollowUp" || r.Incoming.Reason != "MigrationOrChangeOfLocation" || r.Exploitations[0] != "ForcedLabour" || r.DecisionMaker != "NonPoliceGovernmentalOrganization" {
		t.Error("a spelling of the standard is not understood")
	}
}

func TestEveryValueOfTheStandardIsReadAsCodeAndLabel(t *testing.T) {
	for column, set := range map[string]struct {
		codes []string
		label func(string) string
	}{
		"Gender":                       {valueset.Gender("").Values(), func(s string) string { return valueset.Gender(s).Label() }},
		"Trafficking Status":           {valueset.TraffickingStatus("").Values(), func(s string) string { return valueset.TraffickingStatus(s).Label() }},
		"Method of Recruitment":        {valueset.RecruitmentMethod("").Values(), func(s string) string { return valueset.RecruitmentMethod(s).Label() }},
		"Methods of Control":           {valueset.ControlMethod("").Values(), func(s string) string { return valueset.ControlMethod(s).Label() }},
		"Type of Exploitation":         {valueset.Exploitation("").Values(), func(s string) string { return valueset.Exploitation(s).Label() }},
		"Type of Sex Exploitation":     {valueset.SexExploitation("").Values(), func(s string) string { return valueset.SexExploitation(s).Label() }},
		"Status":                       {valueset.CaseStatus("").Values(), func(s string) string { return valueset.CaseStatus(s).Label() }},
		"Reason for Incoming Referral": {valueset.ReferralReason("").Values(), func(s string) string { return valueset.ReferralReason(s).Label() }},
	} {
		for _, code := range set.codes {
			a := single(t, template(person(map[string]string{column: code})), options())
			b := single(t, template(person(map[string]string{column: set.label(code)})), options())
			same(t, b, a)
			if reflect.DeepEqual(a, Row{Number: 3}) {
				t.Errorf("%s: %s is read as nothing", column, code)
			}
		}
	}
}

func TestHeaderOfLabelsAloneAndColumnsMoved(t *testing.T) {
	labels, row := slices.Clone(templateLabels), person(fullCase)
	slices.Reverse(labels)
	slices.Reverse(row)
	want := wantFull()
	want.Number = 2
	same(t, single(t, asCSV(labels, row), options()), want)
}

func TestMiddleNameIsTakenThoughTheTemplateLacksIt(t *testing.T) {
	codes, labels := append(slices.Clone(templateCodes), "prs_MiddleName"), append(slices.Clone(templateLabels), "Middle Name")
	if r := single(t, asCSV(codes, labels, append(person(fullCase), "Noy")), options()); r.MiddleName != "Noy" {
		t.Error("the middle name is lost")
	}
}

func TestCountryIsReadAsCodeOrName(t *testing.T) {
	if n := len(notISO); n != 17*3-1 {
		t.Fatalf("%d letters of codes left out", n)
	}
	codes := map[string]bool{}
	for _, c := range countries() {
		codes[c] = true
	}
	if len(codes) != 249 {
		t.Errorf("%d countries, ISO 3166-1 has 249", len(codes))
	}
	for written, want := range map[string]string{"LA": "LA", "lao": "LA", "Laos": "LA", "Viet Nam": "VN", "Myanmar (Burma)": "MM", "Thailand": "TH", "CIV": "CI"} {
		if got, ok := country(written); !ok || got != want {
			t.Errorf("%s: got %q", written, got)
		}
	}
	for _, s := range []string{"ZZ", "UK", "SU", "418", "Lao;", "XK", "UN", "EU"} {
		if _, ok := countries()[key(s)]; ok && s != "Lao;" {
			t.Errorf("%s passes for a country", s)
		}
	}
}

func TestARowIsNotPrinted(t *testing.T) {
	r := Row{Number: 7, FirstName: canary}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if s := fmt.Sprintf(verb, r) + fmt.Sprintf(verb, &r) + fmt.Sprintf(verb, []Row{r}); strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s prints a name", verb)
		}
	}
	if strings.Contains(r.LogValue().String(), canary) {
		t.Error("a log holds a name")
	}
}
