package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// change is a prepared correction: its mutation, what it will hold under seal (nil
// for a part that is not sealed), and how it is carried out.
type change struct {
	mutation ent.Mutation
	content  any
	exec     func() error
}

// setOccurred corrects when it happened, where the correction says so.
func setOccurred(m interface{ SetOccurredOn(int64) }, at *int64) {
	if at != nil {
		m.SetOccurredOn(*at)
	}
}

// correct carries out one correction of a row of the viewer's agency's own (A4): it
// locks the case, reads the row again, and refuses an older version with the names
// of the fields that differ. What the row was is kept by the store (I2).
func correct[R any](ctx context.Context, op *store.Op, at CorrectInput, part string, read func() (R, error),
	key func(R) (caseID string, version int), prepare func(R) change) error {
	if at.Reason != nil && !at.Reason.Valid() {
		return errs.New(errs.Invalid, "name a reason of the list, or none").WithFields("at.reason")
	}
	op.Because(at.Reason)
	row, err := read()
	if err != nil {
		return outward(err, "reading the row")
	}
	caseID, _ := key(row)
	if err := op.Lock(ctx, caseID); err != nil {
		return err
	}
	if row, err = read(); err != nil {
		return outward(err, "reading the row")
	}
	c := prepare(row)
	if _, version := key(row); version != at.Version {
		return stale(version, changed(row, c.mutation, c.content))
	}
	if err := c.exec(); err != nil {
		return outward(err, "correcting the row")
	}
	return decided(ctx, op, "correct "+part, caseID)
}

// recorded ends the recording of a new part. The first one of an agency that does not
// own the case makes it a contributor, to whom its own rows are open (A3): policy is
// evaluated before anything is read back.
func recorded(ctx context.Context, op *store.Op, err error, part, caseID string) error {
	if err != nil {
		return outward(err, "recording the row")
	}
	if err := op.Contributed(ctx, caseID); err != nil {
		return err
	}
	return decided(ctx, op, "record "+part, caseID)
}
