package htcds

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/valueset"
)

// standards is the standard's workbook made anew: row 1 hidden and with all its
// defects, a thousand numbered rows, a sheet of lists spelt otherwise.
func standards(t *testing.T, cells map[string]string) []byte {
	t.Helper()
	return workbook(t, func(f *excelize.File) {
		check(t, f.SetRowVisible("Sheet1", 1, false))
		for i := 3; i < 1003; i++ {
			check(t, f.SetCellInt("Sheet1", "A"+strconv.Itoa(i), int64(i-2)))
		}
		_, err := f.NewSheet("Lists")
		check(t, err)
		for i, v := range []string{"Follow up", "Migration Or Change Of Location", "Unaquainted"} {
			check(t, f.SetCellStr("Lists", "A"+strconv.Itoa(i+1), v))
		}
		for i, v := range person(cells) {
			at, _ := excelize.CoordinatesToCellName(i+1, 3)
			if i > 0 && v != "" {
				check(t, f.SetCellStr("Sheet1", at, v))
			}
		}
	})
}

// TestTheTemplateMadeAnew: the fixture has the header of the standard's workbook to the
// letter, and is read as it is filled in.
func TestTheTemplateMadeAnew(t *testing.T) {
	same(t, single(t, standards(t, fullCase), options()), wantFull())
	if f, err := read(standards(t, nil), options()); err != nil || len(f.Rows) != 0 {
		t.Errorf("the empty template: %v", err)
	}
	raw, err := os.ReadFile(templatePath)
	if err != nil {
		t.Skip("the standard's workbook is not beside the project; its header is not compared")
	}
	rows := make([][][]string, 0, 2)
	for _, data := range [][]byte{raw, standards(t, nil)} {
		f, err := excelize.OpenReader(bytes.NewReader(data))
		check(t, err)
		all, err := f.GetRows("Sheet1")
		check(t, err)
		rows = append(rows, all)
	}
	for i := range 2 {
		if !slices.Equal(rows[0][i], rows[1][i]) {
			t.Errorf("row %d of the header differs from the standard's:\n%q\n%q", i+1, rows[0][i], rows[1][i])
		}
	}
	if len(rows[0]) != len(rows[1]) {
		t.Errorf("%d rows, the standard's has %d", len(rows[1]), len(rows[0]))
	}
}

// header of a file with its own columns: codes and labels by code.
func own(codes ...string) (row1, row2 []string) {
	for _, c := range codes {
		label := ""
		if f := byCode[key(c)]; f != nil {
			label = f.label
		}
		row1, row2 = append(row1, c), append(row2, label)
	}
	return row1, row2
}

var least = []string{"prs_FirstName", "prs_SecondName", "prs_Birthdate"}

func TestDefect1NoIdentifier(t *testing.T) {
	for _, f := range fields {
		if strings.Contains(f.code, "Reference") || strings.Contains(f.code, "ID") {
			t.Errorf("%s is an identifier after all", f.code)
		}
	}
	codes, labels := own(append(least, "x_CaseReference", "x_EarlierReference")...)
	r := single(t, asCSV(codes, labels, []string{"A", "B", "", "123-456-785", "LWU/7; old 3"}), options())
	if r.CaseReference != "123-456-785" || !slices.Equal(r.EarlierReferences, []string{"LWU/7", "old 3"}) {
		t.Errorf("got %q, %q", r.CaseReference, r.EarlierReferences)
	}
	// An identifier under any other name would be lost, so it is refused.
	codes = append(slices.Clone(least), "Case ID")
	refused(t, asCSV(codes, []string{"A", "B", "", canary}), options(), "row 1, column D", "not a column")
}

func TestDefect2FurtherNames(t *testing.T) {
	codes, labels := own(append(least, "x_Names", "x_ParentsNames")...)
	names := "NICKNAME LAO FULL: ນ້ອຍ\nALIAS LATIN FULL: Noy: the tall one\nLEGAL MYANMAR GIVEN: သန္တာ"
	r := single(t, asCSV(codes, labels, []string{"A", "", "", names, "LEGAL HAN FULL: 王小红"}), options())
	want := []Name{
		{valueset.NameKindNickname, valueset.ScriptLao, "FULL", "ນ້ອຍ"},
		{valueset.NameKindAlias, valueset.ScriptLatin, "FULL", "Noy: the tall one"},
		{valueset.NameKindLegal, valueset.ScriptMyanmar, "GIVEN", "သန္တာ"},
	}
	if !slices.Equal(r.FurtherNames, want) || len(r.ParentsNames) != 1 || listNames(r.FurtherNames) != names {
		t.Errorf("got %q", r.FurtherNames)
	}
	for _, bad := range []string{canary, "NICKNAME: " + canary, "NICKNAME LAO ALL: " + canary, "PET LAO FULL: " + canary, "NICKNAME LAO FULL:", "NICKNAME LAO FULL: " + canary + "\n  x"} {
		refused(t, asCSV(codes, labels, []string{"A", "", "", bad, ""}), options(), "row 3, column D x_Names")
	}
}

