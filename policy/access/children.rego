# Children, and who decides for those who cannot.
#
# What opens anything about one who is or may be a child, by bands of age: the windows
# between the latest possible birthdays, since the younger age decides. No window here
# starts once she is an adult. Bands begin at most a day after the birthday: they are
# counted in days from the 18th. Whatever is missing opens nothing.
package sala.access

# METADATA
# title: adult_from
# description: >-
#   From when she is surely an adult. Undefined where no birth date is known, and
#   before 1900, where a date can only be a mistake: then no flow starts.
# custom:
#   rules: [E1]
#   source: Council of Europe Convention, article 10(3)
adult_from := input.case.adult_from if {
	input.case.adult_from >= -2208988800000000
	input.case.adult_from != -1
}

# METADATA
# title: minor_until
# scope: document
# description: >-
#   Until when she is or may be a child: for ever where the owner knows no birth date,
#   until an age is recorded; undefined where the date can only be a mistake.
# custom:
#   rules: [E1]
#   source: Council of Europe Convention, article 10(3)
minor_until := adult_from

minor_until := forever if input.case.adult_from == -1

# METADATA
# title: bands
# scope: document
# description: >-
#   The bands of age as windows, with what each needs. Of one whose age is not known at
#   all is asked whatever any band asks.
# custom:
#   rules: [E1, E2]
#   source: UNHCR Best Interests Procedure 2021
bands := [
	{"need": "VIEWS", "from": 0, "until": adult_from - (4382 * day)},
	{"need": "ASSENT", "from": adult_from - (4382 * day), "until": adult_from - (2191 * day)},
	{"need": "WRITTEN", "from": adult_from - (2191 * day), "until": adult_from - (1095 * day)},
	{"need": "OWN", "from": adult_from - (1095 * day), "until": adult_from},
]

bands := [{"need": "ALL", "from": 0, "until": forever}] if input.case.adult_from == -1

# METADATA
# title: lasting
# scope: document
# description: >-
#   Until when a band's window lasts. At 18 what is open of PROTECTION and ASSISTANCE
#   stays for 30 days, while her own consent is sought; a preview does not, nor
#   anything else.
# custom:
#   rules: [E6]
#   source: UNHCR Best Interests Procedure 2021
lasting(band, action, purpose) := band.until + (30 * day) if {
	band.need == "OWN"
	action == "READ"
	purpose in {"PROTECTION", "ASSISTANCE"}
} else := band.until

# METADATA
# title: as_minor
# description: >-
#   The windows in which what was said of a child opens a category: every voice that
#   her band requires says yes, nobody who decides in her best interests says no, and
#   for JUSTICE and RETURN a panel has determined it. Once she has spoken as an adult
#   nothing of this counts.
# custom:
#   rules: [C4, E2, E3, E5, E6]
#   source: UNHCR Best Interests Procedure 2021
as_minor(action, leaf, receiver, purpose, category) := {said |
	before := [s | some s in leaf; s.given_at < minor_until]
	count(before) > 0
	count([s | some s in before; s.voice == "PERSON"]) == count([s | some s in leaf; s.voice == "PERSON"])
	unopposed(before)
	some band in bands
	until := lasting(band, action, purpose)
	some voices in required(band.need, before, receiver, category)
	some panel in determined(before, receiver, purpose, category)
	said := said_by(array.concat(voices, panel), band.from, until, minor_until)
	said.from < said.until
}

# METADATA
# title: required
# scope: document
# description: >-
#   By what a band needs, each list of statements that together suffice: of those who
#   speak for the child and of the child; from 15 on hers alone where she is recorded
#   as mature and safe.
# custom:
#   rules: [C4, E2]
#   source: UNHCR Best Interests Procedure 2021
required("OWN", leaf, receiver, category) := {array.concat(carer, child) |
	some carer in by_carer("OWN", leaf, receiver, category)
	some child in by_child("OWN", leaf, receiver, category)
} | {child |
	child := her_own("MATURE", leaf, receiver, category)
}

required(need, leaf, receiver, category) := {array.concat(carer, child) |
	some carer in by_carer(need, leaf, receiver, category)
	some child in by_child(need, leaf, receiver, category)
} if {
	need in {"VIEWS", "ASSENT", "WRITTEN", "ALL"}
}

