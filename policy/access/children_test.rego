package sala.access_children_test

import data.sala.access

day := 86400000000

# A girl of 8 whose 18th birthday is 10 years ahead; her mother speaks for her. The union
# "lwu" owns the case and refers her to the organisation "ngo".
grown := 4000 * day

now := 300 * day

said(change) := object.union(
	{
		"consent": "s1", "provision": "p1", "decision": "PERMIT", "strength": "FULL", "voice": "PERSON",
		"guardian": "", "best_interests": "", "basis": "CONSENT", "unit": "", "by_class": false, "singly": true, "onward": false,
		"written": false, "views": false, "mature": false, "free": true, "advised": false, "alone": true, "given_at": now, "from": now, "until": 9000 * day,
		"contributors": [],
	},
	change,
)

mother(change) := said(object.union({"consent": "m1", "voice": "CAREGIVER", "guardian": "mum", "views": true}, change))

decision(id, change) := said(object.union({"consent": concat("", ["s-", id]), "voice": "BEST_INTERESTS", "best_interests": id}, change))

no := {"decision": "DENY", "given_at": now + 1}

base := {
	"case": {"id": "c", "owner": "lwu", "kind": "CHILD_AT_RISK", "adult_from": grown, "deceased_at": -1},
	"agencies": {"lwu": {"kind": "UNION"}, "ngo": {"kind": "NGO"}, "shl": {"kind": "SHELTER"}, "pol": {"kind": "POLICE"}},
	"recordings": {"lwu": {purpose: {"IDENTITY": [said({"consent": "r1", "given_at": 100, "from": 100})]} |
		some purpose in access.opening_purposes
	}},
	"contributors": [],
	"consents": {"ngo": {}},
	"referrals": {"ngo": []},
	"agreements": {"lwu": [agreement]},
	"assignments": {},
	"guardians": {
		"mum": {"conflict": false, "agency": "", "from": 0, "until": 9000 * day},
		"dad": {"conflict": false, "agency": "", "from": 0, "until": 9000 * day},
	},
	"best_interests": {
		"as": {
			"kind": "ASSESSMENT", "stands_for": ["CAREGIVER", "PERSON"], "review_at": 9000 * day,
			"signed": [{"as": "WORKER", "agency": "lwu", "member": "ann"}, {"as": "SUPERVISOR", "agency": "lwu", "member": "sue"}],
		},
		"de": {"kind": "DETERMINATION", "stands_for": ["CAREGIVER", "PERSON"], "review_at": 8000 * day, "signed": panel},
	},
	"incapacities": [], "recoveries": [], "permissions": [],
}

panel := [
	{"as": "PANEL", "agency": "lwu", "member": "ann"}, {"as": "PANEL", "agency": "shl", "member": "shu"},
	{"as": "PANEL", "agency": "shl", "member": "shi"},
]

agreement := {
	"id": "a1", "parties": ["lwu", "ngo"], "purposes": [p | some p in access.opening_purposes], "categories": ["IDENTITY"],
	"case_kinds": ["CHILD_AT_RISK"], "from": 10, "until": 9000 * day, "onward": "NO",
}

referral(purpose, change) := object.union(
	{
		"id": "f1", "from": "lwu", "to": "ngo", "unit": "", "purpose": purpose, "categories": ["IDENTITY"], "state": "ACCEPTED",
		"offered_at": now, "reply_by": now + (20 * day), "accepted_at": now + day, "until": 9000 * day, "onward_of": "",
	},
	change,
)

put(path, value) := {"op": "add", "path": path, "value": value}

# The windows that statements open for a purpose, by a referral, after changes.
windows(statements, purpose, asked, changes) := {[a.from, a.until] | some a in accesses(statements, purpose, asked, changes); a.member == "ngo"}

accesses(statements, purpose, asked, changes) := rows if {
	facts := json.patch(base, array.concat(
		[
			put("/consents/ngo", {purpose: {"IDENTITY": statements}}),
			put("/referrals/ngo", [referral(purpose, asked)]),
		],
		changes,
	))
	rows := {a | some a in access.access with input as facts; a.grantee == "ngo"}
}

open(statements, changes) if count(windows(statements, "ASSISTANCE", {}, changes)) > 0

shut(statements, changes) if windows(statements, "ASSISTANCE", {}, changes) == set()

