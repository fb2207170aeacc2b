# METADATA
# title: Who may see what of a case
# description: >-
#   Computes every access that follows from one case's facts. It reads no clock:
#   each access is an interval [from, until) in UTC microseconds. Whatever is
#   missing, mistyped or unknown opens nothing, and facts whose frame is broken
#   leave the rule undefined, which its caller takes for an error. It will not
#   open anything for children, on onward sharing, on what C9 guards, on legal
#   bases or by break-glass: no rule here produces such an access. Whether agencies
#   and agreements are suspended is not known here: each access names those that it
#   needs, and both walls ask their gates.
# schemas:
#   - input: schema.facts
package sala.access

# METADATA
# title: access
# description: >-
#   The set of accesses, one for each assigned member, team or unit, one for the
#   whole agency, which counts only in its mode AGENCY, and one for its supervisors
#   (D5); previews are the agency's.
# entrypoint: true
# custom:
#   rules: [A1, A2, A3, A4, A5, A6, B1, B5, C1, C2, C3, C4, C5, C6, C7, C8, C9, D1, D2, D3, D4, D5, D6, E1, E6, J7]
#   source: IOM Data Protection Manual; practice where none is named
access := ((assigned | whole) | supervised) | previewed if framed

# METADATA
# title: framed
# description: The facts have the shape without which nothing can be decided.
# custom:
#   rules: [A4, C7, D6, E1]
#   source: practice
framed if {
	is_string(input.case.id)
	is_name(input.case.owner)
	is_string(input.case.kind)
	is_number(input.case.adult_from)
	is_number(input.case.deceased_at)
	is_array(input.contributors)
	every part in ["agencies", "recordings", "consents", "referrals", "agreements", "assignments"] {
		is_object(input[part])
	}
}

# METADATA
# title: owner
# description: The one agency that owns the case.
# custom:
#   rules: [A4]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
owner := input.case.owner

# METADATA
# title: assigned
# description: >-
#   What is open to an agency is open to its members, teams and units that are
#   assigned. Which of them count for a viewer is the agency's need-to-know mode.
# custom:
#   rules: [A5, D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
assigned contains object.union(grant, {"member": member}) if {
	some grant in opened
	some member in input.assignments[grant.grantee]
	is_name(member)
}

# METADATA
# title: whole
# description: What is open to an agency, for each of its members in the mode AGENCY.
# custom:
#   rules: [A5, D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
whole contains object.union(grant, {"member": grant.grantee}) if {
	some grant in opened
}

# METADATA
# title: supervised
# description: Supervisors see worklists, without what names, finds or tells of her.
# custom:
#   rules: [A5, D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
supervised contains object.union(grant, {"member": "", "categories": seen}) if {
	some grant in opened
	grant.action == "READ"
	seen := [c | some c in grant.categories; c in supervisor_categories]
}

# METADATA
# title: previewed
# description: Before it decides, the receiver sees the minimised preview alone.
# custom:
#   rules: [C9, D2, D3, D5]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
previewed contains object.union(basis, {
	"action": "PREVIEW",
	"member": "",
	"categories": [],
	"consent": min({piece.consent | some piece in at}),
	"from": window[0],
	"until": window[1],
}) if {
	some flow in flows
	flow.action == "PREVIEW"
	flow.contributor == owner
	some window in {[piece.from, piece.until] | some piece in flow.pieces}
	at := {piece | some piece in flow.pieces; window == [piece.from, piece.until]}
	basis := resting_on(flow)
}

# METADATA
# title: opened (own rows)
# description: >-
#   The owner and whoever has a stored part keep reading their own rows, whatever is
#   withdrawn later. A statement about recording alone is no part: an agency that
#   recorded nothing keeps nothing, and so not the case either.
# custom:
#   rules: [A1, A3, B5, C1, C8]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
opened contains {
	"grantee": agency,
	"contributor": agency,
	"action": "READ",
	"categories": all_categories,
	"purpose": purpose,
	"basis": own_basis(agency),
	"referral": "",
	"consent": "",
	"agreement": "",
	"referrer": "",
	"referral_agreement": "",
	"obligations": [],
	"from": from,
	"until": forever,
} if {
	some agency, purposes in input.recordings
	agency in grantees
	agency in keepers
	some purpose, leaves in purposes
	purpose in opening_purposes
	from := min({s.from |
		some category, leaf in leaves
		category in shareable
		some s in leaf
		statement(s)
		s.decision == "PERMIT"
	})
	from < forever
}

