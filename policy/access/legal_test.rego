package sala.access_legal_test

import data.sala.access

day := 86400000000

hour := 3600000000

# A woman of 30 whose case the union "lwu" owns; the shelter "shl" and the international
# organisation "iom" have rows of their own in it. The police "pol" ask, the hospital "hos" too.
now := 20000 * day

base := {
	"case": {"id": "c", "owner": "lwu", "kind": "PRESUMED_VICTIM", "adult_from": 12000 * day, "deceased_at": -1},
	"agencies": {
		"lwu": {"kind": "UNION"}, "shl": {"kind": "SHELTER"}, "iom": {"kind": "INTERNATIONAL_ORGANISATION"},
		"pol": {"kind": "POLICE"}, "hos": {"kind": "HEALTH"}, "thb": {"kind": "REGIONAL_COUNTERPART"},
	},
	"recordings": {}, "contributors": ["shl", "iom"], "consents": {}, "referrals": {}, "agreements": {},
	"assignments": {"pol": ["pim"]}, "guardians": {}, "best_interests": {}, "incapacities": [], "recoveries": [], "permissions": [],
	"legal_bases": {},
}

order(change) := object.union(
	{
		"kind": "COURT_ORDER", "requester": "pol", "contributor": "shl", "purpose": "JUSTICE", "categories": ["NARRATIVE", "HEALTH", "IDENTITY"],
		"state": "CONFIRMED", "entered_by": "pim", "checked_agency": "shl", "checked_by": "dan", "checked_at": now + hour,
		"from": now, "until": now + (30 * day),
	},
	change,
)

duty(change) := order(object.union({"kind": "STATUTORY_DUTY", "categories": ["IDENTITY"]}, change))

danger(change) := order(object.union(
	{
		"kind": "VITAL_INTEREST", "requester": "hos", "purpose": "PROTECTION", "categories": ["HEALTH"],
	},
	change,
))

put(path, value) := {"op": "add", "path": path, "value": value}

accesses(basis, changes) := rows if {
	facts := json.patch(base, array.concat([put("/legal_bases/b1", basis)], changes))
	rows := {a | some a in access.access with input as facts; a.grantee == basis.requester}
}

# What a basis opens: its categories, by window.
opens(basis, changes) := {[a.categories, a.from, a.until] | some a in accesses(basis, changes); a.member == basis.requester}

shut(basis, changes) if opens(basis, changes) == set()

open(basis, changes) if count(opens(basis, changes)) > 0

said(change) := object.union(
	{
		"consent": "s1", "provision": "p1", "decision": "DENY", "strength": "FULL", "voice": "PERSON",
		"guardian": "", "best_interests": "", "basis": "CONSENT", "unit": "", "by_class": false, "singly": true, "onward": false,
		"written": false, "views": false, "mature": false, "free": true, "advised": false, "alone": false,
		"given_at": now - day, "from": now - day, "until": now + (900 * day), "contributors": [],
	},
	change,
)

refused(statements) := [put("/consents/hos", {"PROTECTION": {"HEALTH": statements}})]

incapable := put("/incapacities", [{"from": now - (2 * day), "until": now + day}])

# F1, C9: a court's order opens what it names of that agency's rows, without consent, from
# its check on, to whoever is on the case there, with the obligation.
test_court_order if {
	rows := accesses(order({}), [])
	{a.member | some a in rows} == {"", "pol", "pim"}
	whole := {a | some a in rows; a.member == "pol"}
	whole == {{
		"grantee": "pol", "member": "pol", "unit": "", "contributor": "shl", "action": "READ", "categories": ["CASE", "IDENTITY", "HEALTH", "NARRATIVE"],
		"purpose": "JUSTICE", "basis": "LEGAL_BASIS", "referral": "", "consent": "", "agreement": "", "referrer": "",
		"referral_agreement": "", "first_referral": "", "first_agreement": "", "first_referrer": "", "legal_basis": "b1", "obligations": ["NON_PUNISHMENT", "NO_ONWARD_SHARING", "PURPOSE_ONLY"], "from": now + hour, "until": now + (30 * day),
	}}
	{a.categories | some a in rows; a.member == ""} == {["CASE"]}
}

# F1: it has to be checked, by somebody of the agency whose rows they are alone.
test_own_approval_never_counts if {
	shut(order({"state": "WAITING"}), [])
	shut(order({"state": "REFUSED"}), [])
	shut(order({"state": "ENDED"}), [])
	shut(order({"checked_agency": "pol"}), [])
	shut(order({"checked_agency": "lwu"}), [])
	shut(order({"checked_by": "pim"}), [])
	shut(order({"checked_by": ""}), [])
	shut(order({"entered_by": ""}), [])
	shut(order({"checked_at": -1}), [])
	shut(order({"requester": "shl"}), [])
	shut(order({"until": access.forever}), [])
	shut(order({"until": now}), [])
	shut(order({"purpose": "STATISTICS"}), [])
	shut(order({"kind": "OTHER"}), [])
}

# A1, A6: of an agency with rows; an international organisation's by its own check.
test_whose_rows if {
	open(order({"contributor": "lwu", "checked_agency": "lwu"}), [])
	open(order({"contributor": "iom", "checked_agency": "iom"}), [])
	shut(order({"contributor": "hos", "checked_agency": "hos"}), [])
	shut(order({}), [put("/contributors", [])])
}

# J7.
test_no_counterpart if shut(order({"requester": "thb"}), [])

