package sala.access_test

import data.sala.access

# A woman's case: the union "lwu" owns it, has assigned "ann", and has referred
# her to the organisation "ngo", where "nok" is assigned. "shl" recorded rows too.
base := {
	"case": {"id": "c", "owner": "lwu", "kind": "PRESUMED_VICTIM", "adult_from": 50, "deceased_at": -1},
	"agencies": {
		"lwu": {"kind": "UNION"}, "ngo": {"kind": "NGO"}, "shl": {"kind": "SHELTER"}, "pol": {"kind": "POLICE"},
		"iom": {"kind": "INTERNATIONAL_ORGANISATION"}, "far": {"kind": "REGIONAL_COUNTERPART"},
	},
	"recordings": {
		"lwu": {"ASSISTANCE": {
			"IDENTITY": [said({"consent": "r1"})], "CONTACT": [said({"consent": "r1"})], "WHEREABOUTS": [said({"consent": "r1"})],
			"HEALTH": [said({"consent": "r1"})], "PROFILE": [said({"consent": "r1", "from": 90})],
		}},
		"shl": {"ASSISTANCE": {"CONTACT": [said({"consent": "r2"})], "IDENTITY": [said({"consent": "r2"})]}},
	},
	"contributors": ["shl"],
	"consents": {"ngo": {"ASSISTANCE": {
		"IDENTITY": [said({})], "CONTACT": [said({})], "PROFILE": [said({})],
		"WHEREABOUTS": [said({"singly": true})],
	}}},
	"referrals": {"ngo": [referral]},
	"agreements": {"lwu": [agreement], "ngo": [agreement]},
	"assignments": {"lwu": ["ann"], "ngo": ["nok"]},
	"guardians": {}, "best_interests": {}, "incapacities": [], "recoveries": [], "permissions": [],
}

said(change) := object.union(
	{
		"consent": "s1", "provision": "p1", "decision": "PERMIT", "strength": "FULL", "voice": "PERSON",
		"guardian": "", "best_interests": "", "basis": "CONSENT", "unit": "", "by_class": false, "singly": false,
		"onward": false, "written": false, "views": false, "mature": false, "free": true, "advised": false, "alone": false,
		"given_at": 100, "from": 80, "until": 1000, "contributors": [],
	},
	change,
)

referral := {
	"id": "f1", "from": "lwu", "to": "ngo", "unit": "", "purpose": "ASSISTANCE",
	"categories": ["IDENTITY", "CONTACT", "WHEREABOUTS", "HEALTH"],
	"state": "ACCEPTED", "offered_at": 110, "reply_by": 300, "accepted_at": 200, "until": 900, "onward_of": "",
}

agreement := {
	"id": "a1", "parties": ["lwu", "ngo"], "purposes": ["ASSISTANCE"],
	"categories": ["IDENTITY", "CONTACT", "WHEREABOUTS", "PROFILE", "HEALTH"],
	"case_kinds": ["PRESUMED_VICTIM"], "from": 10, "until": 950, "onward": "NO", "at_end": "DELETE", "retention_days": 0,
}

put(path, value) := {"op": "add", "path": path, "value": value}

leaf(category, list) := put(concat("/", ["/consents/ngo/ASSISTANCE", category]), list)

given(changes) := result if {
	result := access.access with input as json.patch(base, changes)
}

# What of others' rows is open.
shared(changes) := {a | some a in given(changes); a.grantee != a.contributor}

# What identity of the owner's is open to the organisation's member, as windows.
identity(changes) := {[a.from, a.until] |
	some a in shared(changes)
	a.action == "READ"
	a.member == "nok"
	a.contributor == "lwu"
	"IDENTITY" in a.categories
}

own(changes, agency, action) := {a | some a in given(changes); a.grantee == agency; not a.member in {"", agency}; a.action == action}

opening(categories, member) := {
	"grantee": "ngo", "member": member, "unit": "", "contributor": "lwu", "action": "READ", "categories": categories,
	"purpose": "ASSISTANCE", "basis": "CONSENT_REFERRAL", "referral": "f1", "consent": "s1",
	"agreement": "a1", "referrer": "lwu", "referral_agreement": "a1", "first_referral": "", "first_agreement": "",
	"first_referrer": "", "obligations": ["DELETE_AT_END", "NO_ONWARD_SHARING", "PURPOSE_ONLY", "REPORT_BREACHES"], "from": 200, "until": 900,
}

