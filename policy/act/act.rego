# METADATA
# title: Who may do what
# description: >-
#   Decides once a request, on the viewer's account alone and before a row is
#   read, whether this kind of action may be tried at all, and for which
#   purposes. It opens no case: that is sala.access. Deny is the answer to
#   whatever is missing, mistyped or unknown.
# schemas:
#   - input: schema.request
package sala.act

# METADATA
# title: decision
# description: The whole answer; always defined.
# entrypoint: true
# custom:
#   rules: [C8, D5, J7]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
decision := {"allow": allow, "supervisor": supervisor, "purposes": purposes, "acknowledges": acknowledges}

# METADATA
# title: allow
# scope: document
# description: Nothing may be tried that no rule lets through.
# custom:
#   rules: [C2, D5]
#   source: practice
default allow := false

# METADATA
# title: allow (case data)
# description: Case data needs a purpose that opens a case, within the token's scope.
# custom:
#   rules: [C2, D5]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
allow if {
	input.action in case_actions
	input.action in granted
	input.purpose in scoped
}

# METADATA
# title: allow (what is about no case)
# description: The agency's own affairs need no purpose; one that is declared must hold.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
allow if {
	input.action in own_actions
	input.action in granted
	input.purpose in (scoped | {""})
}

# METADATA
# title: allow (to join)
# description: >-
#   Whoever has signed in by an agency's issuer may show an invitation of that agency,
#   before any role was granted; what it is worth is the verb's to say.
# custom:
#   rules: [I7]
#   source: practice
allow if {
	input.action == "JOIN"
	active
	input.purpose in (scoped | {""})
}

# METADATA
# title: supervisor
# scope: document
# description: Nobody supervises whom no rule says to.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
default supervisor := false

# METADATA
# title: supervisor
# description: The agency-level accesses are open too, which hold no IDENTITY.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
supervisor if {
	allow
	input.action in case_actions
	"SUPERVISOR" in roles
}

# METADATA
# title: purposes
# description: The purposes for which this viewer may ask for case data.
# custom:
#   rules: [C2]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
purposes contains purpose if {
	"READ_CASE" in granted
	some purpose in scoped
}

# METADATA
# title: acknowledges
# scope: document
# description: >-
#   The kinds of subject of which the viewer acknowledges notices for the whole agency:
#   who decides about what a notice says acknowledges it. One about a single case
#   needs a purpose that opens cases, though none is declared.
# custom:
#   rules: [C8, D5, D6, H4, H5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
acknowledges contains subject if {
	some action, subjects in acknowledging
	action in own_actions
	action in granted
	some subject in subjects
}

acknowledges contains subject if {
	some action, subjects in acknowledging
	action in case_actions
	action in granted
	count(scoped) > 0
	some subject in subjects
}

# METADATA
# title: acknowledging
# description: >-
#   By what somebody may do: the kinds of subject of the notices that this answers for.
#   What names none of the others is about a single case.
# custom:
#   rules: [C8, D5, D6, F1, H4, H5]
#   source: practice
acknowledging := {
	"WRITE_CASE": {"case"},
	"DECIDE_ERASURE": {"erasure", "retention", "breach"},
	"SHUT_DOWN": {"agreement", "agency"},
	"ADMINISTER_AGENCY": {"proposal", "issuer", "invitation"},
	"CHECK_LEGAL_BASIS": {"legalbasis"},
	"OVERSEE": {"panel"},
}

# METADATA
# title: granted
# description: >-
#   What the viewer's roles grant. Whoever administers the platform administers
#   and nothing else, whatever other roles are held.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
granted contains action if {
	active
	count(roles & platform_roles) == 0
	some role in roles
	some action in role_actions[role]
	action in unfrozen
	action in suited
}

# METADATA
# title: granted (to whoever administers or operates the platform)
# description: That role alone, and no case action is among its own.
# custom:
#   rules: [J7]
#   source: practice
granted contains action if {
	active
	some role in (roles & platform_roles)
	some action in role_actions[role]
}

# METADATA
# title: unfrozen
# scope: document
# description: An agency that is being offboarded registers nobody new, and takes nothing on.
# custom:
#   rules: [D6]
#   source: practice
unfrozen contains action if {
	input.viewer.agency_frozen == false
	some action in (case_actions | own_actions)
}

unfrozen contains action if {
	input.viewer.agency_frozen == true
	some action in ((case_actions | own_actions) - {"REGISTER", "IMPORT", "TAKE_ON", "ENTER_LEGAL_BASIS"})
}

# METADATA
# title: suited
# scope: document
# description: Counts of refusals, where a statute demands them, are a coordination body's alone to read.
# custom:
#   rules: [F4]
#   source: practice
suited contains action if some action in ((case_actions | own_actions) - {"READ_REFUSALS"})

suited contains "READ_REFUSALS" if input.viewer.agency_kind == "COORDINATION_BODY"

# METADATA
# title: roles
# description: The viewer's roles, if every one is known; else none.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
roles contains role if {
	every r in input.viewer.roles {
		role_actions[r]
	}
	some role in input.viewer.roles
}

# METADATA
# title: active
# description: >-
#   A named member of a named agency, both active, of a kind that may reach cases
#   at all: regional counterparts have no API here.
# custom:
#   rules: [J7]
#   source: practice
active if {
	is_name(input.viewer.agency)
	is_name(input.viewer.member)
	input.viewer.agency_active == true
	input.viewer.member_active == true
	input.viewer.agency_kind in agency_kinds
}

