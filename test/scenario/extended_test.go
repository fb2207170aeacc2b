package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/htcds"
	"github.com/sala-exchange/sala/test/world"
)

// extendedHeader is the header of an extended workbook.
func extendedHeader(t *testing.T) (codes, labels []string) {
	t.Helper()
	var b bytes.Buffer
	w, err := htcds.NewWorkbook(&b, valueset.CalendarGregorian, htcds.WithExtensions)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v: %d rows", err, len(rows))
	}
	return rows[0], rows[1]
}

// extendedRecord are the extended columns of the i-th row, with every value of every set.
func extendedRecord(i int) record {
	labels := func(name string) []string {
		for _, s := range valueset.Sets() {
			if s.Name == name {
				var out []string
				for _, v := range s.Values {
					out = append(out, v.Label)
				}
				return out
			}
		}
		panic("no such set")
	}
	one := func(name string) string { all := labels(name); return all[i%len(all)] }
	two := func(name string) string {
		all := labels(name)
		return all[i%len(all)] + "; " + all[(i+1)%len(all)]
	}
	x := []string{"Forced criminality", "Forced online scam work", "Marriage by deception"}
	return record{
		"Organisation Name": "lwu", "Organisation Code": "lwu", "Organisation Kind": "Union (mass organisation)",
		"Deceased": []string{"TRUE", "FALSE", ""}[i%3], "Marital Status": one("MaritalStatus"), "Number of Children": fmt.Sprint(i % 5),
		"Primary Language": "lo", "Secondary Language": []string{"hmn", "km", ""}[i%3], "Highest Level of Education": one("Education"),
		"Identity Number": []string{"", fmt.Sprintf("=%d-1", i), fmt.Sprintf("LA-%d", i)}[i%3], "Relationship to Trafficker": one("RelationshipToTrafficker"),
		"Age when Trafficked": fmt.Sprint(12 + i), "Recruitment Websites and Apps": two("Website"), "Exploitation Websites and Apps": two("Website"),
		"Case Comment": fmt.Sprintf("=comment %d\nand more", i), "Case Kind": one("CaseKind"), "Sex": one("Sex"),
		"Further Names":        fmt.Sprintf("NICKNAME LAO FULL: ນ້ອຍ %d\nFALSE_DOCUMENT LATIN FULL: =Name %d\nALIAS MYANMAR GIVEN: သန္တာ", i, i),
		"Parents' Names":       "LEGAL HAN FULL: 王大明\nLEGAL OTHER FULL: ?",
		"Age Basis":            one("AgeBasis"),
		"Documents":            []string{fmt.Sprintf("PASSPORT LA: P%d\nBORDER_PASS -: B%d", i, i), "FAMILY_BOOK LA: 7", fmt.Sprintf("NATIONAL_ID LA: LA-%d\nOTHER TH: X: 1", i)}[i%3],
		"Interpreter Language": "kjg", "Accessibility Needs": fmt.Sprintf("@ramp %d\nlarge print", i),
		"Type of Exploitation beyond HTCDS": x[i%3], "Place Kind": one("PlaceKind"), "Country of Exploitation": []string{"MM", "TH", ""}[i%3],
		"Further Texts": fmt.Sprintf("COMMENT lo: a second comment %d\n  of two lines\nSTATEMENT -: =she said %d", i, i),
		"Objectives":    fmt.Sprintf("=objective %d\nand more", i), "Action Plan": fmt.Sprintf("plan %d", i), "Planned End Date": []string{"2027-05", "2027", "17/05/2027"}[i%3],
		"Actual End Date": []string{"", "2028-01-02", "2028"}[i%3], "Support Plan Type": one("SupportType"), "Assistance State": one("AssistanceState"),
		"Assistance Service": one("Service"), "Assistance Programme": fmt.Sprintf("@programme %d", i), "Assistance Provider": "provider", "Assistance Start": "01/2026",
		"Role in Process": two("PerpetratorRole"), "Role Details": fmt.Sprintf("=details %d", i), "Proceeding Kind": one("ProceedingKind"), "Proceeding Stage": one("ProceedingStage"),
		"Proceeding Authority": "a court", "Proceeding Reference": fmt.Sprintf("P/%d", i), "Proceeding Offence": "-offence", "Proceeding Opened": "2025-03",
		"Proceeding Closed": []string{"", "2026-01-01", "2026"}[i%3], "Proceeding Outcome": one("ProceedingOutcome"), "Compensation": one("CompensationState"),
		"Compensation Details": "1000 somebody", "Suspect Names": fmt.Sprintf("LEGAL LATIN FULL: =Suspect %d\nALIAS THAI FULL: ผู้ต้องสงสัย", i),
		"Suspect State": []string{"Suspected", "Charged", "Convicted"}[i%3], "Suspected On": "2025", "Charged On": "2025-06", "Decided On": []string{"", "2026-01-01", "2026"}[i%3],
	}
}

