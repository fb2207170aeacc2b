package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RequestTracingInput asks another agency to trace and assess her family (D8).
type RequestTracingInput struct {
	CaseID     string
	ToID       string
	UnitID     *string // the unit of that agency to which alone it goes (A5)
	Categories []category.Category
	Urgency    valueset.Urgency
	ReplyBy    int64
	ValidUntil *int64 // one year on, where left out
}

// neverTraced is what tells of exploitation: who traces learns none of it (D8). Policy and
// the database say the same.
var neverTraced = []category.Category{
	category.Trafficking, category.Narrative, category.Justice, category.Suspect, category.HealthRestricted,
}

// RequestTracing asks another agency to trace and assess her family, on a consent that
// names TRACING alone (D8). What it finds it records as FAMILY, as a contributor of the
// case; the owner reads that where her consent, or a referral of its own, says so.
func RequestTracing(ctx context.Context, op *store.Op, in RequestTracingInput) (string, error) {
	for _, c := range in.Categories {
		if slices.Contains(neverTraced, c) {
			return "", errs.New(errs.Invalid, "who traces her family learns nothing of exploitation, nor of her story, proceedings, suspects or restricted health (D8)").WithFields("categories")
		}
	}
	return offerReferral(ctx, op, OfferReferralInput{CaseID: in.CaseID, ToID: in.ToID, UnitID: in.UnitID, Service: valueset.ServiceTracing, Purpose: category.Tracing,
		Categories: in.Categories, Urgency: in.Urgency, ReplyBy: in.ReplyBy, ValidUntil: in.ValidUntil})
}
