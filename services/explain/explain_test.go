package explain_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/explain"
)

const (
	now  = int64(1_000_000_000_000_000)
	year = int64(365 * 24 * 3600 * 1e6)
)

// woman is the case of a grown woman of whom the union recorded everything for
// ASSISTANCE and JUSTICE, and of whom nobody else has heard.
func woman() *rule.Facts {
	recorded := map[string][]rule.StatementFacts{}
	for _, c := range category.Shareable() {
		recorded[string(c)] = []rule.StatementFacts{hers("PERMIT")}
	}
	return &rule.Facts{
		Case: rule.CaseFacts{ID: "c", Owner: "lwu", Kind: "PRESUMED_VICTIM", AdultFrom: 1, DeceasedAt: -1},
		Agencies: map[string]rule.AgencyFacts{
			"lwu": {Kind: "UNION"}, "ngo": {Kind: "NGO"}, "pol": {Kind: "POLICE"}, "far": {Kind: "REGIONAL_COUNTERPART"},
		},
		Recordings: map[string]rule.Statements{"lwu": {"ASSISTANCE": recorded, "JUSTICE": recorded}}, Consents: map[string]rule.Statements{},
		Referrals: map[string][]rule.ReferralFacts{}, Agreements: map[string][]rule.AgreementFacts{}, Assignments: map[string][]string{}, Contributors: []string{},
		Guardians: map[string]rule.GuardianFacts{}, BestInterests: map[string]rule.BestInterestsFacts{}, Incapacities: []rule.IntervalFacts{}, Recoveries: []rule.RecoveryFacts{},
		LegalBases: map[string]rule.LegalBasisFacts{}, Permissions: []rule.PermissionFacts{}, BreakGlass: []rule.GlassFacts{},
	}
}

func hers(decision string) rule.StatementFacts {
	return rule.StatementFacts{
		Consent: "s", Provision: "p", Decision: decision, Strength: "FULL", Voice: "PERSON", Basis: "CONSENT", Singly: true, Alone: true, Advised: true, Free: true, Written: true,
		GivenAt: now - year, From: now - year, Until: now + year, Contributors: []string{},
	}
}

func agreed(with string) map[string][]rule.AgreementFacts {
	a := rule.AgreementFacts{
		ID: "a", Parties: []string{"lwu", with}, Purposes: []string{"ASSISTANCE", "JUSTICE"}, CaseKinds: []string{"PRESUMED_VICTIM"},
		From: now - year, Until: now + year, Onward: "NO", AtEnd: "DELETE",
	}
	for _, c := range category.Shareable() {
		a.Categories = append(a.Categories, string(c))
	}
	return map[string][]rule.AgreementFacts{"lwu": {a}, with: {a}}
}

func of(t *testing.T, f *rule.Facts, agency string, purpose category.Purpose, shut ...string) map[category.Category]explain.Answer {
	t.Helper()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	gates := map[string]bool{}
	for _, id := range shut {
		gates[id] = true
	}
	answers, err := explain.Of(context.Background(), p.Access, f, agency, purpose, now, gates)
	if err != nil {
		t.Fatal(err)
	}
	out := map[category.Category]explain.Answer{}
	for _, a := range answers {
		out[a.Category] = a
	}
	return out
}