// TestExtendedRoundTrip: the extended workbook makes the round trip cell by cell. The
// case's reference alone is Sala's own: that of the file is kept beside it.
func TestExtendedRoundTrip(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		codes, labels := extendedHeader(t)
		rows := filled(valueset.CalendarGregorian, 17)[:17]
		for i, r := range rows {
			for k, v := range extendedRecord(i) {
				r[k] = v
			}
			r["Case Reference"], r["Earlier Reference"] = fmt.Sprintf("REF-%02d", i), []string{"", "A/1", "A/1; B 2"}[i%3]
			for _, l := range labels[1:] {
				if _, ok := r[l]; !ok && l != "Type" {
					t.Fatalf("no row fills the column %s", l)
				}
			}
		}
		raw := asWorkbook(t, codes, labels, rows)
		if n := takenIn(t, s, "lwu", raw, "GREGORIAN"); n != len(rows) {
			t.Fatalf("%d cases of %d rows", n, len(rows))
		}
		before := cellsOf(t, raw)
		out, m := givenOut(t, s, "lwu", "GREGORIAN", htcds.WithExtensions)
		after := cellsOf(t, out)
		if m.Rows != len(rows) || m.Layout != "EXTENDED" {
			t.Errorf("%d rows, layout %s", m.Rows, m.Layout)
		}
		for word, n := range m.LeftOut {
			if n > 0 {
				t.Errorf("%d of %s are left out", n, word)
			}
		}
		for name, b := range before {
			a := after[name]
			compareCells(t, "lwu", "GREGORIAN", b, a, map[string]bool{})
			if reference := a["Case Reference"]; reference == "" || reference == b["Case Reference"] {
				t.Errorf("the case's reference is %q", reference)
			}
			kept := strings.Split(b["Case Reference"]+"; "+b["Earlier Reference"], "; ")
			kept = slices.DeleteFunc(kept, func(s string) bool { return s == "" })
			slices.Sort(kept)
			if got := strings.Split(a["Earlier Reference"], "; "); !slices.Equal(got, kept) {
				t.Errorf("earlier references %q come back as %q", kept, got)
			}
			for _, l := range labels[len(standardLabels):] {
				if l != "Case Reference" && l != "Earlier Reference" && a[l] != b[l] {
					t.Errorf("row of %q, %s: %q comes back as %q", b["First Name"], l, b[l], a[l])
				}
			}
		}
	})
}

// everything is asked of a case.
const everything = `query Q @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id reference kind state
  identities { names { text kind script part } salutation title birthText birthCalendar ageBasis documents { kind number issued } parentsNames { text } }
  contacts { channel address street city province postalCode country }
  profiles { sex gender citizenships maritalStatus numberOfChildren education primaryLanguage secondaryLanguage interpreterLanguage accessibilityNeeds deceased }
  traffickings { status decidedBy relationshipToTrafficker ageWhenTrafficked recruitmentWebsites recruitmentMethods recruitmentPlace controlMethods exploitationTypes industries sexExploitationTypes exploitationWebsites placeKind exploitationPlace exploitationCountry }
  narratives { kind text language referral { direction organisation caseWorker dateText dateCalendar reason } }
  assistance { state service supportType programme provider objectives actionPlan startedOn { text } plannedEnd { text } endedOn { text } }
  proceedings { kind stage authority reference offence openedOn { text } closedOn { text } outcome compensation compensationDetails
    suspects { names { text } roles roleDetails state suspectedOn { text } chargedOn { text } decidedOn { text } } }
  consents { kind basis toInterview } } } } }`

