package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

func builtIn(t testing.TB) *Policy {
	t.Helper()
	p, err := Embedded()
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	return p
}

// granting is a case in which every kind of access is open: the owner's, another
// contributor's, a receiver's and a preview.
func granting() *rule.Facts {
	yes := func(consent string, contributors ...string) []rule.StatementFacts {
		return []rule.StatementFacts{{
			Consent: consent, Provision: "p", Decision: "PERMIT", Strength: "FULL", Voice: "PERSON", Basis: "CONSENT",
			Singly: true, GivenAt: 100, From: 80, Until: 1000, Contributors: append([]string{}, contributors...),
		}}
	}
	no := rule.StatementFacts{
		Consent: "s0", Provision: "p", Decision: "DENY", Strength: "FULL", Voice: "PERSON", Basis: "CONSENT",
		GivenAt: 90, From: 80, Until: 1000, Contributors: []string{},
	}
	refer := func(id, to, state string) rule.ReferralFacts {
		return rule.ReferralFacts{
			ID: id, From: "lwu", To: to, Purpose: "ASSISTANCE", Categories: []string{"IDENTITY", "WHEREABOUTS", "PROFILE"},
			State: state, OfferedAt: 110, ReplyBy: 300, AcceptedAt: 200, Until: 900,
		}
	}
	agree := func(id string, parties ...string) rule.AgreementFacts {
		return rule.AgreementFacts{
			ID: id, Parties: parties, Purposes: []string{"ASSISTANCE", "JUSTICE"},
			Categories: []string{"IDENTITY", "WHEREABOUTS", "PROFILE"}, CaseKinds: []string{"PRESUMED_VICTIM"}, From: 10, Until: 950, Onward: "NO",
		}
	}
	all, third := agree("a1", "lwu", "ngo", "pol", "hos"), agree("a2", "shl", "ngo")
	shared := rule.Statements{"ASSISTANCE": {
		"IDENTITY": append(yes("s1", "shl"), no), "WHEREABOUTS": yes("s1"),
		"PROFILE": append(yes("s2"), no),
	}}
	byClass := rule.Statements{"ASSISTANCE": {"PROFILE": yes("s3")}}
	byClass["ASSISTANCE"]["PROFILE"][0].ByClass = true
	return &rule.Facts{
		Case: rule.CaseFacts{ID: "c", Owner: "lwu", Kind: "PRESUMED_VICTIM", AdultFrom: 50, DeceasedAt: -1},
		Agencies: map[string]rule.AgencyFacts{
			"lwu": {Kind: "UNION"}, "ngo": {Kind: "NGO"}, "shl": {Kind: "SHELTER"}, "pol": {Kind: "POLICE"}, "hos": {Kind: "HEALTH"},
		},
		Recordings: map[string]rule.Statements{
			"lwu": {"ASSISTANCE": {"IDENTITY": append(yes("r1"), no), "WHEREABOUTS": yes("r1"), "PROFILE": yes("r1")}},
			"shl": {"ASSISTANCE": {"IDENTITY": yes("r3")}},
			"ngo": {"ASSISTANCE": {"HEALTH": yes("r2")}},
		},
		Consents: map[string]rule.Statements{"ngo": shared, "pol": shared, "hos": byClass},
		Referrals: map[string][]rule.ReferralFacts{
			"ngo": {refer("f1", "ngo", "ACCEPTED")}, "pol": {refer("f2", "pol", "OFFERED")}, "hos": {refer("f3", "hos", "ACCEPTED")},
		},
		Agreements: map[string][]rule.AgreementFacts{
			"lwu": {all}, "ngo": {all, third}, "pol": {all}, "hos": {all}, "shl": {third},
		},
		Assignments:  map[string][]string{"lwu": {"ann"}, "ngo": {"nok", "noi"}, "pol": {"pim"}, "hos": {"hom"}},
		Contributors: []string{"ngo", "shl"},
		Guardians:    map[string]rule.GuardianFacts{}, BestInterests: map[string]rule.BestInterestsFacts{}, Incapacities: []rule.IntervalFacts{},
		Recoveries: []rule.RecoveryFacts{}, LegalBases: map[string]rule.LegalBasisFacts{}, Permissions: []rule.PermissionFacts{}, BreakGlass: []rule.GlassFacts{},
	}
}