# METADATA
# title: opened (adding and correcting)
# description: >-
#   An agency adds and corrects its own rows while its recording stands and it
#   owns the case or has accepted a referral. Once recording is withdrawn the
#   file is in safekeeping.
# custom:
#   rules: [A4, C1, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
opened contains {
	"grantee": agency,
	"contributor": agency,
	"action": action,
	"categories": [c | some c in all_categories; object.union(key, {"category": c}) in pieces],
	"purpose": purpose,
	"basis": own_basis(agency),
	"referral": key.referral,
	"consent": key.consent,
	"agreement": "",
	"referrer": "",
	"referral_agreement": "",
	"obligations": [],
	"from": key.from,
	"until": key.until,
} if {
	some agency, purposes in keeping
	agency in grantees
	some purpose, leaves in purposes
	purpose in opening_purposes
	pieces := {piece |
		some category, recorded in leaves
		some held in standing(agency, purpose)
		piece := {
			"category": category,
			"consent": recorded.consent,
			"referral": held.referral,
			"from": max([recorded.from, held.from]),
			"until": min([recorded.until, held.until]),
		}
		piece.from < piece.until
	}
	some key in {object.remove(piece, ["category"]) | some piece in pieces}
	some action in ["ADD", "CORRECT"]
}

# METADATA
# title: opened (shared rows)
# description: >-
#   An accepted referral, her consent and an agreement, all three, open the
#   referring agency's rows, and those of others whom her consent names.
# custom:
#   rules: [A2, A6, B5, C9, D1, D3]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
opened contains object.union(basis, {
	"action": "READ",
	"categories": array.concat(["CASE"], [c | some c in all_categories; object.union(key, {"category": c}) in flow.pieces]),
	"consent": key.consent,
	"from": key.from,
	"until": key.until,
}) if {
	some flow in flows
	flow.action == "READ"
	some key in {object.remove(piece, ["category"]) | some piece in flow.pieces}
	basis := resting_on(flow)
}

# METADATA
# title: flows
# description: >-
#   Each way from a contributor through a referral of the case's owner to its
#   receiver under one agreement, with the windows in which her consent covers a
#   category. None opens before she is surely an adult, and none at all where that
#   day is unknown; none starts after her death; and what she no longer lets be
#   recorded is in safekeeping, which shares nothing. Onward sharing is not built: a
#   referral by anybody but the owner makes no flow.
# custom:
#   rules: [A2, C7, C8, D1, D4, E1]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
flows contains {
	"action": asked.action,
	"grantee": receiver,
	"contributor": contributor,
	"purpose": referral.purpose,
	"referral": referral.id,
	"agreement": terms.id,
	"referrer": owner,
	"referral_agreement": terms.referral_agreement,
	"pieces": pieces,
} if {
	some receiver, list in input.referrals
	some referral in list
	from_owner(referral, receiver)
	asked := asks(referral)
	some contributor in sources[receiver]
	some terms in terms_between(contributor, receiver, referral.purpose)
	pieces := {piece |
		some category in referral.categories
		category in terms.categories
		said := consented(receiver, referral.purpose, category)
		contributor in said.contributors
		some safe in safeguarded(contributor, referral.purpose, category)
		piece := {
			"category": category,
			"consent": said.consent,
			"from": max([asked.from, said.from, terms.from, adult_from, safe.from]),
			"until": min([asked.until, said.until, terms.until, safe.until]),
		}
		piece.from < piece.until
		in_lifetime(asked.action, piece.from)
	}
}

# METADATA
# title: safeguarded
# scope: document
# description: >-
#   The windows in which a contributor's rows of a category are recorded with her
#   consent, or on its basis, for the purpose; another contributor's only while the
#   owner's own file is not in safekeeping for that purpose.
# custom:
#   rules: [C1, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
safeguarded(contributor, purpose, category) := {{"from": recorded.from, "until": recorded.until} |
	some recorded in [keeping[contributor][purpose][category]]
} if {
	contributor == owner
}

safeguarded(contributor, purpose, category) := {window |
	recorded := keeping[contributor][purpose][category]
	some file in keeping[owner][purpose]
	window := {"from": max([recorded.from, file.from]), "until": min([recorded.until, file.until])}
} if {
	contributor != owner
}

# METADATA
# title: in_lifetime
# scope: document
# description: >-
#   After her death nothing new is shared: no preview, and no reading that starts
#   then. What was open before stays to its end.
# custom:
#   rules: [C7]
#   source: practice
in_lifetime(_, _) if input.case.deceased_at == -1

in_lifetime("READ", from) if from < input.case.deceased_at

# METADATA
# title: resting_on
# description: What an access through a flow names as its ground, and its obligations.
# custom:
#   rules: [C9, D1]
#   source: ASEAN guideline on non-punishment 2025
resting_on(flow) := object.union(object.remove(flow, ["pieces", "action"]), {
	"basis": "CONSENT_REFERRAL",
	"obligations": [o | some o in object.get(obligations, flow.purpose, [])],
})