aged(years) := put("/case/adult_from", now + (day * ((18 - years) * 365)))

# E2: under 6 the guardian's consent with the child's views; she need say nothing.
test_under_six if {
	open([mother({})], [aged(3)])
	shut([mother({"views": false})], [aged(3)])
	shut([said({"written": true, "mature": true})], [aged(3)])
	shut([], [aged(3)])
}

# E2: from 6 on her assent too; from 12 on in writing; from 15 on hers alone may suffice.
test_bands if {
	shut([mother({})], [aged(8)])
	open([mother({}), said({})], [aged(8)])
	shut([mother({"views": false}), said({})], [aged(8)])
	shut([mother({}), said({})], [aged(13)])
	open([mother({"views": false}), said({"written": true})], [aged(13)])
	shut([said({"written": true, "mature": true})], [aged(13)])
	open([mother({"views": false}), said({"written": true})], [aged(16)])
	shut([mother({}), said({})], [aged(16)])
	shut([said({"written": true})], [aged(16)])
	open([said({"mature": true})], [aged(16)])
}

# E2: what suffices at 8 ends at 12, at most a day after her birthday.
test_windows_end_with_the_band if {
	oral := [mother({}), said({})]
	windows(oral, "ASSISTANCE", {}, []) == {[now + day, grown - (2191 * day)]}
	written := [mother({}), said({"written": true})]
	windows(written, "ASSISTANCE", {}, []) == {
		[now + day, grown - (2191 * day)], [grown - (2191 * day), grown - (1095 * day)], [grown - (1095 * day), grown + (30 * day)],
	}
	windows([mother({})], "ASSISTANCE", {}, [aged(3)]) == {[now + day, (now + (15 * (365 * day))) - (4382 * day)]}
}

# E1: of one whose age nobody knows whatever any band asks; and a date that can only be a
# mistake opens nothing.
test_unknown_age if {
	unknown := put("/case/adult_from", -1)
	windows([mother({}), said({"written": true})], "ASSISTANCE", {}, [unknown]) == {[now + day, 9000 * day]}
	shut([mother({}), said({})], [unknown])
	shut([mother({"views": false}), said({"written": true})], [unknown])
	shut([said({"written": true, "mature": true})], [unknown])
	shut([mother({}), said({"written": true})], [put("/case/adult_from", -62135596800000000)])
}

# E3: a child's refusal binds, whoever says yes; only a determination says otherwise.
test_refusal_binds if {
	shut([mother({}), said(no)], [aged(3)])
	shut([mother({}), said({}), said(no)], [])
	shut([mother({}), said(object.union(no, {"by_class": false})), said({"by_class": true, "given_at": now + 2})], [])
	shut([mother({}), said(no), decision("as", {})], [])
	open([mother({}), said(no), decision("de", {})], [])
	open([mother({}), said(no), decision("de", {})], [aged(3)])
	shut([mother({}), said(no), decision("de", {})], [put("/best_interests/de/stands_for", ["CAREGIVER"])])
	shut([said(object.union(no, {"mature": true}))], [aged(16)])
}

# C4: every guardian who has spoken says yes; an adult's or a panel's no beats it.
test_every_voice if {
	dad := {"guardian": "dad", "consent": "d1"}
	open([mother({}), mother(dad), said({})], [])
	shut([mother({}), mother(object.union(dad, {"decision": "DENY"})), said({})], [])
	shut([mother({}), mother(object.union(dad, {"decision": "DENY"})), said({}), decision("as", {})], [])
	open([mother({}), mother(object.union(dad, {"decision": "DENY"})), said({}), decision("de", {})], [])
	shut([mother({}), said({}), decision("de", no)], [])
	shut([mother({}), said({}), decision("as", no)], [])
	open([mother({}), said({}), decision("as", no), decision("as", {"given_at": now + 2})], [])
	windows([mother({"strength": "PROVISIONAL"}), said({})], "ASSISTANCE", {}, []) == {[now + day, now + (7 * day)]}
	windows([mother({}), said({"strength": "PROVISIONAL"})], "ASSISTANCE", {}, []) == {[now + day, now + (7 * day)]}
}