func TestDefect5OneCitizenship(t *testing.T) {
	for written, want := range map[string][]string{"LA": {"LA"}, "Viet Nam": {"VN"}, "LA;VN": {"LA", "VN"}} {
		if r := single(t, template(person(map[string]string{"Citizenship": written})), options()); !slices.Equal(r.Citizenships, want) {
			t.Errorf("%s: got %v", written, r.Citizenships)
		}
	}
}

// The survey form's columns, written down here anew: no case owner, no outgoing
// referral, no closure.
var surveyForm = strings.Split("con_Consent,prs_Salutation,prs_First_Name,prs_Second_Name,prs_Birthdate,prs_Gender,prs_Citizenship,prs_Title,prs_Email,prs_HomePhone,prs_MobilePhone,prs_MailingCity,prs_MailingCountry,prs_MailingState,prs_MailingStreet,prs_MailingPostalCode,vic_MethodOfRecruitment,vic_LocationOfRecruitment,vic_TraffickingStatus,vic_TraffickingStatusDecisionMakingOrg,vic_Methods_of_Control,vic_TypeOfExploitation,vic_ForcedLabourIndustry,vic_TypeOfSexExploitation,vic_LocationOfExploitation,cas_Status,cas_ReferringOrganisation,cas_IncomingReferralDate,cas_ReferringPrimaryCaseWorker,cas_ReasonForIncomingReferral,cas_IncomingReferralDetails", ",")

func TestDefect6SurveyForm(t *testing.T) {
	row := make([]string, len(surveyForm))
	put := func(code, v string) { row[slices.Index(surveyForm, code)] = v }
	put("prs_First_Name", "A")
	put("prs_MailingCity", "Pakse")
	put("prs_MailingStreet", "Ban A 1")
	put("vic_Methods_of_Control", "DebtBondage  PhysicalAbuse")
	put("vic_TypeOfExploitation", "ForcedLabour")
	put("vic_MethodOfRecruitment", "At work")
	put("cas_ReasonForIncomingReferral", "she asked for a lawyer")
	put("cas_IncomingReferralDetails", "on Monday")
	r := single(t, asCSV(surveyForm, row), options())
	if r.Incoming.Reason != "" || r.Incoming.Details != "she asked for a lawyer\non Monday" {
		t.Error("the reason in free words is not among the details")
	}
	if r.Owner != "" || r.Outgoing != (Referral{}) || r.ClosureReason != "" {
		t.Error("a column that the form lacks is not blank")
	}
	if r.Mailing.City != "Pakse" || r.Mailing.Street != "Ban A 1" {
		t.Error("the form's codes of the address are right, and not believed")
	}
	if !slices.Equal(r.ControlMethods, []valueset.ControlMethod{"DebtBondage", "PhysicalAbuse"}) || len(r.RecruitmentMethods) != 1 {
		t.Errorf("values with blanks between them: %v", r.ControlMethods)
	}
	put("cas_ReasonForIncomingReferral", "AdditionalServicesRequired")
	if r := single(t, asCSV(surveyForm, row), options()); r.Incoming.Reason != "AdditionalServicesRequired" || r.Incoming.Details != "on Monday" {
		t.Error("a reason of the list is not taken for one")
	}
	put("vic_TypeOfExploitation", "ForcedLabour "+canary)
	refused(t, asCSV(surveyForm, row), options(), "vic_TypeOfExploitation")
	// The workbook has a list for the reason: free words are refused there.
	refused(t, template(person(map[string]string{"Reason for Incoming Referral": canary})), options(), "column AF cas_ReasonForIncomingReferral")
}

// The guidance defines a family migrant as a visitor. The classification is no field of
// the standard, and Sala guesses none from it.
func TestDefect10FamilyMigrantDefinedAsVisitor(t *testing.T) {
	for _, column := range []string{"Migrant Type", "prs_MigrantType"} {
		refused(t, asCSV(append(slices.Clone(least), column), []string{"A", "B", "", canary}), options(), "column D", "not a column")
	}
}

