package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// openCase returns the case where it is open to the viewer, locked. It looks before it
// locks, and again after: else one to whom it is not open would wait while others work
// on it, and so learn that it is there, and could hold it.
func openCase(ctx context.Context, op *store.Op, id string) (*ent.CaseFile, error) {
	if !pubid.Valid(id, "case") {
		return nil, errs.NotHere()
	}
	read := func() (*ent.CaseFile, error) {
		c, err := op.CaseByID(id).Only(ctx)
		return c, outward(err, "reading the case")
	}
	c, err := read()
	if err != nil || op.Holds(id) {
		return c, err
	}
	if err := op.Lock(ctx, id); err != nil {
		return nil, err
	}
	return read()
}

// ownCase is openCase for what only the owner may do.
func ownCase(ctx context.Context, op *store.Op, id string) (*ent.CaseFile, error) {
	c, err := openCase(ctx, op, id)
	if err != nil {
		return nil, err
	}
	if c.OwnerID != op.Scope.Agency {
		return nil, errs.New(errs.Forbidden, "only the agency that owns the case can do this")
	}
	return c, nil
}

// outward turns a storage error into one that may be shown.
func outward(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case ent.IsNotFound(err):
		return errs.NotHere()
	case errs.KindOf(err) != errs.Internal:
		return err
	case ent.IsConstraintError(err):
		return errs.Wrap(err, errs.Conflict, "%s: it is there already; correct the row instead", doing)
	}
	return errs.Wrap(err, errs.Internal, "%s failed", doing)
}