// What is named is needed and suffices: by the case, what opens her identity.
func TestWhatWouldOpenIt(t *testing.T) {
	t.Parallel()
	consented := func(decision string) map[string]rule.Statements {
		return map[string]rule.Statements{"ngo": {"ASSISTANCE": {"IDENTITY": {hers(decision)}}}}
	}
	for name, c := range map[string]struct {
		change  func(*rule.Facts)
		agency  string
		purpose category.Purpose
		shut    []string
		want    string
		said    explain.Standing
	}{
		"nothing was done": {func(*rule.Facts) {}, "ngo", category.ForAssistance, nil, "AGREEMENT CONSENT REFERRAL", explain.Unasked},
		"she said no":      {func(f *rule.Facts) { f.Agreements, f.Consents = agreed("ngo"), consented("DENY") }, "ngo", category.ForAssistance, nil, "CONSENT REFERRAL", explain.Refused},
		"she said yes":     {func(f *rule.Facts) { f.Agreements, f.Consents = agreed("ngo"), consented("PERMIT") }, "ngo", category.ForAssistance, nil, "REFERRAL", ""},
		"a suspended agreement counts as none": {
			func(f *rule.Facts) { f.Agreements, f.Consents = agreed("ngo"), consented("PERMIT") }, "ngo", category.ForAssistance, []string{"a"}, "AGREEMENT REFERRAL", "",
		},
		"a child": {func(f *rule.Facts) { f.Case.AdultFrom = now + 10*year }, "ngo", category.ForAssistance, nil, "AGREEMENT CONSENT GUARDIAN REFERRAL", explain.Unasked},
		"a child for justice": {
			func(f *rule.Facts) { f.Case.AdultFrom = now + 10*year }, "pol", category.ForJustice, nil, "AGREEMENT CONSENT GUARDIAN DETERMINATION REFERRAL", explain.Unasked,
		},
		"recovery": {
			func(f *rule.Facts) { f.Recoveries = []rule.RecoveryFacts{{From: now - 1, Until: now + year}} }, "pol", category.ForJustice, nil, "RECOVERY AGREEMENT CONSENT REFERRAL", explain.Unasked,
		},
		"who cannot decide": {
			func(f *rule.Facts) { f.Incapacities = []rule.IntervalFacts{{From: now - 1, Until: now + year}} }, "ngo", category.ForAssistance, nil, "AGREEMENT DECISION REFERRAL", "",
		},
		"one who died":           {func(f *rule.Facts) { f.Case.DeceasedAt = now - 1 }, "ngo", category.ForAssistance, nil, "", ""},
		"a regional counterpart": {func(*rule.Facts) {}, "far", category.ForAssistance, nil, "", ""},
		"figures":                {func(*rule.Facts) {}, "ngo", category.Statistics, nil, "", ""},
		"the owner's own":        {func(f *rule.Facts) { f.Recordings = map[string]rule.Statements{} }, "lwu", category.ForAssistance, nil, "RECORDING", ""},
		"an agency that is shut is explained as one without agreement": {
			func(f *rule.Facts) { f.Agreements = agreed("ngo") }, "ngo", category.ForAssistance, []string{"ngo"}, "AGREEMENT CONSENT REFERRAL", explain.Unasked,
		},
		"an agency nobody knows of": {func(*rule.Facts) {}, "who", category.ForAssistance, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := woman()
			c.change(f)
			a := of(t, f, c.agency, c.purpose, c.shut...)[category.Identity]
			var got []string
			for _, n := range a.Needs {
				got = append(got, string(n))
			}
			if a.Open || strings.Join(got, " ") != c.want || a.Said != c.said {
				t.Errorf("open %v, needs %v, said %q; want %q, %q", a.Open, got, a.Said, c.want, c.said)
			}
		})
	}
}

// What is open names what it rests on, and nothing else is asked for.
func TestWhatIsOpen(t *testing.T) {
	t.Parallel()
	f := woman()
	f.Agreements = agreed("ngo")
	f.Consents = map[string]rule.Statements{"ngo": {"ASSISTANCE": {"IDENTITY": {hers("PERMIT")}}}}
	f.Referrals = map[string][]rule.ReferralFacts{"ngo": {{
		ID: "r", From: "lwu", To: "ngo", Purpose: "ASSISTANCE", Categories: []string{"IDENTITY", "HEALTH"}, State: "ACCEPTED", OfferedAt: now - 20, ReplyBy: now + 20,
		AcceptedAt: now - 10, Until: now + year,
	}}}
	answers := of(t, f, "ngo", category.ForAssistance)
	if a := answers[category.Identity]; !a.Open || a.Access.Referral != "r" || a.Access.Consent != "s" || len(a.Needs) != 0 {
		t.Errorf("her identity: %+v", a)
	}
	if a := answers[category.Health]; a.Open || !slices.Equal(a.Needs, []explain.Need{explain.Consent}) {
		t.Errorf("her health: %+v", a)
	}
}

// Restricted health is closed to justice whatever is said (C9).
func TestWhatNothingOpens(t *testing.T) {
	t.Parallel()
	a := of(t, woman(), "pol", category.ForJustice)[category.HealthRestricted]
	if a.Open || len(a.Needs) != 0 {
		t.Errorf("%+v", a)
	}
	if words := explain.Words(explain.English, a, false); !strings.Contains(words, "legal basis") {
		t.Errorf("it says %q", words)
	}
}