# D1, D5, B5: the whole of what an accepted referral opens, for member and supervisors.
test_consent_agreement_and_referral_open if {
	shared([]) == {
		opening(["CASE", "IDENTITY", "CONTACT", "WHEREABOUTS"], "nok"),
		opening(["CASE", "IDENTITY", "CONTACT", "WHEREABOUTS"], "ngo"),
		opening(["CASE"], ""),
	}
	shared([put("/referrals/ngo/0/state", "ACCEPTED_IN_PART")]) == shared([])
}

# D1: each of the three is needed.
test_none_replaces_another if {
	shared([put("/consents", {})]) == set()
	shared([put("/agreements", {})]) == set()
	shared([put("/referrals", {})]) == set()
}

# D3: states that open nothing.
test_other_states_open_nothing if {
	every state in ["DECLINED", "REVOKED", "COMPLETED", "EXPIRED", "", "WAITING LIST"] {
		shared([put("/referrals/ngo/0/state", state)]) == set()
	}
	shared([put("/referrals/ngo/0/accepted_at", -1)]) == set()
}

# D4: onward sharing opens nothing, whatever the consent says.
test_referral_by_another_than_the_owner if {
	shared([
		put("/referrals/ngo/0/from", "shl"), put("/agreements/shl", [object.union(agreement, {"parties": ["shl", "ngo"]})]),
		leaf("IDENTITY", [said({"onward": true, "contributors": ["shl", "lwu"]})]),
	]) == set()
	shared([put("/referrals/ngo/0/to", "shl")]) == set()
}

# D6: parties, purposes, categories, kinds of case and period of the agreement.
test_agreement_covers if {
	every change in [
		put("/agreements/lwu/0/parties", ["lwu", "shl"]), put("/agreements/lwu/0/parties", ["shl", "ngo"]),
		put("/agreements/lwu/0/purposes", ["RETURN"]), put("/agreements/lwu/0/categories", ["PROFILE"]),
		put("/agreements/lwu/0/case_kinds", ["OTHER"]), put("/agreements/lwu/0/from", 900),
		put("/agreements/lwu/0/until", 200), put("/agreements/lwu/0/id", ""),
	] {
		shared([change]) == set()
	}
	identity([put("/agreements/lwu/0/from", 300), put("/agreements/lwu/0/until", 400)]) == {[300, 400]}
}

# C2: purpose, category, recipient and period of the consent.
test_consent_covers if {
	identity([leaf("IDENTITY", [said({"from": 250, "until": 350})])]) == {[250, 350]}
	identity([leaf("IDENTITY", [said({"given_at": 260})])]) == {[260, 900]}
	identity([leaf("IDENTITY", [said({"from": 400, "until": 400})])]) == set()
	identity([leaf("IDENTITY", [])]) == set()
	shared([{"op": "move", "from": "/consents/ngo", "path": "/consents/shl"}]) == set()
	shared([{"op": "move", "from": "/consents/ngo/ASSISTANCE", "path": "/consents/ngo/RETURN"}]) == set()
}

# Categories whose consent differs stand in accesses of their own.
test_windows_are_kept_apart if {
	rows := {[a.categories, a.consent, a.until] |
		some a in shared([leaf("CONTACT", [said({"consent": "s2", "until": 500})])])
		a.member == "nok"
	}
	rows == {[["CASE", "IDENTITY", "WHEREABOUTS"], "s1", 900], [["CASE", "CONTACT"], "s2", 500]}
}

# C4, C8: the latest decides; at the same moment the narrower.
test_latest_statement_decides if {
	no := said({"decision": "DENY", "given_at": 150})
	identity([leaf("IDENTITY", [said({}), no])]) == set()
	identity([leaf("IDENTITY", [no, said({})])]) == set()
	identity([leaf("IDENTITY", [no, said({"given_at": 150})])]) == set()
	identity([leaf("IDENTITY", [no, said({"given_at": 160})])]) == {[200, 900]}
	identity([leaf("IDENTITY", [said({"until": 400}), said({"from": 300})])]) == {[300, 400]}
	identity([leaf("IDENTITY", [said({}), said({"given_at": 120, "until": 400})])]) == {[200, 400]}
}

