# What opens without her consent.
#
# Legal bases: a court's order, a statutory duty, a vital interest. Each opens what it
# names and no more, for its time, once the data-protection focal point of the agency
# whose rows they are has checked it; whoever asks never has a part in that. It needs no
# consent, no referral and no agreement; the gates of both agencies count all the same,
# as for every access.
package sala.access

# METADATA
# title: opened (legal bases)
# description: >-
#   What a checked legal basis opens of one contributor's rows to the agency that entered
#   it. It needs neither consent nor referral, and no agreement: what it rests on stands
#   above them. Where either agency is suspended its gate shuts it at once. After her
#   death a court's order and a statutory duty are what sharing can still rest on.
# custom:
#   rules: [A1, A2, A6, B5, C7, C9, D6, F1]
#   source: ICRC Handbook on Data Protection, chapter 3
opened contains {
	"grantee": basis.requester,
	"unit": "",
	"contributor": basis.contributor,
	"action": "READ",
	"categories": array.concat(["CASE"], [c | some c in all_categories; object.union(window, {"category": c}) in pieces]),
	"purpose": basis.purpose,
	"basis": "LEGAL_BASIS",
	"referral": "",
	"consent": "",
	"agreement": "",
	"referrer": "",
	"referral_agreement": "",
	"first_referral": "",
	"first_agreement": "",
	"first_referrer": "",
	"legal_basis": id,
	"obligations": sort((obligations[basis.purpose] | {"NO_ONWARD_SHARING"})),
	"from": window.from,
	"until": window.until,
} if {
	some id, basis in input.legal_bases
	is_name(id)
	checked(basis)
	pieces := {piece |
		some category in basis.categories
		lawful(basis, category)
		some stretch in stretches(basis, category)
		piece := object.union(stretch, {"category": category})
		piece.from < piece.until
	}
	some window in {object.remove(piece, ["category"]) | some piece in pieces}
}

# METADATA
# title: checked
# description: >-
#   A legal basis is whole, has an end, and was confirmed by somebody of the agency whose
#   rows they are: never by the agency that asks, nor by whoever entered it. That agency
#   has rows in the case; an international organisation's open by its own check too.
# custom:
#   rules: [A1, A6, F1, J7]
#   source: ICRC Handbook on Data Protection, chapter 3
checked(basis) if {
	basis.state == "CONFIRMED"
	basis.requester in grantees
	basis.contributor in grantees
	basis.contributor in keepers
	basis.requester != basis.contributor
	basis.checked_agency == basis.contributor
	is_name(basis.checked_by)
	is_name(basis.entered_by)
	basis.checked_by != basis.entered_by
	is_time(basis.checked_at)
	is_time(basis.from)
	is_time(basis.until)
	basis.until < forever
	basis.purpose in opening_purposes
	is_array(basis.categories)
}

# METADATA
# title: lawful
# description: >-
#   A category is named as it has to be, and such a basis may open it for its purpose:
#   who traces her family learns nothing of exploitation by a basis either.
# custom:
#   rules: [B1, C9, D8, F1]
#   source: ASEAN guideline on non-punishment 2025
lawful(basis, category) if {
	named_alone(basis.categories, category)
	category in reach(basis.kind, basis.purpose)
	category in categories_for(basis.purpose)
}

# METADATA
# title: named_alone
# scope: document
# description: A basis that names WHEREABOUTS or HEALTH_RESTRICTED names nothing else.
# custom:
#   rules: [B1]
#   source: practice
named_alone(categories, category) if {
	categories == [category]
}

named_alone(categories, _) if {
	every c in categories {
		c in broad_categories
	}
}

# METADATA
# title: reach
# scope: document
# description: >-
#   What a kind of basis may open for a purpose. For JUSTICE what C9 guards, and what is
#   restricted of her health, takes a court's order; a vital interest is never for JUSTICE.
# custom:
#   rules: [B2, C9, F1, F2]
#   source: ASEAN guideline on non-punishment 2025
reach("COURT_ORDER", _) := shareable

