package policy

import (
	"context"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
)

// ordered is the case of a woman about whom there are a court's order, a statutory duty and
// a vital interest, each checked by the shelter whose rows it asks for.
func ordered() *rule.Facts {
	f := reflecting()
	f.Contributors = []string{"shl"}
	f.Agencies["hos"] = rule.AgencyFacts{Kind: "HEALTH"}
	f.Assignments["hos"] = []string{"hom"}
	checked := func(kind, requester, purpose string, categories ...string) rule.LegalBasisFacts {
		return rule.LegalBasisFacts{Kind: kind, Requester: requester, Contributor: "shl", Purpose: purpose, Categories: categories, State: "CONFIRMED",
			EnteredBy: "pim", CheckedAgency: "shl", CheckedBy: "dan", CheckedAt: minorNow + dayLong, From: minorNow, Until: minorNow + 300*dayLong}
	}
	f.LegalBases = map[string]rule.LegalBasisFacts{
		"b1": checked("COURT_ORDER", "pol", "JUSTICE", "NARRATIVE", "HEALTH"),
		"b2": checked("STATUTORY_DUTY", "pol", "JUSTICE", "IDENTITY"),
		"b3": checked("VITAL_INTEREST", "hos", "PROTECTION", "HEALTH", "CONTACT"),
	}
	return f
}

// TestALegalBasisIsGranted: each kind reaches the caller with the basis that it rests on,
// and one that is not CONFIRMED by its contributor does not.
func TestALegalBasisIsGranted(t *testing.T) {
	t.Parallel()
	p := builtIn(t)
	granted := func(f *rule.Facts) (out map[string]int) {
		rows, err := p.Access(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		out = map[string]int{}
		for _, a := range rows {
			if a.LegalBasis != "" {
				out[a.LegalBasis]++
			}
		}
		return out
	}
	if got := granted(ordered()); got["b1"] == 0 || got["b2"] == 0 || got["b3"] == 0 {
		t.Errorf("not every kind of basis opens: %v", got)
	}
	f := ordered()
	for id, b := range f.LegalBases {
		b.CheckedAgency = b.Requester
		f.LegalBases[id] = b
	}
	if got := granted(f); len(got) > 0 {
		t.Errorf("what the agency that asks approved itself opens: %v", got)
	}
}

// TestErosionOfHerRefusalToBeHelped: where she refuses, no broken leaf of what she said, or
// of what is known of her, lets a vital interest in (F2).
func TestErosionOfHerRefusalToBeHelped(t *testing.T) {
	t.Parallel()
	p, f := builtIn(t), ordered()
	no := spoken("s9", rule.StatementFacts{Voice: "PERSON", Free: true})
	no.Decision = "DENY"
	f.Consents["hos"] = rule.Statements{"PROTECTION": {"HEALTH": {no}, "CONTACT": {no}}}
	closed := func(rows map[atom][][2]int64) bool {
		for k := range rows {
			if k.grantee == "hos" && k.contributor == "shl" {
				return false
			}
		}
		return true
	}
	if rows, _ := accessOf(p, factsValue(f)); !closed(rows) {
		t.Fatal("her refusal does not close")
	}
	f.Incapacities = []rule.IntervalFacts{{From: 5, Until: 10}}
	erode(t, f, func(name string, input ast.Value) {
		if rows, _ := accessOf(p, input); !closed(rows) {
			t.Errorf("%s opens", name)
		}
	}, "[consents hos ", "[case ", "[incapacities ", "[legal_bases b3 ")
}
