package sala.access_test

import data.sala.access

# The organisation "ngo", which reads by f1, passes IDENTITY on to the shelter "shl" by f2.
passing := object.union(object.remove(base, ["contributors"]), {
	"contributors": [],
	"recordings": {
		"lwu": {"ASSISTANCE": {
			"IDENTITY": [said({"consent": "r1"})], "CONTACT": [said({"consent": "r1"})],
			"PROFILE": [said({"consent": "r1"})],
		}},
		"shl": {"ASSISTANCE": {"HEALTH": [said({"consent": "r2"})]}},
	},
	"consents": {
		"ngo": {"ASSISTANCE": {
			"IDENTITY": [said({"onward": true})], "CONTACT": [said({})], "PROFILE": [said({"onward": true})],
		}},
		"shl": {"ASSISTANCE": {"IDENTITY": [said({"consent": "s2"})], "CONTACT": [said({"consent": "s2"})], "PROFILE": [said({"consent": "s2"})]}},
	},
	"referrals": {"ngo": [referral], "shl": [onward_referral]},
	"agreements": {"lwu": [first_agreement], "ngo": [first_agreement, second_agreement], "shl": [second_agreement]},
	"assignments": {"lwu": ["ann"], "ngo": ["nok"], "shl": ["sam"]},
})

first_agreement := object.union(agreement, {"onward": "YES"})

second_agreement := object.union(agreement, {"id": "a2", "parties": ["ngo", "shl"], "until": 800})

onward_referral := object.union(referral, {
	"id": "f2", "from": "ngo", "to": "shl", "onward_of": "f1", "categories": ["IDENTITY", "CONTACT", "PROFILE"],
	"accepted_at": 250, "until": 850,
})

onwards(changes) := result if {
	result := access.access with input as json.patch(passing, changes)
}

# What is passed on to the shelter's member: contributor, categories, window.
reaches(changes) := {[a.contributor, a.categories, a.from, a.until] |
	some a in onwards(changes)
	a.action == "READ"
	a.member == "sam"
	a.grantee == "shl"
	a.contributor != "shl"
}

passes_identity := {["lwu", ["CASE", "IDENTITY"], 250, 800]}

# D4: through the one who passes on, on both links, of what both open.
test_passed_on_with_provenance if {
	{a | some a in onwards([]); a.grantee == "shl"; a.member == "sam"; a.action == "READ"; a.contributor == "lwu"} == {{
		"grantee": "shl", "member": "sam", "unit": "", "contributor": "lwu", "action": "READ", "categories": ["CASE", "IDENTITY"],
		"purpose": "ASSISTANCE", "basis": "CONSENT_REFERRAL", "referral": "f2", "consent": "s2", "agreement": "a1",
		"referrer": "ngo", "referral_agreement": "a2", "first_referral": "f1", "first_agreement": "a1",
		"first_referrer": "lwu", "obligations": ["DELETE_AT_END", "NO_ONWARD_SHARING", "ONWARD_SHARING_WITHIN_CONSENT", "PURPOSE_ONLY", "REPORT_BREACHES"], "from": 250, "until": 800,
	}}
	reaches([]) == passes_identity
}

