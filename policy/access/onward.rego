# What is passed on, and what a contributor itself decides.
#
# Finds the flows of an onward referral: from a contributor through the owner's referral
# to the agency that passes on, and from there to a third. Each rests on both links; when
# one of them ends, so does it. One step: a referral that names another onward referral as
# its first makes no flow. What an international organisation contributed opens by its own
# decision alone.
package sala.access

# METADATA
# title: ways
# description: Every way to a contributor's rows, by the owner's referral or passed on.
# custom:
#   rules: [A2, D4]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
ways := flows | onward_flows

# METADATA
# title: onward_flows
# description: >-
#   Each way from a contributor through the owner's referral to its receiver, who passes it
#   on to a third agency: within what reaches the first, what she says to both, what the
#   agreements of both links cover, and what the contributor and the owner let be passed on.
# custom:
#   rules: [A6, C2, C7, D1, D4, D7]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
onward_flows contains {
	"action": asked.action,
	"grantee": receiver,
	"unit": unit,
	"contributor": first.contributor,
	"purpose": referral.purpose,
	"referral": referral.id,
	"agreement": first.agreement,
	"referrer": referral.from,
	"referral_agreement": terms.id,
	"first_referral": first.referral,
	"first_agreement": first.referral_agreement,
	"first_referrer": owner,
	"obligations": (first.obligations | terms.obligations),
	"pieces": pieces,
} if {
	some receiver, list in input.referrals
	some referral in list
	passed_on(referral, receiver)
	asked := asks(referral)
	some unit in aims(referral, receiver)
	some first in flows
	first.action == "READ"
	first.referral == referral.onward_of
	first.grantee == referral.from
	first.purpose == referral.purpose
	first.contributor != receiver
	some terms in onward_agreed[referral.from][receiver]
	referral.purpose in terms.purposes
	pieces := {piece |
		some link in first.pieces
		link.category in referral.categories
		link.category in terms.categories
		let_on(referral.from, first.unit, referral.purpose, link.category)
		some said in spoken(asked.action, receiver, unit, referral.purpose, link.category)
		first.contributor in said.contributors
		some theirs in passes(first.contributor, first.agreement, referral, link.category)
		some ours in passes(owner, first.referral_agreement, referral, link.category)
		some mine in own_decision(first.contributor, receiver, referral, link.category)
		piece := {
			"category": link.category,
			"consent": said.consent,
			"from": after_recovery(
				referral.purpose,
				max([asked.from, link.from, said.from, terms.from, theirs.from, ours.from, mine.from]),
			),
			"until": min([asked.until, link.until, said.until, terms.until, theirs.until, ours.until, mine.until]),
		}
		piece.from < piece.until
		piece.from < said.starts_before
		in_lifetime(asked.action, piece.from)
	}
}

# METADATA
# title: passed_on
# description: >-
#   A sound referral by another than the owner to a third agency, which is neither the
#   owner nor the one that passes on, so that nothing goes round in a circle.
# custom:
#   rules: [D4, J7]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
passed_on(referral, receiver) if {
	referral.from in grantees
	receiver in grantees
	is_name(referral.id)
	is_name(referral.onward_of)
	is_string(referral.unit)
	referral.to == receiver
	referral.from != owner
	receiver != owner
	receiver != referral.from
	referral.purpose in opening_purposes
}

# METADATA
# title: onward_agreed
# description: By the agency that passes on and the third, the sound agreements for this kind of case.
# custom:
#   rules: [D4, D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
onward_agreed[sharer][receiver] contains {
	"id": a.id,
	"purposes": a.purposes,
	"categories": a.categories,
	"from": a.from,
	"until": a.until,
	"obligations": obliged(a),
} if {
	some receiver, list in input.referrals
	some referral in list
	is_name(referral.onward_of)
	sharer := referral.from
	some a in input.agreements[sharer]
	is_name(a.id)
	is_number(a.from)
	is_number(a.until)
	input.case.kind in a.case_kinds
	sharer in a.parties
	receiver in a.parties
}

# METADATA
# title: let_on
# description: >-
#   Whoever spoke last about the agency that passes on, or the unit of it that reads, for the
#   purpose and category, lets it pass that on: she alone once she has spoken as an adult, until then all who spoke.
# custom:
#   rules: [A5, C4, D4]
#   source: IOM Data Protection Manual, principle 4 (consent)
let_on(sharer, unit, purpose, category) if {
	leaf := about(input.consents[sharer][purpose][category], unit)
	voices := counting(leaf)
	count(voices) > 0
	every voice in voices {
		every s in latest([t | some t in leaf; [t.voice, t.guardian] == voice]) {
			s.onward == true
		}
	}
}

# METADATA
# title: passes
# scope: document
# description: >-
#   The windows in which an agency lets be passed on what it gave under an agreement: always
#   where that says YES, once it has said so about this referral where it says ASK, never
#   where it says NO.
# custom:
#   rules: [D4, D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
passes(agency, agreement, referral, _) := {always} if {
	says(agency, referral.from, agreement) == "YES"
}

passes(agency, agreement, referral, category) := {window |
	some window in permitted(agency, referral.to, referral.purpose, category, {referral.id})
} if {
	says(agency, referral.from, agreement) == "ASK"
}

# METADATA
# title: says
# description: What the agreement under which an agency gave says of passing on.
# custom:
#   rules: [D4, D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
says(agency, sharer, agreement) := word if {
	some a in agreed[agency][sharer]
	a.id == agreement
	word := a.onward
}

# METADATA
# title: own_decision
# scope: document
# description: >-
#   The windows in which a contributor's rows may reach a recipient at all: always, but for an
#   international organisation by its own decision, which its own referral is.
# custom:
#   rules: [A6]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
own_decision(contributor, _, _, _) := {always} if {
	input.agencies[contributor].kind in contributor_kinds
}

own_decision(contributor, _, referral, _) := {always} if {
	input.agencies[contributor].kind == "INTERNATIONAL_ORGANISATION"
	referral.from == contributor
}

own_decision(contributor, receiver, referral, category) := {window |
	some window in permitted(contributor, receiver, referral.purpose, category, {"", referral.id})
} if {
	input.agencies[contributor].kind == "INTERNATIONAL_ORGANISATION"
	referral.from != contributor
}

# METADATA
# title: permitted
# description: The windows in which a contributor permits its rows of a category for a purpose to reach a recipient, by certain referrals.
# custom:
#   rules: [A6, D4]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
permitted(contributor, recipient, purpose, category, referrals) := {{"from": p.from, "until": p.until} |
	some p in input.permissions
	p.contributor == contributor
	p.recipient == recipient
	p.purpose == purpose
	category in p.categories
	p.referral in referrals
	is_number(p.from)
	is_number(p.until)
}

# METADATA
# title: always
# description: The window of what nothing bounds.
# custom:
#   rules: [A6, D4]
#   source: practice
always := {"from": 0, "until": forever}

# METADATA
# title: standing_onward
# description: >-
#   Why and how long a third agency may add rows of its own: by an accepted referral that
#   passes on, within the one by which its sender reads.
# custom:
#   rules: [A4, D4]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
standing_onward(agency, purpose) := {{
	"unit": referral.unit,
	"referral": referral.id,
	"from": max([asked.from, first.from]),
	"until": min([asked.until, first.until]),
} |
	some referral in input.referrals[agency]
	passed_on(referral, agency)
	referral.purpose == purpose
	asked := asks(referral)
	asked.action == "READ"
	some before in input.referrals[referral.from]
	before.id == referral.onward_of
	from_owner(before, referral.from)
	before.purpose == purpose
	first := asks(before)
	first.action == "READ"
}
