package scenario

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/test/world"
)

// unitShown is what is told of a referral, its consent and its access.
type unitShown struct {
	Case *struct {
		Referrals    []struct{ Unit *named }
		AccessibleBy []struct {
			Category string
			Unit     *named
		}
		Explain []struct {
			Category, State, Words string
			Unit                   *named
		}
		Consents []struct {
			Provisions []struct{ Unit *named }
		}
	}
}

type named struct{ Name string }

// TestAUnitIsNamed: who names a unit in a consent and a referral reads so wherever they are
// shown, and so does that unit; what is refused says which field.
func TestAUnitIsNamed(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		id, unit := w.Register("lwu", "Kanaree"), pubid.New("unit")
		w.Must(rule.Scope{Mode: rule.Onboarding}, func(ctx context.Context, op *store.Op) error {
			if err := op.AgencyUnit.Create().SetID(unit).SetAgencyID(w.Agencies["ngo"].ID).SetCode("north").SetName("Northern house").Exec(ctx); err != nil {
				return err
			}
			return op.Membership.Create().SetAgencyID(w.Agencies["ngo"].ID).SetMemberID(w.Agencies["ngo"].Worker).SetGroupID(unit).SetSince(op.Scope.Now).Exec(ctx)
		})
		s := w.Serve(false)
		union, vars := as(s, "lwu", "worker"), map[string]any{"case": id, "ngo": w.Agencies["ngo"].ID, "unit": unit}
		const consent = `mutation($case: ID!, $ngo: ID!, $unit: ID!) @purpose(of: ASSISTANCE) { done: recordConsent(input: {caseID: $case, kind: SHARING,
  interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT, recipientID: $ngo, unitID: $unit, purposes: [ASSISTANCE],
  categories: [IDENTITY]}]}) { consent { provisions { unit { name } } } userErrors { code field message } } }`
		const refer = `mutation($case: ID!, $ngo: ID!, $unit: ID) @purpose(of: ASSISTANCE) { done: offerReferral(input: {caseID: $case, toID: $ngo, unitID: $unit,
  service: COUNSELLING, purpose: ASSISTANCE, categories: [IDENTITY], urgency: ROUTINE, replyBy: "2026-03-08T00:00:00Z"}) {
  referral { id unit { name } } userErrors { code field message } } }`
		wrong := union.ask(consent, map[string]any{"case": id, "ngo": w.Agencies["ngo"].ID, "unit": pubid.New("unit")})
		if wrong.userError() != "INVALID" || !strings.Contains(wrong.raw, "provisions.0.unitID") {
			t.Errorf("a unit that is not there: %s", wrong.raw)
		}
		if got := union.ask(consent, vars); got.userError() != "" || !strings.Contains(got.raw, "Northern house") {
			t.Fatalf("the statement: %s", got.raw)
		}
		if got := union.ask(refer, map[string]any{"case": id, "ngo": w.Agencies["ngo"].ID}); got.userError() != "CONFLICT" {
			t.Errorf("a referral to all of the agency: %s", got.raw)
		}
		var made struct {
			Done struct{ Referral struct{ ID string } }
		}
		if got := union.ask(refer, vars); !strings.Contains(got.raw, "Northern house") {
			t.Fatalf("the referral: %s", got.raw)
		} else {
			got.into(t, &made)
		}
		w.Accept("ngo", "ASSISTANCE", made.Done.Referral.ID)

		show := func(agency string) (got unitShown) {
			t.Helper()
			as(s, agency, "worker").ask(`query($case: ID!, $ngo: ID!) @purpose(of: ASSISTANCE) { case(id: $case) { referrals { unit { name } }
  accessibleBy { category unit { name } } consents { provisions { unit { name } } }
  explain(agency: $ngo, purpose: ASSISTANCE) { category state words unit { name } } } }`, map[string]any{"case": id, "ngo": w.Agencies["ngo"].ID}).into(t, &got)
			if got.Case == nil || len(got.Case.Referrals) != 1 || got.Case.Referrals[0].Unit == nil || got.Case.Referrals[0].Unit.Name != "Northern house" {
				t.Fatalf("%s is shown %+v", agency, got.Case)
			}
			return got
		}
		to := map[string]bool{}
		owner := show("lwu").Case
		for _, a := range owner.AccessibleBy {
			if a.Unit != nil {
				to[a.Category+" "+a.Unit.Name] = true
			}
		}
		if !to["IDENTITY Northern house"] {
			t.Errorf("who may see it: %+v", owner.AccessibleBy)
		}
		for _, e := range owner.Explain {
			if e.Category == "IDENTITY" && (e.State != "OPEN" || e.Unit == nil || !strings.Contains(e.Words, "one unit of the agency alone")) {
				t.Errorf("explained as %+v", e)
			}
		}
		receiver := show("ngo").Case
		for _, e := range receiver.Explain {
			if e.Unit != nil || e.Category == "IDENTITY" && e.State != "OPEN" {
				t.Errorf("the receiver is told %+v", e)
			}
		}
	})
}
