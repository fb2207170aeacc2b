package disclosure

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/ledgerentry"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/tlog"
)

// Origin is the name of the log in its checkpoints.
const Origin = "sala.example/ledger"

// Report is what a check of the ledger found.
type Report struct {
	Size     int64
	Root     tlog.Hash
	Waiting  int      // details that have no place in the log yet
	Erased   int      // entries whose details were erased with a person
	Findings []string // none: intact; each names an entry, node, detail or checkpoint
	more     int      // findings that are not listed
}

// mostFindings bounds what a report lists: more prove no more.
const mostFindings = 1000

func (r *Report) found(format string, args ...any) {
	if len(r.Findings) == mostFindings {
		r.more++
		return
	}
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

// close says how many findings are not listed.
func (r *Report) close() {
	if r.more > 0 {
		r.Findings = append(r.Findings, fmt.Sprintf("and %d more", r.more))
	}
}

// Verify hashes every entry anew, compares every stored node and the saved
// checkpoints, and checks entries and readable details against each other: each entry
// has exactly one detail that is what it commits to, or an erasure accounts for it, and
// entries stand in the order of time as far as transactions last.
func Verify(ctx context.Context, st *store.Store, saved ...tlog.Checkpoint) (*Report, error) {
	out := &Report{}
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, true, func(ctx context.Context, op *store.Op) error {
		size, err := op.LedgerEntry.Query().Count(ctx)
		if err != nil {
			return err
		}
		out.Size = int64(size)
		found, err := tlog.Verify(leavesOf(ctx, op, out), hashes{ctx, op}, out.Size, saved...)
		if err != nil {
			return err
		}
		for _, f := range found {
			out.found("%s", f.String())
		}
		nodes, err := op.LedgerNode.Query().Count(ctx)
		if err != nil {
			return err
		}
		if int64(nodes) != tlog.NodeCount(out.Size) {
			out.found("the log holds %d nodes where %d belong", nodes, tlog.NodeCount(out.Size))
		}
		if err := verifyDetails(ctx, op, out); err != nil {
			return err
		}
		out.close()
		if len(out.Findings) == 0 {
			out.Root, err = tlog.Root(hashes{ctx, op}, out.Size)
		}
		return err
	})
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "checking the ledger failed: nothing was shown to be intact")
	}
	return out, nil
}

// page is how many rows the check reads at a time: memory does not grow with the log.
const page = 1000

// leavesOf yields the entries in their order, and notes those that lie further behind
// an earlier one than a transaction lasts: they were put in later.
func leavesOf(ctx context.Context, op *store.Op, out *Report) tlog.Leaves {
	return func(yield func(int64, []byte) error) error {
		newest := int64(math.MinInt64)
		for next := int64(0); ; {
			rows, err := op.LedgerEntry.Query().Where(ledgerentry.IDGTE(next)).Order(ent.Asc(ledgerentry.FieldID)).Limit(page).All(ctx)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, r := range rows {
				if newest = max(newest, r.At); r.At < newest-window {
					out.found("entry %d is %v older than one before it", r.ID, time.Duration(newest-r.At)*time.Microsecond)
				}
				if err := yield(r.ID, leaf(r.Format, r.At, r.Commitment)); err != nil {
					return err
				}
				next = r.ID + 1
			}
		}
	}
}

// Checkpoint returns the present checkpoint of the log, after a full look for records
// without a place.
func Checkpoint(ctx context.Context, st *store.Store) (tlog.Checkpoint, error) {
	var c tlog.Checkpoint
	if _, err := SequenceAll(ctx, st); err != nil {
		return c, err
	}
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, true, func(ctx context.Context, op *store.Op) error {
		size, err := op.LedgerEntry.Query().Count(ctx)
		if err != nil {
			return err
		}
		if last, err := newestEntry(ctx, op); err != nil {
			return err
		} else if last != nil && last.ID != int64(size)-1 {
			return errs.New(errs.Conflict, "the log has a gap: run `sala ledger verify`")
		}
		c, err = tlog.NewCheckpoint(Origin, hashes{ctx, op}, int64(size))
		return err
	})
	if err != nil {
		return c, errs.Wrap(err, errs.Unavailable, "making a checkpoint failed")
	}
	return c, nil
}