# C4: a no about the agency beats a yes about its class, even a later one.
test_no_to_the_agency_beats_yes_to_its_class if {
	class_yes := said({"by_class": true, "given_at": 170})
	identity([leaf("IDENTITY", [class_yes])]) == {[200, 900]}
	identity([leaf("IDENTITY", [said({"decision": "DENY"}), class_yes])]) == set()
	identity([leaf("IDENTITY", [said({}), class_yes])]) == {[200, 900]}
	identity([leaf("IDENTITY", [said({}), said({"by_class": true, "decision": "DENY", "given_at": 170})])]) == set()
}

# C3: never by class to police, prosecutors or courts.
test_classes_never_hold_law_enforcement if {
	by_class := leaf("IDENTITY", [said({"by_class": true})])
	every kind in ["POLICE", "PROSECUTOR", "COURT"] {
		identity([put("/agencies/ngo/kind", kind)]) == {[200, 900]}
		identity([put("/agencies/ngo/kind", kind), by_class]) == set()
	}
	identity([by_class]) == {[200, 900]}
}

# B1: named singly or not at all.
test_single_categories if {
	every category in ["WHEREABOUTS", "HEALTH_RESTRICTED"] {
		changes := [
			put("/referrals/ngo/0/categories", [category]), put("/agreements/lwu/0/categories", [category]),
			put(concat("/", ["/recordings/lwu/ASSISTANCE", category]), [said({})]),
		]
		count(shared(array.concat(changes, [leaf(category, [said({"singly": true})])]))) == 3
		shared(array.concat(changes, [leaf(category, [said({"singly": false})])])) == set()
	}
}

# B5: CASE is never named.
test_case_is_never_named if {
	shared([
		put("/referrals/ngo/0/categories", ["CASE"]), put("/agreements/lwu/0/categories", ["CASE"]),
		leaf("CASE", [said({"singly": true})]),
	]) == set()
}

week := (7 * 86400000000) + 100

# C6: a provisional statement opens the minimum for 7 days, and is the latest, until it is
# confirmed; what it opens no more is void.
test_provisional if {
	provisional := said({"strength": "PROVISIONAL", "free": false, "until": 10 * week})
	long := [
		put("/referrals/ngo/0/until", 10 * week), put("/agreements/lwu/0/until", 10 * week),
		put("/recordings/lwu/ASSISTANCE/IDENTITY", [said({"until": 10 * week})]),
		put("/recordings/lwu/ASSISTANCE/HEALTH", [said({"until": 10 * week})]),
	]
	identity(array.concat(long, [leaf("IDENTITY", [provisional])])) == {[200, week]}
	identity(array.concat(long, [leaf("IDENTITY", [said({"until": 10 * week}), object.union(provisional, {"given_at": 120})])])) == {[200, week + 20]}
	confirmed := said({"given_at": 130, "until": 10 * week})
	identity(array.concat(long, [leaf("IDENTITY", [provisional, confirmed])])) == {[200, 10 * week]}
	identity(array.concat(long, [leaf("IDENTITY", [provisional, object.union(confirmed, {"decision": "DENY"})])])) == set()
	identity([put("/referrals/ngo/0/accepted_at", week), put("/referrals/ngo/0/until", 10 * week), leaf("IDENTITY", [provisional])]) == set()
	every category in ["WHEREABOUTS", "HEALTH"] {
		rows := shared([leaf(category, [object.union(provisional, {"singly": true})])])
		every a in rows {
			not category in a.categories
		}
	}
}

# C6: given in custody or before police it opens nothing for JUSTICE until confirmed.
test_provisional_for_justice if {
	freely := leaf("IDENTITY", [said({"strength": "PROVISIONAL", "free": true})])
	identity(array.concat([freely], as_justice)) == {[200, 900]}
	in_custody := leaf("IDENTITY", [said({"strength": "PROVISIONAL", "free": false})])
	identity(array.concat([in_custody], as_justice)) == set()
}