# METADATA
# title: by_carer
# description: What those who speak for the child say, or what was decided in their place.
# custom:
#   rules: [E2, E4, E5]
#   source: UNHCR Best Interests Procedure 2021
by_carer(need, leaf, receiver, category) := {said |
	said := of_guardians(need, leaf, receiver, category)
} | in_place("CAREGIVER", leaf, receiver, category)

# METADATA
# title: by_child
# scope: document
# description: >-
#   What the child says, or what was decided in her place. Under 6 she need not say
#   anything; what she refuses binds all the same.
# custom:
#   rules: [E2, E3, E5]
#   source: UNHCR Best Interests Procedure 2021
by_child("VIEWS", leaf, receiver, category) := {[] |
	unrefused([s | some s in leaf; s.voice == "PERSON"])
} | in_place("PERSON", leaf, receiver, category)

by_child(need, leaf, receiver, category) := {said |
	said := her_own(need, leaf, receiver, category)
} | in_place("PERSON", leaf, receiver, category) if {
	need in {"ASSENT", "WRITTEN", "OWN", "ALL"}
}

# METADATA
# title: her_own
# description: The child's latest statements, where they open and suit what is needed.
# custom:
#   rules: [C4, E2, E3]
#   source: UNHCR Best Interests Procedure 2021
her_own(need, leaf, receiver, category) := last if {
	hers := [s | some s in leaf; s.voice == "PERSON"]
	last := latest(hers)
	count(last) > 0
	every s in last {
		opens(s, receiver, category)
		suits(need, s)
	}
	unrefused(hers)
}

# METADATA
# title: suits
# scope: document
# description: >-
#   Assent may be oral; from 12 on it is written; hers alone suffices where she said it
#   at 15 or later and is recorded as mature and safe.
# custom:
#   rules: [E2]
#   source: UNHCR Best Interests Procedure 2021
suits("ASSENT", _)

suits(need, s) if {
	need in {"WRITTEN", "OWN", "ALL"}
	s.written == true
}

suits("MATURE", s) if {
	s.mature == true
	s.given_at >= adult_from - (1095 * day)
}

# METADATA
# title: of_guardians
# description: >-
#   The latest statements of each parent, caregiver or legal guardian who counts, where
#   all of them open, each within his time, with the child's views up to 12.
# custom:
#   rules: [C4, E2, E4]
#   source: UNHCR Best Interests Procedure 2021
of_guardians(need, leaf, receiver, category) := [within(s) | some s in last] if {
	last := guardians_last(leaf, receiver)
	count(last) > 0
	every s in last {
		opens(s, receiver, category)
		with_views(need, s)
		in_office(s)
	}
	guardians_agree(leaf, receiver)
}

# METADATA
# title: guardians_last
# description: The latest statements of each who speaks for the child and counts.
# custom:
#   rules: [C4, E4]
#   source: UNHCR Best Interests Procedure 2021
guardians_last(leaf, receiver) := [s |
	heard := for_child(leaf, receiver)
	some guardian in {t.guardian | some t in heard}
	some s in latest([t | some t in heard; t.guardian == guardian])
]

# METADATA
# title: guardians_agree
# description: None of those who speak for the child and count refuses.
# custom:
#   rules: [C4, E4]
#   source: UNHCR Best Interests Procedure 2021
guardians_agree(leaf, receiver) if {
	heard := for_child(leaf, receiver)
	every guardian in {t.guardian | some t in heard} {
		unrefused([t | some t in heard; t.guardian == guardian])
	}
}

# METADATA
# title: for_child
# description: >-
#   The statements of others than her that count: not of a guardian in conflict, as a
#   member of the agency that asks or of the one that is asked always is.
# custom:
#   rules: [E4]
#   source: UNHCR Best Interests Procedure 2021
for_child(leaf, receiver) := [s |
	some s in leaf
	s.voice == "CAREGIVER"
	heard_for(s, {owner, receiver})
	weighs(s)
]

# METADATA
# title: weighs
# scope: document
# description: Of somebody who is not known by name as speaking for her only a no counts.
# custom:
#   rules: [E4]
#   source: UNHCR Best Interests Procedure 2021
weighs(s) if is_name(s.guardian)