// passing is a case of which the organisation passes on what it reads to a shelter, after
// asking; and in which an international organisation's rows open by its own decision.
func passing() *rule.Facts {
	f := granting()
	for _, category := range []string{"IDENTITY", "WHEREABOUTS"} {
		for i := range f.Consents["ngo"]["ASSISTANCE"][category] {
			f.Consents["ngo"]["ASSISTANCE"][category][i].Onward = true
		}
	}
	yes := slices.Clone(f.Consents["ngo"]["ASSISTANCE"]["WHEREABOUTS"])
	yes[0].Consent, yes[0].Contributors = "s9", []string{"iom"}
	f.Agencies = map[string]rule.AgencyFacts{"lwu": {Kind: "UNION"}, "ngo": {Kind: "NGO"}, "hos": {Kind: "HEALTH"}, "iom": {Kind: "INTERNATIONAL_ORGANISATION"}}
	f.Consents = map[string]rule.Statements{
		"ngo": {"ASSISTANCE": {"IDENTITY": f.Consents["ngo"]["ASSISTANCE"]["IDENTITY"], "WHEREABOUTS": f.Consents["ngo"]["ASSISTANCE"]["WHEREABOUTS"]}},
		"hos": {"ASSISTANCE": {"IDENTITY": yes}},
	}
	f.Consents["ngo"]["ASSISTANCE"]["IDENTITY"][0].Contributors = []string{"iom"}
	f.Recordings = map[string]rule.Statements{"lwu": f.Recordings["lwu"], "iom": f.Recordings["shl"]}
	first := f.Referrals["ngo"][0]
	second := first
	second.ID, second.From, second.To, second.OnwardOf, second.AcceptedAt = "f4", "ngo", "hos", "f1", 250
	f.Referrals = map[string][]rule.ReferralFacts{"ngo": {first}, "hos": {second}}
	agreed := f.Agreements["lwu"][0]
	agreed.Parties, agreed.Onward = []string{"lwu", "ngo"}, "ASK"
	theirs, on := agreed, agreed
	theirs.ID, theirs.Parties, theirs.Onward = "a2", []string{"iom", "ngo"}, "YES"
	on.ID, on.Parties, on.Onward = "a3", []string{"hos", "ngo"}, "NO"
	f.Agreements = map[string][]rule.AgreementFacts{"lwu": {agreed}, "ngo": {agreed, theirs, on}, "iom": {theirs}, "hos": {on}}
	f.Assignments = map[string][]string{"lwu": {"ann"}, "ngo": {"nok"}, "hos": {"hom"}}
	f.Contributors = []string{"iom"}
	permits := func(by, to, referral string) rule.PermissionFacts {
		return rule.PermissionFacts{Contributor: by, Recipient: to, Referral: referral, Purpose: "ASSISTANCE", Categories: []string{"IDENTITY"}, From: 100, Until: 700}
	}
	f.Permissions = []rule.PermissionFacts{permits("lwu", "hos", "f4"), permits("iom", "ngo", ""), permits("iom", "hos", "")}
	return f
}

// TestPassedOn: both the owner's rows and those of an international organisation that
// decided so reach the third agency, with both links named (A6, D4).
func TestPassedOn(t *testing.T) {
	rows, err := builtIn(t).Access(context.Background(), passing())
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	from := map[string]rule.Access{}
	for _, a := range rows {
		if a.Grantee == "hos" && a.Member == "hom" && a.Action == "READ" {
			from[a.Contributor] = a
		}
	}
	lwu, iom := from["lwu"], from["iom"]
	if lwu.Referrer != "ngo" || lwu.FirstReferral != "f1" || lwu.FirstReferrer != "lwu" || lwu.FirstAgreement != "a1" || lwu.Agreement != "a1" || lwu.ReferralAgreement != "a3" {
		t.Errorf("the owner's rows: %+v", lwu)
	}
	if iom.Referrer != "ngo" || iom.Agreement != "a2" || iom.FirstAgreement != "a1" || iom.From != 250 || iom.Until != 700 {
		t.Errorf("the international organisation's rows: %+v", iom)
	}
}

