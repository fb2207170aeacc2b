# What was said.
#
# Reads her statements, and those of others who speak for her: what each lets another
# agency see, and what it lets its own record. A statement that is not sound silences
# all that stands beside it, and one that opens nothing still counts as the latest.
package sala.access

# METADATA
# title: recording
# description: >-
#   The window in which the statements of one leaf let its agency record: the
#   latest of each voice that counts must be a yes.
# custom:
#   rules: [C1, C4, C8, E4]
#   source: IOM Data Protection Manual, principle 4 (consent)
recording(leaf, agency) := decided(last) if {
	every s in leaf {
		statement(s)
	}
	heard := [s | some s in leaf; heard_for(s, {agency})]
	voices := counting(heard)
	last := [s |
		some voice in voices
		some s in latest([t | some t in heard; [t.voice, t.guardian] == voice])
	]
	every s in last {
		s.decision == "PERMIT"
	}
}

# METADATA
# title: counting
# description: >-
#   Whose statements count for recording: hers alone once she has spoken as an
#   adult, until then those of all who spoke.
# custom:
#   rules: [C4, E1]
#   source: Council of Europe Convention, article 10(3)
counting(leaf) := {["PERSON", ""]} if {
	some s in leaf
	s.voice == "PERSON"
	s.given_at >= adult_from
} else := {[s.voice, s.guardian] | some s in leaf}

# METADATA
# title: spoken
# description: >-
#   The windows in which what was said opens a category of a purpose to a recipient, a
#   unit of it or the agency as a whole: her own word as an adult; a child's and that of those who speak for her; and while
#   she is incapable that of those who decide in her best interests.
# custom:
#   rules: [A2, A5, B1, C2, C3, C4, C6, C7, C8, E1, E2, E5, E6]
#   source: IOM Data Protection Manual, principle 4 (consent)
spoken(action, receiver, unit, purpose, category) := (by_adult | for_minor) | for_incapable if {
	may_be_named(purpose, category)
	every s in input.consents[receiver][purpose][category] {
		statement(s)
	}
	heard := about(input.consents[receiver][purpose][category], unit)
	leaf := [bounded(s, purpose, category) | some s in heard]
	count(leaf) == count(heard)
	by_adult := {said | said := consented(leaf, receiver, category)}
	for_minor := as_minor(action, leaf, receiver, purpose, category)
	for_incapable := as_incapable(leaf, receiver, purpose, category)
}

# METADATA
# title: about
# description: The statements to an agency that count for a unit of it, or for the agency as a whole.
# custom:
#   rules: [A5, C4]
#   source: IOM Data Protection Manual, principle 4 (consent)
about(leaf, unit) := [s | some s in leaf; concerns(s, unit)]

# METADATA
# title: concerns
# scope: document
# description: >-
#   A unit is concerned by what is said about it and about its agency; the agency as a
#   whole by what is said about it and by a no about any of its units, whose members are
#   among its own. A yes about a unit reaches nobody beside or above it.
# custom:
#   rules: [A5, C4]
#   source: IOM Data Protection Manual, principle 4 (consent)
concerns(s, _) if s.unit == ""

concerns(s, unit) if s.unit == unit

concerns(s, "") if s.decision == "DENY"

# METADATA
# title: consented
# description: >-
#   The window in which her own statements as an adult open a category. Her latest
#   statement decides; of several at once every one must open; a no to the agency
#   outlasts any yes to its class. A statement that opens nothing, being provisional,
#   to a class of which the recipient cannot be one, or too broad, still counts as the
#   latest.
# custom:
#   rules: [A2, C2, C3, C4, C6, C8, E1, E6]
#   source: IOM Data Protection Manual, principle 4 (consent)
consented(leaf, receiver, category) := said_by(last, adult_from, forever, forever) if {
	hers := [s | some s in leaf; s.voice == "PERSON"]
	last := latest(hers)
	count(last) > 0
	every s in last {
		s.given_at >= adult_from
		capable(s)
		opens(s, receiver, category)
	}
	unrefused(hers)
}

# METADATA
# title: said_by
# description: >-
#   The window that statements together open between two moments, with whose rows all
#   of them name, and before when it has to start.
# custom:
#   rules: [A2, C4]
#   source: IOM Data Protection Manual, principle 4 (consent)
said_by(list, from, until, starts_before) := {
	"consent": window.consent,
	"from": max({window.from, from} | {s.given_at | some s in list}),
	"until": min([window.until, until]),
	"contributors": ({owner} | intersection({{c | some c in s.contributors} | some s in list})),
	"starts_before": starts_before,
} if {
	window := decided(list)
}

# METADATA
# title: unrefused
# description: >-
#   None of the statements of one voice that were given last refuses, nor any of those
#   given last about the agency itself.
# custom:
#   rules: [C4]
#   source: IOM Data Protection Manual, principle 4 (consent)
unrefused(statements) if {
	every s in latest(statements) {
		s.decision == "PERMIT"
	}
	every s in latest([t | some t in statements; t.by_class == false]) {
		s.decision == "PERMIT"
	}
}

# METADATA
# title: opens
# description: Whether a statement, if it decides, opens the category to the recipient.
# custom:
#   rules: [B1, C3, C6, C9]
#   source: IOM Data Protection Manual, principle 4 (consent)
opens(s, receiver, category) if {
	s.decision == "PERMIT"
	s.strength == "FULL"
	named_enough(s, receiver)
	single_enough(s, category)
}