# E1: nobody but her speaks for an adult, and nothing of hers opens before she surely
# is one.
test_adults if {
	identity([leaf("IDENTITY", [said({"voice": "CAREGIVER"})])]) == set()
	identity([leaf("IDENTITY", [said({}), said({"voice": "CAREGIVER", "decision": "DENY", "given_at": 120})])]) == {[200, 900]}
	identity([put("/case/adult_from", 700)]) == set()
	shared([put("/case/adult_from", 5000)]) == set()
	shared([put("/case/adult_from", -1)]) == set()
	shared([put("/case/adult_from", -62135596800000000)]) == set()
	identity([put("/case/adult_from", -900000000000000)]) == {[200, 900]}
	preview := put("/referrals/ngo/0/state", "OFFERED")
	shared([preview, put("/case/adult_from", -1)]) == set()
	{a.from | some a in shared([preview, put("/case/adult_from", 90)])} == {110}
	shared([preview, put("/case/adult_from", 250)]) == set()
}

# E1, E6: a yes that she gave before she was surely an adult opens nothing at 18; a
# no of the child still closes.
test_what_she_said_as_a_child if {
	yes := said({"given_at": 300})
	identity([put("/case/adult_from", 100)]) == {[200, 900]}
	identity([put("/case/adult_from", 101)]) == set()
	identity([put("/case/adult_from", 250), leaf("IDENTITY", [said({}), yes])]) == {[300, 900]}
	identity([put("/case/adult_from", 250), leaf("IDENTITY", [said({"decision": "DENY"})])]) == set()
	identity([put("/case/adult_from", 400), leaf("IDENTITY", [said({}), yes, said({"decision": "DENY", "given_at": 350})])]) == set()
}

for_justice := {"op": "copy", "from": "/recordings/lwu/ASSISTANCE", "path": "/recordings/lwu/JUSTICE"}

as_justice := [
	for_justice,
	put("/referrals/ngo/0/purpose", "JUSTICE"), put("/agreements/lwu/0/purposes", ["JUSTICE"]),
	{"op": "move", "from": "/consents/ngo/ASSISTANCE", "path": "/consents/ngo/JUSTICE"},
]

apart := {"singly": true, "alone": true, "advised": true}

named_for_justice(category, change) := array.concat(
	[
		put("/referrals/ngo/0/categories", [category]), put("/agreements/lwu/0/categories", [category]),
		leaf(category, [said(change)]), put(concat("/", ["/recordings/lwu/ASSISTANCE", category]), [said({})]),
	],
	as_justice,
)

# C9: what it guards takes a consent apart, to one agency by name, after legal advice was
# offered; what is open carries the obligation.
test_justice if {
	rows := shared(as_justice)
	{a.categories | some a in rows} == {["CASE", "IDENTITY", "CONTACT"], ["CASE"]}
	{a.obligations | some a in rows} == {["DELETE_AT_END", "NON_PUNISHMENT", "NO_ONWARD_SHARING", "PURPOSE_ONLY", "REPORT_BREACHES"]}
	every category in ["NARRATIVE", "HEALTH", "WHEREABOUTS"] {
		count(shared(named_for_justice(category, apart))) == 3
		every lacks in ["singly", "alone", "advised"] {
			shared(named_for_justice(category, object.union(apart, {lacks: false}))) == set()
		}
		shared(named_for_justice(category, object.union(apart, {"by_class": true}))) == set()
		shared(named_for_justice(category, object.union(apart, {"strength": "PROVISIONAL"}))) == set()
	}
	shared(named_for_justice("HEALTH_RESTRICTED", apart)) == set()
}

recovering(periods) := array.concat(as_justice, [put("/recoveries", periods)])

# D7: while she recovers and reflects nothing for JUSTICE starts, unless she asks; what was
# open before goes on, and other purposes are not touched.
test_recovery if {
	identity(recovering([{"from": 150, "until": 500, "asked": false}])) == {[500, 900]}
	identity(recovering([{"from": 150, "until": 500, "asked": true}])) == {[200, 900]}
	identity(recovering([{"from": 150, "until": 950, "asked": false}])) == set()
	identity(recovering([{"from": 201, "until": 500, "asked": false}])) == {[200, 900]}
	identity(recovering([{"from": 150, "until": 500, "asked": false}, {"from": 400, "until": 600, "asked": false}])) == set()
	identity([put("/recoveries", [{"from": 150, "until": 950, "asked": false}])]) == {[200, 900]}
	offered := put("/referrals/ngo/0/state", "OFFERED")
	shared(array.concat(recovering([{"from": 100, "until": 950, "asked": false}]), [offered])) == set()
	{[a.from, a.until] | some a in shared(array.concat(recovering([{"from": 111, "until": 950, "asked": false}]), [offered]))} == {[110, 300]}
}