# D4: each of what it rests on is needed.
test_each_link_is_needed if {
	every change in [
		put("/agreements/lwu/0/onward", "NO"), put("/agreements/lwu/0/onward", "ASK"), put("/agreements/lwu/0/onward", ""),
		put("/agreements/ngo/1/parties", ["shl", "pol"]), put("/agreements/ngo/1/purposes", ["RETURN"]),
		put("/agreements/ngo/1/categories", ["CONTACT"]), put("/agreements/ngo/1/case_kinds", ["OTHER"]),
		put("/agreements/ngo/1/id", ""), put("/agreements/ngo/1/from", "x"), put("/agreements/ngo/1/until", "x"),
		put("/consents/ngo/ASSISTANCE/IDENTITY/0/onward", false), put("/consents/ngo/ASSISTANCE/IDENTITY/0/decision", "DENY"),
		put("/consents/ngo/ASSISTANCE/IDENTITY", []),
		put("/consents/shl", {}), put("/consents/shl/ASSISTANCE/IDENTITY/0/decision", "DENY"),
		put("/referrals/ngo/0/state", "REVOKED"), put("/referrals/ngo/0/state", "COMPLETED"),
		put("/referrals/ngo/0/state", "OFFERED"), put("/referrals/ngo/0/until", 240),
		put("/referrals/ngo/0/purpose", "PROTECTION"), put("/referrals/ngo/0/id", "f9"),
		put("/referrals/shl/0/state", "REVOKED"), put("/referrals/shl/0/onward_of", ""), put("/referrals/shl/0/onward_of", "f9"),
		put("/referrals/shl/0/purpose", "PROTECTION"), put("/referrals/shl/0/from", "pol"), put("/referrals/shl/0/from", "lwu"),
		put("/referrals/shl/0/to", "pol"), put("/referrals/shl/0/id", ""), put("/referrals/shl/0/categories", ["CONTACT"]),
		put("/agencies/ngo/kind", "REGIONAL_COUNTERPART"), put("/agencies/shl/kind", "REGIONAL_COUNTERPART"),
		put("/recordings/lwu", {}),
	] {
		reaches([change]) == set()
	}
}

# D4: no longer than the one who passes on reads.
test_no_longer_than_the_first if {
	reaches([put("/referrals/ngo/0/until", 400)]) == {["lwu", ["CASE", "IDENTITY"], 250, 400]}
	reaches([put("/consents/ngo/ASSISTANCE/IDENTITY/0/until", 300)]) == {["lwu", ["CASE", "IDENTITY"], 250, 300]}
	reaches([put("/referrals/ngo/0/accepted_at", 280)]) == {["lwu", ["CASE", "IDENTITY"], 280, 800]}
}

# D4: where the agreement says ASK, the contributor's yes to this referral, and its window.
test_asked_first if {
	ask := put("/agreements/lwu/0/onward", "ASK")
	yes := {
		"contributor": "lwu", "recipient": "shl", "referral": "f2", "purpose": "ASSISTANCE",
		"categories": ["IDENTITY"], "from": 100, "until": 700,
	}
	reaches([ask, put("/permissions", [yes])]) == {["lwu", ["CASE", "IDENTITY"], 250, 700]}
	every change in [
		{"contributor": "pol"}, {"recipient": "pol"}, {"referral": ""}, {"referral": "f1"}, {"purpose": "RETURN"},
		{"categories": ["PROFILE"]}, {"from": "x"}, {"until": "x"}, {"until": 200},
	] {
		reaches([ask, put("/permissions", [object.union(yes, change)])]) == set()
	}
	reaches([put("/agreements/lwu/0/onward", "NO"), put("/permissions", [yes])]) == set()
}

# D4: once she has spoken as an adult her word alone lets it be passed on.
test_everybody_lets_it_be_passed_on if {
	both := put("/consents/ngo/ASSISTANCE/IDENTITY", [
		said({"onward": true}),
		said({"voice": "CAREGIVER", "given_at": 40, "onward": false}),
	])
	reaches([both]) == passes_identity
	reaches([both, put("/case/adult_from", 500)]) == set()
	reaches([put("/consents/ngo/ASSISTANCE/IDENTITY", [said({"onward": true}), said({"onward": false, "given_at": 120})])]) == set()
	reaches([put("/consents/ngo/ASSISTANCE/IDENTITY/0/onward", "yes")]) == set()
}

# D4: neither back to the owner, nor round, nor one step further.
test_no_circle_and_no_second_step if {
	onwards([put("/referrals/lwu", [object.union(onward_referral, {"id": "f3", "to": "lwu"})])]) == onwards([])
	third := object.union(onward_referral, {"id": "f3", "from": "shl", "to": "pol", "onward_of": "f2"})
	{a |
		some a in onwards([
			put("/referrals/pol", [third]), put("/assignments/pol", ["pim"]),
			put("/agreements/shl/1", object.union(second_agreement, {"id": "a3", "parties": ["pol", "shl"], "onward": "YES"})),
			put("/consents/pol", {"ASSISTANCE": {"IDENTITY": [said({})]}}),
			put("/consents/shl/ASSISTANCE/IDENTITY/0/onward", true),
		])
		a.grantee == "pol"
	} == set()
	onwards([put("/referrals/ngo/1", object.union(onward_referral, {"id": "f3", "to": "ngo"}))]) == onwards([])
}