func TestAccessGrants(t *testing.T) {
	rows, err := builtIn(t).Access(context.Background(), granting())
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	want := rule.Access{
		Grantee: "ngo", Member: "nok", Contributor: "shl", Action: "READ", Categories: []string{"CASE", "IDENTITY"},
		Purpose: "ASSISTANCE", Basis: "CONSENT_REFERRAL", Referral: "f1", Consent: "s1", Agreement: "a2",
		Referrer: "lwu", ReferralAgreement: "a1", From: 200, Until: 900,
		Obligations: []string{"DELETE_AT_END", "NO_ONWARD_SHARING", "PURPOSE_ONLY", "REPORT_BREACHES"},
	}
	kinds := map[string]int{}
	found := false
	for _, a := range rows {
		kinds[a.Action+" "+a.Basis]++
		found = found || reflect.DeepEqual(a, want)
	}
	if !found {
		t.Errorf("the named contributor's rows are not open; got %d accesses", len(rows))
	}
	for _, kind := range []string{
		"READ OWNERSHIP", "ADD OWNERSHIP", "CORRECT OWNERSHIP", "READ OWN_CONTRIBUTION", "ADD OWN_CONTRIBUTION",
		"READ CONSENT_REFERRAL", "PREVIEW CONSENT_REFERRAL",
	} {
		if kinds[kind] == 0 {
			t.Errorf("no access %s", kind)
		}
	}
}