# Rules.md C: STATISTICS and OVERSIGHT open no case, an unknown purpose neither.
test_purposes_that_open_nothing if {
	every purpose in ["STATISTICS", "OVERSIGHT", "", "CURIOSITY"] {
		changes := [
			put("/referrals/ngo/0/purpose", purpose), put("/agreements/lwu/0/purposes", [purpose]),
			put("/consents/ngo", {purpose: base.consents.ngo.ASSISTANCE}),
			put("/recordings", {"lwu": {purpose: base.recordings.lwu.ASSISTANCE}}),
		]
		given(changes) == set()
	}
}

# D2: before acceptance the preview alone, at agency level.
test_preview if {
	every state in ["OFFERED", "INFORMATION_ASKED", "WAITING"] {
		shared([put("/referrals/ngo/0/state", state), put("/referrals/ngo/0/accepted_at", -1)]) == {object.union(
			opening([], ""),
			{"action": "PREVIEW", "from": 110, "until": 300},
		)}
	}
	offered := put("/referrals/ngo/0/state", "OFFERED")
	shared([offered, put("/consents", {})]) == set()
	shared([offered, put("/agreements", {})]) == set()
	shared([offered, put("/referrals/ngo/0/categories", ["HEALTH"])]) == set()
	shared([offered, put("/referrals/ngo/0/reply_by", -1)]) == set()
	{a.obligations | some a in shared(array.concat(as_justice, [offered]))} == {["DELETE_AT_END", "NON_PUNISHMENT", "NO_ONWARD_SHARING", "PURPOSE_ONLY", "REPORT_BREACHES"]}
	windows := {[a.consent, a.until] | some a in shared([offered, leaf("CONTACT", [said({"consent": "s0", "until": 200})])])}
	windows == {["s1", 300], ["s0", 200]}
}

third_party := [
	leaf("IDENTITY", [said({"contributors": ["shl", "iom", "far", "ngo", "unknown"]})]),
	put("/agreements/shl", [object.union(agreement, {"id": "a2", "parties": ["shl", "ngo"], "from": 300})]),
	put("/agreements/iom", [object.union(agreement, {"id": "a3", "parties": ["iom", "ngo"]})]),
	put("/agreements/far", [object.union(agreement, {"id": "a4", "parties": ["far", "ngo"]})]),
	put("/agreements/unknown", [object.union(agreement, {"id": "a5", "parties": ["unknown", "ngo"]})]),
]

others(changes) := {[a.contributor, a.agreement, a.categories, a.from, a.until] |
	some a in shared(changes)
	a.member == "nok"
	a.contributor != "lwu"
	a.referrer == "lwu"
	a.referral_agreement == "a1"
}

# A2, A6: others' rows where her consent names them and their agreement stands;
# never an international organisation's.
test_named_contributors if {
	others(third_party) == {["shl", "a2", ["CASE", "IDENTITY"], 300, 900]}
	others(array.concat(third_party, [put("/agreements/shl", [])])) == set()
	others(array.concat(third_party, [put("/agreements/lwu", [])])) == set()
	others(array.concat(third_party, [put("/agreements/shl/0/purposes", ["RETURN"])])) == set()
	others(array.concat(third_party, [put("/agreements/shl/0/categories", ["CONTACT"])])) == set()
	others(array.concat(third_party, [put("/agreements/lwu/0/categories", ["CONTACT"])])) == set()
	others(array.concat(third_party, [put("/referrals/ngo/0/state", "OFFERED")])) == set()
	others(array.concat(third_party, [leaf("IDENTITY", [said({"contributors": ["shl"]}), said({})])])) == set()
	others([third_party[1]]) == set()
}

