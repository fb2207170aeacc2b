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
