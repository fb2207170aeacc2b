package disclosure

import (
	"context"

	"github.com/sala-exchange/sala/ent/eraseddetail"
	"github.com/sala-exchange/sala/ent/store"
)

// accounted returns which of the commitments erasures account for, in hexadecimal. The
// database notes them where it erases a case (store.Op.Erase): their entries stay in
// the log, their readable details are gone.
func accounted(ctx context.Context, op *store.Op, commitments []string) (map[string]bool, error) {
	ids, err := op.ErasedDetail.Query().Where(eraseddetail.IDIn(commitments...)).IDs(ctx)
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
