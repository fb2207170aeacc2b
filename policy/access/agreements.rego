# Whose rows, under which agreements.
#
# Finds the agencies that may hold accesses, whose rows may reach them, and the
# agreements under which they do. Whether one is suspended is a gate, not known here.
package sala.access

# METADATA
# title: sources
# description: >-
#   By receiver, whose rows may reach it: the owner's, and those of other
#   contributors whom a statement names.
# custom:
#   rules: [A2, A6]
#   source: IOM Data Protection Manual, principle 11 (ownership of personal data)
sources[receiver] := {owner} | {c |
	some leaves in input.consents[receiver]
	some leaf in leaves
	some s in leaf
	some c in s.contributors
	c in grantees
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
		"obligations": (a.obligations | b.obligations),
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
	"onward": a.onward,
	"from": a.from,
	"until": a.until,
	"obligations": obliged(a),
} if {
	some contributor in {c | some set in sources; some c in set}
	some a in input.agreements[contributor]
	is_name(a.id)
	is_number(a.from)
	is_number(a.until)
	a.onward in {"NO", "ASK", "YES"}
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
# title: obliged
# description: >-
#   What an agreement obliges whoever receives under it to: whether and how it may pass on,
#   how long it keeps what it received, what becomes of it at the end, and to tell of a
#   breach. What is missing or not known is taken for the strictest.
# custom:
#   rules: [D4, D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties); HL7 v3-ActCode NORDSCLCD, DELAU
obliged(a) := ({passing_on(a), at_end(a)} | kept_for(a)) | {"REPORT_BREACHES"}

# METADATA
# title: passing_on
# scope: document
# description: Onward sharing is forbidden but where the agreement says otherwise.
# custom:
#   rules: [D4, D6]
#   source: IOM Data Protection Manual, principle 5 (transfer to third parties)
default passing_on(_) := "NO_ONWARD_SHARING"

passing_on(a) := "ASK_BEFORE_ONWARD_SHARING" if a.onward == "ASK"

passing_on(a) := "ONWARD_SHARING_WITHIN_CONSENT" if a.onward == "YES"

# METADATA
# title: at_end
# scope: document
# description: What was received is deleted at the agreement's end, or given back.
# custom:
#   rules: [D6]
#   source: IOM Data Protection Manual, principle 9 (retention)
default at_end(_) := "DELETE_AT_END"

at_end(a) := "RETURN_AT_END" if a.at_end == "RETURN"

# METADATA
# title: kept_for
# scope: document
# description: An agreement may say how long what was received is kept.
# custom:
#   rules: [D6]
#   source: IOM Data Protection Manual, principle 9 (retention)
default kept_for(_) := {"DELETE_AFTER_RETENTION"}

kept_for(a) := set() if a.retention_days == 0
