package attack

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/generated"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/test/world"
)

// askable is everything that a caller may filter or order by: times, kinds, states and
// the spoken reference of a case, and nothing that describes a person.
var askable = map[string][]string{
	"CaseFilter":           {"assigned", "kind", "occurredBefore", "occurredFrom", "reference", "state"},
	"CaseOrderField":       {"OPENED_ON"},
	"DisclosureOrderField": {"AT"},
	"ErasureOrderField":    {"ASKED_ON"},
	"ImportOrderField":     {"OPENED_ON"},
	"NoticeOrderField":     {"CREATED_ON"},
	"ReferralOrderField":   {"OFFERED_ON"},
	"WorkOrderField":       {"DUE_ON", "SINCE"},
}

// Test15FilterOracle: a condition on a neighbour answers about a row that the viewer does
// not see, past the application's wall, so that no such condition is in the schema; and
// what is there finds no case that is not the viewer's. Every query with every filter in
// two worlds: TestTwoWorlds; the database's wall within a condition:
// TestAConditionOnAHiddenNeighbourTellsNothing.
func Test15FilterOracle(t *testing.T) {
	siege(t, func(t *testing.T, s *service, g guard) {
		s.w.Register("lwu", "Canary Fifteen")
		reference := one[string](t, raw(t, s.w), "SELECT reference FROM case_files LIMIT 1")
		find := func(reference string) string {
			return s.ask("mops", "worker", `query @purpose(of: ASSISTANCE) { cases(first: 5, filter: {reference: "`+reference+`"}) { edges { node { kind } } pageInfo { hasNextPage } } }`)
		}
		g.alike(t, "a reference", find(reference), find(caseref.New()))
	})
}

// Test15NothingToAsk: the oracle works on Ent's own predicates where the application's
// wall stands alone; the schema offers none of them.
func Test15NothingToAsk(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Fifteen")
		w.Share("lwu", id, "ngo", assistance, category.Contact)
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Contact))
		guess := func(sex valueset.Sex) int {
			return counting(t, w.Store, as(w, "ngo"), func(ctx context.Context, op *store.Op) (int, error) {
				return op.CaseFile.Query().Where(casefile.HasProfilesWith(profile.SexEQ(sex))).Count(ctx)
			})
		}
		if right, wrong := guess(valueset.SexFemale), guess(valueset.SexMale); (right != wrong) != (w.URL == "") {
			t.Errorf("the right guess finds %d, the wrong one %d", right, wrong)
		}
	})
	found := map[string][]string{}
	for name, d := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		switch {
		case d.Kind == ast.InputObject && strings.HasSuffix(name, "Filter"):
			for _, f := range d.Fields {
				found[name] = append(found[name], f.Name)
			}
		case d.Kind == ast.Enum && strings.HasSuffix(name, "OrderField"):
			for _, v := range d.EnumValues {
				found[name] = append(found[name], v.Name)
			}
		}
		slices.Sort(found[name])
		if len(found[name]) == 0 {
			delete(found, name)
		}
	}
	if !maps.EqualFunc(found, askable, slices.Equal[[]string]) {
		t.Errorf("the schema offers to filter or order by %v; looked at are %v: say why what is new tells nothing of a person", found, askable)
	}
}