# B1, C9.
test_named_singly if {
	open(order({"categories": ["WHEREABOUTS"]}), [])
	open(order({"categories": ["HEALTH_RESTRICTED"]}), [])
	shut(order({"categories": ["WHEREABOUTS", "IDENTITY"]}), [])
	shut(order({"categories": ["HEALTH_RESTRICTED", "WHEREABOUTS"]}), [])
	shut(order({"categories": ["CASE"]}), [])
	shut(order({"categories": []}), [])
}

# C9: a statutory duty opens none of what is guarded for JUSTICE; for other purposes it may.
test_statutory_duty if {
	open(duty({}), [])
	shut(duty({"categories": ["NARRATIVE"]}), [])
	shut(duty({"categories": ["HEALTH"]}), [])
	shut(duty({"categories": ["WHEREABOUTS"]}), [])
	shut(duty({"categories": ["HEALTH_RESTRICTED"]}), [])
	open(duty({"categories": ["WHEREABOUTS"], "purpose": "PROTECTION"}), [])
}

# D8: who traces her family learns nothing of exploitation by a basis either.
test_tracing if {
	tracing := order({"purpose": "TRACING", "categories": ["TRAFFICKING", "FAMILY", "NARRATIVE"]})
	opens(tracing, []) == {[["CASE", "FAMILY"], now + hour, now + (30 * day)]}
	shut(order({"purpose": "TRACING", "categories": ["HEALTH_RESTRICTED"]}), [])
}

# C7: after her death an order and a duty still open; a vital interest does not.
test_after_death if {
	dead := [put("/case/deceased_at", now - day)]
	open(order({}), dead)
	open(duty({}), dead)
	shut(danger({}), dead)
}

# D7: while she recovers no duty begins for JUSTICE; an order stands.
test_recovery if {
	resting := [put("/recoveries", [{"from": now, "until": now + (9 * day), "asked": false}])]
	opens(duty({}), resting) == {[["CASE", "IDENTITY"], now + (9 * day), now + (30 * day)]}
	opens(order({"categories": ["IDENTITY"]}), resting) == {[["CASE", "IDENTITY"], now + hour, now + (30 * day)]}
	open(duty({}), [put("/recoveries", [{"from": now, "until": now + (9 * day), "asked": true}])])
}

# F2: 72 hours from its check, never for JUSTICE.
test_vital_interest if {
	opens(danger({}), []) == {[["CASE", "HEALTH"], now + hour, now + (73 * hour)]}
	opens(danger({"until": now + (5 * hour)}), []) == {[["CASE", "HEALTH"], now + hour, now + (5 * hour)]}
	shut(danger({"purpose": "JUSTICE"}), [])
	shut(danger({"purpose": "JUSTICE", "categories": ["IDENTITY"]}), [])
}

# F2: never over a capable adult's refusal: to the agency that asks, or of recording.
test_refusal if {
	shut(danger({}), refused([said({})]))
	shut(danger({}), refused([said({"decision": "PERMIT"}), said({"given_at": now - hour})]))
	shut(danger({}), [put("/recordings/shl", {"PROTECTION": {"HEALTH": [said({})]}})])
	shut(danger({}), [put("/recordings/lwu", {"PROTECTION": {"HEALTH": [said({})]}})])
	shut(danger({}), array.concat(refused([said({})]), [put("/incapacities", [{"from": now - hour, "until": now + day}])]))
	open(danger({}), refused([said({}), said({"decision": "PERMIT", "given_at": now - hour})]))

	# A yes from when she was incapable takes no refusal back.
	shut(danger({}), array.concat(
		refused([said({}), said({"decision": "PERMIT", "given_at": now - hour})]),
		[put("/incapacities", [{"from": now - (2 * hour), "until": now - 1}])],
	))
	open(danger({}), refused([said({"voice": "CAREGIVER"})]))
	open(danger({}), [put("/consents/hos", {"ASSISTANCE": {"HEALTH": [said({})]}, "PROTECTION": {"IDENTITY": [said({})]}})])
	open(order({"requester": "hos"}), [put("/consents/hos", {"JUSTICE": {"HEALTH": [said({})]}})])
}

# F2: what is not sound might be a refusal.
test_broken_statement if {
	shut(danger({}), refused([said({"voice": "NOBODY"})]))
	shut(danger({}), refused([said({"decision": ""})]))
}

# F2: a category that she refuses is left out, the others stay.
test_refusal_of_one_category if {
	opens(danger({"categories": ["HEALTH", "IDENTITY"]}), refused([said({})])) == {[["CASE", "IDENTITY"], now + hour, now + (73 * hour)]}
}

# F2: a child, and one who is incapable, is helped over what she refuses, for as long.
test_helped_over_a_refusal if {
	girl := array.concat(refused([said({})]), [put("/case/adult_from", now + day)])
	opens(danger({}), girl) == {[["CASE", "HEALTH"], now + hour, now + day]}
	open(danger({}), array.concat(refused([said({})]), [put("/case/adult_from", -1)]))
	opens(danger({}), array.concat(refused([said({})]), [incapable])) == {[["CASE", "HEALTH"], now + hour, now + day]}
	grown := array.concat(refused([said({})]), [put("/case/adult_from", now - hour)])
	shut(danger({}), grown)
	shut(danger({}), array.concat(refused([said({})]), [put("/case/adult_from", 0 - (90000 * day))]))
}

yes_to(unit) := said({"decision": "PERMIT", "unit": unit, "given_at": now})

# A5, F2: a yes about a unit takes back no refusal of its agency; a no about a unit is one.
test_vital_interest_and_units if {
	open(danger({}), refused([said({}), yes_to("")]))
	shut(danger({}), refused([said({}), yes_to("u1")]))
	shut(danger({}), refused([said({"unit": "u1"})]))
	shut(danger({}), refused([said({"unit": null})]))
}
