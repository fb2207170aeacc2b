package sala.access_glass_test

import data.sala.access

# The union "lwu" owns the case; "nok" of the shelter "shl" has broken glass.
base := {
	"case": {"id": "c", "owner": "lwu", "kind": "PRESUMED_VICTIM", "adult_from": 50, "deceased_at": -1},
	"agencies": {"lwu": {"kind": "UNION"}, "shl": {"kind": "SHELTER"}},
	"recordings": {}, "contributors": [], "consents": {}, "referrals": {}, "agreements": {},
	"assignments": {"shl": ["pim"]}, "guardians": {}, "best_interests": {}, "incapacities": [], "recoveries": [], "permissions": [],
	"locked": false,
	"break_glass": [{
		"id": "g1", "agency": "shl", "member": "nok", "owner": "lwu", "purpose": "PROTECTION",
		"categories": ["IDENTITY", "CONTACT"], "from": 1000, "until": 2000,
	}],
}

given(changes) := result if {
	result := access.access with input as json.patch(base, changes)
}

put(path, value) := {"op": "add", "path": path, "value": value}

glass(key, value) := put(concat("/", ["/break_glass/0", key]), value)

open(changes) if count(given(changes)) > 0

shut(changes) if given(changes) == set()

expected := {
	"grantee": "shl", "member": "nok", "unit": "", "contributor": "lwu", "action": "READ", "categories": ["CASE", "IDENTITY", "CONTACT"],
	"purpose": "PROTECTION", "basis": "BREAK_GLASS", "referral": "", "consent": "", "agreement": "", "referrer": "",
	"referral_agreement": "", "first_referral": "", "first_agreement": "", "first_referrer": "",
	"break_glass": "g1", "obligations": ["NO_ONWARD_SHARING", "PURPOSE_ONLY"], "from": 1000, "until": 2000,
}

# F3: to that one member; not to who is assigned, to the agency or to its supervisors.
test_to_one_member if given([]) == {expected}

# F3: by kind and purpose, each by name.
test_kinds_and_purposes if {
	every kind in ["HEALTH", "SHELTER", "NGO", "UNION"] {
		open([put("/agencies/shl/kind", kind)])
	}
	every kind in [
		"POLICE", "PROSECUTOR", "COURT", "IMMIGRATION_OR_BORDER", "REGIONAL_COUNTERPART", "MINISTRY", "LEGAL_AID",
		"LABOUR_INSPECTION", "CONSULAR", "TRADE_UNION", "INTERNATIONAL_ORGANISATION", "COORDINATION_BODY", null,
	] {
		shut([put("/agencies/shl/kind", kind)])
	}
	open([glass("purpose", "ASSISTANCE")])
	every purpose in ["JUSTICE", "RETURN", "TRACING", "IDENTIFICATION", "LEGAL_AID", "STATISTICS", "OVERSIGHT", ""] {
		shut([glass("purpose", purpose)])
	}
}

# F3: four categories at most.
test_categories if {
	every word in ["WHEREABOUTS", "HEALTH_RESTRICTED", "NARRATIVE", "SUSPECT", "JUSTICE", "FAMILY", "PROFILE", "TRAFFICKING", "ASSISTANCE", "CASE"] {
		shut([glass("categories", [word])])
		given([glass("categories", [word, "HEALTH"])]) == {object.union(expected, {"categories": ["CASE", "HEALTH"]})}
	}
	given([glass("categories", ["PROTECTION", "HEALTH", "CONTACT", "IDENTITY"])]) == {object.union(expected, {"categories": [
		"CASE", "IDENTITY", "CONTACT", "PROTECTION", "HEALTH",
	]})}
	shut([glass("categories", [])])
	shut([glass("categories", "IDENTITY")])
}

# F3: one interval that ends by itself, at most 24 hours.
test_interval if {
	given([glass("until", 9000 * access.day)]) == {object.union(expected, {"until": 1000 + access.day})}
	shut([glass("until", 1000)])
	shut([glass("from", 0)])
	shut([glass("from", "1")])
	shut([glass("until", "2000")])
}

# F3: never in a locked case; a lock that is not known counts as one.
test_locked if {
	shut([put("/locked", true)])
	shut([put("/locked", "false")])
	shut([{"op": "remove", "path": "/locked"}])
	shut([{"op": "remove", "path": "/break_glass"}])
}

# A4, A6: the owner's rows, while it owns the case, and no international organisation's.
test_owner if {
	shut([glass("owner", "shl")])
	shut([put("/case/owner", "shl")])
	shut([put("/agencies/lwu/kind", "INTERNATIONAL_ORGANISATION")])
	shut([put("/agencies/lwu/kind", "REGIONAL_COUNTERPART")])
	shut([glass("agency", "lwu")])
	shut([put("/case/owner", "shl"), glass("owner", "shl")])
}

# C7: nothing starts after her death; what was open before stays.
test_after_death if {
	shut([put("/case/deceased_at", 1000)])
	open([put("/case/deceased_at", 1001)])
}

test_named if {
	every key in ["id", "agency", "member"] {
		shut([glass(key, "")])
		shut([glass(key, null)])
	}
}
