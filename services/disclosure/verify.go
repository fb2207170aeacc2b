package disclosure

import (
	"bytes"
	"context"
	"fmt"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/disclosure"
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
	Findings []string // none: intact; each names an entry, node or checkpoint
}

// Verify hashes every entry anew, compares every stored node and the saved
// checkpoints, and checks that each readable detail is what its entry commits to.
func Verify(ctx context.Context, st *store.Store, saved ...tlog.Checkpoint) (*Report, error) {
	out := &Report{}
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, true, func(ctx context.Context, op *store.Op) error {
		size, err := op.LedgerEntry.Query().Count(ctx)
		if err != nil {
			return err
		}
		out.Size = int64(size)
		found, err := tlog.Verify(leavesOf(ctx, op), hashes{ctx, op}, out.Size, saved...)
		if err != nil {
			return err
		}
		for _, f := range found {
			out.Findings = append(out.Findings, f.String())
		}
		nodes, err := op.LedgerNode.Query().Count(ctx)
		if err != nil {
			return err
		}
		if int64(nodes) != tlog.NodeCount(out.Size) {
			out.Findings = append(out.Findings, fmt.Sprintf("the log holds %d nodes where %d belong", nodes, tlog.NodeCount(out.Size)))
		}
		if err := verifyDetails(ctx, op, out); err != nil {
			return err
		}
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

func leavesOf(ctx context.Context, op *store.Op) tlog.Leaves {
	return func(yield func(int64, []byte) error) error {
		for next := int64(0); ; {
			rows, err := op.LedgerEntry.Query().Where(ledgerentry.IDGTE(next)).Order(ent.Asc(ledgerentry.FieldID)).Limit(page).All(ctx)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, r := range rows {
				if err := yield(r.ID, leaf(r.Format, r.At, r.Commitment)); err != nil {
					return err
				}
				next = r.ID + 1
			}
		}
	}
}

// verifyDetails recomputes the commitment of every readable detail.
func verifyDetails(ctx context.Context, op *store.Op, out *Report) error {
	for last := ""; ; {
		rows, err := op.Disclosure.Query().Where(disclosure.IDGT(last)).Order(ent.Asc(disclosure.FieldID)).Limit(page).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			last = r.ID
			want, err := commitTo(details{
				Kind: r.Kind, At: r.At, Operation: r.OperationID, Agency: r.AgencyID, Member: r.MemberID, Purpose: r.Purpose,
				Basis: r.Basis, Verb: r.Verb, Case: r.CaseID, Contributor: r.ContributorID, Categories: int64(r.Categories), Rows: r.RowIds,
			}, r.Key)
			if err != nil {
				return err
			}
			if !bytes.Equal(want, r.Commitment) {
				out.Findings = append(out.Findings, "the readable details of "+r.ID+" are not what its entry commits to")
			}
		}
	}
}

// Checkpoint returns the present checkpoint of the log, after sequencing.
func Checkpoint(ctx context.Context, st *store.Store) (tlog.Checkpoint, error) {
	var c tlog.Checkpoint
	if _, err := Sequence(ctx, st); err != nil {
		return c, err
	}
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, true, func(ctx context.Context, op *store.Op) error {
		size, err := op.LedgerEntry.Query().Count(ctx)
		if err != nil {
			return err
		}
		c, err = tlog.NewCheckpoint(Origin, hashes{ctx, op}, int64(size))
		return err
	})
	if err != nil {
		return c, errs.Wrap(err, errs.Unavailable, "making a checkpoint failed")
	}
	return c, nil
}