# METADATA
# title: asks
# scope: document
# description: What a referral in its state asks for, and within which time.
# custom:
#   rules: [D2, D3]
#   source: practice
asks(referral) := {"action": "READ", "from": referral.accepted_at, "until": referral.until} if {
	referral.state in {"ACCEPTED", "ACCEPTED_IN_PART"}
	is_time(referral.accepted_at)
	is_time(referral.until)
}

asks(referral) := {"action": "PREVIEW", "from": referral.offered_at, "until": referral.reply_by} if {
	referral.state in {"OFFERED", "INFORMATION_ASKED", "WAITING"}
	is_time(referral.offered_at)
	is_time(referral.reply_by)
}

# METADATA
# title: from_owner
# description: A sound referral of the case's owner to another agency that may hold accesses.
# custom:
#   rules: [A2, D4, J7]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
from_owner(referral, receiver) if {
	owner in grantees
	receiver in grantees
	is_name(referral.id)
	referral.from == owner
	referral.to == receiver
	receiver != owner
	referral.purpose in opening_purposes
}

# METADATA
# title: standing
# scope: document
# description: Why and how long an agency may add to the case at all.
# custom:
#   rules: [A4]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
standing(agency, _) := {{"referral": "", "from": 0, "until": forever}} if agency == owner

standing(agency, purpose) := {{"referral": referral.id, "from": asked.from, "until": asked.until} |
	some referral in input.referrals[agency]
	from_owner(referral, agency)
	referral.purpose == purpose
	asked := asks(referral)
	asked.action == "READ"
} if {
	agency != owner
}

# METADATA
# title: kept
# description: By agency, purpose and category, the windows in which recording stands.
# custom:
#   rules: [C1, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
kept[agency][purpose][category] := recorded if {
	some agency, purposes in input.recordings
	some purpose, leaves in purposes
	some category, leaf in leaves
	category in shareable
	recorded := recording(leaf)
}

# METADATA
# title: keeping
# description: The whole index of kept at once, as agreed is of agreements.
# custom:
#   rules: [C1, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
keeping := kept

# METADATA
# title: keepers
# description: Who has a file of the case, be it empty - the owner - or a stored part.
# custom:
#   rules: [A3]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
keepers := {owner} | {agency | some agency in input.contributors}