// TestJusticeObliges: C9 reaches the caller as a field of the access.
func TestJusticeObliges(t *testing.T) {
	f := granting()
	f.Consents["ngo"]["JUSTICE"] = f.Consents["ngo"]["ASSISTANCE"]
	f.Recordings["lwu"]["JUSTICE"] = f.Recordings["lwu"]["ASSISTANCE"]
	f.Referrals["ngo"][0].Purpose = "JUSTICE"
	rows, err := builtIn(t).Access(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, a := range rows {
		if a.Purpose != "JUSTICE" || a.Grantee == a.Contributor {
			continue
		}
		seen++
		if !slices.Contains(a.Obligations, "NON_PUNISHMENT") {
			t.Errorf("an access for JUSTICE carries %v", a.Obligations)
		}
	}
	if seen == 0 {
		t.Error("no access for JUSTICE")
	}
}

// TestFactsValue: the hand-written conversion says what the JSON of the facts says.
func TestFactsValue(t *testing.T) {
	f := granting()
	f.Recordings, f.Assignments["ngo"] = nil, nil
	got := factsValue(f)
	// JSON writes what is nil as null; the conversion never does.
	f.Recordings, f.Assignments["ngo"] = map[string]rule.Statements{}, []string{}
	if want := viaJSON(t, f); want.Compare(got) != 0 {
		t.Errorf("conversion differs:\n got %v\nwant %v", got, want)
	}
	for _, f := range []*rule.Facts{minor(), incapable(), reflecting(), broken(false), broken(true)} {
		if want, got := viaJSON(t, f), factsValue(f); want.Compare(got) != 0 {
			t.Errorf("conversion differs:\n got %v\nwant %v", got, want)
		}
	}
}

func TestRequestValue(t *testing.T) {
	for _, scope := range [][]category.Purpose{nil, {}, {category.Return}} {
		r := &Request{Viewer: caseWorker(), Purpose: category.Return, Action: ReadCase}
		r.Viewer.ScopePurposes = scope
		if want, got := viaJSON(t, r), requestValue(r); want.Compare(got) != 0 {
			t.Errorf("conversion differs:\n got %v\nwant %v", got, want)
		}
	}
}

func viaJSON(t testing.TB, x any) ast.Value {
	t.Helper()
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ast.ValueFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func caseWorker() Actor {
	return Actor{
		Agency: "lwu", AgencyKind: "UNION", AgencyActive: true, Member: "ann", MemberActive: true,
		Roles: []viewer.Role{viewer.CaseWorker},
	}
}

func TestAct(t *testing.T) {
	p, ctx := builtIn(t), context.Background()
	d, err := p.Act(ctx, Request{Viewer: caseWorker(), Purpose: category.Return, Action: ReadCase})
	if err != nil || !d.Allow || d.Supervisor || len(d.Purposes) != 7 || !slices.IsSorted(d.Purposes) {
		t.Errorf("a case worker reads for RETURN: %+v, %v", d, err)
	}
	platform := caseWorker()
	platform.Roles = append(platform.Roles, viewer.PlatformAdministrator)
	d, err = p.Act(ctx, Request{Viewer: platform, Purpose: category.Return, Action: ReadCase})
	if err != nil || d.Allow || len(d.Purposes) != 0 {
		t.Errorf("a platform administrator: %+v, %v", d, err)
	}
}

// TestDoubtIsAnError: threats.md, row 40; never an empty answer.
func TestDoubtIsAnError(t *testing.T) {
	p, ctx := builtIn(t), context.Background()
	broken := granting()
	broken.Case.Owner = ""
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late := *p
	late.limit = -time.Second
	for name, call := range map[string]func() error{
		"no facts":            func() error { _, err := p.Access(ctx, nil); return err },
		"undefined":           func() error { _, err := p.Access(ctx, broken); return err },
		"cancelled":           func() error { _, err := p.Access(cancelled, granting()); return err },
		"late":                func() error { _, err := late.Access(ctx, granting()); return err },
		"late act":            func() error { _, err := late.Act(ctx, Request{}); return err },
		"zero policy":         func() error { _, err := new(Policy).Access(ctx, granting()); return err },
		"zero policy, act":    func() error { _, err := new(Policy).Act(ctx, Request{}); return err },
		"missing policy":      func() error { _, err := (*Policy)(nil).Access(ctx, granting()); return err },
		"missing policy, act": func() error { _, err := (*Policy)(nil).Act(ctx, Request{}); return err },
		"panicking engine": func() error {
			_, err := p.evaluate(ctx, "testing", accessEntrypoint, panicking{})
			return err
		},
	} {
		err := call()
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if kind := errs.KindOf(err); name != "no facts" && kind != errs.Unavailable {
			t.Errorf("%s: kind %s", name, kind.Code())
		}
	}
}

// panicking is an input on which the engine breaks.
type panicking struct{ ast.Value }

func (panicking) Find(ast.Ref) (ast.Value, error) { panic("broken") }

// TestEvaluationIsBounded: a policy that would run for hours is stopped.
func TestEvaluationIsBounded(t *testing.T) {
	slow := `package sala.access
access := {x | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000); some z in numbers.range(1, 3000); x + y + z == 0} if count(input.agencies) > 0
access := set() if count(input.agencies) == 0`
	p, err := compile(map[string][]byte{"access.rego": []byte(slow), "act.rego": source(t, "act/act.rego")})
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	p.limit = 50 * time.Millisecond
	started := time.Now()
	if _, err := p.Access(context.Background(), granting()); errs.KindOf(err) != errs.Unavailable || err == nil {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("stopped after %v only", took)
	}
}

func TestConcurrentUse(t *testing.T) {
	p := builtIn(t)
	want, err := p.Access(context.Background(), granting())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				got, err := p.Access(context.Background(), granting())
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("another answer beside others: %v", err)
				}
				if d, err := p.Act(context.Background(), Request{Viewer: caseWorker(), Purpose: category.Return, Action: ReadCase}); err != nil || !d.Allow {
					t.Errorf("act beside others: %+v, %v", d, err)
				}
			}
		})
	}
	group.Wait()
}