# E4: a guardian in conflict counts for nothing, neither a yes nor a no; nor does a member
# of the agency that asks or is asked.
test_guardian_in_conflict if {
	yes := [mother({}), said({})]
	every change in [
		put("/guardians/mum/conflict", true), put("/guardians/mum/agency", "lwu"), put("/guardians/mum/agency", "ngo"),
	] {
		shut(yes, [change])
		open([mother({"decision": "DENY"}), mother({"guardian": "dad"}), said({})], [change])
	}
	open(yes, [put("/guardians/mum/agency", "shl")])
	shut([mother({"decision": "DENY"}), mother({"guardian": "dad"}), said({})], [])
	recording := put("/recordings/lwu/ASSISTANCE/IDENTITY", [said({"given_at": 100, "from": 100}), mother({"decision": "DENY", "given_at": 110})])
	shut(yes, [recording])
	open([mother({"guardian": "dad"}), said({})], [recording, put("/guardians/mum/conflict", true)])
}

# E4: one who is not known by name closes and opens nothing; one who is not there silences.
test_guardians_are_known if {
	nobody := {"guardian": ""}
	shut([mother(nobody), said({})], [])
	shut([mother({}), mother(object.union(nobody, {"decision": "DENY"})), said({})], [])
	open([mother({}), mother(nobody), said({})], [])
	shut([mother({}), mother({"guardian": "gone"}), said({})], [])
	every change in [
		put("/guardians/mum/conflict", "false"), put("/guardians/mum/agency", null), put("/guardians/mum/from", "0"),
		put("/guardians/mum/until", null),
	] {
		shut([mother({}), said({})], [change])
	}
}

# E4: he speaks for her while he is her guardian.
test_guardianship_has_a_period if {
	yes := [mother({}), said({"written": true})]
	windows(yes, "ASSISTANCE", {}, [put("/guardians/mum/until", now + (9 * day))]) == {[now + day, now + (9 * day)]}
	shut(yes, [put("/guardians/mum/until", now)])
	shut(yes, [put("/guardians/mum/from", now + 1)])
}

# E5: an assessment is of a case worker and another as supervisor, for 30 days; it stands
# in for a voice that is silent, and for the voices that it names.
test_assessment if {
	both := [decision("as", {})]
	windows(both, "ASSISTANCE", {}, []) == {[now + day, now + (30 * day)]}
	windows(both, "ASSISTANCE", {}, [put("/best_interests/as/review_at", now + (3 * day))]) == {[now + day, now + (3 * day)]}
	shut(both, [put("/best_interests/as/stands_for", ["CAREGIVER"])])
	open([decision("as", {}), said({})], [put("/best_interests/as/stands_for", ["CAREGIVER"])])
	open([decision("as", {}), mother({})], [put("/best_interests/as/stands_for", ["PERSON"])])
	every signed in [
		[], [{"as": "WORKER", "agency": "lwu", "member": "ann"}],
		[{"as": "WORKER", "agency": "lwu", "member": "ann"}, {"as": "SUPERVISOR", "agency": "lwu", "member": "ann"}],
		[{"as": "WORKER", "agency": "lwu", "member": "ann"}, {"as": "SUPERVISOR", "agency": "ngo", "member": "sue"}],
		[{"as": "WORKER", "agency": "ngo", "member": "ann"}, {"as": "SUPERVISOR", "agency": "lwu", "member": "sue"}],
		[{"as": "PANEL", "agency": "lwu", "member": "ann"}, {"as": "SUPERVISOR", "agency": "lwu", "member": "sue"}],
	] {
		shut(both, [put("/best_interests/as/signed", signed)])
	}
}

# E5: a determination is of three people of two agencies, until its review.
test_determination if {
	yes := [decision("de", {})]
	windows(yes, "RETURN", {}, []) == {[now + day, grown - (2191 * day)], [grown - (2191 * day), grown - (1095 * day)], [grown - (1095 * day), grown]}
	windows(yes, "ASSISTANCE", {}, [put("/best_interests/de/review_at", now + (3 * day))]) == {[now + day, now + (3 * day)]}
	every signed in [
		[], [panel[0], panel[1]], [panel[0], panel[1], panel[1]],
		[s | some p in panel; s := object.union(p, {"agency": "lwu"})],
		[s | some p in panel; s := object.union(p, {"as": "WORKER"})],
		[panel[0], panel[1], object.union(panel[2], {"member": ""})],
	] {
		shut(yes, [put("/best_interests/de/signed", signed)])
	}
	every change in [
		put("/best_interests/de/kind", "ADVICE"), put("/best_interests/de/stands_for", "PERSON"),
		put("/best_interests/de/signed", {}), put("/best_interests/de/review_at", null),
	] {
		shut(array.concat(yes, [mother({}), said({"written": true})]), [change])
	}
}

