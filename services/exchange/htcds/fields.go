package htcds

import (
	"slices"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

// field is a column of the standard. set stores the cell in the row and returns
// what is wrong with it, or "".
type field struct {
	code, label string
	aliases     []string // other codes for it: the template's typo, the survey form
	labels      []string // other labels for it
	address     bool     // the template's code row is wrong about it
	required    bool     // a file without the column is refused; cells may be blank
	set         setter
	survey      setter           // how the survey form's cells are read, where otherwise
	give        func(Row) string // the cell of an extended column
}

// fields are the 38 columns of the template, and the middle name that the standard
// has but the template lacks.
var fields = []*field{
	{code: "cas_CaseOwner", label: "Case Owner", set: text(func(r *Row) *string { return &r.Owner })},
	{code: "prs_Salutation", label: "Salutation", set: name(func(r *Row) *string { return &r.Salutation })},
	{
		code: "prs_FirstName", label: "First Name", aliases: []string{"prs_First_Name"}, required: true,
		set: name(func(r *Row) *string { return &r.FirstName }),
	},
	{
		code: "prs_MiddleName", label: "Middle Name", aliases: []string{"prs_Middle_Name"},
		set: name(func(r *Row) *string { return &r.MiddleName }),
	},
	{
		code: "prs_SecondName", label: "Second Name", aliases: []string{"prs_Second_Name"}, required: true,
		set: name(func(r *Row) *string { return &r.SecondName }),
	},
	// Systems that follow the Salesforce package have no such column: their rows need a
	// typed basis.
	{code: "con_Consent", label: "Consent", set: checkbox(func(r *Row) **bool { return &r.Consent })},
	{code: "prs_Birthdate", label: "Birthdate", required: true, set: birth},
	{code: "prs_Gender", label: "Gender", set: one(func(r *Row) *valueset.Gender { return &r.Gender })},
	{
		// One value in the survey form; the Salesforce package calls it nationality.
		code: "prs_Citizenship", label: "Citizenship", aliases: []string{"prs_Nationality"}, labels: []string{"Nationality"}, set: citizenships,
	},
	{code: "prs_Title", label: "Title", set: name(func(r *Row) *string { return &r.Title })},
	{code: "prs_Email", label: "Email", set: email},
	{code: "prs_HomePhone", label: "Home Phone", set: phone(func(r *Row) *string { return &r.HomePhone })},
	{code: "prs_MobilePhone", label: "Mobile Phone", set: phone(func(r *Row) *string { return &r.MobilePhone })},
	{code: "prs_MailingStreet", label: "Mailing Street", address: true, set: text(func(r *Row) *string { return &r.Mailing.Street })},
	{code: "prs_MailingCity", label: "Mailing City", address: true, set: text(func(r *Row) *string { return &r.Mailing.City })},
	{code: "prs_MailingState", label: "Mailing State/Province", address: true, set: text(func(r *Row) *string { return &r.Mailing.State })},
	{code: "prs_MailingPostalCode", label: "Mailing Zip/Postal Code", address: true, set: text(func(r *Row) *string { return &r.Mailing.PostalCode })},
	{code: "prs_MailingCountry", label: "Mailing Country", address: true, set: mailingCountry},
	{
		code: "vic_TraffickingStatus", label: "Trafficking Status",
		set: one(func(r *Row) *valueset.TraffickingStatus { return &r.TraffickingStatus }),
	},
	{
		code: "vic_TraffickingStatusDecisionMakingOrg", label: "Trafficking Status Decision Making Organization",
		aliases: []string{"vic_TraffickinStatusDecisionMakingOrg"},
		set:     one(func(r *Row) *valueset.DecisionMaker { return &r.DecisionMaker }),
	},
	{
		code: "vic_MethodOfRecruitment", label: "Method of Recruitment",
		set:    many(func(r *Row) *[]valueset.RecruitmentMethod { return &r.RecruitmentMethods }),
		survey: spaced(func(r *Row) *[]valueset.RecruitmentMethod { return &r.RecruitmentMethods }),
	},
	{code: "vic_LocationOfRecruitment", label: "Location of Recruitment", set: text(func(r *Row) *string { return &r.RecruitmentPlace })},
	{
		code: "vic_MethodsOfControl", label: "Methods of Control", aliases: []string{"vic_Methods_of_Control"},
		set:    many(func(r *Row) *[]valueset.ControlMethod { return &r.ControlMethods }),
		survey: spaced(func(r *Row) *[]valueset.ControlMethod { return &r.ControlMethods }),
	},
	{
		code: "vic_TypeOfExploitation", label: "Type of Exploitation", set: exploitations,
		survey: spaced(func(r *Row) *[]valueset.Exploitation { return &r.Exploitations }),
	},
	{
		// One value in the standard, several in its survey form.
		code: "vic_ForcedLabourIndustry", label: "Forced Labour Industry",
		set:    many(func(r *Row) *[]valueset.Industry { return &r.Industries }),
		survey: spaced(func(r *Row) *[]valueset.Industry { return &r.Industries }),
	},
	{
		code: "vic_TypeOfSexExploitation", label: "Type of Sex Exploitation",
		set:    many(func(r *Row) *[]valueset.SexExploitation { return &r.SexExploitations }),
		survey: spaced(func(r *Row) *[]valueset.SexExploitation { return &r.SexExploitations }),
	},
	{code: "vic_LocationOfExploitation", label: "Location of Exploitation", set: text(func(r *Row) *string { return &r.ExploitationPlace })},
	{code: "cas_Status", label: "Status", set: one(func(r *Row) *valueset.CaseStatus { return &r.Status })},
	{code: "cas_ReferringOrganisation", label: "Referring Organisation", set: text(func(r *Row) *string { return &r.Incoming.Organisation })},
	{code: "cas_IncomingReferralDate", label: "Incoming Referral Date", set: date(func(r *Row) *canon.Date { return &r.Incoming.Date })},
	{code: "cas_ReferringPrimaryCaseWorker", label: "Referring Primary Case Worker", set: text(func(r *Row) *string { return &r.Incoming.CaseWorker })},
	{
		code: "cas_ReasonForIncomingReferral", label: "Reason for Incoming Referral",
		set: one(func(r *Row) *valueset.ReferralReason { return &r.Incoming.Reason }), survey: surveyReason,
	},
	{
		code: "cas_IncomingReferralDetails", label: "Incoming Referral Details",
		set: text(func(r *Row) *string { return &r.Incoming.Details }), survey: surveyDetails,
	},
	{code: "cas_ReferredOrganisation", label: "Referred Organisation", set: text(func(r *Row) *string { return &r.Outgoing.Organisation })},
	{code: "cas_ReferredPrimaryCaseWorker", label: "Referred Primary Case Worker", set: text(func(r *Row) *string { return &r.Outgoing.CaseWorker })},
	{
		code: "cas_ReasonForOutgoingReferral", label: "Reason for Outgoing Referral", // AJ1 is empty in the template
		set: one(func(r *Row) *valueset.ReferralReason { return &r.Outgoing.Reason }),
	},
	{code: "cas_OutgoingReferralDate", label: "Outgoing Referral Date", set: date(func(r *Row) *canon.Date { return &r.Outgoing.Date })},
	{code: "cas_OutgoingReferralDetails", label: "Outgoing Referral Details", set: text(func(r *Row) *string { return &r.Outgoing.Details })},
	{code: "cas_ReasonForCaseClosure", label: "Reason for Case Closure", set: text(func(r *Row) *string { return &r.ClosureReason })},
}

// byCode and byLabel find a field by the key of its code or alias, or of its label.
var byCode, byLabel = index()

func index() (codes, labels map[string]*field) {
	codes, labels = map[string]*field{}, map[string]*field{}
	for _, f := range slices.Concat(fields, extended) {
		for _, l := range append([]string{f.label}, f.labels...) {
			labels[key(l)] = f
		}
		for _, c := range append([]string{f.code}, f.aliases...) {
			codes[key(c)] = f
		}
	}
	return codes, labels
}