# J7: a regional counterpart holds nothing, not even on rows of its own.
test_regional_counterparts if {
	regional := put("/agencies/ngo/kind", "REGIONAL_COUNTERPART")
	shared([regional]) == set()
	shared([regional, put("/referrals/ngo/0/state", "OFFERED")]) == set()
	shared([put("/agencies/lwu/kind", "REGIONAL_COUNTERPART")]) == set()
	own([put("/agencies/shl/kind", "REGIONAL_COUNTERPART")], "shl", "READ") == set()
	given([put("/agencies", {})]) == set()
}

own_row(agency, member, from, basis) := {
	"grantee": agency, "member": member, "unit": "", "contributor": agency, "action": "READ",
	"categories": access.all_categories, "purpose": "ASSISTANCE", "basis": basis, "referral": "",
	"consent": "", "agreement": "", "referrer": "", "referral_agreement": "",
	"first_referral": "", "first_agreement": "", "first_referrer": "",
	"obligations": [], "from": from, "until": 253402300799999999,
}

# A3, C1, D5: own rows, of owner and contributor, for members and supervisors.
test_own_rows if {
	own([], "lwu", "READ") == {own_row("lwu", "ann", 80, "OWNERSHIP")}
	own([put("/assignments/shl", ["sue"])], "shl", "READ") == {own_row("shl", "sue", 80, "OWN_CONTRIBUTION")}
	supervised := {a | some a in given([]); a.grantee == "lwu"; a.member == ""}
	supervised == {object.union(own_row("lwu", "", 80, "OWNERSHIP"), {"categories": [
		"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE",
	]})}
}

recording_withdrawn(agency) := [put(concat("/", ["/recordings", agency, "ASSISTANCE", category, "-"]), no) |
	some category, _ in base.recordings[agency].ASSISTANCE
	no := said({"decision": "DENY", "given_at": 500})
]

# A3, C8: withdrawal of recording takes nothing from the owner that it recorded, and
# restricts it to safekeeping: nothing is added, corrected or shared any more.
test_withdrawal_leaves_own_rows_in_safekeeping if {
	withdrawn := recording_withdrawn("lwu")
	own(withdrawn, "lwu", "READ") == own([], "lwu", "READ")
	own(withdrawn, "lwu", "ADD") == set()
	own(withdrawn, "lwu", "CORRECT") == set()
	shared(withdrawn) == set()
	shared(array.concat(withdrawn, [put("/referrals/ngo/0/state", "OFFERED")])) == set()
	shared(array.concat(withdrawn, third_party)) == set()
}

# C1, C8: what is shared stands within what may be recorded, by category, purpose and
# period; another contributor's within its own recording and the owner's.
test_sharing_stands_within_recording if {
	identity([put("/recordings/lwu/ASSISTANCE/IDENTITY", [said({"from": 300, "until": 400})])]) == {[300, 400]}
	identity([{"op": "remove", "path": "/recordings/lwu/ASSISTANCE/IDENTITY"}]) == set()
	shared([{"op": "move", "from": "/recordings/lwu/ASSISTANCE", "path": "/recordings/lwu/RETURN"}]) == set()
	others(array.concat(third_party, recording_withdrawn("shl"))) == set()
	count(shared(array.concat(third_party, recording_withdrawn("shl")))) == 3
	others(array.concat(third_party, [put("/recordings/shl/ASSISTANCE/IDENTITY", [said({"until": 400})])])) == {
		["shl", "a2", ["CASE", "IDENTITY"], 300, 400],
	}
	others(array.concat(third_party, [put("/recordings/lwu/ASSISTANCE", {"HEALTH": [said({"until": 500})]})])) == {
		["shl", "a2", ["CASE", "IDENTITY"], 300, 500],
	}
}

# A3: a statement about recording alone is no part; the owner's empty file is a file.
test_own_rows_need_a_stored_part if {
	stated := put("/recordings/ngo", {"ASSISTANCE": {"HEALTH": [said({"consent": "r3"})]}})
	own([stated, put("/referrals", {})], "ngo", "READ") == set()
	own([stated, put("/referrals", {}), put("/contributors", ["ngo"])], "ngo", "READ") == {own_row("ngo", "nok", 80, "OWN_CONTRIBUTION")}
	own([put("/contributors", [])], "lwu", "READ") == own([], "lwu", "READ")
	own([put("/contributors", []), put("/assignments/shl", ["sue"])], "shl", "READ") == set()
}

