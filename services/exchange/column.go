package exchange

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// columnOf names the HTCDS field of an input path of the API, its numbers left out.
var columnOf = map[string]string{
	"state": "cas_Status", "kind": "vic_TraffickingStatus", "identity.birthDate": "prs_Birthdate", "identity.birthCalendar": "prs_Birthdate",
	"identity.ageBasis": "prs_Birthdate", "identity.salutation": "prs_Salutation", "identity.title": "prs_Title",
	"profile.gender": "prs_Gender", "profile.citizenships": "prs_Citizenship",
	"trafficking.status": "vic_TraffickingStatus", "trafficking.decidedBy": "vic_TraffickingStatusDecisionMakingOrg",
	"trafficking.recruitmentMethods": "vic_MethodOfRecruitment", "trafficking.recruitmentPlace": "vic_LocationOfRecruitment",
	"trafficking.controlMethods": "vic_MethodsOfControl", "trafficking.exploitationTypes": "vic_TypeOfExploitation",
	"trafficking.industries": "vic_ForcedLabourIndustry", "trafficking.sexExploitationTypes": "vic_TypeOfSexExploitation",
	"trafficking.exploitationPlace": "vic_LocationOfExploitation", "trafficking.exploitationCountry": "x_CountryOfExploitation",
	"assistance.supportType": "spl_Type", "assistance.objectives": "spl_Objectives", "assistance.actionPlan": "spl_ActionPlan",
	"assistance.plannedEnd": "spl_PlannedEndDate", "assistance.endedOn": "spl_ActualEndDate", "assistance.startedOn": "x_AssistanceStart",
	"proceedings.proceeding.openedOn": "x_ProceedingOpened", "proceedings.proceeding.closedOn": "x_ProceedingClosed",
	"proceedings.suspects.roles": "per_RoleInProcess", "proceedings.suspects.roleDetails": "per_RoleDetails", "proceedings.suspects.names": "x_SuspectNames",
	"contacts.street": "prs_MailingStreet", "contacts.city": "prs_MailingCity", "contacts.province": "prs_MailingState",
	"contacts.postalCode": "prs_MailingPostalCode", "contacts.country": "prs_MailingCountry",
}

// What a row of a list came from is told by a word in it.
var (
	partColumn = map[string]string{"GIVEN": "prs_FirstName", "MIDDLE": "prs_MiddleName", "FAMILY": "prs_SecondName"}
	channel    = map[string]string{"MOBILE_PHONE": "prs_MobilePhone", "HOME_PHONE": "prs_HomePhone", "EMAIL": "prs_Email"}
)

var indexes = regexp.MustCompile(`\.\d+`)

// column is where in the file stands what the server refused: letter and field code, or
// nothing where the row as a whole is meant. A path of the API is no answer to whoever
// filled a sheet in.
func column(in *htcds.Reader, batch []map[string]any, row int, path string) string {
	code := columnOf[indexes.ReplaceAllString(path, "")]
	if code == "" {
		code = lookedUp(batch, row, path)
	}
	if code == "" && strings.HasPrefix(path, "recording") {
		code = "con_Consent"
	}
	if code == "" {
		return ""
	}
	return in.Place(code)
}

// lookedUp looks at the row that was sent: which name, contact or text it was.
func lookedUp(batch []map[string]any, row int, path string) string {
	parts := strings.Split(path, ".")
	for _, r := range batch {
		if r["row"] != row {
			continue
		}
		sent, _ := r["case"].(map[string]any)
		switch {
		case strings.HasPrefix(path, "identity.names.") && len(parts) > 2:
			identity, _ := sent["identity"].(map[string]any)
			return partColumn[word(identity["names"], parts[2], "part")]
		case strings.HasPrefix(path, "contacts.") && len(parts) > 1:
			return channel[word(sent["contacts"], parts[1], "channel")]
		case strings.HasPrefix(path, "narratives.") && len(parts) > 1:
			return textColumn(word(sent["narratives"], parts[1], "kind"), word(sent["narratives"], parts[1], "text"))
		}
	}
	return ""
}

func textColumn(kind, text string) string {
	switch {
	case kind == "CLOSURE":
		return "cas_ReasonForCaseClosure"
	case kind == "REFERRAL_HISTORY" && strings.HasPrefix(text, "incoming"):
		return "cas_IncomingReferralDetails"
	case kind == "REFERRAL_HISTORY":
		return "cas_OutgoingReferralDetails"
	}
	return ""
}

// word is a field of one element of a list that was sent.
func word(list any, index, field string) string {
	elements, _ := list.([]any)
	n, err := strconv.Atoi(index)
	if err != nil || n < 0 || n >= len(elements) {
		return ""
	}
	element, _ := elements[n].(map[string]any)
	if element[field] == nil {
		return ""
	}
	return fmt.Sprint(element[field])
}
