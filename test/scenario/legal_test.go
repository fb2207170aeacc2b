package scenario

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/test/world"
)

const seesBasis = `legalBasis { id kind reference purpose categories state here refusal checkedOn requester { code } contributor { code }
  document { authority number coverage } validFrom validUntil delayedUntil }`

// TestALegalBasisThroughTheAPI: what an officer enters under a reference of no case is
// answered, listed and told of byte for byte as under one that is there, until somebody of
// the agency that is asked confirms it; the owner then reads it in the case (F1).
func TestALegalBasisThroughTheAPI(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		var there string
		w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
			c, err := op.CaseFile.Get(ctx, id)
			if err == nil {
				there = c.Reference
			}
			return err
		})
		absent := caseref.New()
		varies := regexp.MustCompile(`legalbasis_[0-9a-z]+|notice_[0-9a-z]+|[A-Z0-9]+-[A-Z0-9-]+|"20[^"]*Z"`)
		plain := func(a answer) string {
			t.Helper()
			if a.code() != "" || a.userError() != "" {
				t.Fatal(a.raw)
			}
			return varies.ReplaceAllString(strings.NewReplacer(there, "REF", absent, "REF").Replace(a.raw), "X")
		}
		basis := regexp.MustCompile(`legalbasis_[0-9a-z]+`)
		enter := func(reference string) answer {
			return as(s, "atd", "worker").ask(`mutation @purpose(of: JUSTICE) { done: enterLegalBasis(input: {reference: "`+reference+`", kind: COURT_ORDER,
			  contributorID: "`+s.Agencies["lwu"].ID+`", purpose: JUSTICE, categories: [IDENTITY], authority: "Kanaree's court", number: "7", documentHash: "`+documentHash+`",
			  coverage: "Kanaree", validUntil: "2026-03-20T00:00:00Z", delay: {until: "2026-06-01T00:00:00Z", authority: "Court", number: "8"}}) { `+seesBasis+refusals+` }`, nil)
		}
		a, b := enter(there), enter(absent)
		if plain(a) != plain(b) || strings.Contains(a.raw, "court") {
			t.Errorf("entered: %s\nunder a reference of no case: %s", a.raw, b.raw)
		}
		known, unknown := basis.FindString(a.raw), basis.FindString(b.raw)
		list := func(agency, role, purpose string) answer {
			return as(s, agency, role).ask(`query `+purpose+` { legalBases(first: 5) { `+strings.TrimSuffix(strings.TrimPrefix(seesBasis, "legalBasis {"), "}")+` } }`, nil)
		}
		if raw := list("atd", "worker", "@purpose(of: JUSTICE)").raw; strings.Count(raw, `"here":null`) != 2 || strings.Contains(raw, "court") {
			t.Errorf("whoever entered them reads %s", raw)
		}
		if raw := list("lwu", "dataprotection", "").raw; strings.Count(raw, "Kanaree's court") != 1 || strings.Count(raw, `"here":true`) != 1 || strings.Count(raw, `"here":false`) != 1 {
			t.Errorf("the focal point that checks reads %s", raw)
		}
		if raw := list("ngo", "dataprotection", "").raw; strings.Contains(raw, "legalbasis_") {
			t.Errorf("a third agency reads %s", raw)
		}
		check := func(id, rest string) answer {
			return as(s, "lwu", "dataprotection").ask(`mutation { done: checkLegalBasis(input: {legalBasisID: "`+id+`", `+rest+`}) { `+seesBasis+refusals+` }`, nil)
		}
		if got := check(unknown, "confirm: true").userError(); got != "CONFLICT" {
			t.Errorf("one of no case is confirmed: %s", got)
		}
		if raw := check(unknown, "confirm: false, refusal: NOT_HERE").raw; !strings.Contains(raw, `"refusal":"NOT_HERE"`) {
			t.Errorf("refused: %s", raw)
		}
		if raw := check(known, "confirm: true").raw; !strings.Contains(raw, `"state":"CONFIRMED"`) {
			t.Errorf("confirmed: %s", raw)
		}
		const inCase = `query($id: ID!) @purpose(of: JUSTICE) { case(id: $id) { legalBases { state delayedUntil document { authority } } access { category state basis obligations } } }`
		if raw := as(s, "lwu", "worker").ask(inCase, map[string]any{"id": id}).raw; !strings.Contains(raw, "Kanaree's court") || !strings.Contains(raw, "2026-06-01") {
			t.Errorf("the owner reads %s", raw)
		}
		raw := as(s, "atd", "worker").ask(inCase, map[string]any{"id": id}).raw
		if !strings.Contains(raw, `{"category":"IDENTITY","state":"OPEN","basis":["LEGAL_BASIS"],"obligations":["NON_PUNISHMENT","NO_ONWARD_SHARING","PURPOSE_ONLY"]}`) {
			t.Errorf("whoever entered it reads %s", raw)
		}
		if raw := list("atd", "worker", "@purpose(of: JUSTICE)").raw; strings.Contains(raw, "NOT_HERE") || strings.Count(raw, "Kanaree's court") != 1 {
			t.Errorf("whoever entered them learns %s", raw)
		}
	})
}