dead(at) := put("/case/deceased_at", at)

# C7: after her death nothing new is shared; what was open stays to its end.
test_after_her_death if {
	shared([dead(201)]) == shared([])
	every at in [0, 50, 199, 200] {
		shared([dead(at)]) == set()
	}
	shared([dead(500), put("/referrals/ngo/0/accepted_at", 600)]) == set()
	identity([dead(500), leaf("IDENTITY", [said({}), said({"given_at": 600})])]) == set()
	shared([dead(500), put("/referrals/ngo/0/state", "OFFERED")]) == set()
	own([dead(500)], "lwu", "ADD") == own([], "lwu", "ADD")
}

# C1: what she never agreed to have recorded opens nothing.
test_refused_recording if {
	refused := [said({"decision": "DENY"})]
	given([put("/recordings", {"lwu": {"ASSISTANCE": {"IDENTITY": refused}}}), put("/referrals", {})]) == set()
	given([put("/recordings", {"lwu": {"ASSISTANCE": {"CASE": [said({})]}}}), put("/referrals", {})]) == set()
	given([put("/recordings", {}), put("/referrals", {})]) == set()
	never := said({"from": 253402300799999999})
	given([put("/recordings", {"lwu": {"ASSISTANCE": {"IDENTITY": [never]}}}), put("/referrals", {})]) == set()
}

written(changes, agency, action) := {[a.categories, a.basis, a.referral, a.consent, a.from, a.until] |
	some a in own(changes, agency, action)
}

# A4: the owner adds and corrects what its recording covers.
test_owner_adds if {
	every action in ["ADD", "CORRECT"] {
		written([], "lwu", action) == {
			[["IDENTITY", "CONTACT", "WHEREABOUTS", "HEALTH"], "OWNERSHIP", "", "r1", 80, 1000],
			[["PROFILE"], "OWNERSHIP", "", "r1", 90, 1000],
		}
	}
	every a in given([]) {
		[a.member, a.action] in {
			["", "READ"], ["ann", "READ"], ["ann", "ADD"], ["ann", "CORRECT"], ["nok", "READ"],
			["lwu", "READ"], ["lwu", "ADD"], ["lwu", "CORRECT"], ["ngo", "READ"], ["shl", "READ"],
		}
	}
}

# A4: others add while they have an accepted referral of the owner's, for its purpose.
test_receiver_adds if {
	recording := put("/recordings/ngo", {"ASSISTANCE": {"HEALTH": [said({"consent": "r3", "strength": "PROVISIONAL"})]}})
	expected := {[["HEALTH"], "OWN_CONTRIBUTION", "f1", "r3", 200, 900]}
	written([recording], "ngo", "ADD") == expected
	written([recording], "ngo", "CORRECT") == expected
	written([recording, put("/case/adult_from", -1)], "ngo", "ADD") == expected
	written([recording, put("/referrals/ngo/0/state", "OFFERED")], "ngo", "ADD") == set()
	written([recording, put("/referrals/ngo/0/from", "shl")], "ngo", "ADD") == set()
	written([recording, put("/referrals/ngo/0/purpose", "RETURN")], "ngo", "ADD") == set()
	written([put("/assignments/shl", ["sue"])], "shl", "ADD") == set()
}

recorded(list) := {row[4] | some row in written([put("/recordings/lwu/ASSISTANCE/IDENTITY", list)], "lwu", "ADD"); "IDENTITY" in row[0]}

# C4 for recording: each voice's latest, and an adult's own word above her caregiver's.
test_recording_voices if {
	recorded([said({})]) == {80}
	recorded([]) == set()
	recorded([said({"decision": "DENY"}), said({"given_at": 110})]) == {80}
	recorded([said({"decision": "DENY"}), said({})]) == set()
	caregiver_no := said({"voice": "CAREGIVER", "decision": "DENY", "given_at": 120})
	recorded([said({}), caregiver_no]) == {80}
	recorded([said({"given_at": 40}), caregiver_no]) == set()
	recorded([said({"given_at": 40}), object.union(caregiver_no, {"decision": "PERMIT", "from": 95})]) == {95}
	recorded([said({"given_at": 40, "decision": "DENY"}), object.union(caregiver_no, {"decision": "PERMIT"})]) == set()
}

