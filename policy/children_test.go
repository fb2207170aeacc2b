package policy

import (
	"time"

	"github.com/sala-exchange/sala/ent/rule"
)

const (
	dayLong  = int64(24 * time.Hour / time.Microsecond)
	minorNow = 1000 * dayLong
)

// spoken is a yes of a voice, to be put beside others.
func spoken(consent string, of rule.StatementFacts) rule.StatementFacts {
	of.Consent, of.Provision, of.Decision, of.Strength, of.Basis, of.Contributors = consent, "p", "PERMIT", "FULL", "CONSENT", []string{}
	of.Singly, of.GivenAt, of.From, of.Until = true, minorNow, minorNow, rule.Forever
	return of
}

// minor is the case of a girl of 13: ngo reads for ASSISTANCE by her mother's consent and
// her written assent, pol for JUSTICE by a panel's determination beside them.
func minor() *rule.Facts {
	voices := []rule.StatementFacts{
		spoken("m1", rule.StatementFacts{Voice: "CAREGIVER", Guardian: "mum", Views: true}),
		spoken("s1", rule.StatementFacts{Voice: "PERSON", Written: true}),
	}
	panel := spoken("d1", rule.StatementFacts{Voice: "BEST_INTERESTS", BestInterests: "de"})
	assessed := spoken("d2", rule.StatementFacts{Voice: "BEST_INTERESTS", BestInterests: "as"})
	recorded := []rule.StatementFacts{spoken("r1", rule.StatementFacts{Voice: "PERSON"})}
	referral := func(id, to, purpose string) rule.ReferralFacts {
		return rule.ReferralFacts{ID: id, From: "lwu", To: to, Purpose: purpose, Categories: []string{"IDENTITY", "PROFILE"}, State: "ACCEPTED",
			OfferedAt: minorNow, ReplyBy: minorNow + 9*dayLong, AcceptedAt: minorNow + dayLong, Until: minorNow + 9000*dayLong}
	}
	agreement := rule.AgreementFacts{ID: "a1", Parties: []string{"lwu", "ngo", "pol"}, Purposes: []string{"ASSISTANCE", "JUSTICE"},
		Categories: []string{"IDENTITY", "PROFILE"}, CaseKinds: []string{"CHILD_AT_RISK"}, From: 1, Until: rule.Forever, Onward: "NO"}
	return &rule.Facts{
		Case:     rule.CaseFacts{ID: "c", Owner: "lwu", Kind: "CHILD_AT_RISK", AdultFrom: minorNow + 5*365*dayLong, DeceasedAt: -1},
		Agencies: map[string]rule.AgencyFacts{"lwu": {Kind: "UNION"}, "ngo": {Kind: "NGO"}, "pol": {Kind: "POLICE"}, "shl": {Kind: "SHELTER"}},
		Recordings: map[string]rule.Statements{"lwu": {
			"ASSISTANCE": {"IDENTITY": recorded, "PROFILE": recorded}, "JUSTICE": {"IDENTITY": recorded},
		}},
		Consents: map[string]rule.Statements{
			"ngo": {"ASSISTANCE": {"IDENTITY": voices, "PROFILE": {assessed}}},
			"pol": {"JUSTICE": {"IDENTITY": append([]rule.StatementFacts{panel}, voices...)}},
		},
		Referrals: map[string][]rule.ReferralFacts{
			"ngo": {referral("f1", "ngo", "ASSISTANCE")}, "pol": {referral("f2", "pol", "JUSTICE")},
		},
		Agreements:   map[string][]rule.AgreementFacts{"lwu": {agreement}, "ngo": {agreement}, "pol": {agreement}},
		Assignments:  map[string][]string{"ngo": {"nok"}, "pol": {"pim"}},
		Contributors: []string{},
		Guardians: map[string]rule.GuardianFacts{
			"mum": {From: 0, Until: rule.Forever}, "dad": {From: 0, Until: rule.Forever}, "off": {Conflict: true, Agency: "pol", From: 0, Until: 5},
		},
		BestInterests: map[string]rule.BestInterestsFacts{
			"de": {Kind: "DETERMINATION", StandsFor: []string{"CAREGIVER"}, ReviewAt: minorNow + 300*dayLong, Signed: []rule.SignatureFacts{
				{As: "PANEL", Agency: "lwu", Member: "ann"}, {As: "PANEL", Agency: "shl", Member: "sue"}, {As: "PANEL", Agency: "shl", Member: "shi"}}},
			"as": {Kind: "ASSESSMENT", StandsFor: []string{"CAREGIVER", "PERSON"}, ReviewAt: minorNow + 30*dayLong, Signed: []rule.SignatureFacts{
				{As: "WORKER", Agency: "lwu", Member: "ann"}, {As: "SUPERVISOR", Agency: "lwu", Member: "boss"}}},
		},
		Incapacities: []rule.IntervalFacts{},
		Recoveries:   []rule.RecoveryFacts{},
		LegalBases:   map[string]rule.LegalBasisFacts{}, Permissions: []rule.PermissionFacts{}, BreakGlass: []rule.GlassFacts{},
	}
}

// reflecting is the case of a woman who has a period of recovery and reflection, before
// which atd was let in, and one in which she asked; and who said apart what takes that.
func reflecting() *rule.Facts {
	f := minor()
	f.Case.AdultFrom = dayLong
	story := spoken("s2", rule.StatementFacts{Voice: "PERSON", Advised: true, Alone: true, Free: true})
	first := spoken("s3", rule.StatementFacts{Voice: "PERSON", Free: true})
	first.Strength = "PROVISIONAL"
	recorded := []rule.StatementFacts{spoken("r1", rule.StatementFacts{Voice: "PERSON"})}
	f.Recordings["lwu"]["JUSTICE"]["NARRATIVE"] = recorded
	f.Consents["pol"] = rule.Statements{"JUSTICE": {"NARRATIVE": {story}, "IDENTITY": {first}}}
	f.Consents["ngo"] = rule.Statements{"ASSISTANCE": {"IDENTITY": {first}}}
	f.Referrals["pol"][0].Categories = append(f.Referrals["pol"][0].Categories, "NARRATIVE")
	for _, list := range f.Agreements {
		list[0].Categories = append(list[0].Categories, "NARRATIVE")
	}
	f.Recoveries = []rule.RecoveryFacts{
		{From: minorNow, Until: minorNow + 2*dayLong, Asked: true}, {From: minorNow + 2*dayLong, Until: minorNow + 90*dayLong},
	}
	return f
}

// incapable is the case of a woman who cannot decide herself: an assessment stands for her.
func incapable() *rule.Facts {
	f := minor()
	f.Case.AdultFrom = dayLong
	f.Incapacities = []rule.IntervalFacts{{From: minorNow - dayLong, Until: minorNow + 20*dayLong}}
	earlier := spoken("s0", rule.StatementFacts{Voice: "PERSON"})
	earlier.GivenAt -= 2 * dayLong
	f.Consents["ngo"]["ASSISTANCE"]["IDENTITY"] = []rule.StatementFacts{earlier}
	return f
}