weighs(s) if s.decision == "DENY"

# METADATA
# title: heard_for
# scope: document
# description: Whether a statement counts where those agencies ask.
# custom:
#   rules: [E4]
#   source: UNHCR Best Interests Procedure 2021
heard_for(s, _) if s.guardian == ""

heard_for(s, agencies) if {
	guardian := input.guardians[s.guardian]
	guardian.conflict == false
	{guardian.agency} & agencies == set()
}

# METADATA
# title: sound_guardian
# description: What is known of one who speaks for her is whole.
# custom:
#   rules: [E4]
#   source: UNHCR Best Interests Procedure 2021
sound_guardian(guardian) if {
	is_boolean(guardian.conflict)
	is_string(guardian.agency)
	is_number(guardian.from)
	is_number(guardian.until)
}

# METADATA
# title: with_views
# scope: document
# description: Up to 12 a guardian's consent goes with the child's views.
# custom:
#   rules: [E2]
#   source: UNHCR Best Interests Procedure 2021
with_views(need, s) if {
	need in {"VIEWS", "ASSENT", "ALL"}
	s.views == true
}

with_views(need, _) if need in {"WRITTEN", "OWN"}

# METADATA
# title: in_office
# description: He spoke for her when he said it.
# custom:
#   rules: [E2, E4]
#   source: UNHCR Best Interests Procedure 2021
in_office(s) if {
	guardian := input.guardians[s.guardian]
	s.given_at >= guardian.from
	s.given_at < guardian.until
}

# METADATA
# title: within
# description: A guardian's statement, as long as he speaks for her.
# custom:
#   rules: [E2, E4]
#   source: UNHCR Best Interests Procedure 2021
within(s) := object.union(s, {
	"from": max([s.from, input.guardians[s.guardian].from]),
	"until": min([s.until, input.guardians[s.guardian].until]),
})

# METADATA
# title: in_place
# description: >-
#   What was decided in her best interests in place of a voice: by a panel, whatever
#   that voice says; by case worker and supervisor, where it refuses nothing.
# custom:
#   rules: [C7, E3, E5]
#   source: UNHCR Best Interests Procedure 2021
in_place(voice, leaf, receiver, category) := {said |
	said := decided_for(voice, "DETERMINATION", leaf, receiver, category)
} | {said |
	silent(voice, leaf, receiver)
	said := decided_for(voice, "ASSESSMENT", leaf, receiver, category)
}

# METADATA
# title: silent
# scope: document
# description: The voice in whose place an assessment stands has not refused.
# custom:
#   rules: [E3, E5]
#   source: UNHCR Best Interests Procedure 2021
silent("PERSON", leaf, _) if unrefused([s | some s in leaf; s.voice == "PERSON"])

silent("CAREGIVER", leaf, receiver) if guardians_agree(leaf, receiver)

# METADATA
# title: decided_for
# description: The latest decisions of a kind, where all of them open in place of the voice.
# custom:
#   rules: [E3, E5]
#   source: UNHCR Best Interests Procedure 2021
decided_for(voice, kind, leaf, receiver, category) := said if {
	said := decisions(kind, leaf, receiver, category)
	every s in said {
		voice in input.best_interests[s.best_interests].stands_for
	}
}

# METADATA
# title: decisions
# description: >-
#   The latest decisions of a kind, where all of them open and are in effect, each as
#   long as it is valid.
# custom:
#   rules: [E5]
#   source: UNHCR Best Interests Procedure 2021
decisions(kind, leaf, receiver, category) := [valid(s) | some s in last] if {
	last := latest([s |
		some s in leaf
		s.voice == "BEST_INTERESTS"
		input.best_interests[s.best_interests].kind == kind
	])
	count(last) > 0
	every s in last {
		opens(s, receiver, category)
		in_effect(input.best_interests[s.best_interests])
	}
}

# METADATA
# title: unopposed
# description: Nobody's latest decision in her best interests, assessment or determination, says no.
# custom:
#   rules: [C4, E5]
#   source: UNHCR Best Interests Procedure 2021
unopposed(leaf) if {
	every kind in {"ASSESSMENT", "DETERMINATION"} {
		unrefused([s |
			some s in leaf
			s.voice == "BEST_INTERESTS"
			input.best_interests[s.best_interests].kind == kind
		])
	}
}

