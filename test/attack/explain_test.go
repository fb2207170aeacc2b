package attack

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// An explanation is in full for the owner alone. To a receiver it says the same whatever else
// is recorded of her, whomever else she permitted or refused and who else works on the case;
// to a stranger the same as about a case that is not there. What the owner is told of the
// same two cases differs: given to the receiver it would tell all that (threat 66).
func TestExplainIsNoOracle(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := serviceOf(t, w, nil)
		little, much := share(w, "Canary Little"), share(w, "Canary Much")
		w.Further("lwu", much.Case, "Canary Much", assistance)
		w.Share("lwu", much.Case, "iom", assistance, category.Identity, category.Trafficking)
		w.Accept("iom", assistance, w.Refer("lwu", much.Case, "iom", assistance, category.Identity, category.Trafficking))
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
				CaseID: much.Case, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionDeny, RecipientID: &w.Agencies["ngo"].ID,
					Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}}},
			})
			return err
		})
		told := func(by, id, about, purpose string) string {
			answer := s.ask(by, "worker", strings.NewReplacer("#case", id, "#agency", w.Agencies[about].ID, "#purpose", purpose).Replace(
				`query @purpose(of: ASSISTANCE) { case(id: "#case") { access(wordsIn: ENGLISH) { category state words }
				  explain(agency: "#agency", purpose: #purpose, wordsIn: ENGLISH) { category state basis needs said words } } }`))
			if strings.Contains(answer, "Canary") || codeOf(answer) != "" {
				t.Errorf("%s about %s: %.600s", by, about, answer)
			}
			return answer
		}
		for _, q := range []struct{ about, purpose string }{{"ngo", "ASSISTANCE"}, {"ngo", "PROTECTION"}, {"iom", "ASSISTANCE"}, {"lwu", "ASSISTANCE"}} {
			if a, b := told("ngo", little.Case, q.about, q.purpose), told("ngo", much.Case, q.about, q.purpose); a != b || !strings.Contains(a, "OPEN") {
				t.Errorf("a receiver is told of %s for %s, of the one: %.900s\nof the other: %.900s", q.about, q.purpose, a, b)
			}
		}
		if a, b := told("mops", much.Case, "mops", "ASSISTANCE"), told("mops", pubid.New("case"), "mops", "ASSISTANCE"); a != b {
			t.Errorf("a stranger is told %.600s, of none %.600s", a, b)
		}
		for _, about := range []string{"ngo", "iom"} {
			if a, b := told("lwu", little.Case, about, "ASSISTANCE"), told("lwu", much.Case, about, "ASSISTANCE"); a == b {
				t.Errorf("even the owner is told the same of both about %s, so nothing is shown: %.600s", about, a)
			}
		}
	})
}