# D2, D4: the preview before, of what would be passed on of the owner's.
test_previewed_when_passed_on if {
	offered := put("/referrals/shl/0", object.union(onward_referral, {"state": "OFFERED", "accepted_at": -1}))
	{[a.contributor, a.referrer, a.first_referral, a.from, a.until] |
		some a in onwards([offered])
		a.action == "PREVIEW"
	} == {["lwu", "ngo", "f1", 200, 300]}
	{a | some a in onwards([offered, put("/agreements/lwu/0/onward", "NO")]); a.action == "PREVIEW"} == set()
}

adds(changes) := {[a.referral, a.categories, a.from, a.until] |
	some a in onwards(changes)
	a.action == "ADD"
	a.member == "sam"
}

# A4, D4: the third adds rows of its own while both links stand.
test_the_third_adds_its_own if {
	adds([]) == {["f2", ["IDENTITY", "CONTACT", "HEALTH"], 250, 850]}
	adds([put("/referrals/ngo/0/until", 400)]) == {["f2", ["IDENTITY", "CONTACT", "HEALTH"], 250, 400]}
	every change in [
		put("/referrals/ngo/0/state", "REVOKED"), put("/referrals/ngo/0/id", "f9"), put("/referrals/ngo/0/purpose", "RETURN"),
		put("/referrals/shl/0/state", "OFFERED"), put("/referrals/shl/0/purpose", "RETURN"), put("/referrals/ngo/0/from", "pol"),
	] {
		adds([change]) == set()
	}
}

contributing(kind) := [
	put("/agencies/iom/kind", kind), put("/contributors", ["iom"]),
	put("/recordings/iom", {"ASSISTANCE": {"IDENTITY": [said({"consent": "r5"})]}}),
	put("/consents/ngo/ASSISTANCE/IDENTITY/0/contributors", ["iom"]),
	put("/consents/shl/ASSISTANCE/IDENTITY/0/contributors", ["iom"]),
	put("/agreements/iom", [object.union(agreement, {"id": "a4", "parties": ["iom", "ngo"], "onward": "YES"})]),
]

decides(change) := object.union(
	{
		"contributor": "iom", "recipient": "ngo", "referral": "", "purpose": "ASSISTANCE", "categories": ["IDENTITY"],
		"from": 0, "until": 5000,
	},
	change,
)

of_iom(changes) := {w | some w in reaches(changes); w[0] == "iom"}

# Another contributor's rows, too, within its own agreement with the one who passes on.
test_anothers_rows_are_passed_on if {
	open := {["iom", ["CASE", "IDENTITY"], 250, 800]}
	of_iom(contributing("NGO")) == open
	of_iom(array.concat(contributing("NGO"), [put("/consents/shl/ASSISTANCE/IDENTITY/0/contributors", [])])) == set()
	of_iom(array.concat(contributing("NGO"), [put("/agreements/iom/0/onward", "NO")])) == set()
	of_iom(array.concat(contributing("NGO"), [put("/referrals/shl/0/to", "iom")])) == set()

	# A6: an international organisation's own decision, for each recipient.
	of_iom(contributing("INTERNATIONAL_ORGANISATION")) == set()
	of_iom(array.concat(contributing("INTERNATIONAL_ORGANISATION"), [put("/permissions", [decides({})])])) == set()
	of_iom(array.concat(contributing("INTERNATIONAL_ORGANISATION"), [put("/permissions", [decides({}), decides({"recipient": "shl"})])])) == open
	of_iom(array.concat(contributing("INTERNATIONAL_ORGANISATION"), [put("/permissions", [decides({}), decides({"recipient": "shl", "referral": "f2"})])])) == open
	of_iom(array.concat(contributing("INTERNATIONAL_ORGANISATION"), [put("/permissions", [decides({}), decides({"recipient": "shl", "referral": "f9"})])])) == set()
}

