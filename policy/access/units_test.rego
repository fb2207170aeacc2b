package sala.access_test

# What of hers reaches the organisation, by the unit that it is limited to.
by_unit(changes) := {[a.unit, a.member] |
	some a in shared(changes)
	"IDENTITY" in a.categories
}

in_unit(unit) := {[unit, "nok"], [unit, "ngo"]}

to_unit(unit) := put("/referrals/ngo/0/unit", unit)

yes(unit, at) := said({"unit": unit, "given_at": at})

no(unit, at) := said({"unit": unit, "given_at": at, "decision": "DENY"})

identities(list) := [leaf("IDENTITY", list)]

# A5: a consent, or a referral, for a unit opens to that unit alone, for whomever.
test_one_unit_alone if {
	by_unit([]) == in_unit("")
	by_unit(identities([yes("u1", 100)])) == in_unit("u1")
	by_unit([to_unit("u1")]) == in_unit("u1")
	by_unit(array.concat(identities([yes("u1", 100)]), [to_unit("u1")])) == in_unit("u1")
	by_unit(array.concat(identities([yes("u1", 100)]), [to_unit("u2")])) == set()
	by_unit(identities([yes("u1", 100), yes("u2", 150)])) == in_unit("u1") | in_unit("u2")
	{a.unit | some a in shared([to_unit("u1")])} == {"u1"}
}

# A5, C4: the latest that is said of the unit and of its agency decides for the unit.
test_the_latest_about_a_unit if {
	by_unit(identities([yes("u1", 100), no("u1", 150)])) == set()
	by_unit(identities([no("u1", 100), yes("u1", 150)])) == in_unit("u1")
	by_unit(identities([yes("u1", 100), no("", 150)])) == set()
	by_unit(identities([no("", 100), yes("u1", 150)])) == in_unit("u1")
	by_unit(identities([yes("u1", 100), no("", 100)])) == set()
	by_unit(identities([yes("", 100), yes("u1", 150)])) == in_unit("") | in_unit("u1")
}

# A5, C4: a no about a unit is one about the agency as a whole too, whose members that
# unit's are, until a yes about the agency; other units are permitted by name.
test_no_to_a_unit if {
	by_unit(identities([yes("", 100), no("u1", 150)])) == set()
	by_unit(identities([yes("", 100), no("u1", 100)])) == set()
	by_unit(identities([no("u1", 100), yes("", 150)])) == in_unit("")
	by_unit(identities([yes("", 100), yes("u2", 100), no("u1", 150)])) == in_unit("u2")
}

# C3, C4: a no about a unit outlasts a yes about the class of its agency.
test_no_to_a_unit_outlasts_a_class if {
	class := said({"by_class": true, "given_at": 170})
	by_unit(identities([yes("u1", 100), class])) == in_unit("") | in_unit("u1")
	by_unit(identities([no("u1", 150), class])) == set()
	by_unit(identities([yes("u1", 100), no("u1", 150), class])) == set()
}

# A5: what does not say for whom it is, is not sound.
test_no_word_about_the_unit if {
	every unit in [null, 1, true, [], {}] {
		by_unit([to_unit(unit)]) == set()
		by_unit(identities([said({"unit": unit})])) == set()
		by_unit(identities([said({}), said({"unit": unit, "decision": "DENY", "given_at": 50})])) == set()
	}
	by_unit([{"op": "remove", "path": "/referrals/ngo/0/unit"}]) == set()
	by_unit([{"op": "remove", "path": "/consents/ngo/ASSISTANCE/IDENTITY/0/unit"}]) == set()
}

# A5, D2: so is the preview the unit's alone.
test_preview_to_a_unit if {
	offered := put("/referrals/ngo/0/state", "OFFERED")
	{a.unit | some a in shared([offered])} == {""}
	{[a.action, a.unit] | some a in shared([offered, to_unit("u1")])} == {["PREVIEW", "u1"]}
}

recorded_for(unit) := put("/recordings/ngo", {"ASSISTANCE": {"IDENTITY": [said({"unit": unit, "consent": "r3"})]}})

# A4, A5: a unit adds its own, and keeps to itself what it records for itself.
test_own_rows_of_a_unit if {
	part := put("/contributors/1", "ngo")
	{[a.action, a.unit] | some action in ["READ", "ADD", "CORRECT"]; some a in own([recorded_for("u1"), part, to_unit("u1")], "ngo", action); a.contributor == "ngo"} == {[action, "u1"] | some action in ["READ", "ADD", "CORRECT"]}
	{[a.action, a.unit] | some action in ["READ", "ADD", "CORRECT"]; some a in own([recorded_for(""), part], "ngo", action); a.contributor == "ngo"} == {[action, ""] | some action in ["READ", "ADD", "CORRECT"]}
}