// TestNothingIsDropped: a row with a value of its own in every column is found in Sala
// column by column; a row of blank cells makes no row of a category (A1).
func TestNothingIsDropped(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		codes, labels := extendedHeader(t)
		// By code: the cell, and what must stand in Sala.
		cells := map[string][2]string{
			"con_Consent": {"FALSE", `"toInterview":"NO"`}, "prs_Birthdate": {"17/05/1994", "17/05/1994"}, "prs_Gender": {"Transgender Masculine", "TransgenderMasculine"},
			"prs_Citizenship": {"KH", `"KH"`}, "prs_Email": {"unique@example.org", "unique@example.org"},
			"prs_HomePhone": {"+85621000001", "+85621000001"}, "prs_MobilePhone": {"+85620000002", "+85620000002"}, "prs_MailingCountry": {"MM", `"MM"`},
			"vic_TraffickingStatus": {"Actual victim of trafficking", "ActualVictimOfTrafficking"}, "vic_TraffickingStatusDecisionMakingOrg": {"Court or prosecution", "CourtOrProsecution"},
			"vic_MethodOfRecruitment": {"Through a television advert", "ThroughATelevisionAdvert"}, "vic_MethodsOfControl": {"Takes earnings", "TakesEarnings"},
			"vic_TypeOfExploitation": {"Surrogacy", "Surrogacy"}, "vic_ForcedLabourIndustry": {"Construction", "F_Construction"},
			"vic_TypeOfSexExploitation": {"Pornography", "Pornography"}, "cas_Status": {"Follow Up", "FOLLOW_UP"},
			"cas_IncomingReferralDate": {"2001-01", "2001-01"}, "cas_OutgoingReferralDate": {"2002", `"2002"`},
			"cas_ReasonForIncomingReferral": {"Additional Services Required", "AdditionalServicesRequired"},
			"cas_ReasonForOutgoingReferral": {"Migration or Change of Location", "MigrationOrChangeOfLocation"},
			"org_Name":                      {"ngo", ""}, "org_Type": {"NGO", ""}, "x_OrganisationCode": {"ngo", ""}, "x_OrganisationKind": {"NGO", ""}, // whose it is: its contributor
			"prs_Deceased": {"FALSE", `"deceased":false`}, "prs_MaritalStatus": {"Widowed", "Widowed"}, "prs_NumberOfChildren": {"7", `"numberOfChildren":7`},
			"prs_PrimaryLanguage": {"kjg", `"primaryLanguage":"kjg"`}, "prs_SecondaryLanguage": {"hmn", `"secondaryLanguage":"hmn"`},
			"prs_HighestLevelOfEducation":  {"Short-cycle Tertiary Education", "ShortCycleTertiaryEducation"},
			"vic_RelationshipToTrafficker": {"Unaquainted", "Unaquainted"}, "vic_AgeWhenTrafficked": {"17", `"ageWhenTrafficked":17`},
			"vic_RecruitmentWebsitesAndApps": {"QZone", `"recruitmentWebsites":["QZone"]`}, "vic_ExploitationWebsitesAndApps": {"4Sale", `"exploitationWebsites":["FourSale"]`},
			"x_CaseKind": {"Smuggled migrant", "SMUGGLED_MIGRANT"}, "x_Sex": {"Intersex", "INTERSEX"},
			"x_Names": {"ALIAS LATIN FULL: unique alias", "unique alias"}, "x_ParentsNames": {"LEGAL LATIN FULL: unique parent", "unique parent"},
			"x_AgeBasis": {"Assessed", "ASSESSED"}, "x_Documents": {"PASSPORT VN: unique passport", "unique passport"},
			"x_InterpreterLanguage": {"mnw", `"interpreterLanguage":"mnw"`}, "x_TypeOfExploitation": {"Forced online scam work", "x_OnlineScam"},
			"spl_PlannedEndDate": {"2031-01", `"plannedEnd":{"text":"2031-01"}`}, "spl_ActualEndDate": {"2032", `"endedOn":{"text":"2032"}`},
			"spl_Type": {"Rights-based Training", "RightsBasedTraining"}, "per_RoleInProcess": {"Kidnapper", `"roles":["Kidnapper"]`},
			"x_AssistanceState": {"Declined by her", `"state":"DECLINED"`}, "x_AssistanceService": {"", ""}, "x_AssistanceStart": {"2033", `"startedOn":{"text":"2033"}`},
			"x_ProceedingKind": {"Labour", `"kind":"LABOUR"`}, "x_ProceedingStage": {"Appeal", `"stage":"APPEAL"`}, "x_ProceedingOutcome": {"Settlement", "SETTLEMENT"},
			"x_ProceedingOpened": {"2004", `"openedOn":{"text":"2004"}`}, "x_ProceedingClosed": {"2005", `"closedOn":{"text":"2005"}`}, "x_Compensation": {"Refused", `"compensation":"REFUSED"`},
			"x_SuspectNames": {"ALIAS LATIN FULL: unique suspect", "unique suspect"}, "x_SuspectState": {"Convicted", `"state":"CONVICTED"`},
			"x_SuspectedOn": {"2006", `"suspectedOn":{"text":"2006"}`}, "x_ChargedOn": {"2007", `"chargedOn":{"text":"2007"}`}, "x_DecidedOn": {"2008", `"decidedOn":{"text":"2008"}`},
			"x_CountryOfExploitation": {"KH", `"exploitationCountry":"KH"`}, "x_PlaceKind": {"", ""}, "x_Narratives": {"STATEMENT lo: unique statement", "unique statement"},
		}
		for _, k := range valueset.Sets() {
			switch k.Name {
			case "PlaceKind":
				cells["x_PlaceKind"] = [2]string{k.Values[1].Label, k.Values[1].Code}
			case "Service":
				cells["x_AssistanceService"] = [2]string{k.Values[1].Label, `"service":"` + k.Values[1].Code}
			case "Sex":
				cells["x_Sex"] = [2]string{k.Values[len(k.Values)-1].Label, `"sex":"` + k.Values[len(k.Values)-1].Code}
			case "AgeBasis":
				cells["x_AgeBasis"] = [2]string{k.Values[0].Label, `"ageBasis":"` + k.Values[0].Code}
			}
		}
		row := record{}
		for i, c := range codes {
			if i == 0 {
				continue
			}
			cell, ok := cells[c]
			if !ok { // free text
				cell = [2]string{"unique " + c, "unique " + c}
				cells[c] = cell
			}
			row[labels[i]] = cell[0]
		}
		blank := record{"First Name": "", "Second Name": "", "Status": "Active"}
		if n := takenIn(t, s, "ngo", asWorkbook(t, codes, labels, []record{row, blank}), "GREGORIAN"); n != 2 {
			t.Fatalf("%d cases", n)
		}
		answer := as(s, "ngo", "worker").ask(everything, nil)
		var got struct {
			Cases struct {
				Edges []struct {
					Node struct {
						State                                                                             string
						Identities, Contacts, Profiles, Traffickings, Narratives, Assistance, Proceedings []json.RawMessage
					}
				}
			}
		}
		answer.into(t, &got)
		for code, c := range cells {
			if !strings.Contains(answer.raw, c[1]) {
				t.Errorf("%s: %q is nowhere in Sala", code, c[1])
			}
		}
		if len(cells) != len(codes)-1 {
			t.Errorf("%d cells for %d columns", len(cells), len(codes)-1)
		}
		for _, e := range got.Cases.Edges {
			n := e.Node
			if parts := len(n.Identities) + len(n.Contacts) + len(n.Profiles) + len(n.Traffickings) + len(n.Narratives) + len(n.Assistance) + len(n.Proceedings); n.State == "ACTIVE" && parts != 0 {
				t.Errorf("blank cells made %d rows", parts)
			}
		}
	})
}

