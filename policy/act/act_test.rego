package sala.act_test

import data.sala.act

viewer(change) := object.union(
	{
		"agency": "lwu", "agency_kind": "UNION", "agency_active": true, "agency_frozen": false, "member": "ann",
		"member_active": true, "roles": ["CASE_WORKER"], "scope_purposes": null, "second_factor": false,
	},
	change,
)

asked(change, purpose, action) := answer if {
	answer := act.decision with input as {"viewer": viewer(change), "purpose": purpose, "action": action}
}

opening := {"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID"}

refused := {"allow": false, "supervisor": false, "purposes": set(), "acknowledges": set()}

actions := {
	"READ_CASE", "WRITE_CASE", "READ_OWN", "MANAGE_AGREEMENT", "READ_DISCLOSURES", "ASSIGN", "SIGN",
	"REFER", "TAKE_ON", "CONSENT", "IMPORT", "REGISTER", "ADMINISTER_AGENCY", "ADMINISTER_PLATFORM", "OPERATE_PLATFORM", "SHUT_DOWN",
	"ASK_ERASURE", "DECIDE_ERASURE", "UNDO_IMPORT", "ENTER_LEGAL_BASIS", "CHECK_LEGAL_BASIS", "READ_REFUSALS",
}

allowed(change) := {action | some action in actions; asked(change, "ASSISTANCE", action).allow}

case_data := {"READ_CASE", "WRITE_CASE", "SIGN", "REFER", "TAKE_ON", "CONSENT", "IMPORT", "UNDO_IMPORT", "REGISTER", "ASK_ERASURE", "ENTER_LEGAL_BASIS"}

test_roles if {
	allowed({}) == case_data | {"READ_OWN"}
	allowed({"roles": ["SUPERVISOR"]}) == {"READ_OWN", "READ_CASE", "ASSIGN", "SIGN", "UNDO_IMPORT", "ASK_ERASURE"}
	allowed({"roles": ["DATA_PROTECTION_FOCAL_POINT"]}) == {"READ_OWN", "READ_DISCLOSURES", "SHUT_DOWN", "DECIDE_ERASURE", "CHECK_LEGAL_BASIS"}
	allowed({"roles": ["ANALYST"]}) == {"READ_OWN"}
	allowed({"roles": ["AGENCY_ADMINISTRATOR"]}) == {"READ_OWN", "MANAGE_AGREEMENT", "ADMINISTER_AGENCY", "SHUT_DOWN"}
	allowed({"roles": ["PLATFORM_ADMINISTRATOR"]}) == {"READ_OWN", "ADMINISTER_PLATFORM"}
	allowed({"roles": ["PLATFORM_OPERATOR"]}) == {"READ_OWN", "OPERATE_PLATFORM"}
	allowed({"roles": ["AUDITOR"]}) == {"READ_OWN", "READ_DISCLOSURES"}
	allowed({"roles": ["CASE_WORKER", "AUDITOR"]}) == case_data | {"READ_OWN", "READ_DISCLOSURES"}
	allowed({"roles": []}) == set()
	allowed({"roles": ["CASE_WORKER", "KING"]}) == set()
	allowed({"roles": ["CASE_WORKER", null]}) == set()
	allowed({"roles": "CASE_WORKER"}) == set()
}

# Whoever administers the platform reaches no case, whatever other roles are held.
test_platform_administrators if {
	every role in object.keys(act.role_actions) - {"PLATFORM_OPERATOR"} {
		both := {"roles": [role, "PLATFORM_ADMINISTRATOR"]}
		allowed(both) == {"READ_OWN", "ADMINISTER_PLATFORM"}
		asked(both, "ASSISTANCE", "READ_CASE") == refused
	}
	every role in object.keys(act.role_actions) - {"PLATFORM_ADMINISTRATOR"} {
		both := {"roles": [role, "PLATFORM_OPERATOR"]}
		allowed(both) == {"READ_OWN", "OPERATE_PLATFORM"}
		asked(both, "ASSISTANCE", "READ_CASE") == refused
	}
}

# Who has signed in may show an invitation, with or without a role; nobody else may.
test_join if {
	every roles in [[], ["CASE_WORKER"], ["AUDITOR"], ["PLATFORM_ADMINISTRATOR"]] {
		asked({"roles": roles}, "", "JOIN") == {
			"allow": true, "supervisor": false,
			"purposes": {p | "CASE_WORKER" in roles; some p in opening},
			"acknowledges": {"case" | "CASE_WORKER" in roles},
		}
	}
	every change in [
		{"agency_active": false}, {"member_active": false}, {"agency": ""}, {"member": ""},
		{"agency_kind": "REGIONAL_COUNTERPART"},
	] {
		asked(change, "", "JOIN").allow == false
	}
	asked({}, "OVERSIGHT", "JOIN").allow == false
}

# An agency that is being offboarded goes on with what it has, and takes on nobody.
test_frozen if {
	allowed({"agency_frozen": true}) == (case_data | {"READ_OWN"}) - {"REGISTER", "IMPORT", "TAKE_ON", "ENTER_LEGAL_BASIS"}
	every change in [{"agency_frozen": null}, {"agency_frozen": "false"}] {
		allowed(change) == set()
	}
}