# METADATA
# title: scoped
# scope: document
# description: >-
#   The purposes that open a case and that the token's scopes leave; null leaves
#   all, a list with an unknown word none.
# custom:
#   rules: [C2]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
scoped contains purpose if {
	is_null(input.viewer.scope_purposes)
	some purpose in opening_purposes
}

scoped contains purpose if {
	is_array(input.viewer.scope_purposes)
	every p in input.viewer.scope_purposes {
		p in (opening_purposes | {"STATISTICS", "OVERSIGHT"})
	}
	some purpose in input.viewer.scope_purposes
	purpose in opening_purposes
}

# METADATA
# title: is_name
# description: A word that names somebody.
# custom:
#   rules: [D5]
#   source: practice
is_name(x) if {
	is_string(x)
	x != ""
}

# METADATA
# title: opening_purposes
# description: STATISTICS and OVERSIGHT never open a case.
# custom:
#   rules: [C2]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
opening_purposes := {
	"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID",
}

# METADATA
# title: case_actions
# description: What touches a case, and so needs a purpose.
# custom:
#   rules: [C2, D5]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
case_actions := {"READ_CASE", "WRITE_CASE", "ASSIGN", "SIGN", "REFER", "TAKE_ON", "CONSENT", "IMPORT", "UNDO_IMPORT", "REGISTER", "ASK_ERASURE", "ENTER_LEGAL_BASIS"}

# METADATA
# title: own_actions
# description: >-
#   What is about no case: the viewer's own agency, and the platform.
# custom:
#   rules: [D5, J7]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
own_actions := {
	"READ_OWN", "MANAGE_AGREEMENT", "READ_DISCLOSURES", "ADMINISTER_AGENCY", "ADMINISTER_PLATFORM", "OPERATE_PLATFORM", "SHUT_DOWN",
	"DECIDE_ERASURE", "CHECK_LEGAL_BASIS", "READ_REFUSALS", "OVERSEE",
}

# METADATA
# title: role_actions
# description: >-
#   What each role may try; everybody who has a role may ask for what is about
#   itself.
# custom:
#   rules: [D5, E5, F1, F4, F5, H4, J7]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
role_actions := {
	"CASE_WORKER": {"READ_OWN", "READ_CASE", "WRITE_CASE", "SIGN", "REFER", "TAKE_ON", "CONSENT", "IMPORT", "UNDO_IMPORT", "REGISTER", "ASK_ERASURE", "ENTER_LEGAL_BASIS"},
	"SUPERVISOR": {"READ_OWN", "READ_CASE", "ASSIGN", "SIGN", "UNDO_IMPORT", "ASK_ERASURE"},
	"DATA_PROTECTION_FOCAL_POINT": {"READ_OWN", "READ_DISCLOSURES", "SHUT_DOWN", "DECIDE_ERASURE", "CHECK_LEGAL_BASIS", "READ_REFUSALS"},
	"ANALYST": {"READ_OWN"},
	"AGENCY_ADMINISTRATOR": {"READ_OWN", "MANAGE_AGREEMENT", "ADMINISTER_AGENCY", "SHUT_DOWN"},
	"PLATFORM_ADMINISTRATOR": {"READ_OWN", "ADMINISTER_PLATFORM"},
	"PLATFORM_OPERATOR": {"READ_OWN", "OPERATE_PLATFORM"},
	"AUDITOR": {"READ_OWN", "READ_DISCLOSURES"},
	"OVERSIGHT_PANEL_MEMBER": {"READ_OWN", "OVERSEE"},
}

# METADATA
# title: platform_roles
# description: >-
#   Who administers the platform, and a program that operates it: that one proposes, and
#   decides nothing, since two people approve.
# custom:
#   rules: [I7, J7]
#   source: practice
platform_roles := {"PLATFORM_ADMINISTRATOR", "PLATFORM_OPERATOR"}

# METADATA
# title: agency_kinds
# description: Kinds of agency that may reach cases; regional counterparts are none of them.
# custom:
#   rules: [I7, J7]
#   source: practice
agency_kinds := {
	"MINISTRY", "POLICE", "PROSECUTOR", "COURT", "LEGAL_AID", "LABOUR_INSPECTION",
	"IMMIGRATION_OR_BORDER", "CONSULAR", "HEALTH", "SHELTER", "UNION", "TRADE_UNION", "NGO",
	"INTERNATIONAL_ORGANISATION", "COORDINATION_BODY",
}

# METADATA
# title: allow (to break glass)
# description: >-
#   A case worker of a service or health agency that is not leaving, signed in with a
#   second factor as the settings of its issuer say, for PROTECTION or ASSISTANCE.
# custom:
#   rules: [F3, J7]
#   source: ICRC Handbook on Data Protection, chapter 3
allow if {
	input.action == "BREAK_GLASS"
	active
	input.viewer.agency_frozen == false
	"CASE_WORKER" in roles
	count(roles & platform_roles) == 0
	input.viewer.agency_kind in glass_kinds
	input.viewer.second_factor == true
	input.purpose in scoped
	input.purpose in glass_purposes
}

# METADATA
# title: glass_kinds
# description: Service and health agencies, by name; sala.access says the same.
# custom:
#   rules: [F3, I7]
#   source: practice
glass_kinds := {"HEALTH", "SHELTER", "NGO", "UNION"}

# METADATA
# title: glass_purposes
# description: Never JUSTICE.
# custom:
#   rules: [F3]
#   source: practice
glass_purposes := {"PROTECTION", "ASSISTANCE"}