// TestSeveralContributors: an extended file has a row a case and contributor, the
// template one of a single contributor; what is another agency's is not taken as one's
// own (A1), and what an export read is on the record.
func TestSeveralContributors(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		in := newCase("Kanaree")
		in["contacts"] = []any{map[string]any{"channel": "EMAIL", "address": "a@example.org"}}
		id := change(t, s, "lwu", "worker", register, map[string]any{"in": in})
		consenting(t, s, "lwu", id, "ngo", "ASSISTANCE", "IDENTITY", "PROFILE", "NARRATIVE")
		accepting(t, s, "ngo", "ASSISTANCE", change(t, s, "lwu", "worker", offer,
			map[string]any{"in": referral(s, id, "ngo", "ASSISTANCE", "IDENTITY", "PROFILE", "NARRATIVE")}))
		own := recording("ASSISTANCE")
		own["caseID"] = id
		change(t, s, "ngo", "worker", `mutation Basis($in: RecordConsentInput!) @purpose(of: ASSISTANCE) {
		  done: recordConsent(input: $in) { consent { id } userErrors { code message } } }`, map[string]any{"in": own})
		change(t, s, "ngo", "worker", `mutation Record($id: ID!) @purpose(of: ASSISTANCE) {
		  done: recordProfile(caseID: $id, input: {sex: FEMALE}) { profile { id } userErrors { code message } } }`, map[string]any{"id": id})

		template, m := givenOut(t, s, "ngo", "GREGORIAN", htcds.Template)
		if m.Cases != 1 || m.Rows != 1 || m.LeftOut["PROFILE"] == 0 {
			t.Errorf("the template: %d cases, %d rows, left out %v", m.Cases, m.Rows, m.LeftOut)
		}
		if rows := cellsOf(t, template); rows["Kanaree/"] == nil || rows["Kanaree/"]["Consent"] != "" {
			t.Errorf("the template has not the owner's row, or says what she told the owner: %v", rows)
		}
		before := rowsShown(t, s, id)
		extended, m := givenOut(t, s, "ngo", "GREGORIAN", htcds.WithExtensions)
		if m.Cases != 1 || m.Rows != 2 {
			t.Fatalf("the extended layout: %d cases, %d rows", m.Cases, m.Rows)
		}
		if after := rowsShown(t, s, id); after <= before {
			t.Errorf("the export is not on the record: %d rows before, %d after", before, after)
		}
		rows := cellsOf(t, extended)
		if len(rows) != 2 || rows["Kanaree/"]["Organisation Code"] != "lwu" || rows["/"]["Organisation Code"] != "ngo" ||
			rows["/"]["Case Reference"] == "" || rows["/"]["Case Reference"] != rows["Kanaree/"]["Case Reference"] {
			t.Errorf("the rows: %v", rows)
		}
		_, err := exchange.Import(t.Context(), s.Client("ngo", "worker"), bytes.NewReader(extended), int64(len(extended)),
			exchange.ReadOptions(valueset.CalendarGregorian), exchange.ImportOptions{Basis: valueset.RecordingBasisPublicTask})
		if err == nil || !strings.Contains(err.Error(), "contribution of another agency") || strings.Contains(err.Error(), "Kanaree") {
			t.Errorf("another agency's row was taken: %v", err)
		}
		if _, m := givenOut(t, s, "ngo", "GREGORIAN", htcds.WithExtensions); m.Cases != 1 {
			t.Errorf("%d cases: something of the file was stored", m.Cases)
		}
	})
}

// rowsShown counts the rows of a case that the NGO was shown, by the owner's record.
func rowsShown(t *testing.T, s *world.Server, id string) int {
	t.Helper()
	var out struct {
		Disclosures struct {
			Edges []struct {
				Node struct {
					Verb     string
					RowCount int
					Agency   struct{ Code string }
				}
			}
		}
	}
	as(s, "lwu", "dataprotection").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { disclosures(first: 50, caseID: $id) { edges { node { verb rowCount agency { code } } } } }`,
		map[string]any{"id": id}).into(t, &out)
	n := 0
	for _, e := range out.Disclosures.Edges {
		if e.Node.Verb == "read" && e.Node.Agency.Code == "ngo" {
			n += e.Node.RowCount
		}
	}
	return n
}