# D5: the supervisor's view goes with case data only.
test_supervisor if {
	asked({"roles": ["SUPERVISOR"]}, "RETURN", "READ_CASE") == {"allow": true, "supervisor": true, "purposes": opening, "acknowledges": set()}
	asked({"roles": ["SUPERVISOR"]}, "RETURN", "WRITE_CASE").supervisor == false
	asked({"roles": ["SUPERVISOR"]}, "RETURN", "READ_OWN").supervisor == false
	asked({}, "RETURN", "READ_CASE") == {"allow": true, "supervisor": false, "purposes": opening, "acknowledges": {"case"}}
}

# C8, D6, H4, H5: who decides about what a notice says acknowledges it, and nobody else.
test_acknowledging if {
	by := {role: said | some role in object.keys(act.role_actions); said := asked({"roles": [role]}, "", "READ_OWN").acknowledges}
	by == {
		"CASE_WORKER": {"case"},
		"SUPERVISOR": set(),
		"DATA_PROTECTION_FOCAL_POINT": {"erasure", "retention", "breach", "agreement", "agency", "legalbasis"},
		"ANALYST": set(),
		"AGENCY_ADMINISTRATOR": {"agreement", "agency", "proposal", "issuer", "invitation"},
		"PLATFORM_ADMINISTRATOR": set(),
		"PLATFORM_OPERATOR": set(),
		"AUDITOR": set(),
		"OVERSIGHT_PANEL_MEMBER": {"panel"},
	}
	asked({"roles": ["CASE_WORKER", "DATA_PROTECTION_FOCAL_POINT"]}, "", "READ_OWN").acknowledges == {
		"case", "erasure", "retention", "breach", "agreement", "agency", "legalbasis",
	}
	every change in [{"scope_purposes": []}, {"member_active": false}, {"agency_kind": "REGIONAL_COUNTERPART"}, {"roles": ["CASE_WORKER", "KING"]}] {
		asked(change, "", "READ_OWN").acknowledges == set()
	}
	asked({"roles": ["DATA_PROTECTION_FOCAL_POINT"], "scope_purposes": []}, "", "READ_OWN").acknowledges == {
		"erasure", "retention", "breach", "agreement", "agency", "legalbasis",
	}
}

# J7: nothing, not even the agency's own.
test_regional_counterparts if {
	every role in object.keys(act.role_actions) {
		allowed({"agency_kind": "REGIONAL_COUNTERPART", "roles": [role]}) == set()
	}
	asked({"agency_kind": "REGIONAL_COUNTERPART"}, "", "READ_OWN").purposes == set()
}

test_inactive_or_unnamed if {
	every change in [
		{"agency_active": false}, {"member_active": false}, {"agency_active": "true"}, {"member_active": 1},
		{"agency": ""}, {"member": ""}, {"agency": 7}, {"agency_kind": ""}, {"agency_kind": "BANK"},
	] {
		allowed(change) == set()
	}
}

# Rules.md C: a purpose that opens a case, within the token's scope.
test_purposes if {
	every purpose in ["", "STATISTICS", "OVERSIGHT", "CURIOSITY", null] {
		asked({}, purpose, "READ_CASE").allow == false
	}
	every purpose in opening {
		asked({}, purpose, "READ_CASE").allow
	}
	narrow := {"scope_purposes": ["RETURN", "STATISTICS"]}
	asked(narrow, "RETURN", "READ_CASE") == {"allow": true, "supervisor": false, "purposes": {"RETURN"}, "acknowledges": {"case"}}
	asked(narrow, "ASSISTANCE", "READ_CASE") == {"allow": false, "supervisor": false, "purposes": {"RETURN"}, "acknowledges": {"case"}}
	every scope in [[], ["STATISTICS"], ["RETURN", "CURIOSITY"], ["RETURN", null], "RETURN", 0, {}] {
		asked({"scope_purposes": scope}, "RETURN", "READ_CASE") == refused
	}
}

# What is about no case needs no purpose; one that is declared must hold.
test_own_affairs if {
	asked({}, "", "READ_OWN").allow
	asked({"roles": ["AUDITOR"]}, "", "READ_DISCLOSURES").allow
	asked({"roles": ["AGENCY_ADMINISTRATOR"]}, "", "MANAGE_AGREEMENT") == {
		"allow": true, "supervisor": false, "purposes": set(),
		"acknowledges": {"agreement", "agency", "proposal", "issuer", "invitation"},
	}
	asked({}, "OVERSIGHT", "READ_OWN").allow == false
	asked({"scope_purposes": ["RETURN"]}, "ASSISTANCE", "READ_OWN").allow == false
	asked({}, "", "FLY").allow == false
}

test_nothing_is_denied if {
	act.decision == refused with input as {}
	act.decision == refused with input as null
	act.decision.allow == false with input as {"viewer": viewer({}), "purpose": "RETURN"}
}

# F4: counts of refusals are read by focal points of coordination bodies alone.
test_refusals if {
	"READ_REFUSALS" in allowed({"roles": ["DATA_PROTECTION_FOCAL_POINT"], "agency_kind": "COORDINATION_BODY"})
	not "READ_REFUSALS" in allowed({"roles": ["CASE_WORKER", "AUDITOR"], "agency_kind": "COORDINATION_BODY"})
	not "READ_REFUSALS" in allowed({"roles": ["DATA_PROTECTION_FOCAL_POINT"], "agency_kind": "MINISTRY"})
}