reach("STATUTORY_DUTY", "JUSTICE") := justice_categories

reach(kind, purpose) := shareable if {
	kind in {"STATUTORY_DUTY", "VITAL_INTEREST"}
	purpose in (opening_purposes - {"JUSTICE"})
}

# METADATA
# title: stretches
# scope: document
# description: >-
#   The windows in which a basis opens a category. A court's order stands throughout; a
#   statutory duty begins nothing for JUSTICE while she recovers; a vital interest lasts
#   for 72 hours from its check, in her lifetime, and never over her refusal as a capable
#   adult.
# custom:
#   rules: [C7, D7, F1, F2]
#   source: ICRC Handbook on Data Protection, chapter 3
stretches(basis, _) := {{"from": reaches_from(basis), "until": basis.until}} if basis.kind == "COURT_ORDER"

stretches(basis, _) := {{"from": after_recovery(basis.purpose, reaches_from(basis)), "until": basis.until}} if {
	basis.kind == "STATUTORY_DUTY"
}

stretches(basis, category) := {stretch |
	hers := own_words(basis, category)
	some spell in helped(hers)
	stretch := {
		"from": max([reaches_from(basis), spell.from]),
		"until": min([basis.until, basis.checked_at + (72 * hour), spell.until]),
	}
	in_lifetime("READ", stretch.from)
} if {
	basis.kind == "VITAL_INTEREST"
}

# METADATA
# title: reaches_from
# description: From when a basis opens anything, never before it was checked.
# custom:
#   rules: [F1]
#   source: ICRC Handbook on Data Protection, chapter 3
reaches_from(basis) := max([basis.from, basis.checked_at])

# METADATA
# title: own_words
# description: >-
#   What she has said herself of a category for the purpose, in three lists: to the agency
#   that asks, as a whole, and of recording by the agency whose rows they are and by the
#   case's owner.
#   A statement that is not sound, whosever, leaves it undefined: it might be her refusal.
# custom:
#   rules: [A5, C4, C8, F2]
#   source: ICRC Handbook on Data Protection, chapter 3
own_words(basis, category) := [[s | some s in leaf; s.voice == "PERSON"] | some leaf in heard] if {
	leaves := [
		object.get(input.consents, [basis.requester, basis.purpose, category], []),
		object.get(input.recordings, [basis.contributor, basis.purpose, category], []),
		object.get(input.recordings, [owner, basis.purpose, category], []),
	]
	every leaf in leaves {
		every s in leaf {
			statement(s)
		}
	}
	heard := [about(leaves[0], ""), leaves[1], leaves[2]]
}

# METADATA
# title: helped
# scope: document
# description: >-
#   When she can be helped: always where she refuses nothing; over what she refused as a
#   child, or while she was incapable, as long as she is still either; never over what she
#   refused as a capable adult, which a yes from when she was neither does not take back.
# custom:
#   rules: [C7, E3, F2]
#   source: ICRC Handbook on Data Protection, chapter 3
helped(hers) := {{"from": 0, "until": forever}} if {
	every list in hers {
		unrefused(list)
		unrefused({s | some s in list} - {s | some s in list; not_binding(s)})
	}
} else := {{"from": 0, "until": minor_until}} | {spell | some spell in input.incapacities} if {
	every list in hers {
		unrefused({s | some s in list} - {s | some s in list; not_binding(s)})
	}
}

# METADATA
# title: not_binding
# scope: document
# description: She said it as a child, or while she was incapable.
# custom:
#   rules: [C7, E1, F2]
#   source: ICRC Handbook on Data Protection, chapter 3
not_binding(s) if s.given_at < minor_until

not_binding(s) if {
	some spell in input.incapacities
	s.given_at >= spell.from
	s.given_at < spell.until
}

# METADATA
# title: hour
# description: An hour in microseconds.
# custom:
#   rules: [F2]
#   source: practice
hour := 3600000000
