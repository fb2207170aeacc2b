# Break-glass: who may try it at all, on the viewer's account alone, before a case is
# looked for; so the refusal tells nothing of any.
package sala.act

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
	count(roles & {"PLATFORM_ADMINISTRATOR"}) == 0
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
