package policy

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
)

// wide is a case with n accepted referrals to n agencies, each with its own
// consent and agreement, or all under one agreement.
func wide(n int, oneAgreement bool) *rule.Facts {
	f := granting()
	pattern, consent := f.Referrals["ngo"][0], f.Consents["ngo"]
	terms := f.Agreements["lwu"][0]
	f.Recordings = map[string]rule.Statements{"lwu": f.Recordings["lwu"]}
	f.Consents, f.Referrals = map[string]rule.Statements{}, map[string][]rule.ReferralFacts{}
	f.Agreements, f.Assignments = map[string][]rule.AgreementFacts{}, map[string][]string{"lwu": {"ann"}}
	parties := []string{"lwu"}
	for i := range n {
		id := fmt.Sprintf("agency%03d", i)
		r, a := pattern, terms
		r.ID, r.To = "r"+id, id
		a.ID, a.Parties = "g"+id, []string{"lwu", id}
		parties = append(parties, id)
		f.Agencies[id] = rule.AgencyFacts{Kind: "NGO"}
		f.Consents[id], f.Referrals[id] = consent, []rule.ReferralFacts{r}
		f.Assignments[id] = []string{"m" + id}
		if !oneAgreement {
			f.Agreements["lwu"] = append(f.Agreements["lwu"], a)
			f.Agreements[id] = []rule.AgreementFacts{a}
		}
	}
	if oneAgreement {
		terms.Parties = parties
		for _, id := range parties {
			f.Agreements[id] = []rule.AgreementFacts{terms}
		}
	}
	return f
}

func BenchmarkAccess(b *testing.B) {
	p := builtIn(b)
	for _, n := range []int{1, 10, 100} {
		f := wide(n, false)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Access(context.Background(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAct(b *testing.B) {
	p := builtIn(b)
	for b.Loop() {
		if _, err := p.Act(context.Background(), Request{Viewer: caseWorker(), Purpose: "RETURN", Action: ReadCase}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCostIsLinear: a hundred referrals and consents cost at most 12 times what
// ten cost. The two are timed in turn, so that a busy machine slows both, and the
// median of the ratios decides.
func TestCostIsLinear(t *testing.T) {
	p := builtIn(t)
	timed := func(f *rule.Facts) time.Duration {
		started := time.Now()
		if _, err := p.Access(context.Background(), f); err != nil {
			t.Fatal(err)
		}
		return time.Since(started)
	}
	ten, hundred := wide(10, false), wide(100, false)
	if rows, err := p.Access(context.Background(), hundred); err != nil || len(rows) < 200 {
		t.Fatalf("the wide case opens %d accesses only: %v", len(rows), err)
	}
	median := func() float64 {
		var ratios []float64
		for range 15 {
			var small time.Duration
			for range 5 {
				small += timed(ten)
			}
			ratios = append(ratios, 5*float64(timed(hundred))/float64(small))
		}
		slices.Sort(ratios)
		return ratios[len(ratios)/2]
	}
	best := median()
	for range 2 { // a machine busy with other things gets a second and a third try
		if best > 12 {
			best = min(best, median())
		}
	}
	if t.Logf("100 cost %.1f times 10", best); best > 12 {
		t.Errorf("100 referrals cost %.1f times what 10 cost; want at most 12", best)
	}
}