# E5: for JUSTICE and RETURN the voices do not suffice: a panel has to determine it.
test_justice_and_return if {
	voices := [mother({}), said({"written": true})]
	every purpose in ["JUSTICE", "RETURN"] {
		windows(voices, purpose, {}, []) == set()
		windows(array.concat(voices, [decision("as", {})]), purpose, {}, []) == set()
		count(windows(array.concat(voices, [decision("de", {})]), purpose, {}, [])) == 3
		windows([said(no), decision("de", {})], purpose, {}, [put("/best_interests/de/stands_for", ["CAREGIVER"])]) == set()
	}
	every purpose in access.opening_purposes - {"JUSTICE", "RETURN"} {
		count(windows(voices, purpose, {}, [])) == 3
	}
}

# E6: at 18 JUSTICE and new sharing stop; PROTECTION and ASSISTANCE that are open stay for
# 30 days, unless she says otherwise herself.
test_eighteen if {
	yes := [mother({}), said({"written": true}), decision("de", {})]
	every purpose in ["PROTECTION", "ASSISTANCE"] {
		max({w[1] | some w in windows(yes, purpose, {}, [])}) == grown + (30 * day)
	}
	every purpose in access.opening_purposes - {"PROTECTION", "ASSISTANCE"} {
		max({w[1] | some w in windows(yes, purpose, {}, [])}) == grown
	}
	windows(yes, "ASSISTANCE", {"accepted_at": grown}, []) == set()
	windows(yes, "ASSISTANCE", {"accepted_at": grown - 1}, []) == {[grown - 1, grown + (30 * day)]}
	offered := {"state": "OFFERED", "reply_by": grown + (9 * day)}
	max({a.until | some a in accesses(yes, "ASSISTANCE", offered, [])}) == grown
	later := {"given_at": grown, "from": grown}
	windows(array.concat(yes, [said(object.union(later, {"decision": "DENY"}))]), "ASSISTANCE", {}, []) == set()
	windows(array.concat(yes, [said(later)]), "ASSISTANCE", {}, []) == {[grown, 9000 * day]}
	windows(array.concat(yes, [mother(object.union(later, {"decision": "DENY"}))]), "ASSISTANCE", {}, []) == windows(yes, "ASSISTANCE", {}, [])
}

spell := put("/incapacities", [{"from": now - day, "until": now + (40 * day)}])

adult := put("/case/adult_from", 50)

# C7: what she says while she is incapable opens nothing; what was decided in her best
# interests does, never against her refusal; and what she said before stands.
test_incapacity if {
	windows([said({})], "ASSISTANCE", {}, [adult]) == {[now + day, 9000 * day]}
	shut([said({})], [adult, spell])
	before := {"given_at": now - (2 * day), "from": 100}
	windows([said(before)], "ASSISTANCE", {}, [adult, spell]) == {[now + day, 9000 * day]}
	after := {"given_at": now + (40 * day), "from": 100}
	windows([said(after)], "ASSISTANCE", {}, [adult, spell]) == {[now + (40 * day), 9000 * day]}
	shut([decision("de", {})], [adult])
	windows([decision("de", {})], "ASSISTANCE", {}, [adult, spell]) == {[now + day, now + (40 * day)]}
	windows([decision("as", {})], "ASSISTANCE", {}, [adult, spell]) == {[now + day, now + (30 * day)]}
	windows([decision("as", {})], "JUSTICE", {}, [adult, spell]) == set()
	windows([decision("de", {})], "JUSTICE", {}, [adult, spell]) == {[now + day, now + (40 * day)]}
	shut([said(object.union(before, {"decision": "DENY"})), decision("de", {})], [adult, spell])
	shut([said(no), decision("de", {})], [adult, spell])

	# A yes of hers from then takes no refusal back, of before or of then.
	shut([said(object.union(before, {"decision": "DENY"})), said({}), decision("de", {})], [adult, spell])
	shut([said({}), said(object.union(no, {"given_at": now - 1})), decision("de", {})], [adult, spell])
	shut([decision("de", {}), decision("as", no)], [adult, spell])
	shut([mother({})], [adult, spell])
}