func TestRevision(t *testing.T) {
	p := builtIn(t)
	if r := p.Revision(); len(r) != 16 || r != builtIn(t).Revision() {
		t.Errorf("revision %q", r)
	}
	one, other := revision(map[string][]byte{"a": []byte("x"), "b": []byte("y")}), revision(map[string][]byte{"a": []byte("xy"), "b": nil})
	if one == other {
		t.Error("moving text between modules keeps the revision")
	}
	if (*Policy)(nil).Revision() != "" || new(Policy).Revision() != "" {
		t.Error("a policy that is not there has a revision")
	}
}

// TestMalformedAnswers: whatever a policy says that no sound one would is refused.
func TestMalformedAnswers(t *testing.T) {
	const good = `{"grantee": "g", "member": "", "unit": "", "contributor": "f", "action": "READ", "categories": ["CASE"], "purpose": "RETURN",
		"basis": "CONSENT_REFERRAL", "referral": "r", "consent": "s", "agreement": "a", "referrer": "f", "referral_agreement": "a", "first_referral": "", "first_agreement": "", "first_referrer": "", "obligations": [], "from": 1, "until": 2}`
	if _, err := readAccesses(ast.MustParseTerm("{" + good + "}").Value); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for _, change := range []string{
		`{"grantee": ""}`, `{"unit": null}`, `{"contributor": 1}`, `{"action": "DELETE"}`, `{"categories": ["ALL"]}`, `{"categories": "CASE"}`,
		`{"categories": [1]}`, `{"purpose": "STATISTICS"}`, `{"basis": "LEGAL_BASIS"}`, `{"basis": "OWNERSHIP"}`, `{"referral": ""}`,
		`{"consent": ""}`, `{"agreement": ""}`, `{"referrer": ""}`, `{"referral_agreement": ""}`, `{"first_referral": "x"}`, `{"first_referral": null}`, `{"first_referral": "x", "first_agreement": "y", "first_referrer": "f"}`, `{"until": 1}`, `{"from": 1.5}`, `{"until": "2"}`, `{"until": 253402300800000000}`,
		`{"action": "ADD"}`, `{"action": "PREVIEW"}`, `{"more": 1}`, `{"obligations": null}`,
	} {
		bad := ast.MustParseTerm(good).Value.(ast.Object)
		merged, _ := bad.MergeWith(ast.MustParseTerm(change).Value.(ast.Object), func(_, b *ast.Term) (*ast.Term, bool) { return b, false })
		if _, err := readAccesses(ast.NewSet(ast.NewTerm(merged))); err == nil {
			t.Errorf("accepted with %s", change)
		}
	}
	for _, answer := range []string{`[]`, `{}`, `{1}`, `null`, `{{"grantee": "g"}}`} {
		if got, err := readAccesses(ast.MustParseTerm(answer).Value); err == nil {
			t.Errorf("accepted %s as %v", answer, got)
		}
	}
	for _, answer := range []string{
		`true`, `{"allow": true}`, `{"allow": true, "supervisor": false, "purposes": set()}`,
		`{"allow": 1, "supervisor": false, "purposes": set(), "acknowledges": set()}`,
		`{"allow": true, "supervisor": false, "purposes": {"OVERSIGHT"}, "acknowledges": set()}`,
		`{"allow": true, "supervisor": false, "purposes": null, "acknowledges": set()}`,
		`{"allow": true, "supervisor": false, "purposes": set(), "acknowledges": {"everything"}}`,
		`{"allow": true, "supervisor": false, "purposes": set(), "acknowledges": true}`,
	} {
		if d, err := readDecision(ast.MustParseTerm(answer).Value); err == nil || d.Allow {
			t.Errorf("accepted %s", answer)
		}
	}
}