# METADATA
# title: recording
# description: >-
#   The window in which the statements of one leaf let its agency record: the
#   latest of each voice that counts must be a yes.
# custom:
#   rules: [C1, C4, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
recording(leaf) := decided(last) if {
	every s in leaf {
		statement(s)
	}
	voices := counting(leaf)
	last := [s |
		some voice in voices
		some s in latest([t | some t in leaf; t.voice == voice])
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
counting(leaf) := {"PERSON"} if {
	some s in leaf
	s.voice == "PERSON"
	s.given_at >= adult_from
} else := {s.voice | some s in leaf}

# METADATA
# title: consented
# description: >-
#   The window in which her statements open a category of a purpose to a
#   recipient. Her latest statement decides; of several at once every one must
#   open; a no to the agency outlasts any yes to its class. A statement that
#   opens nothing, being provisional, to a class of which the recipient cannot be
#   one, or too broad, still counts as the latest.
# custom:
#   rules: [A2, B1, C2, C3, C4, C6, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
consented(receiver, purpose, category) := object.union(decided(last), {
	"from": max({last[0].given_at} | {s.from | some s in last}),
	"contributors": ({owner} | intersection({{c | some c in s.contributors} | some s in last})),
}) if {
	may_be_named(purpose, category)
	leaf := input.consents[receiver][purpose][category]
	every s in leaf {
		statement(s)
	}
	hers := [s | some s in leaf; s.voice == "PERSON"]
	last := latest(hers)
	every s in last {
		opens(s, receiver, category)
	}
	every s in latest([t | some t in hers; t.by_class == false]) {
		s.decision == "PERMIT"
	}
}

# METADATA
# title: opens
# description: >-
#   Whether a statement, if it decides, opens the category to the recipient. What she
#   permitted as a child does not: at 18 her own consent is sought anew.
# custom:
#   rules: [B1, C3, C6, E1, E6]
#   source: IOM Data Protection Manual, principle 4 (consent)
opens(s, receiver, category) if {
	s.decision == "PERMIT"
	s.given_at >= adult_from
	s.strength == "FULL"
	named_enough(s, receiver)
	single_enough(s, category)
}

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
#   been a no. Form, presence, language and the seven checks are kept with it and
#   decide nothing here but its strength.
# custom:
#   rules: [C4, C5, C6]
#   source: HTCDS 2.0 and its issue 28
statement(s) if {
	is_name(s.consent)
	s.decision in {"PERMIT", "DENY"}
	s.strength in {"FULL", "PROVISIONAL"}
	s.voice in {"PERSON", "CAREGIVER"}
	is_boolean(s.by_class)
	is_boolean(s.singly)
	is_time(s.given_at)
	is_number(s.from)
	is_number(s.until)
}

# METADATA
# title: may_be_named
# scope: document
# description: >-
#   What consent may open to another agency at all. CASE is never named; what C9
#   guards is not built and opens nothing.
# custom:
#   rules: [B5, C2, C9]
#   source: IOM Data Protection Manual, principle 4 (consent)
may_be_named(purpose, category) if {
	purpose in (opening_purposes - {"JUSTICE"})
	category in shareable
}

may_be_named("JUSTICE", category) if category in justice_categories

# METADATA
# title: sources
# description: >-
#   By receiver, whose rows may reach it: the owner's, and those of other
#   contributors whom a statement names, never an international organisation's.
# custom:
#   rules: [A2, A6]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
sources[receiver] := {owner} | {c |
	some leaves in input.consents[receiver]
	some leaf in leaves
	some s in leaf
	some c in s.contributors
	input.agencies[c].kind in contributor_kinds
	c != receiver
} if {
	some receiver, _ in input.referrals
}

# METADATA
# title: terms_between
# scope: document
# description: >-
#   The agreements under which a contributor's rows may reach the receiver for
#   the purpose. Another contributor's stand within the owner's with the
#   receiver, on which the referral itself rests: both count, for what both cover.
# custom:
#   rules: [A2, D1, D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
terms_between(contributor, receiver, purpose) := {object.union(a, {"referral_agreement": a.id}) |
	some a in agreed[contributor][receiver]
	purpose in a.purposes
} if {
	contributor == owner
}

terms_between(contributor, receiver, purpose) := {both |
	some a in agreed[contributor][receiver]
	purpose in a.purposes
	some b in agreed[owner][receiver]
	purpose in b.purposes
	both := object.union(a, {
		"referral_agreement": b.id,
		"categories": [c | some c in a.categories; c in b.categories],
		"from": max([a.from, b.from]),
		"until": min([a.until, b.until]),
	})
} if {
	contributor != owner
}

# METADATA
# title: agreed
# description: >-
#   The whole index of agreements at once: looking a pair up then costs the same
#   however many there are.
# custom:
#   rules: [D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
agreed := agreements

# METADATA
# title: agreements
# description: By contributor and receiver, the sound agreements for this kind of case.
# custom:
#   rules: [D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
agreements[contributor][receiver] contains {
	"id": a.id,
	"purposes": a.purposes,
	"categories": a.categories,
	"from": a.from,
	"until": a.until,
} if {
	some contributor in {c | some set in sources; some c in set}
	some a in input.agreements[contributor]
	is_name(a.id)
	is_number(a.from)
	is_number(a.until)
	input.case.kind in a.case_kinds
	contributor in a.parties
	some receiver in a.parties
	input.referrals[receiver]
}

# METADATA
# title: grantees
# description: Agencies that may hold accesses; regional counterparts never do.
# custom:
#   rules: [J7]
#   source: practice
grantees contains agency if {
	some agency, facts in input.agencies
	is_name(agency)
	facts.kind in (class_kinds | named_kinds)
}

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
# title: own_basis
# scope: document
# description: What an agency's access to its own rows rests on.
# custom:
#   rules: [A2, A3]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
own_basis(agency) := "OWNERSHIP" if agency == owner

own_basis(agency) := "OWN_CONTRIBUTION" if agency != owner

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
#   What she may open for JUSTICE without the safeguards of C9, which are not built.
# custom:
#   rules: [C9]
#   source: ASEAN guideline on non-punishment 2025
justice_categories := {
	"IDENTITY", "CONTACT", "PROFILE", "FAMILY", "TRAFFICKING", "PROTECTION", "ASSISTANCE",
	"JUSTICE", "SUSPECT",
}

# METADATA
# title: supervisor_categories
# description: >-
#   What supervisors see: nothing that names, finds or tells of her.
# custom:
#   rules: [D5]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
supervisor_categories := {
	"CASE", "PROFILE", "FAMILY", "TRAFFICKING", "PROTECTION", "HEALTH", "ASSISTANCE",
	"JUSTICE", "SUSPECT",
}

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
# description: By purpose, what an access obliges its holder to.
# custom:
#   rules: [C9]
#   source: ASEAN guideline on non-punishment 2025
obligations := {"JUSTICE": ["NON_PUNISHMENT"]}

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
#   Kinds of agency whose rows another's referral may open: not an international
#   organisation's.
# custom:
#   rules: [A6]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
contributor_kinds := (class_kinds | named_kinds) - {"INTERNATIONAL_ORGANISATION"}
