# METADATA
# title: Who may see what of a case
# description: >-
#   Computes every access that follows from one case's facts. It reads no clock:
#   each access is an interval [from, until) in UTC microseconds. Whatever is
#   missing, mistyped or unknown opens nothing, and facts whose frame is broken
#   leave the rule undefined, which its caller takes for an error. Whether agencies and
#   agreements are suspended is not known here: each access names those that it
#   needs, and both walls ask their gates. What the rules say of statements, of
#   children, of legal bases, of agreements, of what is passed on and which words they know
#   stands in the other files of
#   this package.
# schemas:
#   - input: schema.facts
package sala.access

# METADATA
# title: access
# description: >-
#   The set of accesses, one for each assigned member, team or unit, one for the
#   whole agency, which counts only in its mode AGENCY, and one for its supervisors
#   (D5); previews are the agency's. One that names a unit counts, for each of these, for
#   the members of that unit alone (A5).
# entrypoint: true
# custom:
#   rules: [A1, A2, A3, A4, A5, A6, B1, B5, C1, C2, C3, C4, C5, C6, C7, C8, C9, D1, D2, D3, D4, D5, D6, D7, D8, E1, E2, E3, E4, E5, E6, F1, F2, F3, J7]
#   source: IOM Data Protection Manual; practice where none is named
access := (((assigned | whole) | supervised) | previewed) | glassed if framed

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
	is_array(input.incapacities)
	every spell in input.incapacities {
		is_number(spell.from)
		is_number(spell.until)
	}
	is_array(input.recoveries)
	every period in input.recoveries {
		is_number(period.from)
		is_number(period.until)
		is_boolean(period.asked)
	}
	is_array(input.permissions)
	every part in [
		"agencies", "recordings", "consents", "referrals", "agreements", "assignments", "guardians",
		"best_interests",
	] {
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
	some flow in ways
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
#   recorded nothing keeps nothing, and so not the case either. What a unit recorded, of
#   which its statement says so, stays with that unit.
# custom:
#   rules: [A1, A3, A5, B5, C1, C8]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
opened contains {
	"grantee": agency,
	"unit": unit,
	"contributor": agency,
	"action": "READ",
	"categories": categories_for(purpose),
	"purpose": purpose,
	"basis": own_basis(agency),
	"referral": "",
	"consent": "",
	"agreement": "",
	"referrer": "",
	"referral_agreement": "",
	"first_referral": "",
	"first_agreement": "",
	"first_referrer": "",
	"obligations": [],
	"from": from,
	"until": forever,
} if {
	some agency, purposes in input.recordings
	agency in grantees
	agency in keepers
	some purpose, leaves in purposes
	purpose in opening_purposes
	permits := [s |
		some category, leaf in leaves
		category in shareable
		some s in leaf
		statement(s)
		s.decision == "PERMIT"
	]
	some unit in {s.unit | some s in permits}
	from := min({s.from | some s in permits; s.unit == unit})
	from < forever
}

# METADATA
# title: opened (adding and correcting)
# description: >-
#   An agency adds and corrects its own rows while its recording stands and it
#   owns the case or has accepted a referral, within the unit that this names. Once
#   recording is withdrawn the file is in safekeeping.
# custom:
#   rules: [A4, A5, C1, C8]
#   source: IOM Data Protection Manual, principle 4 (consent)
opened contains {
	"grantee": agency,
	"unit": key.unit,
	"contributor": agency,
	"action": action,
	"categories": [c | some c in categories_for(purpose); object.union(key, {"category": c}) in pieces],
	"purpose": purpose,
	"basis": own_basis(agency),
	"referral": key.referral,
	"consent": key.consent,
	"agreement": "",
	"referrer": "",
	"referral_agreement": "",
	"first_referral": "",
	"first_agreement": "",
	"first_referrer": "",
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
			"unit": held.unit,
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
	some flow in ways
	flow.action == "READ"
	some key in {object.remove(piece, ["category"]) | some piece in flow.pieces}
	basis := resting_on(flow)
}

# METADATA
# title: flows
# description: >-
#   Each way from a contributor through a referral of the case's owner to its
#   receiver, or to one unit of it, under one agreement, with the windows in which her consent covers a
#   category. None starts after her death, nor, of what was opened for a child, once
#   she is an adult; and what she no longer lets be recorded is in safekeeping, which
#   shares nothing. A referral by anybody but the owner makes no flow here.
# custom:
#   rules: [A2, A5, A6, C7, C8, D1, D4, D7, E1, E6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
flows contains {
	"action": asked.action,
	"grantee": receiver,
	"unit": unit,
	"contributor": contributor,
	"purpose": referral.purpose,
	"referral": referral.id,
	"agreement": terms.id,
	"referrer": owner,
	"referral_agreement": terms.referral_agreement,
	"obligations": terms.obligations,
	"first_referral": "",
	"first_agreement": "",
	"first_referrer": "",
	"pieces": pieces,
} if {
	some receiver, list in input.referrals
	some referral in list
	from_owner(referral, receiver)
	asked := asks(referral)
	some unit in aims(referral, receiver)
	some contributor in sources[receiver]
	some terms in terms_between(contributor, receiver, referral.purpose)
	pieces := {piece |
		some category in referral.categories
		category in terms.categories
		some said in spoken(asked.action, receiver, unit, referral.purpose, category)
		contributor in said.contributors
		some safe in safeguarded(contributor, referral.purpose, category)
		some own in own_decision(contributor, receiver, referral, category)
		piece := {
			"category": category,
			"consent": said.consent,
			"from": after_recovery(referral.purpose, max([asked.from, said.from, terms.from, safe.from, own.from])),
			"until": min([asked.until, said.until, terms.until, safe.until, own.until]),
		}
		piece.from < piece.until
		piece.from < said.starts_before
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
# title: after_recovery
# scope: document
# description: >-
#   When something that would start at a moment starts: for JUSTICE not while a period of
#   recovery and reflection runs, unless she asks for it herself.
# custom:
#   rules: [D7]
#   source: Council of Europe Convention, article 13
after_recovery(purpose, from) := from if purpose in (opening_purposes - {"JUSTICE"})

after_recovery("JUSTICE", from) := start if {
	running := [period | some period in input.recoveries; period.asked == false]
	start := max({from} | {period.until | some period in running; period.from <= from; from < period.until})
	every period in running {
		outside(start, period)
	}
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
#   rules: [C9, D1, D4, D6]
#   source: ASEAN guideline on non-punishment 2025
resting_on(flow) := object.union(object.remove(flow, ["pieces", "action", "obligations"]), {
	"basis": "CONSENT_REFERRAL",
	"obligations": sort((obligations[flow.purpose] | {o | some o in flow.obligations})),
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
# description: >-
#   A sound referral of the case's owner to another agency that may hold accesses; it
#   passes on nothing.
# custom:
#   rules: [A2, D4, J7]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
from_owner(referral, receiver) if {
	owner in grantees
	receiver in grantees
	is_name(referral.id)
	referral.from == owner
	referral.onward_of == ""
	is_string(referral.unit)
	referral.to == receiver
	receiver != owner
	referral.purpose in opening_purposes
}

# METADATA
# title: aims
# scope: document
# description: >-
#   Whom of the receiver a referral may open anything to: the unit that it goes to; or, where
#   it goes to the agency as a whole, all of it, and each of its units that a statement
#   permits by name for the purpose. The empty name is the agency as a whole.
# custom:
#   rules: [A5, D1]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
aims(referral, _) := {referral.unit} if is_name(referral.unit)

aims(referral, receiver) := {""} | object.get(permitted_units, [receiver, referral.purpose], set()) if referral.unit == ""

# METADATA
# title: permitted_units
# description: By receiver and purpose, which of its units a statement permits by name.
# custom:
#   rules: [A5, C2]
#   source: IOM Data Protection Manual, principle 6 (confidentiality)
permitted_units[receiver][purpose] := {s.unit |
	some leaf in leaves
	some s in leaf
	is_name(s.unit)
	s.decision == "PERMIT"
} if {
	some receiver, _ in input.referrals
	some purpose, leaves in input.consents[receiver]
}

# METADATA
# title: standing
# scope: document
# description: Why and how long an agency may add to the case at all.
# custom:
#   rules: [A4]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
standing(agency, _) := {{"unit": "", "referral": "", "from": 0, "until": forever}} if agency == owner

standing(agency, purpose) := standing_onward(agency, purpose) | {window |
	some referral in input.referrals[agency]
	from_owner(referral, agency)
	referral.purpose == purpose
	asked := asks(referral)
	asked.action == "READ"
	window := {"unit": referral.unit, "referral": referral.id, "from": asked.from, "until": asked.until}
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
	recorded := recording(leaf, agency)
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
# title: own_basis
# scope: document
# description: What an agency's access to its own rows rests on.
# custom:
#   rules: [A2, A3]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
own_basis(agency) := "OWNERSHIP" if agency == owner

own_basis(agency) := "OWN_CONTRIBUTION" if agency != owner
