package sala.act_glass_test

import data.sala.act

may(change, purpose) if {
	viewer := object.union(
		{
			"agency": "shl", "agency_kind": "SHELTER", "agency_active": true, "agency_frozen": false, "member": "nok",
			"member_active": true, "roles": ["CASE_WORKER"], "scope_purposes": null, "second_factor": true,
		},
		change,
	)
	decision := act.decision with input as {"viewer": viewer, "purpose": purpose, "action": "BREAK_GLASS"}
	decision.allow
}

# F3: a case worker of a service or health agency with a second factor, never for JUSTICE.
test_who_breaks_glass if {
	every purpose in ["PROTECTION", "ASSISTANCE"] {
		may({}, purpose)
	}
	every purpose in ["", "JUSTICE", "RETURN", "TRACING", "IDENTIFICATION", "LEGAL_AID", "STATISTICS", "OVERSIGHT"] {
		not may({}, purpose)
	}
	every kind in act.agency_kinds - {"HEALTH", "SHELTER", "NGO", "UNION"} {
		not may({"agency_kind": kind}, "PROTECTION")
	}
	not may({"agency_kind": "REGIONAL_COUNTERPART"}, "PROTECTION")
	every role in object.keys(act.role_actions) - {"CASE_WORKER"} {
		not may({"roles": [role]}, "PROTECTION")
	}
	not may({"roles": ["CASE_WORKER", "PLATFORM_ADMINISTRATOR"]}, "PROTECTION")
	not may({"roles": ["CASE_WORKER", "PLATFORM_OPERATOR"]}, "PROTECTION")
	every change in [
		{"second_factor": false}, {"second_factor": "true"}, {"second_factor": null}, {"agency_frozen": true},
		{"agency_active": false}, {"member_active": false}, {"scope_purposes": ["RETURN"]},
	] {
		not may(change, "PROTECTION")
	}
	may({"scope_purposes": ["PROTECTION"]}, "PROTECTION")
}

# F5: who oversees does nothing else.
test_who_oversees if {
	act.role_actions.OVERSIGHT_PANEL_MEMBER == {"READ_OWN", "OVERSEE"}
	every role in object.keys(act.role_actions) - {"OVERSIGHT_PANEL_MEMBER"} {
		not "OVERSEE" in act.role_actions[role]
	}
}
