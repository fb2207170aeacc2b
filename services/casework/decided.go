package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/disclosure"
)

// decided puts the decision on record in the same transaction: no act without its
// entry, no entry without its act.
func decided(ctx context.Context, op *store.Op, verb, caseID string) error {
	return disclosure.Decide(ctx, op, verb, caseID)
}
