package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Departure is null where the agency stays, and where the viewer does not see it.
func (agencyRow) Departure(ctx context.Context, a *ent.Agency) (*onboarding.Leaving, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	row, err := b.departures.get(ctx, a.ID)
	if err != nil || row == nil {
		return nil, err
	}
	return onboarding.LeavingAt(row, op.Scope.Now), nil
}

func loadDepartures(ctx context.Context, agencies []string) (map[string]*ent.Offboarding, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Offboarding.Query().Where(offboarding.AgencyIDIn(agencies...)).All(ctx)
	out := map[string]*ent.Offboarding{}
	for _, r := range rows {
		out[r.AgencyID] = r
	}
	return out, outward(err, "reading departures")
}

type leavingOf struct{}

// HandOverTo is null where none is named.
func (leavingOf) HandOverTo(ctx context.Context, l *onboarding.Leaving) (*ent.Agency, error) {
	return agencyOf(ctx, l.HandOverToID)
}

// orNone is what was said, or the empty word.
func orNone(word *string) string {
	if word == nil {
		return ""
	}
	return *word
}