# METADATA
# title: bounded
# scope: document
# description: >-
#   A statement as it counts for a purpose and a category. One that is provisional is full
#   for 7 days for the minimum that a referral needs, until it is confirmed; for JUSTICE
#   not if it was given in custody or before police. What C9 guards needs one apart, and
#   so does TRACING.
# custom:
#   rules: [C6, C9, D8]
#   source: ICRC Handbook on Data Protection, chapter 3
bounded(s, purpose, category) := apart(s, purpose, category) if s.strength == "FULL"

bounded(s, purpose, category) := object.union(s, {"strength": "FULL", "until": min([s.until, s.given_at + (7 * day)])}) if {
	s.strength == "PROVISIONAL"
	category in minimum_categories
	given_freely(s, purpose)
} else := s if s.strength == "PROVISIONAL"

# METADATA
# title: given_freely
# scope: document
# description: For JUSTICE a statement was given in a safe place; for TRACING it names that alone.
# custom:
#   rules: [C6, D8]
#   source: ICRC Handbook on Data Protection, chapter 3
given_freely(_, purpose) if purpose in (opening_purposes - {"JUSTICE", "TRACING"})

given_freely(s, "TRACING") if s.alone == true

given_freely(s, "JUSTICE") if s.free == true

# METADATA
# title: apart
# scope: document
# description: >-
#   What she says of her story, her health and where she is for JUSTICE counts in full
#   only where it names that alone, to one agency by name, after legal advice was offered;
#   what she says of tracing her family where it names that purpose alone.
# custom:
#   rules: [C9, D8]
#   source: ASEAN guideline on non-punishment 2025
apart(s, purpose, _) := s if purpose in (opening_purposes - {"JUSTICE", "TRACING"})

apart(s, "TRACING", _) := s if {
	s.alone == true
} else := object.union(s, {"strength": "PROVISIONAL"})

apart(s, "JUSTICE", category) := s if category in justice_categories

apart(s, "JUSTICE", category) := s if {
	category in guarded_categories
	s.alone == true
	s.singly == true
	s.by_class == false
	s.advised == true
} else := object.union(s, {"strength": "PROVISIONAL"}) if category in guarded_categories

# METADATA
# title: named_enough
# scope: document
# description: >-
#   A class of agencies never holds police, prosecutors or courts: they are named.
# custom:
#   rules: [C3]
#   source: practice
named_enough(s, _) if s.by_class == false

named_enough(_, receiver) if input.agencies[receiver].kind in class_kinds

# METADATA
# title: single_enough
# scope: document
# description: WHEREABOUTS and HEALTH_RESTRICTED are named singly.
# custom:
#   rules: [B1]
#   source: practice
single_enough(s, _) if s.singly == true

single_enough(_, category) if category in broad_categories

# METADATA
# title: latest
# description: The statements given last; none of none.
# custom:
#   rules: [C4]
#   source: IOM Data Protection Manual, principle 4 (consent)
latest(statements) := [s | some s in statements; s.given_at == newest] if {
	newest := max([s.given_at | some s in statements])
} else := []

# METADATA
# title: decided
# description: What the statements that decide say together; undefined where there is none.
# custom:
#   rules: [C4]
#   source: IOM Data Protection Manual, principle 4 (consent)
decided(last) := {
	"consent": consent,
	"from": max({s.from | some s in last}),
	"until": min({s.until | some s in last}),
} if {
	consent := min({s.consent | some s in last})
}

# METADATA
# title: statement
# description: >-
#   A statement is sound. One that is not silences its whole leaf: it might have
#   been a no. One that does not say whether it is about a unit or the agency as a whole is
#   not. Form, presence, language and the seven checks are kept with it and decide nothing
#   here but its strength.
# custom:
#   rules: [A5, C4, C5, C6]
#   source: HTCDS 2.0 and its issue 28
statement(s) if {
	is_name(s.consent)
	s.decision in {"PERMIT", "DENY"}
	s.strength in {"FULL", "PROVISIONAL"}
	is_string(s.unit)
	is_boolean(s.by_class)
	is_boolean(s.singly)
	is_boolean(s.onward)
	is_boolean(s.written)
	is_boolean(s.views)
	is_boolean(s.mature)
	is_boolean(s.free)
	is_boolean(s.advised)
	is_boolean(s.alone)
	is_time(s.given_at)
	is_number(s.from)
	is_number(s.until)
	attributed(s)
}

# METADATA
# title: attributed
# scope: document
# description: >-
#   It is known whose statement it is: hers, that of somebody who speaks for her, or a
#   decision in her best interests. One of somebody who is not known by name as
#   speaking for her closes and opens nothing.
# custom:
#   rules: [C4, E4, E5]
#   source: UNHCR Best Interests Procedure 2021
attributed(s) if {
	s.voice == "PERSON"
	s.guardian == ""
	s.best_interests == ""
}

attributed(s) if {
	s.voice == "CAREGIVER"
	s.best_interests == ""
	s.guardian == ""
}

attributed(s) if {
	s.voice == "CAREGIVER"
	s.best_interests == ""
	sound_guardian(input.guardians[s.guardian])
}

attributed(s) if {
	s.voice == "BEST_INTERESTS"
	s.guardian == ""
	sound_decision(input.best_interests[s.best_interests])
}

# METADATA
# title: may_be_named
# scope: document
# description: >-
#   What consent may open to another agency at all. CASE is never named; nor for
#   JUSTICE what is restricted of her health, which takes a court's order; nor for TRACING
#   what tells of exploitation.
# custom:
#   rules: [B5, C2, C9, D8]
#   source: IOM Data Protection Manual, principle 4 (consent)
may_be_named(purpose, category) if {
	purpose in (opening_purposes - {"JUSTICE", "TRACING"})
	category in shareable
}

may_be_named("TRACING", category) if category in tracing_categories

may_be_named("JUSTICE", category) if category in (justice_categories | guarded_categories)