# An unsound statement silences its leaf: it might have been a no.
test_unsound_statements if {
	every change in [
		{"decision": "MAYBE"}, {"decision": null}, {"strength": "STRONG"}, {"voice": ""}, {"by_class": "false"},
		{"singly": 0}, {"free": 1}, {"advised": null}, {"alone": "true"}, {"given_at": "100"}, {"given_at": 0}, {"from": null}, {"until": "never"}, {"consent": ""},
		{"consent": 7},
	] {
		identity([leaf("IDENTITY", [said({}), said(change)])]) == set()
		recorded([said({}), said(change)]) == set()
	}
	identity([leaf("IDENTITY", [said({}), {}])]) == set()
}

# D5: only members with a name.
test_members if {
	every a in given([put("/assignments", {"lwu": ["", 7, null], "ngo": []})]) {
		a.member in {"", a.grantee}
	}
	every a in given([put("/assignments", {})]) {
		a.member in {"", a.grantee}
	}
}

# Without its frame the rule is undefined, which is an error to its caller.
test_broken_frame_is_undefined if {
	every change in [
		put("/case", {}), put("/case/id", 1), put("/case/owner", ""), put("/case/kind", null), put("/case/adult_from", "50"),
		put("/case/deceased_at", null), {"op": "remove", "path": "/case/deceased_at"}, put("/contributors", {}),
		put("/agencies", []), put("/recordings", null), put("/consents", "none"), put("/referrals", 0),
		put("/agreements", true), {"op": "remove", "path": "/assignments"}, put("/guardians", []),
		{"op": "remove", "path": "/best_interests"}, put("/incapacities", {}), put("/incapacities", [{"from": 1}]),
		put("/recoveries", null), put("/recoveries", [{"from": 1, "until": 2}]), put("/recoveries", [{"from": 1, "asked": true}]),
		put("/recoveries", [{"from": 1, "until": 2, "asked": "false"}]), put("/incapacities", [{"until": 1}]), put("/incapacities", [{"from": "1", "until": 2}]),
	] {
		not given([change])
	}
}

# Not built, so nothing has it: no legal basis, no break-glass (F).
test_no_other_basis if {
	with_more := [put("/legal_bases", {"ngo": [{"id": "l1"}]}), put("/break_glass", {"ngo": [{"id": "b1"}]})]
	given(with_more) == given([])
	{a.basis | some a in given(third_party)} == {"OWNERSHIP", "OWN_CONTRIBUTION", "CONSENT_REFERRAL"}
}

# What accesses under the agreement oblige to, when its terms are changed so.
obliging(terms) := {a.obligations | some a in shared([put("/agreements/lwu", [terms]), put("/agreements/ngo", [terms])])}

# C2, D4, D6: what the agreement obliges to goes along with each access under it; what it
# does not say is taken for the strictest.
test_obligations if {
	obliging(agreement) == {["DELETE_AT_END", "NO_ONWARD_SHARING", "PURPOSE_ONLY", "REPORT_BREACHES"]}
	ask := object.union(agreement, {"onward": "ASK"})
	obliging(ask) == {["ASK_BEFORE_ONWARD_SHARING", "DELETE_AT_END", "PURPOSE_ONLY", "REPORT_BREACHES"]}
	lenient := object.union(agreement, {"onward": "YES", "at_end": "RETURN", "retention_days": 30})
	obliging(lenient) == {[
		"DELETE_AFTER_RETENTION", "ONWARD_SHARING_WITHIN_CONSENT", "PURPOSE_ONLY",
		"REPORT_BREACHES", "RETURN_AT_END",
	]}
	silent := object.remove(agreement, ["at_end", "retention_days"])
	obliging(silent) == {[
		"DELETE_AFTER_RETENTION", "DELETE_AT_END", "NO_ONWARD_SHARING", "PURPOSE_ONLY",
		"REPORT_BREACHES",
	]}
}