# METADATA
# title: determined
# scope: document
# description: For JUSTICE and RETURN the panel's determination; for other purposes none is needed.
# custom:
#   rules: [E5]
#   source: UNHCR Best Interests Procedure 2021
determined(_, _, purpose, _) := {[]} if purpose in (opening_purposes - {"JUSTICE", "RETURN"})

determined(leaf, receiver, purpose, category) := {said |
	said := decisions("DETERMINATION", leaf, receiver, category)
} if {
	purpose in {"JUSTICE", "RETURN"}
}

# METADATA
# title: in_effect
# scope: document
# description: >-
#   An assessment is signed by a case worker and another as supervisor, both of the
#   owner; a determination by at least three people of at least two agencies.
# custom:
#   rules: [E5]
#   source: UNHCR Best Interests Procedure 2021
in_effect(decision) if {
	decision.kind == "ASSESSMENT"
	some worker in decision.signed
	worker.as == "WORKER"
	worker.agency == owner
	is_name(worker.member)
	some supervisor in decision.signed
	supervisor.as == "SUPERVISOR"
	supervisor.agency == owner
	is_name(supervisor.member)
	supervisor.member != worker.member
}

in_effect(decision) if {
	decision.kind == "DETERMINATION"
	panel := {s | some s in decision.signed; s.as == "PANEL"; is_name(s.agency); is_name(s.member)}
	count({s.member | some s in panel}) >= 3
	count({s.agency | some s in panel}) >= 2
}

# METADATA
# title: sound_decision
# description: What is known of a decision in her best interests is whole.
# custom:
#   rules: [E5]
#   source: UNHCR Best Interests Procedure 2021
sound_decision(decision) if {
	decision.kind in {"ASSESSMENT", "DETERMINATION"}
	is_array(decision.stands_for)
	is_array(decision.signed)
	is_number(decision.review_at)
}

# METADATA
# title: valid
# description: A decision's statement until its review; an assessment's for 30 days at most.
# custom:
#   rules: [E5]
#   source: UNHCR Best Interests Procedure 2021
valid(s) := object.union(s, {"until": min([s.until, input.best_interests[s.best_interests].review_at, longest(s)])})

# METADATA
# title: longest
# scope: document
# description: How long a decision may be valid at most.
# custom:
#   rules: [E5]
#   source: UNHCR Best Interests Procedure 2021
longest(s) := s.given_at + (30 * day) if input.best_interests[s.best_interests].kind == "ASSESSMENT"

longest(s) := forever if input.best_interests[s.best_interests].kind == "DETERMINATION"

# METADATA
# title: as_incapable
# description: >-
#   The windows in which an adult who is incapable is spoken for by a decision in her
#   best interests, as a child is: never against her own refusal, and for JUSTICE and
#   RETURN by a panel.
# custom:
#   rules: [C7, E5]
#   source: UNHCR Best Interests Procedure 2021
as_incapable(leaf, receiver, purpose, category) := {said |
	some spell in input.incapacities
	unrefused([s | some s in leaf; s.voice == "PERSON"; lasts(s)])
	unopposed(leaf)
	some voices in in_place("PERSON", leaf, receiver, category)
	some panel in determined(leaf, receiver, purpose, category)
	said := said_by(array.concat(voices, panel), max([spell.from, adult_from]), spell.until, forever)
	said.from < said.until
}

# METADATA
# title: lasts
# scope: document
# description: >-
#   What she refused stands while she is incapable, and what she permitted before: a yes
#   from then takes no refusal back.
# custom:
#   rules: [C7]
#   source: practice
lasts(s) if s.decision == "DENY"

lasts(s) if capable(s)

# METADATA
# title: capable
# description: She was not incapable when she said it.
# custom:
#   rules: [C7]
#   source: practice
capable(s) if {
	every spell in input.incapacities {
		outside(s.given_at, spell)
	}
}

# METADATA
# title: outside
# scope: document
# description: A moment lies before or after a spell.
# custom:
#   rules: [C7]
#   source: practice
outside(moment, spell) if moment < spell.from

outside(moment, spell) if moment >= spell.until
