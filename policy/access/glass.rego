# Break-glass.
#
# What one member of a service or health agency opened in an emergency, for some hours.
# Each is one interval that ends by itself.
package sala.access

# METADATA
# title: glassed
# description: >-
#   A break-glass opens the owner's own rows to that one member, whatever the agency's
#   need-to-know mode; not to its supervisors or its other members. Never in a locked
#   case, never of an owner that is an international organisation, and only while that
#   agency owns the case. None starts after her death.
# custom:
#   rules: [A1, A6, B5, C7, D5, F3]
#   source: ICRC Handbook on Data Protection, chapter 3
glassed contains {
	"grantee": glass.agency,
	"member": glass.member,
	"unit": "",
	"contributor": owner,
	"action": "READ",
	"categories": array.concat(["CASE"], categories),
	"purpose": glass.purpose,
	"basis": "BREAK_GLASS",
	"referral": "",
	"consent": "",
	"agreement": "",
	"referrer": "",
	"referral_agreement": "",
	"first_referral": "",
	"first_agreement": "",
	"first_referrer": "",
	"break_glass": glass.id,
	"obligations": ["NO_ONWARD_SHARING", "PURPOSE_ONLY"],
	"from": glass.from,
	"until": until,
} if {
	input.locked == false
	some glass in input.break_glass
	named(glass)
	glass.owner == owner
	input.agencies[owner].kind in contributor_kinds
	glass.agency != owner
	input.agencies[glass.agency].kind in glass_kinds
	glass.purpose in glass_purposes
	categories := [c | some c in all_categories; c in glass.categories; c in glass_categories]
	count(categories) > 0
	is_time(glass.from)
	is_number(glass.until)
	until := min([glass.until, glass.from + glass_longest])
	glass.from < until
	in_lifetime("READ", glass.from)
}

# METADATA
# title: named
# description: A break-glass names itself, who broke it and for what agency.
# custom:
#   rules: [D5, F3]
#   source: practice
named(glass) if {
	every key in ["id", "agency", "member"] {
		is_name(glass[key])
	}
	is_array(glass.categories)
}

# METADATA
# title: glass_kinds
# description: >-
#   Service and health agencies, by name: never police, prosecutors, courts, immigration
#   or counterparts. A union runs shelters and counsels; legal aid has a purpose of its own.
# custom:
#   rules: [F3, I7, J7]
#   source: practice
glass_kinds := {"HEALTH", "SHELTER", "NGO", "UNION"}

# METADATA
# title: glass_purposes
# description: Never JUSTICE.
# custom:
#   rules: [F3]
#   source: practice
glass_purposes := {"PROTECTION", "ASSISTANCE"}

# METADATA
# title: glass_categories
# description: At most; where she is, her restricted health, her story and suspects never.
# custom:
#   rules: [B1, F3]
#   source: ICRC Handbook on Data Protection, chapter 3
glass_categories := {"IDENTITY", "CONTACT", "HEALTH", "PROTECTION"}

# METADATA
# title: glass_longest
# description: How long a break-glass may last, 24 hours in microseconds.
# custom:
#   rules: [F3]
#   source: practice
glass_longest := day
