package casework

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// overseen is how far back uses are counted: 24 months.
const overseen = 24

// Oversight is what the oversight panel sees: pseudonymous ids and counts (F5).
type Oversight struct {
	Panel   []*ent.Agency
	Overdue []*OverdueReview
	Uses    []*GlassUses
}

// OverdueReview is a review of a break-glass that is overdue.
type OverdueReview struct {
	Pseudonym    string // of the case, keyed by the deployment's secret
	Kind         valueset.AgencyKind
	ReviewerKind valueset.AgencyKind
	DueOn        int64
}

// GlassUses is how often a kind of agency broke glass in a month.
type GlassUses struct {
	Kind  valueset.AgencyKind
	Month string // YYYY-MM in the deployment's zone
	Count int
}

// Oversee returns what the panel sees, to whoever sits on it now; to anybody else it is not
// there. It reads no case.
func Oversee(ctx context.Context, op *store.Op) (*Oversight, error) {
	_, ids, err := op.Panel(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(ids, op.Scope.Agency) {
		return nil, errs.NotHere()
	}
	out := &Oversight{Overdue: []*OverdueReview{}, Uses: []*GlassUses{}}
	if out.Panel, err = op.Agency.Query().Where(agency.IDIn(ids...)).Order(ent.Asc(agency.FieldID)).All(ctx); err != nil {
		return nil, outward(err, "reading the panel")
	}
	overdue, err := op.OverdueReviews(ctx, 100)
	if err != nil {
		return nil, err
	}
	for _, r := range overdue {
		pseudonym, err := op.Digest([]byte("oversight"), []byte(r.Case))
		if err != nil {
			return nil, err
		}
		out.Overdue = append(out.Overdue, &OverdueReview{Pseudonym: hex.EncodeToString(pseudonym[:16]), Kind: valueset.AgencyKind(r.Kind),
			ReviewerKind: valueset.AgencyKind(r.ReviewerKind), DueOn: r.DueOn})
	}
	out.Uses, err = uses(ctx, op)
	return out, err
}

func uses(ctx context.Context, op *store.Op) ([]*GlassUses, error) {
	zone := op.Deployment().Zone
	rows, err := op.GlassUses(ctx, time.UnixMicro(op.Scope.Now).In(zone).AddDate(0, -overseen, 0).UnixMicro())
	if err != nil {
		return nil, err
	}
	counts := map[GlassUses]int{}
	for _, r := range rows {
		counts[GlassUses{Kind: valueset.AgencyKind(r.Kind), Month: time.UnixMicro(r.At).In(zone).Format("2006-01")}]++
	}
	out := []*GlassUses{}
	for k, n := range counts {
		k.Count = n
		out = append(out, &k)
	}
	slices.SortFunc(out, func(a, b *GlassUses) int {
		return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(a.Kind, b.Kind))
	})
	return out, nil
}