func TestDefect11NationalityAndNoConsent(t *testing.T) {
	for _, header := range [][]string{{"First Name", "Second Name", "Birthdate", "Nationality"}, append(slices.Clone(least), "prs_Nationality")} {
		r := single(t, asCSV(header, []string{"A", "B", "", "Thai;Lao PDR"}), options())
		if !slices.Equal(r.Citizenships, []string{"TH", "LA"}) || r.Consent != nil {
			t.Errorf("%s: got %v", header, r.Citizenships)
		}
	}
	refused(t, asCSV(append(slices.Clone(least), "prs_Citizenship", "prs_Nationality"), []string{"A", "B", "", "LA", "LA"}), options(), "second column")
}

func TestDefect12Hashtags(t *testing.T) {
	tags := make([]string, len(templateCodes))
	tags[3], tags[4], tags[6], tags[8] = "#beneficiary +name+first", "#beneficiary+name", "#date+birth", "#country+origin"
	r := single(t, template(tags, person(map[string]string{"First Name": "A"})), options())
	if r.Number != 4 || r.FirstName != "A" {
		t.Errorf("row %d", r.Number)
	}
	// Only right under the header, and only a row of nothing else.
	refused(t, template(person(map[string]string{"First Name": "A"}), tags), options(), "row 4")
	tags[7] = canary
	refused(t, template(tags), options(), "row 3, column G")
}

// TestExtendedCellsThatAreRefused: by row and column, never by the value.
func TestExtendedCellsThatAreRefused(t *testing.T) {
	for code, bad := range map[string]string{
		"org_Type": canary, "prs_Deceased": canary, "prs_MaritalStatus": canary, "prs_NumberOfChildren": "41", "prs_PrimaryLanguage": canary,
		"prs_HighestLevelOfEducation": canary, "vic_RelationshipToTrafficker": canary, "vic_AgeWhenTrafficked": "-1",
		"vic_RecruitmentWebsitesAndApps": canary, "x_OrganisationKind": canary, "x_CaseKind": canary, "x_Sex": canary, "x_AgeBasis": canary,
		"x_Documents": "PASSPORT ZZ: " + canary, "x_InterpreterLanguage": "la la", "x_TypeOfExploitation": canary, "x_PlaceKind": canary, "x_CountryOfExploitation": canary,
		"x_Narratives": "REFERRAL_HISTORY -: " + canary, "x_EarlierReference": canary + "\x1b",
		"spl_Type": canary, "spl_PlannedEndDate": canary, "per_RoleInProcess": canary, "x_AssistanceState": canary, "x_ProceedingKind": canary, "x_SuspectState": canary,
		"x_SuspectNames": canary,
	} {
		codes, labels := own(append(slices.Clone(least), code)...)
		refused(t, asCSV(codes, labels, []string{"A", "B", "", bad}), options(), "row 3, column D "+code)
	}
}

func TestListsComeBack(t *testing.T) {
	for _, text := range []string{"a", "a: b", "a\nb", "a\n  b", "\n\na", "A B: c\nD -: e", "a:"} {
		in := []Narrative{{"COMMENT", "", text}, {"STATEMENT", "lo", "x"}}
		entries, ok := unfold(listNarratives(in))
		if !ok || len(entries) != 2 {
			t.Fatalf("%q: %v", text, entries)
		}
		for i, e := range entries {
			if n, wrong := takeNarrative(e); wrong != "" || n != in[i] {
				t.Errorf("%q comes back as %q (%s)", text, n.Text, wrong)
			}
		}
	}
}

// TestTheTemplateHoldsTheStandardsWordsAlone: Sala's values beyond the standard are
// Other there, and stand in a column of their own in the extended layout (G2).
func TestTheTemplateHoldsTheStandardsWordsAlone(t *testing.T) {
	in := []valueset.Exploitation{valueset.ExploitationForcedLabour, valueset.ExploitationOnlineScam}
	for layout, want := range map[Layout][]valueset.Exploitation{
		Template:       {valueset.ExploitationForcedLabour, valueset.ExploitationOther},
		WithExtensions: in,
	} {
		var b bytes.Buffer
		w, err := NewCSV(&b, valueset.CalendarGregorian, layout)
		check(t, err)
		check(t, w.Write(Row{FirstName: "A", Exploitations: in}))
		check(t, w.Close())
		if r := single(t, b.Bytes(), options()); !slices.Equal(r.Exploitations, want) {
			t.Errorf("layout %d: %v", layout, r.Exploitations)
		}
	}
}
