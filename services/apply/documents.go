package apply

import "github.com/sala-exchange/sala/internal/document"

// verbs are the mutations that this package runs, by field.
var verbs = map[string]string{}

// verb declares one.
func verb(field, declared, arguments, selection string) {
	verbs[field] = document.Own("mutation Apply(" + declared + ") { done: " + field + "(" + arguments + ") { " + selection + " userErrors { code field message } } }")
}

// byOne declares mutations of one id.
func byOne(argument, selection string, fields ...string) {
	for _, field := range fields {
		verb(field, "$id: ID!", argument+": $id", selection)
	}
}

func init() { //nolint:gochecknoinits // a server of the same program answers what stands here, before anything runs
	byOne("agencyID", "proposal { id state }", "suspendAgency", "resumeAgency")
	byOne("agreementID", "", "signAgreement", "suspendAgreement", "resumeAgreement", "endAgreement", "shutDownAgreement")
	byOne("proposalID", "", "approveProposal", "countersignProposal", "refuseProposal")
	byOne("memberID", "", "openMember", "closeMember")
	byOne("teamID", "", "dissolveTeam")
	byOne("agencyID", "invitation { id secret validUntil proposalID }", "inviteAdministrator")
	byOne("agencyID", "offboarding { id }", "stopOffboardingDeletion")
	verb("advanceOffboarding", "$id: ID!, $sharing: Boolean!", "agencyID: $id, sharingOnly: $sharing", departureFields)
	verb("acceptInvitation", "$secret: String!", "secret: $secret", "")
	verb("proposeAgency", "$input: AgencyInput!", "input: $input", "proposal { id state }")
	verb("proposeAgencyKind", "$id: ID!, $kind: AgencyKind!", "agencyID: $id, kind: $kind", "proposal { id state }")
	verb("proposeSignIn", "$id: ID!, $input: SignInInput!", "agencyID: $id, input: $input", "proposal { id state }")
	verb("updateAgency", "$id: ID!, $input: UpdateAgencyInput!", "agencyID: $id, input: $input", "")
	verb("enterMember", "$in: EnterMemberInput!", "input: $in", "member { id }")
	verb("setRoles", "$id: ID!, $roles: [Role!]!", "memberID: $id, roles: $roles", "")
	verb("addTeam", "$code: String!, $name: String!", "code: $code, name: $name", "team { id }")
	for _, field := range []string{"joinGroup", "leaveGroup"} {
		verb(field, "$member: ID!, $group: ID!", "memberID: $member, groupID: $group", "")
	}
	verb("proposeAgreement", "$input: AgreementInput!", "input: $input", "agreement { id }")
	verb("proposeAgreementBetween", "$input: AgreementInput!", "input: $input", "agreement { signatures { agency signedOn } inForce ended }")
	verb("startOffboarding", "$id: ID!, $to: String, $over: String, $deadline: Time", "agencyID: $id, exportTo: $to, handOverTo: $over, deadline: $deadline", "proposal { id state }")
	verb("exportOffboarding", "$id: ID!, $part: Int!", "agencyID: $id, part: $part", "part { content rows last digest }")
	verb("confirmOffboardingExport", "$id: ID!, $digest: String!", "agencyID: $id, digest: $digest", "offboarding { id }")
}

// lists are the lists that this package reads, by field.
var lists = map[string]string{
	"agencies":   list("agencies", "", agencyFields),
	"agreements": list("agreements", "", agreementFields),
	"proposals":  list("proposals", ", open: true", proposalFields),
}

func list(field, arguments, fields string) string {
	return document.Own("query List($after: Cursor) { list: " + field + "(first: 50, after: $after" + arguments + ") { edges { node { " + fields +
		" } } pageInfo { hasNextPage endCursor } } }")
}

var whoIsIt = document.Own(`{ me { agency { id code } roles } }`)
