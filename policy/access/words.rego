# The words.
#
# The lists and bounds that the rules use: categories, purposes and kinds of agency.
package sala.access

# METADATA
# title: is_name
# description: A word that names somebody or something.
# custom:
#   rules: [A1, C2]
#   source: practice
is_name(x) if {
	is_string(x)
	x != ""
}

# METADATA
# title: is_time
# description: >-
#   A moment that was set: zero and -1 stand for none.
# custom:
#   rules: [C2]
#   source: practice
is_time(x) if {
	is_number(x)
	x > 0
}

# METADATA
# title: forever
# description: The end of time, 9999-12-31T23:59:59.999999Z.
# custom:
#   rules: [A3]
#   source: practice
forever := 253402300799999999

# METADATA
# title: day
# description: A day in microseconds.
# custom:
#   rules: [E2]
#   source: practice
day := 86400000000

# METADATA
# title: all_categories
# description: Every category, and that there is a case.
# custom:
#   rules: [B1, B5]
#   source: practice
all_categories := array.concat(["CASE"], [
	"IDENTITY", "CONTACT", "WHEREABOUTS", "PROFILE", "FAMILY", "TRAFFICKING", "PROTECTION",
	"HEALTH", "HEALTH_RESTRICTED", "ASSISTANCE", "JUSTICE", "SUSPECT", "NARRATIVE",
])

# METADATA
# title: shareable
# description: >-
#   What a statement may name: never CASE.
# custom:
#   rules: [B5, C2]
#   source: practice
shareable := broad_categories | {"WHEREABOUTS", "HEALTH_RESTRICTED"}

# METADATA
# title: broad_categories
# description: What may be named together with others.
# custom:
#   rules: [B1]
#   source: practice
broad_categories := {
	"IDENTITY", "CONTACT", "PROFILE", "FAMILY", "TRAFFICKING", "PROTECTION", "HEALTH",
	"ASSISTANCE", "JUSTICE", "SUSPECT", "NARRATIVE",
}

# METADATA
# title: justice_categories
# description: >-
#   What she may open for JUSTICE without the safeguards of C9.
# custom:
#   rules: [C9]
#   source: ASEAN guideline on non-punishment 2025
justice_categories := {
	"IDENTITY", "CONTACT", "PROFILE", "FAMILY", "TRAFFICKING", "PROTECTION", "ASSISTANCE",
	"JUSTICE", "SUSPECT",
}

# METADATA
# title: guarded_categories
# description: What she may open for JUSTICE only by a consent apart.
# custom:
#   rules: [C9]
#   source: ASEAN guideline on non-punishment 2025
guarded_categories := {"NARRATIVE", "HEALTH", "WHEREABOUTS"}

# METADATA
# title: categories_for
# scope: document
# description: >-
#   What a purpose opens at most, even of one's own: who traces her family learns nothing
#   of exploitation, nor of what tells of it.
# custom:
#   rules: [B1, B5, D8]
#   source: practice
categories_for(purpose) := all_categories if purpose in (opening_purposes - {"TRACING"})

categories_for("TRACING") := [c | some c in all_categories; c in ({"CASE"} | tracing_categories)]

# METADATA
# title: tracing_categories
# description: What she may open to who traces her family.
# custom:
#   rules: [D8]
#   source: practice
tracing_categories := shareable - {"TRAFFICKING", "NARRATIVE", "JUSTICE", "SUSPECT", "HEALTH_RESTRICTED"}

# METADATA
# title: minimum_categories
# description: >-
#   The minimum that a referral needs: who she is, how to reach her safely, and what
#   describes her needs.
# custom:
#   rules: [C6]
#   source: ICRC Handbook on Data Protection, chapter 3
minimum_categories := {"IDENTITY", "CONTACT", "PROFILE"}

# METADATA
# title: supervisor_categories
# description: >-
#   What supervisors see: nothing that names or finds her or those around her, and no
#   account of her health, her danger or her proceedings.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}

# METADATA
# title: opening_purposes
# description: STATISTICS and OVERSIGHT never open a case.
# custom:
#   rules: [C1, C2]
#   source: IOM Data Protection Manual, principle 2 (specified and legitimate purpose)
opening_purposes := {
	"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID",
}

# METADATA
# title: obligations
# description: >-
#   By purpose, what an access obliges its holder to: to use what it reads for that alone,
#   and for JUSTICE never against her.
# custom:
#   rules: [C2, C9]
#   source: ASEAN guideline on non-punishment 2025; HL7 v3-ActCode NOREUSE
obligations := object.union(
	{purpose: {"PURPOSE_ONLY"} | some purpose in opening_purposes},
	{"JUSTICE": {"PURPOSE_ONLY", "NON_PUNISHMENT"}},
)

# METADATA
# title: named_kinds
# description: >-
#   Kinds of agency that a statement has to name: no class holds them.
# custom:
#   rules: [C3, I7]
#   source: practice
named_kinds := {"POLICE", "PROSECUTOR", "COURT"}

# METADATA
# title: class_kinds
# description: >-
#   Kinds of agency that a statement may name as a class; counterparts are of none.
# custom:
#   rules: [C3, I7, J7]
#   source: practice
class_kinds := {
	"MINISTRY", "LEGAL_AID", "LABOUR_INSPECTION", "IMMIGRATION_OR_BORDER", "CONSULAR", "HEALTH",
	"SHELTER", "UNION", "TRADE_UNION", "NGO", "INTERNATIONAL_ORGANISATION", "COORDINATION_BODY",
}

# METADATA
# title: contributor_kinds
# description: >-
#   Kinds of agency whose rows another's referral may open without a decision of their own
#   about it: not an international organisation's.
# custom:
#   rules: [A6]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
contributor_kinds := (class_kinds | named_kinds) - {"INTERNATIONAL_ORGANISATION"}
