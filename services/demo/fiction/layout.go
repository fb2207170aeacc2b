package fiction

// column is one column of the template: the field that we fill, the code that
// the template's hidden row 1 shows for it and the label of row 2.
type column struct{ field, code, label string }

// layout is the template of HTCDS 2.0 from column B on, with its defects: the
// codes of the address stand in another order than the labels (the labels are
// what people fill in), one code is misspelt and one is missing.
var layout = []column{
	{"owner", "cas_CaseOwner", "Case Owner"},
	{"salutation", "prs_Salutation", "Salutation"},
	{"first", "prs_FirstName", "First Name"},
	{"second", "prs_SecondName", "Second Name"},
	{"consent", "con_Consent", "Consent"},
	{"birth", "prs_Birthdate", "Birthdate"},
	{"gender", "prs_Gender", "Gender"},
	{"citizenship", "prs_Citizenship", "Citizenship"},
	{"title", "prs_Title", "Title"},
	{"email", "prs_Email", "Email"},
	{"home", "prs_HomePhone", "Home Phone"},
	{"mobile", "prs_MobilePhone", "Mobile Phone"},
	{"street", "prs_MailingCity", "Mailing Street"},
	{"city", "prs_MailingCountry", "Mailing City"},
	{"state", "prs_MailingState", "Mailing State/Province"},
	{"postal", "prs_MailingStreet", "Mailing Zip/Postal Code"},
	{"country", "prs_MailingPostalCode", "Mailing Country"},
	{"status", "vic_TraffickingStatus", "Trafficking Status"},
	{"decider", "vic_TraffickinStatusDecisionMakingOrg", "Trafficking Status Decision Making Organization"},
	{"recruitment", "vic_MethodOfRecruitment", "Method of Recruitment"},
	{"recruited at", "vic_LocationOfRecruitment", "Location of Recruitment"},
	{"control", "vic_MethodsOfControl", "Methods of Control"},
	{"exploitation", "vic_TypeOfExploitation", "Type of Exploitation"},
	{"industry", "vic_ForcedLabourIndustry", "Forced Labour Industry"},
	{"sex", "vic_TypeOfSexExploitation", "Type of Sex Exploitation"},
	{"exploited at", "vic_LocationOfExploitation", "Location of Exploitation"},
	{"state of case", "cas_Status", "Status"},
	{"from", "cas_ReferringOrganisation", "Referring Organisation"},
	{"from date", "cas_IncomingReferralDate", "Incoming Referral Date"},
	{"from worker", "cas_ReferringPrimaryCaseWorker", "Referring Primary Case Worker"},
	{"from reason", "cas_ReasonForIncomingReferral", "Reason for Incoming Referral"},
	{"from details", "cas_IncomingReferralDetails", "Incoming Referral Details"},
	{"to", "cas_ReferredOrganisation", "Referred Organisation"},
	{"to worker", "cas_ReferredPrimaryCaseWorker", "Referred Primary Case Worker"},
	{"to reason", "", "Reason for Outgoing Referral"},
	{"to date", "cas_OutgoingReferralDate", "Outgoing Referral Date"},
	{"to details", "cas_OutgoingReferralDetails", "Outgoing Referral Details"},
	{"closure", "cas_ReasonForCaseClosure", "Reason for Case Closure"},
}