organised(changes) := {[a.categories, a.from, a.until] |
	some a in given(array.concat(
		[
			put("/agencies/shl/kind", "INTERNATIONAL_ORGANISATION"),
			put("/agreements/shl", [object.union(agreement, {"id": "a5", "parties": ["shl", "ngo"]})]),
			leaf("IDENTITY", [said({"contributors": ["shl"]})]), leaf("CONTACT", [said({"contributors": ["shl"]})]),
		],
		changes,
	))
	a.contributor == "shl"
	a.member == "nok"
}

# A6: an international organisation's rows open by its own decision, in its window; its own
# referral is one.
test_an_international_organisation_decides if {
	yes := {
		"contributor": "shl", "recipient": "ngo", "referral": "", "purpose": "ASSISTANCE", "categories": ["CONTACT"],
		"from": 300, "until": 400,
	}
	organised([]) == set()
	organised([put("/permissions", [yes])]) == {[["CASE", "CONTACT"], 300, 400]}
	organised([put("/permissions", [object.union(yes, {"purpose": "RETURN"})])]) == set()
	organised([put("/permissions", [object.union(yes, {"recipient": "pol"})])]) == set()
	organised([put("/permissions", [object.union(yes, {"contributor": "lwu"})])]) == set()
	organised([put("/consents", {}), put("/permissions", [yes])]) == set()
	organised([put("/agreements/shl", []), put("/permissions", [yes])]) == set()
	identity([put("/agencies/lwu/kind", "INTERNATIONAL_ORGANISATION")]) == {[200, 900]}
}

traced := [
	put("/referrals/ngo/0/purpose", "TRACING"), put("/referrals/ngo/0/categories", array.slice(access.all_categories, 1, 14)),
	put("/agreements/lwu/0/purposes", ["TRACING"]), put("/agreements/lwu/0/categories", array.slice(access.all_categories, 1, 14)),
	put("/recordings/lwu", {"TRACING": {c: [said({"consent": "r1"})] | some c in access.shareable}}),
]

tracing(change) := put("/consents/ngo", {"TRACING": {c: [said(object.union({"alone": true, "singly": true}, change))] | some c in access.shareable}})

opens(change) := {c | some a in given(array.concat(traced, [tracing(change)])); a.member == "nok"; some c in a.categories}

# D8: who traces learns nothing of exploitation, and the consent names tracing alone.
test_tracing if {
	opens({}) == {
		"CASE", "IDENTITY", "CONTACT", "WHEREABOUTS", "PROFILE", "FAMILY", "PROTECTION", "HEALTH", "ASSISTANCE",
	}
	opens({"alone": false}) == set()
	opens({"strength": "PROVISIONAL"}) == {"CASE", "IDENTITY", "CONTACT", "PROFILE"}
	opens({"strength": "PROVISIONAL", "alone": false}) == set()
	{c | some a in given(array.concat(traced, [tracing({})])); a.purpose == "TRACING"; some c in a.categories} & {
		"TRAFFICKING", "NARRATIVE", "JUSTICE", "SUSPECT", "HEALTH_RESTRICTED",
	} == set()
}

for_unit := [put("/referrals/ngo/0/unit", "u1"), put("/consents/ngo/ASSISTANCE/IDENTITY/0/unit", "u1")]

then(change) := array.concat(for_unit, [put("/consents/ngo/ASSISTANCE/IDENTITY/1", said(object.union({"given_at": 150}, change)))])

onward_to(unit) := put("/referrals/shl/0/unit", unit)

# A5, D4: what reaches a unit is passed on from there, and not by the rest of its agency.
test_passed_on_by_a_unit if {
	reaches(for_unit) == passes_identity
	reaches(then({"unit": "u1", "onward": true, "decision": "DENY"})) == set()
	reaches(then({"unit": "u1", "onward": false})) == set()
	reaches(then({"unit": "u2", "onward": false})) == passes_identity
	reaches([put("/consents/ngo/ASSISTANCE/IDENTITY/0/unit", "u1"), put("/referrals/ngo/0/unit", "u2")]) == set()
}

# A5, D4: what is passed on to a unit is for that unit.
test_passed_on_to_a_unit if {
	reaches([onward_to("u3")]) == passes_identity
	{a.unit | some a in onwards([onward_to("u3")]); a.grantee == "shl"; a.contributor == "lwu"} == {"u3"}
	every unit in [null, 1] {
		reaches([onward_to(unit)]) == set()
	}
}
