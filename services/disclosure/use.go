package disclosure

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// Operator is who uses a program that opens the database beside the API: the rights of the
// machine let it in, and no account of Sala's.
const Operator = "operator"

// Counts says how many of what a use was about; never whose.
type Counts map[string]int

// Used does something as one use of a program, and puts on record that it began, before
// anything is done, and what came of it: done, or failed. Without the first entry nothing
// is done; where the second cannot be written, that is the error. Neither is part of a
// larger transaction, since what is done may take longer than one lasts.
func Used(ctx context.Context, st *store.Store, verb string, do func() (Counts, error)) error {
	operation := pubid.New("op")
	if err := use(ctx, st, operation, verb, "begun", nil); err != nil {
		return err
	}
	counts, err := do()
	outcome := "done"
	if err != nil {
		outcome = "failed"
	}
	// Also where the caller has given up meanwhile.
	if e := use(context.WithoutCancel(ctx), st, operation, verb, outcome, counts); err == nil {
		err = e
	}
	return err
}

// UseDone puts on record what was done with a database that could not have an entry
// before: it was restored.
func UseDone(ctx context.Context, st *store.Store, verb string, counts Counts) error {
	return use(ctx, st, pubid.New("op"), verb, "done", counts)
}

func use(ctx context.Context, st *store.Store, operation, verb, outcome string, counts Counts) error {
	said := []string{"outcome=" + outcome}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		said = append(said, fmt.Sprintf("%s=%d", what, counts[what]))
	}
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, false, func(ctx context.Context, op *store.Op) error {
		r, err := row(op, details{Kind: "USE", At: op.Scope.Now, Operation: operation, Member: Operator, Verb: verb, Rows: said})
		if err != nil {
			return err
		}
		return r.Exec(ctx)
	})
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "this use cannot be put on record in the database's ledger, so it is refused: is the database migrated, and does --database name it?")
	}
	return nil
}
